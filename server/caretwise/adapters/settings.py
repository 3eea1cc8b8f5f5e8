"""Settings: everything that can be set, and the folders that the environment may move."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import attrs
import platformdirs

from caretwise.adapters.config_file import APP
from caretwise.adapters.settings_check import Problem


@attrs.frozen(kw_only=True)
class ModelSettings:
    """One model of the user's, `[models.NAME]`."""

    model: str = ""
    """The model's id as the host names it."""
    endpoint: str = ""
    """How the host is spoken to (`caretwise models` lists the names); known from the host name when left out."""
    base_url: str = ""
    """Address of the API, usually ending in /v1; the endpoint's own when left out."""
    key_env: str = ""
    """Name of the environment variable that holds the key; the endpoint's usual one when left out."""
    key_command: tuple[str, ...] = ()
    """Program and arguments that print the key, in place of a variable; run without a shell, once in a session."""
    key_keyring: str = ""
    """"service/user" of an entry of the system's keyring, in place of a variable; needs the package keyring."""
    family: str = ""
    """What kind of model it is (`caretwise models` lists them), for a model that is served under a name of its own."""
    style: str = ""
    """Prompt style for completions: snippet or hole (chat), fim, raw_fim or infill; the one that fits when left out."""


@attrs.frozen(kw_only=True)
class CheckerSettings:
    """One checker that verifies fixes, `[checkers.NAME]`: ruff, pyright, mypy, tsc, eslint, go or cargo."""

    path: str = ""
    """Absolute path of the program; one inside an opened folder is not run."""
    runs_project_code: bool = False
    """Allow what executes code of the project: eslint's configuration, cargo's build scripts and macros, mypy's plugins."""
    seconds: float = 20.0
    """How long one run may take, in seconds."""


@attrs.frozen(kw_only=True)
class ExperimentSettings:
    """A comparison of models on your own code, `[experiment.NAME]`; one for each role."""

    role: str = "inline"
    """Which role is compared: inline or fix."""
    arms: Mapping[str, float] = attrs.field(factory=dict)
    """The models that take part, each with its weight; drawn for each document anew every ten minutes."""


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that can be set. The docstring under a field is its documentation."""

    inline: str = ""
    """Name of the model for ghost text; empty: the embedded engine."""
    fix: str = ""
    """Name of the model for fixes; empty: none are offered."""
    models: Mapping[str, ModelSettings] = attrs.field(factory=dict)
    """The user's models by name."""
    fix_candidates: int = 1
    """How many candidates for a fix each model is asked for; the best verified, then the smallest, comes first."""
    fix_models: tuple[str, ...] = ()
    """Names of more models that are asked for each fix."""
    checkers: Mapping[str, CheckerSettings] = attrs.field(factory=dict)
    """The checkers that verify fixes, by name."""
    experiment: Mapping[str, ExperimentSettings] = attrs.field(factory=dict)
    """Experiments by name."""
    automatic: bool = True
    """Suggest while typing; false: only when asked for."""
    debounce_ms: int = 60
    """How long typing rests at least, in ms, before a model that misses is asked. One that you follow is asked at once."""
    comments: Literal["on", "manual", "off"] = "on"
    """Suggestions inside comments: on, only when asked for (manual), or off."""
    strings: Literal["on", "manual", "off"] = "on"
    """The same inside strings."""
    prose: Literal["on", "manual", "off"] = "on"
    """The same in plain text, Markdown, commit messages and their like."""
    completion: Literal["auto", "on", "off"] = "auto"
    """Suggestions as entries of the completion menu: auto, in editors known to draw no ghost text; on; or off."""
    prepare_next: bool = False
    """While a suggestion is on screen, ask for what may follow it; never with a model that has a price."""
    context_tokens: int = 2000
    """How much code around the cursor is sent, in tokens (estimated as characters / 3)."""
    related_tokens: int = 1500
    """How much code of other files and of recent edits is sent on top."""
    languages_off: tuple[str, ...] = ()
    """LSP language identifiers in which nothing is suggested."""
    ignore: tuple[str, ...] = ()
    """More files that are never completed in nor shown to a model, as gitignore patterns."""
    cache: bool = True
    """Keep answers on disk."""
    journal: bool = True
    """Count what is suggested and accepted (never code, prompts or paths)."""
    fallback: bool = False
    """While the model for ghost text is in a failed state, the embedded engine answers (shown and counted as `embedded`)."""
    daily_cap_usd: float = 0.0
    """Once today's requests have cost so many US dollars (unreported ones at most), ghost text comes by hand; 0: no cap."""
    proxy: str = ""
    """Proxy for requests to models; the environment's when empty. This machine itself is never asked through one."""
    ca_bundle: str = ""
    """File with certificate authorities to trust beside the system's."""
    self_hosted_only: bool = False
    """Connect to no host but this machine, private address ranges and `own_hosts`; other models are not used."""
    own_hosts: tuple[str, ...] = ()
    """Host names (also `*.lab.example`), addresses or ranges that are yours, for `self_hosted_only`."""


@attrs.frozen(kw_only=True)
class Loaded:
    """Settings, what was wrong with their sources, and where they come from."""

    settings: Settings
    problems: tuple[Problem, ...] = ()
    config_file: Path | None = None
    """The file that settings came from; None when none came from one."""
    looked_for: Path
    """Where the file was looked for, whether it is there or not."""
    unread: str = ""
    """Why the file was not read: `config_file.NOT_THERE`, or what is wrong with it as a whole; "" when it was read."""
    environment_model: str = ""
    """The model that the environment defines; "" when it defines none."""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where answers are cached."""
    return Path(environ.get("CARETWISE_CACHE_DIR") or platformdirs.user_cache_dir(APP, appauthor=False))


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where the journal lies."""
    return Path(environ.get("CARETWISE_STATE_DIR") or platformdirs.user_state_dir(APP, appauthor=False))


def do_not_track(environ: Mapping[str, str]) -> bool:
    """Whether `DO_NOT_TRACK` asks for it: by any word but those for no, so that who writes `true` is not misread."""
    return environ.get("DO_NOT_TRACK", "").strip().lower() not in {"", "0", "false", "no", "off"}
