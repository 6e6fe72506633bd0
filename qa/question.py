"""What a question asks for: the kind of its answer, and the words that a source must share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from qa.quantities import is_unit
from qa.words import Word, rarity, split_words


class AnswerKind(StrEnum):
    """The kind of thing that answers a question."""

    PERSON = "person"
    NAME = "name"
    PLACE = "place"
    TIME = "time"
    NUMBER = "number"
    MONEY = "money"
    REASON = "reason"
    DESCRIPTION = "description"
    OTHER = "other"


_ASKING = frozenset("who whom whose when where why how what which".split())
_AUXILIARIES = frozenset("did do does can could will would has have had may might must".split())
# Nouns that say what kind of thing is asked for ("which country", "what was the year").
_KIND_NOUNS = {
    AnswerKind.PERSON: """
        actor actress ambassador artist athlete author boss boy candidate captain chairman chief
        commander director doctor emperor founder general girl governor head judge king lawmaker
        lawyer leader man mayor minister official owner person player politician pope premier
        president prince princess prosecutor queen reporter ruler scientist scholar secretary
        senator singer spokesman spokesperson spokeswoman successor winner woman writer""",
    AnswerKind.NAME: """
        agency army bank body book church club college company family film firm force group
        language movie nationality network newspaper nickname organisation organization outlet
        party program programme religion ship show song station surname team term title tribe
        union university""",
    AnswerKind.PLACE: """
        airport area base border building capital city continent country county district island
        lake location mountain nation neighborhood neighbourhood ocean place port province region
        river site state street town venue village""",
    AnswerKind.TIME: """
        age century date day decade era hour month night period season time week weekday year
        """,
    AnswerKind.NUMBER: """
        amount average count degree depth distance duration height length level majority number
        percent percentage population portion proportion quantity range rank rate ratio score
        share size speed temperature toll total turnout weight width""",
    AnswerKind.MONEY: "budget cost debt fee fine gdp income price revenue salary sum wage worth",
    AnswerKind.REASON: "cause motive reason purpose",
}
_NOUN_KIND = {noun: kind for kind, nouns in _KIND_NOUNS.items() for noun in nouns.split()}
_COUNTING = {"many": AnswerKind.NUMBER, "much": AnswerKind.NUMBER, "long": AnswerKind.NUMBER}
_COUNTING |= dict.fromkeys(
    "big deep far fast heavy high hot large old often tall wide".split(), AnswerKind.NUMBER
)
_PAYING = frozenset("cost earn paid pay price spend spent worth dollars euros pounds".split())
# Stems: "what caused", "what triggers".
_CAUSING = frozenset("caus trigger prompt spark provok".split())
_NOUN_REACH = 4
_KIND_NOUN_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question that tells something, with its weight in (0, 1]."""

    key: str
    weight: float
    is_name: bool
    is_number: bool


@dataclass(frozen=True, slots=True)
class QuestionProfile:
    """A question as evidence is weighed against it.

    Attributes
    ----------
    kind : AnswerKind
        What kind of thing would answer it; OTHER where it does not tell.
    unit : str or None
        The noun that names the kind ("year" of "what year"), where there is one.
    terms : tuple of Term
        Its telling words, each once, in order.
    keys : frozenset of str
        The keys of all its words: what repeats them answers nothing.
    counts : bool
        Whether it asks how many there are of something ("people"), rather than for a measure
        ("miles").
    """

    kind: AnswerKind
    unit: str | None
    terms: tuple[Term, ...]
    keys: frozenset[str]
    counts: bool = False


def profile_question(question: str) -> QuestionProfile:
    """Return what the question asks for and the words a source must share.

    >>> profile_question("On which day did Pompeo speak?").kind
    <AnswerKind.TIME: 'time'>
    """
    words = split_words(question)
    kind, unit, unit_position = _kind_of(words)
    terms: dict[str, Term] = {}
    for position, word in enumerate(words):
        if word.is_function or word.key in terms:
            continue
        # "Which country" is answered by a country's name, seldom beside the word "country".
        factor = _KIND_NOUN_WEIGHT if position == unit_position else 1.0
        weight = max(rarity(word.key), 0.05) * factor
        terms[word.key] = Term(word.key, weight, word.is_name, word.is_number)
    keys = frozenset(word.key for word in words)
    return QuestionProfile(kind, unit, tuple(terms.values()), keys, _counts(words))


def is_kind_noun(noun: str) -> bool:
    """Return whether a noun says what kind of thing somebody or something is ("commander").

    >>> is_kind_noun("companies"), is_kind_noun("election")
    (True, False)
    """
    return noun.lower() in _NOUN_KIND or _singular(noun.lower()) in _NOUN_KIND


def _kind_of(words: tuple[Word, ...]) -> tuple[AnswerKind, str | None, int | None]:
    lower = [word.text.lower() for word in words]
    start = next((i for i, word in enumerate(lower) if word in _ASKING), None)
    if start is None:
        return AnswerKind.OTHER, None, None
    asking, rest = lower[start], lower[start + 1 :]
    if asking in ("what", "which"):
        return _kind_of_thing(words, start)
    if asking == "how":
        return _kind_of_measure(rest), None, None
    if asking == "who" and _asks_who_somebody_is(words[start + 1 :]):
        return AnswerKind.DESCRIPTION, None, None
    simple = {"when": AnswerKind.TIME, "where": AnswerKind.PLACE, "why": AnswerKind.REASON}
    return simple.get(asking, AnswerKind.PERSON), None, None


def _counts(words: tuple[Word, ...]) -> bool:
    lower = [word.text.lower() for word in words]
    for position, pair in enumerate(pairwise(lower)):
        if pair == ("how", "many"):
            what = lower[position + 2 : position + 2 + _NOUN_REACH]
            return not any(is_unit(word) for word in what)
    return False


def _kind_of_measure(rest: list[str]) -> AnswerKind:
    kind = _COUNTING.get(rest[0], AnswerKind.OTHER) if rest else AnswerKind.OTHER
    if rest and rest[0] == "much" and _PAYING.intersection(rest):
        return AnswerKind.MONEY
    return kind


def _kind_of_thing(
    words: tuple[Word, ...], start: int
) -> tuple[AnswerKind, str | None, int | None]:
    """Find the noun that says what is asked for: "which country", "what was the year of"."""
    for position in range(start + 1, min(start + 1 + _NOUN_REACH, len(words))):
        text = words[position].text.lower()
        if text in _AUXILIARIES:
            break
        noun = text if text in _NOUN_KIND else _singular(text)
        if noun in _NOUN_KIND and not words[position].is_name:
            return _NOUN_KIND[noun], noun, position
    rest = words[start + 1 :]
    if rest and rest[0].key in _CAUSING:
        return AnswerKind.REASON, None, None
    if rest and rest[0].text.lower() in ("is", "are", "was", "were"):
        content = [word for word in rest if not word.is_function]
        if len(content) <= 2 and not any(word.text.lower() == "of" for word in rest):
            return AnswerKind.DESCRIPTION, None, None
    return AnswerKind.OTHER, None, None


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return re.sub(r"s$", "", noun)


def _asks_who_somebody_is(rest: tuple[Word, ...]) -> bool:
    """Tell "Who is Fouad Shukur?" from "Who is leading the talks?"."""
    if len(rest) < 2 or rest[0].text.lower() not in ("is", "are", "was", "were"):
        return False
    return all(word.is_name or word.is_function for word in rest[1:]) and len(rest) <= 7
