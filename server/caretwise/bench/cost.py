"""What a run costs: an upper bound before it, and the sum while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from caretwise.bench.answer import Answer
from caretwise.bench.holes import Hole

TEMPLATE_TOKENS = 400
"""Instructions of a chat prompt, rounded up."""

ANSWER_TOKENS = 192
"""What a model may write for a suggestion, at the most."""

_PER_TOKEN = 3  # characters, as the engine counts a budget


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens, and US dollars (None when no price is known)."""

    prompt: int = 0
    completion: int = 0
    dollars: float | None = None

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.prompt + self.completion


def dollars(prices: Mapping[str, float], prompt: int, cached: int, completion: int) -> float | None:
    """The price of some tokens by a list of US dollars per million; None when the list is empty."""
    if not prices:
        return None
    fresh = max(0, prompt - cached)
    asked = prices.get("input", 0.0)
    return (fresh * asked + cached * prices.get("cached", asked) + completion * prices.get("output", 0.0)) / 1e6


def estimate(holes: Iterable[Hole], prices: Mapping[str, float], *, context_tokens: int, related_tokens: int) -> Spent:
    """At most so much: every hole is asked for, every budget is used up, nothing comes out of a cache."""
    prompt = completion = 0
    for hole in holes:
        window = min(context_tokens, len(hole.document) // _PER_TOKEN + 1)
        prompt += window + related_tokens + TEMPLATE_TOKENS
        completion += ANSWER_TOKENS
    return Spent(prompt, completion, dollars(prices, prompt, 0, completion))


def spent(answers: Iterable[Answer]) -> Spent:
    """What these answers have cost; an answer from a cache costs nothing."""
    prompt = completion = 0
    total: float | None = None
    for answer in answers:
        if answer.origin == "network":
            prompt += answer.prompt_tokens
            completion += answer.completion_tokens
            total = total if answer.dollars is None else (total or 0.0) + answer.dollars
    return Spent(prompt, completion, total)
