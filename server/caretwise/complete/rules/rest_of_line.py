"""The rest of the cursor's line. Without it users see `print(total))`, or the end of the line twice.

Editors close brackets and quotes as they are typed, and models write them too.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import is_prose, line_after, line_before

_PUNCTUATION = frozenset(")]}>\"'`;:, \t")
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
    here = scan(line_before(place)[-2000:], place.language)
    theirs = scan(rest, place.language, here.quote).unmatched
    mine = scan(text, place.language, here.quote).unmatched
    missing = max(0, len(here.open) + bool(here.quote) - len(theirs))
    mine = mine[missing:]
    count = 0
    for (_, one), (_, two) in zip(mine, theirs, strict=False):
        if one != two:
            break
        count += 1
    if not count or set(rest[: theirs[0][0]]) - _PUNCTUATION:
        return None
    return mine[0][0], mine[count - 1][0] + 1, theirs[count - 1][0] + 1


def _at_closers(text: str, rest: str, first: int, end: int, rest_end: int) -> Draft:
    """The draft cut before the closers, or replacing them when it goes on behind them."""
    while end < len(text) and rest_end < len(rest) and text[end] == rest[rest_end]:
        end, rest_end = end + 1, rest_end + 1
    tail, left = text[end:].strip(), rest[rest_end:].strip()
    if tail and not left and _contains_in_order(text, rest[:rest_end]):
        return Draft(text, replaces=rest_end)
    kept = text[:first]
    return Draft(kept.rstrip(" \t") if rest[0] in " \t" else kept)


def _contains_in_order(text: str, wanted: str) -> bool:
    """Whether the characters of `wanted` occur in `text` in this order; editors draw the ghost around them."""
    characters = iter(text)
    return all(character in characters for character in wanted)


def _without_rest(text: str, rest: str, place: Place) -> str | None:
    """The draft up to the place where a line of it ends with the rest of the cursor's line; None when none does."""
    wanted = rest.strip()
    brackets = set(wanted) & (CLOSERS | {'"', "'", "`"})
    if brackets and not any(character.isalnum() for character in wanted):
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
        if text.endswith(shared) and not set(shared) <= CLOSERS | set(" \t([{\"'`"):
            inside = _splits_word(text[:-size], shared) or _splits_word(shared, rest[size:])
            if not inside:
                return text[:-size]
    return text


def _splits_word(left: str, right: str) -> bool:
    return left[-1:].isalnum() and right[:1].isalnum()
