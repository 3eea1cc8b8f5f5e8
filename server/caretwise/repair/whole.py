"""Answers that give code instead of changes: the whole function, the whole file, or the whole part, fenced or bare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from caretwise.repair.blocks import Part
from caretwise.repair.docstring import with_docstring, without_docstring
from caretwise.repair.imports import needed, statements
from caretwise.repair.indentation import in_steps_of, keeping, moved_block
from caretwise.repair.verification import Refusal
from caretwise.repair.whole_file import trimmed, trimmed_like, whole_file
from caretwise.syntax.functions import Definition, definitions, lines_in_strings
from caretwise.syntax.grammar import Parsed, parse, parse_text
from caretwise.syntax.names import names
from caretwise.text.indent import is_blank, leading, unit
from caretwise.text.language import Language
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`\n]*")
_MOST_LINES = 20_000
_WRAPPED = {"java", "typescript", "tsx", "javascript"}


def code_blocks(answer: str) -> list[str]:
    """The contents of the answer's fences, without those fences; one that is never closed goes to the end."""
    found: list[str] = []
    inside: list[str] | None = None
    mark = ""
    for line in answer.split("\n"):
        fence = _FENCE.fullmatch(line)
        if inside is None:
            if fence:
                inside, mark = [], fence.group(1)
        elif line.strip() and set(line.strip()) == {mark[0]} and len(line.strip()) >= len(mark):
            found.append("\n".join(inside))
            inside = None
        else:
            inside.append(line)
    if inside is not None:
        found.append("\n".join(inside))
    return found


def apply_code(part: Part, answer: str, language: Language) -> Part | Refusal:
    """The part as the answer's code wants it.

    Several fences may quote the code as it was; those that change nothing do not count. When more than one is left, the
    answer is refused.
    """
    fenced = [block for block in code_blocks(answer) if block.strip()]
    wanted: list[Part] = []
    refusals: list[Refusal] = []
    for code in fenced or [answer]:
        found = _applied(part, code.split("\n"), language, bare=not fenced)
        if isinstance(found, Refusal):
            refusals.append(found)
        elif found not in wanted:
            wanted.append(found)
    changing = [one for one in wanted if one.inside != part.inside]
    outside = [one for one in refusals if one.code == "outside_region"]
    if outside:
        return outside[0]
    if len(changing) > 1:
        return Refusal("ambiguous_code", f"the answer gives {len(changing)} different versions of the code")
    return (changing or wanted or refusals)[0]


def _applied(part: Part, lines: list[str], language: Language, *, bare: bool) -> Part | Refusal:
    """One piece of code read as the whole file, else as the whole function, else as the whole part."""
    if len(lines) > _MOST_LINES:
        return Refusal("too_large", "the answer is far too long for a fix")
    lines = trimmed(lines)
    found = whole_file(part, lines)
    if found is None or (isinstance(found, Refusal) and _is_one_definition(lines, language)):
        # A short file that has not much beside the function looks like it.
        found = _function(part, lines, language, bare=bare) or found
    if found is None and not bare:
        found = _whole_part(part, lines)
    nothing = "the answer holds no search/replace block, and no whole function of the part that may be changed"
    return found if found is not None else Refusal("no_block", nothing)


def _is_one_definition(lines: Sequence[str], language: Language) -> bool:
    parsed = parse_text("\n".join(lines), language)
    if parsed is None or parsed.root.has_error:
        return False
    return sum(1 for node in parsed.root.named_children if "comment" not in node.type) == 1


# -- the whole function --------------------------------------------------------------------------------------------


def _function(part: Part, lines: list[str], language: Language, *, bare: bool) -> Part | Refusal | None:
    target = target_function(part, language)
    if target is None:
        return None
    if not target.name:
        return None
    found = _definitions(_from_its_start(lines, target) if bare else lines, language, target.name)
    named = [one for one in found if one[0].name == target.name and one[0].kind == "function"]
    whole = [one for one in named if not one[0].broken]
    if named and not whole:
        return Refusal("parses_worse", f"the answer's {target.name} does not parse")
    if not whole:
        return None
    if len({one[0].text for one in whole}) > 1:
        return Refusal("ambiguous_code", f"the answer gives {target.name} more than once")
    chosen, source, fixed = whole[0]
    others = [one for one, _, _ in found if one is not chosen and not _within(one, chosen)]
    refusal = _others_changed(part, others, (target, chosen), language) if not bare else None
    if refusal is not None:
        return refusal
    replaced = _replaced(part, target, chosen, source, fixed)
    brought = _imports_missing(part, lines, chosen, language)
    return replaced.with_imports(brought) if brought and isinstance(replaced, Part) else replaced


def target_function(part: Part, language: Language) -> Definition | None:
    """The function that the part's lines are, from its first to its last; None when they are something else."""
    parsed = _around(part, language)
    if parsed is None:
        return None
    same = [
        one
        for one in definitions(parsed)
        if one.kind == "function" and one.span.start.line == part.first and one.span.end.line == part.last
    ]
    return same[0] if same else None


def _around(part: Part, language: Language) -> Parsed | None:
    """The document, or as much of a long one around the part as one parse covers."""
    return parse(Snapshot.of("\n".join(part.lines)), language, Position(part.first, 0))


def _from_its_start(lines: list[str], target: Definition) -> list[str]:
    """Bare text from the line on that begins the function: what stands before it is talk."""
    head = re.compile(rf"\b{re.escape(target.name)}\b\s*(?:[(<=:]|\[)")
    word = target.text.split(maxsplit=1)[0]
    for number, line in enumerate(lines):
        if head.search(line) and (line.split()[0] == word or word in line.split() or line.startswith((" ", "\t"))):
            return lines[number:]
    return []


