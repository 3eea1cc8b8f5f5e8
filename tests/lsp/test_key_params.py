"""What is read by hand at every key is what the converter makes of it, or is left to the converter."""

import copy
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygls.protocol import default_converter

from caretwise.lsp import key_params
from caretwise.lsp.shape import MisfitError, make_strict, structure_params

CONVERTER = default_converter()
make_strict(CONVERTER)

CHANGE, GHOST = "textDocument/didChange", "textDocument/inlineCompletion"
URI = "file:///a.py"


def span(start, end):
    return {"start": dict(zip(("line", "character"), start, strict=True)),
            "end": dict(zip(("line", "character"), end, strict=True))}  # fmt: skip


USUAL = [
    # As VS Code, Neovim and Emacs write them.
    (CHANGE, {"textDocument": {"uri": URI, "version": 2},
              "contentChanges": [{"range": span((3, 4), (3, 4)), "rangeLength": 0, "text": "x"}]}),
    (CHANGE, {"textDocument": {"version": 2**31 - 1, "uri": URI},
              "contentChanges": [{"text": "ö\n", "range": span((0, 0), (2**31 - 1, 5))},
                                 {"text": "", "range": span((9, 1), (3, 4))}]}),
    (CHANGE, {"textDocument": {"uri": URI, "version": -1}, "contentChanges": []}),
    (GHOST, {"textDocument": {"uri": URI}, "position": {"line": 3, "character": 5}, "context": {"triggerKind": 2}}),
    (GHOST, {"context": {"triggerKind": 1}, "position": {"character": 0, "line": 0}, "textDocument": {"uri": "untitled:1"}}),
]  # fmt: skip

ODD = [None, True, False, 0, 1, 2, 3, -1, 2**31 - 1, 2**31, -(2**31), 2**70, 1.0, 2.5, "", "5", "x", [], {}, [{}], ["a"],
       {"line": 1, "character": 1}, span((0, 0), (1, 1)), [{"text": "all"}], [{"range": None, "text": "all"}],
       {"triggerKind": 1, "selectedCompletionInfo": None},
       {"triggerKind": 2, "selectedCompletionInfo": {"range": span((3, 0), (3, 5)), "text": "entry"}}]  # fmt: skip
NAMES = ["workDoneToken", "rangeLength", "selectedCompletionInfo", "extra", "text", "range", "uri", "version", "line"]


def read_slowly(method, params):
    with mock.patch.object(key_params, "read", return_value=None):
        return structure_params(CONVERTER, method, params)


def outcome(read, method, params):
    try:
        return read(method, copy.deepcopy(params))
    except MisfitError as misfit:
        return misfit.sentence


def containers(value):
    if isinstance(value, (dict, list)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


@pytest.mark.parametrize(("method", "params"), USUAL)
def test_the_usual_form_is_read_by_hand(method, params):
    read = key_params.read(method, params)
    assert read is not None
    assert read == read_slowly(method, params)
    assert type(read) is type(read_slowly(method, params))


@given(usual=st.sampled_from(USUAL), draw=st.data())
@settings(max_examples=400)
def test_whatever_is_unusual_comes_out_the_same(usual, draw):
    method, params = usual[0], copy.deepcopy(usual[1])
    for _ in range(draw.draw(st.integers(1, 2))):
        place = draw.draw(st.sampled_from(list(containers(params))))
        keys = [*place, *NAMES] if isinstance(place, dict) else [*range(len(place) + 1)]
        key, odd = draw.draw(st.sampled_from(keys)), copy.deepcopy(draw.draw(st.sampled_from(ODD)))
        if isinstance(place, list):
            place[key : key + 1] = [odd]
        elif key in place and draw.draw(st.booleans()):
            del place[key]
        else:
            place[key] = odd
    fast = outcome(lambda *given: structure_params(CONVERTER, *given), method, params)
    assert fast == outcome(read_slowly, method, params)
    assert repr(fast) == repr(outcome(read_slowly, method, params))  # 1 is no 1.0, nor True


@pytest.mark.parametrize("method", [CHANGE, GHOST, "textDocument/hover", "no/such"])
@pytest.mark.parametrize("params", ODD)
def test_what_is_no_params_at_all_is_left(method, params):
    assert key_params.read(method, params) is None
