"""Files given in a chat and taken into the collection itself, where its operator allows it."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from index.build import IndexReport, Progress, index_articles
from index.cache import cache_dir
from index.errors import CorpusError, StoreWriteError
from index.kept_files import kept_at, kept_files
from index.milvus_address import MilvusAddress
from index.origin import file_sha256
from index.protocols import Store
from index.store import PassageStore, is_store
from index.types import Skipped
from index.writer import Change
from qa.ask import Assistant
from qa.corpus import Corpus, OnProgress
from qa.dropped import DropLimits, DroppedFile, file_name

# Of a file's SHA-256: nobody finds another file with the same beginning, and ids stay short.
_HASH_CHARS = 16
# How long an upload waits for `qa index` to finish writing.
_WAIT_SECONDS = 30


def check_takes_uploads(path: Corpus) -> None:
    """Make sure that the collection at `path` may be written by those who ask it.

    Raises
    ------
    CorpusError
        It is no store made with `qa index`, but articles that are indexed into the cache.
    StoreWriteError
        Its folder cannot be written.
    """
    if isinstance(path, MilvusAddress):
        raise CorpusError(
            f"uploads can go only into a store in a folder, which keeps the files, and {path} is "
            "in Milvus; add the files with `qa index`",
            path=str(path),
        )
    is_cached = path.resolve().is_relative_to(cache_dir().resolve())
    if is_cached or not is_store(path):
        raise CorpusError(
            f"uploads can go only into a store made with `qa index`, and {path} is no such store; "
            "files of articles are indexed into the cache, which mirrors them: index them into a "
            "store, and name that with --corpus",
            path=str(path),
        )
    if not os.access(path, os.W_OK):
        raise StoreWriteError(
            f"store {path} cannot be written, so no uploads can go into it; allow writing, or "
            "leave uploads apart from it",
            path=str(path),
        )


class UploadedArticles:
    """What one chat adds to the collection, for everybody who asks it.

    Each file is kept in the store's folder of uploads, under its hash and its own name: articles
    can be compared with it later on, and it has the same ids whoever uploads it. A file that
    gives no article is not kept.

    Parameters
    ----------
    collection : Assistant
        Over a store that `check_takes_uploads` lets pass.
    limits : DropLimits, optional
        Hold for all that comes from this chat.
    """

    def __init__(self, collection: Assistant, limits: DropLimits | None = None) -> None:
        self.limits = limits or DropLimits()
        self._collection = collection
        self._path = Path(collection.status().path)
        self._named: dict[Path, str] = {}
        self._n_files = self._n_bytes = self._n_articles = 0
        self._adding = threading.Lock()
        self._closed = threading.Event()

    @property
    def assistant(self) -> Assistant:
        """Answers from the whole collection."""
        return self._collection

    @property
    def names(self) -> tuple[str, ...]:
        """The files taken so far, in the order in which they came."""
        return tuple(self._named.values())

    @property
    def n_articles(self) -> int:
        """How many articles were added."""
        return self._n_articles

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def add(
        self, files: Sequence[DroppedFile], *, on_progress: OnProgress | None = None
    ) -> IndexReport:
        """Take the files over, by moving them, and index them into the collection.

        Returns
        -------
        IndexReport
            What was skipped is told by the files' own names.

        Raises
        ------
        CorpusError
            With these it would be more than the limits allow; none is taken then. Or it was
            closed meanwhile.
        StoreError, ModelUnavailableError
            See the errors; `StoreBusyError` where somebody else writes for long.
        """
        with self._adding, PassageStore.open(self._path) as store:
            self._check_open()
            n_bytes = self._n_bytes + sum(file.path.stat().st_size for file in files)
            self.limits.check(self._n_files + len(files), n_bytes)
            known = _paths(store)
            kept, told = _keep(files, kept_files(store.path), known)
            try:
                report = index_articles(
                    store,
                    self._collection.embedder,
                    kept,
                    root=kept_files(store.path),
                    wait_seconds=_WAIT_SECONDS,
                    on_progress=self._watched(on_progress),
                )
            finally:
                drop_unused(store, map(str, kept))
            self._n_files, self._n_bytes = self._n_files + len(files), n_bytes
            self._n_articles += report.added
            self._named |= kept
            told += [_as_uploaded(item, kept, known) for item in report.skipped]
            return replace(report, skipped=tuple(told))

    def close(self) -> None:
        """End an `add` on its way at its next step; what is in the collection stays there."""
        self._closed.set()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise CorpusError("adding files was stopped; add them again")

    def _watched(self, on_progress: OnProgress | None) -> OnProgress:
        def step(progress: Progress) -> None:
            if on_progress is not None:
                on_progress(progress)
            self._check_open()

        return step


def drop_unused(store: Store, paths: Iterable[str]) -> None:
    """Delete those of the files kept in `store` that no article was read from."""
    used = _paths(store)
    unused = {path for path in paths if path not in used and kept_at(store.path, path)}
    for path in unused:
        place = kept_at(store.path, path)
        assert place is not None
        with contextlib.suppress(OSError):
            place.unlink()
            place.parent.rmdir()
    if forget := unused & store.database().files().keys():
        with store.writer(_WAIT_SECONDS) as writer:
            writer.apply(Change(), forget=forget)


def _keep(
    files: Iterable[DroppedFile], folder: Path, known: Collection[str]
) -> tuple[dict[Path, str], list[Skipped]]:
    """Where the files are kept from now on, with their names, and which came before."""
    kept: dict[Path, str] = {}
    told = []
    for file in files:
        path = _kept(file, folder)
        if path in kept:
            reason = f"is the same file as {kept[path]}"
            told.append(Skipped(file.name, reason, None, is_fault=False))
            continue
        kept[path] = file_name(file.name)
        if str(path) in known:
            reason = "is in the collection already"
            told.append(Skipped(kept[path], reason, None, is_fault=False))
    return kept, told


def _kept(file: DroppedFile, folder: Path) -> Path:
    """Move a file to where it is kept, unless it is there already; its place."""
    sha256 = file_sha256(file.path)
    place = folder / sha256[:_HASH_CHARS]
    place.mkdir(parents=True, exist_ok=True)
    for path in place.iterdir():
        if not path.name.startswith(".") and file_sha256(path) == sha256:
            file.path.unlink()
            return path
    path = place / file_name(file.name)
    # In one step: what is there under its name is whole.
    draft = place / f".{place.name}"
    shutil.move(file.path, draft)
    return draft.replace(path)


def _paths(store: Store) -> set[str]:
    """Where the current articles were read from."""
    return {path for path in store.database().article_ids().values() if path is not None}


def _as_uploaded(item: Skipped, kept: Mapping[Path, str], known: Iterable[str]) -> Skipped:
    """The same without any path of ours, which means nothing to whoever uploaded it."""
    name = kept.get(Path(item.path), item.path)
    reason = item.reason.replace(item.path, name)
    # Longest first: a path may begin with another one.
    for path in sorted((path for path in known if path in reason), key=len, reverse=True):
        reason = reason.replace(path, Path(path).name)
    return replace(item, path=name, reason=reason)
