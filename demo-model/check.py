"""Reads an exported model back and checks that it is what was asked for.

    check.py FILE

Exits with 1 and says what is wrong, or prints one line about the model.
"""

import sys
from pathlib import Path

import numpy as np

import export
import gguf
import model
from tokenizer import END, START, Tokenizer

MOST_BYTES = 4 * 1024 * 1024


def faults(path):
    """What is wrong with the file, one line each; empty if nothing is."""
    metadata, weights = gguf.read(path)
    config, tokenizer = parts(metadata)
    found = []

    def expect(holds, otherwise):
        if not holds:
            found.append(otherwise)

    expect(Path(path).stat().st_size <= MOST_BYTES, f"larger than {MOST_BYTES} bytes")
    expect(metadata == export.metadata(config, tokenizer), "metadata is not what export.py writes")
    expect(config.layers >= 8, f"{config.layers} layers are fewer than 8")
    expect(config.key_heads < config.heads, "attention is not grouped-query")
    expect(config.context >= 1024, f"a context of {config.context} is below 1024")
    expect(tokenizer.ids[END] == metadata["tokenizer.ggml.eos_token_id"], f"the end of text is not {END}")
    expect(START not in tokenizer.decode(range(len(tokenizer.tokens))), f"{START} can be spelt")
    shapes = {name: array.shape for name, array in model.initial_weights(config, 0).items()}
    expect({name: array.shape for name, array in weights.items()} == shapes, "tensors are not the network's")
    expect(all(np.isfinite(array).all() for array in weights.values()), "a weight is not finite")
    return found


def parts(metadata):
    """(config, tokenizer) that a file's metadata describes."""
    config = model.Config(
        vocabulary=metadata["llama.vocab_size"],
        layers=metadata["llama.block_count"],
        channels=metadata["llama.embedding_length"],
        heads=metadata["llama.attention.head_count"],
        key_heads=metadata["llama.attention.head_count_kv"],
        hidden=metadata["llama.feed_forward_length"],
        context=metadata["llama.context_length"],
        rope_base=metadata["llama.rope.freq_base"],
        norm_epsilon=metadata["llama.attention.layer_norm_rms_epsilon"],
    )
    return config, Tokenizer(merge.split(" ") for merge in metadata["tokenizer.ggml.merges"])


def main():
    path = Path(sys.argv[1])
    found = faults(path)
    if found:
        sys.exit("\n".join(f"{path}: {fault}" for fault in found))
    metadata, weights = gguf.read(path)
    count = sum(array.size for array in weights.values())
    print(f"{metadata['general.name']}: {count:,} parameters, {path.stat().st_size:,} bytes, as it should be")


if __name__ == "__main__":
    main()
