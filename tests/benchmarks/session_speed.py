"""How fast a session is, beside a bare pygls server in the same run.

    python -m tests.benchmarks.session_speed [--keep] [--quick]

Real processes over stdio, taken in turns. A model stands on loopback. The goals are ratios; the table says which are
met, and the exit status is 1 when one is not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.results import keep
from tests.benchmarks.server_process import (
    ServerProcess,
    bare_pygls,
    caretwise,
    environment,
    frames,
    model_environment,
    place,
)
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

TITLE = "Session speed"
PACKAGES = ("pygls", "lsprotocol", "openai", "tree-sitter")
KEY_SECONDS = 0.080
"""From one key to the next: a quick typist."""

TYPED = "compute_weighted_average(values, weights, default=None)"
"""What the model suggests and the user types."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `figure` is judged against `limit`."""

    what: str
    ours: str
    theirs: str
    figure: float
    limit: float
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.figure <= self.limit

    def __str__(self) -> str:
        """The row in Markdown."""
        shown = f"{self.figure:.2f} x" if self.unit == "x" else f"{self.figure:.0f} {self.unit}"
        limit = f"{self.limit:g} {self.unit}"
        return f"| {self.what} | {self.ours} | {self.theirs} | {shown} | {limit} | {'yes' if self.met else '**no**'} |"


class Bench:
    """The servers to start, each in a home and a project of its own."""

    def __init__(self, folder: Path, base_url: str) -> None:
        """`base_url` is where the model answers."""
        self._folder, self._base_url, self._count = folder, base_url, 0

    @contextmanager
    def start(self, name: str) -> Iterator[ServerProcess]:
        """A server that has not been spoken to."""
        self._count += 1
        root = self._folder / f"{name}-{self._count}"
        (root / "project").mkdir(parents=True)
        environ = environment(root / "home", **model_environment(self._base_url))
        command = caretwise() if name == "caretwise" else bare_pygls()
        with ServerProcess(command, environ, root / "project", root / "log") as server:
            yield server


