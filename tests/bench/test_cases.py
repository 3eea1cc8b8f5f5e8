import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.bench.cases import read_cases


@pytest.mark.parametrize(
    ("entry", "prefix", "answer", "suffix", "language"),
    [
        ({"task_id": "T/1", "prompt": "def f():\n    ", "canonical_solution": "return 1", "suffix": "\n"},
         "def f():\n    ", "return 1", "\n", "python"),
        ({"prompt": "x.", "groundtruth": "y()", "right_context": ";", "metadata": {"task_id": "7", "file": "src/a.ts"}},
         "x.", "y()", ";", "typescript"),
        ({"prompt": "int f() { {{completion}} }", "ground_truth": "return 1;", "lang": "java"},
         "int f() { ", "return 1;", " }", "java"),
        ({"import_statement": "import a.B;", "cropped_code": "class C {", "next_line": "    B b;", "file_path": "src/C.java"},
         "import a.B;\n\nclass C {\n", "    B b;", "", "java"),
        ({"prefix": "a", "answer": "b", "suffix": "c", "language": "go"}, "a", "b", "c", "go"),
    ],
)  # fmt: skip
def test_the_forms_of_public_sets(entry, prefix, answer, suffix, language):
    (hole,) = read_cases("\n" + json.dumps(entry) + "\n")
    assert (hole.prefix, hole.answer, hole.suffix, hole.language.id) == (prefix, answer, suffix, language)


@pytest.mark.parametrize("text", ["{", "[1]", '{"prompt": "x"}', '{"prefix": 1, "answer": "a", "suffix": "b"}'])
def test_what_is_of_no_known_form_is_said_with_its_line(text):
    with pytest.raises(ValueError, match="line 2"):
        read_cases('{"prefix": "a", "answer": "b", "suffix": "c"}\n' + text)


@given(st.dictionaries(st.sampled_from(["prompt", "suffix", "canonical_solution", "metadata", "lang", "ground_truth", "path"]),
                       st.one_of(st.text(max_size=20), st.none(), st.integers(), st.dictionaries(st.text(max_size=4), st.text()))))  # fmt: skip
def test_nothing_but_a_value_error_comes_of_bad_input(entry):
    with contextlib.suppress(ValueError):
        read_cases(json.dumps(entry))
