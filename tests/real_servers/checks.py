"""What every server is tried with. A check returns what was seen, and raises where that is not as it should be."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

import httpx2
from tests.real_servers.asking import CARET, Caretwise, Model, doctor, editor_session
from tests.real_servers.running import Server
from tests.real_servers.table import Table, expect

from caretwise.adapters.ports import Exchange
from caretwise.measure.event import Kind
from caretwise.models.failure import FailureKind
from caretwise.models.request import Request
from caretwise.repair.answer import Refusal

PLACES = (
    f"def mean(values):\n    total = sum(values)\n    return total / {CARET}\n",
    f"def area(width, height):\n    return width * {CARET}\n",
    f"names = ['a', 'b']\nfor name in names:\n    print({CARET})\n",
    f"class Point:\n    def __init__(self, x, y):\n        self.x = x\n        {CARET}\n",
    f"import json\n\ndef read(path):\n    with open(path) as file:\n        return json.{CARET}\n",
)
"""Places where a small code model knows how to go on."""

_BROKEN = "def area(width, height):\n    return width + height\n"
_IN_A_ROW = 40
"""Requests without a gap: a server that drops connections does so for one in ten or twenty of them."""


@dataclass
class Checks:
    """A server, a model on it as the user's configuration has it, and where the rows go."""

    name: str
    server: Server
    model: Model
    caretwise: Caretwise
    table: Table
    running_metric: str
    """The metric that counts the requests that are being worked on."""

    async def check(self, title: str, work: Callable[[], Awaitable[str]], *, seconds: float = 120) -> None:
        """One row of the table."""
        await self.table.check(self.name, title, work, seconds=seconds)

    def prompt(self, words: int) -> str:
        """A prompt that no server has seen, about so many words long."""
        return f"# {uuid.uuid4().hex}\n" + " ".join(_words(words))

    async def run(self) -> None:
        """Every check of this server, in an order that starts with what a user does."""
        raise NotImplementedError

    # -- suggestions and fixes, the whole way -----------------------------------------------------------------------

    async def over_stdio(self) -> str:
        """The server as editors start it: every place is asked for, none fails, nothing is said to the user."""
        session = await editor_session(self.model, PLACES)
        kinds = [event.kind for event in session.events]
        expect(not session.messages, f"the editor was told: {session.messages}")
        expect(Kind.FAILED not in kinds, f"of {len(PLACES)} requests {kinds.count(Kind.FAILED)} failed")
        returned = [event for event in session.events if event.kind is Kind.RETURNED]
        expect(len(returned) == len(PLACES), f"{len(returned)} of {len(PLACES)} requests came back")
        counted = [event for event in returned if event.prompt_tokens]
        first = sorted(event.first_token_ms for event in returned if event.first_token_ms is not None)
        shown = [repr(text if len(text) < 40 else f"{text[:39]}…") for text in session.ghosts if text]
        self.judge(session.ghosts)
        return (
            f"{len(returned)} of {len(PLACES)} answered, first token after {first[0]:.0f} to {first[-1]:.0f} ms, "
            f"{len(shown)} ghosts ({', '.join(shown) or 'the rules let nothing through'}); tokens counted for "
            f"{len(counted)} (a stream that was closed early has no counts)"
        )

    def judge(self, ghosts: list[str]) -> None:
        """Whether the ghosts are what this model should come to; a model with random weights may say anything."""

    async def doctor(self) -> str:
        """`caretwise doctor` finds nothing wrong."""
        status, lines = await doctor(self.model)
        faults = [line for line in lines if line.startswith("FAIL")]
        expect(status == 0, f"status {status}: {'; '.join(faults) or lines[-1:]}")
        good = [line.removeprefix("ok").strip() for line in lines if line.startswith("ok")]
        return "; ".join(line for line in good if not line.startswith("configuration"))

    async def fix(self) -> str:
        """A fix is asked for; what a small model makes of it is its own affair, that it arrives is ours."""
        found = await self.caretwise.fix(_BROKEN, "area should multiply the sides", 1, max_tokens=256)
        kinds = [event.kind for event in await self.caretwise.journal() if event.role == "fix"]
        expect(Kind.RETURNED in kinds and Kind.FAILED not in kinds, f"the journal has {kinds}: {found}")
        if isinstance(found, Refusal):
            return f"answered, and not offered: {found.reason}"
        return f"offered: {found.edits[0].new_text!r}"

    # -- the stream ---------------------------------------------------------------------------------------------------

    async def streamed(self) -> str:
        """An answer comes in parts, with counts of tokens and the model's name."""
        sizes: list[int] = []
        found = await self.caretwise.exchange(self.request(24), lambda text: bool(sizes.append(len(text))))
        expect(found.failure is None, f"{found.failure}")
        expect(len(sizes) > 3, f"the text came in {len(sizes)} parts")
        first = found.first_token_ms or 0.0
        expect(0 < first < found.total_ms, "the first token did not come before the end")
        usage = found.usage
        expect(usage.prompt and usage.completion, f"no counts of tokens: {usage}")
        expect((usage.completion or 99) <= 24, f"{usage.completion} tokens where 24 were allowed")
        return (
            f"{len(sizes)} parts, first after {first:.0f} ms, all after {found.total_ms:.0f} ms, "
            f"{usage.prompt} + {usage.completion} tokens, ended by {found.finish!r}"
        )

    async def stop(self) -> str:
        """A stop string ends the answer where it stands."""
        whole = await self.caretwise.exchange(_sure(self.request(24)))
        expect(len(whole.text.strip()) > 8, f"too little text to cut: {whole.text!r}, {whole.failure}")
        stop = _middle(whole.text)
        cut = await self.caretwise.exchange(_sure(self.request(24, stops=(stop,))))
        expect(cut.failure is None, f"{cut.failure}")
        expect(cut.text == whole.text[: whole.text.index(stop)], f"{cut.text!r} of {whole.text!r} with stop {stop!r}")
        return f"{stop!r} cut {len(whole.text)} characters to {len(cut.text)}, ended by {cut.finish!r}"

    async def cached(self) -> str:
        """The same long prompt once more: the server says how much of it it had kept."""
        request = self.request(4, text=self.prompt(500))
        cold, warm = await self.caretwise.exchange(request), await self.caretwise.exchange(request)
        expect(warm.failure is None and cold.failure is None, f"{cold.failure or warm.failure}")
        prompt, cached = warm.usage.prompt or 0, warm.usage.cached
        expect(prompt > 400, f"the prompt had {prompt} tokens")
        expect(cached is not None and cached > prompt // 2, f"{cached} of {prompt} tokens were kept")
        return (
            f"{cached} of {prompt} tokens kept; first token after {cold.first_token_ms or 0:.0f} ms, "
            f"then {warm.first_token_ms or 0:.0f} ms"
        )

    # -- connections ---------------------------------------------------------------------------------------------------

    async def hang_up(self) -> str:
        """Reading stops early, and the server stops writing."""
        found = await self.caretwise.exchange(self.request(2000), lambda text: len(text) > 30)
        since = time.monotonic()
        expect(found.finish == "enough", f"the answer ended by itself after {len(found.text)} characters: {found}")
        while await self.server.metric(self.running_metric):
            expect(time.monotonic() - since < 5, "the server still writes after 5 s")
            await asyncio.sleep(0.01)
        took = (time.monotonic() - since) * 1000
        return f"closed after {len(found.text)} characters of 2,000 tokens; {took:.0f} ms later the server was idle"

    async def in_a_row(self) -> str:
        """Many requests without a gap, each read to its end: none is lost, whatever becomes of the connection."""
        request = self.request(2)
        found = [await self.caretwise.exchange(request) for _ in range(_IN_A_ROW)]
        lost = [one.failure.sentence for one in found if one.failure is not None]
        bare = await self._bare_in_a_row(request)
        expect(not lost, f"{len(lost)} of {_IN_A_ROW} failed: {lost[:1]}")
        return f"0 of {_IN_A_ROW} lost; a bare client that does not try again lost {bare}"

    async def _bare_in_a_row(self, request: Request) -> int:
        lost = 0
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            for _ in range(_IN_A_ROW):
                try:
                    async with client.stream("POST", request.address, json=request.body) as answer:
                        async for _ in answer.aiter_bytes():
                            pass
                except httpx2.TransportError:
                    lost += 1
        return lost

    # -- refusals ------------------------------------------------------------------------------------------------------

    async def quiet(self) -> str:
        """The breaker and the notices: what the user was told in all, and what the server takes."""
        memory = self.server.resident_mb()
        said = [line for line in self.caretwise.said if "thinking" not in line]
        expect(not said, f"the user was told: {said}")
        return f"the user was told {self.caretwise.said or 'nothing'}; the server takes {memory or 0:,.0f} MB"

    async def too_long(self) -> str:
        """A prompt beyond the context is refused, and the user hears what to change."""
        found = await self.caretwise.exchange(self.request(4, text=self.prompt(20_000)))
        return self._failed_as(found, FailureKind.TOO_LONG)

    async def gone(self) -> str:
        """After the server has ended, a request fails at once."""
        found = await self.caretwise.exchange(self.request(4))
        return self._failed_as(found, FailureKind.OFFLINE)

    def _failed_as(self, found: Exchange, kind: FailureKind) -> str:
        expect(found.failure is not None, f"it was answered: {found.text[:80]!r}")
        assert found.failure is not None
        expect(found.failure.kind is kind, f"{found.failure.kind.value}: {found.failure.sentence}")
        return f"after {found.total_ms:.0f} ms: {found.failure.sentence}"

    def request(self, tokens: int, *, text: str = "", stops: tuple[str, ...] = ()) -> Request:
        """A request for about so many tokens; the text is one that the model goes on from."""
        return self.caretwise.request(text or "Write a long story about a server.", tokens, stops=stops)


def _sure(request: Request) -> Request:
    """The same request without chance: asked twice, it is answered alike."""
    return replace(request, body={**request.body, "temperature": 0.0})


def _middle(text: str) -> str:
    """Two to six visible characters behind the middle that are there only once up to their place."""
    starts = [start for start in range(len(text) // 2, len(text)) if text[start].strip()]
    parts = (text[start : start + size] for start in starts for size in (2, 3, 4, 6))
    return next((part for part in parts if text.index(part) >= len(text) // 2), text)


def _words(count: int) -> Iterator[str]:
    some = ("the", "server", "keeps", "what", "it", "computed", "for", "a", "prompt", "and", "uses", "it", "again")
    return (some[number % len(some)] for number in range(count))
