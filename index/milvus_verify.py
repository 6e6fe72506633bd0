"""Check a store in Milvus against itself: what is damaged, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from index import milvus_schema as schema
from index.chunk import embedding_text
from index.errors import StoreDamagedError
from index.milvus_connection import Entity, MilvusConnection
from index.milvus_head import Head
from index.milvus_view import read_contents
from index.types import Article, Passage
from index.verify import NORM_TOLERANCE, article_problems, passage_problems

_PAGE = 200


def verify(connection: MilvusConnection, name: str, head: Head) -> Iterator[str]:
    """Everything that is wrong, a line each.

    Every article is compared with its hash and what is searched of it, every passage with its
    article, its vector with the text it was made from, and their numbers with what the head tells.
    """
    record = schema.record_of(name)
    n_articles = n_passages = 0
    alive = schema.alive(head.number)
    found = list(
        connection.walk(schema.articles_of(name), alive, ["row", "id_key", "sha256", "retired"])
    )
    for first in range(0, len(found), _PAGE):
        page = found[first : first + _PAGE]
        rows = [int(each["row"]) for each in page]
        contents = read_contents(connection, record, rows)
        current = {int(each["row"]) for each in page if int(each["retired"]) > head.number}
        n_articles += len(current)
        passages = connection.query_named(
            schema.passages_of(name), "article", rows, schema.ALL_OF_PASSAGE, alive
        )
        n_passages += len(passages)
        for each in page:
            row = int(each["row"])
            of_article = [entity for entity in passages if int(entity["article"]) == row]
            yield from _article_problems(connection, each, contents.get(row), of_article)
    counts = head.summary["counts"]
    for told, n, noun in (
        (counts["articles"], n_articles, "articles"),
        (counts["passages"], n_passages, "passages"),
    ):
        if told != n:
            yield f"the head tells of {told:,} {noun}, and there are {n:,}"


def _article_problems(
    connection: MilvusConnection,
    found: Entity,
    content: str | None,
    passages: Iterable[dict[str, Any]],
) -> Iterator[str]:
    row = int(found["row"])
    if content is None:
        yield f"article {row}: its content is missing"
        return
    try:
        article = schema.read_article(row, content, str(connection.address))
    except StoreDamagedError as error:
        yield str(error)
        return
    yield from article_problems(article)
    told = (schema.key_of(article.id), article.content_sha256)
    if told != (found["id_key"], found["sha256"]):
        yield f"article {article.id!r}: it is searched as another one"
    for each in passages:
        yield from _passage_problems(each, article)


def _passage_problems(found: Entity, article: Article) -> Iterator[str]:
    row = int(found["row"])
    try:
        passage: Passage = schema.read_passage(found["place"], article)
    except (TypeError, ValueError) as error:
        yield f"passage {row} of article {article.id!r}: its place cannot be read ({error})"
        return
    broken = list(passage_problems(row, passage, article))
    yield from broken
    if broken:
        return
    text = embedding_text(article, passage)
    if found["vector_key"] != hashlib.sha256(text.encode()).hexdigest():
        yield f"passage {row} of article {article.id!r}: its vector is of another text"
    norm = float(np.linalg.norm(np.asarray(found["vector"], dtype=np.float32)))
    if not abs(norm - 1) < NORM_TOLERANCE:
        yield f"passage {row}: its vector is damaged"
    if found["text"] != schema.fitted(schema.terms_of(text)):
        yield f"passage {row} of article {article.id!r}: other words of it are searched"
