"""What the passages found amount to: which sentences answer, how surely, and in which words.

Two witnesses are heard. Counted evidence (`qa.evidence`) tells best whether anything answers: the
trained reader (`qa.reader`) saw too little to judge that. But it finds the words, and with both
together the right sentence comes first more often than by evidence alone (docs/evidence.md).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Hit
from qa.evidence import (
    DECLINE_BELOW,
    Evidence,
    SentenceEncoder,
    answer_confidence,
    find_evidence,
)
from qa.question import AnswerKind, profile_question
from qa.reader import Finding, Judgement, Reader, short_answer
from qa.reader.judge import log_odds, probability

# Counted evidence was fitted on thousands of questions, the judgement of both on a hundred, whose
# halves disagree on how far to trust the reader: evidence is weighed in once more. On our own 58
# questions the right sentence came first for 48 by evidence, 50 by the judgement, 52 so.
_EVIDENCE_AGAIN = 0.3
# Reasons and descriptions are told by sentences.
_TOLD_BY_SENTENCES = frozenset({AnswerKind.REASON, AnswerKind.DESCRIPTION})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the hits tell on a question.

    Attributes
    ----------
    evidence : tuple of Evidence
        Sentences, the likeliest answer first, with scores in [0, 1].
    confidence : float
        In [0, 1]: how probable it is that they answer.
    is_answer : bool
        Whether answering is more often right than declining.
    short_answer : str or None
        The bare answer, where the reader is sure of its words.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    is_answer: bool
    short_answer: str | None = None


def judge(
    question: str,
    hits: Sequence[Hit],
    encoder: SentenceEncoder,
    *,
    must_answer: bool = False,
) -> Verdict:
    """Weigh the hits, best first, for a question that stands alone.

    `must_answer` is for measuring what declining costs and saves: the best there is counts as an
    answer, however improbable.
    """
    evidence = find_evidence(question, hits, encoder)
    counted = answer_confidence(question, evidence, hits)
    if not evidence:
        return Verdict((), 0.0, is_answer=False)
    judgement = _judgement()
    findings = sorted(
        judgement.weigh(evidence, _reader().read(question, hits)), key=lambda each: -_score(each)
    )
    is_answer = must_answer or counted >= DECLINE_BELOW
    sureness = judgement.confidence(findings, counted)
    is_sure = must_answer or sureness >= judgement.decline_below
    return Verdict(
        tuple(replace(each.evidence, score=probability(_score(each))) for each in findings),
        counted,
        is_answer,
        _bare(question, findings[0]) if is_answer and is_sure else None,
    )


def _score(finding: Finding) -> float:
    return finding.score + _EVIDENCE_AGAIN * log_odds(finding.evidence.score)


def _bare(question: str, finding: Finding) -> str | None:
    kind = profile_question(question).kind
    if kind in _TOLD_BY_SENTENCES:
        return None
    return short_answer(question, finding.evidence.hit.article.text, finding.span) or None


@functools.cache
def _reader() -> Reader:
    return Reader.load()


@functools.cache
def _judgement() -> Judgement:
    return Judgement.load()
