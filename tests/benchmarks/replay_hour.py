"""An hour of work in a file of 2 MB and 50,000 lines, replayed without the user's pauses: does anything block the loop?

    python -m tests.benchmarks.replay_hour [--keep] [--keys 2000]

Typing with a request at every key (the one before is cancelled, as VS Code does), pasting 500 lines, undoing, saving,
opening a dozen files of 53 kB, code actions and fixes; in Python and in TypeScript, with a model on loopback and with the
embedded engine learning a project. The server runs with `--debug-loop`: every callback of more than 50 ms is logged, with the
processor time that it took. The log must be empty; the exit status is 1 when it is not.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.results import keep
from tests.benchmarks.server_process import ServerProcess, caretwise, environment, model_environment, place
from tests.doubles import ModelDouble
from tests.doubles.answers import prompt_text
from tests.doubles.behaviours import behaviour

TITLE = "A replayed hour in a file of 50,000 lines"
LINES = 50_000
BETWEEN_KEYS = 0.004
"""Seconds between keys that are not waited for: far faster than anybody types, slow enough to be keys one by one."""

LIMIT = 0.05
"""Seconds that a callback may take."""

SLOW = re.compile(r"Executing (.*) took ([\d.]+) seconds \(([\d.]+) of processor\)")

FUNCTIONS = {
    "python": (
        "def handle_{0}(values, weights):\n"
        '    """Weigh the values of group {0}, one by one."""\n'
        "    total = 0.0\n"
        "    for value, weight in zip(values, weights):\n"
        "        if value is None or weight is None:\n"
        "            continue\n"
        "        total += value * weight * {0} + len(values) * 0.5\n"
        "    return total / max(1, len(values))\n\n\n"
    ),
    "typescript": (
        "export function handle{0}(values: number[], weights: number[]): number {{\n"
        "  // Weigh the values of group {0}, one by one.\n"
        "  let total = 0;\n"
        "  for (let index = 0; index < values.length; index += 1) {{\n"
        "    if (values[index] === undefined) {{ continue; }}\n"
        "    total += values[index] * weights[index] * {0} + values.length * 0.5;\n"
        "  }}\n"
        "  return total / Math.max(1, values.length);\n"
        "}}\n\n"
    ),
}
ENDINGS = {"python": ".py", "typescript": ".ts"}
TYPED = {
    "python": "    for value, weight in zip(values, weights):\n        if value is None or weight is None:\n",
    "typescript": "  for (let index = 0; index < values.length; index += 1) {\n    total += values[index] * weights[index];\n",
}
WRONG = {"python": "    return width * heigth", "typescript": "    return width * heigth;"}
ANSWERS = (
    "compute_weighted_average(values, weights)",
    "total += value * weight",
    "return total",
    "x = [1, 2, 3]\ny = 2",
)


def code(language: str, lines: int, start: int = 0) -> str:
    """So many lines of functions, each with its own number."""
    function = FUNCTIONS[language]
    count = -(-lines // function.count("\n"))
    return "".join(function.format(start + number) for number in range(count))


def answer(body: Mapping[str, Any]) -> str:
    """What the model says: the fix where one is asked for, else one of a few ghosts."""
    prompt = prompt_text(body)
    if "SEARCH" in prompt:
        wrong = WRONG["typescript" if WRONG["typescript"] in prompt else "python"]
        return f"<<<<<<< SEARCH\n{wrong}\n=======\n{wrong.replace('heigth', 'height')}\n>>>>>>> REPLACE\n"
    return ANSWERS[len(prompt) % len(ANSWERS)]


@dataclass(slots=True)
class Outcome:
    """What came of a replay."""

    name: str
    keys: int = 0
    requests: int = 0
    ghosts: int = 0
    fixes: int = 0
    pastes: int = 0
    waits: list[float] = field(default_factory=list)
    slow: list[tuple[str, float, float]] = field(default_factory=list)
    cpu: float = 0.0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing was slow, and the work was really done."""
        return not self.slow and self.ghosts > 0 and self.fixes > 0

    def __str__(self) -> str:
        """A row of the table."""
        p99 = statistics.quantiles(self.waits, n=100)[98]
        longest = max((seconds for _, seconds, _ in self.slow), default=0.0)
        ours = sum(busy >= LIMIT for _, _, busy in self.slow)
        return (
            f"| {self.name} | {self.keys:,} | {self.requests:,} | {self.ghosts} | {self.pastes} | {self.fixes} "
            f"| {statistics.median(self.waits):.1f} / {p99:.1f} ms | {self.cpu:.0f} of {self.seconds:.0f} s "
            f"| {len(self.slow)}{f' (longest {longest * 1000:.0f} ms)' if self.slow else ''} | {ours} |"
        )


