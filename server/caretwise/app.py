"""Wiring: the one place where adapters and engine are put together. The language server and the command line start here."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from caretwise.adapters.checker_run import Checkers
from caretwise.adapters.clock import clock_of
from caretwise.adapters.configured_models import endpoint_of, resolve_models
from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.journal_counting import count_journal
from caretwise.adapters.ledger import SpendingFile
from caretwise.adapters.ports import Endpoint
from caretwise.adapters.project import Project
from caretwise.adapters.resources import templates
from caretwise.adapters.settings import Loaded, Settings, state_folder
from caretwise.adapters.settings_check import Problem, listed
from caretwise.adapters.settings_workspace import with_workspace
from caretwise.adapters.stores import kept_index, open_cache, open_journal, open_samples
from caretwise.context.edits import RecentEdit, RecentEdits
from caretwise.engine.embedded import EmbeddedEngine
from caretwise.engine.fix import Fixer
from caretwise.engine.gather import Gatherer
from caretwise.engine.learned_files import key_of_uri
from caretwise.engine.notices import Notices, Status
from caretwise.engine.outside import Outside
from caretwise.engine.record import Recorder
from caretwise.engine.sampling import Sampler
from caretwise.engine.screen import Screen
from caretwise.engine.spending import Spending
from caretwise.engine.suggest import Suggester
from caretwise.measure.arm import Experiment
from caretwise.measure.event import Amount
from caretwise.measure.tally import Report
from caretwise.measure.tracked import Change
from caretwise.text.edit import TextEdit
from caretwise.text.language import identify
from caretwise.text.snapshot import Snapshot

_GOODBYE_SECONDS = 1.0
"""How long the end of a session waits for the connections to models to be closed."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Where the app speaks to its user: an editor or a terminal. Both functions are called on the event loop."""

    tell: Callable[[str], None]
    show: Callable[[Status], None] = field(default=lambda _: None)


