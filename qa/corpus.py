"""Which collection is meant, and its store: opened, or made in the cache on first use."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import seeds
from index.cache import cache_dir
from index.chunk import ChunkSettings
from index.embed import SentenceTransformerEmbedder
from index.errors import CorpusError, StoreBusyError, StoreError, StoreMismatchError
from index.known_files import is_up_to_date
from index.manifest import Manifest
from index.milvus_address import MilvusAddress, is_milvus
from index.models import DEFAULT_MODEL
from index.protocols import Store
from index.shard_record import Shard
from index.store import PassageStore, is_store

if TYPE_CHECKING:
    from index.build import IndexReport, Progress

logger = logging.getLogger(__name__)

OnProgress = Callable[["Progress"], None]
# A file or folder, or a store in Milvus.
Corpus = Path | MilvusAddress

# How long a second process waits for the first to have a folder's articles in the cache, and how
# often it looks.
_WAIT_SECONDS = 3600
_LOOK_AGAIN_SECONDS = 2


def corpus_path(corpus: str | Path | None) -> Corpus:
    """What is meant: `corpus`, else ``$DATELINE_CORPUS``, else the bundled articles.

    Raises
    ------
    CorpusError
        It begins like the address of a store in Milvus and is none.
    """
    chosen = corpus or os.environ.get("DATELINE_CORPUS")
    if isinstance(chosen, str) and is_milvus(chosen):
        return MilvusAddress.parse(chosen)
    return Path(chosen).expanduser().absolute() if chosen else seeds.PATH


def model_of(corpus: Corpus) -> str | None:
    """The embedding model of a collection on this machine; None of one that is not yet indexed."""
    if isinstance(corpus, MilvusAddress):
        return None
    folder = corpus if is_store(corpus) else _cached_store(corpus)
    return Manifest.load(folder).model if is_store(folder) else None


def has_store(corpus: Corpus) -> bool:
    """Whether there is a store, rather than articles or nothing."""
    if isinstance(corpus, MilvusAddress):
        from index.milvus import MilvusStore

        return MilvusStore.exists(corpus)
    return is_store(corpus)


def open_store(corpus: Corpus) -> Store:
    """The store that there is; see `index.store.PassageStore` and `index.milvus.MilvusStore`."""
    if isinstance(corpus, MilvusAddress):
        from index.milvus import MilvusStore

        return MilvusStore.open(corpus)
    return PassageStore.open(corpus)


def _create_store(corpus: Corpus, manifest: Manifest) -> Store:
    if isinstance(corpus, MilvusAddress):
        from index.milvus import MilvusStore

        return MilvusStore.create(corpus, manifest)
    return PassageStore.create(corpus, manifest)


def open_corpus(
    path: Corpus, on_progress: OnProgress | None = None, *, words_suffice: bool = False
) -> tuple[Store, SentenceTransformerEmbedder]:
    """The store of the collection at `path`, with the embedder it was built with.

    A folder that holds a store is opened, and so is a store in Milvus. Any other file or folder
    of articles is indexed into the cache, under its absolute path, and brought up to date by
    content hash. Where `words_suffice`, `index.build.embed_waiting` may still have to make vectors.

    Raises
    ------
    CorpusError
        Nothing is there, or no article in it.
    StoreError, ModelUnavailableError
        See the errors.
    """
    if isinstance(path, MilvusAddress) or is_store(path):
        store = open_store(path)
        return store, embedder_for(store)
    if not _exists(path):
        raise CorpusError(
            f"there is nothing at {path}; name a file or folder of articles, or a store made "
            "with `qa index`",
            path=str(path),
        )
    return _open_cached(path, on_progress, words_suffice=words_suffice)


def embedder_for(store: Store) -> SentenceTransformerEmbedder:
    """The embedder that `store` was built with; raises StoreMismatchError if it has changed."""
    embedder = SentenceTransformerEmbedder(store.manifest.model)
    if embedder.weights_sha256 != store.manifest.weights_sha256:
        store.close()
        raise StoreMismatchError(
            f"store {store.location} was built with weights {store.manifest.weights_sha256[:8]} of "
            f"{store.manifest.model!r}, but those found now are {embedder.weights_sha256[:8]}; "
            "restore them, or index the articles into a new folder",
            path=store.location,
        )
    return embedder


def index_into(
    target: Corpus,
    paths: Iterable[str | Path],
    *,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    shard: Shard | None = None,
    may_be_empty: bool = False,
    words_suffice: bool = False,
    wait_seconds: float = 0,
    on_progress: OnProgress | None = None,
) -> tuple[Store, IndexReport]:
    """Index `paths` into the store at `target`, which is made if there is none.

    A new store without an article is kept only where it `may_be_empty`.

    Raises
    ------
    CorpusError
        A path is missing, a key of `fields` is unknown (see `index.build.index_articles`), or no
        article was found for a new store, which is not kept then.
    StoreError, ModelUnavailableError
        See the errors.
    """
    from index.build import index_articles, manifest_for

    if shard is not None and isinstance(target, MilvusAddress):
        raise StoreMismatchError(
            f"a shard is made in a folder, and {target} is in Milvus; name a folder, and merge the "
            "shards into Milvus with `qa merge`",
            path=str(target),
        )
    is_new = not has_store(target)
    if is_new:
        embedder = SentenceTransformerEmbedder(model or DEFAULT_MODEL)
        store = _create_store(target, manifest_for(embedder))
    else:
        store = open_store(target)
        embedder = SentenceTransformerEmbedder(model) if model else embedder_for(store)
    try:
        report = index_articles(
            store,
            embedder,
            paths,
            fields=fields,
            prune=prune,
            shard=shard,
            words_suffice=words_suffice,
            wait_seconds=wait_seconds,
            on_progress=on_progress,
        )
        # Of few files, a shard may get none.
        if is_new and not may_be_empty and shard is None:
            _require_articles(store, report)
    except BaseException:
        store.close()
        if is_new:
            _drop_if_empty(target)
        raise
    return store, report


def merge_into(
    target: Corpus, parts: Sequence[str | Path], *, on_progress: OnProgress | None = None
) -> IndexReport:
    """Merge shards into the store at `target`, which is made if there is none.

    Raises
    ------
    StoreError
        See `index.shards.merge_shards`.
    """
    from index.shards import merge_shards

    with contextlib.ExitStack() as opened:
        shards = [opened.enter_context(PassageStore.open(part)) for part in parts]
        is_new = not has_store(target)
        store = _create_store(target, shards[0].manifest) if is_new else open_store(target)
        try:
            with store:
                return merge_shards(store, shards, on_progress=on_progress)
        except BaseException:
            if is_new:
                _drop_if_empty(target)
            raise


def _open_cached(
    path: Path, on_progress: OnProgress | None, *, words_suffice: bool
) -> tuple[Store, SentenceTransformerEmbedder]:
    target = _cached_store(path)
    model = os.environ.get("DATELINE_MODEL")
    until = time.monotonic() + _WAIT_SECONDS
    try:
        _check_settings(target)
        while True:
            if model is None and (
                opened := _open_unchanged(target, path, words_suffice=words_suffice)
            ):
                return opened
            try:
                store, report = index_into(
                    target,
                    [path],
                    model=model,
                    prune=True,
                    words_suffice=words_suffice,
                    wait_seconds=_LOOK_AGAIN_SECONDS,
                    on_progress=on_progress,
                )
                break
            except StoreBusyError:
                # Whoever writes may have all articles in, and be at the vectors.
                if time.monotonic() > until:
                    raise
    except StoreMismatchError as error:
        # The cache can be made again; a store of the user's would be left alone.
        logger.warning("indexing %s anew: %s", path, error)
        shutil.rmtree(target, ignore_errors=True)
        store, report = index_into(
            *(target, [path]), model=model, words_suffice=words_suffice, on_progress=on_progress
        )
    for item in report.faults:
        logger.warning("left out %s", item)
    return store, embedder_for(store)


def _cached_store(path: Path) -> Path:
    """Where the articles at `path` are indexed for those who name no store."""
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
    return cache_dir() / "corpora" / key


def _open_unchanged(
    target: Path, path: Path, *, words_suffice: bool
) -> tuple[PassageStore, SentenceTransformerEmbedder] | None:
    """The cached store where it holds all that there is; it is opened to read only.

    Where vectors are still to come, that is enough if words suffice or another process makes them.

    Neither the lock nor the readers are needed for that: a tenth of a second of each question
    from the shell.

    Raises
    ------
    StoreMismatchError
        The weights have changed.
    StoreError
        See the errors.
    """
    if not is_store(target):
        return None
    store = PassageStore.open(target)
    try:
        is_enough = words_suffice or not _waits(store) or _is_written(store)
        if is_enough and is_up_to_date(store, path):
            return store, embedder_for(store)
    except BaseException:
        store.close()
        raise
    store.close()
    return None


def _waits(store: PassageStore) -> bool:
    with store.view() as view:
        return view.count_waiting() > 0


def _is_written(store: PassageStore) -> bool:
    """Whether another process is writing to it."""
    try:
        with store.writer():
            return False
    except StoreBusyError:
        return True


def _check_settings(target: Path) -> None:
    """Make sure that a cached store has passages as this Dateline cuts them.

    Raises
    ------
    StoreMismatchError
        They are of another length; for a store of the user's, its own settings hold.
    """
    if not is_store(target):
        return
    cut, now = Manifest.load(target).chunk_settings, ChunkSettings()
    if cut != now:
        raise StoreMismatchError(
            f"its passages have up to {cut.max_tokens} tokens, now {now.max_tokens}",
            path=str(target),
        )


def _require_articles(store: Store, report: IndexReport) -> None:
    with store.view() as view:
        if view.counts().articles:
            return
    reasons = f" ({report.skipped[0]})" if report.skipped else ""
    more = f" and {len(report.skipped) - 1} more" if len(report.skipped) > 1 else ""
    raise CorpusError(
        f"no article was found{reasons}{more}; name .txt or .jsonl files, or a folder that "
        "holds some"
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or a folder closed to us
        return False


def _drop_if_empty(target: Corpus) -> None:
    """Take back a store that was made for nothing, unless another process fills it."""
    with contextlib.suppress(StoreError), open_store(target) as store:
        with store.writer(), store.view() as view:
            is_empty = not view.counts().articles
        if is_empty:
            store.drop()
