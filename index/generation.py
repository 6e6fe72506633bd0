"""The indexes derived from a store's record, as files of one generation.

Files of different generations never share a name, so a change is written beside what is in use
and nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.chunk import embedding_text, searched_text
from index.columns import PassageColumns
from index.database import Counts, Database, Inventory
from index.dense import DenseIndex
from index.dense_parts import DenseParts
from index.lexical import ARTICLE_FIELDS, PASSAGE_FIELDS, LexicalIndex, LexicalRow
from index.near import NearIndex
from index.types import Article, Passage


class IndexChange(NamedTuple):
    """What the indexes of the next generation have more, and less.

    Attributes
    ----------
    passages : sequence of (row, Passage, Article)
        Added, to be found by their words.
    vector_rows : sequence of int
        The passages whose vectors are added: those of `passages`, or some that waited; ascending.
    vectors : ndarray of shape (n_vector_rows, dim), float32
        Theirs, in their order.
    removed_passages : sequence of int
    removed_vectors : sequence of int
        Those of them that had their vectors.
    articles : sequence of (row, Article)
        Added.
    removed_articles : sequence of int
    """

    passages: Sequence[tuple[int, Passage, Article]]
    vector_rows: Sequence[int]
    vectors: NDArray[np.float32]
    removed_passages: Sequence[int] = ()
    removed_vectors: Sequence[int] = ()
    articles: Sequence[tuple[int, Article]] = ()
    removed_articles: Sequence[int] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the indexes stay as they are."""
        return not (
            self.passages
            or self.vector_rows
            or self.removed_passages
            or self.articles
            or self.removed_articles
        )


