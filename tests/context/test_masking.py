"""What is masked before anything is cut or sent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.context import masking
from caretwise.context.masking import masked_around, masked_lines, masked_part
from caretwise.context.privacy import mask
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

HEAD, FOOT = "-----BEGIN RSA PRIVATE " + "KEY-----", "-----END RSA PRIVATE " + "KEY-----"
BODY = ["MIIEpAIBAAKCAQEA" + "x7Yq" * 12 for _ in range(50)]


def test_the_inside_of_a_key_is_masked_though_neither_end_is_in_the_window():
    lines = [*(f"line {n}" for n in range(400)), HEAD, *BODY, FOOT, *(f"line {n}" for n in range(400))]
    snapshot = Snapshot.of("\n".join(lines))
    at = Position(425, 0)
    found = masked_around(snapshot, at.line, 600)
    assert "MIIEpAIBAAKCAQEA" not in found.line(at.line)
    assert len(found.line(at.line)) == len(snapshot.line(at.line))
    assert found.line(100) == snapshot.line(100)


@settings(max_examples=60)
@given(st.text(alphabet="ab=\r\n'\"pasword:sk-1", max_size=600), st.integers(0, 30), st.integers(0, 400))
def test_masking_keeps_every_line_where_it_is(text, line, characters):
    snapshot = Snapshot.of(text)
    found = masked_around(snapshot, min(line, len(snapshot.lines) - 1), characters)
    assert [len(one) for one in found.lines] == [len(one) for one in snapshot.lines]


@given(before=st.integers(0, 700), between=st.integers(0, 80), step=st.integers(1, 400))
@settings(max_examples=40)
def test_a_part_is_masked_as_the_whole_would_be(before, between, step):
    """Wherever the steps fall: a key block, a named literal, a key with a known prefix."""
    key = [HEAD, *BODY, FOOT]
    text = "\n".join(["x = 1"] * before + key + ["y = 2"] * between + [f"password = '{'q7W' * 9}'", "z = 3"])
    snapshot = Snapshot.of(text)
    whole = mask(text).text
    assert masked_part(snapshot, 0, len(snapshot.lines)).text == whole
    first = min(step, len(snapshot.lines) - 1)
    assert masked_part(snapshot, first, len(snapshot.lines)).lines[first:] == Snapshot.of(whole).lines[first:]


def test_a_line_that_was_seen_before_is_masked_for_what_stands_around_it_now():
    plain = Snapshot.of("\n".join([*BODY, "end"]))
    assert masked_around(plain, 3, 6_000).text == plain.text
    key = Snapshot.of("\n".join([HEAD, *BODY, FOOT]))
    assert "MIIEpAIBAAKCAQEA" not in masked_around(key, 3, 6_000).text
    assert masked_around(plain, 3, 6_000).text == plain.text


@given(
    st.lists(
        st.sampled_from(["a = 1", "", "\\", "password = 'hunter2hunter2'", "secret = 'abc\\", "def'", "é"]), max_size=9
    ),
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=9, max_size=9),
)
def test_lines_are_masked_as_the_whole_would_be_whatever_was_masked_before(lines, ends):
    text = "".join(line + end for line, end in zip(lines, ends, strict=False))
    assert masked_around(Snapshot.of(text), 0, 6_000).text == mask(text).text


def test_a_return_and_a_break_that_others_stood_between_stay_two_lines():
    masked_around(Snapshot.of("between\n"), 0, 6_000)
    masked_around(Snapshot.of("one\rbetween\n\nother\r\n"), 0, 6_000)
    for text in ("one\r", "\n", "other\r\n"):
        assert masked_around(Snapshot.of(text), 0, 6_000).text == text


def test_another_thread_may_forget_the_lines_that_were_seen_meanwhile(monkeypatch):
    def forgets(text):
        masking._seen = {}
        return mask(text)

    known = "first = 1\nsecond = 2\n"
    masked_around(Snapshot.of(known), 0, 6_000)
    monkeypatch.setattr(masking, "mask", forgets)
    text = known + "third = 3\n"
    assert masked_around(Snapshot.of(text), 0, 6_000).text == text


@given(before=st.integers(0, 400), first=st.integers(0, 500), count=st.integers(1, 12))
@settings(max_examples=40)
def test_some_lines_are_masked_as_the_whole_would_be(before, first, count):
    key = [HEAD, *BODY, FOOT]
    text = "\n".join(["x = 1"] * before + key + [f"password = '{'q7W' * 9}'", "z = 3"])
    whole, snapshot = Snapshot.of(mask(text).text).lines, Snapshot.of(text)
    first = min(first, len(whole) - 1)
    assert masked_lines(snapshot, first, count) == whole[first : first + count]
