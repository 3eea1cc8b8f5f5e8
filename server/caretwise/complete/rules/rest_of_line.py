"""The rest of the cursor's line. Without it users see `print(total))`, or the end of the line twice.

Editors close brackets and quotes as they are typed, and models write them too.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS, PAIRS, dangles, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import code_before, is_prose, line_after, line_before
from caretwise.text.edit import common_suffix
from caretwise.text.language import Language

_PUNCTUATION = frozenset(")]}>\"'`;:, \t")
_QUOTES = frozenset("\"'`")
_SINGLE = frozenset(",;:=+|&<>%?.")
"""Signs that are worth taking off alone; `//` or `--` may well be made of one from each side."""

_OPERATORS = frozenset("=!<>&|+-*/%^?.:")

_LONGEST = 400
"""Code points of the rest of the line that are compared."""


@settled
def rest_of_line(draft: Draft, place: Place) -> Draft:
    """Fit the draft and the text after the cursor together.

    What both have is taken off the draft. Where the draft goes on behind it (`foo(‸)` answered `a, b);`) the draft
    replaces it instead.
    """
    rest = line_after(place)[:_LONGEST].rstrip()
    if draft.replaces or not rest or not draft.text.strip():
        return draft
    closed = _closers(draft.text, rest, place)
    if closed is not None:
        return _at_closers(draft.text, rest, *closed)
    text = _without_rest(draft.text, rest, place)
    if text is None:
        text = _without_shared(draft.text, rest)
    return Draft(text)


def _closers(text: str, rest: str, place: Place) -> tuple[int, int, int] | None:
    """Where the draft writes closers that follow the cursor: (first, end) in the draft, end in the rest of the line.

    The draft may close what the line opens and nothing closes yet: `foo((a‸)` answered `)`.
    """
    before = line_before(place)[-2000:]
    here = scan(before, place.language)
    found = _shared_closers(text, rest, place.language, here.quote, len(here.open) + bool(here.quote))
    if found is not None or not here.quote:
        return found
    if before.rfind("{") > before.rfind("}"):
        # In an expression inside of a string: `f"{‸}"`.
        return _shared_closers(text, rest, place.language, "", 0)
    ended = scan(text, place.language, here.quote).unmatched
    if ended and here.quote not in rest:
        # The draft ends the string, and nothing behind the cursor does: `f("‸)`. What follows is code.
        start = ended[0][0] + len(here.quote)
        found = _shared_closers(text[start:], rest, place.language, "", len(here.open))
        return found and (found[0] + start, found[1] + start, found[2])
    return None


def _shared_closers(text: str, rest: str, language: Language, quote: str, opened: int) -> tuple[int, int, int] | None:
    theirs = scan(rest, language, quote).unmatched
    written = scan(text, language, quote)
    if written.quote and rest.lstrip().startswith(written.quote):
        return None
    if not theirs or set(rest[: theirs[0][0]]) - _PUNCTUATION:
        return None
    spare = max(0, opened - len(theirs))
    if written.open and PAIRS[written.open[-1][1]] != theirs[0][1]:
        spare = 0  # behind a draft that ends in `{` the closer would be at the wrong place: it is among the draft's own
    mine = written.unmatched[spare:]
    count = _equal(mine, theirs)
    if not count and len(written.unmatched) > spare:
        # The editor closed the innermost brackets alone, and the draft closes all of them: `f(a, g[‸]`.
        mine = written.unmatched
        count = _equal(mine, theirs)
        count = count if count == len(theirs) else 0
    return (mine[0][0], mine[count - 1][0] + 1, theirs[count - 1][0] + 1) if count else None


def _equal(mine: list[tuple[int, str]], theirs: list[tuple[int, str]]) -> int:
    """How many closers the two begin with in common."""
    count = 0
    for (_, one), (_, two) in zip(mine, theirs, strict=False):
        if one != two:
            break
        count += 1
    return count


def _at_closers(text: str, rest: str, first: int, end: int, rest_end: int) -> Draft:
    """The draft cut before the closers, or replacing what of them it has text between or behind."""
    while end < len(text) and rest_end < len(rest) and text[end] == rest[rest_end]:
        end, rest_end = end + 1, rest_end + 1
    tail, left = text[end:].strip(), rest[rest_end:].strip()
    kept, replaced = text, rest[:rest_end]
    if not tail:
        same = common_suffix(text[:end], replaced)
        kept, replaced = text[: end - same], replaced[: rest_end - same]
    if not replaced.strip():
        replaced = ""
    elif (tail and (left or set(rest) - _PUNCTUATION)) or not _contains_in_order(kept, replaced):
        kept, replaced = text[:first].rstrip(" \t"), ""
    if not replaced and rest[0] in " \t":
        kept = kept.rstrip(" \t")
    return Draft(kept, len(replaced))


def _contains_in_order(text: str, wanted: str) -> bool:
    """Whether the characters of `wanted` occur in `text` in this order; editors draw the ghost around them."""
    characters = iter(text)
    return all(character in characters for character in wanted)


def _without_rest(text: str, rest: str, place: Place) -> str | None:
    """The draft up to the place where a line of it ends with the rest of the cursor's line; None when none does."""
    wanted = rest.strip()
    alone = set(wanted) <= _PUNCTUATION and set(wanted) & (CLOSERS | _QUOTES)
    if alone and not dangles(wanted, code_before(place), place.language):
        # Closers alone: whether they are the same ones has been decided above. A terminator is one in any case.
        shorter = text.rstrip()
        return shorter[:-1] if wanted[-1] == ";" and shorter.endswith(";") and "\n" not in shorter else text
    if is_prose(place.language) and len(wanted) < 3:
        return None
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end].rstrip()
        if line.endswith(wanted) and not _splits_word(line[: len(line) - len(wanted)], wanted):
            kept = text[: start + len(line) - len(wanted)]
            return kept.rstrip(" \t") if rest[0] in " \t" else kept
        start = end + 1
    return None


def _without_shared(text: str, rest: str) -> str:
    """The draft without its end when the rest of the line begins with the same signs or words."""
    if "\n" in text:
        return text
    for size in range(min(len(text), len(rest)), 0, -1):
        shared = rest[:size]
        telling = len(shared.strip()) > 1 or shared.strip() in _SINGLE
        if telling and text.endswith(shared) and not set(shared) <= CLOSERS | _QUOTES | set(" \t([{"):
            inside = _splits_word(text[:-size], shared) or _splits_word(shared, rest[size:])
            operator = shared[-1] == rest[size : size + 1] or {text[:-size][-1:], shared[0]} <= _OPERATORS
            if not inside and not operator:
                return text[:-size]
    return text


def _splits_word(left: str, right: str) -> bool:
    return left[-1:].isalnum() and right[:1].isalnum()
