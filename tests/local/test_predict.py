from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.local.confidence import THRESHOLD
from caretwise.local.decode import brackets_agree
from caretwise.local.predict import Embedded, Prediction
from caretwise.local.tokens import tokenize
from caretwise.text.language import by_id
from caretwise.text.snapshot import split_lines

PYTHON, GO, TYPESCRIPT, JAVASCRIPT = map(by_id, ("python", "go", "typescript", "javascript"))

SHOP = """\
class Basket:
    def __init__(self, items, tax):
        self.items = list(items)
        self.tax = float(tax)

    def total(self):
        net = sum(item.price for item in self.items)
        return net * (1 + self.tax)
"""
INIT = SHOP[SHOP.index("    def __init__") : SHOP.index("    def total")]
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
    marked = "class Offer:\n" + INIT + "    def total(self):\n        net = ‸\n"
    assert ask(engine_with(*OTHERS), marked) == "sum(item.price for item in self.items)"


@pytest.mark.parametrize("rest", ["", "\n", "\n\n    def other(self):\n"])
def test_the_own_line_does_not_say_that_the_document_ends_there(rest: str) -> None:
    engine = engine_with(*OTHERS)
    prefix = "class Offer:\n" + INIT + "    def total(self):\n        net = "
    engine.learn("file:///own.py", prefix + rest, PYTHON, open_document=True)
    assert ask(engine, f"{prefix}‸{rest}", key="file:///own.py") == "sum(item.price for item in self.items)"


def test_confidence_and_tokens_are_told() -> None:
    prefix = "class Offer:\n" + INIT + "    def total(self):\n        net = sum("
    found = engine_with(*OTHERS).complete(prefix, ")\n", PYTHON)
    assert isinstance(found, Prediction)
    assert found.text == "item.price for item in self.items"
    assert THRESHOLD <= found.confidence <= 1
    assert found.tokens == 13


def test_silent_about_what_it_has_not_seen() -> None:
    assert ask(engine_with(*OTHERS), "import asyncio\n\nqueue = asyncio.‸\n") is None
    assert ask(Embedded(), "net = ‸\n") is None


def test_silent_when_the_project_disagrees_with_itself() -> None:
    texts = [f"def rate(self):\n    return self.{name}_rate\n" for name in ("low", "high", "base", "night")]
    assert ask(engine_with(*texts), "def rate(self):\n    return self.‸\n") is None


@pytest.mark.parametrize("typed", ["s", "sum", "sum(item.pr"])
def test_in_the_middle_of_a_word_the_word_is_completed(typed: str) -> None:
    marked = "class Offer:\n" + INIT + f"    def total(self):\n        net = {typed}‸\n"
    ghost = ask(engine_with(*OTHERS), marked)
    assert ghost is not None
    assert typed + ghost == "sum(item.price for item in self.items)"


def test_what_was_typed_otherwise_is_respected() -> None:
    assert ask(engine_with(*OTHERS), "class Offer:\n" + INIT + "    def total(self):\n        net = sux‸\n") is None


def test_silent_inside_a_word() -> None:
    assert ask(engine_with(*OTHERS), "class Offer:\n" + INIT + "    def total(self):\n        net = su‸m\n") is None


def test_stops_where_the_rest_of_the_line_is_met() -> None:
    marked = "class Offer:\n" + INIT + "    def total(self):\n        net = sum(‸)\n"
    assert ask(engine_with(*OTHERS), marked) == "item.price for item in self.items"


def test_silent_when_the_rest_of_the_line_is_never_met() -> None:
    assert (
        ask(engine_with(*OTHERS), "class Offer:\n" + INIT + "    def total(self):\n        net = ‸ or fallback\n")
        is None
    )


def test_never_suggests_the_line_that_comes_next_anyway() -> None:
    marked = (
        "class Offer:\n"
        + INIT
        + "    def total(self):\n        ‸\n        net = sum(item.price for item in self.items)\n"
    )
    assert ask(engine_with(*OTHERS), marked) is None


