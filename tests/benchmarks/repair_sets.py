"""Fixes for functions with a known fault: how many right answers are offered, and how many wrong ones are withheld.

    python -m tests.benchmarks.repair_sets [--keep] [--set python|typescript|go ...] [--humanevalfix FILE]
        [--tsc PATH] [--go PATH] [--refusals]

Each of the functions (our own, and those of HumanEvalFix when its file is named) stands in a file with others. The whole
engine is asked for a fix; the model is a loopback server. An oracle gives the right function in six forms; each fix that is
offered is run against the function's test. A hostile model gives six kinds of answers of which none may be offered.

The exit status is 1 when fewer than 98 % of the right answers come through in any form, or when a hostile one is offered.
Tests in TypeScript want `node` and `tsc`, those in Go want `go`; without them fixes are compared with the right text alone.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.repair_engine import run
from tests.benchmarks.repair_forms import HOSTILE, ORACLE
from tests.benchmarks.repair_items import SETS, Item, humanevalfix, items
from tests.benchmarks.repair_proof import Tools, passes, tools
from tests.benchmarks.results import keep

from caretwise.engine.fix import Found

TITLE = "Fixes: right answers offered, hostile ones withheld"
WANTED = 0.98
PUBLIC = "Python, HumanEvalFix"
NAMES = {"python": "Python, our own", "typescript": "TypeScript, our own", "go": "Go, our own"}
HEAD = (
    "| set | answers | functions | offered | right by their tests | the very text | withheld because |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass
class Row:
    title: str
    answers: str
    count: int
    offered: int
    right: int | None
    same: int
    reasons: Counter[str]

    def as_text(self) -> str:
        right = "not run" if self.right is None else f"{self.right} ({100 * self.right / self.count:.1f} %)"
        if self.answers.startswith("hostile"):
            right = "none is"
        reasons = ", ".join(f"{code} {count}" for code, count in self.reasons.most_common())
        return f"| {self.title} | {self.answers} | {self.count} | {self.offered} | {right} | {self.same} | {reasons} |"


class Proofs:
    """Test results by text: the same fix comes in several forms."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._known: dict[tuple[str, str], bool] = {}

    def right(self, item: Item, text: str) -> bool:
        key = item.path, text
        if key not in self._known:
            self._known[key] = passes(item, text, self._tools)
        return self._known[key]


def row_of(title: str, answers: str, chosen: Sequence[Item], found: Sequence[Found], proofs: Proofs | None) -> Row:
    texts = [(item, one.fixes[0].checked.text) for item, one in zip(chosen, found, strict=True) if one.fixes]
    right = None if proofs is None else sum(proofs.right(item, text) for item, text in texts)
    same = sum(text == item.right for item, text in texts)
    reasons = Counter(one.refusals[0].code for one in found if not one.fixes)
    return Row(title, answers, len(chosen), len(texts), right, same, reasons)


def measure(title: str, chosen: Sequence[Item], tools: Tools, *, refusals: bool) -> list[Row]:
    """One row for each form and each kind of hostile answer."""
    proofs = Proofs(tools) if tools.language(chosen[0].language.id) else None
    if proofs is not None:
        wrong = [item.path for item in chosen if proofs.right(item, item.wrong)]
        if wrong:
            raise SystemExit(f"the faulty versions of these pass their tests: {', '.join(wrong)}")
    found = run(chosen, {**ORACLE, **{f"hostile: {kind}": writer for kind, writer in HOSTILE.items()}})
    if refusals:
        show_refusals(chosen, found)
    rows = [row_of(title, answers, chosen, one, proofs) for answers, one in found.items()]
    for row in rows:
        print(row.as_text(), flush=True)
    return rows


def show_refusals(chosen: Sequence[Item], found: Mapping[str, Sequence[Found]]) -> None:
    for answers, results in found.items():
        for item, one in zip(chosen, results, strict=True):
            hostile = answers.startswith("hostile")
            text = one.fixes[0].checked.text if one.fixes else ""
            if one.fixes and (hostile or text != item.right):
                print(f"  {answers}, {item.path}: offered, and not the very text")
            elif not one.fixes and not hostile:
                print(f"  {answers}, {item.path}: {one.refusals[0].code}: {one.refusals[0].reason}")


def missed(row: Row) -> bool:
    if row.answers.startswith("hostile"):
        return row.offered > 0
    right = row.same if row.right is None else row.right
    return right < WANTED * row.count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=SETS, dest="sets")
    parser.add_argument("--humanevalfix", type=Path, help="HumanEvalPack's Python functions, a JSON line each")
    parser.add_argument("--first", type=int, help="only so many functions of each set")
    parser.add_argument("--node", default="")
    parser.add_argument("--tsc", default="")
    parser.add_argument("--go", default="")
    parser.add_argument("--refusals", action="store_true", help="show each right answer that was withheld, and why")
    parser.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    given = parser.parse_args()
    print(HEAD, flush=True)
    found = tools(given.node, given.tsc, given.go)
    sets = {NAMES[name]: items(name) for name in given.sets or SETS}
    if given.humanevalfix:
        sets[PUBLIC] = humanevalfix(given.humanevalfix)
    rows = [
        row
        for title, whole in sets.items()
        for row in measure(title, whole[: given.first], found, refusals=given.refusals)
    ]
    if given.keep:
        table = "\n".join([HEAD, *(row.as_text() for row in rows)])
        keep(
            TITLE, "python -m tests.benchmarks.repair_sets --humanevalfix FILE --keep", table, packages=("tree-sitter",)
        )
    return int(any(missed(row) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
