"""The walk of a diagnostic: from a finding to a checked edit, or to a refusal with its reason.

Listing costs nothing; a model is asked only when the user picks the action (`codeAction/resolve`) or on the command line.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from caretwise.adapters.ports import Exchange
from caretwise.context.masking import masked_part
from caretwise.context.privacy import MARK, mask
from caretwise.context.snippet import Snippet
from caretwise.engine.facts import facts_of, name_only
from caretwise.engine.model_walk import PAUSED
from caretwise.engine.offer import Facts, new_id
from caretwise.engine.outside import Outside
from caretwise.measure.event import Kind
from caretwise.models.chunk import Usage
from caretwise.models.failure import out_of_time
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build
from caretwise.repair.answer import Refusal, read
from caretwise.repair.evidence import gather
from caretwise.repair.finding import Finding, region
from caretwise.repair.prompt import FixPrompt, prompt
from caretwise.repair.verification import Layer, Level
from caretwise.repair.verify import Checked, check
from caretwise.syntax.grammar import Parsed, parse
from caretwise.text.edit import TextEdit
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot
from caretwise.text.template import Template

FIX_SECONDS = 90.0
"""A fix is ready within this time, or there is none."""

EVIDENCE_TOKENS = 3000

_MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that no check failed. `version` is the document's version that the edits refer to.

    `findings` are all the problems that it is for; `finding` is the first of them.
    """

    id: str
    findings: tuple[Finding, ...]
    checked: Checked
    facts: Facts
    version: int

    @property
    def finding(self) -> Finding:
        """The (first) problem that the fix is for."""
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