class App:
    """One running caretwise: the engine with everything around it."""

    def __init__(
        self,
        loaded: Loaded,
        folders: Sequence[Path],
        surface: Surface,
        documents: Callable[[], Iterable[Snapshot]],
        environ: Mapping[str, str] | None = None,
        endpoint: Callable[[OpenAIEndpoint], Endpoint] | None = None,
        editor: str = "",
    ) -> None:
        """Must be called on the event loop. Nothing is imported, read or opened here that takes time.

        `endpoint` may put something between the engine and the hosts (a benchmark notes what is sent). `editor` is the
        name that the editor gives itself.
        """
        environ = os.environ if environ is None else environ
        self.loaded = loaded
        self.profiles, wrong = resolve_models(loaded)
        self.problems = [*loaded.problems, *wrong]
        self._loop = asyncio.get_running_loop()
        self.state_folder = state_folder(environ)
        settings = loaded.settings
        clock = clock_of(environ)
        self._notices = Notices(surface.tell, surface.show)
        self._journal, key = open_journal(settings, environ, self._problem)
        project = Project(folders, extra_deny=settings.ignore, on_problem=self._problem)
        self._index = WorkspaceIndex()
        self._indexed: tuple[tuple[Path, ...], tuple[str, ...]] = ((), ())
        self.endpoint = endpoint_of(settings)
        self._cache = open_cache(settings, environ, self._problem)
        self._ledger = SpendingFile(self.state_folder) if settings.daily_cap_usd > 0 else None
        self.outside = Outside(
            settings=settings,
            inline=self.profiles.get(settings.inline),
            fix=self.profiles.get(settings.fix),
            endpoint=endpoint(self.endpoint) if endpoint is not None else self.endpoint,
            cache=self._cache,
            recorder=Recorder(self._journal, key, clock, editor),
            project=project,
            gatherer=Gatherer(lambda: self.outside.project, documents, self._index),
            embedded=EmbeddedEngine(kept_index(settings, environ)),
            notices=self._notices,
            templates=templates(),
            arms=self.profiles,
            spending=Spending(settings.daily_cap_usd, self._ledger),
            checkers=Checkers(settings.checkers, folders, environ),
            more_fix=tuple(self.profiles[name] for name in settings.fix_models if name in self.profiles),
        )
        self.outside.recorder.experiments = self._experiments(settings)
        self._samples = open_samples(environ, folders, self._problem) if self._journal is not None else None
        sampler = Sampler(self._samples, self.outside.gatherer.may_show) if self._samples is not None else None
        self.screen = Screen(self.outside.recorder, clock, editor, sampler)
        self.suggester = Suggester(self.outside, self.screen)
        self.fixer = Fixer(self.outside)
        self.screen.follows(self.fixer.kept, documents)
        self._edits = RecentEdits()
        self.suggester.use_edits(self._recent_edits)
        self._shown: set[str] = set()
        """Open documents whose edits may be shown to a model."""
        self._warming: asyncio.Task[object] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._workspace: dict[str, Any] = {}
        self._documents = documents
        self._ignored: Sequence[str] = settings.ignore
        self._started = False
        self._untold: list[tuple[str, str]] | None = []

    def _experiments(self, settings: Settings) -> dict[str, Experiment]:
        """What is compared, by role: each experiment all of whose arms are models that can be used."""
        return {
            one.role: Experiment(name, one.role, one.arms)
            for name, one in settings.experiment.items()
            if all(arm in self.profiles for arm in one.arms)
        }

    def _problem(self, cause: str, sentence: str) -> None:
        """Trouble from an adapter, on whatever thread: told once, on the loop."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(lambda: self._notices.tell(cause, sentence))

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the work of the background: import the model client, learn the project; say how things stand."""
        if self.outside.inline is not None or self.outside.fix is not None:
            self._warming = self._loop.create_task(self._warm())
        self._started = True
        if self.outside.embedded_answers():
            self.outside.embedded.learn_project(self.outside.project)
        self._open_index()
        if self.problems:
            told = f"The configuration has faults, the rest of it is used: {listed(self.problems)}"
            self.outside.notices.tell("configuration", told)
        for cause, sentence in self._untold or ():
            self.outside.notices.tell(cause, sentence)
        self._untold = None
        self.outside.show_normal()

    def _open_index(self) -> None:
        """Have the workspace indexed as it is to be now; the embedded engine has its own."""
        wanted = (self.outside.project.folders, tuple(self.outside.settings.ignore))
        if self.outside.inline is not None and wanted != self._indexed:
            self._indexed = wanted
            self._index.open(*wanted)

    async def _warm(self) -> None:
        """Import the model client and make the one for ghost text, where that asks the user for nothing."""
        await self.endpoint.warm()
        profile = self.outside.inline
        model = self.outside.settings.models.get(profile.name) if profile is not None else None
        if profile is not None and model is not None and not (model.key_command or model.key_keyring):
            await self.endpoint.ready(profile)

    async def close(self) -> None:
        """End everything: streams, threads, files. Once begun it comes to its end, also when who began it is cancelled.

        A second call waits for that end.
        """
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.screen.close()
        self.suggester.close()
        self._index.close()
        self.outside.embedded.close()
        if self._warming is not None:
            self._warming.cancel()
        with contextlib.suppress(Exception):  # a connection that does not close must not cost what was counted
            await asyncio.wait_for(self.endpoint.close(), _GOODBYE_SECONDS)
        # The cache last: an editor may not wait long, and answers can be had again.
        for store in (self._ledger, self._journal, self._samples, self._cache):
            if store is not None:
                await self._loop.run_in_executor(None, store.close)

    async def report(self) -> Report:
        """What the journal holds, counted up. Reads the disk in a thread."""
        await self._flush()
        return await self._loop.run_in_executor(None, count_journal, self.state_folder)

    async def settle(self) -> None:
        """Wait for what runs in the background (the command line does; an editor's request never does)."""
        await self.outside.gatherer.settle()
        await self._flush()

    async def _flush(self) -> None:
        if self._journal is not None:
            await self._loop.run_in_executor(None, self._journal.flush)

    # -- documents -------------------------------------------------------------------------------------------------

    def opened(self, snapshot: Snapshot) -> None:
        """A document was opened or saved."""
        self.outside.gatherer.in_background(self._obey_rules(snapshot))
        self.outside.gatherer.opened(snapshot)
        self.suggester.opened(snapshot)

    async def _obey_rules(self, snapshot: Snapshot) -> None:
        """Remember an open document's edits, and learn from it, if the rules as they are now allow that."""
        # Asked here and not at each change: the answer looks at the disk. It is asked again before anything is sent.
        gatherer, uri = self.outside.gatherer, snapshot.uri
        may_show, may_learn, key = await gatherer.judge.ask(
            lambda: (gatherer.may_show(uri), gatherer.may_learn(uri), key_of_uri(uri))
        )
        if not any(one.uri == uri for one in self._documents()):
            return  # closed meanwhile
        self.outside.embedded.named(uri, key)
        (self._shown.add if may_show else self._shown.discard)(uri)
        if not may_learn:
            self.outside.embedded.forget(uri)
        elif self.outside.embedded_answers():
            self.outside.embedded.opened(snapshot, identify(snapshot.language_id, uri))

    def changed(self, before: Snapshot | None, edits: Sequence[TextEdit], after: Snapshot) -> None:
        """A document was changed. Several edits at once (a formatter, several cursors) are no edit worth showing.

        Edits of a file that may not be shown to a model are not remembered either.
        """
        self.fixer.changed(edits, after)
        self.suggester.changed(before, edits, after)
        if before is not None and len(edits) == 1 and after.uri in self._shown:
            self.screen.later(partial(self._note_edit, before, edits[0], after))

    def _note_edit(self, before: Snapshot, edit: TextEdit, after: Snapshot) -> None:
        self._edits.note(self.outside.gatherer.relative(after.uri), before, edit, after)

    def _recent_edits(self) -> Sequence[RecentEdit]:
        self.screen.catch_up()
        return self._edits.recent()

    def edited(self, uri: str, changes: Sequence[Change]) -> None:
        """A document was edited: what was offered in it may have been accepted, what was accepted may be gone."""
        self.screen.changed(uri, changes)

    def accepted(self, suggestion: str, amount: Amount) -> bool:
        """The editor has applied a fix or inserted a suggestion; whether it was one of ours."""
        return self.fixer.applied(suggestion) or self.suggester.accepted(suggestion, amount)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._shown.discard(uri)
        self.suggester.closed(uri)
        self.outside.gatherer.closed(uri)
        self.outside.embedded.closed(uri)

    def apply_workspace(self, data: Any, source: str) -> None:
        """Take the harmless settings of a workspace; say once what was refused."""
        self._workspace[source] = data
        settings, problems, answered = self.loaded.settings, list[Problem](), self.outside.embedded_answers()
        for one, table in self._workspace.items():
            settings, found = with_workspace(settings, table, one, self._host_of)
            problems += found if one == source else []
        self.outside.settings = settings
        self.outside.inline = self.profiles.get(settings.inline)
        self.outside.fix = self.profiles.get(settings.fix)
        taking_part = {"inline": settings.inline, "fix": settings.fix}
        self.outside.recorder.experiments = {
            role: one
            for role, one in self.outside.recorder.experiments.items()
            if taking_part[role] == getattr(self.loaded.settings, role)
        }
        if settings.ignore != self._ignored or self.outside.embedded_answers() != answered:
            self._go_through(settings.ignore)
        if self._started:
            self._open_index()
        self.say_of_workspace(source, problems)

    def _go_through(self, patterns: Sequence[str]) -> None:
        """Other files may be read, or learned, from now on: the project is another one, what was learned is gone through."""
        self._ignored = patterns
        project = Project(self.outside.project.folders, extra_deny=patterns, on_problem=self._problem)
        self.outside.project = project
        if self._started:
            self.outside.embedded.learn_project(project, sweep_only=not self.outside.embedded_answers())
        for snapshot in self._documents():
            self.outside.gatherer.in_background(self._obey_rules(snapshot))

    def say_of_workspace(self, source: str, problems: Sequence[Problem]) -> None:
        """Tell, once for each source, what is wrong with it; before the session has started it is kept until then."""
        if not problems:
            return
        sentence = f"Some settings of the workspace are not used: {listed(problems)}"
        if self._untold is None:
            self.outside.notices.tell(f"workspace:{source}", sentence)
        else:
            self._untold.append((f"workspace:{source}", sentence))

    def _host_of(self, model: str) -> str:
        """Where a configured model is asked; "" for none (the embedded engine sends nothing)."""
        profile = self.profiles.get(model)
        return profile.host if profile is not None else ""
