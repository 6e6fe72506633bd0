"""A span as the network marks it → the short answer a person would say."""

from __future__ import annotations

import re

from qa.question import AnswerKind

_EDGE = " \t\r\n,;:–—-…·•*|/"
# What ends a quotation before the span, or begins one behind it.
_CLOSING, _OPENING = ")]}”»", "([{“«"
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "‘": "’", "«": "»", '"': '"'}
# "by the FBI" is the FBI, "in Kerman" Kerman, "on Saturday" Saturday; "from 1917 to 1918" and
# "in the 1990s" lose their sense without it.
_PREPOSITION = re.compile(r"(?:by|in|on|at|from|to|with|of|for) (?:the )?(?=[A-Z\d“\"$€£])")
_RANGE = re.compile(r"\b(?:to|and|until|till|or|through)\b|\d0s\b")
_ARTICLE = re.compile(r"(?:the|a|an) (?=[A-Z\d])")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s$|(?<=s)['’]$")
_WORD_BEFORE = re.compile(r"(?:(?<=\s)|^)([A-Z][\w’'.-]*)[^\S\n]\Z")
_WORD_BEHIND = re.compile(r" ([A-Z][\w’'-]*\.?(?=[\s,.;:!?)]|$))")
TITLES = frozenset(
    (
        "gen maj lt col sgt capt cpl adm cmdr brig mr mrs ms dr prof sen rep gov rev st hon pres"
    ).split()
)
_MAX_NAME_WORDS = 4
_NAME_AND_MORE = re.compile(r"([A-Z][\w’'.-]*(?: (?:[A-Z][\w’'.-]*|[a-z]{1,3}))*), (?=[a-z])")
_LISTED_BEHIND = re.compile(r",? (?:and|or|&) ")
_ABBREVIATION = re.compile(r"(?:\b[A-Za-z]|\b(?:Inc|Corp|Ltd|Co|Jr|Sr|St|No|Gen|etc))\.$")


def whole_name(text: str, start: int, end: int, kind: AnswerKind) -> tuple[int, int]:
    """The span with the rest of the person's name and rank beside it.

    Only where a person is asked for: beside a country or a club, a capital is a word of its own.
    """
    if kind is not AnswerKind.PERSON or not text[start:end][:1].isupper():
        return start, end
    for _ in range(_MAX_NAME_WORDS):
        found = _WORD_BEFORE.search(text[max(0, start - 40) : start])
        if found is None or not _belongs(text, start - len(found.group()), found.group(1)):
            break
        start -= len(found.group())
    for _ in range(_MAX_NAME_WORDS):
        if text[start:end][-1:] in _EDGE + '."”)' or not text[start:end].split()[-1][:1].isupper():
            break
        behind = _WORD_BEHIND.match(text, end)
        if behind is None:
            break
        end += len(behind.group().rstrip("."))
    return start, end


def name_alone(text: str, start: int, end: int, kind: AnswerKind) -> tuple[int, int]:
    """Of "Esmail Qaani, has renewed threats" the person asked for; other spans as they are.

    Of 2,903 answers to questions for a person in SQuAD 2.0, SquadShifts and TimeQA none goes on
    behind such a comma but in a list.
    """
    found = _NAME_AND_MORE.match(text[start:end]) if kind is AnswerKind.PERSON else None
    if found is None or _LISTED_BEHIND.search(text, start + found.end(1), end):
        return start, end
    return start, start + found.end(1)


def _belongs(text: str, start: int, word: str) -> bool:
    """Whether a capital word in front is of the name, not the first word of its sentence."""
    if word.rstrip(".").casefold() in TITLES:
        return True
    before = text[:start].rstrip()
    opens_sentence = not before or before[-1] in '.!?:"“”' or "\n" in text[len(before) : start]
    if opens_sentence and before:
        opens_sentence = before.split()[-1].rstrip(".").casefold() not in TITLES
    return not opens_sentence and not word.endswith((".", "’s", "'s")) and word.lower() != "the"


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without what a person would not say: loose commas, a preposition, half a bracket."""
    start, end = _trim(text, start, end)
    span = text[start:end]
    for pattern in (_PREPOSITION, _ARTICLE):
        lead = pattern.match(span)
        if lead is not None and not _RANGE.search(span):
            start += lead.end()
            span = text[start:end]
    tail = _POSSESSIVE.search(span)
    if (
        tail is not None
        and " " not in span[tail.start() :]
        and len(span.split()) <= _MAX_NAME_WORDS
    ):
        end -= len(tail.group())
    return _trim(text, start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    previous = None
    while previous != (start, end) and start < end:
        previous = start, end
        span = text[start:end]
        start += len(span) - len(span.lstrip(_EDGE + _CLOSING))
        end -= len(span) - len(span.rstrip(_EDGE + "!?" + _OPENING))
        span = text[start:end]
        if span.endswith(".") and not _ABBREVIATION.search(span):
            end -= 1
        start, end = _without_half_pairs(text, start, end)
    return start, max(start, end)


def _without_half_pairs(text: str, start: int, end: int) -> tuple[int, int]:
    span = text[start:end]
    for opening, closing in _PAIRS.items():
        if opening == closing:
            if span.count(opening) == 1:
                start += span.startswith(opening)
                end -= span.endswith(opening)
            continue
        if span.startswith(opening) and closing not in span:
            start += 1
        # An apostrophe looks like a closing quotation mark.
        if span.endswith(closing) and opening not in span and closing != "’":
            end -= 1
        if span.startswith(opening) and span.endswith(closing) and span.count(opening) == 1:
            start, end = start + 1, end - 1
    return start, end
