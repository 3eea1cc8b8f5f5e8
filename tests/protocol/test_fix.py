"""Fixes over stdio, a real HTTP server behind the real server: listed, made, moved along, cancelled, refused."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types
from tests.doubles import ModelDouble, Stepped
from tests.doubles.answers import Body, Rule, ScriptedAnswers, prompt_text
from tests.doubles.behaviours import behaviour
from tests.protocol.session import Session, capabilities, environment, model_environment, range_of, session

WRONG = "def area(width, height):\n    return width * heigth\n"
OTHER = "\n\ndef other(a):\n    return aa\n"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    return tmp_path / "project", tmp_path / "home"


async def until(condition: Callable[[], object], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def diagnostic(line: int = 1, start: int = 19, end: int = 25, name: str = "heigth", **more) -> types.Diagnostic:
    return types.Diagnostic(
        range=range_of(line, start, end), message=f"Undefined name `{name}`", source="Ruff", code="F821", **more
    )


async def actions(
    editor: Session, name: str, given: list[types.Diagnostic], *, line: int = 1, **context
) -> list[types.CodeAction]:
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=editor.uri(name)),
        range=range_of(line, 0, 0),
        context=types.CodeActionContext(diagnostics=given, **context),
    )
    answer = await asyncio.wait_for(editor.client.text_document_code_action_async(params), 20)
    return [one for one in answer or [] if isinstance(one, types.CodeAction)]


def edits(resolved: types.CodeAction) -> list[tuple[types.Range, str]]:
    assert resolved.edit is not None
    assert resolved.edit.document_changes is not None
    change = resolved.edit.document_changes[0]
    assert isinstance(change, types.TextDocumentEdit)
    return [(one.range, one.new_text) for one in change.edits]


def answering(answer: str, prompts: list[str]) -> Callable[[Body], str]:
    def say(body: Body) -> str:
        prompts.append(prompt_text(body))
        return answer

    return say


async def test_actions_are_listed_by_line_and_function_and_are_never_preferred(places):
    prompts: list[str] = []
    answer = "<<<<<<< SEARCH\n    return width * heigth + wide\n=======\n    return width * height + width\n>>>>>>> REPLACE\n"
    with ModelDouble(behaviour("moonshot", answerer=answering(answer, prompts))) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            editor.open("a.py", WRONG.replace("heigth", "heigth + wide") + OTHER)
            related = types.DiagnosticRelatedInformation(
                location=types.Location(uri=editor.uri("a.py"), range=range_of(0, 16, 22)), message="Did you mean this?"
            )
            first = diagnostic(
                code_description=types.CodeDescription(href="https://docs.astral.sh/ruff/rules/undefined-name"),
                related_information=[related],
                severity=types.DiagnosticSeverity.Error,
            )
            second, far = diagnostic(1, 28, 32, "wide"), diagnostic(5, 11, 13, "aa")
            listed = await actions(editor, "a.py", [first, second, far])
            assert [(one.kind, one.is_preferred, one.edit) for one in listed] == [("quickfix", False, None)] * 3
            linked = [[one.message[-6:] for one in action.diagnostics or ()] for action in listed]
            assert linked == [["eigth`"], ["`wide`"], ["eigth`", "`wide`"]]
            assert listed[2].title == "Fix all 2 in this function with kimi-k2.6"
            assert prompts == []
            assert await actions(editor, "a.py", [far], only=[types.CodeActionKind.Refactor]) == []
            by_hand = await actions(editor, "a.py", [], trigger_kind=types.CodeActionTriggerKind.Invoked)
            assert [one.kind for one in by_hand] == ["source.caretwise.findBugs"]
            automatic = await actions(editor, "a.py", [], trigger_kind=types.CodeActionTriggerKind.Automatic)
            assert automatic == []
            resolved = await editor.resolve(listed[2])
            assert [text for _, text in edits(resolved)] != []
            for words in ("Did you mean this? (a.py:1)", "rules/undefined-name", "Ruff F821", "`heigth`", "`wide`"):
                assert words in prompts[0]
            assert "`aa`" not in prompts[0].split("The problem:")[1]


async def test_a_fix_moves_along_with_its_lines_or_is_refused(places):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            editor.open("a.py", WRONG)
            action = (await actions(editor, "a.py", [diagnostic()]))[0]
            editor.insert("a.py", 0, 0, "import math\n")  # between listing and picking
            picked = asyncio.create_task(editor.resolve(action))
            await until(lambda: double.requests)
            editor.insert("a.py", 0, 0, "import os\n")  # while the model thinks
            pace.allow_all()
            resolved = await picked
            assert edits(resolved) == [(range_of(3, 23, 25), "ht")]
            assert resolved.edit.document_changes[0].text_document.version == 3
            editor.insert("a.py", 0, 0, "\n")  # before the editor has made anything of the answer
            assert edits(await editor.resolve(action)) == [(range_of(4, 23, 25), "ht")]
            assert len(double.requests) == 1
            editor.insert("a.py", 4, 4, "x")  # in the lines of the problem
            assert (await editor.resolve(action)).edit is None
            await until(lambda: editor.messages)
            assert editor.messages[-1] == (
                "caretwise: No fix: the lines of the problem have changed since the action was listed; ask again."
            )
            assert "(changed)" in await editor.command("caretwise.explainLast")
            assert len(double.requests) == 1


async def test_progress_is_shown_and_its_cancel_ends_the_request_to_the_model(places):
    can = capabilities()
    can.window = types.WindowClientCapabilities(work_done_progress=True)
    with ModelDouble(behaviour("moonshot", pace=Stepped())) as double:
        environ = environment(places[1], **model_environment(double.base_url))
        async with session(places[0], environ, can=can) as editor:
            editor.open("a.py", WRONG)
            action = (await actions(editor, "a.py", [diagnostic()]))[0]
            picked = asyncio.create_task(editor.resolve(action))
            await until(lambda: double.requests and any(editor.client.progress_reports.values()))
            token, shown = next(iter(editor.client.progress_reports.items()))
            assert (shown[0].kind, shown[0].cancellable) == ("begin", True)
            assert "asking kimi-k2.6" in [one.message for one in shown]
            editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
            assert (await picked).edit is None
            await until(lambda: shown[-1].kind == "end")
            await until(lambda: double.hang_ups)
            assert editor.messages == []
            assert "it was cancelled (cancelled)" in await editor.command("caretwise.explainLast")


async def test_an_editor_that_cannot_resolve_gets_the_edit_by_command(places):
    can = copy.deepcopy(capabilities())
    assert can.text_document is not None
    can.text_document.code_action = None
    can.workspace = types.WorkspaceClientCapabilities(
        apply_edit=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=False)
    )
    with ModelDouble(behaviour("moonshot")) as double:
        environ = environment(places[1], **model_environment(double.base_url))
        async with session(places[0], environ, can=can) as editor:
            taken: list[types.ApplyWorkspaceEditParams] = []
            willing = [False, True]

            @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
            def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
                taken.append(params)
                return types.ApplyWorkspaceEditResult(applied=willing.pop(0), failure_reason=None)

            editor.open("a.py", WRONG)
            params = types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=editor.uri("a.py")),
                range=range_of(1, 0, 0),
                context=types.CodeActionContext(diagnostics=[diagnostic()]),
            )
            (command,) = await editor.client.text_document_code_action_async(params) or ()
            assert isinstance(command, types.Command)
            assert await editor.command(command.command, *(command.arguments or ())) is False
            assert "not taken the change" in await editor.command("caretwise.explainLast")
            assert await editor.command(command.command, *(command.arguments or ())) is True
            assert taken[1].edit.changes is not None
            assert list(taken[1].edit.changes[editor.uri("a.py")]) == [types.TextEdit(range_of(1, 23, 25), "ht")]
            for odd in (None, {"uri": 3}, {"uri": editor.uri("a.py"), "version": 1, "diagnostics": [7]}):
                assert await editor.command("caretwise.fix", odd) is False
        row = editor.report()["kimi-k2.6", "fix"]
        assert (row["offered"], row["applied"]) == (2, 1)


async def test_a_fix_whose_edit_arrives_is_counted_once_with_or_without_the_command(places):
    with ModelDouble(behaviour("moonshot")) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            for name in ("a.py", "b.py", "c.py"):
                editor.open(name, WRONG)
                resolved = await editor.resolve((await actions(editor, name, [diagnostic()]))[0])
                assert edits(resolved) == [(range_of(1, 23, 25), "ht")]
                if name == "c.py":  # something else is typed: the fix was not taken
                    editor.insert(name, 1, 24, "x")
                    continue
                editor.insert(name, 1, 25, "ht")
                editor.change(name, range_of(1, 23, 25), "")
                if name == "a.py":
                    assert resolved.command is not None
                    await editor.command(resolved.command.command, *(resolved.command.arguments or ()))
            editor.change("a.py", range_of(1, 23, 25), "th")  # undone
            await editor.command("caretwise.explainLast")
        row = editor.report()["kimi-k2.6", "fix"]
        assert [row[name] for name in ("offered", "applied", "undone")] == [3, 2, 1]


@pytest.mark.parametrize("first", ["edit", "command"])
async def test_a_fix_that_was_sent_away_is_not_counted_when_the_same_is_taken_later(places, first):
    with ModelDouble(behaviour("moonshot")) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            editor.open("a.py", WRONG)
            await editor.resolve((await actions(editor, "a.py", [diagnostic()]))[0])
            editor.insert("a.py", 1, 25, " ")  # another version, for which the fix is made anew
            editor.change("a.py", range_of(1, 25, 26), "")
            taken = await editor.resolve((await actions(editor, "a.py", [diagnostic()]))[0])
            assert taken.command is not None
            if first == "edit":
                editor.change("a.py", range_of(1, 23, 25), "ht")
            await editor.command(taken.command.command, *(taken.command.arguments or ()))
            if first == "command":
                editor.change("a.py", range_of(1, 23, 25), "ht")
            await editor.command("caretwise.explainLast")
        row = editor.report()["kimi-k2.6", "fix"]
        assert [row[name] for name in ("offered", "applied", "undone")] == [2, 1, 0]


BUG = """A look at it.
<<<<<<< BUG
line: 9
code: return total / len(numbers)
problem: An empty list divides by zero.
why: mean([]) raises ZeroDivisionError instead of giving 0.
>>>>>>> END
"""
MEAN = "def mean(numbers):\n    total = sum(numbers)\n    return total / len(numbers)\n"
TEST = "from stats import mean\n\n\ndef test_mean_of_nothing():\n    assert mean([]) == 0\n"
OUTPUT = """_____ test_mean_of_nothing _____
    def test_mean_of_nothing():
