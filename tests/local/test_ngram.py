from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.local.index import SHELF_TOKENS, Document, Piece, Shelves, Vocabulary
from caretwise.local.ngram import EDITED_PIECES, EDITED_WEIGHT, MAX_PIECE_TOKENS, ORDERS, SHORT, Evidence, TokenModel
from caretwise.local.places import PLACES, LeftOut

WORDS = st.lists(st.sampled_from("abcdef"), max_size=30)
ABC = ["a", "b", "c"]


def test_one_place_follows_witten_bell() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "d"])
    # Orders 1 to 3 have seen one token once: each step halves what is missing to 1.
    assert model.predict(ABC) == [("d", pytest.approx(1 - 0.5**3), 3)]


def test_counts_of_longer_matches_come_before_those_of_shorter_ones() -> None:
    model = TokenModel()
    model.replace_document("long", ["w", *ABC, "x"])
    model.replace_document("short", ["v", *ABC, "y", "v", *ABC, "y"])
    predictions = model.predict(["w", *ABC])
    assert [(token, order) for token, _, order in predictions] == [("x", 4), ("y", 3)]
    # Order 1 to 3: x once and y twice, two types; then order 4: x once, one type.
    lower = 1 / 3 * (1 - (2 / 5) ** 3)
    assert predictions[0][1] == pytest.approx((1 + lower) / 2)
    assert predictions[1][1] == pytest.approx(2 * lower / 2)


@given(documents=st.lists(WORDS, max_size=5), context=WORDS)
def test_probabilities_are_probabilities(documents: list[list[str]], context: list[str]) -> None:
    model = TokenModel()
    for number, tokens in enumerate(documents):
        model.replace_document(str(number), tokens)
    chances = [chance for _, chance, _ in model.predict(context)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance <= 1 for chance in chances)
    assert sum(chances) <= 1 + 1e-9


@given(documents=st.lists(WORDS, max_size=5), context=WORDS)
def test_every_place_that_matches_is_found(documents: list[list[str]], context: list[str]) -> None:
    model = TokenModel()
    for number, tokens in enumerate(documents):
        model.replace_document(str(number), tokens)
    run = context[-SHORT:]
    expected = {
        (tokens[at + SHORT] if at + SHORT < len(tokens) else "")
        for tokens in documents
        for at in range(len(tokens) - SHORT + 1)
        if len(run) == SHORT and tokens[at : at + SHORT] == run
    }
    found = {token for token, _, _ in model.predict(context)}
    # Where a longer match exists, it may answer alone.
    assert found <= expected
    assert bool(found) == bool(expected)


@given(before=WORDS, after=WORDS, context=WORDS)
def test_replacing_a_document_leaves_nothing_of_the_old_one(
    before: list[str], after: list[str], context: list[str]
) -> None:
    replaced, fresh = TokenModel(), TokenModel()
    replaced.replace_document("one", before)
    replaced.replace_document("one", after)
    fresh.replace_document("one", after)
    assert replaced.predict(context) == fresh.predict(context)
    assert replaced.vocabulary == fresh.vocabulary == len(set(after))


def test_forgetting_gives_the_vocabulary_back() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "d"])
    model.replace_document("two", [*ABC, "e"])
    model.forget("one")
    model.forget("never learned")
    assert [token for token, _, _ in model.predict(ABC)] == ["e"]
    assert model.vocabulary == 4


def test_only_tokens_that_begin_as_typed() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "total", *ABC, "tax", *ABC, "tax"])
    assert [token for token, _, _ in model.predict(ABC, "to")] == ["total"]
    assert model.predict(ABC, "x") == []


def test_a_left_out_part_is_not_looked_at() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "x", *ABC, "y"])
    tokens_of = [[guess.token for guess in model.walk(ABC, left_out=part).guesses()] for part in
                 (LeftOut("one", 0, 0, 4), LeftOut("one", 0, 4, 8), LeftOut("one"), LeftOut("other"))]  # fmt: skip
    assert tokens_of == [["y"], ["x"], [], ["x", "y"]]


