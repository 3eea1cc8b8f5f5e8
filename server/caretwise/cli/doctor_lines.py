"""What an answer to `doctor` shows, as records and as lines."""

from __future__ import annotations

from caretwise.adapters.ports import Exchange
from caretwise.cli.doctor_checks import Check
from caretwise.cli.doctor_report import RequestRecord, TimingRecord
from caretwise.cli.doctor_requests import Tokens, percentile, prompt_tokens, without_text, written_tokens
from caretwise.models.profile import Role
from caretwise.models.request import Request

_HINT = (
    "the host does not say how much came from its cache (vLLM does with --enable-prompt-tokens-details, SGLang with "
    "--enable-cache-report)"
)


def recorded(role: Role, request: Request, exchange: Exchange) -> RequestRecord:
    """A request and what came of it, for the report."""
    failure, usage = exchange.failure, exchange.usage
    return RequestRecord(
        role=role.value,
        address=request.address,
        body=without_text(request.body),
        failure=failure.kind.value if failure is not None else "",
        # What the host refused now, or had refused and was left out.
        refused=failure.refused_field if failure is not None else ", ".join(exchange.left_out),
        first_token_ms=_rounded(exchange.first_token_ms),
        total_ms=round(exchange.total_ms, 1),
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        cached_tokens=usage.cached,
        reasoning_tokens=usage.reasoning,
        thinking_asked=request.profile.role(role).thinking if request.thinking is not None else "",
        thinking_seen=bool(usage.reasoning or exchange.reasoning),
        stops_sent=len(request.body.get("stop", ())),
    )


def words(body: dict[str, object]) -> str:
    """A body in one line."""
    return ", ".join(f"{key}={_word(value)}" for key, value in body.items())


def _word(value: object) -> str:
    if isinstance(value, list) and len(value) > 3:
        return f"[{len(value)} of them]"
    return str(value)


def usage(record: RequestRecord) -> str:
    """The host's count, for the end of a line."""
    if record.prompt_tokens is None:
        return ", usage not said"
    cached = "" if record.cached_tokens is None else f" ({record.cached_tokens} cached)"
    return f", {record.prompt_tokens}{cached} + {record.completion_tokens} tokens"


def thinking_check(role: Role, record: RequestRecord) -> Check:
    """Whether the model does with its thinking what it was asked to."""
    if record.thinking_asked == "off" and record.thinking_seen:
        return Check(good=False, text=f"  {role.value}: the model still thinks although it was asked not to")
    seen = "thinking came back" if record.thinking_seen else "none came back"
    if not record.thinking_asked:
        return Check(None, f"  {role.value}: thinking: this host has no switch that is known; {seen}")
    good = True if record.thinking_asked == "off" else None
    return Check(good, f"  {role.value}: thinking: asked {record.thinking_asked}, {seen}")


def stops_check(role: Role, record: RequestRecord) -> Check:
    """Whether the host takes as many stop strings as its profile says."""
    if record.refused:
        return Check(None, f"  {role.value}: the host refused the parameter {record.refused}")
    if not record.stops_sent:
        return Check(None, f"  {role.value}: no stop strings are sent to this host")
    state = "not known, the request failed" if record.failure else "taken, as the profile says"
    return Check(None, f"  {role.value}: {plural(record.stops_sent, 'stop string')} sent: {state}")


def timing_of(exchanges: list[Exchange]) -> TimingRecord:
    """What several exchanges say about speed and cache; at least one."""
    good = [one.first_token_ms for one in exchanges if one.failure is None and one.first_token_ms is not None]
    second = exchanges[1] if len(exchanges) > 1 and exchanges[1].failure is None else None
    cached = second.usage.cached if second is not None else None
    return TimingRecord(
        requests=len(exchanges),
        failed=sum(one.failure is not None for one in exchanges),
        p50_ms=_rounded(percentile(good, 0.50)) if good else None,
        p95_ms=_rounded(percentile(good, 0.95)) if good else None,
        cold_ms=_rounded(exchanges[0].first_token_ms) if exchanges[0].failure is None else None,
        warm_ms=_rounded(second.first_token_ms) if second is not None else None,
        prefix_cache=None if cached is None else cached > 0,
        cached_tokens=cached,
    )


def speed_check(timing: TimingRecord, exchanges: list[Exchange]) -> Check:
    """The line on speed."""
    failure = next((one.failure for one in exchanges if one.failure is not None), None)
    if timing.p50_ms is None:
        reason = failure.sentence if failure is not None else "the answers held no text"
        return Check(False if failure is not None else None, f"  speed: nothing to time: {reason}")
    failed = f"; {timing.failed} failed: {failure.sentence}" if failure is not None else ""
    said = f"p50 {timing.p50_ms:.0f} ms, p95 {timing.p95_ms:.0f} ms to the first content token"
    text = f"  speed: {said} ({plural(timing.requests, 'request')}{failed})"
    return Check(False if failure is not None else None, text)


def prefix_check(timing: TimingRecord) -> Check:
    """The line on the prefix cache."""
    times = f"first token after {timing.cold_ms or 0:.0f} ms, then {timing.warm_ms or 0:.0f} ms for the same prompt"
    if timing.prefix_cache is None:
        return Check(None, f"  prefix cache: {times}; {_HINT}")
    if timing.prefix_cache:
        return Check(good=True, text=f"  prefix cache: works, {timing.cached_tokens:,} tokens came from it; {times}")
    return Check(None, f"  prefix cache: nothing came from it; {times}")


def tokens_of(asked: list[tuple[Request, Exchange]], tiny: Exchange) -> Tokens:
    """What a suggestion takes: the mean of the prompts, and what was written for the tiny one."""
    usages = [exchange.usage for _, exchange in asked]
    prompts = [usage.prompt for usage in usages if usage.prompt is not None]
    counted = len(prompts) == len(usages) and tiny.usage.completion is not None
    cached = [usage.cached for usage in usages if usage.cached is not None]
    guessed = [prompt_tokens(request.body) for request, _ in asked]
    return Tokens(
        prompt=_mean(prompts if counted else guessed),
        written=tiny.usage.completion if counted and tiny.usage.completion else written_tokens(tiny.text),
        cached=_mean(cached) if counted and len(cached) == len(usages) else None,
        counted=counted,
    )


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def plural(count: int, what: str) -> str:
    """A count with its noun."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
