import datetime as dt
import subprocess

import pytest

from caretwise.adapters.git import Repository

DAY = dt.date(2026, 1, 1)


@pytest.fixture
def folder(tmp_path):
    top = tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    commit(top, "init", "-q")
    (top / "inner" / "a.py").write_text("old = 1\n")
    (top / "outside.py").write_text("")
    commit(top, "add", ".")
    commit(top, "commit", "-qm", "one", date="2020-06-01T00:00:00Z")
    return top


def commit(folder, *words, date="2020-01-01T00:00:00Z"):
    env = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    named = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *named, *words], cwd=folder, env=env, check=True, capture_output=True, timeout=20)


def test_no_repository_is_none(tmp_path):
    assert Repository.of(tmp_path) is None


def test_files_are_those_below_the_folder_relative_to_it(folder):
    (folder / "inner" / "new.py").write_text("")
    found = Repository.of(folder / "inner")
    assert found.tracked() == {"a.py"}
    assert len(found.head()) == 40


def test_lines_by_the_day_of_their_commit(folder):
    text = "old = 1\nnew = 2\n"
    (folder / "inner" / "a.py").write_text(text)
    found = Repository.of(folder / "inner")
    assert found.lines_since("a.py", text, DAY) == frozenset(), "it is not as it was committed"
    commit(folder, "commit", "-qam", "two", date="2026-02-01T00:00:00Z")
    assert found.lines_since("a.py", text, DAY) == {1}


def test_of_a_history_that_is_cut_off_the_oldest_commit_counts_for_nothing(folder, tmp_path):
    (folder / "inner" / "a.py").write_text("old = 1\nnew = 2\n")
    commit(folder, "commit", "-qam", "two", date="2026-02-01T00:00:00Z")
    commit(tmp_path, "clone", "-q", "--depth", "1", folder.as_uri(), "shallow")
    shallow = Repository.of(tmp_path / "shallow" / "inner")
    assert shallow is not None
    assert shallow.is_shallow()
    assert shallow.lines_since("a.py", "old = 1\nnew = 2\n", DAY) == frozenset()


def test_a_file_with_other_line_ends_than_it_was_committed_with_has_its_lines(folder):
    found = Repository.of(folder / "inner")
    assert found is not None
    assert found.lines_since("a.py", "old = 1\r\n", dt.date(2020, 1, 1)) == {0}


def test_nothing_that_the_repository_configures_is_run(folder, tmp_path):
    trap = tmp_path / "ran"
    script = tmp_path / "trap.sh"
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o700)
    for key in ("core.fsmonitor", "core.pager", "diff.trap.textconv", "filter.trap.smudge", "filter.trap.clean"):
        commit(folder, "config", key, str(script))
    (folder / ".gitattributes").write_text("*.py diff=trap filter=trap\n")
    found = Repository.of(folder / "inner")
    found.head()
    found.tracked()
    assert found.lines_since("a.py", "old = 1\n", dt.date(2020, 1, 1)) == {0}
    assert not trap.exists()


def test_a_git_of_the_folder_itself_is_not_run(folder, tmp_path, monkeypatch):
    mark = tmp_path / "run"
    program = folder / "git"
    program.write_text(f"#!/bin/sh\ntouch {mark}\necho true\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", ".")
    monkeypatch.chdir(folder)
    assert Repository.of(folder) is None
    assert not mark.exists()
