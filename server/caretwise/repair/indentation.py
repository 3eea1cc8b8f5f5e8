"""Writing a model's lines with the file's own indentation, and keeping the file's own lines where nothing changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from caretwise.text.edit import runs
from caretwise.text.indent import is_blank, leading, unit


def keeping(found: Sequence[str], searched: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new lines, with the file's own where one stays as it is but for blanks at its end (those are the file's).

    `found` are the file's lines, `searched` the same lines as the model wrote them.
    """
    lines: list[str] = []
    old, now = [line.rstrip() for line in searched], [line.rstrip() for line in new]
    for run in runs(old, now):
        lines += found[run.low : run.high] if run.equal else new[run.new_low : run.new_high]
    return lines


def as_in_file(lines: Sequence[str], said: Sequence[str], have: Sequence[str]) -> list[str] | None:
    """`lines` indented as the file is, where the model wrote `said` for the file's lines `have` (the same but for blanks).

    None when the model's indentation and the file's do not go together: one of the model's steps would be two of the file's.
    """
    pairs = [(leading(one), leading(two)) for one, two in zip(said, have, strict=True) if not is_blank(one)]
    if all(one == two for one, two in pairs):
        return list(lines)
    moved = {two[: len(two) - len(one)] for one, two in pairs if two.endswith(one)}
    if len(moved) == 1 and all(two.endswith(one) for one, two in pairs):
        extra = moved.pop()
        return ["" if is_blank(line) else extra + line for line in lines]
    less = {one[: len(one) - len(two)] for one, two in pairs if one.endswith(two)}
    if len(less) == 1 and all(one.endswith(two) for one, two in pairs):
        extra = less.pop()
        if all(is_blank(line) or line.startswith(extra) for line in lines):
            return ["" if is_blank(line) else line.removeprefix(extra) for line in lines]
    known: dict[str, str] = {}
    for one, two in pairs:
        if known.setdefault(one, two) != two:
            return None
    steps = (
        unit(_flat([*said, *lines])),
        unit(_flat(have), default="\t" if any("\t" in two for _, two in pairs) else "    "),
    )
    return [line if is_blank(line) else _moved(line, known, steps) for line in lines]


def _flat(lines: Sequence[str]) -> list[str]:
    """The lines without the indentation that all of them have: the step to it is none of theirs."""
    base = min((leading(line) for line in lines if not is_blank(line)), key=len, default="")
    return [line.removeprefix(base) for line in lines]


def _moved(line: str, known: Mapping[str, str], steps: tuple[str, str]) -> str:
    """A line moved like the nearest known indentation that it goes on from, and one step of the file for each step more."""
    indent = leading(line)
    base = max((one for one in known if indent.startswith(one)), key=len, default=None)
    if base is None:
        return line
    count = len(indent[len(base) :]) // len(steps[0])
    return known[base] + steps[1] * count + line[len(indent) :]


def in_steps_of(lines: Sequence[str], have: Sequence[str], base: str, fixed: frozenset[int]) -> list[str]:
    """A function's lines with the step in blanks of the function `have` that they replace, where they have another.

    `base` is what the first of `lines` is indented by where it comes from; lines in `fixed` begin inside a string.
    """
    said, step = _first_step(lines, base), _first_step(have, leading(have[0]))
    rests = [
        leading(line).removeprefix(base)
        for number, line in enumerate(lines[1:], 1)
        if not is_blank(line) and number not in fixed
    ]
    if not said or not step or said == step or any("\t" in rest or len(rest) % len(said) for rest in (step, *rests)):
        return list(lines)
    made = list(lines[:1])
    for number, line in enumerate(lines[1:], 1):
        rest = leading(line).removeprefix(base)
        moved = base + step * (len(rest) // len(said)) + line[len(leading(line)) :]
        made.append(line if is_blank(line) or number in fixed else moved)
    return made


def _first_step(lines: Sequence[str], base: str) -> str:
    """What the second line of a function that is not blank is indented by, more than the first."""
    second = next((line for line in lines[1:] if not is_blank(line)), "")
    return leading(second).removeprefix(base)


def moved_block(lines: Sequence[str], base: str, new_base: str, fixed: frozenset[int], step: str) -> list[str]:
    """A function's lines moved from the indentation `base` to `new_base`; lines in `fixed` begin inside a string and stay.

    The first line is left alone: what stands before it is the file's. `step` is the file's step of indentation: a
    model's blanks become tabs in a file of tabs, and the other way round.
    """
    said = unit(lines, default=step)
    other = (said == "\t") != (step == "\t")
    moved = list(lines[:1])
    for number, line in enumerate(lines[1:], 1):
        if is_blank(line) or number in fixed:
            moved.append(line)
            continue
        indent = leading(line)
        rest = indent.removeprefix(base)
        if other:
            rest = step * (len(rest) // len(said)) + rest[len(rest) - len(rest) % len(said) :]
        moved.append(new_base + rest + line[len(indent) :])
    return moved
