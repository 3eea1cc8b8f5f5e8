"""Does our context help a real model? A small code model on llama.cpp's server, asked with and without it.

Usage: python tests/benchmarks/real_model.py --server PATH/llama-server --model PATH/model.gguf [--holes N] [--keep]

Each hole (the rest of a line, or a line; in pinned releases of projects that nothing was tuned on) is asked for twice
by the engine that the editor uses: with code of other files (`--related-tokens`), and without (0). Nothing else differs. The
body that the engine makes goes to `/infill` as it is, but for temperature 0 and no time limit; what comes back goes through
the engine's own reading of streams and rules.

- exact match: the ghost text is what stood there.
- bits per byte: the bits the model needs for what stood there and the line end after it, given the very same prompt:
  the server writes it under a grammar that allows nothing else and gives each token's log-probability before that grammar.

Both are paired; the intervals are bootstraps over files. No line that was taken out and stands nowhere else may be in a
prompt; the run fails if one is. What the server said is kept in `--answers`, by request, so that an ended run goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench_projects import HELD_OUT, own_language, texts_of
from embedded_kept import keep_section
from llama_server import bits_for, serving, written

from caretwise.adapters.configured_models import resolve_models
from caretwise.adapters.ports import Exchange
from caretwise.adapters.settings import Loaded, ModelSettings, Settings
from caretwise.bench.answer import Answer
from caretwise.bench.compare import difference, matches
from caretwise.bench.holes import Hole, mine
from caretwise.cli.bench_arms import Arm, arms_of
from caretwise.cli.bench_run import Plan, run
from caretwise.models.chunk import Usage

T = TypeVar("T")

PIECE = 4
BUSY_MS = 300
"""What looks for context gets the time that typing rests: enough of it, so that a busy machine changes nothing."""


def body_key(body: dict) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass
class Played:
    """An endpoint that notes each body, and answers with what is known for it."""

    asked: list[tuple[dict, Callable[[str], bool]]]
    known: dict[str, tuple[str, str]]

    async def exchange(self, request, on_text: Callable[[str], bool], *, seconds: float, first_seconds=0.0) -> Exchange:
        self.asked.append((dict(request.body), on_text))
        text, finish = self.known.get(body_key(request.body), ("", "stop"))
        for end in range(PIECE, len(text) + PIECE, PIECE):
            if on_text(text[:end]):
                text, finish = text[:end], "enough"
                break
        return Exchange(text, finish, None, Usage(), request.profile.model, 0.0, 0.0)

    async def list_models(self, profile, *, seconds: float) -> list[str]:
        return []

    async def close(self) -> None:
        pass


@dataclass
class Asked:
    """A request body, what tells when its answer is enough, and what the engine made of the answer."""

    body: dict
    enough: Callable[[str], bool]
    answer: Answer


def arms(context_tokens: int, related_tokens: int) -> tuple[Arm, Arm]:
    model = ModelSettings(model="qwen2.5-coder", endpoint="llamacpp", base_url="http://127.0.0.1:9/v1")
    settings = Settings(
        inline="local", models={"local": model}, cache=False, context_tokens=context_tokens, debounce_ms=BUSY_MS
    )
    loaded = Loaded(settings=settings, looked_for=Path("none"))
    assert not resolve_models(loaded)[1]
    none, ours = arms_of(("local:related_tokens=0", f"local:related_tokens={related_tokens}"), loaded)
    return none, ours


def ask_all(arm: Arm, groups, known: dict[str, tuple[str, str]]) -> dict[str, Asked]:
    """What was asked for each hole, and its answer; `known` are texts, and why they ended, by body."""
    found: dict[str, Asked] = {}
    for title, (files, holes) in groups.items():
        played = Played([], known)

        def keep(answer: Answer, trace, title=title, played=played) -> None:
            if answer.leak:
                sys.exit(f"{title}: the prompt for {answer.hole} shows {answer.leak!r}")
            if played.asked:
                found[f"{title} {answer.hole}"] = Asked(*played.asked.pop(), answer)
            played.asked.clear()

        plan = Plan((arm,), holes, files, endpoint=lambda _, played=played: played)
        asyncio.run(run(plan, lambda _a, _h: False, keep, lambda sentence: print(sentence, file=sys.stderr)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", type=Path, required=True, help="llama-server")
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file of a Qwen2.5-Coder model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--holes", type=int, default=110)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--context-tokens", type=int, default=500)
    parser.add_argument("--related-tokens", type=int, default=800)
    parser.add_argument("--downloads", type=Path, default=Path(tempfile.gettempdir(), "caretwise-benchmarks"))
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="ask the server for so long, then use what is there"
    )
    parser.add_argument("--answers", type=Path, help="where the server's answers are kept")
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    given = parser.parse_args()
    groups = holes_of(given)
    count = sum(len(holes) for _, holes in groups.values())
    none, ours = arms(given.context_tokens, given.related_tokens)
    print(f"{count} holes in {len(groups)} projects; making the requests", flush=True)
    requests = {arm.name: ask_all(arm, groups, {}) for arm in (none, ours)}
    answers = given.answers or given.downloads / "real-model-answers.jsonl"
    known = asyncio.run(on_a_loop(lambda: ask_server(given, groups, requests, answers)))
    texts = {key: (entry["text"], entry["finish"]) for (key, _), entry in known.items()}
    replies = {arm.name: ask_all(arm, groups, texts) for arm in (none, ours)}
    report(given, none.name, ours.name, groups, replies, known)


def holes_of(given) -> dict[str, tuple[dict[str, str], tuple[Hole, ...]]]:
    groups = {}
    for index, release in enumerate(HELD_OUT):
        share = given.holes * (index + 1) // len(HELD_OUT) - given.holes * index // len(HELD_OUT)
        files = texts_of(release, given.downloads)
        draw = random.Random(given.seed).randrange
        found = mine(own_language(files, release), share * 3, draw, kinds=("tail", "line"), per_file=1)
        # A line that stands elsewhere too may be in a prompt by right: it proves nothing.
        groups[release.title] = (files, tuple(hole for hole in found if hole.witnesses)[:share])
    return groups


async def on_a_loop(work: Callable[[], T]) -> T:
    """Do work that waits for nothing where the engine's own tests for "enough" find the loop that they run on."""
    return work()


