"""The answer repeats what stands before the cursor. Without it users see `return return total` or whole lines twice.

Chat models are asked to begin with the cursor's line, because they do not start well in the middle of one; some begin
further up, and some repeat the unfinished word (`_begun.py`).
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._begun import after_begun, makes_dunder
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import (
    closes_block,
    is_prose,
    is_telling,
    line_before,
    lines_above,
    lines_below,
    opens_block,
)
from caretwise.text.indent import leading, shift

_LINES = 120
"""Lines above the cursor that a repetition may begin at."""

_NEAR = 20
"""Lines above the cursor in which a line such as `},` may be found again."""

_KNOWN_BY = 3
"""Lines above the cursor by which its place is found in an answer that writes all of the document."""

_PREAMBLE = 3
"""Lines of notes above the cursor's line that an answer may begin with."""

_NOTE = re.compile(r"[ \t]*(?:#|//|/\*|\*|--|<!--|\"\"\"[^\"]*\"\"\"|'''[^']*'''$)")
_ITEM = re.compile(r"[ \t]*[-*+] +")
_BLOCK = re.compile(r"(?:async )?(?:def|class|for|while|with)\b")
_CALL = re.compile(r"[\w.$:!?]*[(\[{<].*", re.DOTALL)
"""What may stand inside of its own brackets, as `f(` does and `x = f(` or `@f(` does not."""


@settled
def echo(draft: Draft, place: Place) -> Draft | Drop:
    """Take off repeated lines above, the repeated line up to the cursor, or the repeated beginning of a word.

    An answer that ended while it still repeated lines above an unfinished line is dropped.
    """
    lines = draft.text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    lines = lines[start:]
    before = line_before(place)
    above = lines_above(place, _LINES)
    if not before.strip():
        found = _after_lines(lines, above, place)
    else:
        found = _after_cursor_line(lines, above, before, place)
        if found is None and start == 0 and not _is_from_above(lines, above, before, place):
            rest = after_begun(lines[0], before, place) if lines else None
            found = None if rest is None else [rest, *lines[1:]]
        body = start and opens_block(before, place.language)
        if found is None and not body and _ends_above(lines, above, before, place):
            return Drop("it repeats lines above the cursor and ends there")
    if begins_file(lines, place):
        found = _after_file(lines, above, before, place)
        if found is None:
            return Drop("it writes the document from its beginning and ends above the cursor")
    return draft if found is None else Draft("\n".join(found), draft.replaces)


def repeats_so_far(text: str, place: Place) -> bool:
    """Whether an answer that is still being written has done nothing yet but repeat lines above the cursor.

    Its last line is looked at only as far as it is written. Lines that say little must be near, and equally deep.
    """
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines = lines[1:]
    if len(lines) < 2:
        return bool(lines)
    above = lines_above(place, _LINES)
    if begins_file(lines[:-1], place, least=1) and _after_file(lines, above, line_before(place), place) is None:
        return True
    if _is_preamble(lines[:-1], place):
        return True
    telling = any(map(is_telling, lines[:-1]))
    there = [*above, line_before(place)]
    near = 0 if telling or line_before(place).strip() else max(0, len(above) - _NEAR)
    for start in range(near, len(above)):
        same = there[start : start + len(lines)]
        if len(same) < len(lines):
            return False
        alike = _same(lines[:-1], same[:-1]) if telling else lines[:-1] == same[:-1]
        if alike and same[-1].strip().startswith(lines[-1].strip()):
            return True
    return False


def _after_lines(lines: list[str], above: list[str], place: Place) -> list[str] | None:
    """What follows the lines that repeat the lines above (the cursor's own line is blank)."""
    while above and not above[-1].strip():
        above = above[:-1]
    for count in range(min(len(lines), len(above)), 0, -1):
        if not _same(lines[:count], above[-count:]):
            continue
        if not any(is_telling(line) for line in lines[:count]) and lines[:count] != above[-count:]:
            continue
        rest = _moved(lines[count:], lines[0], above[-count], place)
        while rest and not rest[0].strip():
            rest = rest[1:]
        return rest
    return None


