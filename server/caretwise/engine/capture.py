"""The last suggestion as a `.case` file: a bug report, a golden test and an item of the benchmark in one.

Made from memory; nothing of it was written anywhere before. Secrets are masked, the place is cut as the rules saw it.
"""

from __future__ import annotations

from caretwise.complete.draft import Place
from caretwise.complete.recipe import fit, unwrap
from caretwise.complete.stream import split
from caretwise.context.privacy import mask
from caretwise.engine.offer import Ask
from caretwise.engine.trace import Trace
from caretwise.text.case import CURSOR, GHOST_END, GHOST_START, NO_GHOST, Case, write

_STEPS = {"\t": "tab", "  ": "2", "    ": "4", "        ": "8"}
_MARKS = str.maketrans({CURSOR: "^", GHOST_START: "[", GHOST_END: "]"})

NOTHING = "Nothing has been written by a model yet in this session: there is no suggestion to capture."


def captured(ask: Ask, trace: Trace) -> str:
    """The text of the case; `trace` is that of a walk in which something was written (see `Suggester.last_answered`).

    The file's name stays, its folders do not.
    """
    assert trace.place is not None, "something was written for a place"
    place = _masked(trace.place)
    answer = mask(trace.answer).text.translate(_MARKS)
    settings = [("multiline", "true" if place.multiline else "false")]
    if place.indent_unit in _STEPS:
        settings.append(("indent", _STEPS[place.indent_unit]))
    case = Case(
        name=ask.path.rpartition("/")[2].strip() or "document",
        marked=f"{place.prefix}{CURSOR}{place.suffix}",
        answer=_head(answer, place, trace),
        style=trace.style,
        settings=tuple(settings),
        why=_why(ask, trace),
    )
    return write(_with_ghost(case, place))


def _head(answer: str, place: Place, trace: Trace) -> str:
    """The answer as far as it was used, where it stands as it came; else all of it."""
    unwrapped = unwrap(answer, place, trace.style)
    if trace.length is None or unwrapped.draft is None or unwrapped.draft.text != answer:
        return answer
    return split(answer, place, trace.length)[0]


def _with_ghost(case: Case, place: Place) -> Case:
    unwrapped = unwrap(case.answer or "", place, case.style)
    result = unwrapped if unwrapped.draft is None else fit(unwrapped.draft.text, place)
    if result.draft is None:
        ghost = NO_GHOST + result.steps[-1].reason
    else:
        ghost = case.shown(result.draft.text, result.draft.replaces)
    return Case(case.name, case.marked, case.answer, case.style, ghost, case.why, case.settings)


def _masked(place: Place) -> Place:
    text = mask(place.prefix + place.suffix).text.translate(_MARKS)
    cut = len(place.prefix)  # masking keeps lengths
    return Place(text[:cut], text[cut:], place.language, place.multiline, place.indent_unit, place.line_end)


def _why(ask: Ask, trace: Trace) -> str:
    notes = "; ".join(trace.notes)
    return f"captured, {ask.trigger.value}{f'; {notes}' if notes else ''}"
