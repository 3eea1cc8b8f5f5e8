"""The document model against a plain one, in three encodings, through any sequence of edits."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lsprotocol import types

from caretwise.lsp.document import Documents, difference_of_lines
from caretwise.text.edit import TextEdit, replace_range
from caretwise.text.position import Position, PositionEncoding, Range
from caretwise.text.snapshot import split_lines

URI = "file:///a%20b.py"
BRISK = settings(max_examples=80, stateful_step_count=15, suppress_health_check=[HealthCheck.too_slow])

# What has broken servers: pairs, joiners, marks, line ends that are none, half line ends, a lone surrogate.
PIECES = ["a", "b", "é", "ß", "𝒳", "👩\u200d💻", "\ufeff", "\x0c", "\x0b", "\x85", "\u2028", "\u2029", "\ud800",
          "\udc00", "e\u0301", "\t", " ", "\n", "\r", "\r\n", "\n\r"]  # fmt: skip


def whole(text):
    """As UTF-16 has it: two halves side by side are one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join).map(whole)
places = st.tuples(st.integers(0, 12), st.integers(0, 14) | st.just(2**31 - 1))


def units(character, encoding):
    codec = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding.value]
    return len(character.encode(codec[0], "surrogatepass")) // codec[1]


def offset(text, place, encoding):
    """Where a place is in the whole text, found the slow and obvious way."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    line, column = place
    if line >= len(starts):
        return len(text)
    at = starts[line]
    while at < len(text) and text[at] not in "\r\n" and column >= units(text[at], encoding):
        column -= units(text[at], encoding)
        at += 1
    return at


def partial(start, end, text):
    span = types.Range(start=types.Position(*start), end=types.Position(*end))
    return types.TextDocumentContentChangePartial(range=span, text=text)


def change_params(version, changes):
    document = types.VersionedTextDocumentIdentifier(uri=URI, version=version)
    return types.DidChangeTextDocumentParams(text_document=document, content_changes=changes)


class AnyEdits(RuleBasedStateMachine):
    """The same edits, made in the document and in one long string."""

    @initialize(text=texts, encoding=st.sampled_from(PositionEncoding))
    def open(self, text, encoding):
        self.encoding, self.text, self.version = encoding, text, 1
        self.documents = Documents()
        self.documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text=text))

    def send(self, changes):
        self.version += 1
        before = self.documents.snapshot(URI)
        self.documents.change(change_params(self.version, changes), self.encoding)
        self.replayed(before)

    def replayed(self, before):
        """The edits that are handed on lead from the text before to the text after."""
        lines = list(before.lines)
        for edit in self.documents.last_change(URI):
            replace_range(lines, edit.range, edit.new_text)
        assert "".join(lines) == self.text

    @rule(edits=st.lists(st.tuples(places, places, texts), min_size=1, max_size=3))
    def edit(self, edits):
        for start, end, new in edits:
            low, high = sorted((offset(self.text, start, self.encoding), offset(self.text, end, self.encoding)))
            self.text = whole(self.text[:low] + new + self.text[high:])
        self.send([partial(*one) for one in edits])

    @rule(place=places, new=st.sampled_from(["\r", "\n", "x", "𝒳", "\ud835", "\udcb3"]))
    def type_one(self, place, new):
        self.edit([(place, place, new)])

    @rule(text=texts, more=st.none() | st.tuples(places, places, texts))
    def replace_all(self, text, more):
        self.text = text
        changes = [types.TextDocumentContentChangeWholeDocument(text=text)]
        if more is not None:
            low, high = sorted((offset(text, more[0], self.encoding), offset(text, more[1], self.encoding)))
            self.text = whole(text[:low] + more[2] + text[high:])
            changes.append(partial(*more))
        self.send(changes)

    @rule(data=st.data())
    def change_a_little_in_full(self, data):
        at = data.draw(st.integers(0, len(self.text)))
        self.text = whole(self.text[:at] + data.draw(texts) + self.text[at + 1 :])
        self.send([types.TextDocumentContentChangeWholeDocument(text=self.text)])

    @invariant()
    def the_same_text(self):
        if not hasattr(self, "documents"):
            return
        snapshot = self.documents.snapshot(URI)
        assert snapshot.text == self.text
        assert list(snapshot.lines) == split_lines(self.text)
        assert snapshot.version == self.version
        assert self.documents.snapshot(URI) is snapshot


TestAnyEdits = AnyEdits.TestCase
TestAnyEdits.settings = BRISK


@given(old=texts, new=texts)
@BRISK
def test_a_difference_of_lines_is_one_edit_or_none(old, new):
    edits = difference_of_lines(split_lines(old), split_lines(new))
    assert len(edits) == (old != new)
    lines = split_lines(old)
    for edit in edits:
        replace_range(lines, edit.range, edit.new_text)
    assert lines == split_lines(new)


def test_one_typed_character_in_a_full_text_is_one_small_edit():
    documents = Documents()
    documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text="a\nbc\nd"))
    whole = types.TextDocumentContentChangeWholeDocument(text="a\nbXc\nd")
    documents.change(change_params(2, [whole]), PositionEncoding.UTF16)
    assert documents.last_change(URI) == (TextEdit(Range(Position(1, 1), Position(1, 1)), "X"),)


def test_a_snapshot_does_not_change_with_the_document():
    documents = Documents()
    documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text="a\nb"))
    before = documents.snapshot(URI)
    documents.change(change_params(2, [partial((0, 0), (1, 1), "new")]), PositionEncoding.UTF16)
    assert before.text == "a\nb"
    assert documents.snapshot(URI).text == "new"


def test_uris_that_differ_in_percent_encoding_only_are_one_document():
    documents = Documents()
    documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text="a"))
    assert documents.snapshot("file:///a b.py").uri == URI
    assert documents.uris() == [URI]
    assert documents.close("file:///a b.py").uri == URI
    assert (len(documents), documents.snapshot(URI), documents.close(URI)) == (0, None, None)


def test_what_is_not_open_is_nowhere():
    documents = Documents()
    assert documents.change(change_params(2, []), PositionEncoding.UTF16) is None
    assert documents.get(URI) is None
    assert documents.last_change(URI) == ()
    documents.lose(URI)
    identifier = types.TextDocumentIdentifier(uri=URI)
    assert documents.save(types.DidSaveTextDocumentParams(text_document=identifier, text="x")) is None


def test_opening_again_replaces_the_text():
    documents = Documents()
    for version, text in ((1, "a"), (7, "b")):
        documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=version, text=text))
    assert (documents.snapshot(URI).version, documents.snapshot(URI).text) == (7, "b")


@pytest.mark.parametrize("lines", [1_000, 100_000])
def test_an_edit_touches_the_edited_lines_only(lines):
    """The lines around the edit are the very same objects, however long the document is."""
    documents = Documents()
    text = "".join(f"line {number}\n" for number in range(lines))
    documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text=text))
    before = documents.snapshot(URI).lines
    documents.change(change_params(2, [partial((500, 0), (501, 0), "new\n")]), PositionEncoding.UTF16)
    after = documents.snapshot(URI).lines
    assert [number for number in range(lines) if before[number] is not after[number]] == [500, 501]


def test_a_character_that_comes_in_halves_is_one():
    documents = Documents()
    documents.open(types.TextDocumentItem(uri=URI, language_id="python", version=1, text="a = ''"))
    documents.change(change_params(2, [partial((0, 5), (0, 5), "\ud83d")]), PositionEncoding.UTF16)
    documents.change(change_params(3, [partial((0, 6), (0, 6), "\ude00")]), PositionEncoding.UTF16)
    assert documents.snapshot(URI).text == "a = '😀'"
    assert documents.last_change(URI) == (TextEdit(Range(Position(0, 5), Position(0, 6)), "😀"),)
    documents.change(change_params(4, [partial((0, 7), (0, 7), "!")]), PositionEncoding.UTF16)
    assert documents.snapshot(URI).text == "a = '😀!'"
