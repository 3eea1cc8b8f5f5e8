"""Reads HTTP/1.1 requests from a connection."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from .exchange import Received

MAX_BODY = 64 * 1024 * 1024
"""Longest request body accepted, in bytes: more than any context window's worth of text."""


class BadRequestError(Exception):
    """The bytes that came are no HTTP/1.1 request that this server understands."""


async def read_request(reader: asyncio.StreamReader, connection: int) -> Received | None:
    """The next request, or None when the client closed the connection between two requests.

    Raises BadRequestError for malformed bytes and for a connection that ends inside a request.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadRequestError("the connection ended inside the request's head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("the request's head is longer than 64 KiB") from error
    first, *rest = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequestError(f"not a request line: {first[:80]!r}")
    headers = _headers(rest)
    body = await _body(reader, headers)
    path, _, query = parts[1].partition("?")
    return Received(parts[0], path, query, headers, body, _parsed(body), time.monotonic(), connection)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError(f"not a header line: {line[:80]!r}")
        key = name.strip().lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return headers


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    try:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await _chunks(reader)
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= MAX_BODY:
            raise BadRequestError(f"a body of {length} bytes is not accepted, at most {MAX_BODY}")
        return await reader.readexactly(length)
    except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise BadRequestError("the request's body is malformed or cut off") from error


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    total = 0
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        total += size
        if not 0 < total <= MAX_BODY:
            raise BadRequestError(f"a body of more than {MAX_BODY} bytes is not accepted")
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while (await reader.readuntil(b"\r\n")) != b"\r\n":
        pass
    return b"".join(parts)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
