"""The least that a pygls server can do: incremental synchronisation and one constant inline completion."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("bare", "1", text_document_sync_kind=types.TextDocumentSyncKind.Incremental)


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
    """Always the same."""
    return types.InlineCompletionList(items=[types.InlineCompletionItem(insert_text="constant")])


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
    """None, as a barrier behind notifications."""
    return []


if __name__ == "__main__":
    server.start_io()
