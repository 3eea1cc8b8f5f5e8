"""What is kept of a captured suggestion: the code around it, in whole lines, without secrets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caretwise.complete.ghost import Ghost
from caretwise.context.window import LONGEST_LINE
from caretwise.engine.offer import Ask, Facts, Offer
from caretwise.engine.sampling import BEFORE, BEHIND, sample_of
from caretwise.measure.sample import Sample
from caretwise.text.language import by_id
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c9d8e7f6a"


def sampled(marked: str, ghost: str, replaces: int = 0, typed: int = 0) -> Sample | None:
    before = marked[: marked.index("‸")]
    at = Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    ask = Ask(Snapshot.of(marked.replace("‸", ""), uri="file:///a.py"), at, by_id("python"), "a.py")
    offer = Offer("s", Ghost(ghost, Position(at.line, at.character - typed), replaces), Facts(model="kimi"))
    return sample_of(ask, offer, 1.0)


def test_a_suggestion_between_its_code() -> None:
    found = sampled("def f(a):\n    return a‸)\n\nf(1)\n", " + 1", replaces=1)
    assert found == Sample("s", 1.0, "kimi", "python", "def f(a):\n    return a", " + 1", ")\n\nf(1)\n")


def test_what_an_item_repeats_of_the_text_is_no_part_of_it() -> None:
    found = sampled("x = wid‸\n", "width", typed=3)
    assert found is not None
    assert (found.prefix, found.ghost, found.suffix) == ("x = wid", "th", "\n")


@given(st.integers(0, len(KEY)), st.integers(0, len(KEY)), st.booleans())
def test_no_secret_wherever_the_suggestion_begins_and_ends(one: int, two: int, behind: bool) -> None:
    start, end = sorted((one, two))
    tail = KEY[end:] if behind else KEY[end:] + '"\nother = 1\n'
    found = sampled(f'api_key = "{KEY[:start]}‸{tail}', KEY[start:end])
    assert found is not None
    assert KEY not in found.prefix + found.ghost + found.suffix
    assert KEY[8:] not in found.prefix + found.ghost + found.suffix
    whole = f'api_key = "{KEY}{tail[len(KEY) - end :]}'
    assert len(found.prefix + found.ghost + found.suffix) == len(whole)


def test_a_key_in_a_suggestion_alone() -> None:
    found = sampled("import os\n‸\n", f'api_key = "{KEY}"')
    assert found is not None
    assert KEY not in found.ghost
    assert len(found.ghost) == len(f'api_key = "{KEY}"')


@given(st.integers(0, 900), st.integers(0, 900))
def test_whole_lines_and_no_more_than_so_many_characters(above: int, below: int) -> None:
    first, last = [f"above_{n} = {n}\n" for n in range(above)], [f"below_{n} = {n}\n" for n in range(below)]
    found = sampled("".join(first) + "x = ‸\n" + "".join(last), "1")
    assert found is not None
    assert "".join(first).endswith(found.prefix.removesuffix("x = "))
    assert "".join(last).startswith(found.suffix.removeprefix("\n"))
    assert found.prefix.startswith(("above_", "x = "))
    assert len(found.prefix) <= BEFORE + 4
    assert len(found.suffix) <= BEHIND + 1
    assert found.prefix == "".join(first) + "x = " or len(found.prefix) > BEFORE - 20


def test_nothing_beyond_a_line_that_is_no_code() -> None:
    data = f'{KEY} = "{"x" * LONGEST_LINE}"\n'
    found = sampled(f"{data}y = 2\nx = ‸\n{data}", "1")
    assert found is not None
    assert (found.prefix, found.suffix) == ("y = 2\nx = ", "\n")
    assert sampled(data.replace("\n", "‸\n"), "1") is None
