"""Applying a rule until nothing changes any more, so that applying it once more changes nothing either."""

from __future__ import annotations

import functools

from caretwise.complete.draft import Draft, Drop, Place, Rule

ROUNDS = 12
"""Real answers settle in one or two rounds; what has not settled by now is not worth showing."""


def settled(rule: Rule) -> Rule:
    """The rule, applied until its result stays the same; a draft that does not come to rest is dropped."""

    @functools.wraps(rule)
    def apply(draft: Draft, place: Place) -> Draft | Drop:
        for _ in range(ROUNDS):
            result = rule(draft, place)
            if isinstance(result, Drop) or result == draft:
                return result
            draft = result
        return Drop("the answer repeats itself")

    return apply
