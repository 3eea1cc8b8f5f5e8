"""What a model is asked for a fix, and the reading of its answer: everything that needs no waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from caretwise.adapters.ports import Exchange
from caretwise.context.masking import masked_part
from caretwise.context.privacy import MARK, mask
from caretwise.context.snippet import Snippet, Source
from caretwise.repair.answer import read
from caretwise.repair.evidence import gather
from caretwise.repair.finding import Finding, region
from caretwise.repair.prompt import FixPrompt, prompt
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked, check
from caretwise.syntax.grammar import Parsed, parse
from caretwise.text.edit import TextEdit
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot
from caretwise.text.template import Template

EVIDENCE_TOKENS = 3000

WORTH_ANOTHER_TRY = frozenset({
    "no_block", "block_cut", "ambiguous_block", "ambiguous_code", "ambiguous", "not_found", "empty_search", "indentation",
    "outside_region", "other_file", "elided", "unchanged", "parses_worse", "names", "checker", "bad_characters",
    "silenced", "emptied", "unreachable", "swallowed", "constant", "signature", "assertion",
})  # fmt: skip
"""Refusals that a model may mend when it is told. Not: it said no, it was cut off, it touched a secret, it ran wild."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked, and what its answer is read against. `masked` is the text as the model sees it."""

    snapshot: Snapshot
    masked: Snapshot
    part: Range
    findings: tuple[Finding, ...]
    language: Language
    path: str
    prompt: FixPrompt


def question(
    snapshot: Snapshot,
    findings: Sequence[Finding],
    language: Language,
    path: str,
    snippets: Sequence[Snippet],
    sources: Sequence[Source],
    template: Template,
) -> Question:
    """What to ask: the region, the evidence, the prompt, all from the text with its secrets masked."""
    first = findings[0]
    at = first.range.start
    parsed = parse(snapshot, language, at)
    span = Range(min(one.range.start for one in findings), max(one.range.end for one in findings))
    part = region(snapshot, replace(first, range=span), parsed)
    masked = _masked(snapshot, part, parsed)
    snippets = sorted(snippets, key=lambda one: (one.kind != "import", -one.score))
    evidence = gather(
        masked,
        part,
        parse(masked, language, at),
        snippets,
        sources,
        budget=EVIDENCE_TOKENS,
        spans=[one.range for one in findings],
    )
    shown = tuple(_shown(finding) for finding in findings)
    asked = prompt(shown, masked.slice(part), evidence, path, language, template)
    return Question(snapshot, masked, part, tuple(findings), language, path, asked)


def again(asked: Question, answer: str, refusal: Refusal, template: Template) -> Question:
    """The same question with the answer that was refused, and why."""
    messages = (*asked.prompt.messages, ("assistant", answer), *template.fill({"reason": mask(refusal.reason).text}))
    return replace(asked, prompt=FixPrompt(f"{asked.prompt.template}+{template.id}", messages))


def checked(exchange: Exchange, asked: Question) -> Checked | Refusal:
    """Read the answer against the text as the model saw it, and check it against the text as it is."""
    if exchange.finish == "length":
        return Refusal("cut_by_limit", "the model's answer was cut off by its token limit")
    edits = read(exchange.text, asked.masked, asked.part, asked.language, asked.path)
    if isinstance(edits, Refusal):
        return edits
    if any(_brings_mask(edit, asked.masked, asked.snapshot) for edit in edits):
        return Refusal("masked", "the fix would rewrite a line that holds a secret, which the model did not see")
    return check(asked.snapshot, asked.part, edits, asked.language, asked.findings)


def _shown(finding: Finding) -> Finding:
    return replace(finding, message=mask(finding.message).text, more=tuple(mask(line).text for line in finding.more))


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
