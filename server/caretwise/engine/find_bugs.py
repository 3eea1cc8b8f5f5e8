"""The walk without a diagnostic: ask a model for bugs in one function. What it names becomes findings like any others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from caretwise.context.masking import masked_part
from caretwise.context.snippet import Snippet, Source
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_call import Call
from caretwise.engine.fix_question import EVIDENCE_TOKENS
from caretwise.engine.model_walk import PAUSED
from caretwise.engine.offer import AskedAt
from caretwise.engine.outside import Outside
from caretwise.repair.bugs import bugs_prompt, read_bugs
from caretwise.repair.evidence import gather
from caretwise.repair.finding import Finding, region
from caretwise.repair.prompt import FixPrompt
from caretwise.repair.verification import Refusal
from caretwise.syntax.grammar import parse
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot
from caretwise.text.template import Template

BUGS_SECONDS = 60.0
"""An answer comes within this time, or there is none."""


@dataclass(frozen=True, slots=True)
class Bugs:
    """What was found in the part of a text that was looked at; empty when the model is sure of nothing."""

    snapshot: Snapshot
    part: Range
    findings: tuple[Finding, ...]


async def find_bugs(
    outside: Outside,
    snapshot: Snapshot,
    at: Position,
    language: Language,
    path: str,
    *,
    source: str,
    progress: Callable[[str], None],
) -> Bugs | Refusal:
    """Bugs in the function at a position, as findings with `source`. The caller has asked whether a fix is possible."""
    profile, loop = outside.fix, asyncio.get_running_loop()
    if profile is None:
        return Refusal("no_model", "no model is configured for fixes; set fix in config.toml or CARETWISE_MODEL")
    blocked = outside.breaker.blocked(profile.name, invoked=True)
    if blocked is not None:
        return Refusal(PAUSED + blocked.kind.value, blocked.sentence)
    snippets = await outside.gatherer.snippets(snapshot, at.line, language)
    sources = await outside.gatherer.sources(snapshot, language)
    masked, part, asked = await loop.run_in_executor(
        None, _question, snapshot, at, language, path, snippets, sources, outside.templates["bugs"]
    )
    progress(f"asking {profile.name}")
    outside.breaker.probing(profile.name)
    # No fix is asked for yet, and no arm is drawn: the model that is set looks.
    asked_for = FixAsked(AskedAt(snapshot.uri, language.id, "invoked", outside.recorder.assign(None, snapshot.uri)))
    call = Call(outside, profile, asked_for, loop.time() + BUGS_SECONDS)
    exchange, _, refusal = await call.exchange(asked)
    if exchange is None or refusal is not None:
        return refusal or Refusal("no_answer", "the model has not answered")
    if exchange.finish == "length":
        return Refusal("cut_by_limit", "the model's answer was cut off by its token limit")
    found = read_bugs(exchange.text, masked, part, source)
    return found if isinstance(found, Refusal) else Bugs(snapshot, part, found)


def _question(
    snapshot: Snapshot,
    at: Position,
    language: Language,
    path: str,
    snippets: list[Snippet],
    sources: list[Source],
    template: Template,
) -> tuple[Snapshot, Range, FixPrompt]:
    """The text with its secrets masked at the same length, the part to look at, and the prompt."""
    parsed = parse(snapshot, language, at)
    part = region(snapshot, Finding(Range(at, at), ""), parsed)
    first, last = part.start.line, part.end.line + 1
    if parsed is not None:
        first, last = min(first, parsed.first_line), max(last, parsed.last_line)
    masked = masked_part(snapshot, first, last)
    snippets = sorted(snippets, key=lambda one: (one.kind != "import", -one.score))
    evidence = gather(
        masked, part, parse(masked, language, at), snippets, sources, budget=EVIDENCE_TOKENS, spans=[part]
    )
    return masked, part, bugs_prompt(masked, part, evidence, path, language, template)
