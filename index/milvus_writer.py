"""Change a store in Milvus: one more generation beside the present one, then one more head."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from index import milvus_schema as schema
from index.database import Database
from index.errors import StoreBusyError
from index.filters import source_key
from index.generation import IndexChange, article_row, passage_row
from index.lexical import field_texts
from index.milvus_connection import Entity, MilvusConnection
from index.milvus_head import Head, put_head, read_head, summary_of
from index.milvus_record import WorkingRecord
from index.protocols import HasRecord
from index.types import Article, Passage
from index.writer import StoreWriter


class MilvusWriter(StoreWriter):
    """The writer of a store in Milvus; had from its `writer`.

    It changes the working copy as the writer of a local store does, and tells Milvus what changed
    before each commit of it.

    Parameters
    ----------
    store : HasRecord
        Gives the working copy.
    push : Push
    """

    def __init__(self, store: HasRecord, push: Push) -> None:
        super().__init__(store, push)
        self._push = push

    def set_field_names(self, given: Mapping[str, Mapping[str, str]]) -> None:
        self._push.is_due = True
        super().set_field_names(given)

    @contextmanager
    def _transaction(self) -> Iterator[Database]:
        try:
            with super()._transaction() as database:
                yield database
                assert isinstance(database, WorkingRecord)
                self._push.tell(database)
        finally:
            self._push.forget()
        self._push.settle()


class Push:
    """Tells Milvus what changed in the working copy.

    Parameters
    ----------
    connection : MilvusConnection
    name : str
        Of the store's collections.
    head : Head
        The present one.
    """

    def __init__(self, connection: MilvusConnection, name: str, head: Head) -> None:
        self._connection = connection
        self._passages = schema.passages_of(name)
        self._articles = schema.articles_of(name)
        self._record = schema.record_of(name)
        self.head = head
        # Set where something has to be told that is in no table.
        self.is_due = False
        self._change: IndexChange | None = None
        self._swept = head.number
        self._is_told = False

    def write_next(self, number: int, change: IndexChange) -> None:
        """Take note of what the next generation has more and less; `tell` makes it."""
        assert number == self.head.number
        self._change = change

    def sweep(self, number: int) -> None:
        """Done by `settle`."""

    def forget(self) -> None:
        """The transaction is over, well or badly."""
        self._change, self.is_due = None, False

    def tell(self, record: WorkingRecord) -> None:
        """Write all that changed, and the head that makes it visible.

        Raises
        ------
        StoreBusyError
            Somebody else has written meanwhile; nothing of this is visible then.
        """
        if self._change is None and not record.has_changes and not self.is_due:
            return
        self._check_unchanged()
        before = self.head
        number = before.number + (self._change is not None)
        if self._change is not None:
            self._end_passages(self._change.removed_passages, number, record)
            self._add_passages(self._change, number, record)
        self._put_articles(record, number)
        self._put_terms(record)
        # A file counts as read only once its articles can be seen, and as forgotten before they
        # cannot: a kill in between costs another reading.
        files = list(record.changed_files())
        self._delete_files([file.path for file in files if file.sha256 is None])
        self.head = put_head(
            self._connection,
            self._record,
            Head(
                number,
                uuid.uuid4().hex,
                before.sequence + 1,
                before.manifest,
                summary_of(record, record.sequences()),
            ),
        )
        self._connection.upsert(
            self._record,
            [
                part
                for file in files
                if file.sha256 is not None
                for part in schema.file_parts(file.path, file.to_json())
            ],
        )
        record.set_revision(self.head.revision)
        record.forget_changes()
        self._is_told = True

    def settle(self) -> None:
        """After the commit: delete what no question can be reading, index what is new."""
        if not self._is_told:
            return
        self._is_told = False
        head, last = self.head, self.head.sequence - 1
        dead = f"died <= {self._swept}"
        gone = [int(each["row"]) for each in self._connection.walk(self._articles, dead, ["row"])]
        self._connection.delete_named(self._record, "owner", gone, f'kind == "{schema.CONTENT}"')
        for collection in (self._passages, self._articles):
            self._connection.delete(collection, dead)
        old = f'kind in ["{schema.HEAD}", "{schema.SUMMARY}"] and owner < {last}'
        self._connection.delete(self._record, old)
        for collection in (self._passages, self._articles, self._record):
            self._connection.settle(collection)
        # Questions that began in the generation before this one go on reading it until next time.
        self._swept = head.number

    def _check_unchanged(self) -> None:
        found = read_head(self._connection, self._record)
        if found is None or found.revision != self.head.revision:
            raise StoreBusyError(
                f"store {self._connection.address}: another process has written to it meanwhile; "
                "run the same command again",
                path=str(self._connection.address),
            )

    def _add_passages(self, change: IndexChange, number: int, record: WorkingRecord) -> None:
        keys = record.vector_keys_of([row for row, *_ in change.passages])
        entities = [
            _passage_entity(row, passage, article, number)
            for row, passage, article in change.passages
        ]
        of_article = {article.id: row for row, article in change.articles}
        for entity, (row, _, article), vector in zip(
            entities, change.passages, change.vectors, strict=True
        ):
            entity["article"] = of_article[article.id]
            entity["vector_key"] = keys[row].hex()
            entity["vector"] = np.asarray(vector, dtype=np.float32)
        self._connection.upsert(self._passages, entities)
        record.count_terms((entity["text"] for entity in entities), +1)

    def _end_passages(self, rows: Iterable[int], number: int, record: WorkingRecord) -> None:
        ended = self._connection.query_named(
            self._passages, "row", list(rows), schema.ALL_OF_PASSAGE
        )
        self._connection.upsert(self._passages, [{**each, "died": number} for each in ended])
        record.count_terms((each["text"] for each in ended), -1)

    def _put_articles(self, record: WorkingRecord, number: int) -> None:
        gone = set(record.gone_articles())
        added = {row for row, _ in self._change.articles} if self._change else set()
        touched = set(record.changed_articles()) - added - gone
        entities, contents = [], []
        for row, article in self._change.articles if self._change else ():
            entities.append(_article_entity(row, article, number, record.story_of(row)))
            contents += _content_parts(row, article)
        for each in self._known(touched | gone):
            row = int(each["row"])
            if row in gone:
                each["died"] = number
                each["retired"] = min(int(each["retired"]), number)
            elif (found := record.article_of(row)) is not None:
                each["story"] = record.story_of(row)
                if not found[1]:
                    each["retired"] = min(int(each["retired"]), number)
            entities.append(each)
        for row in set(record.moved_articles()) - added - gone:
            if (moved := record.article_of(row)) is not None:
                contents += _content_parts(row, moved[0])
        # Contents first: an article is never there without its own.
        self._connection.upsert(self._record, contents)
        self._connection.upsert(self._articles, entities)

    def _known(self, rows: Iterable[int]) -> list[Entity]:
        return self._connection.query_named(
            self._articles, "row", sorted(rows), schema.ALL_OF_ARTICLE
        )

    def _put_terms(self, record: WorkingRecord) -> None:
        self._connection.upsert(
            self._record,
            [
                schema.record_entity(f"{schema.TERM}/{term}", schema.TERM, n, term)
                for term, n in record.changed_terms().items()
            ],
        )

    def _delete_files(self, paths: Iterable[str]) -> None:
        keys = [schema.file_key(path) for path in paths]
        self._connection.delete_named(self._record, "key", keys)


def _passage_entity(row: int, passage: Passage, article: Article, number: int) -> Entity:
    """A passage that is born in generation `number`, without its vector and its article's row."""
    entry = passage_row(row, passage, article)
    return {
        "row": row,
        "born": number,
        "died": schema.NEVER,
        **_searched(article),
        "place": schema.passage_place(passage),
        "text": schema.fitted(schema.terms_of(entry.text)),
    }


def _article_entity(row: int, article: Article, number: int, story: int) -> Entity:
    """What is searched of an article that is born in generation `number`."""
    texts = field_texts(article_row(row, article))
    return {
        "row": row,
        "born": number,
        "retired": schema.NEVER,
        "died": schema.NEVER,
        "story": story,
        "id_key": schema.key_of(article.id),
        "sha256": article.content_sha256,
        **_searched(article),
        **{field: schema.fitted(schema.terms_of(text)) for field, text in texts.items()},
    }


def _searched(article: Article) -> dict[str, Any]:
    """Day and outlet as conditions ask for them."""
    day = article.published
    key = None if article.source is None else source_key(article.source)
    return {"day": 0 if day is None else day.toordinal(), "source_key": schema.outlet_key(key)}


def _content_parts(row: int, article: Article) -> list[Entity]:
    content = schema.article_content(article)
    return list(schema.parts_of(schema.CONTENT, str(row), row, content))
