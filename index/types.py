"""The values that travel between the stages: frozen, built complete, never changed.

Offsets are characters of ``Article.text``, half-open, so that ``article.text[start:end]``
is the stretch meant.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum


class SpanKind(StrEnum):
    """What a stretch of an article's text is, where it is not ordinary body text."""

    HEADLINE = "headline"
    BYLINE = "byline"
    CAPTION = "caption"
    BOILERPLATE = "boilerplate"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A marked stretch ``text[start:end]`` of an article; unmarked text is body.

    Captions are searched and say that they are captions. Headlines and bylines travel
    with every passage as ``Article.title``, ``author`` and ``published`` and are not
    passages themselves. Boilerplate is neither searched nor shown.
    """

    start: int
    end: int
    kind: SpanKind

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got [{self.start}:{self.end}]")


@dataclass(frozen=True, slots=True)
class Article:
    r"""One article as it was read.

    Attributes
    ----------
    id : str
        The record's own id, else its canonical URL, else the path below the indexed root
        (``#2`` for the second article in one file). Stable across versions of the text.
    title, source, author, url : str or None
        None where the article does not tell; never empty. ``source`` is the outlet.
    text : str
        The decoded stretch of the source, newlines normalised to ``\n``, otherwise untouched.
    published : datetime.date or None
        The day of publication; None where the article does not tell.
    path : str or None
        The file it was read from.
    content_sha256 : str
        SHA-256 of ``text`` in UTF-8, 64 hexadecimal digits.
    spans : tuple of Span
        The marked stretches, in order, not overlapping.
    file_sha256 : str or None
        SHA-256 of the file at ``path`` as it was read; another one now means that the source
        has changed.
    byte_range : (int, int) or None
        Where ``text`` stands in that file, to the byte, in UTF-8; None where it does not stand
        there as it is (escaped, marked up, compressed or in another encoding).
    format : str or None
        The kind of file it was read from, as endings name it (``"jsonl"``): of the innermost one
        where files are packed or hang on a mail.
    """

    id: str
    title: str | None
    text: str
    source: str | None
    author: str | None
    url: str | None
    published: datetime.date | None
    path: str | None
    content_sha256: str
    spans: tuple[Span, ...] = ()
    file_sha256: str | None = None
    byte_range: tuple[int, int] | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        for name in ("id", "text"):
            if not getattr(self, name):
                raise ValueError(f"an article's {name} must not be empty")
        for name in ("title", "source", "author", "url"):
            if getattr(self, name) == "":
                raise ValueError(f"an article's {name} is a string or None, never ''")
        end = 0
        for span in self.spans:
            if span.start < end or span.end > len(self.text):
                raise ValueError(
                    f"{span!r} overlaps its neighbour or leaves a text of {len(self.text)} "
                    "characters"
                )
            end = span.end


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: ``article.text[start:end] == text``.

    Attributes
    ----------
    id : str
        ``<article_id>@<start>-<end>``; unique within one version of a collection.
    sentences : tuple of (int, int)
        The bounds of its sentences, in characters of the article's text. They lie inside
        ``[start, end)`` in order and do not overlap; only white space is outside them.
    is_caption : bool
        Whether it is the caption of a photo rather than body text.
    """

    id: str
    article_id: str
    text: str
    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]
    is_caption: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the article it stands in.

    ``score`` orders the hits of one search, higher is better; scores of two stages
    (``scored_by``) are never compared.

    ``also_in`` are the ids of the near-copies of the article in which the passage stands, too,
    and ``also_in_sources`` their outlets, one for each.
    """

    passage: Passage
    article: Article
    score: float
    scored_by: str
    also_in: tuple[str, ...] = ()
    also_in_sources: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a place in one, that did not become an article, and why.

    ``is_fault`` tells what is broken (a malformed record, an unreadable file) from what was
    passed over on purpose (a file of a kind that is not read).
    """

    path: str
    reason: str
    place: str | None = None
    is_fault: bool = True

    def __str__(self) -> str:
        where = self.path if self.place is None else f"{self.path}, {self.place}"
        return f"{where}: {self.reason}"
