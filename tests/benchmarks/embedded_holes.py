"""How good and how fast the embedded engine is: holes in real projects.

Usage: python tests/benchmarks/embedded_holes.py [--holes N] [--seed N] [--downloads DIR] [--keep] [FOLDER ...]

Without a folder (or with `--fetch`) it fetches pinned releases of projects that the engine was not tuned on, from the
package registries that pip and npm are configured for, into DIR. `--keep` writes the table to RESULTS.md and the README.

What a hole is stands in `embedded_projects.py`. The engine has learned all other files of the project, and the same file
without what stands in the hole. "Right" is the whole rest of the line, character for character. A ghost without a letter or
digit is no suggestion.

"CPU" is processor time of the thread, so that other work on the machine counts less; "wall" is by the clock. Both hold what a
keystroke costs: the engine learns the line as it is now, and answers. The machine's load is said below the table.

The row "5-gram" is a plain model over the same tokens and the same files. It has no threshold of its own: it gives as many
answers as the embedded engine gave in the row above, its surest ones.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from embedded_five_gram import FiveGram
from embedded_kept import keep_in_readme, keep_section
from embedded_projects import PYTHON, RELEASES, TUNED_ON, Hole, fetch, holes_of, read_project

from caretwise.local.confidence import THRESHOLD
from caretwise.local.predict import Embedded
from caretwise.local.tokens import tokenize
from caretwise.text.indent import unit
from caretwise.text.language import Language
from caretwise.text.snapshot import split_lines

WORKSPACE_FILES, LONG_FILE_LINES = 2_000, 10_000


@dataclass(frozen=True)
class Result:
    hole: Hole
    text: str
    confidence: float
    milliseconds: float  # of processor time
    wall: float  # milliseconds by the clock

    @property
    def suggested(self) -> bool:
        return any(character.isalnum() for character in self.text)

    @property
    def right(self) -> bool:
        return self.text.rstrip() == self.hole.answer.rstrip()


def run_embedded(files: dict[str, str], holes: list[Hole], language: Language) -> list[Result]:
    engine = Embedded(threshold=THRESHOLD)
    for name, text in files.items():
        engine.learn(name, text, language)
    results: list[Result] = []
    for index, hole in enumerate(holes):
        now = split_lines(hole.prefix + hole.suffix)
        line = hole.prefix.count("\n")
        # Before the keystroke that is measured the cursor's line was empty, all others were as they are.
        before = [*now[:line], "\n", *now[line + 1 :]]
        engine.learn(hole.path, "".join(before), language, open_document=True)
        engine.edit(hole.path, before)  # as in a session, where lines that stay are the same objects at the next edit
        wall, start = time.perf_counter(), time.thread_time()
        engine.edit(hole.path, now)
        found = engine.complete(hole.prefix, hole.suffix, language, key=hole.path)
        took, by_clock = (time.thread_time() - start) * 1000, (time.perf_counter() - wall) * 1000
        results.append(Result(hole, found.text if found else "", found.confidence if found else 0.0, took, by_clock))
        if index + 1 == len(holes) or holes[index + 1].path != hole.path:
            engine.learn(hole.path, files[hole.path], language)
    return results


def run_five_gram(files: dict[str, str], holes: list[Hole]) -> list[Result]:
    units = {name: unit(split_lines(text)) for name, text in files.items()}
    model = FiveGram()
    learned = {name: tokenize(text, unit=units[name]) for name, text in files.items()}
    for tokens in learned.values():
        model.add(tokens, 1)
    results: list[Result] = []
    for hole in holes:
        step = units[hole.path]
        before, after = tokenize(hole.prefix, unit=step), tokenize(hole.suffix, unit=step, indent="")
        model.add(learned[hole.path], -1)
        model.add(before, 1)
        model.add(after, 1)
        wall, start = time.perf_counter(), time.thread_time()
        text, confidence = model.line(before)
        took, by_clock = (time.thread_time() - start) * 1000, (time.perf_counter() - wall) * 1000
        results.append(Result(hole, text, confidence, took, by_clock))
        model.add(before, -1)
        model.add(after, -1)
        model.add(learned[hole.path], 1)
    return results


HEAD = (
    "| project | files | model | holes | suggested | right of these | right of all | CPU p50 ms | CPU p95 | wall p95 |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def row(title: str, files: int, model: str, results: list[Result], answered: list[Result]) -> str:
    right = sum(result.right for result in answered)
    times = [result.milliseconds for result in results]
    share, precision = 100 * len(answered) / len(results), 100 * right / max(1, len(answered))
    return (
        f"| {title} | {files} | {model} | {len(results)} | {share:.1f} % | {precision:.1f} % "
        f"| {100 * right / len(results):.1f} % | {statistics.median(times):.2f} "
        f"| {_p95(times):.2f} | {_p95([result.wall for result in results]):.2f} |"
    )


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def rows_of(title: str, folder: Path, language: Language, count: int, seed: int) -> list[str]:
    files = read_project(folder, language)
    holes = holes_of(files, language, count, random.Random(seed))
    results = run_embedded(files, holes, language)
    answered = [result for result in results if result.suggested]
    plain = run_five_gram(files, holes)
    surest = sorted((result for result in plain if result.suggested), key=lambda result: -result.confidence)
    rows = [
        row(title, len(files), "embedded", results, answered),
        row(title, len(files), "5-gram", plain, surest[: len(answered)]),
    ]
    print("\n".join(rows), flush=True)
    return rows


def long_file_row(title: str, folder: Path, count: int, seed: int) -> str:
    """A workspace of 2,000 files, and one of 10,000 lines: further files of the same project, put together."""
    files = read_project(folder, PYTHON)
    names = iter(files)
    workspace = {name: files[name] for name in islice(names, WORKSPACE_FILES - 1)}
    lines: list[str] = []
    for name in names:
        if len(lines) < LONG_FILE_LINES:
            lines += files[name].rstrip("\n").split("\n")
    long_file = {"long.py": "\n".join(lines) + "\n"}
    holes = holes_of(long_file, PYTHON, count, random.Random(seed))
    results = run_embedded({**workspace, **long_file}, holes, PYTHON)
    answered = [result for result in results if result.suggested]
    size = f"{len(lines):,} lines in one file"
    made = row(f"{title}, {size}", len(workspace) + 1, "embedded", results, answered)
    print(made, flush=True)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--fetch", action="store_true", help="measure the pinned releases too")
    parser.add_argument("--downloads", type=Path, default=Path(tempfile.gettempdir(), "caretwise-benchmarks"))
    parser.add_argument("--holes", type=int, default=400, help="at most so many for each project")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md and the README")
    given = parser.parse_args()
    print(HEAD, flush=True)
    rows: list[str] = []
    loads = [os.getloadavg()[0]]
    for folder in given.folders:
        rows += rows_of(folder.name, folder, PYTHON, given.holes, given.seed)
    for release in RELEASES if given.fetch or not given.folders else ():
        folder = fetch(release, given.downloads)
        title = release.title if release.language is PYTHON else f"{release.title} ({release.language.title})"
        rows += rows_of(title, folder, release.language, given.holes, given.seed)
        loads.append(os.getloadavg()[0])
        if release.name == "django":
            rows.append(long_file_row(release.title, folder, given.holes, given.seed))
    if given.keep:
        loads.append(os.getloadavg()[0])
        load = f"The machine was shared: its load was {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores."
        note = f"{load} The engine was tuned on {', '.join(TUNED_ON)}, and on none of the projects in the table."
        table = "\n".join([HEAD, *rows]) + f"\n\n{note}"
        keep_section("Embedded engine: holes in real projects", f"`python {' '.join(COMMAND)}`\n\n{table}")
        keep_in_readme("embedded table", table)


COMMAND = ("tests/benchmarks/embedded_holes.py", "--keep")

if __name__ == "__main__":
    main()
