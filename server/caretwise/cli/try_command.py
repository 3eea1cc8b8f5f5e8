"""`caretwise try`: the real server at work, live in the terminal, on a project that was not made for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import click

from caretwise.adapters.checkers import syntax_findings
from caretwise.adapters.journal import read_events
from caretwise.adapters.project import Project, uri_of_path
from caretwise.adapters.settings import load
from caretwise.app import resolve_models
from caretwise.cli.diff import coloured_diff
from caretwise.cli.try_sample import Hole, broken_line, copy_sample, holes
from caretwise.lsp.editor_client import EditorClient
from caretwise.measure.report import as_text, printable, summarise
from caretwise.models.profile import Profile
from caretwise.text.edit import apply_edits
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines

_WANTED = 4
"""Accepted suggestions after which the session goes on to the fix."""

_MOST_HOLES, _MOST_ASKED_OF_A_MODEL = 60, 8
_SECONDS = 40.0
_KEY_SECONDS = 0.02
_LEAST_SHOWN = 3
"""A ghost of fewer characters is drawn only when it is right: the session would be all noise."""


@click.command("try")
@click.option(
    "--path", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Use this project of yours."
)
def command(path: Path | None) -> None:
    """Watch a session: lines of a real project are typed again, ghost text appears, Tab is pressed where it is right.

    Without --path the project is a copy of packages of Python's standard library. No file is changed. With a configured
    model that model is asked (and code is sent to it); without one the embedded engine answers and nothing is sent.
    """
    with tempfile.TemporaryDirectory(prefix="caretwise-try-") as folder:
        root = path.resolve() if path is not None else copy_sample(Path(folder))
        asyncio.run(_Session(root, Path(folder) / "state", sample=path is None).run())


class _Session:
    """One demonstration from start to table."""

    def __init__(self, root: Path, state: Path, *, sample: bool) -> None:
        self.root, self.state, self.sample = root, state, sample
        self.live = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.client = EditorClient()
        profiles, _ = resolve_models(loaded := load())
        self.inline: Profile | None = profiles.get(loaded.settings.inline)
        self.fix: Profile | None = profiles.get(loaded.settings.fix)
        self.project = Project([root])
        self.accepted = 0
        self.offered = 0

    async def run(self) -> None:
        name = "copies from Python's standard library" if self.sample else str(self.root)
        click.secho(f"caretwise try: {printable(name)}", bold=True)
        self._announce()
        environ = {"CARETWISE_STATE_DIR": str(self.state), "CARETWISE_CACHE_DIR": str(self.state / "cache")}
        server = await self.client.start(self.root, environ)
        click.echo(f"The server runs ({server}); it speaks LSP over stdio, as to any editor.\n")
        try:
            await self._type_lines()
            await self._fix_something()
        finally:
            await self.client.stop()
        for message in self.client.messages:
            click.secho(printable(message), fg="yellow")
        self._table()

    def _announce(self) -> None:
        if self.inline is None:
            click.echo(
                "No model is configured: the embedded engine answers. It learns from this project; nothing is sent."
            )
        else:
            click.echo(
                f"Model: {printable(self.inline.name)} at {printable(self.inline.host)}; code of this project is sent there."
            )

    # -- typing ----------------------------------------------------------------------------------------------------

    async def _type_lines(self) -> None:
        most = _MOST_HOLES if self.inline is None else _MOST_ASKED_OF_A_MODEL
        found = await asyncio.to_thread(holes, self.project, most=most)
        if not found:
            click.echo("There is no code in this folder that can be typed again.")
            return
        click.echo(
            "Lines are taken out of their files and typed again. Ghost text is marked; Tab only where it is right.\n"
        )
        until = time.monotonic() + _SECONDS
        for hole in found:
            if self.accepted >= _WANTED or time.monotonic() > until:
                break
            await self._type(hole)
        click.echo(
            f"{self.accepted} of {self.offered} suggestions shown were what really stood there, and were accepted.\n"
        )

    async def _type(self, hole: Hole) -> None:
        uri = uri_of_path(hole.path)
        lines = split_lines(hole.text)
        end = lines[hole.line][len(hole.given) + len(hole.rest) :]
        lines[hole.line] = hole.given + end
        self.client.open(uri, by_path(hole.path.name).id, "".join(lines))
        try:
            await self._keys(hole, uri)
        finally:
            self.client.close(uri)

    async def _keys(self, hole: Hole, uri: str) -> None:
        """Type the line's rest a character at a time, asking after each as editors do, until a ghost is right."""
        shown = ""
        for typed in range(len(hole.rest)):
            at = Position(hole.line, len(hole.given) + typed)
            if typed:
                before = Position(at.line, at.character - 1)
                self.client.change(uri, Range(before, before), hole.rest[typed - 1])
            ghost = await self.client.ghost(uri, at)
            if ghost is None:
                continue
            right = ghost.text == hole.rest[typed:]
            if not right and (shown.endswith(ghost.text) or len(ghost.text.strip()) < _LEAST_SHOWN):
                continue
            shown = ghost.text
            self.offered += 1
            self.client.shown(ghost)
            await self._draw(hole, typed, ghost.text, right=right)
            if right:
                self.accepted += 1
                self.client.change(uri, ghost.range, ghost.text)
                await self.client.accepted(ghost.id)
                return

    async def _draw(self, hole: Hole, typed: int, ghost: str, *, right: bool) -> None:
        where = f"{hole.path.relative_to(self.root).as_posix()}:{hole.line + 1}"
        click.secho(printable(where), dim=True)
        before = (hole.given + hole.rest[:typed]).lstrip()
        if self.live:
            for character in before:
                click.echo(printable(character), nl=False)
                sys.stdout.flush()
                await asyncio.sleep(_KEY_SECONDS)
        else:
            click.echo(printable(before), nl=False)
        name = self.client.statuses[-1] if self.client.statuses else "embedded"
        mark = printable(ghost.split("\n", 1)[0])
        mark = click.style(mark, fg="bright_black", italic=True) if self.live else f"⟦{mark}⟧"
        verdict = click.style("Tab", fg="green", bold=True) if right else click.style("typed on", dim=True)
        click.echo(f"{mark}   {click.style(printable(name), fg='cyan')} {verdict}\n")

    # -- a fix -----------------------------------------------------------------------------------------------------

    async def _fix_something(self) -> None:
        if self.fix is None:
            click.echo("A fix needs a model: set CARETWISE_BASE_URL and CARETWISE_MODEL, or run `caretwise setup`.\n")
            return
        broken = await asyncio.to_thread(self._broken)
        if broken is None:
            click.echo("A fix is shown on Python code, and there is none in this folder.\n")
            return
        path, text, line, _ = broken
        snapshot = Snapshot.of(text, uri=uri_of_path(path), language_id="python", version=1)
        findings = syntax_findings(snapshot, by_path(path.name))
        if not findings:
            return
        where = f"{path.relative_to(self.root).as_posix()}:{line + 1}"
        click.echo(f"A colon is taken out of {printable(where)}. Python says: {findings[0].message}")
        self.client.open(snapshot.uri, "python", snapshot.text)
        fix = await self.client.fix(snapshot.uri, findings[0])
        if fix is None or not fix.edits:
            click.echo("No fix is offered there.\n" if fix is None else "No fix passed its checks.\n")
            return
        click.echo(f"Quick fix picked: {printable(fix.title)}")
        after = apply_edits(snapshot, fix.edits)
        click.echo(coloured_diff(snapshot.text, after.text, path.name))
        await self.client.accepted(fix.id)
        left = len(syntax_findings(after, by_path(path.name)))
        click.echo("Python parses the file again.\n" if not left else f"Python still finds {left} problem(s).\n")

    def _broken(self) -> tuple[Path, str, int, str] | None:
        files = list(self.project.files(limit=200))
        texts = [(path, text) for path in files if isinstance(text := self.project.read_for_context(path), str)]
        return broken_line(texts)

    def _table(self) -> None:
        width = shutil.get_terminal_size((100, 24)).columns
        click.echo(as_text(summarise(read_events(self.state)), colour=self.live, width=width))
