"""Hits read once for a question, and weighed together or in part.

What the best sentence is worth depends on its rivals: the constants look at how far each lies
behind. So what one story would answer if there were no other, and what would be answered if the
best sentence were not there, are asked by weighing a part of the hits.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.types import Hit
from qa.evidence import (
    DECLINE_BELOW,
    Bounds,
    Evidence,
    SentenceEncoder,
    answer_confidence,
    find_evidence,
)
from qa.reader import Finding, Judgement, Reader, Reading
from qa.reader.judge import log_odds, margins_of

# Beside the judgement, whose constants rest on some hundred questions, two things count. Evidence
# was fitted on thousands: weighed in once more it makes answers shorter. And the judgement never
# saw how well a passage was found, in which outlets, times and newness asked for count: log-odds
# for a whole score of retrieval. On rtqa2022, as of each question's day, short answers' EM is
# 0.330 with 0, 0.350 with 6, 0.354 with 8 to 10, 0.350 with 14; on the bundled articles the first
# sentence stays the same.
_EVIDENCE_AGAIN = 0.3
_FOUND = 8.0
# The caption of a photo names who is seen on it, in half a sentence and without a date; where the
# article's own sentence is about as good, that is the one to quote. Log-odds; no set that is
# fitted on has captions.
_CAPTION = 2.0
# How sure words must be of themselves to be set beside other answers, where no reader has asked
# for more than one; docs/answers.md tells how it was chosen.
_SURE_ALONE = 0.7


@dataclass(frozen=True, slots=True)
class Weighing:
    """What some hits tell on the question.

    Attributes
    ----------
    findings : tuple of Finding
        The sentences with their spans, likeliest answer first; scores as they order them.
    counted : float
        In [0, 1]: how probable it is, by counted evidence, that any of them answers.
    sureness : float
        In [0, 1]: how probable it is that the first one's span is the answer.
    """

    findings: tuple[Finding, ...]
    counted: float
    sureness: float

    @property
    def stands_alone(self) -> bool:
        """Whether the first finding would be an answer if there were no other."""
        return (
            self.counted >= DECLINE_BELOW
            and self.sureness >= _SURE_ALONE
            and self.findings[0].probability >= 0.5
        )


class ReadHits:
    """Some hits, read for a question that stands alone.

    Parameters
    ----------
    question : str
    hits : sequence of Hit
        Best first.
    encoder : SentenceEncoder
        Embeds each sentence at most once.
    reader : Reader, optional
        Another than the one that ships with Dateline.
    """

    def __init__(
        self,
        question: str,
        hits: Sequence[Hit],
        encoder: SentenceEncoder,
        reader: Reader | None = None,
    ) -> None:
        self.question = question
        self.hits = tuple(hits)
        self._encoder = _Remembering(encoder)
        self._reader = reader
        self._readings: dict[str, Reading] = {}

    def with_more(self, hits: Sequence[Hit]) -> ReadHits:
        """The same question with more hits; what was read and embedded is not done again."""
        wider = copy.copy(self)
        wider.hits = tuple(hits)
        return wider

    @property
    def readings(self) -> Mapping[str, Reading]:
        """What the reader makes of each passage, by its id; read on first use."""
        new = [hit for hit in self.hits if hit.passage.id not in self._readings]
        if new:
            readings = (self._reader or _reader()).read(self.question, new)
            self._readings |= {reading.hit.passage.id: reading for reading in readings}
        return self._readings

    def reading_of(self, finding: Finding) -> Reading:
        """What the reader makes of the passage a finding stands in."""
        return self.readings[finding.evidence.hit.passage.id]

    def weigh(
        self, hits: Sequence[Hit] | None = None, without: Iterable[Bounds] = ()
    ) -> Weighing | None:
        """Weigh some of the hits as if there were no others; None where they hold no sentence.

        Parameters
        ----------
        hits : sequence of Hit, optional
            Of those that were read; None for all of them.
        without : iterable of (str, int, int)
            Article and bounds of sentences that are left out.
        """
        chosen = _without(self.hits if hits is None else hits, frozenset(without))
        readings = [self.readings[hit.passage.id] for hit in chosen]
        evidence = find_evidence(self.question, chosen, self._encoder, margins=margins_of(readings))
        if not evidence:
            return None
        counted = answer_confidence(self.question, evidence, chosen)
        judgement = load_judgement()
        best = max(hit.score for hit in chosen)
        findings = sorted(judgement.weigh(evidence, readings), key=lambda each: -_score(each, best))
        return Weighing(
            tuple(replace(each, score=_score(each, best)) for each in findings),
            counted,
            judgement.confidence(findings, counted),
        )

    def alikeness(self, one: Evidence, other: Evidence) -> float:
        """The cosine of two sentences, in [-1, 1]: whether they tell the same."""
        left, right = self._encoder.embed_passages([one.text, other.text])
        return float(left @ right)


def bounds(evidence: Evidence) -> Bounds:
    """What names a sentence."""
    return evidence.hit.article.id, evidence.start, evidence.end


class _Remembering:
    """Embeds each text once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in texts if f"?{text}" not in self._vectors]
        if new:
            vectors = self._encoder.embed_questions(new)
            self._vectors |= {f"?{text}": row for text, row in zip(new, vectors, strict=True)}
        return np.array([self._vectors[f"?{text}"] for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if new:
            self._vectors |= zip(new, self._encoder.embed_passages(new), strict=True)
        return np.array([self._vectors[text] for text in texts])


def _without(hits: Sequence[Hit], left_out: frozenset[Bounds]) -> list[Hit]:
    """The hits with those sentences taken from the lists of theirs; their text stays."""
    if not left_out:
        return list(hits)
    kept = []
    for hit in hits:
        sentences = tuple(
            each for each in hit.passage.sentences if (hit.article.id, *each) not in left_out
        )
        if sentences:
            kept.append(replace(hit, passage=replace(hit.passage, sentences=sentences)))
    return kept


def _score(finding: Finding, best: float) -> float:
    evidence = _EVIDENCE_AGAIN * log_odds(finding.evidence.score)
    found = _FOUND * (finding.evidence.hit.score - best)
    return finding.score + evidence + found - _CAPTION * finding.evidence.hit.passage.is_caption


@functools.cache
def _reader() -> Reader:
    return Reader.load()


@functools.cache
def load_judgement() -> Judgement:
    """The fitted constants, read once."""
    return Judgement.load()
