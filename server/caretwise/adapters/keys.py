"""Where keys come from: an environment variable, a command of the user's, or the system's keyring.

A variable is looked up when a request is made and kept nowhere. What a command or the keyring gave is kept in memory
for the session, because a password manager may ask its user each time.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from caretwise.adapters.endpoint import hidden_variable
from caretwise.adapters.key_command import printed_by
from caretwise.adapters.settings import ModelSettings
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile

KEYRING_SECONDS = 20.0
"""How long the keyring may take: it may have to be unlocked by its user first."""

Key = str | Failure
"""A key ("" for none), or why there is none."""

_SPOILT = "holds a blank, a line end or a letter that no key has (was it copied with something around it?)"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's key comes from, for people: `kind` is "variable", "command", "keyring" or "none"."""

    kind: str
    words: str


def key_of(profile: Profile, environ: Mapping[str, str] | None = None) -> Key:
    """The key for a profile out of the environment variable that it names; "" when there is none."""
    name = profile.key_env
    if not name:
        return ""
    value = (os.environ if environ is None else environ).get(name, "") or hidden_variable(name)
    # A host that needs none is asked without: "no key" may be what somebody wrote there.
    spoilt = value.strip() and profile.endpoint.key_needed
    return usable(value) or (_none(profile, f"{name} {_SPOILT}") if spoilt else "")


def usable(value: str) -> str:
    """A key without the white space around it (a line end from a file); "" for what no header may hold."""
    key = value.strip()
    return key if key.isascii() and key.isprintable() and " " not in key else ""


class Keys:
    """Looks up keys for models by their settings. Called with a profile: a key at once, or one to wait for."""

    def __init__(self, models: Mapping[str, ModelSettings]) -> None:
        """Nothing is looked up yet."""
        self._models = models
        self._found: dict[str, str] = {}
        self._running: dict[str, asyncio.Future[Key]] = {}

    def source(self, profile: Profile) -> Source:
        """Where the key of a model comes from. Names the variable, the program or the entry, never a key."""
        model = self._models.get(profile.name, ModelSettings())
        if model.key_command:
            # Arguments stay unsaid: they may be private.
            return Source("command", f"key_command ({model.key_command[0]})")
        if model.key_keyring:
            return Source("keyring", f"the keyring's entry {model.key_keyring}")
        return Source("variable", profile.key_env) if profile.key_env else Source("none", "no key is configured")

    def __call__(self, profile: Profile) -> Key | Awaitable[Key]:
        """The key for a profile, or an awaitable of it where it has to be asked for (on the event loop)."""
        model = self._models.get(profile.name, ModelSettings())
        if model.key_command:
            return self._kept(profile, lambda: _of_command(model.key_command, profile))
        if model.key_keyring:
            return self._kept(profile, lambda: _of_keyring(model.key_keyring, profile))
        return key_of(profile)

    def _kept(self, profile: Profile, look: Callable[[], Key]) -> Key | Awaitable[Key]:
        """The key that was found earlier, else one run of `look` in a thread that all who ask meanwhile wait for."""
        name = profile.name
        return self._found[name] if name in self._found else self._look(name, profile, look)

    async def _look(self, name: str, profile: Profile, look: Callable[[], Key]) -> Key:
        if name not in self._running:
            self._running[name] = asyncio.get_running_loop().run_in_executor(None, look)
        running = self._running[name]
        try:
            async with asyncio.timeout(KEYRING_SECONDS):
                key = await asyncio.shield(running)
        except TimeoutError:
            return _none(profile, f"{self.source(profile).words} took longer than {KEYRING_SECONDS:.0f} s")
        finally:
            if running.done():
                self._running.pop(name, None)
        if isinstance(key, str):
            self._found[name] = key
        return key


def _of_command(command: tuple[str, ...], profile: Profile) -> Key:
    printed = printed_by(command)
    if printed.fault:
        return _none(profile, f"key_command {printed.fault}")
    return usable(printed.text) or _none(profile, "key_command printed no key (the first line is taken for it)")


def _of_keyring(entry: str, profile: Profile) -> Key:
    """The password of "service/user". The package is no dependency: it brings a secret service and its own parts along."""
    service, _, user = entry.partition("/")
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError:
        return _none(profile, "key_keyring needs the package keyring beside caretwise (pipx inject caretwise keyring)")
    try:
        found = keyring.get_password(service, user)
    except Exception as error:
        # Every backend has errors of its own, and their texts may hold anything.
        return _none(profile, f"the keyring could not be read ({type(error).__name__})")
    if (found or "").strip() and not usable(found):
        return _none(profile, f"the keyring's entry {entry} {_SPOILT}")
    return usable(found or "") or _none(profile, f"the keyring has no entry {entry}")


def _none(profile: Profile, why: str) -> Failure:
    return Failure(
        FailureKind.NO_KEY, f"No key for {profile.host}: {why}. `caretwise doctor` shows what the server sees."
    )
