"""`caretwise fix FILE[:LINE]`: a fix for a problem there, as a diff with its verification."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import IO, NoReturn

import click

from caretwise.adapters.project import Project, path_of_uri
from caretwise.adapters.settings import Loaded
from caretwise.cli.asking import Told, sentence, waiting
from caretwise.cli.fix_problems import Problems
from caretwise.cli.fix_report import USER, print_problems, print_run, problems_as_json, refusal_as_json, run_as_json
from caretwise.cli.fix_run import Run, nothing_there, problem_of_place
from caretwise.cli.place import Place, parse_place, project_folder, read_snapshot
from caretwise.cli.session import loaded_settings, say, session
from caretwise.engine import fix as engine
from caretwise.engine.failing_test import find_culprit
from caretwise.measure.report import printable
from caretwise.repair.finding import Finding
from caretwise.repair.traceback import MOST_CHARACTERS, read_failure
from caretwise.repair.verification import Refusal
from caretwise.text.language import identify
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_EXAMPLES = (
    "\b\n"
    "Examples:\n"
    "  caretwise fix app.py                     what a checker reports first\n"
    '  caretwise fix app.py:12 --message "division by zero"\n'
    "  caretwise fix app.py --all --apply       write every fix that there is\n"
    "  pytest | caretwise fix --test -          mend what a failing test shows\n"
)


@click.command("fix", epilog=_EXAMPLES)
@click.argument("place", metavar="[FILE[:LINE]]", default="")
@click.option(
    "--message",
    help="What is wrong at LINE, as your checker says it; else your checkers and the parser are asked.",
)
@click.option("--test", type=click.File("r", errors="replace"), metavar="OUTPUT",
              help="Mend the code that a failing test's output (a file, or - for stdin) shows to be wrong.")  # fmt: skip
@click.option("--model", help="One of your models; else the one configured for fixes.")
@click.option("--all", "fix_all", is_flag=True, help="Fix one problem of the file after the other.")
@click.option("--apply", "apply_it", is_flag=True, help="Write the fix to the file.")
@click.option("--check", is_flag=True, help="List the problems there; no model is asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    place: str,
    message: str | None,
    test: IO[str] | None,
    model: str | None,
    *,
    fix_all: bool,
    apply_it: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Ask for a fix and print it as a diff, which `git apply` takes. Nothing is written without --apply.

    Only a fix after which the checker that reported the problem reports it no more is called verified. In
    `caretwise report` a fix that is only printed counts as offered; one that --apply has written, as applied.

    Exit status 0 when there is a fix (with --check: no problem), 1 when there is none or it cannot be written, 2 for wrong
    use.
    """
    try:
        if test is not None:
            where, snapshot, finding = _of_test(place, test.read(MOST_CHARACTERS))
        else:
            where, snapshot, finding = _of_place(place, message)
        loaded = loaded_settings(model)
        run, wrong, refusal = asyncio.run(
            _Call(where, snapshot, finding, fix_all=fix_all, apply_it=apply_it, check=check).run(loaded)
        )
    except click.ClickException as error:
        if as_json:
            _end(refusal_as_json(Refusal("not_possible", error.format_message()), place), error.exit_code)
        raise
    if check:
        _print_check(run, as_json=as_json)
    if refusal is not None and not run.outcomes:
        _print_nothing(refusal, run, as_json=as_json)
    fixed = any(outcome.fix is not None for outcome in run.outcomes)
    written = apply_it and fixed and not wrong
    if as_json:
        made = run_as_json(run, applied=written)
        click.echo(json.dumps({**made, "code": "not_written", "reason": wrong} if wrong else made))
    else:
        print_run(run)
    if wrong:
        raise click.ClickException(printable(wrong))
    if written:
        say(f"{where.path} was changed")
    sys.exit(0 if fixed else 1)


def _of_place(place: str, message: str | None) -> tuple[Place, Snapshot, Finding | None]:
    if not place:
        raise click.UsageError("name a FILE, or FILE:LINE")
    where = parse_place(place)
    snapshot = read_snapshot(where.path)
    at = where.position(snapshot)  # a place behind the end is wrong use, whether or not a message was given
    if message is None:
        return where, snapshot, None
    if where.line is None:  # the end of the file, where no function is that could be mended
        raise click.UsageError("--message says what is wrong at a line: name it, as FILE:LINE")
    span = Range(Position(at.line, 0), Position(at.line, len(snapshot.line(at.line))))
    return where, snapshot, Finding(span, message, source=USER)


