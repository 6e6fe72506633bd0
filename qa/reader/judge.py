"""Weigh what the reader says with what the sentences' own evidence says.

Counted evidence (`qa.evidence`) looks at the whole sentence, the network at the words that would
answer. Fitted constants weigh both; `qa.reader.fit_judgement` fits them and MODEL_CARD.md tells how
far they may be trusted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from qa.evidence import Bounds, Evidence
from qa.reader.read import Reading, SentenceSpan

_BOUND = 8.0
_FAR_BEHIND = 4.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence with its likeliest span.

    Attributes
    ----------
    evidence : Evidence
    span : SentenceSpan
    relevance : float
        That of the passage.
    score : float
        Log-odds that the span answers the question.
    """

    evidence: Evidence
    span: SentenceSpan
    relevance: float
    score: float

    @property
    def probability(self) -> float:
        """The score as a probability."""
        return probability(self.score)

    @property
    def text(self) -> str:
        """The span, verbatim."""
        return self.evidence.hit.article.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The fitted constants.

    Attributes
    ----------
    span : mapping of str to float
        Weighs the columns of `span_columns`, for one sentence.
    answer : mapping of str to float
        Weighs those of `answer_columns`, for the question.
    decline_below : float
        The confidence below which declining is right more often than answering.
    """

    span: Mapping[str, float]
    answer: Mapping[str, float]
    decline_below: float

    @classmethod
    def load(cls) -> Judgement:
        """Read what `qa.reader.fit_judgement` fitted."""
        path = resources.files("qa.reader") / "data" / "judgement.json"
        return cls(**json.loads(path.read_text("utf-8"))["judgement"])

    def weigh(
        self, evidence: Sequence[Evidence], readings: Sequence[Reading]
    ) -> tuple[Finding, ...]:
        """The sentences with their spans, likeliest answer first.

        Parameters
        ----------
        evidence : sequence of Evidence
            What `qa.evidence.find_evidence` gave for the hits that were read.
        readings : sequence of Reading
            What `Reader.read` gave for them; a sentence of another hit is left out.
        """
        by_passage = {reading.hit.passage.id: reading for reading in readings}
        found = []
        for each in evidence:
            reading = by_passage.get(each.hit.passage.id)
            span = reading.within((each.start, each.end)) if reading else None
            if reading is not None and span is not None:
                score = weighed(self.span, span_columns(each, span, reading, readings))
                found.append(Finding(each, span, reading.relevance, score))
        return tuple(sorted(found, key=lambda each: -each.score))

    def confidence(self, findings: Sequence[Finding], evidence_confidence: float) -> float:
        """How probable it is, in [0, 1], that the first finding answers the question.

        Parameters
        ----------
        findings : sequence of Finding
            Best first, as `weigh` gives them.
        evidence_confidence : float
            What `qa.evidence.answer_confidence` says.
        """
        if not findings:
            return 0.0
        return probability(weighed(self.answer, answer_columns(findings, evidence_confidence)))


def margins_of(readings: Sequence[Reading]) -> dict[Bounds, float]:
    """The margin of each sentence's best span; of one that stands in two passages, the higher."""
    margins: dict[Bounds, float] = {}
    for reading in readings:
        for span in reading.spans:
            key = (reading.hit.article.id, *span.sentence)
            margins[key] = max(span.margin, margins.get(key, span.margin))
    return margins


def span_columns(
    evidence: Evidence, span: SentenceSpan, reading: Reading, readings: Sequence[Reading]
) -> dict[str, float]:
    """What the score of a sentence's span weighs."""
    best_margin = max(each.best.margin for each in readings)
    best_relevance = max(each.relevance for each in readings)
    return {
        "evidence": log_odds(evidence.score),
        "margin": squashed(span.margin),
        "margin_behind": max(-_BOUND, span.margin - best_margin),
        "relevance": reading.relevance,
        "relevance_behind": max(-_BOUND, reading.relevance - best_relevance),
    }


def answer_columns(findings: Sequence[Finding], evidence_confidence: float) -> dict[str, float]:
    """What the confidence weighs."""
    first = findings[0]
    behind = first.score - findings[1].score if len(findings) > 1 else _FAR_BEHIND
    return {
        "evidence": log_odds(evidence_confidence),
        "score": first.score,
        "margin": squashed(first.span.margin),
        "relevance": max(each.relevance for each in findings),
        "behind": min(_FAR_BEHIND, behind),
    }


def squashed(margin: float) -> float:
    """The margin without its far ends, which say nothing more."""
    return _BOUND * math.tanh(margin / _BOUND)


def log_odds(share: float) -> float:
    """The log-odds of a probability, without their far ends."""
    share = min(max(share, 1e-4), 1.0 - 1e-4)
    return math.log(share / (1.0 - share))


def probability(score: float) -> float:
    """The probability of some log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, score))))


def weighed(weights: Mapping[str, float], columns: Mapping[str, float]) -> float:
    """The weighed sum of columns, with the intercept."""
    return weights["intercept"] + sum(weights[name] * value for name, value in columns.items())
