"""Params become lsprotocol's types, or a sentence that says what is wrong and where."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.protocol import default_converter

from caretwise.lsp.shape import MisfitError, first_misfit, make_strict, structure, structure_params, structure_result

CONVERTER = default_converter()
make_strict(CONVERTER)

METHODS = ["initialize", "textDocument/didOpen", "textDocument/didChange", "textDocument/inlineCompletion",
           "textDocument/codeAction", "codeAction/resolve", "textDocument/completion", "workspace/executeCommand",
           "workspace/didChangeConfiguration", "$/setTrace"]  # fmt: skip
NAMES = ["textDocument", "uri", "position", "line", "character", "range", "start", "end", "contentChanges", "text", "version",
         "languageId", "context", "triggerKind", "diagnostics", "message", "capabilities", "workspace", "general",
         "positionEncodings", "command", "arguments", "title", "data", "value"]  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("method", METHODS)
@given(params=values)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_params_fit_or_are_explained(method, params):
    sentence = misfit_of(method, params)
    if sentence:
        assert re.fullmatch(r"params[\w.\[\]]* [^\n]{5,100}\.", sentence)


def misfit_of(method, params):
    try:
        structure_params(CONVERTER, method, params)
    except MisfitError as misfit:
        return misfit.sentence
    return ""


def test_no_value_is_quoted():
    params = {"textDocument": {"uri": "u", "languageId": "python", "version": "secret", "text": "secret"}}
    with pytest.raises(MisfitError) as caught:
        structure_params(CONVERTER, "textDocument/didOpen", params)
    assert caught.value.sentence == "params.textDocument.version must be a whole number, not text."


@pytest.mark.parametrize("kind", [types.Hover, types.CodeAction, types.WorkspaceEdit, types.InlineCompletionList])
@pytest.mark.parametrize("value", [None, 5, "x", [], True])
def test_no_object_where_one_is_wanted(kind, value):
    with pytest.raises(MisfitError):
        structure(CONVERTER, value, kind)


def test_values_are_not_bent_into_another_type():
    diagnostic = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "message": "m"}
    assert (
        structure(CONVERTER, {**diagnostic, "severity": 1}, types.Diagnostic).severity is types.DiagnosticSeverity.Error
    )
    for field, value in [
        ("message", None),
        ("message", 1),
        ("severity", "1"),
        ("severity", 9),
        ("severity", True),
        ("source", 5),
    ]:
        with pytest.raises(MisfitError) as caught:
            structure(CONVERTER, {**diagnostic, field: value}, types.Diagnostic)
        assert caught.value.path == (field,)


def test_open_lists_of_values_take_new_ones():
    action = structure(CONVERTER, {"title": "t", "kind": "quickfix.of.tomorrow"}, types.CodeAction)
    assert action.kind == "quickfix.of.tomorrow"
    assert (
        structure(CONVERTER, {"title": "t", "kind": "quickfix"}, types.CodeAction).kind == types.CodeActionKind.QuickFix
    )


def test_missing_params_count_as_empty():
    assert structure_params(CONVERTER, "initialized", None) == types.InitializedParams()
    assert structure_params(CONVERTER, "shutdown", [5]) is None
    with pytest.raises(MisfitError) as caught:
        structure_params(CONVERTER, "textDocument/hover", None)
    assert caught.value.sentence == "params.textDocument is missing."


def test_what_cannot_be_read_in_capabilities_is_left_out_and_the_rest_kept():
    params = {
        "capabilities": {"general": {"markdown": 7, "positionEncodings": ["utf-8"]}, "textDocument": {"hover": []}}
    }
    read = structure_params(CONVERTER, "initialize", params)
    assert read.capabilities.general.markdown is None
    assert read.capabilities.general.position_encodings == ["utf-8"]
    assert read.capabilities.text_document.hover is None
    assert params["capabilities"]["general"]["markdown"] == 7


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def test_deep_nesting_is_explained():
    with pytest.raises(MisfitError) as caught:
        structure_params(CONVERTER, "initialize", {"capabilities": nested(5000)})
    assert caught.value.sentence == "params.capabilities is nested too deeply."
    options = structure_params(CONVERTER, "initialize", {"capabilities": {}, "initializationOptions": nested(5000)})
    assert isinstance(options, types.InitializeParams)


def test_results_of_our_own_requests():
    assert structure_result(CONVERTER, "workspace/configuration", [None, {"a": 1}]) == [None, {"a": 1}]
    assert structure_result(CONVERTER, "test/unknown", {"a": 1}) == {"a": 1}
    assert structure_result(CONVERTER, "workspace/applyEdit", {"applied": True}).applied is True
    with pytest.raises(MisfitError):
        structure_result(CONVERTER, "workspace/applyEdit", {"applied": "yes"})


def test_any_other_error_has_a_sentence_too():
    assert first_misfit(ZeroDivisionError("secret")).sentence == "params does not have the form that LSP asks for."


def test_a_diagnostic_with_words_of_its_servers_own_does_not_cost_the_others_their_actions():
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    odd = {"range": place, "message": {"kind": "markdown", "value": "m"}, "severity": 9, "tags": [-1, 1]}
    params = {"textDocument": {"uri": "file:///a"}, "range": place, "context": {"diagnostics": [odd]}}
    [read] = structure_params(CONVERTER, types.TEXT_DOCUMENT_CODE_ACTION, params).context.diagnostics
    assert (read.message, read.severity, read.tags) == ("m", None, [types.DiagnosticTag.Unnecessary])
    picked = structure_params(CONVERTER, types.CODE_ACTION_RESOLVE, {"title": "t", "diagnostics": [odd]})
    assert picked.diagnostics == [read]
    with pytest.raises(MisfitError, match="must be text"):
        structure_params(CONVERTER, types.CODE_ACTION_RESOLVE, {"title": "t", "diagnostics": [{**odd, "message": 1}]})
