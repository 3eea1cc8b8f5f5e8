"""What became of captured suggestions, and the lines that trainers read."""

from __future__ import annotations

import pytest

from caretwise.adapters.resources import templates
from caretwise.measure.fact import Fact
from caretwise.measure.sample import Fate, Sample, fates, lines_of, preferences
from caretwise.measure.schema import Kind


def sample(name: str, ghost: str = "a + b", prefix: str = "def add(a, b):\n    return ") -> Sample:
    return Sample(name, 1.0, "kimi", "python", prefix, ghost, "  # sum\n\nprint(add(1, 2))\n")


def kept(name: str, share: float = 1.0, after: int = 300) -> list[Fact]:
    return [
        Fact(Kind.ACCEPTED, name, 1.0, amount="full", evidence="command"),
        Fact(Kind.RETAINED, name, 31.0, after_s=30, share=1.0),
        Fact(Kind.RETAINED, name, 1.0 + after, after_s=after, share=share),
    ]


def fate(facts: list[Fact]) -> Fate:
    ((_, found),) = fates([sample("s")], facts)
    return found


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (kept("s"), Fate.KEPT),
        (kept("s", after=600), Fate.KEPT),
        (kept("s", share=0.89), Fate.OPEN),
        (kept("s", after=120), Fate.OPEN),
        ([*kept("s"), Fact(Kind.UNDONE, "s", 2.0)], Fate.OPEN),
        ([Fact(Kind.ACCEPTED, "s", 1.0, amount="word"), *kept("s")[1:]], Fate.OPEN),
        ([Fact(Kind.DISMISSED, "s", 1.0)], Fate.DISMISSED),
        ([Fact(Kind.ACCEPTED, "s", 1.0, amount="word"), Fact(Kind.DISMISSED, "s", 2.0)], Fate.OPEN),
        ([], Fate.OPEN),
        (kept("another"), Fate.OPEN),
        ([*kept("s")[:2], Fact(Kind.RETAINED, "s", 301.0, after_s=300, share=1.0, disturbed="closed")], Fate.OPEN),
        ([*kept("s"), Fact(Kind.RETAINED, "s", 601.0, after_s=600, share=0.1, disturbed="many_files")], Fate.KEPT),
        ([*kept("s"), Fact(Kind.RETAINED, "s", 601.0, after_s=600, share=0.1, disturbed="undo")], Fate.OPEN),
    ],
)
def test_fates(facts: list[Fact], expected: Fate) -> None:
    assert fate(facts) is expected


def test_a_pair_needs_the_same_place_and_two_texts() -> None:
    one, worse, same = sample("1"), sample("2", "a - b"), sample("3")
    elsewhere, again = sample("4", "a * b", "x = "), sample("5", "a - b")
    judged = [
        (one, Fate.KEPT),
        (worse, Fate.DISMISSED),
        (same, Fate.DISMISSED),
        (elsewhere, Fate.DISMISSED),
        (again, Fate.DISMISSED),
        (sample("6", "a / b"), Fate.OPEN),
    ]
    assert preferences(judged) == [(one, worse)]
    assert preferences([(one, Fate.KEPT), (worse, Fate.KEPT)]) == []


def test_the_forms() -> None:
    judged = [(sample("1"), Fate.KEPT), (sample("2", "a - b"), Fate.DISMISSED)]
    template = templates()["inline-hole"]
    (fim,) = lines_of(judged, "fim", template)
    assert fim == {
        "language": "python",
        "prefix": "def add(a, b):\n    return ",
        "suffix": "  # sum\n\nprint(add(1, 2))\n",
        "middle": "a + b",
    }
    (chat,) = lines_of(judged, "chat", template)
    assert [one["role"] for one in chat["messages"]] == ["system", "user", "assistant"]
    assert chat["messages"][2]["content"] == "<completion>a + b</completion>"
    user = chat["messages"][1]["content"]
    assert "    return <hole/>  # sum\n" in user
    assert "<below>\nprint(add(1, 2))\n</below>" in user
    (pair,) = lines_of(judged, "preference", template)
    assert pair["prompt"] == chat["messages"][:2]
    assert pair["chosen"] == [chat["messages"][2]]
    assert pair["rejected"] == [{"role": "assistant", "content": "<completion>a - b</completion>"}]
