"""What a store is in Milvus: three collections, and the generations in which entities live.

``NAME`` holds the passages, ``NAME_articles`` what is searched of whole articles, ``NAME_record``
everything else in parts of text: the articles' contents, the files read, the vocabulary, a summary,
and the head, which tells the present generation.

Milvus has no transactions. Each passage and article tells the generation in which it is born and
the one in which it has died, and a question reads what lives in the generation that the newest head
names: writing one more head makes a change visible, all of it at once.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from index.errors import StoreDamagedError
from index.filters import Filter
from index.lexical import ARTICLE_FIELDS, analyse
from index.types import Article, Passage, Span, SpanKind

if TYPE_CHECKING:
    from pymilvus import CollectionSchema
    from pymilvus.milvus_client.index import IndexParams

# As a generation: never yet.
NEVER = 2**62
# The kinds of what NAME_record holds.
CONTENT, FILE, TERM, SUMMARY, HEAD, LEASE = "content", "file", "term", "summary", "head", "lease"
# Milvus allows 65,535 bytes in a field; a character takes up to four.
_PART_CHARS = 16_000
_MAX_BYTES = 65_535
_MAX_KEY_CHARS = 1_000
# Of BM25, as tantivy has them.
_BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}
# Only in a Milvus Lite file, which is for small collections, every vector is compared. A server
# gets a graph of its vectors: 16 neighbours each, sought among 200 when it is built (Malkov and
# Yashunin, 2016, use 5 to 48, and 100 to 500).
_HNSW = {"M": 16, "efConstruction": 200}
# A field of BM25 takes its terms as we cut and stem them, parted by blanks.
_ANALYSER = {"tokenizer": "standard"}
# All that is written of a passage, and of an article; BM25's own fields follow from the text.
ALL_OF_PASSAGE = (
    *("row", "article", "born", "died", "day", "source_key", "place", "vector_key", "vector"),
    "text",
)
ALL_OF_ARTICLE = (
    *("row", "born", "retired", "died", "story", "id_key", "sha256", "day", "source_key"),
    *ARTICLE_FIELDS,
)


def passages_of(name: str) -> str:
    """The collection of the passages of the store `name`."""
    return name


def articles_of(name: str) -> str:
    """The collection of what is searched of whole articles."""
    return f"{name}_articles"


def record_of(name: str) -> str:
    """The collection of contents, files, vocabulary, summary and heads."""
    return f"{name}_record"


def passages_schema(dim: int) -> CollectionSchema:
    """Of the collection of passages."""
    from pymilvus import DataType

    schema = _schema("row")
    for field in ("article", "born", "died"):
        schema.add_field(field, DataType.INT64)
    schema.add_field("day", DataType.INT32)
    schema.add_field("source_key", DataType.VARCHAR, max_length=4 * _MAX_KEY_CHARS)
    schema.add_field("place", DataType.VARCHAR, max_length=_MAX_BYTES, mmap_enabled=True)
    schema.add_field("vector_key", DataType.VARCHAR, max_length=64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    _add_bm25(schema, "text")
    return schema


def articles_schema() -> CollectionSchema:
    """Of the collection of whole articles."""
    from pymilvus import DataType

    schema = _schema("row")
    for field in ("born", "retired", "died", "story"):
        schema.add_field(field, DataType.INT64)
    for field in ("id_key", "sha256"):
        schema.add_field(field, DataType.VARCHAR, max_length=64)
    schema.add_field("day", DataType.INT32)
    schema.add_field("source_key", DataType.VARCHAR, max_length=4 * _MAX_KEY_CHARS)
    for field in ARTICLE_FIELDS:
        _add_bm25(schema, field)
    return schema


def record_schema() -> CollectionSchema:
    """Of the collection of everything else, as parts of text."""
    from pymilvus import DataType

    schema = _schema("key", is_text=True)
    schema.add_field("kind", DataType.VARCHAR, max_length=16)
    # The row of the article, the number of the passages, or the generation: as the kind has it.
    schema.add_field("owner", DataType.INT64)
    schema.add_field("part", DataType.INT32)
    schema.add_field("value", DataType.VARCHAR, max_length=_MAX_BYTES, mmap_enabled=True)
    # Milvus wants a vector in every collection.
    schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
    return schema


def passages_index(*, is_lite: bool) -> IndexParams:
    """The indexes of the collection of passages."""
    params = _bm25_index("text")
    params.add_index("article", index_type="INVERTED")
    params.add_index(
        "vector",
        metric_type="IP",
        index_type="FLAT" if is_lite else "HNSW",
        params={} if is_lite else _HNSW,
    )
    return params


def articles_index() -> IndexParams:
    """The indexes of the collection of whole articles."""
    params = _bm25_index(*ARTICLE_FIELDS)
    for field in ("id_key", "story"):
        params.add_index(field, index_type="INVERTED")
    return params


def record_index() -> IndexParams:
    """The indexes of the collection of everything else."""
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    for field in ("kind", "owner"):
        params.add_index(field, index_type="INVERTED")
    params.add_index("nothing", index_type="FLAT", metric_type="IP")
    return params


def alive(generation: int, *, is_current: bool = False) -> str:
    """The condition of living in that generation; of articles, of being the current version."""
    end = "retired" if is_current else "died"
    return f"born <= {generation} and {end} > {generation}"


def condition(where: Filter, *, with_words: bool = True) -> str:
    """`where` as Milvus writes it; empty where it lets everything pass."""
    parts = []
    if where.since or where.until:
        parts.append("day > 0")
    if where.since:
        parts.append(f"day >= {where.since.toordinal()}")
    parts += [f"day <= {last.toordinal()}" for last in (where.until, where.as_of) if last]
    if where.sources is not None:
        named = ", ".join(f'"{_checked(outlet_key(key))}"' for key in sorted(where.sources))
        parts.append(f"source_key in [{named}]" if named else "row < 0")
    if with_words:
        parts += [_phrase(phrase) for phrase in where.phrases]
        parts += [f"not ({_phrase(phrase)})" for phrase in where.without]
    return " and ".join(parts)


def outlet_key(key: str | None) -> str:
    """An outlet as it is stored; empty where there is none."""
    return (key or "")[:_MAX_KEY_CHARS]


def terms_of(text: str) -> str:
    """The terms of `text`, each with a blank before and after it."""
    return f" {' '.join(analyse(text))} "


def fitted(terms: str) -> str:
    """As many of the terms, from the first, as a field of Milvus takes."""
    while len(terms.encode()) > _MAX_BYTES:
        terms = terms[: len(terms) * _MAX_BYTES // len(terms.encode())].rpartition(" ")[0]
    return terms


def holds(term: str) -> str:
    """The condition that a passage holds the analysed `term`."""
    return f'text_match(text, "{_checked(term)}")'


def beside(*terms: str) -> str:
    """The condition that a passage holds these analysed terms one after another."""
    words = " ".join(_checked(term) for term in terms)
    # The index of words says fast where they all are, the pattern then that they are in order.
    return " and ".join([*map(holds, terms), f'text like "% {words} %"'])


def key_of(text: str) -> str:
    """What an article's id, or a file's path, is asked for by."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def parts_of(kind: str, name: str, owner: int, content: str) -> Iterator[dict[str, Any]]:
    """The entities that hold `content`, which may be longer than a field."""
    texts = [content[at : at + _PART_CHARS] for at in range(0, len(content), _PART_CHARS)] or [""]
    for part, text in enumerate(texts):
        yield record_entity(f"{kind}/{name}/{part}", kind, owner, text, part)


