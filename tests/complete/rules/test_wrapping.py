"""What stands around the code in a raw answer: line ends, tokens, thoughts, tags, fences, sentences."""

from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules.control_characters import control_characters
from caretwise.complete.rules.fences import fences
from caretwise.complete.rules.hole_tags import hole_tags
from caretwise.complete.rules.line_ends import line_ends
from caretwise.complete.rules.prose import prose
from caretwise.complete.rules.search_replace import search_replace
from caretwise.complete.rules.thinking import thinking
from caretwise.complete.rules.tokens import tokens
from caretwise.complete.rules.too_long import MOST, too_long
from caretwise.text.language import by_id


def place(prefix: str = "x = 1\n", language: str = "python", suffix: str = "") -> Place:
    return Place(prefix, suffix, by_id(language), multiline=True, indent_unit="    ")


def test_line_ends():
    assert line_ends(Draft("\ufeffa\r\nb\rc\n"), place()) == Draft("a\nb\nc\n")


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x08",
        "\x0b",
        "\x1b",
        "\x7f",
        "\x85",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\U000e0001",
        "\U000e007f",
        "\ud800",
        chr(0xDFFF),
    ],
)
def test_what_cannot_be_seen_is_dropped_and_named(character: str):
    result = control_characters(Draft(f"x = '{character}'"), place())
    assert isinstance(result, Drop)
    assert f"U+{ord(character):04X}" in result.reason


@pytest.mark.parametrize(
    "text", ["tab\tand\nline", "naïve ½ 東京", "👩\u200d👩\u200d👧", "می\u200cخواهم", "क\u094d\u200dष"]
)
def test_what_can_be_seen_stays(text: str):
    assert control_characters(Draft(text), place()) == Draft(text)


@pytest.mark.parametrize("text", ["admin\u200d_name", "a\u200cb", "\u200d", "a\u200d\u200db"])
def test_joiners_that_join_nothing_are_dropped(text: str):
    assert isinstance(control_characters(Draft(text), place()), Drop)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a\nb</think>\n\nx", "x"),
        ("\n<thinking>a</thinking>x", "x"),
        ("◁think▷a◁/think▷x", "x"),
        ("a b c\n</think>\nx", "x"),
        ("<think></think><think>b</think>x", "x"),
        ("x = 1", "x = 1"),
        ("parts = text.split('</think>')", "parts = text.split('</think>')"),
        ("tag = '<think>'", "tag = '<think>'"),
    ],
)
def test_thoughts(text: str, left: str):
    assert thinking(Draft(text), place()) == Draft(left)


def test_a_tag_that_the_document_uses_is_no_thought():
    assert thinking(Draft("a</think>b"), place("s = f'''\n<think>b</think>\n")) == Draft("a</think>b")


def test_thoughts_without_end():
    assert isinstance(thinking(Draft("<think>well"), place()), Drop)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a<|endoftext|>b", "a"),
        ("<|fim_middle|>a", "a"),
        ("<fim_middle>\n<fim_suffix>a", "a"),
        ("a</s>", "a"),
        ("a</s> </s>\n", "a"),
        ("a[SUFFIX]", "a"),
        ("a = b[SUFFIX] + 1", "a = b[SUFFIX] + 1"),
        ("stop = '<|endoftext|>'", "stop = '<|endoftext|>'"),
        ("a<｜end▁of▁sentence｜>", "a"),
        ("if a < b | c > d: pass", "if a < b | c > d: pass"),
    ],
)
def test_tokens(text: str, left: str):
    assert tokens(Draft(text), place()) == Draft(left)


def test_tokens_that_the_document_holds_are_code():
    text = "STOP = <|im_end|>"
    assert tokens(Draft(text), place("A = <|im_end|>\n")) == Draft(text)
    assert tokens(Draft("old</s>"), place("<s>older</s>\n", "html")) == Draft("old</s>")


def test_a_long_answer_is_cut_at_a_line_end():
    line = "x" * 99 + "\n"
    assert too_long(Draft(line * 200), place()) == Draft((line * 80)[:-1])
    assert too_long(Draft("x" * MOST + "y"), place()) == Draft("x" * MOST)
    assert too_long(Draft("x" * MOST), place()) == Draft("x" * MOST)


BLOCK = "<<<<<<< SEARCH\nreturn <hole/>\n=======\nreturn x\n>>>>>>> REPLACE"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (BLOCK, "return x"),
        ("I filled the hole.\n\n```\n" + BLOCK + "\n```\n", "return x"),
        (BLOCK.removesuffix("\n>>>>>>> REPLACE"), "return x"),
        (BLOCK + "\n\n" + BLOCK, "return x"),
        ("return x", "return x"),
        ("<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE", "x"),
    ],
)
def test_search_and_replace_blocks(text: str, left: str):
    assert search_replace(Draft(text), place("return ")) == Draft(left)


