"""Speaks to model hosts through the `openai` package: the one file that imports it.

The package's habits are fenced in here. It would follow redirects with the prompt, retry on its own, restart its timeout
with every byte, unpack what a host compressed and send `OPENAI_*` variables to whatever host it talks to. So: our own
HTTP client, no retries, one deadline for the whole exchange, a byte limit, no compression, a cleaned environment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from caretwise.adapters.ports import Exchange
from caretwise.models.chunk import Piece, Usage, read
from caretwise.models.failure import Failure, FailureKind, no_key, of_status
from caretwise.models.profile import Profile
from caretwise.models.request import Request

if TYPE_CHECKING:
    import httpx2
    import openai

log = logging.getLogger("caretwise.endpoint")

MOST_BYTES = 4 * 2**20
"""The most bytes that an answer may have on the wire: a fix of 16,000 tokens, each in an event of its own, has about 3 MB."""

MOST_CHARACTERS = 400_000
"""The most characters of an answer's text."""

CONNECT_SECONDS = 4.0

_LEAKING = ("OPENAI_", "AZURE_OPENAI_")


class GuardError(Exception):
    """Raised inside the HTTP client when a host breaks a limit; `failure` says which."""

    def __init__(self, failure: Failure) -> None:
        """Carry the failure through the libraries between."""
        super().__init__(failure.kind)
        self.failure = failure


@dataclass
class _Reading:
    """An exchange while it runs."""

    text: str = ""
    finish: str = ""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    reasoning: int = 0
    first_token_ms: float | None = None
    events: int = 0

    def take(self, piece: Piece, since: float) -> None:
        if piece.text and self.first_token_ms is None:
            self.first_token_ms = (time.monotonic() - since) * 1000
        self.text += piece.text
        self.reasoning += piece.reasoning
        self.finish = piece.finish or self.finish
        self.usage = piece.usage or self.usage
        self.model = piece.model or self.model
        self.events += 1

    def ended(self, since: float, failure: Failure | None) -> Exchange:
        total = (time.monotonic() - since) * 1000
        return Exchange(self.text, self.finish, failure, self.usage, self.model, self.first_token_ms, total)


class OpenAIEndpoint:
    """Every OpenAI-compatible host. One client for each address and key, kept for life: a new one costs 28 ms."""

    def __init__(self, key_of: Callable[[Profile], str], *, proxy: str = "", ca_bundle: str = "") -> None:
        """`key_of` looks up a profile's key ("" when there is none)."""
        self._key_of = key_of
        self._proxy, self._ca_bundle = proxy, ca_bundle
        self._clients: dict[tuple[str, str], openai.AsyncOpenAI] = {}
        self._loading: asyncio.Future[None] | None = None

    async def warm(self) -> None:
        """Import the client library (about a second) in a thread; the first request waits for it if it must."""
        if self._loading is None:
            loop = asyncio.get_running_loop()
            self._loading = loop.run_in_executor(None, _import_library)
        await asyncio.shield(self._loading)

    async def exchange(self, request: Request, on_text: Callable[[str], bool], *, seconds: float) -> Exchange:
        """See `ports.Endpoint.exchange`."""
        reading, since = _Reading(), time.monotonic()
        profile = request.profile
        key = self._key_of(profile)
        if not key and profile.endpoint.key_needed:
            return reading.ended(since, no_key(profile))
        try:
            async with asyncio.timeout(seconds):
                await self.warm()
                failure = await self._read(request, key, reading, on_text, since)
        except TimeoutError:
            failure = Failure(FailureKind.TIMEOUT, f"{profile.host} took longer than {seconds:.0f} s to answer.")
        return reading.ended(since, failure)

    async def _read(
        self, request: Request, key: str, reading: _Reading, on_text: Callable[[str], bool], since: float
    ) -> Failure | None:
        """Read the stream into `reading`; a connection that an idle server had dropped is tried a second time, once."""
        profile = request.profile
        failure: Failure | None = None
        for attempt in (1, 2):
            try:
                return await self._read_once(request, key, reading, on_text, since)
            except Exception as error:
                # Whatever a host sends and whatever the libraries make of it, only this suggestion is lost.
                failure = _failure_of(error, profile)
                again = failure.kind is FailureKind.OFFLINE and not reading.events and _was_dropped(error)
                if not again or attempt == 2:
                    break
        return failure

    async def _read_once(
        self, request: Request, key: str, reading: _Reading, on_text: Callable[[str], bool], since: float
    ) -> Failure | None:
        import openai  # noqa: PLC0415 - loaded in a thread by then

        client = self._client(request.profile, key)
        stream = await client.post(
            request.path,
            cast_to=object,
            body=request.body,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        async with stream:
            content_type = stream.response.headers.get("content-type", "")
            if not content_type.lower().startswith("text/event-stream"):
                return _not_a_stream(request.profile, content_type)
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
        return _end_of_stream(reading, request)

    def _client(self, profile: Profile, key: str) -> openai.AsyncOpenAI:
        import openai  # noqa: PLC0415 - loaded in a thread by then

        known = self._clients.get((profile.base_url, key))
        if known is None:
            known = openai.AsyncOpenAI(
                # The package insists on a key; hosts without keys ignore it.
                api_key=key or "none",
                base_url=profile.base_url,
                max_retries=0,
                http_client=_http_client(profile, self._proxy, self._ca_bundle),
            )
            self._clients[profile.base_url, key] = known
        return known

    async def list_models(self, profile: Profile, *, seconds: float) -> list[str] | Failure:
        """See `ports.Endpoint.list_models`."""
        key = self._key_of(profile)
        if not key and profile.endpoint.key_needed:
            return no_key(profile)
        try:
            async with asyncio.timeout(seconds):
                await self.warm()
                answer: Any = await self._client(profile, key).get("/models", cast_to=object)
            entries = answer.get("data", []) if isinstance(answer, dict) else []
            return sorted(
                entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)
            )
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, f"{profile.host} took longer than {seconds:.0f} s to list its models.")
        except Exception as error:
            # A listing is a courtesy: whatever goes wrong is said and nothing else happens.
            return _failure_of(error, profile)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()


