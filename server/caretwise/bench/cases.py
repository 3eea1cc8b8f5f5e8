"""Public infilling sets as holes. Every one of them is older than today's models: good for trying prompts and rules, and
no way to rank models.
"""

from __future__ import annotations

import json
from typing import Any, cast

from caretwise.bench.holes import Hole
from caretwise.text.language import by_id, by_path

_PLACEHOLDERS = ("{{completion}}", "<FILL_ME>", "[MASK]")
_ENDINGS = {"py": ".py", "python": ".py", "c++": ".cpp", "csharp": ".cs", "c#": ".cs"}


def read_cases(text: str) -> tuple[Hole, ...]:
    """Read a data set, one JSON object a line. What is known by its fields:

    - human-eval-infilling: `prompt`, `suffix`, `canonical_solution`, `task_id`
    - CrossCodeEval: `prompt`, `right_context`, `groundtruth`, `metadata` with `task_id` and `file`
    - SAFIM and others with a mark in one text: `prompt` (or `eval_prompt`), `ground_truth`, `lang`
    - RepoBench: `import_statement`, `cropped_code`, `next_line`, and `file_path`
    - plain: `prefix`, `answer`, `suffix`, and `path` or `language`

    Raises ValueError, with the line's number and what is missing.
    """
    holes: list[Hole] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry: object = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError(f"line {number} is not JSON; a data set has one JSON object a line") from None
        if not isinstance(entry, dict):
            raise ValueError(f"line {number} is not a JSON object")  # noqa: TRY004 - one kind of error for bad files
        holes.append(_hole(cast("dict[str, Any]", entry), number))
    return tuple(holes)


def _hole(entry: dict[str, Any], number: int) -> Hole:
    found = _infilling(entry) or _cross_file(entry) or _marked(entry) or _next_line(entry) or _prefixed(entry)
    if found is None:
        raise ValueError(
            f"line {number} is of no form that is known; it needs prefix, answer and suffix "
            "(or prompt, suffix and canonical_solution)"
        )
    prefix, answer, suffix = found
    kind = "line" if "\n" not in answer.strip("\n") else "block"
    path = f"case{number:04}/{_name(entry)}"
    task = entry.get("task_id") or _of(entry.get("metadata"), "task_id") or number
    return Hole(f"{task}", path, kind, prefix, answer, suffix)


def _texts(entry: dict[str, Any], *names: str) -> tuple[str, ...] | None:
    values = [entry.get(name) for name in names]
    texts = tuple(value for value in values if isinstance(value, str))
    return texts if len(texts) == len(names) else None


def _infilling(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    found = _texts(entry, "prompt", "canonical_solution", "suffix")
    return (found[0], found[1], found[2]) if found is not None else None


def _cross_file(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    found = _texts(entry, "prompt", "groundtruth")
    if found is None:
        return None
    right = entry.get("right_context")
    return found[0], found[1], right if isinstance(right, str) else ""


def _marked(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    for name in ("prompt", "eval_prompt"):
        found = _texts(entry, name, "ground_truth")
        for mark in _PLACEHOLDERS if found is not None else ():
            if found is not None and found[0].count(mark) == 1:
                prefix, _, suffix = found[0].partition(mark)
                return prefix, found[1], suffix
    return None


def _next_line(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    found = _texts(entry, "import_statement", "cropped_code", "next_line")
    if found is None:
        return None
    imports, code, line = found
    return "\n\n".join(text for text in (imports, code) if text) + "\n", line, ""


def _prefixed(entry: dict[str, Any]) -> tuple[str, str, str] | None:
    found = _texts(entry, "prefix", "answer", "suffix")
    return (found[0], found[1], found[2]) if found is not None else None


def _name(entry: dict[str, Any]) -> str:
    """A file name with the ending of the case's language; Python where nothing is said."""
    path = entry.get("path") or entry.get("file_path") or _of(entry.get("metadata"), "file")
    if isinstance(path, str) and by_path(path).endings and "." in path.rsplit("/", 1)[-1]:
        return "case" + path[path.rindex(".") :]
    said = str(entry.get("language") or entry.get("lang") or "python").lower()
    endings = by_id(said).endings
    return "case" + _ENDINGS.get(said, endings[0] if endings else ".txt")


def _of(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
