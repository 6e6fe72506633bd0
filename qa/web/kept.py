"""A conversation as the browser keeps it, and how it is read back: nothing of it is trusted.

What is read back is checked in form, and each quote against the collection: words that no longer
stand where they were cited are shown as such.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from qa import Answer, AnsweredPart, Article, Citation, DatelineError, Hit, Passage, Report
from qa.web.markup import digest

# A conversation read by a person is far shorter; localStorage has some 5,000,000 characters.
MAX_TURNS = 100
MAX_CHARS = 1_000_000

Find = Callable[[str, str | None], Article]

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Offset = Annotated[int, Field(ge=0)]
_Day = datetime.date | None
_Agreement = Literal["agree", "updated", "differ"] | None


class _Kept(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Place(_Kept):
    """A stretch of one version of an article."""

    article_id: Annotated[str, Field(min_length=1)]
    content_sha256: _Sha256
    start: _Offset
    end: Annotated[int, Field(ge=1)]
    is_caption: bool
    also_in: tuple[str, ...]
    also_in_sources: tuple[str | None, ...]


class _KeptCitation(_Place):
    """A citation with all that is shown of it, should its article be gone."""

    marker: Annotated[int, Field(ge=1)]
    quote: Annotated[str, Field(min_length=1)]
    title: str | None
    source: str | None
    author: str | None
    published: _Day
    url: str | None


class _KeptHit(_Place):
    """A passage found; its words are read from the collection again."""

    score: float
    scored_by: str


class _Mended(_Kept):
    written: Annotated[str, Field(alias="from")]
    meant: Annotated[str, Field(alias="to")]


class _PreferredEvent(_Kept):
    words: str
    first: str | None = None
    last: str | None = None


class _Prefers(_Kept):
    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    recent: bool = False
    event: _PreferredEvent | None = None


class _Waiting(_Kept):
    passages: _Offset
    of: _Offset


class _Understood(_Kept):
    """What the page shows, or asks again with, of how a question was understood."""

    query: str | None = None
    form: str | None = None
    since: str | None = None
    until: str | None = None
    as_of: str | None = None
    sources: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    spelling: tuple[_Mended, ...] = ()
    prefers: _Prefers = _Prefers()
    filters_dropped: bool = False
    undated_left_out: _Offset = 0
    waiting: _Waiting | None = None
    parts: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    dropped: str = ""
    articles_searched: _Offset = 0


class _KeptAnswer(_Kept):
    """An `Answer`, the passages by their places."""

    question: str
    text: str
    short_answer: str | None
    citations: tuple[_KeptCitation, ...]
    hits: tuple[_KeptHit, ...]
    hits_outside: tuple[_KeptHit, ...]
    declined: bool
    confidence: Annotated[float, Field(ge=0, le=1)]
    understood: _Understood
    timings_ms: dict[str, float]
    n_independent_sources: _Offset
    reports: tuple[Report, ...]
    agreement: _Agreement
    parts: tuple[AnsweredPart, ...]


_REPORTS = TypeAdapter(tuple[Report, ...])
_PARTS = TypeAdapter(tuple[AnsweredPart, ...])


@dataclass(frozen=True, slots=True)
class Restored:
    """A conversation read back.

    Attributes
    ----------
    answers : tuple of Answer
        Those that could be read.
    n_unreadable : int
        How many could not, and are left out.
    """

    answers: tuple[Answer, ...]
    n_unreadable: int


def keep(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """The newest answers as JSON, up to `MAX_TURNS` and `MAX_CHARS` in all."""
    kept: list[dict[str, Any]] = []
    room = MAX_CHARS
    for answer in reversed(answers[-MAX_TURNS:]):
        turn = _keep_answer(answer)
        room -= len(json.dumps(turn, ensure_ascii=False))
        if room < 0:
            break
        kept.insert(0, turn)
    return kept


def restore(kept: object, find: Find) -> Restored:
    """The answers of what `keep` gave, each citation that still holds read from its article.

    Parameters
    ----------
    kept : object
        From the browser: anything.
    find : callable
        Gives an article by id and SHA-256 of its text; raises DatelineError where there is none.
    """
    turns = kept[-MAX_TURNS:] if isinstance(kept, list) else []
    articles = _Articles(find)
    answers: list[Answer] = []
    for turn in turns:
        try:
            # From JSON, strictly: a date is a string there, and a tuple an array.
            read = _KeptAnswer.model_validate_json(json.dumps(turn))
        except (ValidationError, ValueError, RecursionError):
            continue
        answers.append(_restore_answer(read, articles))
    return Restored(tuple(answers), len(turns) - len(answers))


class _Articles:
    """Articles of a collection, each read and checked once."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[tuple[str, str], Article | None] = {}

    def holding(self, place: _Place) -> Article | None:
        """The article of a place, in the version that has it; None where that is gone."""
        key = (place.article_id, place.content_sha256)
        if key not in self._known:
            self._known[key] = self._read(*key)
        article = self._known[key]
        return article if article and place.start < place.end <= len(article.text) else None

    def _read(self, article_id: str, content_sha256: str) -> Article | None:
        try:
            article = self._find(article_id, content_sha256)
        except DatelineError:
            return None
        return article if digest(article.text) == content_sha256 else None


