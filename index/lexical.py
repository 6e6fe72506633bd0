"""BM25 over passages, and over whole articles, with tantivy.

Queries are built from analysed terms, never parsed: tantivy's query language would trip over
ordinary questions ("Biden's role: what?"). Conditions weigh nothing in the score.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.filters import Filter, source_key

if TYPE_CHECKING:
    import tantivy

_PASSAGE, _PUBLISHED, _SOURCE, _TEXT = "passage", "published", "source", "text"
PASSAGE_FIELDS = (_TEXT,)
ARTICLE_FIELDS = (_TEXT, "headline", "outlet", "date")
_WRITER_BYTES = 64_000_000
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
# "U.S." and "US", "U.N." and "UN" are one word in news.
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
# Undated articles carry day 0, which no condition on days lets pass but `as_of`.
_UNDATED = 0


class LexicalRow(NamedTuple):
    """What a lexical index holds of one passage, or article.

    Of a passage, `text` is its heading and its words; of an article, its searched text, with
    the headline apart.
    """

    row: int
    text: str
    source: str | None
    published: datetime.date | None
    headline: str = ""


class Scored(NamedTuple):
    """Rows of passages with their scores, best first: int64 and float32, one length."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


def analyse(text: str, *, keep_stop_words: bool = True) -> list[str]:
    """The index's terms of `text`, in order: lower case, without accents, stemmed (English)."""
    analyser = _analyser() if keep_stop_words else _query_analyser()
    return list(analyser.analyze(_fold(text)))


class LexicalIndex:
    """A BM25 index in a folder of its own.

    Build it with `create` (an empty one) or `open`, of passages or of articles: the two differ
    in their fields, and BM25 counts over the rows of one index.
    """

    def __init__(self, index: tantivy.Index, fields: Sequence[str] = PASSAGE_FIELDS) -> None:
        index.register_tokenizer("news", _analyser())
        self._index = index
        self._fields = tuple(fields)
        self._searcher = index.searcher()

    @classmethod
    def create(cls, folder: Path, fields: Sequence[str] = PASSAGE_FIELDS) -> LexicalIndex:
        """An empty index in `folder`, which is made."""
        import tantivy

        folder.mkdir(parents=True)
        return cls(tantivy.Index(_schema(fields), path=str(folder), reuse=False), fields)

    @classmethod
    def open(cls, folder: Path, fields: Sequence[str] = PASSAGE_FIELDS) -> LexicalIndex:
        """The index in `folder`; raises ValueError where there is none or it is unreadable."""
        import tantivy

        return cls(tantivy.Index.open(str(folder)), fields)

    def __len__(self) -> int:
        """How many passages it holds."""
        return int(self._searcher.num_docs)

    def document_frequency(self, term: str) -> int:
        """In how many passages the analysed `term` stands."""
        return int(self._searcher.doc_freq(_TEXT, term))

    def vocabulary(self) -> dict[str, int]:
        """All analysed terms, each with the number of passages it stands in; the commonest first.

        Walks the term dictionary: 14 ms for 14,000 terms.
        """
        return dict(self._searcher.terms_with_prefix(_TEXT, ""))

    def stand_together(self, term: str, other: str) -> bool:
        """Whether two analysed terms stand beside each other anywhere, at most one word between."""
        import tantivy

        orders = [
            (
                tantivy.Occur.Should,
                tantivy.Query.phrase_query(self._index.schema, _TEXT, list(words), slop=1),
            )
            for words in ((term, other), (other, term))
        ]
        query = tantivy.Query.boolean_query(orders)
        return bool(self._searcher.search(query, limit=1, count=False).hits)

    def holding(self, term: str, k: int) -> NDArray[np.int64]:
        """The rows of up to `k` passages in which the analysed `term` stands."""
        import tantivy

        query = tantivy.Query.term_query(self._index.schema, _TEXT, term)
        return self._collect([(tantivy.Occur.Must, query)], k).rows

    def update(self, add: Iterable[LexicalRow], remove: Iterable[int]) -> None:
        """Add and remove passages, in one commit."""
        import tantivy

        writer = self._index.writer(_WRITER_BYTES, 1)
        for row in remove:
            # By query: deleting by term takes a Python int for a signed term and, on this
            # unsigned field, silently deletes nothing.
            writer.delete_documents_by_query(
                tantivy.Query.term_query(self._index.schema, _PASSAGE, int(row))
            )
        for entry in add:
            document = tantivy.Document()
            document.add_unsigned(_PASSAGE, entry.row)
            document.add_integer(_PUBLISHED, _day(entry.published))
            if entry.source:
                document.add_text(_SOURCE, source_key(entry.source))
            for field, text in field_texts(entry).items():
                if text and field in self._fields:
                    document.add_text(field, _fold(text))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(
        self, text: str, k: int, where: Filter, weights: Mapping[str, float] | None = None
    ) -> Scored:
        """The up to `k` rows with the highest BM25 score for the words of `text`.

        Stop words are not searched, unless there is nothing else. `weights` multiply the scores
        of the fields, which are added; without them the text alone counts.
        """
        import tantivy

        terms = analyse(text, keep_stop_words=False) or analyse(text)
        if not terms or k < 1:
            return _scored([], [])
        schema = self._index.schema
        # A word asked twice weighs twice, as BM25's query side has it.
        words = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, _weighed(schema, field, term, weight))
                for field, weight in (weights or {_TEXT: 1.0}).items()
                if weight
                for term in terms
            ]
        )
        return self._collect([(tantivy.Occur.Must, words), *self._conditions(where)], k)

    def matching(self, where: Filter) -> NDArray[np.int64]:
        """The rows of all passages that meet the conditions, ascending."""
        import tantivy

        everything = (tantivy.Occur.Must, tantivy.Query.all_query())
        found = self._collect([everything, *self._conditions(where)], max(len(self), 1))
        return np.sort(found.rows)

    def rows(self) -> NDArray[np.int64]:
        """The rows of all passages, ascending."""
        return self.matching(Filter())

    def _collect(self, clauses: Sequence[tuple[tantivy.Occur, tantivy.Query]], k: int) -> Scored:
        import tantivy

        # tantivy sets room for all k aside before it looks.
        hits = self._searcher.search(
            tantivy.Query.boolean_query(list(clauses)), limit=min(k, len(self) or 1), count=False
        ).hits
        rows = self._searcher.fast_field_values(_PASSAGE, [address for _, address in hits])
        return _scored(rows, [score for score, _ in hits])

    def _conditions(self, where: Filter) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        import tantivy

        query, schema = tantivy.Query, self._index.schema
        must: list[tantivy.Query] = []
        if where.since or where.until:
            must.append(self._days(where.since or datetime.date.min, where.until))
        if where.as_of:
            must.append(self._days(None, where.as_of))
        if where.sources is not None:
            must.append(query.term_set_query(schema, _SOURCE, sorted(where.sources)))
        must.extend(self._phrase(phrase) for phrase in where.phrases)
        clauses = [(tantivy.Occur.Must, query.const_score_query(each, 0.0)) for each in must]
        clauses += [(tantivy.Occur.MustNot, self._phrase(phrase)) for phrase in where.without]
        return clauses

    def _days(self, first: datetime.date | None, last: datetime.date | None) -> tantivy.Query:
        import tantivy

        return tantivy.Query.range_query(
            self._index.schema,
            _PUBLISHED,
            tantivy.FieldType.Integer,
            lower_bound=None if first is None else _day(first),
            upper_bound=None if last is None else _day(last),
        )

    def _phrase(self, phrase: str) -> tantivy.Query:
        import tantivy

        terms = analyse(phrase)
        if not terms:
            return tantivy.Query.empty_query()
        if len(terms) == 1:
            return tantivy.Query.term_query(self._index.schema, _TEXT, terms[0])
        return tantivy.Query.phrase_query(self._index.schema, _TEXT, list(terms))


