"""An argument of several lines where the editor has closed its call: `items.map(‸);` answered with a function."""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.complete.draft import Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import code_before, line_after

_CLOSED = frozenset(")]};, \t")
_MOST = 24
"""Lines of such an argument."""


def argument_end(lines: Sequence[str], place: Place) -> int | None:
    """How many lines there are up to the one that closes what the first one opens; None where this is no such place.

    That first line alone would stand before closers of something else: `items.map((one) => {);`. 0: nothing closes it yet.
    """
    rest = line_after(place)
    if not rest.strip() or set(rest) - _CLOSED or not lines or not lines[0].rstrip().endswith(("{", "(", "[")):
        return None
    first = scan(lines[0], place.language)
    if scan(code_before(place), place.language).quote or not first.open or first.unmatched:
        return None  # what closes the bracket before the cursor is no part of an argument: `if (‸)`
    for count in range(2, min(len(lines), _MOST) + 1):
        if not scan("\n".join(lines[:count]), place.language).open:
            return count
    return 0
