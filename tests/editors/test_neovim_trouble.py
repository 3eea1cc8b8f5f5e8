"""What may go wrong around Neovim's plugin, and must not disturb the typing: servers that are missing, dead or stuck."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import PLUGIN, Neovim, Session, bare_environment, session

PYTHON = "def area(width, height):\n    return "


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Session]:
    with ModelDouble(Moonshot()) as double, session(tmp_path, double) as running:
        yield running


def server_process(nvim: Neovim) -> int:
    """The process id of the language server."""
    children = nvim.lua("return vim.api.nvim_get_proc_children(vim.fn.getpid())")
    return children[0] if len(children) == 1 else 0


def test_a_server_that_is_killed_takes_its_ghost_along_and_nothing_else(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    os.kill(server_process(nvim), signal.SIGKILL)
    nvim.wait(lambda: nvim.clients() == 0, "Neovim to notice")
    nvim.wait_for_ghost("")
    nvim.type("w<Tab>x<Plug>(caretwise-invoke)<Plug>(caretwise-accept)<Plug>(caretwise-dismiss)")
    nvim.wait_for_text(PYTHON + "w    x")
    nvim.type("<Esc>:Caretwise pause<CR>:Caretwise status<CR>")
    nvim.wait(lambda: nvim.text().startswith("caretwise: no server is running (:Caretwise restart"), "the status")
    assert ":Caretwise restart" in nvim.messages(), "what a command says that needs a server"
    nvim.type("q")
    nvim.wait_for_text(PYTHON + "w    x")
    assert nvim.lua("return require('caretwise').statusline()") == ""

    nvim.type(":Caretwise restart<CR>")
    nvim.wait(lambda: nvim.clients() == 1, "a new server")
    nvim.type("Sreturn ")
    nvim.wait_for_ghost("width * height")
    first = server_process(nvim)
    nvim.type("<Esc>:Caretwise restart<CR>")
    nvim.wait(lambda: nvim.clients() == 1 and server_process(nvim) != first, "another server")
    nvim.type("A")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Tab>")
    nvim.wait_for_text(PYTHON + "width * height")


def test_a_buffer_that_is_closed_or_read_anew_leaves_the_others_and_the_state_alone(user: Session) -> None:
    nvim = user.nvim
    nvim.open("other.py", "x = 1\n")
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.command("bdelete other.py")
    assert nvim.ghost() == "width * height"
    assert nvim.lua("return require('caretwise').statusline()") == "kimi-k2.6"
    nvim.type("<Esc>:edit!<CR>")
    nvim.wait(lambda: nvim.mode() == "n" and nvim.clients() == 1, "the server to serve the buffer again")
    assert nvim.lua("return require('caretwise').statusline()") == "kimi-k2.6"
    nvim.type("A")
    nvim.wait_for_ghost("width * height")


def test_a_server_that_is_killed_just_before_tab_still_leaves_the_text_right(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    os.kill(server_process(nvim), signal.SIGKILL)
    nvim.type("<Tab>")
    nvim.wait(lambda: nvim.text() in {PYTHON + "width * height", PYTHON + "    "}, "the suggestion or a tab")


def test_a_server_that_hangs_does_not_delay_typing(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    server = server_process(nvim)
    os.kill(server, signal.SIGSTOP)
    try:
        nvim.type("GA")
        for count in range(1, 60):
            nvim.type("x")
            nvim.wait(lambda: nvim.text() == PYTHON + "x" * count, "the key", seconds=2)  # noqa: B023
        nvim.type("<Tab>")
        nvim.wait(lambda: nvim.text().rstrip(" ") == PYTHON + "x" * 59, "Tab", seconds=2)
        assert nvim.ghost() == ""
    finally:
        os.kill(server, signal.SIGCONT)


def test_an_endpoint_that_refuses_is_told_once_and_once_more_after_insert_mode(tmp_path: Path) -> None:
    with ModelDouble(Moonshot(key="another")) as double, session(tmp_path, double) as user:
        nvim = user.nvim
        nvim.open("shapes.py", PYTHON)
        nvim.type("GA")
        nvim.wait(lambda: nvim.lua("return require('caretwise').statusline()") == "kimi-k2.6 ✗", "the failure to show")
        for key in "abc":
            nvim.type(key)
        nvim.wait_for_text(PYTHON + "abc")

        def told() -> int:
            return nvim.messages().count("refused the key")

        assert told() == 1, nvim.messages()
        nvim.type("<Esc>")
        nvim.wait(lambda: told() == 2 and "refused the key" in nvim.screen()[-1], "the message after insert mode")
        nvim.type("Ad<Esc>")
        nvim.wait_for_text(PYTHON + "abcd")
        nvim.wait(lambda: nvim.mode() == "n", "normal mode")
        assert told() == 2, nvim.messages()
        assert "sk-moonshot-test" not in nvim.messages()

        nvim.command("set columns=60 | Caretwise status")
        page = " ".join(" ".join(nvim.screen()).split())
        assert page.count("is it for this host and region, and still valid?") == 2, (
            "the state, and what was said, whole"
        )


def test_a_slow_answer_to_a_place_that_was_left_is_not_drawn(tmp_path: Path) -> None:
    pace = Stepped()
    with ModelDouble(Moonshot(pace=pace)) as double, session(tmp_path, double) as user:
        nvim = user.nvim
        nvim.open("shapes.py", PYTHON + "\n\n\n")
        nvim.type("ggjA")
        nvim.wait(user.bodies, "the request")
        nvim.type("<Esc>")
        nvim.wait(lambda: nvim.mode() == "n", "normal mode")
        pace.allow_all()
        nvim.wait(lambda: [one for one in double.ended if one.complete or one.hung_up], "the answer's end")
        nvim.type("jA")
        nvim.wait(lambda: nvim.mode() == "i", "insert mode")
        assert nvim.ghost() == ""
        assert nvim.text() == PYTHON + "\n\n"


def test_a_server_that_is_not_installed(tmp_path: Path) -> None:
    with Neovim(tmp_path, bare_environment(tmp_path / "home")) as nvim:
        nvim.lua("require('caretwise').setup({ cmd = { '/nowhere/caretwise', 'serve' } })")
        (tmp_path / "shapes.py").write_text(PYTHON)
        nvim.command("edit shapes.py")
        nvim.type("GAwidth<Tab>")
        nvim.wait_for_text(PYTHON + "width    ")
        nvim.type("<Esc>")
        nvim.command("edit other.py")
        assert (
            nvim.messages().count('caretwise: there is no program "/nowhere/caretwise" (:checkhealth caretwise)') == 1
        )
        nvim.command("checkhealth caretwise")
        assert "/nowhere/caretwise" in nvim.text()
        assert "ERROR" in nvim.text()
        assert "pipx install ." in nvim.text()


def test_the_health_page_commands_and_help(user: Session, tmp_path: Path) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Esc>")
    nvim.command("Caretwise pause")
    nvim.wait(lambda: "caretwise is paused" in nvim.messages(), "the pause")
    nvim.wait(lambda: nvim.lua("return require('caretwise').statusline()") == "kimi-k2.6 off", "the status")
    nvim.command("Caretwise pause")
    nvim.wait(lambda: nvim.messages().count("caretwise is paused") == 2, "the pause, still")
    asked = len(user.bodies())
    nvim.type("A<BS> ")
    nvim.wait_for_text(PYTHON)
    nvim.type("<Esc>")
    nvim.command("Caretwise resume")
    nvim.wait(lambda: "makes suggestions" in nvim.messages(), "the end of the pause")
    assert len(user.bodies()) == asked
    nvim.type("A")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Esc>")

    nvim.command("Caretwise report")
    nvim.wait(lambda: "kimi-k2.6" in nvim.text(), "the report")
    nvim.type("q")
    nvim.wait_for_text(PYTHON)
    nvim.command("Caretwise explain")
    nvim.wait(lambda: "shapes.py:2" in nvim.text(), "the explanation")
    nvim.type("q")
    nvim.wait_for_text(PYTHON)
    nvim.command("Caretwise capture")
    nvim.wait(lambda: "-- answer: snippet --" in nvim.text(), "the case")
    nvim.type("q")
    nvim.wait_for_text(PYTHON)

    nvim.command("checkhealth caretwise")
    page = nvim.text()
    assert "kimi-k2.6: normal" in page
    assert "ERROR" not in page
    assert "WARNING" not in page

    assert nvim.lua("return vim.fn.getcompletion('Caretwise re', 'cmdline')") == [
        "report",
        "restart",
        "resume",
        "retry",
    ]
    nvim.command("Caretwise nonsense")
    assert 'no command "nonsense"' in nvim.messages()

    # Tags are written beside the text, so the text is copied first.
    (tmp_path / "help" / "doc").mkdir(parents=True)
    (tmp_path / "help" / "doc" / "caretwise.txt").write_bytes((PLUGIN / "doc" / "caretwise.txt").read_bytes())
    nvim.command(f"set runtimepath+={tmp_path / 'help'} | helptags {tmp_path / 'help' / 'doc'}")
    for tag in ("caretwise", "caretwise-options", "caretwise-mappings", ":Caretwise", "<Plug>(caretwise-accept)"):
        nvim.command(f"help {tag}")
        assert nvim.lua("return vim.fn.expand('%:t')") == "caretwise.txt"


def test_commands_of_the_session_work_in_windows_that_no_server_serves(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Esc>:Caretwise pause<CR>")
    nvim.wait(lambda: "caretwise is paused" in nvim.messages(), "the pause")
    nvim.type(":Caretwise status<CR>")
    nvim.wait(lambda: "(paused)" in nvim.text(), "the status, in a window of its own")
    nvim.type(":Caretwise resume<CR>")
    nvim.wait(lambda: "makes suggestions" in nvim.messages(), "the end of the pause")
    nvim.type(":Caretwise explain<CR>")
    nvim.wait(lambda: "shapes.py:2" in nvim.text(), "the explanation")
    nvim.type(":Caretwise bugs<CR>")
    nvim.wait(lambda: "does not serve this buffer" in nvim.messages(), "what is about the buffer to be refused")

    nvim.command("terminal printf term")
    nvim.wait(lambda: "term" in nvim.text(), "the terminal")
    nvim.type(":Caretwise test<CR>")
    nvim.wait(lambda: "not a failing test's output" in nvim.messages(), "the terminal's text to be looked at")


def test_every_command_stands_in_the_help(user: Session) -> None:
    page = (PLUGIN / "doc" / "caretwise.txt").read_text("utf-8").replace("[status]", "status")
    for name in user.nvim.lua("return require('caretwise.command').complete('')"):
        assert f"Caretwise {name}  " in page, name


def test_mistakes_in_the_options_are_told_and_the_rest_holds(user: Session) -> None:
    nvim = user.nvim
    nvim.lua(
        "require('caretwise').setup({ colour = 'blue', debounce_ms = 'soon', keymap = { acept = '<C-l>', accept = '<C-y>' } })"
    )
    said = nvim.messages()
    for sentence in (
        'unknown option "colour"',
        'option "debounce_ms" is a string; it should be a number',
        'unknown key "acept"',
    ):
        assert sentence in said
    options = nvim.lua("return require('caretwise.options').get()")
    assert options["debounce_ms"] == 20
    assert options["keymap"]["accept"] == "<C-y>"


def test_the_help_pages_are_found_without_helptags(user: Session, tmp_path: Path) -> None:
    kept = (PLUGIN / "doc" / "tags").read_text("utf-8")
    made = tmp_path / "doc"
    made.mkdir()
    shutil.copy(PLUGIN / "doc" / "caretwise.txt", made)
    user.nvim.command(f"helptags {made}")
    assert (made / "tags").read_text("utf-8") == kept
