"""Whole editing sessions played back: what is found against what really happened."""

from __future__ import annotations

import pytest
from tests.measure.replay import FOLDER, Replay, Truth, found_in, read

SESSIONS = {path.stem: read(path) for path in sorted(FOLDER.glob("*.session"))}
LEAST = 0.98
LEAST_ALONE = 0.95
"""Of the text alone: two suggestions with the same text, and a file that another window wrote, cannot be told apart by it."""

MOST_ERROR = 0.01


def test_there_are_sessions_of_every_kind() -> None:
    assert len(SESSIONS) >= 30
    assert {one.encoding.value for one in SESSIONS.values()} == {"utf-8", "utf-16", "utf-32"}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_comes_out_as_it_was(name: str) -> None:
    session = SESSIONS[name]
    assert compared(found_in(Replay(session).run()), session.truth) == []


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_comes_out_from_the_text_alone(name: str) -> None:
    session = SESSIONS[name]
    found = found_in(Replay(session, deaf=True).run())
    assert compared(found, session.text_alone, shown=False) == []


@pytest.mark.parametrize("deaf", [False, True])
def test_recall_precision_and_retention(deaf: bool) -> None:
    truth: list[tuple[int, int]] = []
    errors: list[float] = []
    for session in SESSIONS.values():
        found = found_in(Replay(session, deaf=deaf).run())
        for name, real in session.truth.items():
            one = found.get(name, Truth())
            truth.append((real.accepted, one.accepted))
            if real.accepted and one.accepted:
                errors += _errors(one, real)
    right = sum(bool(real and one) for real, one in truth)
    recall = right / sum(bool(real) for real, _ in truth)
    precision = right / sum(bool(one) for _, one in truth)
    characters = sum(min(pair) for pair in truth)
    print(
        f"\n{'text alone' if deaf else 'all witnesses'}: {len(SESSIONS)} sessions, {len(truth)} suggestions,", end=" "
    )
    print(f"recall {recall:.3f}, precision {precision:.3f}, of characters", end=" ")
    print(
        f"{characters / sum(real for real, _ in truth):.3f} and {characters / sum(one for _, one in truth):.3f},",
        end=" ",
    )
    print(f"retention error {sum(errors) / len(errors):.4f} (largest {max(errors):.4f})")
    assert min(recall, precision) >= (LEAST_ALONE if deaf else LEAST)
    if not deaf:
        assert recall >= LEAST
        assert precision >= LEAST
        assert max(errors) <= MOST_ERROR


def _errors(one: Truth, real: Truth) -> list[float]:
    return [
        abs((one.retained.get(after) or 0.0) - share) for after, share in real.retained.items() if share is not None
    ]


def compared(found: dict[str, Truth], truth: dict[str, Truth], *, shown: bool = True) -> list[str]:
    """Every difference, in words."""
    wrong: list[str] = []
    for name in sorted({*found, *truth}):
        one, real = found.get(name, Truth()), truth.get(name, Truth())
        if (one.accepted, one.typed) != (real.accepted, real.typed):
            wrong.append(f"{name}: accepted {one.accepted}, typed {one.typed}; really {real.accepted}, {real.typed}")
        if set(one.retained) != set(real.retained) or any(map(_far, one.retained.values(), real.retained.values())):
            wrong.append(f"{name}: retained {one.retained}; really {real.retained}")
        marks = (one.marks ^ real.marks) - (set() if shown else {"shown", "dismissed"})
        if marks:
            wrong.append(f"{name}: marks {sorted(one.marks)}; really {sorted(real.marks)}")
    return wrong


def _far(one: float | None, real: float | None) -> bool:
    return (one is None) != (real is None) or abs((one or 0.0) - (real or 0.0)) > MOST_ERROR
