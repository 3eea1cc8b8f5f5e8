"""What a name or an expression stands for: the class or the module that has what stands behind its dot.

`Table` is what is known of the workspace's declarations; the index answers it (`adapters/index_store.py`). Where
nothing tells a receiver's class, its use does: the class that declares what others take from a receiver of that name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from caretwise.context.chain import Chain
from caretwise.context.declares import SELF
from caretwise.context.origins import Origin
from caretwise.context.place import Place
from caretwise.context.symbols import Symbol

_MOST_STEPS = 4
_MOST_BASES = 6
_MOST_PASSED_ON = 3


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

    def members(self, path: str, owner: str) -> Sequence[Located]:
        """What a class declares; for an `owner` of "" what stands at the top of a file."""
        ...

    def files_of(self, module: tuple[str, ...]) -> Sequence[str]:
        """The files that a module may be, best first."""
        ...

    def origins(self, path: str) -> Mapping[str, Origin]:
        """What a file imports."""
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


class Owners:
    """Finds out what expressions in one place of one file stand for."""

    def __init__(self, table: Table, path: str, place: Place, origins: Mapping[str, Origin]) -> None:
        """`origins` are what the file imports."""
        self._table, self._path, self._place, self._origins = table, path, place, origins
        self._bound = dict(place.bound)

    def of(self, chain: Chain, steps: int = _MOST_STEPS) -> list[Owner]:
        """The classes or modules that an expression is likely to be; empty when nothing tells."""
        if not chain or not steps:
            return []
        owners = self._head(chain[0], steps)
        for part in chain[1:]:
            following = [next_one for owner in owners for next_one in self._member(owner, part)]
            owners = following or self._anywhere(part.removesuffix("()"))
        return owners

    def _head(self, part: str, steps: int) -> list[Owner]:
        name = part.removesuffix("()")
        if name in SELF:
            if name == "super":
                return [owner for base in self._place.bases for owner in self.classes(base)]
            if not self._place.owner:
                return []
            own = Owner(self._path, self._place.owner)
            return [own, *(one for base in self._place.bases for one in self.classes(base)[:1])]
        bound = self._bound.get(name)
        if bound is not None and not part.endswith("()"):
            if bound.type and (found := self.classes(bound.type)):
                return found
            if bound.chain and bound.chain[0].removesuffix("()") != name and (found := self.of(bound.chain, steps - 1)):
                return found
        origin = self._origins.get(name)
        if origin is not None:
            return self._through(origin)
        found = [
            owner
            for one in self._table.members(self._path, "")
            if one.symbol.name == name
            for owner in self._given(one)
        ]
        return found or (self.classes(name) if name[:1].isupper() else [])

    def _through(self, origin: Origin) -> list[Owner]:
        """What an imported name is."""
        if not origin.name:
            return [Owner(path, "") for path in self._table.files_of(origin.module)[:1]]
        declared = self.declaration(origin)
        if declared is not None:
            return self._given(declared)
        inner = self._table.files_of((*origin.module, origin.name))[:1]
        if inner:
            return [Owner(path, "") for path in inner]
        return self.classes(origin.name) if origin.name[:1].isupper() else []

    def declaration(self, origin: Origin, steps: int = _MOST_PASSED_ON) -> Located | None:
        """The declaration of an imported name, followed through files that pass it on, under another name as well."""
        for path in self._table.files_of(origin.module)[:2]:
            found = next((one for one in self._table.members(path, "") if one.symbol.name == origin.name), None)
            if found is not None or not steps:
                return found
            passed = self._table.origins(path)
            stars = [one for key, one in passed.items() if key.startswith("*")]
            for one in (passed[origin.name], *stars) if origin.name in passed else stars:
                name = origin.name if one.name == "*" else one.name
                found = self.declaration(Origin(one.module, name, one.exact), steps - 1)
                if found is not None:
                    return found
        return None

    def _given(self, located: Located) -> list[Owner]:
        """What one gets by naming (or calling) a symbol."""
        symbol = located.symbol
        if symbol.kind == "class":
            return [Owner(located.path, symbol.name)]
        return self.classes(symbol.type, located.path) if symbol.type else []

    def _member(self, owner: Owner, part: str) -> list[Owner]:
        name = part.removesuffix("()")
        for _, located in self.with_bases(owner):
            if located.symbol.name == name and (found := self._given(located)):
                return found
        if not owner.name:
            inner = self._table.origins(owner.path).get(name)
            if inner is not None:
                return self._through(inner)
            folder = owner.path.rpartition("/")[0]
            return [Owner(path, "") for path in self._table.files_of((*folder.split("/"), name))[:1]]
        return []

    def _anywhere(self, name: str) -> list[Owner]:
        """The class that most declarations of a name give, wherever they stand."""
        types = Counter(one.symbol.type for one in self._table.named(name) if one.symbol.type)
        return [owner for found, _ in types.most_common(1) for owner in self.classes(found)[:1]]

    def by_name(self, part: str) -> list[Owner]:
        """A class that is called like the receiver: `plugin_manager`, `PluginManager`; `oldSubscriber`, `Subscriber`."""
        words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", part.removesuffix("()"))
        for start in range(len(words)):
            name = "".join(word[:1].upper() + word[1:] for word in words[start:])
            found = self.classes(name) if len(name) > 3 else []
            if found:
                return [Owner(one.path, one.name, 0.8) for one in found[:1]]
        return []

    def by_use(self, taken: Mapping[str, float]) -> list[Owner]:
        """The classes that declare what is taken from such a receiver."""
        names = sorted(taken, key=lambda one: (-taken[one], one))[:12]
        names = list(dict.fromkeys([*self._place.used[:8], *names]))
        if len(names) < 2:
            return []
        scores: dict[tuple[str, str], float] = defaultdict(float)
        for name in names:
            all_of = [one for one in self._table.named(name) if one.symbol.owner]
            for key in {(one.path, one.symbol.owner) for one in all_of}:
                scores[key] += 1 / (2 + len(all_of))
        ranked = sorted(scores, key=lambda key: (-scores[key] * (0.5 + closeness(self._path, key[0])), key))
        return [Owner(path, name, 0.7) for path, name in ranked[:2]]

    def classes(self, name: str, near: str = "") -> list[Owner]:
        """The classes of this name as the file `near` means it: what that file imports, else what is nearest."""
        origins = self._table.origins(near) if near else self._origins
        meant = self.declaration(origins[name]) if name in origins else None
        if meant is not None and meant.symbol.kind == "class":
            return [Owner(meant.path, meant.symbol.name)]
        fits = [one for one in self._table.named(name) if one.symbol.kind == "class"]
        fits.sort(key=lambda one: (-closeness(near or self._path, one.path), one.path))
        return [Owner(one.path, one.symbol.name) for one in fits[:2]]

    def itself(self, owner: Owner) -> list[Located]:
        """The declaration of a class."""
        return [one for one in self._table.named(owner.name) if one.path == owner.path and one.symbol.kind == "class"]

    def with_bases(self, owner: Owner) -> Iterable[tuple[int, Located]]:
        """The members of a class, then those of its bases, with the number of steps up."""
        waiting, seen = [(0, owner)], set[tuple[str, str]]()
        while waiting and len(seen) < _MOST_BASES:
            step, one = waiting.pop(0)
            if (one.path, one.name) in seen:
                continue
            seen.add((one.path, one.name))
            for located in self._table.members(one.path, one.name):
                yield step, located
            for itself in self.itself(one) if one.name else ():
                for base in itself.symbol.bases:
                    waiting += [(step + 1, found) for found in self.classes(base, one.path)[:1]]

    def nearest(self, some: Iterable[Located]) -> Located | None:
        """Of several declarations the one in the nearest file; members before what stands alone."""
        return max(
            some, key=lambda one: (bool(one.symbol.owner), closeness(self._path, one.path), one.path), default=None
        )