def _weighed(schema: tantivy.Schema, field: str, term: str, weight: float) -> tantivy.Query:
    import tantivy

    query = tantivy.Query.term_query(schema, field, term)
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def field_texts(row: LexicalRow) -> dict[str, str]:
    """What each text field holds of a row."""
    day = row.published
    return {
        _TEXT: row.text,
        "headline": row.headline,
        "outlet": row.source or "",
        "date": f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "",
    }


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(_PASSAGE, indexed=True, fast=True)
    builder.add_integer_field(_PUBLISHED, indexed=True, fast=True)
    builder.add_text_field(_SOURCE, tokenizer_name="raw", index_option="basic")
    for field in fields:
        builder.add_text_field(field, tokenizer_name="news", index_option="position")
    return builder.build()


@lru_cache(maxsize=1)
def _analyser() -> tantivy.TextAnalyzer:
    return _build_analyser(stop_words=False)


@lru_cache(maxsize=1)
def _query_analyser() -> tantivy.TextAnalyzer:
    return _build_analyser(stop_words=True)


def _build_analyser(*, stop_words: bool) -> tantivy.TextAnalyzer:
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )
    if stop_words:
        builder = builder.filter(tantivy.Filter.stopword("english")).filter(
            tantivy.Filter.custom_stopword(_QUESTION_WORDS)
        )
    return builder.filter(tantivy.Filter.stemmer("english")).build()


# The form of a question, and the scraps that apostrophes leave ("who's", "didn't"): words that
# tantivy's short list of English stop words lacks.
_QUESTION_WORDS = [
    *"who whom whose what which when where why how did does do done has have had".split(),
    *"can could would should shall may might must been being am were i me my you your".split(),
    *"he him his she her hers its our us them from about s t d ll re ve m tell any".split(),
]


def _fold(text: str) -> str:
    return _DOTTED.sub(lambda match: match.group().replace(".", ""), text)


def _day(published: datetime.date | None) -> int:
    return _UNDATED if published is None else published.toordinal()


def _scored(rows: Sequence[int | float | bool | None], scores: Sequence[float]) -> Scored:
    return Scored(np.asarray(rows, dtype=np.int64), np.asarray(scores, dtype=np.float32))
