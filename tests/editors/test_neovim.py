"""Ghost text in real Neovim: the plugin, the real server, and a model server on loopback that answers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import ModelDouble, ScriptedAnswers, Stepped
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import Session, session

PYTHON = "def area(width, height):\n    return "
TYPESCRIPT = "export function area(width: number, height: number): number {\n  return "
HALF = "def least(value, high):\n    return min"
CLAMP = "def clamp(value, low, high):\n    "
OWN = (
    Rule(("café 🎉",), '```python\n    print("café 🎉", größe * 2, "🎈")\n```', "chat"),
    Rule((CLAMP,), "```python\n    if value < low:\n        return low\n    return min(value, high)\n```", "chat"),
    Rule((HALF,), "```python\n    return min(value, high)\n```", "chat"),
    Rule(("def double(number):",), "```python\n    return number * 2\n```", "chat"),
)
ANSWERS = ScriptedAnswers((*OWN, *ScriptedAnswers.read().rules))


@pytest.fixture
def double() -> Iterator[ModelDouble]:
    with ModelDouble(Moonshot(ANSWERS)) as running:
        yield running


@pytest.fixture
def user(tmp_path: Path, double: ModelDouble) -> Iterator[Session]:
    """A session with a journal of its own."""
    with session(tmp_path, double) as running:
        yield running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with ModelDouble(Moonshot(ANSWERS)) as double, session(tmp_path_factory.mktemp("shared"), double) as user:
        yield user


@pytest.fixture
def shared(running: Session) -> Iterator[Session]:
    """A session that other tests have used before: only its buffers are new."""
    running.nvim.begin()
    yield running
    assert running.nvim.errors() == ""


@pytest.mark.parametrize(
    ("name", "text", "ghost", "line"),
    [
        ("shapes.py", PYTHON, "width * height", "    return width * height"),
        ("shapes.ts", TYPESCRIPT, "width * height;", "  return width * height;"),
    ],
)
def test_tab_inserts_what_is_shown_and_is_counted(user: Session, name: str, text: str, ghost: str, line: str) -> None:
    nvim = user.nvim
    nvim.open(name, text.removesuffix("return "))
    nvim.type("GAreturn ")
    nvim.wait_for_ghost(ghost)
    assert nvim.screen()[1] == line
    assert nvim.text() == text

    nvim.type("<Tab>")
    nvim.wait_for_text(text + ghost)
    assert nvim.ghost() == ""
    assert nvim.cursor() == (2, len(line))
    assert nvim.mode() == "i"

    nvim.type("<Esc>u")
    nvim.wait_for_text(text)
    nvim.type("<C-r>")
    nvim.wait_for_text(text + ghost)

    found = user.wait_for_report(lambda models: models["kimi-k2.6 inline"]["accepted"], "the acceptance")
    assert list(found) == ["kimi-k2.6 inline"]
    counted = found["kimi-k2.6 inline"]
    assert (counted["accepted"], counted["accepted_characters"]) == (1, len(ghost))
    assert counted["shown"] >= 1
    for body in user.bodies():
        assert body["thinking"] == {"type": "disabled"}
        assert "temperature" not in body
    # The text as it was when the request was made, not as it was before the last keys.
    assert text.splitlines()[1] in user.bodies()[-1]["messages"][-1]["content"]


def test_typing_through_keeps_the_rest_without_asking_again(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    asked = len(shared.bodies())
    for count in range(1, 8):
        nvim.type("width * height"[count - 1])
        nvim.wait_for_text(PYTHON + "width * height"[:count])
        assert nvim.ghost() == "width * height"[count:]
        assert nvim.screen()[1] == "    return width * height"
    nvim.type("<BS>")
    nvim.wait_for_ghost("* height")
    nvim.type("<Tab>")
    nvim.wait_for_text(PYTHON + "width * height")
    assert len(shared.bodies()) == asked


def test_typing_to_the_end_leaves_nothing_behind(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("width * height")
    nvim.wait_for_text(PYTHON + "width * height")
    assert nvim.ghost() == ""


def test_keys_typed_faster_than_events_run(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type_at_once("wid<Tab>")
    nvim.wait_for_text(PYTHON + "width * height")

    nvim.type("<Esc>")
    nvim.open("other.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("wid")
    nvim.wait_for_ghost("th * height")
    # Not what the ghost says: Tab must be a tab, and nothing of the ghost may come in.
    nvim.type_at_once("er<Tab>#")
    nvim.wait_for_text(PYTHON + "wider    #")


def test_an_answer_to_an_older_text_is_trimmed_or_dropped(tmp_path: Path) -> None:
    pace = Stepped()
    options = "debounce_ms = 2000"
    with (
        ModelDouble(Moonshot(ANSWERS, pace=pace)) as double,
        session(tmp_path, double, options=options) as user,
    ):
        nvim = user.nvim
        nvim.open("shapes.py", PYTHON)
        nvim.type("GA<Plug>(caretwise-invoke)")
        nvim.wait(user.bodies, "the request")
        nvim.type("wi")
        nvim.wait_for_text(PYTHON + "wi")
        pace.allow_all()
        nvim.wait_for_ghost("dth * height")
        nvim.type("<Tab>")
        nvim.wait_for_text(PYTHON + "width * height")


def test_word_and_line_are_taken_one_by_one(user: Session) -> None:
    nvim = user.nvim
    nvim.open("limits.py", CLAMP)
    nvim.type("GA")
    nvim.wait_for_ghost("if value < low:\n        return low\n    return min(value, high)")
    assert nvim.screen()[1:4] == ["    if value < low:", "        return low", "    return min(value, high)"]
    nvim.type("<Plug>(caretwise-accept-word)")
    nvim.wait_for_text(CLAMP + "if")
    assert nvim.ghost() == " value < low:\n        return low\n    return min(value, high)"
    nvim.type("<Plug>(caretwise-accept-line)")
    nvim.wait_for_text(CLAMP + "if value < low:")
    nvim.type("<Plug>(caretwise-accept-line)")
    nvim.wait_for_text(CLAMP + "if value < low:\n        return low")
    assert nvim.ghost() == "\n    return min(value, high)"
    nvim.type("<Plug>(caretwise-accept-line)")
    nvim.wait_for_text(CLAMP + "if value < low:\n        return low\n    return min(value, high)")
    assert nvim.ghost() == ""
    assert nvim.cursor() == (4, 27)

    whole = len("if value < low:\n        return low\n    return min(value, high)")
    found = user.wait_for_report(
        lambda models: models["kimi-k2.6 inline"]["accepted_characters"] == whole, "all parts to be counted"
    )
    assert found["kimi-k2.6 inline"]["accepted"] == 1
    assert found["kimi-k2.6 inline"]["shown"] >= 1


def test_characters_outside_ascii_before_and_in_the_ghost(user: Session) -> None:
    nvim = user.nvim
    head = 'def show(größe):\n    print("café 🎉", '
    nvim.open("show.py", head)
    nvim.type("GA")
    nvim.wait_for_ghost('größe * 2, "🎈")')
    nvim.type("<Plug>(caretwise-accept-word)")
    nvim.wait_for_text(head + "größe")
    found = user.wait_for_report(lambda models: models["kimi-k2.6 inline"]["accepted"], "the first word")
    assert found["kimi-k2.6 inline"]["accepted_characters"] == len("größe")
    nvim.type("<Tab>")
    nvim.wait_for_text(head + 'größe * 2, "🎈")')
    assert nvim.cursor() == (2, len((head + 'größe * 2, "🎈")').splitlines()[1].encode()))
    found = user.wait_for_report(
        lambda models: models["kimi-k2.6 inline"]["accepted_characters"] > len("größe"), "the rest"
    )
    assert found["kimi-k2.6 inline"]["accepted_characters"] == len('größe * 2, "🎈")')


def test_a_file_with_windows_line_ends_keeps_them(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("double.py", "def double(number):\r\n    \r\n")
    assert nvim.lua("return vim.bo.fileformat") == "dos"
    nvim.type("GAreturn ")
    nvim.wait_for_ghost("number * 2")
    nvim.type("<Tab><Esc>")
    nvim.wait_for_text("def double(number):\n    return number * 2")
    nvim.command("write")
    written = (nvim.folder / "double.py").read_bytes()
    assert written == b"def double(number):\r\n    return number * 2\r\n"


def test_dismissed_is_gone_until_the_text_changes(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Plug>(caretwise-dismiss)")
    nvim.wait_for_ghost("")
    found = user.wait_for_report(lambda models: models["kimi-k2.6 inline"]["dismissed"], "the dismissal")
    assert found["kimi-k2.6 inline"]["accepted"] == 0
    assert nvim.ghost() == ""
    nvim.type("w")
    nvim.wait_for_ghost("idth * height")


@pytest.mark.parametrize("keys", ["<Esc>", "<C-c>", "<Up>", "<C-o>:new<CR>"])
def test_leaving_takes_the_ghost_away(shared: Session, keys: str) -> None:
    nvim = shared.nvim
    nvim.open("shapes.py", PYTHON)
    shapes = nvim.lua("return vim.api.nvim_get_current_buf()")
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type(keys)
    nvim.wait(lambda: nvim.ghost(shapes) == "", "the ghost text to go")
    assert nvim.lua("return table.concat(vim.api.nvim_buf_get_lines(..., 0, -1, true), '\\n')", shapes) == PYTHON


def test_the_menu_hides_the_ghost_for_as_long_as_it_is_open(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("<C-x><C-n>")
    nvim.wait(lambda: nvim.lua("return vim.fn.pumvisible()"), "the menu")
    assert nvim.ghost() == ""
    nvim.type("<C-e>")
    nvim.wait_for_ghost("width * height")


def test_a_bracket_that_the_editor_closes_is_not_doubled(shared: Session) -> None:
    nvim = shared.nvim
    nvim.open("limits.py", HALF)
    nvim.command("inoremap <buffer> ( ()<Left>")
    nvim.type("GA")
    nvim.wait_for_ghost("(value, high)")
    nvim.type("(")
    nvim.wait_for_text(HALF + "()")
    assert nvim.ghost() == "value, high"
    assert nvim.screen()[1] == "    return min(value, high)"
    nvim.type("<Tab>")
    nvim.wait_for_text(HALF + "(value, high)")


def test_without_a_model_the_embedded_engine_answers_under_its_own_name(tmp_path: Path) -> None:
    known = "def width_of(shape):\n    return shape.right - shape.left\n\n\n"
    with session(tmp_path, None) as user:
        nvim = user.nvim
        nvim.open("shapes.py", known * 3)
        nvim.type("Godef width_of(shape):<CR>return shape.")
        nvim.wait_for_ghost("right - shape.left")
        assert nvim.lua("return require('caretwise').statusline()") == "embedded"
        nvim.command("Caretwise status")
        assert "embedded" in nvim.messages()
        nvim.type("<Tab>")
        found = user.wait_for_report(lambda models: models["embedded inline"]["accepted"], "the acceptance")
        assert list(found) == ["embedded inline"]
