"""Trains the demo model; stops and goes on at any time, with the same result on the same machine.

    train.py --out DIR [--steps N] [--seed N]

DIR gets tokenizer.json, checkpoint.npz (rewritten now and then; a later run goes on from it) and log.txt.
Every step's conversations are drawn from (seed, step), so nothing of the data's order has to be saved.
"""

import argparse
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import corpus
import model
import optimizer
from tokenizer import PAD, Tokenizer

SEED = 7
STEPS = 5000
QUESTION_STEPS = 700
"""So long the network sees single questions only: what an answer depends on is found much sooner in plain text."""
SHALLOW_STEPS = 4000
"""So long it has half its layers, which learn as much at half the cost."""
SHALLOW_LAYERS = 4
LOOSE_STEPS = 4400
"""From here on it also meets looser ways to ask, so that an answer stops hanging on one order of words."""
VOCABULARY = 2048
TOKENIZER_CONVERSATIONS = 10_000
TOKENS_PER_STEP = 1500
MICRO_BATCH_TOKENS = 512
LISTENING = 0.1
"""How much a token that the model only hears counts, against one that it is to say."""
LARGEST_GRADIENT = 1.0
THREADS = 2
LOG_STEPS = 20
CHECKPOINT_STEPS = 100


@dataclass
class State:
    """How far a run has come: steps done, the network at that depth, and how it moves."""

    step: int
    config: model.Config
    weights: dict
    descent: optimizer.Optimizer


def main():
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(arguments.out / "tokenizer.json", arguments.seed)
    checkpoint = arguments.out / "checkpoint.npz"
    state = _restored(checkpoint, tokenizer) if checkpoint.exists() else _fresh(tokenizer, arguments.seed)
    with ThreadPoolExecutor(THREADS) as pool, open(arguments.out / "log.txt", "a", encoding="utf-8") as log:
        progress = _Progress(log)
        while state.step < arguments.steps:
            if state.step == SHALLOW_STEPS:
                _deepen(state, arguments.seed)
            batches = micro_batches(batch(tokenizer, arguments.seed, state.step), tokenizer.ids[PAD])
            loss, gradient = _gradient(pool, state, batches)
            norm = optimizer.clip(gradient, LARGEST_GRADIENT)
            state.descent.update(state.weights, gradient, optimizer.pace(state.step, arguments.steps))
            state.step += 1
            progress.report(state.step, loss, norm, batches)
            if state.step % CHECKPOINT_STEPS == 0 or state.step == arguments.steps:
                _save(checkpoint, state)


class _Progress:
    """A line in the log now and then: the loss since the last one, and the rate since the start."""

    def __init__(self, log):
        self._log, self._started = log, time.monotonic()
        self._tokens, self._losses = 0, []

    def report(self, step, loss, norm, batches):
        self._tokens += sum(int(np.count_nonzero(emphasis)) for _, _, emphasis in batches)
        self._losses.append(loss)
        if step % LOG_STEPS == 0:
            seconds = time.monotonic() - self._started
            mean = sum(self._losses) / len(self._losses)
            rate = self._tokens / seconds
            line = f"step {step} loss {mean:.4f} gradient {norm:.2f} {rate:.0f} tokens/s {seconds:.0f} s"
            print(line, file=self._log, flush=True)
            self._losses = []


def conversations(seed, step):
    """The conversations of one step, without end."""
    source = random.Random(f"{seed} {step}")
    while True:
        yield corpus.question(source) if step < QUESTION_STEPS else corpus.conversation(source, step >= LOOSE_STEPS)


def batch(tokenizer, seed, step):
    """(ids, said) of as many conversations as make up a step's tokens."""
    pairs, tokens = [], 0
    for talk in conversations(seed, step):
        pairs.append(tokenizer.conversation(talk))
        tokens += len(pairs[-1][0])
        if tokens >= TOKENS_PER_STEP:
            return pairs


def micro_batches(pairs, pad):
    """(tokens, targets, emphasis) arrays (B, T) of conversations of like length, so that little is padding."""
    groups = [[]]
    for pair in sorted(pairs, key=lambda pair: len(pair[0])):
        if groups[-1] and len(pair[0]) * (len(groups[-1]) + 1) > MICRO_BATCH_TOKENS:
            groups.append([])
        groups[-1].append(pair)
    return [_padded(group, pad) for group in groups]


def _padded(group, pad):
    length = max(len(ids) for ids, _ in group) - 1
    tokens = np.full((len(group), length + 1), pad)
    emphasis = np.zeros((len(group), length + 1), np.float32)
    for row, (ids, said) in enumerate(group):
        tokens[row, : len(ids)] = ids
        emphasis[row, : len(ids)] = np.where(said, 1.0, LISTENING)
    return tokens[:, :-1], tokens[:, 1:], emphasis[:, 1:]


def _gradient(pool, state, batches):
    """Mean loss and gradient over micro-batches, summed in their order whatever thread is first."""
    total = sum(float(emphasis.sum()) for _, _, emphasis in batches)
    loss, gradient = 0.0, None
    for part, share in pool.map(lambda batch: model.loss_and_gradient(state.config, state.weights, *batch), batches):
        loss += part
        if gradient is None:
            gradient = share
        else:
            for name, g in share.items():
                gradient[name] += g
    for g in gradient.values():
        g /= total
    return loss / total, gradient


def _tokenizer(path, seed):
    """The tokenizer of this seed's corpus, trained on first use."""
    if not path.exists():
        source = random.Random(f"{seed} tokenizer")
        talks = [draw(source) for _ in range(TOKENIZER_CONVERSATIONS) for draw in (corpus.question, corpus.conversation)]
        texts = [text for talk in talks for message in talk for text in (message["role"] + "\n", message["content"])]
        Tokenizer.train(texts, VOCABULARY).save(path)
    return Tokenizer.load(path)


def _fresh(tokenizer, seed):
    config = model.Config(vocabulary=len(tokenizer.tokens), layers=SHALLOW_LAYERS)
    weights = model.initial_weights(config, seed)
    return State(0, config, weights, optimizer.Optimizer(weights))


def _deepen(state, seed):
    """Doubles the layers; what the network computes stays, its momentum starts afresh."""
    state.config, state.weights = model.deepened(state.config, state.weights, seed + 1)
    state.descent = optimizer.Optimizer(state.weights)


def _save(path, state):
    """Writes beside, then renames: a killed run leaves the old checkpoint."""
    arrays = {f"weight/{name}": array for name, array in state.weights.items()}
    arrays |= {f"mean/{name}": array for name, array in state.descent.mean.items()}
    arrays |= {f"square/{name}": array for name, array in state.descent.square.items()}
    beside = path.with_suffix(".new.npz")
    np.savez(beside, step=state.step, layers=state.config.layers, updates=state.descent.steps, **arrays)
    os.replace(beside, path)


def _restored(path, tokenizer):
    with np.load(path) as saved:
        config = model.Config(vocabulary=len(tokenizer.tokens), layers=int(saved["layers"]))
        weights = {name: saved[f"weight/{name}"] for name in model.initial_weights(config, 0)}
        descent = optimizer.Optimizer(weights)
        descent.steps = int(saved["updates"])
        descent.mean = {name: saved[f"mean/{name}"] for name in descent.mean}
        descent.square = {name: saved[f"square/{name}"] for name in descent.square}
        return State(int(saved["step"]), config, weights, descent)


def _arguments():
    parser = argparse.ArgumentParser(description="Trains the demo model.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
