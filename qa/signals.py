"""What speaks for a sentence as the answer to a question, as numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from qa.question import AnswerKind, QuestionProfile, Term
from qa.related_words import related_keys, same_country
from qa.words import Word, is_mostly_name, likeness, split_words

_MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sept sep oct nov dec"
)
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS.split())})\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d(?:s|\b)")
# "may" is a month only where a day or a year stands beside it.
_MONTH = re.compile(
    rf"\b(?:(?!May\b)(?:{'|'.join(m.capitalize() for m in _MONTHS.split())})\b"
    r"|May \d|\d{1,2}(?:st|nd|rd|th)?,? (?:of )?May\b)"
)
_RELATIVE_TIME = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|noon|midnight|overnight|centur(?:y|ies)|decades?"
    r"|(?:hours?|days?|weeks?|months?|years?) (?:ago|earlier|later|before|after)"
    r"|(?:last|next|this|past) (?:\w+ )?(?:night|week|month|year|summer|winter|spring|autumn)"
    r"|\d{1,2}(?:[:.]\d\d)? ?[ap]\.?m\b)",
    re.IGNORECASE,
)
_NUMBER_WORD = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "hundreds thousand thousands million millions billion billions trillion dozen dozens half "
    "third quarter twice percent majority"
)
_NUMBER = re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(_NUMBER_WORD.split())})\b", re.IGNORECASE)
_MONEY = re.compile(
    r"[$€£¥₪]\s?\d|\b\d[\d.,]*(?: \w+)? (?:dollars|euros|pounds|shekels|yen|yuan|rubles|roubles)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|as a result|in order to|so that|so as to"
    r"|therefore|amid|in response|in retaliation|caused by|led to|aim(?:ed|ing)? (?:to|at)"
    r"|after|over|following|for fear|out of|to \w+)\b",
    re.IGNORECASE,
)
_DESCRIBING = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:,? (?:is|was|are|were|an?|the|who|which|one of)\b)"
)
# The kinds of answer that a sentence shows by its figures, and those that it shows by its words.
# Places and names of things are not among them: where one is asked for, sentences with new
# capitals were measured to answer hardly more often than sentences without.
MEASURED_KINDS = frozenset({AnswerKind.TIME, AnswerKind.NUMBER, AnswerKind.MONEY})
TOLD_KINDS = frozenset({AnswerKind.PERSON, AnswerKind.REASON, AnswerKind.DESCRIPTION})
_NEAR_WORDS = 4
# What "Israeli" counts for "Israel", and a word of the same matter, beside 1 for the word itself.
_SAME_COUNTRY = 0.95
_RELATED = 0.6
_BEFORE_PLACES = frozenset("in at to from near across into the".split())


@dataclass(frozen=True, slots=True)
class SentenceText:
    """A sentence with its words."""

    text: str
    words: tuple[Word, ...]

    @classmethod
    def read(cls, text: str) -> SentenceText:
        """Split a sentence into its words."""
        return cls(text, split_words(text))


def term_matches(terms: Sequence[Term], words: Sequence[Word]) -> np.ndarray:
    """Return how far each term of the question stands among the words.

    Returns
    -------
    ndarray of shape (n_terms,), float32
        In [0, 1]; 1 is the same word.
    """
    return key_matches(terms, {word.key for word in words})


def key_matches(terms: Sequence[Term], keys: Set[str]) -> np.ndarray:
    """Return the same as `term_matches`, by the keys of the words."""
    found = np.zeros(len(terms), dtype=np.float32)
    for i, term in enumerate(terms):
        if term.key in keys:
            found[i] = 1.0
        elif not term.is_number:
            head = term.key[:4]
            found[i] = max(
                (likeness(term.key, key) for key in keys if key.startswith(head)), default=0.0
            )
            if term.is_name:
                if not keys.isdisjoint(same_country(term.key)):
                    found[i] = _SAME_COUNTRY
            elif not keys.isdisjoint(related_keys(term.key)):
                found[i] = max(found[i], _RELATED)
    return found


def pair_share(profile: QuestionProfile, words: Sequence[Word]) -> float:
    """Return the share of neighbouring terms of the question that are neighbours here, too.

    Words of the same matter count: "his predecessor, Soleimani" for "succeeded Soleimani".
    """
    terms = profile.terms
    if len(terms) < 2:
        return 0.0
    places = [_places(term, words) for term in terms]
    total = near = 0.0
    for (left, at_left), (right, at_right) in itertools.pairwise(zip(terms, places, strict=True)):
        weight = left.weight + right.weight
        total += weight
        if any(abs(a - b) <= _NEAR_WORDS for a in at_left for b in at_right):
            near += weight
    return near / total


def _places(term: Term, words: Sequence[Word]) -> list[int]:
    same = {term.key, *(same_country(term.key) if term.is_name else related_keys(term.key))}
    return [place for place, word in enumerate(words) if word.key in same]


def kind_evidence(profile: QuestionProfile, sentence: SentenceText) -> float:
    """Return how well the sentence holds, beyond the question's words, the kind asked for.

    Returns
    -------
    float
        In [0, 1]; 0 also for a kind that nothing tells (`MEASURED_KINDS`, `TOLD_KINDS`).
    """
    kind = profile.kind
    if kind is AnswerKind.PERSON:
        return _person_evidence(profile, sentence)
    if kind is AnswerKind.TIME:
        return _time_evidence(profile, sentence.text)
    if kind is AnswerKind.NUMBER:
        return float(_is_new(profile, _NUMBER, sentence.text))
    if kind is AnswerKind.MONEY:
        if _MONEY.search(sentence.text):
            return 1.0
        return 0.4 * _is_new(profile, _NUMBER, sentence.text)
    if kind is AnswerKind.REASON:
        return float(_REASON.search(sentence.text) is not None)
    if kind is AnswerKind.DESCRIPTION:
        return _description_evidence(profile, sentence)
    return 0.0


def _is_new(profile: QuestionProfile, pattern: re.Pattern[str], text: str) -> bool:
    """Whether the pattern matches something that the question does not say itself."""
    for match in pattern.finditer(text):
        words = split_words(match.group())
        if words and any(word.key not in profile.keys for word in words):
            return True
    return False


def _time_evidence(profile: QuestionProfile, text: str) -> float:
    if profile.unit in ("year", "century", "decade") and not _is_new(profile, _YEAR, text):
        return 0.5 * _is_new(profile, _RELATIVE_TIME, text)
    if profile.unit == "age":
        return float(_is_new(profile, _NUMBER, text))
    if profile.unit in ("day", "weekday", "date") and _is_new(profile, _WEEKDAY, text):
        return 1.0
    if any(_is_new(profile, pattern, text) for pattern in (_YEAR, _MONTH)):
        return 1.0
    return 0.7 * any(_is_new(profile, pattern, text) for pattern in (_WEEKDAY, _RELATIVE_TIME))


def _new_names(profile: QuestionProfile, sentence: SentenceText) -> list[bool]:
    return [
        word.is_name
        and word.key not in profile.keys
        and not word.is_number
        and not _WEEKDAY.fullmatch(word.text)
        and not _MONTH.fullmatch(word.text)
        for word in sentence.words
    ]


def _person_evidence(profile: QuestionProfile, sentence: SentenceText) -> float:
    """Look for a new name of a person; other new names answer "who", too, but less often."""
    is_new = _new_names(profile, sentence)
    best = 0.0
    for last, (word, is_name) in enumerate(zip(sentence.words, is_new, strict=True)):
        if not is_name:
            continue
        first = last
        while first and is_new[first - 1]:
            first -= 1
        before = sentence.words[first - 1].text.lower() if first else ""
        # "to Sanda Island", "the Harbour Workers' Union": what a person's name never ends in.
        if last > first and is_mostly_name(word.key) and before not in _BEFORE_PLACES:
            return 1.0
        best = 0.5
    return best


def _description_evidence(profile: QuestionProfile, sentence: SentenceText) -> float:
    """Look for "NAME, the …", "NAME is a …" and "commander NAME"."""
    keys = {term.key for term in profile.terms}
    best = 0.0
    position = 0
    for i, word in enumerate(sentence.words):
        position = sentence.text.index(word.text, position) + len(word.text)
        if word.key not in keys:
            continue
        if _DESCRIBING.match(sentence.text, position):
            return 1.0
        if i and not sentence.words[i - 1].is_function and not sentence.words[i - 1].is_name:
            best = 0.6
    return best
