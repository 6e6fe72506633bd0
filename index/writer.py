"""Change a store: all of a change, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.database import Database, PassageRow
from index.generation import IndexChange
from index.protocols import DerivedIndexes, HasRecord
from index.shard_record import Shard
from index.store import write_errors
from index.types import Article, Skipped


class Change(NamedTuple):
    """What one transaction does.

    Attributes
    ----------
    add : sequence of (Article, sequence of PassageRow)
        New articles, or new versions of articles that `retire` names. Where their vectors are not
        stored, or others wait already, they are found by their words until `take_vectors`.
    retire : sequence of str
        Ids whose current version becomes a past one: readable, no longer searched.
    delete : sequence of str
        Ids to delete with all versions.
    move : sequence of Article
        Current articles that stand elsewhere now, or in a file that has changed around them.
    """

    add: Sequence[tuple[Article, Sequence[PassageRow]]] = ()
    retire: Sequence[str] = ()
    delete: Sequence[str] = ()
    move: Sequence[Article] = ()


class FileRecord(NamedTuple):
    """A file that was read: the hash of its content, the indexed root, what was passed over."""

    path: str
    sha256: str
    root: str
    skipped: Sequence[Skipped]


class StoreWriter:
    """The writer of a store; had from its `writer`."""

    def __init__(self, store: HasRecord, indexes: DerivedIndexes) -> None:
        self._store = store
        self._indexes = indexes

    @property
    def database(self) -> Database:
        """The record, to ask what it knows."""
        return self._store.database()

    def save_vectors(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, at once and for good: an interrupted run need not embed them again."""
        with self._transaction() as database:
            database.save_vectors(keys, vectors)

    def drop_unused_vectors(self) -> None:
        """Let go of the vectors that no passage uses any more."""
        with self._transaction() as database:
            database.drop_unused_vectors()

    def set_field_names(self, given: Mapping[str, Mapping[str, str]]) -> None:
        """Keep the names given for fields of records, in place of those kept so far."""
        with self._transaction() as database:
            database.set_field_names(given)

    def set_shard(self, shard: Shard, files: Sequence[str]) -> None:
        """Note of which articles this is the store, and the order of all files there were.

        Raises
        ------
        StoreMismatchError
            It is that of another shard, or holds articles from before.
        """
        with self._transaction() as database:
            database.shard_record.set_shard(shard, files, self._store.path)

    def note_places(self, places: Mapping[str, int]) -> None:
        """Note which article of its file each is, by id, from 0."""
        with self._transaction() as database:
            database.shard_record.note_places(places)

    def apply(
        self, change: Change, read: Iterable[FileRecord] = (), forget: Iterable[str] = ()
    ) -> None:
        """Make `change` in the record and the indexes, and note the files read and forgotten.

        Raises
        ------
        StoreWriteError
            The disk is full or the folder cannot be written; the store is as it was.
        """
        with self._transaction() as database:
            number = database.generation()
            database.story_links.release([*change.retire, *change.delete])
            derived = _record(database, change)
            if not derived.is_empty:
                self._indexes.write_next(number, derived)
                database.set_generation(number + 1)
            for article in change.move:
                database.move_article(article)
            for path in forget:
                database.forget_file(path)
            for record in read:
                database.record_file(*record)
        self._indexes.sweep(self.database.generation())

    def take_vectors(self, rows: Sequence[int]) -> None:
        """Let these passages be found by meaning, too: the first that wait, their vectors saved.

        Raises
        ------
        StoreWriteError
            The disk is full or the folder cannot be written; the store is as it was.
        """
        with self._transaction() as database:
            keys = database.vector_keys_of(rows)
            vectors = database.vectors_of([keys[row] for row in rows])
            number = database.generation()
            self._indexes.write_next(number, IndexChange((), rows, vectors))
            database.set_generation(number + 1)
            database.set_waiting_after(rows[-1])
            if not database.count_waiting():
                database.set_waiting_after(None)
        self._indexes.sweep(self.database.generation())

    @contextmanager
    def _transaction(self) -> Iterator[Database]:
        database = self.database
        with write_errors(self._store.path):
            database.begin(writing=True)
            try:
                yield database
                database.commit()
            except BaseException:
                database.rollback()
                raise


def _record(database: Database, change: Change) -> IndexChange:
    """Make `change` in the record; what it means for the indexes."""
    after, last = database.waiting_after(), database.last_passage_row()
    gone = database.rows_of([*change.retire, *change.delete])
    removed = [row for name in change.retire for row in database.retire_article(name)]
    removed += [row for name in change.delete for row in database.delete_article(name)]
    passages, articles, keys = [], [], []
    for article, entries in change.add:
        article_row, rows = database.add_article(article, entries)
        articles.append((article_row, article))
        passages += [
            (row, entry.passage, article) for row, entry in zip(rows, entries, strict=True)
        ]
        keys += [entry.vector_key for entry in entries]
    rows = [row for row, *_ in passages]
    if after is None and database.may_wait and len(database.known_vectors(keys)) < len(set(keys)):
        after = last
        database.set_waiting_after(after)
    had_vectors = removed if after is None else [row for row in removed if row <= after]
    if after is not None:
        # What comes later waits as well: vectors are added in the order of rows.
        rows, keys = [], []
    vectors = database.vectors_of(keys)
    return IndexChange(passages, rows, vectors, removed, had_vectors, articles, gone)
