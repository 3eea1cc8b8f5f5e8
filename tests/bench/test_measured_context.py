"""The benchmarks of context on a project of three files: slow on real ones, and broken unnoticed without this."""

import importlib
from pathlib import Path

import pytest

from caretwise.text.language import by_id

FILES = {
    "shop/rates.py": "RATES = {}\n\n\ndef rate_of_country(country, year):\n    return RATES[country, year]\n",
    "shop/cart.py": "from shop.rates import *\n\n\ndef total(items, country):\n    net = sum(items)\n"
    "    return net * rate_of_country(country, 2026)\n",
}


@pytest.fixture
def recall(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return importlib.import_module("context_recall")


def test_points_and_what_the_engine_shows_for_them(recall):
    (point,) = recall.points_of(FILES, by_id("python"), 4, 7)
    assert point.hole.answer == "rate_of_country(country, 2026)"
    assert point.needed == {"rate_of_country"}
    shown = recall.ours_of("shop", FILES, [point])
    assert set(shown) == {(point.hole.id, budget) for budget in recall.BUDGETS}
    for text in shown.values():
        assert "def rate_of_country(country, year)" in text
        assert "2026" not in text


def test_a_real_model_is_asked_for_what_the_engine_asks(recall):
    model = importlib.import_module("real_model")
    none, ours = model.arms(500, 800)
    (point,) = recall.points_of(FILES, by_id("python"), 4, 7)
    groups = {"shop": (FILES, (point.hole,))}
    (without,) = model.ask_all(none, groups, {}).values()
    (asked,) = model.ask_all(ours, groups, {}).values()
    assert asked.body["input_prefix"].endswith("return net * ") and without.body["input_extra"] == []
    assert "rate_of_country" in asked.body["input_extra"][0]["text"]
    known = {model.body_key(asked.body): ("rate_of_country(country, 2026)\n\nmore", "stop")}
    (answered,) = model.ask_all(ours, groups, known).values()
    assert answered.answer.exact
    assert asked.enough("rate_of_country(country, 2026)\n")
