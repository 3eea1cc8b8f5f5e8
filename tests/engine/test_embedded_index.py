"""What the embedded engine keeps between sessions: text only, private, checked, and empty when anything is wrong with it."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import zlib
from pathlib import Path

import pytest

from caretwise.adapters.learned_index import (
    APPLICATION,
    FOLDER,
    MOST_PROJECTS,
    VERSION,
    LearnedIndex,
    mark_of,
    open_index,
)
from caretwise.local.predict import Kept

KEY = bytes(range(32))
KEPT = Kept("    ", (["total", " ", "=", " ", "1", "\n="], ["\ud800", "\x00", "é"]))
MARK = (1_700_000_000_000_000_001, 12)


def opened(cache: Path, *roots: str) -> LearnedIndex:
    index = open_index(cache, KEY, [Path(root) for root in roots or ("/project",)])
    assert index is not None
    return index


def filled(cache: Path) -> Path:
    """A kept index with one row; its file."""
    index = opened(cache)
    index.keep("file:///project/a.py", MARK, KEPT)
    index.close()
    (path,) = (cache / FOLDER).glob("*.db")
    return path


def works(cache: Path) -> bool:
    """Whether an index can be opened, is empty, and keeps things."""
    index = opened(cache)
    before = index.find("file:///project/a.py", MARK)
    index.keep("file:///project/a.py", MARK, KEPT)
    index.close()
    again = opened(cache)
    after = again.find("file:///project/a.py", MARK)
    again.close()
    return before is None and after == KEPT


def test_what_was_kept_is_found_again_while_the_file_is_the_same(tmp_path: Path) -> None:
    filled(tmp_path)
    index = opened(tmp_path)
    assert index.find("file:///project/a.py", MARK) == KEPT
    assert index.find("file:///project/a.py", (MARK[0] + 1, MARK[1])) is None
    assert index.find("file:///project/a.py", (MARK[0], MARK[1] + 1)) is None
    assert index.find("file:///project/b.py", MARK) is None
    index.close()


def test_another_project_and_another_machine_have_files_of_their_own(tmp_path: Path) -> None:
    filled(tmp_path)
    other = opened(tmp_path, "/other")
    assert other.find("file:///project/a.py", MARK) is None
    other.close()
    moved = open_index(tmp_path, bytes(32), [Path("/project")])
    assert moved is not None
    assert moved.find("file:///project/a.py", MARK) is None
    moved.close()
    assert len(list((tmp_path / FOLDER).glob("*.db"))) == 3


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_it_is_private_and_tells_no_path(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"a.py" not in path.read_bytes()
    assert "project" not in path.name


def test_rows_of_files_that_are_gone_are_deleted(tmp_path: Path) -> None:
    filled(tmp_path)
    index = opened(tmp_path)
    index.keep("file:///project/b.py", MARK, KEPT)
    index.keep_only(["file:///project/b.py"])
    assert index.find("file:///project/a.py", MARK) is None
    assert index.find("file:///project/b.py", MARK) == KEPT
    index.close()


def test_a_forgotten_file_leaves_no_row_and_no_bytes(tmp_path: Path) -> None:
    path = filled(tmp_path)
    connection = sqlite3.connect(path)
    (packed,) = connection.execute("SELECT tokens FROM learned").fetchone()
    connection.close()
    index = opened(tmp_path)
    index.keep("file:///project/b.py", MARK, KEPT)
    index.forget("file:///project/a.py")
    index.forget("file:///project/b.py")
    index.forget("file:///project/never.py")
    index.close()
    assert packed not in path.read_bytes()
    index = opened(tmp_path)
    assert index.find("file:///project/a.py", MARK) is index.find("file:///project/b.py", MARK) is None
    index.close()


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(7, 256)) * 64)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def scribbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60:3000] = b"\xff" * 2940
    path.write_bytes(data)


def of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (name TEXT)")
    connection.close()


def of_a_later_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()


def with_other_columns(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE learned (name BLOB)")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.close()


@pytest.mark.parametrize(
    "spoil", [noise, truncated, scribbled, of_another_program, of_a_later_version, with_other_columns]
)
def test_a_file_that_is_no_good_starts_empty(tmp_path: Path, spoil: object) -> None:
    path = filled(tmp_path)
    assert callable(spoil)
    spoil(path)
    assert works(tmp_path)


def test_spoiled_while_it_is_open_it_costs_nothing_but_itself(tmp_path: Path) -> None:
    path = filled(tmp_path)
    index = opened(tmp_path)
    noise(path)
    assert index.find("file:///project/a.py", (MARK[0], 0)) is None
    index.keep("file:///project/c.py", MARK, KEPT)
    index.keep_only([])
    index.close()
    assert works(tmp_path)


class _Planted:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return os.putenv, ("CARETWISE_PLANTED", "1")


@pytest.mark.parametrize(
    "value",
    [
        pickle.dumps(_Planted()),
        zlib.compress(b'[["a"'),
        zlib.compress(b'[["a", 1]]'),
        zlib.compress(b'{"a": 1}'),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b" " * (20 << 20) + b'[["a"]]'),
        b"",
        7,
        "text",
        None,
    ],
)
def test_a_planted_row_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    monkeypatch.setattr(pickle, "loads", pytest.fail)
    path = filled(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE learned SET tokens = ?", (value,))
    connection.close()
    index = opened(tmp_path)
    assert index.find("file:///project/a.py", MARK) is None
    index.close()


def test_a_lock_of_another_window_is_waited_for_shortly_and_then_done_without(tmp_path: Path) -> None:
    path = filled(tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    index = opened(tmp_path)
    assert index.find("file:///project/a.py", MARK) == KEPT
    index.keep("file:///project/b.py", MARK, KEPT)
    index.close()
    other.execute("ROLLBACK")
    other.close()
    again = opened(tmp_path)
    assert again.find("file:///project/a.py", MARK) == KEPT
    assert again.find("file:///project/b.py", MARK) is None
    again.close()


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert open_index(tmp_path / "file", KEY, [Path("/project")]) is None
    assert open_index(tmp_path, KEY, []) is None
    (tmp_path / FOLDER).symlink_to(tmp_path / "elsewhere")
    assert open_index(tmp_path, KEY, [Path("/project")]) is None


def test_the_number_of_projects_is_bounded(tmp_path: Path) -> None:
    for number in range(MOST_PROJECTS + 3):
        opened(tmp_path, f"/project-{number}").close()
    assert len(list((tmp_path / FOLDER).glob("*.db"))) == MOST_PROJECTS


def test_the_mark_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    assert mark_of(path) is None
    path.write_text("x = 1\n")
    os.utime(path, ns=(5, 7))
    assert mark_of(path) == (7, 6)
