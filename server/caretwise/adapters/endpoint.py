"""Speaks to model hosts: one request, one stream, one deadline. The `openai` package itself is in `openai_client.py`.

The package's habits are fenced in here. It would follow redirects with the prompt, retry on its own, restart its timeout
with every byte, unpack what a host compressed and send `OPENAI_*` variables to whatever host it talks to. So: our own
HTTP client, no retries, one deadline for the whole exchange, a byte limit, no compression, a cleaned environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import os
import time
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from caretwise.adapters.causes import no_files_left
from caretwise.adapters.first_send import FirstSend
from caretwise.adapters.ports import Connection, Exchange
from caretwise.adapters.reading import Reading, end_of_stream, not_a_stream
from caretwise.models.chunk import read
from caretwise.models.error_body import ESSENTIAL
from caretwise.models.failure import Failure, FailureKind, no_key, out_of_time
from caretwise.models.profile import Json, Profile
from caretwise.models.request import Request

if TYPE_CHECKING:
    import openai

MOST_CHARACTERS = 400_000
"""The most characters of an answer's text."""

MOST_SENDS = 2
"""A request is sent this often at the most."""

_LEAKING = ("OPENAI_", "AZURE_OPENAI_")


class OpenAIEndpoint:
    """Every OpenAI-compatible host. One client for each address and key, kept for life: a new one costs 28 ms."""

    def __init__(
        self,
        key_of: Callable[[Profile], str | Failure | Awaitable[str | Failure]],
        *,
        proxy: str = "",
        ca_bundle: str = "",
        forbidden: Callable[[Profile], str] = lambda _: "",
    ) -> None:
        """`key_of` looks up a profile's key ("" when there is none), `forbidden` says why a host must not be asked."""
        self._key_of, self._forbidden = key_of, forbidden
        self._proxy, self._ca_bundle = proxy, ca_bundle
        self._clients: dict[tuple[str, str], openai.AsyncOpenAI] = {}
        self._loading: asyncio.Future[ModuleType] | None = None
        self._refused: dict[tuple[str, str, str], frozenset[str]] = {}
        """Body fields that a host refused, by address, model and role; for this session."""
        self._first = FirstSend()

    async def warm(self) -> Any:
        """Import the client library (about a second) in a thread; the first request waits for it if it must.

        A `Failure` when it cannot be imported; the next request tries again.
        """
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, _import_library)
        loading = self._loading
        try:
            return await asyncio.shield(loading)
        except Exception as error:
            # Whatever keeps a package of others from being imported, this one has to live on without it.
            self._loading = None if self._loading is loading else self._loading
            return _not_loaded(error)

    async def ready(self, profile: Profile) -> None:
        """Make the client for a profile ahead of its first request. Nothing is sent; a missing key is no trouble yet."""
        library = await self.warm()
        key = await self._key(profile)
        if isinstance(key, str):
            await self._client(library, profile, key)

    async def exchange(
        self, request: Request, on_text: Callable[[str], bool], *, seconds: float, first_seconds: float = 0.0
    ) -> Exchange:
        """See `ports.Endpoint.exchange`."""
        reading, since = Reading(), time.monotonic()
        loop = asyncio.get_running_loop()
        start, longest = loop.time(), max(seconds, first_seconds)
        profile = request.profile
        if request.refused:
            return reading.ended(since, Failure(FailureKind.BAD_REQUEST, request.refused))
        try:
            async with asyncio.timeout_at(start + longest) as limit:
                key = await self._key(profile)
                if isinstance(key, Failure):
                    return reading.ended(since, key)

                def taken(text: str) -> bool:
                    if longest > seconds and limit.when() == start + longest:
                        # The first text is there: what is left is the time for writing.
                        now = loop.time()
                        limit.reschedule((start if now - start <= seconds else now) + seconds)
                    return on_text(text)

                async with self._first.turn(_about(request)):
                    failure = await self._read(request, key, reading, taken, since)
        except TimeoutError:
            failure = out_of_time(profile, time.monotonic() - since)
        return reading.ended(since, failure)

    async def _read(
        self, request: Request, key: str, reading: Reading, on_text: Callable[[str], bool], since: float
    ) -> Failure | None:
        """Read the stream into `reading`; what can be mended is tried a second time, once and at once."""
        library = await self.warm()
        if isinstance(library, Failure):
            return library
        for sends in range(1, MOST_SENDS + 1):
            body = self._body(request)
            reading.left_out = tuple(sorted(request.body.keys() - body.keys()))
            try:
                return await self._read_once(library, request, body, key, reading, on_text, since)
            except Exception as error:
                # Whatever a host sends and whatever the libraries make of it, only this suggestion is lost.
                failure: Failure = library.failure_of(error, request.profile, body)
                dropped = failure.kind is FailureKind.OFFLINE and library.was_dropped(error)
                again = self._learn(request, body, failure) or dropped
                if reading.opened or sends == MOST_SENDS or not again:
                    return failure
        raise AssertionError("the last attempt always returns")

    def _body(self, request: Request) -> Json:
        """The body without what the host has refused. The cache's key is the whole body's: this host gets no other."""
        refused = self._refused.get(_about(request), frozenset())
        return {name: value for name, value in request.body.items() if name not in refused}

    def _learn(self, request: Request, body: Json, failure: Failure) -> bool:
        """Whether the host named a field that the request can do without; it is not sent again in this session."""
        field = failure.refused_field
        if failure.kind is not FailureKind.BAD_REQUEST or field not in body or field in ESSENTIAL:
            return False
        about = _about(request)
        self._refused[about] = self._refused.get(about, frozenset()) | {field}
        return True

    async def _read_once(
        self,
        library: Any,
        request: Request,
        body: Json,
        key: str,
        reading: Reading,
        on_text: Callable[[str], bool],
        since: float,
    ) -> Failure | None:
        client = await self._client(library, request.profile, key)
        stream = await library.open_stream(client, request.address, body)
        async with stream:
            reading.opened = True
            self._first.taken(_about(request))
            content_type = stream.response.headers.get("content-type", "")
            if not content_type.lower().startswith("text/event-stream"):
                return not_a_stream(request.profile, content_type)
            async for event in stream:
                piece = read(event, request.profile.reasoning_fields())
                if piece is None:
                    continue
                reading.take(piece, since)
                if len(reading.text) > MOST_CHARACTERS:
                    return Failure(FailureKind.TOO_LARGE, f"{request.profile.host} wrote far more than was asked for.")
                if piece.text and on_text(reading.text):
                    reading.finish = "enough"
                    return None
        return end_of_stream(reading, request)

    async def _key(self, profile: Profile) -> str | Failure:
        """The key, or why nothing is sent: there is none, or the host is not one that the user allows."""
        fault = self._forbidden(profile)
        if fault:
            return Failure(FailureKind.NOT_OWN, f"{profile.name} is not asked: {fault}.")
        found = self._key_of(profile)
        key = found if isinstance(found, str | Failure) else await found
        return no_key(profile) if key == "" and profile.endpoint.key_needed else key

    async def _client(self, library: Any, profile: Profile, key: str) -> openai.AsyncOpenAI:
        """The client for an address and key. Made in a thread: reading the system's certificates takes its time."""
        known = self._clients.get((profile.base_url, key))
        if known is None:
            make = functools.partial(library.make_client, profile, key, self._proxy, self._ca_bundle)
            made = await asyncio.get_running_loop().run_in_executor(None, make)
            known = self._clients.setdefault((profile.base_url, key), made)
        return known

    async def list_models(self, profile: Profile, *, seconds: float) -> list[str] | Failure:
        """See `ports.Endpoint.list_models`."""
        found = await self.owners(profile, seconds=seconds)
        return found if isinstance(found, Failure) else sorted(found)

    async def owners(self, profile: Profile, *, seconds: float) -> dict[str, str] | Failure:
        """The ids that the host lists, each with what it says of who owns it: servers of one's own name themselves there."""
        library = await self.warm()
        if isinstance(library, Failure):
            return library
        try:
            async with asyncio.timeout(seconds):
                key = await self._key(profile)
                if isinstance(key, Failure):
                    return key
                return await library.model_list(await self._client(library, profile, key))
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, f"{profile.host} took longer than {seconds:.0f} s to list its models.")
        except Exception as error:
            # A listing is a courtesy: whatever goes wrong is said and nothing else happens.
            return library.failure_of(error, profile)

    async def connection(self, profile: Profile, *, seconds: float) -> Connection | Failure:
        """How the host is reached: proxy and TLS, seen with a request that holds neither a key nor a body."""
        if fault := self._forbidden(profile):
            return Failure(FailureKind.NOT_OWN, f"{profile.name} is not asked: {fault}.")
        library = await self.warm()
        if isinstance(library, Failure):
            return library
        try:
            async with asyncio.timeout(seconds):
                return await library.connection(profile, self._proxy, self._ca_bundle)
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, f"{profile.host} took longer than {seconds:.0f} s to connect.")
        except Exception as error:
            # As for a listing: it is said and nothing else happens.
            return library.failure_of(error, profile)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()


