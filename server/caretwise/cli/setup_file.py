"""Adds a model to the configuration file and leaves the rest of it as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from caretwise.adapters.atomic import write_text
from caretwise.adapters.settings import Settings
from caretwise.adapters.settings_check import structure
from caretwise.models.profile import Role


def write(path: Path, name: str, table: Mapping[str, Any], roles: list[Role]) -> None:
    """Add `[models.NAME]` with the roles at the file's head. Raises click.ClickException when that cannot be done."""
    try:
        old = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        text = _with_model(old, name, table, roles)
        if _faulty(text, path):
            raise click.ClickException(
                f"{path} is written in a way that a model cannot be added to by itself; add this by hand:\n"
                + _with_model("", name, table, roles)
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text, mode=0o600)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or type(error).__name__}") from error


def _with_model(old: str, name: str, table: Mapping[str, Any], roles: list[Role]) -> str:
    # A list of texts is written in TOML as in JSON.
    body = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items() if value)
    head = "".join(f'{role.value} = "{name}"\n' for role in roles)
    kept = "".join(line for line in old.splitlines(keepends=True) if not any(_sets(line, role) for role in roles))
    parts = (head.rstrip(), kept.strip("\n").rstrip(), f"[models.{name}]\n{body}")
    return "\n\n".join(part for part in parts if part)


def _sets(line: str, role: Role) -> bool:
    return re.match(rf"\s*(['\"]?){role.value}\1\s*=", line) is not None


def _faulty(text: str, path: Path) -> bool:
    """Whether the file would have faults with this text."""
    try:
        return bool(structure(tomllib.loads(text), Settings, str(path))[1])
    except tomllib.TOMLDecodeError:
        return True