def _after_cursor_line(lines: list[str], above: list[str], before: str, place: Place) -> list[str] | None:
    """What follows the repetition of the cursor's line, which may have lines above it repeated as well."""
    for count in range(min(len(lines) - 1, len(above)), -1, -1):
        if not _same(lines[:count], above[len(above) - count :]):
            continue
        rest = _rest_of_line(lines[count], before)
        if rest is None or (count == 0 and _goes_on(lines[0], before, place)):
            continue
        if count == 0 and _is_from_above(lines, above, before, place):
            continue  # a line above that happens to begin like this one
        return [rest, *_moved(lines[count + 1 :], lines[count], before, place)]
    return _after_rewritten(lines, above, before, place)


def begins_file(lines: list[str], place: Place, least: int = 2) -> bool:
    """Whether the answer begins with the document's first lines, `least` of them, which stand far above the cursor."""
    first = [line.rstrip() for line in lines if line.strip()][: len(place.head)]
    return any(map(is_telling, first)) and len(first) >= least and first == [*place.head][: len(first)]


def _after_file(lines: list[str], above: list[str], before: str, place: Place) -> list[str] | None:
    """What follows the cursor's line in an answer that writes all of the document again."""
    near = [line.strip() for line in above if line.strip()][-_KNOWN_BY:]
    told = [(number, line.strip()) for number, line in enumerate(lines) if line.strip()]
    for at in range(len(told) - len(near), -1, -1):
        if not near or [line for _, line in told[at : at + len(near)]] != near:
            continue
        number = told[at + len(near) - 1][0] + 1
        if not before.strip():
            rest = lines[number:]
            return rest[next((n for n, line in enumerate(rest) if line.strip()), len(rest)) :]
        number = next((n for n in range(number, len(lines)) if lines[n].strip()), number)
        rest_of = _rest_of_line(lines[number], before) if number < len(lines) else None
        if rest_of is not None:
            return [rest_of, *_moved(lines[number + 1 :], lines[number], before, place)]
    return None


def _after_preamble(lines: list[str], before: str, place: Place) -> list[str] | None:
    """What follows the cursor's line where the answer has a note above it: a file's name, what is going to be done."""
    for index in range(1, min(len(lines), _PREAMBLE + 1)):
        if not _is_preamble(lines[:index], place):
            return None
        rest = _rest_of_line(lines[index], before)
        if rest is not None:
            return [rest, *_moved(lines[index + 1 :], lines[index], before, place)]
    return None


def _is_preamble(lines: list[str], place: Place) -> bool:
    """Whether the lines are notes alone, where the cursor's line has begun with something else."""
    before = line_before(place)
    if not is_telling(before) or len(lines) > _PREAMBLE or _NOTE.match(before):
        return False
    said = [line for line in lines if line.strip()]
    return bool(said) and all(not leading(line) and _NOTE.match(line) for line in said)


def _goes_on_below(lines: list[str], before: str, place: Place) -> bool:
    """Whether the answer's first line is the cursor's and the others are the lines below, whatever stands above."""
    if not before.strip() or not lines[0].startswith(before):
        return False
    mine = [line.rstrip() for line in lines[1:] if line.strip()]
    below = [line.rstrip() for line in lines_below(place, _LINES) if line.strip()][: len(mine)]
    return bool(mine) and len(below) == len(mine) and mine[:-1] == below[:-1] and below[-1].startswith(mine[-1])


def _is_from_above(lines: list[str], above: list[str], before: str, place: Place) -> bool:
    """Whether the answer begins with lines from above, and not with the cursor's: they lead down to it, or end early."""
    first = lines[0].strip() if lines else ""
    if not is_telling(first) or first == before.strip() or _goes_on_below(lines, before, place):
        return False
    for start, line in enumerate(above):
        if line.strip() != first:
            continue
        same = above[start:]
        written = lines[: len(same)]
        leads = len(lines) > len(same) and lines[len(same)].strip().startswith(before.strip())
        ends = 1 < len(lines) <= len(same) and lines[-1].strip()
        if (leads or ends) and _same(written, same[: len(written)]):
            return True
    return False


