"""Where passages name the very one a question names: who or where is asked for is another.

"Who succeeded Soleimani?" is not answered by "Maj. Gen. Qassem Soleimani", nor "Where did Blinken
meet Netanyahu?" by "Netanyahu", however well the sentence fits. A small network marks such spans;
they are ruled out before it chooses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from qa.question import AnswerKind, QuestionProfile, is_kind_noun, profile_question
from qa.reader.tidy import TITLES, whole_name
from qa.words import FUNCTION_WORDS

_NAME = re.compile(r"[A-Z][\w.-]*(?:[’'](?!s\b)\w+)*(?:\s+[A-Z][\w.-]*(?:[’'](?!s\b)\w+)*)*")
_ALTERNATIVES = re.compile(r"\bor\b")
_FIRST_WORD = re.compile(r"\s*\W*\w+")
# In "In New York, where …?" and "Where was the house in Warsaw?" the name may be part of the
# answer. Of 326 answers to "where" in SQuAD 2.0, SquadShifts and TimeQA four hold another name of
# their question. "Where in Warsaw …?" asks for more than Warsaw.
_WHERE_IN = re.compile(r"\W*where (?:in|at|on) ", re.IGNORECASE)
_OF_A_PLACE = re.compile(r"\b(?:in|at|near|of|from|to|around|on|the)\s+\Z", re.IGNORECASE)
_REACH = 40
_LAST_WORD = re.compile(r"(?:^|(?<=\s))([\w’'.-]+)[^\S\n]\Z")
_OPENING_WORD = re.compile(r"(?:^|(?<=\s))([A-Z][\w-]+)[^\S\n]\Z")


@dataclass(frozen=True, slots=True)
class AskedNames:
    """The names in a question that asks who or where; none in any other.

    Attributes
    ----------
    names : tuple of tuple of str
        Each as its words, in order.
    shared : frozenset of str
        Last words that several persons of the passages bear: with another first name it is not
        the one who is asked about.
    is_where : bool
        Whether a place is asked for: in "In Kyiv Blinken spoke" Kyiv is no first name.
    """

    names: tuple[tuple[str, ...], ...] = ()
    shared: frozenset[str] = frozenset()
    is_where: bool = False

    @classmethod
    def of(cls, question: str, passages: Iterable[str]) -> AskedNames:
        """The names of a question, to be looked for in some passages.

        >>> AskedNames.of("Who succeeded Soleimani?", []).names
        (('Soleimani',),)
        >>> AskedNames.of("Who won, Biden or Trump?", []).names
        ()
        """
        profile = profile_question(question)
        is_where = _asks_where(profile)
        is_for_other = is_where or profile.kind is AnswerKind.PERSON
        if not is_for_other or _ALTERNATIVES.search(question):
            return cls()
        first = _FIRST_WORD.match(question)
        inside = _WHERE_IN.match(question)
        found = [
            match.group()
            for match in _NAME.finditer(question, first.end() if first else 0)
            if not (is_where and _OF_A_PLACE.search(question[: match.start()]))
            or (inside and inside.end() == match.start())
        ]
        names = tuple(dict.fromkeys(tuple(name.split()) for name in found))
        bearers = defaultdict(set)
        for text in passages if names else ():
            for last in {name[-1] for name in names}:
                for start, end in _whole_names(text, last):
                    bearers[last].update(_first_names(text[start:end])[-1:])
        shared = frozenset(last for last, first in bearers.items() if len(first) > 1)
        return cls(names, shared, is_where)

    def mentions(self, text: str) -> list[tuple[int, int]]:
        """Where a text names them, with first names and ranks, in characters.

        >>> names = AskedNames.of("Who succeeded Soleimani?", [])
        >>> text = "Esmail Qaani took the place of Gen. Qassem Soleimani."
        >>> [text[start:end] for start, end in names.mentions(text)]
        ['Gen. Qassem Soleimani']
        """
        return [
            self._extent(text, *bounds, firsts, last)
            for *firsts, last in self.names
            for bounds in _whole_names(text, last)
            if self._is_meant(firsts, last, _first_names(text[slice(*bounds)]))
        ]

    def _extent(
        self, text: str, start: int, end: int, firsts: list[str], last: str
    ) -> tuple[int, int]:
        """How much of the text a name takes, with first names and ranks."""
        if self.is_where and _OF_A_PLACE.search(text[max(0, start - _REACH) : start]):
            return end - len(last), end
        if not firsts:
            start, end = _with_opening_word(text, start, end)
        return _office_start(text, start), end

    def _is_meant(self, firsts: list[str], last: str, before: list[str]) -> bool:
        """Whether a name with some first names is the one in the question."""
        if firsts and before:
            return before[-1] in firsts
        # One of the two says less: the same person, unless several share the name.
        return firsts == before or last not in self.shared


def _asks_where(profile: QuestionProfile) -> bool:
    """Whether a place is asked for by "where", not "which country", which may own what happened."""
    return profile.kind is AnswerKind.PLACE and profile.unit is None


def _with_opening_word(text: str, start: int, end: int) -> tuple[int, int]:
    """A name with the word that opens its sentence, which may be its first name.

    "Yesterday Netanyahu" loses nothing by it: neither word is asked for.
    """
    found = _OPENING_WORD.search(text, max(0, start - _REACH), start)
    if found is None or found.group(1).casefold() in FUNCTION_WORDS:
        return start, end
    return found.start(), end


def _office_start(text: str, start: int) -> int:
    """Where the office begins that stands in front of a name: the same person.

    "the Iranian Quds Force commander Soleimani": from "Iranian" on.
    """
    begin = start
    while found := _LAST_WORD.search(text, max(0, begin - _REACH), begin):
        word = found.group(1).rstrip("’'")
        ends_sentence = word.endswith(".") and word.count(".") == 1 and not _is_rank(word)
        is_part = is_kind_noun(word) or (begin < start and word[:1].isupper())
        if ends_sentence or not is_part:
            break
        begin = found.start()
    return begin


def _first_names(name: str) -> list[str]:
    """The words in front of the last name without ranks, offices and initials."""
    return [word for word in name.split()[:-1] if not _is_rank(word)]


def _is_rank(word: str) -> bool:
    return word.isupper() or word.rstrip(".").casefold() in TITLES or is_kind_noun(word)


def _whole_names(text: str, last: str) -> Iterable[tuple[int, int]]:
    """Where names end with a word: bounds with the capital words in front."""
    for found in re.finditer(rf"(?<!\w){re.escape(last)}(?!\w)", text):
        start, _ = whole_name(text[: found.end()], *found.span(), AnswerKind.PERSON)
        yield start, found.end()
