"""Packing: out of everything that was found, what fits the budget, in an order that does not move while typing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.context.edits import RecentEdit
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet
from caretwise.context.window import Window

_EDIT_SHARE = 0.25
"""The most that recent edits may take of the budget for context."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a prompt is made from. `path` is the document's, relative to the project; `edits` are oldest first."""

    path: str
    language_id: str
    language_title: str
    window: Window
    snippets: tuple[Snippet, ...] = ()
    edits: tuple[RecentEdit, ...] = ()


def pack(context: Context, snippets: Sequence[Snippet], edits: Sequence[RecentEdit], *, budget: int) -> Context:
    """Add the best snippets and the newest edits that fit into `budget` tokens.

    Imports come before neighbours, then by score. What the window shows already, or a snippet before it shows, is left
    out. The chosen ones are put in the order of their paths and lines: it stays the same from one key to the next.
    """
    left = budget * CHARACTERS_PER_TOKEN
    chosen_edits: list[RecentEdit] = []
    room = int(left * _EDIT_SHARE)
    for edit in reversed(edits):
        room -= len(edit.as_diff())
        if room < 0:
            break
        chosen_edits.append(edit)
    left -= sum(len(edit.as_diff()) for edit in chosen_edits)
    shown = context.window.head + context.window.prefix + context.window.suffix
    chosen: list[Snippet] = []
    for snippet in sorted(snippets, key=lambda one: (one.kind != "import", -one.score, one.path, one.first_line)):
        cost = len(snippet.text) + len(snippet.path) + 16
        if cost > left or _known(snippet, chosen, shown):
            continue
        left -= cost
        chosen.append(snippet)
    chosen.sort(key=lambda one: (one.path, one.first_line))
    return Context(
        context.path,
        context.language_id,
        context.language_title,
        context.window,
        tuple(chosen),
        tuple(reversed(chosen_edits)),
    )


def _known(snippet: Snippet, chosen: Sequence[Snippet], shown: str) -> bool:
    text = snippet.text.strip()
    return text in shown or any(text in other.text for other in chosen)
