"""Neovim's API over its socket (msgpack-rpc), one request at a time, each with a deadline."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any, Self

import msgpack

ANSWER_SECONDS = 20.0
"""A request that is not answered within this is a failure: Neovim is stuck in a prompt, or gone."""

_REQUEST, _RESPONSE = 0, 1


class NeovimError(Exception):
    """Neovim answered with an error, or did not answer."""


class NeovimRpc:
    """A connection. Notifications (Neovim sends its screen) are read and dropped."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, unicode_errors="surrogateescape")
        self._last = 0

    @classmethod
    def connect(cls, path: Path) -> Self | None:
        """A connection, or None when nobody listens there yet."""
        connected = socket.socket(socket.AF_UNIX)
        try:
            connected.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            connected.close()
            return None
        return cls(connected)

    def call(self, method: str, *arguments: Any) -> Any:
        """The result of an API function."""
        self._last += 1
        end = time.monotonic() + ANSWER_SECONDS
        self._socket.settimeout(ANSWER_SECONDS)
        self._socket.sendall(msgpack.packb([_REQUEST, self._last, method, arguments]))
        while True:
            for message in self._unpacker:
                if message[0] == _RESPONSE and message[1] == self._last:
                    if message[2] is not None:
                        raise NeovimError(f"{method}: {message[2][1]}")
                    return message[3]
            left = end - time.monotonic()
            if left <= 0:
                raise NeovimError(f"{method}: no answer within {ANSWER_SECONDS:g} s")
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            if not data:
                raise NeovimError(f"{method}: Neovim has gone")
            self._unpacker.feed(data)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()
