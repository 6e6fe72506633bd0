"""Vectors of one generation: a large part that stays as it is, and a small one that grows.

Writing all vectors anew for one more article would take as long as copying the collection. So the
large part is kept, with a list of what is gone from it, until enough has come and gone beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.lexical import Scored

# From so many vectors on (31 MB) the large part is kept; and for so long as what has come and gone
# is at most one in so many of it. Of a million vectors that is 24 MB to be written for a change.
KEPT_FROM = 20_000
_ONE_IN = 64
_LEAST_CHANGED = 4_096


class DenseParts:
    """The vectors of a generation, searched as one.

    Parameters
    ----------
    base : DenseIndex
    tail : DenseIndex, optional
        Rows that came later: all of them higher than those of `base`.
    gone : ndarray of int64, optional
        Rows of `base` that count no more, ascending.
    """

    def __init__(
        self,
        base: DenseIndex,
        tail: DenseIndex | None = None,
        gone: NDArray[np.int64] | None = None,
    ) -> None:
        self.base = base
        self.tail = DenseIndex(base.dim) if tail is None else tail
        self.gone = np.empty(0, dtype=np.int64) if gone is None else gone
        rows = self.tail.rows()
        self._first_of_tail = int(rows[0]) if len(rows) else np.iinfo(np.int64).max

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self.base) + len(self.tail) - len(self.gone)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.base.dim

    @property
    def is_due(self) -> bool:
        """Whether the parts are to be made one: the large one is small, or much has changed."""
        changed = len(self.tail) + len(self.gone)
        if not changed:
            return False
        allowed = max(_LEAST_CHANGED, len(self.base) // _ONE_IN)
        return len(self.base) < KEPT_FROM or changed > allowed

    def rows(self) -> NDArray[np.int64]:
        """The rows there are, ascending."""
        return np.concatenate(
            [np.setdiff1d(self.base.rows(), self.gone, assume_unique=True), self.tail.rows()]
        )

    def search(
        self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64] | None = None
    ) -> Scored:
        """The up to `k` rows nearest to `vector`, of shape (dim,), by cosine in [-1, 1].

        `among`, ascending, restricts the search to those rows, which must be there.
        """
        if k < 1:
            return self.base.search(vector, 0)
        if among is None:
            # What is gone may be among the nearest.
            found = self.base.search(vector, k + len(self.gone))
            kept = ~np.isin(found.rows, self.gone)
            found = Scored(found.rows[kept][:k], found.scores[kept][:k])
            return _nearest(found, self.tail.search(vector, k), k)
        first = int(np.searchsorted(among, self._first_of_tail))
        return _nearest(
            self.base.search(vector, k, among[:first]),
            self.tail.search(vector, k, among[first:]),
            k,
        )

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of `vector`, of shape (dim,), with each of `rows`: shape (n_rows,)."""
        return np.asarray(self.vectors(rows) @ vector.astype(np.float32), dtype=np.float32)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of `rows`, which must be there: shape (n_rows, dim)."""
        is_new = rows >= self._first_of_tail
        if not is_new.any():
            return self.base.vectors(rows)
        found = np.empty((len(rows), self.dim), dtype=np.float32)
        found[~is_new] = self.base.vectors(rows[~is_new])
        found[is_new] = self.tail.vectors(rows[is_new])
        return found

    def changed(
        self,
        rows: NDArray[np.int64],
        vectors: NDArray[np.float32],
        removed: NDArray[np.int64],
    ) -> DenseParts:
        """These parts with `rows` added and others removed; the large part is left as it is."""
        left = np.isin(self.tail.rows(), removed, invert=True)
        kept = self.tail.rows()[left]
        tail = DenseIndex(self.dim)
        tail.add(kept, self.tail.vectors(kept))
        tail.add(rows, vectors)
        # What the tail alone held is no more in any part.
        own = removed[removed < self._first_of_tail]
        return DenseParts(self.base, tail, np.union1d(self.gone, own))

    def joined(self) -> DenseIndex:
        """All vectors in one part, by row."""
        whole = DenseIndex(self.dim)
        rows = self.rows()
        for first in range(0, len(rows), _JOINED_AT_ONCE):
            part = rows[first : first + _JOINED_AT_ONCE]
            whole.add(part, self.vectors(part))
        return whole


_JOINED_AT_ONCE = 50_000


def _nearest(one: Scored, other: Scored, k: int) -> Scored:
    """The `k` best of both, best first."""
    if not len(other.rows):
        return one
    rows = np.concatenate([one.rows, other.rows])
    scores = np.concatenate([one.scores, other.scores])
    best = np.lexsort((rows, -scores))[:k]
    return Scored(rows[best], scores[best])
