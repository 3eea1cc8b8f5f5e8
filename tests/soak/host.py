"""The model's host in a long session: it answers, and at times refuses, hangs, cuts, fails or asks for a pause."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.doubles import Behaviour, Exchange, ModelDouble
from tests.doubles.answers import pieces_of, prompt_text
from tests.doubles.chunks import chunk

WELL = "well"
FAULTS = ("refuse", "hang", "cut", "error", "busy")
"""What the network and the host do wrong, in turn."""

_CALL = re.compile(r"^( *)v(\d+) = area\($", re.MULTILINE)
_WRONG = re.compile(r"^( *)w(\d+) = undefined_name$", re.MULTILINE)


def ending(number: str) -> str:
    """What belongs after `v7 = area(`: only who saw the very line can say it."""
    return f"width_{number}, height_{number})"


def written_for(body: Mapping[str, object]) -> str:
    """The answer of a model that reads its prompt: the call at the cursor finished, or the wrong line mended."""
    prompt = prompt_text(body)
    wrong = list(_WRONG.finditer(prompt)) if "<editable>" in prompt else []
    if wrong:
        indent, number = wrong[-1].groups()
        line = f"{indent}w{number} = "
        return f"<<<<<<< SEARCH\n{line}undefined_name\n=======\n{line}{number}\n>>>>>>> REPLACE\n"
    calls = list(_CALL.finditer(prompt))
    if not calls:
        return "```\n```"
    line, number = calls[-1].group(), calls[-1].group(2)
    return f"```\n{line}{ending(number)}\n```"


class Unsteady(Behaviour):
    """A host that does what `mode` says, which may be changed from any thread."""

    def __init__(self) -> None:
        self.mode = WELL

    async def answer(self, exchange: Exchange) -> None:
        match self.mode:
            case "hang":
                await exchange.until_hung_up()
            case "error":
                await exchange.respond_json(500, {"error": {"message": "out of order"}})
            case "busy":
                await exchange.respond_json(429, {"error": {"message": "later"}}, {"retry-after": "1"})
            case _:
                await self._write(exchange, cut=self.mode == "cut")

    async def _write(self, exchange: Exchange, *, cut: bool) -> None:
        pieces = pieces_of(written_for(exchange.request.json))
        await exchange.open_stream(chunked=not cut)
        for piece in pieces[: len(pieces) // 2] if cut else pieces:
            await exchange.event(chunk(exchange.request, piece))
        if not cut:
            await exchange.event(chunk(exchange.request, "", "stop"))
            await exchange.done()


class Network:
    """The way to one host at one address. A fresh double after each break, so that none grows with the run."""

    def __init__(self) -> None:
        self._host = Unsteady()
        self._double: ModelDouble | None = None
        self._port = 0
        self.requests = 0
        """Requests that have reached the host."""

    @property
    def base_url(self) -> str:
        """The address, which stays the same."""
        return f"http://127.0.0.1:{self._port}/v1"

    def up(self) -> None:
        """Everything works."""
        self._host.mode = WELL
        if self._double is None:
            self._double = ModelDouble(self._host, port=self._port, on_request=self._count).start()
            self._port = self._double.port

    def _count(self, _: object) -> None:
        self.requests += 1

    def down(self) -> None:
        """Connections are refused, and those that were open are closed."""
        if self._double is not None:
            self._double.stop()
            self._double = None

    def fail(self, fault: str) -> None:
        """Do one of FAULTS from now on."""
        if fault == "refuse":
            self.down()
        else:
            self._host.mode = fault
