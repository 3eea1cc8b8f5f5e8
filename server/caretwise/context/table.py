"""What is known of a workspace's declarations. The index answers it (`adapters/index_store.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from caretwise.context.origins import Origin
from caretwise.context.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Located:
    """A symbol and the file that declares it."""

    path: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Owner:
    """What has members: a class (`name`) of a file, or the file itself (`name` is "")."""

    path: str
    name: str
    trust: float = 1.0


class Table(Protocol):
    """The declarations of a workspace."""

    def named(self, name: str) -> Sequence[Located]:
        """All declarations of a name."""
        ...

    def beginning_with(self, part: str) -> Sequence[Located]:
        """Declarations whose names begin so."""
        ...

    def members(self, path: str, owner: str) -> Sequence[Located]:
        """What a class declares; for an `owner` of "" what stands at the top of a file."""
        ...

    def files_of(self, module: tuple[str, ...], path: str) -> Sequence[str]:
        """The files that a module may be for the file `path`, best first."""
        ...

    def origins(self, path: str) -> Mapping[str, Origin]:
        """What a file imports."""
        ...

    def parts_of(self, owner: str) -> Sequence[str]:
        """The files in which members of a class of this name stand."""
        ...

    def taken_from(self, receiver: str) -> Mapping[str, float]:
        """What is taken from receivers of this name, and how often."""
        ...

    def popularity(self, names: Sequence[str]) -> Mapping[str, int]:
        """How often these names stand behind any dot."""
        ...


def closeness(one: str, two: str) -> float:
    """How near two files are, from 0 to 1: the share of folders that they have in common."""
    first, second = one.split("/")[:-1], two.split("/")[:-1]
    common = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        common += 1
    return (1 + common) / (1 + max(len(first), len(second)))