def _ends_above(lines: list[str], above: list[str], before: str, place: Place) -> bool:
    """Whether the answer is nothing but lines from above, indentation included (its last one perhaps cut)."""
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or not any(map(is_telling, lines)) or (len(lines) == 1 and not leading(lines[0])):
        return False
    if _goes_on_below(lines, before, place):
        return False
    there = [line.rstrip() for line in [*above, before]]
    for start in range(len(above)):
        same = there[start : start + len(lines)]
        if same[:-1] == lines[:-1] and same[-1] and same[-1] == lines[-1]:
            return True
    return False


def _after_rewritten(lines: list[str], above: list[str], before: str, place: Place) -> list[str] | None:
    """The same for an answer that begins with a line from above and then leaves out or adds some lines."""
    found = _after_preamble(lines, before, place)
    if found is not None:
        return found
    first = lines[0].strip() if lines else ""
    told = {line.strip() for line in above}
    if not is_telling(first) or not is_telling(before) or first not in told:
        return None
    for index in range(1, min(len(lines), _LINES)):
        rest = None if lines[index].strip() in told else _rest_of_line(lines[index], before)
        if rest is not None:
            return [rest, *_moved(lines[index + 1 :], lines[index], before, place)]
    return None


def _same(one: list[str], two: list[str]) -> bool:
    return len(one) == len(two) and all(a.strip() == b.strip() for a, b in zip(one, two, strict=True))


def _rest_of_line(line: str, before: str) -> str | None:
    """What follows `before` in `line`, whatever the indentation of the two; None when the line begins otherwise."""
    line, wanted = line.strip("\n").lstrip(" \t"), before.strip()
    if not line.startswith(wanted):
        return None
    rest = line[len(wanted) :]
    blanks = before[len(before.rstrip()) :]
    if not blanks or not rest:
        return rest
    if rest[0] in " \t":
        return rest.removeprefix(blanks) if rest.startswith(blanks) else rest.lstrip(" \t")
    return None if rest[0].isalnum() and wanted[-1].isalnum() else rest


def _goes_on(line: str, before: str, place: Place) -> bool:
    """Whether the line, although it begins like the cursor's, continues it: it closes what that leaves open.

    One sign or two say nothing either, unless the blanks around them are repeated as well.
    """
    wanted = before.strip()
    if makes_dunder(wanted, line):
        return True
    if before.endswith(" ") and _ITEM.fullmatch(before) and (is_prose(place.language) or place.language.id == "yaml"):
        return not line.lstrip().startswith(wanted + " ")  # no item is made of an item alone
    if wanted == "@" or (before[0] in " \t" and len(wanted) > 2 and line.startswith(before)):
        return False
    if len(wanted) <= 2 and not wanted.isidentifier():
        if leading(line) and before[0] in " \t":
            return False
        found = scan(line, place.language)
        whole = len(wanted) == 2 and scan(before, place.language).open and not (found.open or found.unmatched)
        return not (line.startswith(before) and (whole or before[0] in " \t" or before[-1] in " \t"))
    if _CALL.fullmatch(wanted) is None:
        return False
    there = scan(before, place.language)
    return bool(there.open) and len(scan(line, place.language).unmatched) > len(there.unmatched)


def _moved(lines: list[str], written: str, there: str, place: Place) -> list[str]:
    """Lines that were written for a line like `written`, moved to go with `there`.

    An answer whose first line alone lost its indentation is left as it is: its other lines are as deep as they should
    be, which inside a block is deeper than the line that begins it.
    """
    old, new = leading(written), leading(there)
    if old == new:
        return lines
    depths = [leading(line) for line in lines if line.strip() and not closes_block(line)]
    begins_block = opens_block(written, place.language) or _BLOCK.match(written.lstrip())
    if not old and all(depth.startswith(new) and (depth != new or not begins_block) for depth in depths):
        return lines
    return shift(lines, old, new)
