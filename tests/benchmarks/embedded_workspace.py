"""The embedded engine in a workspace of 2,000 files: how soon it knows it, what that costs, and what typing feels of it.

Usage: python tests/benchmarks/embedded_workspace.py [--downloads DIR] [--keep]

The workspace is 2,000 files of Django (fetched as `embedded_holes.py` does). Every run is a process of its own. "Cold" has no
kept index, "kept" the one that the cold run left. "Lateness" is by how much a timer of the event loop, due every 10 ms,
fires late while the engine learns: what a keystroke waits. The line below the table is the real server on stdio, typed into
while it learns: a change, then a request that is answered at once, each 30 ms. The first key is told apart: it waits until
the session is open, and nothing is learned before that. "Alone" is the lateness of a process that does nothing, right
before: what the machine's other work does to a timer. `--keep` writes all to RESULTS.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from embedded_kept import keep_section
from embedded_projects import PYTHON, RELEASES, fetch, read_project

from caretwise.adapters.learned_index import open_index
from caretwise.adapters.project import Project, uri_of_path
from caretwise.engine.embedded import EmbeddedEngine

FILES = 2_000
KEY = bytes(32)
RUNS = 3


def make_workspace(downloads: Path, root: Path) -> int:
    """Copy the files below `root`; how many lines they have."""
    (release,) = (release for release in RELEASES if release.name == "django")
    lines = 0
    for name, text in islice(read_project(fetch(release, downloads), PYTHON).items(), FILES):
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        lines += text.count("\n")
    return lines


async def learn(root: Path, cache: Path) -> dict[str, float]:
    """Seconds until the project is learned, and what the event loop felt of it."""
    engine = EmbeddedEngine(lambda roots: open_index(cache, KEY, roots))
    late: list[float] = []
    before, cpu, start = resident(), time.process_time(), time.perf_counter()
    engine.learn_project(Project([root]))
    learned = asyncio.create_task(engine.learned())
    hundred = 0.0
    while not learned.done():
        due = time.perf_counter() + 0.010
        await asyncio.sleep(0.010)
        late.append((time.perf_counter() - due) * 1000)
        if not hundred and engine.documents >= 100:
            hundred = time.perf_counter() - start
    whole, cpu = time.perf_counter() - start, time.process_time() - cpu
    engine.close()
    engine.wait()
    return {
        "files": engine.documents,
        "hundred": hundred,
        "whole": whole,
        "cpu": cpu,
        "p50": statistics.median(late),
        "p99": percentile(late, 99),
        "most": max(late),
        "megabytes": resident() - before,
    }


async def lateness_alone(seconds: float = 10) -> list[float]:
    """By how many milliseconds the same timer is late while this process does nothing else."""
    late: list[float] = []
    for _ in range(int(seconds / 0.010)):
        due = time.perf_counter() + 0.010
        await asyncio.sleep(0.010)
        late.append((time.perf_counter() - due) * 1000)
    return late


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def resident() -> float:
    """Megabytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def child(root: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", root, cache]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def type_into_server(root: Path, home: Path, seconds: float) -> list[float]:
    """Milliseconds from a change to the answer of the request behind it, while the server learns the project."""
    folders = {
        "CARETWISE_CACHE_DIR": str(home / "cache"),
        "CARETWISE_STATE_DIR": str(home / "state"),
        "HOME": str(home),
    }
    command = (sys.executable, "-P", "-m", "caretwise", "serve")
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env={**os.environ, **folders})
    uri, folder = uri_of_path(root / "typing.py"), uri_of_path(root)
    workspace = [{"uri": folder, "name": "project"}]
    setup: dict[str, Any] = {
        "processId": os.getpid(),
        "capabilities": {},
        "workspaceFolders": workspace,
        "rootUri": folder,
    }
    await ask(server, 1, "initialize", setup)
    await send(server, {"method": "initialized", "params": {}})
    text = "x = 1\n" * 1_000
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    await send(server, {"method": "textDocument/didOpen", "params": {"textDocument": item}})
    took: list[float] = []
    for number in range(int(seconds / 0.030)):
        await asyncio.sleep(0.030)
        at = {"line": 500, "character": 5 + number}
        changes = [{"range": {"start": at, "end": at}, "text": "y"}]
        start = time.perf_counter()
        params = {"textDocument": {"uri": uri, "version": number + 2}, "contentChanges": changes}
        await send(server, {"method": "textDocument/didChange", "params": params})
        await ask(server, number + 2, "caretwise/nothing", {})
        took.append((time.perf_counter() - start) * 1000)
    await ask(server, 1_000_000, "shutdown", None)
    await send(server, {"method": "exit"})
    await asyncio.wait_for(server.wait(), 20)
    return took


async def send(server: asyncio.subprocess.Process, message: dict[str, Any]) -> None:
    assert server.stdin is not None
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    await server.stdin.drain()


async def ask(server: asyncio.subprocess.Process, number: int, method: str, params: Any) -> None:
    """Send a request and read on to its answer."""
    assert server.stdout is not None
    await send(server, {"id": number, "method": method, "params": params})
    while True:
        head = await asyncio.wait_for(server.stdout.readuntil(b"\r\n\r\n"), 20)
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        message = json.loads(await server.stdout.readexactly(length))
        if message.get("id") == number and "method" not in message:
            return


HEAD = (
    "| | files | 100 known after | all known after | CPU | memory | lateness p50 | p99 | most |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def row(title: str, runs: list[dict[str, float]]) -> str:
    found = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return (
        f"| {title} | {found['files']:.0f} | {found['hundred']:.2f} s | {found['whole']:.2f} s | {found['cpu']:.2f} s "
        f"| {found['megabytes']:.0f} MB | {found['p50']:.1f} ms | {found['p99']:.1f} ms | {found['most']:.1f} ms |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--downloads", type=Path, default=Path(tempfile.gettempdir(), "caretwise-benchmarks"))
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(asyncio.run(learn(*given.child))))
        return
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        root, cache = Path(scratch, "workspace"), Path(scratch, "cache")
        lines = make_workspace(given.downloads, root)
        cold: list[dict[str, float]] = []
        kept: list[dict[str, float]] = []
        for _ in range(RUNS):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(child(root, cache))
            kept.append(child(root, cache))
        size = sum(path.stat().st_size for path in cache.rglob("*.db")) / 1e6
        alone = asyncio.run(lateness_alone())
        first, *took = asyncio.run(type_into_server(root, Path(scratch, "home"), cold[0]["whole"] * 1.2))
    table = "\n".join((HEAD, row("cold", cold), row("kept", kept)))
    note = (
        f"{FILES:,} files of Django, {lines:,} lines; medians of {RUNS} runs; the kept index takes {size:.1f} MB on disk. "
        f"Typing into the server meanwhile ({len(took)} keys): p50 {statistics.median(took):.1f} ms, "
        f"p99 {percentile(took, 99):.1f} ms, most {max(took):.1f} ms; the first key, which waits until the session is open: "
        f"{first:.0f} ms. Alone: p50 {statistics.median(alone):.1f} ms, p99 {percentile(alone, 99):.1f} ms, "
        f"most {max(alone):.1f} ms. "
        f"The machine was shared: its load was {load:.1f} before and {os.getloadavg()[0]:.1f} after, on {os.cpu_count()} cores."
    )
    print(f"{table}\n\n{note}")
    if given.keep:
        keep_section(
            "Embedded engine: learning a workspace",
            f"`python tests/benchmarks/embedded_workspace.py --keep`\n\n{table}\n\n{note}",
        )


if __name__ == "__main__":
    main()
