"""What the code at the cursor asks for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.context.chain import chain_before
from caretwise.context.place import given_of, place, place_of
from caretwise.text.language import by_id
from caretwise.text.snapshot import Snapshot


def place_at(text: str, language: str = "python"):
    """The place at `‸` in a text."""
    before, _, after = text.partition("‸")
    snapshot = Snapshot.of(before + after)
    return place(snapshot.lines, Snapshot.of(before).end, by_id(language))


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("x = self.cart", ("self", "cart")),
        ("return a.b(c, d(e)).f", ("a", "b()", "f")),
        ("a?.b!", ("a", "b")),
        ("rows[0].cell", ("rows", "cell")),
        ("make<Line>()", ("make()",)),
        ("Cart::new()", ("Cart", "new()")),
        ("'text'", ()),
        ("", ()),
    ],
)
def test_expressions_are_read_backwards(text, chain):
    assert chain_before(text) == chain


def test_behind_a_dot():
    found = place_at("class Cart(Base):\n    def total(self):\n        return self.store.pri‸\n")
    assert (found.receiver, found.part, found.behind_dot) == (("self", "store"), "pri", True)
    assert (found.owner, found.bases) == ("Cart", ("Base",))


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("def f(cart: Cart):\n    cart.‸", "python", "Cart"),
        ("cart = shop.Cart(1)\ncart.‸", "python", "Cart"),
        ("if isinstance(cart, Cart):\n    cart.‸", "python", "Cart"),
        ("except shop.CartError as cart:\n    cart.‸", "python", "CartError"),
        ("const cart = new Cart();\ncart.‸", "typescript", "Cart"),
        ("function f(cart: Cart | null) {\n  cart?.‸", "typescript", "Cart"),
        ("if (cart instanceof Cart) {\n  cart.‸", "typescript", "Cart"),
        ("Cart cart = shop.make();\ncart.‸", "java", "Cart"),
    ],
)
def test_the_class_of_a_receiver(text, language, kind):
    bound = dict(place_at(text, language).bound)["cart"]
    assert bound.type == kind or (bound.chain and bound.chain[-1] == f"{kind}()")


def test_a_receiver_that_came_from_a_call():
    bound = dict(place_at("for line in self.store.lines():\n    line.‸").bound)["line"]
    assert bound.chain == ("self", "store", "lines()")
    assert bound.item


def test_calls_that_the_cursor_is_inside_of():
    assert place_at("total(net, tax.of(x)[0], ‸").calls == (("total",),)
    assert place_at("outer.call(inner(1, ‸").calls == (("inner",), ("outer", "call"))
    assert place_at("print(')', make(‸").calls == (("make",),)
    assert place_at("if (‸", "typescript").calls == ()


def test_an_object_literal_with_an_annotation():
    assert place_at("const options: Options = {\n  depth: 1,\n  ‸\n};", "typescript").expected == "Options"


def test_what_is_used_elsewhere_in_the_file():
    assert place_at("a.b.c()\nx.b.d\na.b.‸\na.b.e\n").used == ("c", "e")


def test_names_near_the_cursor_come_first():
    found = place_at("far = 1\nnear = 2\nhere = ‸\nbelow = 3\n")
    assert found.around == ("here", "near", "far", "below")


@given(st.text(alphabet="abX ._()[]{}\"'`:=<>\n,@#?!", max_size=200))
def test_any_text_is_a_place_that_survives_json(text):
    found = place_at(text + "‸")
    assert place_of(json.loads(json.dumps(given_of(found)))) == found
