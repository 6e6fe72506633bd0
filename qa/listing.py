"""Several answers to one question: "which countries", "who all", "list the …".

After the likeliest sentence the next is looked for as if that one were not there, for as long as
what is then first would be held to be an answer by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.evidence import Bounds
from qa.question import QuestionProfile, profile_question
from qa.reader import Finding, short_answer
from qa.weigh import ReadHits, Weighing, bounds
from qa.words import split_words

_MAX_SENTENCES = 8
_RIVAL = 0.5
_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:and|or)\s+|,\s*|;\s*|\s+(?:and|or|&)\s+|\s+as well as\s+)\s*"
)
_MAX_ITEM_WORDS = 6


@dataclass(frozen=True, slots=True)
class Listed:
    """Answers with the sentences they stand in.

    Attributes
    ----------
    answers : tuple of str
        Distinct, in the order in which they were found; at least one.
    findings : tuple of Finding
        The sentences, each with an answer that no sentence before it gives.
    """

    answers: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def joined(self) -> str:
        """The answers as one would say them: "Iran, Russia and Syria"."""
        *most, last = self.answers
        return f"{', '.join(most)} and {last}" if most else last


def list_answers(read: ReadHits, first: Weighing) -> Listed | None:
    """The distinct answers that are each probable; None where not even the first is.

    Parameters
    ----------
    read : ReadHits
    first : Weighing
        Of all the hits.
    """
    profile = profile_question(read.question)
    answers: list[str] = []
    findings: list[Finding] = []
    used: list[Bounds] = []
    weighing: Weighing | None = first
    while weighing is not None and len(used) < _MAX_SENTENCES:
        finding = weighing.findings[0]
        if not _stands_alone(read, weighing, used):
            break
        new = _new_items(read.question, profile, finding, answers)
        if new:
            answers += new
            findings.append(finding)
        used.append(bounds(finding.evidence))
        weighing = read.weigh(without=used)
    return Listed(tuple(answers), tuple(findings)) if answers else None


def _stands_alone(read: ReadHits, weighing: Weighing, used: Sequence[Bounds]) -> bool:
    """Whether the first finding would be an answer without its rivals.

    Of several right answers none is far ahead, which makes each look unsure.
    """
    _, *others = weighing.findings
    rivals = [bounds(each.evidence) for each in others if each.probability >= _RIVAL]
    alone = read.weigh(without=(*used, *rivals)) if rivals else weighing
    return alone is not None and alone.stands_alone


def _new_items(
    question: str, profile: QuestionProfile, finding: Finding, known: Sequence[str]
) -> list[str]:
    """What a finding names that is not known yet, nor asked of."""
    text = finding.evidence.hit.article.text
    answer = short_answer(question, text, finding.span)
    new: list[str] = []
    for item in _items(answer):
        keys = _keys(item)
        if not keys or keys <= profile.keys:
            continue
        if not any(_are_one(keys, _keys(each)) for each in (*known, *new)):
            new.append(item)
    return new


def _items(answer: str) -> list[str]:
    """The things that an answer lists; itself where it does not plainly list names."""
    items = [item for item in _SEPARATOR.split(answer) if item]
    if len(items) > 1 and all(_is_name(item) for item in items):
        return items
    return [answer] if answer else []


def _is_name(item: str) -> bool:
    """Whether each word of some weight is written as a name, so that it can stand alone."""
    words = item.split()
    telling = [word for word in words if word[:1].isalnum() and not word.islower()]
    return len(words) <= _MAX_ITEM_WORDS and bool(telling) and words[-1][:1].isupper()


def _keys(item: str) -> frozenset[str]:
    return frozenset(word.key for word in split_words(item) if not word.is_function)


def _are_one(left: Iterable[str], right: Iterable[str]) -> bool:
    """Whether the words of one are all among those of the other."""
    one, other = set(left), set(right)
    return one <= other or other <= one
