"""From a place to the declarations that are needed there: what stands behind the dot, what a call wants, what is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from caretwise.context.chain import Chain
from caretwise.context.declares import SELF
from caretwise.context.origins import Origin
from caretwise.context.owners import Located, Owner, Owners, Table, closeness
from caretwise.context.place import Place
from caretwise.context.symbols import Symbol

_MOST_CLASSES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration that is likely to be needed, and why: "receiver", "call", "import"; `weight` from 0 to 1."""

    located: Located
    weight: float
    why: str


class Resolver:
    """Finds declarations for one place of one file."""

    def __init__(self, table: Table, path: str, place: Place, origins: Mapping[str, Origin]) -> None:
        """`origins` are what the file imports."""
        self._table, self._path, self._place, self._origins = table, path, place, origins
        self._owners = Owners(table, path, place, origins)

    def wanted(self) -> list[Wanted]:
        """The declarations that the place asks for, best first."""
        place = self._place
        found: list[Wanted] = []
        if place.behind_dot and place.receiver:
            found += self._behind_dot(place.receiver)
        else:
            if place.expected:
                found += self._of_class(place.expected, 0.9, "call")
            for depth, chain in enumerate(place.calls[:2]):
                found += self._of_call(chain, 0.9 if not depth else 0.5)
        return found

    def _behind_dot(self, chain: Chain) -> list[Wanted]:
        taken = self._taken(chain)
        owners = self._owners.of(chain) or self._owners.by_name(chain[-1]) or self._owners.by_use(taken)
        members: dict[str, tuple[Located, float]] = {}
        for owner in owners[:_MOST_CLASSES]:
            for step, located in self._owners.with_bases(owner):
                trust = owner.trust * 0.9**step
                members.setdefault(located.symbol.name, (located, trust))
        if not owners:
            members = self._named_by_use(taken)
        return self._ranked(members, taken, own=chain[0] in SELF and len(chain) == 1)

    def _taken(self, chain: Chain) -> Mapping[str, float]:
        return self._table.taken_from(chain[-1].removesuffix("()")) if chain[-1] not in SELF else {}

    def _ranked(
        self, members: Mapping[str, tuple[Located, float]], taken: Mapping[str, float], *, own: bool
    ) -> list[Wanted]:
        popular = self._table.popularity(list(members))
        most = max(taken.values(), default=0) or 1
        scored: list[Wanted] = []
        for name, (located, trust) in members.items():
            weight = trust * (0.35 + 0.35 * min(1.0, popular.get(name, 0) / 12) + 0.3 * taken.get(name, 0) / most)
            if name.startswith("__") or name == "constructor":
                weight *= 0.1
            elif name.startswith("_") and not own:
                weight *= 0.4
            if self._place.part and not name.startswith(self._place.part):
                weight *= 0.3
            if name in self._place.used:
                weight *= 0.5
            scored.append(Wanted(located, weight, "receiver"))
        scored.sort(key=lambda one: (-one.weight, one.located.path, one.located.symbol.line))
        return scored

    def _named_by_use(self, taken: Mapping[str, float]) -> dict[str, tuple[Located, float]]:
        """Declarations of the names that are taken most from such a receiver."""
        found: dict[str, tuple[Located, float]] = {}
        for name in sorted(taken, key=lambda one: (-taken[one], one))[:20]:
            best = self._owners.nearest(one for one in self._table.named(name) if one.path != self._path)
            if best is not None:
                found[name] = (best, 0.5)
        return found

    def _of_call(self, chain: Chain, weight: float) -> list[Wanted]:
        name = chain[-1].removesuffix("()")
        found: list[Located] = []
        if len(chain) > 1:
            owners = self._owners.of(chain[:-1])
            for owner in owners:
                found += [one for _, one in self._owners.with_bases(owner) if one.symbol.name == name]
        if not found:
            found = self._callables(name, method=len(chain) > 1)
        wanted: list[Wanted] = []
        for located in found[:3]:
            wanted.append(Wanted(located, weight, "call"))
            if located.symbol.kind == "class":
                wanted += self._of_class(located.symbol.name, weight * 0.9, "call", located.path)
            else:
                wanted += self._of_parameters(located.symbol, weight * 0.8)
        return wanted

    def _callables(self, name: str, *, method: bool) -> list[Located]:
        origin = self._origins.get(name) if not method else None
        declared = self._owners.declaration(origin) if origin is not None else None
        if declared is not None:
            return [declared]
        bound = dict(self._place.bound).get(name)
        if bound is not None and bound.type:
            return [
                Located(owner.path, one.symbol)
                for owner in self._owners.classes(bound.type)
                for one in self._owners.itself(owner)
            ]
        fits = [
            one for one in self._table.named(name) if one.symbol.kind != "value" and bool(one.symbol.owner) == method
        ]
        return sorted(fits, key=lambda one: (-closeness(self._path, one.path), one.path))[:2]

    def _of_class(self, name: str, weight: float, why: str, path: str = "") -> list[Wanted]:
        """What can be given when an object of a class is made: its fields and its constructor."""
        owners = [Owner(path, name)] if path else self._owners.classes(name)[:1]
        found: list[Wanted] = []
        for owner in owners:
            for step, one in self._owners.with_bases(owner):
                name_of, kind = one.symbol.name, one.symbol.kind
                constructor = name_of in {"__init__", "constructor", "new", "__new__"}
                if constructor or (kind == "value" and not one.symbol.signature.startswith(("self.", "this."))):
                    found.append(Wanted(one, weight * (1.0 if constructor else 0.8) * 0.8**step, why))
        return found

    def _of_parameters(self, symbol: Symbol, weight: float) -> list[Wanted]:
        """The fields of what a call takes, where an object literal is being written for it."""
        if not self._place.literal:
            return []
        names = re.findall(r"[:|&]\s*(?:\w+<)?([A-Z]\w+)", symbol.signature.partition("(")[2])
        return [one for name in dict.fromkeys(names) for one in self._of_class(name, weight, "call")]

    def imported(self) -> list[Wanted]:
        """The declarations of imported names that stand near the cursor, the nearest first, with their members."""
        near = {name: number for number, name in enumerate(self._place.around)}
        found: list[Wanted] = []
        for name, origin in self._origins.items():
            if name not in near or not origin.name:
                continue
            declared = self._owners.declaration(origin)
            if declared is None or declared.path == self._path:
                continue
            weight = 0.45 * (1 - 0.7 * near[name] / max(1, len(near)))
            found.append(Wanted(declared, weight, "import"))
            if declared.symbol.kind == "class":
                members = self._table.members(declared.path, declared.symbol.name)
                found += [Wanted(member, weight * 0.6, "import") for member in members]
        return found
