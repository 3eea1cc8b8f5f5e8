"""A tiny editor: an LSP client on top of pygls that drives the real server in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from caretwise import __version__
from caretwise.adapters.project import uri_of_path


class EditorClient:
    """One document, one cursor, no screen. Positions are LSP's, in code points (UTF-32 is asked for)."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._client = LanguageClient("caretwise-try", __version__)
        self.messages: list[str] = []
        self.statuses: list[str] = []
        self._version = 0

        @self._client.feature(types.WINDOW_SHOW_MESSAGE)
        def show_message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self._client.feature("caretwise/status")
        def status(params: Any) -> None:
            self.statuses.append(str(getattr(params, "model", "")))

    async def start(self, folder: Path, environ: Mapping[str, str]) -> str:
        """Start the server on a folder; returns its name and version."""
        env = {**os.environ, **environ}
        await self._client.start_io(sys.executable, "-P", "-m", "caretwise", "serve", env=env)
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf32]),
            text_document=types.TextDocumentClientCapabilities(
                inline_completion=types.InlineCompletionClientCapabilities(),
                code_action=types.CodeActionClientCapabilities(
                    resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"])
                ),
            ),
        )
        uri = uri_of_path(folder)
        params = types.InitializeParams(
            capabilities=capabilities,
            process_id=os.getpid(),
            root_uri=uri,
            workspace_folders=[types.WorkspaceFolder(uri=uri, name=folder.name)],
            client_info=types.ClientInfo(name="caretwise-try", version=__version__),
        )
        result = await self._client.initialize_async(params)
        self._client.initialized(types.InitializedParams())
        return f"{result.server_info.name} {result.server_info.version}" if result.server_info else "caretwise"

    def open(self, uri: str, language_id: str, text: str) -> None:
        """Open a document."""
        self._version = 1
        item = types.TextDocumentItem(uri=uri, language_id=language_id, version=1, text=text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def change(self, uri: str, span: types.Range, text: str) -> None:
        """Replace a range."""
        self._version += 1
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=self._version),
                content_changes=[types.TextDocumentContentChangePartial(range=span, text=text)],
            )
        )

    def close(self, uri: str) -> None:
        """Close a document."""
        identifier = types.TextDocumentIdentifier(uri=uri)
        self._client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))

    async def ghost(self, uri: str, line: int, character: int) -> types.InlineCompletionItem | None:
        """Ask for ghost text as an editor does while typing."""
        params = types.InlineCompletionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            position=types.Position(line=line, character=character),
            context=types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Automatic),
        )
        answer = await self._client.text_document_inline_completion_async(params)
        items = answer.items if isinstance(answer, types.InlineCompletionList) else answer or []
        return items[0] if items else None

    def shown(self, item: types.InlineCompletionItem) -> None:
        """Say that the ghost text was drawn."""
        assert item.command is not None and item.command.arguments, "every item of ours has its command"
        self._client.protocol.notify("caretwise/didShow", {"id": item.command.arguments[0]})

    async def accepted(self, command: types.Command | None) -> None:
        """Run the command of an accepted item or action, as editors do."""
        if command is not None:
            params = types.ExecuteCommandParams(command=command.command, arguments=command.arguments)
            await self._client.workspace_execute_command_async(params)

    async def fixes(self, uri: str, diagnostic: types.Diagnostic) -> list[types.CodeAction]:
        """The actions for a diagnostic."""
        params = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            range=diagnostic.range,
            context=types.CodeActionContext(diagnostics=[diagnostic]),
        )
        answer = await self._client.text_document_code_action_async(params)
        return [action for action in answer or [] if isinstance(action, types.CodeAction)]

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit."""
        return await self._client.code_action_resolve_async(action)

    async def stop(self) -> None:
        """Shut the server down."""
        await asyncio.wait_for(self._client.shutdown_async(None), 10)
        self._client.exit(None)
        await asyncio.wait_for(self._client.stop(), 10)
