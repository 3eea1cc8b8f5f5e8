"""What of a prompt stays as it was in the prompt before, so that the model's host can use what it computed for that one.

A host reuses a prompt up to its first difference. So the code of other files stays where it stood and what is new comes
behind it, and the code below the cursor is shown as it was while little of it has changed. What is shown is then a few
characters old; the rules that fit the answer look at the document as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caretwise.context.pack import Context
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet
from caretwise.text.edit import common_prefix, common_suffix

CHANGED = 0.1
"""The part of the code below the cursor that may differ from what is shown."""

GROWN = 1.25
"""So many times the budget may the code of other files take before it is chosen anew."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a prompt shows. `rest` follows the cursor on its line, `below` are the lines below, `more` are snippets that came
    to be wanted after those of the context had been put in their place.
    """

    context: Context
    rest: str
    below: str
    more: tuple[Snippet, ...] = ()

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """All code of other files, in its order."""
        return (*self.context.snippets, *self.more)


def shown(
    context: Context, before: Shown | None = None, *, budget: int = 0, allowed: Callable[[Snippet], bool] | None = None
) -> Shown:
    """What to show now, when `before` was shown last. `budget` is for the code of other files, in tokens.

    `allowed` says whether a snippet of the last prompt may still be shown.
    """
    rest, line_break, below = context.window.suffix.partition("\n")
    below = line_break + below
    if before is None or before.context.path != context.path:
        return Shown(context, rest, below)
    if below_is_steady(before.below, below):
        below = before.below
    kept = before.snippets
    if allowed is not None and not all(map(allowed, kept)):
        return Shown(context, rest, below)
    places = {(one.path, one.first_line): one.text for one in kept}
    if any(places.get((one.path, one.first_line), one.text) != one.text for one in context.snippets):
        return Shown(context, rest, below)  # what was shown has been edited since
    new = tuple(one for one in context.snippets if (one.path, one.first_line) not in places)
    if sum(len(one.text) for one in (*kept, *new)) > budget * CHARACTERS_PER_TOKEN * GROWN:
        return Shown(context, rest, below)
    window = context.window
    old = before.context
    pinned = Context(old.path, context.language_id, context.language_title, window, old.snippets, context.edits)
    return Shown(pinned, rest, below, (*before.more, *new))


def below_is_steady(before: str, now: str) -> bool:
    """Whether the code below may be shown as it was: it begins with the same line of code and little has changed."""
    if before == now:
        return True
    if _first(before) != _first(now) or not now.strip():
        return False
    if now.startswith(before) or before.startswith(now):
        return True  # only the window's end has moved
    shared = common_prefix(before, now)
    shared += common_suffix(before[shared:], now[shared:])
    return shared >= (1 - CHANGED) * max(len(before), len(now))


def _first(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")