def _of_test(place: str, output: str) -> tuple[Place, Snapshot, Finding]:
    """The place that a failing test's output leads to. Raises click.ClickException when it leads nowhere."""
    if place:
        raise click.UsageError("--test finds the file by itself; leave FILE out")
    failure = read_failure(output)
    if failure is None:
        raise click.ClickException("this is not a failing test's output with a file and a line or a test's name in it")
    folder = project_folder(Path.cwd() / "any")
    culprit = find_culprit(failure, Project([folder]), lambda _: None)
    if isinstance(culprit, Refusal):
        raise click.ClickException(culprit.reason)
    path = path_of_uri(culprit.snapshot.uri)
    assert path is not None, "it was read from disk"
    # As it is on disk, byte order mark and all: that is what is written back.
    return Place(path, culprit.finding.range.start.line + 1, None), read_snapshot(path), culprit.finding


class _Call:
    """What one call of the command does while a session is open."""

    def __init__(
        self, place: Place, snapshot: Snapshot, finding: Finding | None, *, fix_all: bool, apply_it: bool, check: bool
    ) -> None:
        self._place, self._snapshot, self._finding = place, snapshot, finding
        self._all, self._apply, self._check = fix_all, apply_it, check

    async def run(self, loaded: Loaded) -> tuple[Run, str, Refusal | None]:
        """The run, why nothing could be written if that was wanted, and why nobody was asked."""
        told, snapshot = Told(), self._snapshot
        mark = snapshot.text[:1] if snapshot.text.startswith("\ufeff") else ""
        if mark:
            rest = snapshot.text.removeprefix(mark)
            snapshot = Snapshot.of(rest, uri=snapshot.uri, language_id=snapshot.language_id, version=snapshot.version)
        folder = project_folder(self._place.path)
        async with session(loaded, folder, snapshot, learn=False, tell=told.tell) as app:
            told.say()
            path = app.outside.gatherer.relative(snapshot.uri)
            run = Run(app, self._place.path.resolve(), snapshot, identify(snapshot.language_id, path), path, mark)
            run.problems = await run.look() if self._finding is None else Problems((self._finding,))
            wanted = problem_of_place(self._place, run.problems) if self._finding is None else (self._finding,)
            if self._check or not wanted:
                return run, "", nothing_there(self._place, run.problems)
            with waiting(app.outside.fix, engine.FIX_SECONDS):
                if self._all:
                    await run.fix_all(lambda _: None)
                else:
                    await run.fix_one(wanted, lambda _: None)
            fixed = any(outcome.fix is not None for outcome in run.outcomes)
            wrong = run.write() if self._apply and fixed else ""
        last = run.outcomes[-1].found.best
        told.say(but=last.reason if isinstance(last, Refusal) else "")
        return run, wrong, None


def _print_check(run: Run, *, as_json: bool) -> NoReturn:
    status = 1 if run.problems.findings else 0
    if as_json:
        _end(problems_as_json(run), status)
    print_problems(run.problems, run.path)
    for reason in run.problems.not_asked:
        say(reason)
    looked = ", ".join((*run.problems.looked, "the parser"))
    count = len(run.problems.findings)
    say(f"{'1 problem' if count == 1 else f'{count} problems'} found by {looked}")
    sys.exit(status)


def _print_nothing(refusal: Refusal, run: Run, *, as_json: bool) -> NoReturn:
    """Nothing to fix: done where a checker has looked; without one the user has to say what is wrong."""
    status = 0 if run.problems.looked else 2
    if as_json:
        _end(refusal_as_json(refusal, run.path, run.problems.findings), status)
    for reason in run.problems.not_asked:
        say(reason)
    if status:
        raise click.UsageError(refusal.reason)
    click.echo(sentence("Nothing to fix", refusal.reason))
    sys.exit(status)


def _end(made: dict[str, object], status: int) -> NoReturn:
    click.echo(json.dumps(made))
    sys.exit(status)
