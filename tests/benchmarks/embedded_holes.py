"""How good and how fast the embedded engine is: holes in real Python projects.

Usage: python tests/benchmarks/embedded_holes.py [--holes N] [--seed N] [--curve] [--inside] FOLDER [FOLDER ...]

A hole is the end of a line of code, cut at a token's start, with at least 6 characters and a name in it. Comments,
imports and strings over several lines are left out. The engine has learned all other files of the folder, and the
same file without what stands in the hole. "Right" is the whole rest of the line, character for character.

Milliseconds are processor time of the thread, so that other work on the machine does not count.

The row "5-gram" is a plain model over the same tokens (stupid back-off, factor 0.4, no weights, the same files). It
has no threshold of its own: it gives as many answers as the embedded engine gave in the row above, its surest ones.
"""

from __future__ import annotations

import argparse
import gc
import io
import keyword
import random
import statistics
import time
import tokenize as python_tokens
import tracemalloc
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from caretwise.local.decode import THRESHOLD
from caretwise.local.predict import Embedded
from caretwise.local.tokens import detokenize, is_line_end, tokenize
from caretwise.text.indent import unit
from caretwise.text.language import by_id
from caretwise.text.snapshot import split_lines

PYTHON = by_id("python")
CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Hole:
    path: str
    prefix: str
    answer: str
    suffix: str  # starts with the line end


@dataclass(frozen=True)
class Result:
    hole: Hole
    text: str
    confidence: float
    milliseconds: float

    @property
    def right(self) -> bool:
        return self.text.rstrip() == self.hole.answer.rstrip()


def read_project(folder: Path) -> dict[str, str]:
    files = {}
    for path in sorted(folder.rglob("*.py")):
        try:
            text = path.read_text("utf-8").replace("\r\n", "\n")
        except (UnicodeDecodeError, OSError):
            continue
        if text.strip():
            files[str(path.relative_to(folder))] = text
    return files


def cuts_of(text: str, inside: int = 0) -> list[tuple[int, int]]:
    """Places (line from 0, column) where a hole may start; with `inside`, so many characters into a longer word."""
    try:
        tokens = list(python_tokens.generate_tokens(io.StringIO(text).readline))
    except (python_tokens.TokenError, SyntaxError):
        return []
    lines = text.split("\n")
    excluded: set[int] = set()
    by_line: dict[int, list[python_tokens.TokenInfo]] = defaultdict(list)
    for token in tokens:
        if token.start[0] != token.end[0] or token.type == python_tokens.COMMENT:
            excluded.update(range(token.start[0], token.end[0] + 1))
        elif token.string.strip():
            by_line[token.start[0]].append(token)
    cuts = []
    for number, found in by_line.items():
        if number in excluded or found[0].string in ("import", "from"):
            continue
        for index, token in enumerate(found):
            named = any(t.type == python_tokens.NAME and not keyword.iskeyword(t.string) for t in found[index:])
            if inside and (token.type != python_tokens.NAME or len(token.string) <= inside):
                continue
            if named and len(lines[number - 1].rstrip()) - token.start[1] - inside >= 6:
                cuts.append((number - 1, token.start[1] + inside))
    return cuts


def holes_of(files: dict[str, str], count: int, chance: random.Random, inside: int = 0) -> list[Hole]:
    """At most `count` holes, spread over the files; one line gives at most one hole."""
    holes: list[Hole] = []
    names = [name for name in files if cuts_of(files[name], inside)]
    for index, name in enumerate(names):
        share = count * (index + 1) // len(names) - count * index // len(names)
        text, used = files[name], set()
        cuts = cuts_of(text, inside)
        chance.shuffle(cuts)
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        for line, column in cuts:
            if share and line not in used:
                used.add(line)
                share -= 1
                start, end = starts[line] + column, starts[line + 1] - 1
                holes.append(Hole(name, text[:start], text[start:end], text[end:]))
    return holes


def run_embedded(files: dict[str, str], holes: list[Hole], threshold: float) -> list[Result]:
    engine = Embedded(threshold=threshold)
    for name, text in files.items():
        engine.learn(name, text, PYTHON)
    results = []
    for hole in holes:
        engine.learn(hole.path, hole.prefix + hole.suffix, PYTHON, open_document=True)
        start = time.thread_time()
        found = engine.complete(hole.prefix, hole.suffix, PYTHON, key=hole.path)
        took = (time.thread_time() - start) * 1000
        results.append(Result(hole, found.text if found else "", found.confidence if found else 0.0, took))
        engine.learn(hole.path, files[hole.path], PYTHON)
    return results


