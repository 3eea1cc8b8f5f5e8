"""Key-shaped literals are found, hidden without moving anything, and in time that grows with the text."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.context.key_literals import _KEYS, _NAMED, _keys, _named  # pyright: ignore[reportPrivateUsage]
from caretwise.context.privacy import MARK, by_line, mask, redact
from caretwise.text.snapshot import split_lines

GENERATOR = random.Random(7)
LETTERS = string.ascii_letters + string.digits


def made_up(length, alphabet=LETTERS):
    return "".join(GENERATOR.choice(alphabet) for _ in range(length - 1)) + "7"


HEX = "0123456789abcdef"
KEYS = {
    "openai": "sk-" + made_up(48),
    "openai project": "sk-proj-" + made_up(40, LETTERS + "-_"),
    "anthropic": "sk-ant-api03-" + made_up(90, LETTERS + "-_"),
    "moonshot": "sk-" + made_up(48),
    "deepseek": "sk-" + made_up(32, HEX),
    "no digits": "sk-" + "abcdefghij" * 3,
    "openrouter": "sk-or-v1-" + made_up(64, HEX),
    "github": "ghp_" + made_up(36),
    "github oauth": "gho_" + made_up(36),
    "github fine": "github_pat_" + made_up(22) + "_" + made_up(59),
    "gitlab": "glpat-" + made_up(20),
    "slack": "xoxb-123456789012-123456789012-" + made_up(24),
    "slack app": "xoxa-2-" + made_up(24),
    "slack user": "xoxp-" + made_up(24),
    "aws": "AKIA" + "ABCDEFGHIJ234567",
    "aws session": "ASIA" + "ABCDEFGHIJ234567",
    "google": "AIza" + made_up(35),
    "stripe": "sk_live_" + made_up(24),
    "npm": "npm_" + made_up(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + made_up(60),
    "hugging face": "hf_" + made_up(34),
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + made_up(43),
    "bearer": "Bearer " + made_up(30),
}
NAMED = [
    'password = "{}"',
    "password: str = '{}'",
    "PASSWORD := `{}`",
    'db_password="{}"',
    '"password": "{}",',
    "api_key: '{}'",
    'const apiKey: string = "{}";',
    'let client_secret = "{}"',
    'config["secret_key"] = "{}"',
    'token = "{}"',
    'accessToken: "{}"',
    'aws_secret_access_key = b"{}"',
    "'passphrase' => '{}'",
    'password = """{}"""',
    'password = "{}',
    "api_key: {}",
    "export API_KEY={}",
    "postgres://admin:{}@localhost/db",
    "https://x:{}@example.com/a.git",
]
HARMLESS = [
    'password = ""',
    'password = "changeme"',
    'password = "xxx"',
    'password = "xxxxxxxx"',
    'password = "<your password>"',
    'password = "${DB_PASSWORD}"',
    "password = '{{ vault_password }}'",
    'password = os.environ["PASSWORD"]',
    'password = "os.environ"',
    "api_key: 'your-api-key'",
    "api_key = settings.api_key",
    "secret = read_secret(path)",
    'if token == "identifier":',
    'token = "keyword"',
    'tokenizer = "cl100k_base_2024"',
    'label = {"password": "Enter your password"}',
    "password: string;",
    "postgres://user:password@localhost/db",
    "postgres://user:${PASS}@localhost/db",
    "http://localhost:8000/a@b",
    '<div class="sk-loading-indicator-wrapper">',
    "task-management-and-planning-system1",
    "eyJ is how such a token begins",
    "AKIA",
    'if "-----BEGIN RSA PRIVATE KEY-----" in text:\n    raise ValueError("no keys, please")\n',
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
]
BODY = "\n".join(made_up(64, LETTERS + "+/") for _ in range(12)) + "\n" + made_up(30) + "==\n"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_keys_are_hidden_wherever_they_stand(key):
    for text in (key, f'call("{key}")', f"# {key}\nnext\n", f"a,{key};b", f"x={key}"):
        masked = mask(text)
        assert key not in masked.text
        assert masked == type(masked)(text.replace(key, MARK * len(key)), 1)


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("value", ["hunter2-Hunter2x90", "Tr0ub4dor3and3horses"])
def test_literals_with_the_name_of_a_secret_are_hidden(form, value):
    text = "before()\n" + form.format(value) + "\nafter()\n"
    assert mask(text).text == text.replace(value, MARK * len(value))


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text):
    assert mask(text) == type(mask(""))(text, 0)


def test_other_code_around_a_key_stays():
    text = f'def f(a):\r\n    key = "{KEYS["openai"]}"  # ünïcode 😀\r\n    return a\r\n'
    assert mask(text).text == text.replace(KEYS["openai"], MARK * len(KEYS["openai"]))


def test_escaped_quotes_belong_to_the_value():
    assert mask(r'password = "a\"b-c" + x').text == f'password = "{MARK * 6}" + x'


def test_a_private_key_is_hidden_between_its_marks():
    masked = mask(f"a = 1\n{PEM}b = 2\n")
    assert masked.count == 1
    assert masked.text.startswith("a = 1\n-----BEGIN RSA PRIVATE KEY-----\n" + MARK * 64 + "\n")
    assert masked.text.endswith("-----END RSA PRIVATE KEY-----\nb = 2\n")
    assert not any(line in masked.text for line in BODY.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        f"a = 1\n-----BEGIN PRIVATE KEY-----\n{BODY}\n\ndef g(): pass\n",
        f"{BODY}-----END PRIVATE KEY-----\ndef g(): pass\n",
        'k = "-----BEGIN EC PRIVATE KEY-----\\n'
        + "\\n".join(BODY.splitlines())
        + '\\n-----END EC PRIVATE KEY-----"\ndef g(): pass\n',
    ],
    ids=["no end", "no beginning", "in one string"],
)
def test_a_part_of_a_private_key_is_hidden_and_code_after_it_stays(text):
    masked = mask(text).text
    assert not any(line in masked for line in BODY.splitlines())
    assert masked.endswith("def g(): pass\n")


def test_two_keys_are_two():
    assert mask(f"{KEYS['aws']} {KEYS['github']}").count == 2
    assert mask(f'password = "{KEYS["github"]}"').count == 1


pieces = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *KEYS.values(),
            *NAMED,
            *HARMLESS,
            PEM,
            "password = ",
            '"',
            "'",
            "\r\n",
            "\r",
            "\n",
            "-----BEGIN PRIVATE KEY-----",
            "sk-",
            "://a:",
            "@",
        ]
    ),
)


@given(st.lists(pieces, max_size=8).map("".join))
def test_nothing_moves_and_masking_twice_changes_nothing(text):
    masked = mask(text)
    assert len(masked.text) == len(text)
    assert [len(line) for line in split_lines(masked.text)] == [len(line) for line in split_lines(text)]
    assert all(new in {old, MARK} for old, new in zip(text, masked.text, strict=True))
    assert (masked.count > 0) == (masked.text != text)
    assert mask(masked.text).text == masked.text


def test_redact_removes_known_values_and_keys():
    text = f"401: key my-own-key-1 (my-own-key) refused, also {KEYS['openai']}"
    said = redact(text, ["my-own-key", "my-own-key-1", "", "4"])
    assert said.startswith("401: key [redacted] ([redacted]) refused, also ")
    assert KEYS["openai"] not in said
    assert redact("plain", []) == "plain"


HOSTILE = {
    "prefixes": "sk-",
    "half tokens": "eyJa-",
    "token parts": "eyJaaaaaaaaaaa.",
    "opened blocks": "-----BEGIN PRIVATE KEY-----",
    "closed blocks": "A" * 20 + "-----END PRIVATE KEY-----",
    "marks and base64": "-----BEGIN PRIVATE KEY-----\n" + "A" * 60,
    "users": "://a:",
    "names": "password:",
    "names and blanks": "password" + " " * 40,
    "unclosed quotes": "token='",
    "labels": 'password="password password ',
    "backslashes": 'password="\\',
    "bearers": "Bearer a-a-a-",
    "sendgrid": "SG.aaaaaaaaaaaaaaaaaaaaa.",
    "base64": "A",
    "blanks": " ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_text_and_not_with_its_square(unit):
    def seconds(size):
        text = (unit * (size // len(unit) + 1))[:size]
        times = []
        for _ in range(2):
            began = time.process_time()
            mask(text)
            times.append(time.process_time() - began)
        return min(times)

    small, large = seconds(1 << 19), seconds(1 << 20)
    assert large < 4 * small + 0.05
    assert large < 5


WORDS = """passwd Password passphrase pwd xpwd secret token api_key API-KEY access _key private-key authkey [ ] 1 = := =>
: ' " abcDEF0123456789zz İ ſ""".split()  # noqa: SIM905 - a list of words is easier to read


