"""Choose the sentences that answer a question, and tell how sure one can be that any does.

No language model and no trained reader: two logistic regressions over what can be counted
(`qa.pool`) and the sentence encoder's cosines. `qa.fit_evidence` fits their weights;
docs/evidence.md tells what was tried.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Hit
from qa.pool import Columns, Floats, SentencePool, best
from qa.quantities import find_quantities
from qa.question import profile_question
from qa.words import split_words

# Measured: against all of them, 24 cost 0.001 among the first three and nothing in first place; 16
# beside the reader, on 96 held-out questions, as many right sentences as 24 and one short answer.
MAX_ENCODED = 16
# Where the reader's margins help to choose: of those 96 the right sentence first 0.854 (16: 0.865;
# 8 chosen without margins 0.844), short answers' EM 0.635 (0.625; 0.615).
MAX_ENCODED_READ = 8
# A point of margin in log-odds of counted evidence, much as the judgement weighs them.
_MARGIN = 1.0
_SAME_WORDS = 0.6


# What names a sentence: its article, and where it stands in the text.
Bounds = tuple[str, int, int]


class SentenceEncoder(Protocol):
    """Embeds questions and sentences; each returns (n, dim) float32 with L2-normalised rows."""

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of sentences."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer the question.

    Attributes
    ----------
    hit : Hit
        The passage it was found in; the best ranked one where several hold it.
    start, end : int
        The sentence, in characters of ``hit.article.text``.
    score : float
        In [0, 1]: how probable it is that this sentence answers the question.
    cosine : float
        In [-1, 1]: how near the sentence is to the question for the encoder.
    """

    hit: Hit
    start: int
    end: int
    score: float
    cosine: float = 0.0

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over named columns."""

    intercept: float
    weights: Mapping[str, float]

    def logits(self, columns: Columns, *, absent: Sequence[str] = ()) -> Floats:
        """Return the log-odds of each row; columns named in ``absent`` count as 0."""
        names = [name for name in self.weights if name not in absent]
        total = sum((self.weights[name] * columns[name] for name in names), self.intercept)
        return np.asarray(total, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class EvidenceModel:
    """The fitted constants.

    Attributes
    ----------
    sentence : Logistic
        Over `sentence_columns`: whether a sentence answers the question.
    answer : Logistic
        Over `answer_columns`: whether the hits answer it at all.
    decline_below : float
        The confidence under which declining is right more often than answering.
    as_good_as : float
        The share of the best sentence's score from which another one is shown, too.
    """

    sentence: Logistic
    answer: Logistic
    decline_below: float
    as_good_as: float

    @classmethod
    def load(cls) -> EvidenceModel:
        """Read what `qa.fit_evidence` wrote."""
        fitted = json.loads((resources.files("qa") / "data" / "evidence.json").read_text("utf-8"))
        return cls(
            Logistic(**fitted["sentence"]),
            Logistic(**fitted["answer"]),
            fitted["decline_below"],
            fitted["as_good_as"],
        )


_MODEL = EvidenceModel.load()
DECLINE_BELOW: float = _MODEL.decline_below
AS_GOOD_AS: float = _MODEL.as_good_as
_COSINE_COLUMNS = ("cosine", "cosine_behind")


def find_evidence(
    question: str,
    hits: Sequence[Hit],
    encoder: SentenceEncoder,
    model: EvidenceModel = _MODEL,
    margins: Mapping[Bounds, float] | None = None,
) -> tuple[Evidence, ...]:
    """Return the sentences of the hits, by how probably they answer the question.

    Parameters
    ----------
    question : str
    hits : sequence of Hit
        Best first; their scores are not read, their order is.
    encoder : SentenceEncoder
        Embeds the question and at most ``MAX_ENCODED`` sentences.
    margins : mapping of (str, int, int) to float, optional
        By how much the reader holds a span of a sentence, named by its article and bounds, likelier
        than none: it knows well which are worth embedding, so ``MAX_ENCODED_READ`` are enough.

    Returns
    -------
    tuple of Evidence
        Best first, each sentence once; ties by article id, then start.
    """
    pool = SentencePool(profile_question(question), hits)
    if not pool.candidates:
        return ()
    rows = worth_encoding(pool, model.sentence, margins)
    cosines = _cosines(question, [pool.candidates[row].text for row in rows], encoder)
    columns = sentence_columns(pool, rows, cosines)
    scores = _probability(model.sentence.logits(columns))
    found = [
        Evidence(each.hit, each.start, each.end, float(score), float(cosine))
        for each, score, cosine in zip(
            (pool.candidates[row] for row in rows), scores, cosines, strict=True
        )
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.hit.article.id, each.start)))


def answer_confidence(
    question: str,
    evidence: Sequence[Evidence],
    hits: Sequence[Hit],
    model: EvidenceModel = _MODEL,
) -> float:
    """Return how probable it is, in [0, 1], that the hits answer the question at all.

    Parameters
    ----------
    question : str
    evidence : sequence of Evidence
        What `find_evidence` gave for the question and these hits.
    hits : sequence of Hit
    """
    if not evidence:
        return 0.0
    pool = SentencePool(profile_question(question), hits)
    columns = answer_columns(pool, evidence)
    return float(_probability(model.answer.logits(columns))[0])


def select_evidence(
    evidence: Sequence[Evidence], limit: int = 3, model: EvidenceModel = _MODEL
) -> tuple[Evidence, ...]:
    """Return the sentences worth showing: the best, and what is nearly as good.

    Near-copies of a chosen sentence are left out; of what is nearly as good, another article's
    sentence comes before one more of the same.

    Parameters
    ----------
    evidence : sequence of Evidence
        Best first.
    limit : int
        The most to return; at least 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    chosen = list(evidence[:1])
    rivals = [each for each in evidence[1:] if each.score >= model.as_good_as * evidence[0].score]
    while rivals and len(chosen) < limit:
        articles = {each.hit.article.id for each in chosen}
        rivals = [each for each in rivals if not any(_says_the_same(each, one) for one in chosen)]
        rivals.sort(key=lambda each: each.hit.article.id in articles)
        chosen += rivals[:1]
        del rivals[:1]
    return tuple(chosen)


