"""Places on the command line that exist, and those that do not."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from caretwise.cli.place import parse_place, read_snapshot


def position(folder: Path, text: str, place: str) -> tuple[int, int]:
    (folder / "a.py").write_bytes(text.encode())
    where = parse_place(str(folder / "a.py") + place)
    found = where.position(read_snapshot(where.path))
    return found.line, found.character


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("ab\ncd\n", ":1", (0, 2)),
        ("ab\ncd\n", ":2:1", (1, 0)),
        ("ab\ncd\n", ":2:3", (1, 2)),
        ("ab\ncd\n", ":3", (2, 0)),
        ("ab\r\ncd", ":1:3", (0, 2)),
        ("ab\ncd", "", (1, 2)),
        ("", ":1:1", (0, 0)),
    ],
)
def test_places_that_exist(tmp_path, text, place, found):
    assert position(tmp_path, text, place) == found


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("ab\ncd\n", ":4", "a.py has 2 lines"),
        ("ab\ncd", ":3", "a.py has 2 lines"),
        ("ab", ":99:1", "a.py has 1 line"),
        ("", ":2", "a.py has 0 lines"),
        ("ab\ncd\n", ":2:4", "line 2 has 2 characters"),
        ("ab\r\ncd", ":1:4", "line 1 has 2 characters"),
        ("a\n", ":1:9", "line 1 has 1 character"),
    ],
)
def test_a_place_behind_the_end_is_said(tmp_path, text, place, said):
    with pytest.raises(click.BadParameter) as caught:
        position(tmp_path, text, place)
    assert said in caught.value.message
    assert caught.value.exit_code == 2
