"""The walk of a diagnostic: from a finding to a checked edit, or to a refusal with its reason.

Listing costs nothing; a model is asked only when the user picks the action (`codeAction/resolve`) or on the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from caretwise.adapters.checker_tools import kind_of
from caretwise.adapters.project import path_of_uri
from caretwise.engine.facts import name_only
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_candidate import Asking, Candidate, Verifier, checker_layer
from caretwise.engine.fix_kept import Kept, offered
from caretwise.engine.fix_question import question
from caretwise.engine.model_walk import PAUSED
from caretwise.engine.offer import Facts
from caretwise.engine.outside import Outside
from caretwise.measure.event import Kind
from caretwise.models.profile import Profile, Role
from caretwise.repair.finding import Finding
from caretwise.repair.rebase import moved_finding, rebase
from caretwise.repair.report import Reported
from caretwise.repair.verification import Layer, Level, Refusal
from caretwise.repair.verify import Checked
from caretwise.text.edit import TextEdit
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

FIX_SECONDS = 90.0
"""A fix is ready within this time, or there is none."""

_ORDER: Mapping[Level, int] = {"verified": 0, "parses": 1, "unchecked": 2, "refused": 3}


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that no check failed. `version` is the document's version that the edits refer to.

    `findings` are all the problems that it is for; `finding` is the first of them.
    """

    id: str
    findings: tuple[Finding, ...]
    checked: Checked
    facts: Facts
    asked: FixAsked
    version: int

    @property
    def finding(self) -> Finding:
        """The first of them."""
        return self.findings[0]

    @property
    def edits(self) -> tuple[TextEdit, ...]:
        """The edits to make."""
        return self.checked.edits

    @property
    def verification(self) -> tuple[Layer, ...]:
        """Each layer of the verification: passed, failed or not run, with words."""
        return self.checked.verification

    @property
    def level(self) -> Level:
        """`verified`, `parses` or `unchecked`."""
        return self.checked.level


