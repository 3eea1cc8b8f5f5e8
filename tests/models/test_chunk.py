"""Events as hosts really stream them, and as none should."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.models.chunk import Piece, Usage, read

ANSWERS = Path(__file__).parents[2] / "fixtures" / "answers"
FIELDS = ("reasoning", "reasoning_content")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "delta", "content", "text", "usage", "finish_reason", "reasoning", "prompt_tokens", "type"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_nothing_that_is_json_raises(event):
    piece = read(event, FIELDS)
    assert piece is None or isinstance(piece.text, str)


def events(name: str) -> list[object]:
    lines = (ANSWERS / name).read_text().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def pieces(name: str) -> list[Piece]:
    return [piece for event in events(name) if (piece := read(event, FIELDS))]


@pytest.mark.parametrize(
    ("name", "text", "finish"),
    [
        ("vllm-dsv3-kimi/chat_nothink_stream.txt", " =om moduleMAPfilenameid", "length"),
        ("vllm-dsv3-kimi/completion_stream_usage.txt", None, "length"),
        ("llama-server-smollm2/completion_stream_usage.txt", " a + b\n\n#", "length"),
        ("llama-server-smollm2/chat_nothink_stream.txt", None, "length"),
    ],
)
def test_recorded_streams(name, text, finish):
    found = pieces(name)
    whole = "".join(piece.text for piece in found)
    assert whole == text if text is not None else whole
    assert [piece.finish for piece in found if piece.finish] == [finish]


def test_recorded_thinking_is_not_text():
    found = pieces("vllm-dsv3-kimi/chat_stream.txt")
    assert sum(piece.reasoning for piece in found) > 0
    assert "".join(piece.text for piece in found) == ""


def test_usage_in_the_last_choice_and_absent_is_unknown():
    event = {
        "choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 12, "completion_tokens": 3}}]
    }
    piece = read(event, FIELDS)
    assert piece is not None
    assert piece.usage == Usage(prompt=12, completion=3, cached=None)


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens_details": {"cached_tokens": 7}}, {"cached_tokens": 7}, {"prompt_cache_hit_tokens": 7}],
)
def test_cached_tokens_are_found_in_all_their_places(usage):
    piece = read({"choices": [], "usage": {"prompt_tokens": 9, **usage}}, FIELDS)
    assert piece is not None
    assert piece.usage is not None
    assert piece.usage.cached == 7


def test_a_list_of_parts_gives_its_text_only():
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": 3}]
    piece = read({"choices": [{"delta": {"content": parts}}]}, FIELDS)
    assert piece is not None
    assert piece.text == "a"


def infill(**more: object) -> dict[str, object]:
    return {
        "index": 0,
        "content": "",
        "stop": False,
        "id_slot": 0,
        "tokens_predicted": 3,
        "tokens_evaluated": 40,
        **more,
    }


def test_an_infill_stream():
    piece = read(infill(content="width"), FIELDS)
    assert piece == Piece(text="width")
    last = infill(stop=True, stop_type="eos", model="m", tokens_cached=43, timings={"cache_n": 31, "prompt_n": 9})
    assert read(last, FIELDS) == Piece(finish="stop", usage=Usage(40, 3, 31), model="m")


@pytest.mark.parametrize(
    ("stop_type", "finish"),
    [("eos", "stop"), ("word", "stop"), ("limit", "length"), ("none", ""), (None, ""), ([], ""), ({}, "")],
)
def test_why_an_infill_stream_ended(stop_type, finish):
    piece = read(infill(stop=True, stop_type=stop_type), FIELDS)
    assert piece is not None
    assert piece.finish == finish


@pytest.mark.parametrize(("held", "cached"), [(31, 31), (0, 0), (43, None), (None, None), ("31", None)])
def test_what_an_older_llama_server_holds_counts_only_when_it_can_be_the_prompt(held, cached):
    piece = read(infill(stop=True, stop_type="limit", tokens_cached=held), FIELDS)
    assert piece is not None
    assert piece.usage == Usage(40, 3, cached)


def test_a_fill_in_the_middle_stream_in_the_shape_of_a_chat():
    event = {"model": "codestral", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "w"}, "finish_reason": None}]}  # fmt: skip
    assert read(event, FIELDS) == Piece(text="w", model="codestral")
    end = {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}  # fmt: skip
    assert read(end, FIELDS) == Piece(finish="stop", usage=Usage(9, 2))


def test_a_first_delta_with_null_content_is_no_text():
    piece = read({"choices": [{"delta": {"role": "assistant", "content": None}}]}, FIELDS)
    assert piece is not None
    assert (piece.text, piece.reasoning, piece.usage) == ("", 0, None)


@pytest.mark.parametrize("field", FIELDS)
def test_thinking_is_counted_and_never_text(field):
    piece = read({"choices": [{"delta": {field: "hm", "content": None}}]}, FIELDS)
    assert piece is not None
    assert (piece.text, piece.reasoning) == ("", 2)


def test_reasoning_tokens_are_counted_and_absent_is_unknown():
    usage = {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 8}}
    assert read({"choices": [], "usage": usage}, FIELDS) == Piece(usage=Usage(completion=9, reasoning=8))
    absent = read({"choices": [], "usage": {"prompt_tokens": 1}}, FIELDS)
    assert absent is not None
    assert absent.usage == Usage(prompt=1)


def test_a_second_choice_is_no_part_of_the_answer():
    def choice(index: object, text: str) -> dict[str, object]:
        return {"index": index, "delta": {"content": text}}

    streams = [
        [{"choices": [choice(0, "a")]}, {"choices": [choice(1, "X")]}, {"choices": [choice(0, "b")]}],
        [{"choices": [choice(1, "X"), choice(0, "ab")]}],
        [{"choices": [{"delta": {"content": "a"}}]}, {"choices": [choice(None, "b"), choice(2, "X")]}],
        [{"choices": [{"index": 0, "text": "ab"}, {"index": 1, "text": "X"}]}],
    ]
    for stream in streams:
        assert "".join(piece.text for event in stream if (piece := read(event, FIELDS))) == "ab"
    assert read({"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]}, FIELDS) is None
