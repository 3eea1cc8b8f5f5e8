"""What writing an event costs the event loop: from the decision to record until the loop goes on.

    python tests/benchmarks/event_write.py [--events 20000] [--keep]

An asyncio loop makes an event with its checks, hands it to the journal and goes on, 500 times a second for a while and
once as fast as it can; the journal's thread writes to a real file meanwhile. A server writes a few events a second.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from caretwise.adapters.journal import Journal
from caretwise.measure.event import Event, Kind

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.results import keep

COMMAND = "python tests/benchmarks/event_write.py --keep"


def one(number: int) -> Event:
    """An event as full as they come."""
    return Event(
        at=time.time(), kind=Kind.SHOWN, suggestion=f"s{number}", role="inline", model="moonshotai/Kimi-K2.6",
        model_asked="moonshotai/Kimi-K2.6", model_answered="kimi", endpoint="vllm", host="gpu-box:8000", style="snippet",
        template="snippet 3", thinking=False, arm="kimi", language="python", origin="network", characters=41, lines=2,
        first_token_ms=210.5, total_ms=480.25, prompt_tokens=2100, completion_tokens=19, cached_tokens=1800,
        document="0" * 16, cost_usd=0.0004, user="1" * 16, block="2" * 16, experiment="two", propensity=0.5,
        editor="Neovim", syntax="line_end", evidence="notice", shown_ms=560.0, visible_ms=900.0,
    )  # fmt: skip


async def written(journal: Journal, events: int, pause: float) -> tuple[list[float], list[float]]:
    """Microseconds that each event held the loop: by the clock, and of the loop's own processor time."""
    took: list[float] = []
    used: list[float] = []
    for number in range(events):
        begun, spent = time.perf_counter(), time.thread_time()
        journal.record(one(number))
        used.append((time.thread_time() - spent) * 1e6)
        took.append((time.perf_counter() - begun) * 1e6)
        await asyncio.sleep(pause)
    return took, used


def main() -> None:
    """Run, print, and keep the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    lines = [
        "| pace | measured | events | p50 µs | p90 µs | p99 µs | most µs | dropped |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, events, pause in (("500 a second", asked.events // 4, 0.002), ("without a pause", asked.events, 0.0)):
        with tempfile.TemporaryDirectory() as folder:
            journal = Journal.open(Path(folder) / "state", on_problem=lambda _, sentence: print(sentence))
            found = asyncio.run(written(journal, events, pause))
            journal.close()
        for clock, values in zip(("by the clock", "processor time"), map(sorted, found), strict=True):
            shares = " | ".join(f"{values[int(len(values) * share)]:.0f}" for share in (0.5, 0.9, 0.99))
            lines.append(f"| {name} | {clock} | {events:,} | {shares} | {values[-1]:.0f} | {journal.dropped:,} |")
            print(lines[-1], flush=True)
    if asked.keep:
        keep("Writing an event", COMMAND, "\n".join(lines))


if __name__ == "__main__":
    main()