def test_search_and_replace_blocks_that_are_of_no_use():
    assert isinstance(search_replace(Draft("<<<<<<< SEARCH\na\n"), place()), Drop)
    assert isinstance(search_replace(Draft("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE"), place()), Drop)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("x = ", "<completion>1</completion>", "1"),
        ("x = ", "<COMPLETION>1</COMPLETION> done", "1"),
        ("x = ", "Here it is:\n<completion>1</completion>", "1"),
        ("x = ", "<completion>1", "1"),
        ("x = ", "1</completion>", "1"),
        ("def f():", "<completion>\n    return 1\n</completion>", "\n    return 1\n"),
        ("    ", "<completion>\n    return 1\n</completion>", "    return 1\n"),
        ("x = ", "<hole/>1", "1"),
        ("x = ", "1‸", "1"),
        ("x = ", "a < b > c", "a < b > c"),
        ("x = ", "f(List<Answer>())", "f(List<Answer>())"),
    ],
)
def test_tags(prefix: str, text: str, left: str):
    assert hole_tags(Draft(text), place(prefix)) == Draft(left)


def test_tags_of_markup_are_content():
    text = "<code>x</code>"
    assert hole_tags(Draft(text), place("return ", "typescriptreact")) == Draft(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("```python\nx\n```", "x"),
        ("```\nx\n```\n", "x"),
        ("~~~py\nx\n~~~", "x"),
        ("  ```python\nx\n  ```", "x"),
        ("```python title=a.py\nx\n```", "x"),
        ("````\n```\nx\n```\n````", "x"),
        ("```python\nx\ny", "x\ny"),
        ("```python\nx\n```\nand then\n```python\ny\n```", "x"),
        ("Sure!\n\n```python\nx\n```\nThis is x.", "x"),
        ("Here is the code you need:\n```\nx\n```", "x"),
        ("x\n```", "x"),
        ("x\n```\nThis is x.", "x"),
        ("```x```", "x"),
        ("```python x```", "x"),
        ("`x + 1`", "x + 1"),
        ("x = '```'", "x = '```'"),
        ('    """\n    ```\n    f(1)\n    ```\n    """', '    """\n    ```\n    f(1)\n    ```\n    """'),
        ("```python\n\n    x\n```", "\n    x"),
    ],
)
def test_fences(text: str, left: str):
    assert fences(Draft(text), place()) == Draft(left)


def test_backticks_that_are_code():
    assert fences(Draft("`a ${b}`"), place("x = ", "typescript")) == Draft("`a ${b}`")
    assert fences(Draft('`json:"id"`'), place("ID int ", "go")) == Draft('`json:"id"`')


def test_fences_in_markdown_are_content():
    text = "```python\nx\n```"
    assert fences(Draft(text), place("Use it so:\n\n", "markdown")) == Draft(text)
    assert fences(Draft("```markdown\n# Title\n```"), place("", "markdown")) == Draft("# Title")
    assert fences(Draft("x()\n```\n"), place("Use it:\n\n```python\n", "markdown")) == Draft("x()\n```\n")


def test_a_fence_that_closes_the_documents_own_example_is_content():
    text = "/// assert_eq!(f(1), 2);\n```"
    assert fences(Draft(text), place("/// ```\n", "rust")) == Draft(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Here is the completed code:\n\nx = 2", "x = 2"),
        ("Sure!\nx = 2", "x = 2"),
        ("Certainly! Here's the rest of the function:\nx = 2", "x = 2"),
        ("x = 2\n\nThis sets x to two.", "x = 2"),
        ("x = 2\n\n**Explanation:** it sets x.\n- `x` is two\n", "x = 2"),
        ("x = 2\n\nNote: the value is fixed.\n\nLet me know if you need more!", "x = 2"),
        ("x = 2\n# This is a comment.\ny = 3", "x = 2\n# This is a comment.\ny = 3"),
        ("here = 1\nx = 2", "here = 1\nx = 2"),
        ("okay(True)", "okay(True)"),
        ("answer: int = 42", "answer: int = 42"),
        ("output.write(data)\n\nthis.close()", "output.write(data)\n\nthis.close()"),
        ("great = x if y else z:", "great = x if y else z:"),
        ('x = """\n\nThis is text in a string.\n"""', 'x = """\n\nThis is text in a string.\n"""'),
    ],
)
def test_sentences_to_the_user(text: str, left: str):
    assert prose(Draft(text), place()) == Draft(left)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot complete this code without more context.",
        "It seems the code is already complete.",
        "Here is the completed code:",
        "Could you please provide the rest of the file?",
    ],
)
def test_an_answer_of_sentences_alone_is_dropped(text: str):
    assert prose(Draft(text), place()) == Drop("the model answered with a sentence and no code")


@pytest.mark.parametrize("text", ["I cannot come on Monday.", "Here is the list:\n- a", "x\n\nThis is the end of it."])
def test_in_a_letter_sentences_are_content(text: str):
    assert prose(Draft(text), place("Dear all,\n", "plaintext")) == Draft(text)


@pytest.mark.parametrize("prefix", ['def f():\n    """Do it.\n\n    ', "x = '''\n"])
def test_in_a_docstring_sentences_are_content(prefix: str):
    for text in ("Here is how it works:\n    it does.", "I cannot say it better.", "a\n\nThis is it.\n"):
        assert prose(Draft(text), place(prefix)) == Draft(text)


def test_in_a_block_comment_sentences_are_content():
    text = "Here is how it works:\n * it does."
    assert prose(Draft(text), place("/**\n * ", "java")) == Draft(text)
