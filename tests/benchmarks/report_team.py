"""A made-up team's events, with known truth: what the report's benchmarks, its browser test and screenshots are fed with."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from caretwise.measure.event import Event, Kind, as_record

BEGIN = 1_790_000_000.0
"""The first day's midnight, in seconds since 1970 (a day of September 2026)."""

_EMPTY = as_record(Event(at=0, kind=Kind.SHOWN, suggestion="x", role="inline"))
_LANGUAGES = ("python", "typescript", "go", "rust")
_LEFT = {30: 0.97, 120: 0.93, 300: 0.89, 600: 0.86}


@dataclass(frozen=True)
class Arm:
    """A model as it behaves. `rate`: chance of acceptance, `kept`: share of accepted text that stays, `ms`: median wait."""

    model: str
    rate: float
    kept: float
    ms: float
    price: float
    """US dollars for an answer."""


@dataclass(frozen=True)
class FixArm:
    """A model that fixes. Chances, each given the one before; `ms`: median wait; `price`: US dollars for an answer."""

    model: str
    offered: float
    verified: float
    applied: float
    gone: float
    undone: float
    ms: float
    price: float


FIX_ARMS = (
    FixArm("kimi", 0.88, 0.8, 0.8, 0.9, 0.07, 4200, 0.012),
    FixArm("qwen-coder", 0.7, 0.6, 0.62, 0.72, 0.2, 2300, 0.004),
)


ARMS = (Arm("codestral", 0.31, 0.92, 280, 0.00012), Arm("kimi", 0.36, 0.97, 520, 0.0005))


@dataclass
class Team:
    """Who works for how long. `blocks`: 10-minute blocks of a user a day."""

    users: int = 6
    days: int = 30
    blocks: int = 6
    asks: int = 14
    arms: tuple[Arm, ...] = ARMS
    experiment: str = "kimi-or-codestral"
    fix_arms: tuple[FixArm, ...] = ()
    fix_experiment: str = "who-fixes"
    fixes: float = 1.0
    """Requests for a fix in a block, on average."""
    seed: int = 1
    begin: float = BEGIN
    count: int = field(default=0, init=False)


def records(team: Team) -> Iterator[dict[str, Any]]:
    """The team's events as records, in the order of time for each user."""
    draw = random.Random(team.seed)
    people = [(f"{number + 1:016x}", draw.gauss(0, 0.4)) for number in range(team.users)]
    for day in range(team.days):
        if day % 7 in (5, 6):
            continue
        for user, keen in people:
            for number in range(team.blocks):
                begun = team.begin + day * 86_400 + 8 * 3600 + number * 3600 + draw.random() * 1800
                yield from _block(team, draw, user, keen, begun)
                if team.fix_arms:
                    yield from _fixes(team, draw, user, begun)


def _block(team: Team, draw: random.Random, user: str, keen: float, begun: float) -> Iterator[dict[str, Any]]:
    arm = draw.choice(team.arms)
    mood = keen + draw.gauss(0, 0.4)
    facts = {
        "model": arm.model, "model_asked": arm.model, "endpoint": "openai-compatible", "host": "models.example:443",
        "style": "fim", "template": "fim 3", "arm": arm.model, "experiment": team.experiment, "propensity": 0.5,
        "user": user, "block": f"{draw.getrandbits(64):016x}", "document": f"{draw.getrandbits(64):016x}",
        "language": draw.choices(_LANGUAGES, (6, 4, 1, 1))[0], "editor": "Neovim", "syntax": "line_end",
    }  # fmt: skip
    for number in range(1 + int(draw.expovariate(1 / team.asks))):
        yield from _ask(draw, arm, mood, facts, begun + number * 7.5)


def _fixes(team: Team, draw: random.Random, user: str, begun: float) -> Iterator[dict[str, Any]]:
    arm = draw.choice(team.fix_arms)
    facts = {
        "role": "fix", "model": arm.model, "arm": arm.model, "experiment": team.fix_experiment, "propensity": 0.5,
        "user": user, "block": f"{draw.getrandbits(64):016x}", "language": "python", "trigger": "invoked",
    }  # fmt: skip
    for number in range(int(draw.expovariate(1 / (team.fixes + 0.5)))):
        yield from _fix(draw, arm, facts, begun + number * 45)


