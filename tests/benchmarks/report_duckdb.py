"""The rival of SQLite for merging exports: DuckDB, which reads lines of JSON by itself and counts by columns.

    pip install duckdb
    python tests/benchmarks/report_events.py --team 10000000 --duckdb --keep

It does the heavy part of the report's work, in a process of its own with the report's limit of memory: read the files, take
an event once, make one row of each suggestion, and the cells. It does not look at each record as `journal_export` does (a
record that is no event, a text that is too long), so the comparison is in its favour.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import files as files_of
from pathlib import Path

import duckdb  # pyright: ignore[reportMissingImports] - installed by hand by whoever measures

from caretwise.measure.schema import BOUNDS, CHOICES, FIELDS

_SAME = 'suggestion, kind, "at", evidence, amount, after_s, characters'
MEMORY = "512MB"
"""What DuckDB may hold; the report is allowed 500 MB."""


def merge(files: Sequence[str], folder: Path) -> int:
    """Events in the files, each once, with the report's tables made of them."""
    types = {name: "VARCHAR" if name in BOUNDS or name in CHOICES or name == "kind" else "DOUBLE" for name in FIELDS}
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    texts = [name for name, kind in types.items() if kind == "VARCHAR"]
    filled = ", ".join(f'coalesce("{name}", \'\') AS "{name}"' if name in texts else f'"{name}"' for name in types)
    connection = duckdb.connect(str(folder / "merged.duckdb"))
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{folder / 'spilled'}'; SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    listed = ", ".join(f"'{file}'" for file in files)
    connection.execute(
        f"CREATE TABLE read_in AS SELECT {filled} FROM "
        f"read_json([{listed}], format = 'newline_delimited', columns = {{{columns}}})"
    )
    connection.execute(f"CREATE TABLE counted AS SELECT DISTINCT ON ({_SAME}) * FROM read_in")
    script = files_of("caretwise.adapters").joinpath("journal_counting.sql").read_text("utf-8")
    connection.execute(script)
    return connection.execute("SELECT count(*) FROM counted").fetchall()[0][0]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        found = merge(sys.argv[1:], Path(name))
    used = resource.getrusage(resource.RUSAGE_SELF)
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(used.ru_utime + used.ru_stime, most / 1024, found)
