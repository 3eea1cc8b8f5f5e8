"""The prompt for a fix: evidence first, then the part that may be changed, then what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.repair.evidence import Evidence
from caretwise.repair.finding import Finding
from caretwise.text.language import Language
from caretwise.text.template import Template


@dataclass(frozen=True, slots=True)
class FixPrompt:
    """Chat messages as (role, text), and the id of the template they were made with."""

    template: str
    messages: tuple[tuple[str, str], ...]


def prompt(
    findings: Sequence[Finding], region_text: str, evidence: Evidence, path: str, language: Language, template: Template
) -> FixPrompt:
    """The messages that ask a model to mend one finding or several. Line ends are shown as `\\n`."""
    values = {
        "language": language.title,
        "path": path,
        "problem": "\n".join(finding.as_text() for finding in findings),
        "evidence": evidence.as_text(),
        "region": region_text.replace("\r\n", "\n").replace("\r", "\n"),
    }
    return FixPrompt(template.id, template.fill({name: values[name] for name in template.holes}))
