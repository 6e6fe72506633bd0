"""Where passages name the very one a question names: who is asked for is somebody else.

"Who succeeded Soleimani?" is not answered by "Maj. Gen. Qassem Soleimani", however well the
sentence fits. A small network marks such spans; they are ruled out before it chooses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from qa.question import AnswerKind, is_kind_noun, profile_question
from qa.reader.tidy import TITLES, whole_name

_NAME = re.compile(r"[A-Z][\w.-]*(?:[’'](?!s\b)\w+)*(?:\s+[A-Z][\w.-]*(?:[’'](?!s\b)\w+)*)*")
_ALTERNATIVES = re.compile(r"\bor\b")
_FIRST_WORD = re.compile(r"\s*\W*\w+")


@dataclass(frozen=True, slots=True)
class AskedNames:
    """The names in a question that asks for a person; none in any other.

    Attributes
    ----------
    names : tuple of tuple of str
        Each as its words, in order.
    shared : frozenset of str
        Last words that several persons of the passages bear: with another first name it is not
        the one who is asked about.
    """

    names: tuple[tuple[str, ...], ...] = ()
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, question: str, passages: Iterable[str]) -> AskedNames:
        """The names of a question, to be looked for in some passages.

        >>> AskedNames.of("Who succeeded Soleimani?", []).names
        (('Soleimani',),)
        >>> AskedNames.of("Who won, Biden or Trump?", []).names
        ()
        """
        is_for_person = profile_question(question).kind is AnswerKind.PERSON
        if not is_for_person or _ALTERNATIVES.search(question):
            return cls()
        first = _FIRST_WORD.match(question)
        found = _NAME.findall(question, first.end() if first else 0)
        names = tuple(dict.fromkeys(tuple(name.split()) for name in found))
        bearers = defaultdict(set)
        for text in passages if names else ():
            for last in {name[-1] for name in names}:
                for start, end in _whole_names(text, last):
                    bearers[last].update(_first_names(text[start:end])[-1:])
        return cls(names, frozenset(last for last, first in bearers.items() if len(first) > 1))

    def mentions(self, text: str) -> list[tuple[int, int]]:
        """Where a text names them, with first names and ranks, in characters.

        >>> names = AskedNames.of("Who succeeded Soleimani?", [])
        >>> text = "Esmail Qaani took the place of Gen. Qassem Soleimani."
        >>> [text[start:end] for start, end in names.mentions(text)]
        ['Gen. Qassem Soleimani']
        """
        return [
            bounds
            for *firsts, last in self.names
            for bounds in _whole_names(text, last)
            if self._is_meant(firsts, last, _first_names(text[slice(*bounds)]))
        ]

    def _is_meant(self, firsts: list[str], last: str, before: list[str]) -> bool:
        """Whether a name with some first names is the one in the question."""
        if firsts and before:
            return before[-1] in firsts
        # One of the two says less: the same person, unless several share the name.
        return firsts == before or last not in self.shared


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
