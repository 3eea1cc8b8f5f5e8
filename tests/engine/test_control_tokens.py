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


@pytest.mark.parametrize("where", ["prefix", "suffix", "snippet"])
async def test_a_control_token_anywhere_in_the_text_keeps_it_from_being_sent(bench, where):
    line = f"MARK = '{TOKEN}'\n"
    text = {"prefix": line + HEAD, "suffix": HEAD + line, "snippet": HEAD}[where]
    with ModelDouble(behaviour("vllm", model=MODEL)) as double:
        async with bench(config=config(double)) as made:
            if where == "snippet":
                other = f"def around(width, height):\n    {line}    return 2 * (width + height)\n"
                (made.root / "other.py").write_text(other)
                made.documents.append(made.ask(other + "‸", "other.py").snapshot)
                made.app.opened(made.documents[-1])
                await made.app.outside.gatherer.settle()
            trace, ask = Trace(), made.ask(text, invoked=True)
            found = await made.app.suggester.suggest(ask, trace)
            story = explain(ask, found, trace)
    assert isinstance(found, Silence), found
    assert found.code == "control_token"
    assert repr(TOKEN) in story
    assert double.requests == []