def sentence_columns(pool: SentencePool, rows: Sequence[int], cosines: Floats) -> Columns:
    """Return what the sentence model weighs, for some rows of the pool."""
    columns = {name: values[list(rows)] for name, values in pool.columns.items()}
    columns["cosine"] = cosines
    columns["cosine_behind"] = cosines - best(cosines)
    return columns


def answer_columns(pool: SentencePool, evidence: Sequence[Evidence]) -> Columns:
    """Return what the answer model weighs: one row, about the best sentence and all hits."""
    row_of = {(each.hit.article.id, each.start): i for i, each in enumerate(pool.candidates)}
    rows = [row_of[each.hit.article.id, each.start] for each in evidence]
    top = {name: float(values[rows[0]]) for name, values in pool.columns.items()}
    values = {
        # How many of the sentences would answer, to judge by their scores.
        "expected": sum(each.score for each in evidence),
        "cosine": evidence[0].cosine,
        "cosine_best": max(each.cosine for each in evidence),
        "cover_near": top["cover_near"],
        "cover_passage": top["cover_passage"],
        "names_missing_passage": top["names_missing_passage"],
        "unseen_names": pool.unseen_names,
        "figure_missing": float(pool.columns["figure_missing"][rows[:3]].min()),
        "kind_missing": float(pool.columns["kind_missing"][rows[:3]].min()),
    }
    return {name: np.array([value]) for name, value in values.items()}


def worth_encoding(
    pool: SentencePool, model: Logistic, margins: Mapping[Bounds, float] | None = None
) -> list[int]:
    """Choose the sentences to embed: the best by everything but the encoder, in their order."""
    most = MAX_ENCODED if margins is None else MAX_ENCODED_READ
    if len(pool.candidates) <= most:
        return list(range(len(pool.candidates)))
    logits = model.logits(pool.columns, absent=_COSINE_COLUMNS)
    if margins is not None:
        lowest = min(margins.values(), default=0.0)
        read = [
            margins.get((each.hit.article.id, each.start, each.end), lowest)
            for each in pool.candidates
        ]
        logits = logits + _MARGIN * np.array(read)
    return sorted(np.argsort(-logits, kind="stable")[:most].tolist())


def _cosines(question: str, sentences: Sequence[str], encoder: SentenceEncoder) -> Floats:
    vector = encoder.embed_questions([question])[0]
    return np.asarray(encoder.embed_passages(sentences) @ vector, dtype=np.float64)


def _probability(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float64)


def _says_the_same(left: Evidence, right: Evidence) -> bool:
    """Whether two sentences share most of their telling words, and no figure tells them apart."""
    keys = [
        {word.key for word in split_words(each.text) if not word.is_function}
        for each in (left, right)
    ]
    union = keys[0] | keys[1]
    if union and len(keys[0] & keys[1]) / len(union) < _SAME_WORDS:
        return False
    # "Nine people were hurt" and "Ten people were hurt" differ in what matters; a number that
    # only one of them tells is no other number.
    figures = [
        {(each.low, each.high) for each in find_quantities(one.text)} for one in (left, right)
    ]
    return not (figures[0] - figures[1] and figures[1] - figures[0])
