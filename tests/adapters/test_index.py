"""The index of a workspace: what it finds, what it must not hold, and the process that it runs in."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from caretwise.adapters import index as index_of
from caretwise.adapters import index_worker
from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.index_store import IndexStore
from caretwise.adapters.index_worker import Worker, written
from caretwise.context.pack import Context, pack
from caretwise.context.place import given_of, place
from caretwise.context.related import related
from caretwise.context.window import Window
from caretwise.text.language import by_path, family_of
from caretwise.text.snapshot import Snapshot

SHOP = {
    "shop/base.py": "class Base:\n    def audit(self, reason): ...\n",
    "shop/cart.py": (
        "from shop.base import Base\n\nclass Cart(Base):\n    limit: Limit = None\n    def total(self, tax) -> Money: ...\n"
        "class Limit:\n    def exceeded(self, by): ...\n"
    ),
    "shop/__init__.py": "from shop.cart import Cart as Basket\n",
    "shop/pay.py": "def settle_invoice(ledger, when):\n    ledger.settle_invoice(when)\n    ledger.book(1)\n",
    "shop/ledger.py": "class GeneralLedger:\n    def settle_invoice(self, when): ...\n    def book(self, amount): ...\n",
}
ANSWER = 10.0
"""Seconds within which a process that is up answers, on a busy machine."""


def shown(files: dict[str, str], path: str, text: str) -> tuple[set[str], set[str]]:
    """What the index has for the place at `‸`: the texts that belong to the place, and those around it."""
    store = IndexStore()
    for name, one in files.items():
        store.put(name, one, by_path(name).id)
    before, _, after = text.partition("‸")
    store.put(path, before + after, by_path(path).id)
    at = place(Snapshot.of(before + after).lines, Snapshot.of(before).end, by_path(path))
    found = related(store, path, family_of(by_path(path)), at, lambda _path, _line, piece: piece, frozenset())
    return {one.text for one in found.here}, {one.text for one in found.around}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from shop.cart import Cart\ndef f(cart: Cart):\n    cart.‸\n", "def total(self, tax) -> Money"),
        ("from shop.cart import Cart\ndef f(cart: Cart):\n    cart.‸\n", "def audit(self, reason)"),
        ("from shop import Basket\ncart = Basket()\ncart.‸\n", "def total(self, tax) -> Money"),
        ("import shop.cart as c\nc.‸\n", "class Cart(Base)"),
        ("from shop import pay\npay.‸\n", "def settle_invoice(ledger, when)"),
        ("from shop.cart import Cart\nCart().limit.‸\n", "def exceeded(self, by)"),
        ("from shop.cart import Cart\nclass Own(Cart):\n    def f(self):\n        self.‸\n", "limit: Limit = None"),
        ("from shop.cart import Cart\nCart().total(‸\n", "def total(self, tax) -> Money"),
        ("def f(ledger):\n    ledger.book(2)\n    ledger.‸\n", "def settle_invoice(self, when)"),
        ("def f(cart):\n    cart.‸\n", "def total(self, tax) -> Money"),
    ],
)
def test_what_stands_behind_a_dot_or_in_a_call(text, wanted):
    assert wanted in shown(SHOP, "app/main.py", text)[0]


def test_typescript_through_a_file_that_passes_names_on():
    files = {
        "src/cart.ts": "export class Cart {\n  total(tax: Tax): Money {\n  }\n}\nexport interface Options {\n  depth?: number;\n}\n",
        "src/index.ts": "export { Cart as Basket } from './cart';\nexport * from './cart';\n",
        "src/make.ts": "export function make(options: Options): Basket {\n}\n",
    }
    here, _ = shown(files, "app/a.ts", "import { Basket } from '../src/index';\nfunction f(b: Basket) {\n  b.‸\n}\n")
    assert "total(tax: Tax): Money" in here
    here, _ = shown(files, "app/a.ts", "import { make } from '@/make';\nmake({\n  ‸\n});\n")
    assert "depth?: number;" in here


def test_pieces_share_rare_names_and_are_never_the_files_own():
    _, around = shown(SHOP, "app/main.py", "settle_invoice = 1\nledger = ‸\n")
    assert any("ledger.settle_invoice" in text for text in around)
    assert not any("ledger = " in text for text in around)


def test_a_file_that_is_put_again_or_removed_leaves_nothing():
    store = IndexStore()
    for text in ("def first_name(): ...\nx.first_name\n", "def second_name(): ...\n"):
        store.put("a.py", text, "python")
    assert store.named("first_name") == []
    assert store.pieces(["first_name"], "python") == []
    assert [one.path for one in store.named("second_name")] == ["a.py"]
    store.remove("a.py")
    assert store.named("second_name") == []
    assert store.pieces(["second_name"], "python") == []
    assert store.files_of(("a",), "b.py") == []
    assert len(store) == 0


@pytest.fixture
def workspace(tmp_path):
    for name, text in SHOP.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".gitignore").write_text("hidden/\n")
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "a.py").write_text("def settle_hidden(): ...\n")
    (tmp_path / ".env").write_text("SETTLE=1\n")
    (tmp_path / "keys.py").write_text('settle_key = "sk-proj-abcdefghijklmnop1234567890"\n')
    return tmp_path


@pytest.fixture
async def opened(workspace):
    index = WorkspaceIndex()
    index.open([workspace], [])
    await index.settled(ANSWER)
    yield index
    index.close()


async def found(index, workspace, text, name="shop/new.py"):
    before, _, after = text.partition("‸")
    index.put(workspace / name, before + after, "python")
    at = place(Snapshot.of(before + after).lines, Snapshot.of(before).end, by_path(name))
    answer = await asyncio.wait_for(index.find(workspace / name, "python", at), ANSWER)
    assert answer is not None
    bare = Context(name, "python", "Python", Window("", "", "", 0))
    return "\n".join(one.text for one in pack(bare, (*answer.here, *answer.around), [], budget=2000).snippets)


def test_a_name_that_stood_nowhere_is_found_once_a_file_has_it():
    store = IndexStore()
    for number in range(200):
        store.put(f"many/m{number}.py", f"other_{number} = 1\n", "python")
    assert store.pieces(["late_name", "other_7"], "python")[0][0] == "many/m7.py"
    store.put("late.py", "late_name = 1\n", "python")
    assert {row[0] for row in store.pieces(["late_name", "other_7"], "python")} == {"late.py", "many/m7.py"}
    store.remove("late.py")
    assert [row[0] for row in store.pieces(["late_name", "other_7"], "python")] == ["many/m7.py"]


def test_what_an_edit_of_a_file_brings_and_takes_is_known_to_the_next_question():
    store = IndexStore()
    for number in range(200):
        store.put(f"many/m{number}.py", f"other_{number} = 1\n" * 30, "python")
    text = "x = 1\n" * 40
    store.put("a.py", text, "python")
    assert store.pieces(["brought_now"], "python") == []
    assert store.popularity(["brought_now"]) == {"brought_now": 0}
    store.put("a.py", text + "y.brought_now\n", "python")
    assert [row[0] for row in store.pieces(["brought_now"], "python")] == ["a.py"]
    assert store.popularity(["brought_now"]) == {"brought_now": 1}
    store.put("b.py", "z.brought_now\n", "python")
    assert store.popularity(["brought_now"]) == {"brought_now": 2}
    store.put("a.py", text, "python")
    assert [row[0] for row in store.pieces(["brought_now"], "python")] == ["b.py"]
    assert store.popularity(["brought_now"]) == {"brought_now": 1}


def test_the_same_text_in_another_language_is_taken_in_anew():
    store = IndexStore()
    for language in ("plaintext", "python"):
        store.put("a", "def settle_it(): ...\n", language)
    assert [one.path for one in store.named("settle_it")] == ["a"]


async def test_the_process_answers(opened, workspace):
    assert opened.ready
    text = await found(opened, workspace, "from shop.cart import Cart\nCart().‸\n")
    assert "class Cart(Base):\n    limit: Limit = None\n    def total(self, tax) -> Money" in text
    assert "class Base\n    def audit(self, reason)" in text
    assert text.count("def total(self, tax)") == 1


async def test_nothing_that_is_denied_or_secret_is_shown(opened, workspace):
    text = await found(opened, workspace, "settle_hidden = settle_key = SETTLE = 1\n‸\n")
    assert "settle_key" in text
    assert "sk-proj" not in text
    assert "def settle_hidden" not in text
    assert "SETTLE=1" not in text


async def test_a_key_in_the_middle_of_a_large_file_is_masked(opened, workspace):
    body = "\n".join(f"settle_body{n} = 1" for n in range(3_000))
    key = ["-----BEGIN RSA PRIVATE KEY-----", *["Ab1/" * 16] * 30, "-----END RSA PRIVATE KEY-----"]
    text = "\n".join([body, "settle_large = '''", *key, "'''", body, ""])
    (workspace / "large.py").write_text(text)
    opened.changed([workspace / "large.py"])
    text = await found(opened, workspace, "settle_large = RSA = PRIVATE = 1\n‸\n")
    assert "settle_large = '''" in text
    assert "Ab1/Ab1/" not in text


def test_what_a_compiler_made_is_left_out():
    names = ["src/a/b.ts", "a/b.js", "a/b.d.ts", "a/b.mjs", "a/c.js", "types/d.d.ts"]
    assert [str(path) for path in written([Path(name) for name in names])] == ["src/a/b.ts", "a/c.js", "types/d.d.ts"]


async def test_changes_on_disk_and_in_the_editor_are_taken_in(opened, workspace):
    (workspace / "shop" / "late.py").write_text("def settle_late(): ...\n")
    (workspace / "shop" / "pay.py").unlink()
    opened.changed([workspace / "shop" / "late.py", workspace / "shop" / "pay.py"])
    text = await found(opened, workspace, "settle_late = settle_invoice = 1\n‸\n")
    assert "def settle_late" in text
    assert "ledger.book(1)" not in text
    opened.put(workspace / "shop" / "late.py", "def settle_unsaved(settle_late): ...\n", "python")
    opened.changed([workspace / "shop" / "late.py"])
    assert "settle_unsaved" in await found(opened, workspace, "settle_late = 1\n‸\n")
    opened.closed(workspace / "shop" / "late.py")
    assert "settle_unsaved" not in await found(opened, workspace, "settle_late = 1\n‸\n")


async def test_a_folder_outside_and_no_folder_have_no_answer(opened, tmp_path_factory):
    at = place(["x\n"], Snapshot.of("").end, by_path("a.py"))
    assert await opened.find(tmp_path_factory.mktemp("other") / "a.py", "python", at) is None
    index = WorkspaceIndex()
    index.open([], [])
    assert await index.find(tmp_path_factory.mktemp("other") / "a.py", "python", at) is None
    index.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_a_process_that_dies_is_started_again(opened, workspace, monkeypatch):
    text = "from shop.cart import Cart\nCart().‸\n"
    assert "total" in await found(opened, workspace, text)
    os.kill(opened.process_id, signal.SIGKILL)
    for _ in range(200):
        if opened.ready and opened.starts == 2:
            break
        await asyncio.sleep(0.05)
    await opened.settled(ANSWER)
    assert "total" in await found(opened, workspace, text)


async def test_the_process_ends_with_its_input(workspace):
    index = WorkspaceIndex()
    index.open([workspace], [])
    await index.settled(ANSWER)
    process = index.process_id
    index.close()
    async with asyncio.timeout(ANSWER):
        while index.process_id:
            await asyncio.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_a_command_that_cannot_be_started_is_no_error(workspace, monkeypatch):
    monkeypatch.setattr(index_of, "_COMMAND", ("/nonexistent/python",))
    index = WorkspaceIndex()
    index.open([workspace], [])
    await index.settled(ANSWER)
    at = place(["x\n"], Snapshot.of("").end, by_path("a.py"))
    assert await asyncio.wait_for(index.find(workspace / "a.py", "python", at), ANSWER) is None
    index.close()


def test_a_file_that_is_written_again_and_again_takes_no_room_from_others(tmp_path, monkeypatch):
    monkeypatch.setattr(index_worker, "MOST_TEXT", 100)
    worker = Worker()
    worker.take({"do": "workspace", "folders": [str(tmp_path)], "deny": []})
    (tmp_path / "often.py").write_text("def settle_often(): ...\n")
    for _ in range(10):
        worker.take({"do": "changed", "files": [str(tmp_path / "often.py")]})
    (tmp_path / "new.py").write_text("def settle_new(): ...\n")
    worker.take({"do": "changed", "files": [str(tmp_path / "new.py")]})
    text = "settle_new = settle_often = 1\n"
    asked = given_of(place(Snapshot.of(text).lines, Snapshot.of(text).end, by_path("a.py")))
    answer = worker.take({"do": "find", "id": 1, "path": "a.py", "language": "python", "place": asked})
    assert answer is not None
    assert {row[0] for row in answer["around"]} == {"new.py", "often.py"}