def file_key(path: str) -> str:
    """The key of the first part of what is kept of the file at `path`."""
    return f"{FILE}/{key_of(path)}/0"


def file_parts(path: str, content: str) -> list[dict[str, Any]]:
    """The entities of a file; each tells how many they are, for there may have been more."""
    parts = list(parts_of(FILE, key_of(path), 0, content))
    return [{**part, "owner": len(parts)} for part in parts]


def record_entity(key: str, kind: str, owner: int, value: str, part: int = 0) -> dict[str, Any]:
    """One entity of the record."""
    return {
        "key": key,
        "kind": kind,
        "owner": owner,
        "part": part,
        "value": value,
        "nothing": [1.0, 0.0],
    }


def joined(parts: Iterable[dict[str, Any]]) -> str:
    """The content that the parts hold."""
    return "".join(part["value"] for part in sorted(parts, key=lambda part: int(part["part"])))


def article_content(article: Article) -> str:
    """All of an article, as text."""
    return json.dumps(
        {
            "id": article.id,
            "title": article.title,
            "text": article.text,
            "source": article.source,
            "author": article.author,
            "url": article.url,
            "published": article.published and article.published.isoformat(),
            "path": article.path,
            "content_sha256": article.content_sha256,
            "spans": [[span.start, span.end, span.kind] for span in article.spans],
            "file_sha256": article.file_sha256,
            "byte_range": article.byte_range,
            "format": article.format,
        },
        ensure_ascii=False,
    )


