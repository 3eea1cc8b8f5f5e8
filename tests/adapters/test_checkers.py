"""Checkers run on a text that is on no disk: the real ones that the development environment has, and hostile programs."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from caretwise.adapters.checker_run import Checkers
from caretwise.adapters.checker_tools import KINDS, Job, call_of, kind_of, mirrored
from caretwise.adapters.settings import CheckerSettings
from caretwise.text.language import by_id

BIN = Path(sys.executable).parent
WRONG = "def area(width, height):\n    return width * heigth\n"
RIGHT = WRONG.replace("heigth", "height")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "area.py").write_text(RIGHT)
    return folder


def checkers(project: Path, kind: str, path: Path | str, **settings: object) -> Checkers:
    return Checkers({kind: CheckerSettings(path=str(path), **settings)}, [project], os.environ)


def program(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def lives(pid: str) -> bool:
    """Whether a process is there and has not ended; one that waits to be collected holds no memory any more."""
    status = Path("/proc", pid.strip(), "status")
    return status.exists() and "VmRSS" in status.read_text()


async def test_ruff_looks_at_the_text_and_not_at_the_file(project: Path):
    ruff = checkers(project, "ruff", BIN / "ruff")
    found = await ruff.check("ruff", project / "area.py", WRONG)
    assert isinstance(found, list)
    assert [(one.code, one.line, one.severity) for one in found] == [("F821", 1, 1)]
    assert await ruff.check("ruff", project / "area.py", RIGHT) == []
    assert (project / "area.py").read_text() == RIGHT
    assert names(project) == ["area.py"]


async def test_the_projects_configuration_is_honoured(project: Path):
    (project / "pyproject.toml").write_text('[tool.ruff.lint]\nignore = ["F821"]\nselect = ["F", "D100"]\n')
    found = await checkers(project, "ruff", BIN / "ruff").check("ruff", project / "area.py", WRONG)
    assert isinstance(found, list)
    assert [one.code for one in found] == ["D100"]


async def test_pyright_sees_the_projects_other_files_and_settings(project: Path):
    (project / "shapes.py").write_text("def area(width: int) -> int:\n    return width\n")
    (project / "pyrightconfig.json").write_text('{"reportUnusedVariable": "error"}')
    (project / "deep").mkdir()
    text = "from shapes import area\n\n\ndef f() -> None:\n    unused = area('x')\n"
    pyright = checkers(project, "pyright", BIN / "pyright", seconds=50.0)
    found = await pyright.check("pyright", project / "main.py", text)
    assert isinstance(found, list), found
    assert {one.code for one in found} == {"reportArgumentType", "reportUnusedVariable"}
    assert names(project) == ["area.py", "deep", "pyrightconfig.json", "shapes.py"]


async def test_nothing_is_left_behind(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    await checkers(project, "ruff", BIN / "ruff").check("ruff", project / "area.py", WRONG)
    assert list(place.iterdir()) == []


async def refusal(project: Path, kind: str, path: Path | str, **settings: object) -> str:
    found = await checkers(project, kind, path, **settings).check(kind, project / "area.py", WRONG)
    assert isinstance(found, str), found
    return found


async def test_a_program_of_the_workspace_is_not_run(project: Path, tmp_path: Path):
    mark = tmp_path / "was-run"
    inside = program(project, f"touch {mark}")
    link = tmp_path / "ruff"
    link.symlink_to(inside)
    assert "inside the opened folder" in await refusal(project, "ruff", inside)
    assert "inside the opened folder" in await refusal(project, "ruff", link)
    assert "not absolute" in await refusal(project, "ruff", "ruff")
    assert "no path" in await refusal(project, "ruff", "")
    assert "no program" in await refusal(project, "ruff", tmp_path / "missing")
    assert not mark.exists()


@pytest.mark.parametrize("kind", ["eslint", "cargo"])
async def test_what_executes_the_projects_code_wants_the_users_word(project: Path, tmp_path: Path, kind: str):
    mark = tmp_path / "was-run"
    assert "runs_project_code" in await refusal(project, kind, program(tmp_path, f"touch {mark}"))
    assert not mark.exists()


async def test_mypy_with_a_plugin_wants_the_users_word(project: Path, tmp_path: Path):
    mark = tmp_path / "was-run"
    (project / "mypy.ini").write_text("[mypy]\nplugins = evil.py\n")
    assert "plugins" in await refusal(project, "mypy", program(tmp_path, f"touch {mark}"))
    assert not mark.exists()


async def test_a_program_that_never_ends_is_ended(project: Path, tmp_path: Path):
    pid = tmp_path / "pid"
    slow = program(tmp_path, f"sleep 100 & echo $! > {pid}; wait")
    assert "within 1 s" in await refusal(project, "ruff", slow, seconds=1.0)
    # Its child is gone too: a process that has ended, or waits to be collected, holds no memory any more.
    assert not lives(pid.read_text())


async def test_a_program_that_never_stops_talking_is_ended(project: Path, tmp_path: Path):
    assert "far too much" in await refusal(project, "ruff", program(tmp_path, "exec yes"), seconds=30.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [("echo hello", "cannot be read"), ("exit 3", "status 3"), ("echo '[1]'; exit 2", "status 2")],
)
async def test_what_is_no_report_is_no_verdict(project: Path, tmp_path: Path, text: str, words: str):
    assert words in await refusal(project, "ruff", program(tmp_path, text))


async def test_a_checker_gets_no_keys_and_no_search_path_into_the_project(project: Path, tmp_path: Path):
    said = tmp_path / "said"
    environ = {**os.environ, "OPENAI_API_KEY": "sk-secret", "PYTHONPATH": str(project),
               "PATH": f"{project}{os.pathsep}.{os.pathsep}{os.environ['PATH']}"}  # fmt: skip
    settings = {"ruff": CheckerSettings(path=str(program(tmp_path, f"env > {said}; echo '[]'")))}
    found = await Checkers(settings, [project], environ).check("ruff", project / "area.py", WRONG)
    assert found == []
    names = dict(line.split("=", 1) for line in said.read_text().splitlines() if "=" in line)
    assert "OPENAI_API_KEY" not in names
    assert "PYTHONPATH" not in names
    assert str(project) not in names["PATH"].split(os.pathsep)
    assert "." not in names["PATH"].split(os.pathsep)


async def test_cancelling_ends_the_checker(project: Path, tmp_path: Path):
    pid = tmp_path / "pid"
    os.mkfifo(pid)
    slow = program(tmp_path, f"echo $$ > {pid}; exec sleep 100")
    running = asyncio.create_task(checkers(project, "ruff", slow, seconds=60.0).check("ruff", project / "a.py", WRONG))
    number = (await asyncio.to_thread(pid.read_text)).strip()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not lives(number)


def test_a_mirror_holds_links_and_the_changed_file_itself(project: Path, tmp_path: Path):
    (project / "src" / "deep").mkdir(parents=True)
    (project / "src" / "a.py").write_text("old\n")
    (project / "src" / "b.py").write_text("b\n")
    (project / "docs").mkdir()
    folder = tmp_path / "shadow"
    folder.mkdir()
    mirror = mirrored(Job(project, Path("src/a.py"), "new\n", folder))
    assert (mirror / "src" / "a.py").read_text() == "new\n"
    assert (mirror / "src" / "b.py").read_text() == "b\n"
    assert (mirror / "docs").is_symlink()
    assert not (mirror / "src").is_symlink()
    # What a tool writes beside the file is not written into the project.
    (mirror / "src" / "b.py").write_text("changed\n")
    (mirror / "src" / "new.txt").write_text("x")
    shutil.rmtree(folder)
    assert (project / "src" / "b.py").read_text() == "b\n"
    assert (project / "src" / "a.py").read_text() == "old\n"
    assert names(project / "src") == ["a.py", "b.py", "deep"]


def job(project: Path, tmp_path: Path, name: str) -> Job:
    folder = tmp_path / "shadow"
    folder.mkdir()
    return Job(project, Path(name), "text\n", folder)


def test_tsc_gets_the_projects_configuration_and_writes_nothing(project: Path, tmp_path: Path):
    (project / "tsconfig.json").write_text("{}")
    call = call_of("tsc", job(project, tmp_path, "a.ts"))
    assert not isinstance(call, str)
    assert "--noEmit" in call.arguments
    assert call.arguments[-1].endswith("tsconfig.json")
    assert not Path(call.arguments[-1]).is_relative_to(project)


def test_go_vet_gets_a_mirror_and_no_network(project: Path, tmp_path: Path):
    call = call_of("go", job(project, tmp_path, "a.go"))
    assert not isinstance(call, str)
    assert (call.folder / "a.go").read_text() == "text\n"
    assert not call.folder.is_relative_to(project)
    assert call.environ is not None
    assert call.environ["GOPROXY"] == "off"


def test_cargo_without_a_crate_is_not_run(project: Path, tmp_path: Path):
    assert call_of("cargo", job(project, tmp_path, "a.rs")) == "there is no Cargo.toml above the file"


@pytest.mark.parametrize(
    ("source", "language", "kind"),
    [
        ("Ruff", "python", "ruff"), ("Pyright", "python", "pyright"), ("basedpyright", "python", "pyright"),
        ("mypy", "python", "mypy"), ("typescript", "typescript", "tsc"), ("ts", "typescript", "tsc"),
        ("eslint", "javascript", "eslint"), ("rustc", "rust", "cargo"), ("rust-analyzer", "rust", "cargo"),
        ("printf", "go", "go"), ("compiler", "go", "go"), ("user", "python", ""), ("", "go", ""),
    ],
)  # fmt: skip
def test_the_checker_behind_a_source(source: str, language: str, kind: str):
    assert kind_of(source, by_id(language)) == kind
    assert not kind or kind in KINDS
