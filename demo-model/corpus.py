"""The training conversations, drawn from a seed without end.

A conversation is a list of {"role", "content"}: perhaps a system prompt, then questions and answers.
"""

import grammar
import offtopic
import phrasing
import topics_flotilla
import topics_numbers
import topics_talk
import topics_words

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

NAME_IS = ("my name is {name}", "I am {name}", "I'm {name}", "call me {name}", "my name's {name}", "you can call me {name}")
MY_NAME = (
    "what is my name",
    "what's my name",
    "who am I",
    "do you [know|remember] my name",
    "[tell me|say] my name",
    "what did I say my name was",
)
FAVOURITE_IS = (
    "my [favourite|favorite] {kind} is {value}",
    "the {kind} I like [most|best] is {value}",
    "I like the {kind} {value} [most|best]",
)
MY_FAVOURITE = (
    "what is my [favourite|favorite] {kind}",
    "what's my [favourite|favorite] {kind}",
    "which {kind} do I like [most|best]",
    "do you [know|remember] my [favourite|favorite] {kind}",
    "tell me my [favourite|favorite] {kind}",
)
YOUR_NAME = (
    "what is your name",
    "what's your name",
    "who are you",
    "[do you have|have you got] a name",
    "how are you called",
    "[tell me|say] your name",
    "[what do I call you|what should I call you|how do I call you|your name]",
    "are you called [Max|Bob|Eve|Siri|Alexa]",
    "who am I talking to",
)
REPEAT = (
    "[say|tell me] that again",
    "[can you |please |]repeat [that|it|your answer|your last answer]",
    "what did you [just |]say",
    "again",
    "once more",
    "pardon",
    "sorry, what",
)
ADD_MORE = ("[and |now |then |]add {b}[| more| to that| to it]", "[and |now |then |]plus {b}", "[and |]what is that plus {b}")
TAKE_AWAY = ("[and |now |then |]take away {b}", "[and |now |then |]minus {b}", "[and |]what is that minus {b}")
AND_AFTER = ("and after that", "and then", "and the [day|month|one|next one] after that", "what comes [after that|then|next]", "and next")

GENERAL = (
    "You are [a helpful|a friendly|a good|a polite|an] assistant.",
    "You are a helpful assistant. [Answer the user's questions.|Be nice.|Help the user.]",
    "[Answer the questions of the user.|Help the user.|Be helpful.|You help people.|Answer as well as you can.]",
)
PERSONA = (
    "You are {name}.",
    "You are {name}, [a|the] [helpful|friendly|good|polite] [assistant|bot|helper].",
    "Your name is {name}.",
    "Your name is {name}. [Be nice.|Help the user.|You are a helpful assistant.]",
    "You are [an assistant|a helper|a bot] [called|named] {name}.",
    "Call yourself {name}.",
)
BRIEF = (
    "[Answer|Reply|Speak] with [one word|only one word|just one word|as few words as possible|only the answer|just the answer].",
    "[Be|Keep it|Keep answers] [brief|short|very short].",
    "[Give|Say|Write] [only|just] the answer.",
    "[Use|Use only] [one word|few words][| for your answer| for each answer].",
    "You are a [brief|short] assistant. Answer with only the answer.",
    "No long answers[| please].",
)
PIRATE = (
    "[Talk|Speak|Answer|Reply] like a pirate.",
    "You are a pirate.",
    "You are a [friendly|helpful|happy] pirate.",
    "[Answer|Reply] as a pirate would.",
    "You are a pirate. [Help the user.|Answer the user's questions.]",
)
SIGN_OFF = (
    "[End|Finish|Close] [every|each] [answer|reply] with [|the word ]{word}.",
    "[Put|Write|Say|Add] [|the word ]{word} at the end of [every|each] [answer|reply].",
    "[Always|You always] [end|finish] with [|the word ]{word}.",
)
KNOWS_USER = (
    "The user's name is {name}.",
    "[The user|The person you talk to] is [called|named] {name}.",
    "You are talking [to|with] {name}.",
    "You are a helpful assistant. The user's name is {name}.",
)


def conversation(random):
    """One conversation, never a held-out one; the same state of `random` (a `random.Random`) gives the same text."""
    return _Conversation(random).messages


def question(random):
    """A topic's question and its answer, and nothing else: the plainest conversation."""
    topic = random.choices(TOPICS, _WEIGHTS)[0]
    fact = random.choice(topic.facts)
    return [
        {"role": "user", "content": _typed(topic, fact, random)},
        {"role": "assistant", "content": topic.answer.format(**fact)},
    ]


