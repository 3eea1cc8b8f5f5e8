"""The command that mends what the output of failing tests shows. Tests that lead to one function are one fix."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.adapters.project import path_of_uri
from caretwise.engine.failing_test import Culprit, Sought, as_it_is_now, find_culprits, same_on_disk
from caretwise.lsp.call import where
from caretwise.lsp.fix_command import apply, say
from caretwise.lsp.fix_progress import CANCELLED
from caretwise.lsp.fix_walk import Target, fix_of, refused
from caretwise.repair.traceback import NOT_UNDERSTOOD, read_failures
from caretwise.repair.verification import Refusal

if TYPE_CHECKING:
    from caretwise.app import App
    from caretwise.lsp.server import CaretwiseServer

log = logging.getLogger("caretwise.lsp")

_MOST_CHOICES = 4
"""The most places to mend that the user is asked to choose from; more do not fit into a message."""

_CHOICE_SECONDS = 120.0
"""A question that nobody answers is taken back."""


async def fix_test(server: CaretwiseServer, *arguments: Any) -> bool:
    """Mend what failing tests' output (the first argument) shows; whether a fix was applied.

    Where the tests lead to more than one function the user chooses, those of the document that is looked at (its URI is
    the second argument) first. In an editor that cannot ask it is the first.
    """
    app, (text, uri) = server.app, (*arguments, None, None)[:2]
    failures = read_failures(text) if isinstance(text, str) else ()
    if app is None or not failures:
        refused(server, Refusal("no_traceback", NOT_UNDERSTOOD))
        return False
    find = functools.partial(find_culprits, failures, app.outside.project, server.documents.snapshot)
    sought = await asyncio.get_running_loop().run_in_executor(None, find)
    if isinstance(sought, Refusal):
        refused(server, sought)
        return False
    near = path_of_uri(uri) if isinstance(uri, str) else None
    picked = await _picked(server, app, _ordered(sought.culprits, near))
    if not picked:
        refused(server, CANCELLED)
        return False
    mended = [await _mend(server, app, culprit) for culprit in picked]
    _say_what_is_left(server, sought, picked)
    return any(mended)


def _ordered(culprits: Sequence[Culprit], near: Path | None) -> list[Culprit]:
    return sorted(culprits, key=lambda one: near is None or not one.concerns(near))


async def _picked(server: CaretwiseServer, app: App, culprits: Sequence[Culprit]) -> Sequence[Culprit]:
    """Those that the user wants to have mended; none when nobody answers."""
    if len(culprits) == 1:
        return culprits
    titles = {_title(app, one): (one,) for one in culprits[:_MOST_CHOICES]}
    choices: dict[str, Sequence[Culprit]] = {**titles, f"All {len(culprits)}": culprits}
    params = types.ShowMessageRequestParams(
        type=types.MessageType.Info,
        message=f"caretwise: The failing tests lead to {len(culprits)} functions. Which one is to be mended?",
        actions=[types.MessageActionItem(title=title) for title in choices],
    )
    try:
        async with asyncio.timeout(_CHOICE_SECONDS):
            chosen = await server.window_show_message_request_async(params)
    except TimeoutError:
        return ()
    except Exception as error:  # whatever an editor answers that cannot ask its user
        log.warning("The editor did not ask which test is meant: %s", where(error))
        return culprits[:1]
    return choices.get(chosen.title, ()) if chosen is not None else ()


def _title(app: App, one: Culprit) -> str:
    path = app.outside.gatherer.relative(one.snapshot.uri)
    first, *others = one.tests
    more = f" and {len(others)} more" if others else ""
    return f"{path}:{one.finding.range.start.line + 1} ({first}{more})"


async def _mend(server: CaretwiseServer, app: App, culprit: Culprit) -> bool:
    """One fix, applied; whether it was."""
    project, documents = app.outside.project, server.documents
    now = await asyncio.to_thread(as_it_is_now, culprit, project, documents.snapshot)
    if isinstance(now, Culprit) and not await app.fixer.possible(now.snapshot.uri):
        now = Refusal("not_possible", "no model for fixes can be asked about this file")
    if isinstance(now, Refusal):
        refused(server, now)
        return False
    found = await fix_of(server, Target(now.snapshot, now.findings, now.from_disk))
    if isinstance(found, Refusal):
        return False
    snapshot, made = found
    if documents.snapshot(snapshot.uri) is None and not await asyncio.to_thread(same_on_disk, snapshot, project):
        refused(server, Refusal("changed", "the file has changed since it was read; ask again"))
        return False
    if not await apply(server, snapshot, made):
        return False
    where = app.outside.gatherer.relative(snapshot.uri)
    say(server, f"{where} was changed ({made.level}). Run the test again: it was not run here.")
    return True


def _say_what_is_left(server: CaretwiseServer, sought: Sought, picked: Sequence[Culprit]) -> None:
    """The tests that lead to other places, and those that lead to none."""
    left = [name for one in sought.culprits if one not in picked for name in one.tests]
    if left:
        say(server, f"Not looked at: {_few(left)}.")
    if sought.others:
        name, refusal = sought.others[0]
        say(
            server, f"{_few([one for one, _ in sought.others])} cannot be mended: {name}: {refusal.reason.rstrip('.')}."
        )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