def python_text(lines: int) -> str:
    """Plausible code of so many lines: functions of ten."""
    function = [
        "def handle_{0}(values, weights):",
        '    """Weigh the values of group {0}."""',
        "    total = 0.0",
        "    for value, weight in zip(values, weights):",
        "        if value is None:",
        "            continue",
        "        total += value * weight * {0}",
        "    return total / max(1, len(values))",
        "",
        "",
    ]
    return "".join(function[number % 10].format(number // 10) + "\n" for number in range(lines))


def typed_edits(server: ServerProcess, name: str, line: int, count: int) -> list[dict[str, object]]:
    """`count` characters typed on a comment line, one change each."""
    return [server.change(name, place(line, 2 + n), place(line, 2 + n), "abcdefgh "[n % 9]) for n in range(count)]


def with_comment(lines: int, at: int) -> str:
    """A text with an open comment on line `at`."""
    text = python_text(lines).split("\n")
    text[at] = "# "
    return "\n".join(text)


# -- the five measurements


def measure_initialize(bench: Bench, rounds: int) -> Row:
    """From the start of the process to the answer to `initialize`."""
    times: dict[str, list[float]] = {"caretwise": [], "bare": []}
    for number in range(rounds + 1):
        for name in ("caretwise", "bare") if number % 2 else ("bare", "caretwise"):
            with bench.start(name) as server:
                taken = server.initialize()
            if number:  # the first round fills the disk's cache
                times[name].append(taken * 1000)
    ours, theirs = (statistics.median(times[name]) for name in ("caretwise", "bare"))
    ratio = statistics.median(a / b for a, b in zip(times["caretwise"], times["bare"], strict=True))
    what = f"`initialize`, process start to answer (median of {rounds} pairs)"
    return Row(what, f"{ours:.0f} ms", f"{theirs:.0f} ms", ratio, 1.15)


def measure_burst(bench: Bench, rounds: int, edits: int = 1000) -> Row:
    """Many changes in one go, then one request behind them."""
    line = 5000
    times: dict[str, list[float]] = {"caretwise": [], "bare": []}
    with bench.start("caretwise") as one, bench.start("bare") as other:
        servers = {"caretwise": one, "bare": other}
        for server in servers.values():
            server.initialize()
            server.open("long.py", with_comment(10_000, line))
            server.barrier("long.py", *typed_edits(server, "long.py", line, 20))
        for server in servers.values():
            server.quiet()
        for _ in range(rounds):
            for name, server in servers.items():
                changes = frames(*typed_edits(server, "long.py", line, edits))
                start = time.perf_counter()
                server.send_bytes(changes)
                server.barrier("long.py")
                times[name].append((time.perf_counter() - start) * 1000)
    ours, theirs = (statistics.median(times[name]) for name in ("caretwise", "bare"))
    what = f"{edits:,} changes in 10,000 lines, then one request (median of {rounds})"
    return Row(what, f"{ours:.0f} ms", f"{theirs:.0f} ms", ours / theirs, 0.1)


def measure_growth(bench: Bench, rounds: int, edits: int = 1000) -> Row:
    """The server's processor time for one edit, by the document's length."""
    sizes = (1_000, 50_000)
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    with bench.start("caretwise") as server:
        server.initialize()
        for size in sizes:
            server.open(f"{size}.py", with_comment(size, size // 2))
            server.barrier(f"{size}.py", *typed_edits(server, f"{size}.py", size // 2, 50))
        server.quiet()
        for _ in range(rounds):
            for size in sizes:
                changes = typed_edits(server, f"{size}.py", size // 2, edits)
                before = server.cpu()
                server.barrier(f"{size}.py", *changes)
                costs[size].append((server.cpu() - before) / edits * 1e6)
    small, large = (min(costs[size]) for size in sizes)
    what = f"processor time for one edit: 50,000 lines beside 1,000 (least of {rounds})"
    return Row(what, f"{large:.0f} µs", f"{small:.0f} µs (1,000 lines)", large / small, 1.5)


def measure_typing(bench: Bench, rounds: int, keys: int = 30) -> Row:
    """A suggestion is on screen and typed out key by key: change, then request, each 80 ms."""
    line = 5000
    text = python_text(10_000).split("\n")
    text[line] = "    average = "
    times: dict[str, list[float]] = {"caretwise": [], "bare": []}
    with bench.start("caretwise") as one, bench.start("bare") as other:
        servers = {"caretwise": one, "bare": other}
        for server in servers.values():
            server.initialize()
            server.open("long.py", "\n".join(text))
        for server in servers.values():
            server.quiet()
        for number in range(rounds):
            for name in ("caretwise", "bare") if number % 2 else ("bare", "caretwise"):
                times[name] += _type_out(servers[name], line, keys, check=name == "caretwise")
    ours, theirs = (statistics.median(times[name]) for name in ("caretwise", "bare"))
    tail = statistics.quantiles(times["caretwise"], n=100)[98]
    what = f"answer from memory while typing, {keys} keys 80 ms apart, 10,000 lines (p50 of {rounds} times)"
    return Row(what, f"{ours:.2f} ms (p99 {tail:.1f})", f"{theirs:.2f} ms", ours / theirs, 0.5)


def _type_out(server: ServerProcess, line: int, keys: int, *, check: bool) -> list[float]:
    """Milliseconds from each key to its answer; afterwards the line is as it was."""
    column = len("    average = ")
    shown = server.ghost("long.py", line, column, invoked=True)
    if check and shown != TYPED:
        raise RuntimeError(f"the model's suggestion did not come: {shown!r}")
    times: list[float] = []
    due = time.perf_counter()
    for number, character in enumerate(TYPED[:keys]):
        due += KEY_SECONDS
        time.sleep(max(0.0, due - time.perf_counter()))
        at = place(line, column + number)
        change = server.change("long.py", at, at, character)
        start = time.perf_counter()
        rest = server.ghost("long.py", line, column + number + 1, change)
        times.append((time.perf_counter() - start) * 1000)
        if check and rest != TYPED[number + 1 :]:
            raise RuntimeError(f"after {number + 1} keys the rest was {rest!r}")
    server.barrier("long.py", server.change("long.py", place(line, column), place(line, column + keys), ""))
    return times


def measure_import(bench: Bench, rounds: int, keys: int = 150) -> Row:
    """Keys while the model's client is imported: the first second and a half after `initialized`."""
    times: list[float] = []
    for _ in range(rounds):
        with bench.start("caretwise") as server:
            server.initialize()
            server.open("a.py", with_comment(1_000, 500))
            server.barrier("a.py")
            for number in range(keys):
                change = server.change("a.py", place(500, 2 + number), place(500, 2 + number), "x")
                start = time.perf_counter()
                server.barrier("a.py", change)
                times.append((time.perf_counter() - start) * 1000)
                time.sleep(0.01)
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return Row(
        f"key to answer while `openai` is imported (p99 of {len(times)})",
        f"{p99:.1f} ms (p50 {p50:.1f})",
        "",
        p99,
        20,
        "ms",
    )


def measure_memory(bench: Bench, files: int = 20) -> Row:
    """Resident memory with files open, the model's client imported, one answer given."""
    with bench.start("caretwise") as server:
        server.initialize()
        for number in range(files):
            server.open(f"module_{number}.py", python_text(990) + "def last():\n    average = ")
        server.ghost("module_0.py", 991, len("    average = "), invoked=True)
        server.quiet()
        ours = server.resident()
    with bench.start("bare") as server:
        server.initialize()
        for number in range(files):
            server.open(f"module_{number}.py", python_text(990) + "def last():\n    average = ")
        server.barrier("module_0.py")
        theirs = server.resident()
    return Row(
        f"resident memory, {files} files of 1,000 lines open", f"{ours:.0f} MB", f"{theirs:.0f} MB", ours, 120, "MB"
    )


def measure(bench: Bench, *, quick: bool) -> Iterator[Callable[[], Row]]:
    """The measurements in their order."""
    yield lambda: measure_initialize(bench, 3 if quick else 15)
    yield lambda: measure_burst(bench, 2 if quick else 5)
    yield lambda: measure_growth(bench, 2 if quick else 7)
    yield lambda: measure_typing(bench, 1 if quick else 4)
    yield lambda: measure_import(bench, 1 if quick else 4)
    yield lambda: measure_memory(bench)


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="write the table into RESULTS.md")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    given = parser.parse_args()
    lines = ["| what | caretwise | bare pygls | figure | at most | met |", "|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    met = True
    answering = behaviour("moonshot", answerer=lambda _: TYPED)
    with tempfile.TemporaryDirectory() as folder, ModelDouble(answering) as double:
        for one in measure(Bench(Path(folder), double.base_url), quick=given.quick):
            row = one()
            met &= row.met
            lines.append(str(row))
            print(row, flush=True)
    if given.keep:
        keep(TITLE, "python -m tests.benchmarks.session_speed --keep", "\n".join(lines), packages=PACKAGES)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
