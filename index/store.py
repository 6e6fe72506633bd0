"""The record of truth and the indexes derived from it, bound by one generation.

A store is a folder::

    manifest.json           what it was built with
    record.sqlite3          articles, passages, vectors and the number of the generation
    dense-<n>.faiss         vectors of generation n: all of them, or most
    tail-<n>.faiss          those that came since, where most are kept from generation to generation
    gone-<n>.npy            which of the kept ones count no more
    near-<n>.faiss          cells of the kept ones, where they are very many
    lexical-<n>/            BM25 index of the passages of generation n
    articles-<n>/           BM25 index of its articles
    sums-<n>.json           hashes of all these files
    writer.lock             held by the one process that writes

A change writes the indexes of the next generation beside the current ones and then commits
the record with its new number: that commit alone decides. A kill before it leaves the old
generation whole; what it had begun is swept away by the next writer.
"""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from index.columns import PassageColumns
from index.database import Counts, Database, Inventory, create_database
from index.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
    StoreNotFoundError,
    StoreWriteError,
)
from index.filters import Filter
from index.generation import Generation, GenerationFiles, panics_as_value_errors
from index.lexical import Scored
from index.manifest import Manifest, is_manifest_of_ours
from index.protocols import StoreView as StoreView  # told apart from this store's own view
from index.types import Article, Passage, Skipped

if TYPE_CHECKING:
    from index.writer import StoreWriter

logger = logging.getLogger(__name__)

_RECORD = "record.sqlite3"
_LOCK = "writer.lock"
# How long a reader that met a damaged index waits for another process to finish mending it.
_MEND_SECONDS = 600
# How often a reader looks again whose generation a writer has replaced meanwhile.
_TRIES = 5
# Making an empty store takes a fraction of a second.
_DRAFT_SECONDS = 3600


