"""How fast each model answers, as measured in this session, and how long is waited for it because of that."""

from __future__ import annotations

import ipaddress
import statistics
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from caretwise.models.profile import Profile

LEAST_PATIENCE = 3.0
"""Seconds that a request waits at least, however fast the model has been."""

LEAST_LIFE = 5.0
"""Seconds that a stream has at least before it counts as failed."""

FIRST_OWN_SECONDS, FIRST_OTHER_SECONDS = 60.0, 30.0
"""A model that has not answered yet in this session has this long for its first text: a server of one's own may have to load
it, which takes up to a minute; behind a hosted one nothing should."""

FEWEST = 4
"""Answers that have to be measured before they say anything."""

UNANSWERED_TO_WAIT = 3
"""Requests given up in a row without a word of text, after which the next one is waited for, whatever is typed."""

_KEPT = 40


@dataclass(slots=True)
class _Model:
    seconds: deque[float] = field(default_factory=lambda: deque[float](maxlen=_KEPT))
    answered: bool = False
    unanswered: int = 0


class Pace:
    """What was measured, by model. In memory only: yesterday's network says little about today's."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._models: dict[str, _Model] = {}

    def took(self, model: str, seconds: float) -> None:
        """An answer was whole after so long."""
        self._of(model).seconds.append(seconds)

    def answering(self, model: str) -> None:
        """Text came."""
        known = self._of(model)
        known.answered, known.unanswered = True, 0

    def given_up(self, model: str) -> None:
        """A request was ended from our side before any text came."""
        self._of(model).unanswered += 1

    def cold(self, model: str) -> bool:
        """Whether the model has yet to give its first text in this session."""
        return not self._of(model).answered

    def doubtful(self, model: str) -> bool:
        """Whether so many requests were given up in a row that the next one has to be let come to its end."""
        return self._of(model).unanswered >= UNANSWERED_TO_WAIT

    def percentiles(self, model: str) -> tuple[float, float] | None:
        """p50 and p90 of the seconds to a whole answer; None before `FEWEST` were measured."""
        seconds = self._of(model).seconds
        if len(seconds) < FEWEST:
            return None
        tenths = statistics.quantiles(seconds, n=10, method="inclusive")
        return tenths[4], tenths[8]

    def patience(self, model: str, *, most: float) -> float:
        """The soft deadline: seconds that a request waits, `most` at the most. What comes later is there for the next one."""
        usual = self._usual(model)
        return most if usual is None else min(most, max(LEAST_PATIENCE, usual))

    def life(self, model: str, *, most: float) -> float:
        """Seconds that a stream has before it counts as failed, `most` at the most."""
        usual = self._usual(model)
        return most if usual is None else min(most, max(LEAST_LIFE, 2 * usual))

    def first_text(self, profile: Profile) -> float:
        """Seconds that the first text may take; 0.0 when that is no longer a question."""
        if not self.cold(profile.name):
            return 0.0
        return FIRST_OWN_SECONDS if is_own(profile.base_url) else FIRST_OTHER_SECONDS

    def _usual(self, model: str) -> float | None:
        """Seconds by which nearly every answer was there."""
        found = self.percentiles(model)
        return max(3 * found[0], 2 * found[1]) if found is not None else None

    def _of(self, model: str) -> _Model:
        return self._models.setdefault(model, _Model())


def is_own(base_url: str) -> bool:
    """Whether an address is of this machine or one's own network: loopback, private ranges, names without a domain."""
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".localhost"))
    return address.is_loopback or address.is_private or address.is_link_local
