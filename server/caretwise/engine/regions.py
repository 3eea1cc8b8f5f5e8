"""What was last found around a line of each document, and which files have changed since something was found in them."""

from __future__ import annotations

from caretwise.context.snippet import Snippet

REGION_LINES = 8
"""Within so many lines what belongs to the region stays as it is, so that the prompt's beginning does."""

_MOST_CHANGED = 4_000


class Regions:
    """The region of each document that its last prompt was made for."""

    def __init__(self) -> None:
        """Nothing was found, and nothing has changed."""
        self.changes = 0
        """How many changes of files were heard of."""
        self._found: dict[str, tuple[int, tuple[Snippet, ...]]] = {}
        self._changed: dict[str, int] = {}
        """Files by their names in the index, with the number of their last change; those of the last changes alone."""

    def around(self, uri: str, line: int) -> tuple[Snippet, ...]:
        """What was found for the region that a line is in; nothing when the line is too far from it."""
        known, found = self._found.get(uri, (-1, ()))
        return found if abs(line - known) <= REGION_LINES else ()

    def latest(self, uri: str) -> tuple[Snippet, ...]:
        """What was found last in a document, wherever that was."""
        return self._found.get(uri, (-1, ()))[1]

    def keep(self, uri: str, line: int, found: tuple[Snippet, ...]) -> None:
        """Remember what was found around a line."""
        self._found[uri] = line, found

    def forget(self, uri: str) -> None:
        """A document was opened anew, saved or closed."""
        self._found.pop(uri, None)

    def changed(self, name: str) -> None:
        """What was found in a file before is not what stands there now."""
        self.changes += 1
        self._changed.pop(name, None)
        self._changed[name] = self.changes
        if len(self._changed) > _MOST_CHANGED:
            del self._changed[next(iter(self._changed))]
        for uri in [uri for uri, (_, found) in self._found.items() if any(one.path == name for one in found)]:
            del self._found[uri]

    def changed_since(self, name: str, changes: int) -> bool:
        """Whether a file was changed after so many changes."""
        return self._changed.get(name, 0) > changes
