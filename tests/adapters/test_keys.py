"""Keys out of variables, commands and the keyring: found, kept for the session, and never said."""

from __future__ import annotations

import asyncio
import stat
import sys
import time
from pathlib import Path

import pytest

from caretwise.adapters.key_command import printed_by
from caretwise.adapters.keys import Keys
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import ModelSettings
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile

KEY = "sk-from-elsewhere-1234567890"


def profile(name: str = "mine") -> Profile:
    found = catalog().resolve(ModelChoice(name, "kimi-k2.6", endpoint="moonshot"))
    assert isinstance(found, Profile)
    return found


async def key(keys: Keys) -> str | Failure:
    found = keys(profile())
    return found if isinstance(found, str | Failure) else await found


def python(*lines: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "\n".join(lines))


async def test_a_variable_is_looked_up_each_time(monkeypatch):
    keys = Keys({"mine": ModelSettings()})
    monkeypatch.setenv("MOONSHOT_API_KEY", f" {KEY}\n")
    assert await key(keys) == KEY
    monkeypatch.setenv("MOONSHOT_API_KEY", "other")
    assert await key(keys) == "other"


@pytest.mark.parametrize("value", ["sk-secret\x07", "sk-secret\nX-Other: 1", "sk secret", "sk-sécret", "“sk-secret”"])
async def test_a_key_that_no_header_can_hold_is_said_and_not_repeated(monkeypatch, value):
    monkeypatch.setenv("MOONSHOT_API_KEY", value)
    found = await key(Keys({"mine": ModelSettings()}))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.NO_KEY
    assert "MOONSHOT_API_KEY holds" in found.sentence
    assert "secret" not in found.sentence
    monkeypatch.setenv("VLLM_API_KEY", value)
    needs_none = catalog().resolve(ModelChoice("own", "m", "http://gpu-box:8000/v1", "vllm"))
    assert isinstance(needs_none, Profile)
    assert Keys({})(needs_none) == ""


async def test_a_command_is_run_once_for_all_who_ask(tmp_path):
    runs = tmp_path / "runs"
    command = python(f"open({str(runs)!r}, 'a').write('x')", f"print({KEY!r}); print('more')")
    keys = Keys({"mine": ModelSettings(key_command=command)})
    assert await asyncio.gather(key(keys), key(keys), key(keys)) == [KEY] * 3
    assert await key(keys) == KEY
    assert runs.read_text() == "x"


async def test_a_command_wins_over_a_variable_that_happens_to_be_set(monkeypatch):
    monkeypatch.setenv("MOONSHOT_API_KEY", "another")
    assert await key(Keys({"mine": ModelSettings(key_command=python(f"print({KEY!r})"))})) == KEY


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (python(f"import sys; print({KEY!r}); sys.exit(3)"), "status 3"),
        (python("pass"), "printed no key"),
        (python("print('two words')"), "printed no key"),
        (python(f"print({KEY!r} * 10000)"), "far more than a key"),
        (("caretwise-no-such-program",), "is no program"),
        (("./pass",), "is no program"),
    ],
)
async def test_a_command_that_fails_is_said_without_its_output(command, words, caplog, capfd):
    found = await key(Keys({"mine": ModelSettings(key_command=command)}))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.NO_KEY
    assert words in found.sentence
    out, err = capfd.readouterr()
    assert KEY not in found.sentence + out + err + caplog.text


async def test_a_failure_is_not_kept(tmp_path):
    flag = tmp_path / "unlocked"
    command = python("import os, sys", f"sys.exit(1) if not os.path.exists({str(flag)!r}) else print({KEY!r})")
    keys = Keys({"mine": ModelSettings(key_command=command)})
    assert isinstance(await key(keys), Failure)
    flag.touch()
    assert await key(keys) == KEY


def test_what_a_command_writes_to_stderr_goes_nowhere(capfd):
    printed = printed_by(python("import sys", f"print({KEY!r}, file=sys.stderr)", "print('k')"))
    assert printed.text == "k"
    assert KEY not in "".join(capfd.readouterr())


def test_a_command_that_hangs_is_ended_with_what_it_started():
    child = python("import time; time.sleep(60)")
    lines = ("import subprocess", f"subprocess.run({list(child)!r})")
    since = time.monotonic()
    assert "longer than" in printed_by(python(*lines), seconds=1).fault
    assert time.monotonic() - since < 10, "the child held the pipe open"


def test_no_shell_reads_the_arguments(tmp_path):
    target = tmp_path / "made"
    printed = printed_by((*python("import sys; print(sys.argv[1])"), f"$(touch {target}); `touch {target}`"))
    assert printed.text.startswith("$(touch")
    assert not target.exists()


def test_a_program_in_the_opened_folder_is_not_found(tmp_path, monkeypatch):
    program = tmp_path / "moonkey"
    program.write_text("#!/bin/sh\necho stolen\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", ".:/usr/bin"):
        monkeypatch.setenv("PATH", path)
        assert "is no program" in printed_by(("moonkey",)).fault
    monkeypatch.setenv("PATH", str(tmp_path))
    assert printed_by(("moonkey",)).text == "stolen"


async def test_a_keyring_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    found = await key(Keys({"mine": ModelSettings(key_keyring="caretwise/moonshot")}))
    assert isinstance(found, Failure)
    assert "needs the package keyring" in found.sentence


async def test_the_keyring_is_asked_for_service_and_user(tmp_path: Path, monkeypatch):
    # A package of the same interface: the real one needs a desktop session to keep anything in.
    (tmp_path / "keyring.py").write_text(
        "def get_password(service, user):\n"
        "    if service == 'locked':\n        raise RuntimeError('sk-secret-in-an-error')\n"
        f"    return {KEY!r} if (service, user) == ('caretwise', 'moon/shot') else None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    try:
        assert await key(Keys({"mine": ModelSettings(key_keyring="caretwise/moon/shot")})) == KEY
        absent = await key(Keys({"mine": ModelSettings(key_keyring="caretwise/nobody")}))
        assert isinstance(absent, Failure)
        assert "no entry caretwise/nobody" in absent.sentence
        locked = await key(Keys({"mine": ModelSettings(key_keyring="locked/x")}))
        assert isinstance(locked, Failure)
        assert "RuntimeError" in locked.sentence
        assert "sk-secret" not in locked.sentence
    finally:
        sys.modules.pop("keyring", None)


def test_a_source_is_named_without_its_secrets():
    keys = Keys({"a": ModelSettings(key_command=("pass", "private/path")), "b": ModelSettings(key_keyring="s/u")})
    assert keys.source(profile("a")).words == "key_command (pass)"
    assert keys.source(profile("b")).words == "the keyring's entry s/u"
    assert keys.source(profile("c")).words == "MOONSHOT_API_KEY"