@dataclass(frozen=True, slots=True)
class Found:
    """What came of asking for a fix: the candidates, best first, and the refusals of those that are withheld.

    At least one of the two holds something.
    """

    fixes: tuple[Fix, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def best(self) -> Fix | Refusal:
        """The best candidate, or why there is none."""
        return self.fixes[0] if self.fixes else self.refusals[0]


def _kind(findings: Sequence[Finding], language: Language) -> str:
    """The checker that reported all of the findings; "" when it is none of ours, or more than one."""
    kinds = {kind_of(finding.source, language) for finding in findings}
    return kinds.pop() if len(kinds) == 1 else ""


class Fixer:
    """Makes fixes for one session."""

    def __init__(self, outside: Outside) -> None:
        """Nothing was offered yet."""
        self._outside = outside
        self.last: Found | None = None
        """What the last request for a fix came to."""
        self.kept = Kept(outside.recorder, outside.recorder.clock.now)
        """What becomes of the fixes that were offered."""

    async def possible(self, uri: str) -> bool:
        """Whether a fix may be offered in a document at all: a model is configured and the file may be sent."""
        outside = self._outside
        return (
            outside.fix is not None
            and not outside.paused
            and not outside.fix.cannot(Role.FIX)
            and await self._denied(uri) is None
        )

    async def find(
        self,
        snapshot: Snapshot,
        findings: Sequence[Finding],
        language: Language,
        path: str,
        *,
        progress: Callable[[str], None],
    ) -> Found:
        """Candidates for a fix of all `findings` (one function's), ranked. `progress` is told how far it is.

        Cancelling the task closes the connection to the model.
        """
        asked = self._outside.fix_asked(snapshot.uri, language.id)
        refusal = await self._gate(asked, path) if findings else Refusal("no_finding", "there is nothing to fix")
        if refusal is not None:
            self.last = Found((), (refusal,))
            return self.last
        candidates = await self._candidates(asked, snapshot, findings, language, path, progress)
        self.last = self._ranked(candidates, tuple(findings), snapshot, asked)
        return self.last

    async def fix(
        self, snapshot: Snapshot, finding: Finding, language: Language, path: str, *, progress: Callable[[str], None]
    ) -> Fix | Refusal:
        """The best fix for one finding, or why there is none."""
        return (await self.find(snapshot, [finding], language, path, progress=progress)).best

    async def rebased(self, fix: Fix, before: Snapshot, now: Snapshot, language: Language) -> Fix | Refusal:
        """The same fix for a document that was `before` when it was asked for: moved with its lines and checked anew.

        Refused when its lines are not as they were.
        """
        if now.is_as(before):
            return fix
        loop = asyncio.get_running_loop()
        checked = await loop.run_in_executor(None, rebase, fix.checked, before, now, language, fix.findings)
        findings = [moved_finding(finding, before, now) for finding in fix.findings]
        moved = tuple(finding for finding in findings if finding is not None)
        if isinstance(checked, Checked) and len(moved) == len(findings):
            file, kind = path_of_uri(now.uri), _kind(moved, language)
            reports = await self._before(kind, file, now)
            layer = await checker_layer(self._outside.checkers, kind, file, moved, reports, checked.text)
            checked = checked.with_layer(layer)
        if isinstance(checked, Refusal):
            self._note(Kind.FIX_WITHHELD, fix.id, fix.facts, fix.asked, checked.code)
            self.last = Found((), (checked,))
            return checked
        fix = replace(fix, checked=checked, version=now.version, findings=moved or fix.findings)
        self.kept.add(fix.id, offered(fix.facts, fix.asked, now, fix.checked.part_edits, fix.level, fix.findings))
        return fix

    async def _denied(self, uri: str) -> str | None:
        """Why a file may not be sent; None: it may."""
        verdict = await self._outside.gatherer.judge.document(self._outside.project, uri)
        return None if verdict.allowed else verdict.reason

    async def _gate(self, asked: FixAsked, path: str) -> Refusal | None:
        """Why no model may be asked now. Where the file may be sent it is an opportunity, asked or not."""
        outside, profile = self._outside, self._outside.fix_for(asked)
        if profile is None:
            return Refusal("no_model", "no model is configured for fixes; set fix in config.toml or CARETWISE_MODEL")
        denied = await self._denied(asked.place.uri)
        if denied is not None:
            return Refusal("denied", f"{path} may not be sent to a model: {denied}")
        self._note(Kind.OPPORTUNITY, asked.id, name_only(profile), asked, "")
        blocked = outside.breaker.blocked(profile.name, invoked=True)
        if blocked is None:
            return None
        code = PAUSED + blocked.kind.value
        self._note(Kind.SUPPRESSED, asked.new_id(), name_only(profile), asked, code)
        return Refusal(code, blocked.sentence)

    async def _candidates(
        self,
        asked_for: FixAsked,
        snapshot: Snapshot,
        findings: Sequence[Finding],
        language: Language,
        path: str,
        progress: Callable[[str], None],
    ) -> list[Candidate]:
        """One candidate for each model and each number, asked at the same time."""
        outside, loop = self._outside, asyncio.get_running_loop()
        ends = loop.time() + FIX_SECONDS
        snippets = await outside.gatherer.snippets(snapshot, findings[0].range.start.line, language)
        sources = await outside.gatherer.sources(snapshot, language)
        # Parsing and masking a long file takes its time: not on the event loop.
        asked = await loop.run_in_executor(
            None, question, snapshot, findings, language, path, snippets, sources, outside.templates["fix"]
        )
        file, kind = path_of_uri(snapshot.uri), _kind(findings, language)
        before = loop.create_task(self._before(kind, file, snapshot))
        verifier = Verifier(outside.checkers, kind, file, asked, before)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(Asking(outside, profile, asked_for, verifier, ends, progress).candidate(asked))
                    for profile in self._profiles(asked_for)
                    for _ in range(outside.settings.fix_candidates)
                ]
        finally:
            before.cancel()
            # A checker that runs is ended before anybody goes on.
            await asyncio.gather(before, return_exceptions=True)
        return [task.result() for task in tasks]

    def _profiles(self, asked: FixAsked) -> list[Profile]:
        """The model for fixes, and the user's others that can be asked now."""
        outside = self._outside
        chosen = [outside.fix_for(asked), *outside.more_fix]
        usable: list[Profile] = []
        for profile in chosen:
            if profile is None or profile in usable or profile.cannot(Role.FIX):
                continue
            if outside.breaker.blocked(profile.name, invoked=True) is None:
                outside.breaker.probing(profile.name)
                usable.append(profile)
        return usable

    async def _before(self, kind: str, file: Path | None, snapshot: Snapshot) -> list[Reported] | str:
        """What the checker says of the text as it is; asked while the model thinks."""
        if not kind:
            return ""
        if file is None:
            return "the document is not a file"
        return await self._outside.checkers.check(kind, file, snapshot.text)

    def _ranked(
        self, candidates: Sequence[Candidate], findings: tuple[Finding, ...], snapshot: Snapshot, asked: FixAsked
    ) -> Found:
        """The candidates that passed, best first, each text once; and why the others are withheld."""
        passed: dict[str, tuple[Checked, Facts]] = {}
        refusals: list[Refusal] = []
        for candidate in candidates:
            if isinstance(candidate.result, Refusal):
                refusals.append(candidate.result)
                self._note(Kind.FIX_WITHHELD, asked.new_id(), candidate.facts, asked, candidate.result.code)
            else:
                passed.setdefault(candidate.result.text, (candidate.result, candidate.facts))
        ranked = sorted(passed.values(), key=lambda one: (_ORDER[one[0].level], one[0].size))
        fixes = tuple(self._offer(checked, facts, findings, snapshot, asked) for checked, facts in ranked)
        if not fixes and not refusals:
            refusals.append(Refusal("no_model", "no model that makes fixes can be asked now"))
        return Found(fixes, tuple(refusals))

    def _offer(
        self,
        checked: Checked,
        facts: Facts,
        findings: tuple[Finding, ...],
        snapshot: Snapshot,
        asked: FixAsked,
    ) -> Fix:
        fix = Fix(asked.new_id(), findings, checked, facts, asked, snapshot.version)
        if fix.level == "verified":
            self._note(Kind.FIX_VERIFIED, fix.id, facts, asked, fix.level)
        self.kept.add(fix.id, offered(facts, asked, snapshot, checked.part_edits, fix.level, findings, checked.edits))
        # How it was verified is what an offered fix is counted by.
        self._note(Kind.FIX_OFFERED, fix.id, facts, asked, fix.level)
        return fix

    def applied(self, suggestion: str) -> bool:
        """The editor has applied a fix; whether it was one of ours."""
        return self.kept.applied(suggestion)

    def changed(self, edits: Sequence[TextEdit], after: Snapshot) -> None:
        """A document was changed: a fix that was applied lately may have been undone."""
        self.kept.changed(edits, after)

    def seen(self, uri: str, span: Range, findings: Sequence[Finding]) -> None:
        """The editor shows `findings`, and no others, on the lines of `span`: the problem of an applied fix may be gone."""
        self.kept.seen(uri, span, findings)

    def _note(self, kind: Kind, suggestion: str, facts: Facts, asked: FixAsked, reason: str) -> None:
        self._outside.recorder.of_fix(kind, suggestion, facts, asked, reason=reason)
