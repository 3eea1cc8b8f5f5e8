"""The requests that `doctor` sends: none holds code of the user's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caretwise.adapters.resources import templates
from caretwise.complete.draft import Place
from caretwise.complete.prompt import Prompt, prompt
from caretwise.complete.recipe import unwrap
from caretwise.complete.steady import shown
from caretwise.context.pack import Context
from caretwise.context.window import Window
from caretwise.models.profile import Json, Profile, Role
from caretwise.models.request import Ask, Request, build
from caretwise.text.language import by_id

_PREFIX = "def area(width, height):\n    return "
_LANGUAGE = by_id("python")
_TEXTS = frozenset({"content", "text", "prompt", "suffix", "prefix", "input_prefix", "input_suffix", "input_extra"})

_LIMITS = ("max_completion_tokens", "max_tokens", "n_predict")

TINY_TOKENS = 64
TIMED_TOKENS = 16
"""Tokens that are written at most: the tiny request for ghost text, and each of those that are timed."""

_CHARACTERS_PER_TOKEN = 3
"""The estimate that the whole server uses."""

_STEPS = 180
"""Functions in the long prompt, about 2,600 tokens: the shortest prefix that hosts keep is 1,024 tokens (some: 2,048)."""

# More stop strings than any host takes: the profile cuts them to what it may send, and the host shows whether that holds.
_STOPS = tuple(f"<caretwise stop {number}>" for number in range(40))


def tiny_inline(profile: Profile) -> Request:
    """One line of ghost text, with as many stop strings as the profile allows."""
    made = prompt(shown(_context(_PREFIX)), profile.style_for(Role.INLINE), templates())
    stops = (*made.stops, *_STOPS)
    return build(profile, _ask(made, stops, TINY_TOKENS))


def tiny_fix(profile: Profile) -> Request:
    """One word from the model that fixes."""
    return build(profile, Ask(Role.FIX, messages=(("user", "Answer with the one word: ready"),)))


def long_inline(profile: Profile, nonce: str, turn: int) -> Request:
    """Ghost text after a long prefix. The same `nonce` and `turn` make the same prompt; another turn, another end.

    The nonce stands at the top, so that a prompt of an earlier run is in no cache.
    """
    steps = (f"def step_{number}(value):\n    return value + {number}\n\n\n" for number in range(_STEPS))
    prefix = f"# {nonce}\n{''.join(steps)}# {turn}\n{_PREFIX}"
    made = prompt(shown(_context(prefix)), profile.style_for(Role.INLINE), templates())
    return build(profile, _ask(made, made.stops, TIMED_TOKENS))


def _ask(made: Prompt, stops: tuple[str, ...], tokens: int) -> Ask:
    return Ask(
        Role.INLINE, messages=made.messages, prefix=made.prefix, suffix=made.suffix, stops=stops, max_tokens=tokens
    )


def suggestion(text: str, profile: Profile) -> str | None:
    """What a user would see of an answer to `tiny_inline`; None when nothing in it is of use."""
    place = Place(_PREFIX, "\n", _LANGUAGE, multiline=False, indent_unit="    ")
    draft = unwrap(text, place, profile.style_for(Role.INLINE)).draft
    return draft.text if draft is not None else None


def _context(prefix: str) -> Context:
    return Context("area.py", _LANGUAGE.id, _LANGUAGE.title, Window("", prefix, "\n", 0))


def without_text(body: Json) -> Json:
    """A body with its prompt replaced by how long it is; everything else is as it is sent."""
    return {key: _without_text(key, value) for key, value in body.items()}


def _without_text(key: str, value: Any) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return f"({len(value)} characters)"
    if isinstance(value, dict):
        return without_text(value)
    if isinstance(value, list):
        return [_without_text(key, one) for one in value]
    return value


def prompt_tokens(body: Json) -> int:
    """An estimate of the tokens in a body's prompt."""
    return math.ceil(_characters("", body) / _CHARACTERS_PER_TOKEN)


def _characters(key: str, value: Any) -> int:
    if isinstance(value, str):
        return len(value) if key in _TEXTS else 0
    if isinstance(value, dict):
        return sum(_characters(name, one) for name, one in value.items())
    return sum(_characters(key, one) for one in value) if isinstance(value, list) else 0


def limit_of(body: Json) -> int:
    """The most tokens that an answer to a body may have; 0 when the body does not say."""
    return next((body[name] for name in _LIMITS if isinstance(body.get(name), int)), 0)


def written_tokens(text: str) -> int:
    """An estimate of the tokens in an answer."""
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one suggestion takes. `cached` None: the host does not say; `counted`: by the host, else estimated."""

    prompt: float
    written: float
    cached: float | None
    counted: bool


def dollars(price: dict[str, float], tokens: Tokens, times: int = 1) -> float | None:
    """What so many requests cost; None when the price is not known. Cached tokens cost less only where both are known."""
    if "input" not in price or "output" not in price:
        return None
    cached = tokens.cached if tokens.cached is not None and "cached" in price else 0
    cost = (
        (tokens.prompt - cached) * price["input"] + cached * price.get("cached", 0) + tokens.written * price["output"]
    )
    return times * cost / 1e6


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all are not above (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
