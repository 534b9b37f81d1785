"""How people type a question: lead-ins, politeness, number words, case, punctuation, a slip of the finger."""

import re

import grammar
from topics_numbers import WORDS

QUESTION_WORDS = frozenset("what which who how when where why is are".split())
VERBS = frozenset(
    "count add subtract take multiply say list write give show name tell start begin calculate compute work find "
    "describe explain make create run split cut drain".split()
)

_LEADS = "[hey|hi|hello|ok|so|well|now|please|yes|quick question|one question|another question|next question|my question is|I have a question]"
ANY_LEAD = f"{_LEADS}[, |: | ]"
QUESTION_LEAD = (
    "[can you tell me|could you tell me|please tell me|tell me|do you know|do you know the answer|I want to know|"
    "I would like to know|I need to know|I am looking for the answer|can you say|let me ask you][, |: | ]"
)
VERB_LEAD = "[please|can you|could you|would you|can you please|I want you to|I would like you to|I need you to|now] "
TAIL = "[, please| please|, thanks| thank you| for me| for me, please|, do you know|, can you tell me|, friend]"


def ask(phrase, fact, random, number_words=0.0):
    """One way to type `phrase` (grammar) about `fact` (slot values)."""
    text = grammar.expand(phrase, random)
    first = text.split()[0].lower().partition("'")[0]
    question = first in QUESTION_WORDS
    if random.random() < 0.35:
        lead = random.choice([ANY_LEAD] + [QUESTION_LEAD] * 2 * question + [VERB_LEAD] * 2 * (first in VERBS))
        text = grammar.expand(lead, random) + text
    if random.random() < 0.15:
        text += grammar.expand(TAIL, random)
    if random.random() < 0.04:
        text = _slip(text, random)
    text = text.format(**fact)
    if random.random() < number_words:
        text = re.sub(r"\d+", lambda number: WORDS[int(number[0])] if int(number[0]) < len(WORDS) else number[0], text)
    return finish(text, question, random)


def finish(text, question, random):
    """Case and punctuation as typed: mostly a proper sentence, often not."""
    style = random.random()
    if style < 0.6:
        text = text[0].upper() + text[1:]
    elif style < 0.9:
        text = text.lower()
    if text[-1].isalnum():
        text += random.choice(("?", "?", "?", "", "", ".", "??") if question else ("", "", ".", ".", "?", "!"))
    return text


def _slip(text, random):
    """One letter dropped or doubled, never inside a slot."""
    places = [m.start() for m in re.finditer(r"(?<![{\w])[a-z]{4,}(?![}\w])", text)]
    if not places:
        return text
    at = random.choice(places) + random.randint(1, 3)
    return text[:at] + random.choice(("", text[at] * 2)) + text[at + 1 :]