def _keep_answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "text": answer.text,
        "short_answer": answer.short_answer,
        "citations": [citation.to_dict() for citation in answer.citations],
        "hits": [_keep_hit(hit) for hit in answer.hits],
        "hits_outside": [_keep_hit(hit) for hit in answer.hits_outside],
        "declined": answer.declined,
        "confidence": answer.confidence,
        "understood": dict(answer.understood),
        "timings_ms": dict(answer.timings_ms),
        "n_independent_sources": answer.n_independent_sources,
        "reports": _REPORTS.dump_python(answer.reports, mode="json"),
        "agreement": answer.agreement,
        "parts": _PARTS.dump_python(answer.parts, mode="json"),
    }


def _keep_hit(hit: Hit) -> dict[str, Any]:
    return {
        "article_id": hit.article.id,
        "content_sha256": hit.article.content_sha256,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "is_caption": hit.passage.is_caption,
        "also_in": list(hit.also_in),
        "also_in_sources": list(hit.also_in_sources),
        "score": hit.score,
        "scored_by": hit.scored_by,
    }


def _restore_answer(kept: _KeptAnswer, articles: _Articles) -> Answer:
    restored = [_restore_citation(citation, articles) for citation in kept.citations]
    lost = [citation.marker for citation, is_there in restored if not is_there]
    understood = kept.understood.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Answer(
        question=kept.question,
        text=kept.text,
        short_answer=kept.short_answer,
        citations=tuple(citation for citation, _ in restored),
        hits=_restore_hits(kept.hits, articles),
        declined=kept.declined,
        confidence=kept.confidence,
        understood={**understood, "lost": lost} if lost else understood,
        timings_ms=kept.timings_ms,
        n_independent_sources=kept.n_independent_sources,
        hits_outside=_restore_hits(kept.hits_outside, articles),
        reports=kept.reports,
        agreement=kept.agreement,
        parts=kept.parts,
    )


def _restore_citation(kept: _KeptCitation, articles: _Articles) -> tuple[Citation, bool]:
    """The citation, and whether its words still stand in its article."""
    fields = {name: getattr(kept, name) for name in _KeptCitation.model_fields}
    citation = Citation(**{**fields, **_pairs(kept)})
    article = articles.holding(kept)
    if article is None or article.text[kept.start : kept.end] != kept.quote:
        return citation, False
    return replace(
        citation,
        title=article.title,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
    ), True


def _restore_hits(kept: Sequence[_KeptHit], articles: _Articles) -> tuple[Hit, ...]:
    """The passages that are still there."""
    hits: list[Hit] = []
    for each in kept:
        article = articles.holding(each)
        if article is None:
            continue
        text = article.text[each.start : each.end]
        passage = Passage(
            f"{article.id}@{each.start}-{each.end}",
            article.id,
            text,
            each.start,
            each.end,
            ((each.start, each.end),),
            each.is_caption,
        )
        hits.append(Hit(passage, article, each.score, each.scored_by, **_pairs(each)))
    return tuple(hits)


def _pairs(place: _Place) -> Mapping[str, Any]:
    """Near-copies and their outlets, as many of one as of the other."""
    pairs = tuple(zip(place.also_in, place.also_in_sources, strict=False))
    return {
        "also_in": tuple(article_id for article_id, _ in pairs),
        "also_in_sources": tuple(source for _, source in pairs),
    }
