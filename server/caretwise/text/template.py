"""Prompt templates: readable text with holes, checked when it is loaded.

A template starts with a header of `key: value` lines between two lines of three dashes; `holes` lists the names that stand
in double braces, `version` is logged with each suggestion. Sections begin with a line such as `== system ==`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HOLE = re.compile(r"\{\{([a-z_]+)\}\}")
_SECTION = re.compile(r"^== ([a-z]+) ==\n", re.MULTILINE)


class TemplateError(ValueError):
    """A template that cannot be used; the message says which and what would be right."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template. `sections` are (role, text) in their order; `stops` end the model's answer."""

    name: str
    version: str
    holes: frozenset[str]
    sections: tuple[tuple[str, str], ...]
    stops: tuple[str, ...] = ()
    judged: str = ""
    """What is known of how well models do with it."""

    @property
    def id(self) -> str:
        """Name and version, as logged."""
        return f"{self.name}@{self.version}"

    def fill(self, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The sections with their holes filled. What is filled in is not searched for holes again."""
        return tuple(
            (role, _HOLE.sub(lambda hole: values[hole.group(1)], text).rstrip("\n")) for role, text in self.sections
        )


def load(name: str, source: str) -> Template:
    """Parse a template.

    Raises TemplateError when the header is missing, or when text and header disagree about the holes.
    """
    parts = source.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise TemplateError(f"template {name}: it must start with a header between two lines of three dashes")
    header = dict(_header_line(name, line) for line in parts[1].splitlines() if line.strip())
    holes = frozenset(header.get("holes", "").split())
    pieces = _SECTION.split(parts[2])
    sections = tuple(zip(pieces[1::2], pieces[2::2], strict=True))
    used = frozenset(_HOLE.findall(parts[2]))
    if used != holes:
        raise TemplateError(f"template {name}: the header lists {sorted(holes)}, the text uses {sorted(used)}")
    if not sections:
        raise TemplateError(f"template {name}: it has no section; one begins with a line such as `== user ==`")
    stops = tuple(stop for stop in header.get("stops", "").split() if stop)
    return Template(name, header.get("version", "0"), holes, sections, stops, header.get("judged", ""))


def _header_line(name: str, line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise TemplateError(f"template {name}: the header line {line!r} is not `key: value`")
    return key.strip(), value.strip()
