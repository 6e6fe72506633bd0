"""A Query → passages, from all indexes, fused into one ranking.

docs/retrieval.md tells what each part is worth and which run chose the constants.
"""

from __future__ import annotations

import datetime
import logging
import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.chunk import passage_heading
from index.columns import PassageColumns
from index.embed import Embedder
from index.filters import Filter, source_key
from index.store import StoreView
from index.types import Article, Hit, Passage
from qa.cite import is_intact
from qa.copies import Copies
from qa.types import Preferences, Query

logger = logging.getLogger(__name__)

# How many passages each index proposes; of the best articles, the passages nearest in meaning.
_CANDIDATES = 200
_ARTICLES = 20
_PER_ARTICLE = 2
# What the prose prefers is looked for apart, so that it is among the candidates at all.
_PREFERRED = 50
# Cosines of the candidates for one question on news span 0.30 to 0.84 (289 questions).
_LEAST_SPREAD = 0.3
# How many passages of one article are taken as they come.
_FEW_OF_ARTICLE = 3


@dataclass(frozen=True, slots=True)
class Mix:
    """How much each sign counts in the ranking, once each list is scaled to [0, 1].

    Attributes
    ----------
    dense, lexical, article : float
        The cosine of question and passage, BM25 of the passage, BM25 of its whole article.
    outlet, period : float
        That the passage is of an outlet, or a time, which the question's prose prefers.
    recency : float
        How new the report is, where the question speaks of the present.
    recency_days : float
        After so many days a report counts as new by 1/e only.
    repeated : float
        What each further passage costs of an article that has a few better ones.
    fields : tuple of (str, float)
        How much each field of an article counts in its BM25.
    """

    dense: float = 0.7
    lexical: float = 0.3
    article: float = 0.4
    outlet: float = 0.3
    period: float = 0.3
    recency: float = 0.4
    recency_days: float = 30.0
    repeated: float = 0.1
    fields: tuple[tuple[str, float], ...] = (
        ("text", 1.0),
        ("headline", 0.3),
        ("outlet", 0.3),
        ("date", 0.3),
    )


MIX = Mix()


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages of one state of a store.

    Parameters
    ----------
    view : StoreView
    embedder : Embedder
        The one the store was built with.
    mix : Mix
    """

    view: StoreView
    embedder: Embedder
    mix: Mix = MIX

    def retrieve(self, query: Query, k: int, copies: Copies | None = None) -> tuple[Hit, ...]:
        """Up to `k` passages, best first; scores in [0, 1], ties by passage id.

        Of near-copies' equal passages the best ranked one is given, and says where else it
        stands. Their texts are read into `copies`, for whoever wants to compare more of them.
        """
        copies = copies or Copies(self.view, query.where)
        vector = self.embedder.embed_questions([query.text])[0]
        rows, scores = self._ranked(query, vector, k)
        # Phrases are checked against the very words, so some of the best may fall out.
        wanted = len(rows) if query.where.phrases else 2 * k + 8
        while True:
            ranked = self._hits(rows[:wanted], scores[:wanted], query.where)
            hits = copies.collapse(ranked, k)
            if len(hits) == k or wanted >= len(rows):
                return hits
            wanted *= 2

    def _ranked(
        self, query: Query, vector: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows of the candidates, best first, with their scores."""
        mix, where = self.mix, query.where
        n = max(_CANDIDATES, min(k, self.view.counts().passages))
        dense = self.view.search_dense(vector, n, where)
        lexical = self.view.search_lexical(query.text, n, where)
        articles = self.view.search_articles(query.text, n, where, dict(mix.fields))
        proposed = (
            dense.rows,
            lexical.rows,
            self._nearest_of(articles.rows[:_ARTICLES], vector, where),
            *self._preferred(query, vector),
        )
        # `np.unique` would import numpy.ma, 13 ms of a cold question.
        rows = np.array(sorted({row for some in proposed for row in some.tolist()}), dtype=np.int64)
        columns = self.view.columns(rows)
        rows = columns.rows
        # A passage that only BM25 proposed has a cosine all the same; one that only the vectors
        # proposed shares no searched word, or too few to count.
        scores = mix.dense * _scaled(self.view.cosines(vector, rows))
        scores = scores + mix.lexical * _shares(rows, lexical.rows, lexical.scores)
        scores = scores + mix.article * _shares(columns.articles, articles.rows, articles.scores)
        scores = scores + self._preference(query, columns)
        scores = scores / self._most(query)
        best = np.lexsort((rows, -scores))
        rows = rows[best]
        scores = _less_of_one(scores[best], columns.articles[best], mix.repeated)
        best = np.lexsort((rows, -scores))
        return rows[best], scores[best]

    def _nearest_of(
        self, article_rows: NDArray[np.int64], vector: NDArray[np.float32], where: Filter
    ) -> NDArray[np.int64]:
        """Of each article, the passages nearest to the question that meet the conditions."""
        rows = self.view.passages_of(article_rows)
        if where.has_words:
            rows = self.view.among(rows, where)
        if not len(rows):
            return rows
        rows = np.sort(rows)
        order = np.argsort(-self.view.cosines(vector, rows), kind="stable")
        taken: Counter[int] = Counter()
        nearest = []
        for row, article in zip(
            rows[order].tolist(), self.view.columns(rows).articles[order].tolist(), strict=True
        ):
            taken[article] += 1
            if taken[article] <= _PER_ARTICLE:
                nearest.append(row)
        return np.array(nearest, dtype=np.int64)

    def _preferred(self, query: Query, vector: NDArray[np.float32]) -> list[NDArray[np.int64]]:
        """Passages of what the question's prose prefers, found apart from the others."""
        found = []
        for where in _narrowed(query.where, query.prefer):
            found.append(self.view.search_dense(vector, _PREFERRED, where).rows)
            found.append(self.view.search_lexical(query.text, _PREFERRED, where).rows)
        return found

    def _preference(self, query: Query, columns: PassageColumns) -> NDArray[np.float64]:
        """What the passages gain by being what the question's prose prefers."""
        prefer, mix, days = query.prefer, self.mix, columns.days
        gained = np.zeros(len(columns.rows))
        if prefer.sources:
            gained += mix.outlet * columns.is_of({source_key(name) for name in prefer.sources})
        if prefer.since or prefer.until:
            first = (prefer.since or datetime.date.min).toordinal()
            last = (prefer.until or datetime.date.max).toordinal()
            gained += mix.period * ((days > 0) & (first <= days) & (days <= last))
        if _asks_for_news(query):
            gained += mix.recency * _newness(days, query.where.as_of, mix.recency_days)
        return gained

    def _most(self, query: Query) -> float:
        """The highest score there can be."""
        prefer, mix = query.prefer, self.mix
        return (
            mix.dense
            + mix.lexical
            + mix.article
            + mix.outlet * bool(prefer.sources)
            + mix.period * bool(prefer.since or prefer.until)
            + mix.recency * _asks_for_news(query)
        )

    def _hits(
        self, rows: NDArray[np.int64], scores: NDArray[np.float64], where: Filter
    ) -> list[Hit]:
        """The rows as hits, in their order."""
        found = self._intact(self.view.passages(rows))
        return [
            Hit(*found[row], float(score), "mix")
            for row, score in zip(rows.tolist(), scores, strict=True)
            if row in found and _holds(found[row], where.phrases)
        ]

    def _intact(
        self, found: dict[int, tuple[Passage, Article]]
    ) -> dict[int, tuple[Passage, Article]]:
        """`found` without articles whose text no longer has its hash: they are not shown."""
        articles = {article.id: article for _, article in found.values()}
        damaged = {name for name, article in articles.items() if not is_intact(article)}
        for name in sorted(damaged):
            logger.error("article %r is damaged in the store and left out; see `qa verify`", name)
        return {row: pair for row, pair in found.items() if pair[1].id not in damaged}


