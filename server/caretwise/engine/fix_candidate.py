"""One candidate for a fix: ask a model, read, check, and once more with the reason when it came to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.checker_run import Checkers
from caretwise.adapters.ports import Exchange
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_call import Call
from caretwise.engine.fix_question import WORTH_ANOTHER_TRY, Question, again, checked
from caretwise.engine.offer import Facts
from caretwise.engine.outside import Outside
from caretwise.models.profile import Profile
from caretwise.repair.finding import Finding
from caretwise.repair.report import Reported, judge
from caretwise.repair.verification import CHECKER, Layer, Refusal
from caretwise.repair.verify import Checked

_ENOUGH_SECONDS = 8.0
"""With less time left than this a model is not asked once more."""


@dataclass(frozen=True)
class Verifier:
    """The checker that reported the problem, asked about the text as it was (`before`) and as a candidate leaves it."""

    checkers: Checkers
    kind: str
    file: Path | None
    question: Question
    before: asyncio.Task[list[Reported] | str]

    async def layer(self, candidate: Checked) -> Layer:
        """The checker's layer for a candidate; "not run" says why."""
        before = await asyncio.shield(self.before) if self.kind else ""
        return await checker_layer(self.checkers, self.kind, self.file, self.question.findings, before, candidate.text)


async def checker_layer(
    checkers: Checkers,
    kind: str,
    file: Path | None,
    findings: Sequence[Finding],
    before: list[Reported] | str,
    text: str,
) -> Layer:
    """What the checker of this kind says of `text`, where it said `before` of the text without the fix."""
    name = f"{CHECKER} {kind}".strip()
    if not kind:
        return Layer(name, "not run", "the problem was reported by none of the checkers known here")
    if isinstance(before, str) or file is None:
        return Layer(name, "not run", before if isinstance(before, str) else "the document is not a file")
    after = await checkers.check(kind, file, text)
    return Layer(name, "not run", after) if isinstance(after, str) else judge(kind, findings, before, after)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a model's answer came to, and what it cost."""

    result: Checked | Refusal
    facts: Facts


@dataclass
class Asking:
    """Asks one model for one candidate until `ends` (loop time, seconds)."""

    outside: Outside
    profile: Profile
    asked_for: FixAsked
    verifier: Verifier
    ends: float
    progress: Callable[[str], None]

    async def candidate(self, asked: Question) -> Candidate:
        """A candidate, repaired once with the reason of its refusal where that may help."""
        self.progress(f"asking {self.profile.name}")
        first, exchange = await self._once(asked)
        refusal = first.result
        worth = isinstance(refusal, Refusal) and refusal.code in WORTH_ANOTHER_TRY
        if exchange is None or not isinstance(refusal, Refusal) or not worth or self._left() < _ENOUGH_SECONDS:
            return first
        self.progress(f"asking {self.profile.name} once more: {refusal.reason}")
        second, _ = await self._once(again(asked, exchange.text, refusal, self.outside.templates["fix-again"]))
        failed = isinstance(second.result, Refusal) and second.result.code not in WORTH_ANOTHER_TRY
        # Why the fix itself is withheld is worth more than that the second try found no model.
        return Candidate(refusal, second.facts) if failed else second

    def _left(self) -> float:
        return self.ends - asyncio.get_running_loop().time()

    async def _once(self, asked: Question) -> tuple[Candidate, Exchange | None]:
        call = Call(self.outside, self.profile, self.asked_for, self.ends)
        exchange, facts, refusal = await call.exchange(asked.prompt)
        if exchange is None or refusal is not None:
            assert refusal is not None, "without an exchange there is a reason"
            return Candidate(refusal, facts), None
        self.progress("checking the fix")
        result = await asyncio.get_running_loop().run_in_executor(None, checked, exchange, asked)
        if isinstance(result, Checked):
            result = result.with_layer(await self._layer(result))
        return Candidate(result, facts), exchange

    async def _layer(self, result: Checked) -> Layer:
        try:
            async with asyncio.timeout(max(1.0, self._left())):
                return await self.verifier.layer(result)
        except TimeoutError:
            return Layer(f"{CHECKER} {self.verifier.kind}".strip(), "not run", "there was no time left for it")
