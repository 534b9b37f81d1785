#!/usr/bin/env python3
"""Perplexity of an exported model on held-out text, against a bigram model of the training text.

    perplexity.py --model FILE [--steps N] [--seed N]

Two texts: the held-out questions with their model answers, and fresh conversations from the corpus. Perplexity is
per token, over every token of a conversation but its first, and over the assistant's tokens alone.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

import check
import corpus
import gguf
import model
import train

FRESH_CONVERSATIONS = 200


class Bigram:
    """Counts of token pairs, smoothed by how often each token comes at all (Witten-Bell)."""

    def __init__(self, size):
        self._pairs = np.zeros((size, size), np.int64)

    def learn(self, ids):
        np.add.at(self._pairs, (ids[:-1], ids[1:]), 1)

    def log_probabilities(self, ids):
        """Natural logarithms of each token's probability after the one before it, but the first."""
        seen = self._pairs.sum(axis=1)
        kinds = np.count_nonzero(self._pairs, axis=1)
        size = len(self._pairs)
        alone = (self._pairs.sum(axis=0) + 1) / (self._pairs.sum() + size)
        before, after = np.array(ids[:-1]), np.array(ids[1:])
        total = np.maximum(seen[before] + kinds[before], 1)
        back = np.where(seen[before] > 0, kinds[before] / total, 1.0)
        return np.log(self._pairs[before, after] / total + back * alone[after])


def network_log_probabilities(config, weights, ids):
    """As `Bigram.log_probabilities`, of the network."""
    z = model.logits(config, weights, np.array([ids[:-1]]))[0].astype(np.float64)
    z -= z.max(axis=1, keepdims=True)
    return z[np.arange(len(z)), ids[1:]] - np.log(np.exp(z).sum(axis=1))


def main():
    arguments = _arguments()
    metadata, weights = gguf.read(arguments.model)
    config, tokenizer = check.parts(metadata)
    bigram = Bigram(config.vocabulary)
    for step in range(arguments.steps):
        for ids, _ in train.batch(tokenizer, arguments.seed, step):
            bigram.learn(ids)

    source = random.Random(f"{arguments.seed} perplexity")
    texts = {
        "held-out questions and answers": _held_out(),
        "fresh conversations": [corpus.conversation(source) for _ in range(FRESH_CONVERSATIONS)],
    }
    for title, talks in texts.items():
        encoded = [tokenizer.conversation(talk) for talk in talks]
        said = np.concatenate([said[1:] for _, said in encoded])
        for name, log_probabilities in (
            ("network", lambda ids: network_log_probabilities(config, weights, ids)),
            ("bigram", bigram.log_probabilities),
        ):
            logs = np.concatenate([log_probabilities(ids) for ids, _ in encoded])
            every, assistant = np.exp(-logs.mean()), np.exp(-logs[said].mean())
            print(f"{title}: {name}: all tokens {every:.2f}, assistant's tokens {assistant:.3f}")


def _held_out():
    lines = Path(__file__).with_name("heldout.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    return [[*q["messages"], {"role": "assistant", "content": q["answer"]}] for q in questions]


def _arguments():
    parser = argparse.ArgumentParser(description="Compares a model's perplexity with a bigram's.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=train.STEPS)
    parser.add_argument("--seed", type=int, default=train.SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
