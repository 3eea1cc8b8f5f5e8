"""What is known of a fix before anybody sees it: the layers that it passed, and the level that they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["passed", "failed", "not run"]
"""What became of a layer; a layer that had nobody to ask is "not run", never "passed"."""

Level = Literal["verified", "parses", "unchecked", "refused"]
"""`verified`: the checker that reported the problem says that it is gone, and nothing as bad is new. `parses`: everything
but that. `unchecked`: inside its region, in a language without a grammar here. `refused`: not offered."""

IN_REGION, PARSES, NAMES, CHECKER = "in region", "parses", "names", "checker"
"""The names of the layers, in the order in which they run. The checker's layer has the tool's name behind a colon."""

SUBSTANCE = "substance"
"""Named only when it failed: a problem must not go away because the code does (`repair/substance.py`)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a verification: `name`, what became of it, and in plain words why ("" when there is nothing to say)."""

    name: str
    state: State
    words: str = ""

    def as_text(self) -> str:
        """For people: `parses: passed`, `checker ruff: not run (no path is configured)`."""
        return f"{self.name}: {self.state}{f' ({self.words})' if self.words else ''}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No fix, and why: `code` for the journal, `reason` for people and for a second try.

    `verification` holds the layers that were run until one failed; it is empty when the answer did not come that far.
    """

    code: str
    reason: str
    verification: tuple[Layer, ...] = ()

    @property
    def level(self) -> Level:
        """Always "refused"."""
        return "refused"


def level_of(verification: tuple[Layer, ...]) -> Level:
    """What the layers add up to."""
    states = {layer.name.split(" ")[0] if layer.name.startswith(CHECKER) else layer.name: layer.state
              for layer in verification}  # fmt: skip
    if "failed" in states.values():
        return "refused"
    if states.get(CHECKER) == "passed":
        return "verified"
    return "parses" if states.get(PARSES) == "passed" else "unchecked"
