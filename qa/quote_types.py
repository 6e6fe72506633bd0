"""What looking a quote up gives."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.types import Hit
from qa.types import passage_dict

Concern = Literal["number", "negation"]
Change = Literal["changed", "missing", "added", "bracketed", "left out"]
Exactness = Literal["exact", "same words", "differs"]
Part = Literal["headline", "byline", "body", "caption", "boilerplate"]

# From more independent stories on than this, words are a phrase that many use.
_FEW_SOURCES = 3
NOT_FOUND = "Not in this collection."


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the pasted words are not the printed ones.

    Attributes
    ----------
    kind : {"changed", "missing", "added", "bracketed", "left out"}
        "missing" was printed and not quoted, "added" the other way round; what is "bracketed" the
        quoter put in, and says so; "left out" are a few words for which an ellipsis stands.
    quoted, printed : str
        As they stand there; empty where nothing does.
    concerns : {"number", "negation"} or None
        What in them turns the meaning.
    """

    kind: Change
    quoted: str
    printed: str
    concerns: Concern | None = None


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """A stretch of print: ``article.text[start:end] == text``.

    Attributes
    ----------
    text : str
        Verbatim.
    start, end : int or None
        Characters of the article's text; None in a headline that stands outside it.
    part : {"headline", "byline", "body", "caption", "boilerplate"}
        What it is part of.
    """

    text: str
    start: int | None
    end: int | None
    part: Part


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """One article in which a quote stands.

    Attributes
    ----------
    marker : int
        Its number among the matches, from 1.
    exactness : {"exact", "same words", "differs"}
        To the letter, white space apart; in punctuation, capitals, hyphens or by an ellipsis
        only; or in words, which `differences` then tells.
    score : float
        In (0, 1]: the share of the quote that stands there.
    quote : str
        What is printed, verbatim: the stretch from its first to its last word.
    places : tuple of QuotePlace
        The stretches that the quote covers, in order.
    sentences : tuple of QuotePlace
        The whole sentences in which they stand.
    differences : tuple of Difference
        Word by word; empty unless `exactness` is "differs", or the quoter used brackets or dots.
    words_left_out : int
        How many printed words the quote's ellipses stand for.
    article_id, title, source, author, published, url, content_sha256
        As in `qa.types.Citation`.
    start, end : int or None
        The stretch, in characters of the article's text; None where all is in its headline.
    is_current : bool
        False where it stands in an earlier version of the article only.
    copy_of : int or None
        The marker of an earlier match of which the article is a near-copy.
    """

    marker: int
    exactness: Exactness
    score: float
    quote: str
    places: tuple[QuotePlace, ...]
    sentences: tuple[QuotePlace, ...]
    differences: tuple[Difference, ...]
    words_left_out: int
    article_id: str
    title: str | None
    source: str | None
    author: str | None
    published: datetime.date | None
    url: str | None
    start: int | None
    end: int | None
    content_sha256: str
    is_current: bool = True
    copy_of: int | None = None

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What of the meaning the differences turn, each once."""
        return tuple(dict.fromkeys(each.concerns for each in self.differences if each.concerns))

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            **asdict(self),
            "published": self.published.isoformat() if self.published else None,
            "concerns": list(self.concerns),
        }


@dataclass(frozen=True, slots=True)
class QuoteLookup:
    """Where a pasted quote stands in a collection.

    Attributes
    ----------
    quote : str
        As it was pasted.
    text : str
        One sentence: where it stands, or "Not in this collection."
    found : bool
    matches : tuple of QuoteMatch
        The articles in which it stands; those with the very words first, then the oldest first.
    n_articles : int
        In how many articles it stands; `matches` may hold fewer.
    n_independent_sources : int
        Near-copies of one story counted once.
    is_complete : bool
        Whether all articles that may hold it were compared; False for very common words.
    nearest : tuple of Hit
        Where it was not found: passages that share most words with it. They are not the quote.
    n_searched : int
        How many articles were searched.
    timings_ms : mapping of str to float
    """

    quote: str
    text: str
    found: bool
    matches: tuple[QuoteMatch, ...] = ()
    n_articles: int = 0
    n_independent_sources: int = 0
    is_complete: bool = True
    nearest: tuple[Hit, ...] = ()
    n_searched: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_common(self) -> bool:
        """Whether so many independent stories have the words that they tell no one source."""
        return not self.is_complete or self.n_independent_sources > _FEW_SOURCES

    def to_dict(self) -> dict[str, Any]:
        """Exactly what ``qa quote --json`` prints."""
        return {
            "quote": self.quote,
            "answer": self.text,
            "found": self.found,
            "matches": [match.to_dict() for match in self.matches],
            "n_articles": self.n_articles,
            "n_independent_sources": self.n_independent_sources,
            "is_complete": self.is_complete,
            "is_common": self.is_common,
            "nearest": [passage_dict(hit) for hit in self.nearest],
            "n_searched": self.n_searched,
            "timings_ms": dict(self.timings_ms),
        }
