"""The HTTP client under every request: no redirects, no compression, a limit on bytes, the user's proxy and authorities."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile

MOST_BYTES = 4 * 2**20
"""The most bytes that an answer may have on the wire: a fix of 16,000 tokens, each in an event of its own, has about 3 MB."""

CONNECT_SECONDS = 4.0


class GuardError(Exception):
    """Raised inside the HTTP client when a host breaks a limit; `failure` says which."""

    def __init__(self, failure: Failure) -> None:
        """Carry the failure through the libraries between."""
        super().__init__(failure.kind)
        self.failure = failure


def http_client(profile: Profile, proxy: str, ca_bundle: str) -> httpx2.AsyncClient:
    """A client for one host. Raises OSError or ssl.SSLError when `ca_bundle` cannot be read."""

    async def guard(response: httpx2.Response) -> None:
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding != "identity":
            host = profile.host
            raise GuardError(Failure(FailureKind.BAD_ANSWER, f"{host} compresses its answer, which was not asked for."))
        response.stream = _limited(response.stream, profile)

    verify: ssl.SSLContext | bool = True
    if ca_bundle:
        verify = ssl.create_default_context()
        verify.load_verify_locations(ca_bundle)
    return httpx2.AsyncClient(
        follow_redirects=False,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=120),
        headers={"accept-encoding": "identity"},
        proxy=proxy or None,
        verify=verify,
        event_hooks={"response": [guard]},
    )


def _limited(stream: Any, profile: Profile) -> httpx2.AsyncByteStream:
    class Limited(httpx2.AsyncByteStream):
        """Counts what comes in before any parser sees it."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for part in stream:
                size += len(part)
                if size > MOST_BYTES:
                    raise GuardError(
                        Failure(FailureKind.TOO_LARGE, f"{profile.host} sent more than {MOST_BYTES >> 20} MiB.")
                    )
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Limited()
