"""Fit the weights of `local/confidence.py`, on projects that are not measured.

Usage: python tests/benchmarks/embedded_fit.py [--holes N] FOLDER [FOLDER ...]

For every hole the engine says what it would write, however unsure it is; the weights are those of a logistic regression
(Newton's method, a little ridge) of "exactly right" on the signs. In half of the holes 1 to 5 lines below are taken out as
well, because in real work they are often not written yet. Prints the weights, and for some thresholds how many holes would be
answered and how many of these rightly, each project judged by weights fitted on the others.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from embedded_projects import PYTHON, Hole, holes_of, read_project

from caretwise.local.predict import Embedded

Row = tuple[tuple[float, ...], bool]


def rows_of(folder: Path, count: int) -> tuple[int, list[Row]]:
    """How many holes there are, and the signs and the outcome of those for which the engine finds something."""
    files = read_project(folder, PYTHON)
    chance = random.Random(7)
    holes = [_unwritten(hole, chance) for hole in holes_of(files, PYTHON, count, chance)]
    engine = Embedded(threshold=0.0)
    for name, text in files.items():
        engine.learn(name, text, PYTHON)
    rows: list[Row] = []
    for hole in holes:
        engine.learn(hole.path, hole.prefix + hole.suffix, PYTHON, open_document=True)
        found = engine.ghost(hole.prefix, hole.suffix, PYTHON, hole.path, -1, multiline=False)
        if found is not None:
            rows.append((found.signs.numbers(), found.text.rstrip() == hole.answer.rstrip()))
        engine.learn(hole.path, files[hole.path], PYTHON)
    return len(holes), rows


def _unwritten(hole: Hole, chance: random.Random) -> Hole:
    if chance.random() < 0.5:
        return hole
    lines = hole.suffix.split("\n")
    return replace(hole, suffix="\n".join([lines[0], *lines[1 + chance.randint(1, 5) :]]))


def fit(rows: Sequence[Row]) -> list[float]:
    size = len(rows[0][0])
    weights = [0.0] * size
    for _ in range(25):
        gradient = [-0.5 * weight for weight in weights]
        curvature = [[0.5 * (one == two) for two in range(size)] for one in range(size)]
        for numbers, right in rows:
            chance = _chance(weights, numbers)
            for one in range(size):
                gradient[one] += (right - chance) * numbers[one]
                for two in range(size):
                    curvature[one][two] += chance * (1 - chance) * numbers[one] * numbers[two]
        weights = [weight + step for weight, step in zip(weights, _solved(curvature, gradient), strict=True)]
    return weights


def _chance(weights: Sequence[float], numbers: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(weight * number for weight, number in zip(weights, numbers, strict=True))))


def _solved(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Gauss-Jordan elimination."""
    size = len(vector)
    rows = [[*matrix[index], vector[index]] for index in range(size)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda index: abs(rows[index][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for index in range(size):
            if index != column:
                factor = rows[index][column] / rows[column][column]
                rows[index] = [one - factor * two for one, two in zip(rows[index], rows[column], strict=True)]
    return [rows[index][size] / rows[index][index] for index in range(size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--holes", type=int, default=600, help="at most so many for each folder")
    given = parser.parse_args()
    projects = {folder.name: rows_of(folder, given.holes) for folder in given.folders}
    holes = sum(count for count, _ in projects.values())
    judged: list[tuple[float, bool]] = []
    for name, (_, rows) in projects.items():
        others = [row for other, (_, found) in projects.items() if other != name for row in found]
        weights = fit(others or rows)
        judged += [(_chance(weights, numbers), right) for numbers, right in rows]
    loss = -sum(math.log(chance if right else 1 - chance) for chance, right in judged) / len(judged)
    print(f"{holes} holes, {len(judged)} ghosts, log loss {loss:.4f}")
    for threshold in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9):
        kept = [right for chance, right in judged if chance >= threshold]
        if kept:
            share, precision = 100 * len(kept) / holes, 100 * sum(kept) / len(kept)
            print(f"threshold {threshold}: {share:.1f} % answered, {precision:.1f} % of them right")
    for low in range(10):
        bin_ = [(chance, right) for chance, right in judged if low / 10 <= chance < (low + 1) / 10]
        if bin_:
            said, was = (100 * sum(column) / len(bin_) for column in zip(*bin_, strict=True))
            print(f"said {said:.0f} %, was {was:.0f} % ({len(bin_)})")
    everything = fit([row for _, rows in projects.values() for row in rows])
    print("WEIGHTS = (", ", ".join(f"{weight:.3f}" for weight in everything), ")")


if __name__ == "__main__":
    main()
