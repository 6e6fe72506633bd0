"""Tie every claim to its place in an article; what does not check out is not shown."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence

from index.types import Article
from qa.types import Citation

logger = logging.getLogger(__name__)

_MARKER = re.compile(r"\[(\d+)\]")


def cite(marker: int, article: Article, start: int, end: int) -> Citation:
    """The citation of ``article.text[start:end]``."""
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
    )


def is_exact(citation: Citation, article: Article) -> bool:
    """Whether the quote stands, to the letter, at its place in that version of the article.

    The text itself is hashed: a record that was tampered with does not pass by its label.
    """
    text_sha256 = hashlib.sha256(article.text.encode()).hexdigest()
    return (
        citation.article_id == article.id
        and citation.content_sha256 == text_sha256
        and article.text[citation.start : citation.end] == citation.quote
    )


def without_markers(quote: str) -> str:
    """`quote` as it may stand in an answer's text, where ``[1]`` always is a marker of ours."""
    return _MARKER.sub(r"(\1)", quote)


def checked(
    pieces: Sequence[tuple[Article, int, int]],
) -> tuple[tuple[Citation, ...], tuple[str, ...]]:
    """Citations of those stretches, numbered from 1, with a line of text for each.

    A stretch of an article whose text no longer has its hash is dropped, and logged.
    """
    citations: list[Citation] = []
    lines: list[str] = []
    for article, start, end in pieces:
        citation = cite(len(citations) + 1, article, start, end)
        if not is_exact(citation, article):
            logger.error("article %r is damaged in the store; its quote was dropped", article.id)
            continue
        citations.append(citation)
        lines.append(f"{without_markers(_on_one_line(citation.quote))} [{citation.marker}]")
    return tuple(citations), tuple(lines)


def _on_one_line(quote: str) -> str:
    return " ".join(quote.split())
