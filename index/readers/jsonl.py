"""JSONL files: one article a line, in the fields ``text, id, title, date, source, author, url``."""

from __future__ import annotations

import datetime
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from index.clean import host_of, read_record_text
from index.dates import is_ambiguous, parse_date
from index.readers.text import (
    UnreadableTextError,
    decode,
    normalised_newlines,
    reason_of,
    sha256_of,
)
from index.types import Article, Skipped

MAX_LINE_BYTES = 32 * 1024 * 1024
_DATE_FIELDS = ("date", "published")


class BadRecordError(ValueError):
    """A line that is not an article; the message names the field and its value."""


def read_jsonl_file(path: Path, file_id: str) -> Iterator[Article | Skipped]:
    """The articles of one JSONL file, line by line; bad lines are told and passed over.

    Parameters
    ----------
    path : Path
        ``.gz`` is read through.
    file_id : str
        The id of a record on line 1 with neither ``id`` nor ``url``; on line n, ``file_id#n``.
    """
    reader = _JsonlReader(path, file_id)
    is_empty = True
    try:
        for number, raw in _lines(path):
            is_empty = False
            try:
                yield reader.article(number, raw)
            except (BadRecordError, UnreadableTextError) as error:
                yield Skipped(str(path), str(error), place=f"line {number}")
    except (OSError, EOFError, zlib.error) as error:
        yield Skipped(str(path), f"cannot be read ({reason_of(error)}); check the file")
        return
    if is_empty:
        yield Skipped(str(path), "the file is empty; put one JSON object a line into it")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1; an endless one is cut."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
            if raw.strip():
                yield number, raw


@dataclass(frozen=True)
class _JsonlReader:
    path: Path
    file_id: str

    def article(self, number: int, raw: bytes) -> Article:
        record = _parsed(raw)
        text = _text(record)
        url = _string(record, "url")
        record_id = _id(record)
        if url is None and record_id is not None and _is_web_link(record_id):
            url = record_id
        title = _string(record, "title")
        date = self._date(record)
        found = read_record_text(text, title)
        url = url or found.url
        fallback = self.file_id if number == 1 else f"{self.file_id}#{number}"
        return Article(
            id=record_id or url or fallback,
            title=title or found.title,
            text=text,
            source=_string(record, "source") or host_of(url) or found.source,
            author=_string(record, "author") or found.author,
            url=url,
            published=date or found.published,
            path=str(self.path),
            content_sha256=sha256_of(text),
            spans=found.spans,
        )

    def _date(self, record: dict[str, Any]) -> datetime.date | None:
        for field in _DATE_FIELDS:
            value = _string(record, field)
            if value is None:
                continue
            day_first = self._day_first if is_ambiguous(value) else None
            date = parse_date(value, day_first=day_first)
            if date is None and is_ambiguous(value):
                raise BadRecordError(
                    f"field {field!r} is {_shown(value)}, which can be read day first or month"
                    " first; write it as YYYY-MM-DD"
                )
            if date is None:
                raise BadRecordError(
                    f"field {field!r} is {_shown(value)}, which is not a full date;"
                    " write it as YYYY-MM-DD or leave it out"
                )
            return date
        return None

    @cached_property
    def _day_first(self) -> bool | None:
        """The order of day and month in this file's dates, from those that allow only one."""
        orders = set()
        for _, raw in _lines(self.path):
            try:
                record = _parsed(raw)
            except (BadRecordError, UnreadableTextError):
                continue
            for value in (record.get(field) for field in _DATE_FIELDS):
                if isinstance(value, str) and not is_ambiguous(value):
                    readings = [parse_date(value, day_first=order) for order in (True, False)]
                    orders.add(_stated_order(value, readings[0]))
        orders.discard(None)
        return orders.pop() if len(orders) == 1 else None


def _stated_order(value: str, date: datetime.date | None) -> bool | None:
    """Whether a numeric date has its day first; None if it is not one or does not tell."""
    parts = value.replace(".", "/").replace("-", "/").split("/")
    if date is None or len(parts) != 3 or len(parts[0]) > 2 or date.day <= 12:
        return None
    return parts[0].isdigit() and int(parts[0]) == date.day


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_LINE_BYTES:
        raise BadRecordError(
            f"the line is longer than {MAX_LINE_BYTES // 1024**2} MiB; split the text"
        )
    try:
        record = json.loads(decode(raw))
    except json.JSONDecodeError as error:
        raise BadRecordError(f"not valid JSON ({error.msg} at column {error.colno})") from error
    except UnreadableTextError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadRecordError(f"not valid JSON ({reason_of(error)})") from error
    if not isinstance(record, dict):
        raise BadRecordError(f"the line is {_shown(record)}, not a JSON object with a field 'text'")
    return record


def _text(record: dict[str, Any]) -> str:
    if "text" not in record:
        names = ", ".join(sorted(map(str, record))[:8]) or "none"
        raise BadRecordError(
            f"field 'text' is missing (fields here: {names}); add the article's text"
        )
    text = record["text"]
    if not isinstance(text, str):
        raise BadRecordError(f"field 'text' is {_shown(text)}, not a string")
    text = normalised_newlines(_sound("text", text))
    if not text.strip():
        raise BadRecordError(f"field 'text' is {_shown(text)}; it must hold the article's text")
    return text


def _string(record: dict[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecordError(f"field {field!r} is {_shown(value)}, not a string")
    return " ".join(_sound(field, value).split()) or None


def _id(record: dict[str, Any]) -> str | None:
    value = record.get("id")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise BadRecordError(f"field 'id' is {_shown(value)}, not a string or a number")
    return _string(record, "id")


def _sound(field: str, value: str) -> str:
    if "\x00" in value:
        raise BadRecordError(f"field {field!r} holds a NUL character; remove it")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRecordError(
            f"field {field!r} holds half a character (\\u{ord(value[error.start]):04x}) at"
            f" {error.start}; write the text anew as UTF-8"
        ) from error
    return value


def _is_web_link(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
