#!/usr/bin/env python3
"""Checks that llama.cpp reads the exported model as this folder means it: same tokens, same greedy answers.

    parity.py --model FILE --url http://127.0.0.1:8080     (a llama-server that serves FILE)

Exits with 1 if a text's tokens differ, or more than one greedy answer in twenty (rounding may tip a near tie).
"""

import argparse
import json
import random
import string
import sys
import urllib.request
from pathlib import Path

import numpy as np

import check
import corpus
import gguf
import heldout
import model

TEXTS = 1000
ANSWERS = 40
MOST_TOKENS = 60


def main():
    arguments = _arguments()
    metadata, weights = gguf.read(arguments.model)
    config, tokenizer = check.parts(metadata)
    source = random.Random(1)

    different = 0
    for text in _texts(source):
        theirs = _post(arguments.url, "tokenize", {"content": text, "add_special": True, "parse_special": False})
        if theirs["tokens"] != tokenizer.encode(text):
            different += 1
            print(f"tokens differ: {text!r}")
    print(f"{different} of {TEXTS} texts have other tokens")

    other = 0
    end = metadata["tokenizer.ggml.eos_token_id"]
    for question in source.sample(heldout.questions(), ANSWERS):
        prompt = tokenizer.prompt(question["messages"])
        body = {"prompt": prompt, "temperature": 0, "n_predict": MOST_TOKENS, "return_tokens": True}
        theirs = [i for i in _post(arguments.url, "completion", body)["tokens"] if i != end]
        ours = _greedy(config, weights, prompt, end)
        if theirs != ours:
            other += 1
            print(f"answers differ: {tokenizer.decode(theirs)!r} here {tokenizer.decode(ours)!r}")
    print(f"{other} of {ANSWERS} greedy answers differ")
    sys.exit(different > 0 or other > ANSWERS / 20)


def _texts(source):
    """Corpus turns and printable noise."""
    for i in range(TEXTS):
        if i % 2:
            yield source.choice(corpus.conversation(source))["content"]
        else:
            yield "".join(source.choices(string.printable, k=source.randint(1, 40)))


def _greedy(config, weights, prompt, end):
    ids = list(prompt)
    while len(ids) < len(prompt) + MOST_TOKENS:
        best = int(np.argmax(model.logits(config, weights, np.array([ids]))[0, -1]))
        if best == end:
            break
        ids.append(best)
    return ids[len(prompt) :]


def _post(url, path, body):
    request = urllib.request.Request(f"{url}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def _arguments():
    parser = argparse.ArgumentParser(description="Compares this folder's code with a llama-server.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--url", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