def _import_library() -> None:
    """Import `openai` with an environment that holds nothing of it."""
    for name in [name for name in os.environ if name.startswith(_LEAKING)]:
        _HIDDEN[name] = os.environ.pop(name)
    import openai  # noqa: F401, PLC0415 - a second of import time: never before `initialize` is answered


_HIDDEN: dict[str, str] = {}


def hidden_variable(name: str) -> str:
    """The value of an `OPENAI_*` variable that was taken out of the environment (a user's key may be one)."""
    return _HIDDEN.get(name, "")


def _http_client(profile: Profile, proxy: str, ca_bundle: str) -> httpx2.AsyncClient:
    import ssl  # noqa: PLC0415 - with the library, off the start-up path

    import httpx2  # noqa: PLC0415

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
    import httpx2  # noqa: PLC0415

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


def _not_a_stream(profile: Profile, content_type: str) -> Failure:
    what = "a web page" if "html" in content_type.lower() else "something else"
    return Failure(
        FailureKind.NOT_A_STREAM,
        f"{profile.host} answered with {what} instead of a stream. Is base_url right (it usually ends in /v1), "
        "and does a login page or proxy stand in between?",
    )


def _end_of_stream(reading: _Reading, request: Request) -> Failure | None:
    profile = request.profile
    if not reading.events:
        return Failure(FailureKind.BAD_ANSWER, f"{profile.host} sent an empty stream.")
    if not reading.text.strip() and reading.reasoning:
        advice = (
            "Give it more room with max_tokens."
            if request.thinking
            else f"It was not switched off: endpoint {profile.endpoint.name!r} is not how this host is spoken to; "
            "set endpoint to the host's own name."
        )
        sentence = f"{profile.model} at {profile.host} spent the whole answer on thinking. {advice}"
        return Failure(FailureKind.THINKING_ONLY, sentence)
    if not reading.finish and profile.endpoint.finish_reason_needed:
        return Failure(FailureKind.CUT, f"The connection to {profile.host} broke in the middle of an answer.")
    return None


def _failure_of(error: Exception, profile: Profile) -> Failure:
    import httpx2  # noqa: PLC0415
    import openai  # noqa: PLC0415

    for one in _causes(error):
        if isinstance(one, GuardError):
            return one.failure
    if isinstance(error, openai.APIStatusError):
        return of_status(error.status_code, error.body, profile, _retry_after(error.response.headers))
    if any(isinstance(one, httpx2.ConnectTimeout | httpx2.ConnectError) for one in _causes(error)):
        return Failure(
            FailureKind.OFFLINE,
            f"{profile.host} cannot be reached. Is the address right, is the server running, is a proxy needed?",
        )
    if isinstance(error, openai.APIConnectionError):
        return Failure(FailureKind.OFFLINE, f"The connection to {profile.host} broke.")
    if isinstance(error, openai.APIError):
        return Failure(FailureKind.SERVER_ERROR, f"{profile.host} reported an error in the middle of its answer.")
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


def _was_dropped(error: Exception) -> bool:
    import httpx2  # noqa: PLC0415

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
