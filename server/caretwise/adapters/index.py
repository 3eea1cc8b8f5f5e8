"""The index of a workspace, in a process of its own: no search and no reading holds up a key.

What is said to it goes through a queue and a thread, what it answers comes back on the event loop. A process that
dies is started again a few times; without it the index answers nothing, and context is made of what the server itself has.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from caretwise.adapters.index_worker import index_name
from caretwise.context.place import Place, given_of
from caretwise.context.snippet import Related, Snippet

_COMMAND = (sys.executable, "-P", "-m", "caretwise.adapters.index_worker")
_MOST_STARTS = 3
_MOST_CHANGED = 2_000
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)

Lines = queue.SimpleQueue[tuple[bytes, Callable[[], object] | None] | None]
"""What is written to the process, each with what is called when that is done; None ends it."""


class WorkspaceIndex:
    """The index of the opened folders. Everything but the reading and writing happens on the event loop."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._folders: tuple[Path, ...] = ()
        self._deny: tuple[str, ...] = ()
        self._open: dict[str, tuple[str, str]] = {}
        self._asked: dict[int, asyncio.Future[Related | None]] = {}
        self._numbers = itertools.count(1)
        self._lines: Lines | None = None
        """What is to be said to the process; None when there is none."""
        self.starts = 0
        """How often the process was started."""
        self.process_id = 0
        """The process's id; 0 while there is none."""
        self._ready = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def ready(self) -> bool:
        """Whether every file has been read."""
        return self._ready.is_set() and self._lines is not None

    def open(self, folders: Sequence[Path], deny: Sequence[str]) -> None:
        """Begin to index these folders, in place of what was indexed. `deny` are the user's own patterns."""
        self._loop = asyncio.get_running_loop()
        self._folders, self._deny = tuple(folders), tuple(deny)
        self._ready.clear()
        if self._lines is None:
            self._start()
        else:
            self._say_workspace()

    async def settled(self, seconds: float) -> None:
        """Wait until every file has been read, at most so long (the command line does; an editor's request never does)."""
        if self._lines is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ready.wait(), seconds)

    def name(self, path: Path) -> str:
        """What a file is called in the index; "" for one that is in no folder of it."""
        return index_name(path, self._folders)

    def path(self, name: str) -> Path | None:
        """The file with this name."""
        if len(self._folders) == 1:
            return self._folders[0] / name
        first, _, rest = name.partition("/")
        return next((folder / rest for folder in self._folders if folder.name == first), None)

    def put(self, path: Path, text: str, language_id: str) -> None:
        """An open document as it is now; its text stands for the file until it is closed."""
        name = self.name(path)
        if name:
            self._open[name] = (text, language_id)
            self._say({"do": "put", "path": name, "text": text, "language": language_id})

    def closed(self, path: Path) -> None:
        """A document was closed: its file counts again."""
        name = self.name(path)
        if self._open.pop(name, None) is not None:
            self._say({"do": "closed", "path": name, "file": str(path)})

    def changed(self, paths: Sequence[Path]) -> None:
        """Files were changed, made or deleted on disk."""
        files = [str(path) for path in paths[:_MOST_CHANGED]]
        if files:
            self._say({"do": "changed", "files": files})

    def find(
        self,
        path: Path,
        language_id: str,
        place: Place,
        *,
        around: bool = True,
        sent: Callable[[], object] | None = None,
    ) -> asyncio.Future[Related | None]:
        """What belongs to a place of a file; without `around` not what belongs to its region, which takes most of the time.

        The result is None when the index has gone or a newer question came. `sent` is called, on another thread, when
        the question has left.
        """
        future: asyncio.Future[Related | None] = asyncio.get_running_loop().create_future()
        name = self.name(path)
        if self._lines is None or not name:
            future.set_result(None)
            return future
        number = next(self._numbers)
        self._asked[number] = future
        future.add_done_callback(lambda _: self._asked.pop(number, None))
        question = {"do": "find", "id": number, "path": name, "language": language_id, "place": given_of(place)}
        self._say({**question, "around": around}, sent)
        return future

    def close(self) -> None:
        """End the process. Does not wait for it."""
        self.starts = _MOST_STARTS
        self._forget_process()

    # -- the process -----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._folders or self.starts >= _MOST_STARTS or self._loop is None:
            return
        self.starts += 1
        self._ready.clear()
        self._lines = queue.SimpleQueue()
        threading.Thread(target=self._serve, args=(self._lines, self._loop), name="index", daemon=True).start()
        self._say_workspace()

    def _say_workspace(self) -> None:
        self._say({"do": "workspace", "folders": [str(one) for one in self._folders], "deny": self._deny})
        for name, (text, language_id) in list(self._open.items()):
            self._say({"do": "put", "path": name, "text": text, "language": language_id})

    def _say(self, message: dict[str, Any], sent: Callable[[], object] | None = None) -> None:
        if self._lines is not None:
            self._lines.put((json.dumps(message).encode() + b"\n", sent))

    def _serve(self, lines: Lines, loop: asyncio.AbstractEventLoop) -> None:
        """On a thread: start the process (some ms, too long for a key) and hand on what it says, until it ends."""
        with contextlib.suppress(RuntimeError):  # the loop has closed
            with contextlib.suppress(OSError), _process() as process:
                assert process.stdin is not None
                assert process.stdout is not None
                writing = threading.Thread(target=_write, args=(process.stdin, lines), name="index-write", daemon=True)
                writing.start()
                self.process_id = process.pid
                try:
                    for line in process.stdout:
                        loop.call_soon_threadsafe(self._heard, lines, json.loads(line))
                finally:
                    lines.put(None)
                    writing.join()
                    process.wait()
                    self.process_id = 0
            loop.call_soon_threadsafe(self._ended, lines)

    def _heard(self, lines: Lines, answer: dict[str, Any]) -> None:
        if lines is not self._lines:
            return
        if answer.get("ready"):
            self._ready.set()
            return
        future = self._asked.pop(answer["id"], None)
        for number in [number for number in self._asked if number < answer["id"]]:
            _give(self._asked.pop(number), None)  # it was dropped for a newer one
        if future is not None:
            _give(future, Related(_snippets(answer["here"]), _snippets(answer["around"])))

    def _ended(self, lines: Lines) -> None:
        if lines is self._lines:
            self._forget_process()
            self._start()

    def _forget_process(self) -> None:
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.put(None)
        self._ready.set()  # nobody shall wait for it
        for future in list(self._asked.values()):
            _give(future, None)
        self._asked.clear()


def _process() -> subprocess.Popen[bytes]:
    """Raises OSError when it cannot be started."""
    return subprocess.Popen(  # noqa: S603 - our own module
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, creationflags=_NO_WINDOW
    )


def _give(future: asyncio.Future[Related | None], found: Related | None) -> None:
    if not future.done():
        future.set_result(found)


def _write(sink: IO[bytes], lines: Lines) -> None:
    """On a thread: write what is said; the end of input ends the process."""
    with contextlib.suppress(OSError, ValueError):
        while (said := lines.get()) is not None:
            line, written = said
            sink.write(line)
            sink.flush()
            if written is not None:
                written()
    with contextlib.suppress(OSError):
        sink.close()


def _snippets(rows: Sequence[Sequence[Any]]) -> tuple[Snippet, ...]:
    return tuple(Snippet(*row) for row in rows)
