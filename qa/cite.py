"""Tie every claim to its place in an article; what does not check out is not shown."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence

from index.types import Article, SpanKind
from qa.copies import AlsoIn, Copies
from qa.types import Citation

logger = logging.getLogger(__name__)

_MARKER = re.compile(r"\[(\d+)\]")


def cite(
    marker: int, article: Article, start: int, end: int, also_in: AlsoIn | None = None
) -> Citation:
    """The citation of ``article.text[start:end]``, which stands in other articles, too."""
    if not 0 <= start < end <= len(article.text):
        raise ValueError(
            f"[{start}:{end}] is no stretch of a text of {len(article.text)} characters"
        )
    return Citation(
        marker,
        article.text[start:end],
        article.id,
        article.title,
        article.source,
        article.author,
        article.published,
        article.url,
        start,
        end,
        article.content_sha256,
        *(also_in or AlsoIn()),
        is_caption=any(
            span.kind is SpanKind.CAPTION and span.start <= start and end <= span.end
            for span in article.spans
        ),
    )


def is_intact(article: Article) -> bool:
    """Whether the article's text still has the hash that was recorded with it."""
    return hashlib.sha256(article.text.encode()).hexdigest() == article.content_sha256


def is_exact(citation: Citation, article: Article) -> bool:
    """Whether the quote stands, to the letter, at its place in that version of the article.

    The text itself is hashed: a record that was tampered with does not pass by its label.
    """
    return (
        citation.article_id == article.id
        and citation.content_sha256 == article.content_sha256
        and is_intact(article)
        and article.text[citation.start : citation.end] == citation.quote
    )


def without_markers(quote: str) -> str:
    """`quote` as it may stand in an answer's text, where ``[1]`` always is a marker of ours."""
    return _MARKER.sub(r"(\1)", quote)


def checked(
    pieces: Sequence[tuple[Article, int, int]], copies: Copies | None = None
) -> tuple[tuple[Citation, ...], tuple[str, ...]]:
    """Citations of those stretches, numbered from 1, with a line of text for each.

    A stretch of an article whose text no longer has its hash is dropped, and logged. With
    `copies`, each tells in which of them it stands, too.
    """
    citations: list[Citation] = []
    lines: list[str] = []
    for article, start, end in pieces:
        also_in = copies.also_in(article, start, end) if copies else None
        citation = cite(len(citations) + 1, article, start, end, also_in)
        if not is_exact(citation, article):
            logger.error("article %r is damaged in the store; its quote was dropped", article.id)
            continue
        citations.append(citation)
        lines.append(f"{without_markers(citation.quote)} [{citation.marker}]")
    return tuple(citations), tuple(lines)
