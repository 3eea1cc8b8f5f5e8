"""What context costs: the time it adds to a suggestion, and what the index of a workspace takes while somebody types.

    python -m tests.benchmarks.context_speed [--keep] [--quick]

The workspace is 2,000 files of Python's own library and installed packages, copied. The server is a real process over
stdio, a model stands on loopback and answers at once. *Added* is what passes between a pause in typing and the suggestion,
without the debounce; what the model's host takes is in it. Beside it stands the same without any code of other files, taken
in the same minute. The exit status is 1 when a goal is not met.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.results import keep
from tests.benchmarks.server_process import ServerProcess, caretwise, environment, model_environment, place
from tests.benchmarks.session_speed import Row, python_text
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.settings import Settings
from caretwise.context.place import place as place_in
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import split_lines

TITLE = "Context speed"
FILES = 2_000
KEY_SECONDS = 0.020
"""From one key to the next while the index is built: a held-down key, so that there are enough of them."""


def workspace(folder: Path, count: int) -> list[Path]:
    """Files of Python's own library and of the packages beside it, copied."""
    roots = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    found = [
        (root, path)
        for root in roots
        for path in sorted(root.rglob("*.py"))
        if not {"test", "site-packages"} & set(path.relative_to(root).parts)
    ]
    found = [(root, path) for root, path in found if 500 < path.stat().st_size < 1 << 20]
    copies: list[Path] = []
    for root, path in found[:count]:
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        copies.append(copy)
    return copies


def cpu_of(process: int) -> float:
    """Seconds of processor time that a process has used."""
    with Path(f"/proc/{process}/stat").open() as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_of(process: int) -> float:
    """MiB that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def index_cost(folder: Path, paths: Sequence[Path], texts: Sequence[str]) -> tuple[list[Row], str]:
    """Processor time until every file can be found, then the time of a question."""
    index = WorkspaceIndex()
    index.open([folder], [])
    await index.settled(300)
    seconds, memory = cpu_of(index.process_id), memory_of(index.process_id)
    taken: list[float] = []
    for path, text in zip(paths, texts, strict=True):
        lines = split_lines(text)
        middle = len(lines) // 2
        since = time.perf_counter()
        at = place_in(lines, Position(middle, len(lines[middle].rstrip())), by_path(path.name))
        found = await index.find(path, "python", at)
        taken.append((time.perf_counter() - since) * 1000)
        assert found is not None
    index.close()
    ordered = sorted(taken)
    middle, late = statistics.median(taken), ordered[int(len(ordered) * 0.95)]
    note = (
        f"The process of the index holds {memory:.0f} MiB; a question to it takes {middle:.1f} ms, p95 {late:.1f} ms."
    )
    return [
        Row(f"index of {FILES:,} files, CPU until all can be found", f"{seconds:.1f} s", "5 s", seconds, 5.0, "s")
    ], note


def keys_meanwhile(folder: Path, home: Path, base_url: str, name: str) -> Row:
    """Round trips of keys from the session's start until the index is whole (some 10 s)."""
    taken: list[float] = []
    with ServerProcess(caretwise(), environment(home, **model_environment(base_url)), folder, home / "log") as server:
        server.initialize()
        server.open(name, python_text(10_000))
        server.barrier(name)
        until = time.monotonic() + 10
        column = 0
        while time.monotonic() < until:
            since = time.perf_counter()
            server.barrier(name, server.change(name, place(5000, column), place(5000, column), "x"))
            taken.append((time.perf_counter() - since) * 1000)
            column += 1
            time.sleep(max(0.0, KEY_SECONDS - taken[-1] / 1000))
    p99 = sorted(taken)[int(len(taken) * 0.99)]
    return Row(f"a key while the index is built, p99 of {len(taken)}", f"{p99:.1f} ms", "20 ms", p99, 20.0, "ms")


def added(
    folder: Path, home: Path, base_url: str, names: Sequence[str], *, lines: int, shots: int, related: int = 1_000
) -> list[float]:
    """Milliseconds from a pause to the suggestion, without the debounce, at places that were not asked about before.

    `related` are the tokens that code of other files may take; 0 switches it off.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(f"related_tokens = {related}\n")
    taken: list[float] = []
    debounce = Settings().debounce_ms
    environ = environment(home, CARETWISE_CONFIG=str(home / "config.toml"), **model_environment(base_url))
    with ServerProcess(caretwise(), environ, folder, home / "log") as server:
        server.initialize()
        for name in names:
            server.open(name, python_text(lines))
        server.barrier(names[0])
        time.sleep(15)  # the index is built
        for shot in range(shots):
            name = names[shot % len(names)]
            line = (shot * 97) % (lines - 100) + 50
            text = f"    average_{shot} = values_{shot}."
            edit = server.change(name, place(line, 0), place(line, 0), text + "\n")
            since = time.perf_counter()
            ghost = server.ghost(name, line, len(text), edit)
            if ghost:
                taken.append((time.perf_counter() - since) * 1000 - debounce)
            time.sleep(0.05)
    if len(taken) < shots * 0.9:
        sys.exit(f"only {len(taken)} of {shots} requests led to a suggestion")
    return taken


def main() -> int:
    """Measure; 1 when a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--quick", action="store_true", help="fewer shots")
    given = parser.parse_args()
    shots = 20 if given.quick else 100
    rows: list[Row] = []
    answering = behaviour("moonshot", answerer=lambda _: "mean(values)")
    with tempfile.TemporaryDirectory() as temporary, ModelDouble(answering) as double:
        top = Path(temporary)
        folder = top / "library"
        copies = workspace(folder, FILES)
        count, size = len(copies), sum(path.stat().st_size for path in copies) / 1e6
        asked = copies[:: max(1, count // shots)][:shots]
        made, note = asyncio.run(index_cost(folder, asked, [path.read_text("utf-8", "replace") for path in asked]))
        rows += made
        rows.append(keys_meanwhile(folder, top / "typing", double.base_url, "typed.py"))
        for what, names, lines, limit in (
            ("in a file of 10,000 lines", ["long.py"], 10_000, 10.0),
            (
                f"in a workspace of {count:,} files ({size:.0f} MB)",
                [f"open_{number}.py" for number in range(6)],
                400,
                30.0,
            ),
        ):
            with_it, without = (
                sorted(
                    added(
                        folder,
                        top / f"{lines}-{related}",
                        double.base_url,
                        names,
                        lines=lines,
                        shots=shots,
                        related=related,
                    )
                )
                for related in (1_000, 0)
            )
            at = int(len(with_it) * (0.5 if lines > 1_000 else 0.95))
            which = "median" if lines > 1_000 else "p95"
            shown = f"{with_it[at]:.1f} ms, without {without[at]:.1f} ms"
            rows.append(Row(f"added {what}, {which}", shown, f"{limit:.0f} ms", with_it[at], limit, "ms"))
    table = [f"| {one.what} | {one.ours} | {one.theirs} | {'yes' if one.met else '**no**'} |" for one in rows]
    body = "\n".join(["| what | measured | at most | met |", "|---|---|---|---|", *table, "", note])
    print(body)
    if given.keep:
        keep(TITLE, "python -m tests.benchmarks.context_speed --keep", body)
    return 0 if all(one.met for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
