"""Somebody at work without a model: the embedded engine answers, from what stands in the project."""

from __future__ import annotations

from tests.soak.typist import Page, Typist

EMBEDDED = "embedded"


class LonelyTypist(Typist):
    """Types new functions that begin as all others do. Each has a new name, so that every line teaches something new."""

    source = EMBEDDED

    def start(self, page: Page, number: str) -> str:
        """A new function, up to a line that every function of the project has."""
        self.key(page, f"\n\ndef written_{number}(items):")
        self.key(page, f'\n    """Adds up part {number}."""')
        self.key(page, "\n    total = 0")
        self.key(page, "\n    ")
        return "for item "

    def wanted(self, number: str) -> str:
        """The one way in which that line goes on anywhere."""
        return "in items:"

    def save(self, page: Page) -> None:
        """Write the file and tell of it, so that it is learned anew when it is closed."""
        (self._root / page.uri.rpartition("/")[2]).write_text("\n".join(page.lines))
        super().save(page)
        self._editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": page.uri, "type": 2}]})
