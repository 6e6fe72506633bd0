"""The writer's working copy of a store in Milvus: the record of a local store, and what changed.

What an article's near-copies are, which vectors are known, which file was read: a writer asks all
of this many times over, of SQLite as everywhere. Milvus stays the record of truth: a working copy
that is missing, or behind, is made anew from it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.database import Database, create_database
from index.filters import source_key
from index.types import Article, Skipped

_TABLES = """
CREATE TABLE remote (revision TEXT NOT NULL);
INSERT INTO remote VALUES ('');
-- In how many current passages each analysed term stands.
CREATE TABLE terms (term TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
# What has changed since it was last told to Milvus; of this connection alone, and rolled back with
# the changes themselves.
_CHANGES = """
CREATE TEMP TABLE changed_articles (row INTEGER PRIMARY KEY);
CREATE TEMP TABLE moved_articles (row INTEGER PRIMARY KEY);
CREATE TEMP TABLE gone_articles (row INTEGER PRIMARY KEY);
CREATE TEMP TABLE changed_files (path TEXT PRIMARY KEY);
CREATE TEMP TABLE changed_terms (term TEXT PRIMARY KEY);
CREATE TEMP TRIGGER article_added AFTER INSERT ON articles BEGIN
    INSERT OR IGNORE INTO changed_articles VALUES (NEW.row);
END;
CREATE TEMP TRIGGER article_moved AFTER UPDATE OF path, file_sha256, byte_start, byte_end, format
ON articles BEGIN
    INSERT OR IGNORE INTO moved_articles VALUES (NEW.row);
END;
CREATE TEMP TRIGGER article_retired AFTER UPDATE OF current ON articles BEGIN
    INSERT OR IGNORE INTO changed_articles VALUES (NEW.row);
END;
CREATE TEMP TRIGGER article_gone AFTER DELETE ON articles BEGIN
    INSERT OR IGNORE INTO gone_articles VALUES (OLD.row);
END;
-- A story bears the number of its first article: who leaves or joins one may change it for all.
CREATE TEMP TRIGGER body_taken AFTER UPDATE OF body ON articles WHEN NEW.body IS NOT NULL BEGIN
    INSERT OR IGNORE INTO changed_articles SELECT a.row FROM bodies n
    JOIN bodies b ON b.story = n.story JOIN articles a ON a.body = b.row WHERE n.row = NEW.body;
END;
CREATE TEMP TRIGGER body_left AFTER UPDATE OF body ON articles WHEN OLD.body IS NOT NULL BEGIN
    INSERT OR IGNORE INTO changed_articles SELECT a.row FROM bodies o
    JOIN bodies b ON b.story = o.story JOIN articles a ON a.body = b.row WHERE o.row = OLD.body;
    INSERT OR IGNORE INTO changed_articles VALUES (NEW.row);
END;
CREATE TEMP TRIGGER story_changed AFTER UPDATE OF story ON bodies BEGIN
    INSERT OR IGNORE INTO changed_articles SELECT a.row FROM bodies b
    JOIN articles a ON a.body = b.row WHERE b.story IN (NEW.story, OLD.story);
END;
CREATE TEMP TRIGGER file_read AFTER INSERT ON files BEGIN
    INSERT OR IGNORE INTO changed_files VALUES (NEW.path);
END;
CREATE TEMP TRIGGER file_forgotten AFTER DELETE ON files BEGIN
    INSERT OR IGNORE INTO changed_files VALUES (OLD.path);
END;
"""
_CHANGE_TABLES = (
    *("changed_articles", "moved_articles", "gone_articles", "changed_files", "changed_terms"),
)


class FileState(NamedTuple):
    """A file that was read, and what was passed over in it; `sha256` is None once forgotten."""

    path: str
    sha256: str | None
    root: str
    skipped: tuple[Skipped, ...]

    def to_json(self) -> str:
        return json.dumps(
            {
                "path": self.path,
                "sha256": self.sha256,
                "root": self.root,
                "skipped": [
                    {"reason": each.reason, "place": each.place, "is_fault": each.is_fault}
                    for each in self.skipped
                ],
            }
        )


class WorkingRecord(Database):
    """A connection to the working copy; the writer's alone."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._connection.executescript(_CHANGES)

    @property
    def may_wait(self) -> bool:
        """In Milvus no passage is without its vector."""
        return False

    @classmethod
    def create(cls, file: Path) -> WorkingRecord:
        """A new and empty one, in place of any that is there."""
        for each in (file, *file.parent.glob(f"{file.name}-*")):
            each.unlink(missing_ok=True)
        create_database(file)
        record = cls(file)
        record._connection.executescript(_TABLES)
        return record

    def revision(self) -> str:
        """The revision of the store that it is a copy of."""
        row = self._connection.execute("SELECT revision FROM remote").fetchone()
        return str(row[0])

    def set_revision(self, revision: str) -> None:
        self._connection.execute("UPDATE remote SET revision = ?", (revision,))

    # What changed

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to tell Milvus."""
        return any(self._changed(table) for table in _CHANGE_TABLES)

    def changed_articles(self) -> list[int]:
        """The rows of articles that are new, retired or of another story."""
        return self._changed("changed_articles")

    def moved_articles(self) -> list[int]:
        """The rows of articles that stand elsewhere now."""
        return self._changed("moved_articles")

    def gone_articles(self) -> list[int]:
        """The rows of articles that were deleted."""
        return self._changed("gone_articles")

    def changed_files(self) -> Iterator[FileState]:
        """The files that were read or forgotten."""
        for path in self._changed("changed_files"):
            found = self._connection.execute(
                "SELECT sha256, root FROM files WHERE path = ?", (path,)
            ).fetchone()
            skipped = self._connection.execute(
                "SELECT path, reason, place, is_fault FROM skipped WHERE path = ? ORDER BY rowid",
                (path,),
            ).fetchall()
            sha256, root = found or (None, "")
            told = (
                Skipped(name, reason, place, bool(is_fault))
                for name, reason, place, is_fault in skipped
            )
            yield FileState(path, sha256, root, tuple(told))

    def changed_terms(self) -> dict[str, int]:
        """The terms that stand in more or fewer passages, with their number now."""
        rows = self._connection.execute(
            "SELECT c.term, coalesce(t.n, 0) FROM changed_terms c LEFT JOIN terms t USING (term)"
        )
        return dict(rows)

    def forget_changes(self) -> None:
        """Begin anew: all of them have been told."""
        for table in _CHANGE_TABLES:
            self._connection.execute(f"DELETE FROM {table}")

    def touch_articles(self, rows: Iterable[int]) -> None:
        """Count these articles among the changed ones."""
        self._touch("changed_articles", rows)

    def touch_terms(self, terms: Iterable[str]) -> None:
        """Count these terms among the changed ones."""
        self._touch("changed_terms", terms)

    # Articles and terms by what Milvus keeps of them

    def article_of(self, row: int) -> tuple[Article, bool] | None:
        """The article of that row and whether it is the current version of its id."""
        found = self._connection.execute(
            "SELECT id, content_sha256, current FROM articles WHERE row = ?", (row,)
        ).fetchone()
        if found is None:
            return None
        identity, sha256, is_current = found
        article = self.article(identity, None if is_current else sha256)
        assert article is not None
        return article, bool(is_current)

    def story_of(self, row: int) -> int:
        """The row of the first article of the story that the article of `row` belongs to."""
        found = self._connection.execute(
            "SELECT min(m.row) FROM articles a JOIN bodies b ON b.row = a.body "
            "JOIN bodies s ON s.story = b.story JOIN articles m ON m.body = s.row WHERE a.row = ?",
            (row,),
        ).fetchone()
        return int(found[0]) if found and found[0] is not None else row

    def count_terms(self, texts: Iterable[str], sign: int) -> None:
        """Add to, or take from, the numbers of the terms those of passages' analysed texts."""
        counted: Counter[str] = Counter()
        for text in texts:
            counted.update(set(text.split()))
        self._connection.executemany(
            "INSERT INTO terms VALUES (?1, ?2) ON CONFLICT DO UPDATE SET n = n + ?2",
            ((term, sign * n) for term, n in counted.items()),
        )
        self.touch_terms(counted)

    def term_counts(self) -> dict[str, int]:
        """The number of passages that each term stands in."""
        return dict(self._connection.execute("SELECT term, n FROM terms WHERE n > 0"))

    def sequences(self) -> dict[str, int]:
        """The highest rows ever given to articles and passages: none is used again."""
        return dict(
            self._connection.execute(
                "SELECT name, seq FROM sqlite_sequence WHERE name IN ('articles', 'passages')"
            )
        )

    # Being made anew from Milvus

    def restore_article(self, row: int, article: Article, *, is_current: bool) -> None:
        """Put in an article under its own row."""
        self._connection.execute(
            "INSERT INTO articles (row, id, title, text, source, source_key, author, url, "
            "published, path, content_sha256, spans, file_sha256, byte_start, byte_end, format, "
            f"current) VALUES ({', '.join('?' * 17)})",
            (
                row,
                article.id,
                article.title,
                article.text,
                article.source,
                None if article.source is None else source_key(article.source),
                article.author,
                article.url,
                article.published and article.published.isoformat(),
                article.path,
                article.content_sha256,
                json.dumps([[span.start, span.end, span.kind] for span in article.spans]),
                article.file_sha256,
                *(article.byte_range or (None, None)),
                article.format,
                is_current,
            ),
        )

    def restore_passage(
        self,
        row: int,
        article_row: int,
        place: tuple[int, int, str, bool],
        vector_key: bytes,
        vector: NDArray[np.float32],
    ) -> None:
        """Put in a passage under its own row, with its vector.

        `place` is its start and end, its sentences as JSON, and whether it is a caption.
        """
        self.save_vectors([vector_key], vector.reshape(1, -1))
        self._connection.execute(
            'INSERT INTO passages (row, article_row, start, "end", sentences, is_caption, '
            "vector_key) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row, article_row, *place, vector_key),
        )

    def restore_file(self, told: Mapping[str, Any]) -> None:
        """Put in a file as `FileState.to_json` told it."""
        path = str(told["path"])
        skipped = [
            Skipped(path, item["reason"], item["place"], item["is_fault"])
            for item in told["skipped"]
        ]
        self.record_file(path, told["sha256"], told["root"], skipped)

    def restore_sequences(self, sequences: Mapping[str, int]) -> None:
        """Let new rows begin after the highest ones ever given."""
        for name, number in sequences.items():
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            self._connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, number))

    def _changed(self, table: str) -> list[Any]:
        rows = self._connection.execute(f"SELECT * FROM {table} ORDER BY 1")
        return [value for (value,) in rows]

    def _touch(self, table: str, values: Iterable[int] | Iterable[str]) -> None:
        self._connection.executemany(
            f"INSERT OR IGNORE INTO {table} VALUES (?)", ((value,) for value in values)
        )
