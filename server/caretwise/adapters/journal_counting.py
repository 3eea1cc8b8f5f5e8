"""Counting a journal: SQLite does the reading and the grouping, `measure` makes figures of the sums.

A million events are a few seconds and a few MB this way: no event becomes an object of Python.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from caretwise.adapters import journal_file
from caretwise.adapters.journal_reading import JournalError, open_for_reading, sentence
from caretwise.measure.compare import ArmCell
from caretwise.measure.event import BOUNDS, CHECKPOINTS, CHOICES, FIELDS, SCHEMA, Event, as_record
from caretwise.measure.tally import Counts, Kept, Report, Slice, make_report

_COUNTED = (
    "opportunities", "suppressed", "asked", "returned", "empty", "failed", "withheld", "verified", "gone", "shown",
    "accepted", "accepted_full", "typed", "dismissed", "superseded", "undone", "edited", "accepted_characters",
    "typed_characters", "retained_characters",
)  # fmt: skip
_SUMS = ", ".join(f"sum({name})" for name in _COUNTED)
_NEVER = 1e300
DAY = 86_400.0
"""Seconds that an event may lie ahead of the time of the report: time zones and clocks differ by less."""

_WAIT_STEP = 200  # ms
_LONGEST_WAIT = 3000  # ms; what took longer is one slice


def count_journal(folder: Path, now: float = math.inf) -> Report:
    """The report of the journal in `folder`; an empty one when there is none. Changes nothing that is stored.

    `now`, in seconds since 1970: what lies more than a day after it is left out, as by a clock that was set wrong.
    Raises JournalError for a file that is newer, damaged or not a journal.
    """
    connection = open_for_reading(folder)
    if connection is None:
        return make_report(Counts())
    try:
        return count(connection, "event", now=now)
    except sqlite3.Error as error:
        raise JournalError(sentence(error, folder / journal_file.NAME)) from error
    finally:
        connection.close()


def count_events(events: Iterable[Event]) -> Report:
    """The report of events that are at hand."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        names = ", ".join(f'"{name}"' for name in FIELDS)
        connection.execute(f"CREATE TABLE told ({names}, schema)")
        marks = ", ".join("?" * len(FIELDS))
        connection.executemany(
            f"INSERT INTO told ({names}) VALUES ({marks})",  # noqa: S608 - names are ours
            (tuple(as_record(event).values())[1:] for event in events),
        )
        connection.execute(f"UPDATE told SET schema = {SCHEMA}")  # noqa: S608 - a number of ours
        return count(connection, "told")
    finally:
        connection.close()


def count(connection: sqlite3.Connection, table: str, skipped: int = 0, now: float = math.inf) -> Report:
    """The report of a table of events, which may lack the columns of later forms. Raises sqlite3.Error.

    `skipped` records were left out before. Events that lie more than a day after `now` are left out and counted.
    """
    latest = now + DAY if math.isfinite(now) else _NEVER
    _prepare(connection, table, latest)
    counts = Counts()
    form = f"schema BETWEEN 1 AND {SCHEMA}"
    row = connection.execute(
        f"SELECT count(*), min(at), max(at), (SELECT count(*) FROM main.{_quoted(table)} WHERE NOT {form}), "  # noqa: S608
        f'(SELECT count(*) FROM main.{_quoted(table)} WHERE {form} AND "at" > {latest}) FROM counted'
    ).fetchone()
    counts.events, counts.first_at, counts.last_at, counts.skipped, counts.ahead = row
    counts.skipped += skipped
    connection.executescript(resources.files("caretwise.adapters").joinpath("journal_counting.sql").read_text("utf-8"))
    for read in (
        _read_sums,
        _read_users,
        _read_failures,
        _read_kept,
        _read_answers,
        _read_slices,
        _read_cells,
        _read_fix_cells,
        _read_arms,
    ):
        read(connection, counts)
    return make_report(counts)


