"""Capture through the real server: nothing without consent, nothing of denied files, secrets masked, pairs exported."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.protocol.session import Session, environment, session

from caretwise.adapters.disk_trouble import Trouble
from caretwise.adapters.journal import read_events
from caretwise.adapters.sample_store import read_samples
from caretwise.measure.event import Kind

SECRET = "sk-live-4f9a8b7c6d5e4f3a2b1c9d8e"
START = f'API_KEY = "{SECRET}"\n\ndef area(width, height):\n    return '
ANSWERS = {"good": "width * height", "bad": "NotImplemented"}
TRAILER = "\n"
NAMES = [f"d{number}.py" for number in range(16)]


def double(answer: str) -> ModelDouble:
    text = f"```python\n    return {answer}\n```"
    return ModelDouble(Moonshot(ScriptedAnswers((Rule(("def area",), text, "chat"),))))


def cli(environ: Mapping[str, str], *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "caretwise", "log", *words],
        env=dict(environ), capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def world(tmp_path: Path, good: ModelDouble, bad: ModelDouble, more: str = "", **environ: str) -> dict[str, str]:
    models = "".join(
        f'[models.{name}]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase_url = "{one.base_url}"\n'
        for name, one in (("good", good), ("bad", bad))
    )
    config = tmp_path / "config.toml"
    config.write_text(f'inline = "good"\n{more}{models}[experiment.which]\narms = {{ good = 1, bad = 1 }}\n')
    (tmp_path / "now").write_text("1800000000")
    root = tmp_path / "project"
    root.mkdir()
    for name in (*NAMES, "secret/hidden.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(START + TRAILER)
    (root / ".gitignore").write_text("secret/\n")
    (root / ".git").mkdir()
    return environment(
        tmp_path,
        CARETWISE_CONFIG=str(config),
        CARETWISE_TEST_CLOCK=str(tmp_path / "now"),
        MOONSHOT_API_KEY="sk-moonshot-test",
        **environ,
    )


async def work(user: Session, name: str) -> str:
    """Take what is good, send away what is bad; which model that was."""
    user.open(name, START + TRAILER)
    item = await user.ghost(name, 3, len("    return "))
    assert item is not None
    assert item.command is not None
    model = "good" if item.insert_text == ANSWERS["good"] else "bad"
    suggestion = (item.command.arguments or [""])[0]
    user.client.protocol.notify("caretwise/didShow", {"id": suggestion})
    if model == "good":
        user.insert(name, 3, len("    return "), str(item.insert_text))
        await user.accept(item)
    else:
        user.client.protocol.notify("caretwise/didDismiss", {"id": suggestion})
    return model


async def session_of(tmp_path: Path, environ: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """A session with all documents, seen through to the look after five minutes; the model of each."""
    async with session(tmp_path / "project", environ) as user:
        models = {name: await work(user, name) for name in names}
        await user.command("caretwise.explainLast")
        (tmp_path / "now").write_text("1800000700")
        await user.command("caretwise.explainLast")
        for name in names:
            document = types.TextDocumentIdentifier(uri=user.uri(name))
            user.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
        await user.command("caretwise.explainLast")
    return models


async def test_what_was_kept_and_what_was_sent_away(tmp_path: Path) -> None:
    with double(ANSWERS["good"]) as good, double(ANSWERS["bad"]) as bad:
        environ = world(tmp_path, good, bad)
        assert "--yes" in cli(environ, "capture", "on", code=2)
        assert "Capture is on" in cli(environ, "capture", "on", "--yes")
        models = await session_of(tmp_path, environ, [*NAMES, "secret/hidden.py"])
    del models["secret/hidden.py"]
    assert set(models.values()) == {"good", "bad"}
    folder = tmp_path / "state" / "capture"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    found = read_samples(tmp_path / "state")
    assert not isinstance(found, Trouble)
    counted = {name: [one.model for one in found[0]].count(name) for name in ANSWERS}
    assert counted == {name: list(models.values()).count(name) for name in ANSWERS}
    assert {one.ghost for one in found[0]} == set(ANSWERS.values())
    shown = cli(environ, "capture", "show", "--last", "99")
    assert f"{counted['good']} kept, {counted['bad']} dismissed, 0 neither; 1 pairs" in shown
    check_exports(tmp_path, environ, counted["good"])
    assert sorted(path.name for path in folder.iterdir() if SECRET.encode() in path.read_bytes()) == []
    cli(environ, "capture", "off", "--delete")
    assert sorted(path.name for path in folder.iterdir() if path.name != "open.lock") == []


def check_exports(tmp_path: Path, environ: Mapping[str, str], kept: int) -> None:
    rows: dict[str, list[Any]] = {}
    for form in ("chat", "fim", "preference"):
        out = tmp_path / f"{form}.jsonl"
        cli(environ, "capture", "export", "--form", form, "--out", str(out))
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert SECRET not in out.read_text()
        rows[form] = [json.loads(line) for line in out.read_text().splitlines()]
        assert "is there already" in cli(environ, "capture", "export", "--form", form, "--out", str(out), code=2)
    assert (len(rows["chat"]), len(rows["fim"]), len(rows["preference"])) == (kept, kept, 1)
    assert rows["fim"][0]["middle"] == ANSWERS["good"]
    assert rows["fim"][0]["prefix"].endswith("\n\ndef area(width, height):\n    return ")
    assert rows["preference"][0]["rejected"][0]["content"] == f"<completion>{ANSWERS['bad']}</completion>"
    none = tmp_path / "none.jsonl"
    assert "0 lines" in cli(environ, "capture", "export", "--form", "fim", "--model", "bad", "--out", str(none))


@pytest.mark.parametrize("how", ["nobody asked", "DO_NOT_TRACK", "journal = false"])
async def test_nothing_is_captured(tmp_path: Path, how: str) -> None:
    with double(ANSWERS["good"]) as good, double(ANSWERS["bad"]) as bad:
        more = "journal = false\n" if how == "journal = false" else ""
        environ = world(tmp_path, good, bad, more, **({"DO_NOT_TRACK": "1"} if how == "DO_NOT_TRACK" else {}))
        if how != "nobody asked":
            assert "nothing is captured" in cli(environ, "capture", "on", "--yes")
        await session_of(tmp_path, environ, NAMES[:2])
    assert list((tmp_path / "state").glob("capture/samples.db*")) == []
    if how == "nobody asked":
        assert any(event.kind in {Kind.ACCEPTED, Kind.DISMISSED} for event in read_events(tmp_path / "state"))


async def captured_when(state: Path, number: int) -> list[str]:
    """The models of what was captured, once there are so many; it is written in the background."""
    for _ in range(200):
        found = read_samples(state)
        if not isinstance(found, Trouble) and len(found[0]) >= number:
            return [one.model for one in found[0]]
        await asyncio.sleep(0.05)
    raise AssertionError(f"{number} were never captured")


async def test_consent_that_is_taken_back_holds_at_once(tmp_path: Path) -> None:
    with double(ANSWERS["good"]) as good, double(ANSWERS["bad"]) as bad:
        environ = world(tmp_path, good, bad)
        cli(environ, "capture", "on", "--yes")
        async with session(tmp_path / "project", environ) as user:
            first = await work(user, NAMES[0])
            assert await captured_when(tmp_path / "state", 1) == [first]
            cli(environ, "capture", "off")
            for name in NAMES[1:6]:
                await work(user, name)
            await user.command("caretwise.explainLast")
    assert await captured_when(tmp_path / "state", 1) == [first]
    events = list(read_events(tmp_path / "state"))
    assert len({event.suggestion for event in events if event.kind in {Kind.ACCEPTED, Kind.DISMISSED}}) == 6
