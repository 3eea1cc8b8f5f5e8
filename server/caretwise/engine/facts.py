"""The facts that travel with a suggestion, made in one place."""

from __future__ import annotations

from caretwise.adapters.ports import Exchange
from caretwise.engine.offer import Facts
from caretwise.engine.spending import cost
from caretwise.measure.event import Origin
from caretwise.models.chunk import Usage
from caretwise.models.profile import Profile
from caretwise.models.request import Request


def facts_of(
    request: Request,
    *,
    style: str,
    template: str,
    exchange: Exchange | None = None,
    origin: Origin = "network",
    model_answered: str = "",
) -> Facts:
    """The facts of a request, and of what came back when it has."""
    profile = request.profile
    return Facts(
        model=profile.name,
        model_asked=profile.model,
        model_answered=exchange.model if exchange is not None else model_answered,
        endpoint=profile.endpoint.name,
        host=profile.host,
        style=style,
        template=template,
        thinking=request.thinking,
        origin=origin,
        first_token_ms=exchange.first_token_ms if exchange is not None else None,
        total_ms=exchange.total_ms if exchange is not None else None,
        usage=exchange.usage if exchange is not None else Usage(),
        cost_usd=cost(profile.price(), exchange.usage) if exchange is not None else None,
    )


def name_only(profile: Profile | None) -> Facts:
    """For an event before any request: which model would have been asked."""
    return Facts(model=profile.name, origin="") if profile is not None else Facts()
