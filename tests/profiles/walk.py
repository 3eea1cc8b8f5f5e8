"""The end-to-end walk: one profile, its host's double, the real engine. Gives the first complaint, or "" when all is well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.doubles import Exchange, ModelDouble, Pace
from tests.doubles.answers import Body, prompt_text
from tests.doubles.chat_host import Host
from tests.doubles.understood import Understood
from tests.engine.conftest import Bench
from tests.profiles.cases import UNSAID, Case, Want

from caretwise.engine.fix import Fix
from caretwise.engine.offer import Facts, Offer, Silence
from caretwise.models.catalog import Catalog, ModelChoice
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build
from caretwise.repair.finding import Finding
from caretwise.text.edit import apply_edits
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

HEAD = "".join(
    f"LIMIT_{number} = {number * 7}  # the limit of the kind {number}, in units of its own\n" for number in range(180)
)
"""A file's beginning that is longer than what any host needs to cache a prefix (2,048 tokens)."""

REST = "\n\n\nprint(area(2, 3))\n"
"""What stands after the cursor. A model that did not get to see it writes something else."""

GHOST = "width * height"
FIXED = "    return width * height\n"
_BROKEN = "def area(width, height):\n    return width * heigth\n"
_FIX = f"The name is misspelt.\n\n<<<<<<< SEARCH\n    return width * heigth\n=======\n{FIXED}>>>>>>> REPLACE\n"
_TAIL = "\n\n\n" + "def more(one):\n    return one\n\n\n" * 40

STOPS = ("\n\n", "\nclass ", "a stop string that has forty-one bytes, no", "</completion>", "\ndef ", "END", "STOP")
"""More stop strings than most hosts take, one of them blank and one longer than Moonshot's 32 bytes."""


class ComplaintError(Exception):
    """What is wrong, in a sentence."""


def hold(condition: object, complaint: str) -> None:
    """Complain unless `condition`."""
    if not condition:
        raise ComplaintError(complaint)


@dataclass
class Answers:
    """What every double says. With `tail` the model goes on after the suggestion, as models do."""

    tail: bool = False

    def __call__(self, body: Body) -> str:
        prompt = prompt_text(body)
        if "SEARCH" not in prompt and REST.strip() not in prompt:
            return "nothing"
        if "messages" not in body:
            return GHOST + (_TAIL if self.tail else "")
        if "SEARCH" in prompt:
            return _FIX
        return f"    return {GHOST}" + (_TAIL if self.tail else "")


@dataclass(frozen=True)
class HoldFrom(Pace):
    """From a piece on nothing more is written, until the client goes."""

    piece: int

    async def before(self, index: int, exchange: Exchange) -> None:
        if index >= self.piece:
            await exchange.until_hung_up()


@contextmanager
def catalog_in_use(catalog: Catalog) -> Iterator[None]:
    """The engine sees `catalog` instead of the one that ships, and has no index: what a host is sent is the matter here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("caretwise.adapters.configured_models.catalog", lambda: catalog)
        patch.setattr("caretwise.adapters.index._process", _no_process)
        yield


@contextmanager
def keys(**values: str) -> Iterator[None]:
    """The environment holds these keys and no other of ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CARETWISE_API_KEY", "MOONSHOT_API_KEY", "VLLM_API_KEY", "SGLANG_API_KEY", "LLAMA_API_KEY"):
            patch.delenv(name, raising=False)
        for name, value in values.items():
            patch.setenv(name, value)
        yield


def _no_process() -> Any:
    raise OSError("no process")


