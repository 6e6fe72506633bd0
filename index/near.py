"""The nearest of very many vectors, nearly all of them, without looking at each: FAISS's IVF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex

if TYPE_CHECKING:
    import faiss

# From so many vectors on, looking at each takes more than 24 ms of one core (79 ns a vector of 384
# numbers); below, exact search is kept, which needs no second file and finds all.
NEAR_FROM = 300_000
# 4 times the root of their number of cells, as FAISS's guidelines have it, and never so many that
# one has fewer than 40 vectors to be trained on.
_CELLS_A_ROOT = 4
_A_CELL = 40
_ROUNDS = 8
# How many cells are looked into; tests/benchmarks/near.py measures what is found by it.
_LOOKED_INTO = 64
# Candidates compared for each vector asked for: 8 bits a number leave errors that this mends. Of a
# million vectors 100 candidates held 0.95 of the ten nearest, 400 hold 0.984, in any number of
# cells.
_CANDIDATES = 2
_LEAST_CANDIDATES = 400
# Trained anew when there are so many times as many.
_OUTGROWN = 2


class NearIndex:
    """Cells of vectors of 8 bits a number, by row: 392 bytes a vector.

    Build it with `train`, or `load` it.
    """

    def __init__(self, index: faiss.IndexIVFScalarQuantizer) -> None:
        self._index = index

    @classmethod
    def train(cls, base: DenseIndex) -> NearIndex:
        """Of all vectors of `base`; the same each time."""
        import faiss

        rows = base.rows()
        cells = _n_cells(len(rows))
        quantizer = faiss.IndexFlatIP(base.dim)
        index = faiss.IndexIVFScalarQuantizer(
            quantizer, base.dim, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = _ROUNDS
        drawn = np.random.default_rng(1).permutation(len(rows))[: cells * _A_CELL]
        index.train(base.vectors(rows[np.sort(drawn)]))
        near = cls(index)
        near.add(rows, base)
        return near

    @classmethod
    def load(cls, file: Path) -> NearIndex:
        """The index saved in `file`; raises ValueError where it is missing or damaged."""
        import faiss

        try:
            index = faiss.read_index(str(file))
        except RuntimeError as error:
            raise ValueError(f"{file} is no readable FAISS index") from error
        if not isinstance(index, faiss.IndexIVFScalarQuantizer):
            raise ValueError(f"{file} holds another kind of FAISS index")
        return cls(index)

    def save(self, file: Path) -> None:
        """Write the whole index to `file`."""
        import faiss

        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    @property
    def is_outgrown(self) -> bool:
        """Whether it holds so many more than it was trained for that another would do better."""
        return _n_cells(len(self) // _OUTGROWN) > int(self._index.nlist)

    def add(self, rows: NDArray[np.int64], base: DenseIndex) -> None:
        """Add rows of `base` that it does not hold."""
        for first in range(0, len(rows), _AT_ONCE):
            part = np.ascontiguousarray(rows[first : first + _AT_ONCE], dtype=np.int64)
            self._index.add_with_ids(base.vectors(part), part)

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Remove rows; those it does not hold are passed over."""
        import faiss

        if len(rows):
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(rows, dtype=np.int64))
            self._index.remove_ids(selector)

    def candidates(
        self, vector: NDArray[np.float32], k: int, among: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Rows that hold nearly all of the `k` nearest, from `among` alone where that is given."""
        import faiss

        faiss.omp_set_num_threads(1)
        params = faiss.SearchParametersIVF(nprobe=_LOOKED_INTO)  # type: ignore[call-arg]
        if among is not None:
            bits = np.zeros(int(among.max()) + 1, dtype=bool)
            bits[among] = True
            packed = np.packbits(bits, bitorder="little")
            selector = faiss.IDSelectorBitmap(packed)  # type: ignore[call-arg, arg-type]
            params = faiss.SearchParametersIVF(  # type: ignore[call-arg]
                nprobe=_LOOKED_INTO, sel=selector
            )
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        n = min(max(_CANDIDATES * k, _LEAST_CANDIDATES), len(self))
        _, rows = self._index.search(query, n, params=params)
        return np.asarray(rows[0][rows[0] >= 0], dtype=np.int64)


def _n_cells(n: int) -> int:
    return max(1, min(int(_CELLS_A_ROOT * n**0.5), n // _A_CELL))


_AT_ONCE = 50_000
