"""The frame reader: any split of the bytes, and bytes that are no frames."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.lsp.frame import LONGEST_HEADER, Broken, FrameReader, frame

bodies = st.lists(st.binary(max_size=40), max_size=6)
HEADERS = ("Content-Length: {}\r\n", "content-length:{}\r\n", "X: y\r\nCONTENT-LENGTH :  {} \n", "X-Content-Length: 1\r\nContent-Length: {}\r\nA: b\r\n")  # fmt: skip


def split(data, cuts):
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[low:high] for low, high in pairwise(edges)]


def read(pieces, **options):
    reader = FrameReader(**options)
    return reader, [found for piece in pieces for found in reader.feed(piece)]


@given(bodies, st.lists(st.integers(0, 10_000), max_size=20), st.sampled_from(HEADERS))
def test_bodies_come_out_as_they_went_in(bodies, cuts, header):
    data = b"".join(header.format(len(body)).encode() + b"\r\n" + body for body in bodies)
    reader, found = read(split(data, cuts))
    assert found == bodies
    assert not reader.is_within_frame


@given(bodies)
def test_byte_by_byte(bodies):
    data = b"".join(map(frame, bodies))
    assert read([bytes([byte]) for byte in data])[1] == bodies


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_rubbish_never_raises(pieces):
    for found in read(pieces)[1]:
        assert isinstance(found, (bytes, Broken))


@given(st.text(max_size=60).filter(lambda text: "\n" not in text), st.binary(min_size=1, max_size=20))
def test_the_next_frame_is_found_after_a_line_of_rubbish(rubbish, body):
    data = rubbish.encode("utf-8", "replace").replace(b":", b"") + b"\r\n\r\n" + frame(body)
    found = [one for one in read([data])[1] if isinstance(one, bytes)]
    assert found == [body]


@given(st.integers(1, 30))
def test_a_length_that_is_too_small_costs_that_message_only(missing):
    body = b'{"method": "' + b"x" * 30 + b'"}'
    data = b"Content-Length: %d\r\n\r\n" % (len(body) - missing) + body + frame(b"next")
    found = read([data])[1]
    assert found[0] == body[:-missing]
    assert isinstance(found[1], Broken)
    assert found[2:] == [b"next"]


def test_lengths_that_are_none_are_said_once():
    for length in (b"-1", b"ten", b"", b"9" * 5000, b"257", b"0x1", b"\xd9\xa3"):
        data = b"Content-Length: " + length + b"\r\n\r\nrubbish\r\nmore\r\n" + frame(b"next")
        found = read([data], longest_body=256)[1]
        assert [type(one) for one in found] == [Broken, bytes]
        assert found[0].header


def test_the_longest_body_is_taken():
    assert read([frame(b"x" * 256)], longest_body=256)[1] == [b"x" * 256]


def test_bytes_without_a_line_end_are_not_kept():
    reader, found = read([b"x" * 1000] * 1000)
    assert len(found) == 1
    assert len(reader._buffer) <= LONGEST_HEADER + 1000
    assert list(reader.feed(frame(b"next"))) == [b"next"]


def test_endless_headers_are_said_and_survived():
    reader, found = read([b"X-Header: 1\r\n"] * 5000)
    assert [one.reason for one in found] == [f"a header of more than {LONGEST_HEADER} bytes was skipped"]
    assert list(reader.feed(b"\r\n" + frame(b"next"))) == [b"next"]


def test_the_end_within_a_message_can_be_told():
    assert read([b"Content-Length: 5\r\n\r\n12"])[0].is_within_frame
    assert read([b"Content-Length: 5\r\n"])[0].is_within_frame
    assert not read([frame(b"12")])[0].is_within_frame


@pytest.mark.parametrize(
    "line", [b"Content-Length:" + b" " * 15_000, b"content-length: " * 900, b"a: " + b"\t" * 15_000]
)
def test_a_long_line_that_is_no_header_costs_no_time(line):
    began = time.process_time()
    found = read([line + b"\rx\r\n\r\n" + frame(b"next")])[1]
    assert time.process_time() - began < 0.5
    assert found[-1] == b"next"
