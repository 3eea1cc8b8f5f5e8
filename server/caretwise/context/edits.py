"""Recent edits as small differences: what the user has just changed often says what comes next.

Changes are grouped while they fall on the same few lines; a group is closed when typing goes on elsewhere. Only closed
groups are shown to a model: the one in progress is the text around the cursor itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from caretwise.context.masking import masked_lines
from caretwise.text.edit import TextEdit
from caretwise.text.snapshot import Snapshot, without_end

GROUP_LINES = 3
"""Changes this many lines apart belong to one group."""

_MOST_LINES = 12
_MOST_GROUPS = 8


@dataclass(slots=True)
class _Group:
    """A run of changes to the same few lines: where it began, in the text before it and in the text as it is now."""

    path: str
    first: int
    was: int
    """How many lines it covers in `before`."""
    before: Snapshot
    now: int
    """How many lines it covers in `after`."""
    after: Snapshot


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """A closed group: where it was (line from 0), the lines before and after (without line ends), secrets masked."""

    path: str
    uri: str
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
        """Nothing was edited yet."""
        self._ended: list[_Group] = []
        """Groups that have come to their end and are not worked out yet."""
        self._closed: deque[RecentEdit] = deque(maxlen=_MOST_GROUPS)
        self._open: _Group | None = None

    def note(self, path: str, before: Snapshot, edit: TextEdit, after: Snapshot) -> None:
        """Take in one change: the snapshots before and after it. Costs next to nothing."""
        first, last = edit.range.start.line, edit.range.end.line
        grown = len(after.lines) - len(before.lines)
        group = self._open
        if group is None or not self._continues(group, before, first, last):
            self.close()
            size = last - first + 1
            self._open = _Group(path, first, size, before, size + grown, after)
            return
        above, below = max(0, group.first - first), max(0, last - (group.first + group.now - 1))
        group.first -= above
        group.was += above + below
        group.now += above + below + grown
        group.after = after

    @staticmethod
    def _continues(group: _Group, before: Snapshot, first: int, last: int) -> bool:
        near = first >= group.first - GROUP_LINES and last <= group.first + group.now - 1 + GROUP_LINES
        return group.after is before and near and group.now <= _MOST_LINES

    def close(self) -> None:
        """End the group in progress; one that changed nothing, or too much to be small, is forgotten."""
        group, self._open = self._open, None
        if group is not None and max(group.was, group.now) <= _MOST_LINES:
            self._ended = [*self._ended[1 - _MOST_GROUPS :], group]

    def recent(self) -> tuple[RecentEdit, ...]:
        """The closed edits, oldest first. Costs 0.2 ms for each that was closed since it was asked last."""
        for group in self._ended:
            before = _plain(masked_lines(group.before, group.first, group.was))
            after = _plain(masked_lines(group.after, group.first, group.now))
            if before != after:
                self._closed.append(RecentEdit(group.path, group.before.uri, group.first, before, after))
        self._ended = []
        return tuple(self._closed)


def _plain(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(without_end, lines))