def test_following_keeps_the_places_that_agree() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "x", "1"])
    model.replace_document("two", [*ABC, "y", "2"])
    walk = model.walk(ABC)
    assert walk.evidence("x") == Evidence(documents=1, places=1, nearest=0)
    assert [guess.token for guess in walk.follow("y").guesses()] == ["2"]
    assert len(walk.follow("z")) == 0


def test_of_a_long_piece_the_start_is_kept() -> None:
    model = TokenModel()
    assert model.replace_document("long", ["a"] * (MAX_PIECE_TOKENS + 5)) == MAX_PIECE_TOKENS


@given(
    tokens=st.lists(st.sampled_from("abcd"), max_size=40), cuts=st.lists(st.integers(0, 40), max_size=4), context=WORDS
)
def test_pieces_answer_as_the_whole_document_does(tokens: list[str], cuts: list[int], context: list[str]) -> None:
    whole, cut = TokenModel(), TokenModel()
    whole.replace_document("one", tokens)
    edges = [0, *sorted(min(at, len(tokens)) for at in cuts), len(tokens)]
    pieces = [tokens[start:end] for start, end in itertools.pairwise(edges) if start < end]
    assert cut.replace_document("one", *pieces) == len(tokens)
    # Context before a piece is only that of the piece before it, so matches can come out shorter, never other ones.
    assert {token for token, *_ in cut.predict(context)} <= {token for token, *_ in whole.predict(context)}
    if all(end - start >= SHORT for start, end in itertools.pairwise(edges) if start < end):
        assert bool(cut.predict(context)) == bool(whole.predict(context))


def test_following_goes_on_in_the_next_piece() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "x"], ["y", "z"])
    walk = model.walk(ABC).follow("x").follow("y")
    assert [guess.token for guess in walk.guesses()] == ["z"]


@given(first=st.integers(0, 3), last=st.integers(0, 3), piece=WORDS)
def test_an_edited_document_counts_its_tokens(first: int, last: int, piece: list[str]) -> None:
    pieces = [["a", "b"], ["c"], ["d", "e", "f"]]
    first, last = min(first, last), max(first, last)
    model, fresh = TokenModel(), TokenModel()
    before = model.replace_document("one", *pieces)
    grown = model.edit_document("one", first, last, piece)
    pieces[first:last] = [piece]
    assert before + grown == fresh.replace_document("one", *pieces) == sum(map(len, pieces))
    assert {token for token, *_ in model.predict(["c"])} == {token for token, *_ in fresh.predict(["c"])}


def test_what_was_edited_lately_counts_more_until_other_places_were() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "x"], ["-"])
    model.replace_document("two", [*ABC, "y"], ["-"])
    model.edit_document("one", 0, 1, [*ABC, "x"])
    chances = {token: chance for token, chance, _ in model.predict(ABC)}
    assert chances["x"] > chances["y"]
    for _ in range(EDITED_PIECES):
        model.edit_document("two", 1, 2, ["-"])
    chances = {token: chance for token, chance, _ in model.predict(ABC)}
    assert chances["x"] == chances["y"]
    assert EDITED_WEIGHT > 1


def test_the_document_itself_counts_more_than_its_folder_and_that_more_than_the_project() -> None:
    model = TokenModel()
    for key, token in (("a/own", "x"), ("a/beside", "y"), ("b/far", "z")):
        model.replace_document(key, [*ABC, token])
    seen = [guess.token for guess in model.walk(ABC, own="a/own").guesses()]
    assert seen == ["x", "y", "z"]
    seen = [guess.token for guess in model.walk(ABC, own="b/new").guesses()]
    assert seen[0] == "z"
    assert [model.walk(ABC, own="a/own").evidence(token).nearest for token in "xyz"] == [2, 1, 0]


CALLS = st.lists(
    st.tuples(st.sampled_from(["replace", "edit", "close", "forget"]), st.sampled_from(["a/1", "a/2", "b/3"]), WORDS, WORDS),
    max_size=12,
)  # fmt: skip


