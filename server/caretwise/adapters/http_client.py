"""The HTTP client under every request: no redirects, no compression, a limit on bytes, the user's proxy and authorities."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from caretwise.adapters.causes import no_files_left
from caretwise.adapters.ports import Connection
from caretwise.adapters.route import proxy_fault, proxy_of, shown
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


_NEW = "caretwise.new_connection"


async def _watch(request: httpx2.Request) -> None:
    """Have it noted on the request when a connection is made for it."""

    async def trace(event: str, _: object) -> None:
        if event == "connection.connect_tcp.started":
            request.extensions[_NEW] = True

    request.extensions["trace"] = trace


def new_connection(request: httpx2.Request) -> bool:
    """Whether a connection was made for this request; false when one that stood open was used."""
    return bool(request.extensions.get(_NEW))


def http_client(profile: Profile, proxy: str, ca_bundle: str) -> httpx2.AsyncClient:
    """A client for one host. Raises GuardError when the proxy or the authorities that are named cannot be used."""
    through = proxy_of(profile.base_url, proxy)
    if fault := proxy_fault(through):
        raise GuardError(Failure(FailureKind.OFFLINE, fault))

    async def guard(response: httpx2.Response) -> None:
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding != "identity":
            host = profile.host
            raise GuardError(Failure(FailureKind.BAD_ANSWER, f"{host} compresses its answer, which was not asked for."))
        response.stream = _limited(response.stream, profile)

    # The library would look for a proxy in the environment by itself; it gets the one that `route.py` decided on.
    return httpx2.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=120),
        headers={"accept-encoding": "identity"},
        proxy=through or None,
        verify=_authorities(ca_bundle) if _speaks_tls(profile.base_url, through) else _trusting_nobody(),
        event_hooks={"request": [_watch], "response": [guard]},
    )


async def connection(profile: Profile, proxy: str, ca_bundle: str) -> Connection:
    """How a host is reached. Asks for its base URL, without a key. Raises what the library raises."""
    seen: list[Connection] = []

    async def look(response: httpx2.Response) -> None:
        stream: Any = response.extensions.get("network_stream")
        socket = stream.get_extra_info("ssl_object") if stream is not None else None
        through = proxy_of(profile.base_url, proxy)
        seen.append(_seen(socket, shown(through) if through else "", ca_bundle))

    client = http_client(profile, proxy, ca_bundle)
    client.event_hooks = {**client.event_hooks, "response": [look, *client.event_hooks["response"]]}
    async with client:
        try:
            async with client.stream("GET", profile.base_url):
                pass
        except GuardError:
            # A page that is compressed is of no use, but it was seen how it came.
            pass
    return seen[0]


def _seen(socket: Any, proxy: str, ca_bundle: str) -> Connection:
    if socket is None:
        return Connection(proxy=proxy)
    name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
    authorities = f"those of {name} ({os.environ[name]})" if name else "the system's"
    certificate = socket.getpeercert() or {}
    issuer = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    return Connection(
        proxy=proxy,
        tls=f"{socket.version()}, {socket.cipher()[0]}",
        issuer=issuer.get("organizationName") or issuer.get("commonName") or "",
        expires=certificate.get("notAfter", ""),
        authorities=f"{authorities}, and those in {ca_bundle}" if ca_bundle else authorities,
    )


def _speaks_tls(*addresses: str) -> bool:
    return any(address.lower().startswith("https:") for address in addresses)


def _trusting_nobody() -> ssl.SSLContext:
    """For a way without TLS: reading the authorities takes its time, and their trouble would be none of this way's."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _authorities(ca_bundle: str) -> ssl.SSLContext:
    """The system's certificate authorities (or those of SSL_CERT_FILE, SSL_CERT_DIR), and the user's beside them."""
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)]
    try:
        verify = httpx2.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        raise _unreadable(error, " or ".join(named) or "the system's store of certificates") from error
    try:
        if ca_bundle:
            verify.load_verify_locations(ca_bundle)
    except OSError as error:
        raise _unreadable(error, "ca_bundle in your configuration") from error
    return verify


def _unreadable(error: OSError, what: str) -> Exception:
    """What to raise when certificate authorities cannot be read: a sentence, unless no file at all can be opened."""
    if no_files_left(error) is not None:
        return error
    why = "holds no certificates in PEM form" if isinstance(error, ssl.SSLError) else "names a file that cannot be read"
    return GuardError(Failure(FailureKind.OFFLINE, f"{what} {why}. Correct it; nothing was sent."))


def _limited(stream: Any, profile: Profile) -> httpx2.AsyncByteStream:
    class Limited(httpx2.AsyncByteStream):
        """Counts what comes in before any parser sees it."""

        def __init__(self) -> None:
            self._parts, self._size = aiter(stream), 0

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self

        async def __anext__(self) -> bytes:
            part = await anext(self._parts)
            self._size += len(part)
            if self._size > MOST_BYTES:
                raise GuardError(
                    Failure(FailureKind.TOO_LARGE, f"{profile.host} sent more than {MOST_BYTES >> 20} MiB.")
                )
            return part

        async def aclose(self) -> None:
            # A stream that is left in its middle leaves the library's generator open, to be closed whenever.
            close = getattr(self._parts, "aclose", None)
            if close is not None:
                await close()
            await stream.aclose()

    return Limited()
