"""A phrase grammar: `[a|b]` is a choice, choices nest, `{slot}` is filled in later."""

import re


def expand(phrase, random):
    """One phrasing of `phrase`, every choice drawn from `random` (a `random.Random`); slots stay."""
    return "".join(
        part if isinstance(part, str) else expand(random.choice(part), random) for part in _parts(phrase)
    )


def pattern(phrase):
    """A regular expression's source that matches exactly what `expand` can return."""
    return "".join(
        re.escape(part) if isinstance(part, str) else "(?:" + "|".join(pattern(choice) for choice in part) + ")"
        for part in _parts(phrase)
    )


def _parts(phrase):
    """Literal strings and lists of choices, in order; ValueError if brackets do not match."""
    parts, literal, depth, choices, start = [], "", 0, [], 0
    for i, c in enumerate(phrase):
        if c == "[":
            depth += 1
            if depth == 1:
                parts.append(literal)
                literal, choices, start = "", [], i + 1
        elif c == "]":
            depth -= 1
            if depth == 0:
                parts.append(choices + [phrase[start:i]])
        elif c == "|" and depth == 1:
            choices.append(phrase[start:i])
            start = i + 1
        elif depth == 0:
            literal += c
        if depth < 0:
            break
    if depth != 0:
        raise ValueError(f"unbalanced brackets in {phrase!r}")
    return [part for part in [*parts, literal] if part]
