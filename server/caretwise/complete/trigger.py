"""Whether to ask a model at all: the place decides, and every refusal has a reason."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from caretwise.context.window import LONGEST_LINE
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

LEAST_CHARACTERS = 10
"""A document with less text than this says too little to go on from (unless the user asks)."""

_FIRST_LINES = 50

_MAY_FOLLOW = frozenset(" \t)]}>\"'`;:,")
"""What may stand after the cursor without making it the middle of a line."""


PROSE = frozenset(
    {"plaintext", "markdown", "git-commit", "gitcommit", "latex", "tex", "restructuredtext", "asciidoc", "org"}
)
"""LSP language identifiers of texts that are written for people."""


class Trigger(enum.StrEnum):
    """What made the editor ask."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """No suggestion here: `code` for the journal, `reason` for people."""

    code: str
    reason: str


def suppression(snapshot: Snapshot, position: Position, trigger: Trigger) -> Suppressed | None:
    """Why nothing is suggested at this place, or None. A user who asks (`INVOKED`) is refused on monstrous lines only."""
    if len(snapshot.lines[position.line]) > LONGEST_LINE:
        return Suppressed("line_too_long", f"the line has more than {LONGEST_LINE:,} characters")
    if trigger is Trigger.INVOKED:
        return None
    if not _says_enough(snapshot):
        return Suppressed("document_too_small", f"the document has fewer than {LEAST_CHARACTERS} characters")
    after = snapshot.after(position)
    if after.strip() and not set(after) <= _MAY_FOLLOW:
        return Suppressed("middle_of_line", "more than closing brackets stands after the cursor on its line")
    return None


def _says_enough(snapshot: Snapshot) -> bool:
    said = 0
    for line in snapshot.lines[:_FIRST_LINES]:
        said += len(line.strip())
        if said >= LEAST_CHARACTERS:
            return True
    return False


def patience(snapshot: Snapshot, position: Position) -> float:
    """How much longer (above 1) or shorter than elsewhere to wait for typing to rest, by where the cursor stands.

    Behind a mark that something has to follow, and on an empty line, people look for what comes next; behind a closing
    bracket a statement is most often finished. (The idea and the direction are tabby-agent's, 2026-06; the figures are ours.)
    """
    before = snapshot.before(position)
    last = before.rstrip()[-1:]
    if not last or last in ".([{=,:<>+-*/&|!?@":
        return 0.75
    return 1.5 if last in ")]};" else 1.0


def scope_wanted(choice: str, *, invoked: bool) -> bool:
    """Whether a setting ("on", "manual" or "off") allows a suggestion that was asked for by hand, or was not."""
    return choice == "on" or (choice == "manual" and invoked)
