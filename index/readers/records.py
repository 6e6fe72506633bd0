"""Records into articles: which field holds what, and what a record must have to be read."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from index.clean import canonical_url, host_of, read_record_text
from index.dates import is_ambiguous, parse_date
from index.errors import CorpusError
from index.field_names import FIELD_NAMES
from index.readers.source import Source, UnreadableError
from index.readers.text import normalised_newlines, numbered_id, sha256_of
from index.types import Article, Skipped, SpanKind

# Of these an object's name, or a list of such, is taken.
_NAMED = frozenset({"author", "source"})
# Tags that only a piece of a page has; a text may well speak of "<p>" in passing.
_MARKUP = re.compile(
    r"\s*<(?:p|div|article|section|h[1-6]|figure|ul|span|body|html)\b[^<>]*>", re.I
)
Numbered = tuple[int, str, Any]  # number from 1, place, record or the error in its stead


class BadRecordError(ValueError):
    """A record that is not an article; the message names the field and its value."""


class BadDateError(ValueError):
    """A record's date that cannot be read; the message names the field and its value."""


def check_fields(fields: Mapping[str, str]) -> None:
    """Make sure that the names given for fields are of fields that there are.

    Raises
    ------
    CorpusError
        One is not.
    """
    for name in fields:
        if name not in FIELD_NAMES:
            raise CorpusError(
                f"an article has no field {name!r}; its fields are {', '.join(FIELD_NAMES)}"
            )


@dataclass(frozen=True)
class RecordReader:
    """The articles of a source that holds one a record.

    Attributes
    ----------
    records : callable
        Gives (number from 1, place, record) for each record from the start, each time anew; an
        error stands in place of a record that cannot be parsed.
    """

    source: Source
    records: Callable[[], Iterator[Numbered]]

    def articles(self) -> Iterator[Article | Skipped]:
        """One article, or why there is none, for each record.

        A date that cannot be read costs the record its date, not its place: that is told, too.
        So is a name given for a field that no record has.
        """
        unmet = dict(self.source.fields)
        has_record = False
        for number, place, record in self.records():
            if unmet and isinstance(record, dict):
                has_record = True
                own = _Record(record, self.source.fields)
                unmet = {field: name for field, name in unmet.items() if own.given(field) is None}
            try:
                article, problem = self._article(number, record)
            except (BadRecordError, UnreadableError) as error:
                yield self.source.skipped(str(error), place)
                continue
            yield article
            if problem is not None:
                yield self.source.skipped(f"{problem}; the article is kept undated", place)
        for field, name in unmet.items() if has_record else ():
            yield self.source.skipped(
                f"none of its records has the field {name!r} named for the {field}, so the common"
                " names were looked for",
                is_fault=False,
            )

    def _article(self, number: int, raw: Any) -> tuple[Article, BadDateError | None]:
        if isinstance(raw, Exception):
            raise raw
        if not isinstance(raw, dict):
            raise BadRecordError(f"it is {shown(raw)}, not a JSON object with a field 'text'")
        record = _Record(raw, self.source.fields)
        text, marks = record.text()
        url = record.string("url")
        record_id = record.id()
        if url is None and record_id is not None and is_web_link(record_id):
            url = record_id
        title = record.string("title")
        date, problem = None, None
        try:
            date = self._date(record)
        except BadDateError as error:
            problem = error
        found = read_record_text(text, title, marks)
        url = url or found.url
        article = Article(
            id=record_id or canonical_url(url) or numbered_id(self.source, number),
            title=title or found.title,
            text=text,
            source=record.string("source") or host_of(url) or found.source,
            author=record.string("author") or found.author,
            url=url,
            published=date if date or problem else found.published,
            path=str(self.source.path),
            content_sha256=sha256_of(text),
            spans=found.spans,
        )
        return article, problem

    def _date(self, record: _Record) -> datetime.date | None:
        value = record.string("date")
        if value is None:
            return None
        field = record.name("date")
        day_first = self._day_first if is_ambiguous(value) else None
        date = parse_date(value, day_first=day_first)
        if date is None and is_ambiguous(value):
            raise BadDateError(
                f"field {field!r} is {shown(value)}, which can be read day first or month"
                " first; write it as YYYY-MM-DD"
            )
        if date is None:
            raise BadDateError(
                f"field {field!r} is {shown(value)}, which is not a full date;"
                " write it as YYYY-MM-DD or leave it out"
            )
        return date

    @cached_property
    def _day_first(self) -> bool | None:
        """The order of day and month in this file's dates, from those that allow only one."""
        orders = set()
        for _, _, raw in self.records():
            if not isinstance(raw, dict):
                continue
            record = _Record(raw, self.source.fields)
            value = raw.get(record.name("date") or "")
            if isinstance(value, str) and not is_ambiguous(value):
                orders.add(_stated_order(value, parse_date(value)))
        orders.discard(None)
        return orders.pop() if len(orders) == 1 else None


