"""What a name or an expression stands for: the class or the module that has what stands behind its dot.

Where nothing tells a receiver's class, its use does: the class that declares what others take from a receiver of that name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from caretwise.context.chain import Chain
from caretwise.context.declares import SELF
from caretwise.context.origins import Origin, module_file
from caretwise.context.place import Place
from caretwise.context.table import Located, Owner, Table, closeness

_MOST_STEPS = 4
_MOST_BASES = 6
_MOST_PASSED_ON = 3
_MOST_FILES = 8
_MOST_FACE = 60
_IN_PARTS = (".go", ".rs")
_ROOTS = frozenset({"crate"})
_MODULE = re.compile(r"\bmod \w+;$")
_GIVES_ITSELF = re.compile(r"(?:->|:)\s*[\"']?&?\s*(?:mut\s+)?(?:Self|this)\b")
_SAME = frozenset({
    "__enter__", "__aenter__", "values", "items", "iter", "iter_mut", "into_iter", "unwrap", "expect",
    "unwrap_or_default", "clone", "cloned", "copied", "as_ref", "as_mut", "as_deref", "borrow", "borrow_mut",
    "lock", "read", "write", "await", "get", "get_mut", "first", "last", "pop", "remove", "next", "find", "filter",
    "sorted", "reversed", "orElseThrow", "orElse", "orElseGet", "stream", "toList", "collect", "copy", "findFirst",
    "findAny", "at", "shift", "slice", "entries", "to_owned", "entrySet", "parallelStream", "toArray", "peek",
    "poll", "element", "iterator", "unwrap_or_else", "skip", "take", "rev", "enumerate", "sort",
})  # fmt: skip
"""What gives the thing itself, one of those that it holds, or those again: types are known by what they hold."""


def _is_embedded(located: Located) -> bool:
    """Whether a field of Go is nothing but a type: its members are members of the struct."""
    return (
        located.path.endswith(".go") and located.symbol.signature.lstrip("*").rpartition(".")[2] == located.symbol.name
    )


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
        owners, rest = self._rooted(chain) if chain[0] in _ROOTS else (self._head(chain[0], steps), chain[1:])
        for part in rest:
            name = part.removesuffix("()")
            following = [next_one for owner in owners for next_one in self._member(owner, part)]
            owners = following or (owners if name in _SAME else self._anywhere(name))
        return owners

    def _rooted(self, chain: Chain) -> tuple[list[Owner], Chain]:
        """What a path from the root of a crate leads to as far as there are files, and what of it is left."""
        for end in range(len(chain), 1, -1):
            files = self._table.files_of(chain[1:end], self._path)[:1]
            if files:
                return [Owner(files[0], "")], chain[end:]
        return [], ()

    def _head(self, part: str, steps: int) -> list[Owner]:
        name = part.removesuffix("()")
        if name in SELF:
            if name == "super":
                return [owner for base in self._place.bases for owner in self.classes(base)]
            if not self._place.owner:
                return []
            own = Owner(self._path, self._place.owner)
            elsewhere = [] if self.itself(own) else self.classes(self._place.owner)[:1]
            return [own, *elsewhere, *(one for base in self._place.bases for one in self.classes(base)[:1])]
        bound = self._bound.get(name)
        if bound is not None and not part.endswith("()"):
            if bound.type and (found := self.classes(bound.type)):
                return found
            if bound.chain and bound.chain[0].removesuffix("()") != name and (found := self.of(bound.chain, steps - 1)):
                return found
        origin = self._origins.get(name)
        if origin is not None:
            return self._through(origin, self._path)
        found = [
            owner
            for one in self._table.members(self._path, "")
            if one.symbol.name == name
            for owner in self._given(one)
        ]
        return found or (self.classes(name) if name[:1].isupper() else [])

    def _through(self, origin: Origin, path: str) -> list[Owner]:
        """What a name is that the file `path` imports."""
        if not origin.name:
            return self._module(origin.module, path)
        declared = self.declaration(origin, path)
        if declared is not None and not _MODULE.search(declared.symbol.signature):
            return self._given(declared)
        inner = self._table.files_of((*origin.module, origin.name), path)[:1]
        if inner:
            return [Owner(one, "") for one in inner]
        return self.classes(origin.name) if origin.name[:1].isupper() else []

    def _module(self, module: tuple[str, ...], path: str) -> list[Owner]:
        """The file that a module is; of a package of Go all of its files."""
        files = self._table.files_of(module, path)
        folder = files[0].rpartition("/")[0] if files else ""
        if files and files[0].endswith(".go"):
            files = [path for path in files if path.rpartition("/")[0] == folder and not path.endswith("_test.go")]
        else:
            files = files[:1]
        return [Owner(path, "") for path in files[:_MOST_FILES]]

    def declaration(self, origin: Origin, at: str, steps: int = _MOST_PASSED_ON) -> Located | None:
        """The declaration of a name that the file `at` imports; through files that pass it on, under another name as well."""
        for path in self._table.files_of(origin.module, at)[:2]:
            members = self._table.members(path, "")
            found = next((one for one in members if one.symbol.name == origin.name), None)
            if origin.default:
                found = next((one for one in members if one.symbol.signature.startswith("export default")), found)
            if found is not None or not steps:
                return found
            passed = self._table.origins(path)
            stars = [one for key, one in passed.items() if key.startswith("*")]
            for one in (passed[origin.name], *stars) if origin.name in passed else stars:
                name = origin.name if one.name == "*" else one.name
                found = self.declaration(Origin(one.module, name, one.exact, one.default), path, steps - 1)
                if found is not None:
                    return found
        return self._of_class_file(origin, at)

    def _of_class_file(self, origin: Origin, at: str) -> Located | None:
        """What a name stands for that is taken out of a class, as Java's static imports do: `shop.Texts.slug`."""
        if len(origin.module) < 2 or origin.module[-1] != origin.name:
            return None
        inside = (
            one
            for path in self._table.files_of(origin.module[:-1], at)[:1]
            for one in self._table.members(path, origin.module[-2])
        )
        return next((one for one in inside if one.symbol.name == origin.name), None)

    def _given(self, located: Located) -> list[Owner]:
        """What one gets by naming (or calling) a symbol."""
        symbol = located.symbol
        if symbol.kind == "class":
            return [Owner(located.path, symbol.name)]
        if not symbol.type and symbol.owner and _GIVES_ITSELF.search(symbol.signature):
            return [Owner(located.path, symbol.owner)]
        return self.classes(symbol.type, located.path) if symbol.type else []

    def _member(self, owner: Owner, part: str) -> list[Owner]:
        name = part.removesuffix("()")
        for _, located in self.with_bases(owner):
            if located.symbol.name == name and (found := self._given(located)):
                return found
        if not owner.name:
            inner = self._table.origins(owner.path).get(name)
            if inner is not None:
                return self._through(inner, owner.path)
            folder = owner.path.rpartition("/")[0]
            return [Owner(path, "") for path in self._table.files_of((*folder.split("/"), name), owner.path)[:1]]
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
        meant = self.declaration(origins[name], near or self._path) if name in origins else None
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
            if not one.name:
                yield from ((step, located) for located in self._top(one.path))
                continue
            parts = [one.path] if not one.path.endswith(_IN_PARTS) else self._parts(one)
            for located in (member for path in parts for member in self._table.members(path, one.name)):
                symbol = located.symbol
                if symbol.kind != "base":
                    yield step, located
                if symbol.kind == "base" or _is_embedded(located):
                    waiting += [(step + 1, found) for found in self.classes(symbol.type or symbol.name, one.path)[:1]]
            for itself in self.itself(one):
                for base in itself.symbol.bases:
                    waiting += [(step + 1, found) for found in self.classes(base, one.path)[:1]]

    def _parts(self, owner: Owner) -> list[str]:
        """The files in which methods of a type stand: of Go those of its package, of Rust those of the crate."""
        found = self._table.parts_of(owner.name)
        folder, ending = owner.path.rpartition("/")[0], owner.path[owner.path.rfind(".") :]
        near = [one for one in found if one.endswith(ending) and (ending != ".go" or one.rpartition("/")[0] == folder)]
        return [owner.path, *(one for one in near if one != owner.path)][:_MOST_FILES]

    def _top(self, path: str) -> Iterable[Located]:
        """What stands at the top of a file, and what it passes on of other files, as the face of a package does."""
        yield from self._table.members(path, "")
        if not module_file(path):
            return
        for key, origin in list(self._table.origins(path).items())[:_MOST_FACE]:
            if key.startswith("*"):
                for inner in self._table.files_of(origin.module, path)[:1]:
                    yield from self._table.members(inner, "")
            elif origin.name and (found := self.declaration(origin, path)) is not None:
                yield found

    def nearest(self, some: Iterable[Located]) -> Located | None:
        """Of several declarations the one in the nearest file; members before what stands alone."""
        return max(
            some, key=lambda one: (bool(one.symbol.owner), closeness(self._path, one.path), one.path), default=None
        )
