"""Checking a candidate in memory before anybody sees it: inside its region, parsing no worse, leaving no name unbound.

What the reporting checker says of it comes on top (`repair/report.py`); it is run by an adapter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from caretwise.repair.finding import Finding
from caretwise.repair.imports import only_imports
from caretwise.repair.parsing import Pair, pair, parses
from caretwise.repair.substance import beside_function, lost, only_layout, silenced
from caretwise.repair.verification import IN_REGION, NAMES, SUBSTANCE, Layer, Level, Refusal, level_of
from caretwise.syntax.functions import definitions
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.names import names
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

_MAY_GO = re.compile(
    r"\b(?:unused|never (?:used|read|called)|not accessed|redefin|duplicate|dead code|unreachable)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A candidate that no layer failed. `text` is the whole document after the edits.

    The last `inside` of the edits are those of the part; others are imports above it.
    """

    edits: tuple[TextEdit, ...]
    text: str
    verification: tuple[Layer, ...]
    inside: int
    only_layout: bool = False
    """Nothing but blanks and comments changes, for a problem that is not about these: a checker has to say that it helps."""

    @property
    def part_edits(self) -> tuple[TextEdit, ...]:
        """The edits without imports above the part; all of them when there are no others."""
        return self.edits[-self.inside :]

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
        """Characters that the edits take away and write."""
        return sum(len(edit.new_text) + _extent(edit) for edit in self.edits)

    def with_layer(self, layer: Layer) -> Checked | Refusal:
        """The same with one layer more; a refusal when that layer failed."""
        layers = (*self.verification, layer)
        if layer.state == "failed":
            return Refusal(layer.name.split(" ")[0], layer.words, layers)
        if self.only_layout and layer.state != "passed":
            return Refusal("unchanged", "the fix changes nothing but blanks and comments", layers)
        return replace(self, verification=layers)


def _extent(edit: TextEdit) -> int:
    """A measure of what an edit takes away: characters of its line, and 40 for each line more."""
    lines = edit.range.end.line - edit.range.start.line
    return 40 * lines if lines else edit.range.end.character - edit.range.start.character


def check(
    snapshot: Snapshot, region: Range, edits: Sequence[TextEdit], language: Language, findings: Sequence[Finding] = ()
) -> Checked | Refusal:
    """Apply the edits in memory and look at the result, layer by layer, until one fails."""
    after = apply_edits(snapshot, edits)
    outside = [edit for edit in edits if not _inside(edit.range, region)]
    why = _outside(snapshot, region, outside, after, language) if outside else ""
    if why:
        return Refusal("outside_region", why, (Layer(IN_REGION, "failed", why),))
    above = len(apply_edits(snapshot, outside).lines) - len(snapshot.lines) if outside else 0
    parsed = pair(snapshot, after, region, language)
    layers = [Layer(IN_REGION, "passed", "but for an import that it needs" if outside else "")]
    for code, layer in (
        ("parses_worse", parses(snapshot, after, region, parsed, language)),
        ("names", _names(parsed, findings)),
    ):
        layers.append(layer)
        if layer.state == "failed":
            return Refusal(code, layer.words, tuple(layers))
    beside = (
        beside_function(parsed, region, above, len(after.lines) - len(snapshot.lines)) if parsed is not None else ""
    )
    if beside:
        return Refusal("outside_region", beside, (Layer(IN_REGION, "failed", beside), *layers[1:]))
    code, why = _taken(snapshot, after, parsed, findings)
    if code:
        return Refusal(code, why, (*layers, Layer(SUBSTANCE, "failed", why)))
    ordered = sorted(edits, key=lambda edit: edit.range)
    layout = parsed is not None and only_layout(parsed, findings)
    return Checked(tuple(ordered), after.text, tuple(layers), len(edits) - len(outside) or len(edits), layout)


def _taken(snapshot: Snapshot, after: Snapshot, parsed: Pair | None, findings: Sequence[Finding]) -> tuple[str, str]:
    """Code and reason of what a fix must not do to make a problem go away; ("", "") when it does not."""
    quiet = silenced(snapshot.text, after.text)
    if quiet:
        return "silenced", f"the fix tells the checker to look away ({quiet}) and mends nothing"
    return lost(parsed, findings) if parsed is not None else ("", "")


def _outside(
    snapshot: Snapshot, region: Range, outside: Sequence[TextEdit], after: Snapshot, language: Language
) -> str:
    """Why edits outside the region are not allowed; "" for imports above it."""
    first = region.start.line
    grown = len(apply_edits(snapshot, outside).lines) - len(snapshot.lines)
    old, new = ([text.line(number) for number in range(len(text.lines))] for text in (snapshot, after))
    below = any(edit.range.end > region.start for edit in outside)
    if not below and only_imports(old, first, new, first + grown, language):
        return ""
    return f"the fix touches line {outside[0].range.start.line + 1}, outside the part that may be changed"


def _inside(span: Range, region: Range) -> bool:
    return region.start <= span.start and span.end <= region.end


def _names(parsed: Pair | None, findings: Sequence[Finding]) -> Layer:
    """No function or class goes away, and no name is used that nothing binds any more."""
    before, after = (names(parsed.before), names(parsed.after)) if parsed is not None else (None, None)
    if parsed is None or before is None or after is None:
        return Layer(NAMES, "not run", "the scopes of this language are not known here")
    gone = _declared(parsed.before) - _declared(parsed.after)
    if gone and not any(_MAY_GO.search(finding.message) for finding in findings):
        return Layer(NAMES, "failed", f"the fix deletes {', '.join(sorted(gone)[:3])}")
    # In Python everything that binds a name stands in the file; elsewhere another file of the package may bind it.
    fresh = after.unbound - before.unbound
    lost = fresh if parsed.whole and before.complete and after.complete else fresh & before.bound
    if lost:
        return Layer(NAMES, "failed", f"the fix uses {', '.join(sorted(lost)[:3])}, which nothing defines")
    return Layer(NAMES, "passed")


def _declared(parsed: Parsed) -> frozenset[str]:
    return frozenset(one.name for one in definitions(parsed) if one.name)