class _Record:
    """One record's fields, by what they hold."""

    def __init__(self, raw: dict[Any, Any], given: Mapping[str, str]) -> None:
        self._raw = raw
        self._given = given
        self._names: dict[str, str] = {}
        for name in raw:
            self._names.setdefault(folded(name), name)

    def given(self, field: str) -> str | None:
        """The record's own name for a field that was given a name, if it has it."""
        name = self._given.get(field)
        if name is None or name in self._raw:
            return name
        return self._names.get(folded(name))

    def name(self, field: str) -> str | None:
        """The record's own name for a field: the one given, else the first of those understood.

        Of these the first that holds something is taken.
        """
        if (given := self.given(field)) is not None:
            return given
        names = [self._names[known] for known in FIELD_NAMES[field] if known in self._names]
        filled = (name for name in names if self._raw[name] not in (None, "", [], {}))
        return next(filled, names[0] if names else None)

    def text(self) -> tuple[str, Mapping[str, SpanKind]]:
        """The article's text, and what its lines are where it tells."""
        name = self.name("text")
        if name is None or name not in self._raw:
            names = ", ".join(sorted(map(str, self._raw))[:8]) or "none"
            wanted = name or self._given.get("text", "text")
            raise BadRecordError(
                f"field {wanted!r} is missing (fields here: {names}); add the article's text"
            )
        text = self._raw[name]
        if not isinstance(text, str):
            raise BadRecordError(f"field {name!r} is {shown(text)}, not a string")
        text = normalised_newlines(_sound(name, text))
        marks: Mapping[str, SpanKind] = {}
        if folded(name) != "text" and _MARKUP.match(text):
            from index.readers.markup import text_of_fragment

            text, marks = text_of_fragment(text)
        if not text.strip():
            raise BadRecordError(
                f"field {name!r} is {shown(text)}; it must hold the article's text"
            )
        return text, marks

    def string(self, field: str) -> str | None:
        """The value of a field that is one line, None if it is absent or empty."""
        name = self.name(field)
        value = None if name is None else self._raw.get(name)
        if field in _NAMED:
            value = _named(value)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRecordError(f"field {name!r} is {shown(value)}, not a string")
        line = " ".join(_sound(str(name), value).split())
        if field == "author":
            line = re.sub(r"^by\s+", "", line, flags=re.IGNORECASE)
        return line or None

    def id(self) -> str | None:
        """The record's own id."""
        name = self.name("id")
        value = None if name is None else self._raw.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            raise BadRecordError(f"field {name!r} is {shown(value)}, not a string or a number")
        return self.string("id")


def _named(value: Any) -> Any:
    """An object's name, or the names in a list; anything else as it is."""
    if isinstance(value, dict):
        return value.get("name", value)
    if isinstance(value, list):
        names = [_named(item) for item in value]
        if all(isinstance(name, str) for name in names):
            return ", ".join(name for name in names if name.strip())
    return value


def folded(name: object) -> str:
    """A field's name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", str(name)).casefold()


def _stated_order(value: str, date: datetime.date | None) -> bool | None:
    """Whether a numeric date has its day first; None if it is not one or does not tell."""
    parts = value.replace(".", "/").replace("-", "/").split("/")
    if date is None or len(parts) != 3 or len(parts[0]) > 2 or date.day <= 12:
        return None
    return parts[0].isdigit() and int(parts[0]) == date.day


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


def is_web_link(value: str) -> bool:
    """Whether a value is a link to the web."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def shown(value: object) -> str:
    """A value for a message, cut where it is long."""
    text = (
        json.dumps(value, ensure_ascii=False, default=str)
        if not isinstance(value, str)
        else repr(value)
    )
    return text if len(text) <= 60 else f"{text[:57]}..."