def test_never_closing_marks_alone() -> None:
    engine = engine_with(*(f"# {name}\nrows = sorted(set(names))\n" for name in "abc"))
    assert ask(engine, "# d\nrows = sorted(set(names‸\n") is None
    assert ask(engine, "# d\nrows = sorted(set(nam‸\n") == "es))"


def test_never_one_character() -> None:
    engine = engine_with(*(f"# {name}\nrows = names\n" for name in "abc"))
    assert ask(engine, "# d\nrows = name‸\n") is None
    assert ask(engine, "# d\nrows = nam‸\n") == "es"


def test_the_more_documents_agree_the_surer() -> None:
    said: list[float] = []
    for count in (1, 2, 4):
        engine = Embedded(threshold=0.0)
        for number in range(count):
            engine.learn(str(number), f"# {number}\nrows = names\n", PYTHON)
        found = engine.complete("# c\nrows = ", "\n", PYTHON)
        assert found is not None
        said.append(found.confidence)
    assert said == sorted(set(said))
    assert said[0] < THRESHOLD


def test_a_block_on_request_fits_another_depth_and_unit() -> None:
    marked = (
        "class Outer:\n\tclass Offer:\n"
        + INIT.replace("    ", "\t").replace("\tdef", "\t\tdef").replace("\t\tself", "\t\t\tself")
        + "\t\tdef total(self):‸\n\n\nclass Next:\n\tpass\n"
    )
    engine = engine_with(*(text + "\n\nX = 1\n" for text in OTHERS))
    block = "\n\t\t\tnet = sum(item.price for item in self.items)\n\t\t\treturn net * (1 + self.tax)"
    assert ask(engine, marked, multiline=True) == block
    assert ask(engine, marked) is None


def test_a_block_in_braces_is_closed() -> None:
    engine = Embedded(threshold=0.1)
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


def test_an_edited_document_does_not_echo_the_line_being_changed() -> None:
    engine = Embedded(threshold=0.0)
    engine.learn("own", SHOP, PYTHON, open_document=True)
    prefix = "# a new first line\n" + SHOP[: SHOP.index("net * ")]
    suffix = SHOP[SHOP.index("\n", SHOP.index("net * ")) :]
    engine.edit("own", split_lines(prefix + suffix))
    assert engine.complete(prefix, suffix, PYTHON, key="own") is None


def test_where_the_cursors_line_is_unknown_the_document_is_left_out() -> None:
    engine = Embedded(threshold=0.0)
    engine.learn("own", SHOP + SHOP, PYTHON, open_document=True)
    prefix = SHOP[: SHOP.index("net * ")]
    assert engine.complete(prefix, "\n", PYTHON, key="own", line=3) is not None
    assert engine.complete(prefix, "\n", PYTHON, key="own", line=-2) is None


def test_what_is_typed_is_learned_line_by_line() -> None:
    text = "\n".join(f"value_{number} = {number}" for number in range(3_000)) + "\n"
    engine = Embedded()
    engine.learn("own", text, PYTHON, open_document=True)
    before = engine.tokens
    lines = split_lines(text)
    new = [f"    {line}\n" for line in ("with ledger.locked(account):", "ledger.post(account, amount, today)")] * 3
    engine.edit("own", [*lines[:1_000], *new, *lines[1_000:]])
    assert engine.tokens - before == pytest.approx(3 * 30, abs=20)
    prefix = "".join(lines[:500]) + new[0] + "    ledger.po"
    engine.edit("own", split_lines(prefix + "\n" + "".join([*lines[500:1_000], *new, *lines[1_000:]])))
    found = engine.complete(prefix, "\n", PYTHON, key="own")
    assert found is not None
    assert found.text == "st(account, amount, today)"
    engine.forget("own")
    assert engine.tokens == 0


def test_an_edit_of_a_closed_or_unknown_document_does_nothing() -> None:
    engine = engine_with(*OTHERS)
    engine.learn("own", SHOP, PYTHON, open_document=True)
    engine.close("own")
    before = engine.tokens
    for key in ("own", "file:///0.py", "never learned"):
        engine.edit(key, ["x = 1\n", ""])
    assert engine.tokens == before


