"""Checking a candidate in memory before anybody sees it: each layer that was passed is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.repair.answer import Refusal
from caretwise.syntax.health import parses_no_worse
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Checked:
    """A candidate that passed. `layers` names what was checked, weakest first ("in region", "parses")."""

    edits: tuple[TextEdit, ...]
    text: str
    layers: tuple[str, ...]

    @property
    def label(self) -> str:
        """The strongest layer, for a menu."""
        return self.layers[-1]


def check(snapshot: Snapshot, region: Range, edits: Sequence[TextEdit], language: Language) -> Checked | Refusal:
    """Apply the edits in memory and look at the result: inside the region, and parsing no worse than before."""
    outside = [edit for edit in edits if not _inside(edit.range, region)]
    if outside:
        line = outside[0].range.start.line + 1
        return Refusal("outside_region", f"the fix touches line {line}, outside the part that may be changed")
    after = apply_edits(snapshot, edits)
    layers = ["in region"]
    better = parses_no_worse(snapshot.text, after.text, language)
    if better is False:
        return Refusal("parses_worse", "the file would parse worse than before")
    if better:
        layers.append("parses")
    return Checked(tuple(edits), after.text, tuple(layers))


def _inside(span: Range, region: Range) -> bool:
    return region.start <= span.start and span.end <= region.end
