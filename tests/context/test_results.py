"""What a function gives that does not declare it."""

import textwrap

import pytest
from tests.context.test_receivers import shown

from caretwise.context.symbols import symbols
from caretwise.text.language import by_id


def types(text, language="python"):
    return {one.name: one.type for one in symbols(text, by_id(language)) if one.kind != "class"}


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("    return Shape()\n", "Shape"),
        ("    return (\n        Shape()\n    )\n", ""),
        ("    return shapes.Shape(1)\n", "Shape"),
        ("    if x:\n        return None\n    return Shape(x)\n", "Shape"),
        ("    shape = Shape(x)\n    shape.grow()\n    return shape\n", "Shape"),
        ("    shape: Shape = load(x)\n    return shape\n", "Shape"),
        ("    return [Shape(one) for one in x]\n", "Shape"),
        ("    for one in x:\n        yield Shape(one)\n", "Shape"),
        ("    def inner():\n        return Shape()\n    return inner\n", ""),
        ("    def inner():\n        return Line()\n    return Shape(inner)\n", "Shape"),
        ("    return x\n\nother = Shape()\n", ""),
        ("    return x\ndef other():\n    return Shape()\n", ""),
        ("    pass\n", ""),
    ],
)
def test_python(body, given):
    assert types("def make(x):\n" + body)["make"] == given
    assert types("def make(\n    x,\n    y=1,\n):\n" + body)["make"] == given
    method = "def make(self, x):\n" + body.replace("    ", "\t")
    assert types("class A:\n" + textwrap.indent(method, "\t"))["make"] == given


def test_what_is_declared_counts_before_what_is_returned():
    assert types("def make(x) -> str:\n    return Shape()\n")["make"] == ""
    assert types("def make(x) -> Line:\n    return Shape()\n")["make"] == "Line"


def test_methods_that_give_their_own_object():
    found = types("class A:\n    def grow(self):\n        return self\n\n    def copy(cls):\n        return cls(1)\n")
    assert found == {"grow": "A", "copy": "A"}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("function make(x) {\n  return new Shape(x);\n}\n", "Shape"),
        ("export const make = (x) => {\n  return new Shape(x);\n};\n", "Shape"),
        ("export const make = (x) => new Shape(x);\n", "Shape"),
        ("const make = async (x: string) => await new Shape(x);\n", "Shape"),
        ("function make(x) {\n  const shape = new Shape(x);\n  return shape;\n}\n", "Shape"),
        ("function make(x) {\n  x.map((one) => {\n    return new Line();\n  });\n  return new Shape();\n}\n", "Shape"),
        ("function make(x): string {\n  return new Shape(x);\n}\n", ""),
        ("class A {\n  make() {\n    return this;\n  }\n}\n", "A"),
        ("function make() {}\nfunction other() {\n  return new Shape();\n}\n", ""),
    ],
)
def test_typescript(text, given):
    assert types(text, "typescript")["make"] == given
    assert types(text, "javascript")["make"] == given


def test_it_is_shown_behind_the_dot():
    make = "from shop import Cart\n\ndef make(name):\n    basket = Cart(name)\n    return basket\n\n"
    shown("new.py", make + "x = make('a')\nx.‸", ("add_line", "grand_total"))
    shown("new.py", make + "make('a').‸", ("add_line", "grand_total"))
