"""Which of a checker's reports are about the file that is asked about."""

from pathlib import Path

import pytest

from caretwise.cli.fix_problems import is_of
from caretwise.repair.report import Reported

ROOT = Path("/home/me/shop")


@pytest.mark.parametrize(
    ("named", "relative", "kind", "is_it"),
    [
        ("/home/me/shop/a.py", "a.py", "ruff", True),
        ("/tmp/caretwise-check-x1/project/a.py", "a.py", "pyright", True),
        ("/tmp/caretwise-check-x1/project/b/a.py", "a.py", "pyright", False),
        ("/tmp/caretwise-check-x1/project/b/a.py", "b/a.py", "pyright", True),
        ("b/a.py", "b/a.py", "mypy", True),
        ("a.ts", "b/a.ts", "tsc", False),
        ("./a.go", "b/a.go", "go", True),
        ("src/a.rs", "b/src/a.rs", "cargo", True),
        ("c/a.go", "b/a.go", "go", False),
        ("", "a.py", "ruff", False),
    ],
)
def test_a_report_is_about_the_file(named, relative, kind, is_it):
    one = Reported(named, 0, 1, "", "words")
    assert is_of(one, ROOT / relative, Path(relative), kind) is is_it
