"""The two indexes derived from a store's record, as files of one generation.

Files of different generations never share a name, so a change is written beside what is in use
and nothing is ever overwritten.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunk import embedding_text
from index.database import Database
from index.dense import DenseIndex
from index.lexical import LexicalIndex, LexicalRow
from index.types import Article, Passage


class Generation:
    """The indexes of one generation, opened."""

    def __init__(self, number: int, lexical: LexicalIndex, dense: DenseIndex) -> None:
        self.number = number
        self.lexical = lexical
        self.dense = dense
        # Filled when a question first filters by date or outlet (`Database.passage_columns`).
        self.columns: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]] | None = None


class GenerationFiles:
    """The index files in a store's folder.

    Parameters
    ----------
    folder : pathlib.Path
        The store.
    dim : int
        Length of a vector.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self._dim = dim

    def create(self, number: int) -> None:
        """Write empty indexes."""
        LexicalIndex.create(self._lexical(number))
        DenseIndex(self._dim).save(self._dense(number))

    def load(self, number: int) -> Generation:
        """Open the indexes; raises ValueError where they are missing, damaged or disagree."""
        if not self._lexical(number).is_dir():
            raise ValueError(f"{self._lexical(number).name} is missing")
        lexical = LexicalIndex.open(self._lexical(number))
        dense = DenseIndex.load(self._dense(number))
        if len(dense) != len(lexical) or dense.dim != self._dim:
            raise ValueError(
                f"{self._dense(number).name} holds {len(dense)} vectors of {dense.dim} numbers, "
                f"{self._lexical(number).name} {len(lexical)} passages"
            )
        return Generation(number, lexical, dense)

    def build(self, number: int, database: Database) -> None:
        """Make the indexes anew from the record, in place of those that are there."""
        draft = self._folder / "lexical-draft"
        shutil.rmtree(draft, ignore_errors=True)
        LexicalIndex.create(draft).update(
            (_lexical_row(*entry) for entry in database.all_passages()), ()
        )
        shutil.rmtree(self._lexical(number), ignore_errors=True)
        draft.replace(self._lexical(number))
        dense = DenseIndex(self._dim)
        dense.add(*database.vectors())
        dense_draft = self._folder / "dense-draft"
        dense.save(dense_draft)
        dense_draft.replace(self._dense(number))

    def write_next(
        self,
        number: int,
        added: Sequence[tuple[int, Passage, Article]],
        vectors: NDArray[np.float32],
        removed: Sequence[int],
    ) -> None:
        """Write generation ``number + 1``: that of `number` with passages added and removed.

        `vectors`, of shape (n_added, dim), belong to the added passages in their order.
        """
        self.remove(number + 1)
        # Segments never change once written, so links to them are as good as copies.
        shutil.copytree(
            self._lexical(number), self._lexical(number + 1), copy_function=_link_segment
        )
        LexicalIndex.open(self._lexical(number + 1)).update(
            (_lexical_row(*entry) for entry in added), removed
        )
        dense = DenseIndex.load(self._dense(number))
        dense.remove(np.array(removed, dtype=np.int64))
        dense.add(np.array([row for row, *_ in added], dtype=np.int64), vectors)
        dense.save(self._dense(number + 1))

    def remove(self, number: int) -> None:
        """Delete the files of a generation, if there are any."""
        shutil.rmtree(self._lexical(number), ignore_errors=True)
        self._dense(number).unlink(missing_ok=True)

    def sweep(self, number: int) -> None:
        """Delete what is not of generation `number`: older ones, and what a kill left behind."""
        for path in self._folder.glob("lexical-*"):
            if path != self._lexical(number):
                shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob("dense-*"):
            if path != self._dense(number):
                path.unlink(missing_ok=True)

    def _lexical(self, number: int) -> Path:
        return self._folder / f"lexical-{number}"

    def _dense(self, number: int) -> Path:
        return self._folder / f"dense-{number}.faiss"


def _lexical_row(row: int, passage: Passage, article: Article) -> LexicalRow:
    return LexicalRow(row, embedding_text(article, passage), article.source, article.published)


def _link_segment(source: str, target: str) -> None:
    name = Path(source).name
    if name.startswith(".") or name == "meta.json":  # the files that tantivy rewrites
        shutil.copyfile(source, target)
        return
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
