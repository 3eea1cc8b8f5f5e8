"""What a model is shown beside the part that it may change, and that it fits the budget."""

from __future__ import annotations

import pytest

from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet, Source
from caretwise.repair.evidence import gather
from caretwise.repair.finding import Finding, region
from caretwise.syntax.grammar import parse
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

LONG = (
    "def long(values):\n    total = 0\n"
    + "".join(f"    total += values[{n}]\n" for n in range(300))
    + "    return total\n"
)


def evidence(path: str, text: str, line: int, budget: int = 3000, sources=(), snippets=()) -> str:
    snapshot, language = Snapshot.of(text), by_path(path)
    at = Position(line, len(text.split("\n")[line]) // 2)
    parsed = parse(snapshot, language, at)
    part = region(snapshot, Finding(Range(at, at), ""), parsed)
    return gather(snapshot, part, parsed, snippets, sources, budget=budget, spans=[Range(at, at)]).as_text()


def test_a_function_longer_than_its_part_shows_its_head():
    assert "It stands in:\ndef long(values):\n    total = 0\n" in evidence("a.py", "import os\n\n\n" + LONG, 200)


@pytest.mark.parametrize(
    ("path", "text", "line", "shown"),
    [
        ("a.go", ('package a\n\nimport "fmt"\n\ntype Box struct {\n\tWide int\n}\n\nfunc (b Box) Show() {\n\tfmt.Println(wide(b))\n}\n\n'
         "func wide(b Box) int {\n\treturn b.Wide\n}\n\nfunc use() {\n\tBox{1}.Show()\n}\n"), 9,
         ['import "fmt"', "func wide(b Box) int {\n\treturn b.Wide\n}", "Box{1}.Show()"]),
        ("a.ts", ("import { x } from './x';\n\ninterface Item {\n  price: number;\n}\n\nexport function total(items: Item[]): number {\n"
         "  return items.length;\n}\n\nconst sum = total([]);\n"), 7,
         ["import { x } from './x';", "interface Item {\n  price: number;\n}", "const sum = total([]);"]),
        ("A.java", ("class A {\n  int twice(int n) {\n    return add(n, n);\n  }\n\n  int add(int a, int b) {\n    return a + b;\n  }\n"
         "\n  int four() { return twice(2); }\n}\n"), 2, ["class A {", "int add(int a, int b) {\n    return a + b;", "twice(2)"]),
        ("a.rs", ("use std::fmt;\n\nstruct Box { wide: i32 }\n\nimpl Box {\n    fn area(&self) -> i32 {\n        scale(self.wide)\n    }\n}\n\n"
         "fn scale(n: i32) -> i32 {\n    n * 3\n}\n\nfn main() {\n    Box { wide: 1 }.area();\n}\n"), 6,
         ["use std::fmt;", "impl Box {", "fn scale(n: i32) -> i32 {\n    n * 3\n}", "Box { wide: 1 }.area();"]),
    ],
)  # fmt: skip
def test_definitions_heads_imports_and_calls(path, text, line, shown):
    found = evidence(path, text, line)
    for words in shown:
        assert words in found, found


def test_definitions_and_calls_of_other_files():
    text = "from b import helper\n\n\ndef main(value):\n    return helper(value)\n"
    other = Source(
        "b.py", "import os\n\n\ndef helper(value):\n    return value + 1\n\n\ndef more():\n    return 2\n", "python"
    )
    user = Source("c.py", "from a import main\n\nprint(main(4))\n", "python")
    found = evidence("a.py", text, 4, sources=(other, user))
    assert "def helper(value):\n    return value + 1" in found
    assert "def more" not in found
    assert "print(main(4))  (c.py)" in found


@pytest.mark.parametrize("budget", [0, 10, 100, 1000])
def test_the_budget_holds(budget):
    sources = [Source(f"s{n}.py", f"def values_{n}(total):\n" + "    x = 1\n" * 50, "python") for n in range(10)]
    snippets = [Snippet(f"s{n}.py", 0, "def f():\n    pass\n" * 20, "import", 1.0) for n in range(10)]
    text = (
        "import os\n" * 60 + LONG + "class Total:\n" + "    x = 1\n" * 100 + "\n".join(f"long({n})" for n in range(50))
    )
    found = evidence("a.py", text, 200, budget, sources, snippets)
    # The few words that name each piece come on top.
    assert len(found) <= budget * CHARACTERS_PER_TOKEN + 200
