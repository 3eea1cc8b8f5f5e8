"""The setting `completion`: who gets suggestions as entries of the completion menu."""

import pytest
from tests.lsp.wire import URI, Wire, at, did_open, notification, request
from tests.protocol.session import COMMAND, environment

TEXT = "def area(width, height):\n    return width * height\n\n\nsize = area(width, height)\nother = ar"
PARAMS = {"textDocument": {"uri": URI}, "position": at(5, 10)}


@pytest.fixture
def serve(tmp_path):
    """Starts the server on a configuration, for an editor with a name (None: it does not say)."""
    started = []

    def start(content, name):
        (tmp_path / "config.toml").write_text(content)
        one = Wire(
            command=COMMAND,
            env=environment(tmp_path, CARETWISE_CONFIG=str(tmp_path / "config.toml")),
            cwd=str(tmp_path),
        )
        started.append(one)
        params = {"processId": None, "rootUri": None, "capabilities": {}}
        answer = one.ask(request("start", "initialize", params | ({"clientInfo": {"name": name}} if name else {})))
        one.send(notification("initialized", {}))
        return one, answer["result"]["capabilities"]

    yield start
    for one in started:
        one.end()


@pytest.mark.parametrize(
    ("content", "name", "offered"),
    [
        ("", "eglot", True),
        ('completion = "on"', None, True),
        ('completion = "off"', "Helix", False),
    ],
)
def test_the_answer_to_initialize_says_whether_entries_come(serve, content, name, offered):
    _, capabilities = serve(content, name)
    assert ("completionProvider" in capabilities) == offered
    assert "inlineCompletionProvider" in capabilities


def test_entries_come_when_they_are_wanted(serve):
    one, _ = serve('completion = "on"', "Neovim")
    one.send(did_open(TEXT))
    answer = one.ask(request("menu", "textDocument/completion", PARAMS))
    assert isinstance(answer["result"]["items"], list)
