"""Which articles are near-copies of one another: the part of the record that links them.

Bodies that are near-copies belong to one story, and so do those that are linked through others.
Equal bodies are one. All of it changes in the same transaction as the articles.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from index.copies import SAME_STORY, Body, Runs, Sketcher, jaccard
from index.types import Article, Span, SpanKind

SCHEMA = """
CREATE TABLE bodies (
    row INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, story INTEGER NOT NULL, bands BLOB NOT NULL
);
CREATE INDEX body_stories ON bodies (story);
CREATE TABLE bands (
    band INTEGER NOT NULL, body INTEGER NOT NULL REFERENCES bodies (row),
    PRIMARY KEY (band, body)
) WITHOUT ROWID;
"""
# How many bodies of one band are compared. Only series of hundreds of forms filled in, such as
# bulletins, fill a band further; it bounds what one more of them costs.
_MAX_BAND = 50
# Runs kept for comparisons to come: some 7 kB each.
_MAX_KEPT = 2_000


class Stories:
    """The stories of a record; changed by its writer alone, inside the writer's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kept: dict[bytes, Runs] = {}

    def add(self, article_row: int, article: Article) -> None:
        """Link a new current article with its near-copies."""
        body = Body.read(article.text, article.spans)
        if body is None:
            return
        found = self._connection.execute(
            "SELECT row FROM bodies WHERE key = ?", (body.key,)
        ).fetchone()
        row = self._insert(body) if found is None else int(found[0])
        self._connection.execute("UPDATE articles SET body = ? WHERE row = ?", (row, article_row))
        if found is None:
            self._keep(body)
            self._join(row, body.runs, self._bands(row))

    def link_all(self, articles: Iterable[tuple[int, Article]]) -> None:
        """Link those current articles, with their rows, as if nothing had been linked before."""
        self._connection.execute("UPDATE articles SET body = NULL WHERE body IS NOT NULL")
        self._connection.execute("DELETE FROM bands")
        self._connection.execute("DELETE FROM bodies")
        for article_row, article in articles:
            self.add(article_row, article)

    def unlinked(self, articles: Iterable[tuple[int, Article]]) -> Iterator[Article]:
        """Those of these current articles that are not linked by the body they have."""
        query = "SELECT b.key FROM articles a JOIN bodies b ON b.row = a.body WHERE a.row = ?"
        for article_row, article in articles:
            body = Body.read(article.text, article.spans)
            found = self._connection.execute(query, (article_row,)).fetchone()
            if (None if found is None else found[0]) != (None if body is None else body.key):
                yield article

    def release(self, article_ids: Iterable[str]) -> None:
        """Unlink the current versions of those articles; what they alone linked falls apart."""
        left: set[int] = set()
        for article_id in article_ids:
            rows = self._connection.execute(
                "SELECT body FROM articles WHERE id = ? AND current AND body IS NOT NULL",
                (article_id,),
            ).fetchall()
            left.update(row for (row,) in rows)
            self._connection.execute(
                "UPDATE articles SET body = NULL WHERE id = ? AND current", (article_id,)
            )
        torn = {self._delete(row) for row in left if not self._is_used(row)}
        for story in sorted(torn):
            self._link_anew(story)

    def _is_used(self, row: int) -> bool:
        query = "SELECT 1 FROM articles WHERE body = ? LIMIT 1"
        return self._connection.execute(query, (row,)).fetchone() is not None

    def _insert(self, body: Body) -> int:
        bands = self._sketcher.bands(body.runs)
        row = self._connection.execute(
            "INSERT INTO bodies (key, story, bands) VALUES (?, -1, ?)",
            (body.key, struct.pack(f"<{len(bands)}q", *bands)),
        ).lastrowid
        assert row is not None
        self._connection.execute("UPDATE bodies SET story = row WHERE row = ?", (row,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO bands VALUES (?, ?)", [(band, row) for band in bands]
        )
        return row

    def _delete(self, row: int) -> int:
        """Delete a body; the story it belonged to."""
        story: int = self._connection.execute(
            "SELECT story FROM bodies WHERE row = ?", (row,)
        ).fetchone()[0]
        self._connection.executemany(
            "DELETE FROM bands WHERE band = ? AND body = ?",
            [(band, row) for band in self._bands(row)],
        )
        self._connection.execute("DELETE FROM bodies WHERE row = ?", (row,))
        return story

    def _link_anew(self, story: int) -> None:
        rows = self._connection.execute(
            "SELECT row FROM bodies WHERE story = ? ORDER BY row", (story,)
        ).fetchall()
        self._connection.execute("UPDATE bodies SET story = row WHERE story = ?", (story,))
        for (row,) in rows:
            self._join(row, self._runs(row), self._bands(row))

    def _join(self, row: int, runs: Runs, bands: Sequence[int]) -> None:
        """Make one story of the body's own and those of its near-copies."""
        joined = {self._story(row)}
        into = min(joined)
        for other, story in self._candidates(row, bands):
            if story in joined or jaccard(runs, self._runs(other)) < SAME_STORY:
                continue
            joined.add(story)
            first, second = sorted((into, story))
            self._connection.execute("UPDATE bodies SET story = ? WHERE story = ?", (first, second))
            into = first

    def _candidates(self, row: int, bands: Sequence[int]) -> list[tuple[int, int]]:
        """The bodies that share a band, with their stories, by row."""
        found: dict[int, int] = {}
        for band in bands:
            found.update(
                self._connection.execute(
                    "SELECT b.row, b.story FROM bands d JOIN bodies b ON b.row = d.body "
                    "WHERE d.band = ? AND d.body <> ? ORDER BY d.body LIMIT ?",
                    (band, row, _MAX_BAND),
                )
            )
        return sorted(found.items())

    def _story(self, row: int) -> int:
        query = "SELECT story FROM bodies WHERE row = ?"
        return int(self._connection.execute(query, (row,)).fetchone()[0])

    def _bands(self, row: int) -> tuple[int, ...]:
        query = "SELECT bands FROM bodies WHERE row = ?"
        blob: bytes = self._connection.execute(query, (row,)).fetchone()[0]
        return struct.unpack(f"<{len(blob) // 8}q", blob)

    def _runs(self, row: int) -> Runs:
        query = "SELECT key FROM bodies WHERE row = ?"
        key: bytes = self._connection.execute(query, (row,)).fetchone()[0]
        if key not in self._kept:
            text, spans = self._connection.execute(
                "SELECT text, spans FROM articles WHERE body = ? LIMIT 1", (row,)
            ).fetchone()
            body = Body.read(text, spans_of(spans))
            assert body is not None
            self._keep(body)
        return self._kept[key]

    def _keep(self, body: Body) -> None:
        if len(self._kept) >= _MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[body.key] = body.runs

    @cached_property
    def _sketcher(self) -> Sketcher:
        return Sketcher()


def spans_of(written: str) -> tuple[Span, ...]:
    """The spans that the record holds as JSON."""
    return tuple(Span(start, end, SpanKind(kind)) for start, end, kind in json.loads(written))
