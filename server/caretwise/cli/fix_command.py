"""`caretwise fix FILE[:LINE]`: a fix for a problem there, as a diff with its verification."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import IO, NoReturn

import click

from caretwise.adapters.settings import Loaded
from caretwise.cli.asking import Told, sentence, waiting
from caretwise.cli.fix_problems import Problems
from caretwise.cli.fix_report import USER, print_problems, print_run, problems_as_json, refusal_as_json, run_as_json
from caretwise.cli.fix_run import Run, nothing_there, problem_of_place
from caretwise.cli.fix_tests import Chosen, of_tests
from caretwise.cli.place import parse_place, project_folder, read_snapshot
from caretwise.cli.session import loaded_settings, say, session
from caretwise.engine import fix as engine
from caretwise.measure.report import printable
from caretwise.repair.finding import Finding
from caretwise.repair.traceback import MOST_CHARACTERS
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
              help="Mend the code that failing tests' output (a file, or - for stdin) shows to be wrong: what the first "
              "one leads to; with FILE the first one of that file, with --all each in the same file.")  # fmt: skip
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
        chosen = _of_place(place, message) if test is None else of_tests(place, test.read(MOST_CHARACTERS))
        loaded = loaded_settings(model)
        run, wrong, refusal = asyncio.run(_Call(chosen, fix_all=fix_all, apply_it=apply_it, check=check).run(loaded))
    except click.ClickException as error:
        if as_json:
            _end(refusal_as_json(Refusal("not_possible", error.format_message()), place), error.exit_code)
        raise
    others: dict[str, object] = {"other_tests": chosen.others_as_json()} if chosen.tests else {}
    if check:
        _print_check(run, chosen, others, as_json=as_json)
    if refusal is not None and not run.outcomes:
        _print_nothing(refusal, run, as_json=as_json)
    fixed = any(outcome.fix is not None for outcome in run.outcomes)
    written = apply_it and fixed and not wrong
    if as_json:
        made = run_as_json(run, applied=written) | others
        click.echo(json.dumps({**made, "code": "not_written", "reason": wrong} if wrong else made))
    else:
        print_run(run)
        chosen.say_others(fix_all=fix_all)
    if wrong:
        raise click.ClickException(printable(wrong))
    if written:
        say(f"{chosen.place.path} was changed")
    sys.exit(0 if fixed else 1)


def _of_place(place: str, message: str | None) -> Chosen:
    if not place:
        raise click.UsageError("name a FILE, or FILE:LINE")
    where = parse_place(place)
    snapshot = read_snapshot(where.path)
    at = where.position(snapshot)  # a place behind the end is wrong use, whether or not a message was given
    if message is None:
        return Chosen(where, snapshot)
    if where.line is None:  # the end of the file, where no function is that could be mended
        raise click.UsageError("--message says what is wrong at a line: name it, as FILE:LINE")
    span = Range(Position(at.line, 0), Position(at.line, len(snapshot.line(at.line))))
    return Chosen(where, snapshot, ((Finding(span, message, source=USER),),))


class _Call:
    """What one call of the command does while a session is open."""

    def __init__(self, chosen: Chosen, *, fix_all: bool, apply_it: bool, check: bool) -> None:
        self._place, self._snapshot, self._groups = chosen.place, chosen.snapshot, chosen.groups
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
            given = tuple(one for group in self._groups for one in group)
            run.problems = Problems(given) if given else await run.look()
            wanted = self._groups[0] if given else problem_of_place(self._place, run.problems)
            if self._check or not wanted:
                return run, "", nothing_there(self._place, run.problems)
            with waiting(app.outside.fix, engine.FIX_SECONDS):
                if self._all and given:
                    await run.fix_each(self._groups, lambda _: None)
                elif self._all:
                    await run.fix_all(lambda _: None)
                else:
                    await run.fix_one(wanted, lambda _: None)
            fixed = any(outcome.fix is not None for outcome in run.outcomes)
            wrong = run.write() if self._apply and fixed else ""
        last = run.outcomes[-1].found.best
        told.say(but=last.reason if isinstance(last, Refusal) else "")
        return run, wrong, None


def _print_check(run: Run, chosen: Chosen, others: dict[str, object], *, as_json: bool) -> NoReturn:
    status = 1 if run.problems.findings else 0
    if as_json:
        _end(problems_as_json(run) | others, status)
    print_problems(run.problems, run.path)
    chosen.say_others(fix_all=True)
    for reason in run.problems.not_asked:
        say(reason)
    told = "failing tests" if chosen.tests else "you" if chosen.groups else ""
    looked = told or ", ".join((*run.problems.looked, "the parser"))
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