class Replay:
    """One user in one long file."""

    def __init__(self, server: ServerProcess, language: str, outcome: Outcome, seed: int) -> None:
        """The server has been initialized."""
        self.server, self.language, self.outcome = server, language, outcome
        self.random = random.Random(seed)
        self.name = "long" + ENDINGS[language]
        self.lines = LINES
        self.line, self.column = 0, 0
        self.pending: int | None = None

    def run(self, keys: int) -> None:
        """The hour."""
        self.server.open(self.name, code(self.language, LINES), self.language)
        for number in range(12):
            text = code(self.language, 1500 if self.language == "python" else 1300, 10_000 + number * 1000)[:53_000]
            self.server.open(f"other_{number}{ENDINGS[self.language]}", text, self.language)
        acts = [self.paste, self.save, self.fix, self.type_lines, self.type_lines, self.type_lines]
        self.type_lines()  # the first key, with a dozen documents that nobody has looked at
        number = 0
        while self.outcome.keys < keys:
            acts[number % len(acts)]()
            number += 1
        self.settle()

    def change(self, start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
        """A change, not sent yet."""
        return self.server.change(self.name, place(*start), place(*end), text)

    def key(self, character: str) -> None:
        """One character at the cursor, the request before it cancelled, a request behind it."""
        before = (
            [{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": self.pending}}] if self.pending else []
        )
        at = (self.line, self.column)
        before.append(self.change(at, at, character))
        if character == "\n":
            self.line, self.column, self.lines = self.line + 1, 0, self.lines + 1
        else:
            self.column += 1
        params = self.server.ghost_params(self.name, self.line, self.column)
        self.pending = self.server.begin("textDocument/inlineCompletion", params, *before)
        self.outcome.keys += 1
        self.outcome.requests += 1

    def settle(self) -> None:
        """Wait for the last request's answer."""
        if self.pending is not None:
            found = self.server.answer(self.pending).get("result") or {"items": []}
            self.outcome.ghosts += len(found["items"])
            self.pending = None

    def type_lines(self) -> None:
        """Two lines somewhere in the file; now and then the user waits for the answer."""
        self.line, self.column = self.random.randrange(self.lines), 0
        self.server.send(self.change((self.line, 0), (self.line, 0), "\n"))
        self.lines += 1
        self.outcome.waits.append(self.barrier())
        for number, character in enumerate(TYPED[self.language], start=1):
            self.key(character)
            time.sleep(BETWEEN_KEYS)
            if number % 16 == 0 or character in "\n=":
                self.settle()
                self.outcome.waits.append(self.barrier())
        self.settle()

    def barrier(self) -> float:
        """Milliseconds until a request that asks for nothing is answered."""
        start = time.perf_counter()
        self.server.barrier(self.name)
        return (time.perf_counter() - start) * 1000

    def paste(self) -> None:
        """500 lines in, a request, and out again."""
        line, pasted = self.random.randrange(self.lines), code(self.language, 500, 90_000)
        count = pasted.count("\n")
        self.server.send(self.change((line, 0), (line, 0), pasted))
        ghost = self.server.ghost_params(self.name, line + count, 0, invoked=True)
        self.server.request("textDocument/inlineCompletion", ghost)
        self.outcome.waits.append(self.barrier())
        self.server.send(self.change((line, 0), (line + count, 0), ""))
        self.outcome.waits.append(self.barrier())
        self.outcome.pastes += 1

    def save(self) -> None:
        """`didSave`, and a key behind it."""
        self.server.notify("textDocument/didSave", {"textDocument": {"uri": self.server.uri(self.name)}})
        self.outcome.waits.append(self.barrier())

    def fix(self) -> None:
        """A mistake, its diagnostic, the action, the fix, undone."""
        line = self.random.randrange(self.lines // 10) * 10
        opening = {
            "python": "def area(width, height):\n",
            "typescript": "function area(width: number, height: number) {\n",
        }
        closing = {"python": "\n\n", "typescript": "\n}\n"}
        text = opening[self.language] + WRONG[self.language] + closing[self.language]
        self.server.send(self.change((line, 0), (line, 0), text))
        span = {"start": place(line + 1, 19), "end": place(line + 1, 25)}
        diagnostic = {"range": span, "message": "undefined name 'heigth'", "severity": 1, "source": "checker"}
        where = {"textDocument": {"uri": self.server.uri(self.name)}, "range": span}
        actions = self.server.request("textDocument/codeAction", {**where, "context": {"diagnostics": [diagnostic]}})
        pending = self.server.begin("codeAction/resolve", actions[0])
        self.outcome.waits.append(self.barrier())
        resolved = self.server.answer(pending)["result"]
        self.outcome.fixes += bool(resolved.get("edit"))
        self.server.send(self.change((line, 0), (line + text.count("\n"), 0), ""))


def replay(language: str, *, embedded: bool, keys: int, folder: Path, base_url: str) -> Outcome:
    """One session; what the server logged is read when it has ended."""
    outcome = Outcome(f"{language}, {'embedded engine' if embedded else 'model on loopback'}")
    root = folder / outcome.name.replace(" ", "-").replace(",", "")
    project, log = root / "project", root / "log"
    project.mkdir(parents=True)
    more = {"CARETWISE_API_KEY": "sk-moonshot-test"} if embedded else model_environment(base_url)
    environ = environment(root / "home", **more)
    if embedded:
        # A model for fixes alone: ghost text then comes from the embedded engine, which learns these files meanwhile.
        config = root / "config.toml"
        config.write_text(
            f'fix = "kimi"\n[models.kimi]\nendpoint = "moonshot"\nbase_url = "{base_url}"\n'
            'model = "kimi-k2.6"\nkey_env = "BENCHMARK_KEY"\n'
        )
        environ |= {"CARETWISE_CONFIG": str(config), "BENCHMARK_KEY": environ.pop("CARETWISE_API_KEY")}
        for number in range(300):
            name = f"module_{number}{ENDINGS[language]}"
            (project / name).write_text(code(language, 300, number * 50))
    started = time.perf_counter()
    with ServerProcess(caretwise("--debug-loop"), environ, project, log) as server:
        server.initialize()
        Replay(server, language, outcome, seed=7).run(keys)
        outcome.cpu, outcome.seconds = server.cpu(), time.perf_counter() - started
    outcome.slow = [(match[1], float(match[2]), float(match[3])) for match in SLOW.finditer(log.read_text())]
    return outcome


def replays(keys: int, folder: Path, base_url: str) -> Iterator[Outcome]:
    """All four sessions."""
    for language in FUNCTIONS:
        for embedded in (False, True):
            yield replay(language, embedded=embedded, keys=keys, folder=folder, base_url=base_url)


def main() -> int:
    """Print the table and every slow callback; 1 when there was one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="write the table into RESULTS.md")
    parser.add_argument("--keys", type=int, default=2000, help="keys of each session")
    given = parser.parse_args()
    lines = [
        "| session | keys | requests | ghosts waited for | pastes of 500 lines | fixes | wait, p50 / p99 | processor | callbacks over 50 ms by the clock | of these with 50 ms of our own processor time |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    good = True
    with tempfile.TemporaryDirectory() as folder, ModelDouble(behaviour("moonshot", answerer=answer)) as double:
        for outcome in replays(given.keys, Path(folder), double.base_url):
            good &= outcome.good
            lines.append(str(outcome))
            print(outcome, flush=True)
            for what, seconds, busy in outcome.slow:
                print(f"  {seconds * 1000:.0f} ms, {busy * 1000:.0f} of processor: {what}", flush=True)
    if given.keep:
        keep(
            TITLE, "python -m tests.benchmarks.replay_hour --keep", "\n".join(lines), packages=("pygls", "tree-sitter")
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
