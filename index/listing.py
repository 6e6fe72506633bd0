"""The articles as a list: searched by what stands above them, sorted, a page at a time.

All of it is answered from one index of the record that holds those columns and no text, so that
a hundred thousand articles are looked through in a fraction of a second.
"""

from __future__ import annotations

import datetime
import functools
import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

# Outlet, format, body and `current` are there so that what describes a collection is counted from
# it alone. Stores made earlier get it with their next change; until then it is slower.
INDEX = """
CREATE INDEX IF NOT EXISTS article_list
ON articles (published, id, title, source, source_key, author, format, body, current)
WHERE current
"""


class Order(StrEnum):
    """What the list begins with; undated articles come last by day."""

    NEWEST = "newest"
    OLDEST = "oldest"
    HEADLINE = "headline"
    OUTLET = "outlet"


_ORDERS = {
    Order.NEWEST: "published DESC, id",
    Order.OLDEST: "published NULLS LAST, id",
    Order.HEADLINE: "folded(title) = '', folded(title), published DESC, id",
    Order.OUTLET: "folded(source) = '', folded(source), published DESC, id",
}


# Accents of Latin, Greek and Cyrillic letters, vowel points of Hebrew and Arabic ones.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")
# One call for each article: calls are what searching takes its time for.
_SEARCHED = " || char(10) || ".join(
    f"coalesce({name}, '')" for name in ("title", "source", "author")
)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which articles are listed.

    Attributes
    ----------
    words : str
        Every word of it stands in the headline, the outlet or the author, or is the beginning or
        any part of a word there; case and accents do not count.
    since, until : datetime.date or None
        First and last day of publication, both included; undated articles are left out.
    sources : frozenset of str or None
        Outlets as `index.filters.source_key` writes them; None means any.
    """

    words: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    sources: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since ({self.since}) lies after until ({self.until}); swap them")


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article without its text; see `index.types.Article`."""

    id: str
    title: str | None
    source: str | None
    author: str | None
    published: datetime.date | None
    content_sha256: str
    path: str | None


class ArticleList:
    """Lists the current articles of a record."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("folded", 1, fold, deterministic=True)
        connection.create_function("holds", 2, _holds, deterministic=True)

    def page(
        self, where: ListFilter, order: Order, limit: int, offset: int
    ) -> tuple[ListedArticle, ...]:
        """Up to `limit` articles, after the first `offset`."""
        condition, values = _condition(where)
        # The list's index has all but these two columns, which lie behind the text.
        query = (
            "SELECT a.id, a.title, a.source, a.author, a.published, a.content_sha256, a.path "
            f"FROM (SELECT row FROM articles WHERE {condition} ORDER BY {_ORDERS[order]} "
            "LIMIT ? OFFSET ?) AS listed JOIN articles AS a USING (row)"
        )
        rows = self._connection.execute(query, [*values, limit, offset]).fetchall()
        return tuple(
            ListedArticle(
                identity,
                title,
                source,
                author,
                None if published is None else datetime.date.fromisoformat(published),
                sha256,
                path,
            )
            for identity, title, source, author, published, sha256, path in rows
        )

    def days(self, where: ListFilter) -> dict[datetime.date | None, int]:
        """How many articles there are of each day, oldest first; None are those without one."""
        condition, values = _condition(where)
        query = (
            f"SELECT published, count(*) FROM articles WHERE {condition} "
            "GROUP BY published ORDER BY published"
        )
        return {
            None if day is None else datetime.date.fromisoformat(day): int(n)
            for day, n in self._connection.execute(query, values)
        }


def fold(text: str | None) -> str:
    """The text without case and accents, as words are looked for; empty for None.

    >>> fold("Łódź, ŽIŽEK")
    'łodz, zizek'
    """
    if text is None or text.isascii():
        return (text or "").lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def _holds(words: str, text: str) -> bool:
    plain = fold(text)
    return all(word in plain for word in _words(words))


@functools.lru_cache(maxsize=100)
def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


def _condition(where: ListFilter) -> tuple[str, list[str]]:
    """The filter as a condition, with its values."""
    conditions, values = ["current"], list[str]()
    for comparison, day in ((">=", where.since), ("<=", where.until)):
        if day is not None:
            conditions.append(f"published {comparison} ?")
            values.append(day.isoformat())
    if where.sources is not None:
        marks = ", ".join("?" * len(where.sources))
        conditions.append(f"source_key IN ({marks})")
        values += sorted(where.sources)
    if where.words.strip():
        conditions.append(f"holds(?, {_SEARCHED})")
        values.append(where.words)
    return " AND ".join(conditions), values
