"""PDF files with a text layer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.readers.article import Found, make_article
from index.readers.pdf_lines import paragraphs_of, printed_address, without_running_heads
from index.readers.records import is_web_link
from index.readers.source import Source, UnreadableError
from index.types import Article, Skipped

# What programs write when nobody named the document.
_NO_TITLE = re.compile(
    r"(?:untitled|microsoft word|microsoft powerpoint|document\s?\d*$|powerpoint|slide \d|print"
    r"|layout \d|about:blank|https?:|.*\.(?:docx?|odt|rtf|pdf|indd|qxd|qxp|txt|html?|pages|tex)$)",
    re.IGNORECASE,
)


def read_pdf(source: Source) -> Iterator[Article | Skipped]:
    """The article of one PDF; pages that cannot be read are told, and the others read."""
    # The library takes a while to load.
    from index.readers.pdf_pages import read_pages

    title, pages, left_out = read_pages(source)
    text = "\n\n".join(paragraphs_of(without_running_heads(pages)))
    if not text.strip() and left_out:
        raise UnreadableError(
            f"no page of it can be read ({left_out[0]}); download it anew, or print it to a new PDF"
        )
    if not text.strip():
        raise UnreadableError(
            "it has no text layer, as scanned pages have none; run it through OCR first"
        )
    address = printed_address([line for page in pages for line in page])
    url = address if address is not None and is_web_link(address) else None
    title = _without_site(sensible_title(title), text)
    yield make_article(source, Found(text=text, document_title=title, url=url), 1)
    for page in left_out:
        yield source.skipped(f"{page.reason}; the other pages are read", f"page {page.number}")


def sensible_title(title: str | None) -> str | None:
    """A document's title, unless it is what programs write when nobody named it."""
    words = " ".join((title or "").split())
    return words if len(words.split()) > 1 and not _NO_TITLE.match(words) else None


def _without_site(title: str | None, text: str) -> str | None:
    """A page's title without the outlet's name behind it, where its headline stands in the text."""
    for line in text[:4_000].split("\n\n"):
        if title and len(line.split()) > 2 and re.match(rf"{re.escape(line)}\s+[|–—-]\s", title):
            return line
    return title
