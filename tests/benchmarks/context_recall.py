"""Context, without asking any model: how many of the names that are needed stand in what the model is shown of other files.

Usage: python tests/benchmarks/context_recall.py [--points N] [--language L] [--project NAME] [--tuning] [--keep]

Points: the cursor stands before a name that its file shows nowhere else and that another file of the project defines, at most
two a file; the rest of the line is taken out, from the copy on disk too. *Needed* are the names in it that the file's own
window (1,500 tokens before the cursor, 500 after) does not show; no strings, comments, keywords, builtins, common methods.
*Recall at B* is the share of them in the first B tokens of what is shown of other files, *(def)* that in a defining position
(function, class, field, parameter). A token is 3.6 characters. Means over points; intervals by a bootstrap over projects.

"Ours" is read out of the request that the engine makes, the same that an editor's keystroke leads to, with the budget as its
`related_tokens`. The others are in `recall_baselines.py`. They all see the same files, without the lines that were taken out.
Before anything is counted it is checked that no prompt holds the line that was taken out, nor, where it stands nowhere else,
its rest; the run fails if one does.

`--tuning` measures on the projects that numbers may be chosen with, instead of those that are kept for judging.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bench_projects import HELD_OUT, own_language, texts_of
from embedded_kept import keep_section
from embedded_projects import RELEASES, Release
from real_model import Played
from recall_baselines import Bm25, imported_signatures, jaccard_windows, query_of
from recall_points import CHARACTERS, Point, defined, points_of

from caretwise.adapters.settings import Loaded, ModelSettings, Settings
from caretwise.bench.answer import Answer
from caretwise.bench.compare import difference
from caretwise.bench.holes import passes
from caretwise.cli.bench_arms import Arm, arms_of
from caretwise.cli.bench_run import Plan, run
from caretwise.complete.trigger import Trigger

BUDGETS = (512, 1_024, 2_048)
OURS, BASE = "ours", "imports + BM25"
_WORD = re.compile(r"[^\W\d]\w*")
Found = dict[tuple[str, int], tuple[float, float]]
"""(provider, budget) to (recall, recall in a defining position), of one point."""


def arms() -> dict[int, Arm]:
    """One arm for each budget; the engine counts three characters as a token."""
    model = ModelSettings(model="qwen2.5-coder", endpoint="llamacpp", base_url="http://127.0.0.1:9/v1")
    loaded = Loaded(settings=Settings(inline="local", models={"local": model}, cache=False), looked_for=Path("none"))
    related = {budget: int(budget * CHARACTERS / 3) for budget in BUDGETS}
    made = arms_of(tuple(f"local:related_tokens={size}" for size in related.values()), loaded)
    return dict(zip(BUDGETS, made, strict=True))


def ours_of(title: str, files: dict[str, str], points: list[Point]) -> dict[tuple[str, int], str]:
    """What the engine shows of other files, by hole and budget."""
    by_arm = {arm.name: budget for budget, arm in arms().items()}
    played = Played([], {})
    found: dict[tuple[str, int], str] = {}
    answers = {point.hole.id: point.hole.answer for point in points}
    everything = "\n".join(files.values())

    def keep(answer: Answer, trace) -> None:
        body = played.asked.pop()[0] if played.asked else {}
        text = "\n".join(extra["text"] for extra in body.get("input_extra", ()))
        rest = answers[answer.hole].strip()
        # Where the rest of the line stands nowhere else it can only come from the hole itself.
        if answer.leak or (len(rest) >= 16 and everything.count(rest) == 1 and rest in trace.prompt):
            sys.exit(f"{title}: the prompt for {answer.hole} shows what was taken out: {answer.leak or rest!r}")
        found[answer.hole, by_arm[answer.arm]] = text
        played.asked.clear()

    plan = Plan(tuple(arms().values()), [point.hole for point in points], files, Trigger.INVOKED, lambda _: played)
    asyncio.run(run(plan, lambda _a, _h: False, keep, lambda sentence: print(sentence, file=sys.stderr)))
    return found


def measure(release: Release, given: argparse.Namespace, count: int) -> tuple[list[Point], list[Found]]:
    files = texts_of(release, given.downloads)
    own = own_language(files, release)
    points = points_of(own, release.language, count, given.seed)
    since = time.monotonic()
    ours = ours_of(release.title, files, points)
    took = (time.monotonic() - since) / max(1, len(points) * len(BUDGETS))
    print(
        f"{release.title}: {len(own)} files, {len(points)} points, {took * 1000:.0f} ms a request",
        file=sys.stderr,
        flush=True,
    )
    by_hole = {point.hole.id: point for point in points}
    results: dict[str, Found] = {}
    for group in passes(point.hole for point in points):
        holed = {**own, **{hole.path: hole.document for hole in group}}
        bm25 = Bm25(holed)
        for hole in group:
            jaccard = jaccard_windows(hole.path, hole.prefix, hole.suffix, holed)
            chunks = bm25.best(query_of(hole.prefix, hole.suffix), hole.path)
            signatures = imported_signatures(hole.path, hole.document, holed, release.language)
            providers: dict[str, Callable[[int], str]] = {
                "60-line Jaccard windows": lambda _, text=jaccard: text,
                "BM25, 10-line chunks": lambda _, chunks=chunks: "\n".join(chunks),
                "imported signatures": lambda _, text=signatures: text,
                BASE: lambda size, text=signatures, chunks=chunks: text[: int(size * 0.6)] + "\n" + "\n".join(chunks),
            }
            found: Found = {}
            for budget in BUDGETS:
                size = int(budget * CHARACTERS)
                for name, provider in providers.items():
                    found[name, budget] = recall(by_hole[hole.id], provider(size)[:size], release)
                found[OURS, budget] = recall(by_hole[hole.id], ours.get((hole.id, budget), "")[:size], release)
            results[hole.id] = found
    return points, [results[point.hole.id] for point in points]


def recall(point: Point, text: str, release: Release) -> tuple[float, float]:
    shown, defining = set(_WORD.findall(text)), defined(text, release.language)
    needed = point.needed
    return len(needed & shown) / len(needed), len(needed & shown & defining) / len(needed)


def table(language: str, points: int, by_project: dict[str, list[Found]], seed: int) -> str:
    """The rows of one language, and the difference that counts with its interval."""
    everything = [(project, found) for project, all_of in by_project.items() for found in all_of]
    names = list(dict.fromkeys(name for name, _ in everything[0][1]))
    lines = [f"| {language}, {points} points | @512 | @1024 | @2048 |", "|---|---|---|---|"]
    for name in names:
        cells = []
        for budget in BUDGETS:
            plain = sum(found[name, budget][0] for _, found in everything) / len(everything)
            defining = sum(found[name, budget][1] for _, found in everything) / len(everything)
            cells.append(f"{plain:.2f} ({defining:.2f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    draw = random.Random(seed).randrange
    said = []
    for at, what in ((0, "recall"), (1, "in defining position")):
        base = [found[BASE, 1_024][at] for _, found in everything]
        our = [found[OURS, 1_024][at] for _, found in everything]
        one = difference(base, our, [project for project, _ in everything], draw)
        interval = f" ({one.interval.low:+.2f} to {one.interval.high:+.2f})" if one.interval else ""
        said.append(f"{what} {one.mean:+.2f}{interval}")
    return "\n".join(lines) + f"\n\nOurs against {BASE} at 1,024 tokens: {', '.join(said)}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200, help="for each language")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--language", choices=("python", "typescript"))
    parser.add_argument("--project", help="only this one")
    parser.add_argument("--tuning", action="store_true", help="the projects that numbers may be chosen with")
    parser.add_argument("--downloads", type=Path, default=Path(tempfile.gettempdir(), "caretwise-benchmarks"))
    parser.add_argument("--keep", action="store_true", help="write the tables to RESULTS.md")
    given = parser.parse_args()
    releases = [one for one in (RELEASES if given.tuning else HELD_OUT) if given.project in {None, one.name}]
    by_language: dict[str, list[Release]] = defaultdict(list)
    for release in releases:
        if given.language in {None, release.language.id} and (release.name != "django" or given.project):
            by_language[release.language.title].append(release)
    tables = []
    for language, some in by_language.items():
        by_project: dict[str, list[Found]] = {}
        left, total = given.points, 0
        for index, release in enumerate(some):
            points, found = measure(release, given, left // (len(some) - index))
            left -= len(points)
            total += len(points)
            by_project[release.title] = found
        tables.append(table(language, total, by_project, given.seed))
        print(tables[-1] + "\n", flush=True)
    if given.keep:
        note = f"Projects: {', '.join(release.title for some in by_language.values() for release in some)}."
        command = "`python tests/benchmarks/context_recall.py --keep`; recall of needed names, (in defining position)."
        keep_section("Context recall", "\n\n".join([command + " " + note, *tables]))


if __name__ == "__main__":
    main()
