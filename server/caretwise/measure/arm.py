"""Experiments: which arm a suggestion belongs to. Drawn by a keyed hash, so that nothing has to be remembered.

An arm holds for one user, one document and ten minutes: drawing anew for each request would mix arms within a thought
(answers are reused while the user types on), drawing for each user needs dozens of users.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass

from caretwise.measure.event import keyed_hash

BLOCK_SECONDS = 600
"""How long an arm holds in a document."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Models compared in one role. `arms`: the weight of each by its name; weights need not add up to 1."""

    name: str
    role: str
    arms: Mapping[str, float]

    @property
    def propensities(self) -> dict[str, float]:
        """The probability of each arm, in the order of their names."""
        whole = math.fsum(self.arms.values())
        return {name: self.arms[name] / whole for name in sorted(self.arms)}


@dataclass(frozen=True, slots=True)
class Assignment:
    """What was drawn. `block` names the unit it was drawn for, in an experiment or not."""

    block: str = ""
    experiment: str = ""
    arm: str = ""
    propensity: float | None = None

    def without_arm(self) -> Assignment:
        """The same place and time, outside the experiment: for what no arm has made."""
        return Assignment(self.block)


def fault(arms: Mapping[str, float]) -> str:
    """Why these weights make no experiment, as a sentence; "" when they do."""
    if len(arms) < 2:
        return "an experiment compares at least two arms; name two models with a weight each"
    wrong = [name for name, weight in arms.items() if not (math.isfinite(weight) and weight > 0)]
    if wrong:
        return f"the weight of {wrong[0]!r} must be a number above 0, for example 0.5"
    return ""


def block_of(key: bytes, user: str, document: str, at: float) -> str:
    """The name of a user's ten minutes in a document. `user` and `document` are keyed hashes."""
    return keyed_hash(key, f"block|{user}|{document}|{math.floor(at / BLOCK_SECONDS)}")


def assign(experiment: Experiment | None, key: bytes, user: str, document: str, at: float) -> Assignment:
    """The arm for a place and a time (seconds since 1970): always the same for the same arguments."""
    block = block_of(key, user, document, at)
    if experiment is None:
        return Assignment(block)
    point = _point(key, f"arm|{experiment.name}|{block}")
    chances = experiment.propensities
    below = 0.0
    for name, chance in chances.items():
        below += chance
        if point < below:
            return Assignment(block, experiment.name, name, chance)
    last = [*chances][-1]  # the sum of the floats may end just below 1
    return Assignment(block, experiment.name, last, chances[last])


def _point(key: bytes, text: str) -> float:
    """A number from 0 up to 1, evenly spread over texts: 53 bits of HMAC-SHA-256."""
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
