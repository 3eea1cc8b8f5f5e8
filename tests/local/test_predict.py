from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.local.predict import Embedded, Prediction
from caretwise.text.language import by_id

PYTHON, GO, TYPESCRIPT, JAVASCRIPT = map(by_id, ("python", "go", "typescript", "javascript"))

SHOP = """\
class Basket:
    def total(self):
        net = sum(item.price for item in self.items)
        return net * (1 + self.tax)
"""
OTHERS = [SHOP.replace("Basket", name) for name in ("Order", "Invoice", "Quote")]


def engine_with(*texts: str) -> Embedded:
    engine = Embedded()
    for number, text in enumerate(texts):
        engine.learn(f"file:///{number}.py", text, PYTHON)
    return engine


def ask(engine: Embedded, marked: str, *, key: str = "", multiline: bool = False) -> str | None:
    """The ghost text at the `‸` of `marked`."""
    prefix, suffix = marked.split("‸")
    found = engine.complete(prefix, suffix, PYTHON, key=key, multiline=multiline)
    return found.text if found else None


def test_completes_to_the_end_of_the_line() -> None:
    marked = "class Offer:\n    def total(self):\n        net = ‸\n"
    assert ask(engine_with(*OTHERS), marked) == "sum(item.price for item in self.items)"


def test_confidence_and_tokens_are_told() -> None:
    prefix = "class Offer:\n    def total(self):\n        net = sum("
    found = engine_with(*OTHERS).complete(prefix, ")\n", PYTHON)
    assert isinstance(found, Prediction)
    assert found.text == "item.price for item in self.items"
    assert 0.65 <= found.confidence <= 1
    assert found.tokens == 13


def test_silent_about_what_it_has_not_seen() -> None:
    assert ask(engine_with(*OTHERS), "import asyncio\n\nqueue = asyncio.‸\n") is None
    assert ask(Embedded(), "net = ‸\n") is None


def test_silent_when_the_project_disagrees_with_itself() -> None:
    texts = [f"def rate(self):\n    return self.{name}_rate\n" for name in ("low", "high", "base", "night")]
    assert ask(engine_with(*texts), "def rate(self):\n    return self.‸\n") is None


@pytest.mark.parametrize("typed", ["s", "sum", "sum(item.pr"])
def test_in_the_middle_of_a_word_the_word_is_completed(typed: str) -> None:
    marked = f"class Offer:\n    def total(self):\n        net = {typed}‸\n"
    ghost = ask(engine_with(*OTHERS), marked)
    assert ghost is not None
    assert typed + ghost == "sum(item.price for item in self.items)"


def test_what_was_typed_otherwise_is_respected() -> None:
    assert ask(engine_with(*OTHERS), "class Offer:\n    def total(self):\n        net = sux‸\n") is None


def test_silent_inside_a_word() -> None:
    assert ask(engine_with(*OTHERS), "class Offer:\n    def total(self):\n        net = su‸m\n") is None


def test_stops_where_the_rest_of_the_line_is_met() -> None:
    marked = "class Offer:\n    def total(self):\n        net = sum(‸)\n"
    assert ask(engine_with(*OTHERS), marked) == "item.price for item in self.items"


def test_silent_when_the_rest_of_the_line_is_never_met() -> None:
    assert ask(engine_with(*OTHERS), "class Offer:\n    def total(self):\n        net = ‸ or fallback\n") is None


def test_never_suggests_the_line_that_comes_next_anyway() -> None:
    marked = "class Offer:\n    def total(self):\n        ‸\n        net = sum(item.price for item in self.items)\n"
    assert ask(engine_with(*OTHERS), marked) is None


def test_never_closing_marks_alone() -> None:
    engine = engine_with(*(f"# {name}\nrows = sorted(set(names))\n" for name in "abc"))
    assert ask(engine, "# d\nrows = sorted(set(names‸\n") is None
    assert ask(engine, "# d\nrows = sorted(set(nam‸\n") == "es))"


def test_never_one_character() -> None:
    engine = engine_with(*(f"# {name}\nrows = names\n" for name in "abc"))
    assert ask(engine, "# d\nrows = name‸\n") is None
    assert ask(engine, "# d\nrows = nam‸\n") == "es"


def test_one_document_is_trusted_less_than_two_that_agree() -> None:
    texts = [f"# {name}\nrows = names\n" for name in "ab"]
    marked = "# c\nrows = ‸\n"
    assert ask(engine_with(texts[0]), marked) is None
    assert ask(engine_with(*texts), marked) == "names"


def test_a_block_on_request_fits_another_depth_and_unit() -> None:
    marked = "class Outer:\n\tclass Offer:\n\t\tdef total(self):‸\n\n\nclass Next:\n\tpass\n"
    engine = engine_with(*(text + "\n\nX = 1\n" for text in OTHERS))
    block = "\n\t\t\tnet = sum(item.price for item in self.items)\n\t\t\treturn net * (1 + self.tax)"
    assert ask(engine, marked, multiline=True) == block
    assert ask(engine, marked) is None


def test_a_block_in_braces_is_closed() -> None:
    engine = Embedded()
    for name in ("One", "Two", "Three"):
        text = f"class {name} {{\n  size() {{\n    return this.items.length;\n  }}\n}}\n"
        engine.learn(name, text, TYPESCRIPT)
    found = engine.complete("class Four {\n  size() {", "\n}\n", TYPESCRIPT, multiline=True)
    assert found is not None
    assert found.text == "\n    return this.items.length;\n  }"


