"""Makes the requests of a session: what is shown of a place is gathered, and put into a prompt near to the last one's."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from caretwise.complete.length import length
from caretwise.complete.steady import Shown
from caretwise.context.edits import RecentEdit
from caretwise.context.pack import Context
from caretwise.engine.offer import Ask
from caretwise.engine.outside import Outside
from caretwise.engine.prepare import Framed, Prepared, frame, packed, prepare
from caretwise.engine.search import Found, Search
from caretwise.models.profile import Profile
from caretwise.syntax.grammar import Parsed, parse
from caretwise.text.snapshot import Snapshot

SLOW_SECONDS, SHARE = 0.1, 0.02
"""A document whose parse took longer than that is not parsed again before parsing is this share of the time. Some texts that
are no programs take a grammar time with the square of their length (`x=>x=>` in Java: 4 s for 9 kB), and a parse cannot be
stopped."""

_MOST_TREES = 4
"""Documents whose trees are kept: who goes from one to another does not pay for a whole parse each time."""


class Requests:
    """Makes requests, and remembers what the last prompt of each document showed."""

    def __init__(self, outside: Outside) -> None:
        """Nothing is asked or read before a request is wanted."""
        self._outside = outside
        self._parsed: dict[str, tuple[Snapshot, Parsed | None]] = {}
        """The trees of the documents that were asked about last, the newest one last."""
        self._rests: dict[str, float] = {}
        """Documents that are not parsed before a time (monotonic seconds)."""
        self._shown: dict[str, Shown] = {}
        """What the last prompt of each document showed: the next one changes as little of it as it can."""
        self._shown_at: dict[str, int] = {}
        """How many changes of other files had been heard of when that prompt was made."""
        self._by_hand: tuple[Ask, str, asyncio.Task[Prepared]] | None = None
        """The request of somebody who asks by hand, made or being made, and for which model."""
        self._once = 0
        self.edits: Callable[[], Sequence[RecentEdit]] = tuple
        """Gives recent edits that a prompt may show."""

    def forget(self, uri: str) -> None:
        """A document was closed, or what was made for it was for practice."""
        self._shown.pop(uri, None)
        self._shown_at.pop(uri, None)

    def parsed(self, ask: Ask) -> Parsed | None:
        """The tree of a document around a place; the last one is kept, and taken over where only little differs."""
        of, earlier = self._parsed.pop(ask.uri, (None, None))
        outside = earlier is not None and not earlier.first_line <= ask.position.line < earlier.last_line
        found = self._parse(ask, earlier) if of is not ask.snapshot or outside else earlier
        self._parsed[ask.uri] = ask.snapshot, found
        if len(self._parsed) > _MOST_TREES:
            del self._parsed[next(iter(self._parsed))]
        return found

    def _parse(self, ask: Ask, earlier: Parsed | None) -> Parsed | None:
        begun, used = time.monotonic(), time.thread_time()
        if begun < self._rests.get(ask.uri, 0.0):
            return None
        found = parse(ask.snapshot, ask.language, ask.position, earlier=earlier, members=True)
        took = time.thread_time() - used  # the time of a machine that has other things to do is not the text's fault
        if took > SLOW_SECONDS:
            self._rests = {uri: until for uri, until in self._rests.items() if until > begun}
            self._rests[ask.uri] = begun + took / SHARE
        return found

    def search(self, ask: Ask) -> Search | None:
        """Have the index look for what belongs to a place; it does so while typing comes to rest."""
        if not self._outside.settings.related_tokens:
            return None
        return self._outside.gatherer.search(ask.snapshot, ask.position, ask.language)

    async def make(self, ask: Ask, profile: Profile, search: Search | None) -> Prepared:
        """The request for a place, not sent.

        While the index and the disk are asked, all is done that does not depend on what they say; a key that comes
        meanwhile is let in between the steps. For several candidates it is made once (`made_once`).
        """
        if not self._once:
            return await self._make(ask, profile, search)
        made = self.under_way(ask, profile)
        if made is None:
            made = asyncio.get_running_loop().create_task(self._make(ask, profile, search))
            self._by_hand = ask, profile.name, made
        return await asyncio.shield(made)

    def under_way(self, ask: Ask, profile: Profile) -> asyncio.Task[Prepared] | None:
        """The request that was made, or is being made, for the same text at the same place and asked by hand."""
        if self._by_hand is None:
            return None
        of, name, made = self._by_hand
        same = of.snapshot is ask.snapshot and of.position == ask.position and of.assignment == ask.assignment
        return made if same and ask.invoked and name == profile.name else None

    @contextlib.contextmanager
    def made_once(self) -> Iterator[None]:
        """While several candidates are asked for: all of them are asked for with one request."""
        self._once += 1
        try:
            yield
        finally:
            self._once -= 1
            if not self._once:
                self._by_hand = None

    async def _make(self, ask: Ask, profile: Profile, search: Search | None) -> Prepared:
        outside = self._outside
        if search is not None:
            await search.leaving()
        allowed = asyncio.ensure_future(self._allowed(self.edits(), self._still_true(ask.uri)))
        try:
            parsed, changes = self.parsed(ask), outside.gatherer.regions.changes
            await asyncio.sleep(0)
            wanted = length(ask.snapshot, ask.position, ask.language, invoked=ask.invoked, parsed=parsed)
            framed = frame(ask, profile, wanted, parsed, context_tokens=outside.settings.context_tokens)
            found = await outside.gatherer.found(search, invoked=ask.invoked) if search is not None else Found()
            edits, still = await allowed
        finally:
            allowed.cancel()
        context = await self._packed(framed, profile, found, edits)
        still &= self._still_true(ask.uri)  # files may have been changed since the disk was asked
        prepared = prepare(
            ask,
            profile,
            framed,
            context,
            outside.templates,
            related_tokens=outside.settings.related_tokens,
            before=self._shown.get(ask.uri),
            allowed=lambda snippet: snippet.path in still,
        )
        self._shown[ask.uri], self._shown_at[ask.uri] = prepared.shown, changes
        return prepared

    async def _packed(self, framed: Framed, profile: Profile, found: Found, edits: Sequence[RecentEdit]) -> Context:
        """What a prompt shows beside the window. The disk is asked about those files alone that something is shown of."""
        gatherer, budget = self._outside.gatherer, self._outside.settings.related_tokens
        context = packed(framed, profile, found.snippets, edits, budget=budget)
        if found.asked or len(await gatherer.allowed(context.snippets)) == len(context.snippets):
            return context
        return packed(framed, profile, await gatherer.allowed(found.snippets), edits, budget=budget)

    async def _allowed(
        self, edits: Sequence[RecentEdit], names: frozenset[str]
    ) -> tuple[list[RecentEdit], frozenset[str]]:
        """The edits, and the files of what a prompt showed before, that may be shown now: rules may have changed since."""
        if not edits and not names:
            return [], frozenset()
        shown, still = await self._outside.gatherer.still_shown(frozenset(edit.uri for edit in edits), names)
        return [edit for edit in edits if edit.uri in shown], still

    def _still_true(self, uri: str) -> frozenset[str]:
        """The files of which a document's last prompt showed what stands there now."""
        before, since = self._shown.get(uri), self._shown_at.get(uri, 0)
        names = frozenset(one.path for one in before.snippets) if before is not None else frozenset[str]()
        return frozenset(name for name in names if not self._outside.gatherer.regions.changed_since(name, since))
