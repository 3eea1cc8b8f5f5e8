"""Looks for model servers on this machine. Asks 127.0.0.1 alone, for the list of models, without a key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

PORTS = (9931, 8080, 11434, 1234, 8000)
"""Where they listen unless told otherwise: llama.cpp (since 2026, and before), Ollama, LM Studio, vLLM."""

_SECONDS = 0.7
_MOST_BYTES = 256 << 10
_USUAL = {9931: "llama.cpp", 8080: "llama.cpp", 11434: "Ollama", 1234: "LM Studio", 8000: "vLLM"}
_OWNERS = {"vllm": "vLLM", "llamacpp": "llama.cpp", "sglang": "SGLang", "library": "Ollama"}


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answers like a model host: what it is taken for, its API's address, and its models."""

    kind: str
    base_url: str
    models: tuple[str, ...]


def kind_of(owner: str) -> str:
    """The server that names itself so as the owner of a model; "" for another owner."""
    return _OWNERS.get(owner.lower(), "")


async def local_servers(ports: Sequence[int] = PORTS) -> list[LocalServer]:
    """The servers that answer, in the order of `ports`. Takes less than a second, however they behave."""
    found = await asyncio.gather(*(_ask(port) for port in ports))
    return [server for server in found if server is not None]


async def _ask(port: int) -> LocalServer | None:
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await _get(port)
    except (TimeoutError, OSError):
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    try:
        # From brace to brace: a body in one chunk has its length around it.
        data: Any = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    except ValueError:
        return None
    entries = data.get("data") if isinstance(data, dict) else None
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) or not isinstance(entries, list):
        return None
    known = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    models = tuple(entry["id"] for entry in known if isinstance(entry.get("id"), str) and entry["id"].isprintable())
    kind = kind_of(str(known[0].get("owned_by", ""))) if known else ""
    return LocalServer(kind or _USUAL.get(port, "a server"), f"http://127.0.0.1:{port}/v1", models)


async def _get(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
        await writer.drain()
        answer = b""
        while len(answer) < _MOST_BYTES and (part := await reader.read(1 << 16)):
            answer += part
        return answer
    finally:
        writer.close()
