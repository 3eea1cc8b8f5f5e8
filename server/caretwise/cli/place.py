"""Places on the command line: `FILE:LINE[:COL]`, counted from 1, columns in characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import click

from caretwise.adapters.project import uri_of_path
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

_PLACE = re.compile(r"(.+?)(?::(\d+))?(?::(\d+))?")
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and a line and column in it; None where none was given."""

    path: Path
    line: int | None
    column: int | None

    def position(self, snapshot: Snapshot) -> Position:
        """The position; without a column the end of the line, without a line the end of the file.

        Raises click.BadParameter with a sentence when the file ends before it. The places after a line's last
        character, and on the empty line after the last line end, exist: an editor's cursor can stand there.
        """
        if self.line is None:
            return snapshot.end
        if self.line > len(snapshot.lines):
            count = len(snapshot.lines) - (not snapshot.lines[-1])
            raise click.BadParameter(f"{self.path} has {_counted(count, 'line')}, so there is no line {self.line}")
        width = len(snapshot.line(self.line - 1))
        if self.column is None:
            return Position(self.line - 1, width)
        if self.column > width + 1:
            raise click.BadParameter(
                f"{self.path}: line {self.line} has {_counted(width, 'character')}, so there is no column {self.column}"
            )
        return Position(self.line - 1, self.column - 1)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def parse_place(text: str) -> Place:
    """Read a place.

    Raises click.BadParameter with a sentence when there is no such file or line.
    """
    match = _PLACE.fullmatch(text)
    assert match is not None, "the pattern matches every text that is not empty"
    path = Path(match.group(1))
    if Path(text).is_file():
        return Place(Path(text), None, None)
    if not path.is_file():
        raise click.BadParameter(f"there is no file {str(path)!r}; the form is FILE:LINE[:COL]")
    line, column = (int(number) if number else None for number in match.groups()[1:])
    if line == 0 or column == 0:
        raise click.BadParameter("lines and columns count from 1")
    return Place(path, line, column)


def read_snapshot(path: Path) -> Snapshot:
    """The file as a document.

    Raises click.ClickException when it is too large or no UTF-8 text.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise click.ClickException(f"{path} is larger than 8 MiB")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not UTF-8 text") from None
    return Snapshot.of(text, uri=uri_of_path(path.resolve()), language_id=by_path(path.name).id)


def project_folder(path: Path) -> Path:
    """The project a file belongs to: the nearest folder above it with a `.git`, else the working directory or its own."""
    resolved = path.resolve()
    for folder in resolved.parents:
        if (folder / ".git").exists():
            return folder
    here = Path.cwd()
    return here if resolved.is_relative_to(here) else resolved.parent
