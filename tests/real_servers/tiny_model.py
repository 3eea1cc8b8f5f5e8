"""Makes a tiny random model in the shape of DeepSeek-V3, which is the shape of Kimi's text part.

Usage: PYTHON_OF_VLLM tests/real_servers/tiny_model.py FOLDER

It speaks the whole protocol of a large model and knows nothing: two million random weights, a byte-level tokenizer that
is trained on Python's standard library, and a chat template with Kimi's `thinking` switch. Run it with the Python that
vLLM is installed for; the same seed gives the same weights.
"""

from __future__ import annotations

import sys
import sysconfig
from itertools import islice
from pathlib import Path

VOCABULARY, CONTEXT = 4096, 4096
"""Tokens of the tokenizer, and the longest prompt with its answer in tokens."""

_FILES = 200
"""Modules of the standard library that the tokenizer is trained on."""

_SPECIAL = ("<|bos|>", "<|eos|>", "<|pad|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")

# As Kimi's template does it: thinking is on unless the switch says no, and the answer then begins behind an empty thought.
_TEMPLATE = (
    "{%- for message in messages -%}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}"
    "<|im_start|>assistant\n"
    "{%- if thinking is defined and not thinking -%}<think></think>{%- else -%}<think>{%- endif -%}"
    "{%- endif -%}"
)


def make(folder: Path) -> None:
    """Write tokenizer, configuration and weights into a folder."""
    import torch  # noqa: PLC0415 - only there where vLLM is
    from transformers import DeepseekV3Config, DeepseekV3ForCausalLM, PreTrainedTokenizerFast  # noqa: PLC0415

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_trained_tokenizer(),
        bos_token="<|bos|>",
        eos_token="<|eos|>",
        pad_token="<|pad|>",
        additional_special_tokens=list(_SPECIAL[3:5]),
    )
    tokenizer.chat_template = _TEMPLATE
    tokenizer.model_max_length = CONTEXT
    config = DeepseekV3Config(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=256,
        moe_intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        n_shared_experts=1,
        n_routed_experts=8,
        num_experts_per_tok=2,
        n_group=1,
        topk_group=1,
        first_k_dense_replace=1,
        kv_lora_rank=32,
        q_lora_rank=64,
        qk_rope_head_dim=16,
        qk_nope_head_dim=16,
        v_head_dim=32,
        max_position_embeddings=CONTEXT,
        num_mtp_layers=0,
        bos_token_id=0,
        # Never written by chance: an answer ends at its limit or at a stop string.
        eos_token_id=1,
        pad_token_id=2,
    )
    # vLLM reads these two, the configuration class does not know them.
    config.topk_method = "noaux_tc"
    config.scoring_func = "sigmoid"
    torch.manual_seed(20260)
    model = DeepseekV3ForCausalLM(config).to(torch.bfloat16)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    print(f"{sum(one.numel() for one in model.parameters()) / 1e6:.1f} million weights")


def _trained_tokenizer() -> object:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    modules = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    texts = (path.read_text("utf-8", errors="replace") for path in islice(modules, _FILES))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


if __name__ == "__main__":
    make(Path(sys.argv[1]))
