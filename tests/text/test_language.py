"""Languages by identifier and by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.text import language


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", "python"),
        ("/src/A.PYI", "python"),
        ("C:\\src\\a.tsx", "typescriptreact"),
        ("types.d.ts", "typescript"),
        ("Dockerfile", "dockerfile"),
        ("sub.py/Makefile", "makefile"),
        ("LICENSE", "plaintext"),
        ("dir.py/LICENSE", "plaintext"),
        ("a.unknown", "plaintext"),
        ("", "plaintext"),
    ],
)
def test_languages_by_path(path, expected):
    assert language.by_path(path).id == expected


@pytest.mark.parametrize(
    ("identifier", "path", "expected"),
    [
        ("python", "a.txt", "python"),
        ("PYTHON", "", "python"),
        ("typescript.tsx", "", "typescriptreact"),
        ("plaintext", "a.go", "go"),
        ("", "a.rs", "rust"),
        ("text", "notes", "plaintext"),
        ("klingon", "a.py", "klingon"),
    ],
)
def test_the_editor_knows_best_unless_it_does_not_know(identifier, path, expected):
    assert language.identify(identifier, path).id == expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_name_is_some_language(identifier, path):
    assert language.by_id(identifier).id
    assert language.by_path(path).id
    assert language.identify(identifier, path).title


def test_identifiers_and_endings_belong_to_one_language_each():
    known = language.known()
    assert len({one.id for one in known}) == len(known)
    endings = [ending for one in known for ending in one.endings]
    assert len(set(endings)) == len(endings)
    for one in known:
        assert language.by_id(one.id) is one
        assert all(ending.startswith(".") and language.by_path(f"a{ending}") is one for ending in one.endings)


def test_families():
    by_id = language.by_id
    assert language.same_family(by_id("javascript"), by_id("typescriptreact"))
    assert not language.same_family(by_id("javascript"), by_id("java"))
    assert language.same_family(by_id("python"), by_id("py"))
