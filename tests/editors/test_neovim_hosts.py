"""The same session in real Neovim against two hosts: between them only the user's variables differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.editors.neovim_driver import HOSTS, session
from tests.editors.test_neovim_fix import WRONG, choose_first, publish

SHAPES = {
    "shapes.py": ("def area(width, height):\n    return ", "width * height"),
    "shapes.ts": ("export function area(width: number, height: number): number {\n  return ", "width * height;"),
}


@pytest.mark.parametrize("host", HOSTS)
def test_ghost_text_a_fix_and_the_counts(tmp_path: Path, host: str) -> None:
    model = HOSTS[host]["CARETWISE_MODEL"]
    with ModelDouble(behaviour(host)) as double, session(tmp_path, double, host=host) as user:
        nvim = user.nvim
        for name, (text, ghost) in SHAPES.items():
            nvim.open(name, text)
            nvim.type("GA")
            nvim.wait_for_ghost(ghost)
            nvim.type("<Tab>")
            nvim.wait_for_text(text + ghost)
            nvim.type("<Esc>")
        nvim.open("misspelt.py", WRONG)
        publish(nvim, with_lsp=True)
        nvim.type("G:Caretwise fix<CR>")
        choose_first(nvim)
        nvim.wait(lambda: any("<CR> apply" in line for line in nvim.screen()), "the preview")
        assert "-    return width * heigth" in "\n".join(nvim.screen())
        nvim.type("<CR>")
        nvim.wait_for_text(WRONG.replace("heigth", "height"))
        found = user.wait_for_report(
            lambda models: models[f"{model} inline"]["accepted"] == 2 and models[f"{model} fix"]["applied"] == 1,
            "the counts",
        )
        assert set(found) == {f"{model} inline", f"{model} fix"}
