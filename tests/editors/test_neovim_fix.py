"""Fixes in real Neovim: a diagnostic of another source, our code action chosen by hand, the buffer fixed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import Neovim, Session, session

WRONG = "def area(width, height):\n    return width * heigth"
RIGHT = "def area(width, height):\n    return width * height"
BESIDE_AN_EMOJI = 'def show(height):\n    print("é🎉", heigth)'
OWN = Rule(
    ("SEARCH", "ndefined name", "é🎉"),
    '<<<<<<< SEARCH\n    print("é🎉", heigth)\n=======\n    print("é🎉", height)\n>>>>>>> REPLACE\n',
)
ANSWERS = ScriptedAnswers((OWN, *ScriptedAnswers.read().rules))


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Session]:
    with ModelDouble(Moonshot(ANSWERS)) as double, session(tmp_path, double) as running:
        yield running


def publish(nvim: Neovim, *, with_lsp: bool) -> None:
    """Put the diagnostic there as another language server (with its LSP form) or a linter plugin (without) does."""
    nvim.lua(
        """
        local line = vim.api.nvim_buf_get_lines(0, 1, 2, true)[1]
        local from, to = line:find('heigth', 1, true)
        local diagnostic = {
          lnum = 1, col = from - 1, end_lnum = 1, end_col = to, severity = 1,
          message = "undefined name 'heigth'", source = 'pyflakes',
        }
        if ... then
          -- The other server counts in UTF-16, ours in UTF-8 here.
          local utf16 = function(column) return vim.str_utfindex(line, 'utf-16', column) end
          diagnostic.user_data = { lsp = {
            range = {
              start = { line = 1, character = utf16(from - 1) },
              ['end'] = { line = 1, character = utf16(to) },
            },
            message = diagnostic.message, severity = 1, source = 'pyflakes', code = 'F821',
          } }
        end
        vim.diagnostic.set(vim.api.nvim_create_namespace('pyflakes'), 0, { diagnostic })
        """,
        with_lsp,
    )


def choose_first(nvim: Neovim) -> None:
    """Answer Neovim's own list of choices."""
    nvim.wait(lambda: any("Type number" in line for line in nvim.screen()), "the list of actions")
    nvim.type("1<CR>")


@pytest.mark.parametrize("with_lsp", [True, False], ids=["language server", "linter"])
@pytest.mark.parametrize("ask", ["gra", ":Caretwise fix<CR>"])
@pytest.mark.parametrize("text", [WRONG, BESIDE_AN_EMOJI], ids=["plain", "emoji"])
def test_the_chosen_fix_is_applied_and_undone_in_one_step(
    user: Session, ask: str, text: str, *, with_lsp: bool
) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", text)
    publish(nvim, with_lsp=with_lsp)
    nvim.type("G" + ask)
    choose_first(nvim)
    right = text.replace("heigth", "height")
    if ask != "gra":  # Neovim's own key applies at once, our command shows the change first
        nvim.wait(lambda: any("<CR> apply" in line for line in nvim.screen()), "the preview")
        shown = "\n".join(nvim.screen())
        assert "-" + text.splitlines()[1] in shown
        assert "+" + right.splitlines()[1] in shown
        nvim.type("<CR>")
    nvim.wait_for_text(right)
    nvim.type("u")
    nvim.wait_for_text(text)
    nvim.type("<C-r>")
    nvim.wait_for_text(right)
    found = user.wait_for_report(lambda models: models["kimi-k2.6 fix"]["accepted"], "the fix to be counted")
    assert found["kimi-k2.6 fix"]["accepted"] == 1
    assert "undefined name 'heigth'" in user.bodies()[-1]["messages"][-1]["content"]


def test_a_fix_moves_along_with_its_lines_but_not_into_changed_ones(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", WRONG)
    publish(nvim, with_lsp=True)
    nvim.lua("vim.ui.select = function(items, _, choose) choose(items[1]); vim.cmd('normal! ggOimport math') end")
    nvim.type("G:Caretwise fix<CR>")
    nvim.wait(lambda: any("<CR> apply" in line for line in nvim.screen()), "the preview")
    assert any("names: passed" in line for line in nvim.screen())
    nvim.type("<CR>")
    nvim.wait_for_text("import math\n" + RIGHT)
    nvim.type("uu")
    nvim.wait_for_text(WRONG)
    nvim.lua("vim.ui.select = function(items, _, choose) choose(items[1]); vim.cmd('normal! GAx') end")
    publish(nvim, with_lsp=True)
    nvim.type("G:Caretwise fix<CR>")
    nvim.wait(lambda: "have changed since" in nvim.messages(), "the refusal")
    assert nvim.text() == WRONG + "x"


def test_a_fix_that_is_discarded_changes_nothing(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", WRONG)
    publish(nvim, with_lsp=True)
    nvim.type("G:Caretwise fix<CR>")
    choose_first(nvim)
    nvim.wait(lambda: any("<CR> apply" in line for line in nvim.screen()), "the preview")
    nvim.type("q")
    nvim.wait(lambda: not any("q discard" in line for line in nvim.screen()), "the preview to close")
    assert nvim.text() == WRONG
    assert (
        user.wait_for_report(lambda models: models["kimi-k2.6 fix"]["offered"], "the offer")["kimi-k2.6 fix"]["applied"]
        == 0
    )


def test_without_a_diagnostic_there_is_nothing_to_fix(user: Session) -> None:
    nvim = user.nvim
    nvim.open("shapes.py", RIGHT)
    nvim.type(":Caretwise fix<CR>")
    nvim.wait(lambda: "no diagnostic" in nvim.messages(), "the answer")
    assert user.bodies() == []
