"""One generation of a store in Milvus, as a question reads it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index import milvus_schema as schema
from index.columns import PassageColumns
from index.database import Counts, Inventory
from index.errors import StoreDamagedError
from index.filters import Filter
from index.lexical import Scored, analyse
from index.milvus_connection import MAX_FOUND, Entity, MilvusConnection
from index.milvus_head import Head
from index.types import Article, Passage, Skipped

# How many candidates a graph of vectors keeps at hand while it is searched: as a multiple of what
# is asked for, and at least.
_EF_FACTOR, _MIN_EF = 2, 200
# Of the passages in which two terms stand, how many are looked at for standing together.
_LOOKED_AT = 500
# Of the articles, how many are looked at for a sample over all days.
_SAMPLED = MAX_FOUND


class _Facts(NamedTuple):
    """What the search must know of a passage."""

    article: int
    day: int
    outlet: str
    vector: NDArray[np.float32]


class MilvusView:
    """A `index.protocols.StoreView` of a store in Milvus.

    Parameters
    ----------
    connection : MilvusConnection
    name : str
        Of the store's collections.
    head : Head
    vocabularies : dict
        Those read so far, by revision; kept by the store.
    """

    def __init__(
        self,
        connection: MilvusConnection,
        name: str,
        head: Head,
        vocabularies: dict[str, dict[str, int]],
    ) -> None:
        self._connection = connection
        self._passages = schema.passages_of(name)
        self._articles = schema.articles_of(name)
        self._record = schema.record_of(name)
        self._head = head
        self._vocabularies = vocabularies
        self._alive = schema.alive(head.number)
        self._current = schema.alive(head.number, is_current=True)
        self._facts: dict[int, _Facts] = {}
        self._contents: dict[int, Article] = {}

    @property
    def generation(self) -> int:
        return self._head.number

    def search_dense(self, vector: NDArray[np.float32], k: int, where: Filter) -> Scored:
        params = {"ef": min(max(_EF_FACTOR * k, _MIN_EF), MAX_FOUND)}
        return self._search("vector", vector, k, where, params)

    def search_lexical(self, text: str, k: int, where: Filter) -> Scored:
        return self._search(schema.sparse("text"), _asked(text), k, where)

    def search_articles(
        self, text: str, k: int, where: Filter, weights: Mapping[str, float]
    ) -> Scored:
        asked = _asked(text)
        if not asked.strip() or k < 1:
            return _scored({})
        allowed = _both(self._current, schema.condition(where, with_words=False))
        total: dict[int, float] = {}
        for field, weight in weights.items():
            if not weight:
                continue
            found = self._connection.search(self._articles, schema.sparse(field), asked, k, allowed)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
                total[row] = total.get(row, 0.0) + weight * score
        return _scored(total, k)

    def columns(self, rows: NDArray[np.int64]) -> PassageColumns:
        known = self._facts_of(np.unique(rows))
        return PassageColumns.of(
            (row, facts.article, facts.day, facts.outlet or None)
            for row, facts in sorted(known.items())
        )

    def passages_of(self, article_rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(article_rows):
            return np.empty(0, dtype=np.int64)
        found = self._connection.query_named(
            self._passages, "article", article_rows.tolist(), _FACTS, self._alive
        )
        self._note(found)
        # Article by article, in the order in which they were asked for.
        place = {row: at for at, row in enumerate(article_rows.tolist())}
        ordered = sorted(found, key=lambda each: (place[each["article"]], each["row"]))
        return np.array([each["row"] for each in ordered], dtype=np.int64)

    def spread(self, n: int) -> NDArray[np.int64]:
        found = self._connection.query(
            self._articles, self._current, ["row", "day"], limit=_SAMPLED
        )
        known = sorted((int(each["row"]), int(each["day"])) for each in found)
        columns = PassageColumns.of((row, row, day, None) for row, day in known)
        return columns.spread(n)

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        known = self._facts_of(rows)
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        vectors = np.stack([known[row].vector for row in rows.tolist()])
        return np.asarray(vectors @ vector.astype(np.float32), dtype=np.float32)

    def count_waiting(self) -> int:
        return 0

    def document_frequency(self, term: str) -> int:
        if not term:
            return 0
        return self._connection.count(self._passages, _both(self._alive, schema.holds(term)))

    def vocabulary(self) -> dict[str, int]:
        revision = self._head.revision
        if revision not in self._vocabularies:
            found = self._connection.walk(
                self._record, f'kind == "{schema.TERM}" and owner > 0', ["value", "owner"]
            )
            counted = {each["value"]: int(each["owner"]) for each in found}
            self._vocabularies.clear()
            self._vocabularies[revision] = counted
        return self._vocabularies[revision]

    def stand_together(self, term: str, other: str) -> bool:
        side = f"({schema.beside(term, other)}) or ({schema.beside(other, term)})"
        if self._connection.query(self._passages, _both(self._alive, f"({side})"), ["row"], 1):
            return True
        # A pattern cannot ask for one word between.
        both = _both(self._alive, f"{schema.holds(term)} and {schema.holds(other)}")
        found = self._connection.query(self._passages, both, ["text"], _LOOKED_AT)
        return any(_are_near(each["text"].split(), term, other) for each in found)

    def holding(self, term: str, k: int) -> NDArray[np.int64]:
        found = self._connection.query(
            self._passages, _both(self._alive, schema.holds(term)), ["row"], min(k, MAX_FOUND)
        )
        return np.sort(np.array([each["row"] for each in found], dtype=np.int64))

    def matching(self, where: Filter) -> NDArray[np.int64]:
        allowed = _both(self._alive, schema.condition(where))
        found = self._connection.walk(self._passages, allowed, ["row"])
        return np.sort(np.array([each["row"] for each in found], dtype=np.int64))

    def among(self, rows: NDArray[np.int64], where: Filter) -> NDArray[np.int64]:
        allowed = _both(self._alive, schema.condition(where))
        found = self._connection.query_named(self._passages, "row", rows.tolist(), ["row"], allowed)
        return np.sort(np.array([each["row"] for each in found], dtype=np.int64))

    def has_matching(self, where: Filter) -> bool:
        allowed = _both(self._alive, schema.condition(where))
        return bool(self._connection.query(self._passages, allowed, ["row"], 1))

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        wanted = sorted({int(row) for row in rows})
        found = self._connection.query_named(
            self._passages, "row", wanted, ["row", "article", "place"], self._alive
        )
        articles = self._read({int(each["article"]) for each in found})
        return {
            int(each["row"]): (
                self._passage(each, articles[each["article"]]),
                articles[each["article"]],
            )
            for each in sorted(found, key=lambda each: int(each["row"]))
        }

    def article(self, article_id: str, content_sha256: str | None = None) -> Article | None:
        where = f'id_key == "{schema.key_of(article_id)}"'
        if content_sha256 is None:
            where = _both(where, self._current)
        elif not content_sha256.isalnum():  # no hash at all
            return None
        else:
            where = _both(where, f'{self._alive} and sha256 == "{content_sha256}"')
        found = self._connection.query(self._articles, where, ["row"])
        if not found:
            return None
        row = max(int(each["row"]) for each in found)
        return self._read({row})[row]

    def articles(self) -> Iterator[Article]:
        found = self._connection.walk(self._articles, self._current, ["row"])
        rows = np.array([each["row"] for each in found], dtype=np.int64)
        # Ids are in the contents alone: these are read once for the order and again for the text.
        named = sorted(
            (article.id, row)
            for part in _in_parts(rows)
            for row, article in self._read(set(part.tolist()), keep=False).items()
        )
        for first in range(0, len(named), _PAGE):
            page = named[first : first + _PAGE]
            read = self._read({row for _, row in page}, keep=False)
            yield from (read[row] for _, row in page)

    def past_articles(self, limit: int) -> Iterator[Article]:
        past = _both(self._alive, f"retired <= {self._head.number}")
        found = self._connection.walk(self._articles, past, ["row"])
        rows = sorted((int(each["row"]) for each in found), reverse=True)[:limit]
        for first in range(0, len(rows), _PAGE):
            page = rows[first : first + _PAGE]
            read = self._read(set(page), keep=False)
            yield from (read[row] for row in page)

    def copies(self, article_id: str, limit: int) -> list[Article]:
        where = _both(f'id_key == "{schema.key_of(article_id)}"', self._current)
        own = self._connection.query(self._articles, where, ["row", "story"])
        if not own:
            return []
        of_story = _both(f"story == {int(own[0]['story'])}", self._current)
        found = self._connection.query(self._articles, of_story, ["row"], MAX_FOUND)
        others = self._read({int(each["row"]) for each in found} - {int(own[0]["row"])})
        ordered = sorted(others.values(), key=_by_day)
        return ordered[:limit]

    def stories(self, article_ids: Iterable[str]) -> dict[str, int]:
        by_key = {schema.key_of(article_id): article_id for article_id in article_ids}
        found = self._connection.query_named(
            self._articles, "id_key", list(by_key), ["id_key", "story"], self._current
        )
        return {by_key[each["id_key"]]: int(each["story"]) for each in found}

    def counts(self) -> Counts:
        told = self._head.summary["counts"]
        return Counts(
            told["articles"],
            told["passages"],
            told["undated"],
            _date(told["first_published"]),
            _date(told["last_published"]),
            tuple(told["sources"]),
        )

    def count_undated(self, sources: frozenset[str] | None) -> int:
        named = schema.condition(Filter(sources=sources))
        return self._connection.count(
            self._articles, _both(_both(self._current, "day == 0"), named)
        )

    def inventory(self) -> Inventory:
        told = self._head.summary["inventory"]
        return Inventory(told["past_versions"], told["stories"], dict(told["formats"]))

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(file["path"], item["reason"], item["place"], item["is_fault"])
            for file in read_files(self._connection, self._record)
            for item in file["skipped"]
        )

    def _search(
        self,
        field: str,
        asked: NDArray[np.float32] | str,
        k: int,
        where: Filter,
        params: Mapping[str, Any] | None = None,
    ) -> Scored:
        if k < 1 or (isinstance(asked, str) and not asked.strip()):
            return _scored({})
        allowed = _both(self._alive, schema.condition(where))
        return self._connection.search(self._passages, field, asked, k, allowed, params)

    def _facts_of(self, rows: NDArray[np.int64]) -> dict[int, _Facts]:
        """What is known of those of `rows` that there are; asked for once."""
        missing = [row for row in rows.tolist() if row not in self._facts]
        if missing:
            self._note(
                self._connection.query_named(self._passages, "row", missing, _FACTS, self._alive)
            )
        return {row: self._facts[row] for row in rows.tolist() if row in self._facts}

    def _note(self, found: Iterable[Entity]) -> None:
        for each in found:
            self._facts[int(each["row"])] = _Facts(
                int(each["article"]),
                int(each["day"]),
                each["source_key"],
                np.asarray(each["vector"], dtype=np.float32),
            )

    def _read(self, rows: set[int], *, keep: bool = True) -> dict[int, Article]:
        """The articles of those rows; raises StoreDamagedError where a content is missing."""
        read = {row: self._contents[row] for row in rows if row in self._contents}
        missing = sorted(rows - read.keys())
        where = str(self._connection.address)
        contents = read_contents(self._connection, self._record, missing)
        for row in missing:
            if row not in contents:
                raise StoreDamagedError(
                    f"store {where}: the content of article {row} is missing; index the articles "
                    "into a new collection with `qa index`",
                    path=where,
                )
            read[row] = schema.read_article(row, contents[row], where)
            if keep:
                self._contents[row] = read[row]
        return read

    def _passage(self, found: Entity, article: Article) -> Passage:
        try:
            return schema.read_passage(found["place"], article)
        except (TypeError, ValueError) as error:
            where = str(self._connection.address)
            raise StoreDamagedError(
                f"store {where}: passage {found['row']} of article {article.id!r} is damaged "
                f"({error}); index the articles into a new collection with `qa index`",
                path=where,
            ) from error


_FACTS = ("row", "article", "day", "source_key", "vector")
_PAGE = 200


def read_contents(connection: MilvusConnection, record: str, rows: Iterable[int]) -> dict[int, str]:
    """The contents of the articles of those rows, as text, by row."""
    found = connection.query_named(
        record,
        "owner",
        list(rows),
        ["owner", "part", "value"],
        f'kind == "{schema.CONTENT}"',
    )
    parts: dict[int, list[Entity]] = {}
    for each in found:
        parts.setdefault(int(each["owner"]), []).append(each)
    return {row: schema.joined(texts) for row, texts in parts.items()}


def read_files(connection: MilvusConnection, record: str) -> Iterator[dict[str, Any]]:
    """The files that were read: path, hash, root and what was passed over in each, by path."""
    parts: dict[str, list[Entity]] = {}
    for each in connection.walk(
        record, f'kind == "{schema.FILE}"', ["key", "part", "value", "owner"]
    ):
        parts.setdefault(each["key"].rpartition("/")[0], []).append(each)
    files = []
    for texts in parts.values():
        first = [each for each in texts if each["part"] == 0]
        if first:
            n_parts = int(first[0]["owner"])
            kept = (each for each in texts if each["part"] < n_parts)
            files.append(json.loads(schema.joined(kept)))
    yield from sorted(files, key=lambda file: str(file["path"]))


def _asked(text: str) -> str:
    """The terms to search for: without stop words, unless there is nothing else."""
    return " ".join(analyse(text, keep_stop_words=False) or analyse(text))


def _are_near(terms: list[str], term: str, other: str) -> bool:
    """Whether the two stand beside each other, at most one word between."""
    places = [at for at, each in enumerate(terms) if each == term]
    return any(other in (terms[max(at - 2, 0) : at] + terms[at + 1 : at + 3]) for at in places)


def _scored(scores: Mapping[int, float], k: int = 0) -> Scored:
    ordered = sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:k]
    return Scored(
        np.array([row for row, _ in ordered], dtype=np.int64),
        np.array([score for _, score in ordered], dtype=np.float32),
    )


def _by_day(article: Article) -> tuple[bool, datetime.date, str]:
    return (article.published is None, article.published or datetime.date.min, article.id)


def _both(one: str, other: str) -> str:
    return f"{one} and {other}" if other else one


def _in_parts(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for first in range(0, len(rows), _PAGE):
        yield rows[first : first + _PAGE]


def _date(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)
