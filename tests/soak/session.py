"""A long session from start to end: the plan, the work, the samples."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.clock import MOVES, Clock
from tests.soak.editor import Editor
from tests.soak.host import FAULTS, Network
from tests.soak.samples import Latency, Sample
from tests.soak.typist import MEMORY, MODEL, Counts, Page, Typist, source
from tests.soak.typist_alone import EMBEDDED, LonelyTypist

_CLEAN = ("CARETWISE_", "OPENAI_", "MOONSHOT_", "XDG_", "DO_NOT_TRACK")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a session is. `breaks`: how often each fault of the network comes; `every`: seconds between samples.

    Without a `model` the embedded engine answers: there is no network to break, and nothing is fixed.
    """

    keystrokes: int
    completions: int
    files: int
    breaks: int
    every: float
    seed: int = 1
    model: bool = True

    @property
    def kinds(self) -> tuple[str, str]:
        """Where the answers come from."""
        return (MEMORY, MODEL if self.model else EMBEDDED)


LONG = Plan(keystrokes=50_000, completions=5_000, files=500, breaks=5, every=1.0)
SHORT = Plan(keystrokes=500, completions=50, files=10, breaks=1, every=0.2)
LONG_ALONE = Plan(keystrokes=20_000, completions=1_500, files=200, breaks=0, every=1.0, model=False)
SHORT_ALONE = Plan(keystrokes=300, completions=40, files=10, breaks=0, every=0.02, model=False)


@dataclass
class Outcome:
    """Everything that came of a session."""

    plan: Plan
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)
    samples: list[Sample] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    grown: list[tuple[str, int, int]] = field(default_factory=list)
    """Types with many more objects at the end than after the warm-up."""
    requests: int = 0
    wrong: list[str] = field(default_factory=list)