@given(calls=CALLS, context=WORDS, own=st.sampled_from(["a/1", "a/2", "b/3", "c/4"]))
def test_the_shelves_find_what_a_search_through_all_pieces_finds(
    calls: list[tuple[str, str, list[str], list[str]]], context: list[str], own: str
) -> None:
    shelves, plain = TokenModel(), TokenModel()
    known = set[str]()
    for call, key, one, two in calls:
        if call == "replace":
            shelves.replace_document(key, one, two)
            plain.replace_document(key, one, two, open_document=True)
            known.add(key)
        elif call == "forget":
            shelves.forget(key)
            plain.forget(key)
            known.discard(key)
        elif call == "close":
            shelves.close_document(key)
        elif key in known:
            for model in (shelves, plain):
                model.edit_document(key, 1, 2, one, two)
    assert same_answers(shelves, plain, context, own)


def same_answers(one: TokenModel, two: TokenModel, context: list[str], own: str) -> bool:
    """Whether both models guess the same, on the same evidence. Sums of the same numbers in another order may differ."""
    walks = [model.walk(context, own=own, left_out=LeftOut(own, 0, 1, 4)) for model in (one, two)]
    first, second = (
        {guess.token: (pytest.approx(guess.probability), guess.order, walk.evidence(guess.token)) for guess in walk.guesses()}
        for walk in walks
    )  # fmt: skip
    return len(walks[0]) == len(walks[1]) and first == {
        token: (chance.expected, order, evidence) for token, (chance, order, evidence) in second.items()
    }


def test_runs_that_share_a_slot_of_a_full_shelf_are_told_apart() -> None:
    chance = random.Random(1)
    words = [f"w{number}" for number in range(60)]
    documents = [chance.choices(words, k=4_000) for _ in range(40)]
    assert sum(map(len, documents)) > 2 * SHELF_TOKENS
    shelves, plain = TokenModel(), TokenModel()
    for number, tokens in enumerate(documents):
        shelves.replace_document(f"{number % 5}/{number}", tokens)
        plain.replace_document(f"{number % 5}/{number}", tokens, open_document=True)
    for tokens in documents:
        at = chance.randrange(10, 3_990)
        assert same_answers(shelves, plain, tokens[at - 10 : at], "0/0")
        assert same_answers(shelves, plain, tokens[at - SHORT : at], "1/new")


@pytest.mark.parametrize("own", ["0/2", "1/1", "2/new"])
def test_of_more_places_than_are_looked_at_the_shelves_take_the_same_ones(own: str) -> None:
    shelves, plain = TokenModel(), TokenModel()
    for number in range(40):
        tokens = [*ABC, f"w{number % 7}"] * (37 if number % 10 else 2 * PLACES)
        for model in (shelves, plain):
            model.replace_document(f"{number % 2}/{number}", tokens, tokens[: number % 3], open_document=model is plain)
    for number in range(0, 40, 3):
        shelves.forget(f"{number % 2}/{number}")
        plain.forget(f"{number % 2}/{number}")
    assert len(shelves.walk(ABC, own=own)) > PLACES
    assert same_answers(shelves, plain, ABC, own)
    assert same_answers(shelves, plain, [*ABC, "w1", *ABC], own)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(1, 20_000)), max_size=60))
@settings(max_examples=30)
def test_shelves_hold_what_was_put_on_them_in_its_order_and_are_half_full(
    calls: list[tuple[bool, int, int]],
) -> None:
    shelves, held = Shelves(ORDERS), list[Piece]()
    words, document = Vocabulary(), Document("", 1, open_document=False)
    for put, which, size in calls:
        if put or not held:
            held.append(Piece(words.take(["a"] * size), 1, document))
            shelves.add(held[-1])
        else:
            shelves.remove(held.pop(which % len(held)))
    standing = [list(shelf.standing()) for shelf in shelves.newest_first()]
    assert [piece for shelf in reversed(standing) for piece in shelf] == held
    assert all(standing)
    assert not any(shelf.half_empty for shelf in shelves.newest_first())
    assert all(len(chain.links) <= SHELF_TOKENS for shelf in shelves.newest_first() for chain in shelf.chains)
