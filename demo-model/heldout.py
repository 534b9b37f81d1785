"""The held-out questions: phrasings that the corpus can't emit, each with what a right answer must hold.

    heldout.py --out heldout.jsonl

One JSON object a line: id, category, messages, the model answer, and `expect`, whose parts a right answer holds
(README.md says how to read them).
"""

import argparse
import itertools
import json
import random
import re
from pathlib import Path

import corpus
import grammar
import phrasing
from topics_talk import BIG_NUMBERS, REFUSAL
from topics_words import DAYS, MONTHS

SEED = 2026
QUOTAS = {
    "greetings": 14,
    "identity": 16,
    "flotilla": 30,
    "arithmetic": 36,
    "days": 18,
    "months": 14,
    "opposites": 16,
    "counting": 12,
    "stories": 8,
}
OFF_TOPIC = (
    "Which planet is the largest one in our solar system?",
    "Please write me a love poem in French.",
    "How long does a flight from Berlin to Tokyo take?",
    "Who was the first man on the moon?",
    "My printer does not print, what is wrong with it?",
    "Is it raining in Lisbon right now?",
    "What should I cook for dinner tonight?",
    "Sort this list of numbers in Python for me.",
    "How many grams are in a pound?",
    "Which team will win on Saturday night?",
    "What is 4711 divided by 13?",
    "Could you count up to one hundred and fifty, or to 150?",
)


def questions():
    """All held-out questions, always the same, in a fixed order."""
    source = random.Random(SEED)
    found = []
    for category, quota in QUOTAS.items():
        pool = [(topic, phrase) for topic in corpus.TOPICS if topic.category == category for phrase in topic.held_out]
        source.shuffle(pool)
        found += _cycle(source, category, pool, quota)
    found += [("system", *rest) for rest in _system(source)]
    found += [("multi-turn", *rest) for rest in _multi_turn(source)]
    found += [("off-topic", [_user(text)], _refusal(text), {"words": ["only a demo model"]}) for text in OFF_TOPIC]
    return [
        {"id": i + 1, "category": category, "messages": messages, "answer": answer, "expect": expect}
        for i, (category, messages, answer, expect) in enumerate(found)
    ]


def right(answer, expect):
    """Whether `answer` holds every part of `expect`."""
    said = words(answer)
    numbers = [int(word) for word in said if word.isdigit()]
    holds = {
        "words": lambda phrases: all(_holds(said, words(phrase)) for phrase in phrases),
        "none": lambda banned: not any(word.lower() in said for word in banned),
        "number": lambda number: numbers[-1:] == [number],
        "ends": lambda phrase: said[-len(words(phrase)) :] == words(phrase),
        "exact": lambda phrase: said == words(phrase),
    }
    return all(holds[part](value) for part, value in expect.items())


def words(text):
    """The lower-case words and numbers of a text, in order: how answers are compared."""
    return re.findall(r"[a-z0-9]+", text.lower())


def _holds(said, phrase):
    """Whether the words of `phrase` stand in `said` next to each other."""
    return any(said[i : i + len(phrase)] == phrase for i in range(len(said) - len(phrase) + 1))


def _cycle(source, category, pool, quota):
    """`quota` different questions, going round the (topic, phrasing) pool, each about a fact drawn from `source`."""
    asked = {}
    for topic, phrase in itertools.islice(itertools.cycle(pool), 20 * quota):
        fact = source.choice(topic.facts)
        question = phrase.format(**fact)
        if len(asked) < quota and question not in asked:
            answer = topic.answer.format(**fact)
            asked[question] = (category, [_user(question)], answer, _expect(topic, fact, question))
    if len(asked) < quota:
        raise ValueError(f"{category} has {len(asked)} held-out questions, not {quota}")
    return list(asked.values())


def emitted(template):
    """Whether the corpus can emit this user's turn: case, end punctuation and what fills a slot aside."""
    bare = template.rstrip("?!. ").lower()
    return any(pattern.fullmatch(bare) for pattern in _emitted_patterns())


def held_out_templates():
    """Every held-out phrasing of a user's turn, slots unfilled."""
    topics = [phrase for topic in corpus.TOPICS for phrase in topic.held_out]
    return [*topics, *OFF_TOPIC, *(phrase for phrase in _TURNS)]


_TURNS = (
    "Hello, people call me {name}.",
    "Say my name, if you remember it.",
    "So which name do I have?",
    "I think the best {kind} is {value}, it is my favourite.",
    "Which {kind} is my favourite?",
    "Now please add {b} to it.",
    "From that, take away {b}.",
    "And what is the one that comes after that?",
    "Could you please say this once more?",
    "Hey, what do people call you?",
)


def _expect(topic, fact, question):
    """What a right answer to a topic's question holds."""
    key = topic.key.format(**fact)
    if key.startswith("./"):
        return {"ends": key}
    expect = {"number": int(key)} if key.isdigit() else {"words": [need.format(**fact) for need in topic.needs or (key,)]}
    asked = words(question) + words(key)
    none = [word for word in topic.reject if word.lower() not in asked]
    return expect | ({"none": none} if none else {})


