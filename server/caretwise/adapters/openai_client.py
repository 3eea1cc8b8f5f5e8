"""The one file that imports `openai`: its client, its streams, and what its errors mean in plain words.

Importing this takes about a second; `endpoint.py` does it in a thread, after `initialize` is answered.
"""

from __future__ import annotations

import logging
import ssl
import time
import traceback
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from caretwise.adapters.http_client import GuardError, connection, http_client
from caretwise.models.failure import Failure, FailureKind, of_status
from caretwise.models.profile import Profile
from caretwise.models.request import Request

__all__ = ["connection", "failure_of", "make_client", "model_list", "open_stream", "was_dropped"]

log = logging.getLogger("caretwise.endpoint")


def make_client(profile: Profile, key: str, proxy: str, ca_bundle: str) -> openai.AsyncOpenAI:
    """A client for one address and key; keep it for life. Raises OSError when `ca_bundle` cannot be read."""
    return openai.AsyncOpenAI(
        # The package insists on a key; hosts without keys ignore it.
        api_key=key or "none",
        base_url=profile.base_url,
        max_retries=0,
        http_client=http_client(profile, proxy, ca_bundle),
    )


async def open_stream(client: openai.AsyncOpenAI, request: Request) -> openai.AsyncStream[object]:
    """Send a request; the events come as decoded JSON, whatever it is."""
    return await client.post(
        request.address, cast_to=object, body=request.body, stream=True, stream_cls=openai.AsyncStream[object]
    )


async def model_list(client: openai.AsyncOpenAI) -> list[str]:
    """The ids under `/models`; what does not look like one is left out."""
    answer: Any = await client.get("/models", cast_to=object)
    entries = answer.get("data", []) if isinstance(answer, dict) else []
    return sorted(entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str))


def failure_of(error: Exception, profile: Profile) -> Failure:
    """What an exception means. Nothing that a host sent is repeated."""
    for one in _causes(error):
        if isinstance(one, GuardError):
            return one.failure
    if isinstance(error, openai.APIStatusError):
        return of_status(error.status_code, error.body, profile, _retry_after(error.response.headers))
    if any(isinstance(one, ssl.SSLError) for one in _causes(error)):
        return Failure(
            FailureKind.OFFLINE,
            f"The certificate of {profile.host} is not trusted, or its TLS cannot be spoken. For an authority of your own "
            "name its file as ca_bundle; behind a proxy that opens TLS, the proxy's.",
        )
    if any(isinstance(one, httpx2.ProxyError) for one in _causes(error)):
        return Failure(
            FailureKind.OFFLINE,
            f"The proxy did not let the request through to {profile.host}. `caretwise doctor` names the proxy.",
        )
    if any(isinstance(one, httpx2.ConnectTimeout | httpx2.ConnectError) for one in _causes(error)):
        return Failure(
            FailureKind.OFFLINE,
            f"{profile.host} cannot be reached. Is the address right, is the server running, is a proxy needed?",
        )
    if isinstance(error, openai.APIConnectionError):
        return Failure(FailureKind.OFFLINE, f"The connection to {profile.host} broke.")
    if isinstance(error, openai.APIError):
        return Failure(FailureKind.SERVER_ERROR, f"{profile.host} reported an error in the middle of its answer.")
    if isinstance(error, OSError):
        return Failure(FailureKind.OFFLINE, "ca_bundle in your configuration names a file that cannot be read.")
    if isinstance(error, ValueError | httpx2.HTTPError | openai.OpenAIError):
        # Broken JSON and broken UTF-8 are ValueErrors.
        return Failure(FailureKind.BAD_ANSWER, f"{profile.host} sent an answer that cannot be read.")
    log.error("%s at %s while an answer was read", type(error).__name__, _place_of(error))
    return Failure(
        FailureKind.INTERNAL, f"caretwise itself failed on an answer ({type(error).__name__}); please report it."
    )


def _place_of(error: Exception) -> str:
    """Where an error was raised; its message is left out, it may hold what the host sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def was_dropped(error: Exception) -> bool:
    """Whether the other side had closed a connection that was kept open."""
    dropped = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
    return any(isinstance(one, dropped) for one in _causes(error))


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 10:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds to wait, from a number or a date; 30 for anything else that a host may write there."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 86_400.0))
    except ValueError:
        pass
    try:
        return max(0.0, min(parsedate_to_datetime(value).timestamp() - time.time(), 86_400.0))
    except (ValueError, TypeError, OverflowError):
        return 30.0
