"""Gathers the texts that context is made from: what the index of the workspace has for a place; until that is there, what
stands in open documents, in the files they import and in those beside them.

Files are read off the event loop when a document is opened or saved. At a keystroke the index is asked while typing comes
to rest; what is not ready in time is left out and not waited for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine, Iterable
from pathlib import Path

from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.index_store import MOST_CHARACTERS
from caretwise.adapters.project import Project, path_of_uri
from caretwise.context.imports import signatures
from caretwise.context.neighbours import neighbours, prepare
from caretwise.context.place import place
from caretwise.context.snippet import Related, Snippet, Source
from caretwise.engine.judge import Judge, may_be_context
from caretwise.engine.nearby_files import Read, masked, read_nearby
from caretwise.engine.regions import Regions
from caretwise.engine.search import Found, Search
from caretwise.text.language import Language, identify, same_family
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

INDEX_SECONDS, INVOKED_INDEX_SECONDS = 0.015, 0.3
"""How long after a request the index's answer still counts; longer where the user has asked for a suggestion. What comes
later is kept for the next key."""

_SETTLE_SECONDS = 60.0
_AT_ONCE = 2_000
"""Lines of a document that is handed to the index before a question is asked: half a ms."""
_REST_SECONDS = 0.02
_MOST_OPEN = 12
_MOST_NAMES = 256
_QUERY_LINES = 20


class Gatherer:
    """What is known of the project around the open documents."""

    def __init__(
        self, project: Callable[[], Project], documents: Callable[[], Iterable[Snapshot]], index: WorkspaceIndex
    ) -> None:
        """`documents` gives the open documents, the most recently changed first."""
        self._project, self._documents, self._index = project, documents, index
        self.judge = Judge()
        """Asks the disk what may be shown."""
        self._indexed: dict[str, int] = {}
        """The version of each open document that the index has."""
        self._let_in: set[str] = set()
        """Open documents that the rules let into the index when they were last asked."""
        self._named_in: Project | None = None
        self._names: dict[str, str] = {}
        """What documents are called in that project."""
        self.regions = Regions()
        self._imported: dict[str, list[tuple[Read, frozenset[str]]]] = {}
        self._siblings: dict[str, list[Read]] = {}
        self._open: dict[str, tuple[int, Source]] = {}
        """Open documents as they were last prepared in the thread, with the version that this was."""
        self._preparing: set[str] = set()
        self._resting: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.patience = 0.0
        """Seconds for which the index's answer counts at least, where nobody types and waits: in a comparison of models."""

    def opened(self, snapshot: Snapshot) -> None:
        """A document was opened or saved: read what it imports and what lies beside it, in the background."""
        self.regions.forget(snapshot.uri)
        self.in_background(self._read(snapshot))
        self._into_index(snapshot)

    def in_background(self, work: Coroutine[None, None, None]) -> None:
        """Do it meanwhile; `settle` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def closed(self, uri: str) -> None:
        """A document was closed: forget what was read for it."""
        self._imported.pop(uri, None)
        self._siblings.pop(uri, None)
        self._open.pop(uri, None)
        self.regions.forget(uri)
        self._let_in.discard(uri)
        path = path_of_uri(uri)
        if self._indexed.pop(uri, None) is not None and path is not None:
            self.regions.changed(self._index.name(path))
            self._index.closed(path)

    def changed_on_disk(self, uris: Iterable[str]) -> None:
        """Files were changed, made or deleted by somebody else."""
        paths = [path for uri in uris if (path := path_of_uri(uri)) is not None]
        for path in paths:
            self.regions.changed(self._index.name(path))
        self._index.changed(paths)

    async def settle(self) -> None:
        """Wait for the reading under way (the command line does; an editor's request never does)."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._index.settled(_SETTLE_SECONDS)

    # -- the index -------------------------------------------------------------------------------------------------

    def search(self, snapshot: Snapshot, at: Position, language: Language) -> Search | None:
        """Ask the index about a place; None where it has nothing to say. Costs 1 ms, and waits for nothing."""
        path = path_of_uri(snapshot.uri)
        if path is None:
            return None
        for other in self._documents():
            if other.uri != snapshot.uri:
                self._bring_up_to_date(other)
        found = place(snapshot.lines, at, language)
        around, left = not self.regions.around(snapshot.uri, at.line), threading.Event()
        answer = self._index.find(path, language.id, found, around=around, sent=left.set)
        now, changes = asyncio.get_running_loop().time(), self.regions.changes
        return Search(snapshot, at.line, language, answer, now, changes, self._index.ready, left)

    async def found(self, search: Search, *, invoked: bool) -> Found:
        """The snippets for a place, not yet fitted to a budget."""
        seconds = max(self.patience, INVOKED_INDEX_SECONDS if invoked else INDEX_SECONDS)
        left = max(0.0, search.since + seconds - asyncio.get_running_loop().time())
        await asyncio.wait([search.answer], timeout=left)
        if not search.answer.done():
            search.answer.add_done_callback(lambda late: self._keep_late(search, late))
        answer = search.answer.result() if search.answer.done() else None
        uri = search.snapshot.uri
        around = self.regions.around(uri, search.line)
        if answer is None or not (answer.here or answer.around or around):
            around = around or self.regions.latest(uri)
            allowed = await self.allowed(around)
            return Found(allowed or await self.snippets(search.snapshot, search.line, search.language))
        if not around:
            around = answer.around
            if search.whole:  # else there is more to be found a moment later
                self.regions.keep(uri, search.line, around)
        return Found((*answer.here, *around), asked=False)

    def _keep_late(self, search: Search, late: asyncio.Future[Related | None]) -> None:
        """What came too late for one key serves the next ones in the same region, unless it is out of date by then."""
        answer = late.result() if not late.cancelled() else None
        uri, line = search.snapshot.uri, search.line
        in_time = (
            search.whole and search.changes == self.regions.changes and any(one.uri == uri for one in self._documents())
        )
        if answer is not None and in_time and not self.regions.around(uri, line):
            self.regions.keep(uri, line, answer.around)

    async def allowed(self, snippets: Iterable[Snippet]) -> list[Snippet]:
        """Those of files that may be shown now: rules may have changed since a file was read."""
        found = list(snippets)
        paths = {name: self._index.path(name) for name in dict.fromkeys(one.path for one in found)}
        allowed = await self.judge.may_be_context(self._project(), filter(None, paths.values()), self._opened())
        return [one for one in found if paths[one.path] in allowed]

    def rests(self, uri: str) -> None:
        """Something was written for a document, and its user looks at that. Where others are open, whose questions would
        have to wait for it, the index is given the document now.
        """
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(_REST_SECONDS, self._hand_over_at_rest, uri)

    def _hand_over_at_rest(self, uri: str) -> None:
        documents = list(self._documents())
        for one in documents:
            if one.uri == uri and len(documents) > 1 and len(one.lines) <= _AT_ONCE:
                self._bring_up_to_date(one)

    def _bring_up_to_date(self, document: Snapshot) -> None:
        """The index has an open document as it is now, before the next question is asked unless it is a long one."""
        if self._indexed.get(document.uri, document.version) == document.version:
            return
        self._into_index(document, at_once=len(document.lines) <= _AT_ONCE)
        if (path := path_of_uri(document.uri)) is not None:
            self.regions.changed(self._index.name(path))

    def _into_index(self, snapshot: Snapshot, *, at_once: bool = False) -> None:
        """Hand a document to the index; `at_once` so that the next question finds it, which costs a long one too much."""
        path = path_of_uri(snapshot.uri)
        if path is None:
            return
        self._indexed[snapshot.uri] = snapshot.version
        language = identify(snapshot.language_id, self.relative(snapshot.uri))
        if at_once and snapshot.uri in self._let_in:
            self._index.put(path, snapshot.text[:MOST_CHARACTERS], language.id)
        else:
            self.in_background(self._hand_over(path, snapshot, language))

    async def _hand_over(self, path: Path, snapshot: Snapshot, language: Language) -> None:
        def hand_over() -> None:
            self._index.put(path, snapshot.text[:MOST_CHARACTERS], language.id)

        if await self.judge.may_be_context(self._project(), [path], [path]):
            self._let_in.add(snapshot.uri)
            await asyncio.get_running_loop().run_in_executor(None, hand_over)
        else:
            self._let_in.discard(snapshot.uri)

    # -- without the index -----------------------------------------------------------------------------------------

    def relative(self, uri: str) -> str:
        """The path that a model is shown: relative to the project, or the bare file name."""
        project = self._project()
        if project is not self._named_in:
            self._named_in, self._names = project, {}
        name = self._names.get(uri)
        if name is None:
            if len(self._names) >= _MOST_NAMES:
                self._names.clear()
            name = self._names[uri] = _relative(uri, project.folders)
        return name

    async def snippets(self, snapshot: Snapshot, line: int, language: Language) -> list[Snippet]:
        """Snippets for a place, secrets masked, not yet fitted to a budget. Costs a few ms, and what the disk takes."""
        allowed = await self._may_be_shown(snapshot)
        found: list[Snippet] = []
        for read, names in self._imported.get(snapshot.uri, ()):
            declared = signatures(read.source, names) if read.path in allowed else None
            if declared is not None:
                found.append(declared)
        first = max(0, line - _QUERY_LINES)
        query = "".join(snapshot.lines[first : line + _QUERY_LINES // 2])
        found += neighbours(query, self._sources(snapshot, language, allowed))
        return found

    async def sources(self, snapshot: Snapshot, language: Language) -> list[Source]:
        """The texts around a document that a model may see: open ones, imported ones, neighbours; secrets masked."""
        return self._sources(snapshot, language, await self._may_be_shown(snapshot))

    async def _may_be_shown(self, snapshot: Snapshot) -> frozenset[Path]:
        """Which of the files around a document may be shown now: rules may have changed since they were read."""
        read = [one.path for one in self._read_around(snapshot)]
        opened = self._opened()
        return await self.judge.may_be_context(self._project(), (*read, *opened), opened)

    def _opened(self) -> frozenset[Path]:
        """The paths of the open documents; their files need not be written yet."""
        return frozenset(path for one in self._documents() if (path := path_of_uri(one.uri)) is not None)

    def _read_around(self, snapshot: Snapshot) -> list[Read]:
        imported = [one for one, _ in self._imported.get(snapshot.uri, ())]
        return [*imported, *self._siblings.get(snapshot.uri, ())]

    def _sources(self, snapshot: Snapshot, language: Language, allowed: Collection[Path]) -> list[Source]:
        sources: dict[str, Source] = {}
        for other in self._documents():
            if len(sources) >= _MOST_OPEN:
                break
            path = self.relative(other.uri)
            kin = same_family(identify(other.language_id, path), language)
            if other.uri != snapshot.uri and kin and path_of_uri(other.uri) in allowed:
                source = self._prepared(other)
                if source is not None:
                    sources[path] = source
        own = self.relative(snapshot.uri)
        for read in self._read_around(snapshot):
            if read.source.path != own and read.path in allowed:
                sources.setdefault(read.source.path, read.source)
        return list(sources.values())

    def _prepared(self, document: Snapshot) -> Source | None:
        """An open document as it last was when there was time to look at it; looked at anew in the background."""
        version, source = self._open.get(document.uri, (None, None))
        if version != document.version and document.uri not in self._preparing:
            self._preparing.add(document.uri)
            self.in_background(self._prepare(document))
        return source

    async def _prepare(self, document: Snapshot) -> None:
        try:
            source = await asyncio.get_running_loop().run_in_executor(None, self._source_of, document)
        finally:
            self._preparing.discard(document.uri)
        if any(one.uri == document.uri for one in self._documents()):
            self._open[document.uri] = document.version, source

    def _source_of(self, document: Snapshot) -> Source:
        source = Source(self.relative(document.uri), masked(document.text), document.language_id)
        prepare(source)
        return source

    def may_show(self, uri: str) -> bool:
        """Whether a document's text may be context for another one. Looks at the disk."""
        path = path_of_uri(uri)
        return path is not None and self._project().verdict_for_open(path).allowed

    async def still_shown(self, uris: Collection[str], names: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Of the documents, and of the names under which a prompt showed code, those that may be shown now.

        Rules may have changed since. Where several folders have a file of a name, all of them must be allowed.
        """
        project, opened = self._project(), self._opened()
        places = {name: {*(folder / name for folder in project.folders), self._index.path(name)} for name in names}

        def is_allowed(name: str) -> bool:
            there = {path for path in places[name] if path is not None and (path in opened or path.is_file())}
            return bool(there) and all(may_be_context(project, path, opened) for path in there)

        return await self.judge.ask(
            lambda: (frozenset(filter(self.may_show, uris)), frozenset(filter(is_allowed, names)))
        )

    def may_learn(self, uri: str) -> bool:
        """Whether the embedded engine, which sends nothing, may learn from an open document.

        From a file outside every folder it may (people open single files), from a denied or ignored one it may not.
        """
        path = path_of_uri(uri)
        outside = path is None or not any(path.is_relative_to(folder) for folder in self._project().folders)
        return self.may_show(uri) or (outside and self._project().verdict_for_document(uri).allowed)

    async def _read(self, snapshot: Snapshot) -> None:
        loop = asyncio.get_running_loop()
        imported, siblings = await loop.run_in_executor(None, lambda: read_nearby(self._project(), snapshot))
        self._imported[snapshot.uri] = imported
        self._siblings[snapshot.uri] = siblings
        # Not every editor tells of files that somebody else wrote.
        self._index.changed([read.path for read in (*(one for one, _ in imported), *siblings)])
        await self._prepare(snapshot)


def _relative(uri: str, folders: tuple[Path, ...]) -> str:
    path = path_of_uri(uri)
    if path is None:
        return uri.rsplit("/", 1)[-1] or "untitled"
    for folder in folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name
