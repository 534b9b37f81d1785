"""What a topic is: facts, ways to ask for them, and the one right answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One kind of question.

    `ask` are training phrasings in the phrase grammar; `held_out` are phrasings that training never emits.
    `facts` fill the slots of both, of `answer`, and of `key`: the part that carries the meaning, which is also
    the whole reply when the system prompt asks for a brief one. An answer is right if it contains each of `needs`
    (by default the key; a key that is a number must be the last number) and no word of `reject` that the
    question did not contain.
    """

    category: str
    ask: tuple
    held_out: tuple
    answer: str
    key: str
    facts: tuple = ({},)
    needs: tuple = ()
    reject: tuple = ()
    weight: float = 1.0
