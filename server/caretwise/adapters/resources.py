"""Reads the data files that ship with the package: prompt templates, model families, endpoints."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from caretwise.models.catalog import Catalog, read_endpoint, read_family
from caretwise.text.template import Template, load


def _files(folder: str, ending: str) -> dict[str, str]:
    root = resources.files("caretwise").joinpath(*folder.split("/"))
    return {
        entry.name.removesuffix(ending): entry.read_text(encoding="utf-8")
        for entry in sorted(root.iterdir(), key=lambda one: one.name)
        if entry.name.endswith(ending)
    }


@cache
def templates() -> dict[str, Template]:
    """All prompt templates by name.

    Raises TemplateError for one that is malformed (a fault of the package; tested).
    """
    return {name: load(name, source) for name, source in _files("prompts", ".md").items()}


@cache
def catalog() -> Catalog:
    """All families and endpoints that ship with the package."""
    families = {
        name: read_family(name, tomllib.loads(text)) for name, text in _files("models/families", ".toml").items()
    }
    endpoints = {
        name: read_endpoint(name, tomllib.loads(text)) for name, text in _files("models/endpoints", ".toml").items()
    }
    return Catalog(families, endpoints)


@cache
def preset(folder: str, name: str) -> dict[str, Any]:
    """A table of figures or choices under `models/`, as it stands in its file. Raises KeyError for an unknown name."""
    return tomllib.loads(_files(f"models/{folder}", ".toml")[name])


@cache
def preset_names(folder: str) -> tuple[str, ...]:
    """The names that `preset` knows in a folder."""
    return tuple(_files(f"models/{folder}", ".toml"))
