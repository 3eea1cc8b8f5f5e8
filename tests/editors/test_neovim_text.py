"""The parts of the Neovim plugin that only deal with text, run inside Neovim."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.editors.neovim_driver import Neovim, bare_environment


@pytest.fixture(scope="module")
def nvim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    folder = tmp_path_factory.mktemp("text")
    with Neovim(folder, bare_environment(folder / "home")) as running:
        yield running


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        ("width * height", "width", "width * height"),
        (" * height", " *", " * height"),
        ("größe * 2", "größe", "größe * 2"),
        ('"🎈")', '"', '"🎈")'),
        (")\n    return 1", ")", ")"),
        ("\n\n    return 1\nx", "\n\n    return", "\n\n    return 1"),
        ("\treturn 1\n", "\treturn", "\treturn 1"),
        ("   ", "   ", "   "),
        ("\n", "\n", "\n"),
        ("a-b", "a", "a-b"),
    ],
)
def test_next_word_and_line(nvim: Neovim, text: str, word: str, line: str) -> None:
    found = nvim.lua("local t = require('caretwise.text'); return { t.next_word(...), t.next_line(...) }", text)
    assert found == [word, line]


@pytest.mark.parametrize(
    ("line", "standing", "parts"),
    [
        ("value)", ")", [(0, "value")]),
        ("value, high)", "", [(0, "value, high)")]),
        ("a]) # done", "])", [(0, "a"), (2, " # done")]),
        ("f(x)", "()", [(0, "f"), (1, "x")]),
        ("é🎉)", "🎉)", [(0, "é")]),
        ("value", ")", None),
        ("", "", []),
        (")", ")", []),
        ("))", ")", [(0, ")")]),
    ],
)
def test_around_what_stands_already(
    nvim: Neovim, line: str, standing: str, parts: list[tuple[int, str]] | None
) -> None:
    found = nvim.lua("return require('caretwise.text').around(...) or 'no'", line, standing)
    assert found == ("no" if parts is None else [{"offset": offset, "text": text} for offset, text in parts])
    if parts is not None:
        # Put into each other, the two give the whole line again.
        raw, woven = standing.encode(), b""
        for offset, text in reversed(parts):
            woven, raw = text.encode() + raw[offset:] + woven, raw[:offset]
        assert raw + woven == line.encode()


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [
        ("\ta", 0, "        a"),
        ("\ta", 3, "     a"),
        ("a\tb\tc", 0, "a       b       c"),
        ("🎉\tb", 0, "🎉      b"),
        ("none", 5, "none"),
    ],
)
def test_tabs_are_drawn_as_blanks(nvim: Neovim, text: str, column: int, shown: str) -> None:
    assert nvim.lua("return require('caretwise.text').expanded(...)", text, column, 8) == shown


def test_length_in_utf16_units_and_line_ends(nvim: Neovim) -> None:
    assert nvim.lua("return require('caretwise.text').utf16_length(...)", "é🎉x") == 4
    assert nvim.lua("return require('caretwise.text').normalized(...)", "a\r\nb\rc\n") == "a\nb\nc\n"


def test_the_ghost_has_a_colour_in_every_terminal(nvim: Neovim) -> None:
    nvim.lua("require('caretwise.draw')")
    assert nvim.lua("return vim.api.nvim_get_hl(0, { name = 'CaretwiseGhost', link = false }).ctermfg") == 8
    nvim.command("colorscheme habamax")
    like, ghost = nvim.lua("""
        local hl = function(name) return vim.api.nvim_get_hl(0, { name = name, link = false }) end
        return { hl('NonText'), hl('CaretwiseGhost') }
    """)
    assert ghost["fg"] == like["fg"]
    assert "ctermfg" in ghost
