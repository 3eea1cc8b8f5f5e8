"""Runs a checker on a text that is nowhere on disk yet: bounded in time and output, with nothing of the project in front.

The executable is the absolute path that the user configured. A path inside an opened folder is not run: what lies there
is the folder's, not the user's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from caretwise.adapters.checker_tools import RUNS_CODE, Call, Job, call_of, mypy_runs_code
from caretwise.adapters.settings import CheckerSettings
from caretwise.repair.report import Reported, UnreadableError, read_report

MOST_BYTES = 8 << 20
"""Output beyond this is not read, and the checker is ended."""

MIRROR = "caretwise-check-"
"""What the names of the folders begin with in which checkers run; the mirror of a project is the one folder in it."""

_KEPT = (
    "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "GOROOT", "GOPATH", "GOCACHE",
    "GOMODCACHE", "RUSTUP_HOME", "CARGO_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "APPDATA",
)  # fmt: skip
"""What a checker needs of the environment. Keys are not among it."""


class Checkers:
    """The user's checkers."""

    def __init__(
        self, settings: Mapping[str, CheckerSettings], folders: Sequence[Path], environ: Mapping[str, str]
    ) -> None:
        """`folders` are the opened ones; nothing in them is executed but with the user's word."""
        self._settings, self._folders, self._environ = settings, folders, environ

    def relative(self, file: Path) -> Path:
        """A file's path in its project."""
        return file.relative_to(self._root(file))

    def refusal(self, kind: str, file: Path | None) -> str:
        """Why the checker of this kind cannot be asked about a file; "" when it can. Looks at the disk."""
        settings = self._settings.get(kind)
        if settings is None or not settings.path:
            return f"no path is configured for {kind}"
        if file is None:
            return "the document is not a file"
        path = Path(settings.path)
        if not path.is_absolute():
            return f"the path of {kind} is not absolute"
        if any(one.is_relative_to(folder) for one in (path, path.resolve()) for folder in self._folders):
            return f"{kind} lies inside the opened folder; only one from outside is run"
        if not path.is_file() or not os.access(path, os.X_OK):
            return f"there is no program at the path of {kind}"
        if kind in RUNS_CODE and not settings.runs_project_code:
            return f"{kind} runs code of the project, which runs_project_code = true would allow"
        if kind == "mypy" and not settings.runs_project_code and mypy_runs_code(self._root(file)):
            return "mypy would load what the project names (plugins), which runs_project_code = true would allow"
        return ""

    async def check(self, kind: str, file: Path, text: str) -> list[Reported] | str:
        """What the checker says of the file if it held `text`; or why nobody can say. Raises nothing but cancellation."""
        refusal = await asyncio.to_thread(self.refusal, kind, file)
        if refusal:
            return refusal
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=MIRROR))
        try:
            root = self._root(file)
            call = await asyncio.to_thread(call_of, kind, Job(root, file.relative_to(root), text, folder))
            if isinstance(call, str):
                return call
            return await self._read(kind, call)
        except OSError as error:
            return f"{kind} could not be run: {error.strerror or type(error).__name__}"
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    def _root(self, file: Path) -> Path:
        return next((one for one in self._folders if file.is_relative_to(one)), file.parent)

    async def _read(self, kind: str, call: Call) -> list[Reported] | str:
        settings = self._settings[kind]
        output = await _run(Path(settings.path), call, self._environment(call, settings), settings.seconds)
        if output is None:
            return f"{kind} did not end within {settings.seconds:g} s, or said far too much"
        status, out, err = output
        try:
            # go vet reports on stderr, cargo and the others on stdout.
            found = read_report(kind, err if kind == "go" else out)
        except UnreadableError as error:
            return f"{kind} ended with status {status}: {error}"
        if status not in {0, 1} and not found:
            return f"{kind} ended with status {status} and reported nothing"
        if status == 1 and kind == "go" and not found:
            return "go vet could not look at the package"
        return found

    def _environment(self, call: Call, settings: CheckerSettings) -> dict[str, str]:
        kept = {name: self._environ[name] for name in _KEPT if name in self._environ}
        # A program that a checker starts in turn (node, rustc) is found where the user's are, never in the project.
        places = [str(Path(settings.path).parent), *self._environ.get("PATH", os.defpath).split(os.pathsep)]
        outside = [
            one
            for one in places
            if Path(one).is_absolute() and not any(Path(one).is_relative_to(folder) for folder in self._folders)
        ]
        return {**kept, **(call.environ or {}), "PATH": os.pathsep.join(outside), "NO_COLOR": "1"}


async def _run(program: Path, call: Call, environ: Mapping[str, str], seconds: float) -> tuple[int, str, str] | None:
    """Exit status, stdout and stderr; None when it took too long or said too much. Its whole process group ends then."""
    process = await asyncio.create_subprocess_exec(
        str(program), *call.arguments, cwd=call.folder, env=dict(environ), start_new_session=os.name == "posix",
        stdin=asyncio.subprocess.PIPE if call.stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    ended = False
    try:
        async with asyncio.timeout(seconds):
            _, out, err = await asyncio.gather(_feed(process, call.stdin), _all(process.stdout), _all(process.stderr))
            status = await process.wait()
            ended = True
            return status, out, err
    except (TimeoutError, _TooMuchError):
        return None
    finally:
        if not ended:
            await asyncio.shield(_end(process))


async def _feed(process: asyncio.subprocess.Process, text: str | None) -> None:
    if process.stdin is None or text is None:
        return
    with contextlib.suppress(ConnectionError):
        process.stdin.write(text.encode("utf-8", "replace"))
        await process.stdin.drain()
        process.stdin.close()


class _TooMuchError(Exception):
    """A checker says more than is read."""


async def _all(stream: asyncio.StreamReader) -> str:
    pieces: list[bytes] = []
    left = MOST_BYTES
    while piece := await stream.read(1 << 16):
        left -= len(piece)
        if left < 0:
            raise _TooMuchError
        pieces.append(piece)
    return b"".join(pieces).decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the program and what it has started, and wait for that."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    # A pipe that nobody reads, or that a program with a group of its own holds, would be waited for for ever.
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 (there is no public way)
    await process.wait()
