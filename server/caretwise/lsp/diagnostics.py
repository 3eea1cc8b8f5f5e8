"""Between the editor's diagnostics and findings, and the findings of our own that an editor shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lsprotocol import types

from caretwise.lsp import convert
from caretwise.repair.finding import Finding
from caretwise.text.edit import TextEdit
from caretwise.text.position import Position, PositionEncoding, Range
from caretwise.text.snapshot import Snapshot

SOURCE = "caretwise"
"""The source of our own diagnostics."""

_MOST_RELATED = 10


def to_finding(snapshot: Snapshot, diagnostic: types.Diagnostic, encoding: PositionEncoding) -> Finding:
    """The diagnostic as a finding: with its code, the code's address, and what else the server said belongs to it."""
    related = (diagnostic.related_information or ())[:_MOST_RELATED]
    more = [
        f"{one.message} ({one.location.uri.rsplit('/', 1)[-1]}:{one.location.range.start.line + 1})" for one in related
    ]
    if diagnostic.code_description is not None:
        more.append(f"rule: {diagnostic.code_description.href}")
    return Finding(
        range=convert.to_range(snapshot, diagnostic.range, encoding),
        message=_text(diagnostic.message),
        severity=int(diagnostic.severity) if diagnostic.severity is not None else 1,
        code="" if diagnostic.code is None else str(diagnostic.code),
        source=diagnostic.source or "",
        more=tuple(more),
    )


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))


@dataclass(frozen=True, slots=True)
class Own:
    """A finding of ours on screen. `id` is what its diagnostic carries."""

    id: str
    finding: Finding


@dataclass
class OwnFindings:
    """Our own findings in open documents. They move along with their lines and go when those change.

    `publish` sends all that are left of a document.
    """

    publish: Callable[[str, Sequence[Own]], None]
    _shown: dict[str, list[Own]] = field(default_factory=dict[str, list[Own]])
    _dismissed: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    _count: int = 0

    def show(self, snapshot: Snapshot, span: Range, findings: Sequence[Finding]) -> int:
        """Show `findings` in place of those on the lines of `span`; how many the user has not dismissed before."""
        kept = [
            one for one in self._shown.get(snapshot.uri, ())
            if not span.start.line <= one.finding.range.start.line <= span.end.line
        ]  # fmt: skip
        fresh = [one for one in findings if _identity(snapshot, one) not in self._dismissed]
        self._shown[snapshot.uri] = [*kept, *(Own(self._new_id(), one) for one in fresh)]
        self._published(snapshot.uri)
        return len(fresh)

    def dismiss(self, snapshot: Snapshot, own_id: str) -> bool:
        """The user does not want to see this one again in this session; whether it was on screen."""
        one = next((one for one in self._shown.get(snapshot.uri, ()) if one.id == own_id), None)
        if one is None:
            return False
        self._dismissed.add(_identity(snapshot, one.finding))
        self._drop(snapshot.uri, {own_id})
        return True

    def fixed(self, uri: str, findings: Sequence[Finding]) -> None:
        """A fix for `findings` was applied: those of ours among them have done their service."""
        gone = {one.id for one in self._shown.get(uri, ()) if any(one.finding.message == it.message for it in findings)}
        if gone:
            self._drop(uri, gone)

    def changed(self, uri: str, edits: Sequence[TextEdit]) -> None:
        """A document was changed."""
        before = self._shown.get(uri)
        if not before:
            return
        after = [moved for one in before if (moved := _moved(one, edits)) is not None]
        if after != before:
            self._shown[uri] = after
            self._published(uri)

    def closed(self, uri: str) -> None:
        """A document was closed: nothing is shown in it any more."""
        if self._shown.pop(uri, None):
            self.publish(uri, ())

    def ids(self, uri: str) -> dict[str, Finding]:
        """What is shown in a document, by id."""
        return {one.id: one.finding for one in self._shown.get(uri, ())}

    def _drop(self, uri: str, gone: set[str]) -> None:
        self._shown[uri] = [one for one in self._shown[uri] if one.id not in gone]
        self._published(uri)

    def _published(self, uri: str) -> None:
        self.publish(uri, self._shown[uri])

    def _new_id(self) -> str:
        self._count += 1
        return f"finding-{self._count}"


def _identity(snapshot: Snapshot, finding: Finding) -> tuple[str, str, str]:
    """What tells a finding that comes back: its document, its line's text and its message."""
    return snapshot.uri, snapshot.line(finding.range.start.line).strip(), finding.message


def _moved(one: Own, edits: Sequence[TextEdit]) -> Own | None:
    """The finding after the edits (each refers to the text as the edits before it left it); None when its lines changed."""
    span = one.finding.range
    for edit in edits:
        start, end = edit.range.start, edit.range.end
        if start.line > span.end.line:
            continue
        before = end.line < span.start.line or (end == Position(span.start.line, 0) and edit.new_text.endswith("\n"))
        if not before:
            return None
        lines = edit.new_text.count("\n") - (end.line - start.line)
        span = Range(
            Position(span.start.line + lines, span.start.character), Position(span.end.line + lines, span.end.character)
        )
    return one if span == one.finding.range else Own(one.id, replace(one.finding, range=span))
