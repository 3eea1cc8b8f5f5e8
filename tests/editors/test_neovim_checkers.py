"""Problems that the real ruff and the real pyright report in real Neovim: fixed, verified by them, gone, and counted."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import session

BIN = Path(sys.executable).parent
CONFIG = f"""
[checkers.ruff]
path = "{BIN / "ruff"}"

[checkers.pyright]
path = "{BIN / "pyright"}"
seconds = 60
"""
WRONG = "def area(width: int, height: int) -> int:\n    scale = 1\n    return str(width * height)"
RIGHT = "def area(width: int, height: int) -> int:\n    return width * height"
ANSWERS = ScriptedAnswers((
    Rule(("F841", "    scale = 1\n"), "<<<<<<< SEARCH\n    scale = 1\n=======\n>>>>>>> REPLACE\n"),
    Rule(
        ("reportReturnType", "return str("),
        "<<<<<<< SEARCH\n    return str(width * height)\n=======\n    return width * height\n>>>>>>> REPLACE\n",
    ),
))  # fmt: skip
UNDEFINED = "import sys\n\n\ndef home(name: str) -> str:\n    return os.path.join(sys.prefix, name)"
IMPORTED = f"import os\n{UNDEFINED}"
IMPORT = ScriptedAnswers((
    Rule(("F821", "os.path.join"), "<<<<<<< SEARCH\nimport sys\n=======\nimport os\nimport sys\n>>>>>>> REPLACE\n"),
))  # fmt: skip
ENABLE = """
    local bin = ...
    vim.lsp.config('ruff', { cmd = { bin .. '/ruff', 'server' }, filetypes = { 'python' }, root_markers = { '.git' } })
    vim.lsp.config('pyright', {
      cmd = { bin .. '/pyright-langserver', '--stdio' }, filetypes = { 'python' }, root_markers = { '.git' },
      settings = { python = { analysis = { diagnosticMode = 'openFilesOnly' } } },
    })
    vim.lsp.enable({ 'ruff', 'pyright' })
    -- The first action of the line is the fix of its problem.
    vim.ui.select = function(items, _, choose) choose(items[1]) end
"""
SHOWN = """
    local found = {}
    for _, one in ipairs(vim.diagnostic.get(0)) do
      table.insert(found, ('%d %s %s'):format(one.lnum + 1, (one.source or ''):lower(), one.code or ''))
    end
    table.sort(found)
    return found
"""


def test_what_ruff_and_pyright_report_is_fixed_verified_gone_and_counted(tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "caretwise"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(CONFIG)
    with ModelDouble(Moonshot(ANSWERS)) as double, session(tmp_path, double) as user:
        nvim = user.nvim
        nvim.lua(ENABLE, str(BIN))
        nvim.open("shapes.py", WRONG)
        both = ["2 ruff F841", "3 pyright reportReturnType"]
        nvim.wait(lambda: set(both) <= set(nvim.lua(SHOWN)), "both servers' problems", 45)
        for line, left, checker in ((2, "reportReturnType", "ruff"), (2, "", "pyright")):
            nvim.type(f"{line}G:Caretwise fix<CR>")
            nvim.wait(lambda: any("<CR> apply" in one for one in nvim.screen()), "the preview", 45)
            shown = "\n".join(nvim.screen())
            assert "[verified]" in shown, shown
            assert f"checker {checker}: passed (1 gone, nothing as bad is new)" in shown
            nvim.type("<CR>")
            nvim.wait(
                lambda left=left: [one.split()[-1] for one in nvim.lua(SHOWN)] == ([left] if left else []),
                "the problem to go",
                45,
            )
        assert nvim.text() == RIGHT
        row = user.wait_for_report(lambda models: models["kimi-k2.6 fix"]["applied"] == 2, "the count")["kimi-k2.6 fix"]
        assert {name: row[name] for name in ("offered", "applied", "verified", "gone", "undone")} == {
            "offered": 2, "applied": 2, "verified": 2, "gone": 2, "undone": 0,
        }  # fmt: skip


def test_a_name_that_is_not_defined_gets_its_import(tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "caretwise"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(CONFIG)
    with ModelDouble(Moonshot(IMPORT)) as double, session(tmp_path, double) as user:
        nvim = user.nvim
        nvim.lua(ENABLE.replace("{ 'ruff', 'pyright' }", "'ruff'"), str(BIN))
        nvim.open("homes.py", UNDEFINED)
        nvim.wait(lambda: nvim.lua(SHOWN) == ["5 ruff F821"], "the problem", 45)
        nvim.type("5G:Caretwise fix<CR>")
        nvim.wait(lambda: any("<CR> apply" in one for one in nvim.screen()), "the preview", 45)
        assert "[verified]" in "\n".join(nvim.screen())
        nvim.type("<CR>")
        nvim.wait_for_text(IMPORTED)
        nvim.wait(lambda: nvim.lua(SHOWN) == [], "the problem to go", 45)
        nvim.type("u")
        nvim.wait_for_text(UNDEFINED)
        row = user.wait_for_report(lambda models: models["kimi-k2.6 fix"]["undone"] == 1, "the count")["kimi-k2.6 fix"]
        assert {name: row[name] for name in ("offered", "applied", "verified", "gone", "undone")} == {
            "offered": 1, "applied": 1, "verified": 1, "gone": 1, "undone": 1,
        }  # fmt: skip
