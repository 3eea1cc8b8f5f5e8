"""The gate of a keystroke's walk: reasons to stay silent that need no model. Every no has a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from caretwise.adapters.settings import Settings
from caretwise.complete.trigger import PROSE, scope_wanted, suppression
from caretwise.engine.offer import Ask, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.trace import Trace
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.place import text_at

ALLOWED_SECONDS = 1.0
"""How long a file that may be sent may go on being answered from memory without another look at the disk. Before
anything new is made the disk is asked each time."""


class Gate:
    """Says whether anything is suggested at a place at all."""

    def __init__(self, outside: Outside) -> None:
        """Nothing is looked at before the first ask."""
        self._outside = outside
        self._allowed: tuple[object, str] | None = None
        self._allowed_until = 0.0
        self._renewing = False
        self._looked: Ask | None = None
        """The ask for which the disk was asked last."""

    def is_open(self, ask: Ask) -> bool:
        """Whether nothing speaks against a suggestion, and the disk need not be asked for that."""
        return self._allowed_lately(ask) and self._refusal(ask) is None and _unfit(ask) is None

    def renew(self, ask: Ask) -> None:
        """Have the disk asked again meanwhile, when half of its word's time is over: who types on need not wait for it."""
        aging = _now() >= self._allowed_until - ALLOWED_SECONDS / 2
        if aging and not self._renewing and self._allowed_lately(ask):
            self._renewing = True
            self._outside.gatherer.in_background(self._renew(ask))

    async def _renew(self, ask: Ask) -> None:
        try:
            await self.denial(ask)
        finally:
            self._renewing = False

    async def objection(self, ask: Ask, trace: Trace) -> Silence | None:
        """Reasons to stay silent that need no model: a pause, a file that must not be sent, a place not worth asking."""
        refused = self._refusal(ask)
        if refused is not None:
            return refused
        with trace.stage("may this file be sent?"):
            allowed_lately = self._allowed_lately(ask)
            denied = None if allowed_lately else await self.denial(ask)
            self._looked = None if allowed_lately else ask
        return denied if denied is not None else _unfit(ask)

    def _allowed_lately(self, ask: Ask) -> bool:
        return self._allowed == (self._outside.project, ask.uri) and _now() < self._allowed_until

    def _refusal(self, ask: Ask) -> Silence | None:
        """What the user has chosen."""
        outside = self._outside
        settings, language = outside.settings, ask.language
        if outside.paused:
            return Silence("paused", "suggestions are paused")
        if language.id in settings.languages_off:
            return Silence("language_off", f"suggestions are off for {language.title}")
        if not settings.automatic and not ask.invoked:
            return Silence("manual_only", "suggestions come only when asked for")
        if language.id in PROSE and not scope_wanted(settings.prose, invoked=ask.invoked):
            return Silence("in_prose", f"suggestions in {language.title} are {settings.prose}")
        if outside.capped() and not ask.invoked:
            return Silence("daily_cap", outside.spending.sentence())
        return None

    async def denial(self, ask: Ask) -> Silence | None:
        """Asks the disk: what the path leads to, and the ignore rules that hold there."""
        if self._looked is ask:
            return None  # `objection` has asked, and let it through
        outside, project = self._outside, self._outside.project
        verdict = await outside.gatherer.judge.document(project, ask.uri)
        if verdict.allowed:
            self._allowed, self._allowed_until = (project, ask.uri), _now() + ALLOWED_SECONDS
            return None
        self._allowed = None
        outside.notices.tell(f"denied:{verdict.reason}", f"No suggestions in {ask.path}: {verdict.reason}.")
        return Silence("denied", verdict.reason)


def _unfit(ask: Ask) -> Silence | None:
    """What the place says."""
    found = suppression(ask.snapshot, ask.position, ask.trigger)
    return Silence(found.code, found.reason) if found is not None else None


def unwanted_text(ask: Ask, settings: Settings, parse: Callable[[Ask], Parsed | None]) -> Silence | None:
    """Comments and strings, where the user does not want suggestions in them."""
    wanted = {"comment": settings.comments, "string": settings.strings}
    if set(wanted.values()) == {"on"}:
        return None
    parsed = parse(ask)
    kind = text_at(parsed, ask.position) if parsed is not None else ""
    choice = wanted.get(kind, "on")
    if scope_wanted(choice, invoked=ask.invoked):
        return None
    return Silence(f"in_{kind}", f"suggestions inside a {kind} are {'off' if choice == 'off' else 'made by hand only'}")


def _now() -> float:
    return asyncio.get_running_loop().time()
