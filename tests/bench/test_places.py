import pytest

from caretwise.bench.places import places
from caretwise.text.language import by_id, by_path

PYTHON = '''"""Doc."""
import os

# a comment that is long enough
TABLE = """
not = code
"""


class Cart:
    def total(self, items, tax):
        net = sum(item.price for item in items)
        if tax:
            net = net * tax
            self.notes.append(net)
        return net
'''

GO = """package cart

import "fmt"

func Total(items []Item) int {
	net := 0
	for _, item := range items {
		net += item.Price
		fmt.Println(net)
	}
	return net
}
"""

TYPESCRIPT = """import { Item } from "./item";

export class Cart {
  total(items: Item[]): number {
    let net = 0;
    for (const item of items) {
      net += item.price;
      this.notes.push(net);
    }
    return net;
  }
}
"""


def lines_of(text, language, kind):
    lines = text.split("\n")
    return [
        "\n".join(lines[place.line : place.last_line + 1])[place.column :]
        for place in places(text, by_id(language))[kind]
    ]


def test_comments_imports_and_strings_over_lines_hold_no_place():
    found = lines_of(PYTHON, "python", "line")
    assert found[0] == "class Cart:"
    assert not {"import os", "not = code", "# a comment that is long enough"} & set(found)


@pytest.mark.parametrize(
    ("text", "language", "body", "block"),
    [
        (PYTHON, "python", "net = sum(", "net = net * tax\n            self.notes.append(net)"),
        (GO, "go", "net := 0", "net += item.Price\n\t\tfmt.Println(net)"),
        (TYPESCRIPT, "typescript", "let net = 0;", "net += item.price;\n      this.notes.push(net);"),
    ],
)
def test_a_function_has_a_body_and_what_another_line_opens_is_a_block(text, language, body, block):
    (found,) = lines_of(text, language, "body")
    assert found.startswith(body)
    assert found.rstrip().endswith(("return net", "return net;"))
    assert lines_of(text, language, "block") == [block]


def test_without_a_grammar_indentation_and_words_do():
    text = (
        "function greet()\n  print('hello there')\n  return 1\nend\nif x then {\n  first_thing()\n  second_thing()\n}\n"
    )
    text = text.replace("greet()", "greet() {")
    found = places(text, by_path("a.lua"))
    assert [place.line for place in found["body"]] == [1]
    assert [place.line for place in found["block"]] == [5]


def test_people_stop_behind_punctuation_more_often_than_inside_a_word():
    found = {place.column: place.weight for place in places("total = price(item)\n", by_id("python"))["tail"]}
    assert found[len("total = ")] == 10
    assert found[len("total = price(")] == 10
    assert found[2] == 1
    assert len("total =") not in found  # before a blank
