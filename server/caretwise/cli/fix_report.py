"""What `caretwise fix` prints: a diff with its verification, a list of problems, or one JSON object.

The JSON object, `schema` 1, is grown only by adding:

- `path`, and `problems`: all that is known to be wrong in the file, each with `line` (from 1), `severity` (LSP's number),
  `source`, `code`, `message`;
- `fix`: the patch of the whole run, or null; `applied`: whether it was written;
- `outcomes`: one for each fix that was asked for, with its `problems`, its `level` (`verified`, `parses`, `unchecked`, or
  `refused`), its `verification` (layers with `name`, `state` and `words`), its `model` (null without a fix), and
  `refusals` (`code`, `reason`, `verification`) of candidates that are withheld;
- with --test `other_tests`: failing tests that lead to other files (`test`, `path`, `line`) or nowhere (`test`, `reason`);
- `line`, `problem`, `level`, `verification`, `checked` and `model` of the first outcome; `code` and `reason` without
  any fix, and where one could not be written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from caretwise.cli.asking import sentence
from caretwise.cli.diff import coloured_diff, patch
from caretwise.cli.fix_problems import Problems
from caretwise.cli.fix_run import Outcome, Run
from caretwise.engine.failing_test import SOURCE
from caretwise.measure.report import printable
from caretwise.repair.finding import Finding
from caretwise.repair.verification import Layer, Refusal

SCHEMA = 1

USER = "user"
"""The source of a finding that --message has told."""

_COLOURS = {"passed": "green", "failed": "red", "not run": "yellow"}


def print_run(run: Run) -> None:
    """The diff on stdout, elsewhere than on a terminal the patch with every byte as in the file; the rest on stderr."""
    if run.text != run.snapshot.text:
        if sys.stdout.isatty():
            click.echo(coloured_diff(run.before, run.after, run.path) + "\n")
        else:
            click.echo(patch(run.before, run.after, run.path).encode(), nl=False)
    for outcome in run.outcomes:
        _print_outcome(outcome)


def _print_outcome(outcome: Outcome) -> None:
    fix = outcome.fix
    for finding in outcome.findings:
        click.secho(
            f"line {finding.range.start.line + 1}: {_origin(finding)}{printable(finding.title)}", dim=True, err=True
        )
    if fix is None:
        first = outcome.found.refusals[0]
        click.echo(sentence("No fix", first.reason))
        _print_layers(first.verification)
        return
    level = click.style(fix.level, fg="green" if fix.level == "verified" else "yellow", bold=True)
    click.echo(f"{printable(fix.facts.model)}: {level}", err=True)
    _print_layers(fix.verification)


def _print_layers(verification: Sequence[Layer]) -> None:
    for layer in verification:
        words = f" ({printable(layer.words)})" if layer.words else ""
        click.echo(f"  {printable(layer.name)}: {click.style(layer.state, fg=_COLOURS[layer.state])}{words}", err=True)


def print_problems(problems: Problems, path: str) -> None:
    """One line for each problem."""
    for one in problems.findings:
        line = f"{printable(path)}:{one.range.start.line + 1}: {_origin(one)}{printable(one.title)}"
        click.secho(line, fg="red" if one.severity == 1 else None)


def _origin(finding: Finding) -> str:
    """Who says it; what was said with --message needs no name, what a test says begins with that."""
    parts = () if finding.source in {USER, SOURCE} else (finding.source, finding.code)
    return "".join(f"{printable(part)} " for part in parts if part)


def run_as_json(run: Run, *, applied: bool) -> dict[str, object]:
    """The JSON object of a run; see the top of the file."""
    made: dict[str, object] = {"schema": SCHEMA, "path": run.path, "applied": applied}
    made["problems"] = [_problem(one) for one in run.problems.findings]
    made["fix"] = patch(run.before, run.after, run.path) or None
    made["outcomes"] = [_outcome(one) for one in run.outcomes]
    if not run.outcomes:
        return made
    first = run.outcomes[0]
    finding = first.findings[0]
    made |= {"line": finding.range.start.line + 1, "problem": finding.message, **_result(first)}
    if first.fix is not None:
        made["checked"] = list(first.fix.checked.layers)
    if all(one.fix is None for one in run.outcomes):
        made |= {"code": first.found.refusals[0].code, "reason": first.found.refusals[0].reason}
    return made


def refusal_as_json(refusal: Refusal, path: str, problems: Sequence[Finding] = ()) -> dict[str, object]:
    """The JSON object where nobody was asked."""
    return {
        "schema": SCHEMA, "path": path, "applied": False, "problems": [_problem(one) for one in problems], "fix": None,
        "outcomes": [], "code": refusal.code, "reason": refusal.reason,
    }  # fmt: skip


def problems_as_json(run: Run) -> dict[str, object]:
    """The JSON object of `--check`."""
    made = run_as_json(run, applied=False)
    return {**made, "looked": list(run.problems.looked), "not_asked": list(run.problems.not_asked)}


def _outcome(outcome: Outcome) -> dict[str, object]:
    refusals = [
        {"code": one.code, "reason": one.reason, "verification": _layers(one.verification)}
        for one in outcome.found.refusals
    ]
    return {"problems": [_problem(one) for one in outcome.findings], **_result(outcome), "refusals": refusals}


def _result(outcome: Outcome) -> dict[str, object]:
    best = outcome.found.best
    model = outcome.fix.facts.model if outcome.fix is not None else None
    return {"level": best.level, "verification": _layers(best.verification), "model": model}


def _problem(finding: Finding) -> dict[str, object]:
    return {
        "line": finding.range.start.line + 1, "severity": finding.severity, "source": finding.source,
        "code": finding.code, "message": finding.message,
    }  # fmt: skip


def _layers(verification: Sequence[Layer]) -> list[dict[str, str]]:
    return [{"name": one.name, "state": one.state, "words": one.words} for one in verification]
