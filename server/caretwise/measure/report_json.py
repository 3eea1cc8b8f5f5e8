"""The report as plain values for programs. Its form is number 1; it grows only by adding."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from caretwise.measure.arm_told import ArmTold
from caretwise.measure.compare import Comparison, Measured
from caretwise.measure.difference import Difference, Mean
from caretwise.measure.plan import conclusions, plan
from caretwise.measure.tally import ModelRow, Report, Slice


def as_json(report: Report) -> dict[str, Any]:
    """The report; `rate` is null without a denominator, an end of an interval is null where it is not known."""
    planned, planned_fix = plan(report), plan(report, role="fix")
    return {
        "schema": 1,
        "events": report.events,
        "skipped": report.skipped,
        "ahead": report.ahead,
        "first_at": report.first_at,
        "last_at": report.last_at,
        "confidence": 0.95,
        "users": report.users,
        "describes_only_these_users": report.describes_only_these_users,
        "models": [_row(row) for row in report.rows],
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
        "plan": dataclasses.asdict(planned) if planned else None,
        "plan_fix": dataclasses.asdict(planned_fix) if planned_fix else None,
        "conclusions": list(conclusions(report)),
    }


def _row(row: ModelRow) -> dict[str, Any]:
    fixes = (
        {
            "offered": row.shown, "applied": row.accepted, "withheld": row.withheld,
            "verified": row.verified, "gone": row.gone,
            "requests": dataclasses.asdict(row.requests) if row.requests else None,
            "kept_per_request": _mean(row.headline),
        }
        if row.role == "fix"
        else {}
    )  # fmt: skip
    return {
        "model": row.model,
        "role": row.role,
        "embedded": row.is_embedded,
        "opportunities": row.opportunities,
        "suppressed": row.suppressed,
        "asked": row.asked,
        "returned": row.returned,
        "empty": row.empty,
        "failed": row.failed,
        "failures": dict(row.failures),
        "shown": row.shown,
        "accepted": row.accepted,
        "accepted_full": row.accepted_full,
        "accepted_characters": row.accepted_characters,
        "typed_through": row.typed,
        "typed_characters": row.typed_characters,
        "dismissed": row.dismissed,
        "superseded": row.superseded,
        "undone": row.undone,
        "edited": row.edited,
        "users": row.users,
        "rate": row.rate,
        "low": row.interval.low,
        "high": row.interval.high,
        "design_effect": row.design_effect,
        "retained_characters": row.retained_characters,
        "retained_per_opportunity": _mean(row.headline) if row.role == "inline" else None,
        "retention": [
            {"after_s": k.after_s, "looked": k.looked, "characters": k.characters,
             "accepted_characters": k.accepted_characters, "share": k.share} for k in row.kept
        ],
        "first_token_ms": {"p50": row.first_token_p50, "p90": row.first_token_p90},
        "total_ms": {"p50": row.total_p50, "p90": row.total_p90},
        "shown_ms": {"p50": row.shown_p50, "p90": row.shown_p90, "p99": row.shown_p99},
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "cached_tokens": row.cached_tokens,
        "cost_usd": row.cost_usd,
        "cost_unknown": row.cost_unknown,
        "cost_usd_per_1000_retained": row.cost_per_1000,
        "by_day": [_slice(one, "day_at") for one in row.days],
        "by_wait": [_slice(one, "from_ms") for one in row.waits],
        "by_language": [{"language": one.name, **_slice(one, "")} for one in row.languages],
        **fixes,
    }  # fmt: skip


def _slice(one: Slice, start: str) -> dict[str, Any]:
    values = {
        "opportunities": one.opportunities,
        "shown": one.shown,
        "accepted": one.accepted,
        "retained_characters": one.retained_characters,
    }
    return {start: one.start, **values} if start else values


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "role": comparison.role,
        "experiment": comparison.experiment,
        "one": comparison.one,
        "other": comparison.other,
        "winner": comparison.winner or None,
        "alpha": comparison.alpha,
        "opportunities": comparison.opportunities,
        "more_opportunities": comparison.more_opportunities,
        "more_days": comparison.more_days,
        "measures": [_measured(measured) for measured in comparison.measures],
        "arms": [_arm(arm) for arm in comparison.arms],
    }


def _arm(arm: ArmTold) -> dict[str, Any]:
    return {
        "arm": arm.arm, "opportunities": arm.opportunities, "kept": arm.kept,
        "wait_ms": {"p50": arm.wait_p50, "p90": arm.wait_p90},
        "cost_usd": arm.cost_usd, "cost_unknown": arm.cost_unknown, "cost_usd_per_kept": arm.cost_per_kept,
    }  # fmt: skip


def _measured(measured: Measured) -> dict[str, Any]:
    found = measured.difference
    return {
        "name": measured.name,
        "is_share": measured.is_share,
        "one": _mean(measured.one),
        "other": _mean(measured.other),
        "difference": _difference(found) if isinstance(found, Difference) else None,
        "why_not": found if isinstance(found, str) else None,
        "always_valid": {"low": _finite(measured.always[0]), "high": _finite(measured.always[1])},
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "value": found.value, "low": found.low, "high": found.high, "standard_error": found.error, "freedom": found.freedom,
        "users": found.users, "blocks": found.blocks, "trials": found.trials, "design_effect": found.design_effect,
        "clusters": "users" if found.by_user else "blocks",
    }  # fmt: skip


def _mean(mean: Mean | None) -> dict[str, Any] | None:
    if mean is None:
        return None
    return {
        "value": mean.value, "low": _finite(mean.low), "high": _finite(mean.high), "trials": mean.trials,
        "users": mean.users, "design_effect": mean.design_effect,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
