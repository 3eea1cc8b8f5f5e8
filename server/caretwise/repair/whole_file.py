"""An answer that is the whole file: what of it differs inside the part that may be changed, and whether more does."""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.repair.blocks import Part
from caretwise.repair.indentation import keeping
from caretwise.repair.verification import Refusal
from caretwise.text.edit import runs
from caretwise.text.indent import is_blank


def whole_file(part: Part, lines: Sequence[str]) -> Part | Refusal | None:
    """None when the lines are not the file: less than two thirds of what stands outside the part is there.

    A comment that the model puts above the file, its name as a rule, is left away.
    """
    file = [line.rstrip() for line in part.lines]
    lines = _without_title(part, lines)
    new = [line.rstrip() for line in lines]
    while len(file) > part.last + 1 and not file[-1]:  # as there are none at the end of `lines`
        file.pop()
    outside = [line for line in (*file[: part.first], *file[part.last + 1 :]) if line]
    if not outside or not new:
        return _all_of_it(part, lines)
    kept = 0
    wrong: int | None = None
    above: list[tuple[int, int, Sequence[str]]] = []
    first_new, last_new = 0, len(new)
    for run in runs(file, new):
        low, high, new_low, new_high = run.low, run.high, run.new_low, run.new_high
        if run.equal:
            kept += sum(1 for n in range(low, high) if file[n] and not part.first <= n <= part.last)
            if low <= part.first < high:
                first_new = new_low + part.first - low
            if low <= part.last < high:
                last_new = new_low + part.last - low + 1
            continue
        appended = low == high == len(file)
        changed_outside = low < part.first or high > part.last + 1 or appended
        real = any(file[low:high]) or any(new[new_low:new_high])
        if changed_outside and high <= part.first and real:
            above.append((low, high, lines[new_low:new_high]))
        elif changed_outside and real and wrong is None:
            wrong = low if low < part.first else max(low, part.last + 1)
        if low <= part.first < high or (low == high == part.first):
            first_new = new_low
        if low <= part.last < high or (low == high == part.last + 1):
            last_new = new_high
    if kept * 3 < len(outside) * 2:
        return None
    if wrong is not None:
        line = wrong + 1
        return Refusal("outside_region", f"the fix touches line {line}, outside the part that may be changed")
    middle = trimmed_like(lines[first_new:last_new], part.inside)
    found = part.changed(part.first, len(part.inside), keeping(part.inside, part.inside, middle))
    for low, high, brought in reversed(above):  # what is not an import is refused here
        if isinstance(found, Part):
            found = found.changed(low, high - low, brought)
    return found


def _all_of_it(part: Part, lines: Sequence[str]) -> Part | Refusal | None:
    """A short file of a language whose functions are not known, all of which may change: half of it has to be there."""
    old, new = trimmed(part.inside), trimmed(lines)
    kept = sum(
        run.high - run.low for run in runs([one.rstrip() for one in old], [one.rstrip() for one in new]) if run.equal
    )
    if part.language.grammar or len(part.inside) < len(part.lines) - 1 or not old or kept * 2 < len(old):
        return None
    return part.changed(part.first, len(part.inside), keeping(part.inside, part.inside, trimmed_like(new, part.inside)))


def _without_title(part: Part, lines: Sequence[str]) -> Sequence[str]:
    first = next((line.rstrip() for line in part.lines if line.strip()), "")
    sign = part.language.line_comment
    for number, line in enumerate(lines):
        if line.rstrip() == first:
            return lines[number:]
        if line.strip() and not (sign and line.startswith(sign)):
            break
    return lines


def trimmed_like(lines: Sequence[str], old: Sequence[str]) -> list[str]:
    """The lines, with as many blank ones at either edge as the old ones had: a file's trimmed edge is not a change."""
    middle = trimmed(lines)
    filled = [number for number, line in enumerate(old) if not is_blank(line)]
    return [*old[: filled[0]], *middle, *old[filled[-1] + 1 :]] if filled else middle


def trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at either edge."""
    filled = [number for number, line in enumerate(lines) if not is_blank(line)]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []
