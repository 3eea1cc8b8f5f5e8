from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.local.ngram import MAX_DOCUMENT_TOKENS, SHORT, LeftOut, TokenModel

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
                 (LeftOut("one", 0, 4), LeftOut("one", 4, 8), LeftOut("one"), LeftOut("other"))]  # fmt: skip
    assert tokens_of == [["y"], ["x"], [], ["x", "y"]]


def test_following_keeps_the_places_that_agree() -> None:
    model = TokenModel()
    model.replace_document("one", [*ABC, "x", "1"])
    model.replace_document("two", [*ABC, "y", "2"])
    walk = model.walk(ABC)
    assert walk.documents("x") == 1
    assert [guess.token for guess in walk.follow("y").guesses()] == ["2"]
    assert len(walk.follow("z")) == 0


def test_of_a_long_document_the_start_is_kept() -> None:
    model = TokenModel()
    assert model.replace_document("long", ["a"] * (MAX_DOCUMENT_TOKENS + 5)) == MAX_DOCUMENT_TOKENS
