"""From a place to the declarations that are needed there: whose members stand behind the dot, what a call wants.

`Table` is what is known of the workspace's declarations; the index answers it (`adapters/index_store.py`). Where
nothing tells a receiver's class, its use does: the class that declares what others take from a receiver of that name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from caretwise.context.declares import SELF
from caretwise.context.origins import Origin
from caretwise.context.place import Chain, Place
from caretwise.context.symbols import Symbol

_MOST_STEPS = 4
_MOST_BASES = 6
_MOST_CLASSES = 3
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Located:
    """A symbol and the file that declares it."""

    path: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration that is likely to be needed, and why: "receiver", "call", "import"; `weight` from 0 to 1."""

    located: Located
    weight: float
    why: str


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


class Resolver:
    """Finds declarations for one place of one file."""

    def __init__(self, table: Table, path: str, place: Place, origins: Mapping[str, Origin]) -> None:
        self._table, self._path, self._place, self._origins = table, path, place, origins
        self._bound = dict(place.bound)

    # -- what is wanted --------------------------------------------------------------------------------------------

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
        owners = self.owners(chain) or self._by_name(chain[-1]) or self._by_use(taken)
        members: dict[str, tuple[Located, float]] = {}
        for owner in owners[:_MOST_CLASSES]:
            for step, located in self._with_bases(owner):
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
            best = self._nearest(one for one in self._table.named(name) if one.path != self._path)
            if best is not None:
                found[name] = (best, 0.5)
        return found

    def _of_call(self, chain: Chain, weight: float) -> list[Wanted]:
        name = chain[-1].removesuffix("()")
        found: list[Located] = []
        if len(chain) > 1:
            owners = self.owners(chain[:-1])
            for owner in owners:
                found += [one for _, one in self._with_bases(owner) if one.symbol.name == name]
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
        origin = self._origins.get(name)
        if origin is not None and not method:
            owner = self._imported(name, origin)
            exact = [one for one in self._top(owner) if one.symbol.name == origin.name] if owner else []
            if exact:
                return exact
        bound = self._bound.get(name)
        if bound is not None and bound.type:
            return [
                Located(owner.path, one.symbol)
                for owner in self._classes(bound.type)
                for one in self._class_itself(owner)
            ]
        fits = [
            one for one in self._table.named(name) if one.symbol.kind != "value" and bool(one.symbol.owner) == method
        ]
        return sorted(fits, key=lambda one: (-closeness(self._path, one.path), one.path))[:2]

    def _of_class(self, name: str, weight: float, why: str, path: str = "") -> list[Wanted]:
        """What can be given when an object of a class is made: its fields and its constructor."""
        owners = [Owner(path, name)] if path else self._classes(name)[:1]
        found: list[Wanted] = []
        for owner in owners:
            for step, one in self._with_bases(owner):
                name_of, kind = one.symbol.name, one.symbol.kind
                constructor = name_of in {"__init__", "constructor", "new", "__new__"}
                if constructor or (kind == "value" and not one.symbol.signature.startswith(("self.", "this."))):
                    found.append(Wanted(one, weight * (1.0 if constructor else 0.8) * 0.8**step, why))
        return found

    def _of_parameters(self, symbol: Symbol, weight: float) -> list[Wanted]:
        """The fields of what a call takes as options: an object literal is being written for one of these."""
        found: list[Wanted] = []
        for name in re.findall(
            r"[:|&]\s*([A-Z]\w*(?:Options|Config|Params|Props|Args|Init|Settings|Request|Input))\b", symbol.signature
        ):
            found += self._of_class(name, weight, "call")
        return found

    # -- what a name stands for ------------------------------------------------------------------------------------

    def owners(self, chain: Chain, steps: int = _MOST_STEPS) -> list[Owner]:
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
                return [owner for base in self._place.bases for owner in self._classes(base)]
            if not self._place.owner:
                return []
            own = Owner(self._path, self._place.owner)
            return [own, *(one for base in self._place.bases for one in self._classes(base)[:1])]
        bound = self._bound.get(name)
        if bound is not None and not part.endswith("()"):
            if bound.type and (found := self._classes(bound.type)):
                return found
            if (
                bound.chain
                and bound.chain[0].removesuffix("()") != name
                and (found := self.owners(bound.chain, steps - 1))
            ):
                return found
        origin = self._origins.get(name)
        if origin is not None:
            return self._through(name, origin)
        found = [
            owner
            for one in self._table.members(self._path, "")
            if one.symbol.name == name
            for owner in self._given(one)
        ]
        return found or (self._classes(name) if name[:1].isupper() else [])

    def _through(self, name: str, origin: Origin) -> list[Owner]:
        """What an imported name is."""
        if not origin.name:
            return [Owner(path, "") for path in self._table.files_of(origin.module)[:1]]
        module = self._imported(name, origin)
        if module is not None:
            for one in self._top(module):
                if one.symbol.name == origin.name:
                    return self._given(one)
        inner = self._table.files_of((*origin.module, origin.name))[:1]
        if inner:
            return [Owner(path, "") for path in inner]
        return self._classes(origin.name) if origin.name[:1].isupper() else []

    def _imported(self, name: str, origin: Origin, steps: int = 3) -> Owner | None:
        """The file that really declares an imported name: followed through files that pass it on."""
        for path in self._table.files_of(origin.module)[:2]:
            owner = Owner(path, "")
            if any(one.symbol.name == origin.name for one in self._top(owner)):
                return owner
            if steps:
                passed = self._table.origins(path)
                further = passed.get(origin.name)
                stars = [one for key, one in passed.items() if key.startswith("*")]
                for one in (further, *stars) if further is not None else stars:
                    follow = Origin(one.module, origin.name if one.name == "*" else one.name, one.exact)
                    found = self._imported(name, follow, steps - 1)
                    if found is not None:
                        return found
        return None

    def _top(self, owner: Owner) -> Sequence[Located]:
        return self._table.members(owner.path, "")

    def _given(self, located: Located) -> list[Owner]:
        """What one gets by naming (or calling) a symbol."""
        symbol = located.symbol
        if symbol.kind == "class":
            return [Owner(located.path, symbol.name)]
        return self._classes(symbol.type, located.path) if symbol.type else []

    def _member(self, owner: Owner, part: str) -> list[Owner]:
        name = part.removesuffix("()")
        for _, located in self._with_bases(owner):
            if located.symbol.name == name and (found := self._given(located)):
                return found
        if not owner.name:
            inner = self._table.origins(owner.path).get(name)
            if inner is not None:
                return self._through(name, inner)
            folder = owner.path.rpartition("/")[0]
            return [Owner(path, "") for path in self._table.files_of((*folder.split("/"), name))[:1]]
        return []

    def _anywhere(self, name: str) -> list[Owner]:
        """The class that most declarations of a name give, wherever they stand."""
        types = Counter(one.symbol.type for one in self._table.named(name) if one.symbol.type)
        return [owner for found, _ in types.most_common(1) for owner in self._classes(found)[:1]]

    def _by_name(self, part: str) -> list[Owner]:
        """A class that is called like the receiver: `plugin_manager` and `PluginManager`, `oldSubscriber` and `Subscriber`."""
        words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", part.removesuffix("()"))
        for start in range(len(words)):
            name = "".join(word[:1].upper() + word[1:] for word in words[start:])
            found = self._classes(name) if len(name) > 3 else []
            if found:
                return [Owner(one.path, one.name, 0.8) for one in found[:1]]
        return []

    def _by_use(self, taken: Mapping[str, float]) -> list[Owner]:
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

    def _classes(self, name: str, near: str = "") -> list[Owner]:
        """The classes of this name, the likeliest first: what this file imports, then what is near."""
        origin = self._origins.get(name)
        fits = [one for one in self._table.named(name) if one.symbol.kind == "class"]
        if not fits and origin is not None and origin.name not in {name, "", "*"}:
            fits = [one for one in self._table.named(origin.name) if one.symbol.kind == "class"]
        if len(fits) > 1:
            module = self._imported(name, origin) if origin is not None else None
            at = near or self._path

            def rank(one: Located) -> tuple[bool, float, str]:
                return (module is None or one.path != module.path, -closeness(at, one.path), one.path)

            fits.sort(key=rank)
        return [Owner(one.path, one.symbol.name) for one in fits[:2]]

    def _class_itself(self, owner: Owner) -> list[Located]:
        return [one for one in self._table.named(owner.name) if one.path == owner.path and one.symbol.kind == "class"]

    def _with_bases(self, owner: Owner) -> Iterable[tuple[int, Located]]:
        """The members of a class, then those of its bases, with the number of steps up."""
        waiting, seen = [(0, owner)], set[tuple[str, str]]()
        while waiting and len(seen) < _MOST_BASES:
            step, one = waiting.pop(0)
            if (one.path, one.name) in seen:
                continue
            seen.add((one.path, one.name))
            for located in self._table.members(one.path, one.name):
                yield step, located
            for itself in self._class_itself(one) if one.name else ():
                for base in itself.symbol.bases:
                    waiting += [(step + 1, found) for found in self._classes(base, one.path)[:1]]

    def _nearest(self, some: Iterable[Located]) -> Located | None:
        return max(
            some, key=lambda one: (bool(one.symbol.owner), closeness(self._path, one.path), one.path), default=None
        )

    # -- what is imported ------------------------------------------------------------------------------------------

    def imported(self) -> list[Wanted]:
        """The declarations of imported names that stand near the cursor, the nearest first, with their members."""
        near = {name: number for number, name in enumerate(self._place.around)}
        found: list[Wanted] = []
        for name, origin in self._origins.items():
            if name not in near or not origin.name:
                continue
            owner = self._imported(name, origin)
            if owner is None or owner.path == self._path:
                continue
            weight = 0.45 * (1 - 0.7 * near[name] / max(1, len(near)))
            for one in self._top(owner):
                if one.symbol.name == origin.name:
                    found.append(Wanted(one, weight, "import"))
                    if one.symbol.kind == "class":
                        found += [
                            Wanted(member, weight * 0.6, "import")
                            for member in self._table.members(owner.path, origin.name)
                        ]
        return found
