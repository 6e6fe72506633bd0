"""Look up where pasted words were printed, how exactly, and what differs.

Candidates come from the store's phrase index (`qa.quote_candidates`), their words are aligned with
the quote's (`qa.quote_match`), and what does not share enough of them is not the quote.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.filters import Filter
from index.protocols import StoreView
from index.types import Article, Hit, Span, SpanKind
from qa.cite import is_intact
from qa.quote_candidates import (
    Candidate,
    find_candidates,
    find_in_past,
    find_without_index,
)
from qa.quote_match import PlacedPiece, PlacedQuote, differences, place_quote
from qa.quote_types import (
    NOT_FOUND,
    Difference,
    Exactness,
    Part,
    QuoteLookup,
    QuoteMatch,
    QuotePlace,
)
from qa.quote_words import PastedQuote, printed_words, read_quote, squeeze
from qa.words import FUNCTION_WORDS

logger = logging.getLogger(__name__)

# When a quote with changed words is still that quote; chosen by tests/benchmarks/quotes.py, see
# docs/quotes.md. So many words, and so great a share of them, must stand there.
_LEAST_WORDS = 6
_LEAST_SCORE = 0.8
_MOST_CHANGED = 0.2
# Articles that lack more of its telling words than this, wherever they stand, are not compared.
_MOST_LACKING = 0.4
_FEW_LACKING = 2
# Quoted words in a row that are not in print: slips of the pen are short, and where two texts were
# patched together the end of one is missing. Of long quotes so great a share.
_MOST_IN_A_ROW = 2
_ROW_SHARE = 0.05
# How telling the words that stand there are together, each in [0, 1] by `qa.words.rarity`: enough
# to know a text by. With less ("told reporters at the White House on") one word at most may be
# changed, and hardly another article may have a run of the others than those that have them all.
_TELLING = 3.0
_LEAST_TELLING = 0.75
_FEW_ARTICLES = 2
_NEAREST = 3
_PARTS: dict[SpanKind, Part] = {
    SpanKind.HEADLINE: "headline",
    SpanKind.BYLINE: "byline",
    SpanKind.CAPTION: "caption",
    SpanKind.BOILERPLATE: "boilerplate",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A quote placed in one of the candidates."""

    candidate: Candidate
    placed: PlacedQuote

    @property
    def article(self) -> Article:
        return self.candidate.article


def look_up(view: StoreView, text: str, k: int, where: Filter) -> QuoteLookup:
    """Where the words of `text` stand in a collection.

    Parameters
    ----------
    view : StoreView
    text : str
        As it was pasted; "…", "..." and "[...]" stand for words left out, square brackets hold
        the quoter's own.
    k : int
        How many articles to tell, at least 1.
    where : Filter
        What is left out.

    Raises
    ------
    QuestionError
        `text` holds no word, or is too long.
    """
    start = time.perf_counter()
    quote = read_quote(text)
    candidates = find_candidates(view, quote, where)
    placed = list(_placed(quote, candidates.found))
    if not placed:
        placed = list(_placed(quote, find_without_index(view, quote, where)))
    found = _that_quote(quote, placed)
    if not any(each.placed.has_same_words for each in found):
        found += _in_past(view, quote, where)
    found.sort(key=_order)
    stories = view.stories([each.article.id for each in found])
    matches = _with_copies(
        [_match(number, quote, each, view) for number, each in enumerate(found[:k], 1)], stories
    )
    nearest = () if found else _nearest(view, quote, placed, where)
    lookup = QuoteLookup(
        quote=text,
        text=NOT_FOUND,
        found=bool(found),
        matches=matches,
        n_articles=len({each.article.id for each in found}),
        n_independent_sources=len(set(stories.values())),
        is_complete=candidates.is_complete,
        nearest=nearest,
        n_searched=view.counts().articles,
        timings_ms={"total": round((time.perf_counter() - start) * 1000, 2)},
    )
    return replace(lookup, text=_told(lookup)) if found else lookup


