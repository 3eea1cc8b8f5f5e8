"""The walk of a diagnostic: from a finding to a checked edit, or to a refusal with its reason.

Listing costs nothing; a model is asked only when the user picks the action (`codeAction/resolve`) or on the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from caretwise.adapters.ports import Exchange
from caretwise.context.privacy import MARK, mask
from caretwise.engine.answers import new_id
from caretwise.engine.facts import facts_of, name_only
from caretwise.engine.offer import Facts
from caretwise.engine.outside import Outside
from caretwise.measure.event import Kind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build
from caretwise.repair.answer import Refusal, read
from caretwise.repair.evidence import gather
from caretwise.repair.finding import Finding, region
from caretwise.repair.prompt import FixPrompt, prompt
from caretwise.repair.verify import Checked, check
from caretwise.syntax.grammar import parse
from caretwise.text.edit import TextEdit
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

FIX_SECONDS = 90.0
"""A fix is ready within this time, or there is none."""

EVIDENCE_TOKENS = 3000


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that passed its checks. `version` is the document's version that the edits refer to."""

    id: str
    finding: Finding
    checked: Checked
    facts: Facts
    version: int

    @property
    def edits(self) -> tuple[TextEdit, ...]:
        """The edits to make."""
        return self.checked.edits


class Fixer:
    """Makes fixes for one session."""

    def __init__(self, outside: Outside) -> None:
        """Nothing was offered yet."""
        self._outside = outside
        self._offered: dict[str, tuple[Fix, str, Language]] = {}

    def possible(self, uri: str) -> bool:
        """Whether a fix may be offered in a document at all: a model is configured and the file may be sent."""
        outside = self._outside
        return (
            outside.fix is not None
            and not outside.paused
            and not outside.fix.cannot(Role.FIX)
            and outside.project.verdict_for_document(uri).allowed
        )

    async def fix(
        self, snapshot: Snapshot, finding: Finding, language: Language, path: str, *, progress: Callable[[str], None]
    ) -> Fix | Refusal:
        """A checked fix for a finding. `progress` is told in a few words how far it is."""
        outside, profile = self._outside, self._outside.fix
        if profile is None:
            return Refusal("no_model", "no model is configured for fixes; set fix in config.toml or CARETWISE_MODEL")
        verdict = outside.project.verdict_for_document(snapshot.uri)
        if not verdict.allowed:
            return Refusal("denied", f"{path} may not be sent to a model: {verdict.reason}")
        blocked = outside.breaker.blocked(profile.name, invoked=True)
        if blocked is not None:
            return Refusal(blocked.kind.value, blocked.sentence)
        parsed = parse(snapshot, language, finding.range.start)
        part = region(snapshot, finding, parsed)
        masked = _masked(snapshot)
        snippets = outside.gatherer.snippets(snapshot, finding.range.start.line, language)
        snippets.sort(key=lambda one: (one.kind != "import", -one.score))
        evidence = gather(masked, part, parse(masked, language, finding.range.start), snippets, budget=EVIDENCE_TOKENS)
        shown = replace(
            finding, message=mask(finding.message).text, more=tuple(mask(line).text for line in finding.more)
        )
        asked = prompt(shown, masked.slice(part), evidence, path, language, outside.templates["fix"])
        progress(f"asking {profile.name}")
        result, facts = await self._ask(profile, asked, snapshot, part, language, progress)
        return self._finish(result, facts, finding, snapshot, language)

    async def _ask(
        self,
        profile: Profile,
        asked: FixPrompt,
        snapshot: Snapshot,
        part: Range,
        language: Language,
        progress: Callable[[str], None],
    ) -> tuple[Checked | Refusal, Facts]:
        request = build(profile, Ask(Role.FIX, messages=asked.messages))
        style = profile.style_for(Role.FIX)

        def facts(exchange: Exchange | None = None) -> Facts:
            return facts_of(request, style=style, template=asked.template, exchange=exchange)

        self._note(Kind.ASKED, new_id(), facts(), snapshot, language)
        try:
            async with asyncio.timeout(FIX_SECONDS):
                exchange = await self._outside.endpoint.exchange(request, lambda _: False, seconds=FIX_SECONDS - 1)
        except TimeoutError:
            return Refusal("deadline", f"no fix within {FIX_SECONDS:.0f} s"), facts()
        if exchange.failure is not None:
            self._outside.failed(profile, exchange.failure)
            self._note(Kind.FAILED, new_id(), facts(exchange), snapshot, language, reason=exchange.failure.kind.value)
            return Refusal(exchange.failure.kind.value, exchange.failure.sentence), facts(exchange)
        self._outside.succeeded(profile)
        self._note(Kind.RETURNED, new_id(), facts(exchange), snapshot, language)
        progress("checking the fix")
        return self._checked(exchange, snapshot, part, language), facts(exchange)

    @staticmethod
    def _checked(exchange: Exchange, snapshot: Snapshot, part: Range, language: Language) -> Checked | Refusal:
        """Read the answer against the text as the model saw it, and check it against the text as it is."""
        if exchange.finish == "length":
            return Refusal("cut", "the model's answer was cut off by its token limit")
        masked = _masked(snapshot)
        edits = read(exchange.text, masked, part)
        if isinstance(edits, Refusal):
            return edits
        if any(_brings_mask(edit, masked, snapshot) for edit in edits):
            return Refusal("masked", "the fix would rewrite a line that holds a secret, which the model did not see")
        return check(snapshot, part, edits, language)

    def _finish(
        self, result: Checked | Refusal, facts: Facts, finding: Finding, snapshot: Snapshot, language: Language
    ) -> Fix | Refusal:
        if isinstance(result, Refusal):
            self._note(Kind.FIX_WITHHELD, new_id(), facts, snapshot, language, reason=result.code)
            return result
        fix = Fix(new_id(), finding, result, facts, snapshot.version)
        self._offered[fix.id] = (fix, snapshot.uri, language)
        self._note(Kind.FIX_OFFERED, fix.id, facts, snapshot, language)
        return fix

    def applied(self, suggestion: str) -> bool:
        """The editor has applied a fix; whether it was one of ours."""
        entry = self._offered.pop(suggestion, None)
        if entry is None:
            return False
        fix, uri, language = entry
        self._outside.recorder.note(
            Kind.FIX_APPLIED,
            fix.id,
            "fix",
            fix.facts,
            uri=uri,
            language=language.id,
            trigger="invoked",
            text="".join(edit.new_text for edit in fix.edits),
        )
        return True

    def _note(
        self, kind: Kind, suggestion: str, facts: Facts, snapshot: Snapshot, language: Language, *, reason: str = ""
    ) -> None:
        self._outside.recorder.note(
            kind,
            suggestion,
            "fix",
            facts if facts.model else name_only(self._outside.fix),
            uri=snapshot.uri,
            language=language.id,
            trigger="invoked",
            reason=reason,
        )


def _masked(snapshot: Snapshot) -> Snapshot:
    """The same lines with secrets masked; masking keeps lengths, so that positions hold for both."""
    return Snapshot.of(
        mask(snapshot.text).text, uri=snapshot.uri, language_id=snapshot.language_id, version=snapshot.version
    )


def _brings_mask(edit: TextEdit, masked: Snapshot, snapshot: Snapshot) -> bool:
    """Whether the edit falls on, or brings along, text that the model saw masked."""
    touched = masked.slice(edit.range) != snapshot.slice(edit.range)
    return touched or (MARK in edit.new_text and MARK not in snapshot.text)
