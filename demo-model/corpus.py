"""The training conversations, drawn from a seed without end.

A conversation is a list of {"role", "content"}: perhaps a system prompt, then questions and answers.
"""

import grammar
import looser
import offtopic
import phrasing
import topics_flotilla
import topics_numbers
import topics_talk
import topics_words
import turns

TOPICS = topics_numbers.TOPICS + topics_words.TOPICS + topics_talk.TOPICS + topics_flotilla.TOPICS
_WEIGHTS = [topic.weight for topic in TOPICS]

NAMES = (
    "Anna Ben Carla David Emma Frank Grace Henry Ida Jack Kate Leo Mia Noah Olga Paul Rosa Sam Tina Uma Victor Wendy "
    "Yara Zoe Max Lucy Tom Nina Oscar Ella Hugo Lena Felix Clara Simon Julia Peter Maria Robert Alice Nemo Ada Bob Eve"
).split()
FAVOURITES = {
    "color": "red blue green yellow black white orange purple pink brown".split(),
    "animal": "cat dog bird fish mouse fox bear rabbit horse duck frog lion owl bee pig sheep cow elephant".split(),
    "fruit": "apple pear banana cherry plum grape lemon peach melon".split(),
    "day": topics_words.DAYS,
    "month": topics_words.MONTHS,
    "number": topics_numbers.NUMBERS[1:],
}
FAREWELL_WORDS = "over amen cheers roger ahoy done peace hooray bravo stop hello thanks banana moon".split()



def conversation(random, loose=False):
    """One conversation, never a held-out one; the same state of `random` (a `random.Random`) gives the same text.

    With `loose` the looser ways to ask come in too.
    """
    return _Conversation(random, loose).messages


def question(random):
    """A topic's question and its answer, and nothing else: the plainest conversation."""
    topic = random.choices(TOPICS, _WEIGHTS)[0]
    fact = random.choice(topic.facts)
    return [
        {"role": "user", "content": _typed(topic, fact, random)},
        {"role": "assistant", "content": topic.answer.format(**fact)},
    ]


def _typed(topic, fact, random, loose=False):
    words = 0.15 if topic.category in ("arithmetic", "counting") else 0
    phrases = topic.ask + looser.TOPICS.get((topic.category, topic.answer), ()) if loose else topic.ask
    return phrasing.ask(random.choice(phrases), fact, random, words)


