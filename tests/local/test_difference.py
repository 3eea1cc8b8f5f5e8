from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from caretwise.local.difference import Span, difference, differences

LINES = st.lists(st.sampled_from(["a", "b", "", "c", *map(str, range(20))]), max_size=30)


@given(old=LINES, new=LINES)
def test_what_is_put_in_place_makes_the_new_state(old: list[str], new: list[str]) -> None:
    whole = difference(old, new)
    if whole is None:
        assert old == new
        return
    made = list(old)
    for span in reversed(differences(old, new, whole)):
        made[span.old_start : span.old_end] = new[span.new_start : span.new_end]
    assert made == new


@given(old=LINES, new=LINES)
def test_spans_rise_and_are_apart(old: list[str], new: list[str]) -> None:
    whole = difference(old, new)
    spans = differences(old, new, whole) if whole is not None else []
    for one, two in pairwise(spans):
        assert one.old_end < two.old_start
        assert one.new_end < two.new_start


def test_two_changes_are_told_apart() -> None:
    old = [f"line {number}" for number in range(100)]
    new = [*old[:10], "new", *old[10:90], "other", *old[91:]]
    whole = difference(old, new)
    assert whole == Span(10, 91, 10, 92)
    assert differences(old, new, whole) == [Span(10, 10, 10, 11), Span(90, 91, 91, 92)]
