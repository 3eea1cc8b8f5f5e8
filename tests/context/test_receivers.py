"""What is shown behind a dot, in a call and in an import statement, in the shapes that imports and types come in."""

import functools

import pytest
from tests.context.receiver_files import FILES

from caretwise.adapters.index_store import IndexStore
from caretwise.context.place import place
from caretwise.context.resolve import Resolver
from caretwise.text.language import by_path
from caretwise.text.snapshot import Snapshot


@functools.cache
def store() -> IndexStore:
    """All files of all languages, as they lie beside each other in one project."""
    made = IndexStore()
    for path, text in FILES.items():
        made.put(path, text, by_path(path).id)
    return made


def wanted(path: str, text: str) -> list[str]:
    """The signatures that are shown for the cursor `‸`, with their files' names."""
    before, _, after = text.partition("‸")
    snapshot, index = Snapshot.of(before + after), store()
    index.put(path, snapshot.text, by_path(path).id)
    try:
        found = place(snapshot.lines, Snapshot.of(before).end, by_path(path))
        return [one.located.symbol.signature for one in Resolver(index, path, found, index.origins(path)).wanted()]
    finally:
        index.remove(path)


def shown(path: str, text: str, needed: tuple[str, ...]) -> None:
    signatures = wanted(path, text)
    assert [one for one in needed if not any(one in signature for signature in signatures)] == [], signatures


CART = "from shop import Cart\n"
LINES = "from shop.models import CartLine\n"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (CART + "basket = Cart('x')\nbasket.‸", ("add_line", "grand_total", "save_entity")),
        ("import shop.models.cart as sc\ndef f(thing: sc.Cart):\n    thing.‸", ("add_line",)),
        ("from shop.models.cart import Cart as C2\ndef f(thing: C2 | None):\n    thing.‸", ("add_line",)),
        ("import shop\nshop.‸", ("class Cart(Entity)",)),
        ("import shop.database as db\ndb.‸", ("open_connection(dsn_url",)),
        (CART + "Cart.from_session('t').‸", ("add_line",)),
        (CART + "def f(basket: Cart):\n    basket.first_line().‸", ("sku_code", "quantity_wanted")),
        (
            CART + "def f(basket: Cart):\n    for number, one in enumerate(basket.cart_lines):\n        one.‸",
            ("sku_code",),
        ),
        (LINES + "def f(some: list[CartLine]):\n    return [one.‸ for one in some]", ("sku_code",)),
        (LINES + "def f(some: dict[str, CartLine]):\n    for key, one in some.items():\n        one.‸", ("sku_code",)),
        (LINES + "def f(some: dict[str, CartLine]):\n    for one in some.values():\n        one.‸", ("sku_code",)),
        (CART + "def f(some: list[Cart]):\n    one = next(iter(some))\n    one.‸", ("add_line",)),
        ("from shop.database import Pool\nwith Pool() as lent:\n    lent.‸", ("run_statement",)),
        (
            "from shop.database import open_connection\n(open_connection('')\n    .run_statement('')\n    .‸",
            ("fetch_all",),
        ),
        (
            CART + "class Big(Cart):\n    def go(self):\n        for one in self.cart_lines:\n            one.‸",
            ("sku_code",),
        ),
        (CART + "class Big(Cart):\n    def ‸", ("add_line", "save_entity")),
        ("from shop.database import ‸", ("open_connection", "class Pool")),
        ("from shop.models import (\n    CartLine,\n    ‸\n)", ("class Cart(Entity)",)),
    ],
)
def test_python(text, needed):
    shown("new.py", text, needed)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (
            "import { Invoice } from '@models';\nconst one = new Invoice();\none.‸",
            ("addLine", "documentUuid", "buyer: Customer"),
        ),
        ("import { Client } from '../core/models';\nfunction f(one: Client) {\n  one.‸", ("sendGreeting",)),
        ("import { Ledger } from '@models';\nfunction f(one: Ledger) {\n  one.‸", ("postEntry",)),
        ("import Book from '../core/models/ledger';\nconst one = new Book();\none.‸", ("postEntry",)),
        ("import { Region } from '../core/models/address';\nRegion.‸", ("NorthSide",)),
        (
            "import { InvoiceRepo } from '@core/repo';\nasync function f(r: InvoiceRepo) {\n  (await r.find('')).‸",
            ("addLine",),
        ),
        (
            "import { InvoiceRepo } from '@core/repo';\nfunction f(r: InvoiceRepo) {\n  r.find('').then(one => one.‸",
            ("addLine",),
        ),
        (
            "import { Invoice } from '@models';\nfunction f(some: Invoice[]) {\n  return some.map((one) => one.‸",
            ("addLine",),
        ),
        (
            "import { Invoice } from '@models';\nfunction f(some: Map<string, Invoice>) {\n  some.get('')?.‸",
            ("addLine",),
        ),
        ("import { Invoice } from '@models';\nfunction f(one: Invoice) {\n  one.addLine(x)\n    .‸", ("firstLine",)),
        (
            "import { Repository } from '@core/repo';\nfunction f(one: Repository<string>) {\n  one.‸",
            ("listEverything",),
        ),
        ("import { configure } from '~lib';\nconfigure({ ‸ })", ("verboseLogging",)),
        ("import { ‸ } from '@core/repo';", ("class InvoiceRepo",)),
        ("import { Button } from '@acme/ui';\nconst one = <Button ‸ />;", ("labelText",)),
        ("import { Invoice } from '@models';\nconst one = { ...x, total: (y as Invoice).‸", ("addLine",)),
    ],
)
def test_typescript(text, needed):
    shown("src/app/new.tsx", text, needed)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("func f(o *model.Order) {\n\to.‸", ("AddLine", "OrderNumber", "TouchNow", "CreatedAtUnix")),
        ("func f(p, q model.Order) {\n\tp.‸", ("AddLine",)),
        ("func f() {\n\to := &model.Order{}\n\to.‸", ("AddLine",)),
        ("func f() {\n\tvar o model.Order\n\to.Customer.‸", ("SendGreeting",)),
        ("func f() {\n\tl := model.OrderLine{‸", ("QuantityCount int",)),
        ("func f() {\n\ts, err := store.NewStore(x)\n\ts.‸", ("ListOrders",)),
        ("func f(s store.Store) {\n\to, err := s.FindOrder(ctx, x)\n\to.‸", ("AddLine",)),
        ("func f(o *model.Order) {\n\tfor _, l := range o.Lines {\n\t\tl.‸", ("SkuCode",)),
        ("func f() {\n\teach(func(a int, o *model.Order) bool {\n\t\treturn o.‸", ("AddLine",)),
        ("func f() {\n\tstore.‸", ("NewStore(dsnURL", "NewCache(inner", "DefaultStore")),
        ("func f() {\n\tx := model.‸", ("StatusShipped", "type Order struct")),
        ("func f() {\n\tmoney.‸", ("FromMinor",)),
        ("func f() {\n\tstore.DefaultStore.‸", ("evictOldest",)),
        ("func f(s store.Store) {\n\tc := store.NewCache(s)\n\tc.‸", ("WarmUp", "hitCount, missCount int")),
    ],
)
def test_go(text, needed):
    head = 'package main\n\nimport (\n\t"example.com/shop/internal/model"\n\t"example.com/shop/internal/store"\n'
    shown("cmd/new.go", head + '\t"example.com/acme/money"\n)\n\n' + text, needed)


