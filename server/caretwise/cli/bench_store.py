"""The file of results: one line of JSON for each answer, readable by you alone; a run that was ended goes on from it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click

from caretwise.bench.answer import SCHEMA, Answer, from_line, to_line
from caretwise.bench.holes import Hole


def digest(holes: Iterable[Hole]) -> str:
    """Names a set of holes: two runs over the same ones go into one file."""
    made = hashlib.sha256()
    for hole in holes:
        made.update(json.dumps([hole.id, hole.prefix, hole.answer, hole.suffix]).encode())
    return made.hexdigest()[:16]


class Results:
    """The answers so far, in memory and on disk. The file holds pieces of your code."""

    def __init__(self, path: Path, holes: Sequence[Hole], about: Mapping[str, Any], *, fresh: bool) -> None:
        """Open `path`, or begin it anew with `fresh`.

        Raises click.ClickException when it holds a run over other holes, or cannot be written.
        """
        self.path = path
        self._named = digest(holes)
        self.answers: dict[tuple[str, str], Answer] = {}
        wanted = {"schema": SCHEMA, "holes": self._named, **about}
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if fresh:
                path.unlink(missing_ok=True)
            whole = self._read()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._file = os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8")
            if not whole:
                self._write(json.dumps(wanted, ensure_ascii=False))
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from None

    def _read(self) -> bool:
        """Take what the file holds; whether it has a head."""
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return False
        except UnicodeDecodeError:
            raise click.ClickException(f"{self.path} is no file of results; name another with --out") from None
        lines = text.split("\n")
        if not text:
            return False
        try:
            head: Any = json.loads(lines[0])
        except ValueError:
            head = None
        if not isinstance(head, dict) or head.get("holes") != self._named:  # type: ignore[reportUnknownMemberType]
            raise click.ClickException(
                f"{self.path} holds no run over these holes; name another file with --out, or begin anew with --fresh"
            )
        for line in lines[1:]:
            answer = from_line(line)
            if answer is not None:
                self.answers[answer.key, answer.hole] = answer
        if lines[-1]:  # the last line is half a line: what follows must not be glued to it
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")
        return True

    def add(self, answer: Answer) -> None:
        """Keep an answer; it is on its way to disk when this returns."""
        self.answers[answer.key, answer.hole] = answer
        self._write(to_line(answer))

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()

    def __enter__(self) -> Self:
        """Nothing more happens."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()
