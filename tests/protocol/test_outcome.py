"""What the journal knows after an editing session with the real server: every count against what was really done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.protocol.session import Session, environment, session

from caretwise.adapters.journal import read_events
from caretwise.measure.event import Event, Kind

START = "def area(width, height):\n    return "
GOOD, BAD = "width * height", "NotImplemented"
SECRET = "sk-live-4f9a8b7c6d5e4f3a2b1c"


def double(answer: str) -> ModelDouble:
    return ModelDouble(Moonshot(ScriptedAnswers((Rule((START,), f"```python\n    return {answer}\n```", "chat"),))))


def config(folder: Path, good: str, bad: str) -> Path:
    file = folder / "config.toml"
    models = "".join(
        f'[models.{name}]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase_url = "{address}"\n'
        for name, address in (("good", good), ("bad", bad))
    )
    file.write_text(f'inline = "good"\n{models}[experiment.which]\narms = {{ good = 1, bad = 1 }}\n')
    return file


async def events_when(state: Path, done: Callable[[list[Event]], Any], what: str) -> list[Event]:
    """The journal, once it is as wanted; it is written in the background."""
    for _ in range(400):
        found = list(read_events(state))
        if done(found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"the journal never had {what}")


async def one_document(user: Session, name: str, truth: dict[str, list[int]]) -> str:
    """Open a document, take what is offered if it is good; which model that was."""
    user.open(name, START + "\n")
    item = await user.ghost(name, 1, len("    return "))
    assert item is not None
    assert isinstance(item.insert_text, str)
    model = {GOOD: "good", BAD: "bad"}[item.insert_text]
    assert item.command is not None
    suggestion = (item.command.arguments or [""])[0]
    user.client.protocol.notify("caretwise/didShow", {"id": suggestion})
    shown, accepted, characters = truth.setdefault(model, [0, 0, 0])
    if model == "good":
        user.insert(name, 1, len("    return "), item.insert_text)
        await user.accept(item)
        truth[model] = [shown + 1, accepted + 1, characters + len(item.insert_text)]
    else:
        user.client.protocol.notify("caretwise/didDismiss", {"id": suggestion})
        truth[model] = [shown + 1, accepted, characters]
    return model


async def test_two_models_are_told_apart_and_counted_exactly(tmp_path: Path) -> None:
    root, clock = tmp_path / "project", tmp_path / "now"
    root.mkdir()
    now = 1_800_000_000.0
    clock.write_text(str(now))
    with double(GOOD) as good, double(BAD) as bad:
        environ = environment(
            tmp_path,
            CARETWISE_CONFIG=str(config(tmp_path, good.base_url, bad.base_url)),
            CARETWISE_TEST_CLOCK=str(clock),
            MOONSHOT_API_KEY="sk-moonshot-test",
        )
        truth: dict[str, list[int]] = {}
        arms: dict[str, str] = {}
        async with session(root, environ) as user:
            for number in range(24):
                arms[f"d{number}.py"] = await one_document(user, f"d{number}.py", truth)
            # In the same ten minutes a document keeps its arm; an hour later some have another.
            user.insert("d0.py", 0, 0, "# again\n")
            item = await user.ghost("d0.py", 2, len("    return "))
            if arms["d0.py"] == "bad":
                assert item is not None
                assert item.insert_text == BAD
                truth["bad"][0] += 1  # left standing
            kept = [name for name, model in arms.items() if model == "good"]
            # One of those that were accepted is taken out again after 100 s.
            clock.write_text(str(now + 100))
            user.insert(kept[-1], 0, 0, "")
            await events_when(
                tmp_path / "state", lambda found: count(found, Kind.RETAINED) == len(kept), "the first look"
            )
            replace(user, kept[-1], "")
            await user.command("caretwise.explainLast")  # answered: the change is there before the time is
            clock.write_text(str(now + 130))
            await events_when(
                tmp_path / "state", lambda found: count(found, Kind.RETAINED) == 2 * len(kept), "the second look"
            )
            clock.write_text(str(now + 700))
            await events_when(
                tmp_path / "state", lambda found: count(found, Kind.RETAINED) == 4 * len(kept), "all looks"
            )
        report = user.report()
        events = list(read_events(tmp_path / "state"))
    assert set(truth) == {"good", "bad"}, "24 documents, and all of one arm"
    for model, (shown, accepted, characters) in truth.items():
        row = report[model, "inline"]
        assert (row["shown"], row["accepted"], row["accepted_characters"]) == (shown, accepted, characters)
    assert report["good", "inline"]["rate"] > report["bad", "inline"]["rate"]
    looks = [one for one in events if one.kind is Kind.RETAINED]
    assert sorted((one.after_s, one.share, one.disturbed) for one in looks if one.share != 1.0) == [
        (120, 0.0, "undo"),
        (300, 0.0, "undo"),
        (600, 0.0, "undo"),
    ]
    assert count(events, Kind.UNDONE) == 1
    for one in events:
        assert one.experiment == "which"
        assert one.arm == one.model
        assert one.propensity == 0.5
        assert len(one.block) == len(one.user) == 16
        assert one.editor == "pytest-lsp"
    shown = [one for one in events if one.kind is Kind.SHOWN]
    assert all(one.syntax == "line_end" and one.shown_ms is not None for one in shown)
    assert sum(one.evidence != "notice" for one in shown) == (arms["d0.py"] == "bad")
    assert {one.evidence for one in events if one.kind is Kind.ACCEPTED} == {"command", "text"}


def count(events: list[Event], kind: Kind) -> int:
    return sum(one.kind is kind for one in events)


def replace(user: Session, name: str, text: str) -> None:
    """Take out what was accepted."""
    user.versions[name] += 1
    start = len("    return ")
    span = types.Range(types.Position(1, start), types.Position(1, start + len(GOOD)))
    user.client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(uri=user.uri(name), version=user.versions[name]),
            [types.TextDocumentContentChangePartial(range=span, text=text)],
        )
    )
