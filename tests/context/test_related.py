"""Code of other places: imports, neighbours, recent edits, and what of it fits."""

import pytest

from caretwise.context.edits import RecentEdits
from caretwise.context.imports import imports, signatures
from caretwise.context.neighbours import neighbours
from caretwise.context.pack import Context, pack
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet, Source
from caretwise.context.window import Window
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

PYTHON, TYPESCRIPT = by_id("python"), by_id("typescript")


@pytest.mark.parametrize(
    ("text", "path", "candidate", "names"),
    [
        ("from shop.price import total, Tax as T\n", "shop/cart.py", "shop/price.py", {"total", "Tax"}),
        ("from .price import (\n    total,\n    tax,\n)\n", "shop/cart.py", "shop/price.py", {"total", "tax"}),
        ("from . import price\n", "shop/cart.py", "shop/price.py", {"price"}),
        ("from ..base import Model\n", "shop/orders/cart.py", "shop/base.py", {"Model"}),
        ("import shop.price\n", "cart.py", "shop/price.py", set()),
    ],
)
def test_python_imports(text, path, candidate, names):
    found = imports(text, path, PYTHON)
    assert candidate in found[0].candidates
    assert found[0].names == names


@pytest.mark.parametrize(
    ("text", "candidate", "names"),
    [
        ('import { total, type Tax } from "./price";\n', "shop/price.ts", {"total", "Tax"}),
        ("import * as price from '../lib/price.js';\n", "lib/price.ts", set()),
        ("export { total } from './price'\n", "shop/price/index.ts", {"total"}),
        ("const price = require('./price')\n", "shop/price.js", set()),
    ],
)
def test_ecma_imports(text, candidate, names):
    found = imports(text, "shop/cart.ts", TYPESCRIPT)
    assert candidate in found[0].candidates
    assert found[0].names == names


def test_packages_from_elsewhere_are_nobodys_files():
    assert imports('import React from "react";\n', "shop/cart.ts", TYPESCRIPT) == ()


def test_signatures_show_what_was_asked_for_without_bodies():
    source = Source(
        "price.py",
        "RATE = 3\n\nclass Tax:\n    rate: int = 1\n    def of(self, net):\n        return net\n\ndef total(x):\n    return x\n",
    )
    found = signatures(source, frozenset({"Tax"}))
    assert found is not None
    assert "class Tax" in found.text
    assert "def of(self, net)" in found.text
    assert "return" not in found.text
    assert "total" not in found.text
    assert signatures(source, frozenset({"nothing"})) is None


def test_neighbours_prefer_what_shares_rare_names():
    about = Source("a.py", "def settle_invoice(customer_ledger):\n    return customer_ledger.settle_invoice\n")
    common = Source("b.py", "def other(value):\n    return value\n" * 3)
    found = neighbours("customer_ledger.settle_invoice(value)", [common, about])
    assert found[0].path == "a.py"
    assert neighbours("customer_ledger.settle_invoice(value)", [common, about]) == found


def type_into(edits: RecentEdits, snapshot: Snapshot, line: int, character: int, text: str) -> Snapshot:
    for step, one in enumerate(text):
        at = Position(line, character + step)
        edit = TextEdit(Range(at, at), one)
        after = apply_edits(snapshot, [edit])
        edits.note("a.py", snapshot, edit, after)
        snapshot = after
    return snapshot


def test_an_edit_is_shown_when_typing_has_gone_elsewhere():
    edits = RecentEdits()
    snapshot = Snapshot.of("".join(f"line {n}\n" for n in range(40)), uri="file:///a.py")
    snapshot = type_into(edits, snapshot, 2, 6, " and more")
    assert edits.recent() == ()
    type_into(edits, snapshot, 30, 7, "!")
    assert [one.as_diff() for one in edits.recent()] == ["@@ a.py:3 @@\n-line 2\n+line 2 and more"]


def test_lines_that_are_added_belong_to_one_edit():
    edits = RecentEdits()
    snapshot = Snapshot.of("".join(f"line {n}\n" for n in range(40)), uri="file:///a.py")
    snapshot = type_into(edits, snapshot, 2, 6, "\n")
    snapshot = type_into(edits, snapshot, 3, 0, "new")
    type_into(edits, snapshot, 30, 7, "!")
    diff = edits.recent()[0].as_diff()
    assert "+new" in diff
    assert "-line 2" in diff


