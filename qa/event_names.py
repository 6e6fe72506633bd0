"""The names of events in questions: "strike on the airport that killed the general".

A name goes from its article to its last complement; its head is a noun of happening. Where a verb
follows ("after the vote | was put off") it is a sentence of its own, which may tell of another day,
and no name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from qa.event_nouns import is_event_noun
from qa.question import is_kind_noun
from qa.recency import is_finite_form
from qa.words import FUNCTION_WORDS, WORD


class EventName(NamedTuple):
    """The name of an event in a text.

    Attributes
    ----------
    noun : str
        The noun of happening at its head.
    end : int
        Where it ends.
    end_of_clause : int
        The same, or where a verb ends that only says that it was: "since the war | began".
    """

    noun: str
    end: int
    end_of_clause: int


_CLOSE = re.compile(r"\s+|[-–]|['’]s?\s+")
_POSSESSIVE = re.compile(r"['’]s\b|['’](?=\s)")
_RELATIVE = frozenset("that which".split())
_LEADS_ON = _RELATIVE | frozenset(
    "against and at between by for from in into near of on over to with".split()
)
# Verbs that tell no more of an event than that it was: "since the war began".
_OCCURS = frozenset(
    "began begins begun started starts happened occurred erupted struck hit broke took".split()
)
_REST_OF_VERB = frozenset("out place".split())
# Behind an event they make a sentence of it: "after the vote was put off".
_MAKES_CLAUSE = frozenset(
    """
    am are be been can cannot could had has have is isn may might must shall should was wasn were
    weren will would
    """.split()
)
_ARTICLES = frozenset("a an the this that these those its his her their".split())
_CLAUSE_END = re.compile(r"[,.?!;:]|$")
_MOST_PARTS = 3


def read_event_name(text: str, start: int, stops: frozenset[int]) -> EventName | None:
    """The name of an event that begins at ``text[start]``; None where none does.

    Parameters
    ----------
    text : str
    start : int
        Behind the article.
    stops : frozenset of int
        Places where something else begins.

    Examples
    --------
    >>> text = "the war in Ukraine began"
    >>> name = read_event_name(text, 4, frozenset())
    >>> name.noun, text[4 : name.end]
    ('war', 'war in Ukraine')
    """
    return _Name(text, start, stops).read()


class _Name:
    """The words from the place on where the name of an event may begin."""

    def __init__(self, question: str, start: int, stops: frozenset[int]) -> None:
        self._text = question
        self._stops = stops
        # Not the "s" of a possessive, which belongs to the word before it.
        self._words = [
            match
            for match in WORD.finditer(question, start)
            if not _POSSESSIVE.match(question, match.start() - 1)
        ]

    def read(self) -> EventName | None:
        head = self._run(0)
        if head is None or not self._is_event(head):
            return None
        last: int = head
        for _ in range(_MOST_PARTS):
            at = self._behind(last)
            if at is None or self._lower(at) not in _LEADS_ON:
                break
            if self._lower(at) in _RELATIVE:
                end = self._clause_end(at)
                return EventName(self._words[head].group(), end, end)
            at += 1
            while at < len(self._words) and self._lower(at) in _ARTICLES:
                at += 1
            of = self._run(at)
            if of is None:
                break
            last = of
        end_of_clause = self._end(last)
        if end_of_clause is None:
            return None
        return EventName(self._words[head].group(), self._words[last].end(), end_of_clause)

    def _run(self, first: int) -> int | None:
        """The last word of the run of words, no verb among them, that begins there."""
        last = None
        for at in range(first, len(self._words)):
            word = self._words[at].group()
            is_function = word.lower() in FUNCTION_WORDS and not self._is_in_name(at)
            is_cut = self._behind(at - 1) is None if at > first else self._is_stopped(at)
            if is_function or is_cut or (at > first and self._is_verb(at)):
                break
            last = at
        return last

    def _end(self, last: int) -> int | None:
        """Where the phrase ends; None where it is what a sentence of its own is about."""
        at = self._behind(last)
        if at is None:
            return self._words[last].end()
        if self._lower(at) in _OCCURS:
            following = self._behind(at)
            is_rest = following is not None and self._lower(following) in _REST_OF_VERB
            return self._words[following if is_rest and following else at].end()
        # "After the vote did he resign?" asks of him.
        is_asking = self._lower(at) in ("did", "do", "does")
        if self._lower(at) in _MAKES_CLAUSE or (self._is_verb(at) and not is_asking):
            return None
        return self._words[last].end()

    def _is_event(self, last: int) -> bool:
        word = self._words[last].group()
        if not is_event_noun(word):
            return False
        # "before the minister visits", but "the Gaza strikes"
        before = self._words[last - 1].group() if last else ""
        return not (word.endswith("s") and is_kind_noun(before))

    def _is_verb(self, at: int) -> bool:
        """Whether a word is a verb of its own: "the attack killed", not "the US-led attack"."""
        between = self._text[self._words[at - 1].end() : self._words[at].start()]
        is_attribute = not between.isspace() or self._lower(at - 1).endswith("ly")
        word = self._words[at].group()
        return word.islower() and is_finite_form(word) and not is_attribute

    def _is_in_name(self, at: int) -> bool:
        """Whether a function word is part of a name: "the US", "Mar-a-Lago"."""
        match = self._words[at]
        return match.group().isupper() or (self._text[match.end() : match.end() + 1] == "-")

    def _behind(self, at: int) -> int | None:
        """The word that follows without a stop between; None where there is none."""
        if at + 1 >= len(self._words) or self._is_stopped(at + 1):
            return None
        between = self._text[self._words[at].end() : self._words[at + 1].start()]
        return at + 1 if _CLOSE.fullmatch(between) else None

    def _is_stopped(self, at: int) -> bool:
        return self._words[at].start() in self._stops

    def _lower(self, at: int) -> str:
        return self._words[at].group().lower()

    def _clause_end(self, at: int) -> int:
        found = _CLAUSE_END.search(self._text, self._words[at].end())
        assert found is not None
        return found.start()
