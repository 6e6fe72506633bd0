"""The sentences of the hits, compared with a question word by word."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.types import Hit
from qa.question import AnswerKind, QuestionProfile
from qa.signals import (
    MEASURED_KINDS,
    TOLD_KINDS,
    SentenceText,
    kind_evidence,
    pair_share,
    term_matches,
)
from qa.words import split_words

Floats = NDArray[np.float64]
Columns = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence ``hit.article.text[start:end]``; ``rank`` is its passage's, from 1."""

    hit: Hit
    start: int
    end: int
    rank: int

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.article.text[self.start : self.end]


def list_candidates(hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """Return every sentence of the hits once, though passages overlap; best passage first."""
    found: dict[tuple[str, int, int], Candidate] = {}
    for rank, hit in enumerate(hits, start=1):
        for start, end in hit.passage.sentences:
            found.setdefault((hit.article.id, start, end), Candidate(hit, start, end, rank))
    return tuple(found.values())


class SentencePool:
    """A question and the sentences that may answer it.

    Attributes
    ----------
    profile : QuestionProfile
    candidates : tuple of Candidate
        The sentences, each once.

    Notes
    -----
    ``n`` sentences, ``t`` terms of the question. Matches are in [0, 1] (`term_matches`).
    Around a sentence a term counts also where only the headline holds it: the headline is what
    a reader of the sentence knows already.
    """

    def __init__(self, profile: QuestionProfile, hits: Sequence[Hit]) -> None:
        self.profile = profile
        self.candidates = list_candidates(hits)
        self._sentences = [SentenceText.read(each.text) for each in self.candidates]
        self._weights = np.array([term.weight for term in profile.terms], dtype=np.float64)
        self._total = float(self._weights.sum()) or 1.0
        self._is_name = np.array([term.is_name for term in profile.terms], dtype=bool)

    @functools.cached_property
    def in_sentence(self) -> Floats:
        """Matches of the terms in each sentence: shape (n, t)."""
        return self._stack([self._matches(each) for each in self._sentences])

    @functools.cached_property
    def in_headline(self) -> Floats:
        """Matches in the headline of each sentence's article: shape (n, t)."""
        titles = {each.hit.article.id: each.hit.article.title for each in self.candidates}
        matches = {
            article_id: term_matches(self.profile.terms, split_words(title or ""))
            for article_id, title in titles.items()
        }
        return self._stack([matches[each.hit.article.id] for each in self.candidates])

    @functools.cached_property
    def in_neighbours(self) -> Floats:
        """Matches in each sentence, the one before, the one after, the headline: shape (n, t)."""
        near = np.maximum(self.in_sentence, self.in_headline)
        for left, right in self._adjacent():
            near[left] = np.maximum(near[left], self.in_sentence[right])
            near[right] = np.maximum(near[right], self.in_sentence[left])
        return near

    @functools.cached_property
    def in_passage(self) -> Floats:
        """Matches in each sentence's passage and headline: shape (n, t)."""
        passages = {each.rank: each.hit.passage.text for each in self.candidates}
        matches = {
            rank: term_matches(self.profile.terms, split_words(text))
            for rank, text in passages.items()
        }
        found = self._stack([matches[each.rank] for each in self.candidates])
        return np.maximum(found, self.in_headline)

    @functools.cached_property
    def unseen_names(self) -> float:
        """The share of the question's weight in names that stand in no hit, in [0, 1]."""
        if not self.candidates:
            return float(self._weights[self._is_name].sum()) / self._total
        unseen = 1.0 - self.in_passage.max(axis=0)
        return float((unseen * self._weights)[self._is_name].sum()) / self._total

    @functools.cached_property
    def columns(self) -> Columns:
        """What is counted of each sentence: name → shape (n,). Needs no encoder."""
        cover = self._cover
        columns = {
            "cover": cover(self.in_sentence),
            "cover_near": cover(self.in_neighbours),
            "cover_passage": cover(self.in_passage),
            "pairs": self._each(lambda each: pair_share(self.profile, each.words)),
        }
        # How a sentence stands to the best of its rivals matters as much as its own value.
        columns |= {f"{name}_behind": values - best(values) for name, values in columns.items()}
        columns["names_missing"] = cover(1.0 - self.in_sentence, self._is_name)
        columns["names_missing_passage"] = cover(1.0 - self.in_passage, self._is_name)
        columns["words_missing_passage"] = cover(1.0 - self.in_passage, ~self._is_name)
        columns["figure_missing"] = self._kind_missing(MEASURED_KINDS)
        columns["kind_missing"] = self._kind_missing(TOLD_KINDS)
        columns["length"] = np.log1p(self._each(lambda each: float(len(each.words))))
        return columns

    def _kind_missing(self, kinds: frozenset[AnswerKind]) -> Floats:
        if self.profile.kind not in kinds:
            return np.zeros(len(self.candidates))
        return 1.0 - self._each(lambda each: kind_evidence(self.profile, each))

    def _matches(self, sentence: SentenceText) -> NDArray[np.float32]:
        return term_matches(self.profile.terms, sentence.words)

    def _stack(self, rows: Sequence[NDArray[np.float32]]) -> Floats:
        shape = (len(self.candidates), len(self.profile.terms))
        return np.array(rows, dtype=np.float64).reshape(shape)

    def _each(self, value: Callable[[SentenceText], float]) -> Floats:
        return np.array([value(each) for each in self._sentences], dtype=np.float64)

    def _cover(self, matches: Floats, among: NDArray[np.bool_] | None = None) -> Floats:
        """Weigh the matched terms: the share of the question's whole weight, shape (n,)."""
        weighed = matches * self._weights
        chosen = weighed if among is None else weighed[:, among]
        return np.asarray(chosen.sum(axis=1) / self._total, dtype=np.float64)

    def _adjacent(self) -> list[tuple[int, int]]:
        """List the rows of sentences that follow each other in one passage."""
        place = {(each.hit.article.id, each.start): row for row, each in enumerate(self.candidates)}
        pairs = {
            (place[article_id, left[0]], place[article_id, right[0]])
            for each in self.candidates
            for article_id in (each.hit.article.id,)
            for left, right in zip(
                each.hit.passage.sentences, each.hit.passage.sentences[1:], strict=False
            )
        }
        return sorted(pairs)


def best(values: Floats) -> float:
    """Return the highest value, 0 of none."""
    return float(values.max(initial=-np.inf)) if values.size else 0.0
