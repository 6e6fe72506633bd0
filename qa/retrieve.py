"""A Query → passages, from both indexes, fused into one ranking."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.chunk import passage_heading
from index.embed import Embedder
from index.filters import Filter
from index.store import StoreView
from index.types import Article, Hit, Passage
from qa.cite import is_intact
from qa.copies import Copies
from qa.types import Query

logger = logging.getLogger(__name__)

# Shares of the convex mix after scaling each list to [0, 1]. Measured with passages of 160 words
# (article hit@1 on two years of news questions, nDCG@10 on TIME 1963): MiniLM alone 0.335, 0.526,
# 0.618; BM25 alone 0.413, 0.539, 0.629; this mix 0.437, 0.579, 0.694.
_DENSE_SHARE = 0.7
_LEXICAL_SHARE = 1 - _DENSE_SHARE
# How many passages each index proposes.
_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages of one state of a store.

    Parameters
    ----------
    view : StoreView
    embedder : Embedder
        The one the store was built with.
    """

    view: StoreView
    embedder: Embedder

    def retrieve(self, query: Query, k: int, copies: Copies | None = None) -> tuple[Hit, ...]:
        """Up to `k` passages, best first; scores in [0, 1], ties by passage id.

        Of near-copies' equal passages the best ranked one is given, and says where else it
        stands. Their texts are read into `copies`, for whoever wants to compare more of them.
        """
        copies = copies or Copies(self.view, query.where)
        vector = self.embedder.embed_questions([query.text])[0]
        n = max(_CANDIDATES, min(k, self.view.counts().passages))
        dense = self.view.search_dense(vector, n, query.where)
        lexical = self.view.search_lexical(query.text, n, query.where)
        rows = np.union1d(dense.rows, lexical.rows)
        # A passage that only BM25 proposed has a cosine all the same; one that only the vectors
        # proposed shares no searched word, or too few to count.
        scores = _DENSE_SHARE * _scaled(self.view.cosines(vector, rows)) + _LEXICAL_SHARE * _spread(
            rows, lexical.rows, lexical.scores
        )
        # Phrases are checked against the very words, so some of the best may fall out.
        wanted = len(rows) if query.where.phrases else k + 8
        while True:
            ranked = self._hits(rows, scores, query.where, wanted)
            hits = copies.collapse(ranked, k)
            if len(hits) == k or wanted >= len(rows):
                return hits
            wanted *= 2

    def _hits(
        self, rows: NDArray[np.int64], scores: NDArray[np.float32], where: Filter, wanted: int
    ) -> list[Hit]:
        """The best of the rows as hits, best first."""
        best = np.lexsort((rows, -scores))[:wanted]
        found = self._intact(self.view.passages(rows[best]))
        ranked = [
            Hit(*found[int(rows[i])], float(scores[i]), "mix")
            for i in best
            if int(rows[i]) in found and _holds(found[int(rows[i])], where.phrases)
        ]
        ranked.sort(key=lambda hit: (-hit.score, hit.passage.id))
        return ranked

    def _intact(
        self, found: dict[int, tuple[Passage, Article]]
    ) -> dict[int, tuple[Passage, Article]]:
        """`found` without articles whose text no longer has its hash: they are not shown."""
        articles = {article.id: article for _, article in found.values()}
        damaged = {name for name, article in articles.items() if not is_intact(article)}
        for name in sorted(damaged):
            logger.error("article %r is damaged in the store and left out; see `qa verify`", name)
        return {row: pair for row, pair in found.items() if pair[1].id not in damaged}


def _scaled(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Min–max over the candidates; a single one, or equal ones, count in full."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    if high - low < 1e-9:
        return np.ones_like(scores)
    scaled: NDArray[np.float32] = (scores - low) / (high - low)
    return scaled


def _spread(
    rows: NDArray[np.int64], scored: NDArray[np.int64], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`scores` of the rows `scored`, as shares of the best, over all `rows`; 0 for the others."""
    spread = np.zeros(len(rows), dtype=np.float32)
    if len(scored):
        spread[np.searchsorted(rows, scored)] = scores / max(float(scores.max()), 1e-9)
    return spread


def _holds(found: tuple[Passage, Article], phrases: tuple[str, ...]) -> bool:
    passage, article = found
    if not phrases:
        return True
    text = _plain(f"{passage_heading(article)}\n{passage.text}")
    return all(re.search(rf"(?<!\w){re.escape(_plain(phrase))}(?!\w)", text) for phrase in phrases)


_STRAIGHT = str.maketrans("’‘“”", "''\"\"")


def _plain(text: str) -> str:
    """For comparing words: case, kinds of quotation marks and white space do not count."""
    return " ".join(text.casefold().translate(_STRAIGHT).split())
