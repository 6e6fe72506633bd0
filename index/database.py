"""The record of truth: one SQLite file with articles, passages, vectors and the generation."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.columns import PassageColumns
from index.filters import source_key
from index.listing import INDEX as _LIST_INDEX
from index.listing import ArticleList
from index.shard_record import ShardRecord
from index.stories import SCHEMA as _STORIES_SCHEMA
from index.stories import Stories, spans_of
from index.types import Article, Passage, Skipped

_SCHEMA = """
CREATE TABLE generation (number INTEGER NOT NULL);
INSERT INTO generation VALUES (0);
CREATE TABLE articles (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    title TEXT, text TEXT NOT NULL, source TEXT, source_key TEXT, author TEXT, url TEXT,
    published TEXT, path TEXT, content_sha256 TEXT NOT NULL, spans TEXT NOT NULL,
    file_sha256 TEXT, byte_start INTEGER, byte_end INTEGER, format TEXT,
    current INTEGER NOT NULL,
    -- Only of current versions that are long enough to be compared.
    body INTEGER REFERENCES bodies (row)
);
CREATE UNIQUE INDEX current_articles ON articles (id) WHERE current;
CREATE INDEX article_versions ON articles (id, content_sha256);
CREATE INDEX article_paths ON articles (path) WHERE current;
CREATE INDEX article_bodies ON articles (body) WHERE body IS NOT NULL;
-- Rows are never used twice: an index of an older generation cannot mistake one for another.
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_row INTEGER NOT NULL REFERENCES articles (row) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences TEXT NOT NULL,
    -- No reference: a passage may be there before its vector.
    is_caption INTEGER NOT NULL, vector_key BLOB NOT NULL
);
CREATE INDEX passage_articles ON passages (article_row);
CREATE INDEX passage_vectors ON passages (vector_key);
-- One vector for each text embedded, however often it stands in the collection.
-- Not WITHOUT ROWID: that puts each vector on a page of its own, 4.7 kB instead of 1.7.
CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, root TEXT NOT NULL);
CREATE TABLE skipped (
    path TEXT NOT NULL, reason TEXT NOT NULL, place TEXT, is_fault INTEGER NOT NULL
);
"""
_ARTICLE = (
    "a.id, a.title, a.text, a.source, a.author, a.url, a.published, a.path, "
    "a.content_sha256, a.spans, a.file_sha256, a.byte_start, a.byte_end, a.format"
)
_PASSAGE = 'p.row, p.start, p."end", p.sentences, p.is_caption'
# Made when the first names are given: a store that never had any lacks it.
_FIELD_NAMES = """
CREATE TABLE IF NOT EXISTS field_names (path TEXT PRIMARY KEY, names TEXT NOT NULL)
"""
# Made when passages first wait for their vectors: those behind this row do.
_WAITING = "CREATE TABLE IF NOT EXISTS waiting (after_row INTEGER NOT NULL)"
# The keys of vectors that may be in use no more: of a million vectors all need not be looked at
# for one article. Made when the first passage goes.
_LOOSENED = "CREATE TABLE IF NOT EXISTS loosened (key BLOB PRIMARY KEY) WITHOUT ROWID"
# SQLite's limit on the variables of one statement.
_MAX_VARIABLES = 500
_T = TypeVar("_T")


class PassageRow(NamedTuple):
    """A passage as it is to be stored: with the key of its vector (a hash of what is embedded)."""

    passage: Passage
    vector_key: bytes


class Counts(NamedTuple):
    """What the current versions of the articles amount to."""

    articles: int
    passages: int
    undated: int
    first_published: datetime.date | None
    last_published: datetime.date | None
    sources: tuple[str, ...]


class Inventory(NamedTuple):
    """What else the record holds: past versions, stories, articles of each format."""

    past_versions: int
    stories: int
    formats: dict[str, int]


def create_database(file: Path) -> None:
    """Make an empty database of generation 0."""
    connection = sqlite3.connect(file)
    try:
        # Five vectors to a page; before anything is written.
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.executescript(_SCHEMA + _STORIES_SCHEMA + _LIST_INDEX)
    finally:
        connection.close()


class Database:
    """A connection to the record of truth, for one thread at a time."""

    def __init__(self, file: Path, *, immutable: bool = False) -> None:
        mode = "ro&immutable=1" if immutable else "rw"
        self._connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        self._connection.execute("PRAGMA foreign_keys = ON")
        self.story_links = Stories(self._connection)
        self.shard_record = ShardRecord(self._connection)
        self.listing = ArticleList(self._connection)

    def close(self) -> None:
        self._connection.close()

    def begin(self, *, writing: bool = False) -> None:
        """Start a transaction; reading, it sees one state of the database to its end."""
        self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    # Reading

    def generation(self) -> int:
        return int(self._connection.execute("SELECT number FROM generation").fetchone()[0])

    def counts(self) -> Counts:
        articles, undated, first, last = self._connection.execute(
            "SELECT count(*), count(*) - count(published), min(published), max(published) "
            "FROM articles WHERE current"
        ).fetchone()
        sources = self._connection.execute(
            "SELECT source, count(*) AS n FROM articles WHERE current AND source IS NOT NULL "
            "GROUP BY source_key ORDER BY n DESC, source"
        ).fetchall()
        return Counts(
            articles,
            self._count("SELECT count(*) FROM passages"),
            undated,
            _date(first),
            _date(last),
            tuple(source for source, _ in sources),
        )

    def inventory(self) -> Inventory:
        formats = self._connection.execute(
            "SELECT format, count(*) AS n FROM articles WHERE current AND format IS NOT NULL "
            "GROUP BY format ORDER BY n DESC, format"
        )
        return Inventory(
            # Not "WHERE NOT current": that reads every text, to the column behind it.
            self._count("SELECT count(*) FROM articles")
            - self._count("SELECT count(*) FROM articles WHERE current"),
            self._count(
                "SELECT count(DISTINCT coalesce(b.story, -a.row)) FROM articles a "
                "LEFT JOIN bodies b ON b.row = a.body WHERE a.current"
            ),
            dict(formats),
        )

    def _count(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    def count_undated(self, sources: frozenset[str] | None) -> int:
        """How many current articles have no date, from the outlets of those keys or any."""
        keys = sorted(sources or ())
        condition = "" if sources is None else f"AND source_key IN ({', '.join('?' * len(keys))})"
        query = f"SELECT count(*) FROM articles WHERE current AND published IS NULL {condition}"
        return int(self._connection.execute(query, keys).fetchone()[0])

    def articles(self) -> Iterator[Article]:
        """The current articles, by id."""
        query = f"SELECT {_ARTICLE} FROM articles a WHERE a.current ORDER BY a.id"
        for row in self._connection.execute(query):
            yield _article(row)

    def article_rows(self) -> Iterator[tuple[int, Article]]:
        """The current articles with their rows, one at a time, by row."""
        # Not one query: its reader may change the table meanwhile.
        rows = self._connection.execute("SELECT row FROM articles WHERE current ORDER BY row")
        query = f"SELECT {_ARTICLE} FROM articles a WHERE a.row = ?"
        for (row,) in rows.fetchall():
            yield row, _article(self._connection.execute(query, (row,)).fetchone())

    def rows_of(self, article_ids: Sequence[str]) -> list[int]:
        """The rows of the current versions of those articles."""
        rows: list[int] = []
        for part in _parts(article_ids):
            marks = ", ".join("?" * len(part))
            query = f"SELECT row FROM articles WHERE current AND id IN ({marks}) ORDER BY row"
            rows += [row for (row,) in self._connection.execute(query, part)]
        return rows

    def article(self, article_id: str, content_sha256: str | None = None) -> Article | None:
        """The current version of an article, or the one of that content; None if there is none."""
        condition = "a.current" if content_sha256 is None else "a.content_sha256 = ?"
        values = (article_id,) if content_sha256 is None else (article_id, content_sha256)
        row = self._connection.execute(
            f"SELECT {_ARTICLE} FROM articles a WHERE a.id = ? AND {condition} "
            "ORDER BY a.row DESC LIMIT 1",
            values,
        ).fetchone()
        return None if row is None else _article(row)

    def past_articles(self, limit: int) -> Iterator[Article]:
        """Up to `limit` versions that are not current any more, the latest stored first."""
        rows = self._connection.execute(
            # Not "WHERE NOT current": that reads every text, to the column behind it.
            "SELECT row FROM articles EXCEPT SELECT row FROM articles WHERE current "
            "ORDER BY row DESC LIMIT ?",
            (limit,),
        )
        query = f"SELECT {_ARTICLE} FROM articles a WHERE a.row = ?"
        for (row,) in rows.fetchall():
            yield _article(self._connection.execute(query, (row,)).fetchone())

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """The passages of those rows with their articles; missing rows are left out."""
        found: dict[int, tuple[Passage, Article]] = {}
        articles: dict[str, Article] = {}
        for part in _parts(rows):
            marks = ", ".join("?" * len(part))
            query = (
                f"SELECT {_PASSAGE}, {_ARTICLE} FROM passages p "
                f"JOIN articles a ON a.row = p.article_row WHERE p.row IN ({marks})"
            )
            for row in self._connection.execute(query, part):
                article = articles.get(row[5])
                if article is None:
                    article = articles[row[5]] = _article(row[5:])
                found[row[0]] = (_passage(row, article), article)
        return found

    def copies(self, article_id: str, limit: int) -> list[Article]:
        """The other articles of that article's story, oldest first, undated ones last."""
        query = (
            f"SELECT {_ARTICLE} FROM articles o JOIN bodies b ON b.row = o.body "
            "JOIN bodies m ON m.story = b.story JOIN articles a ON a.body = m.row "
            "WHERE o.id = ? AND o.current AND a.row <> o.row "
            "ORDER BY a.published IS NULL, a.published, a.id LIMIT ?"
        )
        return [_article(row) for row in self._connection.execute(query, (article_id, limit))]

    def stories(self, article_ids: Sequence[str]) -> dict[str, int]:
        """The story of each of those current articles; near-copies share theirs."""
        found: dict[str, int] = {}
        for part in _parts(article_ids):
            marks = ", ".join("?" * len(part))
            query = (
                "SELECT a.id, coalesce(b.story, -a.row) FROM articles a "
                f"LEFT JOIN bodies b ON b.row = a.body WHERE a.current AND a.id IN ({marks})"
            )
            found.update(self._connection.execute(query, part))
        return found

    def all_passages(self) -> Iterator[tuple[int, Passage, Article]]:
        """Every current passage with its row, by row."""
        query = (
            f"SELECT {_PASSAGE}, {_ARTICLE} FROM passages p "
            "JOIN articles a ON a.row = p.article_row ORDER BY p.row"
        )
        previous: Article | None = None
        for row in self._connection.execute(query):
            if previous is None or row[5] != previous.id:
                previous = _article(row[5:])
            yield row[0], _passage(row, previous), previous

    def passage_columns(self) -> PassageColumns:
        """Article, day and outlet of every passage."""
        rows = self._connection.execute(
            "SELECT p.row, p.article_row, a.published, a.source_key FROM passages p "
            "JOIN articles a ON a.row = p.article_row ORDER BY p.row"
        )
        days: dict[str | None, int] = {None: 0}
        for day in self._connection.execute("SELECT DISTINCT published FROM articles").fetchall():
            if day[0] is not None:
                days[day[0]] = datetime.date.fromisoformat(day[0]).toordinal()
        return PassageColumns.of((row, article, days[day], key) for row, article, day, key in rows)

    @property
    def may_wait(self) -> bool:
        """Whether passages can be there before their vectors; not in records made before."""
        keys = self._connection.execute("PRAGMA foreign_key_list(passages)").fetchall()
        return all(table != "vectors" for _, _, table, *_ in keys)

    def waiting_after(self) -> int | None:
        """The row behind which all passages still wait for their vectors; None where none does."""
        if not self._has_table("waiting"):
            return None
        found = self._connection.execute("SELECT after_row FROM waiting").fetchone()
        return None if found is None else int(found[0])

    def count_waiting(self) -> int:
        """How many passages still wait for their vectors."""
        after = self.waiting_after()
        if after is None:
            return 0
        return self._count(f"SELECT count(*) FROM passages WHERE row > {after}")

    def waiting_rows(self, most: int) -> list[int]:
        """The first `most` rows that wait for their vectors, ascending."""
        after = self.waiting_after()
        if after is None:
            return []
        query = "SELECT row FROM passages WHERE row > ? ORDER BY row LIMIT ?"
        return [row for (row,) in self._connection.execute(query, (after, most))]

    def last_passage_row(self) -> int:
        """The highest row of a passage; 0 where there is none."""
        return self._count("SELECT coalesce(max(row), 0) FROM passages")

    def vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and vectors, of shape (n, dim), of the passages that do not wait, by row."""
        after = self.waiting_after()
        found = self._connection.execute(
            "SELECT p.row, v.vector FROM passages p JOIN vectors v ON v.key = p.vector_key "
            "WHERE ?1 IS NULL OR p.row <= ?1 ORDER BY p.row",
            (after,),
        ).fetchall()
        rows = np.array([row for row, _ in found], dtype=np.int64)
        blob = b"".join(vector for _, vector in found)
        return rows, np.frombuffer(blob, dtype="<f4").reshape(len(rows), -1 if found else 0)

    def vector_keys(self) -> dict[int, bytes]:
        """The key of the vector of every passage, by row."""
        return dict(self._connection.execute("SELECT row, vector_key FROM passages"))

    def vector_keys_of(self, rows: Sequence[int]) -> dict[int, bytes]:
        """The keys of the vectors of those passages, by row."""
        query = "SELECT vector_key FROM passages WHERE row = ?"
        return {row: self._connection.execute(query, (row,)).fetchone()[0] for row in rows}

    def known_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of `keys` whose vectors are stored."""
        known: set[bytes] = set()
        for part in _parts(keys):
            marks = ", ".join("?" * len(part))
            query = f"SELECT key FROM vectors WHERE key IN ({marks})"
            known.update(key for (key,) in self._connection.execute(query, part))
        return known

    def vectors_of(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """The stored vectors of `keys`, in their order: shape (n_keys, dim)."""
        found: dict[bytes, bytes] = {}
        for part in _parts(keys):
            marks = ", ".join("?" * len(part))
            query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
            found.update(self._connection.execute(query, part))
        blob = b"".join(found[key] for key in keys)
        return np.frombuffer(blob, dtype="<f4").reshape(len(keys), -1 if keys else 0)

    def files(self) -> dict[str, str]:
        """The hash under which each file was read, by path."""
        return dict(self._connection.execute("SELECT path, sha256 FROM files"))

    def article_ids(self, path: str | None = None) -> dict[str, str | None]:
        """Path by id of the current articles, or of those read from `path`."""
        query, values = "SELECT id, path FROM articles WHERE current", ()
        if path is not None:
            return dict(self._connection.execute(f"{query} AND path = ?", (path,)))
        return dict(self._connection.execute(query, values))

    def skipped(self) -> tuple[Skipped, ...]:
        """What the latest readings of the files passed over."""
        query = "SELECT path, reason, place, is_fault FROM skipped ORDER BY rowid"
        return tuple(
            Skipped(path, reason, place, bool(is_fault))
            for path, reason, place, is_fault in self._connection.execute(query)
        )

    def field_names(self) -> dict[str, dict[str, str]]:
        """The names given for fields of records, by the file or folder they were given for."""
        if not self._has_table("field_names"):
            return {}
        rows = self._connection.execute("SELECT path, names FROM field_names ORDER BY path")
        return {path: json.loads(names) for path, names in rows}

    def _has_table(self, name: str) -> bool:
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(known, (name,)).fetchone() is not None

    def check_integrity(self) -> str | None:
        """What SQLite's own check finds wrong, or None."""
        verdict = self._connection.execute("PRAGMA integrity_check(3)").fetchall()
        return None if verdict == [("ok",)] else "; ".join(str(line) for (line,) in verdict)

    # Writing (the store holds the writer's lock)

    def set_generation(self, number: int) -> None:
        self._connection.execute(_LIST_INDEX)
        self._connection.execute("UPDATE generation SET number = ?", (number,))

    def set_waiting_after(self, row: int | None) -> None:
        """Let the passages behind `row` wait for their vectors; None lets none wait."""
        self._connection.execute(_WAITING)
        self._connection.execute("DELETE FROM waiting")
        if row is not None:
            self._connection.execute("INSERT INTO waiting VALUES (?)", (row,))

    def add_article(
        self, article: Article, passages: Sequence[PassageRow]
    ) -> tuple[int, list[int]]:
        """Store the article as the current version of its id; its row, and its passages'."""
        article_row = self._connection.execute(
            "INSERT INTO articles (id, title, text, source, source_key, author, url, published, "
            "path, content_sha256, spans, file_sha256, byte_start, byte_end, format, current) "
            f"VALUES ({', '.join('?' * 15)}, 1)",
            (
                article.id,
                article.title,
                article.text,
                article.source,
                None if article.source is None else source_key(article.source),
                article.author,
                article.url,
                None if article.published is None else article.published.isoformat(),
                article.path,
                article.content_sha256,
                json.dumps([[span.start, span.end, span.kind] for span in article.spans]),
                article.file_sha256,
                *(article.byte_range or (None, None)),
                article.format,
            ),
        ).lastrowid
        assert article_row is not None
        self.story_links.add(article_row, article)
        rows = []
        for passage, vector_key in passages:
            cursor = self._connection.execute(
                'INSERT INTO passages (article_row, start, "end", sentences, is_caption, '
                "vector_key) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    article_row,
                    passage.start,
                    passage.end,
                    json.dumps(passage.sentences),
                    passage.is_caption,
                    vector_key,
                ),
            )
            rows.append(int(cursor.lastrowid or 0))
        return article_row, rows

    def move_article(self, article: Article) -> None:
        """Note that the current version of an article stands in another place."""
        self._connection.execute(
            "UPDATE articles SET path = ?, file_sha256 = ?, byte_start = ?, byte_end = ?, "
            "format = ? WHERE id = ? AND current",
            (
                article.path,
                article.file_sha256,
                *(article.byte_range or (None, None)),
                article.format,
                article.id,
            ),
        )

    def retire_article(self, article_id: str) -> list[int]:
        """Make the current version a past one, readable but not searched; its passages' rows."""
        rows = self._loosened_rows(article_id)
        self._connection.execute(
            "DELETE FROM passages WHERE article_row IN "
            "(SELECT row FROM articles WHERE id = ? AND current)",
            (article_id,),
        )
        self._connection.execute(
            "UPDATE articles SET current = 0 WHERE id = ? AND current", (article_id,)
        )
        return rows

    def delete_article(self, article_id: str) -> list[int]:
        """Delete all versions of an article; the rows its passages had."""
        rows = self._loosened_rows(article_id)
        self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        return rows

    def _loosened_rows(self, article_id: str) -> list[int]:
        """The rows of an article's passages, whose vectors may be in use no more without them."""
        query = (
            "SELECT p.row, p.vector_key FROM passages p JOIN articles a ON a.row = p.article_row "
            "WHERE a.id = ? AND a.current"
        )
        found = self._connection.execute(query, (article_id,)).fetchall()
        self._loosen([key for _, key in found])
        return [row for row, _ in found]

    def _loosen(self, keys: Iterable[bytes]) -> None:
        self._connection.execute(_LOOSENED)
        self._connection.executemany(
            "INSERT OR IGNORE INTO loosened VALUES (?)", [(key,) for key in keys]
        )

    def save_vectors(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store vectors; those whose passages never come are let go of like any unused one."""
        query = "SELECT 1 FROM passages WHERE vector_key = ?"
        self._loosen(k for k in keys if not self._connection.execute(query, (k,)).fetchone())
        self._connection.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
            [
                (key, np.ascontiguousarray(vector, dtype="<f4").tobytes())
                for key, vector in zip(keys, vectors, strict=True)
            ],
        )

    def drop_unused_vectors(self) -> None:
        """Let go of those that no passage uses, of all that were loosened since the last time."""
        self._connection.execute(_LOOSENED)
        self._connection.execute(
            "DELETE FROM vectors WHERE key IN (SELECT key FROM loosened) AND NOT EXISTS "
            "(SELECT 1 FROM passages WHERE vector_key = vectors.key)"
        )
        self._connection.execute("DELETE FROM loosened")

    def record_file(self, path: str, sha256: str, root: str, skipped: Iterable[Skipped]) -> None:
        """Note the hash under which a file was read, and what was passed over in it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, sha256, root)
        )
        self._connection.execute("DELETE FROM skipped WHERE path = ?", (path,))
        self._connection.executemany(
            "INSERT INTO skipped VALUES (?, ?, ?, ?)",
            [(item.path, item.reason, item.place, item.is_fault) for item in skipped],
        )

    def set_field_names(self, given: Mapping[str, Mapping[str, str]]) -> None:
        """Keep the names given for fields of records, in place of those kept so far."""
        self._connection.execute(_FIELD_NAMES)
        self._connection.execute("DELETE FROM field_names")
        self._connection.executemany(
            "INSERT INTO field_names VALUES (?, ?)",
            [(path, json.dumps(names, sort_keys=True)) for path, names in given.items()],
        )

    def forget_file(self, path: str) -> None:
        self._connection.execute("DELETE FROM files WHERE path = ?", (path,))
        self._connection.execute("DELETE FROM skipped WHERE path = ?", (path,))


def _article(row: Sequence[Any]) -> Article:
    try:
        return _read_article(row)
    except (TypeError, ValueError) as error:
        raise sqlite3.DataError(f"the row of article {row[0]!r} is damaged: {error}") from error


def _read_article(row: Sequence[Any]) -> Article:
    *told, published, path, sha256, spans, file_sha256, byte_start, byte_end, kind = row
    identity, title, text, source, author, url = told
    return Article(
        identity,
        title,
        text,
        source,
        author,
        url,
        _date(published),
        path,
        sha256,
        spans_of(spans),
        file_sha256,
        None if byte_start is None else (byte_start, byte_end),
        kind,
    )


def _passage(row: Sequence[Any], article: Article) -> Passage:
    number, start, end, sentences, is_caption = row[:5]
    try:
        bounds = tuple((int(first), int(last)) for first, last in json.loads(sentences))
        text = article.text[start:end]
    except (TypeError, ValueError) as error:
        raise sqlite3.DataError(f"the row of passage {number} is damaged: {error}") from error
    return Passage(
        f"{article.id}@{start}-{end}", article.id, text, start, end, bounds, bool(is_caption)
    )


def _date(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def _parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(values), _MAX_VARIABLES):
        yield values[first : first + _MAX_VARIABLES]
