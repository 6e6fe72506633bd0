"""CSV and TSV files: one article a row, streamed, below a header that names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO, Any

from index.field_names import FIELD_NAMES
from index.readers.records import BadRecordError, Numbered, RecordReader, folded
from index.readers.source import MIB, Source, UnreadableError
from index.readers.text import decode
from index.types import Article, Skipped

MAX_FIELD_CHARS = 32 * MIB
_DELIMITERS = ",\t;|"
_KNOWN = frozenset(name for names in FIELD_NAMES.values() for name in names)


def read_table(source: Source) -> Iterator[Article | Skipped]:
    """The articles of a table, row by row; bad rows are told and passed over."""
    with source.open() as file, closing(_lines(file)) as lines:
        header = next(lines, "")
    if not header.strip():
        raise UnreadableError("the file is empty; put a header and one article a row into it")
    delimiter = delimiter_of(header)
    columns = columns_of(header, delimiter)
    _check_columns(columns, source)

    def records() -> Iterator[Numbered]:
        with source.open() as file, closing(_lines(file)) as lines:
            yield from _records(csv.reader(lines, delimiter=delimiter), columns)

    is_empty = True
    for item in RecordReader(source, records).articles():
        is_empty = False
        yield item
    if is_empty:
        raise UnreadableError("it has a header and no rows; put one article a row into it")


def delimiter_of(header: str) -> str:
    """What separates the columns: what gives the most known names, or the most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        columns = columns_of(header, delimiter)
        return sum(folded(name) in _KNOWN for name in columns), len(columns)

    return max(_DELIMITERS, key=score)


def columns_of(header: str, delimiter: str) -> list[str]:
    """The names of the columns."""
    try:
        return [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return []


def looks_like_table(head: str) -> bool:
    """Whether a text begins with a header that names an article's text and another field."""
    header = head.split("\n", 1)[0]
    names = {folded(name) for name in columns_of(header, delimiter_of(header))}
    return len(names & _KNOWN) > 1 and bool(names & set(FIELD_NAMES["text"]))


def _check_columns(columns: list[str], source: Source) -> None:
    given = source.fields.get("text")
    known = {*FIELD_NAMES["text"], *([folded(given)] if given else [])}
    if known.isdisjoint(map(folded, columns)):
        wanted = f"is named {given!r}, nor" if given else "is named"
        raise UnreadableError(
            f"none of its columns ({', '.join(columns)[:200]}) {wanted} as one with the"
            " article's text, such as 'text', 'body' or 'content'; name it so in the first row,"
            " or tell its name with --field text=NAME"
        )


def _records(rows: Any, columns: list[str]) -> Iterator[Numbered]:
    # The library's limit is the process's; its default, 128 KiB, is below a long report.
    csv.field_size_limit(MAX_FIELD_CHARS)
    number = -1
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            words = f"cannot be read ({error}); check its quotes"
            yield number, f"line {line}", BadRecordError(words)
            continue
        if not row:
            continue
        number += 1
        if number == 0:
            continue  # the header
        yield number, f"row {number + 1} (line {line})", _record(row, columns)


def _record(row: list[str], columns: list[str]) -> Any:
    if len(row) > len(columns) and any(row[len(columns) :]):
        return BadRecordError(
            f"it has {len(row)} fields, the header {len(columns)}; put quotes around the text"
        )
    return {name: value for name, value in zip(columns, row, strict=False) if name}


def _lines(file: IO[bytes]) -> Generator[str, None, None]:
    """The lines as text, their ends kept, since a quoted field may go over several."""
    first = file.readline(MAX_FIELD_CHARS)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        file.seek(0)
        lines = io.TextIOWrapper(file, encoding="utf-16", newline="", errors="surrogatepass")
        try:
            yield from iter(lines.readline, "")
        finally:
            lines.detach()
        return
    while first:
        try:
            yield decode(first)
        except UnreadableError:
            # Told with its row: what cannot be decoded is not a sound field.
            yield first.decode("utf-8", errors="surrogateescape")
        first = file.readline(MAX_FIELD_CHARS)
