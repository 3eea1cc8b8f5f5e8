"""What it takes to serve a model on one's own machines: sizes against memory, commands, what to expect. Figures are data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

MARGIN_GB = 10.0
"""Added to a large file's size where its publisher does not say what running it takes (Unsloth: 340 on disk, 350 to run)."""

_SHARE_OF_SMALL = 0.3
_CARDS = re.compile(r"(?:(\d{1,4})\s*[xX×*]\s*)?([A-Za-z][A-Za-z0-9 -]{0,30})")


@dataclass(frozen=True, slots=True)
class Memory:
    """What the user has, in GB: graphics memory over `cards` cards, and main memory. 0 for none or not said.

    `alike`: where the cards differ, how many of them are alike and what these have, for the best of such groups.
    """

    vram: float = 0.0
    ram: float = 0.0
    cards: int = 0
    alike: tuple[int, float] | None = None

    @property
    def named(self) -> bool:
        """Whether the user said anything."""
        return self.vram > 0 or self.ram > 0

    @property
    def together(self) -> tuple[int, float]:
        """Over how many cards vLLM and SGLang can spread one model, and what these have.

        They must be alike, and a model's attention heads must come out even among them: 1, 2, 4, 8 ...
        """
        count, gigabytes = self.alike or (self.cards, self.vram)
        used = _even(count)
        return used, gigabytes * used / count if count else gigabytes


@dataclass(frozen=True, slots=True)
class Quantisation:
    """One form of the weights. `memory` "vram": all of it must be on the cards; "all": main memory counts too."""

    name: str
    gigabytes: float
    servers: tuple[str, ...]
    memory: str
    source: str
    checked_on: str
    needs: float | None = None
    """What running it takes in GB, where that is known."""

    @property
    def needed(self) -> float:
        """GB that must be there."""
        return self.needs or self.gigabytes + min(MARGIN_GB, max(0.5, self.gigabytes * _SHARE_OF_SMALL))


@dataclass(frozen=True, slots=True)
class Server:
    """One program that serves the model. `share` is the part of the cards' memory that it uses unless told otherwise."""

    name: str
    command: str
    why: tuple[str, ...]
    config: tuple[str, ...]
    share: float
    share_source: str
    source: str
    checked_on: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure on speed, with where it is from."""

    text: str
    source: str
    checked_on: str


@dataclass(frozen=True, slots=True)
class SelfHosted:
    """Everything about serving one model. `config_name` is what its table in config.toml is called in the examples."""

    title: str
    about: str
    config_name: str
    source: str
    checked_on: str
    quantisations: tuple[Quantisation, ...]
    servers: tuple[Server, ...]
    expect: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """One form of the weights in one program against the user's memory. `left` in GB: negative is what lacks."""

    quantisation: Quantisation
    server: Server
    fits: bool | None
    left: float


def read(data: Mapping[str, Any]) -> SelfHosted:
    """From its TOML table. Raises KeyError or TypeError on data that is not as above (these files are ours and tested)."""
    return SelfHosted(
        title=data["title"],
        about=data["about"],
        config_name=data["config_name"],
        source=data["source"],
        checked_on=data["checked_on"],
        quantisations=tuple(Quantisation(**_frozen(one)) for one in data["quantisations"]),
        servers=tuple(Server(**_frozen(one)) for one in data["servers"]),
        expect=tuple(Expectation(**one) for one in data["expect"]),
    )


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for key, value in table.items()}


def memory_of(gpus: str, vram: float, ram: float, known: Mapping[str, float]) -> Memory | str:
    """What "8xH200" or "2x RTX 4090, 1x L4" comes to, or a sentence on what is not understood.

    `vram` in GB stands for the cards when they are not named; `known` has GB by card.
    """
    groups: dict[str, tuple[int, float]] = {}
    for part in filter(None, (one.strip() for one in gpus.split(","))):
        found = _CARDS.fullmatch(part)
        name = _plain(found.group(2)) if found is not None else ""
        size = next((size for card, size in known.items() if _plain(card) == name), None)
        if found is None or size is None:
            return f"{part!r} is not known; cards: {', '.join(sorted(known))} (8xH200, say), else --vram with GB in all"
        cards = groups.get(name, (0, 0.0))[0] + int(found.group(1) or 1)
        groups[name] = cards, cards * size
    if gpus and vram:
        return "--gpus and --vram say the same thing: leave one of them"
    alike = max(groups.values(), key=lambda group: Memory(alike=group).together[1]) if len(groups) > 1 else None
    total = sum(gigabytes for _, gigabytes in groups.values())
    return Memory(vram or total, ram, sum(count for count, _ in groups.values()), alike)


def _even(count: int) -> int:
    """The largest power of two that is not above `count`."""
    return 1 << count.bit_length() - 1 if count else 0


def fits(known: SelfHosted, memory: Memory) -> list[Fit]:
    """Each form of the weights in each program that serves it; `fits` is None when no memory was named."""
    by_name = {server.name: server for server in known.servers}
    return [
        _fit(quantisation, by_name[name], memory)
        for quantisation in known.quantisations
        for name in quantisation.servers
    ]


def _fit(quantisation: Quantisation, server: Server, memory: Memory) -> Fit:
    vram = memory.together[1] if quantisation.memory == "vram" else memory.vram
    there = vram * server.share + (memory.ram if quantisation.memory == "all" else 0)
    # Weights that lie on the cards leave the rest of their share to context and prefix cache.
    needed = quantisation.gigabytes if quantisation.memory == "vram" else quantisation.needed
    left = there - needed
    return Fit(quantisation, server, left > 0 if memory.named else None, left)


def command_for(known: SelfHosted, server: Server, memory: Memory) -> str:
    """The command line with the user's number of cards (8 where none were named) and the largest file that fits.

    Experts are kept in main memory unless all of that file finds room on the cards.
    """
    served = [one for one in known.quantisations if server.name in one.servers]
    fitting = [fit.quantisation for fit in fits(known, memory) if fit.server is server and fit.fits]
    chosen = next(iter([*fitting, *served[-1:]]), None)
    command = server.command.replace("{gpus}", str(memory.together[0] or 8))
    if chosen is None:
        return command
    command = command.replace("{file}", chosen.name.removeprefix("GGUF ").partition(" ")[0])
    return command.replace(" --cpu-moe", "") if memory.vram > chosen.needed else command


def reasons(server: Server, command: str) -> list[str]:
    """Why the flags of a command are there; a flag that was left out needs no reason."""
    return [one for one in server.why if not one.startswith("-") or one.partition(":")[0].split()[0] in command]


def _plain(name: str) -> str:
    return name.replace(" ", "").replace("-", "").upper().removeprefix("NVIDIA").removeprefix("AMD")