class FiveGram:
    """Counts of the token after 0 to 4 tokens; stupid back-off (Brants and others 2007)."""

    def __init__(self) -> None:
        self.tables: list[dict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in range(5)]

    def add(self, tokens: list[str], sign: int) -> None:
        for order, table in enumerate(self.tables):
            for index in range(order, len(tokens)):
                table[tuple(tokens[index - order : index])][tokens[index]] += sign

    def best(self, context: list[str]) -> tuple[str, float]:
        factor = 1.0
        for order in range(4, -1, -1):
            counts = self.tables[order].get(tuple(context[len(context) - order :]))
            if counts:
                token, count = max(counts.items(), key=lambda item: (item[1], item[0]))
                if count > 0:
                    return token, factor * count / sum(counts.values())
            factor *= 0.4
        return "\n=", 0.0

    def line(self, context: list[str]) -> tuple[str, float]:
        confidence, ghost = 1.0, []
        while len(ghost) < 60:
            token, score = self.best([*context, *ghost])
            confidence *= score
            if is_line_end(token) or not confidence:
                break
            ghost.append(token)
        return detokenize(ghost, indent=""), confidence


def run_five_gram(files: dict[str, str], holes: list[Hole]) -> list[Result]:
    units = {name: unit(split_lines(text)) for name, text in files.items()}
    model = FiveGram()
    learned = {name: tokenize(text, unit=units[name]) for name, text in files.items()}
    for tokens in learned.values():
        model.add(tokens, 1)
    results = []
    for hole in holes:
        step = units[hole.path]
        before, after = tokenize(hole.prefix, unit=step), tokenize(hole.suffix, unit=step, indent="")
        model.add(learned[hole.path], -1)
        model.add(before, 1)
        model.add(after, 1)
        start = time.thread_time()
        text, confidence = model.line(before)
        results.append(Result(hole, text, confidence, (time.thread_time() - start) * 1000))
        model.add(before, -1)
        model.add(after, -1)
        model.add(learned[hole.path], 1)
    return results


def memory_of(files: dict[str, str]) -> tuple[float, int]:
    """Megabytes that the engine holds with all files learned, and the tokens it keeps."""
    gc.collect()
    tracemalloc.start()
    engine = Embedded()
    for name, text in files.items():
        engine.learn(name, text, PYTHON)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return size, engine.tokens


def row(name: str, what: str, results: list[Result], answered: list[Result]) -> str:
    right = sum(result.right for result in answered)
    times = [result.milliseconds for result in results]
    p95 = statistics.quantiles(times, n=20)[18]
    share = 100 * len(answered) / len(results)
    precision = 100 * right / len(answered) if answered else 0.0
    all_right = 100 * right / len(results)
    return (
        f"| {name} | {what} | {len(results)} | {share:.1f} % | {precision:.1f} % | {all_right:.1f} % "
        f"| {statistics.median(times):.2f} | {p95:.2f} |"
    )


def learning_time(files: dict[str, str]) -> float:
    """Milliseconds to learn 1,000 lines: all files once, divided."""
    engine = Embedded()
    lines = sum(text.count("\n") for text in files.values())
    start = time.thread_time()
    for name, text in files.items():
        engine.learn(name, text, PYTHON)
    return (time.thread_time() - start) * 1e6 / max(1, lines)


def report(folder: Path, count: int, seed: int, *, curve: bool, with_five_gram: bool, inside: int) -> None:
    files = read_project(folder)
    holes = holes_of(files, count, random.Random(seed), inside)
    results = run_embedded(files, holes, THRESHOLD)
    answered = [result for result in results if result.text]
    print(row(folder.name, f"embedded, threshold {THRESHOLD}", results, answered), flush=True)
    if with_five_gram:
        plain = run_five_gram(files, holes)
        surest = sorted(plain, key=lambda result: -result.confidence)[: len(answered)]
        print(row(folder.name, "5-gram", plain, surest), flush=True)
    if curve:
        everything = run_embedded(files, holes, 0.0)
        for threshold in CURVE:
            kept = [result for result in everything if result.text and result.confidence >= threshold]
            print(row(folder.name, f"curve {threshold}", everything, kept), flush=True)
    size, tokens = memory_of(files)
    lines = sum(text.count("\n") for text in files.values())
    print(
        f"  {folder.name}: {len(files)} files, {lines} lines, {tokens} tokens, {size:.1f} MB, "
        f"{learning_time(files):.1f} ms to learn 1,000 lines\n",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--holes", type=int, default=400, help="at most so many for each folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--curve", action="store_true", help="also the shares at other thresholds")
    parser.add_argument("--no-five-gram", action="store_true")
    parser.add_argument("--inside", type=int, default=0, help="cut so many characters into a word (no 5-gram then)")
    given = parser.parse_args()
    print("| project | model | holes | answered | right of answered | right of all | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in given.folders:
        plain = not (given.no_five_gram or given.inside)
        report(folder, given.holes, given.seed, curve=given.curve, with_five_gram=plain, inside=given.inside)


if __name__ == "__main__":
    main()
