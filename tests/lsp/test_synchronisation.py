"""Documents seen from outside: the server's text is the editor's."""

from tests.lsp.wire import URI, did_change, did_open, hover, notification, replace, request


def text_of(wire, uri=URI):
    return wire.result(request("text", "test/text", {"uri": uri}))["text"]


def test_a_request_sees_the_text_of_the_moment_it_was_sent(shared):
    messages = [did_open("")]
    for number in range(100):
        messages += [did_change(number + 2, replace((0, number), (0, number), "x")), hover(1000 + number)]
    shared.send(*messages)
    for number in range(100):
        assert shared.answer(1000 + number)["result"]["contents"] == f"{number + 2}:{'x' * (number + 1)}"


def test_documents_know_before_the_handlers_do(shared):
    uri = "untitled:new"
    shared.send(did_open("a", uri), notification("textDocument/didClose", {"textDocument": {"uri": uri}}))
    assert shared.result(request(1, "test/events"))[-2:] == [f"open {uri} True", f"close {uri} False"]
    shared.send(did_change(2, {"text": "not open"}, uri=uri))
    assert text_of(shared, uri) is None


def test_lines_end_where_lsp_says_and_nowhere_else(shared):
    shared.send(
        did_open("a\x0cb\u2028c\nd = 1\r\ne\rf"),
        did_change(2, replace((1, 0), (1, 1), "D"), replace((3, 0), (3, 1), "F")),
    )
    assert text_of(shared) == "a\x0cb\u2028c\nD = 1\r\ne\rF"


def test_columns_are_utf_16_units_unless_agreed_otherwise(shared):
    shared.send(did_open("𝒳y\n"), did_change(2, replace((0, 2), (0, 3), "z")))
    assert text_of(shared) == "𝒳z\n"
    # In the middle of a pair: its start. A lone surrogate is kept.
    shared.send(did_change(3, replace((0, 1), (0, 1), "\ud800")))
    assert text_of(shared) == "\ud800𝒳z\n"


def test_saved_text_counts(shared):
    shared.send(did_open("a"), notification("textDocument/didSave", {"textDocument": {"uri": URI}}))
    assert text_of(shared) == "a"
    shared.send(notification("textDocument/didSave", {"textDocument": {"uri": URI}, "text": "b"}))
    assert text_of(shared) == "b"


def test_after_a_lost_change_there_is_no_text_until_it_comes_whole(shared):
    shared.send(did_open("abc"), did_change(2, {"text": 5}))
    assert text_of(shared) is None
    shared.send(did_change(3, replace((0, 0), (0, 1), "x")))
    assert text_of(shared) is None
    shared.send(did_change(4, {"text": "whole"}, replace((0, 0), (0, 1), "W")))
    assert text_of(shared) == "Whole"


def test_odd_but_usual_changes(shared):
    whole = {"range": None, "text": "from null range"}
    shared.send(did_open("abc"), did_change(2, whole))
    assert text_of(shared) == "from null range"
    to_the_end = {**replace((0, 0), (2**32 - 1, 0), "new"), "rangeLength": 2**32 - 1}
    shared.send(did_change(3, to_the_end))
    assert text_of(shared) == "new"
    shared.send(did_change(4, replace((0, 3), (0, 0), "reversed")))
    assert text_of(shared) == "reversed"
