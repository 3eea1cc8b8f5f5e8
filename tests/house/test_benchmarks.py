"""The benchmarks are run by hand, seldom: each of them can at least be imported, so that none has rotted unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "benchmarks"
WITH_MORE = {"report_duckdb"}
"""Those that need a package which is installed for them alone."""

IMPORT = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
"""


def test_every_benchmark_can_be_imported():
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in WITH_MORE)
    found = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT, *names], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{FOLDER}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert len(names) > 30
    assert found.stdout == ""
