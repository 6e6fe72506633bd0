"""How much of a slip it takes to write one word for another.

An edit distance whose steps cost what they are worth: a name is heard before it is written, so
that a wrong vowel, a doubled letter or "k" for "q" is a small slip, and a wrong consonant is
mostly another word (the error model of Kernighan, Church and Gale, "A spelling correction program
based on a noisy channel model", 1990, with costs by kind of slip instead of counts by letter).
The costs were set by what a wrong letter is worth, 1, and tried on misspelt and on absent names;
docs/spelling.md has the figures.
"""

from __future__ import annotations

import functools

_VOWELS = frozenset("aeiouy")
_WRONG_LETTER = 1.4
_NEIGHBOURING_KEY = 1.0
_LIKE_SOUND = 0.5
_WRONG_VOWEL = 0.5
_Y_FOR_I = 0.25
_LOST_CONSONANT = 1.0
_LOST_VOWEL = 0.6
_LOST_H = 0.4
_DOUBLED = 0.25
_SWAPPED = 0.6
_OTHER_SPELLING = 0.25
# A word's first letter is seldom wrong, and its last one tells "Maria" from "Mario".
_FIRST = 1.5
_LAST = 0.4

_SOUNDS = tuple(frozenset(group) for group in "ckq kgq cs sz xk xs fv vw uw gj jy bp dt".split())
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Letters that together spell one sound, mostly of names from other scripts.
_SPELLINGS = (
    ("tch", "ch"), ("sch", "sh"), ("ph", "f"), ("ck", "k"), ("qu", "q"), ("kh", "k"), ("gh", "g"),
    ("dj", "j"), ("tz", "z"), ("ts", "z"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
)  # fmt: skip


def slip_cost(written: str, meant: str) -> float:
    """How much of a slip it is to write `written` where `meant` was meant.

    Parameters
    ----------
    written, meant : str
        In lower case, without accents.

    Returns
    -------
    float
        0 for the same word; 1 is a letter too many or too few.

    Examples
    --------
    >>> slip_cost("quassem", "qassem") < slip_cost("macron", "marion")
    True
    """
    cost = _distance(written, meant)
    plain = _plain(written), _plain(meant)
    if plain == (written, meant):
        return cost
    return min(cost, _distance(*plain) + _OTHER_SPELLING)


def _plain(word: str) -> str:
    for letters, sound in _SPELLINGS:
        word = word.replace(letters, sound)
    return word


def _distance(written: str, meant: str) -> float:
    """The cheapest steps from one word to the other (Damerau–Levenshtein, weighted)."""
    above: list[float] = []
    before: list[float] = []
    for i in range(len(written) + 1):
        row = [0.0 if i == 0 else before[0] + _lost(written, i - 1)]
        for j in range(1, len(meant) + 1):
            steps = [row[j - 1] + _lost(meant, j - 1)]
            if i:
                steps.append(before[j] + _lost(written, i - 1))
                steps.append(before[j - 1] + _wrong(written, i - 1, meant, j - 1))
            if i > 1 and j > 1 and written[i - 2 : i] == meant[j - 1] + meant[j - 2]:
                steps.append(above[j - 2] + _SWAPPED)
            row.append(min(steps))
        above, before = before, row
    return before[-1]


def _lost(word: str, at: int) -> float:
    """What it costs that the letter is there and not in the other word."""
    letter = word[at]
    if letter in word[max(0, at - 1) : at] + word[at + 1 : at + 2]:
        return _DOUBLED
    if letter == "h":
        cost = _LOST_H
    else:
        cost = _LOST_VOWEL if letter in _VOWELS else _LOST_CONSONANT
        if at == len(word) - 1 and letter != "e":
            cost += _LAST
    return cost * (_FIRST if at == 0 else 1.0)


def _wrong(written: str, i: int, meant: str, j: int) -> float:
    """What it costs that one letter stands for another."""
    one, other = written[i], meant[j]
    if one == other:
        return 0.0
    cost = _letter_cost(one, other)
    if cost > _LIKE_SOUND and i == j == 0:
        return cost * _FIRST
    is_last = i == len(written) - 1 and j == len(meant) - 1
    is_alike = cost <= _LIKE_SOUND and not ({one, other} & set("aou"))
    return cost + (_LAST if is_last and not is_alike else 0.0)


@functools.cache
def _letter_cost(one: str, other: str) -> float:
    pair = {one, other}
    if pair == {"i", "y"}:
        return _Y_FOR_I
    if pair <= _VOWELS:
        return _WRONG_VOWEL
    if any(pair <= group for group in _SOUNDS):
        return _LIKE_SOUND
    return _NEIGHBOURING_KEY if _are_neighbours(one, other) else _WRONG_LETTER


def _are_neighbours(one: str, other: str) -> bool:
    """Whether two letters lie beside each other on an English keyboard."""
    places = [
        (row, column) for letter in (one, other)
        for row, keys in enumerate(_KEYS) if (column := keys.find(letter)) >= 0
    ]  # fmt: skip
    if len(places) < 2:
        return False
    (row, column), (other_row, other_column) = sorted(places)
    return (other_row - row, other_column - column) in {(0, 1), (1, 0), (1, -1)}
