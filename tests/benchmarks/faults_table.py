"""What each fault of a model's host comes to for the user: the real server on stdio, a broken host on loopback.

    python tests/benchmarks/faults_table.py [--only NAME ...] [--keep]

For each fault a new server, which first gets one right answer (what it imports and learns is then no growth) and then one
suggestion from the broken host. The table says what the user sees, how long the answer took, how much the server's memory
grew at its peak, how many requests the host got, and how the connection ended as the host saw it. Exit status 1 when a
condition is broken: inside the deadline, connection closed, less than 50 MB of growth, two requests at the most, one message,
the key in no output (stdout, stderr, journal, cache).
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.results import keep  # noqa: E402
from tests.benchmarks.server_process import (  # noqa: E402
    ServerProcess,
    caretwise,
    environment,
    frames,
    model_environment,
)
from tests.doubles import ModelDouble  # noqa: E402
from tests.doubles.behaviours import behaviour  # noqa: E402
from tests.doubles.faults import FAULTS  # noqa: E402
from tests.doubles.redirects import Redirect307  # noqa: E402

from caretwise.engine.model_walk import AUTOMATIC_SECONDS  # noqa: E402

KEY = model_environment("")["CARETWISE_API_KEY"]
MOST_MB, MOST_REQUESTS = 50.0, 2
CLOSED_SECONDS = 3.0
"""A connection that nobody needs any more is closed after this time at the latest."""

REFUSE, COLD = "refuse", "hang, first request of all"
NAMES = (*FAULTS, REFUSE, COLD)

HARMLESS = {
    "null_content",
    "content_filter",
    "tool_calls",
    "list_content",
    "bidi",
    "escape_characters",
    "lone_surrogate",
}
"""The answer came and holds nothing to show, or parts of it may not be shown: no reason to trouble anybody."""

QUIET = HARMLESS | {COLD}
"""Faults without a message. A model that has never answered may be loading: the status says so."""

TEXT = "def area(width, height):\n    return "


@dataclass(slots=True)
class Row:
    """What one fault came to."""

    name: str
    ghost: str = ""
    messages: list[str] = field(default_factory=list[str])
    status: str = ""
    ms: float = 0.0
    grown_mb: float = 0.0
    requests: int = 0
    elsewhere: int = 0
    """Requests that reached the address of a redirect."""
    ended: str = ""
    """How the connection ended; empty: it is still open."""
    leaks: list[str] = field(default_factory=list[str])

    def broken(self) -> list[str]:
        """The conditions that do not hold."""
        most_messages = 0 if self.name in QUIET else 1
        return [
            *[f"answered after {self.ms:.0f} ms"] * (self.ms > AUTOMATIC_SECONDS * 1000),
            *["connection open"] * (not self.ended),
            *[f"grown by {self.grown_mb:.0f} MB"] * (self.grown_mb >= MOST_MB),
            *[f"{self.requests} requests"] * (self.requests > MOST_REQUESTS),
            *[f"{self.elsewhere} requests after a redirect"] * (self.elsewhere > 0),
            *[f"{len(self.messages)} messages"] * (len(self.messages) != most_messages),
            *[f"the key is in {leak}" for leak in self.leaks],
        ]

    def __str__(self) -> str:
        """The row in Markdown."""
        shown = f"ghost text `{self.ghost}`" if self.ghost else "no ghost text"
        said = " ".join(self.messages) or (f"{shown}; status: {self.status}" if self.name == COLD else shown)
        cells = (self.name, said, f"{self.ms:.0f}", f"{self.grown_mb:.1f}", str(self.requests), self.ended or "OPEN")
        return "| " + " | ".join(cells) + " |"


def one(name: str, folder: Path) -> Row:
    """One fault, through a server of its own."""
    row, home, project = Row(name), folder / "home", folder / "project"
    project.mkdir()
    broken = behaviour("hang" if name in {REFUSE, COLD} else name)
    with contextlib.ExitStack() as stack:
        double = stack.enter_context(ModelDouble(broken))
        environ = environment(home, **model_environment(double.base_url))
        log = folder / "stderr"
        server = stack.enter_context(ServerProcess(caretwise(), environ, project, log))
        server.initialize()
        if name != COLD:
            double.behaviour = behaviour("moonshot")
            server.open("before.py", TEXT + "\n")
            assert server.ghost("before.py", 1, 11), "the right answer did not come"
            double.wait_until(lambda it: len(it.ended) == len(it.requests))
            double.behaviour = broken
        server.open("a.py", "import math\n\n\n" + TEXT + "\n")
        server.quiet()
        if name == REFUSE:
            double.stop()
        measured(row, server, double, ends_by_itself=name != COLD)
        if isinstance(broken, Redirect307):
            row.elsewhere = len(broken.elsewhere.requests)
        server.barrier("a.py")
        stack.pop_all().close()
    seen(row, server.notifications, double.port)
    row.leaks = list(leaks(frames(*server.notifications, *server.answers), [log, *home.rglob("*")]))
    return row


def measured(row: Row, server: ServerProcess, double: ModelDouble, *, ends_by_itself: bool) -> None:
    """Ask once, and see what that does to time, memory and connections."""
    before, earlier = server.resident(), len(double.requests)
    server.forget_peak()
    since = time.perf_counter()
    row.ghost = server.ghost("a.py", 4, 11)
    row.ms = (time.perf_counter() - since) * 1000
    if not ends_by_itself:
        # The stream goes on for whoever asks next; with the document nobody is left.
        server.notify("textDocument/didClose", {"textDocument": {"uri": server.uri("a.py")}})
        server.open("a.py", "")
    if row.name == REFUSE:
        row.ended = "none was made"
    else:
        with contextlib.suppress(TimeoutError):
            double.wait_until(lambda it: len(it.ended) == len(it.requests), CLOSED_SECONDS)
            last = double.ended[-1]
            by = "closed by us" if last.hung_up else ("answered whole" if last.complete else "broken off by the host")
            row.ended = f"{by} after {last.after_ms:.0f} ms"
    server.barrier("a.py")
    row.grown_mb = max(0.0, server.peak() - before)
    row.requests = len(double.requests) - earlier


def seen(row: Row, notifications: list[dict[str, Any]], port: int) -> None:
    """What the editor was told: messages, and the status at the end."""
    for one in notifications:
        said = str(one.get("params", {}).get("message", "")).replace(f"127.0.0.1:{port}", "HOST")
        said = re.sub(r"\s+", " ", said).replace("|", "/")
        if one["method"] == "window/showMessage":
            row.messages.append(said)
        elif one["method"] == "caretwise/status":
            row.status = said


def leaks(stdout: bytes, paths: list[Path]) -> Iterator[str]:
    """Where the key was written."""
    if KEY.encode() in stdout:
        yield "stdout"
    for path in paths:
        if path.is_file() and KEY.encode() in path.read_bytes():
            yield path.name


def main() -> int:
    """Measure, print, keep when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help="these faults alone")
    parser.add_argument("--keep", action="store_true", help="write the table into RESULTS.md")
    options = parser.parse_args()
    lines = [
        "| fault | what the user sees | ms | memory at its peak, MB more | requests | connection |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    wrong: list[str] = []
    for name in options.only or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            row = one(name, Path(folder))
        lines.append(str(row))
        print(row, flush=True)
        wrong += [f"{name}: {fault}" for fault in row.broken()]
    lines.append(
        f"\nHOST stands for the address. Conditions: answered within {AUTOMATIC_SECONDS:.0f} s; connection closed; less than "
        f"{MOST_MB:.0f} MB; {MOST_REQUESTS} requests at the most; one message for a failure, none for the "
        f"{len(QUIET)} others; the key in no output. "
        + ("Broken: " + "; ".join(wrong) if wrong else f"All hold for all {len(options.only or NAMES)}.")
    )
    print(lines[-1])
    if options.keep:
        keep(
            "Faults of a model's host",
            "python tests/benchmarks/faults_table.py --keep",
            "\n".join(lines),
            packages=("openai", "httpx2", "pygls"),
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
