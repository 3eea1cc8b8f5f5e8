"""`caretwise try`: the real server at work, live in the terminal, on a project that was not made for it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from caretwise.adapters.checkers import syntax_findings
from caretwise.adapters.configured_models import resolve_models
from caretwise.adapters.journal import read_events
from caretwise.adapters.journal_counting import count_events
from caretwise.adapters.project import Project, uri_of_path
from caretwise.adapters.settings_load import load
from caretwise.cli.colour import coloured
from caretwise.cli.diff import coloured_diff
from caretwise.cli.try_outcome import empty_answers, failed, faults
from caretwise.cli.try_sample import Hole, broken_line, copy_sample, holes
from caretwise.lsp.editor_client import EditorClient
from caretwise.measure.report import as_text, printable
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

_EXAMPLES = "\b\nExamples:\n  caretwise try\n  caretwise try --path .                   on your own code\n"


@click.command("try", epilog=_EXAMPLES)
@click.option(
    "--path", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Use this project of yours."
)
def command(path: Path | None) -> None:
    """Watch a session: lines of a real project are typed again, ghost text appears, Tab is pressed where it is right.

    Without --path the project is a copy of packages of Python's standard library. No file is changed. With a configured
    model that model is asked (and code is sent to it); without one the embedded engine answers and nothing is sent.

    Exit status 1 when a configured model could not work; why stands at the top.
    """
    with tempfile.TemporaryDirectory(prefix="caretwise-try-") as folder:
        root = path.resolve() if path is not None else copy_sample(Path(folder))
        idle = asyncio.run(_Session(root, Path(folder) / "state", sample=path is None).run())
    if idle:
        raise click.exceptions.Exit(1)


class _Session:
    """One demonstration from start to table."""

    def __init__(self, root: Path, state: Path, *, sample: bool) -> None:
        self.root, self.state, self.sample = root, state, sample
        self.live = coloured()
        self.client = EditorClient()
        profiles, wrong = resolve_models(loaded := load())
        self.settings = loaded.settings
        self.inline: Profile | None = profiles.get(loaded.settings.inline)
        self.fix: Profile | None = profiles.get(loaded.settings.fix)
        self.faults = faults(loaded.settings, profiles, [*loaded.problems, *wrong])
        self.project = Project([root])
        self.accepted = 0
        self.offered = 0
        self.said = 0
        """How many of the server's messages were looked at."""
        self.troubled = False
        """Whether the server said that a model failed."""

    async def run(self) -> Sequence[str]:
        """Show the session; the names of configured models that could not work."""
        name = "copies from Python's standard library" if self.sample else str(self.root)
        click.secho(f"caretwise try: {printable(name)}", bold=True)
        self._announce()
        environ = {"CARETWISE_STATE_DIR": str(self.state), "CARETWISE_CACHE_DIR": str(self.state / "cache")}
        server = await self.client.start(self.root, environ)
        self._say(f"The server runs ({server}); it speaks LSP over stdio, as to any editor.")
        try:
            await self._type_lines()
            await self._fix_something()
        finally:
            await self.client.stop()
        self._messages()
        return self._results()

    def _announce(self) -> None:
        for sentence in self.faults.sentences:
            self._say(printable(sentence), fg="yellow")
        if self.inline is None:
            start = "No model is configured: the" if not self.settings.inline else "The"
            self._say(f"{start} embedded engine answers. It learns from this project; nothing is sent.")
        elif self.inline.name not in self.faults.idle:
            self._say(
                f"Model: {printable(self.inline.name)} at {printable(self.inline.host)}; code of this project is sent there."
            )

    def _say(self, sentence: str, fg: str | None = None) -> None:
        """Print a sentence; on a terminal its lines end between words."""
        if sys.stdout.isatty():
            sentence = click.wrap_text(sentence, shutil.get_terminal_size().columns)
        click.echo(click.style(sentence, fg=fg) if fg else sentence)

    # -- typing ----------------------------------------------------------------------------------------------------

    async def _type_lines(self) -> None:
        if self.inline is not None and self.inline.name in self.faults.idle:
            return
        most = _MOST_HOLES if self.inline is None else _MOST_ASKED_OF_A_MODEL
        found = await asyncio.to_thread(holes, self.project, most=most)
        if not found:
            click.echo()
            self._say("There is no code in this folder that can be typed again; files that git ignores are left out.")
            click.echo()
            return
        if self.inline is None:
            self._explain_typing()
        until = time.monotonic() + _SECONDS
        for hole in found:
            if self.accepted >= _WANTED or time.monotonic() > until or self._hopeless():
                break
            await self._type(hole)
        if self.offered:
            were = "suggestions shown were what really stood there, and were accepted"
            click.echo(f"{self.accepted} of {self.offered} {were}.\n")
        else:
            click.echo("No suggestion was shown.\n")

    def _explain_typing(self) -> None:
        """Above the first suggestion; with a model only when there is one, so that its failures stand at the top."""
        click.echo()
        self._say(
            "Lines are taken out of their files and typed again. Ghost text is marked; Tab only where it is right."
        )
        click.echo()

    def _hopeless(self) -> bool:
        """Whether the model failed before it had suggested anything: asking on would only take time."""
        return self.troubled and not self.offered

    def _messages(self) -> bool:
        """Print what the server has said since the last time; whether there was anything."""
        new = [
            message
            for message in self.client.messages[self.said :]
            if not any(sentence in message for sentence in self.faults.sentences)
        ]
        self.said = len(self.client.messages)
        for message in new:
            self._say(printable(message), fg="yellow")
        hosts = [profile.host for profile in (self.inline, self.fix) if profile is not None]
        self.troubled = self.troubled or any(host in message for host in hosts for message in new)
        return bool(new)

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
            self._messages()
            if self._hopeless():
                return
            if ghost is None:
                continue
            right = ghost.text == hole.rest[typed:]
            if not right and (shown.endswith(ghost.text) or len(ghost.text.strip()) < _LEAST_SHOWN):
                continue
            shown = ghost.text
            if self.inline is not None and not self.offered:
                self._explain_typing()
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
            self._say("A fix needs a model: set CARETWISE_BASE_URL and CARETWISE_MODEL, or run `caretwise setup`.")
            click.echo()
            return
        if self._hopeless() and self.fix == self.inline:
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
        said = self._messages()
        if fix is None or not fix.edits:
            why = "No fix is offered there.\n" if fix is None else "No fix passed its checks.\n"
            click.echo("" if said else why)
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

    # -- the end ---------------------------------------------------------------------------------------------------

    def _results(self) -> Sequence[str]:
        """The table, and what it does not show; the names of the models that could not work."""
        events = list(read_events(self.state))
        if self.offered or self.inline is not None:
            width = shutil.get_terminal_size((100, 24)).columns
            click.echo(as_text(count_events(events), colour=self.live, width=width))
        used = dict.fromkeys(profile.name for profile in (self.inline, self.fix) if profile is not None)
        idle = [*self.faults.idle, *(name for name in used if failed(events, name))]
        if not events and self._hopeless():  # no journal is kept
            idle += used
        for name in used:
            if times := empty_answers(events, name):
                count = "once" if times == 1 else f"{times} times"
                click.secho(
                    f"{printable(name)} was asked {count} and answered with nothing at all; "
                    "`caretwise complete FILE:LINE --explain` shows what is sent.",
                    fg="yellow",
                )
        for name in dict.fromkeys(idle):
            click.secho(f"{printable(name)} could not work. `caretwise doctor` says what to change.", fg="yellow")
        return idle