def _fix(draw: random.Random, arm: FixArm, facts: dict[str, Any], at: float) -> Iterator[dict[str, Any]]:
    request = f"{draw.getrandbits(64):016x}"
    name = f"{request}-{draw.getrandbits(64):016x}"
    wait = arm.ms * draw.lognormvariate(0, 0.4)

    def happened(kind: Kind, suggestion: str, after: float, **more: Any) -> dict[str, Any]:
        return {**_EMPTY, **facts, "at": at + after, "kind": kind.value, "suggestion": suggestion, **more}

    yield happened(Kind.OPPORTUNITY, request, 0)
    yield happened(Kind.ASKED, f"{request}-a", 0)
    spent = {"total_ms": wait, "first_token_ms": wait / 3, "cost_usd": arm.price, "prompt_tokens": 2400}
    yield happened(Kind.RETURNED, f"{request}-b", wait / 1000, origin="network", **spent)
    if draw.random() >= arm.offered:
        yield happened(Kind.FIX_WITHHELD, name, wait / 1000, reason="parses_worse")
        return
    level = "verified" if draw.random() < arm.verified else "parses"
    if level == "verified":
        yield happened(Kind.FIX_VERIFIED, name, wait / 1000, reason=level)
    yield happened(Kind.FIX_OFFERED, name, wait / 1000, reason=level, offer_ms=wait)
    if draw.random() >= arm.applied:
        return
    yield happened(Kind.FIX_APPLIED, name, wait / 1000 + 3, reason=level, characters=20)
    if draw.random() < arm.gone:
        yield happened(Kind.FIX_GONE, name, wait / 1000 + 5, reason="checker")
    if draw.random() < arm.undone:
        yield happened(Kind.FIX_UNDONE, name, wait / 1000 + 40)


def _ask(draw: random.Random, arm: Arm, mood: float, facts: dict[str, Any], at: float) -> Iterator[dict[str, Any]]:
    def happened(kind: Kind, suggestion: str, after: float, **more: Any) -> dict[str, Any]:
        return {**_EMPTY, **facts, "at": at + after, "kind": kind.value, "suggestion": suggestion, **more}

    def one() -> str:
        return f"{draw.getrandbits(64):016x}"

    yield happened(Kind.OPPORTUNITY, one(), 0)
    if draw.random() < 0.25:
        yield happened(Kind.SUPPRESSED, one(), 0, reason="in_comment")
        return
    wait = arm.ms * draw.lognormvariate(0, 0.4)
    yield happened(Kind.ASKED, one(), 0.06)
    if draw.random() < 0.01:
        yield happened(Kind.FAILED, one(), 10, reason="timeout", origin="network", total_ms=10_000.0)
        return
    spent = {"prompt_tokens": 1800, "completion_tokens": 18, "cached_tokens": 1500, "cost_usd": arm.price}
    yield happened(
        Kind.RETURNED, one(), wait / 1000, origin="network", first_token_ms=wait * 0.6, total_ms=wait, **spent
    )
    if draw.random() < 0.15:
        yield happened(Kind.EMPTY, one(), wait / 1000, reason="already_there")
        return
    yield from _suggestion(draw, arm, mood, happened, one(), wait)


def _suggestion(
    draw: random.Random, arm: Arm, mood: float, happened: Any, name: str, wait: float
) -> Iterator[dict[str, Any]]:
    length = 3 + int(draw.lognormvariate(3.1, 0.8))
    yield happened(Kind.SHOWN, name, wait / 1000, shown_ms=wait + 60, characters=length, evidence="notice", lines=1)
    slow = (wait - 300) / 2000  # who has waited long has typed on
    chance = 1 / (1 + math.exp(-(math.log(arm.rate / (1 - arm.rate)) + mood - slow)))
    if draw.random() >= chance:
        fate = draw.random()
        if fate < 0.2:
            yield happened(Kind.DISMISSED, name, wait / 1000 + 1.2, characters=length)
        elif fate < 0.4:
            yield happened(Kind.TYPED_THROUGH, name, wait / 1000 + 2, characters=length // 2)
        else:
            yield happened(Kind.SUPERSEDED, name, wait / 1000 + 2, reason="other_text")
        return
    for evidence in ("command", "text"):  # the same fact, known twice
        yield happened(
            Kind.ACCEPTED, name, wait / 1000 + 1, characters=length, amount="full", evidence=evidence, visible_ms=1000.0
        )
    gone = draw.random() > arm.kept
    for after, share in _LEFT.items():
        left = 0 if gone and after >= 120 else min(length, round(length * share * draw.uniform(0.95, 1.05)))
        yield happened(Kind.RETAINED, name, after + 1, characters=left, share=left / length, after_s=after)
