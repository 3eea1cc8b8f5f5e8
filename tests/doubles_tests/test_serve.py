"""The doubles as a program, as editors' tests run them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from tests.doubles.answers import SCRIPT
from tests.doubles.client import ask, raw_socket

PROGRAM = Path(__file__).resolve().parents[1] / "doubles" / "serve.py"


@contextmanager
def served(*arguments: str, stdin: int | IO[bytes] = subprocess.PIPE) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    command = [sys.executable, "-W", "error", str(PROGRAM), *arguments]
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout
            told = re.fullmatch(rb"listening on (http://127\.0\.0\.1:\d+/v1)\n", process.stdout.readline())
            assert told
            yield process, told[1].decode()
        finally:
            process.kill()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def area(*, thinking: str) -> dict[str, object]:
    return {
        "model": "kimi-k2.6",
        "messages": [{"role": "user", "content": "def area(width, height):\n    return "}],
        "stream": True,
        "thinking": {"type": thinking},
    }


def test_it_serves_logs_and_ends_on_sigterm(tmp_path: Path) -> None:
    log, ends = tmp_path / "log.jsonl", tmp_path / "ends.jsonl"
    with served("--as", "moonshot", "--log", str(log), "--ends", str(ends)) as (process, url):
        reply = ask(url, body=area(thinking="disabled"), key="sk-moonshot-test")
        assert reply.text() == "```python\n    return width * height\n```"
        assert ask(url, body=area(thinking="disabled"), key="sk-other").status == 401
        (first, second) = lines(log)
        assert first["path"] == "/v1/chat/completions"
        assert first["json"] == area(thinking="disabled")
        assert (first["number"], second["number"]) == (1, 2)
        assert "sk-moonshot-test" not in log.read_text(encoding="utf-8")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == b""
    assert [(line["number"], line["status"], line["complete"]) for line in lines(ends)] == [
        (1, 200, True),
        (2, 401, True),
    ]


def test_a_line_is_written_when_a_request_arrives_not_when_it_ends(tmp_path: Path) -> None:
    log, ends = tmp_path / "log.jsonl", tmp_path / "ends.jsonl"
    arguments = ("--as", "moonshot", "--tokens-per-second", "0.01", "--log", str(log), "--ends", str(ends))
    with served(*arguments) as (process, url), raw_socket(url) as wire:
        body = json.dumps(area(thinking="enabled")).encode()
        head = "POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer sk-moonshot-test\r\n"
        wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        got = b""
        while b"reasoning_content" not in got:
            got += wire.recv(65536)
        assert len(lines(log)) == 1
        assert lines(ends) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_it_ends_with_its_parents_pipe() -> None:
    with served("--as", "vllm") as (process, url):
        assert ask(url, "/models").status == 200
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0


def test_no_input_is_not_the_end_of_input() -> None:
    with served("--as", "vllm", stdin=subprocess.DEVNULL) as (process, url):
        for _ in range(3):
            assert ask(url, "/models").status == 200
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_answers_model_key_and_port_can_be_given(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"contains": ["hello"], "answer": "good day"}]), encoding="utf-8")
    arguments = ("--as", "vllm", "--answers", str(rules), "--model", "m", "--key", "k")
    with served(*arguments) as (_, url):
        body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": True}
        assert ask(url, body=body, key="k").text() == "good day"
        assert ask(url, body=body).status == 401
        port = url.split(":")[2].removesuffix("/v1")
        taken = subprocess.run(
            [sys.executable, str(PROGRAM), "--as", "vllm", "--port", port],
            capture_output=True,
            check=False,
            timeout=20,
            stdin=subprocess.DEVNULL,
        )
        assert taken.returncode == 1
        assert b"in use" in taken.stderr


@pytest.mark.parametrize("name", ["fim", "codestral", "recorded-vllm", "recorded-llama", "503", "html"])
def test_every_kind_of_behaviour_can_be_served(name: str) -> None:
    expected = {"codestral": 401, "503": 503}.get(name, 200)
    with served("--as", name) as (_, url):
        assert ask(url, "/models").status == expected


def test_a_wrong_name_is_refused_with_the_names_that_there_are() -> None:
    wrong = subprocess.run(
        [sys.executable, str(PROGRAM), "--as", "nobody"], capture_output=True, check=False, timeout=20
    )
    assert wrong.returncode == 2
    assert b"moonshot" in wrong.stderr


def test_the_script_is_where_the_program_looks_for_it() -> None:
    assert SCRIPT.name == "script.json"
    assert SCRIPT.is_file()
