"""Opened folders on a real disk: what may be sent, what may be read, and what must not hold the server up."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.adapters.file_uri import local_path, path_of_other
from caretwise.adapters.guarded_file import read_regular
from caretwise.adapters.project import MAX_BYTES, Project, Refused, path_of_uri, uri_of_path
from caretwise.context.privacy import IGNORE_FILES


def write(path: Path, text: str | bytes = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def folder(tmp_path):
    """An opened folder; things outside of it can be put beside it."""
    inside = tmp_path / "work space"
    inside.mkdir()
    return inside


def reason(answer) -> str:
    assert isinstance(answer, Refused)
    return answer.reason


def may_send(project, path) -> bool:
    return project.verdict_for_document(uri_of_path(path)).allowed


def may_show(project, path) -> bool:
    """Verdict and reading must agree."""
    allowed = project.verdict_for_context(path).allowed
    assert allowed == isinstance(project.read_for_context(path), str)
    return allowed


def names(project, folder, **more):
    return [path.relative_to(folder).as_posix() for path in project.files(**more)]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


# ------------------------------------------------------------------------------------------------------- documents


@pytest.mark.parametrize(
    "name", [".env", "sub/.ENV.local", "id_rsa", "a/server.PEM", ".git/config", ".ssh/known_hosts"]
)
def test_denied_inside_and_outside(folder, tmp_path, name):
    project = Project([folder])
    for root in (folder, tmp_path / "elsewhere"):
        path = write(root / name)
        assert not may_send(project, path)
        assert not may_show(project, path)


def test_a_single_file_outside_may_be_completed_and_is_no_context(folder, tmp_path):
    path = write(tmp_path / "elsewhere" / "a.py")
    write(tmp_path / "elsewhere" / ".aiignore", "*")
    project = Project([folder])
    assert may_send(project, path)
    assert not may_show(project, path)
    assert project.verdict_for_context(path).rule == "outside"
    assert may_send(Project([]), path)


def test_a_document_that_is_not_on_disk_yet(folder):
    write(folder / ".aiignore", "private/\n")
    project = Project([folder])
    assert may_send(project, folder / "new" / "a.py")
    assert not may_send(project, folder / "private" / "a.py")
    assert not project.verdict_for_context(folder / "new" / "a.py").allowed
    assert project.verdict_for_open(folder / "new" / "a.py").allowed
    assert not project.verdict_for_open(folder / "private" / "a.py").allowed
    assert not project.verdict_for_open(folder / "new" / ".env").allowed


def test_an_open_document_that_is_to_be_written_elsewhere_is_no_context(folder, tmp_path):
    (folder / "way.py").symlink_to(tmp_path / "elsewhere.py")
    (folder / "out").symlink_to(tmp_path)
    project = Project([folder])
    for path in (folder / "way.py", folder / "out" / "a.py", tmp_path / "elsewhere.py"):
        assert project.verdict_for_open(path).rule == "outside"


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("untitled:Untitled-1", True),
        ("untitled:.env", False),
        ("untitled:/home/me/.env", False),
        ("untitled:C:%5Cwork%5C.env", False),
        ("git:/srv/.env?ref=HEAD", False),
        ("vscode-notebook-cell:/srv/a.ipynb#C1", True),
        ("vscode-vfs://github/me/x/id_rsa", False),
        ("vscode-remote://host/home/me/.aws/config", False),
        ("file://other-host/share/.env", False),
        ("file:///a%00b.py", False),
        ("file:///%ED%A0%80.py", True),
        ("file:///\ud800.py", False),
        ("", True),
        ("nonsense", True),
        (".env", False),
    ],
)
def test_addresses_of_any_kind(folder, uri, allowed):
    assert Project([folder]).verdict_for_document(uri).allowed is allowed


def test_an_address_inside_the_folder_follows_the_rules_whatever_its_scheme(folder):
    write(folder / ".aiignore", "secret.ipynb\n")
    project = Project([folder])
    address = uri_of_path(folder / "secret.ipynb")
    assert not project.verdict_for_document(address).allowed
    assert not project.verdict_for_document(address.replace("file://", "vscode-notebook-cell:") + "#W2").allowed
    assert not project.verdict_for_document(address.replace("file://", "FILE://localhost")).allowed


def test_signs_that_an_editor_forgot_to_encode(folder):
    write(folder / ".aiignore", "C#/\n")
    project = Project([folder])
    assert not project.verdict_for_document(f"file://{folder}/C#/a.cs".replace(" ", "%20")).allowed
    assert not project.verdict_for_document(f"file://{folder}/.env#L3".replace(" ", "%20")).allowed


def test_dots_in_an_address_do_not_lead_around_the_rules(folder):
    write(folder / ".aiignore", "private/\n")
    project = Project([folder])
    base = uri_of_path(folder)
    assert not project.verdict_for_document(f"{base}/open/../private/a.py").allowed
    assert not project.verdict_for_document(f"{base}/open/%2E%2E/private/a.py").allowed


@given(st.text(max_size=60))
def test_no_address_raises(uri):
    project = Project([])
    for address in (uri, "file:///" + uri, "file://" + uri, "untitled:" + uri):
        assert isinstance(project.verdict_for_document(address).allowed, bool)


# ---------------------------------------------------------------------------------------------------- ignore files


@pytest.mark.parametrize("name", IGNORE_FILES)
def test_ai_ignore_files_hold_at_all_levels(folder, name):
    write(folder / "sub" / name, "secret*.py\n!secret_not.py\n")
    for path in ("sub/secret.py", "sub/deep/secret2.py", "sub/secret_not.py", "secret.py"):
        write(folder / path)
    project = Project([folder])
    for path, allowed in (
        ("sub/secret.py", False),
        ("sub/deep/secret2.py", False),
        ("sub/secret_not.py", True),
        ("secret.py", True),
    ):
        assert may_send(project, folder / path) is allowed
        assert may_show(project, folder / path) is allowed


def test_what_git_ignores_may_be_edited_and_is_no_context(folder):
    write(folder / ".gitignore", "*.log.py\ngen/\n")
    write(folder / "sub" / ".gitignore", "!a.log.py\n*.tmp.py\n!good.tmp.py\n")
    write(folder / ".git" / "info" / "exclude", "mine.py\n")
    write(folder / ".cursorindexingignore", "data.py\n")
    project = Project([folder])
    hidden = ["a.log.py", "gen/x.py", "sub/a.log.py", "sub/b.tmp.py", "mine.py", "sub/mine.py", "data.py"]
    for path in (*hidden, "sub/good.tmp.py", "b.tmp.py"):
        write(folder / path)
        assert may_send(project, folder / path)
        assert may_show(project, folder / path) is (path not in hidden)


def test_noai_switches_its_folder_off(folder):
    write(folder / "off" / ".noai", "")
    write(folder / "off" / "deep" / "a.py")
    write(folder / "a.py")
    project = Project([folder])
    assert not may_send(project, folder / "off" / "deep" / "a.py")
    assert not may_show(project, folder / "off" / "deep" / "a.py")
    assert may_show(project, folder / "a.py")
    assert names(project, folder) == ["a.py"]
    write(folder / ".noai", "")
    assert names(Project([folder]), folder) == []


def test_the_rules_of_the_repository_above_the_opened_folder_hold(folder):
    (folder / ".git").mkdir()
    write(folder / ".aiignore", "/backend/private.py\n")
    for name in ("private.py", "open.py"):
        write(folder / "backend" / name)
    project = Project([folder / "backend"])
    assert not may_send(project, folder / "backend" / "private.py")
    assert names(project, folder / "backend") == ["open.py"]
    assert not may_show(project, write(folder / "other.py"))


def unreadable_folder(path):
    path.mkdir()


def unreadable_fifo(path):
    os.mkfifo(path)


def unreadable_loop(path):
    path.symlink_to(path.name)


def unreadable_dangling(path):
    path.symlink_to("nowhere")


def unreadable_outside(path):
    path.symlink_to(write(path.parent.parent / "rules", "# nothing\n"))


def unreadable_large(path):
    path.write_bytes(b"#" * (MAX_BYTES + 1))


def unreadable_bytes(path):
    path.write_bytes("*.log\n".encode("utf-16"))


def unreadable_device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make",
    [
        unreadable_folder,
        unreadable_fifo,
        unreadable_loop,
        unreadable_dangling,
        unreadable_outside,
        unreadable_large,
        unreadable_bytes,
        unreadable_device,
    ],
)
@pytest.mark.parametrize("name", [".aiignore", ".gitignore"])
@pytest.mark.timeout(20)
def test_rules_that_cannot_be_read_deny_and_are_told_once(folder, make, name):
    path = write(folder / "a.py")
    make(folder / name)
    told = []
    clock = Clock()
    project = Project([folder], on_problem=lambda what, why: told.append((what, why)), clock=clock)
    for _ in range(3):
        assert may_send(project, path) is (name == ".gitignore")
        assert not may_show(project, path)
        clock.now += 5
    assert [what for what, _ in told] == [str(folder / name)]
    assert "denied" in told[0][1]


def test_a_link_to_rules_inside_the_folder_is_followed(folder):
    write(folder / "shared.rules", "secret.py\n")
    (folder / ".aiignore").symlink_to("shared.rules")
    clock = Clock()
    project = Project([folder], clock=clock)
    assert not may_show(project, write(folder / "secret.py"))
    assert may_show(project, write(folder / "open.py"))
    write(folder / "shared.rules", "secret.py\nopen.py\n")
    clock.now += 2
    assert not may_show(project, folder / "open.py")


def test_rules_are_read_again_after_a_second_or_when_told(folder):
    path = write(folder / "sub" / "a.py")
    clock = Clock()
    project = Project([folder], clock=clock)
    assert may_send(project, path)
    write(folder / "sub" / ".aiignore", "a.py\n")
    clock.now += 0.5
    assert may_send(project, path)
    clock.now += 0.6
    assert not may_send(project, path)
    (folder / "sub" / ".aiignore").unlink()
    assert not may_send(project, path)
    project.invalidate(folder / "sub" / ".aiignore")
    assert may_send(project, path)
    write(folder / ".git" / "info" / "exclude", "a.py\n")
    project.invalidate(folder / ".git" / "info" / "exclude")
    assert not may_show(project, path)
    write(folder / ".noai")
    project.invalidate()
    assert not may_send(project, path)


def test_a_rule_file_is_not_read_again_while_it_stays_the_same(folder):
    write(folder / ".aiignore", "b.py\n")
    clock = Clock()
    project = Project([folder], clock=clock)
    assert may_send(project, folder / "a.py")
    before = list(project._reader.chain(folder.resolve(), "a.py"))
    clock.now += 10
    assert list(project._reader.chain(folder.resolve(), "a.py")) == before != []


def test_the_users_own_patterns(folder, tmp_path):
    project = Project([folder], extra_deny=["*.secret.py", "/internal/", "!.env"])
    assert not may_send(project, write(folder / "a.SECRET.py"))
    assert not may_send(project, write(tmp_path / "b.secret.py"))
    assert not may_show(project, write(folder / "internal" / "a.py"))
    assert may_show(project, write(folder / "sub" / "internal" / "a.py"))
    assert not may_send(project, write(folder / ".env"))


# ----------------------------------------------------------------------------------------------------------- links


def test_links_out_of_the_folder(folder, tmp_path):
    outside = write(tmp_path / "outside" / "a.py")
    (folder / "file.py").symlink_to(outside)
    (folder / "dir").symlink_to(outside.parent)
    project = Project([folder])
    for path in (folder / "file.py", folder / "dir" / "a.py", folder / "dir" / ".." / "outside" / "a.py"):
        assert not may_show(project, path)
        assert project.verdict_for_context(path).rule == "outside"
    assert names(project, folder) == []


def test_a_link_to_a_secret_under_an_innocent_name(folder, tmp_path):
    write(folder / ".env", "KEY=1\n")
    (folder / "notes.py").symlink_to(".env")
    (folder / "plain").symlink_to(write(tmp_path / ".ssh" / "config").parent)
    project = Project([folder])
    for path in (folder / "notes.py", folder / "plain" / "config"):
        assert not may_send(project, path)
        assert not may_show(project, path)


def test_a_name_that_is_denied_stays_denied_wherever_it_leads(folder):
    write(folder / "plain.py")
    (folder / "key.pem").symlink_to("plain.py")
    project = Project([folder])
    assert not may_send(project, folder / "key.pem")
    assert not may_show(project, folder / "key.pem")


def test_a_link_to_an_ignored_file(folder):
    write(folder / ".aiignore", "private/\n")
    write(folder / "private" / "a.py")
    (folder / "b.py").symlink_to("private/a.py")
    (folder / "c").symlink_to("private")
    project = Project([folder])
    for path in (folder / "b.py", folder / "c" / "a.py"):
        assert not may_send(project, path)
        assert not may_show(project, path)


def test_a_link_from_outside_to_an_ignored_file(folder, tmp_path):
    write(folder / ".aiignore", "a.py\n")
    write(folder / "a.py")
    (tmp_path / "b.py").symlink_to(folder / "a.py")
    assert not may_send(Project([folder]), tmp_path / "b.py")


def test_a_link_inside_the_folder_is_fine_and_loops_end(folder):
    write(folder / "a.py", "a = 1\n")
    (folder / "b.py").symlink_to("a.py")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "again").symlink_to(".")
    project = Project([folder])
    assert project.read_for_context(folder / "b.py") == "a = 1\n"
    assert project.read_for_context(folder / "again" / "again" / "a.py") == "a = 1\n"
    assert not may_show(project, folder / "loop.py")
    assert may_send(project, folder / "loop.py")
    assert names(project, folder) == ["a.py"]


def test_an_opened_folder_that_is_itself_a_link(folder, tmp_path):
    write(folder / "a.py")
    write(folder / "b.py")
    write(folder / ".aiignore", "b.py\n")
    (tmp_path / "link").symlink_to(folder)
    project = Project([tmp_path / "link"])
    for root in (folder, tmp_path / "link"):
        assert may_show(project, root / "a.py")
        assert not may_send(project, root / "b.py")
    assert names(project, tmp_path / "link") == ["a.py"]
    assert project.folders == (tmp_path / "link",)


def test_two_folders_one_in_the_other(folder):
    write(folder / ".aiignore", "inner/secret.py\n")
    for name in ("inner/secret.py", "inner/a.py", "b.py"):
        write(folder / name)
    project = Project([folder / "inner", folder])
    assert not may_send(project, folder / "inner" / "secret.py")
    assert names(project, folder) == ["inner/a.py", "b.py"]


def test_an_opened_folder_that_is_denied_itself(tmp_path):
    path = write(tmp_path / ".ssh" / "config")
    project = Project([path.parent])
    assert not may_send(project, path)
    assert not may_show(project, path)


# --------------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\rc", "a\r\nb\rc"),
        ("ünï😀\n".encode(), "ünï😀\n"),
        (b"\xef\xbb\xbfa = 1", "a = 1"),
        (b"", ""),
        (b"a" * MAX_BYTES, "a" * MAX_BYTES),
    ],
    ids=["line ends", "utf-8", "mark", "empty", "as large as may be"],
)
def test_text_comes_as_it_is(folder, data, text):
    assert Project([folder]).read_for_context(write(folder / "a.py", data)) == text


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a" * (MAX_BYTES + 1), "larger"),
        (b"MZ\0\0", "not a text"),
        (b"caf\xe9", "UTF-8"),
        ("x".encode("utf-16"), "not a text"),
    ],
    ids=["huge", "binary", "latin-1", "utf-16"],
)
def test_what_is_no_text_is_refused(folder, data, why):
    assert why in reason(Project([folder]).read_for_context(write(folder / "a.py", data)))


@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused_at_once(folder, monkeypatch):
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    monkeypatch.chdir(folder)  # the name that a socket is bound to must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.py")
    project = Project([folder])
    for name in ("pipe.py", "folder.py", "socket.py"):
        assert "regular file" in reason(project.read_for_context(folder / name))
    assert reason(project.read_for_context(folder / "missing.py")) == "it does not exist"
    assert isinstance(project.read_for_context(Path("a\0b")), Refused)
    assert names(project, folder) == []
    assert isinstance(Project([Path("/dev")]).read_for_context(Path("/dev/zero")), Refused)


def test_a_link_put_in_place_at_the_last_moment_is_not_followed(folder):
    write(folder / "a.py")
    (folder / "b.py").symlink_to("a.py")
    assert "regular file" in reason(read_regular(str(folder / "b.py"), 100))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "link", "other file"])
def test_a_file_that_is_replaced_between_looking_and_opening(folder, tmp_path, monkeypatch, kind):
    path = write(folder / "a.py")
    other = write(tmp_path / "secret", "secret")
    real = os.lstat

    def look_and_replace(name, **more):
        info = real(name, **more)
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "link":
            path.symlink_to(other)
        else:
            os.link(other, path)
        return info

    monkeypatch.setattr(os, "lstat", look_and_replace)
    answer = read_regular(str(path), 100)
    monkeypatch.undo()
    assert isinstance(answer, Refused)


def test_a_folder_that_becomes_a_link_while_its_file_is_read(folder, tmp_path, monkeypatch):
    path = write(folder / "sub" / "a.py")
    write(tmp_path / "outside" / "a.py", "secret")
    project = Project([folder])
    real = os.lstat

    def replace_and_look(name, **more):
        # The folders have been found to be no links when the file itself is looked at.
        if os.fspath(name) == str(path):
            monkeypatch.undo()
            (folder / "sub").rename(folder / "was")
            (folder / "sub").symlink_to(tmp_path / "outside")
        return real(name, **more)

    monkeypatch.setattr(os, "lstat", replace_and_look)
    assert "replaced" in reason(project.read_for_context(path))


def test_reading_leaves_no_descriptor_open(folder):
    write(folder / "a.py", b"a" * (MAX_BYTES + 1))
    write(folder / "b.py")
    os.mkfifo(folder / "c.py")
    project = Project([folder])
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        for name in ("a.py", "b.py", "c.py"):
            project.read_for_context(folder / name)
        list(project.files())
    assert len(os.listdir("/proc/self/fd")) == before


# ------------------------------------------------------------------------------------------------------- the walk


def test_the_walk_is_ordered_and_leaves_out_what_must_not_be_seen(folder):
    wanted = ["a.py", "b.ts", "notes.txt", "lib/c.py", "src/a.py", "src/deep/z.go"]
    for name in (
        *wanted,
        ".env",
        "key.pem",
        "picture.png",
        "ignored.py",
        "node_modules/m/i.js",
        ".venv/x.py",
        "Build/x.py",
    ):
        write(folder / name)
    for name in ("__pycache__/x.py", "dist/x.js", "target/x.rs", "vendor/x.go", ".git/x.py", "gen/a/x.py"):
        write(folder / name)
    write(folder / "large.py", b"#" * (MAX_BYTES + 1))
    write(folder / ".gitignore", "ignored.py\ngen/\n")
    project = Project([folder])
    assert names(project, folder) == wanted
    assert names(project, folder, limit=3) == wanted[:3]
    assert names(project, folder, limit=0) == []
    assert names(project, folder, languages={"python"}) == ["a.py", "lib/c.py", "src/a.py"]
    assert names(project, folder) == names(Project([folder]), folder)
    for path in project.files():
        assert isinstance(project.read_for_context(path), str)


def test_an_ignored_folder_is_not_entered(folder, monkeypatch):
    write(folder / ".gitignore", "gen/\n")
    write(folder / "gen" / "deep" / "x.py")
    write(folder / "src" / "x.py")
    entered = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: entered.append(Path(path).name) or real(path))
    assert names(Project([folder]), folder) == ["src/x.py"]
    assert entered == [folder.name, "src"]


def test_a_walk_ends_at_the_next_folder_when_it_is_not_wanted_any_more(folder):
    for name in ("a.py", "b/b.py", "c/c.py"):
        write(folder / name)
    said = iter([False, False, True])
    assert names(Project([folder]), folder, unwanted=lambda: next(said)) == ["a.py", "b/b.py"]


def test_a_folder_of_very_many_entries_is_left_out(folder):
    first = write(folder / "data" / "0.py")
    for number in range(1, 20_001):
        os.link(first, folder / "data" / f"{number}.py")
    write(folder / "a.py")
    project = Project([folder])
    assert names(project, folder) == ["a.py"]
    (folder / "data" / "20000.py").unlink()
    assert len(names(project, folder, limit=50)) == 50


def test_a_deep_tree_ends(folder):
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
        write(deep / "a.py")
    assert len(names(Project([folder]), folder)) == 40


def test_folders_that_are_gone(tmp_path):
    project = Project([tmp_path / "gone"])
    assert list(project.files()) == []
    assert may_send(project, tmp_path / "gone" / "a.py")


# ------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("uri", "posix", "windows"),
    [
        ("file:///home/me/a.py", "/home/me/a.py", "/home/me/a.py"),
        ("file:/home/me/a.py", "/home/me/a.py", "/home/me/a.py"),
        ("FILE://localhost/a", "/a", "/a"),
        ("file:///c%3A/x/a%20b.py", "/c:/x/a b.py", "c:/x/a b.py"),
        ("file:///C:/x", "/C:/x", "C:/x"),
        ("file://server/share/a%20b.py", None, "\\\\server\\share\\a b.py"),
        ("file:///a%23b?x=1#y", "/a#b", "/a#b"),
        ("file:///%C3%BC", "/ü", "/ü"),
        ("file:a.py", None, None),
        ("file:", None, None),
        ("file:///a%00b", None, None),
        ("untitled:a.py", None, None),
        ("/home/me/a.py", None, None),
        ("", None, None),
    ],
)
def test_paths_of_addresses(uri, posix, windows):
    assert local_path(uri, windows=False) == posix
    assert local_path(uri, windows=True) == windows


@given(st.binary(min_size=1, max_size=40).map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_")))
def test_a_path_comes_back_from_its_address(name):
    path = Path("/work") / os.fsdecode(name)
    if path.name not in {"", ".", ".."}:
        assert path_of_uri(uri_of_path(path)) == path


def test_a_relative_path_gets_an_absolute_address(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert uri_of_path(Path("sub/../a b.py")) == f"{folder.as_uri()}/a%20b.py"


def test_the_path_part_of_other_addresses():
    assert path_of_other("untitled:C%3A%5Cx%5C.env") == "C:/x/.env"
    assert path_of_other("git://host/a/b?c#d") == "/a/b"
