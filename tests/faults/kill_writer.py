"""Kills a process that writes to the journal, at random moments, and looks for everything that it had acknowledged.

    python tests/faults/kill_writer.py --kills 50 [--seed N]

One file outlives all of it. Half of the writers are killed while they start (also while they make or open the file),
half while they write; in every second round another process writes to the same journal all the time. An entry counts
as acknowledged when `Journal.flush` has said so and the writer has printed its number. Exit status 1 when one is lost.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from caretwise.adapters.journal import read_events

WRITER = """
import sys, time
from pathlib import Path
from caretwise.adapters.journal import Journal
from caretwise.measure.event import Event, Kind
folder, name = Path(sys.argv[1]), sys.argv[2]
print("started", flush=True)
journal = Journal.open(folder, on_problem=lambda cause, sentence: print("problem", cause, flush=True))
number = 0
while True:
    batch = [f"{name}-{number + n}" for n in range(1 + number % 4)]
    for one in batch:
        journal.record(Event(at=time.time(), kind=Kind.SHOWN, suggestion=one, role="inline", model="kimi"))
    number += len(batch)
    if journal.flush():
        print("kept", *batch, flush=True)
"""
PATIENCE = 30.0  # seconds; far above what anything here takes


@dataclass
class Found:
    """What a run has seen."""

    kills: int = 0
    before_any: int = 0
    """Writers that were killed before they had acknowledged anything."""
    acknowledged: set[str] = field(default_factory=set)
    problems: Counter[str] = field(default_factory=Counter)


class Writer:
    """A process that writes until it is killed."""

    def __init__(self, folder: Path, name: str) -> None:
        command = [sys.executable, "-c", WRITER, str(folder), name]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.started = self.process.stdout.readline() == "started\n"

    def wait_for_first(self) -> str:
        """The first line after `started`."""
        return self.process.stdout.readline()

    def kill(self, found: Found, first: str = "") -> None:
        """SIGKILL; what it had printed whole until then is taken in."""
        self.process.kill()
        printed = first + self.process.stdout.read()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        kept: set[str] = set()
        for line in printed.split("\n")[:-1]:
            word, *rest = line.split(" ")
            if word == "kept":
                kept.update(rest)
            else:
                found.problems[" ".join(rest)] += 1
        found.kills += 1
        found.before_any += not kept
        found.acknowledged |= kept


def check(folder: Path, found: Found) -> None:
    """Everything acknowledged is there, once; nothing was set aside. Raises AssertionError."""
    events = read_events(folder)
    stored = Counter(event.suggestion for event in events)
    lost = found.acknowledged - stored.keys()
    assert not lost, f"{len(lost)} acknowledged entries are lost, {sorted(lost)[:5]} among them"
    assert max(stored.values(), default=1) == 1, "an entry is there twice"
    assert events.skipped == 0
    assert not list(folder.glob("*corrupt*")), "the journal was taken for a damaged one"


def run(folder: Path, kills: int, seed: int) -> Found:
    """Kill `kills` writers, and look after each. Raises AssertionError."""
    chance, found = random.Random(seed), Found()
    other: Writer | None = None
    for number in range(kills):
        if number % 2 and other is None:
            other = Writer(folder, f"other{number}")
        elif not number % 2 and other is not None:
            other.kill(found)
            other = None
        writer = Writer(folder, f"writer{number}")
        first = writer.wait_for_first() if chance.random() < 0.5 else ""
        # A start takes some 10 ms, a write less than one; a whole transaction is hit in each of its steps.
        time.sleep(chance.uniform(0, 0.03))
        writer.kill(found, first)
        check(folder, found)
    if other is not None:
        other.kill(found)
    check(folder, found)
    return found


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder) / "state", options.kills, options.seed)
    print(f"{found.kills} kills, {found.before_any} of them before anything was acknowledged")
    print(f"{len(found.acknowledged)} entries were acknowledged, none is lost; trouble told: {dict(found.problems)}")


if __name__ == "__main__":
    main()
