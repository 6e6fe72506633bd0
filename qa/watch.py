"""Follow folders of articles: whatever changes in them is indexed, until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.build import IndexReport, index_articles
from index.readers import find_files
from qa.corpus import Corpus, OnProgress, embedder_for, index_into
from qa.errors import DatelineError

# Changes that come within this time of one another are indexed together.
_GATHER_MS = 800
# How often the thread looks up from waiting, and after how long a failed run is tried again.
_TICK_MS = 500
_RETRY_SECONDS = 3.0
# How long the first run waits for another writer; later ones are tried again instead.
_WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Update:
    """What following came upon.

    Attributes
    ----------
    changed : tuple of pathlib.Path
        The files and folders that changed; empty for the first run over everything.
    report : IndexReport or None
        What indexing them did; None when it failed.
    problem : str or None
        Why it failed; it will be tried again.
    """

    changed: tuple[Path, ...]
    report: IndexReport | None = None
    problem: str | None = None


def watch_collection(
    target: Corpus,
    paths: Sequence[str],
    *,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    stop: threading.Event | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[Update]:
    """Index `paths` into the store at `target`, then every change in them as it comes.

    Ends when `stop` is set; an interrupt (Ctrl-C) is raised as it comes. What fails while
    following is told and tried again. The store keeps `fields` (see
    `index.build.index_articles`), so that they hold for what comes later, too.

    Raises
    ------
    CorpusError
        A path is missing at the beginning, or a key of `fields` is unknown.
    StoreError, ModelUnavailableError
        The first run failed; see the errors.
    """
    find_files(paths)  # raises for what is missing
    own = target.absolute() if isinstance(target, Path) else None
    changes = _changes([Path(path).expanduser().absolute() for path in paths], own, stop)
    next(changes, None)  # from here on no change is missed
    store, report = index_into(
        target,
        paths,
        model=model,
        fields=fields,
        prune=prune,
        may_be_empty=True,
        wait_seconds=_WAIT_SECONDS,
        on_progress=on_progress,
    )
    with store:
        yield Update((), report)
        embedder = embedder_for(store)
        pending: set[Path] = set()
        problem, retry_at = None, 0.0
        for found in changes:
            pending |= found
            if not pending or (not found and time.monotonic() < retry_at):
                continue
            told = tuple(sorted(pending))
            try:
                report = index_articles(
                    store, embedder, paths, prune=prune, changed=pending, on_progress=on_progress
                )
            except DatelineError as error:
                retry_at = time.monotonic() + _RETRY_SECONDS
                if str(error) != problem:
                    problem = str(error)
                    yield Update(told, problem=problem)
                continue
            pending, problem = set(), None
            yield Update(told, report)


def _changes(
    paths: Sequence[Path], own: Path | None, stop: threading.Event | None
) -> Iterator[set[Path]]:
    """The paths that changed since the last time, often none."""
    from watchfiles import watch

    # A file is watched through its folder: editors put a new file in its place.
    folders = {path if path.is_dir() else path.parent for path in paths}
    for batch in watch(
        *sorted(folders),
        watch_filter=None,
        debounce=_GATHER_MS,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=True,
    ):
        yield {path for path in _named(batch) if _is_followed(path, paths, own)}


def _named(batch: Iterable[tuple[object, str]]) -> Iterator[Path]:
    return (Path(name) for _, name in batch)


def _is_followed(path: Path, paths: Sequence[Path], own: Path | None) -> bool:
    """Whether a change at `path` may be one of the articles; the store's own files are not."""
    if own is not None and (path == own or own in path.parents):
        return False
    for root in paths:
        if path == root:
            return True
        if root in path.parents:
            return not any(part.startswith(".") for part in path.relative_to(root).parts)
    return False
