"""Two models for fixes through the real server, one right, one wrong half of the time: the report tells exactly that."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types
from tests.doubles import ModelDouble
from tests.doubles.answers import Body, prompt_text
from tests.doubles.behaviours import behaviour
from tests.protocol.session import Session, environment, range_of, session

LEAST_DOCUMENTS, MOST_DOCUMENTS = 8, 24
"""Documents until both models have served one."""

WRONG = "    return width * heigth\n"
STAGES = ("made", "offered", "verified", "applied", "gone", "undone", "kept")
Truth = dict[str, dict[str, int]]


def right(_: Body) -> str:
    return "<<<<<<< SEARCH\n    return width * heigth\n=======\n    return width * height\n>>>>>>> REPLACE\n"


def half(body: Body) -> str:
    """Right in every other document; else what nobody wants, or nothing that could be a fix."""
    if "is even" in prompt_text(body):
        return right(body)
    return right(body).replace("width * height\n", "width + height\n") if "is odd" in prompt_text(body) else "No."


def config(folder: Path, good: str, bad: str) -> Path:
    file = folder / "config.toml"
    models = "".join(
        f'[models.{name}]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase_url = "{url}"\n'
        for name, url in (("good", good), ("bad", bad))
    )
    file.write_text(f'fix = "good"\n{models}[experiment.who]\nrole = "fix"\narms = {{ good = 0.5, bad = 0.5 }}\n')
    return file


def note(truth: Truth, model: str, *stages: str) -> None:
    row = truth.setdefault(model, dict.fromkeys(STAGES, 0))
    for stage in stages:
        row[stage] += 1


def later(clock: Path) -> None:
    """The next ten minutes begin."""
    clock.write_text(str(float(clock.read_text()) + 700))


async def one_document(user: Session, number: int, truth: Truth, clock: Path, doubles: dict[str, ModelDouble]) -> None:
    """Ask for a fix, apply it, undo what is wrong, write over some; sometimes the next ten minutes begin on the way."""
    name, kind = f"d{number}.py", ("even", "odd", "even", "none")[number % 4]
    user.open(name, f"def area(width, height):\n{WRONG}")
    problem = types.Diagnostic(range=range_of(1, 19, 25), message=f"`heigth` is {kind}", source="Mine")
    (action, *_) = await user.actions(name, problem)
    assert action.title.startswith("Fix with one of the experiment's models: "), "no arm is named before it is drawn"
    asked = {model: len(one.requests) for model, one in doubles.items()}
    resolved = await user.resolve(action)
    (model,) = (model for model, one in doubles.items() if len(one.requests) > asked[model])
    if number % 3 == 0:
        later(clock)
    if resolved.edit is None:
        note(truth, model, "made")
        return
    (change,) = resolved.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    (edit,) = change.edits
    assert isinstance(edit, types.TextEdit)
    user.change(name, edit.range, edit.new_text)
    assert resolved.command is not None
    await user.command(resolved.command.command, *(resolved.command.arguments or []))
    if model == "bad" and kind == "odd":
        line = WRONG[: edit.range.start.character] + edit.new_text + WRONG[edit.range.end.character :]
        assert line == "    return width + height\n"
        user.change(name, range_of(1, 0, len(line) - 1), WRONG.rstrip("\n"))
        await user.command("caretwise.explainLast")  # answered: the change is there
        note(truth, model, "made", "offered", "applied", "undone")
        return
    whole = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=user.uri(name)),
        range=types.Range(start=types.Position(line=0, character=0), end=types.Position(line=2, character=0)),
        context=types.CodeActionContext(diagnostics=[]),
    )
    await user.client.text_document_code_action_async(whole)  # the editor shows no problem any more
    if model == "bad" and number % 4 == 0:
        # Written over without being undone, and then looked at by the server on its own.
        line = "    return width * height"
        user.change(name, range_of(1, 0, len(line)), "    return 0")
        await user.command("caretwise.explainLast")
        later(clock)
        note(truth, model, "made", "offered", "applied", "gone")
        return
    note(truth, model, "made", "offered", "applied", "gone", "kept")


def report(user: Session) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "caretwise", "report", "--json"],
        env=dict(user.environ), capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


async def test_two_models_for_fixes_are_counted_exactly_and_ranked_rightly(tmp_path: Path) -> None:
    root, clock = tmp_path / "project", tmp_path / "now"
    root.mkdir()
    clock.write_text("1800000000.0")
    truth: Truth = {}
    with (
        ModelDouble(behaviour("moonshot", answerer=right)) as good,
        ModelDouble(behaviour("moonshot", answerer=half)) as bad,
    ):
        environ = environment(
            tmp_path,
            CARETWISE_CONFIG=str(config(tmp_path, good.base_url, bad.base_url)),
            CARETWISE_TEST_CLOCK=str(clock),
            MOONSHOT_API_KEY="sk-moonshot-test",
        )
        async with session(root, environ) as user:
            for number in range(MOST_DOCUMENTS):
                if number < LEAST_DOCUMENTS or not truth.get("bad", {}).get("undone") or "good" not in truth:
                    await one_document(user, number, truth, clock, {"good": good, "bad": bad})
        found = report(user)
    rows = {row["model"]: row for row in found["models"] if row["role"] == "fix"}
    assert {model: row["requests"] for model, row in rows.items()} == truth
    (comparison,) = found["comparisons"]
    assert (comparison["role"], comparison["experiment"], comparison["winner"]) == ("fix", "who", None)
    told = {arm["arm"]: (arm["opportunities"], arm["kept"]) for arm in comparison["arms"]}
    assert told == {model: (row["made"], row["kept"]) for model, row in truth.items()}
    assert all(arm["wait_ms"]["p50"] is not None for arm in comparison["arms"])
    assert rows["good"]["kept_per_request"]["value"] == 1.0 > rows["bad"]["kept_per_request"]["value"]