class LocalView:
    """A `StoreView` of a store in a folder."""

    def __init__(self, path: Path, database: Database, generation: Generation) -> None:
        self._path = path
        self._database = database
        self._generation = generation

    @property
    def generation(self) -> int:
        """The number of the generation; it grows with each change."""
        return self._generation.number

    def search_dense(self, vector: NDArray[np.float32], k: int, where: Filter) -> Scored:
        """The up to `k` passages nearest to `vector`, of shape (dim,), by cosine in [-1, 1]."""
        among = None if where.is_empty else self._with_vectors(self.matching(where))
        return self._generation.dense.search(vector, k, among)

    def search_lexical(self, text: str, k: int, where: Filter) -> Scored:
        """The up to `k` passages with the highest BM25 score for the words of `text`."""
        with self._damaged_index():
            return self._generation.lexical.search(text, k, where)

    def search_articles(
        self, text: str, k: int, where: Filter, weights: Mapping[str, float]
    ) -> Scored:
        """The up to `k` articles, by row, with the highest BM25 score for the words of `text`.

        `weights` are those of the fields (`index.lexical.ARTICLE_FIELDS`). Words that `where`
        asks for or forbids are asked of passages, so they do not count here.
        """
        of_articles = replace(where, phrases=(), without=())
        with self._damaged_index():
            return self._generation.articles.search(text, k, of_articles, weights)

    def columns(self, rows: NDArray[np.int64]) -> PassageColumns:
        """Article, day and outlet of those of `rows`, ascending, that there are."""
        return self._columns.among(rows)

    def passages_of(self, article_rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of the passages of those articles."""
        return self._columns.of_articles(article_rows)

    def spread(self, n: int) -> NDArray[np.int64]:
        """The rows of up to `n` articles from all days, the same each time; the newest is first."""
        return self._columns.spread(n)

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of `vector` with each of `rows`: shape (n_rows,), NaN where it is to come."""
        dense, known = self._generation.dense, self._with_vectors(rows)
        if len(known) == len(rows):
            return dense.cosines(vector, rows)
        found = np.full(len(rows), np.nan, dtype=np.float32)
        found[np.isin(rows, known)] = dense.cosines(vector, known)
        return found

    def count_waiting(self) -> int:
        """How many passages are found by their words alone: their vectors are still to come."""
        return self._generation.waiting

    def _with_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of `rows` whose vectors are there: those that wait are the last ones."""
        if not self._generation.waiting:
            return rows
        first = int(self._columns.rows[-self._generation.waiting])
        return rows[rows < first]

    def document_frequency(self, term: str) -> int:
        """In how many passages the analysed `term` stands."""
        with self._damaged_index():
            return self._generation.lexical.document_frequency(term)

    def vocabulary(self) -> dict[str, int]:
        """All analysed terms, each with the number of passages it stands in."""
        if self._generation.vocabulary is None:
            with self._damaged_index():
                self._generation.vocabulary = self._generation.lexical.vocabulary()
        return self._generation.vocabulary

    def stand_together(self, term: str, other: str) -> bool:
        """Whether two analysed terms stand beside each other anywhere, at most one word between."""
        with self._damaged_index():
            return self._generation.lexical.stand_together(term, other)

    def holding(self, term: str, k: int) -> NDArray[np.int64]:
        """The rows of up to `k` passages in which the analysed `term` stands."""
        with self._damaged_index():
            return self._generation.lexical.holding(term, k)

    def matching(self, where: Filter) -> NDArray[np.int64]:
        """The rows of the passages that meet the conditions, ascending."""
        columns = self._columns
        keep = np.ones(len(columns.rows), dtype=bool)
        if where.has_words:
            with self._damaged_index():
                keep &= np.isin(columns.rows, self._generation.lexical.matching(where))
        if where.since or where.until:
            keep &= columns.days > 0
        if where.since:
            keep &= columns.days >= where.since.toordinal()
        for last in (where.until, where.as_of):
            if last:
                keep &= columns.days <= last.toordinal()
        if where.sources is not None:
            keep &= columns.is_of(where.sources)
        return columns.rows[keep]

    def among(self, rows: NDArray[np.int64], where: Filter) -> NDArray[np.int64]:
        """Those of `rows` that meet the conditions, ascending."""
        return np.intersect1d(rows, self.matching(where))

    def has_matching(self, where: Filter) -> bool:
        """Whether any passage meets the conditions."""
        return self.matching(where).size > 0

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        """Passages with their articles, by row."""
        return self._database.passages([int(row) for row in rows])

    def article(self, article_id: str, content_sha256: str | None = None) -> Article | None:
        """The current version of an article, or the one of that content; None if there is none."""
        return self._database.article(article_id, content_sha256)

    def articles(self) -> Iterator[Article]:
        """The current articles, by id."""
        return self._database.articles()

    def past_articles(self, limit: int) -> Iterator[Article]:
        """Up to `limit` versions that are not current any more, the latest stored first."""
        return self._database.past_articles(limit)

    def copies(self, article_id: str, limit: int) -> list[Article]:
        """Up to `limit` near-copies of an article, oldest first, undated ones last."""
        return self._database.copies(article_id, limit)

    def stories(self, article_ids: Iterable[str]) -> dict[str, int]:
        """The story of each of those articles; near-copies share theirs."""
        return self._database.stories(list(article_ids))

    def counts(self) -> Counts:
        """How many articles and passages there are, of which days and outlets."""
        if self._generation.counts is None:
            self._generation.counts = self._database.counts()
        return self._generation.counts

    def count_undated(self, sources: frozenset[str] | None) -> int:
        """How many articles without a date there are, from those outlets or any."""
        return self._database.count_undated(sources)

    def inventory(self) -> Inventory:
        """How many past versions and stories there are, and articles of each format."""
        if self._generation.inventory is None:
            self._generation.inventory = self._database.inventory()
        return self._generation.inventory

    def skipped(self) -> tuple[Skipped, ...]:
        """What indexing passed over, and why."""
        return self._database.skipped()

    @contextmanager
    def _damaged_index(self) -> Iterator[None]:
        try:
            with panics_as_value_errors():
                yield
        except ValueError as error:
            raise _needs_repair(self._path, error) from error

    @property
    def _columns(self) -> PassageColumns:
        if self._generation.columns is None:
            self._generation.columns = self._database.passage_columns()
        return self._generation.columns


class PassageStore:
    """Articles and passages on disk, searchable by meaning and by words.

    Build it with `create` or `open`; close it, or use it in a ``with``. Any number of threads
    and processes may read while one writes.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._files = GenerationFiles(path, manifest.dim)
        self._local = threading.local()
        self._databases: list[Database] = []
        # Those with a view of some thread's, each as often as it has one.
        self._viewed: list[Database] = []
        self._guard = threading.Lock()
        self._generation: Generation | None = None
        self._is_closed = False

    @classmethod
    def create(cls, path: str | Path, manifest: Manifest) -> Self:
        """Make an empty store in a folder that does not exist yet or is empty.

        Where another process has made one there meanwhile, that one is opened.

        Raises
        ------
        StoreMismatchError
            Something else is there; it is left as it was.
        StoreWriteError
            The folder cannot be written.
        """
        target = Path(path).absolute()
        with write_errors(target):
            if is_store(target):  # another process was quicker
                return cls.open(target)
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise StoreMismatchError(
                    f"{target} exists and is not a Dateline store; name a new or an empty folder",
                    path=str(target),
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            _sweep_drafts(target)
            # Made whole under another name and then renamed: a store is never half there.
            draft = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
            try:
                draft.chmod(0o777 & ~_umask())
                create_database(draft / _RECORD)
                GenerationFiles(draft, manifest.dim).create(0)
                manifest.save(draft)
                draft.replace(target)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                if is_store(target):
                    return cls.open(target)
                raise
        return cls(target, manifest)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The store in the folder `path`.

        Raises
        ------
        StoreNotFoundError
            There is none.
        StoreDamagedError
            Its manifest or record is missing or damaged.
        StoreMismatchError
            It is of another format version.
        """
        folder = Path(path).absolute()
        if not is_store(folder):
            raise StoreNotFoundError(
                f"{folder} holds no Dateline store; make one with "
                f"`qa index ARTICLES --corpus {folder}`",
                path=str(folder),
            )
        manifest = Manifest.load(folder)
        if not (folder / _RECORD).is_file():
            raise StoreDamagedError(
                f"store {folder}: {_RECORD} is missing; index the articles into a new folder "
                "with `qa index`",
                path=str(folder),
            )
        store = cls(folder, manifest)
        try:
            with store.view():  # a damaged store is met here rather than at a question
                pass
        except BaseException:
            store.close()
            raise
        return store

    @property
    def location(self) -> str:
        """Where it is, as it is named to people."""
        return str(self.path)

    def size_bytes(self) -> int:
        """What its files take on disk, those that a writer takes away meanwhile apart."""
        total = 0
        for file in self.path.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                total += file.stat().st_size if file.is_file() else 0
        return total

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; the store cannot be used afterwards.

        Views of other threads stay good until they end: SQLite crashes where a connection is
        closed in the midst of a statement.
        """
        with self._guard:
            self._is_closed = True
            for database in self._databases:
                if database not in self._viewed:
                    database.close()
            self._databases.clear()
            self._generation = None

    def drop(self) -> None:
        """Delete the store with all it holds, and close it."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def view(self) -> Iterator[LocalView]:
        """The store's present state, unchanging until the block ends.

        Raises
        ------
        StoreDamagedError
            The record cannot be read.
        """
        with self._viewing() as database, _damage(self.path):
            database.begin()
            try:
                yield LocalView(self.path, database, self._current(database))
            finally:
                database.rollback()

    @contextmanager
    def _viewing(self) -> Iterator[Database]:
        """The calling thread's connection, which `close` leaves alone for as long."""
        database = self.database()
        with self._guard:
            self._check_open()
            self._viewed.append(database)
        try:
            yield database
        finally:
            with self._guard:
                self._viewed.remove(database)
                if self._is_closed and database not in self._viewed:
                    database.close()

    @contextmanager
    def writer(self, wait_seconds: float = 0) -> Iterator[StoreWriter]:
        """The one writer of this store.

        Raises
        ------
        StoreBusyError
            Another process writes, and did not finish within `wait_seconds`.
        StoreWriteError
            The folder cannot be written.
        """
        from index.writer import StoreWriter

        with self._lock(wait_seconds):
            number = self._number()
            self._files.sweep(number)
            try:
                self._load(self.database())
            except ValueError as error:
                self._build(number, error)
            yield StoreWriter(self, self._files)

    def verify(self) -> tuple[str, ...]:
        """Everything that is wrong with it; see `index.verify.verify_store`."""
        from index.verify import verify_store

        return verify_store(self)

    def rebuild_indexes(self) -> None:
        """Make the indexes, and the links between near-copies, anew from the articles.

        Raises
        ------
        StoreBusyError, StoreWriteError
            See `writer`.
        """
        with self._lock(0):
            self._link_stories()
            self._build(self._number(), "asked to")

    def _link_stories(self) -> None:
        database = self.database()
        with write_errors(self.path):
            database.begin(writing=True)
            try:
                database.story_links.link_all(database.article_rows())
                database.commit()
            finally:
                database.rollback()

    def database(self) -> Database:
        """The connection of the calling thread to the record."""
        self._check_open()
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            with self._guard:
                with _damage(self.path):
                    is_writable = os.access(self.path, os.W_OK)
                    database = Database(self.path / _RECORD, immutable=not is_writable)
                self._databases.append(database)
            self._local.database = database
        return database

    def _check_open(self) -> None:
        if self._is_closed:
            raise ValueError(f"the store {self.path} is closed; open it again")

    def _number(self) -> int:
        with _damage(self.path):
            return self.database().generation()

    def _current(self, database: Database) -> Generation:
        """The indexes of the generation that `database`'s transaction sees."""
        number = database.generation()
        present = self._generation
        if present is not None and present.number == number:
            return present
        for _ in range(_TRIES):
            try:
                fresh = self._load(database)
                break
            except ValueError:
                # Either a writer has just replaced this generation, or its files are damaged.
                database.rollback()
                self._mend()
                database.begin()
        else:
            fresh = self._load_or_damaged(database)
        self._generation = fresh
        return fresh

    def _mend(self) -> None:
        """Make the indexes anew where they are damaged; only replaced, they are left alone."""
        while True:
            number = self._number()
            try:
                self._load(self.database())
                return
            except ValueError:
                if self._number() == number:
                    break
        with self._lock(_MEND_SECONDS):
            try:
                self._load(self.database())
            except ValueError as error:
                self._build(self._number(), error)

    def _build(self, number: int, reason: object) -> None:
        logger.warning("store %s: rebuilding its indexes from the record (%s)", self.path, reason)
        try:
            with write_errors(self.path), _damage(self.path):
                self._files.build(number, self.database())
        except ValueError as error:
            raise StoreDamagedError(
                f"store {self.path}: {error}; index the articles into a new folder with `qa index`",
                path=str(self.path),
            ) from error
        self._generation = None

    def _load(self, database: Database) -> Generation:
        with _damage(self.path):
            return self._files.load(database.generation(), database.count_waiting())

    def _load_or_damaged(self, database: Database) -> Generation:
        try:
            return self._load(database)
        except ValueError as error:
            raise _needs_repair(self.path, error) from error

    @contextmanager
    def _lock(self, wait_seconds: float) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / _LOCK)
        try:
            with write_errors(self.path):
                lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise StoreBusyError(
                f"store {self.path}: another process is writing to it; try again when it is done",
                path=str(self.path),
            ) from error
        try:
            yield
        finally:
            lock.release()


def is_store(path: Path) -> bool:
    """Whether the folder `path` holds a Dateline store, whole or damaged."""
    try:
        return is_manifest_of_ours(path) or (path / _RECORD).is_file()
    except (OSError, ValueError):  # a name that is too long or no name, a folder closed to us
        return False


def _sweep_drafts(target: Path) -> None:
    """Remove what a killed `create` left beside `target`; one that is under way is younger."""
    for draft in target.parent.glob(f".{glob.escape(target.name)}-*"):
        with contextlib.suppress(OSError):
            if (draft / _RECORD).is_file() and time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def _needs_repair(path: Path, error: ValueError) -> StoreDamagedError:
    return StoreDamagedError(
        f"store {path}: {error}; repair it with `qa verify --repair --corpus {path}`",
        path=str(path),
    )


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of a failed write into a `StoreWriteError`."""
    from filelock import Timeout

    try:
        yield
    except (StoreError, Timeout):
        raise
    except (OSError, sqlite3.OperationalError, RuntimeError) as error:
        raise StoreWriteError(
            f"store {path} cannot be written ({error}); what it held is kept: free some space or "
            "allow writing, then try again",
            path=str(path),
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreDamagedError(
            f"store {path}: {_RECORD} cannot be read ({error}); restore it from a copy, or "
            "index the articles into a new folder with `qa index`",
            path=str(path),
        ) from error
