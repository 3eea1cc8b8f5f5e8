"""Which files are denied or ignored; what is asked about patterns is compared with git itself."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from caretwise.context.privacy import (
    BUILT_IN_DENY,
    CONTEXT_IGNORE_FILES,
    IGNORE_FILES,
    MAX_PATTERNS,
    MAX_RULE_CHARACTERS,
    RuleFile,
    Rules,
)

DENIED = {
    ".env": ".env",
    ".env.*": ".env.production",
    "*.env": "docker.env",
    ".envrc": ".envrc",
    ".dev.vars": ".dev.vars",
    "*.pem": "server.pem",
    "*.key": "server.key",
    "*.p12": "a.p12",
    "*.pfx": "a.pfx",
    "*.jks": "a.jks",
    "*.keystore": "debug.keystore",
    "*.kdbx": "mine.kdbx",
    "*.asc": "private.asc",
    "*.gpg": "x.gpg",
    "*.age": "x.age",
    "*.ppk": "putty.ppk",
    "id_rsa*": "id_rsa_work",
    "id_dsa*": "id_dsa",
    "id_ecdsa*": "id_ecdsa",
    "id_ed25519*": "id_ed25519",
    ".npmrc": ".npmrc",
    ".pypirc": ".pypirc",
    ".netrc": ".netrc",
    "_netrc": "_netrc",
    ".htpasswd": ".htpasswd",
    ".pgpass": ".pgpass",
    ".my.cnf": ".my.cnf",
    ".git-credentials": ".git-credentials",
    ".dockercfg": ".dockercfg",
    "credentials": "credentials",
    "credentials.json": "credentials.json",
    "secrets.yml": "secrets.yml",
    "secrets.yaml": "secrets.yaml",
    "secrets.json": "secrets.json",
    "secrets.toml": "secrets.toml",
    "*.tfvars": "prod.tfvars",
    "*.tfstate*": "terraform.tfstate.backup",
    "service-account*.json": "service-account-7.json",
    "*.sqlite": "a.sqlite",
    "*.db": "a.db",
    ".env/": ".env/production",
    ".git/": ".git/config",
    ".ssh/": ".ssh/config",
    ".aws/": ".aws/config",
    ".azure/": ".azure/tokens",
    ".gnupg/": ".gnupg/secring",
    ".kube/": ".kube/config",
    ".docker/": ".docker/config.json",
    ".config/gcloud/": ".config/gcloud/x/y",
}
ALLOWED = [
    ".env.example",
    ".env.sample",
    ".ENV.TEMPLATE",
    "id_rsa.pub",
    "id_ed25519_work.pub",
    "environment.py",
    "config.json",
    "settings.json",
    "keys.py",
    "credentials/reader.py",
    "secrets.py",
    ".github/workflows/ci.yml",
    ".gitignore",
    "git/config",
    "config/gcloud/x",
    "db.py",
]


def judge(rules, path, *, real_path=None, as_context=True):
    return rules.verdict(path, real_path=real_path, as_context=as_context)


def allowed(text, path, *, name=".aiignore", folder="", as_context=True, **more):
    return judge(Rules([RuleFile(folder, name, text)], **more), path, as_context=as_context).allowed


def test_every_built_in_entry_has_an_example():
    assert set(DENIED) == {entry for entry in BUILT_IN_DENY if not entry.startswith("!")}


@pytest.mark.parametrize(("entry", "path"), DENIED.items())
def test_built_in_entry_denies_in_any_folder_and_case(entry, path):
    for spelling in (path, path.upper(), f"src/deep/{path}", f"/home/me/{path}"):
        verdict = judge(Rules(()), spelling, as_context=False)
        assert not verdict.allowed
        assert verdict.rule == entry
        assert entry in verdict.reason


@pytest.mark.parametrize("path", ALLOWED)
def test_ordinary_names_are_not_denied(path):
    assert judge(Rules(()), path).allowed


@pytest.mark.parametrize(
    "path", [".env.", ".env ", ".env::$DATA", ".e\u200cnv", ".git\u200d/config", "\uff0eenv", "\u212aey.\u212aey"]
)
def test_spellings_that_file_systems_take_for_the_same_name(path):
    assert not judge(Rules(()), path).allowed


def test_the_real_path_counts_as_well():
    assert not judge(Rules(()), "notes.txt", real_path=".env").allowed
    assert not judge(Rules(()), "notes.txt", real_path="/home/me/.ssh/config", as_context=False).allowed
    assert not judge(Rules([RuleFile("", ".aiignore", "private/")]), "notes.txt", real_path="private/a.py").allowed


def test_a_file_outside_is_never_context_and_may_be_a_document():
    rules = Rules([RuleFile("", ".aiignore", "*")])
    assert judge(rules, "/srv/a.py", as_context=False).allowed
    assert judge(rules, "C:/srv/a.py", as_context=False).allowed
    assert judge(rules, "/srv/a.py").rule == "outside"
    assert judge(Rules(()), "a.py", real_path="/srv/a.py").rule == "outside"


@pytest.mark.parametrize("path", ["", "a/../b", "./a", "a//b", "a\0b", "x" * 256, "a/" * 3000 + "b"])
def test_paths_that_no_file_here_can_have_are_denied(path):
    assert judge(Rules(()), path, as_context=False).rule == "path"


@pytest.mark.parametrize("name", IGNORE_FILES)
def test_ai_ignore_files_bind_for_documents_too(name):
    assert not allowed("secret.py", "secret.py", name=name, as_context=False)
    assert not allowed("secret.py", "secret.py", name=name)
    assert allowed("secret.py", "open.py", name=name)


@pytest.mark.parametrize("name", CONTEXT_IGNORE_FILES)
def test_git_ignore_files_bind_for_context_only(name):
    assert allowed("gen.py", "gen.py", name=name, as_context=False)
    assert not allowed("gen.py", "gen.py", name=name)


def test_noai_switches_a_folder_off():
    rules = Rules([RuleFile("sub", ".noai", "")])
    verdict = judge(rules, "sub/deep/a.py", as_context=False)
    assert not verdict.allowed
    assert "sub/.noai" in verdict.reason
    assert judge(rules, "subway/a.py").allowed
    assert not judge(Rules([RuleFile("", ".noai", None)]), "a.py", as_context=False).allowed


def test_the_last_match_of_a_file_wins_and_only_the_same_file_takes_back():
    rules = Rules(
        [
            RuleFile("", ".gitignore", "*.log\n!keep.log\n"),
            RuleFile("sub", ".gitignore", "!other.log\n*.tmp\n!good.tmp"),
        ]
    )
    assert judge(rules, "keep.log").allowed
    assert judge(rules, "sub/keep.log").allowed
    assert not judge(rules, "sub/other.log").allowed
    assert not judge(rules, "sub/a.tmp").allowed
    assert judge(rules, "sub/good.tmp").allowed
    assert judge(rules, "a.tmp").allowed


def test_nothing_takes_back_a_built_in_entry():
    rules = Rules([RuleFile("", ".aiignore", "!.env\n!*"), RuleFile("", ".gitignore", "!.env")], ["!.env", "!*"])
    assert judge(rules, ".env").rule == ".env"


def test_the_users_own_patterns_add_and_ignore_case():
    rules = Rules((), ["*.secret", "/internal/", "!ok.secret"])
    assert not judge(rules, "a/B.SECRET", as_context=False).allowed
    assert not judge(rules, "internal/x.py", as_context=False).allowed
    assert not judge(rules, "/elsewhere/x.secret", as_context=False).allowed
    assert judge(rules, "ok.secret").allowed
    assert judge(rules, "a/internal/x.py").allowed


def test_ignoring_case_where_the_file_system_does():
    assert allowed("Private/", "private/a.py")
    assert not allowed("Private/", "private/a.py", ignore_case=True)
    assert not allowed("*.PY", "SUB/a.py", folder="sub", ignore_case=True)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "a" * (MAX_RULE_CHARACTERS + 1),
        "\n".join(f"a{i}" for i in range(MAX_PATTERNS + 1)),
        "\n".join(["*a*b*c"] * 9_000),
    ],
    ids=["unreadable", "too large", "too many patterns", "too many wildcards"],
)
def test_rules_that_cannot_be_used_deny(text):
    rules = Rules([RuleFile("sub", ".aiignore", text)])
    verdict = judge(rules, "sub/a.py", as_context=False)
    assert not verdict.allowed
    assert "cannot be used" in verdict.reason
    assert judge(rules, "a.py").allowed
    assert [name for name, _ in rules.problems()] == ["sub/.aiignore"]


def test_as_many_patterns_as_are_allowed():
    text = "# note\n\n" + "\n".join(f"a{i}" for i in range(MAX_PATTERNS))
    assert not allowed(text, f"a{MAX_PATTERNS - 1}")
    assert allowed(text, "b")


def test_the_rule_is_named():
    assert judge(Rules([RuleFile("a", ".gitignore", "\n# x\n*.log")]), "a/x.log").rule == "a/.gitignore:3: *.log"


def test_a_folder_is_asked_about_with_a_slash():
    rules = Rules([RuleFile("", ".gitignore", "node/\nfile.py")])
    assert not judge(rules, "node/").allowed
    assert judge(rules, "node").allowed
    assert not judge(rules, "x/.git/").allowed
    assert judge(rules, "credentials/").allowed


# ------------------------------------------------------------------------------------------------ the same as git


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True, env=git_environment(), timeout=20)
    return folder


def git_environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def ignored_by_git(repository: Path, text: str, paths: list[str]) -> set[str]:
    (repository / ".gitignore").write_bytes(text.encode())
    asked = subprocess.run(
        ["git", "-C", str(repository), "check-ignore", "--no-index", "-z", "--stdin"],
        input="".join(path + "\0" for path in paths).encode(),
        capture_output=True,
        env=git_environment(),
        timeout=20,
        check=False,
    )
    assert asked.returncode in {0, 1}, asked.stderr
    return set(asked.stdout.decode().split("\0")) - {""}


PARTS = ["a", "b", "ab", "aab", "foo", "foo.log", "x y", "[a]", "a*", "#a", "!a", "B", "b-c", "a\\"]
PATTERN_PARTS = [*PARTS, "*", "**", "?", "a?", "*b", "a*b*", "*a*a*b", "[ab]", "[!a]*", "[a-c]?", "[^b]", "[]a]", "f[[:alpha:]]o", "*.log", "\\#a", "\\!a", "\\*", "a\\*", "foo.*", "[z-a]", "[a", "**b", "a/[b/]", ""]  # fmt: skip
patterns = st.builds(
    lambda bang, parts, end: bang + "/".join(parts) + end,
    st.sampled_from(["", "", "", "!", "/", "!/"]),
    st.lists(st.sampled_from(PATTERN_PARTS), min_size=1, max_size=4),
    st.sampled_from(["", "", "/", " ", "\\ ", "\r", "\t"]),
)
paths = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)


@settings(
    max_examples=150,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(patterns, max_size=6), asked=st.lists(paths, min_size=20, max_size=40, unique=True))
@example(lines=["dir/", "!dir/keep"], asked=["dir/keep", "dir", "dir/x"])
@example(lines=["dir/*", "!dir/keep"], asked=["dir/keep", "dir", "dir/x"])
@example(lines=["foo/**", "!foo/a"], asked=["foo/a", "foo", "foo/b/a"])
@example(lines=["a/**/b/**/foo"], asked=["a/b/foo", "a/x/b/b/b/foo", "a/b", "b/a/b/foo"])
@example(lines=["/*", "!/foo", "/foo/*", "!/foo/a"], asked=["foo/a", "foo/b", "a", "a/b"])
@example(lines=["a\\/a", "\\/b", "a\\\\/b"], asked=["a/a", "b", "a\\/b"])
@example(lines=["/*.log"], asked=["a.log", "b/a.log"])
@example(lines=["/", "//", "!", "\\", "a\\"], asked=["a", "a\\"])
def test_patterns_mean_what_they_mean_to_git(repository, lines, asked):
    text = "\n".join(lines)
    rules = Rules([RuleFile("", ".gitignore", text)])
    mine = {path for path in asked if not judge(rules, path).allowed}
    assert mine == ignored_by_git(repository, text, asked)


def test_two_asterisks_beside_other_characters_are_one():
    """As git's manual has it. git itself takes `a/a**/b` for `a/a` and then `**/b`; so it is left out above."""
    assert not allowed("a/a**/b", "a/ax/b")
    assert allowed("a/a**/b", "a/a/x/b")


def test_one_sign_stands_for_one_character_whatever_its_bytes():
    assert not allowed("caf?.py\n[^a]x", "café.py")
    assert not allowed("[à-ü]x", "éx")
    assert not allowed("\ufeffsecret", "secret")


# ------------------------------------------------------------------------------------------------- bounded in time


@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "*b", "**/a/" * 40 + "b", "[ab]*" * 20 + "c", "a/**/" * 30 + "*a*a*a*b"]
)
def test_hostile_patterns_take_no_time(pattern):
    rules = Rules([RuleFile("", ".aiignore", "\n".join([pattern] * 100))])
    began = time.process_time()
    for path in ("a" * 255, "a/" * 200 + "a" * 255, "ad" * 127):
        assert judge(rules, path).allowed
    assert time.process_time() - began < 2


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=40))
def test_no_text_and_no_path_raises(lines, path):
    for name in (".aiignore", ".gitignore"):
        Rules([RuleFile("", name, "\n".join(lines))], lines).verdict(path, real_path=None, as_context=True)
