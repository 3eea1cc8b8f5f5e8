"""`caretwise bench completion`: take code out, ask for it through the engine that the editor uses, compare the arms."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from caretwise.adapters.git import Repository
from caretwise.adapters.settings import Loaded, state_folder
from caretwise.bench.answer import Answer
from caretwise.bench.cases import read_cases
from caretwise.bench.cost import Spent, estimate, spent
from caretwise.bench.holes import Hole, mine
from caretwise.bench.places import KINDS
from caretwise.bench.tally import comparisons, rows
from caretwise.cli.bench_arms import Arm, arms_of
from caretwise.cli.bench_run import Plan, StoppedError, run
from caretwise.cli.bench_store import Results, digest
from caretwise.cli.bench_table import as_json, compared, money, table
from caretwise.cli.own_files import own_files
from caretwise.cli.session import loaded_settings, say
from caretwise.complete.trigger import Trigger
from caretwise.engine.trace import Trace


@dataclass(frozen=True, slots=True)
class _Options:
    """What was asked for on the command line."""

    count: int
    seed: int
    kinds: tuple[str, ...]
    languages: tuple[str, ...]
    per_file: int
    since: dt.date | None
    most_dollars: float
    most_tokens: int | None
    yes: bool


_EXAMPLES = (
    "\b\n"
    "Examples:\n"
    "  caretwise bench completion --arm kimi --arm codestral\n"
    "  caretwise bench completion src --arm kimi --arm kimi:related_tokens=0\n"
)


@click.command("completion", epilog=_EXAMPLES, short_help="Take code out of a project, and ask every arm for it.")
@click.argument("source", metavar="[FOLDER or FILE.jsonl]", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--arm", "words", multiple=True, metavar="MODEL[:KEY=VALUE,...]",
              help="One side of the comparison, the first is compared with each other one: a model of yours or `embedded`; "
              "keys: style, family, model, endpoint, context_tokens, related_tokens.")  # fmt: skip
@click.option(
    "-n", "--holes", "count", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Holes, at most."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same holes.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only holes of this kind; may be repeated."
)
@click.option("--language", "languages", multiple=True, help="Only files of this LSP language; may be repeated.")
@click.option(
    "--per-file", default=2, show_default=True, type=click.IntRange(1, 20), help="Holes in one file, at most."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]),
              help="Only lines committed on or after this day, by git: what a model cannot have learned.")  # fmt: skip
@click.option(
    "--invoked", is_flag=True, help="Ask as when a user asks by hand (30 s, longer answers); else as while typing."
)
@click.option("--max-cost", "most_dollars", default=1.0, show_default=True, help="End this run at so many US dollars.")
@click.option(
    "--max-tokens",
    "most_tokens",
    type=click.IntRange(1),
    help="End this run at so many tokens; for hosts without a known price.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a run that may cost money.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file of results; else one in the state folder."
)
@click.option("--fresh", is_flag=True, help="Forget earlier results for these holes.")
@click.option("--examples", default=3, show_default=True, type=click.IntRange(0, 50), help="Examples won and lost.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def completion(
    source: Path, words: tuple[str, ...], count: int, seed: int, kinds: tuple[str, ...], languages: tuple[str, ...],
    per_file: int, since: dt.datetime | None, invoked: bool, most_dollars: float, most_tokens: int | None, yes: bool,
    out: Path | None, fresh: bool, examples: int, json_wanted: bool,
) -> None:  # fmt: skip
    """Take code out of a project (or take a data set of holes), ask every arm for it, and compare what came back.

    The project is copied without what is taken out, so that the answer is nowhere to be found. A run that was ended
    goes on where it stopped. Exit status 0 when all was asked for, 1 when the run stopped before, 2 for wrong use.
    """
    options = _Options(
        count,
        seed,
        kinds or KINDS,
        languages,
        per_file,
        since.date() if since else None,
        most_dollars,
        most_tokens,
        yes,
    )
    loaded = loaded_settings()
    arms = arms_of(words, loaded)
    files, holes = _cases(source) if source.is_file() else _mined(source.resolve(), loaded, options)
    if not holes:
        raise click.ClickException(_nothing(source, options))
    trigger = Trigger.INVOKED if invoked else Trigger.AUTOMATIC
    plan = Plan(arms, holes, files, trigger, alone=source.is_file())
    named = out or state_folder(os.environ) / "bench" / f"{source.resolve().name}-{digest(holes)}-{trigger.value}.jsonl"
    about = {"source": source.resolve().name, "seed": seed, "trigger": trigger.value, "commit": _head(source)}
    with Results(named, holes, about, fresh=fresh) as results:
        stopped = _run(plan, results, options)
        answers = [answer for arm in arms for answer in _own(results, arm, holes)]
    _print(answers, [arm.name for arm in arms], seed, examples, json_wanted=json_wanted)
    if stopped:
        say(f"{stopped} The results so far are kept; the same command goes on from there.")
    say(f"results: {named}")
    sys.exit(1 if stopped else 0)


def _nothing(source: Path, options: _Options) -> str:
    """Why there is no hole to ask for."""
    if source.is_file():
        return f"{source} holds no case"
    if options.since is None:
        return "no place was found to make a hole; is there source code that may be sent to a model?"
    repository = Repository.of(source.resolve())
    cut = " The history is cut off there: `git fetch --unshallow` brings the rest."
    shallow = repository is not None and repository.is_shallow()
    return f"no line was committed on or after {options.since} where a hole could be.{cut if shallow else ''}"


def _cases(path: Path) -> tuple[Mapping[str, str], Sequence[Hole]]:
    try:
        return {}, read_cases(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is no text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: {error}") from None


def _mined(folder: Path, loaded: Loaded, options: _Options) -> tuple[Mapping[str, str], Sequence[Hole]]:
    files, own, repository = own_files(folder, loaded.settings, options.languages)
    lines = None
    if options.since is not None:
        if repository is None:
            raise click.BadParameter("--since wants a git repository, and this folder is in none")
        since = options.since
        lines = {path: repository.lines_since(path, text, since) for path, text in own.items()}
    draw = random.Random(options.seed).randrange  # noqa: S311 - a seeded choice of places, no secret
    holes = mine(own, options.count, draw, kinds=options.kinds, per_file=options.per_file, lines=lines)
    return files, holes


def _head(source: Path) -> str:
    repository = Repository.of(source.resolve()) if source.is_dir() else None
    return repository.head() if repository is not None else ""


def _own(results: Results, arm: Arm, holes: Sequence[Hole]) -> list[Answer]:
    """What the file has of an arm, under the name that it has in this run."""
    return [results.answers[arm.key, hole.id] for hole in holes if (arm.key, hole.id) in results.answers]


def _run(plan: Plan, results: Results, options: _Options) -> str:
    """Ask for what is missing; gives the reason when the run stopped early."""
    missing = [(arm, hole) for arm in plan.arms for hole in plan.holes if (arm.key, hole.id) not in results.answers]
    if not missing:
        return ""
    _announce(plan, missing, options)
    new: list[Answer] = []
    with click.progressbar(length=len(missing), label="asking", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def keep(answer: Answer, _: Trace) -> None:
            results.add(answer)
            new.append(answer)
            bar.update(1)
            _check(spent(new), options)

        try:
            asyncio.run(run(plan, lambda arm, hole: (arm.key, hole.id) in results.answers, keep, say))
        except StoppedError as error:
            return str(error)
        except KeyboardInterrupt:
            return "Stopped by hand."
    return ""


def _announce(plan: Plan, missing: Sequence[tuple[Arm, Hole]], options: _Options) -> None:
    """Say what the run may cost at the most, and ask before it costs money."""
    metered = False
    for arm in plan.arms:
        holes = [hole for one, hole in missing if one is arm]
        if arm.profile is None or not holes:
            continue
        settings = arm.loaded.settings
        most = estimate(
            holes, arm.prices, context_tokens=settings.context_tokens, related_tokens=settings.related_tokens
        )
        cost = "no price is known" if most.dollars is None else f"at most {money(most.dollars)}"
        free = arm.profile.endpoint.self_hosted
        metered = metered or not free
        say(f"{arm.name}: {len(holes)} requests, at most {most.tokens:,} tokens, {'your own host' if free else cost}")
    if metered and not options.yes and sys.stdin.isatty():
        click.confirm(f"Go on? The run stops at {money(options.most_dollars)}", abort=True, err=True)


def _check(so_far: Spent, options: _Options) -> None:
    if so_far.dollars is not None and so_far.dollars >= options.most_dollars:
        raise StoppedError(f"{money(so_far.dollars)} are spent, and --max-cost is {money(options.most_dollars)}.")
    if options.most_tokens is not None and so_far.tokens >= options.most_tokens:
        raise StoppedError(f"{so_far.tokens:,} tokens are spent, and --max-tokens is {options.most_tokens:,}.")


def _print(answers: Sequence[Answer], arms: Sequence[str], seed: int, examples: int, *, json_wanted: bool) -> None:
    draw = random.Random(seed).randrange  # noqa: S311 - resampling, no secret
    all_rows, kinds = rows(answers, arms), rows(answers, arms, by_kind=True)
    found = comparisons(answers, arms, draw, examples=examples)
    if json_wanted:
        click.echo(json.dumps(as_json(all_rows, kinds, found), indent=1))
        return
    if not all_rows or not answers:
        return
    click.echo(table(all_rows) + "\n\n" + table(kinds))
    for one in found:
        click.echo("\n" + compared(one))
    leaked = sum(row.leaks for row in all_rows)
    if leaked:
        say(f"{leaked} answers are left out: their prompt showed a line that was taken out")
