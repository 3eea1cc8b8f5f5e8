"""Two models of different quality in real Neovim: what the report says is exactly what was done."""

from __future__ import annotations

from pathlib import Path

from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.moonshot import Moonshot
from tests.editors.neovim_driver import Neovim, Session, bare_environment

LEAST_DOCUMENTS, MOST_DOCUMENTS = 8, 24
"""Documents until both models have served one, and one of the good model's was taken by a key.

That it does not come to that in 24 happens once in 200,000 runs.
"""

START = "def area(width, height):\n    return "
GOOD = "width * height + 1"
BAD = "width * depth"
Truth = dict[str, dict[str, int]]


def double(answer: str) -> ModelDouble:
    return ModelDouble(Moonshot(ScriptedAnswers((Rule((START,), f"```python\n    return {answer}\n```", "chat"),))))


def config(good: ModelDouble, bad: ModelDouble) -> str:
    models = "".join(
        f'[models.{name}]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase_url = "{one.base_url}"\n'
        for name, one in (("good", good), ("bad", bad))
    )
    return f'inline = "good"\n{models}[experiment.which]\narms = {{ good = 0.5, bad = 0.5 }}\n'


def note(truth: Truth, model: str, **more: int) -> None:
    row = truth.setdefault(
        model, {"shown": 0, "accepted": 0, "accepted_full": 0, "accepted_characters": 0, "dismissed": 0}
    )
    for name, number in more.items():
        row[name] += number


def edit(nvim: Neovim, number: int, truth: Truth) -> None:
    """A user's minute with one document. What is good is taken: whole, word by word, or typed by hand; bad is refused."""
    nvim.open(f"shape{number}.py", "def area(width, height):\n    ")
    nvim.type("GAreturn ")
    nvim.wait(nvim.ghost, "any ghost text")
    ghost = nvim.ghost()
    model = {GOOD: "good", BAD: "bad"}[ghost]
    note(truth, model, shown=1)
    if model == "bad":
        nvim.type("<Esc>")
        nvim.wait(lambda: nvim.mode() == "n", "normal mode")
        note(truth, model, dismissed=1)
        return
    way = number % 4
    if way == 0:
        nvim.type("<Tab>")
        note(truth, model, accepted=1, accepted_full=1, accepted_characters=len(GOOD))
    elif way == 1:
        nvim.lua("require('caretwise').accept_word()")
        nvim.wait_for_text(START + "width")
        nvim.wait_for_ghost(GOOD.removeprefix("width"))
        nvim.type("<Tab>")
        note(truth, model, accepted=1, accepted_full=1, accepted_characters=len(GOOD))
    elif way == 2:
        for typed in range(1, 4):
            nvim.type(GOOD[typed - 1])
            nvim.wait_for_ghost(GOOD[typed:])
        nvim.type("<Tab>")
        note(truth, model, accepted=1, accepted_full=1, accepted_characters=len(GOOD) - 3)
    else:
        nvim.type(GOOD)
    nvim.wait_for_text(START + GOOD)
    nvim.type("<Esc>")
    nvim.wait(lambda: nvim.mode() == "n", "normal mode")


def told_apart(truth: Truth) -> bool:
    """Whether the report can rank the models. What the good one wrote may all have been typed by hand so far."""
    return len(truth) == 2 and truth["good"]["accepted"] > 0


def test_the_report_counts_what_was_done_and_ranks_the_models(tmp_path: Path) -> None:
    project, state = tmp_path / "project", tmp_path / "state"
    project.mkdir()
    truth: Truth = {}
    with double(GOOD) as good, double(BAD) as bad:
        file = tmp_path / "config.toml"
        file.write_text(config(good, bad))
        env = bare_environment(tmp_path / "home") | {
            "CARETWISE_CONFIG": str(file),
            "CARETWISE_CACHE_DIR": str(tmp_path / "cache"),
            "CARETWISE_STATE_DIR": str(state),
            "MOONSHOT_API_KEY": "sk-moonshot-test",
        }
        with Neovim(project, env) as nvim:
            nvim.set_up()
            user = Session(nvim, env, good)
            for number in range(MOST_DOCUMENTS):
                if number < LEAST_DOCUMENTS or not told_apart(truth):
                    edit(nvim, number, truth)
            assert nvim.errors() == ""
        wanted = {f"{model} inline": row for model, row in truth.items()}
        report = user.wait_for_report(
            lambda found: {name: counted(found, name) for name in found} == wanted or None, f"exactly {wanted}"
        )
    assert set(truth) == {"good", "bad"}
    rows = {name: report[f"{name} inline"] for name in truth}
    assert rows["good"]["rate"] > rows["bad"]["rate"]


def counted(report: dict[str, dict[str, int]], name: str) -> dict[str, int]:
    return {
        key: report[name][key] for key in ("shown", "accepted", "accepted_full", "accepted_characters", "dismissed")
    }
