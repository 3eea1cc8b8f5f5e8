"""`caretwise log capture`: keep suggestions with the code around them, for a model of your own; off unless you say so."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from caretwise.adapters.disk_trouble import Trouble
from caretwise.adapters.resources import templates
from caretwise.adapters.sample_store import FOLDER, KEEP_DAYS, NAME, consent, consented, read_samples, withdraw
from caretwise.adapters.settings import do_not_track, state_folder
from caretwise.adapters.settings_load import load
from caretwise.bench.answer import from_line
from caretwise.bench.apart import lines_named, lines_of, training
from caretwise.bench.holes import mine
from caretwise.cli.diff import drawn
from caretwise.cli.own_files import own_files
from caretwise.context.privacy import mask
from caretwise.engine.sampling import BEFORE, BEHIND
from caretwise.measure.sample import Fate, Sample, chat, fates, fim, preferences
from caretwise.measure.sample import lines_of as exported

_FORMS = ("chat", "fim", "preference")
_TOLD = f"""\
Capture keeps each suggestion that you accept or dismiss, with up to {BEFORE:,} characters of code before it and {BEHIND:,}
behind it. Key-shaped text is masked; denied and ignored files and files outside the opened folders are left out.
It is written to {{path}}, readable by you alone, sent nowhere, and deleted after {KEEP_DAYS:.0f} days.
It holds your code: whoever gets an export of it can read that."""


@click.group("capture", short_help="Keep suggestions with their code, to tune a model.")
def capture() -> None:
    """Keep suggestions with the code around them, to tune a model of your own. Off unless you switch it on."""


@capture.command("on", short_help="Say what would be kept, and ask.")
@click.option("--yes", is_flag=True, help="Agree without being asked.")
def on(*, yes: bool) -> None:
    """Say what is kept, and keep it from the next session on if you agree."""
    state = state_folder(os.environ)
    click.echo(_TOLD.format(path=state / FOLDER / NAME), err=True)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Say --yes where nobody can be asked.")
        click.confirm("Keep it from the next session on?", abort=True, err=True)
    _sound(consent(state, time.time()))
    click.echo(f"Capture is on. {_why_not() or 'Sessions that begin from now on are captured.'}")


@capture.command("off")
@click.option("--delete", is_flag=True, help="Delete what was captured too.")
def off(*, delete: bool) -> None:
    """Keep nothing from now on, in running sessions either."""
    _sound(withdraw(state_folder(os.environ), delete=delete))
    click.echo("Capture is off." + (" What was captured is deleted." if delete else ""))


@capture.command("show", short_help="What capture has kept so far.")
@click.option("--last", default=3, show_default=True, type=click.IntRange(0), help="So many of the newest, in full.")
def show(*, last: int) -> None:
    """Say whether capture is on and what it has, and print the newest suggestions as they were kept."""
    state = state_folder(os.environ)
    since = consented(state)
    said = f"on since {dt.datetime.fromtimestamp(since, dt.UTC):%Y-%m-%d %H:%M} UTC" if since is not None else "off"
    click.echo(f"Capture is {said}. {_why_not()}".rstrip())
    judged = _judged(state, ())
    counted = Counter(fate for _, fate in judged)
    click.echo(
        f"{len(judged):,} suggestions: {counted[Fate.KEPT]:,} kept, {counted[Fate.DISMISSED]:,} dismissed, "
        f"{counted[Fate.OPEN]:,} neither; {len(preferences(judged)):,} pairs of kept over dismissed."
    )
    for sample, fate in judged[len(judged) - last :] if last else ():
        click.echo(f"\n== {sample.model}, {sample.language}, {fate.value}")
        text = f"{sample.prefix}⟦{sample.ghost}⟧{sample.suffix}"
        click.echo("\n".join(map(drawn, text.split("\n"))))


@capture.command("export", short_help="Write what was kept as JSON lines to train on.")
@click.option("--form", required=True, type=click.Choice(_FORMS), help="What your trainer reads.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A new file; it gets mode 0600."
)
@click.option("--model", "models", multiple=True, help="Only this model's suggestions; may be repeated.")
@click.option("--repository", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Take code out of this folder, in place of what was captured.")  # fmt: skip
@click.option(
    "-n",
    "--count",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="With --repository: pairs, at most.",
)
@click.option(
    "--per-file",
    default=8,
    show_default=True,
    type=click.IntRange(1, 50),
    help="With --repository: pairs of one file, at most.",
)
@click.option("--seed", default=2, show_default=True, help="With --repository: the same seed gives the same pairs.")
@click.option(
    "--bench-holes", default=100, show_default=True, help="`--holes` of the bench that must not be trained on."
)
@click.option("--bench-results", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True,
              help="A file that the bench was told to write to with --out; those in the state folder are known.")  # fmt: skip
@click.option("--bench-seed", default=1, show_default=True, help="`--seed` of that bench.")
def export(
    form: str, out: Path, models: tuple[str, ...], repository: Path | None, count: int, per_file: int, seed: int,
    bench_holes: int, bench_results: tuple[Path, ...], bench_seed: int,
) -> None:  # fmt: skip
    """Write lines of JSON to train on: `chat` and `fim` have what was kept, `preference` kept over dismissed.

    Kept means accepted in full, and at least nine tenths of it there after five minutes. Whether a model's answers may
    train another one is up to that model's terms; --model chooses.
    """
    if repository is None:
        judged = _judged(state_folder(os.environ), models)
        number = _write(out, exported(judged, form, templates()["inline-hole"]))
    elif form == "preference" or models:
        raise click.UsageError("Code of a repository was suggested by nobody: --form chat or fim, and no --model.")
    else:
        rows = _of_repository(
            repository.resolve(), form, count, per_file, seed, (bench_holes, bench_seed), bench_results
        )
        number = _write(out, rows)
    click.echo(f"{number:,} lines in {out}. They hold code: give them to nobody who may not read it.", err=True)


def _of_repository(
    folder: Path, form: str, count: int, per_file: int, seed: int, bench: tuple[int, int], results: Iterable[Path]
) -> Iterator[dict[str, Any]]:
    _, own, _ = own_files(folder, load().settings)
    measured = mine(own, bench[0], _draw(bench[1]))
    blocked = (lines_of(measured), lines_named(own, _asked_already(folder, results)))
    for hole in training(own, blocked, count, _draw(seed), per_file=per_file, most=(BEFORE, BEHIND)):
        text = mask(hole.prefix + hole.answer + hole.suffix).text
        start, end = len(hole.prefix), len(hole.prefix) + len(hole.answer)
        parts = hole.language.id, text[:start], text[start:end], text[end:]
        yield chat(*parts, templates()["inline-hole"]) if form == "chat" else fim(*parts)


def _asked_already(folder: Path, results: Iterable[Path]) -> set[str]:
    """The names of holes in the bench's files of results for this folder."""
    names: set[str] = set()
    for path in (*results, *(state_folder(os.environ) / "bench").glob(f"{_plain(folder.name)}-*.jsonl")):
        try:
            lines = path.read_text("utf-8").split("\n")[1:]
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{path} cannot be read, so its holes cannot be kept out: {error}") from None
        names.update(answer.hole for line in lines if (answer := from_line(line)) is not None)
    return names


def _plain(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def _draw(seed: int) -> Callable[[int], int]:
    return random.Random(seed).randrange  # noqa: S311 - a seeded choice of places, no secret


def _judged(state: Path, models: Iterable[str]) -> list[tuple[Sample, Fate]]:
    found = read_samples(state)
    if isinstance(found, Trouble):
        raise click.ClickException(found.sentence)
    wanted = set(models)
    return [(one, fate) for one, fate in fates(*found) if not wanted or one.model in wanted]


def _write(out: Path, rows: Iterable[dict[str, Any]]) -> int:
    try:
        with _private(out) as file:
            number = 0
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                number += 1
            return number
    except FileExistsError:
        raise click.UsageError(f"{out} is there already; name a new file.") from None
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror or error}") from None


def _private(out: Path) -> TextIO:
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n")


def _why_not() -> str:
    """Why nothing is captured although it may be on."""
    if do_not_track(os.environ):
        return "DO_NOT_TRACK is set: nothing is captured while it is."
    if not load().settings.journal:
        return "The configuration has journal = false: nothing is captured."
    return ""


def _sound(problem: Trouble | None) -> None:
    if problem is not None:
        raise click.ClickException(problem.sentence)
