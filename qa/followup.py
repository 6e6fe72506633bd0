"""A question that leans on the one before it, made to stand alone.

The question before it is enough where the new one names nothing of its own: "What did he vow?"
after "Who is Esmail Qaani?". No language model: the pronoun gives way to the name, and where
there is no name to put there, the earlier question is searched along with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.words import Word, split_words

_PRONOUN = re.compile(
    r"\b(?:(?P<possessive>his|her|its|their|hers|theirs)|he|she|it|they|him|them"
    # "that" and its like point back only where they stand for a thing of their own: not in
    # "this week", nor in "the man that fled".
    r"|(?:this|that|these|those)(?=\s*(?:[?.!,;]|$|(?:is|was|were|are|did|does|happen\w*|mean)\b)))\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)
# "her" is a possessive where a noun follows ("her visit"), else it stands for the person.
_HER_ALONE = re.compile(
    r"\bher\b(?=\s*(?:[?.!,;]|$|\b(?:in|on|at|to|for|from|with|and|or|say|do|go|by|of)\b))",
    re.IGNORECASE,
)
# What a question opens with when it goes on with the one before it.
_ELLIPSIS = re.compile(
    r"^(?:and|but|so|or|then|also|what about|how about|what else|who else|where else|why|why not"
    r"|how|how so|when|where|who|since when|by whom|for what|tell me more|more|anything else"
    r"|what happened (?:then|next|after(?:wards)?))\b",
    re.IGNORECASE,
)
_MAX_CONTENT_WORDS = 2


def stand_alone(question: str, history: Sequence[tuple[str, str]]) -> str:
    """`question` in a form that can be searched without `history`.

    Parameters
    ----------
    question : str
        On one line, without written filters.
    history : sequence of (question, answer text)
        Oldest first.
    """
    subject = ""
    for earlier, _ in history:
        subject = _resolve(" ".join(earlier.split()), subject)
    return _resolve(question, subject)


def _resolve(question: str, earlier: str) -> str:
    if not earlier or not question or not leans(question):
        return question
    pronoun = _PRONOUN.search(question)
    name = _main_name(earlier, of_person=bool(_PERSONAL.search(question)))
    if name and pronoun:
        return _put_name(question, name)
    return f"{earlier} {question}"


def leans(question: str) -> bool:
    """Whether a question names nothing of its own and so rests on the one before it."""
    words = split_words(question)
    if any(word.is_name for word in words):
        # "And Hezbollah?" names something, but asks what the last question asked.
        return bool(_ELLIPSIS.match(question)) and _n_content(words) <= 1
    if _PRONOUN.search(question):
        return True
    return bool(_ELLIPSIS.match(question)) and _n_content(words) <= _MAX_CONTENT_WORDS


def _n_content(words: Sequence[Word]) -> int:
    return sum(not word.is_function and not word.is_number for word in words)


def _main_name(question: str, *, of_person: bool) -> str:
    """The last run of name words in a question: what it is most likely about.

    Nobody is called by an abbreviation: "he" is not the US.
    """
    runs: list[list[Word]] = [[]]
    for word in split_words(question):
        if word.is_name and not (of_person and word.key.isupper()):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    named = [run for run in runs if run]
    return " ".join(word.text for word in named[-1]) if named else ""


def _put_name(question: str, name: str) -> str:
    """`question` with its first pronoun replaced by `name`."""
    question = _HER_ALONE.sub(name, question)

    def replace(match: re.Match[str]) -> str:
        return f"{name}’s" if match["possessive"] else name

    return _PRONOUN.sub(replace, question, count=1)
