"""What goes into the question road and what comes out of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from index.filters import Filter
from index.types import Article, Hit

Mode = Literal["answer", "passages"]
Agreement = Literal["agree", "updated", "differ"]


class Turn(NamedTuple):
    """One question of a conversation with the text of its answer; a plain pair serves as well."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class PreferredEvent:
    """An event that a question names a time by, and when it was.

    Attributes
    ----------
    words : str
        As the question puts it: "before the strike".
    first, last : datetime.date
        Its days, as the articles tell them; mostly one.
    """

    words: str
    first: datetime.date
    last: datetime.date

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {"words": self.words, "first": _iso(self.first), "last": _iso(self.last)}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the prose of a question asks for; it raises passages and leaves none out.

    Attributes
    ----------
    sources : tuple of str
        Outlets of the collection, as their articles name them.
    since, until : datetime.date or None
        First and last day of the time spoken of, both included.
    is_recent : bool
        Whether the question speaks of the present, so that newer reports count more.
    is_present : bool
        Whether its main verb stands in the present or the future ("who leads", "who will"): a
        weaker sign of the same, which many questions without a time bear.
    event : PreferredEvent or None
        The event that `since` or `until` was reckoned from, where there is one.
    """

    sources: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    is_recent: bool = False
    is_present: bool = False
    event: PreferredEvent | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for the search.

    Attributes
    ----------
    original : str
        As it was asked.
    text : str
        What is searched. Stands alone without the history; the written filters are taken out, and
        so are words that only say what is preferred ("according to", "last week").
    where : Filter
        What is left out of the search.
    sources : tuple of str
        The outlets asked for, as they were written.
    prefer : Preferences
        What its prose asks for beyond that.
    spelling : tuple of (str, str)
        Words that stand nowhere in the collection, each with the one that was searched instead.
    asked : str
        `text` with the words left in that were taken out for the search; empty where none were.
    core : str
        `text` without any phrase that became a preference: what an article that meets them has
        still to tell. Empty where there is none.
    """

    original: str
    text: str
    where: Filter
    sources: tuple[str, ...] = ()
    prefer: Preferences = Preferences()
    spelling: tuple[tuple[str, str], ...] = ()
    asked: str = ""
    core: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands: ``article.text[start:end] == quote``.

    Attributes
    ----------
    marker : int
        The number that refers to it in the answer's text, from 1.
    quote : str
        Verbatim.
    article_id, title, source, author, url : str or None
        See `index.types.Article`; None where the article does not tell.
    published : datetime.date or None
        The day of publication.
    start, end : int
        Characters of the article's text.
    content_sha256 : str
        Of the version of the article that is quoted.
    also_in : tuple of str
        Ids of the near-copies of the article in which the quote, but for light edits, stands,
        too; oldest first.
    also_in_sources : tuple of str or None
        Their outlets, one for each.
    is_caption : bool
        Whether the quote is from the caption of a photo.
    """

    marker: int
    quote: str
    article_id: str
    title: str | None
    source: str | None
    author: str | None
    published: datetime.date | None
    url: str | None
    start: int
    end: int
    content_sha256: str
    also_in: tuple[str, ...] = ()
    also_in_sources: tuple[str | None, ...] = ()
    is_caption: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "marker": self.marker,
            "quote": self.quote,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "author": self.author,
            "published": _iso(self.published),
            "url": self.url,
            "start": self.start,
            "end": self.end,
            "content_sha256": self.content_sha256,
            "also_in": list(self.also_in),
            "also_in_sources": list(self.also_in_sources),
            "is_caption": self.is_caption,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """One of the answers that independent stories give, with who gives it and when.

    Attributes
    ----------
    answer : str
        The bare answer, as the newest of them puts it.
    published_first, published_last : datetime.date or None
        The days of its articles; None where none of them is dated.
    sources : tuple of str or None
        Their outlets, newest first; None for an article that names none.
    markers : tuple of int
        The citations that give this answer.
    is_newest : bool
        Whether it was published last, where others were published before it.
    """

    answer: str
    published_first: datetime.date | None
    published_last: datetime.date | None
    sources: tuple[str | None, ...]
    markers: tuple[int, ...]
    is_newest: bool

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "answer": self.answer,
            "published_first": _iso(self.published_first),
            "published_last": _iso(self.published_last),
            "sources": list(self.sources),
            "markers": list(self.markers),
            "is_newest": self.is_newest,
        }


@dataclass(frozen=True, slots=True)
class AnsweredPart:
    """The answer to one of several questions that were asked at once.

    Attributes
    ----------
    question : str
        It alone, in a form that needs no other part.
    text, short_answer, declined, confidence, reports, agreement
        As in `Answer`.
    markers : tuple of int
        Those of the citations in its text.
    """

    question: str
    text: str
    short_answer: str | None
    declined: bool
    confidence: float
    markers: tuple[int, ...]
    reports: tuple[Report, ...] = ()
    agreement: Agreement | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "question": self.question,
            "answer": self.text,
            "short_answer": self.short_answer,
            "declined": self.declined,
            "confidence": self.confidence,
            "markers": list(self.markers),
            "reports": [report.to_dict() for report in self.reports],
            "agreement": self.agreement,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles tell on a question, or that they do not.

    Attributes
    ----------
    question : str
        As it was asked.
    text : str
        Sentences of the articles with markers ``[1]``, ``[2]``, …, or why there is no answer.
    short_answer : str or None
        The bare answer, where one could be told apart from its sentence.
    citations : tuple of Citation
        One for each marker, in the order of the markers; empty when declined.
    hits : tuple of Hit
        The passages found, best first; filled also when declined.
    declined : bool
        Whether the articles do not tell.
    confidence : float
        In [0, 1]: how probable it is that the passages found answer the question.
    understood : mapping
        The stand-alone question and the conditions it was searched under, ready for JSON.
    timings_ms : mapping of str to float
        What each stage took.
    n_independent_sources : int
        How many stories the cited articles tell: near-copies of one story count once.
    hits_outside : tuple of Hit
        Where no passage meets the conditions: the nearest ones that do not, best first.
    reports : tuple of Report
        The answers that independent stories give, newest first, undated last; empty where no two
        stories that answer could be compared.
    agreement : {"agree", "updated", "differ"} or None
        Whether those stories give one answer, or each another one than those published before it,
        or different ones in the same days or without a date; None where `reports` is empty.
    parts : tuple of AnsweredPart
        The answers one by one, where several questions were asked at once; else empty.
    """

    question: str
    text: str
    short_answer: str | None
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    declined: bool
    confidence: float
    understood: Mapping[str, Any]
    timings_ms: Mapping[str, float]
    n_independent_sources: int = 0
    hits_outside: tuple[Hit, ...] = ()
    reports: tuple[Report, ...] = ()
    agreement: Agreement | None = None
    parts: tuple[AnsweredPart, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Exactly what ``qa --json`` prints."""
        return {
            "question": self.question,
            "answer": self.text,
            "short_answer": self.short_answer,
            "declined": self.declined,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [passage_dict(hit) for hit in self.hits],
            "understood": dict(self.understood),
            "timings_ms": dict(self.timings_ms),
            "n_independent_sources": self.n_independent_sources,
            "passages_outside": [passage_dict(hit) for hit in self.hits_outside],
            "reports": [report.to_dict() for report in self.reports],
            "agreement": self.agreement,
            "parts": [part.to_dict() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Status:
    """What a collection holds.

    Attributes
    ----------
    path : str
        The folder of its store.
    corpus : str
        The articles or store it was opened by.
    articles, passages, undated : int
        Counts of the current versions.
    sources : tuple of str
        The outlets, those with most articles first.
    first_published, last_published : datetime.date or None
        The range of the dates there are.
    model : str
        The embedder's name.
    generation : int
        Grows with each change.
    size_bytes : int or None
        On disk; None where it is on a server, which does not tell.
    skipped : tuple of str
        What indexing passed over, and why.
    past_versions : int
        Versions of articles that have changed since: readable, not searched.
    stories : int
        Near-copies of one story counted once.
    formats : mapping of str to int
        How many articles come from files of each ending.
    weights_sha256 : str
        Of the embedder's weights.
    waiting : int
        Passages found by their words alone: their vectors are still to come.
    """

    path: str
    corpus: str
    articles: int
    passages: int
    undated: int
    sources: tuple[str, ...]
    first_published: datetime.date | None
    last_published: datetime.date | None
    model: str
    generation: int
    size_bytes: int | None
    skipped: tuple[str, ...]
    past_versions: int = 0
    stories: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    weights_sha256: str = ""
    waiting: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Exactly what ``qa status --json`` prints."""
        return {
            "corpus": self.corpus,
            "path": self.path,
            "articles": self.articles,
            "passages": self.passages,
            "undated": self.undated,
            "sources": list(self.sources),
            "first_published": _iso(self.first_published),
            "last_published": _iso(self.last_published),
            "model": self.model,
            "generation": self.generation,
            "size_bytes": self.size_bytes,
            "skipped": list(self.skipped),
            "past_versions": self.past_versions,
            "stories": self.stories,
            "formats": dict(self.formats),
            "weights_sha256": self.weights_sha256,
            "waiting": self.waiting,
        }


def article_dict(article: Article) -> dict[str, Any]:
    """An article's description, without its text, as it stands in JSON."""
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": _iso(article.published),
        "url": article.url,
    }


def passage_dict(hit: Hit) -> dict[str, Any]:
    """A passage found, with its article's description, as it stands in JSON."""
    return {
        **article_dict(hit.article),
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": hit.score,
        "is_caption": hit.passage.is_caption,
        "content_sha256": hit.article.content_sha256,
        "also_in": list(hit.also_in),
        "also_in_sources": list(hit.also_in_sources),
    }


def _iso(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()