class _Conversation:
    """Writes one conversation and remembers what was said in it."""

    def __init__(self, random, loose):
        self._random = random
        self._loose = loose
        self._style = lambda answer, key: answer
        self._name = None
        self._own_name = None
        self._favourites = {}
        self._follow_up = None
        self._last = None
        self.messages = []
        self._start()
        for _ in range(self._length()):
            self._turn()

    def _length(self):
        if self._random.random() < 0.04:
            return self._random.randint(6, 16)
        return self._random.choices((1, 2, 3, 4), (0.45, 0.3, 0.15, 0.1))[0]

    def _start(self):
        """Chooses the system prompt and what it asks for."""
        draw = self._random.random()
        if draw < 0.5:
            return
        if draw < 0.6:
            self._system(turns.GENERAL)
        elif draw < 0.7:
            self._own_name = self._any_name()
            self._system(turns.PERSONA, name=self._own_name)
        elif draw < 0.78:
            self._style = brief
            self._system(turns.BRIEF)
        elif draw < 0.86:
            self._style = pirate
            self._system(turns.PIRATE)
        elif draw < 0.93:
            word = self._random.choice(FAREWELL_WORDS) if self._random.random() < 0.7 else offtopic.word(self._random)
            self._style = sign_off(word)
            self._system(turns.SIGN_OFF, word=word)
        else:
            self._name = self._any_name()
            self._system(turns.KNOWS_USER, name=self._name)

    def _turn(self):
        draw = self._random.random()
        if self._follow_up and draw < 0.35:
            self._follow_up()
        elif self._last and draw < 0.4:
            self._exchange(self._ask(turns.REPEAT), self._last, self._last, styled=True)
        elif draw < 0.5:
            self._personal()
        elif draw < (0.7 if self._loose else 0.61):
            self._follow_up = None
            question, answer = offtopic.question(self._random, self._loose)
            if self._random.random() < 0.5 and "{" not in question:
                question = phrasing.finish(question, question.startswith(("wh", "how")), self._random)
            self._exchange(question, answer, topics_talk.BRIEF_REFUSAL)
        else:
            self._topic()

    def _topic(self):
        topic = self._random.choices(TOPICS, _WEIGHTS)[0]
        fact = self._random.choice(topic.facts)
        question = _typed(topic, fact, self._random, self._loose)
        answer = topic.answer.format(**fact)
        if self._name and topic is topics_talk.GREETINGS[0]:
            answer = f"Hello, {self._name}! How can I help you?"
        self._exchange(question, answer, topic.key.format(**fact))
        self._follow_up = self._follow_up_of(topic, fact)

    def _follow_up_of(self, topic, fact):
        """What may be asked about the answer just given, or None."""
        if topic in (topics_numbers.ADD, topics_numbers.SUBTRACT, topics_numbers.MULTIPLY):
            return lambda: self._carry_on(int(fact["c"]))
        for names in (topics_words.DAYS, topics_words.MONTHS):
            if topic.answer == "After {a} comes {b}." and fact["b"] in names:
                return lambda: self._step(names, fact["b"])
        return None

    def _carry_on(self, value):
        """A sum that starts from the last result."""
        add = value < topics_numbers.LIMIT and (value == 0 or self._random.random() < 0.6)
        b = self._random.randint(1, topics_numbers.LIMIT - value if add else value)
        result = value + b if add else value - b
        answer = f"{value} {'+' if add else '-'} {b} = {result}."
        self._exchange(self._ask(turns.ADD_MORE if add else turns.TAKE_AWAY, b=str(b)), answer, str(result))
        self._follow_up = lambda: self._carry_on(result)

    def _step(self, names, name):
        """The day or month after the last one."""
        following = names[(names.index(name) + 1) % len(names)]
        self._exchange(self._ask(turns.AND_AFTER), f"After {name} comes {following}.", following)
        self._follow_up = lambda: self._step(names, following)

    def _personal(self):
        """Names and likes: told, remembered, or not known yet."""
        self._follow_up = None
        draw = self._random.random()
        if draw < 0.25:
            name = self._own_name or "Flotilla Demo"
            answer = f"I am {name}." if self._own_name else "I am Flotilla Demo, a tiny demo model."
            self._exchange(self._ask(turns.YOUR_NAME), answer, name)
        elif draw < 0.55 and not self._name:
            self._name = self._any_name()
            answer = f"Nice to meet you, {self._name}!"
            self._exchange(self._ask(turns.NAME_IS, name=self._name), answer, answer)
        elif draw < 0.7:
            known = f"Your name is {self._name}."
            unknown = "I do not know your name yet."
            self._exchange(self._ask(turns.MY_NAME), *((known, self._name) if self._name else (unknown, unknown)))
        else:
            self._favourite(told=draw < 0.85)

    def _favourite(self, told):
        if told or not self._favourites:
            kind = self._random.choice(list(FAVOURITES))
        else:
            kind = self._random.choice(list(self._favourites))
        if told and kind not in self._favourites:
            value = self._favourites[kind] = self._random.choice(FAVOURITES[kind])
            answer = f"I will remember that your favourite {kind} is {value}."
            self._exchange(self._ask(turns.FAVOURITE_IS, kind=kind, value=value), answer, answer)
        elif kind in self._favourites:
            value = self._favourites[kind]
            self._exchange(self._ask(turns.MY_FAVOURITE, kind=kind), f"Your favourite {kind} is {value}.", value)
        else:
            answer = f"I do not know your favourite {kind} yet."
            self._exchange(self._ask(turns.MY_FAVOURITE, kind=kind), answer, answer)

    def _any_name(self):
        if self._random.random() < 0.7:
            return self._random.choice(NAMES)
        return offtopic.word(self._random).capitalize()

    def _ask(self, phrases, **fact):
        text = self._expanded(phrases).format(**fact)
        return phrasing.finish(text, text.split()[0].partition("'")[0] in phrasing.QUESTION_WORDS, self._random)

    def _system(self, phrases, **fact):
        content = self._expanded(phrases).format(**fact)
        self.messages.append({"role": "system", "content": content})

    def _expanded(self, phrases):
        ways = phrases + looser.TURNS.get(phrases, ()) if self._loose else phrases
        return grammar.expand(self._random.choice(ways), self._random)

    def _exchange(self, question, answer, key, styled=False):
        reply = answer if styled else self._style(answer, key)
        self._last = reply
        self.messages.append({"role": "user", "content": question})
        self.messages.append({"role": "assistant", "content": reply})


def brief(_answer, key):
    """The style of a brief assistant."""
    return key


def pirate(answer, _key):
    """The style of a pirate."""
    return f"Arr! {answer}"


def sign_off(word):
    """The style that ends every answer with `word`."""
    return lambda answer, _key: f"{answer} {word}!"


def asked():
    """Every grammar phrase that can become a user's turn, for the check against the held-out questions."""
    plain = tuple(phrase for topic in TOPICS for phrase in topic.ask)
    loose = tuple(phrase for phrases in looser.TOPICS.values() for phrase in phrases)
    personal = tuple(phrase for phrases in turns.OF_USERS for phrase in phrases + looser.TURNS.get(phrases, ()))
    return plain + loose + personal + offtopic.patterns()


def instructed():
    """The same of system prompts."""
    return tuple(phrase for phrases in turns.OF_SYSTEM for phrase in phrases + looser.TURNS.get(phrases, ()))
