"""What context costs: the time it adds to a suggestion, and what the index of a workspace takes while somebody types.

    python -m tests.benchmarks.context_speed [--keep] [--quick]

The workspace is 2,000 files of Python's own library and installed packages, copied. The server is a real process over
stdio, a model stands on loopback and answers at once. *Added* is what passes between a request and the suggestion, less what
the model's host takes (from the whole request there to the end of its answer) and less the time that typing had to rest: the
wait that the engine chose, as `caretwise.explainLast` tells it. Who asks for a suggestion by hand does not wait so,
and the index has 300 ms. Beside each stands the same without any code of other files, taken in the same minute, and the
processor time of the server (threads and all) from the key to the answer, which a busy machine moves less. Each request is
for another region, below the ones that were left unfinished before: harder than what people do. *Key by key* is one line
after the other in one place, at 80 ms a key. The exit status is 1 when a goal is not met.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import re
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.results import keep
from tests.benchmarks.server_process import ServerProcess, caretwise, environment, model_environment, place
from tests.benchmarks.session_speed import Row, python_text
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.double import Ended
from tests.doubles.exchange import Received

from caretwise.adapters.index import WorkspaceIndex
from caretwise.context.place import place as place_in
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import split_lines

TITLE = "Context speed"
FILES = 2_000
TYPED = "total = self.value("
TYPED_SECONDS = 0.08
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


class Host:
    """When the model's host had the last request, and when it had answered (seconds of `time.monotonic`)."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked = self.answered = 0.0

    def begin(self, received: Received) -> None:
        """A request is there, whole."""
        self.asked = received.time

    def end(self, _: Ended) -> None:
        """Its answer has been written."""
        self.answered = time.monotonic()


def waited(server: ServerProcess) -> float:
    """Milliseconds that the last request waited for typing to rest."""
    told = server.request("workspace/executeCommand", {"command": "caretwise.explainLast", "arguments": []})
    found = re.search(r"waited (\d+) ms", told)
    return float(found[1]) if found is not None else 0.0


def long_text(paths: Sequence[Path], lines: int) -> str:
    """So many lines of code that people wrote, out of several files."""
    found: list[str] = []
    for path in paths:
        found += split_lines(path.read_text("utf-8", "replace"))
        if len(found) >= lines:
            return "".join(found[:lines])
    raise ValueError("there are not that many lines")


