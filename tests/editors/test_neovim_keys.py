"""Tab in real Neovim: takes a suggestion while one is visible, and does what it did before otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import Neovim, Session, session

PYTHON = "def area(width, height):\n    return "


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with ModelDouble(Moonshot()) as double, session(tmp_path_factory.mktemp("keys"), double) as user:
        user.nvim.lua("_G.tab_at_start = vim.fn.maparg('<Tab>', 'i', false, true)")
        yield user


@pytest.fixture
def nvim(running: Session) -> Iterator[Neovim]:
    """Neovim with the server running, and with Tab mapped as it is at start."""
    running.nvim.begin()
    running.nvim.lua("vim.fn.mapset('i', false, _G.tab_at_start)")
    yield running.nvim
    assert running.nvim.errors() == ""


@pytest.mark.parametrize(
    ("mapping", "typed"),
    [
        ("", "\t"),
        ("inoremap <Tab> [plain]", "[plain]"),
        ("imap <Tab> [remapped]", "[remapped]"),
        ("imap <Tab> <Tab>[own key first]", "\t[own key first]"),
        ('inoremap <expr> <Tab> pumvisible() ? "\\<C-n>" : "[expr]"', "[expr]"),
        ('imap <expr> <Tab> pumvisible() ? "\\<C-n>" : "\\<Tab>"', "\t"),
        ("inoremap <Plug>(mine) [mine]\nimap <Tab> <Plug>(mine)", "[mine]"),
        ("lua vim.keymap.set('i', '<Tab>', function() return '[lua]' end, { expr = true })", "[lua]"),
        (
            "lua vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({ '[call]' }, 'c', false, true) end)",
            "[call]",
        ),
    ],
)
def test_tab_does_what_it_did_before(nvim: Neovim, mapping: str, typed: str) -> None:
    for command in mapping.splitlines():
        nvim.command(command)
    nvim.open("notes.txt", "")
    nvim.type("i<Tab><Tab>x")
    nvim.wait_for_text(typed + typed + "x")
    nvim.type("<Esc>")

    nvim.open("shapes.py", PYTHON)
    nvim.type("GA")
    nvim.wait_for_ghost("width * height")
    nvim.type("<Tab>")
    nvim.wait_for_text(PYTHON + "width * height")


def test_the_buffers_own_mapping_is_kept(nvim: Neovim) -> None:
    nvim.lua("vim.lsp.enable('caretwise', false)")
    nvim.wait(lambda: nvim.lua("return #vim.lsp.get_clients()") == 0, "the server to go")
    nvim.command("edit notes.txt")
    nvim.command("inoremap <buffer> <Tab> [own]")
    nvim.lua("vim.lsp.enable('caretwise')")
    nvim.wait(lambda: nvim.clients() == 1, "the server to attach")
    assert nvim.lua("return vim.fn.maparg('<Tab>', 'i')") != "[own]"
    nvim.type("i<Tab>x")
    nvim.wait_for_text("[own]x")

    nvim.lua("vim.lsp.enable('caretwise', false)")
    nvim.wait(lambda: nvim.lua("return vim.fn.maparg('<Tab>', 'i')") == "[own]", "the mapping to come back")
    nvim.lua("vim.lsp.enable('caretwise')")


def test_a_mapping_made_later_is_the_one_that_tab_falls_back_to(nvim: Neovim) -> None:
    nvim.open("notes.txt", "")
    nvim.command("inoremap <Tab> [later]")
    nvim.type("i<Tab>x")
    nvim.wait_for_text("[later]x")


def test_other_keys_and_none(tmp_path: Path) -> None:
    options = "keymap = { accept = false, accept_word = '<C-l>', dismiss = '<C-e>' }"
    with ModelDouble(Moonshot()) as double, session(tmp_path, double, options=options) as user:
        nvim = user.nvim
        nvim.open("shapes.py", PYTHON)
        nvim.type("GA")
        nvim.wait_for_ghost("width * height")
        nvim.type("<C-l>")
        nvim.wait_for_text(PYTHON + "width")
        assert nvim.ghost() == " * height"
        nvim.command("set completeopt=menuone,noinsert,noselect")
        nvim.type("<Space><C-x><C-n>")
        nvim.wait(lambda: nvim.lua("return vim.fn.pumvisible()"), "the menu")
        nvim.type("<C-e>")
        nvim.wait_for_ghost("* height")
        assert nvim.lua("return vim.fn.pumvisible()") == 0
        nvim.type("<BS>")
        nvim.wait_for_ghost(" * height")
        nvim.type("<C-e>")
        nvim.wait_for_ghost("")
        nvim.type("<Tab>")
        nvim.wait_for_text(PYTHON + "width    ")