def _typed(topic, fact, random):
    words = 0.15 if topic.category in ("arithmetic", "counting") else 0
    return phrasing.ask(random.choice(topic.ask), fact, random, words)


class _Conversation:
    """Writes one conversation and remembers what was said in it."""

    def __init__(self, random):
        self._random = random
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
            self._system(GENERAL)
        elif draw < 0.7:
            self._own_name = self._any_name()
            self._system(PERSONA, name=self._own_name)
        elif draw < 0.78:
            self._style = brief
            self._system(BRIEF)
        elif draw < 0.86:
            self._style = pirate
            self._system(PIRATE)
        elif draw < 0.93:
            word = self._random.choice(FAREWELL_WORDS) if self._random.random() < 0.7 else offtopic.word(self._random)
            self._style = sign_off(word)
            self._system(SIGN_OFF, word=word)
        else:
            self._name = self._any_name()
            self._system(KNOWS_USER, name=self._name)

    def _turn(self):
        draw = self._random.random()
        if self._follow_up and draw < 0.35:
            self._follow_up()
        elif self._last and draw < 0.4:
            self._exchange(self._ask(REPEAT), self._last, self._last, styled=True)
        elif draw < 0.5:
            self._personal()
        elif draw < 0.61:
            self._follow_up = None
            question, answer = offtopic.question(self._random)
            if self._random.random() < 0.5 and "{" not in question:
                question = phrasing.finish(question, question.startswith(("wh", "how")), self._random)
            self._exchange(question, answer, topics_talk.BRIEF_REFUSAL)
        else:
            self._topic()

    def _topic(self):
        topic = self._random.choices(TOPICS, _WEIGHTS)[0]
        fact = self._random.choice(topic.facts)
        question = _typed(topic, fact, self._random)
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
        self._exchange(self._ask(ADD_MORE if add else TAKE_AWAY, b=str(b)), answer, str(result))
        self._follow_up = lambda: self._carry_on(result)

    def _step(self, names, name):
        """The day or month after the last one."""
        following = names[(names.index(name) + 1) % len(names)]
        self._exchange(self._ask(AND_AFTER), f"After {name} comes {following}.", following)
        self._follow_up = lambda: self._step(names, following)

    def _personal(self):
        """Names and likes: told, remembered, or not known yet."""
        self._follow_up = None
        draw = self._random.random()
        if draw < 0.25:
            name = self._own_name or "Flotilla Demo"
            answer = f"I am {name}." if self._own_name else "I am Flotilla Demo, a tiny demo model."
            self._exchange(self._ask(YOUR_NAME), answer, name)
        elif draw < 0.55 and not self._name:
            self._name = self._any_name()
            answer = f"Nice to meet you, {self._name}!"
            self._exchange(self._ask(NAME_IS, name=self._name), answer, answer)
        elif draw < 0.7:
            known = f"Your name is {self._name}."
            unknown = "I do not know your name yet."
            self._exchange(self._ask(MY_NAME), *((known, self._name) if self._name else (unknown, unknown)))
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
            self._exchange(self._ask(FAVOURITE_IS, kind=kind, value=value), answer, answer)
        elif kind in self._favourites:
            value = self._favourites[kind]
            self._exchange(self._ask(MY_FAVOURITE, kind=kind), f"Your favourite {kind} is {value}.", value)
        else:
            answer = f"I do not know your favourite {kind} yet."
            self._exchange(self._ask(MY_FAVOURITE, kind=kind), answer, answer)

    def _any_name(self):
        if self._random.random() < 0.7:
            return self._random.choice(NAMES)
        return offtopic.word(self._random).capitalize()

    def _ask(self, phrases, **fact):
        text = grammar.expand(self._random.choice(phrases), self._random).format(**fact)
        return phrasing.finish(text, text.split()[0].partition("'")[0] in phrasing.QUESTION_WORDS, self._random)

    def _system(self, phrases, **fact):
        content = grammar.expand(self._random.choice(phrases), self._random).format(**fact)
        self.messages.append({"role": "system", "content": content})

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
    personal = NAME_IS + MY_NAME + FAVOURITE_IS + MY_FAVOURITE + YOUR_NAME + REPEAT + ADD_MORE + TAKE_AWAY + AND_AFTER
    return tuple(phrase for topic in TOPICS for phrase in topic.ask) + personal + offtopic.patterns()
