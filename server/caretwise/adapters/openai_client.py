"""The one file that imports `openai`: its client, its streams, and what its errors mean in plain words.

Importing this takes about a second; `endpoint.py` does it in a thread, after `initialize` is answered.
"""

from __future__ import annotations

import logging
import math
import time
import traceback
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from caretwise.adapters.causes import causes, no_files_left
from caretwise.adapters.http_client import GuardError, connection, http_client, new_connection
from caretwise.adapters.tls_fault import tls_fault
from caretwise.models.failure import Failure, FailureKind, in_stream, of_status, proxy_wants_password
from caretwise.models.profile import Json, Profile

__all__ = ["connection", "failure_of", "make_client", "model_list", "open_stream", "was_dropped"]

log = logging.getLogger("caretwise.endpoint")

_NO_KEY = "none"
"""What is sent for a key where there is none: the package insists on one, and hosts without keys ignore it."""

JUNK_SECONDS = 30.0
"""The pause for a `Retry-After` that is neither a number nor a date."""


def make_client(profile: Profile, key: str, proxy: str, ca_bundle: str) -> openai.AsyncOpenAI:
    """A client for one address and key; keep it for life. Raises what `http_client` does."""
    return openai.AsyncOpenAI(
        api_key=key or _NO_KEY,
        base_url=profile.base_url,
        max_retries=0,
        http_client=http_client(profile, proxy, ca_bundle),
    )


async def open_stream(client: openai.AsyncOpenAI, path: str, body: Json) -> openai.AsyncStream[object]:
    """Send a request; the events come as decoded JSON, whatever it is."""
    return await client.post(path, cast_to=object, body=body, stream=True, stream_cls=openai.AsyncStream[object])


async def model_list(client: openai.AsyncOpenAI) -> dict[str, str]:
    """Who owns each id under `/models` ("vllm", say; "" when that is not said); what does not look like an id is left out."""
    answer: Any = await client.get("/models", cast_to=object)
    entries = answer.get("data", []) if isinstance(answer, dict) else []
    known = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    return {entry["id"]: owner if isinstance(owner := entry.get("owned_by"), str) else "" for entry in known}


def failure_of(error: Exception, profile: Profile, sent: Iterable[str] = ()) -> Failure:
    """What an exception means, for a request with the body fields `sent`. Nothing that a host sent is repeated."""
    for one in causes(error):
        if isinstance(one, GuardError):
            return one.failure
    if isinstance(error, openai.APIStatusError):
        keyed = error.request.headers.get("authorization") != f"Bearer {_NO_KEY}"
        return of_status(
            error.status_code, error.body, profile, _retry_after(error.response.headers), sent, keyed=keyed
        )
    if (found := no_files_left(error)) is not None:
        return found
    if fault := tls_fault(causes(error), profile.host) or _way_fault(causes(error), profile.host):
        return Failure(FailureKind.OFFLINE, fault)
    if isinstance(error, openai.APIConnectionError):
        return Failure(FailureKind.OFFLINE, f"The connection to {profile.host} broke.")
    if isinstance(error, openai.APIError):
        return in_stream(error.body, profile)
    if isinstance(error, ValueError | RecursionError | httpx2.HTTPError | openai.OpenAIError):
        # Broken JSON and broken UTF-8 are ValueErrors; brackets in brackets without end are a RecursionError.
        return Failure(FailureKind.BAD_ANSWER, f"{profile.host} sent an answer that cannot be read.")
    log.error("%s at %s while an answer was read", type(error).__name__, _place_of(error))
    return Failure(
        FailureKind.INTERNAL, f"caretwise itself failed on an answer ({type(error).__name__}); please report it."
    )


def _way_fault(errors: list[BaseException], host: str) -> str:
    """Why a host was not reached; "" when it was."""
    proxy = next((one for one in errors if isinstance(one, httpx2.ProxyError)), None)
    if proxy is not None and str(proxy).startswith("407"):
        return proxy_wants_password(host)
    if proxy is not None:
        return f"The proxy did not let the request through to {host}. `caretwise doctor` names the proxy."
    if any(isinstance(one, httpx2.InvalidURL) for one in errors):
        return f"base_url names the host {host!r}, which is no name that a host can have. Correct it."
    if any(isinstance(one, httpx2.ConnectTimeout | httpx2.ConnectError) for one in errors):
        return f"{host} cannot be reached. Is the address right, is the server running, is a proxy needed?"
    return ""


def _place_of(error: Exception) -> str:
    """Where an error was raised; its message is left out, it may hold what the host sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def was_dropped(error: Exception) -> bool:
    """Whether a connection that had been kept open turned out closed by the other side (llama.cpp does so)."""
    broken = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
    found = causes(error)
    request = next((one.request for one in found if isinstance(one, openai.APIConnectionError)), None)
    return any(isinstance(one, broken) for one in found) and request is not None and not new_connection(request)


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds to wait, from a number or a date; `JUNK_SECONDS` for anything else that a host may write there."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return JUNK_SECONDS
    return max(0.0, seconds) if math.isfinite(seconds) else JUNK_SECONDS
