"""Replays what real servers answered: the recording that fits a request's features, its body byte for byte."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .answers import prompt_text
from .exchange import Behaviour, Exchange
from .pace import Pace, Timed

RECORDINGS = Path(__file__).resolve().parents[2] / "fixtures" / "answers"
"""Folder of the folders of recordings."""

_FRAMING = {"content-length", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Features:
    """What of a request decides its answer."""

    chat: bool = False
    stream: bool = False
    thinking_off: bool = False
    include_usage: bool = False
    prefill: bool = False
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange. `request` is None where the recording keeps only the request's beginning."""

    name: str
    path: str
    request: dict[str, Any] | None
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of events."""
        return any(n.lower() == "content-type" and v.startswith("text/event-stream") for n, v in self.headers)

    @property
    def events(self) -> list[bytes]:
        """The body of a stream, cut after each event; joined again it is the body."""
        return re.findall(rb".*?\n\n", self.body, re.DOTALL)

    @classmethod
    def read(cls, path: Path) -> Recording:
        """A recording from its file. Raises ValueError when the file has another form."""
        asked, _, rest = path.read_bytes().partition(b"\n\nHTTP ")
        head, _, body = rest.partition(b"\n\n")
        line, _, sent = asked.decode().partition("\n")
        status, *headers = head.decode().split("\n")
        try:
            request = json.loads(sent)
        except ValueError:
            request = None
        pairs = tuple((name, value.strip()) for name, _, value in (header.partition(":") for header in headers))
        return cls(path.stem, line.split(" ")[1], request, int(status), pairs, body)


class Recorded(Behaviour):
    """One recorded server. Answers name their recording in `x-recording`, and in `x-recording-differs` what does not fit.

    Where nothing was recorded for a request the answer is 501 with a sentence that says so, never a guess.
    """

    def __init__(self, folder: Path, *, pace: Pace | None = None) -> None:
        self.recordings = {path.stem: Recording.read(path) for path in sorted(folder.glob("*.txt"))}
        self.pace = pace or Timed()
        self._by_features = {
            features_of(r.request, chat=_is_chat(r.path)): r
            for r in self.recordings.values()
            if r.request is not None and r.name not in _PROBLEMS
        }
        completion = self.recordings["completion"].request or {}
        self.models = (completion["model"],)
        self._longest = _longest_prompt(self.recordings["too_long"].body)

    async def answer(self, exchange: Exchange) -> None:
        request = exchange.request
        path = request.path.removeprefix("/v1")
        if request.method == "GET" and path == "/models":
            listed = [{"id": model, "object": "model", "created": 0, "owned_by": "recorded"} for model in self.models]
            await exchange.respond_json(200, {"object": "list", "data": listed})
        elif request.method != "POST" or path not in {"/completions", "/chat/completions"}:
            await exchange.respond_json(404, {"detail": "Not Found"})
        elif not isinstance(request.json, dict) or not request.json.get("messages" if _is_chat(path) else "prompt"):
            message = "the body is no JSON object with messages (for a chat) or a prompt"
            await exchange.respond_json(400, {"error": {"message": message, "code": 400}})
        else:
            chosen, differs = self.choose(request.json, chat=_is_chat(path))
            if chosen is None:
                message = f"nothing was recorded for a request with {differs}"
                await exchange.respond_json(501, {"error": {"message": message, "code": 501}})
            else:
                await self._replay(exchange, chosen, differs)

    def choose(self, body: dict[str, Any], *, chat: bool) -> tuple[Recording | None, str]:
        """The recording for a request body, and in which features it differs (or, with None, what was asked for)."""
        wanted = features_of(body, chat=chat)
        for problem in _problems(body, self.models[0], self._longest):
            recording = self.recordings[problem]
            # A problem that the server did not mind was recorded without a stream, on `/completions`.
            if recording.status >= 400 or wanted == Features():
                return recording, ""
        if wanted.prefill and body.get("add_generation_prompt") is True:
            return None, "both continue_final_message and add_generation_prompt"
        for dropped in ((), ("logprobs",), ("include_usage",), ("logprobs", "include_usage")):
            features = replace(wanted, **dict.fromkeys(dropped, False))
            if recording := self._by_features.get(features):
                return recording, ", ".join(name for name in dropped if getattr(wanted, name))
        return None, str(wanted)

    async def _replay(self, exchange: Exchange, recording: Recording, differs: str) -> None:
        headers = {name: value for name, value in recording.headers if name.lower() not in _FRAMING}
        exchange.close = exchange.close or headers.get("Connection") == "close"
        headers["x-recording"] = recording.name
        if differs:
            headers["x-recording-differs"] = differs
        if not recording.streamed:
            await self.pace.before(0, exchange)
            await exchange.respond(recording.status, recording.body, headers)
            return
        await exchange.open_stream(headers, status=recording.status)
        *events, last = recording.events
        for index, event in enumerate(events):
            await self.pace.before(index, exchange)
            await exchange.send(event)
        await exchange.finish(last)


_PROBLEMS = ("bad_stream", "stop5", "wrong_model", "suffix", "too_long")
"""Recordings of requests with something wrong, in the order in which vLLM looks: form, model, then content."""


def features_of(body: dict[str, Any], *, chat: bool) -> Features:
    """The features of a request body; those that mean nothing for its kind are False."""
    stream = body.get("stream") is True
    options = body.get("stream_options") or {}
    return Features(
        chat=chat,
        stream=stream,
        thinking_off=chat and (body.get("chat_template_kwargs") or {}).get("thinking") is False,
        include_usage=stream and options.get("include_usage") is True,
        prefill=chat and body["messages"][-1].get("role") == "assistant" and bool(body.get("continue_final_message")),
        logprobs=bool(body.get("logprobs")),
    )


def _problems(body: dict[str, Any], model: str, longest: int) -> list[str]:
    stop = body.get("stop")
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    found = {
        "bad_stream": isinstance(limit, int) and limit < 0,
        "stop5": isinstance(stop, list) and len(stop) > 4,
        "wrong_model": body.get("model") not in {model, None},
        "suffix": bool(body.get("suffix")),
        "too_long": len(prompt_text(body)) > longest,
    }
    return [name for name in _PROBLEMS if found[name]]


def _longest_prompt(refusal: bytes) -> int:
    """Code points of the longest prompt that fits, from the words of the recorded refusal."""
    text = refusal.decode()
    if told := re.search(r"more than (\d+) characters", text):
        return int(told[1])
    context = re.search(r'"n_ctx":(\d+)', text)
    assert context, text
    # The recorded prompt had two characters per token; source code has more, so this is a cautious bound.
    return 2 * int(context[1])


def _is_chat(path: str) -> bool:
    return path.endswith("/chat/completions")
