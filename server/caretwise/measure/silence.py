"""Whether an editor that has said of an insertion that it was ours still says so of each.

One and the same editor may insert with its command, and without it by a key of the user's own. What it does not speak of
is another tool's work when it happens once, and its own habit when it happens again and again.
"""

from __future__ import annotations

from caretwise.measure.candidate import Candidate, Manner
from caretwise.measure.step import Option, Step

MOST_UNSPOKEN = 2
"""So many insertions in turn that nobody speaks of, and the text is believed again until the editor speaks."""

WAITS_SECONDS = 25.0
"""An insertion waits this long for a second one: it has to be known whose it is before it is first looked at again."""


class Silence:
    """The whole insertions since an editor's last word that it did not speak of."""

    def __init__(self) -> None:
        """Nothing is known of the editor."""
        self.plugin = False
        """It draws ghost text with a plugin of ours, which says everything."""
        self.waiting: list[tuple[Step, Option]] = []
        """Those that are the editor's if there are more of them."""
        self._count = 0

    def spoken(self) -> None:
        """The editor has said that it inserted a suggestion."""
        self._count = 0

    @property
    def fell(self) -> bool:
        """Whether the editor has fallen silent."""
        return not self.plugin and self._count >= MOST_UNSPOKEN

    def counts(self, option: Option) -> bool:
        """Whether an insertion is one that the editor might have spoken of; a menu puts in words."""
        one = option.candidate
        word = one.text[option.before : option.after].strip().removesuffix("(").isidentifier()
        return not self.plugin and option.manner is Manner.WHOLE and not word and not one.done

    def unspoken(self, step: Step, option: Option) -> None:
        """The editor has not spoken of an insertion."""
        self._count += 1
        self.waiting.append((step, option))

    def of(self, one: Candidate) -> tuple[Step, Option] | None:
        """The insertion of a suggestion that waits, if one does."""
        return next((found for found in self.waiting if found[1].candidate is one), None)

    def due(self) -> float | None:
        """When the oldest has waited long enough."""
        return min((step.at + WAITS_SECONDS for step, _ in self.waiting), default=None)

    def overdue(self, at: float, *, everything: bool) -> list[tuple[Step, Option]]:
        """Those that have waited long enough at `at`, or in vain: they wait no longer."""
        found = [one for one in self.waiting if everything or at >= one[0].at + WAITS_SECONDS or at < one[0].at]
        self.waiting = [one for one in self.waiting if one not in found]
        return found
