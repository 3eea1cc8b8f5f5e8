"""Servers for the wire tests."""

import pytest
from tests.lsp.wire import Wire, request


@pytest.fixture
def wire():
    """A fresh server that has not been initialized."""
    one = Wire()
    yield one
    one.end()


@pytest.fixture(scope="module")
def shared():
    """One initialized server for all tests that leave it as it was. It must still answer at the end."""
    one = Wire()
    one.start()
    yield one
    assert one.result(request("last", "test/params", {"still": "there"})) == {"still": "there"}
    assert "secret" not in one.stderr
    assert "Traceback" not in one.stderr
    one.end()


@pytest.fixture
def start():
    """Starts servers with the given arguments; ends them afterwards."""
    started = []

    def begin(*args, **streams):
        started.append(Wire(*args, **streams))
        return started[-1]

    yield begin
    for one in started:
        one.end()
