"""The story of one request for a fix, for people: what was to be fixed, what each candidate came to, and why."""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.engine.fix import Fix, Found
from caretwise.repair.finding import Finding
from caretwise.repair.verification import Layer, Refusal


def explain_fix(path: str, findings: Sequence[Finding], found: Found, result: Fix | Refusal) -> str:
    """The whole story as text. `result` is what the editor or the terminal got of what was found."""
    lines = [f"{path}:{one.range.start.line + 1} {_origin(one)}{one.title}" for one in findings]
    if isinstance(result, Refusal):
        lines += [f"No fix: {result.reason.rstrip('.')} ({result.code}).", *_layers(result.verification)]
    else:
        lines += [f"Fix from {result.facts.model}: {result.level}.", *_layers(result.verification)]
    for fix in found.fixes:
        if isinstance(result, Refusal) or fix.checked.text != result.checked.text:
            lines += ["", f"Another candidate, from {fix.facts.model}: {fix.level}.", *_layers(fix.verification)]
    for refusal in found.refusals:
        if refusal is not result:
            lines += ["", f"Withheld: {refusal.reason.rstrip('.')} ({refusal.code}).", *_layers(refusal.verification)]
    return "\n".join(lines)


def _origin(finding: Finding) -> str:
    return "".join(f"{part} " for part in (finding.source, finding.code) if part)


def _layers(verification: Sequence[Layer]) -> list[str]:
    return [f"  {layer.as_text()}" for layer in verification]
