"""Inputs that once broke something, kept as text: one JSON file each, `found/TARGET-NAME.json`, replayed by the tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOUND = Path(__file__).with_name("found")


def kept() -> Iterator[tuple[str, str, Any]]:
    """The file's name, the target and the input of each case."""
    for path in sorted(FOUND.glob("*.json")):
        case = json.loads(path.read_text(encoding="ascii"))
        yield path.stem, case["target"], case["input"]


def keep(target: str, why: str, value: Any) -> Path:
    """Write a case; the same input is written once."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
    path = FOUND / f"{target}-{digest}.json"
    path.write_text(json.dumps({"target": target, "why": why, "input": value}, indent=1) + "\n", encoding="ascii")
    return path
