"""Which articles may hold a quote, by the store's own indexes; no vectors are asked.

Runs of a few neighbouring words are looked up as phrases: a quote shares some of them with every
article that prints it, though it spans two passages or has a word changed. A run counts by how few
passages have it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.filters import Filter
from index.lexical import analyse
from index.protocols import StoreView
from index.types import Article
from qa.copies import admits
from qa.quote_words import PastedQuote, Piece, rejoined, squeeze, unspaced_runs

_RUN_WORDS = 4
# Every word begins a run; of a long text so many runs, evenly spread, are looked up.
_MOST_RUNS = 32
# How many passages with one run are fetched; commoner runs tell little.
_MOST_ROWS = 2_000
# Articles that are compared word by word: of those that have all the runs there are up to so many,
# fewer where a run or two are all there is ("who was"); and so many more with this share of the
# best one's votes.
_MOST_FULL = 300
_MOST_OF_PHRASE = 60
_PHRASE_RUNS = 2
_MOST_PARTIAL = 20
_VOTE_SHARE = 0.3
# Where no article has so much of the votes, slips may have broken every run: words are asked, too.
_FEW_VOTES = 0.5
_BY_WORDS = 10
# Of earlier versions of articles so many are read, those with most of the longest words.
_MOST_PAST = 2_000
_TELLING_WORDS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may hold the quote.

    Attributes
    ----------
    article : Article
    row : int or None
        The article's; None of one that was found without the indexes.
    rarest : int
        How many articles share one of its runs of words, of the run that fewest do; 0 where it
        has none whole.
    is_current : bool
        False of an earlier version.
    """

    article: Article
    row: int | None
    rarest: int
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Candidates:
    """The articles to compare, likeliest first.

    `is_complete` is False where more articles than these have all the runs.
    """

    found: tuple[Candidate, ...]
    is_complete: bool


@dataclass(slots=True)
class _Votes:
    """What the runs found say for one article."""

    weight: float = 0.0
    rarest: int = 0
    day: int = 0


def find_candidates(view: StoreView, quote: PastedQuote, where: Filter) -> Candidates:
    """The articles of a store that share runs of words with a quote.

    Parameters
    ----------
    view : StoreView
    quote : PastedQuote
    where : Filter
        What is left out.
    """
    votes: defaultdict[int, _Votes] = defaultdict(_Votes)
    total, is_cut = 0.0, False
    runs = _runs(quote)
    most_full = _MOST_FULL if len(runs) > _PHRASE_RUNS else _MOST_OF_PHRASE
    for run in runs:
        rows = view.search_lexical(run, _MOST_ROWS, replace(where, phrases=(run,))).rows
        is_cut = is_cut or len(rows) == _MOST_ROWS
        total += _vote(view, rows, votes)
    best = max((each.weight for each in votes.values()), default=0.0)
    full = [row for row, each in votes.items() if each.weight >= (1 - 1e-9) * best]
    # Whoever printed it first is wanted first; undated articles come last.
    full.sort(key=lambda row: (votes[row].day or math.inf, row))
    partial = [row for row in votes if _VOTE_SHARE * best <= votes[row].weight < (1 - 1e-9) * best]
    partial.sort(key=lambda row: (-votes[row].weight, row))
    chosen = full[:most_full] + partial[:_MOST_PARTIAL]
    if best < _FEW_VOTES * total:
        by_words = view.search_lexical(quote.text, _BY_WORDS, where).rows
        chosen += np.unique(view.columns(np.sort(by_words)).articles).tolist()
    return Candidates(
        tuple(
            Candidate(article, row, votes[row].rarest if row in votes else 0)
            for row, article in _articles(view, dict.fromkeys(chosen))
        ),
        is_complete=not is_cut and len(full) <= most_full,
    )


def find_without_index(view: StoreView, quote: PastedQuote, where: Filter) -> Iterator[Candidate]:
    """Articles that have parts of a quote whose script the index's words do not fit.

    Reads every text: scripts without spaces are one word to the index up to the next mark.
    """
    parts = unspaced_runs(quote, _RUN_WORDS)
    if not parts:
        return
    for article in view.articles():
        if 2 * sum(part in article.text for part in parts) >= len(parts) and admits(where, article):
            yield Candidate(article, None, 0)


def find_in_past(view: StoreView, quote: PastedQuote, where: Filter) -> Iterator[Candidate]:
    """Earlier versions of articles that have the longest words of a quote, the latest first."""
    words = sorted({word.key for piece in quote.pieces for word in piece.words}, key=len)
    longest = words[-_TELLING_WORDS:]
    for article in view.past_articles(_MOST_PAST):
        text = squeeze(article.text)
        n_found = sum(word in text for word in longest)
        if 2 * n_found > len(longest) and admits(where, article):
            yield Candidate(article, None, 0, is_current=False)


def _vote(view: StoreView, rows: NDArray[np.int64], votes: defaultdict[int, _Votes]) -> float:
    """Count a run for the articles whose passages have it; gives what it weighs."""
    columns = view.columns(np.sort(rows))
    articles, first = np.unique(columns.articles, return_index=True)
    weight = math.log(1 + view.counts().passages / (len(rows) + 1))
    for article, day in zip(articles.tolist(), columns.days[first].tolist(), strict=True):
        vote = votes[article]
        vote.weight += weight
        vote.rarest = min(vote.rarest or len(articles), len(articles))
        vote.day = day
    return weight


def _runs(quote: PastedQuote) -> list[str]:
    """Runs of neighbouring words, as they were pasted, each worth a look-up."""
    written = (run for piece in quote.pieces for run in _runs_of(quote, piece))
    runs = [run for run in dict.fromkeys(written) if analyse(run)]
    if len(runs) <= _MOST_RUNS:
        return runs
    chosen = np.linspace(0, len(runs) - 1, _MOST_RUNS).astype(int)
    return [runs[place] for place in chosen]


def _runs_of(quote: PastedQuote, piece: Piece) -> Iterator[str]:
    words = piece.words
    for start in range(max(len(words) - _RUN_WORDS, 0) + 1):
        run = words[start : start + _RUN_WORDS]
        brackets = any(start < each.place < start + len(run) for each in piece.brackets)
        if not brackets:
            written = quote.written(run)
            yield written
            # The index has a word whole that a line broke.
            if (whole := rejoined(written)) != written:
                yield whole


def _articles(view: StoreView, article_rows: Iterable[int]) -> list[tuple[int, Article]]:
    """Those articles, in that order."""
    first: dict[int, int] = {}
    for row in article_rows:
        passages: NDArray[np.int64] = view.passages_of(np.array([row], dtype=np.int64))
        if len(passages):
            first[row] = int(passages[0])
    found = view.passages(first.values())
    return [(row, found[at][1]) for row, at in first.items() if at in found]