def _definitions(
    lines: Sequence[str], language: Language, name: str
) -> list[tuple[Definition, list[str], frozenset[int]]]:
    """The definitions in the lines, each with the lines it stands in and those that begin inside a string."""
    base = min((leading(line) for line in lines if not is_blank(line)), key=len, default="")
    flat = [line.removeprefix(base) for line in lines]
    found = _parsed(flat, language)
    whole = any(one.name == name and not one.broken for one, _, _ in found)
    if not whole and language.grammar in _WRAPPED:
        # A method alone is no program.
        wrapped = _parsed(["class Wrapped {", *flat, "}"], language)
        found = [one for one in wrapped if one[0].name != "Wrapped"] or found
    return found


def _parsed(lines: list[str], language: Language) -> list[tuple[Definition, list[str], frozenset[int]]]:
    parsed = parse_text("\n".join(lines), language)
    if parsed is None:
        return []
    strings = lines_in_strings(parsed)
    return [(one, lines, strings) for one in definitions(parsed)]


def _within(one: Definition, other: Definition) -> bool:
    return other.span.start <= one.span.start and one.span.end <= other.span.end


def _others_changed(
    part: Part, others: Sequence[Definition], pair: tuple[Definition, Definition], language: Language
) -> Refusal | None:
    """Refused when the answer also rewrites another function, or brings one that the fixed function needs.

    `pair` is the function as it is and as it shall be; one around it may hold either.
    """
    target, chosen = pair
    parsed = _around(part, language)
    here: dict[str, list[str]] = {}
    for one in definitions(parsed) if parsed is not None else ():
        text = _without(one, target)
        # Its text of its own may be left out: it stays, like all of it.
        here.setdefault(one.name, []).extend((_plain(text), _plain(without_docstring(one, text, language))))
    for one in others:
        if one.kind != "function" or not one.name or _plain(_without(one, chosen)) in here.get(one.name, ()):
            continue
        if one.name in here:
            return Refusal("outside_region", f"the fix rewrites {one.name}, outside the part that may be changed")
        if re.search(rf"\b{re.escape(one.name)}\b", chosen.text):
            return Refusal(
                "outside_region", f"the fix needs a new function {one.name} outside the part that may be changed"
            )
    return None


def _imports_missing(part: Part, lines: Sequence[str], chosen: Definition, language: Language) -> list[str]:
    """The lines of imports that the answer brings, the function needs, and the file does not have."""
    answer, file = parse_text("\n".join(lines), language), _around(part, language)
    said, here = (names(one) if one is not None else None for one in (answer, file))
    if said is None or here is None or re.search(r"^\s*(?:import|from|use|using)\b", chosen.text, re.MULTILINE):
        return []
    missing = frozenset(said.imported - here.bound)
    brought = [(text, words & missing) for text, words in statements(lines, language)]
    return [line for text, words in brought if needed(words, [chosen.text]) for line in text]


def _without(one: Definition, inner: Definition) -> str:
    return one.text.replace(inner.text, "", 1) if one != inner and _within(inner, one) else one.text


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def _replaced(
    part: Part, target: Definition, chosen: Definition, source: Sequence[str], fixed: frozenset[int]
) -> Part | Refusal:
    """The function of the file replaced by the answer's, at the file's indentation and with the file's kind of blanks."""
    first = chosen.span.start.line
    head, tail = (
        part.lines[part.first][: target.span.start.character],
        part.lines[part.last][target.span.end.character :],
    )
    body = chosen.text.split("\n")
    inside_strings = frozenset(number - first for number in fixed)
    step = unit([line + "\n" for line in part.lines], default=language_step(part))
    body = in_steps_of(body, part.inside, leading(source[first]), inside_strings)
    moved = moved_block(body, leading(source[first]), leading(part.lines[part.first]), inside_strings, step)
    moved[0] = head + moved[0]
    moved[-1] += tail
    marks = list(takewhile(_is_mark, target.text.split("\n")))
    if marks and not _is_mark(moved[0]):
        # Java's annotations are of the method; models leave them out as they do decorators.
        moved = [*part.inside[: len(marks)], *moved]
    if part.language.id == "python":
        moved = with_docstring(part, target, chosen, moved)
    return part.changed(part.first, len(part.inside), keeping(part.inside, part.inside, moved))


def _is_mark(line: str) -> bool:
    return re.fullmatch(r"\s*@[\w.]+(?:\(.*\))?\s*", line) is not None


def language_step(part: Part) -> str:
    """The step of indentation inside the part, when the file's is not known: a tab when a line begins with one."""
    return "\t" if any(line.startswith("\t") for line in part.inside) else "    "


# -- the whole part ------------------------------------------------------------------------------------------------


def _whole_part(part: Part, lines: Sequence[str]) -> Part | Refusal | None:
    """The part itself, written anew: its first and last line are still its first and last."""
    old = trimmed(part.inside)
    if len(old) < 3 or len(lines) < 2 or old[0].strip() != lines[0].strip() or old[-1].strip() != lines[-1].strip():
        return None
    base, new_base = leading(lines[0]), leading(old[0])
    moved = [line if is_blank(line) else new_base + line.removeprefix(base) for line in lines]
    middle = trimmed_like(moved, part.inside)
    return part.changed(part.first, len(part.inside), keeping(part.inside, part.inside, middle))
