"""One model under examination: key, way, list of models, one request in each role, and a few that are timed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.ports import Exchange
from caretwise.cli.doctor_checks import Check, Examined
from caretwise.cli.doctor_lines import (
    plural,
    prefix_check,
    recorded,
    speed_check,
    stops_check,
    thinking_check,
    timing_of,
    tokens_of,
    usage,
    words,
)
from caretwise.cli.doctor_report import KeyRecord, ModelRecord, RequestRecord
from caretwise.cli.doctor_requests import (
    Tokens,
    dollars,
    limit_of,
    long_inline,
    prompt_tokens,
    suggestion,
    tiny_fix,
    tiny_inline,
)
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Request

_SECONDS = 30.0
_COLD_SECONDS = 90.0
"""A model on a small machine may need a minute for its first long prompt."""


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
            f"sends {plural(len(made), 'request')}, about {tokens.prompt:,.0f} tokens, at most {tokens.written:,.0f} "
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
            if profile.endpoint.serves_any_id:
                said += ". It answers with that whatever id is sent; reports count by the id that you wrote"
                yield Check(None, said, warning=True)
            else:
                yield Check(good=False, text=said, then=f"write an id that the host lists as the model of {source}")

    # -- asking ----------------------------------------------------------------------------------------------------

    async def _role(self, role: Role) -> AsyncIterator[Check]:
        """One tiny request in a role and what it showed; the timed ones after that of ghost text."""
        request = tiny_inline(self.profile) if role is Role.INLINE else tiny_fix(self.profile)
        record, exchange = await self._ask(role, request)
        yield Check(None, f"  {role.value}: sent to {record.address}: {words(record.body)}")
        if exchange.failure is not None:
            yield Check(good=False, text=f"  {role.value}: {exchange.failure.sentence}")
            yield stops_check(role, record)
            return
        said = ""
        if role is Role.INLINE:
            shown = suggestion(exchange.text, self.profile)
            said = f", suggests {shown!r}" if shown is not None else ", but nothing usable was in the answer"
        first = f"{record.first_token_ms:.0f} ms to the first token" if record.first_token_ms is not None else "no text"
        yield Check(good=True, text=f"  {role.value}: answers, {first}{usage(record)}{said}")
        yield thinking_check(role, record)
        yield stops_check(role, record)
        if role is Role.INLINE:
            async for check in self._timing(exchange, request):
                yield check

    async def _ask(self, role: Role, request: Request) -> tuple[RequestRecord, Exchange]:
        self.progress(f"waiting for {self.profile.name} ({role.value})")
        # Read to the end: usage comes last.
        exchange = await self.endpoint.exchange(request, lambda _: False, seconds=_COLD_SECONDS)
        record = recorded(role, request, exchange)
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
            timing = self.record.timing = timing_of(exchanges)
            yield speed_check(timing, exchanges)
            if len(exchanges) > 1 and timing.warm_ms is not None:
                yield prefix_check(timing)
        asked = [(requests[at], one) for at, one in enumerate(exchanges) if one.failure is None]
        yield self._price(tokens_of(asked[1:] or asked or [(tiny_request, tiny)], tiny))

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
