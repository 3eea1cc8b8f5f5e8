"""A short form of `tests/benchmarks/repair_sets.py`: a sample of each set through the whole engine, all forms and kinds."""

from __future__ import annotations

import pytest
from tests.benchmarks.repair_engine import run
from tests.benchmarks.repair_forms import HOSTILE, ORACLE
from tests.benchmarks.repair_items import SETS, items
from tests.benchmarks.repair_proof import Tools, passes

SAMPLES = {"python": (0, 2, 4), "typescript": (4, 9, 11), "go": (0, 6, 10)}


@pytest.mark.parametrize("name", SETS)
def test_a_right_answer_is_offered_in_every_form_and_a_hostile_one_never(name: str):
    everything = items(name)
    chosen = [everything[number] for number in SAMPLES[name]]
    found = run(chosen, {**ORACLE, **{f"hostile: {kind}": writer for kind, writer in HOSTILE.items()}})
    texts: dict[str, set[str]] = {}
    for answers, results in found.items():
        for item, one in zip(chosen, results, strict=True):
            where = f"{answers}, {item.path}: {one.refusals[:1]}"
            if answers.startswith("hostile"):
                assert not one.fixes, where
                assert one.refusals[0].reason, where
            else:
                assert one.best is one.fixes[0], where
                assert one.fixes[0].level == "parses", where
                texts.setdefault(item.path, set()).add(one.fixes[0].checked.text)
    for item in chosen:
        assert item.right in texts[item.path]
        assert texts[item.path] == {item.right}
        if name == "python":
            assert not passes(item, item.wrong, Tools())
            assert passes(item, item.right, Tools())


@pytest.mark.parametrize(("name", "count"), [("python", 6), ("typescript", 12), ("go", 12)])
def test_the_sets_are_whole(name: str, count: int):
    found = items(name)
    assert len(found) >= count
    assert len({item.path for item in found}) == len(found)
    for item in found:
        assert item.wrong != item.right
        assert 1 < item.last - item.first + 1 < len(item.wrong_lines), item.path
