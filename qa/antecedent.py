"""Whom a sentence's "he" or "she" means, where a question asks who.

"He also vowed to launch cyber-attacks" answers "Who vowed …?" only together with the sentence that
names him. The reader saw the whole passage and marked, in the sentences before, the words that
would answer: the likeliest person's name among the nearest of them is taken.
"""

from __future__ import annotations

import re

from index.types import Hit
from qa.evidence import Evidence
from qa.question import AnswerKind, QuestionProfile
from qa.reader import Finding, Reading, SentenceSpan, short_answer

# Behind what often opens a sentence: "In the same speech, he …", "But she …".
_HE_OR_SHE = re.compile(
    r"\W*(?:(?:[A-Z]\w+,?|(?:In|On|At|After|Before|During|Earlier|Later)\b[^.;:,]{0,40},) )?"
    r"(?:[Hh]e|[Ss]he)\b"
)
_NAME = re.compile(r"[A-Z][\w’'-]+")
_HIS = frozenset("He She His Her They Their It Its The A An This That In On At".split())
# How many sentences back, and how unlikely a span may be in log-odds against no answer; both by
# looking at the bundled and the invented articles. Beyond, somebody else is mostly meant.
_BACK = 3
_LEAST_MARGIN = -3.0


def find_antecedent(
    question: str, profile: QuestionProfile, finding: Finding, reading: Reading
) -> SentenceSpan | None:
    """The span that names whom the finding's sentence means; None where it needs none.

    Parameters
    ----------
    question : str
    profile : QuestionProfile
        Of the question.
    finding : Finding
        The likeliest sentence.
    reading : Reading
        Of the passage it stands in.
    """
    if profile.kind is not AnswerKind.PERSON:
        return None
    text = finding.evidence.hit.article.text
    if not _HE_OR_SHE.match(finding.evidence.text) or _is_name(finding.text):
        return None
    bounds = (finding.evidence.start, finding.evidence.end)
    before = [span for span in reading.spans if span.sentence[1] <= bounds[0]]
    named = [
        span
        for span in sorted(before, key=lambda each: each.sentence)[-_BACK:]
        if span.margin >= _LEAST_MARGIN and _is_name(short_answer(question, text, span))
    ]
    return max(named, key=lambda each: each.margin, default=None)


def context_of(finding: Finding, span: SentenceSpan) -> Evidence:
    """The sentence that names him, as evidence of its own."""
    hit: Hit = finding.evidence.hit
    return Evidence(hit, *span.sentence, finding.evidence.score)


def _is_name(words: str) -> bool:
    """Whether they hold a word written as a name and none but such, ranks and small words."""
    found = _NAME.findall(words)
    return bool(found) and any(word not in _HIS for word in found) and len(words.split()) <= 8
