"""A small server over the protocol layer, started as a process by the wire tests.

Its handlers do just enough to show what the layer does: answer with the text as the server has it, wait for ever,
fail, print, ask the editor.
"""

import argparse
import asyncio
import os
import sys

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from caretwise.lsp.protocol import CaretwiseProtocol
from caretwise.lsp.transport import serve_stdio, serve_tcp

server = LanguageServer("wire", "1", protocol_cls=CaretwiseProtocol)
events: list[str] = []


@server.feature(types.INITIALIZE)
async def initialize(params: types.InitializeParams):
    await asyncio.sleep(0)
    if params.initialization_options == "fail":
        raise ValueError("secret option")


@server.feature(types.TEXT_DOCUMENT_HOVER)
async def hover(params: types.HoverParams):
    snapshot = server.protocol.documents.snapshot(params.text_document.uri)
    await asyncio.sleep(0)
    return None if snapshot is None else types.Hover(contents=f"{snapshot.version}:{snapshot.text}")


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
async def wait_for_ever(_: types.DefinitionParams):
    events.append("waiting")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        events.append("cancelled")
        raise


@server.feature(types.TEXT_DOCUMENT_REFERENCES)
async def fail(_: types.ReferenceParams):
    raise ValueError("secret text of a document")


@server.feature(types.TEXT_DOCUMENT_DECLARATION)
async def refuse(_: types.DeclarationParams):
    raise JsonRpcException("Not today.", -32803)


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
async def unsendable(_: types.DocumentSymbolParams):
    return [float("nan")]


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
def plain(params: types.CodeActionParams):
    return [types.CodeAction(title=f"{len(params.context.diagnostics)} of {params.range.end.character}")]


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline(_: types.InlineCompletionParams):
    return []


@server.thread()
@server.feature(types.TEXT_DOCUMENT_IMPLEMENTATION)
def in_thread(_: types.ImplementationParams):
    return []


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(params: types.DidOpenTextDocumentParams):
    uri = params.text_document.uri
    events.append(f"open {uri} {server.protocol.documents.snapshot(uri) is not None}")


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
async def did_close(params: types.DidCloseTextDocumentParams):
    uri = params.text_document.uri
    events.append(f"close {uri} {server.protocol.documents.snapshot(uri) is not None}")


@server.feature("test/text")
async def text(params: dict):
    snapshot = server.protocol.documents.snapshot(params["uri"])
    changes = server.protocol.documents.last_change(params["uri"])
    return {"text": snapshot and snapshot.text, "edits": [edit.new_text for edit in changes]}


@server.feature("test/events")
async def all_events(_):
    return events


@server.feature("test/params")
async def echo(params):
    return params


@server.feature("test/print")
async def stray(_):
    print("stray print", flush=True)
    os.write(1, b"stray write\n")
    code = "import sys; print(repr(sys.stdin.read()))"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    return await asyncio.wait_for(child.wait(), 30) == 0


@server.feature("test/shield")
async def shielded(_):
    async def flight():
        events.append("flight on")
        await asyncio.sleep(0.05)
        events.append("flight landed")

    task = asyncio.ensure_future(flight())
    events.append("shielding")
    await asyncio.shield(task)


@server.feature("test/ask")
async def ask(params: dict):
    wanted = types.ConfigurationParams(items=[types.ConfigurationItem(section="x")])
    asking = server.protocol.send_request_async(types.WORKSPACE_CONFIGURATION, wanted)
    try:
        return {"got": await asyncio.wait_for(asking, params["seconds"])}
    except TimeoutError:
        return {"got": "nothing in time"}
    except JsonRpcException as error:
        return {"error": error.message, "code": error.code}


@server.feature("test/big")
async def big(params: dict):
    return "x" * params["size"]


@server.feature("test/mark")
async def mark(params: dict):
    print("mark", params["name"], file=sys.stderr, flush=True)


@server.feature("test/fail")
async def failing_notification(_):
    raise ValueError("secret text of a notification")


@server.command("test.add")
async def add(one: int, two: int):
    return one + two


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--poll", type=float, default=3.0)
    options.add_argument("--tcp", action="store_true")
    chosen = options.parse_args()
    if chosen.tcp:
        serving = serve_tcp(
            server, "127.0.0.1", 0, on_listening=lambda _, port: print("port", port, file=sys.stderr, flush=True)
        )
    else:
        serving = serve_stdio(server, parent_poll=chosen.poll)
    return asyncio.run(serving)


if __name__ == "__main__":
    sys.exit(main())