def test_what_was_kept_of_a_document_restores_it() -> None:
    fresh, restored = Embedded(), Embedded()
    for number, text in enumerate(OTHERS):
        kept = fresh.learn(str(number), text, PYTHON)
        assert kept is not None
        restored.restore(str(number), kept, PYTHON)
    assert restored.tokens == fresh.tokens
    marked = "class Offer:\n" + INIT + "    def total(self):\n        net = ‸\n"
    assert ask(restored, marked) == ask(fresh, marked) == "sum(item.price for item in self.items)"


def test_secrets_are_never_learned() -> None:
    text = "".join(f"# {number}\nclient.login(password='Tr0ub4dor&3xyz')\n" for number in range(5))
    engine = engine_with(*[text] * 3)
    engine.learn("own", text + "client.login(password='\n", PYTHON, open_document=True)
    ghost = ask(engine, text + "client.login(password='‸\n", key="own")
    assert ghost is None or "Tr0ub4dor" not in ghost


def test_relearning_replaces() -> None:
    engine = engine_with(*OTHERS)
    for number in range(3):
        engine.learn(f"file:///{number}.py", OTHERS[0].replace("sum(", "fsum("), PYTHON)
    assert engine.documents == 3
    assert (
        ask(engine, "class Offer:\n" + INIT + "    def total(self):\n        net = ‸\n")
        == "fsum(item.price for item in self.items)"
    )


def test_forgetting() -> None:
    engine = engine_with(*OTHERS)
    for number in range(3):
        engine.forget(f"file:///{number}.py")
    engine.forget("never learned")
    assert (engine.documents, engine.tokens) == (0, 0)
    assert ask(engine, "class Offer:\n" + INIT + "    def total(self):\n        net = ‸\n") is None


def test_families_of_languages_are_kept_apart() -> None:
    engine = Embedded(threshold=0.1)
    for name in "abc":
        engine.learn(name, f"const {name} = 1;\nconst list = await api.list({{ page: 1 }});\n", TYPESCRIPT)
    prefix = "const d = 1;\nconst list = await "
    assert engine.complete(prefix, "\n", GO) is None
    found = engine.complete(prefix, "\n", JAVASCRIPT)
    assert found is not None
    assert found.text == "api.list({ page: 1 });"


def test_line_ends_are_those_of_the_document() -> None:
    engine = engine_with(*(text.replace("\n", "\r\n") + "\r\n\r\nX = 1\r\n" for text in OTHERS))
    found = engine.complete(
        "class Offer:\r\n" + INIT.replace("\n", "\r\n") + "    def total(self):", "\r\n", PYTHON, multiline=True
    )
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
    assert ask(engine, "class Offer:\n" + INIT + "    def total(self):\n        net = ‸\n") is not None


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


@pytest.mark.parametrize(
    ("head", "ghost", "rest", "agree"),
    [
        ("call(", "a, b", ")", True),
        ("call(", "a, b)", ")", False),  # closed twice
        ("call(", "other(a", ")", False),  # its own is left open
        ("    def add(self", ", key", ":", False),  # the head's is left open where the statement ends
        ("    def add(self", ", key)", ":", True),
        ('    say("(", ', "key)", ":", True),  # not a bracket
        ("call(", "a", ",", True),  # the call goes on below
        ("", "a", "), b)", True),  # began above
        ("items[", "0].name", " = 1", True),
        ("items[", "0", " = 1]", True),
    ],
)
def test_the_brackets_of_a_ghost_agree_with_the_rest_of_the_line(head: str, ghost: str, rest: str, agree: bool) -> None:
    assert brackets_agree(head, tokenize(ghost), tokenize(rest)) is agree


def test_a_ghost_goes_on_until_the_brackets_agree() -> None:
    engine = Embedded(threshold=0.0)
    for name in "abc":
        engine.learn(
            name, f"# {name}\nclass Box:\n    def put(self, key: str, value: int) -> None:\n        pass\n", PYTHON
        )
    found = engine.complete("# d\nclass Box:\n    def put(self, ", ":\n", PYTHON)
    assert found is not None
    assert found.text == "key: str, value: int) -> None"
