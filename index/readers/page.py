"""Web pages saved from a browser: HTML, and MHTML which wraps it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from index.readers.article import Found, make_article
from index.readers.hush import hushed
from index.readers.markup import local_name, parsed_page, text_of_elements, words_of
from index.readers.metadata import metadata_of
from index.readers.source import MIB, Source, UnreadableError
from index.readers.text import decode
from index.types import Article, Skipped, SpanKind

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_PAGE_BYTES = 16 * MIB
# Main text is not looked for above it: the library compares every stretch of text with every
# other (100,000 paragraphs: 45 s, the largest page: hours). Pages of news have some 3,000 elements.
MAX_ELEMENTS = 25_000
# A page saved with its pictures in it.
MAX_MHTML_BYTES = 64 * MIB
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([\w-]+)""", re.IGNORECASE)
# Left by "Save page as" in Chromium, Firefox and others.
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S+) -->")


def read_html(source: Source) -> Iterator[Article | Skipped]:
    """The article of one page."""
    raw = source.read(MAX_PAGE_BYTES, "page", "save the article alone")
    yield article_of_page(source, decode_page(raw))


def read_mhtml(source: Source) -> Iterator[Article | Skipped]:
    """The article of a page that was saved whole: its first part that is HTML."""
    from email import message_from_bytes, policy

    message = message_from_bytes(
        source.read(MAX_MHTML_BYTES, "page", "save the article alone"), policy=policy.default
    )
    base = str(message.get("Snapshot-Content-Location") or message.get("Content-Location") or "")
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            raw = part.get_payload(decode=True)
            assert isinstance(raw, bytes)
            base = base or str(part.get("Content-Location") or "")
            page = decode_page(raw, part.get_content_charset())
            yield article_of_page(source, page, base or None)
            return
    raise UnreadableError("no part of it is an HTML page; save the page anew")


def decode_page(raw: bytes, declared: str | None = None) -> str:
    """The page's text, in the encoding that it declares unless it is UTF-8."""
    if declared is None:
        found = _CHARSET.search(raw[:4096]) or _XML_ENCODING.search(raw[:1024])
        declared = found[1].decode("ascii") if found else None
    return decode(raw, declared, is_lenient=True)


def article_of_page(source: Source, page: str, base_url: str | None = None) -> Article:
    """The article of a page, its main text alone, with what the page tells of it."""
    if not page.strip():
        raise UnreadableError("the file is empty; save the page anew")
    # A declaration in a text that is decoded already would be an error.
    tree = parsed_page(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    saved = _SAVED_FROM.search(page[:2000])
    metadata = metadata_of(tree, base_url or (saved[1] if saved else None))
    marks = _captions_as_paragraphs(tree)
    is_large = next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None
    try:
        text = _whole_text(tree) if is_large else _main_text(tree)
    except RecursionError:  # old pages leave tags open by the hundred
        text = _whole_text(tree)
    if not text.strip():
        raise UnreadableError(
            "no article's text was found on the page; save the article's own page"
        )
    found = Found(
        text=text,
        marks=marks,
        title=metadata.title,
        source=metadata.source,
        author=metadata.author,
        url=metadata.url,
        published=metadata.published,
    )
    return make_article(source, found, 1)


def _captions_as_paragraphs(tree: HtmlElement) -> dict[str, SpanKind]:
    """The captions of pictures, put where main text is looked for, which leaves figures out."""
    captions = {}
    for caption in list(tree.iter("figcaption")):
        words = words_of(caption)
        figure = next((up for up in caption.iterancestors() if local_name(up) == "figure"), None)
        parent = None if figure is None else figure.getparent()
        if words is None or figure is None or parent is None:
            continue
        captions[words] = SpanKind.CAPTION
        paragraph = caption.makeelement("p")
        paragraph.text = words
        paragraph.tail, figure.tail = figure.tail, None
        parent.replace(figure, paragraph)
    return captions


def _whole_text(tree: HtmlElement) -> str:
    """All text of the page's longest article, else of the page."""
    parts = [
        part
        for part in tree.iter("article", "main")
        if not any(local_name(up) in ("article", "main") for up in part.iterancestors())
    ]
    longest = max(parts, key=lambda part: len(words_of(part) or ""), default=tree)
    return text_of_elements([longest])[0]


def _main_text(tree: HtmlElement) -> str:
    import trafilatura

    with hushed("trafilatura"):
        text = trafilatura.extract(
            tree,
            output_format="txt",
            include_comments=False,
            include_tables=True,
            include_formatting=False,
            deduplicate=False,
            with_metadata=False,
        )
    # Its paragraphs stand a single line end apart; a blank line is what ends a block here.
    return "\n\n".join(line for line in (text or "").split("\n") if line.strip())
