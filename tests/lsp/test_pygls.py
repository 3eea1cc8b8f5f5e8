"""What is replaced or used inside pygls is still there in the form that we know.

When this fails after an upgrade, read the release notes, look at the list at the top of `lsp/protocol.py`, and only
then change the expectation.
"""

import inspect
import logging
from importlib.metadata import version

import pytest
from lsprotocol import types
from pygls import feature_manager, server
from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, json_rpc, language_server

from caretwise.lsp.channel import Channel
from caretwise.lsp.dispatch import Dispatcher
from caretwise.lsp.protocol import CaretwiseProtocol

REPLACED = {
    "structure_message": ["self", "data"],
    "handle_message": ["self", "message"],
    "_handle_request": ["self", "msg_id", "method_name", "params"],
    "_handle_notification": ["self", "method_name", "params"],
    "_handle_response": ["self", "msg_id", "result", "error"],
    "_handle_cancel_notification": ["self", "msg_id"],
    "_send_data": ["self", "data"],
    "_send_response": ["self", "msg_id", "result", "error"],
    "send_request": ["self", "method", "params", "callback", "msg_id"],
    "notify": ["self", "method", "params"],
    "_register_builtin_features": ["self"],
    "lsp_initialize": ["self", "params"],
    "lsp_shutdown": ["self", "args"],
    "lsp_workspace__execute_command": ["self", "params"],
}
USED = {
    "_serialize_message": ["self", "data"],
    "set_writer": ["self", "writer", "include_headers"],
    "send_request_async": ["self", "method", "params", "msg_id"],
}
KNOWN = {
    *REPLACED, *USED, "__init__", "__call__", "msg_id", "workspace", "get_message_type", "get_result_type",
    # Used by what we replaced only.
    "_execute_handler", "_run_generator", "_send_handler_result", "_check_handler_result", "_get_handler",
    # Taken out of the built-in features.
    "lsp_exit", "lsp_text_document__did_open", "lsp_text_document__did_change", "lsp_text_document__did_close",
    "lsp_notebook_document__did_open", "lsp_notebook_document__did_change", "lsp_notebook_document__did_close",
    # Left as they are.
    "lsp_initialized", "lsp_set_trace", "lsp_workspace__did_change_workspace_folders", "lsp_work_done_progress_cancel",
}  # fmt: skip


def parameters(function):
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_read():
    assert version("pygls").startswith("2.1.")


@pytest.mark.parametrize(("name", "expected"), (REPLACED | USED).items())
def test_signatures_are_as_they_were(name, expected):
    assert parameters(getattr(LanguageServerProtocol, name)) == expected


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_listed_is_replaced_with_the_same_parameters(name):
    ours = getattr(CaretwiseProtocol, name)
    assert ours is not getattr(LanguageServerProtocol, name)
    assert parameters(ours) == REPLACED[name]


def test_nothing_else_is_replaced():
    ours = {*vars(CaretwiseProtocol), *vars(Dispatcher), *vars(Channel)} & set(dir(LanguageServerProtocol))
    assert {name for name in ours if not name.startswith("__")} == set(REPLACED)


def test_pygls_has_no_method_that_nobody_looked_at():
    found = {*vars(json_rpc.JsonRPCProtocol), *vars(LanguageServerProtocol)}
    assert {
        name for name in found if callable(getattr(LanguageServerProtocol, name, None)) and not name.startswith("__")
    } <= KNOWN


def test_the_functions_used_from_its_insides():
    assert parameters(language_server._prepare_command_arguments) == ["handler", "params", "converter"]
    assert parameters(language_server.lsp_method) == ["method_name"]
    assert parameters(feature_manager.is_thread_function) == ["f"]
    assert parameters(JsonRpcException.__init__) == ["self", "message", "code", "data"]
    assert (JsonRpcInvalidParams.CODE, JsonRpcInternalError.CODE) == (-32602, -32603)
    assert isinstance(inspect.getattr_static(server.JsonRPCServer, "thread_pool"), property)


def test_the_attributes_used_from_its_insides():
    one = LanguageServer("name", "1", protocol_cls=CaretwiseProtocol)
    assert one.protocol._server is one
    assert one.protocol._shutdown is False
    assert one.protocol.writer is None
    assert one.protocol.msg_id is None
    assert one.process_id is None
    for kept in (types.INITIALIZE, types.INITIALIZED, types.SHUTDOWN, types.WORKSPACE_EXECUTE_COMMAND, types.SET_TRACE):
        assert kept in one.protocol.fm.builtin_features
    for taken in (types.EXIT, types.TEXT_DOCUMENT_DID_OPEN, types.WINDOW_WORK_DONE_PROGRESS_CANCEL):
        assert taken not in one.protocol.fm.builtin_features


def test_the_builtin_features_are_the_ones_that_we_know():
    one = LanguageServer("name", "1", protocol_cls=CaretwiseProtocol)
    assert set(one.protocol.fm.builtin_features) == {
        types.INITIALIZE,
        types.INITIALIZED,
        types.SHUTDOWN,
        types.SET_TRACE,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
        types.WORKSPACE_EXECUTE_COMMAND,
    }


def test_pygls_does_not_log_messages():
    """At INFO it writes whole messages to the log."""
    LanguageServer("name", "1", protocol_cls=CaretwiseProtocol)
    for name in (
        "pygls",
        "pygls.protocol.json_rpc",
        "pygls.protocol.language_server",
        "pygls.server",
        "pygls.feature_manager",
    ):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
