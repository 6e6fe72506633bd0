"""Check a store against itself: what is damaged, by name."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

import numpy as np

from index.chunk import embedding_text
from index.database import Database
from index.errors import StoreDamagedError
from index.generation import Generation, GenerationFiles
from index.store import PassageStore
from index.types import Article, Passage

# Rounding moves the norm of a float32 vector by far less.
NORM_TOLERANCE = 1e-3


def verify_store(store: PassageStore) -> tuple[str, ...]:
    """Everything that is wrong with `store`, a line each; empty when it is whole.

    Every article is compared with its hash, every passage with its article and its vector with
    the text it was made from, and the indexes with the record.
    """
    database = store.database()
    database.begin()
    try:
        return tuple(_problems(store, database))
    except sqlite3.DatabaseError as error:
        return (f"record.sqlite3: {error}; restore it from a copy or index the articles anew",)
    finally:
        database.rollback()


def _problems(store: PassageStore, database: Database) -> Iterator[str]:
    broken = database.check_integrity()
    if broken is not None:
        yield f"record.sqlite3: {broken}"
        return
    for article in database.articles():
        yield from article_problems(article)
    for row, passage, article in database.all_passages():
        yield from passage_problems(row, passage, article)
    for article in database.story_links.unlinked(database.article_rows()):
        yield (
            f"article {article.id!r}: it is not linked with its near-copies; the links can be "
            "made anew with --repair"
        )
    yield from _vector_problems(store, database)
    files = GenerationFiles(store.path, store.manifest.dim)
    damaged = files.damaged(database.generation())
    if damaged:
        yield from (f"{name}: is not what was written; --repair rebuilds it" for name in damaged)
        return
    try:
        generation = files.load(database.generation(), database.count_waiting())
    except (ValueError, StoreDamagedError) as error:
        yield f"indexes: {error}; they can be rebuilt with --repair"
        return
    yield from _index_problems(generation, database)


def article_problems(article: Article) -> Iterator[str]:
    """What is wrong with an article, a line each."""
    found = hashlib.sha256(article.text.encode()).hexdigest()
    if found != article.content_sha256:
        yield (
            f"article {article.id!r}: its text has sha256 {found[:12]}…, recorded is "
            f"{article.content_sha256[:12]}…; remove it with `qa remove` and index its file again"
        )


def passage_problems(row: int, passage: Passage, article: Article) -> Iterator[str]:
    """What is wrong with where a passage stands in its article, a line each."""
    where = f"passage {row} of article {article.id!r}"
    if not 0 <= passage.start < passage.end <= len(article.text):
        yield f"{where}: [{passage.start}:{passage.end}] is no stretch of its text"
        return
    end = passage.start
    for first, last in passage.sentences:
        if not end <= first < last <= passage.end:
            yield f"{where}: sentence [{first}:{last}] leaves its place"
            return
        end = last


def _vector_problems(store: PassageStore, database: Database) -> Iterator[str]:
    keys = database.vector_keys()
    for row, passage, article in database.all_passages():
        text = embedding_text(article, passage)
        if keys.get(row) != hashlib.sha256(text.encode()).digest():
            yield f"passage {row} of article {article.id!r}: its vector is of another text"
    rows, vectors = database.vectors()
    if len(rows) and vectors.shape[1] != store.manifest.dim:
        yield f"vectors have {vectors.shape[1]} numbers, the manifest says {store.manifest.dim}"
        return
    norms = np.linalg.norm(vectors, axis=1)
    for row in rows[~(np.abs(norms - 1) < NORM_TOLERANCE)]:
        yield f"passage {row}: its vector is damaged"


def _index_problems(generation: Generation, database: Database) -> Iterator[str]:
    rows, vectors = database.vectors()
    everything = np.array(sorted(database.vector_keys()), dtype=np.int64)
    settled = everything[: len(everything) - generation.waiting]
    for row in np.setdiff1d(settled, rows):
        yield f"passage {row}: it has no vector; index its file again"
    for name, found, told in (
        (f"dense-{generation.number}.faiss", generation.dense.rows(), rows),
        (f"lexical-{generation.number}", generation.lexical.rows(), everything),
    ):
        if not np.array_equal(found, told):
            yield (
                f"{name}: holds {len(found)} passages that are not the {len(told)} of the "
                "record; it can be rebuilt with --repair"
            )
            return
    articles = np.array([row for row, _ in database.article_rows()], dtype=np.int64)
    if not np.array_equal(generation.articles.rows(), articles):
        yield (
            f"articles-{generation.number}: does not hold the {len(articles)} articles of the "
            "record; it can be rebuilt with --repair"
        )
        return
    stored = generation.dense.vectors(rows)
    differing = ~np.all(stored == vectors, axis=1)
    if differing.any():
        yield (
            f"dense-{generation.number}.faiss: {int(differing.sum())} vectors differ from the "
            "record; it can be rebuilt with --repair"
        )