class Generation:
    """The indexes of one generation, opened.

    `waiting` passages are in `lexical` and still to come in `dense`: those of the highest rows.
    `scratch` is kept as long as the indexes are: copies they were opened from.
    """

    def __init__(
        self,
        number: int,
        lexical: LexicalIndex,
        articles: LexicalIndex,
        dense: DenseParts,
        waiting: int = 0,
        scratch: Sequence[tempfile.TemporaryDirectory[str]] = (),
    ) -> None:
        self.number = number
        self.waiting = waiting
        self._scratch = scratch
        self.lexical = lexical
        self.articles = articles
        self.dense = dense
        # Filled by the first question (`Database.passage_columns`).
        self.columns: PassageColumns | None = None
        # Filled at the first question: counting reads every article's row (5 ms a thousand).
        self.counts: Counts | None = None
        # Filled when the collection is first described.
        self.inventory: Inventory | None = None
        # Filled when a question first holds a word that stands nowhere.
        self.vocabulary: dict[str, int] | None = None


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
        LexicalIndex.create(self._articles(number), ARTICLE_FIELDS)
        DenseIndex(self._dim).save(self._dense(number))
        self._seal(number, {})

    def load(self, number: int, waiting: int = 0) -> Generation:
        """Open the indexes; raises ValueError where they are missing, damaged or disagree.

        `waiting` is how many passages are to have no vector yet.
        """
        lexical, *scratch = _open(self._lexical(number))
        articles, *more = _open(self._articles(number), ARTICLE_FIELDS)
        dense = self._load_dense(number)
        if len(dense) + waiting != len(lexical) or dense.dim != self._dim:
            raise ValueError(
                f"{self._dense(number).name} holds {len(dense)} vectors of {dense.dim} numbers, "
                f"{self._lexical(number).name} {len(lexical)} passages, {waiting} without vector"
            )
        return Generation(number, lexical, articles, dense, waiting, (*scratch, *more))

    def damaged(self, number: int) -> tuple[str, ...]:
        """The names of the index files that are not what was written."""
        try:
            sums = json.loads(self._sums(number).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return (self._sums(number).name,)
        return tuple(
            name
            for name, digest in sorted(sums.items())
            if not (file := self._folder / name).is_file() or _digest(file) != digest
        )

    def build(self, number: int, database: Database) -> None:
        """Make the indexes anew from the record, in place of those that are there.

        Raises
        ------
        ValueError
            The record's vectors are not of the length the manifest tells.
        """
        rows, vectors = database.vectors()
        if len(rows) and vectors.shape[1] != self._dim:
            raise ValueError(
                f"the record's vectors have {vectors.shape[1]} numbers, the manifest says "
                f"{self._dim}"
            )
        self._rebuild(
            self._lexical(number),
            LexicalIndex.create,
            (passage_row(*entry) for entry in database.all_passages()),
        )
        self._rebuild(
            self._articles(number),
            lambda folder: LexicalIndex.create(folder, ARTICLE_FIELDS),
            (article_row(*entry) for entry in database.article_rows()),
        )
        dense = DenseIndex(self._dim)
        dense.add(rows, vectors)
        dense_draft = self._folder / "dense-draft"
        dense.save(dense_draft)
        dense_draft.replace(self._dense(number))
        for beside in (self._tail(number), self._gone(number), self._near(number)):
            beside.unlink(missing_ok=True)
        near = DenseParts(dense).near_of(dense)
        if near is not None:
            near.save(self._near(number))
        self._seal(number, {})

    def _rebuild(
        self,
        folder: Path,
        create: Callable[[Path], LexicalIndex],
        rows: Iterable[LexicalRow],
    ) -> None:
        draft = folder.with_name(f"{folder.name}-draft")
        shutil.rmtree(draft, ignore_errors=True)
        create(draft).update(rows, ())
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)

    def write_next(self, number: int, change: IndexChange) -> None:
        """Write generation ``number + 1``: that of `number`, changed."""
        self.remove(number + 1)
        for folder in (self._lexical, self._articles):
            # Segments never change once written, so links to them are as good as copies.
            shutil.copytree(folder(number), folder(number + 1), copy_function=_link_segment)
        if change.passages or change.removed_passages:
            LexicalIndex.open(self._lexical(number + 1)).update(
                (passage_row(*entry) for entry in change.passages), change.removed_passages
            )
        if change.articles or change.removed_articles:
            LexicalIndex.open(self._articles(number + 1), ARTICLE_FIELDS).update(
                (article_row(*entry) for entry in change.articles), change.removed_articles
            )
        dense = self._load_dense(number).changed(
            np.array(change.vector_rows, dtype=np.int64),
            change.vectors,
            np.array(change.removed_vectors, dtype=np.int64),
        )
        known, sums = self._known_sums(number), self._all_sums(number)
        if self._save_dense(number, dense):
            for kept in (self._dense, self._near):
                if kept(number).name in sums:
                    known[kept(number + 1).name] = sums[kept(number).name]
        self._seal(number + 1, known)

    def _load_dense(self, number: int) -> DenseParts:
        base = DenseIndex.load(self._dense(number))
        tail, gone, near = self._tail(number), self._gone(number), self._near(number)
        return DenseParts(
            base,
            DenseIndex.load(tail) if tail.exists() else None,
            _load_rows(gone) if gone.exists() else None,
            NearIndex.load(near) if near.exists() else None,
        )

    def _save_dense(self, number: int, dense: DenseParts) -> bool:
        """Write the vectors of the next generation; whether its large part is that of `number`."""
        target = self._dense(number + 1)
        is_known = self._dense(number).name in self._all_sums(number)
        if dense.is_due or not is_known:
            whole = dense.joined()
            whole.save(target)
            near = dense.near_of(whole)
            if near is not None:
                near.save(self._near(number + 1))
            return False
        for kept in (self._dense, self._near):
            if kept(number).exists():
                _link(str(kept(number)), str(kept(number + 1)))
        if len(dense.tail):
            dense.tail.save(self._tail(number + 1))
        if len(dense.gone):
            with self._gone(number + 1).open("wb") as file:
                np.save(file, dense.gone)
        return True

    def remove(self, number: int) -> None:
        """Delete the files of a generation, if there are any."""
        for folder in (self._lexical(number), self._articles(number)):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self._dense, self._tail, self._gone, self._near, self._sums):
            file(number).unlink(missing_ok=True)

    def sweep(self, number: int) -> None:
        """Delete what is not of generation `number`: older ones, and what a kill left behind."""
        for pattern, kept in (("lexical-*", self._lexical), ("articles-*", self._articles)):
            for path in self._folder.glob(pattern):
                if path != kept(number):
                    shutil.rmtree(path, ignore_errors=True)
        files = (
            ("dense-*", self._dense),
            ("tail-*", self._tail),
            ("gone-*", self._gone),
            ("near-*", self._near),
            ("sums-*", self._sums),
        )
        for pattern, kept in files:
            for path in self._folder.glob(pattern):
                if path != kept(number):
                    path.unlink(missing_ok=True)

    def _seal(self, number: int, known: Mapping[str, str]) -> None:
        """Note the hash of every index file; `known` are those of files that never change."""
        sums = {}
        folders = self._lexical(number), self._articles(number)
        files = [file for folder in folders for file in sorted(folder.iterdir())]
        parts = (self._tail(number), self._gone(number), self._near(number))
        beside = [file for file in parts if file.exists()]
        for file in (self._dense(number), *beside, *files):
            if not file.name.startswith("."):  # tantivy's own housekeeping
                name = str(file.relative_to(self._folder))
                sums[name] = known.get(file.name) or _digest(file)
        self._sums(number).write_text(json.dumps(sums, indent=1), encoding="utf-8")

    def _known_sums(self, number: int) -> dict[str, str]:
        """Of generation `number`, the hashes of the files that are linked rather than copied."""
        sums = self._all_sums(number)
        folders = self._lexical(number).name, self._articles(number).name
        names = {name: Path(name).name for name in sums if name.startswith(folders)}
        return {short: sums[name] for name, short in names.items() if _is_segment(short)}

    def _all_sums(self, number: int) -> dict[str, str]:
        try:
            return dict(json.loads(self._sums(number).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _lexical(self, number: int) -> Path:
        return self._folder / f"lexical-{number}"

    def _articles(self, number: int) -> Path:
        return self._folder / f"articles-{number}"

    def _dense(self, number: int) -> Path:
        return self._folder / f"dense-{number}.faiss"

    def _tail(self, number: int) -> Path:
        return self._folder / f"tail-{number}.faiss"

    def _gone(self, number: int) -> Path:
        return self._folder / f"gone-{number}.npy"

    def _near(self, number: int) -> Path:
        return self._folder / f"near-{number}.faiss"

    def _sums(self, number: int) -> Path:
        return self._folder / f"sums-{number}.json"


@contextmanager
def panics_as_value_errors() -> Iterator[None]:
    """Turn what tantivy does at a damaged file, a panic past `Exception`, into a ValueError."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"the lexical index is damaged ({error})") from error


def _load_rows(file: Path) -> NDArray[np.int64]:
    try:
        return np.asarray(np.load(file), dtype=np.int64)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{file} holds no rows") from error


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _is_segment(name: str) -> bool:
    """Whether a file of tantivy's is one that never changes once written."""
    return not name.startswith(".") and name != "meta.json"


def passage_row(row: int, passage: Passage, article: Article) -> LexicalRow:
    """What BM25 of passages is to hold of one."""
    return LexicalRow(row, embedding_text(article, passage), article.source, article.published)


def article_row(row: int, article: Article) -> LexicalRow:
    """What BM25 of articles is to hold of one."""
    text = searched_text(article)
    return LexicalRow(row, text, article.source, article.published, article.title or "")


def _open(
    folder: Path, fields: Sequence[str] = PASSAGE_FIELDS
) -> tuple[LexicalIndex, *tuple[tempfile.TemporaryDirectory[str], ...]]:
    """The index in a folder, and the copy it was opened from, if any."""
    if not folder.is_dir():
        raise ValueError(f"{folder.name} is missing")
    if os.access(folder, os.W_OK):
        with panics_as_value_errors():
            return (LexicalIndex.open(folder, fields),)
    # tantivy locks the folder even to read it: what may not be written is copied.
    scratch = tempfile.TemporaryDirectory(prefix="dateline-", ignore_cleanup_errors=True)
    folder = Path(shutil.copytree(folder, Path(scratch.name) / folder.name))
    for copy in (folder, *folder.iterdir()):
        copy.chmod(0o700)
    with panics_as_value_errors():
        return LexicalIndex.open(folder, fields), scratch


def _link_segment(source: str, target: str) -> None:
    if not _is_segment(Path(source).name):
        shutil.copyfile(source, target)
        return
    _link(source, target)


def _link(source: str, target: str) -> None:
    """Let a file that never changes have another name."""
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
