"""Typing 30 characters at 80 ms against a model of known speed: when is a suggestion there, and what does it cost?

    python -m tests.benchmarks.typing_replay [--keep] [--quick]

The real server on stdio, a model on loopback that writes 100 tokens a second (four code points each) after a given time to
the first token. 29 of the 30 keys leave something to suggest; a key counts when the rest of the line was there before the
next key. The file has 10,000 lines. Each row is a new server with an empty home; `wrong again` is the model that is always
wrong, after it has been wrong once in the session. With `--quick` one style and clients that cancel; else both styles, with
and without client cancels. The exit status is 1 when a goal is missed. On a machine that others work on, run it with
real-time priority (`chrt -r 5 python -m ...`): the figures are milliseconds of waiting.
"""

from __future__ import annotations

import argparse
import itertools
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.results import keep
from tests.benchmarks.server_process import caretwise, environment, model_environment, place
from tests.benchmarks.session_speed import python_text
from tests.benchmarks.typist import Said, Typist
from tests.doubles import ModelDouble
from tests.doubles.answers import Body, pieces_of
from tests.doubles.behaviours import behaviour
from tests.doubles.exchange import Exchange
from tests.doubles.pace import Timed

TITLE = "Typing replay"
PACKAGES = ("pygls", "lsprotocol", "openai", "tree-sitter")
KEY_SECONDS = 0.080
TARGET = "total = combine(first, second)"
"""What is typed: 30 characters."""

WRONG = "zz_never_meant(wrong)"
"""What a model says that is always wrong: no key of the target leads to it."""

INDENT = "    "
NAME, LINES, AT = "big.py", 10_000, 5_002
TOKENS_PER_SECOND = 100
FIRST_TOKENS = (50, 200, 800, 2500)
REST_AFTER = 20
"""Where an answer takes longer than the whole line, the typist stops after so many characters and looks at the screen."""

LEAST_SHOWN = {("fim", 50): 28, ("fim", 200): 26, ("snippet", 50): 27, ("snippet", 200): 25}
"""A chat model writes a fence and the beginning of the line once more before anything new: three tokens, 30 ms, one key."""

MARGIN_MS = 15.0
PATIENCE = 12.0
"""Seconds that the last answer is waited for."""

_WAITED = re.compile(r"waited (\d+) ms")


class Clocked:
    """A pace that notes when each piece of each answer went out (`time.monotonic()`)."""

    def __init__(self, first_token_ms: float) -> None:
        """The first piece after so many ms, the others at the benchmark's speed."""
        self._pace = Timed(first_token_ms, TOKENS_PER_SECOND)
        self.sent: dict[int, list[float]] = {}

    async def before(self, index: int, exchange: Exchange) -> None:
        """Wait, and note the time."""
        await self._pace.before(index, exchange)
        self.sent.setdefault(id(exchange.request), []).append(time.monotonic())


