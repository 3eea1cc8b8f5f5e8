"""Settings: defaults, then the user's `config.toml`, then the environment, then flags.

What decides where code goes comes from these sources only. A workspace (its `.caretwise.toml`, or what an editor sends as
initialization options) may set the keys of `WORKSPACE_KEYS` and no other.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import attrs
import platformdirs

from caretwise.adapters.guarded_file import Refused, read_regular
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings_check import Problem, key_name_fault, key_source_fault, structure
from caretwise.measure.arm import fault
from caretwise.models.own_hosts import own_host_fault

APP = "caretwise"
MOST_BYTES = 1 << 20
"""A configuration file larger than this is not read."""

MOST_WORKSPACE_BYTES = 16 << 10
"""A workspace's file may be this large."""

NOT_THERE = "not there"
"""`Loaded.unread` of a file that does not exist."""

_MOST_DOTS = 40
_ENVIRONMENT = "environment"

WORKSPACE_KEYS = frozenset({"inline", "fix", "languages_off", "ignore", "context_tokens"})
"""What a workspace may set: harmless things only. `inline` and `fix` choose among the user's own models of the same host,
`context_tokens` only lowers."""


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
    """When today's requests have cost this much (US dollars), suggestions come only when asked for; 0: no cap."""
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
    """Why the file was not read: `NOT_THERE`, or what is wrong with it as a whole; "" when it was read."""
    environment_model: str = ""
    """The model that the environment defines; "" when it defines none."""


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the user's configuration is looked for."""
    named = environ.get("CARETWISE_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where answers are cached."""
    return Path(environ.get("CARETWISE_CACHE_DIR") or platformdirs.user_cache_dir(APP, appauthor=False))


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where the journal lies."""
    return Path(environ.get("CARETWISE_STATE_DIR") or platformdirs.user_state_dir(APP, appauthor=False))


def load(environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None) -> Loaded:
    """Read all sources. Never raises for what a user wrote: what is wrong is listed, what is right is used."""
    environ = os.environ if environ is None else environ
    path = config_path(environ)
    data, unread = _read(path)
    problems = _whole(path, unread, wanted=bool(environ.get("CARETWISE_CONFIG")))
    settings, found = structure(data, Settings, str(path))
    settings, pasted = _without_pasted_keys(settings, str(path))
    settings, unclear = _without_unclear(settings, str(path))
    settings = _closed(settings, found, unread)
    settings, unfit = with_experiments(settings, str(path))
    problems += found + pasted + unclear + unfit
    chosen = settings.inline, settings.fix
    settings, defined, halves = _with_environment(settings, environ)
    problems += halves
    if flags:
        settings = attrs.evolve(settings, **flags)
    settings = _without_overruled(settings, chosen)
    for role in ("inline", "fix"):
        name = getattr(settings, role)
        if name and name not in settings.models:
            known = ", ".join(sorted(settings.models)) or "none is configured"
            told = f"there is no model {name!r}; configured: {known}"
            if any(problem.key.startswith(f"models.{name}") for problem in problems):
                told = f"model {name!r} is left out, because something in its table is wrong"
            problems.append(Problem(str(path), role, told))
            settings = attrs.evolve(settings, **{role: ""})
    return Loaded(
        settings=settings,
        problems=tuple(problems),
        config_file=path if data else None,
        looked_for=path,
        unread=unread,
        environment_model=defined,
    )


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """The file's table, and why there is none (see `Loaded.unread`)."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}, "it is larger than 1 MiB; a configuration is a few lines"
        return _parsed(path.read_bytes())
    except FileNotFoundError:
        return {}, NOT_THERE
    except OSError as error:
        return {}, error.strerror or type(error).__name__


def _whole(path: Path, unread: str, *, wanted: bool) -> list[Problem]:
    """The problem with the file as a whole; an absent file is fine unless it was asked for by name."""
    if unread != NOT_THERE:
        return [Problem(str(path), "", f"the file cannot be read: {unread}")] if unread else []
    gone = "CARETWISE_CONFIG names this file and it does not exist; correct the path or unset the variable"
    return [Problem(str(path), "", gone)] if wanted else []


def _parsed(content: bytes) -> tuple[dict[str, Any], str]:
    """A table, and why there is none."""
    try:
        return tomllib.loads(content.decode("utf-8-sig")), ""
    except UnicodeDecodeError:
        return {}, "it is not UTF-8 text"
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return {}, f"it is not valid TOML: {error}"


def _without_pasted_keys(settings: Settings, file: str) -> tuple[Settings, list[Problem]]:
    """A `key_env` that names no variable is taken out, so that nothing can show it: it may be a key."""
    faults = {name: fault for name, model in settings.models.items() if (fault := key_name_fault(model.key_env))}
    kept = {
        name: attrs.evolve(model, key_env="") if name in faults else model for name, model in settings.models.items()
    }
    problems = [Problem(file, f"models.{name}.key_env", fault) for name, fault in faults.items()]
    return attrs.evolve(settings, models=kept), problems


def _without_unclear(settings: Settings, file: str) -> tuple[Settings, list[Problem]]:
    """Models whose key would come from nowhere or from two places are left out, and so are hosts that are none."""
    faults = {
        name: fault
        for name, model in settings.models.items()
        if (fault := key_source_fault(model.key_env, model.key_command, model.key_keyring))
    }
    problems = [Problem(file, f"models.{name}", fault) for name, fault in faults.items()]
    problems += [Problem(file, "own_hosts", fault) for one in settings.own_hosts if (fault := own_host_fault(one))]
    kept = {name: model for name, model in settings.models.items() if name not in faults}
    hosts = tuple(one for one in settings.own_hosts if not own_host_fault(one))
    return attrs.evolve(settings, models=kept, own_hosts=hosts), problems


def with_experiments(settings: Settings, file: str) -> tuple[Settings, list[Problem]]:
    """Experiments that cannot be run are left out; a role that only an experiment serves has its first arm's model."""
    kept: dict[str, ExperimentSettings] = {}
    problems: list[Problem] = []
    for name, one in settings.experiment.items():
        fault = _fault_of(one, settings, kept)
        if fault:
            problems.append(Problem(file, f"experiment.{name}", fault))
        else:
            kept[name] = one
    first = {one.role: min(one.arms) for one in kept.values()}
    roles = {role: getattr(settings, role) or first.get(role, "") for role in ("inline", "fix")}
    return attrs.evolve(settings, experiment=kept, **roles), problems


def _fault_of(one: ExperimentSettings, settings: Settings, others: Mapping[str, ExperimentSettings]) -> str:
    if one.role not in {"inline", "fix"}:
        return f"role must be inline or fix, it is {one.role!r}"
    if any(other.role == one.role for other in others.values()):
        return f"there is another experiment for {one.role}; only one can run at a time, and this one is left out"
    unknown = [arm for arm in one.arms if arm not in settings.models]
    if unknown:
        known = ", ".join(sorted(settings.models)) or "none is configured"
        return f"there is no model {unknown[0]!r}; an arm is the name of one of your models ({known})"
    return fault(one.arms)


def _without_overruled(settings: Settings, chosen: tuple[str, str]) -> Settings:
    """Who names a model in the environment or by a flag wants that one: its role takes part in no experiment."""
    roles = {role for role, name in zip(("inline", "fix"), chosen, strict=True) if getattr(settings, role) != name}
    kept = {name: one for name, one in settings.experiment.items() if one.role not in roles}
    return attrs.evolve(settings, experiment=kept)


def _closed(settings: Settings, found: list[Problem], unread: str) -> Settings:
    """`self_hosted_only` that cannot be read is taken for set: who wrote it wants nothing sent elsewhere."""
    unknown = unread not in {"", NOT_THERE} or any(problem.key == "self_hosted_only" for problem in found)
    return attrs.evolve(settings, self_hosted_only=True) if unknown else settings


def _with_environment(settings: Settings, environ: Mapping[str, str]) -> tuple[Settings, str, list[Problem]]:
    """`CARETWISE_BASE_URL` and its kin define a model without any file; it then serves both roles.

    Gives the settings, the name of the model that was defined, and what is missing. When something is, no model is used:
    who names another host does not want the file's.
    """
    base_url, model, endpoint = (
        environ.get(f"CARETWISE_{one}", "").strip() for one in ("BASE_URL", "MODEL", "ENDPOINT")
    )
    if model and not base_url and not endpoint and model in settings.models:
        return attrs.evolve(settings, inline=model, fix=model), "", []
    missing = _missing(settings, base_url, model, endpoint)
    if missing:
        return attrs.evolve(settings, inline="", fix=""), "", [Problem(_ENVIRONMENT, "", missing)]
    if not model:
        return settings, "", []
    key_env = "CARETWISE_API_KEY" if environ.get("CARETWISE_API_KEY") else ""
    chosen = ModelSettings(model=model, base_url=base_url, endpoint=endpoint, key_env=key_env)
    return attrs.evolve(settings, models={**settings.models, model: chosen}, inline=model, fix=model), model, []


def _missing(settings: Settings, base_url: str, model: str, endpoint: str) -> str:
    """What the environment's model lacks; "" when it lacks nothing, or when there is none."""
    if not model and (base_url or endpoint):
        given = "CARETWISE_BASE_URL" if base_url else "CARETWISE_ENDPOINT"
        return (
            f"CARETWISE_MODEL is missing: {given} alone does not say which model is asked; set CARETWISE_MODEL to the "
            f"model's id as the host names it (kimi-k2.6, say), or unset {given}"
        )
    known = catalog().endpoints
    if not model or base_url or (endpoint and (endpoint not in known or known[endpoint].base_url)):
        return ""
    why = (
        f"endpoint {endpoint!r} has no address of its own"
        if endpoint
        else "CARETWISE_MODEL alone does not say where to ask"
    )
    mine = ", ".join(sorted(settings.models))
    other = f"name one of your models in CARETWISE_MODEL ({mine})" if mine and not endpoint else "unset CARETWISE_MODEL"
    return f"CARETWISE_BASE_URL is missing: {why}; set CARETWISE_BASE_URL (http://localhost:8000/v1, say), or {other}"


def with_workspace(
    settings: Settings, data: object, source: str, host_of: Callable[[str], str]
) -> tuple[Settings, list[Problem]]:
    """Settings with a workspace's harmless keys applied; each other key is refused, by name.

    A workspace can send code to no host that it would not go to anyway: it may choose another model of the same host, or
    none, and it may show a model less context but not more. `host_of` gives the host of a model ("": nothing is sent).
    """
    if not isinstance(data, Mapping):
        return settings, []
    table = cast("Mapping[str, Any]", data)
    problems = [
        Problem(source, str(key), "a workspace may not set this; put it into your own config.toml")
        for key in table
        if key not in WORKSPACE_KEYS and key != "trusted"
    ]
    harmless = {key: value for key, value in table.items() if key in WORKSPACE_KEYS}
    wanted, found = structure(harmless, Settings, source)
    given = {key: getattr(wanted, key) for key in harmless if not any(problem.key == key for problem in found)}
    for role in ("inline", "fix"):
        if given.get(role) and host_of(given[role]) != host_of(getattr(settings, role)):
            now = host_of(getattr(settings, role)) or "nowhere"
            found.append(Problem(source, role, f"a workspace may not send code elsewhere than you do (now: {now})"))
            del given[role]
    for key in ("ignore", "languages_off"):
        if key in given:
            given[key] = (*getattr(settings, key), *given[key])
    if "context_tokens" in given:
        given["context_tokens"] = min(settings.context_tokens, given["context_tokens"])
    return attrs.evolve(settings, **given), problems + found


def read_workspace_file(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The table of a folder's `.caretwise.toml`; empty when there is none. Somebody else may have written it."""
    path = folder / ".caretwise.toml"
    if not os.path.lexists(path):
        return {}, []
    content = read_regular(str(path), MOST_WORKSPACE_BYTES)
    if isinstance(content, Refused):
        return {}, [Problem(str(path), "", content.reason)]
    if any(line.count(b".") > _MOST_DOTS for line in content.split(b"\n")):
        # The parser takes quadratic time over dotted keys.
        return {}, [Problem(str(path), "", f"a line has more than {_MOST_DOTS} dots; no setting needs them")]
    data, unread = _parsed(content)
    return data, [Problem(str(path), "", f"the file cannot be read: {unread}")] if unread else []
