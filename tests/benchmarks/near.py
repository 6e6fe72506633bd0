"""What looking at every vector costs, and what looking into cells of them costs and misses.

``python tests/benchmarks/near.py --source STORE --sizes 55000 300000``: vectors of a store of real
news; beyond their own number they are repeated, moved at random (cosine 0.93). Questions are its
headlines. Times are of the processor, one thread.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import index.near
from index.dense import DenseIndex
from index.near import NearIndex
from index.store import PassageStore
from qa.corpus import embedder_for

_NOISE = 0.02
_QUESTIONS = 64


def moved(vectors: NDArray[np.float32], dice: np.random.Generator) -> NDArray[np.float32]:
    """The vectors with noise, of norm 1."""
    noisy = vectors + dice.normal(0, _NOISE, vectors.shape).astype(np.float32)
    return np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), dtype=np.float32)


def measure(source: NDArray[np.float32], asked: NDArray[np.float32], size: int) -> None:
    """Print times and recall for so many vectors."""
    dice = np.random.default_rng(1)
    dense = DenseIndex(source.shape[1])
    for first in range(0, size, len(source)):
        n = min(len(source), size - first)
        vectors = source[:n] if first == 0 else moved(source[:n], dice)
        dense.add(np.arange(first, first + n), vectors)
    start = time.process_time()
    exact = [dense.search(vector, 200).rows for vector in asked]
    each = (time.process_time() - start) / _QUESTIONS * 1e3
    print(f"{size:,} vectors: each looked at {each:.2f} ms", flush=True)
    start = time.process_time()
    near = NearIndex.train(dense)
    print(f"  cells made in {time.process_time() - start:.0f} s", flush=True)
    for looked_into in (32, 64, 128, 192, 256):
        index.near._LOOKED_INTO = looked_into
        start = time.process_time()
        found = []
        for vector in asked:
            rows = near.candidates(vector, 200)
            cosines = dense.cosines(vector, rows)
            found.append(rows[np.argsort(-cosines, kind="stable")])
        each = (time.process_time() - start) / _QUESTIONS * 1e3
        recalls = [
            np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(exact, found, strict=True)])
            for k in (10, 200)
        ]
        told = f"recall@10 {recalls[0]:.4f}, recall@200 {recalls[1]:.4f}"
        print(f"  {looked_into} cells looked into: {each:.2f} ms, {told}", flush=True)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="a store of real news")
    parser.add_argument("--sizes", type=int, nargs="+", default=[55_000, 300_000])
    options = parser.parse_args()
    with PassageStore.open(options.source) as store:
        _, vectors = store.database().vectors()
        titles = [article.title for article in store.database().articles() if article.title]
    asked = embedder_for(store).embed_questions(titles[:: len(titles) // _QUESTIONS][:_QUESTIONS])
    for size in options.sizes:
        measure(vectors, asked, size)


if __name__ == "__main__":
    main()
