"""Several questions typed as one, taken apart; where it is not plain that they are several, not.

What is taken apart wrongly is answered wrongly, and what is left together is still answered by
the sentences that answer most of it: so each part must be a whole question by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa.errors import QuestionError
from qa.query import clean_question, make_query
from qa.question_form import AUXILIARIES, WH, is_command, sentences_of
from qa.types import Query
from qa.words import split_words

# Each costs a search and a reading.
MAX_PARTS = 5
# How many places are tried at which a sentence may be joined.
_MAX_JOINTS = 8

_AUX = "|".join(sorted(AUXILIARIES, key=len, reverse=True)).replace("'", "['’]")
# "…, and when was Soleimani killed", "… and who is he", "…; how many missiles did Iran launch".
_JOINT = re.compile(
    rf"(?:\s*;\s*|\s*,?\s+and\s+(?:also\s+)?|\s*,\s+)(?=(?:(?:in|on|at|by|for|from|to)\s+)?{WH}\s"
    rf"(?:[\w’'-]+\s+){{0,3}}?(?:{_AUX})\s)",
    re.IGNORECASE,
)
# "… and did he resign": only of somebody spoken of before, or named.
_JOINT_YES_NO = re.compile(
    rf"(?:\s*;\s*|\s*,?\s+and\s+)(?=(?:{_AUX})\s+(?:he|she|it|they|(?-i:[A-Z])[\w’'-]+)\s)",
    re.IGNORECASE,
)
_JOINT_DOER = re.compile(
    r"(?:\s*;\s*|\s*,?\s+and\s+)(?=who\s+\w+(?:ed|s|ew|ook|ave|on|ame|aid|ent)\s+\S)", re.IGNORECASE
)
_TWO_WH = re.compile(
    rf"^(?P<first>when|where|why|how)(?:\s+and|,)\s+(?P<second>when|where|why|how)\s+"
    rf"(?P<rest>(?:{_AUX})\s.+)$",
    re.IGNORECASE | re.DOTALL,
)
_OPENS = re.compile(
    rf"(?:(?:in|on|at|by|for|from|to|with|of)\s+)?(?:{WH}\b|(?:{_AUX})\s)", re.IGNORECASE
)
_RELATIVE = re.compile(r"(?<=\w)\s+(?:who|which|that|whose|whom)\s", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|his|its|them|their|this|that)\b", re.IGNORECASE)
_SUBJECT = re.compile(rf"\b(?:{_AUX})\s+(?:the|an?|our|my)\s", re.IGNORECASE)
_SAYING = re.compile(
    r"\b(?:say|said|tell|told|ask|asked|know|explain|decide|report|reveal|announce)\b", re.I
)


def split_questions(text: str) -> tuple[str, ...]:
    """The questions of a text, in order: one, where it is not plain that there are several.

    A sentence before a question belongs to it, and so does what follows the last one.

    >>> split_questions("What did Qaani vow and when was Soleimani killed?")
    ('What did Qaani vow?', 'When was Soleimani killed?')
    >>> split_questions("A snake was caught in Florida. How long was it?")
    ('A snake was caught in Florida. How long was it?',)
    """
    sentences = sentences_of(text)
    asking = [sentence for sentence in sentences if _asks(sentence)]
    if not asking:
        return (text,)
    groups: list[list[str]] = [[]]
    for sentence in sentences:
        if is_command(sentence):
            continue
        if groups[-1] and _asks(groups[-1][-1]) and len(asking) > 1:
            groups.append([])
        groups[-1].append(sentence)
    if len(groups) > 1 and not any(_asks(sentence) for sentence in groups[-1]):
        groups[-2:] = [groups[-2] + groups[-1]]
    return tuple(part for group in groups for part in _parts(group))


def _asks(sentence: str) -> bool:
    return sentence.rstrip(' "”’)').endswith("?") or _OPENS.match(sentence) is not None


def _parts(group: list[str]) -> list[str]:
    """The questions joined within one sentence; with sentences around it, it is left whole."""
    if len(group) != 1:
        return [" ".join(group)]
    parts = [group[0]]
    for _ in range(MAX_PARTS):
        parts = [each for part in parts for each in _halves(part)]
    return parts


def _halves(sentence: str) -> tuple[str, ...]:
    """The sentence in two, where it plainly joins two questions."""
    if not _OPENS.match(sentence):
        return (sentence,)
    both = _TWO_WH.match(sentence)
    if both:
        return tuple(f"{both[wh].capitalize()} {both['rest']}" for wh in ("first", "second"))
    for joint in (_JOINT, _JOINT_YES_NO, _JOINT_DOER):
        for match in itertools.islice(joint.finditer(sentence), _MAX_JOINTS):
            first, second = sentence[: match.start()], sentence[match.end() :]
            if _is_whole(first) and _is_apart(first, second):
                return _asked(first), _asked(second)
    return (sentence,)


def _asked(part: str) -> str:
    part = part.strip(" ,;")
    part = part[:1].upper() + part[1:]
    return part if part.endswith("?") else f"{part.rstrip('.')}?"


def _is_whole(first: str) -> bool:
    """Whether the words before the joint are a question of their own."""
    told = [word for word in split_words(first) if not word.is_function]
    return bool(told) and _OPENS.match(first) is not None


def _is_apart(first: str, second: str) -> bool:
    """Whether the words behind the joint are, too, and not what somebody said, or which one."""
    words = split_words(second)
    if not any(not word.is_function for word in words):
        return False
    if second[:3].lower() == "who" and _RELATIVE.search(first):
        return False
    if _SAYING.search(first) and re.search(rf"\s(?:if|whether|that|{WH})\s", first, re.IGNORECASE):
        return False
    # What leans on the first part without a word for it ("how many were injured") stays with it.
    has_subject = _PRONOUN.search(second) or _SUBJECT.search(second)
    return has_subject is not None or any(word.is_name for word in words)


def part_texts(query: Query) -> tuple[str, ...]:
    """The questions of which a query's text consists; that text where there is but one."""
    text = clean_question(query.original)
    parts = tuple(part for part in split_questions(text) if _asks_something(part)) or (text,)
    # Of more than a few, the last ones stay together as one.
    if len(parts) > MAX_PARTS:
        parts = (*parts[: MAX_PARTS - 1], " ".join(parts[MAX_PARTS - 1 :]))
    return parts


def part_query(query: Query, part: str, history: Iterable[Sequence[str]] = ()) -> Query:
    """The query of one of several questions, in a form that stands alone.

    Parameters
    ----------
    query : Query
        Of the whole text; its conditions hold for each part.
    part : str
        One of `part_texts`.
    history : iterable of (question, answer text) pairs
        What was said before, oldest first, the parts before this one included.
    """
    return replace(query, text=make_query(part, history).text)


def _asks_something(part: str) -> bool:
    """Whether a part is more than a filter, which holds for the whole."""
    try:
        make_query(part)
    except (QuestionError, ValueError):
        return False
    return True
