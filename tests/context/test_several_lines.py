"""What is shown behind a dot when what tells the receiver's class stands on several lines."""

import pytest
from tests.context.test_receivers import shown

from caretwise.context.symbols import symbols
from caretwise.text.language import by_id

CART = "from shop import Cart\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f(\n    basket: Optional[\n        Cart\n    ] = None,\n):\n    basket.‸",
        "def f(\n    name: str,\n    basket: Cart,\n) -> None:\n    basket.‸",
        "basket: Optional[\n    Cart\n] = None\nbasket.‸",
        "basket = (\n    Cart('x')\n)\nbasket.‸",
        "basket = \\\n    Cart('x')\nbasket.‸",
        "basket = Cart(\n    'x',\n    'EUR',\n)\nbasket.‸",
        "basket = Cart.from_session(\n    'x',\n)\nbasket.‸",
        "basket = (\n    Cart\n    .from_session('x')\n)\nbasket.‸",
        "with lend(\n    Cart\n) as other, Cart(\n    'x'\n) as basket:\n    basket.‸",
        "if isinstance(\n    basket,\n    Cart,\n):\n    basket.‸",
        "class A:\n    def __init__(self):\n        self.basket = (\n            Cart('x')\n        )\n\n    def f(self):\n        self.basket.‸",
        "class A:\n    def __init__(self):\n        self.basket: Optional[\n            Cart\n        ] = None\n\n    def f(self):\n        self.basket.‸",
        "class A:\n    def __init__(\n        self,\n        basket: Cart,\n    ):\n        self.basket = basket\n\n    def f(self):\n        self.basket.‸",
        "class A:\n    basket: Optional[\n        Cart\n    ] = None\n\n    def f(self):\n        self.basket.‸",
        "def make(\n    name,\n) -> Optional[\n    Cart\n]:\n    return None\n\nbasket = make('x')\nbasket.‸",
    ],
)
def test_python(text):
    shown("new.py", CART + text, ("add_line", "grand_total"))


@pytest.mark.parametrize(
    "text",
    [
        "const one =\n  new Invoice();\none.‸",
        "function f(\n  name: string,\n  one: Map<\n    string,\n    Invoice\n  >,\n) {\n  one.get('').‸",
        "function f(some: Invoice[]) {\n  some.map(\n    (one) => one.‸",
        "let one:\n  | Invoice\n  | undefined;\none.‸",
        "class A {\n  private one =\n    new Invoice();\n\n  f() {\n    this.one.‸",
        "class A {\n  constructor(\n    private readonly name: string,\n    private readonly one: Invoice,\n  ) {}\n\n  f() {\n    this.one.‸",
        "function make(\n  name: string,\n): Promise<\n  Invoice\n> {\n}\nconst one = await make('');\none.‸",
    ],
)
def test_typescript(text):
    shown("src/app/new.ts", "import { Invoice } from '@models';\n" + text, ("addLine",))


@pytest.mark.parametrize(
    "text",
    [
        "fn f() {\n    let o =\n        Order::new(1);\n    o.‸",
        "fn f(\n    name: &str,\n    o: Option<\n        Order,\n    >,\n) {\n    o.unwrap().‸",
        "fn f(os: &[Order]) {\n    os.iter()\n        .map(|o| o.‸",
    ],
)
def test_rust(text):
    shown("src/new.rs", "use crate::model::Order;\n" + text, ("add_line",))


@pytest.mark.parametrize(
    "text",
    [
        'Order one =\n                new Order("x", null);\n        one.‸',
        'var one =\n                new Order("x", null);\n        one.‸',
        "for (\n            Order one : orders\n        ) {\n            one.‸",
        "orders.forEach(\n            one -> one.‸",
    ],
)
def test_java(text):
    head = "package com.acme.app;\nimport com.acme.model.Order;\nclass T {\n"
    around = "    void go(\n        java.util.List<Order> orders\n    ) {\n        "
    shown("src/main/java/com/acme/app/New.java", head + around + text, ("addLine",))


def test_the_newest_line_counts_before_a_statement_of_several():
    shown(
        "new.py",
        CART + "from shop.database import Pool\nif (\n    x := y\n):\n    basket = Cart('')\n    basket.‸",
        ("add_line",),
    )


def test_a_declaration_on_several_lines_is_one():
    found = symbols(
        "cart = \\\n    Cart(1)\nclass A:\n    def f(self):\n        self.line = (\n            Line()\n        )\n",
        by_id("python"),
    )
    assert [(one.name, one.type) for one in found if one.kind == "value"] == [("cart", "Cart"), ("line", "Line")]
