"""What the search needs to know of every passage at once, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


class PassageColumns(NamedTuple):
    """Of some passages, by row: whose they are, of which day, of which outlet.

    Attributes
    ----------
    rows, articles : ndarray of int64, shape (n,)
        Rows of the passages, ascending, and of their articles; passages of one article stand
        together.
    days : ndarray of int32, shape (n,)
        Days of publication as ordinals (`datetime.date.toordinal`), 0 where there is none.
    outlets : ndarray of int32, shape (n,)
        Places in `outlet_keys`, -1 where the outlet is not told.
    outlet_keys : tuple of str
        Outlets as `index.filters.source_key` writes them.
    """

    rows: NDArray[np.int64]
    articles: NDArray[np.int64]
    days: NDArray[np.int32]
    outlets: NDArray[np.int32]
    outlet_keys: tuple[str, ...]

    @classmethod
    def of(cls, passages: Iterable[tuple[int, int, int, str | None]]) -> Self:
        """The columns of passages given as row, article's row, day and outlet, by row."""
        codes: dict[str, int] = {}
        table = np.array(
            [
                (row, article, day, -1 if key is None else codes.setdefault(key, len(codes)))
                for row, article, day, key in passages
            ],
            dtype=np.int64,
        ).reshape(-1, 4)
        return cls(
            np.ascontiguousarray(table[:, 0]),
            np.ascontiguousarray(table[:, 1]),
            table[:, 2].astype(np.int32),
            table[:, 3].astype(np.int32),
            tuple(codes),
        )

    def among(self, rows: NDArray[np.int64]) -> Self:
        """The columns of those of `rows`, ascending, that there are."""
        places = np.searchsorted(self.rows, rows)
        places = places[places < len(self.rows)]
        places = places[np.isin(self.rows[places], rows)]
        return self._replace(
            rows=self.rows[places],
            articles=self.articles[places],
            days=self.days[places],
            outlets=self.outlets[places],
        )

    def of_articles(self, articles: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of the passages of those articles, article by article."""
        first = np.searchsorted(self.articles, articles, side="left")
        last = np.searchsorted(self.articles, articles, side="right")
        found = [self.rows[start:end] for start, end in zip(first, last, strict=True)]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def spread(self, n: int) -> NDArray[np.int64]:
        """The rows of up to `n` articles from all days: the newest, the oldest, then ever closer.

        Which they are depends on nothing but the passages: so it is the same each time.
        """
        articles, first = np.unique(self.articles, return_index=True)
        by_day = articles[np.lexsort((articles, self.days[first]))][::-1]
        steps = np.unique(np.linspace(0, len(by_day) - 1, min(n, len(by_day))).astype(np.int64))
        order = sorted(range(len(steps)), key=lambda step: _halving(step, len(steps)))
        return by_day[steps[order]]

    def is_of(self, keys: Iterable[str]) -> NDArray[np.bool_]:
        """Which of the passages are of one of those outlets."""
        codes = [self.outlet_keys.index(key) for key in keys if key in self.outlet_keys]
        return np.isin(self.outlets, codes)


def _halving(place: int, n: int) -> tuple[int, int]:
    """Sorted by this, places 0 to `n` - 1 come as ends, middle, middles of the halves, ..."""
    if place in (0, n - 1):
        return (0, place)
    low, high, depth = 0, n - 1, 1
    while (middle := (low + high) // 2) != place:
        low, high = (middle, high) if place > middle else (low, middle)
        depth += 1
    return (depth, place)
