"""The pages of a PDF through pypdf, within limits; what it stumbles over is told, not raised."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.errors import DependencyError, LimitReachedError

from index.readers.hush import hushed
from index.readers.pdf_lines import PdfLine, lines_of_page
from index.readers.pdf_work import BROKEN, PageError, PdfWork
from index.readers.source import MIB, Source, UnreadableError, reason_of

MAX_PDF_BYTES = 512 * MIB
MAX_PAGES = 2_000
MAX_CHARS = 16 * MIB
# What one stream may unpack to: the text of a page takes some 10 KB, a font up to 20 MB.
MAX_STREAM_BYTES = 16 * MIB


@dataclass(frozen=True, slots=True)
class LeftOutPage:
    """A page that could not be read, counted from 1."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"page {self.number}: {self.reason}"


class PdfText(NamedTuple):
    """What a file calls itself, and the lines of its pages."""

    title: str | None
    pages: list[list[PdfLine]]
    left_out: list[LeftOutPage]


def read_pages(source: Source) -> PdfText:
    """The lines of all pages that can be read.

    Raises
    ------
    UnreadableError
        None can, or they ask for too much.
    """
    if source.size() > MAX_PDF_BYTES:
        raise UnreadableError(
            f"it is larger than {MAX_PDF_BYTES // MIB} MiB, the most for one PDF; split it"
        )
    with hushed("pypdf"), _limits(), source.open_seekable() as file:
        try:
            reader = PdfReader(file, strict=False)
            _unlock(reader)
            _check_number(reader)
            title = reader.metadata.title if reader.metadata else None
            return PdfText(title, *_pages(reader))
        except DependencyError as error:
            raise UnreadableError("it is encrypted; save it without a password") from error
        except UnreadableError:
            raise
        except LimitReachedError as error:
            raise UnreadableError(
                f"it asks for more than a document does ({reason_of(error)}); print it to a new PDF"
            ) from error
        except BROKEN as error:
            raise UnreadableError(
                f"the PDF is broken or cut short ({reason_of(error)}); download or export it anew"
            ) from error


def _limits() -> AbstractContextManager[Configuration]:
    return apply_configuration(
        zlib_maximum_output_length=MAX_STREAM_BYTES,
        lzw_maximum_output_length=MAX_STREAM_BYTES,
        run_length_maximum_output_length=MAX_STREAM_BYTES,
        array_based_stream_maximum_output_length=MAX_STREAM_BYTES,
        stream_decoding_work_maximum_length=3 * MAX_STREAM_BYTES,
    )


def _unlock(reader: PdfReader) -> None:
    """Open a file that only keeps its readers from changing it; its password is empty."""
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is encrypted; save it without a password")


def _check_number(reader: PdfReader) -> None:
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableError(
            f"it has {len(reader.pages):,} pages, more than the {MAX_PAGES:,} read; split it"
        )


def _pages(reader: PdfReader) -> tuple[list[list[PdfLine]], list[LeftOutPage]]:
    pages: list[list[PdfLine]] = []
    left_out = []
    work = PdfWork()
    size = 0
    for number in range(1, len(reader.pages) + 1):
        try:
            page = reader.pages[number - 1]
            work.begin(page)
            pages.append(lines_of_page(page, number, work))
        except UnreadableError:
            raise
        except (LimitReachedError, PageError) as error:
            reason = f"it asks for more than a page of text does ({reason_of(error)})"
            left_out.append(LeftOutPage(number, reason))
        except BROKEN as error:
            left_out.append(LeftOutPage(number, f"it cannot be read ({reason_of(error)})"))
        else:
            size += sum(len(line.text) for line in pages[-1])
            if size > MAX_CHARS:
                raise UnreadableError(f"its text is longer than {MAX_CHARS:,} characters; split it")
    return pages, left_out