def test_packing_keeps_the_budget_the_order_and_no_doubles():
    bare = Context("a.py", "python", "Python", Window("", "shown already", "", 0))
    snippets = [
        Snippet("z.py", 0, "z" * 90, "neighbour", 9.0),
        Snippet("b.py", 3, "signature", "import", 1.0),
        Snippet("c.py", 0, "shown already", "neighbour", 30.0),
        Snippet("a2.py", 0, "y" * 3000, "neighbour", 8.0),
        Snippet("low.py", 0, "low", "neighbour", 1.0),
    ]
    found = pack(bare, snippets, [], budget=100)
    assert [one.path for one in found.snippets] == ["b.py", "z.py"]
    assert sum(len(one.text) for one in found.snippets) <= 100 * CHARACTERS_PER_TOKEN
    assert pack(bare, list(reversed(snippets)), [], budget=100) == found


def test_members_stand_below_their_class_and_what_moves_comes_last():
    bare = Context("a.py", "python", "Python", Window("", "", "", 0))
    snippets = [
        Snippet("b.py", 7, "def total(self, tax)", "receiver", 0.5, "class Cart"),
        Snippet("b.py", 5, "limit: int", "receiver", 0.4, "class Cart"),
        Snippet("z.py", 0, "a piece of code", "neighbour", 9.0),
        Snippet("c.py", 3, "def make(name)", "import", 0.3),
    ]
    found = pack(bare, snippets, [], budget=100).snippets
    assert [(one.path, one.kind) for one in found] == [("c.py", "import"), ("z.py", "neighbour"), ("b.py", "receiver")]
    assert found[-1].text == "class Cart\n    limit: int\n    def total(self, tax)"


def test_what_shows_nothing_new_takes_no_room():
    bare = Context("a.py", "python", "Python", Window("", "limit total", "", 0))
    snippets = [
        Snippet("b.py", 5, "limit = total", "receiver", 0.9, "class Cart"),
        Snippet("c.py", 0, "fresh", "neighbour", 9.0),
        Snippet("d.py", 0, "fresh fresh", "neighbour", 8.0),
    ]
    assert [one.path for one in pack(bare, snippets, [], budget=100).snippets] == ["c.py"]


def test_a_declaration_is_not_told_twice_and_pieces_stand_apart():
    bare = Context("a.py", "python", "Python", Window("", "", "", 0))
    snippets = [
        Snippet("c.py", 0, "import os\nclass Cart(Base):\n    limit: int", "neighbour", 9.0),
        Snippet("c.py", 3, "    def more(self):\n        pass", "neighbour", 8.9),
        Snippet("c.py", 40, "def last(abc):\n    pass", "neighbour", 8.0),
        Snippet("c.py", 1, "class Cart(Base)", "import", 0.5),
        Snippet("c.py", 2, "limit: int", "import", 0.4, "class Cart(Base)"),
        Snippet("c.py", 30, "def other(self, arg)", "import", 0.4, "class Cart(Base)"),
    ]
    pieces = (
        "import os\nclass Cart(Base):\n    limit: int\n    def more(self):\n        pass\n\ndef last(abc):\n    pass"
    )
    found = pack(bare, snippets, [], budget=500).snippets
    assert [one.text for one in found] == [f"class Cart(Base)\n    def other(self, arg)\n\n{pieces}"]


def test_what_a_piece_shows_is_not_shown_behind_the_dot_once_more():
    bare = Context("a.py", "python", "Python", Window("", "", "", 0))
    snippets = [
        Snippet("c.py", 0, "class Cart(Base):\n    def total(self, tax):\n        return tax", "neighbour", 9.0),
        Snippet("c.py", 1, "def total(self, tax)", "receiver", 0.5, "class Cart(Base)"),
        Snippet("c.py", 30, "def other(self, arg)", "receiver", 0.4, "class Cart(Base)"),
        Snippet("d.py", 3, "def total(self, tax)", "receiver", 0.2, "class Basket"),
    ]
    found = pack(bare, snippets, [], budget=500).snippets
    assert [(one.path, one.text) for one in found if one.kind == "receiver"] == [
        ("c.py", "class Cart(Base)\n    def other(self, arg)")
    ]
