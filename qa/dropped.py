"""Files given in a chat: indexed apart from the collection, asked about, gone with the chat."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
import unicodedata
import weakref
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from index.build import IndexReport, Progress, index_articles, manifest_for
from index.cache import cache_dir
from index.errors import CorpusError
from index.origin import file_sha256
from index.store import PassageStore
from index.types import Skipped
from qa.ask import Assistant
from qa.corpus import OnProgress

_KEEP_SECONDS = 86_400
# A file system takes 255 bytes; the rest is for a number that tells two of one name apart.
_MAX_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class DropLimits:
    """How much may be dropped into one chat, all drops together."""

    max_files: int = 20
    max_bytes: int = 50_000_000

    def check(self, n_files: int, n_bytes: int) -> None:
        """Make sure that so much may be dropped.

        Raises
        ------
        CorpusError
            It is too much.
        """
        if n_files > self.max_files:
            raise CorpusError(
                f"{n_files:,} files are more than the {self.max_files:,} that can be dropped into "
                "one chat; drop fewer, or one zip archive of them"
            )
        if n_bytes > self.max_bytes:
            raise CorpusError(
                f"{n_bytes / 1e6:,.1f} MB are more than the {self.max_bytes / 1e6:,.0f} MB that "
                "can be dropped into one chat; drop less, or index the files with `qa index`"
            )


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file as it came in: ``name`` is what its owner calls it, and never a path here."""

    name: str
    path: Path


class DroppedArticles:
    """An index of its own for the files dropped into one chat; the collection is never written.

    Files and index lie in a folder of the cache that only this user can read. It is deleted by
    `close`, when the object or the process goes, else a day after its last use.

    Parameters
    ----------
    collection : Assistant
        Its embedder is used for the dropped articles, too.
    limits : DropLimits, optional
    """

    def __init__(self, collection: Assistant, limits: DropLimits | None = None) -> None:
        self.limits = limits or DropLimits()
        self._embedder = collection.embedder
        sweep_dropped()
        parent = _parent()
        parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(mkdtemp(dir=parent))
        self._delete = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        _OPEN.add(self)
        self._files = self._folder / "files"
        self._files.mkdir()
        store = PassageStore.create(self._folder / "store", manifest_for(self._embedder))
        self._store = store
        self._assistant = Assistant(store, self._embedder, self._files)
        self._named: dict[str, str] = {}
        self._adding = threading.Lock()
        self._closed = threading.Event()

    @property
    def assistant(self) -> Assistant:
        """Answers from the dropped articles alone."""
        with contextlib.suppress(OSError):
            os.utime(self._folder)
        return self._assistant

    @property
    def folder(self) -> Path:
        """Where files and index lie."""
        return self._folder

    @property
    def names(self) -> tuple[str, ...]:
        """The files taken so far, in the order in which they came."""
        return tuple(self._named.values())

    @property
    def n_articles(self) -> int:
        """How many articles were found in them."""
        return self._assistant.status().articles

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def add(
        self, files: Sequence[DroppedFile], *, on_progress: OnProgress | None = None
    ) -> IndexReport:
        """Take the files over, by moving them, and index them.

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
            See the errors.
        """
        with self._adding:
            try:
                self._check_open()
                self._check_limits(files)
                taken, repeated = self._take(files)
                report = index_articles(
                    self._store, self._embedder, taken, on_progress=self._watched(on_progress)
                )
                skipped = (*map(self._as_dropped, report.skipped), *repeated)
                return replace(report, skipped=skipped)
            finally:
                if self._closed.is_set():
                    self._drop()

    def close(self) -> None:
        """Delete files and index; an `add` on its way ends at its next step."""
        self._closed.set()
        # While files are being indexed, `add` itself clears away.
        if self._adding.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._adding.release()

    def _drop(self) -> None:
        self._assistant.close()
        self._delete()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise CorpusError("the dropped articles have been removed; drop the files again")

    def _watched(self, on_progress: OnProgress | None) -> OnProgress:
        def step(progress: Progress) -> None:
            if on_progress is not None:
                on_progress(progress)
            self._check_open()

        return step

    def _check_limits(self, files: Sequence[DroppedFile]) -> None:
        before = sum(path.stat().st_size for path in self._files.iterdir())
        coming = sum(file.path.stat().st_size for file in files)
        self.limits.check(len(self._named) + len(files), before + coming)

    def _take(self, files: Sequence[DroppedFile]) -> tuple[list[Path], list[Skipped]]:
        taken, repeated = [], []
        for file in files:
            sha256 = file_sha256(file.path)
            if sha256 in self._named:
                reason = f"is the same file as {self._named[sha256]}, which is here already"
                repeated.append(Skipped(file.name, reason, None, is_fault=False))
                file.path.unlink()
                continue
            name = file_name(file.name, self._named.values())
            shutil.move(file.path, self._files / name)
            self._named[sha256] = name
            taken.append(self._files / name)
        return taken, repeated

    def _as_dropped(self, item: Skipped) -> Skipped:
        """The same without the folder of ours, which means nothing to whoever dropped it."""
        prefix = f"{self._files}{os.sep}"
        return replace(
            item, path=item.path.replace(prefix, ""), reason=item.reason.replace(prefix, "")
        )


# What this process holds of dropped files.
_OPEN: weakref.WeakSet[DroppedArticles] = weakref.WeakSet()


def delete_dropped() -> None:
    """Delete all dropped files of this process, also those being indexed, before it ends."""
    for articles in list(_OPEN):
        articles.close()
        shutil.rmtree(articles.folder, ignore_errors=True)


def sweep_dropped() -> None:
    """Delete dropped files that nobody has used for a day: a killed process leaves them behind."""
    parent = _parent()
    for folder in parent.iterdir() if parent.is_dir() else ():
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _KEEP_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def file_name(name: str, taken: Collection[str] = ()) -> str:
    """A name to keep the file under: the last part of its own, told apart from those `taken`."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if unicodedata.category(c) in ("Cc", "Cs") else c for c in last).strip()
    if not kept.strip("."):
        kept = "file"
    path = PurePosixPath(kept)
    room = _MAX_NAME_BYTES - len(path.suffix.encode())
    # An ending longer than a name may be is none.
    stem, suffix = (path.stem, path.suffix) if room > 0 else (kept, "")
    stem = stem.encode()[: max(room, 0) or _MAX_NAME_BYTES].decode("utf-8", "ignore")
    folded = {other.casefold() for other in taken}
    chosen, number = f"{stem}{suffix}", 1
    while chosen.casefold() in folded:
        number += 1
        chosen = f"{stem} ({number}){suffix}"
    return chosen


def _parent() -> Path:
    return cache_dir() / "dropped"
