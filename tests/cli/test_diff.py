"""The printed diff is a patch that git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from caretwise.cli.diff import coloured_diff, patch

NINE = "".join(f"line {number}\n" for number in range(9))

CASES = {
    "last line of the file": (NINE, NINE.replace("line 8", "the end")),
    "first line": (NINE, NINE.replace("line 0", "the start")),
    "no line end at the end": (NINE + "tail", NINE + "new tail"),
    "a line end is added": (NINE + "tail", NINE + "tail\n"),
    "a line end is taken away": (NINE + "tail\n", NINE + "tail"),
    "the last line stays without an end": (NINE + "tail", NINE.replace("line 6", "other") + "tail"),
    "CRLF": (NINE.replace("\n", "\r\n"), NINE.replace("\n", "\r\n").replace("line 4", "line four")),
    "CRLF, no end at the end": (NINE.replace("\n", "\r\n") + "tail", NINE.replace("\n", "\r\n") + "more"),
    "CR alone is no line end for git": ("a\rb\rc\n", "a\rB\rc\n"),
    "form feed and tab": ("\tif x:\n\x0c\n\treturn 1\n", "\tif x:\n\x0c\n\treturn 2\n"),
    "not ASCII": ("größe = 1\n", "größe = 2\n"),
    "into an empty file": ("", "x = 1\n"),
    "to an empty file": ("x = 1\n", ""),
    "two places": (NINE * 3, "new\n" + NINE * 3 + "new\n"),
}


def git(folder: Path, *arguments: str, text: bytes = b"") -> None:
    command = ("git", "-c", "core.autocrlf=false", *arguments)
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", ["a.py", "with space.py", 'odd "name".py', "größe.py", "sub/b.py"])
def test_git_takes_the_patch_whatever_the_file_is_called(tmp_path, name):
    git(tmp_path, "init", "-q")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(NINE.encode())
    new = NINE.replace("line 8", "the end")
    # From the file's own folder, as somebody would run it who stands there.
    git(path.parent, "apply", "-", text=patch(NINE, new, name).encode())
    assert path.read_bytes() == new.encode()


@pytest.mark.parametrize("case", CASES)
def test_git_takes_the_patch_and_makes_the_same_text_of_it(tmp_path, case):
    old, new = CASES[case]
    git(tmp_path, "init", "-q")
    path = tmp_path / "a.py"
    path.write_bytes(old.encode())
    git(tmp_path, "apply", "--check", "-", text=patch(old, new, "a.py").encode())
    git(tmp_path, "apply", "-", text=patch(old, new, "a.py").encode())
    assert path.read_bytes() == new.encode()


def test_on_a_terminal_nothing_of_the_text_is_obeyed():
    drawn = coloured_diff("a = 1\r\n", "a = '\x1b]52;c;AAAA\x07'\r\n", "\x1bevil.py")
    assert "\x1b]" not in drawn
    assert "\x07" not in drawn
    assert "\x1bevil" not in drawn
    assert "-a = 1" in drawn


def test_on_a_terminal_tabs_stay_and_a_missing_line_end_is_said():
    drawn = coloured_diff("\tx = 1", "\tx = 2", "a.py")
    assert "-\tx = 1" in drawn
    assert drawn.count("\\ No newline at end of file") == 2
