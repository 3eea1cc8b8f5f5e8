from __future__ import annotations

import base64
import hashlib
import itertools
import math
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from importlib import resources

import pytest
from tests.benchmarks.report_team import Arm, Team, records

from caretwise.adapters.journal_counting import count_events
from caretwise.measure.drawing import MOST_TOGETHER, legend, nice
from caretwise.measure.event import Event, Unreadable, from_record
from caretwise.measure.page import as_page
from caretwise.measure.plan import conclusions, duration, plan, rounded
from caretwise.measure.report import NOTHING_YET, as_text, best_first, columns
from caretwise.measure.report_json import as_json
from caretwise.measure.strips import Bar, amounts, intervals
from caretwise.measure.tally import Report
from caretwise.measure.wording import dollars

STYLE = resources.files("caretwise.measure").joinpath("page.css").read_text("utf-8")
VOID = {"meta", "br", "wbr"}


def events(made: Iterable[dict[str, object]]) -> list[Event]:
    found = [from_record(record) for record in made]
    assert not any(isinstance(event, Unreadable) for event in found)
    return found


@pytest.fixture(scope="module")
def team() -> Report:
    return count_events(events(records(Team(users=3, days=4))))


@pytest.fixture(scope="module")
def clear() -> Report:
    arms = (Arm("weak", 0.1, 0.5, 300, 0.0001), Arm("strong", 0.5, 0.97, 300, 0.0004))
    return count_events(events(records(Team(users=3, days=5, arms=arms, experiment="two"))))


