"""What vLLM is tried with beside the common checks: the switch for thinking above all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from tests.real_servers.checks import Checks
from tests.real_servers.table import expect

from caretwise.models.failure import FailureKind
from caretwise.repair.answer import Refusal

_IDLE_SECONDS = 6.0
"""uvicorn, which vLLM runs on, closes a connection that was idle for 5 s."""

_CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}
_OFF = {"chat_template_kwargs": {"thinking": False}}


class KimiChecks(Checks):
    """A model in the shape of Kimi, with the `kimi_k2` reasoning parser."""

    async def run(self) -> None:
        """See `Checks.run`."""
        await self.check("ghost text over stdio", self.over_stdio, seconds=180)
        await self.check("a fix, thinking on", self.fix, seconds=180)
        await self.check("streaming and usage", self.streamed)
        await self.check("stop string", self.stop)
        await self.check("five stop strings (raw)", self.five_stops)
        await self.check("thinking off", self.thinking_off)
        await self.check("prefill (raw)", self.prefill)
        await self.check("same prompt again", self.cached)
        await self.check("hang-up", self.hang_up)
        await self.check("40 requests in a row", self.in_a_row, seconds=180)
        await self.check("after 6 s without a request", self.after_a_rest)
        await self.check("wrong model", self.wrong_model)
        await self.check("prompt too long", self.too_long)

    async def fix(self) -> str:
        """Random weights never end a thought: that is said as what it is, and nothing of it reaches the document."""
        found = await self.caretwise.fix("def area(w, h):\n    return w + h\n", "wrong sign", 1, max_tokens=256)
        expect(isinstance(found, Refusal), f"a fix was offered: {found}")
        assert isinstance(found, Refusal)
        expect(found.code == FailureKind.THINKING_ONLY.value, f"{found.code}: {found.reason}")
        return found.reason

    async def thinking_off(self) -> str:
        """With the profile's switch all is answer; without it all is thought."""
        request = self.request(16)
        with_switch = await self.caretwise.exchange(request)
        expect(with_switch.failure is None and with_switch.text, f"{with_switch.failure}")
        body = {key: value for key, value in request.body.items() if key != "chat_template_kwargs"}
        expect(body != request.body, "the profile does not send the switch")
        without = await self.caretwise.exchange(replace(request, body=body))
        expect(not without.text and without.failure is not None, f"without the switch: {without.text!r}")
        assert without.failure is not None
        expect(without.failure.kind is FailureKind.THINKING_ONLY, without.failure.sentence)
        return (
            f"{len(with_switch.text)} characters of text with {request.body['chat_template_kwargs']}; "
            f"without it none, and: {without.failure.sentence}"
        )

    async def prefill(self) -> str:
        """An answer that was begun is continued with both flags; in `content` only with the switch as well."""
        both, flags = await self._prefilled(_CONTINUE | _OFF), await self._prefilled(_CONTINUE)
        expect(both["content"] and not both.get("reasoning"), f"flags and switch: {both}")
        expect(flags["content"] is None and flags.get("reasoning"), f"flags alone: {flags}")
        return (
            "flags and switch: the new text alone, in content; flags without the switch: in reasoning, content is null"
        )

    async def _prefilled(self, more: dict[str, Any]) -> dict[str, Any]:
        messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "def add(a, b):"}]
        body = {"model": self.model.model, "messages": messages, "max_tokens": 8, "temperature": 0, **more}
        status, answer = await self.server.post("/v1/chat/completions", body)
        expect(status == 200, f"{status}: {answer}")
        message: dict[str, Any] = answer["choices"][0]["message"]
        expect("def add" not in (message["content"] or ""), f"the beginning is repeated: {message}")
        return message

    async def five_stops(self) -> str:
        """One more than this server takes is refused; the profile never sends so many."""
        sent = self.request(4, stops=("a1", "b2", "c3", "d4", "e5")).body["stop"]
        body = {"model": self.model.model, "prompt": "a", "max_tokens": 4, "stop": ["a1", "b2", "c3", "d4", "e5"]}
        status, answer = await self.server.post("/v1/completions", body)
        expect(status == 400, f"{status}: {answer}")
        expect(len(sent) == 4, f"the profile sends {len(sent)}")
        said = str(answer["error"]["message"])
        expect("at most 4" in said, said)
        return f"{status}, at most 4; of five the profile sends {len(sent)}"

    async def after_a_rest(self) -> str:
        """The server has closed the connection meanwhile; nobody notices."""
        before = await self.caretwise.exchange(self.request(2))
        await asyncio.sleep(_IDLE_SECONDS)
        after = await self.caretwise.exchange(self.request(2))
        expect(before.failure is None and after.failure is None, f"{before.failure or after.failure}")
        return f"answered after {after.total_ms:.0f} ms"

    async def wrong_model(self) -> str:
        """A name that is not served."""
        request = self.request(4)
        profile = replace(request.profile, model="no-such-model")
        misnamed = replace(request, profile=profile, body={**request.body, "model": profile.model})
        return self._failed_as(await self.caretwise.exchange(misnamed), FailureKind.NOT_FOUND)
