"""DOCX files, as Word and LibreOffice write them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from index.readers.article import Found, make_article
from index.readers.pdf import sensible_title
from index.readers.source import MAX_RATIO, MIB, Source, UnreadableError, reason_of
from index.types import Article, Skipped, SpanKind

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED = 256 * MIB
MAX_PART = 64 * MIB


def read_docx(source: Source) -> Iterator[Article | Skipped]:
    """The article of one document: its paragraphs and tables in order."""
    import docx
    from lxml import etree

    with source.open_seekable() as file:
        _check_size(file)
        try:
            document = docx.Document(file)
            blocks = list(_blocks(document))
            document_title = sensible_title(document.core_properties.title)
        # A broken file makes the library stumble over anything.
        except (
            *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError),
            *(OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError),
            etree.XMLSyntaxError,
        ) as error:
            raise UnreadableError(
                f"the document is broken ({reason_of(error)}); save it anew"
            ) from error
    captions = [" ".join(text.split()) for text, style in blocks if style == "caption"]
    marks = dict.fromkeys(captions, SpanKind.CAPTION)
    text = "\n\n".join(text for text, _ in blocks)
    if not text.strip():
        raise UnreadableError("the document has no text; write the article's text into it")
    found = Found(text=text, marks=marks, title=_title(blocks), document_title=document_title)
    yield make_article(source, found, 1)


def _check_size(file: IO[bytes]) -> None:
    """The library unpacks every part into memory."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if total > MAX_UNPACKED or (total > MAX_PART and total > packed * MAX_RATIO):
        raise UnreadableError(
            f"the document unpacks to {total // MIB} MiB from {packed // MIB}, as archive bombs do;"
            " save it anew without its pictures"
        )


def _blocks(document: Document) -> Iterator[tuple[str, str]]:
    """Each paragraph's text with its style's name; a table's row is one paragraph."""
    from docx.table import Table

    styles = {style.style_id: (style.name or "").casefold() for style in document.styles}
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            for row in item.rows:
                cells = list(dict.fromkeys(cell.text.strip() for cell in row.cells))
                if line := " | ".join(cell for cell in cells if cell):
                    yield line, "table"
        elif text := item.text.strip():
            # Paragraph.style looks through all styles anew: most of a document's time.
            yield text, styles.get(item._p.style or "", "")


def _title(blocks: list[tuple[str, str]]) -> str | None:
    """The paragraph near the top whose style says that it is the headline."""
    for wanted in ("title", "heading 1"):
        for text, style in blocks[:6]:
            if style == wanted:
                return " ".join(text.split())
    return None
