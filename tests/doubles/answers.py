"""What a double says: answers chosen by the prompt's text, cut into pieces, stopped and limited as servers do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = Mapping[str, Any]
"""A request body."""

Answerer = Callable[[Body], str]
"""Gives the whole text that the model would write for a request body."""

SCRIPT = Path(__file__).resolve().parents[2] / "fixtures" / "answers" / "script.json"
"""The answers that the editor scenarios rely on."""

CHARACTERS_PER_TOKEN = 4
"""One token of a double is a piece of this many code points."""


def text_of(content: Any) -> str:
    """The text of a message's `content`: a string, or a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def prompt_text(body: Body) -> str:
    """All text that the model gets to see: the messages in order, or the prompt and then the suffix, by any name."""
    messages = body.get("messages")
    if isinstance(messages, list):
        return "\n".join(text_of(m.get("content")) for m in messages if isinstance(m, dict))
    if "input_prefix" in body:
        extra = body.get("input_extra") or []
        files = "".join(str(one.get("text", "")) for one in extra if isinstance(one, dict))
        return f"{files}{body['input_prefix']}{body.get('input_suffix') or ''}"
    prompt = body.get("prompt")
    return (prompt if isinstance(prompt, str) else "") + str(body.get("suffix") or "")


@dataclass(frozen=True, slots=True)
class Rule:
    """`answer` to a prompt with all of `contains` in it; `style` ("chat" or "fim") narrows it to one kind of request."""

    contains: tuple[str, ...]
    answer: str
    style: str | None = None

    def fits(self, body: Body, prompt: str) -> bool:
        """Whether this rule answers `body`, whose text is `prompt`."""
        style = "chat" if "messages" in body else "fim"
        return self.style in (None, style) and all(part in prompt for part in self.contains)


@dataclass(frozen=True, slots=True)
class ScriptedAnswers:
    """The first rule that fits answers; without one the answer is empty."""

    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, path: Path = SCRIPT) -> ScriptedAnswers:
        """Rules from a JSON file: a list of objects with `contains` (strings), `answer` and perhaps `style`.

        Raises ValueError with a plain sentence when the file has another form.
        """
        rules: list[Rule] = []
        for number, item in enumerate(json.loads(path.read_text(encoding="utf-8")), start=1):
            unknown = set(item) - {"contains", "answer", "style", "why"}
            if unknown or not isinstance(item.get("contains"), list) or not isinstance(item.get("answer"), str):
                raise ValueError(f"rule {number} of {path.name} needs `contains` (a list) and `answer` (a string)")
            rules.append(Rule(tuple(item["contains"]), item["answer"], item.get("style")))
        return cls(tuple(rules))

    def __call__(self, body: Body) -> str:
        prompt = prompt_text(body)
        return next((rule.answer for rule in self.rules if rule.fits(body, prompt)), "")


def pieces_of(text: str) -> tuple[str, ...]:
    """`text` in the pieces that a stream carries."""
    step = CHARACTERS_PER_TOKEN
    return tuple(text[start : start + step] for start in range(0, len(text), step))


def tokens_in(text: str) -> int:
    """Tokens of `text` by the double's own measure."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def continued(answer: str, prefill: str) -> str:
    """What is still to be written after `prefill`: never repeats it, as a model that continues its own message."""
    if not prefill:
        return answer
    if prefill in answer:
        return answer[answer.index(prefill) + len(prefill) :]
    longest = min(len(answer), len(prefill))
    overlap = next((size for size in range(longest, 0, -1) if prefill.endswith(answer[:size])), 0)
    return answer[overlap:]


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote: pieces of reasoning, pieces of content, why it ended, and the stop string that ended it."""

    reasoning: tuple[str, ...]
    content: tuple[str, ...]
    finish_reason: str
    stopped_by: str | None = None

    @property
    def tokens(self) -> int:
        """Completion tokens; reasoning counts."""
        return len(self.reasoning) + len(self.content)


def written(answer: str, reasoning: str, limit: int, stops: Sequence[str]) -> Written:
    """Apply `stops` to the content and `limit` (tokens, reasoning included) to both."""
    hits = sorted((answer.index(stop), stop) for stop in stops if stop and stop in answer)
    stopped_by = hits[0][1] if hits else None
    thought = pieces_of(reasoning)
    said = pieces_of(answer[: hits[0][0]] if hits else answer)
    if len(thought) + len(said) <= limit:
        return Written(thought, said, "stop", stopped_by)
    return Written(thought[:limit], said[: max(0, limit - len(thought))], "length")


class PromptCache:
    """Prefix cache of a server: how much of a prompt it has read before, in whole blocks."""

    def __init__(self, block: int = 16) -> None:
        self.block = block
        """Tokens per block; a prefix shorter than one block is not reused."""
        self._seen: list[str] = []

    def cached_tokens(self, prompt: str) -> int:
        """Tokens of `prompt` that an earlier prompt began with; remembers `prompt`."""
        longest = max((_common(prompt, seen) for seen in self._seen), default=0)
        self._seen.append(prompt)
        return longest // CHARACTERS_PER_TOKEN // self.block * self.block


def _common(one: str, two: str) -> int:
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == two[:middle] else (low, middle - 1)
    return low