class Checker(HTMLParser):
    """Every tag is closed; what is loaded, run or linked is collected."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loading: list[str] = []
        self.policy = ""
        self.text: list[str] = []
        self.style = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"script", "link", "img", "iframe", "object", "embed", "a", "form", "base", "use", "image"}:
            self.loading.append(tag)
        self.loading += [
            name for name in values if name.startswith("on") or name in {"src", "href", "style", "xlink:href"}
        ]
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text.append(data)


def test_the_page_loads_nothing_and_its_policy_says_so(team):
    page = Checker(as_page(team, STYLE, 1e9))
    assert page.loading == []
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_page_says_what_the_report_says(team):
    page = " ".join(" ".join(Checker(as_page(team, STYLE, 1e9)).text).split())
    for text in conclusions(team):
        assert text in page
    for row in team.rows:
        assert f"{row.shown:,}" in page
        assert f"{row.headline.value:.2f}" in page
    for box in (
        "Acceptance against waiting time",
        "How much stays",
        "Over time",
        "Cost",
        "By language",
        "How each number",
    ):
        assert box in page


HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&\u202e"


def test_no_name_can_do_anything(clear):
    found = events({**r, "model": HOSTILE[:120], "arm": HOSTILE[:80]} if r["arm"] == "weak" else r for r in
                   records(Team(users=2, days=3, arms=(Arm("weak", 0.3, 0.9, 300, 0.1), Arm("b", 0.3, 0.9, 300, 0.1)))))  # fmt: skip
    named = [e for e in found if e.model]
    page = as_page(count_events(named), STYLE, 1e9)
    assert Checker(page).loading == []
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_nothing_yet_is_a_page_too():
    page = Checker(as_page(count_events([]), STYLE, 1e9))
    assert NOTHING_YET in " ".join(page.text)


def test_the_better_arm_wins_in_words_figures_and_json(clear):
    (comparison,) = clear.comparisons
    assert comparison.winner == "strong"
    said = conclusions(clear)[0]
    assert said.startswith("strong is better than weak here")
    assert said in " ".join(as_text(clear, colour=False, width=10_000).split("\n"))
    (found,) = as_json(clear)["comparisons"]
    assert found["winner"] == "strong"
    headline = found["measures"][0]
    assert headline["name"] == "retained characters per opportunity"
    better = headline["difference"]["value"] * (1 if found["one"] == "strong" else -1)
    assert better == pytest.approx(abs(headline["difference"]["value"]))
    assert headline["always_valid"]["low"] < headline["difference"]["low"]


def test_too_little_names_nobody_and_says_how_much_more(team):
    (comparison,) = team.comparisons
    assert comparison.winner == ""
    said = conclusions(team)[0]
    assert said.startswith("No winner between")
    assert "Not enough data: about" in said
    assert "more opportunities, about" in said


def test_models_that_nobody_drew_by_lot_are_not_compared():
    found = events(records(Team(users=1, days=3, experiment="")))
    report = count_events(found)
    assert report.comparisons == ()
    said = " ".join(conclusions(report))
    assert "nobody drew by lot" in said
    assert "would need about" in said
    assert "the one person in this journal" in said
    planned = plan(report)
    assert planned is not None
    assert planned.per_arm > planned.per_arm_one_look
    assert planned.days == pytest.approx(2 * planned.per_arm / sum(r.shown for r in report.rows) * max(
        (report.last_at - report.first_at) / 86_400, 1))  # fmt: skip


def test_the_embedded_engine_wins_nothing():
    rows = [
        {**r, "model": "embedded", "arm": "", "experiment": "", "origin": "embedded" if r["origin"] else ""}
        for r in records(Team(users=1, days=2))
    ]
    report = count_events(events(rows))
    assert report.comparisons == ()
    assert report.rows[0].is_embedded
    assert "embedded" not in " ".join(conclusions(report)[:1])


def test_three_arms_share_the_false_winners():
    arms = tuple(Arm(name, 0.3, 0.9, 300, 0.1) for name in "xyz")
    report = count_events(events(records(Team(users=2, days=3, arms=arms))))
    assert [(c.one, c.other) for c in report.comparisons] == list(
        itertools.combinations(sorted(arm.model for arm in arms), 2)
    ) or len(report.comparisons) == 3
    assert {c.alpha for c in report.comparisons} == {0.05 / 3}


def test_text_fits_the_terminal_with_all_of_it(team):
    for width in (44, 60, 80, 120):
        assert max(map(columns, as_text(team, colour=False, width=width).splitlines())) <= width


def test_round_places_and_words():
    assert [text for _, text in nice(0, 1, 5)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [text for _, text in nice(-3, 7, 5)] == ["-2", "0", "2", "4", "6"]
    assert nice(3, 3, 5) == [(3, "3")]
    assert (rounded(4), rounded(1234), rounded(99_001)) == ("4", "1,300", "100,000")
    assert (duration(0.2), duration(3.2), duration(100), duration(9999), duration(math.inf)) == (
        "about 1 day", "about 4 days", "about 3 months", "more than two years", "an unknown time",
    )  # fmt: skip


def test_an_interval_is_drawn_where_it_lies():
    drawn = intervals([Bar("a", 5, 0, 10, outer=(-10, 20))], title="t", zero=True)
    assert 'class="zero"' in drawn
    assert 'class="outer c0"' in drawn
    assert "nan" not in drawn


@pytest.fixture(scope="module")
def five() -> Report:
    arms = tuple(
        Arm(f"organisation-{n}/some-long-model-name-{n}-instruct", 0.15 + 0.05 * n, 0.9, 300, 0.0001) for n in range(5)
    )
    return count_events(events(records(Team(users=3, days=40, arms=arms, experiment="all-of-them"))))


def test_many_arms_get_one_paragraph_one_chart_and_names_of_either_end(five):
    assert len(five.comparisons) == 10
    said = conclusions(five)
    assert len(said) == 2
    assert said[0].startswith("Of 5 models that are compared, organisation-")
    page = as_page(five, STYLE, 1.8e9)
    assert page.count("against each of the others") == 1
    assert "The other pairs" in page
    Checker(page)
    text = as_text(five, colour=False, width=80)
    assert text.count(" minus") == 4, "those of the best arm so far"
    assert "The other pairs are told with --html and --json." in text
    assert "acceptance +" not in text


def test_models_beyond_six_are_told_apart_by_their_marks():
    assert len({legend([(tone, "")]) for tone in range(12)}) == 12


def test_a_long_name_stands_whole_and_may_be_broken_behind_its_slashes():
    name = "organisation/" + "x" * 80 + "/model-7"
    drawn = intervals([Bar(name, 1.0, 0.5, 1.5, note="1.00")], title="t")
    assert f'aria-label="{name}: 1.00"' in drawn
    assert name.replace("/", "/<wbr>") in drawn


def test_an_amount_is_a_bar_from_nothing_and_no_interval():
    drawn = amounts([Bar("a", 5, 0, 0, 1, note="5 cents"), Bar("b", 10, 0, 0, note="10 cents")], title="t")
    widths = [float(width) for width in re.findall(r'class="amount c\d" [^>]*width="([\d.]+)%"', drawn)]
    assert widths == [pytest.approx(widths[1] / 2, rel=0.01), widths[1]]
    assert "inner" not in drawn
    assert "mark" not in drawn


def test_lines_that_are_many_get_a_chart_each():
    arms = tuple(Arm(f"model-{n}", 0.3, 0.9, 300, 0.0001) for n in range(MOST_TOGETHER + 1))
    report = count_events(events(records(Team(users=4, days=30, arms=arms))))
    page = as_page(report, STYLE, 1.8e9)
    Checker(page)
    stays = page.split("<h2>How much stays</h2>")[1].split("</section>")[0]
    assert re.findall("<figcaption>([^<]*)</figcaption>", stays) == [
        row.model for row in sorted(report.rows, key=lambda row: -row.headline.value)
    ]
    assert stays.count('class="behind"') == (MOST_TOGETHER + 1) ** 2
    assert "legend" not in stays


def test_lines_begin_inside_of_the_chart_although_a_week_begins_before_its_days(five):
    page = as_page(five, STYLE, 1.8e9)
    starts = re.findall(r'<path class="line c\d" d="M(-?[\d.]+) ', page)
    assert starts
    assert min(map(float, starts)) >= 0


def test_at_the_start_of_an_experiment_it_is_said_how_long_it_will_take_and_what_is_not_drawn_yet():
    arms = (Arm("weak", 0.3, 0.5, 300, 0.0001), Arm("strong", 0.5, 0.97, 300, 0.0004))
    report = count_events(events(itertools.islice(records(Team(users=1, days=1, arms=arms, experiment="two")), 300)))
    assert isinstance(report.comparisons[0].headline.difference, str)
    said = " ".join(conclusions(report))
    assert "cannot be compared yet" in said
    assert re.search(
        r"It takes about [\d,]+ shown suggestions of each arm, about \d+ \w+ in all at the pace so far", said
    )
    assert "weak minus strong" not in as_text(report, colour=False, width=100)
    assert "Not drawn yet" in as_page(report, STYLE, 1.8e9)


def test_fixes_stand_in_a_table_of_their_own_and_what_is_not_known_of_them_is_no_zero():
    fix = {"schema": 2, "at": 1.8e9, "suggestion": "f", "role": "fix", "model": "kimi", "user": "0" * 16}
    report = count_events(events([fix | {"kind": "fix_offered"}, fix | {"kind": "fix_applied"}]))
    page = as_page(report, STYLE, 1.8e9)
    assert page.count("<table") == 1
    cells = dict(re.findall(r'<td data-head="([^"]*)">([^<]*)</td>', page))
    assert cells["Requests"] == cells["Verified, of offered"] == cells["To offered p50 / p90, s"] == "-"
    assert (cells["Offered, of requests"], cells["Applied, of offered"]) == ("1", "1 (100%)")


def test_the_answer_comes_with_what_either_model_costs_and_how_long_it_takes(clear):
    said = conclusions(clear)[0]
    assert re.search(
        r" strong takes \$0\.0\d+ for 1,000 retained characters and 0\.\d\d s until half are shown, weak \$0\.", said
    )
    page = as_page(clear, STYLE, 1e9)
    assert re.search(r"<strong>strong is better than weak here: [^<]*[.]</strong> This holds", page)


def test_the_arm_that_keeps_more_stands_first_however_often_it_was_drawn(clear):
    (comparison,) = clear.comparisons
    assert (comparison.one, comparison.other) == ("strong", "weak")
    assert comparison.headline.difference.value > 0


def test_small_sums_are_told_to_three_digits_and_large_ones_to_a_cent():
    assert [dollars(sum_) for sum_ in (0, 0.0000123456, 0.04751, 0.5, 1, 1234.5)] == [
        "$0.00", "$0.0000123", "$0.0475", "$0.500", "$1.00", "$1,234.50",
    ]  # fmt: skip


def test_what_cannot_be_compared_yet_promises_no_comparison_and_leads_nobody():
    arms = (Arm("weak", 0.3, 0.5, 300, 0.0001), Arm("strong", 0.5, 0.97, 300, 0.0004))
    few = count_events(events(itertools.islice(records(Team(users=1, days=1, arms=arms, experiment="two")), 300)))
    assert "the comparison below" not in as_page(few, STYLE, 1.8e9)
    once = {"schema": 2, "at": 1.8e9, "role": "inline", "user": "0" * 16, "suggestion": "s", "model": "lucky"}
    lucky = [once | {"kind": kind, "characters": 900} for kind in ("opportunity", "shown", "accepted")]
    lucky.append(once | {"kind": "retained", "after_s": 300, "share": 1.0, "characters": 900})
    report = count_events(events(itertools.chain(lucky, records(Team(users=1, days=3, experiment="")))))
    assert report.rows[-1].headline.value == 900
    assert [row.model for row in best_first(report.rows)][-1] == "lucky"


def test_the_answer_stands_out_and_what_is_said_of_the_plan_does_not(team):
    page = as_page(team, STYLE, 1.8e9)
    assert re.findall("<strong>([^<]*)</strong>", page) == [conclusions(team)[0].split(" yet.")[0] + " yet."]
