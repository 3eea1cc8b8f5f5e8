"""A plain client for tests of the doubles, made of `http.client` only: what came over the wire, unpolished."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The JSON payloads of a stream of events, without comments and the closing `[DONE]`."""
        lines = [line for line in self.body.decode().split("\n\n") if line and not line.startswith(":")]
        return [json.loads(line.removeprefix("data: ")) for line in lines if line != "data: [DONE]"]

    @property
    def done(self) -> bool:
        """Whether the stream ended with `[DONE]`."""
        return self.body.endswith(b"data: [DONE]\n\n")

    def text(self, field: str = "content") -> str:
        """The text of the first choice: of `field` in the deltas, or `.text`, joined."""
        choices = [event["choices"][0] for event in self.events if event["choices"]]
        return "".join((c["text"] if "text" in c else c["delta"].get(field)) or "" for c in choices)


def connect(base_url: str, seconds: float = 10) -> http.client.HTTPConnection:
    """A connection that can be used for several requests, or its socket for raw bytes."""
    return http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=seconds)


def raw_socket(base_url: str, seconds: float = 10) -> socket.socket:
    """A bare TCP connection."""
    address = urlsplit(base_url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=seconds)


def ask(
    base_url: str,
    path: str = "/chat/completions",
    body: Any = None,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """POST `body` as JSON (GET when it is None) to `base_url` + `path` on a connection of its own."""
    sent = {"content-type": "application/json", **(headers or {})}
    if key is not None:
        sent["authorization"] = f"Bearer {key}"
    connection = connect(base_url)
    try:
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body).encode())
        connection.request(method, urlsplit(base_url).path + path, data, sent)
        answer = connection.getresponse()
        return Reply(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()