>       assert mean([]) == 0
tests/test_stats.py:5:
stats.py:3: in mean
    return total / len(numbers)
E   ZeroDivisionError: division by zero
"""
MENDED = (
    "<<<<<<< SEARCH\n    return total / len(numbers)\n=======\n"
    "    return total / len(numbers) if numbers else 0\n>>>>>>> REPLACE\n"
)


class Findings(ScriptedAnswers):
    """Bugs when it is asked for bugs, the mended line when it is asked for a fix."""

    def __call__(self, body: Body) -> str:
        return BUG if "<<<<<<< BUG" in prompt_text(body) else MENDED


async def test_bugs_become_diagnostics_that_move_are_fixed_and_dismissed(places):
    with ModelDouble(behaviour("moonshot", answerer=Findings(()))) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            shown = editor.client.diagnostics
            editor.open("stats.py", MEAN)
            uri = editor.uri("stats.py")
            place = {"uri": uri, "position": {"line": 1, "character": 0}}
            assert await editor.command("caretwise.findBugs", place) == 1
            found = shown[uri][0]
            assert (found.source, found.range) == ("caretwise", range_of(2, 4, 31))
            assert found.message.splitlines()[1].startswith("mean([]) raises")
            editor.insert("stats.py", 0, 0, "import math\n")
            await until(lambda: shown[uri][0].range.start.line == 3)
            listed = await actions(editor, "stats.py", [shown[uri][0]], line=3)
            assert [one.title.split(":")[0] for one in listed] == ["Fix with kimi-k2.6", "Dismiss this finding"]
            resolved = await editor.resolve(listed[0])
            assert edits(resolved) == [(range_of(3, 31, 31), " if numbers else 0")]
            dismiss = listed[1].command
            assert dismiss is not None
            assert await editor.command(dismiss.command, *(dismiss.arguments or ())) is True
            await until(lambda: not shown[uri])
            place["position"]["line"] = 2
            assert await editor.command("caretwise.findBugs", place) == 0
            assert "1 dismissed before" in editor.messages[-1]
            assert await editor.command("caretwise.findBugs", {"uri": uri}) == -1


async def test_a_failing_tests_output_leads_to_a_fix_of_the_code_that_it_tests(places):
    project, home = places
    (project / "tests").mkdir()
    (project / "stats.py").write_text(MEAN)
    (project / "tests" / "test_stats.py").write_text(TEST)
    can = capabilities()
    can.workspace.apply_edit = True
    with ModelDouble(behaviour("moonshot", answerer=Findings(()))) as double:
        async with session(project, environment(home, **model_environment(double.base_url)), can=can) as editor:
            taken: list[types.WorkspaceEdit] = []

            @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
            def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
                taken.append(params.edit)
                return types.ApplyWorkspaceEditResult(applied=True)

            assert await editor.command("caretwise.fixTest", OUTPUT) is True
            change = taken[0].document_changes[0]
            assert isinstance(change, types.TextDocumentEdit)
            assert (change.text_document.uri, change.text_document.version) == (editor.uri("stats.py"), None)
            assert change.edits[0].new_text == " if numbers else 0"
            prompt = prompt_text(double.requests[0].json)
            assert "ZeroDivisionError: division by zero" in prompt
            assert "assert mean([]) == 0" in prompt
            for nothing in ("all is well", 3, "elsewhere.py:3: in f\n"):
                assert await editor.command("caretwise.fixTest", nothing) is False
            assert "(elsewhere)" in await editor.command("caretwise.explainLast")
        assert editor.report()["kimi-k2.6", "fix"]["applied"] == 1


TWO = "def one(a):\n    return -a\n\n\ndef two(a):\n    return a + 3\n"
TEST_TWO = "def test_one():\n    assert one(1) == 1\n\n\ndef test_two():\n    assert two(1) == 3\n"
BOTH = "FAILED test_two.py::test_one - assert -1 == 1\nFAILED test_two.py::test_two - assert 4 == 3\n"
MEND_ONE = Rule(("assert -1 == 1",), "<<<<<<< SEARCH\n    return -a\n=======\n    return a\n>>>>>>> REPLACE\n")
MEND_TWO = Rule(("assert 4 == 3",), "<<<<<<< SEARCH\n    return a + 3\n=======\n    return a + 2\n>>>>>>> REPLACE\n")


@pytest.mark.parametrize(
    ("answers", "prompts", "said"),
    [
        (lambda titles: titles[-1], ["assert -1 == 1", "assert 4 == 3"], ""),
        (lambda titles: titles[1], ["assert 4 == 3"], "Not looked at: test_one."),
        (lambda _: "", [], ""),
        (None, ["assert -1 == 1"], "Not looked at: test_two."),
    ],
    ids=["all", "one", "none", "an editor that cannot ask"],
)
async def test_the_user_says_which_of_several_failing_tests_are_mended(places, answers, prompts, said):
    project, home = places
    (project / "code.py").write_text(TWO)
    (project / "test_two.py").write_text(TEST_TWO)
    can = capabilities()
    can.workspace.apply_edit = True
    with ModelDouble(behaviour("moonshot", answerer=ScriptedAnswers((MEND_ONE, MEND_TWO)))) as double:
        async with session(project, environment(home, **model_environment(double.base_url)), can=can) as editor:
            asked: list[types.ShowMessageRequestParams] = []
            applied: list[types.TextEdit] = []

            @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
            def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
                change = params.edit.document_changes[0]
                applied.extend(change.edits)
                editor.change("code.py", change.edits[0].range, change.edits[0].new_text)
                return types.ApplyWorkspaceEditResult(applied=True)

            if answers is not None:

                @editor.client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
                def choose(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
                    asked.append(params)
                    title = answers([one.title for one in params.actions])
                    return types.MessageActionItem(title=title) if title else None

            editor.open("code.py", TWO)
            assert await editor.command("caretwise.fixTest", BOTH) is bool(prompts)
            assert len(double.requests) == len(prompts) == len(applied)
            for prompt, request in zip(prompts, double.requests, strict=True):
                assert prompt in prompt_text(request.json)
            assert any(said in message for message in editor.messages) or not said
            if asked:
                titles = [one.title for one in asked[0].actions or ()]
                assert titles == ["code.py:1 (test_one)", "code.py:5 (test_two)", "All 2"]


async def test_a_document_that_was_opened_anew_is_given_no_edit_for_the_old_one(places):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            editor.open("a.py", WRONG)
            picked = asyncio.create_task(editor.resolve((await actions(editor, "a.py", [diagnostic()]))[0]))
            await until(lambda: double.requests)
            identifier = types.TextDocumentIdentifier(uri=editor.uri("a.py"))
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))
            editor.open("a.py", "import os\n" + WRONG)  # its version is 1 again
            pace.allow_all()
            assert edits(await picked) == [(range_of(2, 23, 25), "ht")]


async def test_an_action_of_a_document_that_was_opened_anew_is_for_the_line_where_its_problem_stands_now(places):
    with ModelDouble(behaviour("moonshot")) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            identifier = types.TextDocumentIdentifier(uri=editor.uri("a.py"))
            editor.open("a.py", WRONG)
            action = (await actions(editor, "a.py", [diagnostic()]))[0]
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))
            editor.open("a.py", "import os\n" + WRONG)  # its version is 1 again
            assert await actions(editor, "a.py", [diagnostic(line=2)], line=2) != []
            assert edits(await editor.resolve(action)) == [(range_of(2, 23, 25), "ht")]
            assert (await editor.command("caretwise.explainLast")).startswith("a.py:3 ")
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))
            editor.open("a.py", WRONG.replace("heigth", "depht"))
            assert (await editor.resolve(action)).edit is None
            assert "(changed)" in await editor.command("caretwise.explainLast")
            assert len(double.requests) == 1


async def test_a_problem_that_comes_twice_gets_one_action(places):
    with ModelDouble(behaviour("moonshot")) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url))) as editor:
            editor.open("a.py", WRONG)
            found = await actions(editor, "a.py", [diagnostic(), diagnostic()])
            assert [one.title.partition(": ")[2] for one in found] == ["Undefined name `heigth`"]


async def test_an_editor_that_does_not_say_that_it_takes_versioned_edits_gets_plain_ones(places):
    can = capabilities()
    can.workspace.workspace_edit = None
    with ModelDouble(behaviour("moonshot")) as double:
        async with session(places[0], environment(places[1], **model_environment(double.base_url)), can=can) as editor:
            editor.open("a.py", WRONG)
            resolved = await editor.resolve((await actions(editor, "a.py", [diagnostic()]))[0])
            assert resolved.edit.document_changes is None
            assert [(one.range, one.new_text) for one in resolved.edit.changes[editor.uri("a.py")]] == [
                (range_of(1, 23, 25), "ht")
            ]
