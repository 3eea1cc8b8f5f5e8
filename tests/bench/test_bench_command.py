"""`caretwise bench completion` as a whole: a real project on disk, the real engine, a model server on loopback."""

import json
import subprocess

import pytest
from click.testing import CliRunner
from tests.doubles import ModelDouble
from tests.doubles.fim import Fim
from tests.doubles.llama import Llama

from caretwise.cli import main

SHOP = '''"""Prices."""

from shop.rates import rate


def total_{n}(items, country):
    net = sum(item.price for item in items)
    if country == "number {n}":
        net = net * rate(country) + {n}
        print("net price {n} is", net)
    return round(net - {n}, 2)


def average_{n}(items, country):
    whole = total_{n}(items, country) / {n}
    count_{n} = len(items) + {n}
    return whole / count_{n}
'''
FILES = {f"shop/cart{n}.py": SHOP.format(n=n) for n in range(1, 7)} | {
    "shop/rates.py": "RATES = {}\n\n\ndef rate(country):\n    return RATES[country]\n"
}


def middle(body):
    """What stood between prompt and suffix in the project as it was; the model `sleepy` never says anything right."""
    if body["model"] == "sleepy":
        return "wrong = 0"
    after = body["suffix"][:250]
    for size in (40, 12):
        before = body["prompt"][-size:]
        for text in FILES.values():
            start = text.find(before) + len(before)
            end = text.find(after, start) if after.strip() else len(text)
            if before in text and end >= 0:
                return text[start:end]
    return ""


class Host:
    def __init__(self, folder, double=None):
        fim = Fim(middle)
        fim.models = ("clever", "sleepy")
        self.double = ModelDouble(double or fim)
        self.home = folder / "home"
        self.project = folder / "project"
        for path, text in FILES.items():
            (self.project / path).parent.mkdir(parents=True, exist_ok=True)
            (self.project / path).write_text(text)
        self.home.mkdir()

    settings = ""

    def run(self, *words, status=0):
        models = "".join(
            f'[models.{name}]\nendpoint = "openai-compatible-fim"\nbase_url = "{self.double.base_url}"\nmodel = "{name}"\n'
            for name in ("clever", "sleepy")
        )
        (self.home / "config.toml").write_text(self.settings + models)
        env = {"CARETWISE_CONFIG": str(self.home / "config.toml"), "NO_COLOR": "1"}
        env |= {f"CARETWISE_{name}_DIR": str(self.home / name.lower()) for name in ("CACHE", "STATE")}
        found = CliRunner().invoke(main, ["bench", "completion", str(self.project), *words], env=env)
        assert found.exit_code == status, (found.output, found.exception)
        return found

    def table(self, *words, **more):
        return json.loads(self.run("--json", *words, **more).stdout)


@pytest.fixture
def host(tmp_path):
    made = Host(tmp_path)
    with made.double:
        yield made


ARMS = ("--arm", "sleepy", "--arm", "clever", "-n", "8", "--per-file", "2")


def test_the_better_model_is_found_better_and_no_prompt_held_what_was_taken_out(host):
    found = host.table(*ARMS, "--kind", "tail", "--kind", "line")
    sleepy, clever = found["arms"]
    assert (sleepy["holes"], clever["holes"]) == (8, 8)
    assert sleepy["exact"] == 0
    results = next((host.home / "state" / "bench").glob("*.jsonl")).read_text()
    assert clever["exact"] >= 7, results
    assert clever["leaks"] == sleepy["leaks"] == 0
    (pair,) = found["comparisons"]
    assert pair["second_only"] == clever["exact"]
    assert pair["differences"]["exact"]["mean"] > 0.8
    assert len(pair["won"]) == 3
    assert all(one["second"] == one["truth"] != one["first"] == "wrong = 0" for one in pair["won"])
    assert pair["lost"] == []
    assert {path.name: path.read_text() for path in host.project.rglob("*.py")} == {
        path.rsplit("/", 1)[-1]: text for path, text in FILES.items()
    }, "the project itself is not touched"
    prompts = [request.json["prompt"] for request in host.double.requests]
    assert len(prompts) == 16
    assert all("# shop/" in prompt for prompt in prompts), "the engine's own context was sent"


