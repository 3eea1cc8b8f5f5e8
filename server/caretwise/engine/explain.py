"""An explanation of one walk, for people: what was asked, sent, answered and changed, and how long each stage took."""

from __future__ import annotations

import json

from caretwise.complete.recipe import Step
from caretwise.engine.offer import Ask, Offer, Silence
from caretwise.engine.trace import Trace

_SHOWN = 6000
"""The most characters of a prompt or an answer that are printed."""


def explain(ask: Ask, found: Offer | Silence, trace: Trace, *, colour: bool = False) -> str:
    """The whole story as text. With `colour`, headings are bold."""
    lines = [
        f"{ask.path}:{ask.position.line + 1}:{ask.position.character + 1} {ask.language.title}, {ask.trigger.value}"
    ]
    lines += _outcome(found)
    lines += _section("Stages", [f"{ms:8.1f} ms  {name}" for name, ms in trace.stages], colour=colour)
    lines += _section("Decisions", [_sentence(note) for note in trace.notes], colour=colour)
    lines += _section("Code of other places that was sent along", trace.snippets, colour=colour)
    if trace.prompt:
        lines += _section("Request", [f"POST {trace.address}", json.dumps(trace.body)], colour=colour)
        lines += _section("Prompt, as sent (secrets masked)", [_cut(trace.prompt)], colour=colour)
    if trace.answer:
        lines += _section("Answer, as it came", [_cut(trace.answer)], colour=colour)
    lines += _section("Rules that changed the answer", [_step(step) for step in found.steps], colour=colour)
    return "\n".join(lines)


def _outcome(found: Offer | Silence) -> list[str]:
    if isinstance(found, Silence):
        return [f"No suggestion: {found.reason.rstrip('.')} ({found.code})."]
    facts = found.facts
    origin = f"Suggestion from {facts.model} ({facts.origin})"
    if facts.first_token_ms is not None:
        origin += f", first token after {facts.first_token_ms:.0f} ms"
    if facts.usage.prompt is not None:
        cached = "" if facts.usage.cached is None else f", {facts.usage.cached} of them cached"
        origin += f", {facts.usage.prompt} prompt tokens{cached}, {facts.usage.completion} written"
    return [origin + ":", found.ghost.text]


def _section(title: str, lines: list[str] | tuple[str, ...], *, colour: bool) -> list[str]:
    if not lines:
        return []
    return [
        "",
        f"\x1b[1m{title}\x1b[0m" if colour else title,
        *(f"  {line}" for text in lines for line in text.split("\n")),
    ]


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."


def _step(step: Step) -> str:
    after = "dropped" if step.after is None else repr(step.after)
    return f"{step.rule}: {step.reason}\n    {_cut(repr(step.before), 300)}\n    -> {_cut(after, 300)}"


def _cut(text: str, most: int = _SHOWN) -> str:
    return text if len(text) <= most else f"{text[:most]}\n… ({len(text) - most} characters more)"