def added(
    folder: Path, home: Path, double: ModelDouble, host: Host, texts: Mapping[str, str], *, shots: int, related: int
) -> dict[bool, tuple[list[float], float]]:
    """Milliseconds that we add to a suggestion behind a dot: while typing (False), asked for by hand (True).

    With each the median of the milliseconds of processor time that the server takes from the key to the answer.

    Each of the documents is asked in nine lines below the last time, further than what was found for a region counts.
    `related` are the tokens that code of other files may take; 0 switches it off.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(f"related_tokens = {related}\n")
    taken: dict[bool, list[float]] = {False: [], True: []}
    spent: dict[bool, list[float]] = {False: [], True: []}
    environ = environment(home, CARETWISE_CONFIG=str(home / "config.toml"), **model_environment(double.base_url))
    names = list(texts)
    with ServerProcess(caretwise(), environ, folder, home / "log") as server:
        server.initialize()
        for name in names:
            server.open(name, texts[name])
        server.barrier(names[0])
        server.quiet(most=120)  # the index is built
        for shot in range(2 * shots):
            # By hand last, and on their own: the further candidates that are asked for then take their time.
            invoked = shot >= shots
            name = names[shot % len(names)]
            lines = texts[name].count("\n")
            line = (lines // 2 + shot // len(names) * 9) % lines
            text = f"    shown_{shot} = self."
            edit = server.change(name, place(line, 0), place(line, 0), text + "\n")
            used, since = server.cpu(), time.monotonic()
            ghost = server.ghost(name, line, len(text), edit, invoked=invoked)
            until = time.monotonic()
            spent[invoked].append((server.cpu() - used) * 1000)
            if ghost and host.asked > since:
                rest = 0.0 if invoked else waited(server)
                taken[invoked].append((host.asked - since + until - max(host.asked, host.answered)) * 1000 - rest)
            time.sleep(0.05)
    if any(len(some) < shots * 0.8 for some in taken.values()):
        sys.exit(f"only {len(taken[False])} and {len(taken[True])} of {shots} requests each led to a suggestion")
    return {invoked: (sorted(some), statistics.median(spent[invoked])) for invoked, some in taken.items()}


def key_by_key(
    folder: Path, home: Path, double: ModelDouble, host: Host, name: str, text: str, *, lines: int
) -> tuple[list[float], float]:
    """Milliseconds that we add while lines are typed in the middle of a document, for the keys that a model was asked for;
    with the median of the milliseconds of processor time that those take.
    """
    taken: list[float] = []
    spent: list[float] = []
    environ = environment(home, **model_environment(double.base_url))
    with ServerProcess(caretwise(), environ, folder, home / "log") as server:
        server.initialize()
        server.open(name, text)
        server.barrier(name)
        server.quiet(most=120)
        for line in range(text.count("\n") // 2, text.count("\n") // 2 + lines):
            server.barrier(name, server.change(name, place(line, 0), place(line, 0), "        \n"))
            for column, sign in enumerate(TYPED, 8):
                edit = server.change(name, place(line, column), place(line, column), sign)
                used, since = server.cpu(), time.monotonic()
                ghost = server.ghost(name, line, column + 1, edit)
                until, cpu = time.monotonic(), (server.cpu() - used) * 1000
                if ghost and host.asked > since:
                    between = until - max(host.asked, host.answered)
                    taken.append((host.asked - since + between) * 1000 - waited(server))
                    spent.append(cpu)
                time.sleep(max(0.0, since + TYPED_SECONDS - time.monotonic()))
    if not taken:
        sys.exit("nothing was asked while lines were typed")
    return sorted(taken), statistics.median(spent)


def typed_rows(top: Path, folder: Path, what: str, name: str, text: str, double: ModelDouble, host: Host) -> list[Row]:
    """What is added key by key; nobody set a goal for it."""
    found, used = key_by_key(folder, top / f"{folder.name}-typed", double, host, name, text, lines=6)
    middle, late = statistics.median(found), found[int(len(found) * 0.95)]
    told = f"{middle:.1f} ms, p95 {late:.1f} ms, of {len(found)} keys; {used:.1f} ms of the processor"
    return [Row(f"added {what}, key by key, median", told, "", middle, math.inf, "ms")]


def added_rows(
    top: Path,
    what: str,
    folder: Path,
    texts: Mapping[str, str],
    double: ModelDouble,
    host: Host,
    *,
    shots: int,
    goal: float,
) -> list[Row]:
    """What is added with and without code of other files, while typing and by hand; the goal is for typing.

    The goal of a whole workspace is for the 95th of a hundred, that of a long file for the middle one.
    """
    with_it, without = (
        added(folder, top / f"{folder.name}-{len(texts)}-{related}", double, host, texts, shots=shots, related=related)
        for related in (1_000, 0)
    )
    rows: list[Row] = []
    which, share = ("median", 0.5) if len(texts) == 1 else ("p95", 0.95)
    for invoked, how in ((False, "while typing"), (True, "asked for by hand")):
        found, bare = (some[invoked][0][int(len(some[invoked][0]) * share)] for some in (with_it, without))
        used = f"{with_it[invoked][1]:.1f} ms of the processor"
        most = goal if not invoked else math.inf
        limit = f"{most:.0f} ms" if math.isfinite(most) else ""
        rows.append(
            Row(
                f"added {what}, {how}, {which}",
                f"{found:.1f} ms, without {bare:.1f} ms; {used}",
                limit,
                found,
                most,
                "ms",
            )
        )
    return rows


def main() -> int:
    """Measure; 1 when a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--quick", action="store_true", help="fewer shots")
    given = parser.parse_args()
    shots = 20 if given.quick else 100
    rows: list[Row] = []
    answering = behaviour("moonshot", answerer=lambda _: "mean(values)")
    host = Host()
    with (
        tempfile.TemporaryDirectory() as temporary,
        ModelDouble(answering, on_request=host.begin, on_end=host.end) as double,
    ):
        top = Path(temporary)
        folder = top / "library"
        copies = workspace(folder, FILES)
        count, size = len(copies), sum(path.stat().st_size for path in copies) / 1e6
        asked = copies[:: max(1, count // shots)][:shots]
        made, note = asyncio.run(index_cost(folder, asked, [path.read_text("utf-8", "replace") for path in asked]))
        rows += made
        rows.append(keys_meanwhile(folder, top / "typing", double.base_url, "typed.py"))
        small = top / "small"
        for path in copies[:60]:
            (small / path.name).parent.mkdir(exist_ok=True)
            (small / path.name).write_bytes(path.read_bytes())
        long = {"long.py": long_text(copies, 10_000)}
        several = {
            path.relative_to(folder).as_posix(): path.read_text("utf-8", "replace")
            for path in [path for path in copies if 10_000 < path.stat().st_size < 60_000][:: count // 12][:6]
        }
        whole = f"in a workspace of {count:,} files ({size:.0f} MB)"
        for what, where, texts, goal in (
            ("in a file of 10,000 lines", small, long, 10.0),
            (whole, folder, several, 30.0),
            (f"in such a file {whole}", folder, long, math.inf),
        ):
            rows += added_rows(top, what, where, texts, double, host, shots=shots, goal=goal)
        for what, where in (("in a file of 10,000 lines", small), (f"in such a file {whole}", folder)):
            rows += typed_rows(top, where, what, "long.py", long["long.py"], double, host)
    table = [
        f"| {one.what} | {one.ours} | {one.theirs} | {('yes' if one.met else '**no**') if math.isfinite(one.limit) else ''} |"
        for one in rows
    ]
    body = "\n".join(["| what | measured | at most | met |", "|---|---|---|---|", *table, "", note])
    print(body)
    if given.keep:
        keep(TITLE, "python -m tests.benchmarks.context_speed --keep", body)
    return 0 if all(one.met for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
