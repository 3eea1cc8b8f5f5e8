"""The recipe: which rules a raw answer goes through, and in which order, to become ghost text.

The raw answer is what caches keep. `BEFORE_CACHE` depends on the answer and the place it was asked for, `AFTER_CACHE`
on the text as it is now: an answer that comes from a cache is fitted once more.
"""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.complete.draft import Draft, Drop, Place, Rule
from caretwise.complete.rules.already_there import already_there
from caretwise.complete.rules.beyond_function import beyond_function
from caretwise.complete.rules.blank import blank
from caretwise.complete.rules.block_depth import block_depth
from caretwise.complete.rules.block_line import block_line
from caretwise.complete.rules.control_characters import control_characters
from caretwise.complete.rules.dedented import dedented
from caretwise.complete.rules.diff_marks import diff_marks
from caretwise.complete.rules.echo import echo
from caretwise.complete.rules.elisions import elisions
from caretwise.complete.rules.entities import entities
from caretwise.complete.rules.fences import fences
from caretwise.complete.rules.finished import finished
from caretwise.complete.rules.first_line_break import first_line_break
from caretwise.complete.rules.half_characters import half_characters
from caretwise.complete.rules.hole_tags import hole_tags
from caretwise.complete.rules.indent_unit import indent_unit
from caretwise.complete.rules.json_wrapped import json_wrapped
from caretwise.complete.rules.line_ends import line_ends
from caretwise.complete.rules.line_numbers import line_numbers
from caretwise.complete.rules.line_rewritten import line_rewritten
from caretwise.complete.rules.lines_below import lines_below
from caretwise.complete.rules.masked import masked
from caretwise.complete.rules.missing_blank import missing_blank
from caretwise.complete.rules.odd_blank import odd_blank
from caretwise.complete.rules.odd_characters import odd_characters
from caretwise.complete.rules.one_line import one_line
from caretwise.complete.rules.prose import prose
from caretwise.complete.rules.quoted import quoted
from caretwise.complete.rules.repetition import repetition
from caretwise.complete.rules.rest_of_line import rest_of_line
from caretwise.complete.rules.said_twice import said_twice
from caretwise.complete.rules.search_replace import search_replace
from caretwise.complete.rules.shell_prompt import shell_prompt
from caretwise.complete.rules.statement_end import statement_end
from caretwise.complete.rules.thinking import thinking
from caretwise.complete.rules.tokens import tokens
from caretwise.complete.rules.too_long import too_long
from caretwise.complete.rules.trailing_space import trailing_space
from caretwise.complete.rules.typed_indent import typed_indent
from caretwise.complete.rules.unbalanced import unbalanced

BEFORE_CACHE: tuple[Rule, ...] = (
    line_ends,  # \r\n and \r become \n
    half_characters,  # what was cut between two bytes
    odd_characters,  # blanks that are none, and what has no width
    control_characters,  # what cannot be seen is not offered
    masked,  # what stands for a secret that the model was not shown
    thinking,  # the model's thoughts
    tokens,  # <|endoftext|> and its like
    too_long,  # bounds the work of all that follows
    search_replace,  # the replacement of a search and replace block
    diff_marks,  # + and - at the start of the lines
    hole_tags,  # <completion> ... </completion>
    fences,  # three backticks and a language name
    prose,  # "Here is the completed code:"
    json_wrapped,  # {"completion": "..."}
    elisions,  # "... existing code ..."
    line_numbers,  # "12 | return total"
    shell_prompt,  # "$ npm ci"
    entities,  # &lt; and &amp;
    quoted,  # the whole answer in quotes
    echo,  # the cursor's line, and lines above it, once more
    line_rewritten,  # the cursor's line, in other words
    first_line_break,  # a break that is formatting only
    missing_blank,  # the blank behind a whole word
    said_twice,  # the whole answer a second time
    dedented,  # lines written at the margin
)

AFTER_CACHE: tuple[Rule, ...] = (
    block_line,  # a block's body begins on its own line
    indent_unit,  # tabs or blanks, as the document has them
    typed_indent,  # indentation that is typed already
    odd_blank,  # one blank too many before a word
    block_depth,  # a block's body is deeper than its opener
    beyond_function,  # what comes after the function
    one_line,  # where one line is wanted
    repetition,  # a model that has got stuck
    finished,  # what begins behind a whole statement
    statement_end,  # a second statement on the same line
    already_there,  # all of it follows the cursor anyway
    lines_below,  # the next lines, or their closing bracket
    rest_of_line,  # closers and text after the cursor
    unbalanced,  # closers that nothing opens
    trailing_space,
    blank,  # nothing is left
)

CHAT = frozenset({"snippet", "hole", "search_replace"})
"""Prompt styles that a chat model answers: with talk, and with repeated lines."""

_TALK = frozenset(BEFORE_CACHE)
# A model that fills in the middle answers with code: nothing in it is talk, and what looks like an echo is meant.
_CODE = frozenset(
    {line_ends, half_characters, odd_characters, control_characters, masked, thinking, tokens, too_long, fences}
)
# The embedded engine writes what it has read in the project.
_OWN = frozenset({line_ends, control_characters, masked, too_long})

STYLES: dict[str, frozenset[Rule]] = {
    **dict.fromkeys(("snippet", "hole", "search_replace"), _TALK),
    "fim": _CODE,
    "infill": _CODE,
    "raw_fim": _CODE,
    "local": _OWN,
}
"""Which of `BEFORE_CACHE` are applied to answers in each prompt style."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that changed or dropped a draft: the text before, the text after (None: dropped), and why it was dropped."""

    rule: str
    before: str
    after: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an answer. `draft` is None when it was dropped; the last step tells why."""

    draft: Draft | None
    steps: tuple[Step, ...]


def unwrap(answer: str, place: Place, style: str) -> Result:
    """Get the code out of a raw answer that was asked for at `place` in a prompt style, a key of `STYLES`.

    Raises ValueError for another style.
    """
    if style not in STYLES:
        raise ValueError(f"there is no prompt style {style!r}; there are {', '.join(STYLES)}")
    chosen = STYLES[style]
    return _apply(Draft(answer), place, tuple(rule for rule in BEFORE_CACHE if rule in chosen))


def fit(text: str, place: Place) -> Result:
    """Fit unwrapped text into the document as it is now."""
    return _apply(Draft(text), place, AFTER_CACHE)


def _apply(draft: Draft, place: Place, rules: tuple[Rule, ...]) -> Result:
    steps: list[Step] = []
    for rule in rules:
        result = rule(draft, place)
        if isinstance(result, Drop):
            return Result(None, (*steps, Step(rule.__name__, draft.text, None, result.reason)))
        if result != draft:
            steps.append(Step(rule.__name__, draft.text, result.text, ""))
            draft = result
    return Result(draft, tuple(steps))
