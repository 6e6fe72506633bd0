"""One source to its reader, by what it is; whatever is wrong with it is told, nothing raised."""

from __future__ import annotations

import bz2
import gzip
import logging
import lzma
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from index.readers.archive import read_tar, read_zip
from index.readers.jsonl import read_json, read_jsonl
from index.readers.mail import read_mail
from index.readers.page import read_html, read_mhtml
from index.readers.pdf import read_pdf
from index.readers.sniff import ENDINGS, HEAD_BYTES, Kind, kind_of
from index.readers.source import Reader, Source, UnreadableError, reason_of
from index.readers.table import read_table
from index.readers.text import read_text
from index.readers.xml import read_xml
from index.types import Article, Skipped

logger = logging.getLogger(__name__)


def read_source(source: Source) -> Iterator[Article | Skipped]:
    """The articles of a source; what is wrong with it is told as a Skipped."""
    try:
        head = source.head(HEAD_BYTES)
        kind = kind_of(head, source.name)
        if kind is None and not head:
            yield source.skipped("the file is empty; give a file with an article in it")
        elif kind is None:
            yield unknown(source, is_fault=source.member is None)
        else:
            yield from _with_format(_READERS[kind](source), _format(kind, source.name))
    except UnreadableError as error:
        yield source.skipped(str(error))
    except OSError as error:
        yield source.skipped(f"cannot be read ({reason_of(error)}); allow reading it")
    except Exception as error:
        logger.debug("a reader stumbled over %s", source.id, exc_info=True)
        words = f"{type(error).__name__}: {reason_of(error)}"
        yield source.skipped(
            f"its reader stumbled over it ({words}); save it anew, and report the file"
        )


def _with_format(
    items: Iterator[Article | Skipped], kind: str | None
) -> Iterator[Article | Skipped]:
    """The same items, the articles with their format; of packing only what is in it has one."""
    for item in items:
        if isinstance(item, Article) and item.format is None:
            yield replace(item, format=kind)
        else:
            yield item


def _format(kind: Kind, name: str) -> str | None:
    """A file's ending, or that of its kind where it has another."""
    ending = PurePosixPath(name).suffix.lower()
    is_told = ENDINGS.get(ending) is kind and kind is not Kind.ZIP
    return ending[1:] if is_told else _FORMATS.get(kind)


def unknown(source: Source, *, is_fault: bool) -> Skipped:
    """Why a file of a kind that is not read was passed over."""
    kind = PurePosixPath(source.name).suffix or "without an ending"
    reason = f"files of the kind {kind!r} are not read; those read are {', '.join(ENDINGS)}"
    return source.skipped(reason, is_fault=is_fault)


def _read_packed(unpack: Callable[[IO[bytes]], Any], source: Source) -> Iterator[Article | Skipped]:
    """What a file packed by itself holds."""

    def opener(stack: ExitStack) -> Any:
        return unpack(stack.enter_context(source.open()))

    name = PurePosixPath(source.name)
    inner = {".tgz": ".tar", ".tbz2": ".tar", ".txz": ".tar"}.get(name.suffix.lower(), "")
    yield from read_source(source.unpacked(name.stem + inner, opener))


_FORMATS = {
    Kind.TEXT: "txt",
    Kind.TABLE: "csv",
    Kind.JSON: "json",
    Kind.JSONL: "jsonl",
    Kind.HTML: "html",
    Kind.MHTML: "mhtml",
    Kind.MAIL: "eml",
    Kind.XML: "xml",
    Kind.PDF: "pdf",
    # Other archives have no articles of their own.
    Kind.ZIP: "docx",
}
_READERS: dict[Kind, Reader] = {
    Kind.TEXT: read_text,
    Kind.TABLE: read_table,
    Kind.JSON: read_json,
    Kind.JSONL: read_jsonl,
    Kind.HTML: read_html,
    Kind.MHTML: read_mhtml,
    Kind.MAIL: partial(read_mail, read=read_source),
    Kind.XML: read_xml,
    Kind.PDF: read_pdf,
    Kind.ZIP: partial(read_zip, read=read_source),
    Kind.TAR: partial(read_tar, read=read_source),
    Kind.GZIP: partial(_read_packed, gzip.open),
    Kind.BZIP2: partial(_read_packed, bz2.open),
    Kind.XZ: partial(_read_packed, lzma.open),
}
