"""Writes the trained weights as GGUF.

    export.py --run DIR --out FILE
"""

import argparse
from pathlib import Path

import numpy as np

import gguf
import model
from tokenizer import END, PAD, SPECIALS, Tokenizer

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
DESCRIPTION = (
    "A toy that ships with Flotilla to show that it works. It knows greetings, sums up to 20, days, months, "
    "opposites, counting, very short stories and a little about Flotilla, and nothing else."
)
_NORMAL, _CONTROL = 1, 3
_MOSTLY_Q8_0 = 7


def load(run):
    """(config, tokenizer, weights) of a training run's folder."""
    tokenizer = Tokenizer.load(run / "tokenizer.json")
    with np.load(run / "checkpoint.npz") as state:
        config = model.Config(vocabulary=len(tokenizer.tokens), layers=int(state["layers"]))
        weights = {name: state[f"weight/{name}"] for name in model.initial_weights(config, 0)}
    return config, tokenizer, weights


def metadata(config, tokenizer):
    """What a reader has to know about the weights: shape, vocabulary, template, and whose they are."""
    return {
        "general.architecture": "llama",
        "general.name": "flotilla-demo",
        "general.description": DESCRIPTION,
        "general.license": "apache-2.0",
        "general.languages": ["en"],
        "general.file_type": _MOSTLY_Q8_0,
        "general.quantization_version": 2,
        "llama.block_count": config.layers,
        "llama.context_length": config.context,
        "llama.embedding_length": config.channels,
        "llama.feed_forward_length": config.hidden,
        "llama.attention.head_count": config.heads,
        "llama.attention.head_count_kv": config.key_heads,
        "llama.attention.layer_norm_rms_epsilon": config.norm_epsilon,
        "llama.rope.dimension_count": config.head_size,
        "llama.rope.freq_base": config.rope_base,
        "llama.vocab_size": config.vocabulary,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": [_CONTROL if token in SPECIALS else _NORMAL for token in tokenizer.tokens],
        "tokenizer.ggml.merges": [f"{a} {b}" for a, b in tokenizer.merges],
        "tokenizer.ggml.bos_token_id": tokenizer.ids[PAD],
        "tokenizer.ggml.eos_token_id": tokenizer.ids[END],
        "tokenizer.ggml.eot_token_id": tokenizer.ids[END],
        "tokenizer.ggml.padding_token_id": tokenizer.ids[PAD],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def main():
    parser = argparse.ArgumentParser(description="Writes the trained weights as GGUF.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    config, tokenizer, weights = load(arguments.run)
    gguf.write(arguments.out, metadata(config, tokenizer), weights)


if __name__ == "__main__":
    main()
