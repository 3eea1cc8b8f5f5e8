"""Writing a file of the user's: all of it or nothing, under every name that it has, and only where it may be written."""

import os
from pathlib import Path

import pytest

from caretwise.adapters.atomic import write_text


def test_a_file_with_two_names_keeps_both(tmp_path: Path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("a\n")
    os.link(one, two)
    write_text(one, "b\r\n")
    assert two.read_bytes() == b"b\r\n"
    assert one.stat().st_ino == two.stat().st_ino


def test_a_read_only_file_is_not_replaced(tmp_path: Path):
    path = tmp_path / "a.py"
    path.write_text("a\n")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        write_text(path, "b\n")
    assert path.read_text() == "a\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.py"]