def ask_server(given, groups, requests, path: Path) -> dict[tuple[str, str], dict]:
    """The server's answer by body and truth, from the file where it is there already."""
    known: dict[tuple[str, str], dict] = {}
    model = hashlib.sha256(given.model.name.encode()).hexdigest()[:12]
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["model"] == model:
                known[entry["key"], entry["truth"]] = entry
    truths = {f"{title} {hole.id}": hole.answer + "\n" for title, (_, holes) in groups.items() for hole in holes}
    turns = {f"{title} {hole.id}": at for title, (_, holes) in groups.items() for at, hole in enumerate(holes)}
    # Each project in its turn, both arms of a hole together: a run that is ended early has something of everything.
    order = sorted(truths, key=lambda name: turns[name])
    jobs = [(found[name], truths[name]) for name in order for found in requests.values() if name in found]
    missing = [(asked, truth) for asked, truth in jobs if (body_key(asked.body), truth) not in known]
    print(f"{len(jobs) - len(missing)} of {len(jobs)} answers are there already", flush=True)
    if not missing:
        return known
    with path.open("a", encoding="utf-8") as file, serving(given.server, given.model, given.threads) as base:
        since = time.monotonic()
        for number, (asked, truth) in enumerate(missing, 1):
            if time.monotonic() - since > given.seconds:
                break
            text, finish = written(base, asked.body, asked.enough)
            bits, tokens = bits_for(base, asked.body, truth)
            entry = {"model": model, "key": body_key(asked.body), "truth": truth, "text": text, "finish": finish}
            entry |= {"bits": bits, "bytes": len(truth.encode()), "prompt_tokens": tokens}
            known[entry["key"], truth] = entry
            file.write(json.dumps(entry) + "\n")
            file.flush()
            print(f"\r{number}/{len(missing)} {time.monotonic() - since:.0f} s", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return known


def report(given, none, ours, groups, replies, known) -> None:
    truths = {f"{title} {hole.id}": hole.answer + "\n" for title, (_, holes) in groups.items() for hole in holes}
    left = ""
    both = [
        name
        for name, truth in truths.items()
        if all(name in replies[arm] and (body_key(replies[arm][name].body), truth) in known for arm in (none, ours))
    ]
    if len(both) < len(truths):
        left = (
            f"{len(truths) - len(both)} of {len(truths)} holes are not answered for both (--seconds) and are left out."
        )
        print(left)
    draw = random.Random(given.seed).randrange
    clusters = [name.rsplit(":", 3)[0] for name in both]
    exact = {arm: [replies[arm][name].answer.exact for name in both] for arm in (none, ours)}
    first = {arm: [replies[arm][name].answer.first_line for name in both] for arm in (none, ours)}
    entries = {arm: [known[body_key(replies[arm][name].body), truths[name]] for name in both] for arm in (none, ours)}
    bits = {arm: [entry["bits"] / entry["bytes"] for entry in entries[arm]] for arm in (none, ours)}
    lines = [
        "| context | holes | exact match | first line | bits per byte | prompt tokens (median) |",
        "|---|---|---|---|---|---|",
    ]
    for title, arm in (("none", none), ("ours", ours)):
        tokens = statistics.median(entry["prompt_tokens"] for entry in entries[arm])
        lines.append(
            f"| {title} | {len(both)} | {100 * sum(exact[arm]) / len(both):.1f} % | {100 * sum(first[arm]) / len(both):.1f} % "
            f"| {statistics.fmean(bits[arm]):.3f} | {tokens:.0f} |"
        )
    pair = matches(exact[none], exact[ours])
    found = {
        "exact match": difference(*([float(x) for x in exact[arm]] for arm in (none, ours)), clusters, draw),
        "first line": difference(*([float(x) for x in first[arm]] for arm in (none, ours)), clusters, draw),
        "bits per byte": difference(bits[none], bits[ours], clusters, draw),
    }
    lines.append("")
    lines.append(
        f"Exact match: only with context {pair.second_only}, only without {pair.first_only}, McNemar p = {pair.p:.4f}."
    )
    for name, one in found.items():
        says = "excludes" if one.excludes_zero else "includes"
        low, high = (one.interval.low, one.interval.high) if one.interval else (math.nan, math.nan)
        lines.append(f"Difference in {name}: {one.mean:+.3f}, 95 % {low:+.3f} to {high:+.3f}: {says} zero.")
    for language in ("py", "ts"):
        chosen = [i for i, name in enumerate(both) if name.rsplit(":", 3)[0].endswith(language)]
        if chosen:
            change = statistics.fmean(bits[ours][i] - bits[none][i] for i in chosen)
            lines.append(f"Of these, *.{language}: {len(chosen)} holes, bits per byte {change:+.3f}.")
    lines += [left] if left else []
    lines.append(
        f"No prompt showed a line that was taken out. Window {given.context_tokens} tokens, other files {given.related_tokens}."
    )
    print("\n".join(lines))
    if given.keep:
        command = f"`python tests/benchmarks/real_model.py --server llama-server --model {given.model.name} --holes {given.holes} --keep`"
        projects = ", ".join(groups)
        keep_section(
            "A real model, with and without our context", command + f"\n\nProjects: {projects}.\n\n" + "\n".join(lines)
        )


if __name__ == "__main__":
    main()
