"""What other open documents show: their text as it is now, written to disk or not."""

import asyncio

from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.project import uri_of_path
from caretwise.text.snapshot import Snapshot

USING = "from shop import Cart\n\ncart = Cart()\ncart.‸\n"


def cart(root, version: int, member: str) -> Snapshot:
    text = f"class Cart:\n    def {member}(self): ...\n"
    return Snapshot.of(text, uri=uri_of_path(root / "shop.py"), language_id="python", version=version)


async def test_a_document_that_was_never_written_and_its_last_change_are_in_the_next_prompt(bench):
    with ModelDouble(behaviour("moonshot", answerer=lambda _: "x")) as double:
        async with bench(double) as made:
            gatherer = made.app.outside.gatherer
            gatherer.patience = 10.0
            first = cart(made.root, 1, "settle_everything")
            made.documents.append(first)
            made.app.opened(first)
            ask = made.ask(USING, invoked=True)
            made.documents.append(ask.snapshot)
            made.app.opened(ask.snapshot)
            await made.app.settle()
            await made.app.suggester.suggest(ask)
            assert "settle_everything" in str(double.requests[-1].json)
            # Changed, and asked about before anything could be done in the background.
            made.documents[0] = cart(made.root, 2, "archive_everything")
            await made.app.suggester.suggest(made.ask(USING.replace("cart", "basket"), invoked=True))
            asked = str(double.requests[-1].json)
            assert "archive_everything" in asked
            assert "settle_everything" not in asked


async def test_a_document_that_was_answered_is_in_the_index_before_another_one_asks(bench, monkeypatch):
    put, given = WorkspaceIndex.put, asyncio.Event()

    def noted(index, path, text, language_id):
        put(index, path, text, language_id)
        if "archive_everything" in text:
            given.set()

    monkeypatch.setattr(WorkspaceIndex, "put", noted)
    with ModelDouble(behaviour("moonshot", answerer=lambda _: "x")) as double:
        async with bench(double) as made:
            other, ask = cart(made.root, 1, "settle_everything"), made.ask(USING)
            for one in (other, ask.snapshot):
                made.documents.append(one)
                made.app.opened(one)
            await made.app.settle()
            ask = made.ask(USING.replace("cart.‸", "cart.archive_everything()\ncart.‸"))
            made.documents[1] = ask.snapshot
            await made.app.suggester.suggest(ask)
            await asyncio.wait_for(given.wait(), 10)
