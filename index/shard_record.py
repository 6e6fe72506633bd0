"""Which share of the articles a store was made of, and where in the whole each of them stands."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from index.errors import StoreMismatchError
from index.types import Article

# Made with the first shard: a store of all articles lacks them.
_TABLES = """
CREATE TABLE IF NOT EXISTS shard (number INTEGER NOT NULL, of INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS shard_files (path TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS shard_places (article_id TEXT PRIMARY KEY, place INTEGER NOT NULL);
"""
# A larger file is read by every shard and divided by its articles; reading this much takes far less
# time than embedding it (some 250 passages).
_DIVIDED_BYTES = 256_000
_WRITTEN = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several shares of the articles, each to be indexed by a job of its own.

    A file belongs to one shard, by the hash of its path; a large one, which may hold the whole
    collection, belongs to all, and its articles are divided by the hashes of their ids.

    Attributes
    ----------
    number : int
        From 1.
    of : int
        How many shards there are.

    Examples
    --------
    >>> Shard.parse("2/8")
    Shard(number=2, of=8)
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(
                f"there is no shard {self}; write I/N with I from 1 to N, such as 1/{self.of or 4}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The shard written as ``I/N``; raises ValueError where that is none."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no shard; write I/N with I from 1 to N, such as 1/4")
        return cls(int(match[1]), int(match[2]))

    def reads(self, file: Path) -> bool:
        """Whether the file is read for this shard at all; one that cannot be looked at is."""
        try:
            is_divided = file.stat().st_size >= _DIVIDED_BYTES
        except OSError:
            return True
        return is_divided or self._is_own(str(file))

    def takes(self, article: Article) -> bool:
        """Whether an article, of a file that this shard reads, belongs to it."""
        file = Path(article.path or "")
        try:
            is_divided = file.stat().st_size >= _DIVIDED_BYTES
        except OSError:
            is_divided = False
        return not is_divided or self._is_own(article.id)

    def _is_own(self, name: str) -> bool:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class ShardFile(NamedTuple):
    """A file that a shard has read, and its place among all files."""

    position: int
    path: str
    sha256: str
    root: str


class ShardRecord:
    """What a store's record knows of being a shard; changed inside the writer's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def shard(self) -> Shard | None:
        """The shard; None for a store of all articles."""
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'shard'"
        if self._connection.execute(query).fetchone() is None:
            return None
        found = self._connection.execute("SELECT number, of FROM shard").fetchone()
        return None if found is None else Shard(*found)

    def set_shard(self, shard: Shard, files: Iterable[str], store: Path) -> None:
        """Make this the record of `shard`; `files` are all there are, also those of others."""
        known = self.shard()
        holds_any = self._connection.execute("SELECT 1 FROM articles LIMIT 1").fetchone()
        if (known is None and holds_any) or (known is not None and known != shard):
            told = "holds articles of no shard" if known is None else f"is that of shard {known}"
            raise StoreMismatchError(
                f"store {store} {told} and cannot become that of shard {shard}; name a new folder",
                path=str(store),
            )
        # One at a time: a script would end the transaction.
        for statement in _TABLES.strip().split(";"):
            if statement.strip():
                self._connection.execute(statement)
        if known is None:
            self._connection.execute("INSERT INTO shard VALUES (?, ?)", (shard.number, shard.of))
        self._connection.execute("DELETE FROM shard_files")
        self._connection.executemany(
            "INSERT INTO shard_files VALUES (?, ?)",
            ((path, position) for position, path in enumerate(files)),
        )

    def note_places(self, places: Mapping[str, int]) -> None:
        """Note which article of its file each is, by id."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO shard_places VALUES (?, ?)", places.items()
        )

    def files(self) -> Iterator[ShardFile]:
        """The files that were read, in the order of all."""
        yield from map(
            ShardFile._make,
            self._connection.execute(
                "SELECT s.position, f.path, f.sha256, f.root FROM files f "
                "JOIN shard_files s ON s.path = f.path ORDER BY s.position"
            ),
        )

    def file_order(self) -> Sequence[str]:
        """The paths of all files, those of other shards among them."""
        rows = self._connection.execute("SELECT path FROM shard_files ORDER BY position")
        return [path for (path,) in rows]

    def places(self, path: str) -> dict[str, int]:
        """Which article of the file each is, by id, of those that this shard has taken."""
        return dict(
            self._connection.execute(
                "SELECT a.id, p.place FROM articles a JOIN shard_places p ON p.article_id = a.id "
                "WHERE a.current AND a.path = ?",
                (path,),
            )
        )

    def passage_rows(self, article_id: str) -> list[int]:
        """The rows of the passages of a current article, in their order."""
        rows = self._connection.execute(
            "SELECT p.row FROM passages p JOIN articles a ON a.row = p.article_row "
            "WHERE a.id = ? AND a.current ORDER BY p.row",
            (article_id,),
        )
        return [row for (row,) in rows]
