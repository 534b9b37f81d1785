#!/usr/bin/env python3
"""Asks an OpenAI-compatible server the held-out questions, greedily, and scores the answers by category.

    evaluate.py --url http://127.0.0.1:8080 [--model NAME] [--questions heldout.jsonl] [--least 0.9]

An answer counts if it is right and ended by itself. Exits with 1 if fewer than `least` of all count.
"""

import argparse
import json
import sys
import urllib.request
from collections import Counter
from pathlib import Path

import heldout

MOST_TOKENS = 200


def main():
    arguments = _arguments()
    questions = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines()]
    asked, right, ended = Counter(), Counter(), Counter()
    for question in questions:
        answer, finish = ask(arguments.url, arguments.model, question["messages"])
        category = question["category"]
        asked[category] += 1
        ended[category] += finish == "stop"
        if finish == "stop" and heldout.right(answer, question["expect"]):
            right[category] += 1
        else:
            print(f"wrong: {question['id']} {question['messages'][-1]['content']!r} -> {answer!r} ({finish})")
    print(f"\n{'category':12} {'asked':>5} {'right':>5} {'ended':>5}")
    for category in asked:
        print(f"{category:12} {asked[category]:5} {right[category]:5} {ended[category]:5}")
    print(f"{'all':12} {asked.total():5} {right.total():5} {ended.total():5}  {right.total() / asked.total():.1%}")
    sys.exit(right.total() < arguments.least * asked.total())


def ask(url, name, messages):
    """(answer, finish reason) of one greedy chat completion."""
    body = {"model": name, "messages": messages, "temperature": 0, "max_tokens": MOST_TOKENS}
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        choice = json.load(response)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def _arguments():
    parser = argparse.ArgumentParser(description="Scores a server on the held-out questions.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="flotilla-demo")
    parser.add_argument("--questions", type=Path, default=Path(__file__).with_name("heldout.jsonl"))
    parser.add_argument("--least", type=float, default=0.9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
