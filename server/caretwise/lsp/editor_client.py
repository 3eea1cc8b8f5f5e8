"""A tiny editor: an LSP client on top of pygls that drives the real server in a process of its own.

Its caller sees positions in code points and no type of the protocol.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from caretwise import __version__
from caretwise.adapters.project import uri_of_path
from caretwise.repair.finding import Finding
from caretwise.text.edit import TextEdit
from caretwise.text.position import Position, Range


@dataclass(frozen=True, slots=True)
class ShownGhost:
    """An item as an editor has it: its id, its text, the range that it replaces."""

    id: str
    text: str
    range: Range


@dataclass(frozen=True, slots=True)
class OfferedFix:
    """An action: its title and, when it came to that, its id and edits."""

    title: str
    id: str = ""
    edits: tuple[TextEdit, ...] = ()


class EditorClient:
    """One document, one cursor, no screen. Positions are LSP's, in code points (UTF-32 is asked for)."""

    def __init__(self) -> None:
        """Not connected yet."""
        # What goes wrong is raised, and told by whoever asked. pygls logs with a trace what nobody waits for any more,
        # such as the answer to a request that Ctrl-C has ended.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
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
        """Start the server on a folder; returns its name and version.

        It is in a session of its own, as an editor's server is: a terminal's Ctrl-C ends the client, which ends it.
        """
        env = {**os.environ, **environ}
        await self._client.start_io(sys.executable, "-P", "-m", "caretwise", "serve", env=env, start_new_session=True)
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

    def change(self, uri: str, span: Range, text: str) -> None:
        """Replace a range."""
        self._version += 1
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=self._version),
                content_changes=[types.TextDocumentContentChangePartial(range=_to_lsp(span), text=text)],
            )
        )

    def close(self, uri: str) -> None:
        """Close a document."""
        identifier = types.TextDocumentIdentifier(uri=uri)
        self._client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))

    async def ghost(self, uri: str, at: Position) -> ShownGhost | None:
        """Ask for ghost text as an editor does while typing."""
        params = types.InlineCompletionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            position=types.Position(line=at.line, character=at.character),
            context=types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Automatic),
        )
        answer = await self._client.text_document_inline_completion_async(params)
        items = answer.items if isinstance(answer, types.InlineCompletionList) else answer or []
        if not items or items[0].range is None or not isinstance(items[0].insert_text, str):
            return None
        return ShownGhost(_id_of(items[0].command), items[0].insert_text, _from_lsp(items[0].range))

    def shown(self, ghost: ShownGhost) -> None:
        """Say that the ghost text was drawn."""
        self._client.protocol.notify("caretwise/didShow", {"id": ghost.id})

    async def accepted(self, suggestion: str) -> None:
        """Run the command of an accepted item or action, as editors do."""
        params = types.ExecuteCommandParams(command="caretwise.accept", arguments=[suggestion, "full"])
        await self._client.workspace_execute_command_async(params)

    async def fix(self, uri: str, finding: Finding) -> OfferedFix | None:
        """List the actions for a finding and resolve the first; None when none is listed."""
        span = _to_lsp(finding.range)
        severity = types.DiagnosticSeverity(finding.severity)
        diagnostic = types.Diagnostic(range=span, message=finding.message, source=finding.source, severity=severity)
        params = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            range=span,
            context=types.CodeActionContext(diagnostics=[diagnostic]),
        )
        listed = await self._client.text_document_code_action_async(params)
        actions = [action for action in listed or [] if isinstance(action, types.CodeAction)]
        if not actions:
            return None
        resolved = await self._client.code_action_resolve_async(actions[0])
        changes = resolved.edit.document_changes if resolved.edit is not None else None
        if not changes or not isinstance(changes[0], types.TextDocumentEdit):
            return OfferedFix(actions[0].title)
        edits = tuple(
            TextEdit(_from_lsp(edit.range), edit.new_text)
            for edit in changes[0].edits
            if isinstance(edit, types.TextEdit)
        )
        return OfferedFix(resolved.title, _id_of(resolved.command), edits)

    async def stop(self) -> None:
        """Shut the server down."""
        await asyncio.wait_for(self._client.shutdown_async(None), 10)
        self._client.exit(None)
        await asyncio.wait_for(self._client.stop(), 10)


def _id_of(command: types.Command | None) -> str:
    return str(command.arguments[0]) if command is not None and command.arguments else ""


def _to_lsp(span: Range) -> types.Range:
    return types.Range(
        start=types.Position(line=span.start.line, character=span.start.character),
        end=types.Position(line=span.end.line, character=span.end.character),
    )


def _from_lsp(span: types.Range) -> Range:
    return Range(Position(span.start.line, span.start.character), Position(span.end.line, span.end.character))
