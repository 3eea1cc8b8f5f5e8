"""Suggestions with the code around them, for teams that tune a model of their own: which were kept, which were sent away.

Only where the user has switched capture on. Nothing of this is in the journal.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from caretwise.measure.fact import Fact
from caretwise.measure.schema import Kind
from caretwise.text.language import by_id
from caretwise.text.template import Template

KEPT_AFTER_S = 300
"""A suggestion counts as kept by a look that was taken at least so many seconds after it was accepted, as in the report."""

KEPT_SHARE = 0.9
"""At least this share of its tokens was still there then."""

KINDS = frozenset({Kind.ACCEPTED, Kind.DISMISSED, Kind.RETAINED, Kind.UNDONE})
"""What is remembered of a captured suggestion's life."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A suggestion (`ghost`) between the code before and behind it, secrets masked. `at` is in seconds since 1970."""

    id: str
    at: float
    model: str
    language: str
    prefix: str
    ghost: str
    suffix: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Two suggestions with the same place were made for the same code."""
        return self.language, self.prefix, self.suffix


_UNKNOWN = frozenset({"closed", "replaced", "many_files"})
"""Looks at which nobody could tell, as in the report."""


class Fate(enum.Enum):
    """What became of a captured suggestion."""

    KEPT = "kept"
    DISMISSED = "dismissed"
    OPEN = "open"
    """Neither: taken in part, changed or deleted later, or not followed for long enough."""


def fates(samples: Iterable[Sample], facts: Iterable[Fact]) -> list[tuple[Sample, Fate]]:
    """Each sample with what became of it."""
    by_id: dict[str, list[Fact]] = {}
    for fact in facts:
        by_id.setdefault(fact.suggestion, []).append(fact)
    return [(sample, _fate(by_id.get(sample.id, ()))) for sample in samples]


def _fate(facts: Sequence[Fact]) -> Fate:
    kinds = {fact.kind for fact in facts}
    if Kind.DISMISSED in kinds and Kind.ACCEPTED not in kinds:
        return Fate.DISMISSED
    if Kind.UNDONE in kinds or not any(fact.kind is Kind.ACCEPTED and fact.amount == "full" for fact in facts):
        return Fate.OPEN
    looks = [
        fact
        for fact in facts
        if fact.kind is Kind.RETAINED and (fact.after_s or 0) >= KEPT_AFTER_S and fact.disturbed not in _UNKNOWN
    ]
    last = max(looks, key=lambda fact: fact.after_s or 0, default=None)
    return Fate.KEPT if last is not None and (last.share or 0.0) >= KEPT_SHARE else Fate.OPEN


def preferences(judged: Iterable[tuple[Sample, Fate]]) -> list[tuple[Sample, Sample]]:
    """Kept over dismissed at the same place: each two different texts, once."""
    kept: dict[tuple[str, str, str], dict[str, Sample]] = {}
    sent_away: dict[tuple[str, str, str], dict[str, Sample]] = {}
    for sample, fate in judged:
        if fate is not Fate.OPEN:
            side = kept if fate is Fate.KEPT else sent_away
            side.setdefault(sample.place, {}).setdefault(sample.ghost, sample)
    return [
        (one, other)
        for place, good in kept.items()
        for one in good.values()
        for other in sent_away.get(place, {}).values()
        if other.ghost not in good
    ]


def fim(language: str, prefix: str, middle: str, suffix: str) -> dict[str, Any]:
    """A line for fill-in-the-middle training; the control tokens are the model's, whoever trains puts them in."""
    return {"language": language, "prefix": prefix, "suffix": suffix, "middle": middle}


def chat(language: str, prefix: str, middle: str, suffix: str, template: Template) -> dict[str, Any]:
    """A line for chat training: the messages as `inline-hole` asks them, and the answer in its marks."""
    return {"messages": [*_asked(language, prefix, suffix, template), _answer(middle)]}


def preference(one: Sample, other: Sample, template: Template) -> dict[str, Any]:
    """A line for preference training: the same question, the kept answer and the one that was sent away."""
    return {
        "prompt": _asked(one.language, one.prefix, one.suffix, template),
        "chosen": [_answer(one.ghost)],
        "rejected": [_answer(other.ghost)],
    }


def _answer(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": f"<completion>{text}</completion>"}


def _asked(language: str, prefix: str, suffix: str, template: Template) -> list[dict[str, str]]:
    known = by_id(language)
    rest, _, below = suffix.partition("\n")
    values = {
        "language": known.title,
        "path": f"document{known.endings[0] if known.endings else ''}",
        "suffix": below.strip("\n"),
        "prefix": prefix,
        "rest": rest,
    }
    filled = template.fill({name: values.get(name, "") for name in template.holes})
    return [{"role": role, "content": text} for role, text in filled]


def lines_of(judged: Sequence[tuple[Sample, Fate]], form: str, template: Template) -> Iterator[dict[str, Any]]:
    """What is exported in a form: `chat` and `fim` have what was kept, `preference` has pairs."""
    if form == "preference":
        for one, other in preferences(judged):
            yield preference(one, other, template)
        return
    for sample, fate in judged:
        if fate is Fate.KEPT:
            parts = sample.language, sample.prefix, sample.ghost, sample.suffix
            yield chat(*parts, template) if form == "chat" else fim(*parts)
