"""Between LSP's positions, ranges and edits and those of `caretwise.text`.

LSP columns count in the units agreed at start (UTF-8 bytes, UTF-16 units or code points); inside caretwise they are
code points. Every conversion clamps to places that exist and none raises.
"""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from caretwise.text.edit import TextEdit
from caretwise.text.position import Position, PositionEncoding, Range, from_code_points, to_code_points
from caretwise.text.snapshot import Snapshot, without_end


def choose_encoding(capabilities: types.ClientCapabilities) -> PositionEncoding:
    """The first encoding in the client's list that we know; UTF-16 (LSP's default) when there is none."""
    general = capabilities.general
    for name in (general.position_encodings if general else None) or ():
        try:
            return PositionEncoding(str(getattr(name, "value", name)))
        except ValueError:
            continue
    return PositionEncoding.UTF16


def position_in(lines: Sequence[str], position: types.Position, encoding: PositionEncoding) -> Position:
    """The place in `lines` (in the form of `split_lines`) that the editor's `position` means.

    A line past the end is the end of the text; a column past the line's end is the line's end, before `\\n` or `\\r\\n`.
    """
    if position.line < 0:
        return Position(0, 0)
    if position.line >= len(lines):
        return Position(len(lines) - 1, len(lines[-1]))
    line = without_end(lines[position.line])
    return Position(position.line, to_code_points(line, position.character, encoding))


def range_in(lines: Sequence[str], span: types.Range, encoding: PositionEncoding) -> Range:
    """The range in `lines` that the editor's `span` means; start and end are put in order."""
    one, two = span.start, span.end
    start = position_in(lines, one, encoding)
    if one.line == two.line and one.character == two.character:
        return Range(start, start)
    end = position_in(lines, two, encoding)
    return Range(start, end) if start <= end else Range(end, start)


def to_position(snapshot: Snapshot, position: types.Position, encoding: PositionEncoding) -> Position:
    """The editor's position as a place in `snapshot`, in code points."""
    return position_in(snapshot.lines, position, encoding)


def from_position(snapshot: Snapshot, position: Position, encoding: PositionEncoding) -> types.Position:
    """A place in `snapshot` (code points) as the editor counts it."""
    line, character = _units(snapshot, position, encoding)
    return types.Position(line=line, character=character)


def _units(snapshot: Snapshot, position: Position, encoding: PositionEncoding) -> tuple[int, int]:
    at = snapshot.clamp(position)
    return at.line, from_code_points(snapshot.line(at.line), at.character, encoding)


def to_range(snapshot: Snapshot, span: types.Range, encoding: PositionEncoding) -> Range:
    """The editor's range as a range in `snapshot`, in code points, start and end in order."""
    return range_in(snapshot.lines, span, encoding)


def from_range(snapshot: Snapshot, span: Range, encoding: PositionEncoding) -> types.Range:
    """A range in `snapshot` (code points) as the editor counts it."""
    return types.Range(
        start=from_position(snapshot, span.start, encoding), end=from_position(snapshot, span.end, encoding)
    )


def plain_range(snapshot: Snapshot, span: Range, encoding: PositionEncoding) -> dict[str, dict[str, int]]:
    """A range in `snapshot` as the editor counts it, as the JSON that is sent."""
    line, character = _units(snapshot, span.start, encoding)
    last, end = (line, character) if span.is_empty else _units(snapshot, span.end, encoding)
    return {"start": {"line": line, "character": character}, "end": {"line": last, "character": end}}


def to_text_edit(snapshot: Snapshot, edit: types.TextEdit, encoding: PositionEncoding) -> TextEdit:
    """The editor's edit of `snapshot`, in code points."""
    return TextEdit(to_range(snapshot, edit.range, encoding), edit.new_text)


def from_text_edit(snapshot: Snapshot, edit: TextEdit, encoding: PositionEncoding) -> types.TextEdit:
    """An edit of `snapshot` (code points) as the editor counts it."""
    return types.TextEdit(range=from_range(snapshot, edit.range, encoding), new_text=edit.new_text)
