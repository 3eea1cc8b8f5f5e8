"""What llama.cpp's server is tried with beside the common checks."""

from __future__ import annotations

from dataclasses import replace

from tests.real_servers.checks import PLACES, Checks
from tests.real_servers.table import expect

from caretwise.models.request import Request

_PREFILL = "def add(a, b):\n    return"
_KNOWN = ("len(values)", "height", "name", "self.y = y", "load(file)")
"""What belongs at `PLACES`."""


class ChatChecks(Checks):
    """A chat model: `/v1/chat/completions`."""

    async def run(self) -> None:
        """See `Checks.run`."""
        await self.check("ghost text over stdio", self.over_stdio, seconds=180)
        await self.check("a fix", self.fix, seconds=180)
        await self.check("caretwise doctor", self.doctor, seconds=300)
        await self.check("streaming and usage", self.streamed)
        await self.check("stop string", self.stop)
        await self.check("thinking off", self.thinking_off)
        await self.check("prefill (raw)", self.prefill)
        await self.check("same prompt again", self.cached)
        await self.check("hang-up", self.hang_up)
        await self.check("40 requests in a row", self.in_a_row, seconds=180)
        await self.check("wrong model", self.wrong_model)
        await self.check("prompt too long", self.too_long)

    async def thinking_off(self) -> str:
        """The switch is sent and accepted; nothing is thought."""
        request = self.request(16)
        sent = {
            key: value for key, value in request.body.items() if key in {"reasoning_effort", "chat_template_kwargs"}
        }
        found = await self.caretwise.exchange(request)
        expect(found.failure is None and found.text.strip(), f"{found.failure}")
        return f"with {sent} the answer is all text: {found.text.strip()[:40]!r}"

    async def prefill(self) -> str:
        """An answer that was begun is continued; the stream brings only what is new, the whole answer all of it."""
        messages = [{"role": "user", "content": "Write a function."}, {"role": "assistant", "content": _PREFILL}]
        body = {"messages": messages, "max_tokens": 8, "temperature": 0}
        flags = {"continue_final_message": True, "add_generation_prompt": False}
        status, whole = await self.server.post("/v1/chat/completions", body | flags)
        expect(status == 200, f"{status}: {whole}")
        text = whole["choices"][0]["message"]["content"]
        request = self.request(8)
        kept = {key: request.body[key] for key in ("model", "stream")}
        streamed = await self.caretwise.exchange(replace(request, body={**body, **flags, **kept}))
        expect(streamed.failure is None and streamed.text, f"{streamed.failure}")
        expect(not streamed.text.lstrip().startswith("def add"), f"the stream repeats it: {streamed.text!r}")
        expect(text.startswith(_PREFILL), f"the whole answer does not begin with it: {text!r}")
        return f"streamed {streamed.text!r}; not streamed {text!r}"

    async def wrong_model(self) -> str:
        """This server has one model and does not look at the name."""
        found = await self.caretwise.exchange(self._misnamed())
        expect(found.failure is None, f"{found.failure}")
        return f"answered all the same, by {found.model.rpartition('/')[2]!r}: the name is ignored"

    def _misnamed(self) -> Request:
        request = self.request(4)
        return replace(request, body={**request.body, "model": "no-such-model"})


class InfillChecks(Checks):
    """A model that fills in the middle: `/infill`."""

    async def run(self) -> None:
        """See `Checks.run`; there are no fixes and no chat on this route."""
        await self.check("ghost text over stdio", self.over_stdio, seconds=180)
        await self.check("streaming and usage", self.streamed)
        await self.check("stop string (raw: the profile sends none here)", self.stop)
        await self.check("same prompt again", self.cached)
        await self.check("hang-up", self.hang_up)
        await self.check("40 requests in a row", self.in_a_row, seconds=180)
        await self.check("prompt too long", self.too_long, seconds=300)

    async def too_long(self) -> str:
        """This route refuses nothing: it keeps the end of what stands before the cursor."""
        found = await self.caretwise.exchange(self.request(4, text=self.prompt(20_000)), seconds=250)
        kept = found.usage.prompt or 0
        expect(found.failure is None and 0 < kept < 8192, f"{kept} tokens, {found.failure}")
        return f"answered: of 20,000 words the server kept the last {kept:,} tokens, and does not say so"

    def judge(self, ghosts: list[str]) -> None:
        """A real code model gets some of these right."""
        right = sum(ghost.startswith(known) for ghost, known in zip(ghosts, _KNOWN, strict=True))
        expect(right >= 2, f"{right} of {len(PLACES)} right: {ghosts}")

    def request(self, tokens: int, *, text: str = "", stops: tuple[str, ...] = ()) -> Request:
        """Code to go on from, and no limit on time: the checks count tokens."""
        text = text or "import json\nimport os\n\n\nclass Server:\n    def __init__(self, port):\n        self.port = "
        made = self.caretwise.request(text, tokens, stops=stops)
        body = {key: value for key, value in made.body.items() if key != "t_max_predict_ms"}
        return replace(made, body=body | ({"stop": list(stops)} if stops else {}))
