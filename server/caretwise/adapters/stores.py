"""Opens what a session keeps on disk, where the settings want it: journal, answers, learned index, captured suggestions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from caretwise.adapters.cache import ResponseCache
from caretwise.adapters.clock import clock_of
from caretwise.adapters.journal import Journal, machine_key
from caretwise.adapters.learned_index import LearnedIndex, open_index
from caretwise.adapters.sample_store import SampleStore, consented
from caretwise.adapters.settings import Settings, cache_folder, do_not_track, state_folder


def open_journal(
    settings: Settings, environ: Mapping[str, str], on_problem: Callable[[str, str], None]
) -> tuple[Journal | None, bytes]:
    """The journal, and the key that documents are named with in it; None where nothing is to be written."""
    if not settings.journal or do_not_track(environ):
        return None, b""
    folder = state_folder(environ)
    try:
        key = machine_key(folder)
    except OSError:
        # The journal itself reports what is wrong with the folder; without a key no document is named in it.
        key = os.urandom(32)
    return Journal.open(folder, on_problem=on_problem, now=clock_of(environ).now), key


def open_cache(
    settings: Settings, environ: Mapping[str, str], on_problem: Callable[[str, str], None]
) -> ResponseCache | None:
    """The models' answers on disk; None where they are not to be kept."""
    if not settings.cache:
        return None
    return ResponseCache.open(cache_folder(environ), on_problem=on_problem)


def open_samples(
    environ: Mapping[str, str], folders: Sequence[Path], on_problem: Callable[[str, str], None]
) -> SampleStore | None:
    """Where captured suggestions go; None unless the user has switched capture on. `folders` are those of the workspace."""
    folder = state_folder(environ)
    if consented(folder) is None:
        return None
    if any(folder.resolve().is_relative_to(one.resolve()) for one in folders):
        on_problem("capture", "The state folder lies inside the opened folder; nothing is captured there.")
        return None
    return SampleStore(folder, on_problem=on_problem, now=clock_of(environ).now)


def kept_index(
    settings: Settings, environ: Mapping[str, str]
) -> Callable[[Sequence[Path]], LearnedIndex | None] | None:
    """How the embedded engine opens what it kept of a project; on its own thread, with the first project."""
    if not settings.cache:
        return None
    cache, state = cache_folder(environ), state_folder(environ)
    return lambda roots: open_index(cache, machine_key(state), roots)