def test_the_document_itself_is_a_source_but_not_the_cursors_line() -> None:
    text = SHOP + "\n\n" + SHOP.replace("Basket", "Offer")
    prefix = text[: text.rindex("sum(")]
    now = prefix + "\n        return net\n"
    engine = engine_with(*OTHERS)
    engine.learn("own", now, PYTHON, open_document=True)
    found = engine.complete(prefix, now[len(prefix) :], PYTHON, key="own")
    assert found is not None
    assert found.text == "sum(item.price for item in self.items)"


def test_the_closed_copy_of_the_document_is_left_out() -> None:
    engine = Embedded(threshold=0.0)
    engine.learn("own", SHOP, PYTHON)
    head = SHOP[: SHOP.index("sum(")]
    assert engine.complete(head, "\n", PYTHON, key="own") is None
    assert engine.complete(head, "\n", PYTHON) is not None


def test_a_stale_open_document_does_not_echo_the_line_being_changed() -> None:
    engine = Embedded(threshold=0.0)
    engine.learn("own", SHOP, PYTHON, open_document=True)
    prefix = "# a new first line\n" + SHOP[: SHOP.index("net * ")]
    assert engine.complete(prefix, SHOP[SHOP.index("\n", SHOP.index("net * ")) :], PYTHON, key="own") is None


def test_relearning_replaces() -> None:
    engine = engine_with(*OTHERS)
    for number in range(3):
        engine.learn(f"file:///{number}.py", OTHERS[0].replace("sum(", "fsum("), PYTHON)
    assert engine.documents == 3
    assert (
        ask(engine, "class Offer:\n    def total(self):\n        net = ‸\n")
        == "fsum(item.price for item in self.items)"
    )


def test_forgetting() -> None:
    engine = engine_with(*OTHERS)
    for number in range(3):
        engine.forget(f"file:///{number}.py")
    engine.forget("never learned")
    assert (engine.documents, engine.tokens) == (0, 0)
    assert ask(engine, "class Offer:\n    def total(self):\n        net = ‸\n") is None


def test_families_of_languages_are_kept_apart() -> None:
    engine = Embedded()
    for name in "abc":
        engine.learn(name, f"const {name} = 1;\nconst list = await api.list({{ page: 1 }});\n", TYPESCRIPT)
    prefix = "const d = 1;\nconst list = await "
    assert engine.complete(prefix, "\n", GO) is None
    found = engine.complete(prefix, "\n", JAVASCRIPT)
    assert found is not None
    assert found.text == "api.list({ page: 1 });"


def test_line_ends_are_those_of_the_document() -> None:
    engine = engine_with(*(text.replace("\n", "\r\n") + "\r\n\r\nX = 1\r\n" for text in OTHERS))
    found = engine.complete("class Offer:\r\n    def total(self):", "\r\n", PYTHON, multiline=True)
    assert found is not None
    assert found.text.startswith("\r\n        net = sum(")
    assert "\n" not in found.text.replace("\r\n", "")


def test_limits_hold_and_the_oldest_closed_document_goes_first() -> None:
    engine = Embedded(max_tokens=200)
    engine.learn("open", SHOP, PYTHON, open_document=True)
    size = engine.tokens
    for number in range(20):
        engine.learn(str(number), OTHERS[0], PYTHON)
        assert engine.tokens <= 200
    assert engine.documents == 200 // size
    engine.forget("open")
    assert engine.documents == 200 // size - 1


def test_the_number_of_documents_is_bounded() -> None:
    engine = Embedded(max_documents=3)
    for number in range(20):
        engine.learn(str(number), OTHERS[number % 3], PYTHON)
    assert engine.documents == 3
    assert ask(engine, "class Offer:\n    def total(self):\n        net = ‸\n") is not None


def test_a_document_above_the_limit_is_learned_alone() -> None:
    engine = Embedded(max_tokens=10)
    engine.learn("one", SHOP, PYTHON)
    engine.learn("two", SHOP, PYTHON)
    assert engine.documents == 1


SAME = """
from caretwise.local.predict import Embedded
from caretwise.text.language import by_id
engine = Embedded(threshold=0.0)
for number in range(40):
    engine.learn(str(number), "".join(f"value_{number * i % 7} = call_{i % 3}(a{number % 5})\\n" for i in range(9)), by_id("python"))
for i in range(7):
    print(engine.complete(f"value_1 = call_2(a1)\\nvalue_{i} = ", "\\n", by_id("python")))
"""


def test_the_same_answers_whatever_the_seed_of_string_hashes() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", SAME], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=30
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert b"call_" in printed.pop()


LINES = st.lists(st.sampled_from(["a = b(c)", "  if a:", "    a.b()", "\t}", "", "x", "é = 😀", "\r"]), max_size=12)


@settings(max_examples=150)
@given(documents=st.lists(LINES.map("\n".join), max_size=4), text=LINES.map("\n".join), at=st.integers(0, 80),
       multiline=st.booleans(), learned=st.booleans())  # fmt: skip
def test_any_text_and_cursor(documents: list[str], text: str, at: int, multiline: bool, learned: bool) -> None:
    engine = Embedded(threshold=0.0)
    for number, document in enumerate(documents):
        engine.learn(str(number), document, PYTHON)
    engine.learn("own", text, PYTHON, open_document=learned)
    prefix, suffix = text[:at], text[at:]
    found = engine.complete(prefix, suffix, PYTHON, key="own", multiline=multiline)
    again = engine.complete(prefix, suffix, PYTHON, key="own", multiline=multiline)
    assert found == again
    if found:
        assert found.text.rstrip() == found.text != ""
        assert multiline or "\n" not in found.text
        assert 0 <= found.confidence <= 1
