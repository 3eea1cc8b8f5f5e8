"""One answer of one arm to one hole, as it is kept in a file of results and counted up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from caretwise.bench.holes import Hole
from caretwise.bench.score import Score, score

SCHEMA = 1
"""Number of the form of a file of results; it grows only by adding fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an arm gave for a hole. `key` names everything that shaped the arm's answers; times in ms.

    `code` says why there is no suggestion ("" when there is one). `origin` is "network", "disk", "embedded" ...
    `leak` is a line of the hole's own that the prompt showed: such an answer counts nowhere.
    """

    arm: str
    key: str
    hole: str
    path: str
    kind: str
    truth: str
    text: str = ""
    code: str = ""
    origin: str = ""
    ms: float = 0.0
    first_token_ms: float | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    dollars: float | None = None
    leak: str = ""
    exact: bool = False
    first_line: bool = False
    similarity: float = 0.0
    identifiers: float = 0.0

    @property
    def suggested(self) -> bool:
        """Whether there was something to accept."""
        return bool(self.text.strip())


def scored(hole: Hole, text: str, replaces: int) -> tuple[str, str, Score]:
    """The truth, the answer and the score for ghost text that replaces `replaces` code points after the cursor.

    Such text brings what it replaces, so the truth is taken with it too.
    """
    truth = hole.answer + hole.suffix[:replaces]
    return truth, text, score(truth, text)


def to_line(answer: Answer) -> str:
    """One line of JSON."""
    return json.dumps({"schema": SCHEMA, **asdict(answer)}, ensure_ascii=False)


def from_line(line: str) -> Answer | None:
    """Read a line; None when it is no answer (half a line of a run that was killed, for one)."""
    try:
        entry: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, Mapping):
        return None
    table = cast("Mapping[str, Any]", entry)
    known = {field.name: table[field.name] for field in fields(Answer) if field.name in table}
    try:
        return Answer(**known)
    except TypeError:
        return None