def _placed(quote: PastedQuote, candidates: Iterable[Candidate]) -> Iterator[_Found]:
    """The candidates in which every piece of the quote has a place, each with its best one."""
    keys = {key for piece in quote.pieces for key in piece.keys if not key.isdigit()}
    keys -= FUNCTION_WORDS
    for each in candidates:
        text = squeeze(f"{each.article.title or ''}\n{each.article.text}")
        n_lacking = sum(key not in text for key in keys)
        if n_lacking > max(_FEW_LACKING, _MOST_LACKING * len(keys)):
            continue
        if not is_intact(each.article):
            logger.error("article %r is damaged in the store; see `qa verify`", each.article.id)
            continue
        best: PlacedQuote | None = None
        for printed in printed_words(each.article):
            placed = place_quote(quote, printed)
            # Of two as good, the one in the body is meant.
            if placed and (best is None or placed.score > best.score):
                best = placed
            if best and best.has_same_words:
                break
        if best is not None:
            yield _Found(each, best)


def _that_quote(quote: PastedQuote, placed: Sequence[_Found]) -> list[_Found]:
    """Those that have the quote's words, and those that have it with words changed."""
    near = [each for each in placed if _is_near(quote, each.placed)]
    few = max(_FEW_ARTICLES, len(near))
    return [each for each in near if each.placed.has_same_words or _can_be_known(each, few)]


def _in_past(view: StoreView, quote: PastedQuote, where: Filter) -> list[_Found]:
    """Earlier versions that have the very words, of each article the latest."""
    latest: dict[str, _Found] = {}
    for each in _placed(quote, find_in_past(view, quote, where)):
        if each.placed.has_same_words and quote.n_words >= _LEAST_WORDS:
            latest.setdefault(each.article.id, each)
    return list(latest.values())


def _can_be_known(found: _Found, few: int) -> bool:
    """Whether what is left of a quote with words changed is not what many articles say."""
    placed = found.placed
    if placed.has_only_slips or placed.telling >= _TELLING:
        return True
    has_little = placed.telling < _LEAST_TELLING or placed.n_changed > 1
    return not has_little and found.candidate.rarest <= few


def _is_near(quote: PastedQuote, placed: PlacedQuote) -> bool:
    """Whether so much of a quote stands there that words of it were changed."""
    if placed.has_same_words:
        return True
    return (
        quote.n_words >= _LEAST_WORDS
        and placed.score >= _LEAST_SCORE
        and placed.n_changed <= _MOST_CHANGED * quote.n_words
        and placed.longest_change <= max(_MOST_IN_A_ROW, _ROW_SHARE * quote.n_words)
    )


def _order(found: _Found) -> tuple[bool, float, bool, datetime.date, str]:
    """The very words first; then who printed them first, undated articles last."""
    same = found.placed.has_same_words
    day = found.article.published
    return (
        not same,
        0.0 if same else -found.placed.score,
        day is None,
        day or datetime.date.max,
        found.article.id,
    )


def _with_copies(matches: Sequence[QuoteMatch], stories: dict[str, int]) -> tuple[QuoteMatch, ...]:
    """The matches, each that is a near-copy of one before it saying so."""
    first: dict[int, int] = {}
    told = []
    for match in matches:
        story = stories.get(match.article_id, -match.marker)
        original = first.setdefault(story, match.marker)
        told.append(replace(match, copy_of=None if original == match.marker else original))
    return tuple(told)


def _told(lookup: QuoteLookup) -> str:
    """In one sentence, how exactly the words stand there, and how often."""
    first = lookup.matches[0]
    how = {
        "exact": "These words stand",
        "same words": "The same words stand",
        "differs": "Not word for word: words much like these stand",
    }[first.exactness]
    least = "" if lookup.is_complete else "at least "
    n = "one article" if lookup.n_articles == 1 else f"{least}{lookup.n_articles:,} articles"
    turned = "".join(f"; a {concern} differs" for concern in first.concerns)
    return f"{how} in {n}{turned}."


# ── One match ──────────────────────────────────────────────────────────────────────────────────


