"""What each field of `caretwise report --json` means. `[]` stands for each entry of a list, `*` for any name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

_MEAN = {
    "value": "The mean.",
    "low": "Lower end of its 95 % interval; null: not known.",
    "high": "Upper end; null: not known.",
    "trials": "Opportunities or suggestions that it is taken over.",
    "users": "People among them.",
    "design_effect": "How many times larger the variance is than that of as many independent trials.",
}
_COUNTS = {
    "opportunities": "Opportunities in this part.",
    "shown": "Suggestions shown in this part.",
    "accepted": "Of these accepted, in full or in part.",
    "retained_characters": "Characters of these still there 300 seconds later.",
}


def _below(path: str, fields: Mapping[str, str]) -> dict[str, str]:
    return {f"{path}.{name}": meaning for name, meaning in fields.items()}


_MODEL = {
    "model": "Your name for the model; `embedded` for the embedded engine.",
    "role": "inline (ghost text) or fix.",
    "embedded": "Whether this is the embedded engine.",
    "opportunities": "The editor asked for ghost text at a place where some may be shown, so many times.",
    "suppressed": "Times that caretwise stayed silent without asking anybody.",
    "asked": "Requests sent to the model's host.",
    "returned": "Answers that came back and were read.",
    "empty": "Answers that came to nothing that could be shown.",
    "failed": "Requests that failed.",
    "failures": "Why, with how many each.",
    "failures.*": "Requests that failed for this reason.",
    "shown": "Suggestions shown; for fixes: offered.",
    "accepted": "Suggestions accepted in full or in part, each once; for fixes: applied.",
    "accepted_full": "Of these: accepted to the end.",
    "accepted_characters": "Characters (code points) of what was accepted.",
    "typed_through": "Shown suggestions whose beginning the user typed by hand, and that were not accepted.",
    "typed_characters": "Characters of suggestions that were typed by hand.",
    "dismissed": "Suggestions that were shown and sent away, and not accepted.",
    "superseded": "Suggestions that gave way to other text, another suggestion or a closed document.",
    "undone": "Accepted suggestions that were taken out again within 600 s.",
    "edited": "Accepted suggestions that the user edited within 30 s and kept.",
    "users": "People in the journal with this model.",
    "rate": "accepted / shown; null when nothing was shown.",
    "low": "Lower end of the rate's 95 % interval; null: not known.",
    "high": "Upper end; null: not known.",
    "design_effect": "How many times larger the rate's variance is than that of as many independent suggestions.",
    "retained_characters": "Characters of accepted text known to be still there 300 seconds later.",
    "retained_per_opportunity": "The headline: retained characters for each opportunity; null without any.",
    **_below("retained_per_opportunity", _MEAN),
    "retention": "How much stays, by seconds since acceptance.",
    "retention[].after_s": "Seconds since acceptance.",
    "retention[].looked": "Suggestions that could be looked at then.",
    "retention[].characters": "Characters of these still there.",
    "retention[].accepted_characters": "Characters of these that were accepted.",
    "retention[].share": "characters / accepted_characters; null without any.",
    "first_token_ms": "Milliseconds from request to first text of the model.",
    "first_token_ms.p50": "Median; null without any, as all that follow.",
    "first_token_ms.p90": "90 of 100 are no slower.",
    "total_ms": "Milliseconds until the model's answer was whole.",
    "total_ms.p50": "Median.",
    "total_ms.p90": "90 of 100 are no slower.",
    "shown_ms": "Milliseconds from the request until the suggestion was on screen; for fixes: was offered.",
    "shown_ms.p50": "Median.",
    "shown_ms.p90": "90 of 100 are no slower.",
    "shown_ms.p99": "99 of 100 are no slower.",
    "prompt_tokens": "Tokens of prompts, as the host counts them.",
    "completion_tokens": "Tokens of answers, as the host counts them.",
    "cached_tokens": "Tokens of prompts that the host had in its cache.",
    "cost_usd": "What is known to have been spent, in US dollars; null when nothing is known.",
    "cost_unknown": "Answers whose cost is not known (closed early, no price); not in cost_usd.",
    "cost_usd_per_1000_retained": "US dollars for 1,000 retained characters; null without them, or without a price.",
    "by_day": "The same counts by day (UTC).",
    "by_day[].day_at": "The day's midnight, in seconds since 1970.",
    **_below("by_day[]", _COUNTS),
    "by_wait": "The same counts by how long the user waited.",
    "by_wait[].from_ms": "Milliseconds from which this part begins.",
    **_below("by_wait[]", _COUNTS),
    "by_language": "The same counts by language.",
    "by_language[].language": "LSP language identifier.",
    **_below("by_language[]", _COUNTS),
    "offered": "Fixes only: offered.",
    "applied": "Fixes only: applied.",
    "withheld": "Fixes only: made and not offered.",
    "requests": "Fixes only: what came of the user's requests, each once; null when no request is known (older journals).",
    "requests.made": "Requests: the user picked the action or ran the command, in a file that may be sent.",
    "requests.offered": "Of these, those that a fix was offered for.",
    "requests.verified": "Of the offered, those that the reporting checker agreed to.",
    "requests.applied": "Of the offered, those whose fix was applied.",
    "requests.gone": "Of the applied, those whose problem is known to be gone.",
    "requests.undone": "Of the applied, those whose fix was undone within 300 seconds.",
    "requests.kept": "Of the applied, those whose fix was neither undone nor mostly written over within 300 seconds.",
    "kept_per_request": "Fixes only, the headline: requests with a kept fix / requests; null without any.",
    **_below("kept_per_request", _MEAN),
    "verified": "Fixes only: of the applied, those that the reporting checker had agreed to.",
    "gone": "Fixes only: of the applied, those whose problem is known to be gone.",
}
_DIFFERENCE = {
    "value": "`one` minus `other`, averaged within the users who met both.",
    "low": "Lower end of the 95 % interval for a single look.",
    "high": "Upper end.",
    "standard_error": "Its standard error.",
    "freedom": "Degrees of freedom of the interval.",
    "users": "Users who met both arms.",
    "blocks": "Blocks of 10 minutes.",
    "trials": "Opportunities or suggestions.",
    "design_effect": "How many times larger the variance is than that of as many independent trials.",
    "clusters": "What the interval treats as one draw: users or blocks.",
}
_COMPARISON = {
    "role": "inline (ghost text) or fix.",
    "experiment": "The experiment's name.",
    "one": "The first arm.",
    "other": "The second arm.",
    "winner": "The arm that is better by the always-valid sequence; null: not known.",
    "alpha": "Probability of a false winner, however often one looks.",
    "opportunities": "Opportunities in the experiment; for fixes: requests.",
    "more_opportunities": "About how many more it takes until a winner can be named; null: not known.",
    "more_days": "How many days that is at the pace so far; null: not known.",
    "measures": "What is compared.",
    "arms": "Both arms, `one` first, over all days of the experiment.",
    "arms[].arm": "The arm's name.",
    "arms[].opportunities": "Its opportunities; for fixes: requests.",
    "arms[].kept": "Its retained characters; for fixes: requests with a kept fix.",
    "arms[].wait_ms": "Milliseconds from the request until ghost text was on screen, or a fix was offered.",
    "arms[].wait_ms.p50": "Median.",
    "arms[].wait_ms.p90": "90 of 100 are no slower.",
    "arms[].cost_usd": "What its answers are known to have cost, in US dollars; null when nothing is known.",
    "arms[].cost_unknown": "Its answers whose cost is not known.",
    "arms[].cost_usd_per_kept": "US dollars for 1,000 retained characters, or for a kept fix; null: not known.",
    "measures[].name": "The measure.",
    "measures[].is_share": "Whether it is a share of trials, 0 to 1.",
    "measures[].one": "The first arm's mean; null without data.",
    **_below("measures[].one", _MEAN),
    "measures[].other": "The second arm's mean; null without data.",
    **_below("measures[].other", _MEAN),
    "measures[].difference": "The difference; null when it is not known.",
    **_below("measures[].difference", _DIFFERENCE),
    "measures[].why_not": "Why it is not known; null when it is.",
    "measures[].always_valid": "The interval that stays right however often one looks.",
    "measures[].always_valid.low": "Lower end; null: none yet.",
    "measures[].always_valid.high": "Upper end; null: none yet.",
}
_PLAN = {
    "rate": "The acceptance rate that is assumed.",
    "per_arm": "Shown suggestions for each arm until a winner is named with 80 % probability, looking at will.",
    "per_arm_one_look": "The same for who looks once, at the end.",
    "days": "How many days that takes at the pace so far; null without a pace.",
}

REPORT_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "schema": "The form of this object: 1. It grows only by adding.",
        "events": "Events that were read.",
        "skipped": "Records that could not be read.",
        "ahead": "Events that lie more than a day in the future, as of a clock that was set wrong; they are in no figure.",
        "first_at": "Time of the first event, in seconds since 1970; null without any.",
        "last_at": "Time of the last event.",
        "confidence": "Of all intervals that are not said to be always valid.",
        "users": "People who met ghost text of a model or of the embedded engine, or asked for a fix.",
        "describes_only_these_users": "True under 30 people: a single model's rate says nothing of others.",
        "people": "With --people: acceptance of each person with at least 20 shown, lowest first; from five of them on.",
        "people[]": "accepted / shown of one person.",
        "models": "A row for each model and role.",
        **_below("models[]", _MODEL),
        "comparisons": "An entry for each pair of arms of an experiment.",
        **_below("comparisons[]", _COMPARISON),
        "plan": "How long an experiment would take here, arms differing by a fifth; null without acceptances.",
        **_below("plan", _PLAN),
        "plan_fix": "The same for fixes, arms differing by a fifth of the kept ones; null without any.",
        **_below(
            "plan_fix",
            {
                **_PLAN,
                "rate": "The share of requests with a kept fix that is assumed.",
                "per_arm": "Requests for each arm until a winner is named with 80 % probability.",
            },
        ),
        "conclusions": "What the figures say, in sentences.",
        "conclusions[]": "A sentence.",
    }
)
"""The meaning of each field by its path."""


def paths(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all fields of a report, as `REPORT_FIELDS` names them."""
    if isinstance(value, Mapping):
        for name, below in value.items():  # pyright: ignore[reportUnknownVariableType]
            inner = "*" if path == "models[].failures" else str(name)  # pyright: ignore[reportUnknownArgumentType]
            found = f"{path}.{inner}" if path else inner
            yield found
            yield from paths(below, found)
    elif isinstance(value, list):
        for below in value:  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(below, Mapping):
                yield f"{path}[]"
            yield from paths(below, f"{path}[]")
