"""No line that the bench measures with is in what is trained on."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.bench.apart import lines_named, lines_of, training
from caretwise.bench.holes import mine, plain
from caretwise.text.snapshot import split_lines


def module(name: str, count: int = 12) -> str:
    return "\n\n".join(
        f"def {name}_{number}(width_{number}, height):\n"
        f"    area_{name}_{number} = width_{number} * height + {number}\n"
        f"    if area_{name}_{number} > limit_{number}:\n"
        f"        report_{name}(area_{name}_{number}, 'too large {number}')\n"
        f"    return area_{name}_{number} - offset_{number}"
        for number in range(count)
    )


FILES = {f"{name}.py": module(name) for name in ("alpha", "beta", "gamma", "delta")}


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 30))
def test_training_shows_no_line_of_the_bench(bench: int, seed: int, count: int) -> None:
    measured = mine(FILES, count, random.Random(bench).randrange, per_file=5)
    found = training(FILES, [lines_of(measured)], 40, random.Random(seed).randrange, per_file=10, most=(400, 200))
    secret = {
        plain(split_lines(FILES[path])[number]) for path, numbers in lines_of(measured).items() for number in numbers
    }
    secret = {line for line in secret if len(line) >= 20}
    assert found
    for hole in found:
        text = hole.prefix + hole.answer + hole.suffix
        assert text in FILES[hole.path]
        assert hole.answer
        assert secret.isdisjoint(map(plain, split_lines(text)))
        assert len(hole.prefix) <= 400 + 80
        assert len(hole.suffix) <= 200 + 80


def test_a_copy_of_a_measured_line_in_another_file_is_left_out() -> None:
    files = {"one.py": FILES["alpha.py"], "two.py": FILES["alpha.py"]}
    measured = mine({"one.py": files["one.py"]}, 100, random.Random(1).randrange, per_file=100, kinds=("line",))
    alone = training({"two.py": files["two.py"]}, [], 40, random.Random(2).randrange, per_file=40, most=(4000, 4000))
    assert alone
    assert not training(files, [lines_of(measured)], 40, random.Random(2).randrange, per_file=40, most=(4000, 4000))


@pytest.mark.parametrize("kind", ["tail", "line", "block", "body"])
def test_holes_of_earlier_runs_are_found_by_their_names(kind: str) -> None:
    measured = mine(FILES, 10, random.Random(3).randrange, per_file=3, kinds=(kind,))
    assert lines_named(FILES, [hole.id for hole in measured]) == lines_of(measured)


def test_where_the_file_has_changed_more_lines_are_kept_out() -> None:
    named = lines_named(FILES, ["alpha.py:3:77:line", "gone.py:1:1:line", "HumanEval/3", "alpha.py:x:1:line"])
    assert named == {"alpha.py": frozenset(range(2, 23))}
