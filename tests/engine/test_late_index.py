"""An index that answers later than a key can wait, or before it has read everything: what of that serves the next key."""

import asyncio

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.adapters.index import WorkspaceIndex
from caretwise.adapters.project import uri_of_path
from caretwise.context.snippet import Related, Snippet

AROUND = Snippet("pay.py", 0, "def settle_invoice(ledger, when): ...", "import", 0.9)


@pytest.mark.parametrize("changed", [False, True])
async def test_a_late_answer_is_shown_with_the_next_key_unless_a_file_has_changed(bench, monkeypatch, changed):
    answers, wanted = [], []

    def find(_index, _path, _language, _place, *, around=True, sent=None):
        wanted.append(around)
        answers.append(asyncio.get_running_loop().create_future())
        sent()
        if len(answers) > 1:
            answers[-1].set_result(Related())
        return answers[-1]

    with ModelDouble(behaviour("moonshot", answerer=lambda _: "x")) as double:
        async with bench(double) as made:
            (made.root / "pay.py").write_text("def settle_invoice(ledger, when): ...\n")
            await made.app.settle()
            monkeypatch.setattr(WorkspaceIndex, "find", find)
            first = made.ask("total = 1\nsum_of = ‸\n")
            made.documents.append(first.snapshot)
            await made.app.suggester.suggest(first)
            assert "settle_invoice" not in str(double.requests[-1].json)
            if changed:
                made.app.outside.gatherer.changed_on_disk([uri_of_path(made.root / "pay.py")])
            answers[0].set_result(Related(around=(AROUND,)))
            await asyncio.sleep(0)
            second = made.ask("total = 1\nsum_of = 2\nother = ‸\n")
            made.documents[0] = second.snapshot
            await made.app.suggester.suggest(second)
            assert ("settle_invoice" in str(double.requests[-1].json)) is not changed
            assert wanted == [True, changed]


@pytest.mark.parametrize("whole", [False, True])
async def test_what_an_index_finds_that_has_not_read_everything_is_looked_for_again(bench, monkeypatch, whole):
    wanted = []

    def find(_index, _path, _language, _place, *, around=True, sent=None):
        wanted.append(around)
        sent()
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(Related(around=(AROUND,) if around else ()))
        return answer

    with ModelDouble(behaviour("moonshot", answerer=lambda _: "x")) as double:
        async with bench(double) as made:
            (made.root / "pay.py").write_text("def settle_invoice(ledger, when): ...\n")
            await made.app.settle()
            monkeypatch.setattr(WorkspaceIndex, "find", find)
            monkeypatch.setattr(WorkspaceIndex, "ready", whole)
            for text in ("total = 1\nsum_of = ‸\n", "total = 1\nsum_of = 2\nother = ‸\n"):
                ask = made.ask(text)
                made.documents[:] = [ask.snapshot]
                await made.app.suggester.suggest(ask)
                assert "settle_invoice" in str(double.requests[-1].json)
            assert wanted == [True, not whole]


async def test_what_is_made_when_a_document_is_opened_finds_nothing_for_its_first_lines(bench, monkeypatch):
    asked = []
    monkeypatch.setattr(WorkspaceIndex, "find", lambda *_, **__: asked.append(1))
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            ask = made.ask("total = 1\nsum_of = ‸\n")
            made.documents.append(ask.snapshot)
            made.app.opened(ask.snapshot)
            await made.app.suggester._warming
            assert not asked
            assert made.app.outside.gatherer.regions.latest(ask.uri) == ()
