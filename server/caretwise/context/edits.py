"""Recent edits as small differences: what the user has just changed often says what comes next.

Changes are grouped while they fall on the same few lines; a group is closed when typing goes on elsewhere. Only closed
groups are shown to a model: the one in progress is the text around the cursor itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from caretwise.text.edit import TextEdit
from caretwise.text.snapshot import Snapshot

GROUP_LINES = 3
"""Changes this many lines apart belong to one group."""

_MOST_LINES = 12
_MOST_GROUPS = 8


@dataclass(slots=True)
class _Group:
    path: str
    uri: str
    first: int
    before: list[str]
    """The group's lines as they were before its first change."""
    after: list[str]
    """The same place as it is now."""


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """A closed group: where it was (line from 0), the lines before and after (without line ends)."""

    path: str
    first_line: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    def as_diff(self) -> str:
        """The edit in the manner of a unified diff."""
        lines = [f"@@ {self.path}:{self.first_line + 1} @@"]
        lines += [f"-{line}" for line in self.before]
        lines += [f"+{line}" for line in self.after]
        return "\n".join(lines)


class RecentEdits:
    """The last few edits of the session, over all documents."""

    def __init__(self) -> None:
        self._closed: deque[RecentEdit] = deque(maxlen=_MOST_GROUPS)
        self._open: _Group | None = None

    def note(self, path: str, before: Snapshot, edit: TextEdit, after: Snapshot) -> None:
        """Take in one change: the snapshots before and after it. Costs the changed lines only."""
        first, last = edit.range.start.line, edit.range.end.line
        grown = len(after.lines) - len(before.lines)
        group = self._open
        if group is None or not self._continues(group, before.uri, first, last):
            self.close()
            group = _Group(path, before.uri, first, list(before.lines[first : last + 1]), [])
            self._open = group
            end = last
        else:
            self._widen(group, before, first, last)
            end = max(last, group.first + len(group.after) - 1)
        group.after = list(after.lines[group.first : end + 1 + grown])

    @staticmethod
    def _continues(group: _Group, uri: str, first: int, last: int) -> bool:
        near = first >= group.first - GROUP_LINES and last <= group.first + len(group.after) - 1 + GROUP_LINES
        return group.uri == uri and near and len(group.after) <= _MOST_LINES

    @staticmethod
    def _widen(group: _Group, before: Snapshot, first: int, last: int) -> None:
        end = group.first + len(group.after) - 1
        if last > end:
            group.before += before.lines[end + 1 : last + 1]
        if first < group.first:
            group.before[:0] = before.lines[first : group.first]
            group.first = first

    def close(self) -> None:
        """End the group in progress; one that changed nothing, or too much to be small, is forgotten."""
        group, self._open = self._open, None
        if group is None:
            return
        before = tuple(line.rstrip("\r\n") for line in group.before)
        after = tuple(line.rstrip("\r\n") for line in group.after)
        if before != after and len(before) <= _MOST_LINES and len(after) <= _MOST_LINES:
            self._closed.append(RecentEdit(group.path, group.first, before, after))

    def recent(self) -> tuple[RecentEdit, ...]:
        """The closed edits, oldest first."""
        return tuple(self._closed)
