"""Does the right answer survive? A model that knows the missing text and wraps it in what chat models add.

Usage: python tests/benchmarks/noisy_oracle.py [--holes N] [--seed N] [--set NAME] [--downloads DIR] [--show N]
       [--server N] [--keep]

Holes are cut into pinned releases of real projects in five languages, fetched with pip and npm into DIR
(`noise_projects.py`). There are two sets: one whose failures were read while the rules were written, and one whose
failures nobody has read. Each hole is answered in each kind of noise (`noise_kinds.py`); the answer arrives in pieces and is
cut, unwrapped and fitted as the engine does it. Right means that the accepted text gives the true document, or the true
document up to the end of a line of the missing text; blanks at line ends do not count. A kind that makes no difference
for a hole is left out there. `--server N` asks the real server
about N of the holes too, with the model on loopback. `--show N` prints N failures of each kind. The status is 1 when
fewer than 98 % are right, or fewer than 90 % of one kind.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded_kept import keep_section
from embedded_projects import Release, fetch, read_project
from noise_kinds import KINDS, PLAIN
from noise_projects import LOOKED_AT, SHAPES, UNSEEN, Hole, holes_of
from noise_server import served

from caretwise.complete.draft import Draft
from caretwise.complete.length import length
from caretwise.complete.stream import enough, whole_lines
from caretwise.engine.offer import Ask
from caretwise.engine.prepare import place_of
from caretwise.engine.take import shown
from caretwise.text.snapshot import Snapshot

LEAST, LEAST_OF_KIND = 0.98, 0.90
PIECE = 12
"""Code points that arrive at a time."""

SETS = {"looked-at": ("Looked at while the rules were written", LOOKED_AT), "unseen": ("Never looked at", UNSEEN)}
"""What each set of projects is called, and what is in it."""

TITLE = "The right answer in chat noise"


@dataclass(frozen=True)
class Outcome:
    hole: Hole
    kind: str
    right: bool
    document: str
    reason: str


def is_noisy(hole: Hole, kind: str) -> bool:
    """Whether the kind makes a difference for the hole: no other step of indentation shows in a single line."""
    plain = {KINDS[one](hole) for one in PLAIN}
    return kind in PLAIN or KINDS[kind](hole) not in plain


def ask_of(hole: Hole) -> Ask:
    snapshot = Snapshot.of(hole.before + hole.after, uri=f"file:///p/{hole.path}", language_id=hole.language.id)
    return Ask(snapshot, snapshot.position(len(hole.before)), hole.language, hole.path)


def accepted(hole: Hole, kind: str) -> Outcome:
    """What is in the document after the suggestion is accepted, and whether that is right."""
    ask = ask_of(hole)
    wanted = length(ask.snapshot, ask.position, hole.language, invoked=False)
    place = place_of(ask, multiline=wanted.multiline)
    result, _ = shown(_received(KINDS[kind](hole), ask), ask, place, "snippet", wanted)
    draft = result.draft or Draft("")
    document = hole.before + draft.text + hole.after[draft.replaces :]
    reason = ", ".join(f"{step.rule} {step.reason}".strip() for step in result.steps)
    return Outcome(hole, kind, is_right(hole, document), document, reason)


def _received(answer: str, ask: Ask) -> str:
    """The part of an answer that the engine waits for."""
    wanted = length(ask.snapshot, ask.position, ask.language, invoked=False)
    place = place_of(ask, multiline=wanted.multiline)
    for end in range(PIECE, len(answer), PIECE):
        if "\n" in answer[end - PIECE : end] and enough(answer[:end], place, "snippet", wanted):
            return whole_lines(answer[:end])
    return answer


def is_right(hole: Hole, document: str) -> bool:
    """Whether the document holds the whole truth, or its first whole lines (one that is not blank at least)."""
    lines = hole.truth.split("\n")
    counts = [count for count in range(1, len(lines) + 1) if "".join(lines[:count]).strip()]
    found = _plain(document)
    return any(found == _plain(hole.before + "\n".join(lines[:count]) + hole.behind) for count in counts)


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def all_holes(releases: Sequence[Release], count: int, seed: int, downloads: Path) -> list[Hole]:
    """`count` holes in each language."""
    found: list[Hole] = []
    languages = Counter(release.language for release in releases)
    for release in releases:
        files = read_project(fetch(release, downloads), release.language)
        found += holes_of(files, release.language, count // languages[release.language], random.Random(seed))
    return found


def table(outcomes: list[Outcome]) -> str:
    """Shares of right answers by kind and language."""
    languages = sorted({outcome.hole.language.title for outcome in outcomes})
    rows = [f"| kind | answers | right | {' | '.join(languages)} |", "|---|---|---|" + "---|" * len(languages)]
    for kind in [*KINDS, "all"]:
        mine = [outcome for outcome in outcomes if kind in (outcome.kind, "all")]
        shares = [_share([one for one in mine if one.hole.language.title == title]) for title in languages]
        rows.append(f"| {kind} | {len(mine):,} | {_share(mine)} | {' | '.join(shares)} |")
    for shape in SHAPES:
        mine = [outcome for outcome in outcomes if outcome.hole.shape == shape]
        shares = [_share([one for one in mine if one.hole.language.title == title]) for title in languages]
        rows.append(f"| *{shape}* | {len(mine):,} | {_share(mine)} | {' | '.join(shares)} |")
    return "\n".join(rows)


def _share(outcomes: list[Outcome]) -> str:
    return f"{100 * sum(one.right for one in outcomes) / len(outcomes):.1f} %" if outcomes else ""


def failures(outcomes: list[Outcome], most: int) -> Iterator[str]:
    """The first wrong outcomes of each kind: the hole, and what came of it."""
    seen: Counter[str] = Counter()
    for one in outcomes:
        if one.right or seen[one.kind] >= most:
            continue
        seen[one.kind] += 1
        hole = one.hole
        above, below = "\n".join(hole.before.split("\n")[-3:]), "\n".join(hole.after.split("\n")[:3])
        got = one.document[len(hole.before) :]
        same = next((size for size in range(len(got)) if got[len(got) - size - 1 :] not in hole.after), 0)
        yield (
            f"--- {one.kind} / {hole.shape} / {hole.path}\n{above}‸{below}\nTRUE {hole.truth!r}\n"
            f"GOT  {got[: len(got) - same]!r}\nBY   {one.reason}\n"
        )


def missed(outcomes: list[Outcome]) -> list[str]:
    """The targets that are missed, as sentences."""
    found: list[str] = []
    for kind in ["all", *KINDS]:
        mine = [outcome.right for outcome in outcomes if kind in (outcome.kind, "all")]
        least = LEAST if kind == "all" else LEAST_OF_KIND
        if sum(mine) < least * len(mine):
            found.append(f"{kind}: {100 * sum(mine) / len(mine):.1f} % are right, {100 * least:.0f} % are wanted")
    return found


def through_server(holes: Sequence[Hole], chosen: argparse.Namespace) -> list[Outcome]:
    """A sample of the holes asked for in the real server, one kind of noise for each."""
    return [
        Outcome(hole, kind, is_right(hole, document), document, "the server")
        for hole, kind, document in (served(holes, chosen.server, chosen.seed) if chosen.server else ())
    ]


def measured(name: str, releases: Sequence[Release], chosen: argparse.Namespace) -> tuple[str, list[str]]:
    """One set of projects: its section of the results, and the targets that it misses."""
    holes = all_holes(releases, chosen.holes, chosen.seed, chosen.downloads)
    outcomes = [accepted(hole, kind) for hole in holes for kind in KINDS if is_noisy(hole, kind)]
    titles = ", ".join(release.title for release in releases)
    body = f"{name} ({titles}): {len(holes)} holes, {len(outcomes)} answers.\n\n{table(outcomes)}"
    through = through_server(holes, chosen)
    if through:
        body += f"\n\nThrough the real server: {_share(through)} of {len(through)}, one kind for each hole."
    print("\n".join([*failures(outcomes, chosen.show), *failures(through, chosen.show)]))
    print(body, end="\n\n")
    return body, [f"{name}: {sentence}" for sentence in missed(outcomes)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--holes", type=int, default=120, help="holes in each language and set")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--set", choices=SETS, action="append", help="one set of projects (both, unless given)")
    parser.add_argument("--downloads", type=Path, default=Path(tempfile.gettempdir()) / "caretwise-benchmarks")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    parser.add_argument("--server", type=int, default=0, metavar="N", help="holes of each set")
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    bodies, too_low = list[str](), list[str]()
    for name in chosen.set or SETS:
        body, sentences = measured(*SETS[name], chosen)
        bodies.append(body)
        too_low += sentences
    print("\n".join(too_low))
    if chosen.keep:
        command = f"`python tests/benchmarks/noisy_oracle.py --server {chosen.server} --keep`"
        keep_section(TITLE, "\n\n".join([command, *bodies]))
    return 1 if too_low else 0


if __name__ == "__main__":
    sys.exit(main())
