"""The one place where a request body is made. Nothing is sent that the endpoint's profile does not name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from caretwise.models.layout import Extra
from caretwise.models.profile import Json, Profile, Role, RoleDefaults
from caretwise.models.route import CHAT, FIM, INFILL, RAW_FIM, Route

PROMPT_FIELDS = frozenset({"messages", "prompt", "suffix", "input_prefix", "input_suffix", "input_extra"})
"""Body fields that hold the user's text."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be asked: chat `messages` as (role, text), or `prefix` and `suffix`; `stops` in order of importance."""

    role: Role
    messages: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    suffix: str = ""
    extras: tuple[Extra, ...] = ()
    """Text of other files, for routes that take it apart from the prefix."""
    path: str = ""
    """The document's path, relative to the project."""
    comment: str = "#"
    """What begins a comment line in the document's language."""
    stops: tuple[str, ...] = ()
    max_tokens: int | None = None
    """The caller's limit for visible tokens; what the model thinks comes on top where it thinks."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes out: the path below the base URL, and the JSON body."""

    profile: Profile
    path: str
    body: Json
    thinking: bool | None
    """Whether the model was asked, or left, to think; None when the host has no switch for it."""
    role: Role = Role.INLINE
    refused: str = ""
    """Why this must not be sent; "" when it may. A refused request has an empty body."""
    address: str = field(default="")
    """The full address: `path` may lie outside the base URL."""

    def __post_init__(self) -> None:
        """Fill in the address of a path below the base URL."""
        if not self.address:
            object.__setattr__(self, "address", self.profile.base_url + self.path)


def build(profile: Profile, ask: Ask) -> Request:
    """The request for `ask`. Always a stream."""
    route, defaults = profile.route(ask.role), profile.role(ask.role)
    refused = _refusal(profile, route, ask)
    if refused:
        return Request(profile, route.path, {}, None, ask.role, refused, profile.address(route))
    switch, thinking = _thinking(route, defaults)
    body: Json = {"model": profile.model, "stream": True, **_copy(route.always), **_prompt(profile, route, ask)}
    if route.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    body |= switch
    if route.sampling == "free":
        body |= dict(defaults.sampling)
    body[route.token_field] = _limit(profile, ask, route)
    stops = _stops(_wanted_stops(profile, route, ask), route)
    if stops:
        body["stop"] = stops
    allowed = {key: value for key, value in body.items() if key in route.allowed}
    return Request(profile, route.path, allowed, thinking, ask.role, address=profile.address(route))


VARIED_TEMPERATURE = 0.8
"""Where several answers to one prompt are wanted, as tabby-agent samples its second and third."""


def varied(request: Request, number: int) -> Request:
    """The same request for another answer (`number` from 1): sampled more freely, where the host lets one say so."""
    body: Json = dict(request.body)
    if "temperature" in body:
        body["temperature"] = VARIED_TEMPERATURE
    for name in ("seed", "random_seed"):
        if name in body:
            body[name] = number
    return replace(request, body=body)


def _refusal(profile: Profile, route: Route, ask: Ask) -> str:
    """Why the text cannot be sent over the route."""
    layout = profile.family.layout
    if route.api != RAW_FIM or layout is None:
        return ""
    texts = [ask.prefix, ask.suffix, ask.path]
    texts += [text for extra in ask.extras for text in (extra.path, extra.text)]
    token = layout.control_token(texts)
    if not token:
        return ""
    return (
        f"the text holds {token!r}, which {profile.family.title} would read as an order and not as text; "
        "nothing was sent"
    )


def _prompt(profile: Profile, route: Route, ask: Ask) -> Json:
    """The user's text, as the kind of route wants it."""
    if route.api == FIM:
        return {"prompt": ask.prefix, "suffix": ask.suffix}
    if route.api == INFILL:
        extras = [{"filename": extra.path, "text": extra.text} for extra in ask.extras]
        return {"input_prefix": ask.prefix, "input_suffix": ask.suffix, "input_extra": extras}
    if route.api == RAW_FIM:
        layout = profile.family.layout
        assert layout is not None, "profiles take this route only with a layout"
        return {"prompt": layout.render(ask.prefix, ask.suffix, ask.extras, path=ask.path, comment=ask.comment)}
    return {"messages": [{"role": role, "content": text} for role, text in ask.messages]}


def _thinking(route: Route, defaults: RoleDefaults) -> tuple[Json, bool | None]:
    """The fields that switch thinking, and whether thinking was asked for."""
    switch: Json = {}
    if defaults.thinking in {"on", "off"}:
        switch = _copy(route.thinking_on if defaults.thinking == "on" else route.thinking_off)
    if defaults.effort and route.effort_field:
        switch[route.effort_field] = defaults.effort
    known = route.thinking_on or route.thinking_off or route.effort_field
    return switch, defaults.thinks if defaults.thinking and known else None


def _limit(profile: Profile, ask: Ask, route: Route) -> int:
    defaults = profile.role(ask.role)
    limit = profile.max_tokens.get(ask.role.value, defaults.max_tokens)
    # A route that only fills in the middle answers without thinking.
    thinks = defaults.thinks and route.api == CHAT
    if ask.max_tokens is not None and not thinks:
        limit = min(limit, ask.max_tokens)
    return min(limit, route.token_limit) if route.token_limit else limit


def _wanted_stops(profile: Profile, route: Route, ask: Ask) -> Sequence[str]:
    layout = profile.family.layout if route.api == RAW_FIM else None
    return (*ask.stops, *layout.stops) if layout is not None else ask.stops


def _stops(stops: Sequence[str], route: Route) -> list[str]:
    fitting = [
        stop
        for stop in stops
        if (not route.stop_bytes or len(stop.encode("utf-8", "replace")) <= route.stop_bytes)
        and (route.stop_blank or stop.strip())
    ]
    return fitting[: route.stop_limit]


def _copy(fragment: object) -> Json:
    """A deep copy of a JSON fragment, so that no request can change a profile."""
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in dict(fragment).items()}  # type: ignore[call-overload]
