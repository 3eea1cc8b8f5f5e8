"""The embedded engine on a project on disk."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from caretwise.adapters.learned_index import FOLDER, open_index
from caretwise.adapters.project import Project, uri_of_path
from caretwise.engine.embedded import EmbeddedEngine
from caretwise.engine.learned_files import MOST_FILES, chosen
from caretwise.text.language import by_id
from caretwise.text.snapshot import Snapshot

PYTHON = by_id("python")
HEAD = """\
def transfer(bank, account, amount):
    with bank.locked(account):
        ledger = bank.ledger(account)
        if amount > ledger.balance:
            raise Refused(account)
        """
LINE = "ledger.post(account, amount, today())"
KEY = bytes(range(32))


@asynccontextmanager
async def learned(root: Path, cache: Path | None = None) -> AsyncIterator[EmbeddedEngine]:
    """An engine that has learned the project."""
    engine = EmbeddedEngine((lambda roots: open_index(cache, KEY, roots)) if cache else None)
    try:
        engine.learn_project(Project([root]))
        await asyncio.wait_for(engine.learned(), 20)
        yield engine
    finally:
        engine.close()
        await asyncio.get_running_loop().run_in_executor(None, engine.wait)


async def ghost(engine: EmbeddedEngine, uri: str, prefix: str, suffix: str = "\n") -> str | None:
    snapshot = Snapshot.of(prefix + suffix, uri=uri, language_id="python", version=1)
    found = await asyncio.wait_for(
        engine.complete(snapshot, prefix.count("\n"), prefix, suffix, "python", multiline=False), 5
    )
    return found.text if found else None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    for name in "abc":
        (root / f"{name}.py").write_text(f"# {name}\n{HEAD}{LINE}\n")
    return root


async def test_learns_the_project(project: Path) -> None:
    async with learned(project) as engine:
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) == LINE


async def test_what_is_typed_is_learned_without_a_save(tmp_path: Path) -> None:
    async with learned(tmp_path) as engine:
        uri = uri_of_path(tmp_path / "new.py")
        engine.opened(Snapshot.of("x = 1\n", uri=uri, language_id="python", version=1), PYTHON)
        text = "".join(f"# {name}\n{HEAD}{LINE}\n\n\n" for name in "abcd")
        assert await ghost(engine, uri, text + "# e\n" + HEAD) == LINE


async def test_a_forgotten_document_is_not_learned_from_at_a_keystroke(tmp_path: Path) -> None:
    async with learned(tmp_path) as engine:
        uri = uri_of_path(tmp_path / "new.py")
        engine.forget(uri)
        text = "".join(f"# {name}\n{HEAD}{LINE}\n\n\n" for name in "abcd")
        assert await ghost(engine, uri, text + "# e\n" + HEAD) is None


async def test_a_closed_document_is_still_a_source(tmp_path: Path) -> None:
    async with learned(tmp_path) as engine:
        for name in "abc":
            path = tmp_path / f"{name}.py"
            path.write_text(f"# {name}\n{HEAD}{LINE}\n")
            engine.opened(Snapshot.of(path.read_text(), uri=uri_of_path(path), language_id="python"), PYTHON)
            engine.closed(uri_of_path(path))
        assert await ghost(engine, uri_of_path(tmp_path / "new.py"), HEAD) == LINE


async def test_a_document_that_was_closed_counts_as_it_is_on_disk(project: Path) -> None:
    async with learned(project) as engine:
        for name in "abc":
            uri = uri_of_path(project / f"{name}.py")
            engine.opened(Snapshot.of(f"{HEAD}never.saved(account)\n", uri=uri, language_id="python"), PYTHON)
            engine.closed(uri)
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) == LINE


async def test_a_document_that_was_never_saved_is_forgotten_when_it_is_closed(project: Path) -> None:
    async with learned(project) as engine:
        uri = uri_of_path(project / "draft.py")
        engine.opened(Snapshot.of("x = 1\n", uri=uri, language_id="python"), PYTHON)
        engine.closed(uri)
        await ghost(engine, uri, HEAD)
        assert engine.documents == 3


OTHER = "register(ledger, amount)"


def changed(project: Path) -> list[Path]:
    for name in "abc":
        (project / f"{name}.py").write_text(f"# {name}\n{HEAD}{OTHER}\n")
    return [project / f"{name}.py" for name in "abc"]


def deleted(project: Path) -> list[Path]:
    for name in "abc":
        (project / f"{name}.py").unlink()
    return [project / f"{name}.py" for name in "abc"]


def folder_deleted(project: Path) -> list[Path]:
    (project / "below").mkdir()
    for name in "abc":
        (project / f"{name}.py").rename(project / "below" / f"{name}.py")
    (project / "below").rename(project.parent / "gone")
    return [project / "below", *(project / f"{name}.py" for name in "abc")]


def ignored(project: Path) -> list[Path]:
    (project / ".git").mkdir(exist_ok=True)
    (project / ".gitignore").write_text("[abc].py\n")
    return [project / ".gitignore"]


def another_branch(project: Path) -> list[Path]:
    changed(project)
    for number in range(300):
        (project / f"more_{number}.py").write_text(f"value_{number} = {number}\n")
    return list(project.iterdir())


@pytest.mark.parametrize(
    ("change", "expected"),
    [(changed, OTHER), (deleted, None), (folder_deleted, None), (ignored, None), (another_branch, OTHER)],
)
async def test_what_others_do_to_the_files_is_followed(
    project: Path, change: Callable[[Path], list[Path]], expected: str | None
) -> None:
    async with learned(project) as engine:
        rules = Project([project])
        engine.learn_project(rules)
        await asyncio.wait_for(engine.learned(), 20)
        before = engine.withdrawn
        told = change(project)
        rules.invalidate()
        engine.changed_on_disk(told)
        await asyncio.wait_for(engine.learned(), 20)
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) == expected
        assert engine.withdrawn > before


async def test_files_that_others_make_are_learned_and_generated_ones_are_not(tmp_path: Path) -> None:
    async with learned(tmp_path) as engine:
        paths = [tmp_path / name for name in ("a.py", "b.py", "node_modules/c.py", "picture.png", "lib.min.js")]
        for path in paths:
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"# {path.name}\n{HEAD}{LINE}\n")
        paths[-1].write_text("function(a,b){return a+b};" * 1_000)
        engine.changed_on_disk(paths)
        await asyncio.wait_for(engine.learned(), 20)
        assert engine.documents == 2


async def test_what_is_open_is_not_read_from_disk_when_it_is_saved(project: Path) -> None:
    async with learned(project) as engine:
        for name in "abc":
            uri = uri_of_path(project / f"{name}.py")
            engine.opened(Snapshot.of(f"# {name}\n{HEAD}{OTHER}\n", uri=uri, language_id="python"), PYTHON)
        engine.changed_on_disk([project / name for name in ("a.py", "b.py", "c.py", "gone.py")])
        await asyncio.wait_for(engine.learned(), 20)
        assert engine.withdrawn == 0
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) == OTHER


@pytest.mark.parametrize("name", ["+page.py", "(app)/@modal/it's.py", "a,b=c;d$e!&.py"])
async def test_a_document_is_its_file_however_its_address_is_spelled(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(f"{HEAD}{LINE}\n")
    (tmp_path / "link").symlink_to(path.parent, target_is_directory=True)
    async with learned(tmp_path) as engine:
        assert engine.documents == 1
        for uri in (f"file://{path}", path.as_uri(), f"file://localhost{path}", f"file://{tmp_path}/link/{path.name}"):
            engine.opened(Snapshot.of(HEAD, uri=uri, language_id="python", version=1), PYTHON)
            assert await ghost(engine, uri, HEAD) is None
            assert engine.documents == 1
            engine.closed(uri)


def test_files_in_the_languages_that_are_open_come_first_then_code_and_what_is_near() -> None:
    seen = [Path("/p", name) for name in ("a.json", "far/b.go", "far/c.py", "near/d.py", "near/e.md", "near/f.go")]
    assert [path.name[0] for path in chosen(seen, [])] == ["b", "c", "d", "f", "a", "e"]
    assert [path.name[0] for path in chosen(seen, [Path("/p/near/open.py")])] == ["d", "c", "f", "b", "e", "a"]
    many = [Path(f"/p/{number}.json") for number in range(3_000)]
    assert chosen([*many, *seen], [])[:4] == [seen[number] for number in (1, 2, 3, 5)]
    assert len(chosen(many, [])) == MOST_FILES


def empty_unnoticed(project: Path) -> None:
    """Other text of the same size and time of change: taken for unchanged, and not read."""
    for path in project.glob("*.py"):
        info = path.stat()
        path.write_text("#" * (info.st_size - 1) + "\n")
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def touch(project: Path) -> None:
    for path in project.glob("*.py"):
        os.utime(path, ns=(1, 1))


async def test_the_kept_index_answers_for_files_that_have_not_changed(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    async with learned(project, cache):
        pass
    empty_unnoticed(project)
    async with learned(project, cache) as engine:
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) == LINE
    touch(project)
    async with learned(project, cache) as engine:
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) is None


async def test_a_file_that_is_denied_since_is_neither_used_nor_kept(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    async with learned(project, cache):
        pass
    assert len(kept_rows(cache)) == 3
    (project / ".aiignore").write_text("*.py\n")
    async with learned(project, cache) as engine:
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) is None
    assert kept_rows(cache) == []


async def test_rules_that_come_late_hold_for_what_was_learned_and_kept(project: Path, tmp_path: Path) -> None:
    (project / "d.py").write_text("other = 1\n")
    cache = tmp_path / "cache"
    async with learned(project, cache) as engine:
        assert engine.documents == 4
        engine.learn_project(Project([project], extra_deny=["[abc].py"]))
        await asyncio.wait_for(engine.learned(), 20)
        assert engine.documents == 1
        assert await ghost(engine, uri_of_path(project / "new.py"), HEAD) is None
    assert kept_rows(cache) == [[["other", " ", "=", " ", "1", "\n="]]]


async def test_rules_that_come_while_it_learns_hold_for_all(project: Path) -> None:
    engine = EmbeddedEngine()
    try:
        engine.learn_project(Project([project]))
        engine.learn_project(Project([project], extra_deny=["*.py"]))
        await asyncio.wait_for(engine.learned(), 20)
        assert engine.documents == 0
    finally:
        engine.close()
        await asyncio.get_running_loop().run_in_executor(None, engine.wait)


@pytest.fixture
def file_elsewhere(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text("x = 1\n")
    return path


async def test_a_closed_document_that_is_denied_since_is_forgotten(project: Path, file_elsewhere: Path) -> None:
    async with learned(project) as engine:
        for uri in ((project / "a.py").as_uri(), file_elsewhere.as_uri()):
            engine.opened(Snapshot.of(f"# {uri}\n{HEAD}{LINE}\n", uri=uri, language_id="python"), PYTHON)
            engine.closed(uri)
        engine.learn_project(Project([project], extra_deny=["/a.py"]))
        await asyncio.wait_for(engine.learned(), 20)
        assert engine.documents == 3


async def test_secrets_are_not_kept(project: Path, tmp_path: Path) -> None:
    (project / "d.py").write_text("login(password='Tr0ub4dor&3xyz')\nsafe = 1\n")
    (project / ".env").write_text("NEVER=read\n")
    async with learned(project, tmp_path / "cache"):
        pass
    tokens = [token for row in kept_rows(tmp_path / "cache") for piece in row for token in piece]
    assert "safe" in tokens
    assert not {"Tr0ub4dor", "NEVER"} & set(tokens)


def kept_rows(cache: Path) -> list[list[list[str]]]:
    (path,) = (cache / FOLDER).glob("*.db")
    connection = sqlite3.connect(path)
    rows = [json.loads(zlib.decompress(row[0])) for row in connection.execute("SELECT tokens FROM learned")]
    connection.close()
    return rows


async def test_closing_while_it_learns_keeps_what_was_learned(project: Path, tmp_path: Path) -> None:
    for number in range(300):
        (project / f"more_{number}.py").write_text(f"value_{number} = {number}\n" * 50)
    cache = tmp_path / "cache"
    engine = EmbeddedEngine(lambda roots: open_index(cache, KEY, roots))
    engine.learn_project(Project([project]))
    while engine.documents < 50:  # bounded by the test's own limit
        await asyncio.sleep(0)
    engine.close()
    engine.close()
    await asyncio.get_running_loop().run_in_executor(None, engine.wait)
    assert len(kept_rows(cache)) >= 50


@pytest.mark.parametrize("end", ["closed", "begun anew"])
async def test_a_walk_that_is_not_wanted_any_more_ends(
    project: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    walking, walks = asyncio.Event(), list[bool]()
    loop = asyncio.get_running_loop()

    def files(_: Project, *, unwanted: Callable[[], bool], **_more: object) -> Iterator[Path]:
        if not walks:
            walks.append(False)
            loop.call_soon_threadsafe(walking.set)
            while not unwanted():
                time.sleep(0.001)  # a disk that takes its time
            walks[0] = True
        return iter(())

    monkeypatch.setattr(Project, "files", files)
    engine = EmbeddedEngine()
    engine.learn_project(Project([project]))
    await asyncio.wait_for(walking.wait(), 5)
    if end == "closed":
        engine.close()
    else:
        engine.learn_project(Project([project]))
        await asyncio.wait_for(engine.learned(), 5)
        engine.close()
    await asyncio.wait_for(loop.shutdown_default_executor(), 5)
    assert walks == [True]


async def test_after_the_end_it_is_silent(tmp_path: Path) -> None:
    async with learned(tmp_path) as engine:
        pass
    uri = uri_of_path(tmp_path / "a.py")
    engine.opened(Snapshot.of("x = 1\n", uri=uri, language_id="python"), PYTHON)
    engine.forget(uri)
    engine.closed(uri)
    assert await ghost(engine, uri, HEAD) is None