def _match(number: int, quote: PastedQuote, found: _Found, view: StoreView) -> QuoteMatch:
    article, placed = found.article, found.placed
    places = tuple(place for piece in placed.pieces for place in _places(article, placed, piece))
    inside = [(each.start, each.end) for each in places if each.start is not None]
    start = min((first for first, _ in inside if first is not None), default=None)
    end = max((last for _, last in inside if last is not None), default=None)
    told = differences(quote, placed, article)
    return QuoteMatch(
        marker=number,
        exactness=_exactness(quote, placed, places, told),
        score=round(placed.score, 4),
        quote=article.text[start:end] if start is not None else places[0].text,
        places=places,
        sentences=tuple(_sentences(view, found, places)),
        differences=told,
        words_left_out=placed.left_out,
        article_id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
        start=start,
        end=end,
        content_sha256=article.content_sha256,
        is_current=found.candidate.is_current,
    )


def _exactness(
    quote: PastedQuote,
    placed: PlacedQuote,
    places: Sequence[QuotePlace],
    told: Sequence[Difference],
) -> Exactness:
    # A "[not]" of the quoter's own is said to be his, and is no less another word.
    if not placed.has_same_words or any(
        each.kind == "bracketed" and each.concerns for each in told
    ):
        return "differs"
    pasted = " ".join(quote.written(piece.words) for piece in quote.pieces)
    printed = " ".join(each.text for each in places)
    is_whole = len(quote.pieces) == 1 and not any(piece.brackets for piece in quote.pieces)
    return "exact" if is_whole and pasted.split() == printed.split() else "same words"


def _places(article: Article, placed: PlacedQuote, piece: PlacedPiece) -> Iterator[QuotePlace]:
    """The stretches of print that a piece covers, cut where something else stands between."""
    printed = placed.printed
    in_title = printed.words[piece.first : min(piece.last, printed.n_title)]
    if in_title:
        text = (article.title or "")[in_title[0].start : in_title[-1].end]
        yield QuotePlace(text, None, None, "headline")
    words = printed.words[max(piece.first, printed.n_title) : piece.last]
    start = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or _span_between(article, words[at - 1].end, words[at].start):
            first, last = words[start].start, words[at - 1].end
            part = _part(article.spans, first)
            yield QuotePlace(article.text[first:last], first, last, part)
            start = at


def _span_between(article: Article, start: int, end: int) -> bool:
    """Whether a marked stretch begins or ends between two words."""
    return any(start <= edge <= end for span in article.spans for edge in (span.start, span.end))


def _part(spans: Sequence[Span], at: int) -> Part:
    return next((_PARTS[span.kind] for span in spans if span.start <= at < span.end), "body")


def _sentences(
    view: StoreView, found: _Found, places: Sequence[QuotePlace]
) -> Iterator[QuotePlace]:
    """The sentences that the places touch, in order, each once; else the lines."""
    text = found.article.text
    bounds = _sentence_bounds(view, found)
    told: set[tuple[int, int]] = set()
    for place in places:
        if place.start is None or place.end is None:
            continue
        touched = [pair for pair in bounds if pair[0] < place.end and place.start < pair[1]]
        for start, end in touched or [_line(text, place.start, place.end)]:
            if (start, end) not in told:
                told.add((start, end))
                yield QuotePlace(text[start:end], start, end, place.part)


def _sentence_bounds(view: StoreView, found: _Found) -> list[tuple[int, int]]:
    if found.candidate.row is None:
        return []
    rows = view.passages_of(np.array([found.candidate.row], dtype=np.int64))
    passages = view.passages(rows.tolist()).values()
    bounds = {pair for passage, _ in passages for pair in passage.sentences}
    return sorted(bounds)


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    last = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if last < 0 else last


# ── Where it was not found ─────────────────────────────────────────────────────────────────────


def _nearest(
    view: StoreView, quote: PastedQuote, placed: Sequence[_Found], where: Filter
) -> tuple[Hit, ...]:
    """Passages that share most words with the quote, each of another article."""
    found = view.search_lexical(quote.text, 4 * _NEAREST, where)
    passages = view.passages(found.rows.tolist())
    hits: dict[str, Hit] = {}
    for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
        if row in passages and is_intact(passages[row][1]):
            hit = Hit(*passages[row], score, "bm25")
            hits.setdefault(hit.article.id, hit)
    return tuple(hits.values())[:_NEAREST]
