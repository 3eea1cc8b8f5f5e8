"""The report's counts against a recount in plain Python, of random journals in one file or two that overlap."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.adapters.journal_export import count_files
from caretwise.measure.report_json import as_json
from caretwise.measure.schema import CHECKPOINTS, Kind

Record = dict[str, Any]
REQUESTS = ("opportunity", "suppressed", "asked", "returned", "empty", "failed")
JUNK = ("{", '{"schema": 9}', "NaN", '{"schema": 2, "at": NaN, "kind": "shown", "suggestion": "s", "role": "inline"}')
ONCE = ("suggestion", "kind", "at", "evidence", "amount", "after_s", "characters")


def drawn(draw: random.Random, users: list[str]) -> list[Record]:
    """Events of a few suggestions, in any order and of any sense."""
    found: list[Record] = []
    for number in range(draw.choice([0, 5, 60, 300])):
        kind = draw.choice(list(Kind)).value
        role = "fix" if kind.startswith("fix_") else "inline"
        which = draw.randrange(25)
        name = f"r{number}" if kind in REQUESTS else f"{role}{which}"
        one: Record = {"schema": draw.choice([1, 2]), "at": draw.choice([0.0, 5.5, 86399.0, 1.7e9]), "kind": kind}
        one |= {"suggestion": name, "role": role, "model": ["kimi", "qwen", "embedded"][which % 3]}
        one |= {"user": users[which % len(users)], "block": f"{which % 4:016x}"}
        if which % 2 and one["model"] != "embedded":
            one |= {"experiment": "x", "arm": one["model"], "propensity": 0.5}
        if draw.random() < 0.9:
            one["characters"] = draw.choice([0, 3, 8, 20])
        if kind == "accepted":
            one |= {"amount": draw.choice(["full", "word"]), "evidence": draw.choice(["", "command", "text"])}
        if kind == "retained":
            one |= {"after_s": draw.choice(CHECKPOINTS), "disturbed": draw.choice(["", "undo", "closed", "many_files"])}
        if kind in {"returned", "failed"}:
            one |= {"origin": draw.choice(["network", "memory"]), "prompt_tokens": draw.choice([0, 90])}
            one |= {"cost_usd": 0.25} if draw.random() < 0.5 else {}
        found.append(one)
    return found


def largest(events: list[Record], *kinds: str, after: int | None = None) -> int | None:
    """The largest number of characters that one of these says."""
    return max(
        (
            one["characters"]
            for one in events
            if one["kind"] in kinds
            and one.get("after_s") == after
            and one.get("disturbed", "") in {"", "undo"}
            and "characters" in one
        ),
        default=None,
    )


def recounted(records: list[Record]) -> dict[tuple[str, str], Counter[str]]:
    """The counts of each row."""
    rows: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    suggestions: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for one in records:
        row = rows[one["model"], one["role"]]
        if one["kind"] not in REQUESTS:
            suggestions[one["suggestion"], one["role"]].append(one)
            continue
        row["opportunities" if one["kind"] == "opportunity" else one["kind"]] += 1
        if one.get("origin") == "network":
            row["prompt_tokens"] += one["prompt_tokens"]
            row["quarters"] += "cost_usd" in one
            row["cost_unknown"] += "cost_usd" not in one
    for (_, role), events in suggestions.items():
        row, kinds = rows[events[0]["model"], role], {one["kind"] for one in events}
        accepted = bool(kinds & {"accepted", "fix_applied"})
        shown = accepted or bool(kinds & {"shown", "fix_offered"})
        row["shown"] += shown
        row["accepted"] += accepted
        row["accepted_full"] += any(o["kind"] == "fix_applied" or o.get("amount") == "full" for o in events)
        row["typed_through"] += "typed_through" in kinds and shown and not accepted
        row["dismissed"] += "dismissed" in kinds and shown and not accepted
        row["superseded"] += "superseded" in kinds
        row["edited"] += "edited" in kinds
        row["undone"] += bool(kinds & {"undone", "fix_undone"})
        characters = largest(events, "accepted", "fix_applied")
        row["accepted_characters"] += characters or 0
        row["typed_characters"] += largest(events, "typed_through") or 0
        row["retained_characters"] += largest(events, "retained", after=300) or 0
        for after in CHECKPOINTS:
            kept = largest(events, "retained", after=after)
            if characters and kept is not None:
                row[f"kept {after}"] += kept
                row[f"of {after}"] += characters
    return rows


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3]))
def test_every_count_is_that_of_a_plain_recount(seed: int, users: int) -> None:
    draw = random.Random(seed)
    records = drawn(draw, [f"{number:016x}" for number in range(users)])
    junk = [draw.choice(JUNK) for _ in range(draw.randrange(4) if records else 0)]
    lines = [json.dumps(one) for one in records]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / "one", Path(folder) / "two"]
        # The file with the junk has an event at least: one that has none is refused (`test_journal_export.py`).
        files[0].write_text("\n".join([*lines[: max(1, len(lines) * 2 // 3)], *junk]) + "\n")
        files[1].write_text("\n".join(lines[len(lines) // 3 :]) + "\n")
        report = json.loads(json.dumps(as_json(count_files(files)), allow_nan=False))
    once = list({tuple(one.get(name) for name in ONCE): one for one in reversed(records)}.values())
    assert (report["skipped"], report["events"]) == (len(junk), len(once))
    wanted = recounted(once)
    assert {(row["model"], row["role"]) for row in report["models"]} == set(wanted)
    for row in report["models"]:
        counts = wanted[row["model"], row["role"]]
        told = {name: value for name, value in row.items() if isinstance(value, int) and not isinstance(value, bool)}
        told |= {"quarters": round((row["cost_usd"] or 0) * 4), "prompt_tokens": row["prompt_tokens"] or 0}
        told |= {f"kept {one['after_s']}": one["characters"] for one in row["retention"]}
        told |= {f"of {one['after_s']}": one["accepted_characters"] for one in row["retention"]}
        for name in ("users", "offered", "applied", "withheld", "verified", "gone"):
            told.pop(name, None)
        assert {name: value for name, value in told.items() if value} == {n: v for n, v in counts.items() if v}
        if row["role"] == "inline" and row["opportunities"]:
            mean = row["retained_per_opportunity"]["value"]
            assert abs(mean - row["retained_characters"] / row["opportunities"]) < 1e-9
        for name in ("opportunities", "shown", "accepted", "retained_characters"):
            assert sum(day[name] for day in row["by_day"]) == row[name]