@given(st.lists(st.sampled_from([*WORDS, " ", "\n"]), max_size=12).map("".join))
def test_literals_with_names_are_found_where_the_whole_pattern_finds_them(text):
    assert [one.span() for one in _named(text)] == [one.span() for one in _NAMED.finditer(text)]


PARTS = [
    *(
        "sk-",
        "sk-ant-",
        "github_pat_",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "ghx_",
        "glpat-",
        "xoxb-",
        "xapp-",
        "AKIA",
        "ASIA",
    ),
    *(
        "AIza",
        "GOCSPX-",
        "ya29.",
        "sk_live_",
        "rk_test_",
        "whsec_",
        "npm_",
        "pypi-Ag",
        "hf_",
        "gsk_",
        "xai-",
        "pplx-",
        "dop_v1_",
    ),
    *(
        "SG.",
        "eyJ",
        "Bearer ",
        "bearer ",
        "earer ",
        HEX * 2,
        "a1B2c3D4e5F6g7H8",
        "ABCDEFGH01234567",
        ".",
        "-",
        "_",
        " ",
        "x",
    ),
    *("\n", "\r\n", "\r", '"', "\\", "password = ", "token: ", "https://u:", "@h", "é", "\u017f", "\u0130", "\u2028"),
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)


@given(TEXTS)
def test_keys_are_found_where_one_of_their_words_stands(text):
    assert [found.span() for found in _keys(text)] == [found.span() for found in _KEYS.finditer(text)]


@given(TEXTS)
def test_a_text_without_private_keys_may_be_masked_line_by_line(text):
    if by_line(text):
        assert "".join(mask(line).text for line in split_lines(text)) == mask(text).text