async def walk(case: Case, catalog: Catalog, root: Path) -> str:
    """Hold a profile to its host's wishes; the first complaint, with what the host said, or "" when there is none."""
    answers = Answers()
    behaviour = case.double(answers)
    with ModelDouble(behaviour) as double:
        try:
            profile = _resolved(case, catalog, getattr(behaviour, "host", None))
            # Nothing but the variable that the host's documentation names is set: the profile must know it.
            with catalog_in_use(catalog), keys(**({case.key_env: case.key} if case.key_env else {})):
                async with _bench(case, profile, double, root) as bench:
                    await _Walk(case, double, bench, answers, behaviour).all()
            if case.without_key:
                behaviour.key = None
                with catalog_in_use(catalog), keys():
                    async with _bench(case, profile, double, root) as bench:
                        await _Walk(case, double, bench, answers, behaviour).inline()
        except (ComplaintError, AssertionError) as complaint:
            # An assertion is the engine's own: it saw data that cannot be.
            said = next((ended.said for ended in reversed(double.ended) if ended.said), "")
            told = f"{complaint}{' | the host said: ' + said if said else ''}"
            return told.replace(f"127.0.0.1:{double.port}", "the host")
    return ""


def _resolved(case: Case, catalog: Catalog, host: Host | None) -> Profile:
    """The profile by its endpoint's name alone where the host has one address; each address alone names the endpoint."""

    paths = host.paths if host is not None else {}

    def profile(**choice: str) -> Profile:
        found = catalog.resolve(ModelChoice(name="m", model=case.model, style=case.style, **choice))
        if isinstance(found, str):
            raise ComplaintError(f"not resolved: {found}")
        return found

    for address in case.addresses:
        named = profile(base_url=address).endpoint.name
        hold(named == case.endpoint, f"{address} alone is spoken to as {named!r}")
    if not case.addresses:
        return profile(endpoint=case.endpoint, base_url="http://127.0.0.1:1/v1")
    own = profile(endpoint=case.endpoint)
    hold(own.base_url == case.addresses[0], f"the profile's own address is {own.base_url!r}")
    for address in case.same:
        other = profile(endpoint=case.endpoint, base_url=address)
        for role in Role:
            asked = urlsplit(other.address(other.route(role))).path
            hold(("POST", asked) in paths, f"with {address} it asks at {asked}")
    return own


@asynccontextmanager
async def _bench(case: Case, profile: Profile, double: ModelDouble, root: Path) -> Any:
    project = root / "project"
    project.mkdir(exist_ok=True)
    base_url = double.origin + urlsplit(profile.base_url).path
    table = {"endpoint": case.endpoint, "model": case.model, "base_url": base_url, "style": case.style}
    lines = [
        'inline = "m"',
        'fix = "m"',
        "debounce_ms = 0",
        "context_tokens = 8000",
        "cache = false",
        "journal = false",
    ]
    lines += ["[models.m]", *(f"{name} = {json.dumps(value)}" for name, value in table.items() if value)]
    (root / "config.toml").write_text("\n".join(lines))
    environ = {
        "CARETWISE_CACHE_DIR": str(root / "cache"),
        "CARETWISE_STATE_DIR": str(root / "state"),
        "CARETWISE_CONFIG": str(root / "config.toml"),
    }
    bench = Bench(project, environ)
    bench.app.start()
    hold(not bench.app.problems, f"the configuration is refused: {bench.app.problems}")
    try:
        yield bench
    finally:
        await bench.app.close()


