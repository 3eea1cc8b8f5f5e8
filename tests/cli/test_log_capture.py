"""Training pairs out of a repository, kept apart from what the bench asks; exports of the journal without the user."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.bench.test_apart import FILES

from caretwise.adapters.git import Repository
from caretwise.bench.holes import plain
from caretwise.cli.bench_completion import completion
from caretwise.cli.log_command import command

SECRET = "sk-live-4f9a8b7c6d5e4f3a2b1c9d8e"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"CARETWISE_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("CARETWISE_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("")
    root = tmp_path / "own"
    root.mkdir()
    for path, text in FILES.items():
        (root / path).write_text(f'TOKEN = "{SECRET}"\n\n{text}')
    (root / ".gitignore").write_text("delta.py\n")
    (root / ".git").mkdir()
    assert Repository.of(root) is None  # no git repository yet: all files count but those that are ignored
    return root


def export(root: Path, out: Path, *words: str, code: int = 0) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, ["capture", "export", "--out", str(out), "--repository", str(root), *words])
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in out.read_text().splitlines()] if code == 0 else []


def shown(rows: list[dict[str, Any]]) -> set[str]:
    return {plain(line) for row in rows for line in (row["prefix"] + row["middle"] + row["suffix"]).split("\n")}


def test_pairs_are_masked_and_of_files_that_may_be_shown(folder: Path, tmp_path: Path) -> None:
    rows = export(folder, tmp_path / "a.jsonl", "--form", "fim", "--bench-holes", "4")
    assert rows
    assert stat.S_IMODE((tmp_path / "a.jsonl").stat().st_mode) == 0o600
    text = (tmp_path / "a.jsonl").read_text()
    assert SECRET not in text
    assert "TOKEN = " in text
    assert "area_alpha_3" in text
    assert "area_delta" not in text
    assert export(folder, tmp_path / "b.jsonl", "--form", "fim", "--bench-holes", "4") == rows
    chats = export(folder, tmp_path / "c.jsonl", "--form", "chat", "--bench-holes", "4")
    assert [row["messages"][2]["content"] for row in chats] == [
        f"<completion>{one['middle']}</completion>" for one in rows
    ]


def test_what_the_bench_has_asked_is_kept_out(folder: Path, tmp_path: Path) -> None:
    words = ["--arm", "embedded", "--holes", "12", "--seed", "77", "--kind", "line", "--per-file", "6", "--yes"]
    elsewhere = tmp_path / "elsewhere.jsonl"
    done = CliRunner().invoke(completion, [str(folder), *words, "--out", str(elsewhere)])
    assert done.exit_code == 0, done.output
    asked = {json.loads(line)["hole"] for line in elsewhere.read_text().splitlines()[1:]}
    assert len(asked) == 12
    lines = {
        (folder / path).read_text().split("\n")[int(line) - 1] for path, line, *_ in (one.split(":") for one in asked)
    }
    measured = {plain(line) for line in lines}
    few = ["--form", "fim", "--bench-holes", "0", "--per-file", "50"]
    assert measured & shown(export(folder, tmp_path / "a.jsonl", *few)), "without that run they are trained on"
    rows = export(folder, tmp_path / "b.jsonl", *few, "--bench-results", str(elsewhere))
    assert rows
    assert not measured & shown(rows)
    own = tmp_path / "state" / "bench" / "own-0123.jsonl"
    own.parent.mkdir(parents=True)
    elsewhere.rename(own)
    assert export(folder, tmp_path / "c.jsonl", *few) == rows


def test_nobody_suggested_the_code_of_a_repository(folder: Path, tmp_path: Path) -> None:
    export(folder, tmp_path / "a.jsonl", "--form", "preference", code=2)
    export(folder, tmp_path / "a.jsonl", "--form", "fim", "--model", "kimi", code=2)
    assert not (tmp_path / "a.jsonl").exists()
