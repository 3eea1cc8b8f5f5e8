"""Checks what a user wrote against the settings classes, and lists everything that is wrong at once."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import attrs
import cattrs

from caretwise.context.key_literals import mask

T = TypeVar("T", bound=attrs.AttrsInstance)

_PLAIN = {str: "a text in quotes", bool: "true or false", int: "a whole number", float: "a number"}
_RANGES = {
    "fix_candidates": (1, 5),
    "seconds": (1, 300),
    "daily_cap_usd": (0, 1_000_000),
    "debounce_ms": (0, 5000),
    "context_tokens": (100, 200_000),
    "related_tokens": (0, 200_000),
}

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Some hosts give keys without a prefix. Names that long have words, and words have underscores between them.
_BARE_KEY = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{24,}")

_MOST_TOLD = 6
"""Problems of a configuration that are told at once; the others show when these are gone."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: in which file, at which key ("" for the file as a whole), and what would be right."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}: {_cut(self.key) + ': ' if self.key else ''}{self.message}"


def listed(problems: Sequence[Problem]) -> str:
    """The first few in one sentence, and how many more there are."""
    shown = "; ".join(str(problem) for problem in problems[:_MOST_TOLD])
    more = len(problems) - _MOST_TOLD
    return f"{shown}; and {more} more" if more > 0 else shown


def _strict(kind: type) -> Any:
    def check(value: object, _: object) -> object:
        # 1 is a number, whatever TOML calls it; one that no float can hold is refused below.
        if kind is float and type(value) is int and abs(typing.cast("int", value)) < 2**53:
            return float(typing.cast("int", value))
        if type(value) is not kind:
            raise TypeError(f"expected {_PLAIN[kind]}, got {_shown(value)}")
        return value

    return check


def _shown(value: object) -> str:
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


_converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=False)
for _kind in _PLAIN:
    _converter.register_structure_hook(_kind, _strict(_kind))


def structure(data: Mapping[str, Any], cls: type[T], file: str, at: str = "") -> tuple[T, list[Problem]]:
    """An instance of a settings class from a table; what is wrong is left at its default and listed."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    fields = {field.name: field for field in attrs.fields(cls)}
    hints = typing.get_type_hints(cls)
    for key, value in data.items():
        name = f"{at}{key}"
        if key not in fields:
            known = ", ".join(sorted(fields))
            problems.append(Problem(file, name, f"there is no such setting here; known are: {known}"))
            continue
        if isinstance(value, str) and any(ord(character) < 32 for character in value):
            problems.append(Problem(file, name, "the text holds control characters"))
            continue
        nested = _mapping_of_settings(hints[key])
        if nested is not None:
            values[key] = _each(value, nested, file, name, problems)
        else:
            _one(values, key, value, hints[key], file, name, problems)
    return cls(**values), problems


def _one(
    values: dict[str, Any], key: str, value: object, hint: object, file: str, name: str, problems: list[Problem]
) -> None:
    try:
        if wanted := _unlike(value, hint):
            raise TypeError(f"expected {wanted}, got {_shown(value)}")
        structured = _converter.structure(value, typing.cast("type[Any]", hint))
        low, high = _RANGES.get(key, (None, None))
        if low is not None and high is not None and not low <= structured <= high:
            raise ValueError(f"{structured} is out of range; from {low} to {high} would be right")
        values[key] = structured
    except (TypeError, ValueError, cattrs.errors.CattrsError) as error:
        problems.append(Problem(file, name, str(error)))


def _unlike(value: object, hint: object) -> str:
    """What a value of this type would be, in words, where the value is another kind of thing; "" where it is not."""
    kind = typing.get_origin(hint)
    if kind is tuple:
        return "" if isinstance(value, list | tuple) else "a list of texts"
    if kind is typing.Literal:
        possible = [f'"{one}"' for one in typing.get_args(hint)]
        fits = isinstance(value, str) and value in typing.get_args(hint)
        return "" if fits else f"{', '.join(possible[:-1])} or {possible[-1]}"
    if kind is Mapping:
        return "" if isinstance(value, Mapping) else "a table of names and numbers"
    return ""


def _mapping_of_settings(hint: object) -> type[attrs.AttrsInstance] | None:
    arguments = typing.get_args(hint)
    inner = arguments[1] if len(arguments) == 2 else None
    return inner if isinstance(inner, type) and attrs.has(inner) else None


def _each(
    value: object, cls: type[attrs.AttrsInstance], file: str, name: str, problems: list[Problem]
) -> dict[str, attrs.AttrsInstance]:
    if not isinstance(value, Mapping):
        problems.append(Problem(file, name, f"expected tables such as [{name}.NAME], got {_shown(value)}"))
        return {}
    made: dict[str, attrs.AttrsInstance] = {}
    for key, table in value.items():
        if isinstance(table, Mapping):
            made[key], found = structure(table, cls, file, f"{name}.{key}.")
            problems += found
            if found:
                # Not the rest of it: a model without the address that was meant would ask another host.
                del made[key]
        else:
            problems.append(Problem(file, f"{name}.{key}", f"expected a table [{name}.{key}], got {_shown(table)}"))
    return made


def key_name_fault(name: str) -> str:
    """What is wrong with a `key_env`; "" when nothing is. It may be a pasted key, so the sentence does not repeat it."""
    if not name or (_VARIABLE.fullmatch(name) and not _BARE_KEY.fullmatch(name) and not mask(name).count):
        return ""
    return (
        "this wants the NAME of an environment variable that holds the key (MOONSHOT_API_KEY, say), and what was given is "
        "no such name; a key itself belongs into the variable"
    )


def model_name_fault(name: str) -> str:
    """Why a model cannot be called that; "" when it can."""
    if name.lower() != "embedded":
        return ""
    return f"{name!r} is the name of the engine that answers without a model, in reports and for --model"


def key_source_fault(key_env: str, key_command: Sequence[str], key_keyring: str) -> str:
    """What is wrong with where a model's key is to come from; "" when nothing is. No part of a key is repeated."""
    if sum(map(bool, (key_env, key_command, key_keyring))) > 1:
        return "a key comes from one place: leave one of key_env, key_command and key_keyring"
    if any(mask(part).count for part in key_command):
        return "key_command holds something that looks like a key; it wants a program that prints the key"
    if key_command and not key_command[0].strip():
        return 'key_command wants a program and its arguments, such as ["pass", "show", "moonshot"]'
    if key_keyring and not all(part.strip() for part in [*key_keyring.split("/", 1), ""][:2]):
        return 'key_keyring wants "service/user", as the entry is called in the keyring'
    return ""