class Oracle:
    """What the model says: the line that will be typed, or something that never will be."""

    def __init__(self, style: str, *, right: bool) -> None:
        """`style` is "fim" or "snippet"."""
        self._style, self.right = style, right

    def __call__(self, body: Body) -> str:
        """The answer to a request."""
        if self._style == "fim":
            line = str(body["prompt"]).rpartition("\n")[2]
            return self._rest(line) + "\n"
        shown = str(body["messages"][-1]["content"])
        line = shown.rpartition("\n</before>")[0].rpartition("\n")[2]
        return f"```\n{line}{self._rest(line)}\n```"

    def _rest(self, line: str) -> str:
        return (INDENT + TARGET).removeprefix(line) if self.right else WRONG

    def usable(self, answer: str) -> int:
        """The piece of an answer with which its first line is whole."""
        breaks = 1 if self._style == "fim" else 2
        text = ""
        for index, piece in enumerate(pieces_of(answer)):
            text += piece
            if text.count("\n") >= breaks:
                return index
        return len(pieces_of(answer)) - 1


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: what is replayed."""

    case: str
    style: str
    first_token_ms: int
    cancels: bool

    def __str__(self) -> str:
        """For people."""
        cancels = "cancels" if self.cancels else "no cancels"
        return f"{self.case}, {self.style}, {self.first_token_ms} ms, {cancels}"


@dataclass(slots=True)
class Outcome:
    """What came of a row. Times in ms; None where there is nothing to measure."""

    setting: Setting
    shown: int = 0
    right: int = 0
    requests: int = 0
    latencies: list[float] = field(default_factory=list)
    after_line: float | None = None
    """From the first usable line to the suggestion for the text as it was then."""
    waited: float | None = None
    """How long typing was let come to rest before the last request."""
    last: float | None = None
    """From the last key to its suggestion."""
    endpoint: float | None = None
    """From the last request at the model to its first usable line."""
    faults: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Note each goal that is missed."""
        setting = self.setting
        if setting.case == "right":
            least = LEAST_SHOWN.get((setting.style, setting.first_token_ms), 0)
            self._must(self.shown >= least, f"shown on {self.shown}, not {least}")
            self._must(self.requests <= (2 if least else 1), f"{self.requests} requests")
            late = self.after_line is None or self.after_line > MARGIN_MS
            self._must(not late, f"{_ms(self.after_line)} after the usable line")
        elif setting.case == "shown":
            self._must(self.shown == 29 and self.right == 29, f"shown on {self.shown}, right on {self.right}")
            self._must(self.requests == 0, f"{self.requests} requests")
            self._must(bool(self.latencies) and statistics.median(self.latencies) <= 3.0, "p50 over 3 ms")
        else:
            self._must(self.requests <= 8, f"{self.requests} requests")
            self._must(self.last is not None, "no suggestion for the last state")
            if self.last is not None and self.endpoint is not None:
                most = (self.waited or 0.0) + self.endpoint + MARGIN_MS
                self._must(self.last <= most, f"last state after {self.last:.0f}, not {most:.0f} ms")

    def _must(self, so: bool, fault: str) -> None:
        if not so:
            self.faults.append(fault)

    def __str__(self) -> str:
        """The row in Markdown."""
        setting = self.setting
        p50 = f"{statistics.median(self.latencies):.1f}" if self.latencies else "-"
        return (
            f"| {setting.case} | {setting.style} | {setting.first_token_ms} | {'yes' if setting.cancels else 'no'} "
            f"| {self.shown} ({self.right}) | {self.requests} | {p50} | {_ms(self.after_line)} "
            f"| {_ms(self.last)} = {_ms(self.waited)} + {_ms(self.endpoint)} + {_ms(self._over)} "
            f"| {'; '.join(self.faults) or 'met'} |"
        )

    @property
    def _over(self) -> float | None:
        if self.last is None or self.endpoint is None:
            return None
        return self.last - (self.waited or 0.0) - self.endpoint


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


