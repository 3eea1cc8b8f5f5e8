"""Message envelopes: whatever the bytes are, they become one of four things."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.lsp.message import Notification, Refusal, Request, Response, classify, decode

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": json_values,
        "method": st.sampled_from(["initialize", "exit", "x"]) | json_values,
        "params": json_values,
        "result": json_values,
        "error": json_values,
    },
)


@given(st.binary(max_size=60))
def test_any_bytes(body):
    assert isinstance(decode(body), (Request, Notification, Response, Refusal))


@given(json_values | envelopes)
def test_any_json(value):
    message = classify(value)
    assert isinstance(message, (Request, Notification, Response, Refusal))
    if isinstance(message, Refusal):
        assert message.reason.endswith(".")
    elif not isinstance(message, Notification):
        assert message.id == value["id"]


@given(envelopes)
def test_what_asks_for_an_answer_is_never_dropped(value):
    message = classify(value)
    if isinstance(value.get("method"), str) and "id" in value:
        assert isinstance(message, Request) or (isinstance(message, Refusal) and message.answer)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"jsonrpc": "2.0", "id": "a", "method": "m", "params": [1]}, Request("a", "m", [1])),
        ({"jsonrpc": "2.0", "id": 0, "method": "m"}, Request(0, "m", None)),
        ({"jsonrpc": "2.0", "method": "m", "params": {}}, Notification("m", {})),
        ({"jsonrpc": "2.0", "id": 1, "result": None}, Response(1, None, None)),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}, Response(1, None, {"code": 1})),
        ({"jsonrpc": "2.0", "id": 1}, Response(1, None, None, is_whole=False)),
    ],
)
def test_good_messages(value, message):
    assert decode(json.dumps(value).encode()) == message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 4_000, "1e-999"])
def test_a_number_of_any_size_is_read_and_can_be_sent_back(number):
    message = decode(b'{"jsonrpc": "2.0", "id": 1, "method": "m", "params": %b}' % number.encode())
    assert isinstance(message, Request)
    assert (message.params < 0) == number.startswith("-")
    assert json.loads(json.dumps(message.params, allow_nan=False)) == message.params
