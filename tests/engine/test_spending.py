"""Money: what is known goes into the journal, what is estimated only against the cap."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour

from caretwise.adapters import ledger as ledger_module
from caretwise.adapters.journal import read_events
from caretwise.adapters.ledger import SpendingFile
from caretwise.adapters.ports import Exchange
from caretwise.engine.breaker import FAILURES_TO_OPEN, FIRST_PAUSE
from caretwise.engine.candidates import Candidates
from caretwise.engine.fix_call import Call
from caretwise.engine.offer import Offer, Silence
from caretwise.engine.spending import cost, most, tokens
from caretwise.measure.event import Kind
from caretwise.models.chunk import Usage
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Role
from caretwise.models.request import Ask as ModelAsk
from caretwise.models.request import build
from caretwise.repair.prompt import FixPrompt

NOTHING = Usage()
MOONSHOT = {
    "CARETWISE_BASE_URL": "https://api.moonshot.ai/v1", "CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_API_KEY": "sk-test",
}  # fmt: skip
KIMI = {"input": 0.95, "output": 4.0, "cached": 0.16}
HEAD = "def area(width, height):\n    return "


def test_cached_tokens_have_their_own_price():
    assert cost(KIMI, Usage(2000, 40, 1500)) == pytest.approx((500 * 0.95 + 1500 * 0.16 + 40 * 4) / 1e6)
    assert cost(KIMI, Usage(2000, 40, 0)) == pytest.approx((2000 * 0.95 + 40 * 4) / 1e6)


@pytest.mark.parametrize("usage", [Usage(), Usage(prompt=10), Usage(completion=10), Usage(cached=3)])
def test_unknown_tokens_are_an_unknown_cost_and_not_zero(usage):
    assert cost(KIMI, usage) is None


@pytest.mark.parametrize("price", [{}, {"input": 1.0}, {"output": 1.0}])
def test_an_unknown_price_is_an_unknown_cost(price):
    assert cost(price, Usage(10, 10, 0)) is None


counts = st.integers(0, 10**7)


@given(counts, counts, counts)
def test_a_cost_is_never_negative_and_a_cache_never_makes_it_dearer(prompt, completion, cached):
    with_cache, without = cost(KIMI, Usage(prompt, completion, cached)), cost(KIMI, Usage(prompt, completion, 0))
    assert with_cache is not None
    assert without is not None
    assert 0 <= with_cache <= without + 1e-12


def test_an_estimate_takes_what_is_known_and_the_most_of_the_rest():
    assert most(KIMI, Usage(), 1000, 10) == pytest.approx((1000 * 0.95 + 10 * 4) / 1e6)
    assert most(KIMI, Usage(prompt=500), 1000, 0) == pytest.approx(500 * 0.95 / 1e6)
    assert most({}, Usage(), 1000, 10) == 0


def test_no_tokenizer_that_we_know_of_makes_more_tokens_of_a_text():
    code, chinese = "    return width * height\n" * 100, "\u8fd9\u662f\u4e00\u4e2a\u51fd\u6570" * 100
    assert tokens([code]) > len(code) / 3.6 * 1.3, "Claude's makes 30 % more tokens than others of the same code"
    assert tokens([chinese]) > len(chinese), "a token for each character, and no more"


def ended(
    text: str, finish: str, failure: Failure | None = None, usage: Usage = NOTHING, reasoning: int = 0
) -> Exchange:
    return Exchange(text, finish, failure, usage, "", None, 0.0, reasoning=reasoning)


LATE = Failure(FailureKind.TIMEOUT, "late")
BUSY = Failure(FailureKind.SERVER_ERROR, "busy")


@pytest.mark.parametrize(
    ("role", "exchange", "written"),
    [
        (Role.INLINE, None, 192),
        (Role.INLINE, ended("x" * 25, "enough"), 192),
        (Role.INLINE, ended("x" * 25, "stop"), 10),
        (Role.INLINE, ended("x" * 25, ""), 192),
        (Role.FIX, None, 16384),
        (Role.FIX, ended("x" * 25, "stop", reasoning=50), 16384),
        (Role.FIX, ended("", "", LATE, reasoning=50_000), 20_000),
        (Role.FIX, ended("x", "stop", usage=Usage(1000, 7, 0)), 7),
        (Role.FIX, ended("", "", BUSY), None),
    ],
    ids=["given up", "enough", "whole", "cut", "cancelled", "hidden thoughts", "thoughts seen", "reported", "refused"],
)
async def test_what_a_host_does_not_report_is_taken_at_its_most(bench, role, exchange, written):
    async with bench(config="daily_cap_usd = 100\n", **MOONSHOT) as made:
        profile = made.app.outside.inline
        request = build(profile, ModelAsk(role, messages=(("user", "x" * 2500),)))
        made.app.outside.spending.spent(request, ["x" * 2500], exchange)
        total = made.app._ledger.total(time.strftime("%Y-%m-%d"))
    assert total == pytest.approx(0 if written is None else (1000 * 0.95 + written * 4) / 1e6)


async def test_the_cost_of_a_whole_answer_is_in_the_journal(bench, tmp_path):
    with ModelDouble(behaviour("moonshot", answerer=lambda _: "width")) as double:
        async with bench(double) as made:
            assert isinstance(await made.app.suggester.suggest(made.ask(HEAD + "‸\n")), Offer)
            await made.app.settle()
            returned = next(event for event in read_events(tmp_path / "state") if event.kind is Kind.RETURNED)
            row = next(row for row in (await made.app.report()).rows if row.role == "inline")
    assert returned.cost_usd == cost(KIMI, Usage(returned.prompt_tokens, returned.completion_tokens, 0))
    assert (row.cost_usd, row.cost_unknown) == (returned.cost_usd, 0)


async def test_a_stream_that_is_closed_early_has_no_usage_and_no_cost(bench, tmp_path):
    answer = "```python\n    return width * height\n```\n" + "more\n" * 40
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answer)) as double:
        async with bench(double) as made:
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            await made.app.settle()
            returned = next(event for event in read_events(tmp_path / "state") if event.kind is Kind.RETURNED)
            row = next(row for row in (await made.app.report()).rows if row.role == "inline")
    assert (returned.prompt_tokens, returned.cost_usd) == (None, None)
    assert (row.cost_usd, row.cost_unknown) == (None, 1)


async def test_at_the_cap_only_who_asks_gets_an_answer_and_the_next_day_goes_on(bench):
    day = ["2026-11-24"]
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config="daily_cap_usd = 0.0000001\ndebounce_ms = 0\n") as made:
            made.app.outside.spending._today = lambda: day[0]
            assert isinstance(await made.app.suggester.suggest(made.ask(HEAD + "‸\n")), Offer)
            for number in range(3):
                found = await made.app.suggester.suggest(made.ask(f"x = {number}\n{HEAD}‸\n"))
                assert isinstance(found, Silence)
                assert found.code == "daily_cap"
            assert len(double.requests) == 1
            assert len([one for one in made.said if "daily_cap_usd" in one]) == 1
            assert made.statuses[-1] == "warning"
            asked = await made.app.suggester.suggest(made.ask("y = 1\n" + HEAD + "‸\n", invoked=True))
            assert isinstance(asked, Offer)
            assert made.statuses[-1] == "warning"
            day[0] = "2026-11-25"
            assert isinstance(await made.app.suggester.suggest(made.ask("z = 1\n" + HEAD + "‸\n")), Offer)
            assert len(double.requests) == 3


async def test_the_cap_holds_for_the_next_session_of_the_day(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config="daily_cap_usd = 0.0000001\ncache = false\n") as made:
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
        async with bench(double, config="daily_cap_usd = 0.0000001\ncache = false\n") as made:
            made.app.outside.spending.reached()
            made.app._ledger.settle()
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Silence)
            assert found.code == "daily_cap"
        assert len(double.requests) == 1


def test_windows_share_a_day_and_earlier_days_go(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "FRESH_SECONDS", 0.0)
    (tmp_path / "spent-2026-11-23").write_text("9.0\n")
    (tmp_path / "notes").write_text("kept")
    one, two = SpendingFile(tmp_path), SpendingFile(tmp_path)
    try:
        for _ in range(10):
            one.add("2026-11-24", 0.25)
            two.add("2026-11-24", 0.5)
        one.settle()
        two.settle()
        one.total("2026-11-24")
        one.settle()
        assert one.total("2026-11-24") == pytest.approx(7.5)
        assert (tmp_path / "spent-2026-11-24").stat().st_mode & 0o77 == 0
        assert one.total("2026-11-25") == 0
    finally:
        one.close()
        two.close()
    assert not (tmp_path / "spent-2026-11-23").exists()
    assert (tmp_path / "notes").exists()


def test_what_somebody_else_wrote_into_the_file_counts_for_nothing(tmp_path):
    (tmp_path / "spent-2026-11-24").write_bytes(b"0.5\nnan\ninf\n-7.0\n1e300\n\xff\xff\n12.25\n0.2")
    one = SpendingFile(tmp_path)
    try:
        one.total("2026-11-24")
        one.settle()
        assert one.total("2026-11-24") == pytest.approx(12.95)
    finally:
        one.close()


def test_a_folder_that_cannot_be_written_still_counts_in_this_window(tmp_path):
    (tmp_path / "state").write_text("a file where a folder is wanted")
    one = SpendingFile(tmp_path / "state")
    try:
        one.add("2026-11-24", 1.5)
        one.settle()
        assert one.total("2026-11-24") == 1.5
    finally:
        one.close()


@pytest.mark.parametrize(
    ("address", "model", "told"),
    [
        ("https://llm.example/v1", "who-knows", True),
        ("https://api.moonshot.ai/v1", "kimi-k2.6", False),
        ("http://gpu-box:8000/v1", "who-knows", False),
    ],
)
async def test_a_cap_that_can_count_nothing_is_said_once(bench, address, model, told):
    named = {"CARETWISE_BASE_URL": address, "CARETWISE_MODEL": model}
    async with bench(config="daily_cap_usd = 1\n", **named) as made:
        made.app.outside.capped()
        made.app.outside.capped()
        said = [one for one in made.said if "daily_cap_usd does not hold" in one]
    assert len(said) == told
    assert all("llm.example" in one for one in said)


CAP = "daily_cap_usd = 1\ncache = false\n"


async def spent_once_asked(made, double: ModelDouble, walk, requests: int) -> float:
    """What is counted when `walk` is cancelled after the double has got so many requests."""
    await made.app.endpoint.warm()
    running = asyncio.create_task(walk)
    async with asyncio.timeout(10):
        while len(double.requests) < requests:
            await asyncio.sleep(0.001)
    before = made.app._ledger.total(time.strftime("%Y-%m-%d"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return made.app._ledger.total(time.strftime("%Y-%m-%d")) - before


@pytest.mark.parametrize("name", ["500", "429", "401", "closed"])
async def test_what_no_host_charges_for_is_not_counted(bench, name):
    with ModelDouble(behaviour("500" if name == "closed" else name)) as double:
        if name == "closed":
            double.stop()
        async with bench(double, CAP) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Silence)
            assert made.app._ledger.total(time.strftime("%Y-%m-%d")) == 0


async def test_a_fix_that_is_cancelled_has_its_price_and_frees_the_way(bench):
    with ModelDouble(behaviour("moonshot", pace=Stepped())) as double:
        async with bench(double, CAP) as made:
            outside = made.app.outside
            profile = outside.fix
            for _ in range(FAILURES_TO_OPEN):
                outside.breaker.failed(profile, Failure(FailureKind.SERVER_ERROR, "x"))
            outside.breaker.probing(profile.name)
            asked_for = outside.fix_asked("file:///a.py", "python")
            call = Call(outside, profile, asked_for, asyncio.get_running_loop().time() + 30)
            prompt = FixPrompt("fix", (("user", "x" * 30_000),))
            spent = await spent_once_asked(made, double, call.exchange(prompt), 1)
            assert spent == pytest.approx((12_000 * 0.95 + 16_384 * 4) / 1e6)
            assert outside.breaker.left(profile.name) <= FIRST_PAUSE, "nobody waits for a probe that was given up"


async def test_a_further_candidate_that_comes_too_late_has_its_price(bench):
    with ModelDouble(behaviour("moonshot", pace=Stepped())) as double:
        async with bench(double, CAP) as made:
            ask = made.ask(HEAD + "‸\n", invoked=True)
            prepared = await made.app.suggester._model.prepared(ask, made.app.outside.inline)

            async def walk() -> None:
                candidates = Candidates(made.app.outside, ask, prepared)
                try:
                    await asyncio.sleep(30)
                finally:
                    candidates.end()
                    await asyncio.gather(candidates._task, return_exceptions=True)

            spent = await spent_once_asked(made, double, walk(), 1)
            body = prepared.request.body
            assert spent == pytest.approx(
                (tokens([prepared.prompt.text]) * 0.95 + body["max_completion_tokens"] * 4) / 1e6
            )