def read_article(row: int, content: str, where: str) -> Article:
    """The article that `content` tells.

    Raises
    ------
    StoreDamagedError
        It tells none.
    """
    try:
        told = json.loads(content)
        day, span = told.pop("published"), told.pop("byte_range")
        spans = told.pop("spans")
        return Article(
            **told,
            published=day and datetime.date.fromisoformat(day),
            spans=tuple(Span(start, end, SpanKind(kind)) for start, end, kind in spans),
            byte_range=span and (int(span[0]), int(span[1])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreDamagedError(
            f"store {where}: the content of article {row} cannot be read ({error}); index the "
            "articles into a new collection with `qa index`",
            path=where,
        ) from error


def passage_place(passage: Passage) -> str:
    """Where a passage stands, as text."""
    return json.dumps([passage.start, passage.end, passage.sentences, passage.is_caption])


def read_passage(place: str, article: Article) -> Passage:
    """The passage of `article` at `place`; raises ValueError where that is none."""
    start, end, sentences, is_caption = json.loads(place)
    return Passage(
        f"{article.id}@{start}-{end}",
        article.id,
        article.text[start:end],
        start,
        end,
        tuple((int(first), int(last)) for first, last in sentences),
        bool(is_caption),
    )


def _schema(primary: str, *, is_text: bool = False) -> CollectionSchema:
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    if is_text:
        schema.add_field(primary, DataType.VARCHAR, max_length=512, is_primary=True)
    else:
        schema.add_field(primary, DataType.INT64, is_primary=True)
    return schema


def _add_bm25(schema: CollectionSchema, field: str) -> None:
    from pymilvus import DataType, Function, FunctionType

    schema.add_field(
        field,
        DataType.VARCHAR,
        max_length=_MAX_BYTES,
        enable_analyzer=True,
        enable_match=True,
        analyzer_params=_ANALYSER,
        mmap_enabled=True,
    )
    schema.add_field(sparse(field), DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name=f"bm25_of_{field}",
            function_type=FunctionType.BM25,
            input_field_names=[field],
            output_field_names=[sparse(field)],
        )
    )


def sparse(field: str) -> str:
    """The field that BM25 of `field` searches."""
    return f"{field}_bm25"


def _bm25_index(*fields: str) -> IndexParams:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    for field in fields:
        params.add_index(
            sparse(field), index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=_BM25
        )
    return params


def _phrase(phrase: str) -> str:
    terms = analyse(phrase)
    return beside(*terms) if terms else "row < 0"


def _checked(term: str) -> str:
    """A term, or an outlet, as it may stand in a condition: nothing in it ends a text there."""
    if not all(character.isalnum() or character > "\x7f" for character in term):
        raise ValueError(f"{term!r} is no term of the index")
    return term
