"""What a reader found, into an article: its own words fill in what its metadata leaves out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from index.clean import canonical_url, host_of, read_record_text
from index.readers.source import Source, UnreadableError
from index.readers.text import normalised_newlines, numbered_id, sha256_of
from index.types import Article, SpanKind

_HEAD_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """An article's text and what its file tells of it; None where it does not.

    ``document_title`` is one that may be of a template or an earlier text: it counts where it
    stands in the text's head as well, or where that has no headline.
    """

    text: str
    marks: Mapping[str, SpanKind] = field(default_factory=dict)
    id: str | None = None
    title: str | None = None
    document_title: str | None = None
    source: str | None = None
    author: str | None = None
    url: str | None = None
    published: datetime.date | None = None


def found_or_fault(find: Callable[[], Found]) -> Found | UnreadableError:
    """What is found, or why it cannot be read: one bad item costs a feed no other."""
    try:
        return find()
    except UnreadableError as error:
        return error


def make_article(source: Source, found: Found, number: int) -> Article:
    """The article of that number in a source, from 1.

    Raises
    ------
    UnreadableError
        It has no text.
    """
    text = normalised_newlines(found.text).replace("\x00", "")
    if not text.strip():
        raise UnreadableError("it has no text; give a file with the article's text")
    title = _line(found.title) or _in_head(found.document_title, text)
    page = read_record_text(text, title, found.marks)
    url = _line(found.url) or page.url
    return Article(
        id=_line(found.id) or canonical_url(url) or numbered_id(source, number),
        title=title or page.title or _line(found.document_title),
        text=text,
        source=_line(found.source) or host_of(url) or page.source,
        author=_line(found.author) or page.author,
        url=url,
        published=found.published or page.published,
        path=str(source.path),
        content_sha256=sha256_of(text),
        spans=page.spans,
    )


def _in_head(title: str | None, text: str) -> str | None:
    title = _line(title)
    lines = (" ".join(line.split()) for line in text[:_HEAD_CHARS].split("\n"))
    return title if title is not None and title in lines else None


def _line(value: str | None) -> str | None:
    return " ".join(value.split()) or None if value else None