def _prepare(connection: sqlite3.Connection, table: str, latest: float) -> None:
    """The view `counted` over the table up to `latest`, with the later forms' columns where they are missing."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")}
    columns = [_quoted(name) if name in there else f"{_absent(name)} AS {_quoted(name)}" for name in FIELDS]
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA temp.cache_size = -65536")  # KiB
    connection.execute("DROP VIEW IF EXISTS temp.counted")
    connection.execute(
        f"CREATE TEMP VIEW counted AS SELECT {', '.join(columns)} FROM main.{_quoted(table)} "  # noqa: S608
        f'WHERE schema BETWEEN 1 AND {SCHEMA} AND "at" <= {latest}'
    )


def _absent(name: str) -> str:
    """What stands for a field in a journal that is older than it: unknown numbers, empty texts."""
    return "''" if name in BOUNDS or name in CHOICES else "NULL"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read_sums(connection: sqlite3.Connection, counts: Counts) -> None:
    for model, role, *values in connection.execute(f"SELECT model, role, {_SUMS} FROM cell GROUP BY 1, 2"):  # noqa: S608
        counts.sums[model, role] = dict(zip(_COUNTED, values, strict=True))


def _read_users(connection: sqlite3.Connection, counts: Counts) -> None:
    for model, role, number in connection.execute("SELECT model, role, count(DISTINCT user) FROM cell GROUP BY 1, 2"):
        counts.users[model, role] = number


def _read_failures(connection: sqlite3.Connection, counts: Counts) -> None:
    for model, role, reason, number in connection.execute(
        "SELECT model, role, reason, count(*) FROM (SELECT max(model) AS model, role, min(reason) AS reason "
        "FROM counted WHERE kind = 'failed' GROUP BY suggestion, role) GROUP BY 1, 2, 3"
    ):
        counts.failures[model, role][reason or "unknown"] += number


def _read_kept(connection: sqlite3.Connection, counts: Counts) -> None:
    for after in CHECKPOINTS:
        for model, role, *values in connection.execute(
            f"SELECT model, role, count(*), sum(kept_{after}), sum(characters) FROM outcome "  # noqa: S608
            f"WHERE accepted AND kept_{after} IS NOT NULL AND characters > 0 GROUP BY 1, 2"
        ):
            counts.kept[model, role].append(Kept(after, *values))


def _read_answers(connection: sqlite3.Connection, counts: Counts) -> None:
    """Times, tokens and cost."""
    tokens = ("prompt_tokens", "completion_tokens", "cached_tokens")
    for model, role, kind, origin, first, total, cost, *used in connection.execute(
        f"SELECT model, role, kind, origin, first_token_ms, total_ms, cost_usd, {', '.join(tokens)} "  # noqa: S608
        "FROM counted WHERE kind IN ('returned', 'failed') AND origin IN ('', 'network', 'embedded')"
    ):
        spent = counts.spent[model, role]
        if kind != "failed":  # how long a failure took is no speed of the model
            if first is not None:
                spent.first_token.append(first)
            if total is not None:
                spent.total.append(total)
        if cost is not None:
            spent.cost = (spent.cost or 0.0) + cost
        elif origin == "network":
            spent.cost_unknown += 1
        for name, number in zip(tokens, used, strict=True):
            if number is not None:
                spent.tokens[name] += number
    for model, role, shown_ms in connection.execute(
        "SELECT model, role, shown_ms FROM outcome WHERE shown_ms IS NOT NULL"
    ):
        counts.spent[model, role].shown.append(shown_ms)


def _read_slices(connection: sqlite3.Connection, counts: Counts) -> None:
    wait = f"min(CAST(shown_ms / {_WAIT_STEP} AS INTEGER) * {_WAIT_STEP}, {_LONGEST_WAIT})"
    of_cells = "sum(opportunities), sum(shown), sum(accepted), sum(retained_characters) FROM cell"
    of_waits = "0, sum(shown), sum(accepted), coalesce(sum(kept_300), 0) FROM outcome WHERE shown_ms IS NOT NULL"
    for into, query in (
        (counts.days, f"'', day, {of_cells} GROUP BY 1, 2, 4 ORDER BY 4"),
        (counts.languages, f"language, 0, {of_cells} WHERE language <> '' GROUP BY 1, 2, 3 ORDER BY 6 DESC, 3"),
        (counts.waits, f"'', {wait}, {of_waits} GROUP BY 1, 2, 4 ORDER BY 4"),
    ):
        for model, role, *values in connection.execute(f"SELECT model, role, {query}"):
            into[model, role].append(Slice(*values))


def _read_cells(connection: sqlite3.Connection, counts: Counts) -> None:
    for row in connection.execute(
        "SELECT experiment, arm, model, user, block, sum(opportunities), sum(shown), sum(accepted), sum(dismissed), "
        "sum(retained_characters), sum(retained_squares), min(day) FROM cell WHERE role = 'inline' AND model <> '' "
        "GROUP BY 1, 2, 3, 4, 5"
    ):
        counts.cells.append(ArmCell(*row))


def _read_fix_cells(connection: sqlite3.Connection, counts: Counts) -> None:
    for (
        experiment,
        arm,
        model,
        user,
        block,
        day,
        made,
        offered,
        verified,
        applied,
        gone,
        undone,
        kept,
    ) in connection.execute(
        "SELECT experiment, arm, model, user, block, min(day), count(*), sum(offered), sum(verified), sum(applied), "
        "sum(gone), sum(undone), sum(kept) FROM fix_request WHERE model <> '' GROUP BY 1, 2, 3, 4, 5"
    ):
        counts.cells.append(
            ArmCell(
                experiment, arm, model, user, block, made, offered, applied, 0, kept, kept, day,
                role="fix", verified=verified, gone=gone, undone=undone,
            )
        )  # fmt: skip


def _read_arms(connection: sqlite3.Connection, counts: Counts) -> None:
    """Waits and cost of each arm of an experiment, and of each model's fixes."""
    costs = "sum(cost_usd), sum(cost_usd IS NULL AND origin = 'network')"
    for role, experiment, arm, cost, unknown in connection.execute(
        f"SELECT 'inline', experiment, arm, {costs} FROM counted WHERE role = 'inline' AND arm <> '' "  # noqa: S608
        "AND kind IN ('returned', 'failed') AND origin IN ('', 'network') GROUP BY 2, 3 UNION ALL "
        "SELECT 'fix', experiment, arm, sum(cost_usd), sum(unpriced) FROM fix_request WHERE arm <> '' GROUP BY 2, 3"
    ):
        spent = counts.arms[role, experiment, arm]
        spent.cost, spent.cost_unknown = cost, unknown
    for role, experiment, arm, wait in connection.execute(
        "SELECT role, experiment, arm, shown_ms FROM outcome WHERE arm <> '' AND shown_ms IS NOT NULL UNION ALL "
        "SELECT 'fix', experiment, arm, offer_ms FROM fix_request WHERE arm <> '' AND offer_ms IS NOT NULL"
    ):
        counts.arms[role, experiment, arm].waits.append(wait)
    for model, wait in connection.execute("SELECT model, offer_ms FROM fix_request WHERE offer_ms IS NOT NULL"):
        counts.spent[model, "fix"].shown.append(wait)