HEAD = (
    "| model | style | first token ms | client cancels | shown before the next key (exact) | requests | answer p50 ms "
    "| after the usable line ms | last key to suggestion = rest + model + ours, ms | goals |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


class Replay:
    """One server, one model, one line that is typed."""

    def __init__(self, typist: Typist, double: ModelDouble, pace: Clocked, oracle: Oracle, setting: Setting) -> None:
        """The server is initialized and the file is open."""
        self._typist, self._double, self._pace, self._oracle = typist, double, pace, oracle
        self._setting = setting
        self._asked: list[tuple[int, float]] = []

    def run(self) -> Outcome:
        """Type, look, count."""
        outcome = Outcome(self._setting)
        if self._setting.case in {"shown", "wrong again"}:
            number = self._typist.ask(NAME, AT, len(INDENT))
            self._typist.wait(number, PATIENCE)
        before = len(self._double.requests)
        typed = self._type()
        rest = self._typist.wait(self._asked[-1][0], PATIENCE)
        outcome.requests = len(self._double.requests) - before
        self._count(outcome, typed)
        self._measure(outcome, rest)
        outcome.judge()
        return outcome

    def _type(self) -> int:
        """Press the keys; returns how many."""
        slow = self._setting.case == "right" and self._setting.first_token_ms > len(TARGET) * KEY_SECONDS * 1000
        count = REST_AFTER if slow else 29 if self._setting.case == "shown" else len(TARGET)
        start = time.monotonic()
        for index in range(count):
            time.sleep(max(0.0, start + index * KEY_SECONDS - time.monotonic()))
            column = len(INDENT) + index
            change = self._typist.change(NAME, place(AT, column), place(AT, column), TARGET[index])
            if self._setting.cancels and self._asked:
                self._typist.cancel(self._asked[-1][0])
            at = time.monotonic()
            self._asked.append((self._typist.ask(NAME, AT, column + 1, change), at))
        return count

    def _count(self, outcome: Outcome, typed: int) -> None:
        for index, (number, at) in enumerate(self._asked[:29]):
            said = self._typist.said.get(number)
            end = self._asked[index + 1][1] if index + 1 < typed else at + KEY_SECONDS
            if said is not None and said.text and said.at <= end:
                outcome.shown += 1
                outcome.right += said.text == TARGET[index + 1 :]
                outcome.latencies.append((said.at - at) * 1000)

    def _measure(self, outcome: Outcome, rest: Said | None) -> None:
        requests = self._double.requests
        if not requests:
            return
        wrong = not self._oracle.right
        usable = self._usable(requests[0])
        if self._setting.case == "right" and usable is not None:
            first = next((said for said in self._answers() if said.text), None)
            outcome.after_line = (first.at - usable) * 1000 if first is not None else None
        if wrong and rest is not None and rest.text:
            usable = self._usable(requests[-1])
            outcome.last = (rest.at - self._asked[-1][1]) * 1000
            outcome.endpoint = (usable - requests[-1].time) * 1000 if usable is not None else None
            waited = _WAITED.findall(str(self._typist.request_now("workspace/executeCommand", EXPLAIN)))
            outcome.waited = sum(map(float, waited))

    def _answers(self) -> Iterator[Said]:
        """Answers in the order in which they came."""
        return iter(
            sorted((self._typist.said[n] for n, _ in self._asked if n in self._typist.said), key=lambda s: s.at)
        )

    def _usable(self, request: Any) -> float | None:
        sent = self._pace.sent.get(id(request), [])
        index = self._oracle.usable(self._oracle(request.json))
        return sent[index] if index < len(sent) else None


EXPLAIN = {"command": "caretwise.explainLast", "arguments": []}


@contextmanager
def session(folder: Path, setting: Setting) -> Iterator[Replay]:
    """A server with the file open, and its model."""
    oracle = Oracle(setting.style, right=not setting.case.startswith("wrong"))
    pace = Clocked(setting.first_token_ms)
    name = "codestral" if setting.style == "fim" else "moonshot"
    model = {"model": "codestral-latest", "key": "sk-test"} if setting.style == "fim" else {}
    (folder / "project").mkdir(parents=True)
    with ModelDouble(behaviour(name, answerer=oracle, pace=pace, **model)) as double:
        environ = environment(folder / "home", **_model(setting, double))
        with Typist(caretwise(), environ, folder / "project", folder / "log") as typist:
            typist.initialize()
            lines = python_text(LINES).split("\n")
            lines[AT] = INDENT
            typist.open(NAME, "\n".join(lines))
            typist.quiet()
            typist.listen()
            yield Replay(typist, double, pace, oracle, setting)


def _model(setting: Setting, double: ModelDouble) -> dict[str, str]:
    if setting.style == "snippet":
        return model_environment(double.base_url)
    return {"CARETWISE_BASE_URL": double.base_url, "CARETWISE_MODEL": "codestral-latest",
            "CARETWISE_ENDPOINT": "codestral", "CARETWISE_API_KEY": "sk-test"}  # fmt: skip


def settings(*, quick: bool) -> list[Setting]:
    """The rows."""
    styles, cancels = (("fim",), (True,)) if quick else (("fim", "snippet"), (True, False))
    rows = itertools.product(("right", "shown", "wrong", "wrong again"), styles, FIRST_TOKENS, cancels)
    return [Setting(*row) for row in rows if not (row[0] == "shown" and row[2] != FIRST_TOKENS[0])]


def main() -> int:
    """Run the benchmark."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    arguments.add_argument("--quick", action="store_true", help="one style, clients that cancel")
    arguments.add_argument("--only", default="", help="rows whose name holds this")
    options = arguments.parse_args()
    outcomes: list[Outcome] = []
    print(HEAD, end="")
    with tempfile.TemporaryDirectory() as folder:
        for number, setting in enumerate(settings(quick=options.quick)):
            if options.only in str(setting):
                with session(Path(folder) / str(number), setting) as replay:
                    outcomes.append(replay.run())
                print(outcomes[-1], flush=True)
    missed = sum(bool(outcome.faults) for outcome in outcomes)
    print(f"\n{len(outcomes) - missed} of {len(outcomes)} rows meet their goals.")
    if options.keep:
        command = "chrt -r 5 python -m tests.benchmarks.typing_replay --keep"
        keep(TITLE, command, HEAD + "\n".join(map(str, outcomes)), packages=PACKAGES)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
