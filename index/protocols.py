"""What a store is to those who ask it and to those who fill it, wherever it keeps its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.columns import PassageColumns
from index.database import Counts, Database, Inventory
from index.filters import Filter
from index.lexical import Scored
from index.manifest import Manifest
from index.types import Article, Passage, Skipped

if TYPE_CHECKING:
    from index.generation import IndexChange
    from index.writer import StoreWriter


class StoreView(Protocol):
    """One state of a store: all that a question reads comes from the same generation.

    Passages and articles are told by row, a whole number that is never used twice.
    """

    @property
    def generation(self) -> int:
        """The number of the generation; it grows with each change."""

    def search_dense(self, vector: NDArray[np.float32], k: int, where: Filter) -> Scored:
        """The up to `k` passages nearest to `vector`, of shape (dim,), by cosine in [-1, 1]."""

    def search_lexical(self, text: str, k: int, where: Filter) -> Scored:
        """The up to `k` passages with the highest BM25 score for the words of `text`."""

    def search_articles(
        self, text: str, k: int, where: Filter, weights: Mapping[str, float]
    ) -> Scored:
        """The up to `k` articles, by row, with the highest BM25 score for the words of `text`.

        `weights` are those of the fields (`index.lexical.ARTICLE_FIELDS`). Words that `where`
        asks for or forbids are asked of passages, so they do not count here.
        """

    def columns(self, rows: NDArray[np.int64]) -> PassageColumns:
        """Article, day and outlet of those of `rows`, ascending, that there are."""

    def passages_of(self, article_rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of the passages of those articles."""

    def spread(self, n: int) -> NDArray[np.int64]:
        """The rows of up to `n` articles from all days, the same each time; the newest is first."""

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of `vector` with each of `rows`: shape (n_rows,), NaN where it is to come."""

    def count_waiting(self) -> int:
        """How many passages are found by their words alone: their vectors are still to come."""

    def document_frequency(self, term: str) -> int:
        """In how many passages the analysed `term` stands."""

    def vocabulary(self) -> dict[str, int]:
        """All analysed terms, each with the number of passages it stands in."""

    def stand_together(self, term: str, other: str) -> bool:
        """Whether two analysed terms stand beside each other anywhere, at most one word between."""

    def holding(self, term: str, k: int) -> NDArray[np.int64]:
        """The rows of up to `k` passages in which the analysed `term` stands."""

    def matching(self, where: Filter) -> NDArray[np.int64]:
        """The rows of all passages that meet the conditions, ascending."""

    def among(self, rows: NDArray[np.int64], where: Filter) -> NDArray[np.int64]:
        """Those of `rows` that meet the conditions, ascending."""

    def has_matching(self, where: Filter) -> bool:
        """Whether any passage meets the conditions."""

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        """Passages with their articles, by row."""

    def article(self, article_id: str, content_sha256: str | None = None) -> Article | None:
        """The current version of an article, or the one of that content; None if there is none."""

    def articles(self) -> Iterator[Article]:
        """The current articles, by id."""

    def past_articles(self, limit: int) -> Iterator[Article]:
        """Up to `limit` versions that are not current any more, the latest stored first."""

    def copies(self, article_id: str, limit: int) -> list[Article]:
        """Up to `limit` near-copies of an article, oldest first, undated ones last."""

    def stories(self, article_ids: Iterable[str]) -> dict[str, int]:
        """The story of each of those articles; near-copies share theirs."""

    def counts(self) -> Counts:
        """How many articles and passages there are, of which days and outlets."""

    def count_undated(self, sources: frozenset[str] | None) -> int:
        """How many articles without a date there are, from those outlets or any."""

    def inventory(self) -> Inventory:
        """How many past versions and stories there are, and articles of each format."""

    def skipped(self) -> tuple[Skipped, ...]:
        """What indexing passed over, and why."""


class Store(Protocol):
    """Articles and passages, searchable by meaning and by words.

    Any number of threads may read while one writes.
    """

    @property
    def manifest(self) -> Manifest:
        """What it was built with."""

    @property
    def path(self) -> Path:
        """The folder it uses on this machine."""

    @property
    def location(self) -> str:
        """Where it is, as it is named to people and on the command line."""

    def size_bytes(self) -> int | None:
        """What it takes on disk; None where that cannot be told."""

    def view(self) -> AbstractContextManager[StoreView]:
        """The store's present state, unchanging until the block ends."""

    def writer(self, wait_seconds: float = 0) -> AbstractContextManager[StoreWriter]:
        """The one writer of the store; waits so long for another one to finish."""

    def database(self) -> Database:
        """The record, to ask what it knows."""

    def rebuild_indexes(self) -> None:
        """Make the indexes, and the links between near-copies, anew from the articles."""

    def verify(self) -> tuple[str, ...]:
        """Everything that is wrong with it, a line each; empty when it is whole."""

    def drop(self) -> None:
        """Delete it with all it holds; it cannot be used afterwards."""

    def close(self) -> None:
        """Let go of it; it cannot be used afterwards."""

    def __enter__(self) -> Self:
        """The store itself."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


class DerivedIndexes(Protocol):
    """The indexes that follow a record, as its writer sees them."""

    def write_next(self, number: int, change: IndexChange) -> None:
        """Make the indexes of generation ``number + 1``: those of `number`, changed."""

    def sweep(self, number: int) -> None:
        """Delete what is not of generation `number`."""


class HasRecord(Protocol):
    """What a writer needs of the store it writes."""

    @property
    def path(self) -> Path:
        """The folder it uses on this machine."""

    def database(self) -> Database:
        """The record."""
