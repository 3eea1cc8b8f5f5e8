"""What a session remembers of fixes: texts that actions were listed for, what runs, findings of ours, the last story."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caretwise.text.snapshot import split_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caretwise.engine.fix import Fix
    from caretwise.lsp.diagnostics import OwnFindings
    from caretwise.repair.finding import Finding
    from caretwise.text.snapshot import Snapshot

_MOST_TEXTS = 16
"""Texts that are kept. Versions of a document share their lines, so that this costs little."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A fix that the editor has: its document, what it is for, a line that it changes, and the text with it."""

    uri: str
    findings: Sequence[Finding]
    line: int
    lines: list[str]


@dataclass
class FixSession:
    """The state behind code actions and commands for fixes."""

    story: str = ""
    """What the last request for a fix came to, for people."""
    running: dict[str, asyncio.Task[Any]] = field(default_factory=dict[str, "asyncio.Task[Any]"])
    """What can be cancelled in the editor's progress display, by token."""
    own: OwnFindings | None = None
    """Findings of ours that the editor shows; made with the first one."""
    made: OrderedDict[str, Awaited] = field(default_factory=OrderedDict[str, "Awaited"], repr=False)
    """Fixes that the editor has and has not applied yet, as far as is known."""
    made_for: OrderedDict[str, tuple[Snapshot, Fix]] = field(
        default_factory=OrderedDict[str, "tuple[Snapshot, Fix]"], repr=False
    )
    """Fixes by the action that they were made for."""
    _texts: OrderedDict[int, Snapshot] = field(default_factory=OrderedDict[int, "Snapshot"], repr=False)
    _listings: int = 0
    _tokens: int = 0

    def keep(self, snapshot: Snapshot) -> int:
        """Actions are listed for this text: it is needed when one is picked after the document has changed.

        What comes back names it for `kept`. A version does not: a document that is opened anew counts from 1 again.
        """
        known = reversed(self._texts.items())
        listing = next((key for key, one in known if one is snapshot or _same(one, snapshot)), 0)
        if not listing:
            self._listings += 1
            listing = self._listings
        self._texts[listing] = snapshot
        self._texts.move_to_end(listing)
        while len(self._texts) > _MOST_TEXTS:
            self._texts.popitem(last=False)
        return listing

    def offered(self, uri: str, fix: Fix) -> None:
        """The editor gets a fix."""
        lines = split_lines(fix.checked.text)
        line = min(fix.edits[0].range.start.line, len(lines) - 1)
        self.made[fix.id] = Awaited(uri, fix.findings, line, lines)
        while len(self.made) > _MOST_TEXTS:
            self.made.popitem(last=False)

    def appeared(self, snapshot: Snapshot) -> str:
        """The fix that a changed document has come to hold, exactly; "" for none. Costs little where there is none.

        Editors may run no command after a fix: VS Code forgets it when the list of actions is renewed meanwhile. Of
        several that make the same text it is the newest.
        """
        lines = snapshot.lines
        for suggestion, fix in reversed(self.made.items()):
            if fix.uri != snapshot.uri or len(lines) != len(fix.lines) or lines[fix.line] != fix.lines[fix.line]:
                continue
            if list(lines) == fix.lines:
                return suggestion
        return ""

    def taken(self, suggestion: str) -> Awaited | None:
        """A fix was applied: it is not waited for any more, nor is one that made the same text and was sent away."""
        taken = self.made.pop(suggestion, None)
        if taken is not None:
            for name in [name for name, fix in self.made.items() if (fix.uri, fix.lines) == (taken.uri, taken.lines)]:
                del self.made[name]
        return taken

    def keep_made(self, key: str, snapshot: Snapshot, fix: Fix) -> None:
        """A fix of `snapshot` was made for an action."""
        self.made_for[key] = (snapshot, fix)
        while len(self.made_for) > _MOST_TEXTS:
            self.made_for.popitem(last=False)

    def kept(self, uri: str, listing: Any) -> Snapshot | None:
        """The text of a document that actions were listed for; None when that is too long ago."""
        text = self._texts.get(listing) if isinstance(listing, int) else None
        return text if text is not None and text.uri == uri else None

    def closed(self, uri: str) -> None:
        """A document was closed: findings of ours in it are not shown any more."""
        if self.own is not None:
            self.own.closed(uri)

    def token(self) -> str:
        """A new name for a progress display."""
        self._tokens += 1
        return f"caretwise-fix-{self._tokens}"


def _same(one: Snapshot, other: Snapshot) -> bool:
    return one.uri == other.uri and one.is_as(other)
