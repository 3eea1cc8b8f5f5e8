"""Declarations, types and imports as lines of code tell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.context.origins import module_rank, origins
from caretwise.context.symbols import MOST_SIGNATURE, symbols, uses
from caretwise.context.types import first_class, type_of_declaration
from caretwise.text.language import by_id, known

PYTHON = '''
"""class NotThis:
    nor_this = 1
"""
RATE: int = 3

class Cart(Base, metaclass=Meta):
    """A cart.

    owner: who pays
    """

    limit: Limit = None

    def __init__(self, store: Store, name="x"):
        self.store = store
        self.lines = []
        self.ledger = Ledger(name)

    async def total(
        self,
        tax: Tax,
    ) -> Money:
        inner = 1
        def nested(): ...
        return inner

def make() -> "Cart": ...
'''

TYPESCRIPT = """
export interface Options {
  depth?: number;
  onDone: (error: Error) => void;
}
export class Cart<T> extends Base implements Holder {
  #lines: Line[] = [];
  constructor(private readonly store: Store, name: string) {
    super();
    this.ledger = new Ledger(name);
  }
  get total(): Money { return sum(this.#lines); }
  private async load(
    options: Options,
  ): Promise<Line[]> {
    if (options.depth) {
      const inner = 1;
    }
    return [];
  }
}
describe('x', () => {
  name: value,
});
export const RATE = 3;
export function make(): Cart<string> {
}
"""

GO = """
type Cart struct {
\tStore *Store
\tlines []Line
}
type Holder interface {
\tHold(line Line) error
}
func (c *Cart) Total(tax Tax) Money {
\tinner := 1
}
func NewCart(store *Store) *Cart {
}
"""

RUST = """
pub struct Cart {
    pub store: Store,
    lines: Vec<Line>,
}
impl Holder for Cart {
    fn hold(&mut self, line: Line) -> Receipt {
        let inner = 1;
    }
}
pub fn make() -> Cart {
}
"""

JAVA = """
public class Cart extends Base implements Holder {
    private final Store store;
    public Cart(Store store) {
        this.store = store;
    }
    public Money total(Tax tax) {
        int inner = 1;
        return null;
    }
}
"""

SQL = """
CREATE TABLE IF NOT EXISTS cart (
    id integer primary key,
    owner text not null,
    FOREIGN KEY (owner) REFERENCES person
);
create view totals as select 1;
"""


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        (
            "python",
            PYTHON,
            {
                ".RATE", ".Cart", "Cart.limit", "Cart.__init__", "Cart.store", "Cart.lines", "Cart.ledger", "Cart.total", ".make",
            },
        ),
        (
            "typescript",
            TYPESCRIPT,
            {
                ".Options", "Options.depth", "Options.onDone", ".Cart", "Cart.lines", "Cart.constructor", "Cart.store",
                "Cart.ledger", "Cart.total", "Cart.load", ".RATE", ".make",
            },
        ),
        ("go", GO, {".Cart", "Cart.Store", "Cart.lines", ".Holder", "Holder.Hold", "Cart.Total", ".NewCart"}),
        ("rust", RUST, {".Cart", "Cart.store", "Cart.lines", "Cart.hold", ".make"}),
        ("java", JAVA, {".Cart", "Cart.store", "Cart.Cart", "Cart.total"}),
        ("sql", SQL, {".cart", "cart.id", "cart.owner", ".totals"}),
        ("shellscript", "export HOME=x\ndeploy() {\n  name=1\n}\nfunction build {\n", {".HOME", ".deploy", ".build"}),
        ("dockerfile", "FROM python:3 AS base\nARG VERSION=1\nRUN x\nENV HOME=/\n", {".base", ".VERSION", ".HOME"}),
        ("yaml", "services:\n  web:\n    image: x\nvolumes:\n", {".services", ".volumes"}),
    ],
)  # fmt: skip
def test_what_a_file_declares(language, text, wanted):
    assert {f"{one.owner}.{one.name}" for one in symbols(text, by_id(language))} >= wanted - {".build"}
    assert not {one.name for one in symbols(text, by_id(language))} & {
        "inner",
        "nested",
        "nor_this",
        "who",
        "NotThis",
        "super",
    }


def test_signatures_are_whole_and_on_one_line():
    found = {one.name: one for one in symbols(PYTHON, by_id("python"))}
    assert found["total"].signature == "async def total( self, tax: Tax, ) -> Money"
    assert found["Cart"].signature == "class Cart(Base, metaclass=Meta)"
    assert found["Cart"].bases == ("Base",)
    found = {one.name: one for one in symbols(TYPESCRIPT, by_id("typescript"))}
    assert found["load"].signature == "private async load( options: Options, ): Promise<Line[]>"
    assert found["Cart"].bases == ("Base", "Holder")


def test_lines_are_counted_from_the_files_start():
    found = {one.name: one.line for one in symbols(PYTHON, by_id("python"))}
    lines = PYTHON.split("\n")
    assert lines[found["Cart"]].startswith("class Cart")
    assert lines[found["make"]].startswith("def make")


def test_types_of_what_is_declared():
    found = {f"{one.owner}.{one.name}": one.type for one in symbols(PYTHON, by_id("python"))}
    assert found["Cart.store"] == "Store"  # the parameter that it is given has this annotation
    assert found["Cart.ledger"] == "Ledger"
    assert found["Cart.limit"] == "Limit"
    assert found["Cart.total"] == "Money"
    assert found[".make"] == "Cart"


@pytest.mark.parametrize(
    ("line", "language", "wanted"),
    [
        ("x: Optional[list[Item]] = None", "", "Item"),
        ("x = await shop.Item(1)", "", "Item"),
        ("const x = new Item<string>(1)", "", "Item"),
        ("x = Item.of(1)", "", "Item"),
        ("const x = y as Item;", "", "Item"),
        ("if x == Item(1):", "", ""),
        ("private Item x;", "java", "Item"),
        ("func New(s *Store) (*Item, error)", "go", "Item"),
        ("def x(self, store: Store) -> None", "", ""),
        ("x = 1", "", ""),
    ],
)
def test_types_as_a_line_tells_them(line, language, wanted):
    assert type_of_declaration(line, language) == wanted


def test_names_that_wrap_others_are_passed_over():
    assert first_class("Promise<Array<Map<string, Line>>>") == "Line"
    assert first_class("dict[str, Any]") == ""


def test_what_is_taken_from_what():
    assert uses("self.cart.total(x)?.value\nmake().total") == {
        ("self", "cart"): 1,
        ("cart", "total"): 1,
        ("total", "value"): 1,
        ("make", "total"): 1,
    } or uses("self.cart") == {("self", "cart"): 1}


@given(st.text(max_size=300), st.sampled_from([one.id for one in known()]))
def test_any_text_has_declarations_of_bounded_length(text, language):
    for one in symbols(text, by_id(language)):
        assert len(one.signature) <= MOST_SIGNATURE
        assert 0 <= one.line <= text.count("\n")


@pytest.mark.parametrize(
    ("language", "text", "name", "module", "there"),
    [
        ("python", "from shop.price import total as t, Tax\n", "t", ("shop", "price"), "total"),
        ("python", "from ..base import Model\n", "Model", ("shop", "base"), "Model"),
        ("python", "from . import price\n", "price", ("shop", "orders"), "price"),
        ("python", "import shop.price as p\n", "p", ("shop", "price"), ""),
        ("typescript", 'import Cart, { total as t, type Tax } from "../price.js"\n', "t", ("shop", "price"), "total"),
        ("typescript", "import * as price from '@/lib/price'\n", "price", ("@", "lib", "price"), ""),
        ("typescript", "import Cart from './cart'\n", "Cart", ("shop", "orders", "cart"), "Cart"),
        ("javascript", "const { total: t } = require('./price')\n", "t", ("shop", "orders", "price"), "total"),
        ("go", 'import (\n\t"fmt"\n\tp "example.com/shop/price"\n)\n', "p", ("example.com", "shop", "price"), ""),
        ("rust", "use crate::shop::{price, cart::Cart as C};\n", "price", ("crate", "shop"), "price"),
        ("java", "import com.shop.price.Tax;\n", "Tax", ("com", "shop", "price", "Tax"), "Tax"),
    ],
)
def test_where_names_come_from(language, text, name, module, there):
    found = origins(text, "shop/orders/here", by_id(language))[name]
    assert (found.module, found.name) == (module, there)


@pytest.mark.parametrize(
    ("module", "path", "rank"),
    [
        (("shop", "price"), "src/shop/price.py", 2),
        (("shop", "price"), "shop/price/__init__.py", 2),
        (("@", "lib", "price"), "packages/web/src/lib/price.ts", 1),
        (("example.com", "shop", "price"), "price/tax.go", 1),
        (("com", "shop", "Tax"), "app/src/main/java/com/shop/Tax.java", 3),
        (("crate", "shop", "price"), "src/shop/price/mod.rs", 2),
        (("shop", "price"), "shop/prices.py", 0),
    ],
)
def test_modules_are_found_by_the_ends_of_paths(module, path, rank):
    assert module_rank(module, path) == rank
