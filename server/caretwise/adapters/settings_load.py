"""Reading the settings: defaults, then the user's `config.toml`, then the environment, then flags.

What decides where code goes comes from these sources only; `settings_workspace.py` has what a workspace may say.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from caretwise.adapters.checker_tools import KINDS
from caretwise.adapters.config_file import NOT_THERE, config_path, read_config
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import ExperimentSettings, Loaded, ModelSettings, Settings
from caretwise.adapters.settings_check import (
    Problem,
    key_name_fault,
    key_source_fault,
    model_name_fault,
    structure,
)
from caretwise.measure.arm import fault
from caretwise.models.own_hosts import own_host_fault

_ENVIRONMENT = "environment"


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
    problems += found + pasted + unclear + unfit + _of_checkers(settings, str(path))
    chosen = settings.inline, settings.fix
    settings, defined, halves = _with_environment(settings, environ)
    problems += halves
    if flags:
        settings = attrs.evolve(settings, **flags)
    settings = _without_overruled(settings, chosen)
    settings, nobody = _with_known_fix_models(settings, str(path))
    problems += nobody
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
    content, unread = read_config(path)
    return ({}, unread) if unread else parsed(content)


def _whole(path: Path, unread: str, *, wanted: bool) -> list[Problem]:
    """The problem with the file as a whole; an absent file is fine unless it was asked for by name."""
    if unread != NOT_THERE:
        return [Problem(str(path), "", f"the file cannot be read: {unread}")] if unread else []
    gone = "CARETWISE_CONFIG names this file and it does not exist; correct the path or unset the variable"
    return [Problem(str(path), "", gone)] if wanted else []


def parsed(content: bytes) -> tuple[dict[str, Any], str]:
    """The table that TOML holds, and why there is none ("" when there is)."""
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
    """Models that cannot have their name, or a key from one place, are left out, and so are hosts that are none."""
    faults = {
        name: fault
        for name, model in settings.models.items()
        if (fault := model_name_fault(name) or key_source_fault(model.key_env, model.key_command, model.key_keyring))
    }
    problems = [Problem(file, f"models.{name}", fault) for name, fault in faults.items()]
    problems += [Problem(file, "own_hosts", fault) for one in settings.own_hosts if (fault := own_host_fault(one))]
    kept = {name: model for name, model in settings.models.items() if name not in faults}
    hosts = tuple(one for one in settings.own_hosts if not own_host_fault(one))
    return attrs.evolve(settings, models=kept, own_hosts=hosts), problems


def _of_checkers(settings: Settings, file: str) -> list[Problem]:
    """Checkers that would never be run. Whether the program is there is looked at when it is run."""
    problems: list[Problem] = []
    for name, checker in settings.checkers.items():
        if name not in KINDS:
            known = ", ".join(sorted(KINDS))
            problems.append(Problem(file, f"checkers.{name}", f"no checker of this name is known; known are: {known}"))
        elif not Path(checker.path).is_absolute():
            wanted = f"expected an absolute path (/home/me/.local/bin/{name}, say), got {checker.path!r}"
            problems.append(Problem(file, f"checkers.{name}.path", wanted))
    return problems


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


def _with_known_fix_models(settings: Settings, file: str) -> tuple[Settings, list[Problem]]:
    known = tuple(name for name in settings.fix_models if name in settings.models)
    nobody = [name for name in settings.fix_models if name not in settings.models]
    problems = [Problem(file, "fix_models", f"there is no model {name!r}") for name in nobody]
    return attrs.evolve(settings, fix_models=known), problems


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
    unnamed = model_name_fault(model)
    missing = f"CARETWISE_MODEL: {unnamed}" if unnamed else _missing(settings, base_url, model, endpoint)
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