def test_a_run_goes_on_where_it_stopped_and_asks_nothing_twice(host):
    stopped = host.run(*ARMS, "--max-tokens", "300", status=1)
    assert "--max-tokens is 300" in stopped.stderr
    before = len(host.double.requests)
    assert 0 < before < 16
    found = host.table(*ARMS)
    assert [arm["holes"] for arm in found["arms"]] == [8, 8]
    assert len(host.double.requests) == 16
    results = next((host.home / "state" / "bench").glob("*.jsonl"))
    assert results.stat().st_mode & 0o077 == 0
    text = results.read_text()
    results.write_text(text[: len(text) - 30])  # killed in the middle of a line
    again = host.table(*ARMS)
    assert [arm["holes"] for arm in again["arms"]] == [8, 8]
    assert len(host.double.requests) == 16, "the answer that was lost came out of the cache of requests"


def test_a_host_that_does_not_answer_stops_the_run_with_its_reason_and_nobody_stands_in_for_it(host):
    host.settings = "fallback = true\n"
    host.double.behaviour.models = ("clever",)
    stopped = host.run(*ARMS, status=1)
    assert "sleepy does not answer" in stopped.stderr
    assert "the same command goes on from there" in stopped.stderr
    results = next((host.home / "state" / "bench").glob("*.jsonl")).read_text().splitlines()[1:]
    assert {json.loads(line)["arm"] for line in results} <= {"clever"}


def test_the_embedded_engine_learns_the_copy_with_the_holes_and_the_table_shows_what_was_won(host):
    found = host.run("--arm", "embedded", "--arm", "clever", "-n", "6", "--kind", "line")
    assert found.stdout.splitlines()[0].startswith("arm")
    assert "won by clever: shop/cart" in found.stdout
    assert "not enough data" in found.stdout


def test_one_model_in_two_prompt_styles(tmp_path):
    def answer(body):
        if "input_prefix" not in body:
            return "I would write something here."
        return middle({"model": "clever", "prompt": body["input_prefix"], "suffix": body["input_suffix"]})

    arms = [f"clever:endpoint=llamacpp,style={style}" for style in ("hole", "infill")]
    host = Host(tmp_path, Llama(answer))
    with host.double:
        found = host.table("--arm", arms[0], "--arm", arms[1], "-n", "2", "--kind", "line")
        assert [(arm["arm"], arm["exact"]) for arm in found["arms"]] == [(arms[0], 0), (arms[1], 2)]
        assert "style" in host.run("--arm", "clever:style=nosuch", status=2).stderr


def test_wrong_arms_are_refused_with_a_sentence(host):
    assert "there is no model 'nobody'" in host.run("--arm", "nobody", status=2).stderr
    assert "keys are" in host.run("--arm", "clever:colour=red", status=2).stderr
    assert "named twice" in host.run("--arm", "clever", "--arm", "clever", status=2).stderr


def test_only_what_was_committed_since_a_day(host):
    def git(*words, date="2020-01-01T00:00:00Z"):
        who = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin", "HOME": str(host.home)}
        named = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *named, *words], cwd=host.project, env=who, check=True, capture_output=True, timeout=20)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "old")
    new = host.project / "shop" / "cart1.py"
    new.write_text(new.read_text() + "\n\ndef younger(items):\n    return [item.name for item in items]\n")
    git("commit", "-qam", "new", date="2026-05-01T00:00:00Z")
    out = host.home / "since.jsonl"
    host.run("--arm", "clever", "--since", "2026-01-01", "--kind", "line", "--per-file", "9", "--out", str(out))
    holes = [json.loads(line)["hole"] for line in out.read_text().splitlines()[1:]]
    assert sorted(holes) == ["shop/cart1.py:20:1:line", "shop/cart1.py:21:5:line"]


def test_a_data_set_of_holes(host, tmp_path):
    tasks = tmp_path / "tasks.jsonl"
    entries = [
        {"task_id": f"T/{n}", "prompt": text[: text.index("net = ")], "canonical_solution": "net = sum(item.price for item in items)",
         "suffix": text[text.index("\n    if"):]}
        for n, text in enumerate(FILES.values()) if "net = " in text
    ]  # fmt: skip
    tasks.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    host.project = tasks
    found = host.table("--arm", "clever", "--invoked")
    assert (found["arms"][0]["holes"], found["arms"][0]["exact"]) == (6, 6)
