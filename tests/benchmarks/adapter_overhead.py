"""What our adapter adds to a stream: against bare httpx2 in the same run, in turns, on loopback.

    python tests/benchmarks/adapter_overhead.py [--rounds N] [--keep]

Three ways read the same streams of a host in a process of its own: httpx2 alone (lines, JSON, the text of each chunk), our
adapter, and the openai package's own reader behind our client. The goals are ratios of one run: at most 3 ms more
to the first token at the median, at most three times the processor time for a chunk. Exit status 1 when one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import httpx2  # noqa: E402
import openai  # noqa: E402
from tests.benchmarks.results import keep  # noqa: E402

from caretwise.adapters.endpoint import OpenAIEndpoint  # noqa: E402
from caretwise.adapters.resources import catalog  # noqa: E402
from caretwise.models.catalog import ModelChoice  # noqa: E402
from caretwise.models.profile import Profile, Role  # noqa: E402
from caretwise.models.request import Ask, Request, build  # noqa: E402

KEY = "sk-moonshot-test"
CHUNKS = 100
CHARACTERS = 4
"""In each chunk, as the loopback host cuts them."""

PROMPT = "value = total(items)\n" * 285
"""6 kB, as an inline request has."""

MOST_ADDED_MS, MOST_RATIO = 3.0, 3.0


@dataclass(slots=True)
class Measured:
    """One way of reading: ms to the first token, and processor ms for a chunk, one of each for a round."""

    first_ms: list[float] = field(default_factory=list)
    chunk_ms: list[float] = field(default_factory=list)


Way = Callable[[], Awaitable[float]]
"""Reads one stream; returns the moment of the first text, of `time.perf_counter()`."""


def bare(client: httpx2.AsyncClient, request: Request) -> Way:
    """httpx2 and `json` alone, no guard, no typed errors."""

    async def read() -> float:
        first, text = 0.0, ""
        address = request.profile.base_url + request.path
        async with client.stream("POST", address, json=request.body, headers={"authorization": f"Bearer {KEY}"}) as one:
            async for line in one.aiter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                choices = json.loads(line[6:])["choices"]
                piece = choices[0]["delta"].get("content") if choices else None
                if piece:
                    first = first or time.perf_counter()
                    text += piece
        assert len(text) == CHUNKS * CHARACTERS, len(text)
        return first

    return read


def ours(adapter: OpenAIEndpoint, request: Request) -> Way:
    """The adapter as the server uses it."""

    async def read() -> float:
        first = 0.0

        def on_text(_: str) -> bool:
            nonlocal first
            first = first or time.perf_counter()
            return False

        exchange = await adapter.exchange(request, on_text, seconds=30)
        assert exchange.failure is None, exchange.failure
        assert len(exchange.text) == CHUNKS * CHARACTERS
        return first

    return read


def package(client: openai.AsyncOpenAI, request: Request) -> Way:
    """The openai package with its own decoding of events, into plain objects."""

    async def read() -> float:
        first = 0.0
        stream: Any = await client.post(
            request.path, cast_to=object, body=request.body, stream=True, stream_cls=openai.AsyncStream[object]
        )
        async with stream:
            async for event in stream:
                if event["choices"] and event["choices"][0]["delta"].get("content"):
                    first = first or time.perf_counter()
        return first

    return read


async def one(way: Way, measured: Measured) -> None:
    """One stream, measured."""
    gc.collect()
    cpu, since = time.process_time(), time.perf_counter()
    first = await way()
    measured.chunk_ms.append((time.process_time() - cpu) * 1000 / CHUNKS)
    measured.first_ms.append((first - since) * 1000)


async def measure(base_url: str, rounds: int) -> dict[str, Measured]:
    """All three in turns, after two rounds that do not count."""
    profile = catalog().resolve(ModelChoice("measured", "kimi-k2.6", base_url, "moonshot"))
    assert isinstance(profile, Profile)
    request = build(profile, Ask(Role.INLINE, messages=(("user", PROMPT),), max_tokens=160))
    adapter = OpenAIEndpoint(lambda _: KEY)
    plain = httpx2.AsyncClient(timeout=30)
    library = openai.AsyncOpenAI(api_key=KEY, base_url=base_url, max_retries=0)
    ways = {"httpx2": bare(plain, request), "caretwise": ours(adapter, request), "openai": package(library, request)}
    found = {name: Measured() for name in ways}
    try:
        for _ in range(2):
            for way in ways.values():
                await way()
        for turn in range(rounds):
            names = list(ways)
            for name in names[turn % 3 :] + names[: turn % 3]:
                await one(ways[name], found[name])
    finally:
        await adapter.close()
        await plain.aclose()
        await library.close()
    return found


def host(pace: int, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The loopback host in its own process, writing `pace` tokens a second (0: as fast as it can); and its address."""
    answers = folder / "answers.json"
    rule = {"contains": [], "answer": ("abcd" * CHUNKS)}
    answers.write_text(json.dumps([rule]))
    command = [sys.executable, str(ROOT / "tests/doubles/serve.py"), "--as", "moonshot", "--answers", str(answers)]
    command += ["--tokens-per-second", str(pace)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().removeprefix("listening on ").strip()


def table(pace: int, found: dict[str, Measured]) -> tuple[list[str], list[str]]:
    """The rows, and the goals that were missed."""
    base = found["httpx2"]
    cpu = statistics.median(base.chunk_ms)
    rows: list[str] = []
    missed: list[str] = []
    for name, one in found.items():
        first, chunk = statistics.median(one.first_ms), statistics.median(one.chunk_ms)
        # Round by round: what else the machine does falls on neighbours alike.
        added = statistics.median(mine - bare for mine, bare in zip(one.first_ms, base.first_ms, strict=True))
        rows.append(
            f"| {f'{pace} tokens/s' if pace else 'all at once'} | {name} | {first:.2f} | {added:+.2f} "
            f"| {chunk * 1000:.0f} | {chunk / cpu:.2f} |"
        )
        if name == "caretwise":
            missed += [f"{added:.2f} ms added to the first token"] * (added > MOST_ADDED_MS)
            missed += [f"{chunk / cpu:.2f} x the processor time"] * (chunk / cpu > MOST_RATIO)
    return rows, missed


def main() -> int:
    """Measure at two paces, print, keep when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, help="streams all at once; a tenth of them paced")
    parser.add_argument("--keep", action="store_true", help="write the table into RESULTS.md")
    options = parser.parse_args()
    lines = [
        "| stream | client | first token, ms | added, ms | CPU for a chunk, µs | ratio |",
        "|---|---|---|---|---|---|",
    ]
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for pace in (0, 100):
            process, base_url = host(pace, Path(folder))
            try:
                found = asyncio.run(measure(base_url, options.rounds if pace == 0 else max(5, options.rounds // 10)))
            finally:
                assert process.stdin is not None
                process.stdin.close()
                process.wait(10)
            rows, wrong = table(pace, found)
            lines += rows
            missed += wrong
    lines.append(
        f"\nMedians of {options.rounds} rounds in turns (paced: a tenth); {CHUNKS} chunks, a prompt of {len(PROMPT)} characters."
    )
    print("\n".join(lines))
    print("missed: " + "; ".join(missed) if missed else "Both goals are met.")
    if options.keep:
        keep(
            "What the adapter adds to a stream",
            "python -m tests.benchmarks.adapter_overhead --keep",
            "\n".join(lines),
            packages=("openai", "httpx2"),
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
