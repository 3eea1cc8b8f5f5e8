"""Checking a candidate in memory before anybody sees it: each layer that was passed is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.repair.verification import IN_REGION, PARSES, Layer, Level, Refusal, level_of
from caretwise.syntax.health import parses_no_worse
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Checked:
    """A candidate that no layer failed. `text` is the whole document after the edits."""

    edits: tuple[TextEdit, ...]
    text: str
    verification: tuple[Layer, ...]

    @property
    def level(self) -> Level:
        """What the layers add up to."""
        return level_of(self.verification)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that were passed, weakest first."""
        return tuple(layer.name for layer in self.verification if layer.state == "passed")

    @property
    def label(self) -> str:
        """The strongest layer, for a menu."""
        return self.layers[-1]

    @property
    def size(self) -> int:
        """Characters that the edits write."""
        return sum(len(edit.new_text) for edit in self.edits)


def check(snapshot: Snapshot, region: Range, edits: Sequence[TextEdit], language: Language) -> Checked | Refusal:
    """Apply the edits in memory and look at the result: inside the region, and parsing no worse than before."""
    outside = [edit for edit in edits if not _inside(edit.range, region)]
    if outside:
        line = outside[0].range.start.line + 1
        why = f"the fix touches line {line}, outside the part that may be changed"
        return Refusal("outside_region", why, (Layer(IN_REGION, "failed", why),))
    after = apply_edits(snapshot, edits)
    layers = (Layer(IN_REGION, "passed"),)
    better = parses_no_worse(snapshot.text, after.text, language)
    if better is False:
        why = "the file would parse worse than before"
        return Refusal("parses_worse", why, (*layers, Layer(PARSES, "failed", why)))
    layers += (Layer(PARSES, "passed") if better else Layer(PARSES, "not run", "there is no grammar for it here"),)
    return Checked(tuple(edits), after.text, layers)


def _inside(span: Range, region: Range) -> bool:
    return region.start <= span.start and span.end <= region.end
