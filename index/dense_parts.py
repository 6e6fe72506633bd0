"""Vectors of one generation: a large part that stays as it is, and a small one that grows.

Writing all vectors anew for one more article would take as long as copying the collection. So the
large part is kept, with a list of what is gone from it, until enough has come and gone beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index import near
from index.dense import DenseIndex
from index.lexical import Scored
from index.near import NearIndex

# From so many vectors on (31 MB) the large part is kept; and for so long as what has come and gone
# is at most one in so many of it. Of a million vectors that is 24 MB to be written for a change.
KEPT_FROM = 20_000
_ONE_IN = 64
_LEAST_CHANGED = 4_096
# Where conditions leave fewer than one in so many, those few are looked at, each.
_FEW = 20


class DenseParts:
    """The vectors of a generation, searched as one.

    Parameters
    ----------
    base : DenseIndex
    tail : DenseIndex, optional
        Rows that came later: all of them higher than those of `base`.
    gone : ndarray of int64, optional
        Rows of `base` that count no more, ascending.
    near : NearIndex, optional
        Finds candidates in `base` where that is too large to be searched through.
    """

    def __init__(
        self,
        base: DenseIndex,
        tail: DenseIndex | None = None,
        gone: NDArray[np.int64] | None = None,
        near: NearIndex | None = None,
    ) -> None:
        self.base = base
        self.near = near
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
            return _nearest(self._of_base(vector, k), self.tail.search(vector, k), k)
        first = int(np.searchsorted(among, self._first_of_tail))
        return _nearest(
            self._search_base(vector, k, among[:first]),
            self.tail.search(vector, k, among[first:]),
            k,
        )

    def _of_base(self, vector: NDArray[np.float32], k: int) -> Scored:
        """The nearest of the large part that are not gone: more are looked for until there are."""
        asked = k
        while True:
            found = self._search_base(vector, asked, None)
            kept = ~np.isin(found.rows, self.gone)
            if np.count_nonzero(kept) >= k or len(found.rows) < asked or not len(self.gone):
                return Scored(found.rows[kept][:k], found.scores[kept][:k])
            asked *= 2

    def _search_base(
        self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64] | None
    ) -> Scored:
        is_few = among is not None and len(among) * _FEW < len(self.base)
        if self.near is None or is_few:
            return self.base.search(vector, k, among)
        rows = np.sort(self.near.candidates(vector, k, among))
        return _nearest(_NOTHING, Scored(rows, self.base.cosines(vector, rows)), k)

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
        return DenseParts(self.base, tail, np.union1d(self.gone, own), self.near)

    def joined(self) -> DenseIndex:
        """All vectors in one part, by row."""
        whole = DenseIndex(self.dim)
        rows = self.rows()
        for first in range(0, len(rows), _JOINED_AT_ONCE):
            part = rows[first : first + _JOINED_AT_ONCE]
            whole.add(part, self.vectors(part))
        return whole

    def near_of(self, whole: DenseIndex) -> NearIndex | None:
        """What finds candidates in `whole`, these parts `joined`: the present one, changed, if any.

        None where there are so few vectors that each is looked at.
        """
        if len(whole) < near.NEAR_FROM:
            return None
        if self.near is None:
            return NearIndex.train(whole)
        self.near.remove(self.gone)
        self.near.add(self.tail.rows(), whole)
        return NearIndex.train(whole) if self.near.is_outgrown else self.near


_JOINED_AT_ONCE = 50_000
_NOTHING = Scored(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def _nearest(one: Scored, other: Scored, k: int) -> Scored:
    """The `k` best of both, best first."""
    if not len(other.rows):
        return one
    rows = np.concatenate([one.rows, other.rows])
    scores = np.concatenate([one.scores, other.scores])
    best = np.lexsort((rows, -scores))[:k]
    return Scored(rows[best], scores[best])