class Session:
    """Runs one plan in a folder of its own. `progress` is told the part (0 to 1) that is done."""

    def __init__(self, plan: Plan, folder: Path, progress: Callable[[float], None]) -> None:
        self._plan, self._folder, self._progress = plan, folder, progress
        self._rng = random.Random(plan.seed)
        self._root = folder / "project"
        self._network, self._clock = Network(), Clock(folder / "clock")
        self._editor = Editor(folder / "census")
        typist = Typist if plan.model else LonelyTypist
        self._typist = typist(self._editor, self._root, self._rng, lambda: None)
        self._outcome = Outcome(plan, counts=self._typist.counts)
        self._paces: collections.deque[float] = collections.deque(maxlen=15)
        self._moves = list(MOVES)
        self._warm: dict[str, int] = {}
        self._since = 0.0

    async def run(self) -> Outcome:
        """All of it. Raises only when the server ends or leaves a request unanswered."""
        self._make_project()
        self._network.up()
        sampler: asyncio.Task[None] | None = None
        try:
            await self._editor.start(self._root, self._environment(), self._folder / "log")
            self._since = time.monotonic()
            quiet = await self._first()
            sampler = asyncio.create_task(self._sample_on())
            await self._work()
            self._outcome.seconds = time.monotonic() - self._since
            await self._come_to_rest(quiet)
        finally:
            if sampler is not None:
                sampler.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sampler
            status = await self._editor.stop()
            self._network.down()
        self._end(status)
        return self._outcome

    # -- before and after ------------------------------------------------------------------------------------------

    def _make_project(self) -> None:
        (self._root / ".git").mkdir(parents=True)
        for number in range(self._plan.files):
            self._file(number).write_text(source(number, self._rng))
        (self._folder / "config.toml").write_text("debounce_ms = 5\n")

    def _file(self, number: int) -> Path:
        return self._root / f"module_{number:04}.py"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_CLEAN)}
        own = {
            "HOME": str(self._folder),
            "CARETWISE_CACHE_DIR": str(self._folder / "cache"),
            "CARETWISE_STATE_DIR": str(self._folder / "state"),
            "CARETWISE_CONFIG": str(self._folder / "config.toml"),
            "SOAK_CLOCK": str(self._clock.file),
        }
        model = {
            "CARETWISE_BASE_URL": self._network.base_url,
            "CARETWISE_MODEL": "kimi-k2.6",
            "CARETWISE_ENDPOINT": "moonshot",
            "CARETWISE_API_KEY": "sk-moonshot-test",
        }
        return {**kept, **own, **(model if self._plan.model else {})}

    async def _first(self) -> int:
        """The first suggestion, for which the client library is imported; how many tasks there are then, at rest."""
        page = await self._typist.open(self._file(0).name)
        await self._typist.recover(page, 30)
        self._typist.close(page)
        self._typist.counts.opened = self._typist.counts.closed = 0
        return await self._at_rest(0, seconds=1)

    async def _at_rest(self, wanted: int, *, seconds: float = 3) -> int:
        """How many tasks there are when nothing is going on; waits so long for at most `wanted`."""
        fewest, until = 10**6, time.monotonic() + seconds
        while fewest > wanted and time.monotonic() < until:
            fewest = min(fewest, (await self._editor.census())["tasks"])
            await asyncio.sleep(0.1)
        return fewest

    async def _come_to_rest(self, quiet: int) -> None:
        self._typist.close_all()
        tasks = await self._at_rest(quiet)
        if tasks > quiet:
            names = (await self._editor.census())["names"]
            self._outcome.wrong.append(f"{tasks} tasks at rest, {quiet} at the start: {names}")
        types: dict[str, int] = (await self._editor.census(types=True))["types"]
        grown = [(name, self._warm.get(name, 0), now) for name, now in types.items()]
        self._outcome.grown = sorted((one for one in grown if one[2] > one[1] + 1000), key=lambda one: one[1] - one[2])

    def _end(self, status: int) -> None:
        outcome, wrong = self._outcome, self._outcome.wrong
        wrong += outcome.counts.wrong[:20]
        outcome.requests = self._network.requests
        usual = statistics.median(one.pace for one in outcome.latencies) if outcome.latencies else 1.0
        outcome.latencies = [
            Latency(one.seconds, one.part, one.kind, one.ms, one.pace / usual) for one in outcome.latencies
        ]
        if status != 0:
            wrong.append(f"the server ended with status {status}")
        if self._editor.unknown:
            wrong.append(f"{self._editor.unknown} answers to nothing")
        log = (self._folder / "log").read_text(errors="replace")
        wrong += [f"in the log: {line}" for line in log.splitlines() if "ERROR" in line or "Traceback" in line][:5]
        counted, accepted = self._counted(), outcome.counts.accepted
        if counted != accepted:
            wrong.append(f"the journal counts {counted} accepted suggestions of {accepted}")

    def _counted(self) -> int:
        command = [sys.executable, "-P", "-m", "caretwise", "report", "--json"]
        # The clock was set forward on the way, and all is to be counted: the report is made behind that.
        late = self._folder / "late"
        late.write_text(str(time.time() + max(offset for _, offset, _ in MOVES)))
        env = {**self._environment(), "CARETWISE_TEST_CLOCK": str(late)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
        rows = json.loads(done.stdout)["models"]
        return sum(row["accepted"] for row in rows if row["role"] == "inline")

    # -- the work --------------------------------------------------------------------------------------------------

    @property
    def _part(self) -> float:
        plan, counts = self._plan, self._typist.counts
        done = (counts.keystrokes / plan.keystrokes, counts.completions / plan.completions, counts.opened / plan.files)
        return min(1.0, *done)

    async def _work(self) -> None:
        plan, typist = self._plan, self._typist
        faults = [fault for _ in range(plan.breaks) for fault in FAULTS]
        for number in range(plan.files):
            page = await typist.open(self._file(number).name)
            wanted = plan.completions * (number + 1) / plan.files
            while typist.counts.completions < wanted and len(self._outcome.counts.wrong) < 20:
                await typist.complete(page)
                self._note_latencies()
            await self._other_things(page, number)
            # Spread over the middle of the run: it begins and ends in calm.
            if faults and number / plan.files > 0.9 * (1 - len(faults) / (plan.breaks * len(FAULTS))) + 0.05:
                await self._break(page, faults.pop(0))
            self._turn_clock()
        page = await typist.open(self._file(0).name)
        while typist.counts.keystrokes < plan.keystrokes:
            await typist.complete(page)
            self._note_latencies()

    async def _other_things(self, page: Page, number: int) -> None:
        if number % 4 == 1:
            self._typist.replace_all(page)
        if number % 3 == 1:
            self._typist.save(page)
        if number % 10 == 5 and self._plan.model:
            await self._typist.fix(page)

    async def _break(self, page: Page, fault: str) -> None:
        self._network.fail(fault)
        for _ in range(3):
            await self._typist.ask_in_vain(page, patience=0.5)
        self._network.up()
        # Somebody has to notice that it is back; meanwhile the stream that hung is given up.
        await asyncio.sleep(0.5)
        took = await self._typist.recover(page, 15)
        self._typist.counts.took.clear()
        if took is not None:
            self._outcome.recoveries.append((fault, took))

    def _turn_clock(self) -> None:
        while self._moves and self._part >= self._moves[0][0]:
            self._clock.set(self._moves.pop(0)[1])

    # -- measuring -------------------------------------------------------------------------------------------------

    def _note_latencies(self) -> None:
        pace = statistics.median(self._paces) if self._paces else 1.0
        at = time.monotonic() - self._since
        took, part = self._typist.counts.took, self._part
        self._outcome.latencies += [Latency(at, part, kind, seconds * 1000, pace) for kind, seconds in took]
        took.clear()
        self._progress(part)

    async def _sample_on(self) -> None:
        while True:
            self._paces.append(_fixed_work())
            types = not self._warm and self._part >= 0.2
            census = await self._editor.census(types=types)
            if types:
                self._warm = census["types"]
            self._outcome.samples.append(self._sample(census))
            await asyncio.sleep(self._plan.every)

    def _sample(self, census: dict[str, Any]) -> Sample:
        return Sample(
            time.monotonic() - self._since, self._part, census["resident"] / 2**20, census["descriptors"],
            census["threads"], census["tasks"], census["cpu"],
        )  # fmt: skip


def _fixed_work() -> float:
    """Seconds that a fixed piece of work takes now: how fast the machine is, whoever else uses it."""
    since = time.perf_counter()
    sum(number * number for number in range(60_000))
    return time.perf_counter() - since