def test_methods_of_a_type_of_go_in_another_file_of_the_package():
    shown(
        "internal/store/new.go",
        "package store\n\nfunc (s *memStore) Purge() {\n\ts.‸",
        ("evictOldest", "maxEntries int"),
    )


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("use crate::Line;\nfn f(l: Line) {\n    l.‸", ("quantity_wanted",)),
        ("use crate::{model::{order::{Order, Customer}, Money}};\nfn f(c: Customer) {\n    c.‸", ("send_greeting",)),
        ("use crate::model::money;\nfn f() {\n    money::‸", ("struct Money",)),
        ("fn f() {\n    crate::util::‸", ("slugify_title",)),
        (
            "use crate::model::Order;\nfn f(o: &Order) {\n    if let Some(l) = o.first_line() {\n        l.‸",
            ("sku_code",),
        ),
        ("use crate::model::Order;\nfn f(o: &Order) {\n    for l in o.lines_held.iter() {\n        l.‸", ("sku_code",)),
        ("use crate::model::Order;\nfn f(os: &[Order]) {\n    os.iter().map(|o| o.‸", ("add_line",)),
        ("use crate::model::order::OrderLine;\nfn f() {\n    let l = OrderLine { ‸", ("quantity_wanted",)),
        ("use crate::store::Store;\nfn f<S: Store>(s: &S) {\n    s.‸", ("list_orders",)),
        ("use crate::MemoryStore;\nfn f(s: MemoryStore) {\n    s.‸", ("evict_oldest", "list_orders")),
        ("use crate::store::Store;\nstruct Mine;\n\nimpl Store for Mine {\n    ‸", ("list_orders", "find_order")),
        (
            "use crate::model::order::Order;\nimpl Order {\n    fn g(&self) {\n        self.‸",
            ("order_number", "first_line"),
        ),
        (
            "use crate::util::Builder;\nfn f(b: Builder) {\n    b\n        .retry_limit(3)\n        .‸",
            ("build_client",),
        ),
    ],
)
def test_rust(text, needed):
    shown("src/new.rs", text, needed)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("order.‸", ("addLine", "touchNow", "settlePayment")),
        ("for (var o : orders) {\n            o.‸", ("addLine",)),
        ("for (var l : order.getLinesHeld()) {\n            l.‸", ("lineTotal", "skuCode")),
        ("orders.forEach(o -> o.‸", ("addLine",)),
        ("order.firstLine().get().‸", ("lineTotal",)),
        ("((Order) x).‸", ("addLine",)),
        ("new Order(‸", ("Order(String orderNumber, Customer buyer)",)),
        ("Order.Status.‸", ("PENDING_PAYMENT",)),
        ("new Order.Builder()\n            .withNumber(x)\n            .‸", ("buildOrder",)),
        ("slugifyTitle(‸", ("slugifyTitle(String titleText",)),
    ],
)
def test_java(text, needed):
    head = "package com.acme.app;\nimport com.acme.model.Order;\nimport static com.acme.util.Texts.slugifyTitle;\nclass T {\n"
    around = "    void go(Order order, java.util.List<Order> orders) {\n        "
    shown("src/main/java/com/acme/app/New.java", head + around + text, needed)


def test_a_module_is_looked_for_among_files_of_its_language_the_nearest_first():
    index = IndexStore()
    for path in ("utils.ts", "a/utils.py", "b/c/utils.py"):
        index.put(path, "", by_path(path).id)
    index.put("b/c/here.py", "", "python")
    assert index.files_of(("utils",), "b/c/here.py") == ["b/c/utils.py", "a/utils.py"]
