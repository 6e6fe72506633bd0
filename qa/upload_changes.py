"""Taking out, or renewing, what was given in a chat and taken into the collection.

Only that: an article that the operator indexed is none of those who ask.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from index.build import IndexReport, index_articles, remove_articles
from index.errors import CorpusError
from index.kept_files import kept_at, kept_files
from index.store import PassageStore
from qa.ask import Assistant
from qa.corpus import OnProgress
from qa.dropped import DropLimits, DroppedFile
from qa.uploads import drop_unused

# How long a change waits for another writer to finish, as uploads do.
_WAIT_SECONDS = 30


def is_uploaded(collection: Assistant, path: str | None) -> bool:
    """Whether what was read from the file at `path` was given in a chat."""
    return kept_at(collection.store.path, path) is not None


def remove_uploaded(collection: Assistant, article_id: str) -> None:
    """Delete an article that was given in a chat, and its file with the last article of it.

    Raises
    ------
    CorpusError
        There is no such article, or it came in another way.
    StoreError
        See the errors; `StoreBusyError` where somebody else writes.
    """
    path = _path_of(collection, article_id)
    with PassageStore.open(collection.store.path) as store:
        remove_articles(store, [article_id])
        drop_unused(store, [path])


def replace_uploaded(
    collection: Assistant,
    article_id: str,
    file: DroppedFile,
    limits: DropLimits | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> IndexReport:
    """Put another file in the place of the one that an article was read from.

    The article keeps its id, and what was quoted of it before can still be opened. A file that
    gives no article replaces nothing.

    Raises
    ------
    CorpusError
        There is no such article, or it came in another way; the file is of another kind, too
        large, or holds no article.
    StoreError, ModelUnavailableError
        See the errors.
    """
    path = _path_of(collection, article_id)
    (limits or DropLimits()).check(1, file.path.stat().st_size)
    place = kept_at(collection.store.path, path)
    assert place is not None
    if Path(file.name).suffix.lower() != place.suffix.lower():
        raise CorpusError(
            f"{file.name} is of another kind than {place.name}, which it should replace; remove "
            "the article and add the file, or choose one of the same kind"
        )
    # Hidden from the reader of the folder, and there until the new one has proved to be readable.
    former = place.with_name(f".{place.name}.former")
    place.replace(former)
    try:
        shutil.move(file.path, place)
        report = _index(collection, place, on_progress)
        if not report.added + report.updated + report.unchanged:
            reason = "; ".join(item.reason for item in report.skipped) or "it holds no article"
            raise CorpusError(f"{file.name} replaces nothing: {reason}".replace(path, file.name))
    except BaseException:
        former.replace(place)
        _index(collection, place, None)
        raise
    former.unlink()
    return report


def _index(collection: Assistant, place: Path, on_progress: OnProgress | None) -> IndexReport:
    with PassageStore.open(collection.store.path) as store:
        return index_articles(
            store,
            collection.embedder,
            [place],
            root=kept_files(store.path),
            wait_seconds=_WAIT_SECONDS,
            on_progress=on_progress,
        )


def _path_of(collection: Assistant, article_id: str) -> str:
    path = collection.article(article_id).path
    if path is None or not is_uploaded(collection, path):
        raise CorpusError(
            f"article {article_id!r} was not added in a chat, so it cannot be changed in one; "
            "whoever runs the collection can, with `qa index` and `qa remove`"
        )
    return path
