"""Functions with a known fault, in files with other functions around them: what a fix is asked for, and what is right.

Our own sets in Python, TypeScript and Go (`fixtures/repair/functions`); and the Python functions of HumanEvalFix, read from
a file that the user names: JSON lines with `declaration`, `buggy_solution`, `canonical_solution`, `test`, `entry_point` and
`task_id`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caretwise.repair.finding import Finding, region
from caretwise.syntax.grammar import parse
from caretwise.text.case import CURSOR, read
from caretwise.text.language import Language, by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

FIXTURES = Path(__file__).parents[2] / "fixtures" / "repair"
SETS = ("python", "typescript", "go")


@dataclass(frozen=True)
class Item:
    """`wrong` and `right` are the whole document; `first` to `last` (included) are the lines of the wrong function.

    `other` is a line of another function; `test` runs behind the right document.
    """

    path: str
    wrong: str
    right: str
    at: Position
    first: int
    last: int
    test: str

    @property
    def language(self) -> Language:
        return by_path(self.path)

    @property
    def finding(self) -> Finding:
        span = Range(self.at, Position(self.at.line, self.at.character + 1))
        return Finding(span, "this function gives wrong results: its test fails", source="test")

    @property
    def wrong_lines(self) -> list[str]:
        return lines_of(self.wrong)

    @property
    def right_lines(self) -> list[str]:
        return lines_of(self.right)

    @property
    def wrong_function(self) -> list[str]:
        return self.wrong_lines[self.first : self.last + 1]

    @property
    def right_function(self) -> list[str]:
        grown = len(self.right_lines) - len(self.wrong_lines)
        return self.right_lines[self.first : self.last + 1 + grown]

    def snapshot(self, uri: str = "") -> Snapshot:
        return Snapshot.of(self.wrong, uri=uri or f"file:///{self.path}", language_id=self.language.id, version=1)


def lines_of(text: str) -> list[str]:
    """Lines as a model sees and writes them: without their ends."""
    return text.replace("\r\n", "\n").split("\n")


def items(name: str) -> list[Item]:
    """The set of that name, one of SETS."""
    return [_own(path) for path in sorted((FIXTURES / "functions" / name).glob("*.case"))]


def _item(path: str, wrong: str, right: str, at: Position, test: str) -> Item:
    snapshot = Snapshot.of(wrong)
    language = by_path(path)
    part = region(snapshot, Finding(Range(at, at), ""), parse(snapshot, language))
    return Item(path, wrong, right, at, part.start.line, part.end.line, test)


def _own(path: Path) -> Item:
    case = read(path.read_bytes().decode())
    sections = dict(case.others)
    wrong, right = sections["wrong"], sections["right"]
    document = case.document
    if "\r\n" in document:
        wrong, right = wrong.replace("\n", "\r\n"), right.replace("\n", "\r\n")
    if document.count(wrong) != 1:
        raise ValueError(f"{path.name}: the wrong lines stand {document.count(wrong)} times in the document")
    return _item(case.name, document, document.replace(wrong, right), case.cursor, sections["test"])


def humanevalfix(path: Path) -> list[Item]:
    """HumanEvalFix's Python functions, each in a file with two others."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [_in_a_file(rows, number) for number in range(len(rows))]


def _in_a_file(rows: Sequence[dict[str, str]], number: int) -> Item:
    """The function with the one before it and the one after it in the set, right ones, as its neighbours."""
    row, before, after = rows[number], rows[number - 1], rows[(number + 1) % len(rows)]
    head = before["declaration"] + before["canonical_solution"].rstrip("\n") + "\n\n\n"
    tail = "\n\n\n" + (after["declaration"] + after["canonical_solution"]).strip("\n") + "\n"
    wrong, right = (
        head + (row["declaration"] + row[which]).strip("\n") + tail
        for which in ("buggy_solution", "canonical_solution")
    )
    lines = wrong.split("\n")
    # The function may have helpers before it: it is the last one of its name.
    line = max(n for n, one in enumerate(lines) if one.startswith(f"def {row['entry_point']}("))
    path = f"task_{row['task_id'].partition('/')[2]}.py"
    return _item(path, wrong, right, Position(line, 4), row["test"])


__all__ = ["CURSOR", "FIXTURES", "SETS", "Item", "humanevalfix", "items", "lines_of"]