@dataclass(frozen=True, slots=True)
class _Offered:
    """What is kept of a fix until it is applied: nothing of its text."""

    facts: Facts
    uri: str
    language_id: str
    characters: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What a model is asked, and what its answer is read against."""

    snapshot: Snapshot
    masked: Snapshot
    part: Range
    language: Language
    prompt: FixPrompt


class Fixer:
    """Makes fixes for one session."""

    def __init__(self, outside: Outside) -> None:
        """Nothing was offered yet."""
        self._outside = outside
        self.last: Found | None = None
        """What the last request for a fix came to."""
        self._offered: OrderedDict[str, _Offered] = OrderedDict()

    def possible(self, uri: str) -> bool:
        """Whether a fix may be offered in a document at all: a model is configured and the file may be sent."""
        outside = self._outside
        return (
            outside.fix is not None
            and not outside.paused
            and not outside.fix.cannot(Role.FIX)
            and outside.project.verdict_for_document(uri).allowed
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
        found = await self.fix(snapshot, findings[0], language, path, progress=progress)
        self.last = Found((found,)) if isinstance(found, Fix) else Found((), (found,))
        return self.last

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
            code = PAUSED + blocked.kind.value
            self._note(Kind.SUPPRESSED, new_id(), name_only(profile), snapshot, language, reason=code)
            return Refusal(code, blocked.sentence)
        outside.breaker.probing(profile.name)
        snippets = outside.gatherer.snippets(snapshot, finding.range.start.line, language)
        # Parsing and masking a long file takes its time: not on the event loop.
        loop, template = asyncio.get_running_loop(), outside.templates["fix"]
        question = await loop.run_in_executor(None, _question, snapshot, finding, language, path, snippets, template)
        progress(f"asking {profile.name}")
        result, facts = await self._ask(profile, question, progress)
        return self._finish(result, facts, finding, snapshot, language)

    async def _ask(
        self, profile: Profile, question: _Question, progress: Callable[[str], None]
    ) -> tuple[Checked | Refusal, Facts]:
        snapshot, language = question.snapshot, question.language
        request = build(profile, Ask(Role.FIX, messages=question.prompt.messages))
        style = profile.style_for(Role.FIX)

        def facts(exchange: Exchange | None = None) -> Facts:
            return facts_of(request, style=style, template=question.prompt.template, exchange=exchange)

        self._note(Kind.ASKED, new_id(), facts(), snapshot, language)
        exchange: Exchange | None = None
        try:
            async with asyncio.timeout(FIX_SECONDS):
                exchange = await self._outside.endpoint.exchange(request, lambda _: False, seconds=FIX_SECONDS - 1)
            failure = exchange.failure
        except TimeoutError:
            failure = out_of_time(profile, FIX_SECONDS)
        usage, received = (exchange.usage, len(exchange.text)) if exchange is not None else (Usage(), 0)
        sent = sum(len(text) for _, text in question.prompt.messages)
        self._outside.spending.spent(profile, usage, sent, received)
        if exchange is None or failure is not None:
            assert failure is not None, "without an exchange there was no time left"
            self._outside.failed(profile, failure)
            self._note(Kind.FAILED, new_id(), facts(exchange), snapshot, language, reason=failure.kind.value)
            return Refusal(failure.kind.value, failure.sentence), facts(exchange)
        self._outside.succeeded(profile, exchange.left_out, Role.FIX)
        self._note(Kind.RETURNED, new_id(), facts(exchange), snapshot, language)
        progress("checking the fix")
        checked = await asyncio.get_running_loop().run_in_executor(None, _checked, exchange, question)
        return checked, facts(exchange)

    def _finish(
        self, result: Checked | Refusal, facts: Facts, finding: Finding, snapshot: Snapshot, language: Language
    ) -> Fix | Refusal:
        if isinstance(result, Refusal):
            self._note(Kind.FIX_WITHHELD, new_id(), facts, snapshot, language, reason=result.code)
            return result
        fix = Fix(new_id(), (finding,), result, facts, snapshot.version)
        characters = sum(len(edit.new_text) for edit in fix.edits)
        self._offered[fix.id] = _Offered(facts, snapshot.uri, language.id, characters)
        while len(self._offered) > _MOST_OFFERED:
            self._offered.popitem(last=False)
        self._note(Kind.FIX_OFFERED, fix.id, facts, snapshot, language)
        return fix

    def applied(self, suggestion: str) -> bool:
        """The editor has applied a fix; whether it was one of ours."""
        fix = self._offered.pop(suggestion, None)
        if fix is None:
            return False
        self._outside.recorder.note(
            Kind.FIX_APPLIED,
            suggestion,
            "fix",
            fix.facts,
            uri=fix.uri,
            language=fix.language_id,
            trigger="invoked",
            characters=fix.characters,
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


def _question(
    snapshot: Snapshot,
    finding: Finding,
    language: Language,
    path: str,
    snippets: list[Snippet],
    template: Template,
) -> _Question:
    """What to ask: the region, the evidence, the prompt, all from the text with its secrets masked."""
    at = finding.range.start
    parsed = parse(snapshot, language, at)
    part = region(snapshot, finding, parsed)
    masked = _masked(snapshot, part, parsed)
    snippets = sorted(snippets, key=lambda one: (one.kind != "import", -one.score))
    evidence = gather(masked, part, parse(masked, language, at), snippets, budget=EVIDENCE_TOKENS)
    shown = replace(finding, message=mask(finding.message).text, more=tuple(mask(line).text for line in finding.more))
    asked = prompt(shown, masked.slice(part), evidence, path, language, template)
    return _Question(snapshot, masked, part, language, asked)


def _checked(exchange: Exchange, question: _Question) -> Checked | Refusal:
    """Read the answer against the text as the model saw it, and check it against the text as it is."""
    if exchange.finish == "length":
        return Refusal("cut_by_limit", "the model's answer was cut off by its token limit")
    edits = read(exchange.text, question.masked, question.part)
    if isinstance(edits, Refusal):
        return edits
    if any(_brings_mask(edit, question.masked, question.snapshot) for edit in edits):
        return Refusal("masked", "the fix would rewrite a line that holds a secret, which the model did not see")
    return check(question.snapshot, question.part, edits, question.language)


def _masked(snapshot: Snapshot, part: Range, parsed: Parsed | None) -> Snapshot:
    """The same lines with secrets masked wherever the prompt may reach: the file's head, what is parsed, the region.

    Masking keeps lengths, so that positions hold for both.
    """
    first, last = part.start.line, part.end.line + 1
    if parsed is not None:
        first, last = min(first, parsed.first_line), max(last, parsed.last_line)
    return masked_part(snapshot, first, last)


def _brings_mask(edit: TextEdit, masked: Snapshot, snapshot: Snapshot) -> bool:
    """Whether the edit falls on, or brings along, text that the model saw masked."""
    touched = masked.slice(edit.range) != snapshot.slice(edit.range)
    return touched or (MARK in edit.new_text and MARK not in snapshot.text)
