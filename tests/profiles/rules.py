"""The rules of a profile, one by one: every leaf of its TOML data, and the data without it."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

from tests.profiles.cases import CASES, Case

from caretwise.adapters.resources import catalog
from caretwise.models.catalog import Catalog, read_endpoint, read_family

FOR_PEOPLE: dict[str, str] = {
    "title": "shown by `caretwise models`",
    "checked_on": "shown by `caretwise models`",
    "source": "shown by `caretwise models`",
    "prices": "for the journal's costs",
    "context": "shown by `caretwise models`",
    "serves_any_id": "for what `caretwise doctor` says of an id that the host does not list",
    "ids_are_own": "for what `caretwise setup` asks",
    "self_hosted": "for listings, and for a setting that keeps to such hosts",
}
"""Entries that shape no request and no reading of an answer, with what they are for. No walk is made without them."""

Path = tuple[str | int, ...]
"""The way to a leaf: keys of tables, places in lists."""


@cache
def data(kind: str, name: str) -> dict[str, Any]:
    """The data of one file; `kind` is `endpoints` or `families`."""
    return tomllib.loads(resources.files("caretwise").joinpath("models", kind, f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Rule:
    """One leaf of one file."""

    kind: str
    name: str
    path: Path

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} {self.key}"

    @property
    def key(self) -> str:
        """The leaf in words: an item of a list is shown by its value."""
        shown, here = "", data(self.kind, self.name)
        for step in self.path:
            here = here[step]  # type: ignore[index]
            shown += f"[{here}]" if isinstance(step, int) else f".{step}"
        return shown.removeprefix(".")

    def without(self) -> dict[str, Any]:
        """The file's data without this leaf."""
        changed = copy.deepcopy(data(self.kind, self.name))
        here: Any = changed
        for step in self.path[:-1]:
            here = here[step]
        del here[self.path[-1]]
        return changed

    def catalog(self) -> Catalog:
        """The whole catalog, with this leaf missing. Raises what the reader raises on data that it cannot read."""
        known = catalog()
        if self.kind == "endpoints":
            endpoint = read_endpoint(self.name, self.without())
            return replace(known, endpoints={**known.endpoints, self.name: endpoint})
        family = read_family(self.name, self.without())
        return replace(known, families={**known.families, self.name: family})

    def cases(self) -> list[Case]:
        """The profiles that this rule is part of."""
        return [case for case in CASES if (case.endpoint if self.kind == "endpoints" else family_of(case)) == self.name]


def family_of(case: Case) -> str:
    """The name of the family that a case's model belongs to."""
    return catalog().family_of(case.model).name


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, number))
    else:
        yield path


def _rules_of(kind: str, name: str) -> Iterator[Rule]:
    for path in _leaves(data(kind, name), ()):
        if path[0] in FOR_PEOPLE:
            continue
        rule = Rule(kind, name, path)
        if path[0] == "models" and len(path) > 1 and not _describes_a_case(rule):
            continue  # the name of another model
        yield rule


def _describes_a_case(rule: Rule) -> bool:
    pattern = data(rule.kind, rule.name)["models"][rule.path[1]]
    return any(fnmatchcase(case.model.rpartition("/")[2].lower(), pattern) for case in rule.cases())


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of every file that a profile of the first group is made of."""
    files = {("endpoints", case.endpoint) for case in CASES} | {("families", family_of(case)) for case in CASES}
    return tuple(rule for kind, name in sorted(files) for rule in _rules_of(kind, name))


def changes_nothing(rule: Rule, changed: Catalog) -> bool:
    """Whether the leaf says what holds without it: the file reads the same."""
    known = catalog()
    if rule.kind == "endpoints":
        return changed.endpoints[rule.name] == known.endpoints[rule.name]
    return changed.families[rule.name] == known.families[rule.name]


__all__ = ["Rule", "all_rules", "changes_nothing"]
