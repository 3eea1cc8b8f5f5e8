"""What came of requests for fixes, against a recount in plain Python, of random journals."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.adapters.journal_counting import count_events
from caretwise.measure.compare import Comparison
from caretwise.measure.event import Event, Kind
from caretwise.measure.rates import percentile

ARMS = ("kimi", "qwen")
NAMES = ("made", "offered", "verified", "applied", "gone", "undone", "kept")
LATER = (Kind.FIX_VERIFIED, Kind.FIX_OFFERED, Kind.FIX_APPLIED, Kind.FIX_GONE, Kind.FIX_UNDONE, Kind.FIX_WITHHELD)


def requests(draw: random.Random) -> list[list[Event]]:
    """Requests with up to three candidates each, one perhaps of a model that was asked beside the arm's."""
    found: list[list[Event]] = []
    for number in range(draw.choice([1, 8, 60])):
        arm, user, request = draw.choice(ARMS), f"{draw.randrange(3) + 1:016x}", f"{number:016x}"
        begun = 1.79e9 + draw.randrange(30) * 40_000

        def event(
            kind: Kind, name: str, model: str, *, told: tuple[str, str, float] = (arm, user, begun), **more
        ) -> Event:
            arm, user, begun = told
            mine = {"arm": arm, "experiment": "x", "propensity": 0.5} if model == arm else {}
            place = {"user": user, "block": f"{int(begun) % 9973:016x}"}
            return Event(at=begun, kind=kind, suggestion=name, role="fix", model=model, **place, **mine, **more)

        events = [event(Kind.OPPORTUNITY, request, arm)] if draw.random() < 0.9 else []  # else of an older form
        for nth in range(draw.randrange(4)):
            model = arm if nth < 2 else "another"
            cost = draw.choice([None, 0.25])
            events.append(event(Kind.RETURNED, f"{request}-r{nth}", model, origin="network", cost_usd=cost))
            for kind in LATER:
                if draw.random() < 0.5:
                    wait = {"offer_ms": float(draw.randrange(9000))} if kind is Kind.FIX_OFFERED else {}
                    events.append(event(kind, f"{request}-{nth}", model, **wait))
        draw.shuffle(events)
        found.append(events)
    return found


def recounted(found: list[list[Event]]) -> tuple[dict[str, Counter[str]], dict[str, list[float]]]:
    """The counts of each arm, and its waits."""
    counts, waits = defaultdict[str, Counter[str]](Counter), defaultdict[str, list[float]](list)
    for events in found:
        asked = [one for one in events if one.kind is Kind.OPPORTUNITY]
        if not asked:
            continue
        arm = asked[0].model
        mine = [one for one in events if one.model == arm]
        stages, times = set[str](), list[float]()
        for name in {one.suggestion for one in mine}:
            kinds = {one.kind.value.removeprefix("fix_") for one in mine if one.suggestion == name}
            if "applied" not in kinds and ("offered" not in kinds or "withheld" in kinds):
                continue
            stages |= {"offered", *(kinds & {"verified", "applied"})}
            if "applied" in kinds:
                stages |= (kinds & {"gone", "undone"}) | (set() if "undone" in kinds else {"kept"})
            times += [one.offer_ms for one in mine if one.suggestion == name and one.offer_ms is not None]
        answers = [one for one in mine if one.kind is Kind.RETURNED]
        counts[arm].update({"made", *stages})
        counts[arm]["quarters"] += sum(one.cost_usd is not None for one in answers)
        counts[arm]["unpriced"] += sum(one.cost_usd is None for one in answers)
        waits[arm] += [min(times)] if times else []
    return counts, waits


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_each_request_counts_once_under_the_arm_that_it_was_made_of(seed: int) -> None:
    found = requests(random.Random(seed))
    report = count_events(one for events in found for one in events)
    counts, waits = recounted(found)
    for arm in ARMS:
        row = next((row for row in report.rows if row.model == arm and row.requests is not None), None)
        told = dataclasses.asdict(row.requests) if row is not None and row.requests else dict.fromkeys(NAMES, 0)
        assert told == {name: counts[arm][name] for name in NAMES}
        if row is not None and row.headline is not None:
            assert row.headline.value == pytest.approx(counts[arm]["kept"] / counts[arm]["made"])
    assert not any(row.requests for row in report.rows if row.model == "another")
    for comparison in report.comparisons:
        assert comparison.role == "fix"
        check_arms(comparison, counts, waits)


def check_arms(comparison: Comparison, counts: dict[str, Counter[str]], waits: dict[str, list[float]]) -> None:
    for arm in comparison.arms:
        wanted, times = counts[arm.arm], sorted(waits[arm.arm])
        assert (arm.opportunities, arm.kept, arm.cost_unknown) == (wanted["made"], wanted["kept"], wanted["unpriced"])
        assert (arm.wait_p50, arm.wait_p90) == (percentile(times, 0.5), percentile(times, 0.9))
        assert (arm.cost_usd or 0) * 4 == wanted["quarters"]
