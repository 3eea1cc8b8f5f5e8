"""When enough has been written: the stream of an answer is cut as soon as the suggestion is complete."""

from __future__ import annotations

from caretwise.complete.draft import Place
from caretwise.complete.length import MOST_LINES, opens_block
from caretwise.complete.recipe import CHAT, Result, unwrap
from caretwise.complete.rules._surroundings import code_before, statement_line
from caretwise.complete.rules.echo import repeats_so_far
from caretwise.complete.rules.prose import talks_so_far
from caretwise.text.indent import is_blank, leading, width


def enough(answer: str, place: Place, style: str) -> bool:
    """Whether the answer so far holds a whole suggestion, so that the rest need not be written.

    One line: a line end after something that is not blank. A block: a line that is indented less than the block (or as
    much as the line that opened it), two blank lines, or `MOST_LINES` lines.
    """
    if "\n" not in answer:
        return False
    result = unwrap(answer, place, style)
    draft = result.draft
    if draft is None or "\n" not in draft.text:
        return False
    if style in CHAT and _may_lead_up(answer, result, place):
        return False
    lines = draft.text.split("\n")
    if not place.multiline:
        return any(not is_blank(line) for line in lines[:-1])
    return len(lines) > MOST_LINES or _block_ended(lines, place)


def _may_lead_up(answer: str, result: Result, place: Place) -> bool:
    """Whether the answer so far may be what chat models write first: talk, or lines above the cursor again."""
    text = result.draft.text if result.draft is not None else ""
    # What looks like the cursor's line may be one above that begins like it.
    texts = [text, *(step.before for step in result.steps if step.rule == "echo")]
    return talks_so_far(answer, text, place) or any(repeats_so_far(one, place) for one in texts)


def _block_ended(lines: list[str], place: Place) -> bool:
    before = place.prefix.rsplit("\n", 1)[-1]
    opened = opens_block(before)
    # A parameter list over several lines may be deeper than the body.
    begun = statement_line(code_before(place), place.language) if opened else before
    floor = width(leading(begun) if begun.strip() else begun)
    if not before.strip() and leading(lines[0]):
        # The answer has an indentation of its own, which may be another than the document's.
        floor = min(floor, width(leading(lines[0])))
    blank = 0
    for line in lines[1:-1]:
        if is_blank(line):
            blank += 1
            if blank > 1:
                return True
            continue
        blank = 0
        here = width(leading(line))
        closes = line.strip()[0] in ")]}"
        if here < floor or (opened and here == floor and not closes):
            return True
    return False


def whole_lines(text: str) -> str:
    """The text without its last line, when there are several: that line may have been cut by a limit."""
    return text.rsplit("\n", 1)[0] if "\n" in text else text