def _narrowed(where: Filter, prefer: Preferences) -> list[Filter]:
    """The conditions, narrowed to the preferred outlets, and to the preferred time."""
    narrowed = []
    if prefer.sources:
        keys = frozenset(source_key(name) for name in prefer.sources)
        narrowed.append(
            replace(where, sources=keys if where.sources is None else where.sources & keys)
        )
    if prefer.since or prefer.until:
        first = max((day for day in (where.since, prefer.since) if day), default=None)
        last = min((day for day in (where.until, prefer.until) if day), default=None)
        if not (first and last and first > last):
            narrowed.append(replace(where, since=first, until=last))
    return narrowed


def _asks_for_news(query: Query) -> bool:
    """Whether newer reports count more: a word says so, or a day is given and the tense says so."""
    prefer = query.prefer
    return prefer.is_recent or (prefer.is_present and query.where.as_of is not None)


def _newness(
    days: NDArray[np.int32], as_of: datetime.date | None, fading: float
) -> NDArray[np.float64]:
    """How new each passage is, in [0, 1]; undated ones are not.

    Reckoned from the day asked about, else from the newest of them: in an archive, "the latest"
    is the latest that it holds.
    """
    now = as_of.toordinal() if as_of else int(days.max(initial=0))
    newness = np.exp(-np.maximum(now - days, 0) / fading)
    return np.where(days > 0, newness, 0.0)


def _less_of_one(
    scores: NDArray[np.float64], articles: NDArray[np.int64], cost: float
) -> NDArray[np.float64]:
    """The scores, best first, less `cost` for each better passage of an article past a few.

    Where others are about as good, they come before one article's fourth; an article that the
    question is about, far ahead of the others, keeps its passages.
    """
    seen: Counter[int] = Counter()
    lessened = scores.copy()
    for place, article in enumerate(articles.tolist()):
        lessened[place] -= cost * max(0, seen[article] - _FEW_OF_ARTICLE + 1)
        seen[article] += 1
    return np.maximum(lessened, 0.0)


def _scaled(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    """1 for the nearest candidate, down to 0 for the farthest.

    Where all are about as near, as in a small collection or under a narrow filter, small
    differences stay small. Those whose vectors are still to come (NaN) get what the middle one of
    the others gets: they stand where their words put them.
    """
    known = ~np.isnan(cosines)
    scaled = np.ones(len(cosines))
    if not known.any():
        return scaled
    near = cosines[known].astype(np.float64)
    behind = float(near.max()) - near
    scaled[known] = 1.0 - behind / max(float(behind.max()), _LEAST_SPREAD)
    if not known.all():
        scaled[~known] = np.median(scaled[known])
    return scaled


def _shares(
    rows: NDArray[np.int64], scored: NDArray[np.int64], scores: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Scores as shares of the best, for each of `rows`; 0 for those that have none."""
    shares = scores / max(float(scores.max(initial=0)), 1e-9)
    known = dict(zip(scored.tolist(), shares.tolist(), strict=True))
    return np.array([known.get(row, 0.0) for row in rows.tolist()], dtype=np.float64)


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
