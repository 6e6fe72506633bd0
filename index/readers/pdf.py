"""PDF files with a text layer."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.readers.article import Found, make_article
from index.readers.pdf_lines import (
    PdfLine,
    lines_of_page,
    paragraphs_of,
    printed_address,
    without_running_heads,
)
from index.readers.records import is_web_link
from index.readers.source import Source, UnreadableError, reason_of
from index.types import Article, Skipped

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 2_000
MAX_CHARS = 32 * 1024 * 1024
_QUIET = logging.NullHandler()
# What programs write when nobody named the document.
_NO_TITLE = re.compile(
    r"(?:untitled|microsoft word|microsoft powerpoint|document\s?\d*$|powerpoint|slide \d|print"
    r"|layout \d|about:blank|https?:|.*\.(?:docx?|odt|rtf|pdf|indd|qxd|qxp|txt|html?|pages|tex)$)",
    re.IGNORECASE,
)


def read_pdf(source: Source) -> Iterator[Article | Skipped]:
    """The article of one PDF."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    # What it logs of a file's faults would stand on a terminal beside the one line that tells.
    logging.getLogger("pypdf").addHandler(_QUIET)
    with source.open_seekable() as file:
        try:
            reader = PdfReader(file, strict=False)
            _unlock(reader)
            pages = _pages(reader)
            title = _title(reader)
        except DependencyError as error:
            raise UnreadableError("it is encrypted; save it without a password") from error
        except UnreadableError:
            raise
        # A broken file makes the library stumble over anything.
        except (
            PyPdfError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
            AssertionError,
            NotImplementedError,
            OverflowError,
            ArithmeticError,
            OSError,
            EOFError,
        ) as error:
            raise UnreadableError(
                f"the PDF is broken or cut short ({reason_of(error)}); download or export it anew"
            ) from error
    text = "\n\n".join(paragraphs_of(without_running_heads(pages)))
    if not text.strip():
        raise UnreadableError(
            "it has no text layer, as scanned pages have none; run it through OCR first"
        )
    address = printed_address([line for page in pages for line in page])
    url = address if address is not None and is_web_link(address) else None
    found = Found(text=text, document_title=_without_site(title, text), url=url)
    yield make_article(source, found, 1)


def sensible_title(title: str | None) -> str | None:
    """A document's title, unless it is what programs write when nobody named it."""
    words = " ".join((title or "").split())
    return words if len(words.split()) > 1 and not _NO_TITLE.match(words) else None


def _unlock(reader: PdfReader) -> None:
    """Open a file that only keeps its readers from changing it; its password is empty."""
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is encrypted; save it without a password")


def _pages(reader: PdfReader) -> list[list[PdfLine]]:
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableError(
            f"it has {len(reader.pages):,} pages, more than the {MAX_PAGES:,} read; split it"
        )
    pages = []
    size = 0
    for number, page in enumerate(reader.pages, 1):
        pages.append(lines_of_page(page, number))
        size += sum(len(line.text) for line in pages[-1])
        if size > MAX_CHARS:
            raise UnreadableError(f"its text is longer than {MAX_CHARS:,} characters; split it")
    return pages


def _without_site(title: str | None, text: str) -> str | None:
    """A page's title without the outlet's name behind it, where its headline stands in the text."""
    for line in text[:4_000].split("\n\n"):
        if title and len(line.split()) > 2 and re.match(rf"{re.escape(line)}\s+[|–—-]\s", title):
            return line
    return title


def _title(reader: PdfReader) -> str | None:
    metadata = reader.metadata
    return sensible_title(metadata.title if metadata else None)