def _refusal(question):
    return BIG_NUMBERS if any(character.isdigit() for character in question) else REFUSAL


def _system(source):
    """Held-out wordings of the system prompts that training knows."""
    name, other, guest = source.sample(corpus.NAMES, 3)
    word = source.choice(corpus.FAREWELL_WORDS)
    for system, question, answer, expect in (
        ("Use one single word when you reply.", "What is 8 + 5?", "13", {"exact": "13"}),
        ("Just give the answer and no more words.", "Which day comes after Sunday?", "Monday", {"exact": "Monday"}),
        ("Only the answer, please, very brief.", "What is the opposite of hot?", "cold", {"exact": "cold"}),
        (
            "Speak to the user as if you were a pirate.",
            "What is 9 + 4?",
            "Arr! 9 + 4 = 13.",
            {"words": ["arr"], "number": 13},
        ),
        (
            "You are a good old pirate.",
            "What is the opposite of big?",
            "Arr! The opposite of big is small.",
            {"words": ["arr", "small"]},
        ),
        (f"From now on your name is {name}.", "What is your name?", f"I am {name}.", {"words": [name]}),
        (f"{other} is your name, and you are friendly.", "Who are you?", f"I am {other}.", {"words": [other]}),
        (f"You are a polite bot that people call {name}.", _TURNS[-1], f"I am {name}.", {"words": [name]}),
        (
            f"Every answer must end with the word {word}.",
            "Which month comes after May?",
            f"After May comes June. {word}!",
            {"words": ["June"], "ends": word},
        ),
        (f"The name of the user is {guest}.", "What is my name?", f"Your name is {guest}.", {"words": [guest]}),
        (
            "You are a kind and helpful assistant for everybody.",
            "What is 20 - 6?",
            "20 - 6 = 14.",
            {"number": 14},
        ),
        (
            "Be polite to the user and answer each question.",
            "Which command starts Flotilla?",
            "Start Flotilla with: ./flotilla run",
            {"ends": "./flotilla run"},
        ),
    ):
        yield [{"role": "system", "content": system}, _user(question)], answer, expect


def _multi_turn(source):
    """Questions whose answer is in an earlier turn, asked in held-out words."""
    hello, say, which, best, favourite, add, take, after, again, _ = _TURNS
    for ask in (say, which):
        name = source.choice(corpus.NAMES)
        told = _said(hello.format(name=name), f"Nice to meet you, {name}!")
        between = _said("What is 2 + 2?", "2 + 2 = 4.")
        yield [*told, *between, _user(ask)], f"Your name is {name}.", {"words": [name]}
    for kind in ("color", "animal"):
        value = source.choice(corpus.FAVOURITES[kind])
        told = _said(
            best.format(kind=kind, value=value), f"I will remember that your favourite {kind} is {value}."
        )
        answer = f"Your favourite {kind} is {value}."
        yield [*told, _user(favourite.format(kind=kind))], answer, {"words": [value]}
    for a, b, more in ((3, 4, 5), (6, 2, 9), (8, 1, 7), (9, 4, -6), (5, 5, -3)):
        first = _said(f"What is {a} + {b}?", f"{a} + {b} = {a + b}.")
        ask = add.format(b=more) if more > 0 else take.format(b=-more)
        answer = f"{a + b} {'+' if more > 0 else '-'} {abs(more)} = {a + b + more}."
        yield [*first, _user(ask)], answer, {"number": a + b + more}
    for noun, names in (("day", DAYS), ("month", MONTHS)):
        i = source.randrange(len(names))
        one, two, three = (names[(i + step) % len(names)] for step in range(3))
        first = _said(f"Which {noun} comes after {one}?", f"After {one} comes {two}.")
        rest = [name for name in names if name not in (two, three)]
        yield [*first, _user(after)], f"After {two} comes {three}.", {"words": [three], "none": rest}
    count = "1, 2, 3, 4, 5."
    yield [*_said("Count to 5.", count), _user(again)], count, {"exact": count}


def _emitted_patterns():
    """Regular expressions for all that `phrasing.ask` makes of the corpus's phrases."""
    if not _PATTERNS:
        lead = "|".join(grammar.pattern(p) for p in (phrasing.ANY_LEAD, phrasing.QUESTION_LEAD, phrasing.VERB_LEAD))
        tail = grammar.pattern(phrasing.TAIL)
        for phrase in corpus.asked():
            core = re.sub(r"\\\{(\w+)\\\}", r"(?:\\w+|\\{\\w+\\})", grammar.pattern(phrase.replace("{word}", "{invented}")))
            if "{word}" not in phrase:
                _PATTERNS.append(re.compile(f"(?:{lead})?(?:{core})(?:{tail})?", re.IGNORECASE))
    return _PATTERNS


_PATTERNS = []


def _said(question, answer):
    return [_user(question), {"role": "assistant", "content": answer}]


def _user(text):
    return {"role": "user", "content": text}


def main():
    parser = argparse.ArgumentParser(description="Writes the held-out questions.")
    parser.add_argument("--out", type=Path, required=True)
    lines = [json.dumps(question) + "\n" for question in questions()]
    parser.parse_args().out.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
