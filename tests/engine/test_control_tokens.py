"""A text that a model would read as orders is not sent, and whoever asks why is told."""

from __future__ import annotations

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.engine.explain import explain
from caretwise.engine.offer import Offer, Silence
from caretwise.engine.trace import Trace

MODEL = "Qwen/Qwen2.5-Coder-7B"
TOKEN = "<|fim_middle|>"
HEAD = "def area(width, height):\n    return ‸\n"


def config(double: ModelDouble) -> str:
    return f'inline = "coder"\n[models.coder]\nendpoint = "vllm"\nbase_url = "{double.base_url}"\nmodel = "{MODEL}"\n'


async def test_the_prompt_is_laid_out_here(bench):
    with ModelDouble(behaviour("vllm", model=MODEL)) as double:
        async with bench(config=config(double)) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD))
    assert isinstance(found, Offer), found
    assert double.requests[0].path == "/v1/completions"
    body = double.requests[0].json
    assert body["prompt"].startswith("<|fim_prefix|>def area(width, height):\n    return <|fim_suffix|>")
    assert body["prompt"].endswith(TOKEN)
    assert body["skip_special_tokens"] is False
    assert "suffix" not in body


@pytest.mark.parametrize("where", ["prefix", "suffix"])
async def test_a_control_token_anywhere_in_the_text_keeps_it_from_being_sent(bench, where):
    line = f"MARK = '{TOKEN}'\n"
    text = {"prefix": line + HEAD, "suffix": HEAD + line}[where]
    with ModelDouble(behaviour("vllm", model=MODEL)) as double:
        async with bench(config=config(double)) as made:
            trace, ask = Trace(), made.ask(text, invoked=True)
            found = await made.app.suggester.suggest(ask, trace)
            story = explain(ask, found, trace)
    assert isinstance(found, Silence), found
    assert found.code == "control_token"
    assert repr(TOKEN) in story
    assert double.requests == []


async def test_a_control_token_in_another_file_costs_only_that_snippet(bench):
    texts = {
        "tokens.py": f"def around(width, height):\n    MARK = '{TOKEN}'\n    return 2 * (width + height)\n",
        "other.py": "def volume(width, height, depth):\n    return width * height * depth\n",
    }
    with ModelDouble(behaviour("vllm", model=MODEL)) as double:
        async with bench(config=config(double)) as made:
            for name, text in texts.items():
                (made.root / name).write_text(text)
                made.documents.append(made.ask(text + "‸", name).snapshot)
                made.app.opened(made.documents[-1])
            await made.app.outside.gatherer.settle()
            found = await made.app.suggester.suggest(made.ask(HEAD, invoked=True))
    assert isinstance(found, Offer), found
    prompt = double.requests[0].json["prompt"]
    assert "def volume" in prompt
    assert "def around" not in prompt
    assert prompt.count(TOKEN) == 1


@pytest.mark.parametrize(("endpoint", "model", "cut"), [("llamacpp", "qwen2.5-coder", True), ("vllm", MODEL, False)])
async def test_no_more_is_sent_than_the_host_heeds(bench, endpoint, model, cut):
    with ModelDouble(behaviour(endpoint, model=model)) as double:
        table = f'inline = "coder"\n[models.coder]\nendpoint = "{endpoint}"\nbase_url = "{double.base_url}"\n'
        async with bench(config=f'context_tokens = 4000\n{table}model = "{model}"\n') as made:
            await made.app.suggester.suggest(made.ask("total = width * height\n" * 1000 + HEAD))
    body = double.requests[0].json
    sent = len(body.get("input_prefix", body.get("prompt", "")))
    # 1,536 tokens before the cursor are what llama.cpp's server keeps; three characters are the fewest that we count on.
    assert (sent <= 1536 * 3) is cut
    assert sent > 3000
