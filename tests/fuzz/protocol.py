"""Frames and JSON-RPC messages."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from tests.fuzz.pieces import cut, json_values
from tests.fuzz.target import Target, as_bytes

from caretwise.lsp.frame import LONGEST_HEADER, Broken, FrameReader, frame
from caretwise.lsp.message import Notification, Refusal, Request, Response, decode

_JUNK = [
    "Content-Length: 5\r\n\r\nhello", "content-length:2\n\n{}", "Content-Length: 0\r\n\r\n", "Content-Length: -1\r\n\r\n",
    "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 1e3\r\n\r\n", "Content-Length: \r\n\r\n", "Content-Length",
    "Content-Type: x\r\n", "X-Content-Length: 3\r\n", "\r\n", "\n", "\r", "\r\n\r\n", "{}", '"', "\x00", "\xff\xfe", ": ",
    "a" * 20_000, "Content-Length: 3\r\nContent-Length: 2\r\n\r\n{} ",
]  # fmt: skip
_bytes = st.binary(max_size=12).map(lambda data: data.decode("latin-1"))
_stream = st.lists(st.sampled_from(_JUNK) | _bytes, max_size=10).map("".join)
_places = st.lists(st.integers(0, 400), max_size=12)


def _read(pieces: list[bytes]) -> list[bytes | Broken]:
    reader = FrameReader(longest_body=2**20)
    return [one for piece in pieces for one in reader.feed(piece)]


def _bodies(found: list[bytes | Broken]) -> list[bytes]:
    return [one for one in found if isinstance(one, bytes)]


def frames(value: Any) -> None:
    """Bodies do not depend on how the bytes are cut, and two frames after any junk get through again (at least the last)."""
    junk, places = as_bytes(value["stream"]), value["cuts"]
    # What ends junk that waits for a body, and what ends a header.
    good = b'{"after":"junk"}'
    data = junk + b" " * 128 + b"\r\n\r\n" + frame(good) + frame(good)
    whole = _bodies(_read([data]))
    if max(map(len, data.split(b"\n"))) < LONGEST_HEADER:
        # A line that is longer is thrown away as it comes; what is left of it depends on the pieces.
        assert _bodies(_read(cut(data, places))) == whole, "bodies depend on how the bytes arrive"
        assert _bodies(_read([data[n : n + 1] for n in range(len(data))])) == whole, "byte by byte is different"
    for found in (whole, _bodies(_read(cut(data, places)))):
        assert found and found[-1] == good, f"the last frame is lost: {found!r}"


def clean_frames(value: Any) -> None:
    """Every body of right frames arrives, whole and in order."""
    bodies = [as_bytes(one) for one in value["bodies"]]
    data = b"".join(map(frame, bodies))
    assert _read(cut(data, value["cuts"])) == bodies


_METHODS = st.sampled_from(["initialize", "exit", "textDocument/hover", "$/cancelRequest", "", "x" * 50]) | json_values
_message = st.fixed_dictionaries(
    {}, optional={"jsonrpc": st.sampled_from(["2.0", "1.0", 2]) | json_values, "id": json_values, "method": _METHODS,
                  "params": json_values, "result": json_values, "error": json_values},
)  # fmt: skip
_body = (
    (_message | json_values).map(json.dumps)
    | st.lists(
        st.sampled_from([*list('[]{},:"\\\n'), "1e999", "NaN", "-", "\\ud800", "\\u0000", "null", "ÿ"]), max_size=30
    ).map("".join)
    | st.integers(1, 50_000).map(lambda n: "[" * n)
    | st.integers(1, 20_000).map(lambda n: '{"a":' * n)
    | st.integers(1, 6_000).map(lambda n: '{"jsonrpc":"2.0","method":"x","id":' + "9" * n + "}")
    | _bytes
)


def messages(text: str) -> None:
    """Whatever a body holds, it is a message or a refusal in one plain sentence."""
    found = decode(as_bytes(text))
    assert isinstance(found, Request | Notification | Response | Refusal)
    if isinstance(found, Refusal):
        assert found.reason
        assert "\n" not in found.reason
        assert len(found.reason) < 200
        json.dumps(found.id)


TARGETS = [
    Target("frames", st.fixed_dictionaries({"stream": _stream, "cuts": _places}), frames, 2),
    Target(
        "clean_frames", st.fixed_dictionaries({"bodies": st.lists(_bytes, max_size=8), "cuts": _places}), clean_frames
    ),
    Target("messages", _body, messages),
]
