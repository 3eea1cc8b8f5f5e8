"""Suggestions while the editor's completion menu is open: they go on from the selected entry, as if it had been taken."""

from __future__ import annotations

from dataclasses import replace

from caretwise.complete.ghost import with_text
from caretwise.engine.offer import Ask, Offer, Silence


def ahead(ask: Ask) -> Ask | Silence:
    """The question as it will be when the selected entry has been taken; the same when none is selected."""
    selected = ask.selected
    if selected is None:
        return ask
    if selected.range.end != ask.position or selected.range.start.line != ask.position.line:
        return Silence("menu", "the selected entry of the menu does not end at the cursor")
    snapshot, position = with_text(ask.snapshot, selected.range, selected.text)
    return replace(ask, snapshot=snapshot, position=position)


def back(ask: Ask, found: Offer | Silence) -> Offer | Silence:
    """An offer for the text with the entry, as one for the text as it is: it begins with the entry."""
    selected = ask.selected
    if selected is None or isinstance(found, Silence):
        return found
    typed = selected.range.end.character - selected.range.start.character
    ghost = replace(
        found.ghost,
        text=selected.text + found.ghost.text,
        position=selected.range.start,
        replaces=typed + found.ghost.replaces,
    )
    return replace(found, ghost=ghost)
