"""Capture: which suggestions are kept with the code around them, for a user who has switched that on.

A suggestion's text is held in memory until it is accepted or dismissed; only then is it written, secrets masked, and only
of files that may be shown to a model as context: neither denied nor ignored, and inside an opened folder.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from caretwise.adapters.sample_store import SampleStore
from caretwise.context.masking import masked_around
from caretwise.context.privacy import mask
from caretwise.context.window import LONGEST_LINE
from caretwise.engine.offer import Ask, Offer
from caretwise.measure.fact import Fact
from caretwise.measure.sample import KINDS, Sample
from caretwise.measure.schema import Kind

BEFORE, BEHIND = 6_000, 2_000
"""Characters of code before and behind a suggestion that are kept at the most, in whole lines."""

_MOST_HELD = 200


class Sampler:
    """Follows what is offered, for the store."""

    def __init__(self, store: SampleStore, may_show: Callable[[str], bool]) -> None:
        """`may_show` says whether a document, by its address, may be context; it may look at the disk."""
        self._store, self._may_show = store, may_show
        self._held: OrderedDict[str, tuple[Ask, Offer]] = OrderedDict()

    def offered(self, ask: Ask, offer: Offer) -> None:
        """A suggestion was offered for the first time."""
        self._held[offer.id] = ask, offer
        while len(self._held) > _MOST_HELD:
            self._held.popitem(last=False)

    def fact(self, fact: Fact) -> None:
        """Something was found out about a suggestion."""
        if fact.kind not in KINDS:
            return
        first = self._held.pop(fact.suggestion, None) if fact.kind in {Kind.ACCEPTED, Kind.DISMISSED} else None
        self._store.record(fact, partial(self._made, *first, fact.at) if first is not None else None)

    def _made(self, ask: Ask, offer: Offer, at: float) -> Sample | None:
        return sample_of(ask, offer, at) if self._may_show(ask.uri) else None


def sample_of(ask: Ask, offer: Offer, at: float) -> Sample | None:
    """The suggestion between the code around it; None on a line that is too long to be code.

    Masked as one text too: a secret may begin in the code and end in the suggestion.
    """
    typed = max(0, ask.position.character - offer.ghost.position.character)
    ghost, replaces = offer.ghost.text[typed:], max(0, offer.ghost.replaces - typed)
    line = ask.position.line
    if len(ask.snapshot.line(line)) > LONGEST_LINE:
        return None
    masked = masked_around(ask.snapshot, line, BEFORE + BEHIND)
    ahead = list(_within(reversed(masked.lines[:line]), BEFORE))
    prefix = "".join(reversed(ahead)) + masked.before(ask.position)
    whole = masked.lines[line] if line < len(masked.lines) else ""
    suffix = whole[len(masked.before(ask.position)) :] + "".join(_within(masked.lines[line + 1 :], BEHIND))
    joined = mask(prefix + ghost + suffix[replaces:]).text  # masking keeps lengths
    start, end = len(prefix), len(prefix) + len(ghost)
    rest = suffix[:replaces] + joined[end:]
    return Sample(offer.id, at, offer.facts.model, ask.language.id, joined[:start], joined[start:end], rest)


def _within(lines: Iterable[str], most: int) -> Iterator[str]:
    """Whole lines of at most so many characters together; masking does not look beyond a line that is too long."""
    for line in lines:
        most -= len(line)
        if most < 0 or len(line) > LONGEST_LINE:
            return
        yield line
