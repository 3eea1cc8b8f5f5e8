"""Frames: the header and body in which LSP messages travel. Bytes in, bodies out; no reading or writing here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_BODY = 256 * 1024 * 1024
"""Bytes. A longer message is not taken in: no editor sends one, and it would fill the memory."""

LONGEST_HEADER = 16 * 1024
"""Bytes up to the empty line. Real headers have under a hundred."""

# Not anchored at the line's start: when a body was shorter than its header said, the next header follows the rest of
# it on the same line. A body cannot be mistaken for this: JSON text holds no raw line end inside a string.
_LENGTH = re.compile(rb"content-length[ \t]*+:", re.IGNORECASE)
_USUAL = re.compile(rb"Content-Length: ([0-9]{1,9})\r\n\r\n")
# The name of any header. `X-Content-Length` is one of its own, unless we are looking for where the frames go on.
_FIELD = re.compile(rb"[!#-'*+.^_`|~A-Za-z0-9-]+[ \t]*:")


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no frame. `reason` is a plain sentence; `header` tells whether a length was given at all."""

    reason: str
    header: bool


def frame(body: bytes) -> bytes:
    """The body with its header, ready to be written."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameReader:
    """Cuts a stream of bytes into message bodies, whatever the pieces in which it arrives.

    Header names may be in any case and in any order, other headers are ignored, lines may end in `\\n` alone. After
    bytes that are no frame it goes on at the next `Content-Length` line and reports each such stretch once.
    """

    def __init__(self, longest_body: int = LONGEST_BODY) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._longest = longest_body
        self._awaited: int | None = None
        self._length: int | None = None
        self._header_bytes = 0
        self._lost = False

    @property
    def is_within_frame(self) -> bool:
        """Whether the stream would end in the middle of a message if it ended here."""
        return self._awaited is not None or self._length is not None or bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes | Broken]:
        """Take in `data`; yields every body that is complete now, and what was not a frame. Consume it to the end."""
        at = 0
        if not self.is_within_frame and not self._header_bytes:
            # As nearly every editor writes them, whole and with one header.
            while (header := _USUAL.match(data, at)) and int(header[1]) <= min(self._longest, len(data) - header.end()):
                at = header.end() + int(header[1])
                self._lost = False
                yield data[header.end() : at]
            if at == len(data):
                return
        self._buffer += data[at:]
        while True:
            if self._awaited is not None:
                if len(self._buffer) < self._awaited:
                    return
                yield self._take(self._awaited)
                self._awaited = None
                self._lost = False
                continue
            end = self._buffer.find(b"\n", self._searched)
            if end < 0:
                yield from self._unfinished_line()
                return
            line = self._take(end + 1)[:-1]
            yield from self._header_line(line)

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        self._searched = 0
        return taken

    def _header_line(self, line: bytes) -> Iterator[Broken]:
        if not line.strip():
            yield from self._end_of_header()
            return
        self._header_bytes += len(line)
        line = line.removesuffix(b"\r")
        # A value holds no line end: what stands before a lone `\r` is not looked at.
        match, field = _LENGTH.search(line, line.rfind(b"\r") + 1), _FIELD.match(line)
        if match and (match.start() == 0 or self._lost or not (field and field.end() > match.start())):
            if match.start() > 0:
                yield from self._complain("bytes before a header were skipped", header=False)
            self._length, reason = self._parse_length(line[match.end() :].strip(b" \t"))
            if reason:
                yield from self._complain(reason, header=True)
        elif not field:
            yield from self._complain("a line that is no header was skipped", header=False)
        elif self._header_bytes > LONGEST_HEADER:
            yield from self._complain(f"a header of more than {LONGEST_HEADER} bytes was skipped", header=False)

    def _end_of_header(self) -> Iterator[Broken]:
        had_lines, self._header_bytes = self._header_bytes > 0, 0
        if self._length is not None:
            self._awaited, self._length = self._length, None
        elif had_lines:
            yield from self._complain("a header without Content-Length was skipped", header=False)

    def _parse_length(self, digits: bytes) -> tuple[int | None, str]:
        if not re.fullmatch(rb"[0-9]+", digits):
            return None, "Content-Length must be a whole number from 0 up"
        if len(digits.lstrip(b"0")) > 15 or int(digits) > self._longest:
            return None, f"Content-Length must not be above {self._longest} bytes; the message was skipped"
        return int(digits), ""

    def _unfinished_line(self) -> Iterator[Broken]:
        self._searched = len(self._buffer)
        if self._searched > LONGEST_HEADER:
            # Keep what could be the beginning of a header; drop the rest.
            del self._buffer[:-1024]
            self._searched = len(self._buffer)
            yield from self._complain("bytes that are no header were skipped", header=False)

    def _complain(self, reason: str, *, header: bool) -> Iterator[Broken]:
        if not self._lost:
            yield Broken(reason, header)
        self._lost = True
