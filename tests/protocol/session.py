"""A session with the real server process: pytest-lsp's client, a project folder, a model on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, make_test_lsp_client

from caretwise.adapters.project import uri_of_path

KEY = "sk-moonshot-test"
COMMAND = (sys.executable, "-P", "-m", "caretwise", "serve")
CLEAN = ("CARETWISE_", "OPENAI_", "MOONSHOT_", "XDG_", "DO_NOT_TRACK")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user with an empty home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEAN)}
    folders = {"CARETWISE_CACHE_DIR": str(home / "cache"), "CARETWISE_STATE_DIR": str(home / "state")}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **folders, **more}


def model_environment(
    base_url: str, model: str = "kimi-k2.6", endpoint: str = "moonshot", key: str = KEY
) -> dict[str, str]:
    """What a user sets to reach a model."""
    named = {"CARETWISE_BASE_URL": base_url, "CARETWISE_MODEL": model, "CARETWISE_ENDPOINT": endpoint}
    return {**named, "CARETWISE_API_KEY": key} if key else named


def capabilities(encoding: str = "utf-16", *, watches: bool = False) -> types.ClientCapabilities:
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watches)
    return types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            did_change_watched_files=watching,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        ),
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)]),
        text_document=types.TextDocumentClientCapabilities(
            inline_completion=types.InlineCompletionClientCapabilities(),
            synchronization=types.TextDocumentSyncClientCapabilities(did_save=True),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    code_action_kind=types.ClientCodeActionKindOptions(value_set=[types.CodeActionKind.QuickFix])
                ),
                resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"]),
                data_support=True,
            ),
        ),
    )


@dataclass
class Session:
    client: LanguageClient
    root: Path
    environ: Mapping[str, str]
    statuses: list[Any] = field(default_factory=list)
    registrations: list[types.Registration] = field(default_factory=list)
    """What the server has asked to be told of."""
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        return [one.message for one in self.client.messages]

    def uri(self, name: str) -> str:
        return name if "://" in name else uri_of_path(self.root / name)

    def open(self, name: str, text: str, language_id: str = "python") -> None:
        self.versions[name] = 1
        item = types.TextDocumentItem(uri=self.uri(name), language_id=language_id, version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def insert(self, name: str, line: int, character: int, text: str) -> None:
        at = types.Position(line=line, character=character)
        self.change(name, types.Range(start=at, end=at), text)

    def change(self, name: str, span: types.Range, text: str) -> None:
        self.versions[name] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.versions[name]),
                content_changes=[types.TextDocumentContentChangePartial(range=span, text=text)],
            )
        )

    def params(self, name: str, line: int, character: int, *, invoked: bool = False) -> types.InlineCompletionParams:
        kind = types.InlineCompletionTriggerKind.Invoked if invoked else types.InlineCompletionTriggerKind.Automatic
        return types.InlineCompletionParams(
            text_document=types.TextDocumentIdentifier(uri=self.uri(name)),
            position=types.Position(line=line, character=character),
            context=types.InlineCompletionContext(trigger_kind=kind),
        )

    async def ghost(
        self, name: str, line: int, character: int, *, invoked: bool = False
    ) -> types.InlineCompletionItem | None:
        params = self.params(name, line, character, invoked=invoked)
        answer = await asyncio.wait_for(self.client.text_document_inline_completion_async(params), 20)
        assert isinstance(answer, types.InlineCompletionList)
        return answer.items[0] if answer.items else None

    async def command(self, name: str, *arguments: Any) -> Any:
        params = types.ExecuteCommandParams(command=name, arguments=list(arguments))
        return await asyncio.wait_for(self.client.workspace_execute_command_async(params), 20)

    async def accept(self, item: types.InlineCompletionItem) -> None:
        assert item.command is not None
        await self.command(item.command.command, *(item.command.arguments or []))

    async def actions(self, name: str, diagnostic: types.Diagnostic) -> list[types.CodeAction]:
        params = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=self.uri(name)),
            range=diagnostic.range,
            context=types.CodeActionContext(diagnostics=[diagnostic]),
        )
        answer = await asyncio.wait_for(self.client.text_document_code_action_async(params), 20)
        return [action for action in answer or [] if isinstance(action, types.CodeAction)]

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        return await asyncio.wait_for(self.client.code_action_resolve_async(action), 20)

    def report(self) -> dict[tuple[str, str], dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "caretwise", "report", "--json"],
            env=dict(self.environ), capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        rows = json.loads(done.stdout)["models"]
        return {(row["model"], row["role"]): row for row in rows}


def _tell_actions_from_commands(client: LanguageClient) -> None:
    """lsprotocol's own way takes every action with a command for a command."""
    converter = client.protocol._converter

    def structure(value: Any, _: Any) -> Any:
        kind = types.Command if isinstance(value.get("command"), str) else types.CodeAction
        return converter.structure(value, kind)

    converter.register_structure_hook(types.Command | types.CodeAction, structure)


@asynccontextmanager
async def session(
    root: Path,
    environ: Mapping[str, str],
    *,
    encoding: str = "utf-16",
    options: Any = None,
    name: str = "pytest-lsp",
    command: Sequence[str] = COMMAND,
    can: types.ClientCapabilities | None = None,
) -> AsyncIterator[Session]:
    """The server on a folder. It is shut down at the end, and must end with status 0."""
    client = make_test_lsp_client()
    _tell_actions_from_commands(client)
    found = Session(client, root, environ)

    @client.feature("caretwise/status")
    def status(params: Any) -> None:
        found.statuses.append(params)

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        found.registrations.extend(params.registrations)

    await client.start_io(*command, env=dict(environ), cwd=str(root))
    try:
        uri = uri_of_path(root)
        await asyncio.wait_for(
            client.initialize_session(
                types.InitializeParams(
                    capabilities=can or capabilities(encoding),
                    process_id=os.getpid(),
                    root_uri=uri,
                    workspace_folders=[types.WorkspaceFolder(uri=uri, name="project")],
                    client_info=types.ClientInfo(name=name, version="1"),
                    initialization_options=options,
                )
            ),
            20,
        )
        yield found
        await asyncio.wait_for(client.shutdown_session(), 20)
    finally:
        await asyncio.wait_for(client.stop(), 20)


def range_of(line: int, start: int, end: int) -> types.Range:
    return types.Range(start=types.Position(line=line, character=start), end=types.Position(line=line, character=end))
