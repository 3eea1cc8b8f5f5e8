"""`caretwise fix` with the real ruff: what is wrong, a fix for one problem or for all, written whole or not at all."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doubles import ModelDouble, ScriptedAnswers
from tests.doubles.answers import Rule
from tests.doubles.behaviours import behaviour

from caretwise.cli import main

RUFF = f'[checkers.ruff]\npath = "{Path(sys.executable).parent / "ruff"}"\n'
TEXT = "import os\n\n\ndef area(width, height):\n    unused = 1\n    return width * heigth\n"
MENDED = "\n\ndef area(width, height):\n    return width * height\n"


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


NAME = Rule(("F821",), block("    return width * heigth\n", "    return width * height\n"))
ANSWERS = ScriptedAnswers((
    Rule(("F821", "F841"), block("    unused = 1\n", "") + NAME.answer),
    Rule(("F401",), block("import os\n", "")),
    Rule(("F841",), block("    unused = 1\n", "")),
    NAME,
))  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (tmp_path / "config.toml").write_text(RUFF)
    for name in ("CACHE_DIR", "STATE_DIR"):
        monkeypatch.setenv(f"CARETWISE_{name}", str(tmp_path / name))
    monkeypatch.setenv("CARETWISE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.chdir(project)
    return project


def run(*arguments: str, double: ModelDouble | None = None, status: int = 0, given: str | None = None) -> Result:
    model = {}
    if double is not None:
        model = {
            "CARETWISE_BASE_URL": double.base_url, "CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_ENDPOINT": "moonshot",
            "CARETWISE_API_KEY": "sk-moonshot-test",
        }  # fmt: skip
    done = CliRunner().invoke(main, ["fix", *arguments], env=model, input=given)
    assert done.exit_code == status, done.output
    return done


def test_check_lists_what_the_checkers_report_and_asks_no_model(place: Path):
    (place / "a.py").write_text(TEXT)
    done = run("a.py", "--check", status=1)
    lines = done.stdout.splitlines()
    assert lines[0] == "a.py:6: ruff F821 Undefined name `heigth`"
    assert [line.split()[:3] for line in lines[1:]] == [["a.py:1:", "ruff", "F401"], ["a.py:5:", "ruff", "F841"]]
    assert "3 problems found by ruff, the parser" in done.stderr
    made = json.loads(run("a.py", "--check", "--json", status=1).stdout)
    assert made["problems"][0] == {
        "line": 6, "severity": 1, "source": "ruff", "code": "F821", "message": "Undefined name `heigth`",
    }  # fmt: skip
    (place / "a.py").write_text("\ufeff" + MENDED)
    assert run("a.py", "--check").stdout == ""
    assert "ruff report nothing at the file" in run("a.py").stdout


def test_a_fix_at_a_line_is_verified_and_the_json_says_how(place: Path):
    (place / "a.py").write_text(TEXT)
    with ModelDouble(behaviour("moonshot", answerer=ANSWERS)) as double:
        made = json.loads(run("a.py:6", "--json", double=double).stdout)
        said = run("a.py:6", double=double).stderr
    assert (made["schema"], made["level"], made["model"], made["applied"]) == (1, "verified", "kimi-k2.6", False)
    assert [(one["name"], one["state"]) for one in made["verification"]] == [
        (name, "passed") for name in ("in region", "parses", "names", "checker ruff")
    ]
    assert "+    return width * height\n" in made["fix"]
    assert len(made["problems"]) == 3
    assert "kimi-k2.6: verified" in said
    assert "checker ruff: passed (1 gone, nothing as bad is new)" in said
    assert (place / "a.py").read_text() == TEXT


def test_all_problems_are_fixed_one_after_the_other_and_the_file_keeps_its_ways(place: Path):
    path = place / "a.py"
    path.write_bytes(("\ufeff" + TEXT).replace("\n", "\r\n").encode())
    path.chmod(0o640)
    with ModelDouble(behaviour("moonshot", answerer=ANSWERS)) as double:
        made = json.loads(run("a.py", "--all", "--apply", "--json", double=double).stdout)
    # Those in one function are mended at once.
    outcomes = [([problem["code"] for problem in one["problems"]], one["level"]) for one in made["outcomes"]]
    assert outcomes == [(["F821", "F841"], "verified"), (["F401"], "verified")]
    assert made["applied"] is True
    assert path.read_bytes() == ("\ufeff" + MENDED).replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in place.iterdir() if one.name != ".git"] == ["a.py"]


def test_what_cannot_be_mended_is_left_and_named(place: Path):
    (place / "a.py").write_text(TEXT)
    wrong = Rule(("F401",), block("import os\n", "import sys\n"))
    answers = ScriptedAnswers((wrong, NAME))
    with ModelDouble(behaviour("moonshot", answerer=answers)) as double:
        made = json.loads(run("a.py", "--all", "--json", double=double).stdout)
    levels = [(len(one["problems"]), one["problems"][0]["code"], one["level"]) for one in made["outcomes"]]
    assert levels == [(2, "F821", "refused"), (1, "F821", "verified"), (1, "F401", "refused"), (1, "F841", "refused")]
    refusal = made["outcomes"][2]["refusals"][0]
    assert refusal["code"] == "checker"
    assert "`sys` imported but unused" in refusal["reason"]
    assert refusal["verification"][-1]["state"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("a.py:1", "--message", "x"), 1, "no_model"),
        (("a.py", "--message", "x"), 2, "not_possible"),
        (("a.py:99",), 2, "not_possible"),
        (("nowhere.py",), 2, "not_possible"),
        (("latin.py",), 1, "not_possible"),
        (("fine.py",), 0, "no_problem"),
        (("a.py", "--model", "no-such"), 2, "not_possible"),
        (("--test", "-"), 1, "not_possible"),
        ((), 2, "not_possible"),
    ],
)
def test_every_refusal_names_its_reason_in_json(place: Path, arguments, status, code):
    (place / "a.py").write_text(TEXT)
    (place / "fine.py").write_text(MENDED)
    (place / "latin.py").write_bytes(b"caf\xe9 = 1\n")
    made = json.loads(run(*arguments, "--json", status=status).stdout)
    assert (made["fix"], made["code"]) == (None, code)
    assert len(made["reason"]) > 10


def test_a_failing_tests_output_leads_to_the_function_that_the_test_calls(place: Path):
    (place / "shapes.py").write_text(MENDED.replace("*", "+"))
    (place / "test_shapes.py").write_text("from shapes import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n")
    output = "    def test_area():\n>       assert area(2, 3) == 6\nE       assert 5 == 6\n\ntest_shapes.py:5: AssertionError\n"
    answers = ScriptedAnswers((
        Rule(("a test fails: assert 5 == 6", "assert area(2, 3) == 6"),
             block("    return width + height\n", "    return width * height\n")),
    ))  # fmt: skip
    with ModelDouble(behaviour("moonshot", answerer=answers)) as double:
        made = json.loads(run("--test", "-", "--apply", "--json", double=double, given=output).stdout)
    assert (made["path"], made["line"], made["level"]) == ("shapes.py", 3, "parses")
    assert (place / "shapes.py").read_text() == MENDED


SHOP = {
    "price.py": "def one(a):\n    return -a\n\n\ndef two(a):\n    return a + 3\n",
    "cart.py": "def size(a):\n    return len(a) - 1\n",
    "test_shop.py": "def test_one():\n    assert one(1) == 1\n\n\ndef test_two():\n    assert two(1) == 3\n\n\n"
    "def test_size():\n    assert size([]) == 0\n",
}  # fmt: skip
FAILED = (
    "FAILED test_shop.py::test_one - assert -1 == 1\nFAILED test_shop.py::test_two - assert 4 == 3\n"
    "FAILED test_shop.py::test_size - assert -1 == 0\nFAILED test_shop.py::test_gone\n"
)
IN_SHOP = ScriptedAnswers((
    Rule(("assert -1 == 1",), block("    return -a\n", "    return a\n")),
    Rule(("assert 4 == 3",), block("    return a + 3\n", "    return a + 2\n")),
    Rule(("assert -1 == 0",), block("    return len(a) - 1\n", "    return len(a)\n")),
))  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "path", "lines", "others"),
    [
        ((), "price.py", [1], ["test_size", "test_gone"]),
        (("--all",), "price.py", [1, 5], ["test_size", "test_gone"]),
        (("cart.py",), "cart.py", [1], ["test_one", "test_two", "test_gone"]),
        (("test_shop.py", "--all"), "price.py", [1, 5], ["test_size", "test_gone"]),
    ],
    ids=["the first", "all of its file", "of a file", "of a file of tests"],
)
def test_of_several_failing_tests_the_first_or_those_of_a_file_are_mended(place: Path, arguments, path, lines, others):
    for name, text in SHOP.items():
        (place / name).write_text(text)
    with ModelDouble(behaviour("moonshot", answerer=IN_SHOP)) as double:
        made = json.loads(run(*arguments, "--test", "-", "--json", double=double, given=FAILED).stdout)
    assert (made["path"], [one["problems"][0]["line"] for one in made["outcomes"]]) == (path, lines)
    assert [one["level"] for one in made["outcomes"]] == ["parses"] * len(lines)
    assert [one["test"] for one in made["other_tests"]] == others
    assert (made["other_tests"][-1]["path"], made["other_tests"][-1]["reason"]) == (
        None,
        "test_shop.py holds no test_gone",
    )


def test_what_failing_tests_are_left_is_said(place: Path):
    for name, text in SHOP.items():
        (place / name).write_text(text)
    with ModelDouble(behaviour("moonshot", answerer=IN_SHOP)) as double:
        done = run("--test", "-", double=double, given=FAILED)
    listed = run("--test", "-", "--check", given=FAILED, status=1)
    assert "price.py:5: a test fails: assert 4 == 3" in listed.stdout
    assert "2 problems found by failing tests" in listed.stderr
    assert "not looked at: test_size: leads to cart.py:1" in listed.stderr
    assert "not looked at: test_two; --all mends what they lead to in the same file" in done.stderr
    assert "not looked at: test_size: leads to cart.py:1; name that file to mend it" in done.stderr
    (place / "fine.py").write_text(MENDED)
    assert "no failing test of this output" in run("fine.py", "--test", "-", given=FAILED, status=1).output
