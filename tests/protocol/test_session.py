"""Whole sessions over stdio with a real HTTP server behind them: ghost text, fixes, counting, privacy, trouble."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from lsprotocol import types
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour
from tests.doubles.sglang import SGLang
from tests.doubles.vllm import Vllm
from tests.protocol.session import Session, capabilities, environment, model_environment, range_of, session

PYTHON = "def area(width, height):\n    return "
TYPESCRIPT = "export function area(width: number, height: number): number {\n  return \n}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / ".git").mkdir()
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def moonshot():
    with ModelDouble(behaviour("moonshot")) as double:
        yield double


async def until(condition, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_ghost_text_and_its_acceptance_are_counted_under_the_models_name(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        capabilities = editor.client.capabilities
        assert capabilities
        editor.open("a.py", PYTHON)
        item = await editor.ghost("a.py", 1, 11)
        assert item is not None
        assert item.insert_text == "width * height"
        assert item.range == range_of(1, 11, 11)
        editor.insert("a.py", 1, 11, item.insert_text)
        await editor.accept(item)
        editor.open("a.ts", TYPESCRIPT, "typescript")
        item = await editor.ghost("a.ts", 1, 9)
        assert item is not None
        assert item.insert_text == "width * height;"
    row = editor.report()["kimi-k2.6", "inline"]
    assert (row["accepted"], row["accepted_characters"]) == (1, len("width * height"))
    body = moonshot.requests[0].json
    assert body["thinking"] == {"type": "disabled"}
    assert "temperature" not in body


async def test_another_host_by_changing_the_environment_only(project, home):
    with ModelDouble(behaviour("vllm")) as vllm:
        chosen = model_environment(vllm.base_url, "moonshotai/Kimi-K2.6", "vllm")
        async with session(project, environment(home, **chosen)) as editor:
            editor.open("a.py", PYTHON)
            item = await editor.ghost("a.py", 1, 11)
            assert item is not None
            assert item.insert_text == "width * height"
            await editor.accept(item)
        assert editor.report()["moonshotai/Kimi-K2.6", "inline"]["accepted"] == 1
        assert vllm.requests[0].json["chat_template_kwargs"] == {"thinking": False, "enable_thinking": False}


@pytest.mark.parametrize(("host", "double"), [("vllm", Vllm), ("sglang", SGLang)])
async def test_a_template_that_reads_another_switch_is_kept_from_thinking_too(project, home, host, double):
    """Qwen's and GLM's read `enable_thinking`; the model is served under a name that says nothing."""
    house = double(model="house-model", switch="enable_thinking")
    with ModelDouble(house) as model:
        async with session(
            project, environment(home, **model_environment(model.base_url, "house-model", host))
        ) as editor:
            editor.open("a.py", PYTHON)
            item = await editor.ghost("a.py", 1, 11)
            assert item is not None
            assert item.insert_text == "width * height"
    assert house.understood
    assert not any(one.thinking for one in house.understood)


async def test_typing_what_is_suggested_asks_nobody_again(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.ghost("a.py", 1, 11) is not None
        for typed, character in enumerate("width * "):
            editor.insert("a.py", 1, 11 + typed, character)
            item = await editor.ghost("a.py", 1, 12 + typed)
            assert item is not None
            assert item.insert_text == "width * height"[typed + 1 :]
        assert len(moonshot.requests) == 1
        await editor.accept(item)
    row = editor.report()["kimi-k2.6", "inline"]
    assert (row["shown"], row["accepted"]) == (1, 1)


async def test_a_cancelled_request_leaves_its_stream_to_the_next(project, home):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as slow:
        async with session(project, environment(home, **model_environment(slow.base_url))) as editor:
            editor.open("a.py", PYTHON)
            first = asyncio.create_task(editor.ghost("a.py", 1, 11))
            await until(lambda: slow.requests)
            editor.client.cancel_request(types.CancelParams(id=_last_id(editor)))
            with pytest.raises(Exception, match="cancelled"):
                await first
            editor.insert("a.py", 1, 11, "w")
            second = asyncio.create_task(editor.ghost("a.py", 1, 12))
            await asyncio.sleep(0)
            pace.allow_all()
            item = await second
            assert item is not None
            assert item.insert_text == "idth * height"
            assert len(slow.requests) == 1


def _last_id(editor: Session) -> str:
    return list(editor.client.protocol._request_futures)[-1]


async def test_a_fix_is_offered_checked_and_counted(project, home, moonshot):
    text = "def area(width, height):\n    return width * heigth\n"
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", text)
        diagnostic = types.Diagnostic(
            range=range_of(1, 19, 25), message="undefined name 'heigth'", source="ruff", code="F821"
        )
        actions = await editor.actions("a.py", diagnostic)
        assert [action.kind for action in actions] == [types.CodeActionKind.QuickFix]
        assert "kimi-k2.6" in actions[0].title
        assert actions[0].edit is None
        assert not moonshot.requests
        resolved = await editor.resolve(actions[0])
        assert resolved.edit is not None
        assert resolved.edit.document_changes is not None
        change = resolved.edit.document_changes[0]
        assert isinstance(change, types.TextDocumentEdit)
        assert change.text_document.version == 1
        assert [(edit.range, edit.new_text) for edit in change.edits] == [(range_of(1, 23, 25), "ht")]
        assert resolved.command is not None
        await editor.command(resolved.command.command, *(resolved.command.arguments or []))
    row = editor.report()["kimi-k2.6", "fix"]
    assert (row["offered"], row["applied"]) == (1, 1)
    assert moonshot.requests[0].json["thinking"] == {"type": "enabled"}


async def test_a_fix_that_passes_no_check_is_withheld_and_said(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", "def other():\n    return 1\n")
        diagnostic = types.Diagnostic(range=range_of(1, 4, 10), message="something else", source="ruff")
        resolved = await editor.resolve((await editor.actions("a.py", diagnostic))[0])
        assert resolved.edit is None
        await until(lambda: any("No fix" in message for message in editor.messages))
    assert editor.report()["kimi-k2.6", "fix"]["withheld"] == 1


async def test_without_a_model_the_embedded_engine_answers_under_its_own_name(project, home):
    (project / "known.py").write_text(
        "def load_settings(path):\n    with open(path, encoding='utf-8') as file:\n        return file.read()\n" * 4
    )
    async with session(project, environment(home)) as editor:
        editor.open("a.py", "def other(path):\n    with open(path, enc")
        item = None
        async with asyncio.timeout(20):
            while item is None:  # the project is being learned
                item = await editor.ghost("a.py", 1, 23)
        assert item.insert_text == "oding='utf-8') as file:"
        await editor.accept(item)
        diagnostic = types.Diagnostic(range=range_of(0, 0, 1), message="anything")
        assert await editor.actions("a.py", diagnostic) == []
        assert editor.statuses[-1].model == "embedded"
    assert set(editor.report()) == {("embedded", "inline")}


# -- what must never be sent -------------------------------------------------------------------------------------------


def sent(double: ModelDouble) -> str:
    return "\n".join(request.body.decode() for request in double.requests)


async def test_a_dotenv_file_is_never_completed_in(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open(".env", "API_KEY=abc\nDATABASE=", "plaintext")
        assert await editor.ghost(".env", 1, 9, invoked=True) is None
        assert await editor.ghost(".env", 1, 9) is None
        diagnostic = types.Diagnostic(range=range_of(0, 0, 1), message="anything")
        assert await editor.actions(".env", diagnostic) == []
        await until(lambda: editor.messages)
        assert len([message for message in editor.messages if ".env" in message]) == 1
    assert not moonshot.requests


async def test_what_is_ignored_or_outside_is_no_context(project, home, moonshot, tmp_path):
    secret = "def area(width, height):\n    marker_{} = width * height\n    return marker_{}\n"
    (project / ".gitignore").write_text("generated.py\n")
    (project / "generated.py").write_text(secret.format("ignored", "ignored"))
    outside = tmp_path / "outside.py"
    outside.write_text(secret.format("outside", "outside"))
    (project / "linked.py").symlink_to(outside)
    (project / ".env.py").write_text("x = 1\n")
    (project / "open_one.py").write_text(secret.format("allowed", "allowed"))
    text = "from generated import area\nfrom linked import area\nfrom open_one import area\n\n\n" + PYTHON
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("generated.py", (project / "generated.py").read_text())
        editor.open("linked.py", outside.read_text())
        editor.open("a.py", text)
        async with asyncio.timeout(20):
            while "marker_allowed" not in sent(moonshot):
                editor.insert("a.py", 3, 0, "#\n")
                text = "#\n" + text
                line = text.count("\n")
                await editor.ghost("a.py", line, 11)
    assert "marker_ignored" not in sent(moonshot)
    assert "marker_outside" not in sent(moonshot)


async def test_secrets_are_masked_and_completion_goes_on(project, home, moonshot):
    key = "sk-" + "ant-api03-" + "Zx9" * 20
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", f'KEY = "{key}"\n\n\n' + PYTHON)
        item = await editor.ghost("a.py", 4, 11)
        assert item is not None
        assert item.insert_text == "width * height"
    assert key not in sent(moonshot)
    assert "Zx9Zx9" not in sent(moonshot)


async def test_a_workspace_cannot_choose_where_code_goes(project, home, moonshot):
    with ModelDouble(behaviour("moonshot")) as evil:
        elsewhere = f'base_url = "{evil.base_url}"\ninline = "evil"\n[models.evil]\nbase_url = "{evil.base_url}"\nmodel = "kimi-k2.6"\n'
        (project / ".caretwise.toml").write_text(elsewhere)
        (project / ".env").write_text(f"CARETWISE_BASE_URL={evil.base_url}\n")
        (project / "openai.py").write_text("raise SystemExit('the folder was imported from')\n")
        options = {
            "base_url": evil.base_url,
            "models": {"kimi-k2.6": {"base_url": evil.base_url}},
            "proxy": evil.base_url,
        }
        async with session(
            project, environment(home, **model_environment(moonshot.base_url)), options=options
        ) as editor:
            editor.open("a.py", PYTHON)
            assert await editor.ghost("a.py", 1, 11) is not None
            await until(lambda: len(editor.messages) >= 2)
        assert not evil.requests
        assert not evil.connections
        assert any("a workspace may not set this" in message for message in editor.messages)


async def test_a_document_that_is_not_open_is_not_read_from_disk(project, home, moonshot):
    (project / "a.py").write_text(PYTHON)
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        assert await editor.ghost("a.py", 1, 11, invoked=True) is None
        assert await editor.ghost("file:///etc/passwd", 0, 0, invoked=True) is None
    assert not moonshot.requests


# -- trouble -----------------------------------------------------------------------------------------------------------


async def told_once(project: Path, home: Path, environ: dict[str, str], words: str) -> Session:
    async with session(project, environment(home, **environ)) as editor:
        editor.open("a.py", PYTHON)
        for _ in range(3):
            assert await editor.ghost("a.py", 1, 11, invoked=True) is None
        await until(lambda: any(words in message for message in editor.messages))
        assert len([message for message in editor.messages if words in message]) == 1
        assert editor.statuses[-1].kind in {"error", "warning"}
    return editor


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "an editor that was started from a desktop menu"), ("sk-wrong-000000000000", "refused the key")],
)
async def test_no_key_and_a_wrong_key(project, home, moonshot, key, words):
    environ = model_environment(moonshot.base_url, key=key)
    editor = await told_once(project, home, environ, words if key else "No key for")
    assert not any("sk-wrong" in message for message in editor.messages)


@pytest.mark.parametrize(
    ("fault", "words"), [("html", "a web page"), ("cut", "broke in the middle"), ("500", "a problem of its own")]
)
async def test_a_host_with_a_fault(project, home, fault, words):
    with ModelDouble(behaviour(fault)) as double:
        await told_once(project, home, model_environment(double.base_url), words)


async def test_a_host_that_is_down_and_comes_back(project, home):
    with ModelDouble(behaviour("moonshot")) as double:
        port, base_url = double.port, double.base_url
    async with session(project, environment(home, **model_environment(base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.ghost("a.py", 1, 11) is None
        await until(lambda: any("cannot be reached" in message for message in editor.messages))
        with ModelDouble(behaviour("moonshot"), port=port):
            item = await editor.ghost("a.py", 1, 11, invoked=True)
            assert item is not None
        await until(lambda: editor.statuses[-1].kind == "normal")


async def test_a_broken_configuration_is_told_whole_and_the_rest_is_used(project, home, moonshot):
    config = home / "config.toml"
    config.write_text(
        'inline = "kimi"\nfix = "nobody"\ndebounce_ms = "fast"\ncolour = "red"\n'
        f'[models.kimi]\nendpoint = "moonshot"\nbase_url = "{moonshot.base_url}"\nmodel = "kimi-k2.6"\nkey_env = "MY_KEY"\n'
        '[models.broken]\nendpoint = "moonshoot"\nmodel = "x"\n'
    )
    environ = environment(home, CARETWISE_CONFIG=str(config), MY_KEY="sk-moonshot-test")
    async with session(project, environ) as editor:
        editor.open("a.py", PYTHON)
        item = await editor.ghost("a.py", 1, 11)
        assert item is not None
        told = "\n".join(editor.messages)
        for words in (
            "debounce_ms",
            "a whole number",
            "colour",
            "there is no model 'nobody'",
            "moonshoot",
            str(config),
        ):
            assert words in told
        assert len(editor.messages) == 1
    assert ("kimi", "inline") in editor.report()


@pytest.mark.parametrize("damage", ["file", "noise", "symlink"])
async def test_a_cache_folder_that_cannot_be_used(project, home, moonshot, damage):
    cache = home / "cache"
    if damage == "file":
        cache.write_text("not a folder")
    elif damage == "symlink":
        (home / "elsewhere").mkdir()
        cache.symlink_to(home / "elsewhere")
    else:
        folder = cache / "responses-1"
        folder.mkdir(parents=True)
        os.chmod(cache, 0o700)
        os.chmod(folder, 0o700)
        (folder / "cache.db").write_bytes(os.urandom(8192))
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.ghost("a.py", 1, 11) is not None
        editor.open("b.py", PYTHON)
        assert await editor.ghost("b.py", 1, 11) is not None
        await until(lambda: any("cache" in message.lower() for message in editor.messages))
    assert len([message for message in editor.messages if "cache" in message.lower()]) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_columns_in_three_encodings(project, home, moonshot, encoding):
    line = "    total = '😀é'; return width * heigth"
    text = f"def area(width, height):\n{line}\n"
    units = {"utf-8": lambda s: len(s.encode()), "utf-16": lambda s: len(s.encode("utf-16-le")) // 2, "utf-32": len}[
        encoding
    ]
    async with session(project, environment(home, **model_environment(moonshot.base_url)), encoding=encoding) as editor:
        editor.open("a.py", text)
        before = line[: line.index("heigth")]
        editor.insert("a.py", 1, units(before), "X")
        params = editor.params("a.py", 1, units(before) + 1, invoked=True)
        await asyncio.wait_for(editor.client.text_document_inline_completion_async(params), 20)
    prompt = moonshot.requests[-1].json["messages"][-1]["content"]
    assert f"{before}X\n</before>" in prompt


async def test_pausing_stops_and_resumes(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.command("caretwise.pause") is True
        assert await editor.ghost("a.py", 1, 11, invoked=True) is None
        assert editor.statuses[-1].kind == "inactive"
        assert await editor.command("caretwise.pause") is False
        assert await editor.ghost("a.py", 1, 11) is not None
        story = await editor.command("caretwise.explainLast")
        assert "width * height" in story
        assert "kimi-k2.6" in await editor.command("caretwise.report")
    assert "sk-moonshot-test" not in story


async def test_the_process_leaves_nothing_but_frames_on_stdout_and_no_key_on_stderr(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.ghost("a.py", 1, 11) is not None
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"sk-moonshot-test" not in content
            if "state" in path.parts:
                assert b"width * height" not in content
                assert str(project).encode() not in content


async def test_what_was_counted_is_written_when_the_editor_dies_without_a_word(project, home, moonshot):
    environ = environment(home, **model_environment(moonshot.base_url))
    with pytest.raises(Exception):  # noqa: B017, PT012 - the client complains of the lost server in several ways
        async with session(project, environ) as editor:
            editor.open("a.py", PYTHON)
            item = await editor.ghost("a.py", 1, 11)
            assert item is not None
            await editor.accept(item)
            process = editor.client._server
            assert process is not None
            process.stdin.close()
            await asyncio.wait_for(process.wait(), 20)
            assert process.returncode == 1
    assert editor.report()["kimi-k2.6", "inline"]["accepted"] == 1


async def test_a_recorded_vllm_is_read_byte_for_byte(project, home):
    """The tiny model of the recordings writes nonsense; what counts is that its words arrive whole and are counted."""
    with ModelDouble(behaviour("recorded-vllm")) as vllm:
        environ = environment(home, **model_environment(vllm.base_url, "tiny-dsv3", "vllm", key=""))
        async with session(project, environ) as editor:
            editor.open("a.py", PYTHON)
            item = await editor.ghost("a.py", 1, 11)
            assert item is not None
            assert item.insert_text == "=om moduleMAPfilenameid"
            await editor.accept(item)
            diagnostic = types.Diagnostic(range=range_of(1, 4, 10), message="anything")
            resolved = await editor.resolve((await editor.actions("a.py", diagnostic))[0])
            assert resolved.edit is None, "nonsense is no fix"
        assert editor.report()["tiny-dsv3", "inline"]["accepted"] == 1
        assert vllm.requests[0].json["chat_template_kwargs"] == {"thinking": False, "enable_thinking": False}


async def test_without_a_model_nothing_of_a_denied_file_is_learned(project, home):
    secret = "sk-live-" + "5f3c9b1d2e7a4c6f8091"
    (project / ".aiignore").write_text("private.py\n")
    async with session(project, environment(home)) as editor:
        editor.open(".env", f"API_KEY={secret}\n" * 3, "plaintext")
        editor.open("private.py", "def launch():\n    return hidden_marker_of_ours(1, 2, 3)\n" * 3)
        editor.open("notes.txt", "DB_HOST=db\nAPI_KEY=", "plaintext")
        editor.open("a.py", "def launch():\n    return hidden_")
        for _ in range(5):
            for name, line, character in (("notes.txt", 1, 8), ("a.py", 1, 18)):
                item = await editor.ghost(name, line, character)
                assert item is None or ("sk-live" not in item.insert_text and "marker" not in item.insert_text)


async def test_a_folder_cannot_switch_sending_on(project, home, moonshot):
    config = home / "config.toml"
    config.write_text(
        f'fix = "kimi"\n[models.kimi]\nendpoint = "moonshot"\nbase_url = "{moonshot.base_url}"\nmodel = "kimi-k2.6"\n'
    )
    (project / ".caretwise.toml").write_text('inline = "kimi"\ncontext_tokens = 200000\n')
    environ = environment(home, CARETWISE_CONFIG=str(config), MOONSHOT_API_KEY="sk-moonshot-test")
    async with session(project, environ) as editor:
        editor.open("a.py", PYTHON)
        await editor.ghost("a.py", 1, 11, invoked=True)
        await until(lambda: any("may not send code elsewhere" in message for message in editor.messages))
    assert not moonshot.requests


async def test_an_editor_without_ghost_text_gets_menu_entries_and_typing_is_not_asking_by_hand(project, home, moonshot):
    config = home / "config.toml"
    config.write_text("automatic = false\n")
    for automatic in (False, True):
        config.write_text(f"automatic = {str(automatic).lower()}\n")
        environ = environment(home, CARETWISE_CONFIG=str(config), **model_environment(moonshot.base_url))
        async with session(project, environ, name="helix") as editor:
            editor.open("a.py", PYTHON)
            params = types.CompletionParams(
                text_document=types.TextDocumentIdentifier(uri=editor.uri("a.py")),
                position=types.Position(line=1, character=11),
                context=types.CompletionContext(trigger_kind=types.CompletionTriggerKind.Invoked),
            )
            answer = await asyncio.wait_for(editor.client.text_document_completion_async(params), 20)
            texts = [entry.text_edit.new_text for entry in answer.items]
            assert texts == (["width * height"] if automatic else [])
            assert len(moonshot.requests) == (1 if automatic else 0)


async def test_rules_that_change_hold_for_what_was_read_before(project, home, moonshot):
    (project / "prices.py").write_text(
        "def area(width, height):\n    marker_prices = width * height\n    return marker_prices\n"
    )
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", "from prices import area\n\n\n" + PYTHON)
        line = 4
        async with asyncio.timeout(20):
            while "prices.py" not in sent(moonshot):
                editor.insert("a.py", 1, 0, "#\n")
                line += 1
                await editor.ghost("a.py", line, 11)
        (project / ".aiignore").write_text("prices.py\n")
        changed = types.FileEvent(uri=editor.uri(".aiignore"), type=types.FileChangeType.Created)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[changed]))
        async with asyncio.timeout(20):
            while True:
                before = len(moonshot.requests)
                editor.insert("a.py", 1, 0, "#\n")
                line += 1
                await editor.ghost("a.py", line, 11)
                if len(moonshot.requests) > before and "marker_prices" not in moonshot.requests[-1].body.decode():
                    break


async def test_an_editor_that_can_watch_files_is_asked_to_and_new_files_are_known_at_once(project, home, moonshot):
    environ = environment(home, **model_environment(moonshot.base_url))
    async with session(project, environ, can=capabilities(watches=True)) as editor:
        await until(lambda: editor.registrations)
        [asked] = editor.registrations
        assert asked.method == "workspace/didChangeWatchedFiles"
        assert asked.register_options == {"watchers": [{"globPattern": "**/*"}]}
        editor.open("a.py", "from prices import area\n\n\n" + PYTHON)
        assert await editor.ghost("a.py", 4, 11) is not None
        assert "prices.py" not in sent(moonshot)
        (project / "prices.py").write_text("def area(width, height):\n    marker_prices = width * height\n")
        written = types.FileEvent(uri=editor.uri("prices.py"), type=types.FileChangeType.Created)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[written]))
        line = 4
        async with asyncio.timeout(20):
            while "prices.py" not in sent(moonshot):
                editor.insert("a.py", 1, 0, "#\n")
                line += 1
                await editor.ghost("a.py", line, 11)


async def test_an_editor_that_cannot_watch_files_is_not_asked(project, home, moonshot):
    async with session(project, environment(home, **model_environment(moonshot.base_url))) as editor:
        editor.open("a.py", PYTHON)
        assert await editor.ghost("a.py", 1, 11) is not None
        assert editor.registrations == []
