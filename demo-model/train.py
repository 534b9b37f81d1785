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
from pathlib import Path

import numpy as np

import corpus
import model
import optimizer
from tokenizer import PAD, Tokenizer

SEED = 7
STEPS = 2400
VOCABULARY = 2048
TOKENIZER_CONVERSATIONS = 20_000
TOKENS_PER_STEP = 1500
MICRO_BATCH_TOKENS = 512
SINGLE_TURN_STEPS = 1200
"""So long every conversation has one turn: what an answer depends on is found sooner in a short text."""
LISTENING = 0.02
"""How much a token that the model only hears counts, against one that it is to say."""
THREADS = 2
CHECKPOINT_STEPS = 100


def main():
    arguments = _arguments()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(out / "tokenizer.json", arguments.seed)
    config = model.Config(vocabulary=len(tokenizer.tokens))
    weights = model.initial_weights(config, arguments.seed)
    descent = optimizer.Optimizer(weights)
    checkpoint = out / "checkpoint.npz"
    if checkpoint.exists():
        _restore(checkpoint, weights, descent)
    print(f"{sum(w.size for w in weights.values()):,} parameters, from step {descent.steps} to {arguments.steps}", flush=True)

    started, tokens, smooth = time.time(), 0, None
    with ThreadPoolExecutor(THREADS) as pool, open(out / "log.txt", "a", encoding="utf-8") as log:
        while descent.steps < arguments.steps:
            step = descent.steps
            batches = micro_batches(batch(tokenizer, arguments.seed, step), tokenizer.ids[PAD])
            loss, gradient = _gradient(pool, config, weights, batches)
            norm = optimizer.clip(gradient, 1.0)
            descent.update(weights, gradient, optimizer.pace(step, arguments.steps))
            tokens += sum(int(np.count_nonzero(emphasis)) for _, _, emphasis in batches)
            smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
            if descent.steps % 20 == 0:
                seconds = time.time() - started
                line = f"step {descent.steps} loss {smooth:.4f} norm {norm:.2f} {tokens / seconds:.0f} tokens/s {seconds:.0f} s"
                print(line, file=log, flush=True)
            if descent.steps % CHECKPOINT_STEPS == 0 or descent.steps == arguments.steps:
                _save(checkpoint, weights, descent)


def conversations(seed, step):
    """The conversations of one step, without end."""
    source = random.Random(f"{seed} {step}")
    most_turns = 1 if step < SINGLE_TURN_STEPS else corpus.MOST_TURNS
    while True:
        yield corpus.conversation(source, most_turns)


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


def _gradient(pool, config, weights, batches):
    """Mean loss and gradient over micro-batches, summed in their order whatever thread is first."""
    total = sum(float(emphasis.sum()) for _, _, emphasis in batches)
    loss, gradient = 0.0, None
    for part, share in pool.map(lambda batch: model.loss_and_gradient(config, weights, *batch), batches):
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
        talks = [corpus.conversation(source) for _ in range(TOKENIZER_CONVERSATIONS)]
        texts = [text for talk in talks for message in talk for text in (message["role"] + "\n", message["content"])]
        Tokenizer.train(texts, VOCABULARY).save(path)
    return Tokenizer.load(path)


def _save(path, weights, descent):
    """Writes beside, then renames: a killed run leaves the old checkpoint."""
    state = {f"weight/{name}": array for name, array in weights.items()}
    state |= {f"mean/{name}": array for name, array in descent.mean.items()}
    state |= {f"square/{name}": array for name, array in descent.square.items()}
    beside = path.with_suffix(".new.npz")
    np.savez(beside, steps=descent.steps, **state)
    os.replace(beside, path)


def _restore(path, weights, descent):
    with np.load(path) as state:
        descent.steps = int(state["steps"])
        for kind, arrays in (("weight", weights), ("mean", descent.mean), ("square", descent.square)):
            for name, array in arrays.items():
                array[...] = state[f"{kind}/{name}"]


def _arguments():
    parser = argparse.ArgumentParser(description="Trains the demo model.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