@dataclass
class _Walk:
    case: Case
    double: ModelDouble
    bench: Bench
    answers: Answers
    behaviour: Any

    async def all(self) -> None:
        """Every stage, the cheap ones first."""
        if self.case.inline is None:
            await self.refused_inline()
        else:
            await self.inline()
            await self.cached()
            await self.related(self.case.inline)
            await self.control()
            await self.enough(self.case.inline)
        await self.fix()
        for role in Role if self.case.inline else (Role.FIX,):
            await self.edge(role)
        await self.eaten()

    async def _suggestion(self, text: str) -> Offer:
        found = await self.bench.app.suggester.suggest(self.bench.ask(text))
        if isinstance(found, Silence):
            raise ComplaintError(f"no suggestion ({found.code}): {found.reason}")
        hold(found.ghost.text == GHOST, f"the suggestion is {found.ghost.text!r}")
        return found

    async def inline(self) -> None:
        """A suggestion arrives exactly, and the host understood what was meant."""
        wanted = self.case.inline
        assert wanted is not None
        offer = await self._suggestion(f"{HEAD}\ndef area(width, height):\n    return ‸{REST}")
        self._understood(wanted, offer.facts)

    async def cached(self) -> None:
        """A second question shares its beginning with the first; what the host had cached of it is known."""
        offer = await self._suggestion(f"{HEAD}\ndef surface(width, height):\n    return ‸{REST}")
        had = self.behaviour.understood[-1].cached
        if self.case.cached:
            hold(had > 0, "nothing of the prompt was cached: its beginning changed")
            hold(offer.facts.usage.cached == had, f"{had} tokens were cached, read as {offer.facts.usage.cached}")
        else:
            hold(offer.facts.usage.cached is None, "cached tokens were made up")

    async def related(self, wanted: Want) -> None:
        """Code of another file that the document imports is among what the host gets to see."""
        (self.bench.root / "shapes.py").write_text("class Shape:\n    def area(self) -> float: ...\n")
        ask = self.bench.ask(f"from shapes import Shape\n\n\ndef area(width, height):\n    return ‸{REST}", "c.py")
        self.bench.documents[:] = [ask.snapshot]
        self.bench.app.opened(ask.snapshot)
        await self.bench.app.settle()
        found = await self.bench.app.suggester.suggest(ask)
        hold(isinstance(found, Offer), f"no suggestion with a related file: {found}")
        seen = prompt_text(self.double.requests[-1].json)
        for text in wanted.shows:
            hold(text in seen, f"the prompt does not show {text!r}")

    async def edge(self, role: Role) -> None:
        """Stop strings without end, and a limit without measure: what is sent is what the host takes."""
        profile = self.bench.app.profiles["m"]
        if self.case.limit:
            profile = replace(profile, max_tokens={"inline": self.case.limit})
        ask = Ask(role, (("user", f"SEARCH {REST}"),), prefix="def area(", suffix=REST, stops=STOPS)
        exchange = await self.bench.app.endpoint.exchange(build(profile, ask), lambda _: False, seconds=10)
        hold(exchange.failure is None, f"refused at the edge: {exchange.failure and exchange.failure.sentence}")
        own = self.case.inline.stops if self.case.inline and role is Role.INLINE else ()
        stops = [stop for stop in self.behaviour.understood[-1].stops if stop not in own]
        hold(bool(stops) == (role in self.case.stops), f"stop strings that reached the host: {stops}")

    async def control(self) -> None:
        """Text that the model would read as an order is not sent over a route that lays the prompt out itself."""
        profile = self.bench.app.profiles["m"]
        for token in self.case.control:
            request = build(profile, Ask(Role.INLINE, prefix=f"order = '{token}'\n", suffix="\n"))
            hold(request.refused and not request.body, f"text with {token} would be sent")

    async def enough(self, wanted: Want) -> None:
        """The model writes on after the suggestion is whole: the stream is closed."""
        pace, asked = self.behaviour.pace, len(self.double.requests)
        self.answers.tail, self.behaviour.pace = True, HoldFrom(wanted.thoughts + 24)
        await self._suggestion(f"{HEAD}\ndef extent(width, height):\n    return ‸{REST}")
        # The stream before may still be ending.
        await _until(self.double, asked + 1)
        last = self.double.requests[-1]
        closed = any(ended.hung_up for ended in self.double.ended if ended.request is last)
        hold(closed, "the stream was not closed when enough had come")
        self.answers.tail, self.behaviour.pace = False, pace

    async def refused_inline(self) -> None:
        """No ghost text from a model that cannot stop thinking: said, and nothing asked."""
        found = await self.bench.app.suggester.suggest(
            self.bench.ask(f"{HEAD}\ndef area(width, height):\n    return ‸{REST}")
        )
        hold(isinstance(found, Silence), "a model that cannot stop thinking wrote ghost text")
        hold(not self.double.requests, "a model that cannot stop thinking was asked for ghost text")
        assert isinstance(found, Silence)
        hold("thinking" in found.reason or "effort" in found.reason, f"the reason does not say why: {found.reason}")

    async def fix(self) -> None:
        """A fix arrives, checked; thinking as wanted, with room for it."""
        text = f"{HEAD}\n{_BROKEN}"
        snapshot = Snapshot.of(text, uri=(self.bench.root / "b.py").as_uri(), language_id="python", version=1)
        line = text.count("\n") - 1
        finding = Finding(Range(Position(line, 19), Position(line, 25)), "undefined name 'heigth'")
        found = await self.bench.app.fixer.fix(snapshot, finding, by_path("b.py"), "b.py", progress=lambda _: None)
        if not isinstance(found, Fix):
            raise ComplaintError(f"no fix ({found.code}): {found.reason}")
        fixed = apply_edits(snapshot, found.edits).text
        hold(fixed == text.replace("heigth", "height"), "the fix is not the one that the model wrote")
        self._understood(self.case.fix, found.facts)

    async def eaten(self) -> None:
        """A model that thinks whatever it was told, until its limit: told as such where the host shows thoughts."""
        if not _shows(self.behaviour):
            return
        profile = replace(self.bench.app.profiles["m"], max_tokens={"fix": 40})
        request = build(profile, Ask(Role.FIX, (("user", "SEARCH"),)))
        with pytest.MonkeyPatch.context() as patch:
            if hasattr(self.behaviour, "host"):
                patch.setattr(self.behaviour, "thinks", lambda body, route: True)
            exchange = await self.bench.app.endpoint.exchange(request, lambda _: False, seconds=10)
        kind = exchange.failure.kind.value if exchange.failure else "nothing"
        hold(kind == "thinking_only", f"thinking that ate the budget was told as {kind}")
        hold(not exchange.text, "thoughts reached the text")
        hold(exchange.reasoning > 0, "the thoughts that the host shows were not seen, only the tokens that they took")

    def _understood(self, wanted: Want, facts: Facts) -> None:
        taken: Understood = self.behaviour.understood[-1]
        body = self.double.requests[-1].json
        hold(taken.path == wanted.path, f"asked at {taken.path}")
        hold(taken.thinking == wanted.thinking, f"the model {'thought' if taken.thinking else 'did not think'}")
        hold(taken.model == self.case.model, f"the model asked for was {taken.model!r}")
        hold(taken.limit is not None, "no token limit reached the host")
        assert taken.limit is not None
        hold(wanted.least <= taken.limit <= wanted.most, f"the token limit was {taken.limit}")
        hold(not taken.ignored, f"the host does not look at {', '.join(taken.ignored)}")
        if wanted.sampling is not None:
            hold(taken.sampling == wanted.sampling, f"sampling that reached the host: {dict(taken.sampling)}")
        for stop in wanted.stops:
            hold(stop in taken.stops, f"{stop} does not stop the answer")
        for name, value in wanted.holds.items():
            hold(body.get(name) == value, f"{name} is {body.get(name)!r} and not {value!r}")
        hold(facts.usage.prompt and facts.usage.completion, f"tokens were not counted: {facts.usage}")
        told = None if wanted.told == UNSAID else wanted.thinking
        hold(facts.thinking is told, f"the journal says of thinking: {facts.thinking}")


def _shows(behaviour: Any) -> bool:
    """Whether the model thinks, and its host shows it."""
    shown = behaviour.host.reasoning_field if hasattr(behaviour, "host") else "reasoning"
    return bool(behaviour.reasoning and shown)


async def _until(double: ModelDouble, ends: int) -> None:
    """Wait, off the event loop, until so many requests are over."""
    await asyncio.get_running_loop().run_in_executor(
        None, lambda: double.wait_until(lambda one: len(one.ended) >= ends)
    )
