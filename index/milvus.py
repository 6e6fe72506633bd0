"""A store in Milvus, on a server or in a Milvus Lite file; a local store to those who ask.

docs/scale.md tells what it can do and what it cannot.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Self

import numpy as np

from index import milvus_schema as schema
from index.cache import cache_dir
from index.database import Database
from index.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
    StoreNotFoundError,
)
from index.manifest import Manifest
from index.milvus_address import MilvusAddress
from index.milvus_connection import Entity, MilvusConnection
from index.milvus_head import Head, lease, put_head, read_head, summary_of
from index.milvus_record import WorkingRecord
from index.milvus_view import MilvusView, read_contents, read_files
from index.milvus_writer import MilvusWriter, Push
from index.store import write_errors

logger = logging.getLogger(__name__)

_RECORD = "record.sqlite3"
_LOCK = "writer.lock"
# Articles, or passages, read from Milvus at once to make a working copy.
_PAGE = 500
_RESTORED = ("row", "article", "place", "vector_key", "vector", "text")


class MilvusStore:
    """Articles and passages in Milvus, searchable by meaning and by words.

    Build it with `create` or `open`; close it, or use it in a ``with``. Any number of processes may
    read from a server while one writes; a Milvus Lite file serves one process at a time.

    Attributes
    ----------
    path : pathlib.Path
        The folder of the writer's working copy, in the cache. Readers do not need it.
    manifest : Manifest
    address : MilvusAddress
    """

    def __init__(self, connection: MilvusConnection, head: Head) -> None:
        self.address = connection.address
        self.manifest = head.manifest
        name = hashlib.sha256(self.location.encode()).hexdigest()[:24]
        self.path: Path = cache_dir() / "milvus" / name
        self._connection = connection
        self._name = self.address.collection
        self._record = schema.record_of(self._name)
        self._head = head
        self._vocabularies: dict[str, dict[str, int]] = {}
        self._working: WorkingRecord | None = None
        self._guard = threading.Lock()
        self._is_closed = False

    @classmethod
    def exists(cls, address: MilvusAddress) -> bool:
        """Whether there is a store at `address`.

        Raises
        ------
        StoreError
            Milvus cannot be asked; see `MilvusConnection`.
        """
        if address.file and not address.file.exists():
            return False
        connection = MilvusConnection(address)
        try:
            return _newest(connection) is not None
        finally:
            connection.close()

    @classmethod
    def create(cls, address: MilvusAddress, manifest: Manifest) -> Self:
        """Make an empty store, or open the one that another process has made meanwhile.

        Raises
        ------
        StoreMismatchError
            There are collections of these names that are not ours; they are left as they were.
        StoreError
            See `MilvusConnection`.
        """
        if address.file:
            with write_errors(address.file):
                address.file.parent.mkdir(parents=True, exist_ok=True)
        connection = MilvusConnection(address)
        try:
            head = _newest(connection)
            if head is None:
                head = _make(connection, manifest)
            else:
                _load(connection)
            return cls(connection, head)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def open(cls, address: MilvusAddress) -> Self:
        """The store at `address`.

        Raises
        ------
        StoreNotFoundError
            There is none.
        StoreDamagedError, StoreMismatchError
            It cannot be read, or is of another format version.
        StoreError
            See `MilvusConnection`.
        """
        missing = StoreNotFoundError(
            f"{address} holds no Dateline store; make one with "
            f"`qa index ARTICLES --corpus {address}`",
            path=str(address),
        )
        if address.file and not address.file.exists():
            raise missing
        connection = MilvusConnection(address)
        try:
            head = _newest(connection)
            if head is None:
                raise missing
            _load(connection)
            return cls(connection, head)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; the store cannot be used afterwards."""
        with self._guard:
            if self._is_closed:
                return
            self._is_closed = True
            if self._working is not None:
                self._working.close()
        self._connection.close()

    @property
    def location(self) -> str:
        """Where it is, as it is named to people and on the command line."""
        return str(self.address)

    def size_bytes(self) -> int | None:
        """What a Milvus Lite file takes on disk; a server does not tell."""
        if self.address.file is None:
            return None
        files = (file for file in self.address.file.rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files)

    @contextmanager
    def view(self) -> Iterator[MilvusView]:
        """The store's present state, unchanging until the block ends.

        Two writings later it is deleted; a question that is still being asked then finds less.

        Raises
        ------
        StoreUnavailableError
            Milvus does not answer.
        """
        yield MilvusView(self._connection, self._name, self._present(), self._vocabularies)

    @contextmanager
    def writer(self, wait_seconds: float = 0) -> Iterator[MilvusWriter]:
        """The one writer of this store.

        Raises
        ------
        StoreBusyError
            Another process writes, and did not finish within `wait_seconds`.
        StoreError
            See `MilvusConnection`.
        """
        from filelock import FileLock, Timeout

        with write_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / _LOCK)
        try:
            with write_errors(self.path):
                lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise StoreBusyError(
                f"store {self.location}: another process is writing to it; try again when it is "
                "done",
                path=self.location,
            ) from error
        owner = f"{socket.gethostname()}:{self.path}"
        try:
            with lease(self._connection, self._record, owner):
                head = self._present()
                is_left_over = self._sweep_unborn(head)
                self._open_working(head, is_stale=is_left_over)
                yield MilvusWriter(self, Push(self._connection, self._name, head))
        finally:
            lock.release()

    def database(self) -> Database:
        """The working copy, to ask what the record knows; a writer's alone."""
        if self._is_closed:
            raise ValueError(f"the store {self.location} is closed; open it again")
        if self._working is None:
            raise ValueError(
                f"the store {self.location} has a working copy only while it is written"
            )
        return self._working

    def verify(self) -> tuple[str, ...]:
        """Everything that is wrong with it; see `index.milvus_verify.verify`."""
        from index.milvus_verify import verify

        head = self._present()
        return tuple(verify(self._connection, self._name, head))

    def rebuild_indexes(self) -> NoReturn:
        """Nothing can be rebuilt: Milvus holds the articles and makes its indexes itself.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            f"store {self.location} cannot be repaired: Milvus holds the only copy of it; index "
            "the articles into a new collection with `qa index`",
            path=self.location,
        )

    def drop(self) -> None:
        """Delete the store with all it holds, and close it."""
        for collection in _collections(self._name):
            if self._connection.has(collection):
                self._connection.drop(collection)
        self.close()

    def _present(self) -> Head:
        if self._is_closed:
            raise ValueError(f"the store {self.location} is closed; open it again")
        head = read_head(self._connection, self._record, self._head)
        if head is None:
            raise StoreDamagedError(
                f"store {self.location}: its head is missing; index the articles into a new "
                "collection with `qa index`",
                path=self.location,
            )
        self._head = head
        return head

    def _open_working(self, head: Head, *, is_stale: bool) -> None:
        """Open the working copy of the present state, made anew where it is of another one."""
        file = self.path / _RECORD
        if self._working is None and file.is_file() and not is_stale:
            self._working = WorkingRecord(file)
        if self._working is not None and not is_stale and self._is_copy(head):
            return
        if self._working is not None:
            self._working.close()
        logger.info("store %s: reading its record into %s", self.location, file)
        with write_errors(self.path):
            self._working = WorkingRecord.create(file)
            self._working.begin(writing=True)
            try:
                _restore(self._working, self._connection, self._name, head)
                self._working.commit()
            except BaseException:
                self._working.rollback()
                raise

    def _is_copy(self, head: Head) -> bool:
        assert self._working is not None
        return self._working.revision() == head.revision

    def _sweep_unborn(self, head: Head) -> bool:
        """Take back what a killed writer began; whether there was anything."""
        number, never = head.number, schema.NEVER
        passages = schema.passages_of(self._name)
        articles = schema.articles_of(self._name)
        unborn = f"born > {number}"
        ended = f"died > {number} and died < {never}"
        retired = f"retired > {number} and retired < {never}"
        rows = [int(each["row"]) for each in self._connection.walk(articles, unborn, ["row"])]
        changed = [
            (passages, list(self._connection.walk(passages, ended, ["row"]))),
            (articles, list(self._connection.walk(articles, f"({ended}) or ({retired})", ["row"]))),
        ]
        n_unborn = self._connection.count(passages, unborn)
        if not rows and not n_unborn and not any(found for _, found in changed):
            return False
        logger.warning("store %s: taking back what an interrupted writer began", self.location)
        self._connection.delete_named(self._record, "owner", rows, f'kind == "{schema.CONTENT}"')
        for collection in (passages, articles):
            self._connection.delete(collection, unborn)
        for collection, found in changed:
            self._revive(collection, [int(each["row"]) for each in found], number)
        return True

    def _revive(self, collection: str, rows: list[int], number: int) -> None:
        """Let those live on that were to die, or be retired, after generation `number`."""
        is_article = collection == schema.articles_of(self._name)
        fields = schema.ALL_OF_ARTICLE if is_article else schema.ALL_OF_PASSAGE
        found = self._connection.query_named(collection, "row", rows, fields)
        revived: list[Entity] = []
        for each in found:
            lives = {life for life in ("died", "retired") if life in each and each[life] > number}
            revived.append({**each, **dict.fromkeys(lives, schema.NEVER)})
        self._connection.upsert(collection, revived)


def _newest(connection: MilvusConnection) -> Head | None:
    record = schema.record_of(connection.address.collection)
    if not connection.has(record):
        return None
    connection.load(record)
    return read_head(connection, record)


def _load(connection: MilvusConnection) -> None:
    """Make the collections ready, as they are not after a Milvus Lite file was closed."""
    for collection in _collections(connection.address.collection):
        connection.load(collection)


def _collections(name: str) -> tuple[str, ...]:
    return schema.passages_of(name), schema.articles_of(name), schema.record_of(name)


def _make(connection: MilvusConnection, manifest: Manifest) -> Head:
    """Make the collections, the record first: a record without a head is what a kill left."""
    name, where = connection.address.collection, str(connection.address)
    passages, articles, record = _collections(name)
    is_half_made = connection.has(record)
    for collection in (passages, articles, record):
        if not connection.has(collection):
            continue
        if not is_half_made:
            raise StoreMismatchError(
                f"{where}: Milvus has a collection {collection!r} that is no Dateline store; name "
                "a new collection",
                path=where,
            )
        connection.drop(collection)
    is_lite = connection.address.file is not None
    connection.create(record, schema.record_schema(), schema.record_index())
    connection.create(
        passages, schema.passages_schema(manifest.dim), schema.passages_index(is_lite=is_lite)
    )
    connection.create(articles, schema.articles_schema(), schema.articles_index())
    return put_head(connection, record, Head(0, uuid.uuid4().hex, 0, manifest, _empty_summary()))


def _empty_summary() -> dict[str, object]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="dateline-") as folder:
        record = WorkingRecord.create(Path(folder) / _RECORD)
        try:
            return summary_of(record, {})
        finally:
            record.close()


def _restore(record: WorkingRecord, connection: MilvusConnection, name: str, head: Head) -> None:
    """Fill an empty working copy with what Milvus holds, and note where the two then differ."""
    passages, articles, remote = _collections(name)
    stories = _restore_articles(record, connection, articles, remote, head)
    _restore_passages(record, connection, passages, head)
    record.restore_sequences(head.summary["sequences"])
    for told in read_files(connection, remote):
        record.restore_file(told)
    if head.summary["field_names"]:
        record.set_field_names(head.summary["field_names"])
    record.story_links.link_all(record.article_rows())
    known = {
        each["value"]: int(each["owner"])
        for each in connection.walk(remote, f'kind == "{schema.TERM}"', ["value", "owner"])
    }
    record.set_generation(head.number)
    record.set_revision(head.revision)
    record.forget_changes()
    # What a killed writer changed in its place: to be put right by the next writing.
    record.touch_articles(row for row, story in stories.items() if record.story_of(row) != story)
    counted = record.term_counts()
    record.touch_terms(
        term for term in known.keys() | counted if known.get(term, 0) != counted.get(term, 0)
    )


def _restore_articles(
    record: WorkingRecord, connection: MilvusConnection, articles: str, remote: str, head: Head
) -> dict[int, int]:
    """Put in all articles; the stories that Milvus tells of the current ones, by row."""
    fields = ["row", "retired", "story"]
    found = list(connection.walk(articles, schema.alive(head.number), fields))
    found.sort(key=lambda each: int(each["row"]))
    stories = {}
    for first in range(0, len(found), _PAGE):
        page = found[first : first + _PAGE]
        contents = read_contents(connection, remote, [int(each["row"]) for each in page])
        for each in page:
            row, is_current = int(each["row"]), int(each["retired"]) > head.number
            if row not in contents:
                raise StoreDamagedError(
                    f"store {connection.address}: the content of article {row} is missing; index "
                    "the articles into a new collection with `qa index`",
                    path=str(connection.address),
                )
            article = schema.read_article(row, contents[row], str(connection.address))
            record.restore_article(row, article, is_current=is_current)
            if is_current:
                stories[row] = int(each["story"])
    return stories


def _restore_passages(
    record: WorkingRecord, connection: MilvusConnection, passages: str, head: Head
) -> None:
    found = connection.walk(passages, schema.alive(head.number), _RESTORED)
    for each in found:
        start, end, sentences, is_caption = json.loads(each["place"])
        record.restore_passage(
            int(each["row"]),
            int(each["article"]),
            (start, end, json.dumps(sentences), is_caption),
            bytes.fromhex(each["vector_key"]),
            np.asarray(each["vector"], dtype=np.float32),
        )
        record.count_terms([each["text"]], +1)
