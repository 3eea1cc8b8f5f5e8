"""One model under examination: key, way, list of models, one request in each role, and a few that are timed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.ports import Exchange
from caretwise.cli.doctor_checks import Check, Examined
from caretwise.cli.doctor_report import KeyRecord, ModelRecord, RequestRecord, TimingRecord
from caretwise.cli.doctor_requests import (
    Tokens,
    address,
    dollars,
    limit_of,
    long_inline,
    percentile,
    prompt_tokens,
    suggestion,
    tiny_fix,
    tiny_inline,
    without_text,
    written_tokens,
)
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Request

_SECONDS = 30.0
_COLD_SECONDS = 90.0
"""A model on a small machine may need a minute for its first long prompt."""

_HINT = (
    "the host does not say how much came from its cache (vLLM does with --enable-prompt-tokens-details, SGLang with "
    "--enable-cache-report)"
)


@dataclass
class Examination:
    """What is known of one model; `record` fills as the checks come."""

    profile: Profile
    endpoint: OpenAIEndpoint
    examined: Examined
    timed: int
    """Requests that are timed; 0 for none."""
    progress: Callable[[str], None]
    """Called with what is waited for, before each wait."""
    record: ModelRecord

    # -- before anything is asked ----------------------------------------------------------------------------------

    async def checks(self) -> AsyncIterator[Check]:
        """All lines about this model, in order."""
        profile, record = self.profile, self.record
        yield Check(None, f"model {profile.name}: {profile.model} at {profile.base_url}")
        yield Check(None, f"  family {profile.family.title}, spoken to as {profile.endpoint.name}, "
                          f"checked {profile.endpoint.checked_on}")  # fmt: skip
        if (line := await self._key()) is not None:
            yield line
        reachable = record.key.found or not profile.endpoint.key_needed
        wanted = [role for role in Role if getattr(self.examined.loaded.settings, role.value) == profile.name]
        tested = [role for role in wanted if reachable and not profile.cannot(role)]
        if tested:
            yield Check(None, f"  {self._cost(tested)}")
        if reachable:
            async for check in self._host():
                yield check
        for role in Role:
            if role not in wanted:
                yield Check(None, f"  {role.value}: not configured for {profile.name}, not tested")
            elif profile.cannot(role):
                yield Check(
                    good=False, text=f"  {role.value}: {profile.cannot(role)}", then=_elsewhere(role, self.examined)
                )
            elif not reachable:
                yield Check(None, f"  {role.value}: not tested without a key")
            else:
                async for check in self._role(role):
                    yield replace(check, then=check.then or self._blame())

    def _blame(self) -> str:
        return f"correct {self.examined.source_of(self.profile)}, or see to the host, as the first FAIL says"

    async def _key(self) -> Check | None:
        """Whether there is a key, and where it comes from."""
        profile, record = self.profile, self.record
        source = self.examined.keys.source(profile)
        if source.kind in {"command", "keyring"}:
            self.progress(f"asking {source.words} for the key")
        found = self.examined.keys(profile)
        key = found if isinstance(found, str | Failure) else await found
        record.key = KeyRecord(source.kind, source.words, bool(key) and not isinstance(key, Failure))
        if source.kind == "none":
            return None
        if isinstance(key, Failure):
            return Check(good=False, text=f"  key: {key.sentence}", then=f"see to the key of {profile.name}")
        elsewhere = "" if source.kind != "variable" else " (an editor may have another one)"
        if key:
            # A key that is there for this terminal may be missing where the editor is started.
            note = " in this environment; an editor started elsewhere may lack it" if elsewhere else ""
            return Check(good=True, text=f"  key: {source.words} found{note}")
        good = False if profile.endpoint.key_needed else None
        state = f"not set in this environment{elsewhere}"
        return Check(good, f"  key: {source.words} {state}", f"set {source.words} to the key for {profile.host}")

    def _cost(self, roles: list[Role]) -> str:
        """How many requests will be sent, with how many tokens, for how much at most."""
        made = list[Request]()
        if Role.INLINE in roles:
            made.append(tiny_inline(self.profile))
            made += [long_inline(self.profile, "0" * 12, 0)] * self.timed
        if Role.FIX in roles:
            made.append(tiny_fix(self.profile))
        tokens = Tokens(
            sum(prompt_tokens(one.body) for one in made), sum(limit_of(one.body) for one in made), None, counted=False
        )
        cost = dollars(dict(self.profile.price()), tokens)
        money = "its price is not known" if cost is None else f"${cost:.4f} at the most"
        return (
            f"sends {_plural(len(made), 'request')}, about {tokens.prompt:,.0f} tokens, at most {tokens.written:,.0f} "
            f"back: {money}; no code of yours"
        )

    async def _host(self) -> AsyncIterator[Check]:
        """The way to the host, and whether it has the model."""
        profile = self.profile
        self.progress(f"connecting to {profile.host}")
        way = await self.endpoint.connection(profile, seconds=_SECONDS)
        if isinstance(way, Failure):
            yield Check(None, f"  way: {way.sentence}")
        else:
            self.record.connection = asdict(way)
            through = f"through the proxy {way.proxy}" if way.proxy else "straight, no proxy"
            secured = (
                f"{way.tls}; certificate by {way.issuer or 'nobody'} until {way.expires}, trusted: {way.authorities}"
            )
            yield Check(None, f"  way: {through}; {secured if way.tls else 'plain HTTP, not encrypted'}")
        listed = await self.endpoint.list_models(profile, seconds=_SECONDS)
        if isinstance(listed, Failure):
            yield Check(None, f"  the host's list of models: {listed.sentence}")
        elif listed and profile.model not in listed:
            said = f"  {profile.host} does not list {profile.model!r}; it lists: {', '.join(listed[:12])}"
            source = self.examined.source_of(profile)
            yield Check(good=False, text=said, then=f"write an id that the host lists as the model of {source}")

    # -- asking ----------------------------------------------------------------------------------------------------

    async def _role(self, role: Role) -> AsyncIterator[Check]:
        """One tiny request in a role and what it showed; the timed ones after that of ghost text."""
        request = tiny_inline(self.profile) if role is Role.INLINE else tiny_fix(self.profile)
        record, exchange = await self._ask(role, request)
        yield Check(None, f"  {role.value}: sent to {record.address}: {_words(record.body)}")
        if exchange.failure is not None:
            yield Check(good=False, text=f"  {role.value}: {exchange.failure.sentence}")
            yield _stops(role, record)
            return
        said = ""
        if role is Role.INLINE:
            shown = suggestion(exchange.text, self.profile)
            said = f", suggests {shown!r}" if shown is not None else ", but nothing usable was in the answer"
        first = f"{record.first_token_ms:.0f} ms to the first token" if record.first_token_ms is not None else "no text"
        yield Check(good=True, text=f"  {role.value}: answers, {first}{_usage(record)}{said}")
        yield _thinking(role, record)
        yield _stops(role, record)
        if role is Role.INLINE:
            async for check in self._timing(exchange, request):
                yield check

    async def _ask(self, role: Role, request: Request) -> tuple[RequestRecord, Exchange]:
        self.progress(f"waiting for {self.profile.name} ({role.value})")
        # Read to the end: usage comes last.
        exchange = await self.endpoint.exchange(request, lambda _: False, seconds=_COLD_SECONDS)
        record = _recorded(role, request, exchange)
        self.record.requests.append(record)
        return record, exchange

    async def _timing(self, tiny: Exchange, tiny_request: Request) -> AsyncIterator[Check]:
        """A long prompt twice, then with other ends: what a cache saves, how long a first token takes, what it costs."""
        nonce, exchanges = secrets.token_hex(6), list[Exchange]()
        requests = [long_inline(self.profile, nonce, max(0, number - 1)) for number in range(self.timed)]
        for number, request in enumerate(requests, 1):
            self.progress(f"timing {self.profile.name}: {number} of {self.timed}")
            exchanges.append(await self.endpoint.exchange(request, lambda _: False, seconds=_COLD_SECONDS))
            if exchanges[-1].failure is not None and exchanges[-1].failure.kind is FailureKind.RATE_LIMITED:
                break
        if exchanges:
            timing = self.record.timing = _timed(exchanges)
            yield _speed(timing, exchanges)
            if len(exchanges) > 1 and timing.warm_ms is not None:
                yield _prefix(timing)
        asked = [(requests[at], one) for at, one in enumerate(exchanges) if one.failure is None]
        yield self._price(_tokens(asked[1:] or asked or [(tiny_request, tiny)], tiny))

    def _price(self, tokens: Tokens) -> Check:
        price = dict(self.profile.price())
        self.record.price = price or None
        cost = self.record.per_1000_suggestions = dollars(price, tokens, 1000)
        cached = "how many cached is not known" if tokens.cached is None else f"{tokens.cached:,.0f} of them cached"
        by = "counted by the host" if tokens.counted else "estimated"
        self.record.per_1000_basis = (
            f"{tokens.prompt:,.0f} prompt tokens ({cached}), {tokens.written:,.0f} written, {by}"
        )
        said = "not known, as its prices are not" if cost is None else f"${cost:.2f}"
        return Check(None, f"  price of 1,000 suggestions: {said} ({self.record.per_1000_basis})")


def _elsewhere(role: Role, examined: Examined) -> str:
    """What to do about a model that cannot serve the role it is configured for."""
    how = f"name another model as {role.value} in {examined.file}, or none"
    name = examined.loaded.environment_model
    return f"unset CARETWISE_MODEL (it serves both roles) and {how}" if name else how


def _recorded(role: Role, request: Request, exchange: Exchange) -> RequestRecord:
    failure, usage = exchange.failure, exchange.usage
    return RequestRecord(
        role=role.value,
        address=address(request),
        body=without_text(request.body),
        failure=failure.kind.value if failure is not None else "",
        # What the host refused now, or had refused and was left out.
        refused=failure.refused_field if failure is not None else ", ".join(getattr(exchange, "left_out", ())),
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


def _words(body: dict[str, object]) -> str:
    return ", ".join(f"{key}={_word(value)}" for key, value in body.items())


def _word(value: object) -> str:
    if isinstance(value, list) and len(value) > 3:
        return f"[{len(value)} of them]"
    return str(value)


def _usage(record: RequestRecord) -> str:
    if record.prompt_tokens is None:
        return ", usage not said"
    cached = "" if record.cached_tokens is None else f" ({record.cached_tokens} cached)"
    return f", {record.prompt_tokens}{cached} + {record.completion_tokens} tokens"


def _thinking(role: Role, record: RequestRecord) -> Check:
    """Whether the model does with its thinking what it was asked to."""
    if record.thinking_asked == "off" and record.thinking_seen:
        return Check(good=False, text=f"  {role.value}: the model still thinks although it was asked not to")
    seen = "thinking came back" if record.thinking_seen else "none came back"
    if not record.thinking_asked:
        return Check(None, f"  {role.value}: thinking: this host has no switch that is known; {seen}")
    good = True if record.thinking_asked == "off" else None
    return Check(good, f"  {role.value}: thinking: asked {record.thinking_asked}, {seen}")


def _stops(role: Role, record: RequestRecord) -> Check:
    """Whether the host takes as many stop strings as its profile says."""
    if record.refused:
        return Check(None, f"  {role.value}: the host refused the parameter {record.refused}")
    if not record.stops_sent:
        return Check(None, f"  {role.value}: no stop strings are sent to this host")
    state = "not known, the request failed" if record.failure else "taken, as the profile says"
    return Check(None, f"  {role.value}: {_plural(record.stops_sent, 'stop string')} sent: {state}")


def _timed(exchanges: list[Exchange]) -> TimingRecord:
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


def _speed(timing: TimingRecord, exchanges: list[Exchange]) -> Check:
    failure = next((one.failure for one in exchanges if one.failure is not None), None)
    if timing.p50_ms is None:
        reason = failure.sentence if failure is not None else "the answers held no text"
        return Check(False if failure is not None else None, f"  speed: nothing to time: {reason}")
    failed = f"; {timing.failed} failed: {failure.sentence}" if failure is not None else ""
    said = f"p50 {timing.p50_ms:.0f} ms, p95 {timing.p95_ms:.0f} ms to the first content token"
    text = f"  speed: {said} ({_plural(timing.requests, 'request')}{failed})"
    return Check(False if failure is not None else None, text)


def _prefix(timing: TimingRecord) -> Check:
    times = f"first token after {timing.cold_ms or 0:.0f} ms, then {timing.warm_ms or 0:.0f} ms for the same prompt"
    if timing.prefix_cache is None:
        return Check(None, f"  prefix cache: {times}; {_HINT}")
    if timing.prefix_cache:
        return Check(good=True, text=f"  prefix cache: works, {timing.cached_tokens:,} tokens came from it; {times}")
    return Check(None, f"  prefix cache: nothing came from it; {times}")


def _tokens(asked: list[tuple[Request, Exchange]], tiny: Exchange) -> Tokens:
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


def _plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