def _about(request: Request) -> tuple[str, str, str]:
    return request.profile.base_url + request.path, request.profile.model, request.role.value


def _not_loaded(error: Exception) -> Failure:
    """Why no model can be asked: the library that does it is not there."""
    if (found := no_files_left(error)) is not None:
        return found
    sentence = (
        f"The package openai, which asks models, cannot be loaded ({type(error).__name__}). Install caretwise anew, with "
        "its dependencies; it is tried again with the next request."
    )
    return Failure(FailureKind.INTERNAL, sentence)


def _import_library() -> ModuleType:
    """Import `openai_client.py` in an environment that holds nothing of the package's."""
    for name in [name for name in os.environ if name.startswith(_LEAKING)]:
        _HIDDEN[name] = os.environ.pop(name)
    for name in _LATE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    return importlib.import_module("caretwise.adapters.openai_client")


_LATE = ("anyio._backends._asyncio", "anyio._core._sockets", "anyio._core._synchronization", "anyio.streams.memory")
"""What the HTTP library imports with its first request (60 ms): imported here, so that no keystroke waits for it."""

_HIDDEN: dict[str, str] = {}


def whole_environment() -> dict[str, str]:
    """The environment as the user set it, with what was taken out, for another caretwise process."""
    return {**os.environ, **_HIDDEN}


def hidden_variable(name: str) -> str:
    """The value of an `OPENAI_*` variable that was taken out of the environment (a user's key may be one)."""
    return _HIDDEN.get(name, "")
