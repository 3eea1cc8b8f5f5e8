"""From a place to the declarations that are needed there: what stands behind the dot, what a call wants, what is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from caretwise.context.chain import Chain
from caretwise.context.declares import SELF
from caretwise.context.origins import Origin, origins
from caretwise.context.owners import Owners
from caretwise.context.place import Place
from caretwise.context.symbols import Symbol
from caretwise.context.table import Located, Owner, Table, closeness
from caretwise.text.language import by_path

LEAST_BEGUN = 4
"""Letters of a name from which on it is looked for by its beginning."""

_MOST_BEGUN = 8
_MOST_CLASSES = 3
_BARE_METHODS = frozenset({"java", "kotlin", "csharp", "swift", "scala"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration that is likely to be needed, and why: "receiver", "call", "import"; `weight` from 0 to 1."""

    located: Located
    weight: float
    why: str


class Resolver:
    """Finds declarations for one place of one file."""

    def __init__(self, table: Table, path: str, place: Place, imports: Mapping[str, Origin]) -> None:
        """`imports` are what the file imports."""
        self._table, self._path, self._place, self._origins = table, path, place, imports
        self._owners = Owners(table, path, place, imports)

    def wanted(self) -> list[Wanted]:
        """The declarations that the place asks for, best first."""
        place = self._place
        found: list[Wanted] = []
        if place.importing:
            return self._of_module(place.importing)
        if place.behind_dot and place.receiver:
            found += self._behind_dot(place.receiver)
        else:
            if place.overriding:
                found += self._to_override()
            if place.expected:
                found += self._of_class(place.expected, 0.9, "call")
            for depth, chain in enumerate(place.calls[:2]):
                found += self._of_call(chain, 0.9 if not depth else 0.5)
            found += self._begun(place.part) if len(place.part) >= LEAST_BEGUN else []
        return found

    def _begun(self, part: str) -> list[Wanted]:
        """What a name that is being written may become: declarations that stand for themselves, the nearest first."""
        fits = [one for one in self._table.beginning_with(part) if one.path != self._path and not one.symbol.owner]
        fits.sort(key=lambda one: (-closeness(self._path, one.path), one.path, one.symbol.line))
        return [Wanted(one, 0.5 - 0.01 * rank, "call") for rank, one in enumerate(fits[:_MOST_BEGUN])]

    def _to_override(self) -> list[Wanted]:
        """What the bases of the class around the cursor declare, where a member is being begun."""
        found: dict[str, Wanted] = {}
        for owner in (one for base in self._place.bases for one in self._owners.classes(base)[:1]):
            for step, one in self._owners.with_bases(owner):
                if one.symbol.kind == "function" and not one.symbol.name.startswith("__"):
                    found.setdefault(one.symbol.name, Wanted(one, 0.6 * 0.9**step, "receiver"))
        return list(found.values())

    def _of_module(self, statement: str) -> list[Wanted]:
        """What the module of an import statement has to give."""
        found: list[Wanted] = []
        for origin in origins(statement, self._path, by_path(self._path)).values():
            for path in self._table.files_of(origin.module, self._path)[:1]:
                names = self._owners.with_bases(Owner(path, ""))
                found += [Wanted(one, 0.9, "call") for _, one in names if not one.symbol.name.startswith("_")]
        return found

    def _behind_dot(self, chain: Chain) -> list[Wanted]:
        taken = self._taken(chain)
        owners = self._owners.of(chain) or self._owners.by_name(chain[-1]) or self._owners.by_use(taken)
        members: dict[tuple[str, bool], tuple[Located, float]] = {}
        for owner in owners if owners and not owners[0].name else owners[:_MOST_CLASSES]:
            inside = list(self._owners.with_bases(owner))
            if not inside and owner.name:  # all that it has stands on the line that declares it
                inside = [(0, one) for one in self._owners.itself(owner)]
            for step, located in inside:
                trust = owner.trust * 0.9**step
                members.setdefault((located.symbol.name, located.symbol.kind == "function"), (located, trust))
        if not owners:
            members = self._named_by_use(taken)
        return self._ranked(members, taken, own=chain[0] in SELF and len(chain) == 1)

    def _taken(self, chain: Chain) -> Mapping[str, float]:
        return self._table.taken_from(chain[-1].removesuffix("()")) if chain[-1] not in SELF else {}

    def _ranked(
        self, members: Mapping[tuple[str, bool], tuple[Located, float]], taken: Mapping[str, float], *, own: bool
    ) -> list[Wanted]:
        popular = self._table.popularity([name for name, _ in members])
        most = max(taken.values(), default=0) or 1
        scored: list[Wanted] = []
        for (name, _), (located, trust) in members.items():
            weight = trust * (0.35 + 0.35 * min(1.0, popular.get(name, 0) / 12) + 0.3 * taken.get(name, 0) / most)
            if name.startswith("__") or name == "constructor":
                weight *= 0.1
            elif not own and (name.startswith("_") or self._is_private(located)):
                weight *= 0.4
            if self._place.part and not name.startswith(self._place.part):
                weight *= 0.3
            if name in self._place.used:
                weight *= 0.5
            scored.append(Wanted(located, weight, "receiver"))
        scored.sort(key=lambda one: (-one.weight, one.located.path, one.located.symbol.line))
        return scored

    def _is_private(self, located: Located) -> bool:
        """Whether another package cannot name it: what Go writes small."""
        apart = located.path.rpartition("/")[0] != self._path.rpartition("/")[0]
        return located.path.endswith(".go") and apart and not located.symbol.name[:1].isupper()

    def _named_by_use(self, taken: Mapping[str, float]) -> dict[tuple[str, bool], tuple[Located, float]]:
        """Declarations of the names that are taken most from such a receiver."""
        found: dict[tuple[str, bool], tuple[Located, float]] = {}
        for name in sorted(taken, key=lambda one: (-taken[one], one))[:20]:
            best = self._owners.nearest(one for one in self._table.named(name) if one.path != self._path)
            if best is not None:
                found[name, False] = (best, 0.5)
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
        declared = self._owners.declaration(origin, self._path) if origin is not None else None
        if declared is not None:
            return [declared]
        bound = dict(self._place.bound).get(name)
        if bound is not None and bound.type:
            return [
                Located(owner.path, one.symbol)
                for owner in self._owners.classes(bound.type)
                for one in self._owners.itself(owner)
            ]
        if not method and (own := self._own_methods(name)):
            return own
        named = [one for one in self._table.named(name) if one.symbol.kind != "value"]
        fits = [one for one in named if bool(one.symbol.owner) == method]
        fits = fits or (named if by_path(self._path).id in _BARE_METHODS else [])  # what a static import brings
        return sorted(fits, key=lambda one: (-closeness(self._path, one.path), one.path))[:2]

    def _own_methods(self, name: str) -> list[Located]:
        """Methods that may be called by their bare name inside of their class: in Java and its kin."""
        if not self._place.owner or by_path(self._path).id not in _BARE_METHODS:
            return []
        members = self._owners.with_bases(Owner(self._path, self._place.owner))
        return [one for _, one in members if one.symbol.name == name and one.symbol.kind == "function"][:2]

    def _of_class(self, name: str, weight: float, why: str, path: str = "") -> list[Wanted]:
        """What can be given when an object of a class is made: its fields and its constructor."""
        owners = [Owner(path, name)] if path else self._owners.classes(name)[:1]
        found: list[Wanted] = []
        for owner in owners:
            inside = list(self._owners.with_bases(owner))
            if not inside and not path:  # all that it has stands on the line that declares it
                found += [Wanted(one, weight, why) for one in self._owners.itself(owner)]
            for step, one in inside:
                name_of, kind = one.symbol.name, one.symbol.kind
                constructor = name_of in {"__init__", "constructor", "new", "__new__", owner.name}
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
            declared = self._owners.declaration(origin, self._path)
            if declared is None or declared.path == self._path:
                continue
            weight = 0.45 * (1 - 0.7 * near[name] / max(1, len(near)))
            found.append(Wanted(declared, weight, "import"))
            if declared.symbol.kind == "class":
                members = self._table.members(declared.path, declared.symbol.name)
                found += [Wanted(member, weight * 0.6, "import") for member in members]
        return found
