"""A byte-level BPE tokenizer: all 256 bytes are tokens, so every text has an encoding.

Words are split as llama.cpp's `llama-bpe` pre-tokenizer splits them, with Python's classes for letters and digits,
so both agree on the corpus and on nearly all other text. BPE: arXiv:1508.07909; its byte alphabet: GPT-2.
"""

import json
import re
from collections import Counter

SPECIALS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
START, END, PAD = SPECIALS

_OTHER = r"(?:[^\s\w]|_)"
_WORD = re.compile(
    r"'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
    r"|(?:[^\r\n\w]|_)?[^\W\d_]+"
    r"|\d{1,3}"
    rf"| ?{_OTHER}+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _alphabet():
    """The visible character that stands for each byte: itself if Latin-1 prints it, else one from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return [chr(byte if byte in visible else next(hidden)) for byte in range(256)]


_CHARACTER = _alphabet()
_BYTE = {character: byte for byte, character in enumerate(_CHARACTER)}


class Tokenizer:
    """Token ids are positions in `tokens`: the bytes, then a token per merge, then the specials."""

    def __init__(self, merges):
        self.merges = [tuple(merge) for merge in merges]
        self.tokens = [*_CHARACTER, *(a + b for a, b in self.merges), *SPECIALS]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self._rank = {merge: rank for rank, merge in enumerate(self.merges)}
        self._known = {}

    @staticmethod
    def train(texts, size, rare=4):
        """Learns merges until there are `size` tokens; ties go to the lexically first pair.

        Words that occur at most `rare` times teach nothing: most are slips and invented words.
        """
        words = Counter(word for text in texts for word in _words(text))
        split = {word: list(word) for word, count in words.items() if count > rare}
        merges = []
        while len(_CHARACTER) + len(merges) + len(SPECIALS) < size:
            pairs = Counter()
            for word, pieces in split.items():
                for pair in zip(pieces, pieces[1:]):
                    pairs[pair] += words[word]
            if not pairs:
                break
            best = min(pairs, key=lambda pair: (-pairs[pair], pair))
            merges.append(best)
            split = {word: _merge(pieces, best) for word, pieces in split.items()}
        return Tokenizer(merges)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as file:
            return Tokenizer(json.load(file)["merges"])

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"merges": self.merges}, file)

    def encode(self, text):
        """Ids of plain text; the specials' names in it are text like any other."""
        return [i for word in _words(text) for i in self._word(word)]

    def decode(self, ids):
        """The text of `ids`, specials left out; bytes that are no UTF-8 become U+FFFD."""
        plain = "".join(self.tokens[i] for i in ids if self.tokens[i] not in SPECIALS)
        return bytes(_BYTE[character] for character in plain).decode("utf-8", errors="replace")

    def conversation(self, messages):
        """ChatML: ids, and for each whether the model is to say it (an assistant's words and their end)."""
        ids, said = [], []
        for message in messages:
            head = [self.ids[START], *self.encode(message["role"] + "\n")]
            body = [*self.encode(message["content"]), self.ids[END]]
            tail = self.encode("\n")
            ids += head + body + tail
            said += [False] * len(head) + [message["role"] == "assistant"] * len(body) + [False] * len(tail)
        return ids, said

    def prompt(self, messages):
        """ChatML up to where the assistant begins to speak."""
        ids, _ = self.conversation(messages)
        return [*ids, self.ids[START], *self.encode("assistant\n")]

    def _word(self, word):
        """A word that is a token is that token; else the earliest merges apply first."""
        if word not in self._known:
            pieces = [word] if word in self.ids and word not in SPECIALS else list(word)
            while len(pieces) > 1:
                pair = min(zip(pieces, pieces[1:]), key=lambda pair: self._rank.get(pair, len(self._rank)))
                if pair not in self._rank:
                    break
                pieces = _merge(pieces, pair)
            self._known[word] = [self.ids[piece] for piece in pieces]
        return self._known[word]


def _words(text):
    return ["".join(_CHARACTER[byte] for byte in word.encode("utf-8")) for word in _WORD.findall(text)]


def _merge(pieces, pair):
    """`pieces` with every `pair` joined, from the left."""
    merged, i = [], 0
    while i < len(pieces):
        if i + 1 < len(pieces) and (pieces[i], pieces[i + 1]) == pair:
            merged.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            merged.append(pieces[i])
            i += 1
    return merged
