"""Index, check and prune a collection: what the verbs besides asking do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.build import IndexReport, remove_articles
from index.errors import StoreNotFoundError
from index.milvus_address import MilvusAddress
from index.shard_record import Shard
from index.store import is_store
from qa.corpus import Corpus, OnProgress, corpus_path, index_into, open_corpus, open_store
from qa.uploads import drop_unused


def index_collection(
    target: Corpus,
    paths: Sequence[str],
    *,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    shard: Shard | None = None,
    on_progress: OnProgress | None = None,
) -> IndexReport:
    """Add or update the articles under `paths` in the store at `target`.

    Parameters
    ----------
    fields : mapping of str to str, optional
        The names that records have for fields, as ``{"text": "Inhalt"}``; they are kept, and hold
        for these paths until others are given. An empty mapping forgets them.
    shard : Shard, optional
        Only that share of the articles is taken, to be merged with the others later.

    Raises
    ------
    CorpusError
        A path is missing, a key of `fields` is unknown, or no article was found for a new store.
    StoreError, ModelUnavailableError
        See the errors.
    """
    store, report = index_into(
        target,
        paths,
        model=model,
        fields=fields,
        prune=prune,
        shard=shard,
        on_progress=on_progress,
    )
    store.close()
    return report


def verify_collection(
    corpus: str | None, *, repair: bool = False, on_progress: OnProgress | None = None
) -> tuple[Corpus, tuple[str, ...]]:
    """The store of a collection and what is wrong with it, after rebuilding with `repair`.

    Raises
    ------
    CorpusError, StoreError
        See the errors.
    """
    path = corpus_path(corpus)
    is_made = isinstance(path, MilvusAddress) or is_store(path)
    store = open_store(path) if is_made else open_corpus(path, on_progress)[0]
    with store:
        problems = store.verify()
        if problems and repair:
            store.rebuild_indexes()
            problems = store.verify()
        return path, problems


def remove_from_collection(corpus: str | None, article_ids: Sequence[str]) -> None:
    """Delete articles from a store, and files of theirs that only the store keeps.

    Raises
    ------
    StoreNotFoundError
        The collection is a folder of articles, not a store.
    CorpusError
        An id is not in the store; nothing is deleted then.
    """
    path = corpus_path(corpus)
    if isinstance(path, MilvusAddress):
        with open_store(path) as store:
            remove_articles(store, article_ids)
        return
    if not is_store(path):
        raise StoreNotFoundError(
            f"{path} holds no Dateline store, so nothing can be removed from it; delete the "
            "article's file instead, or name a store with --corpus",
            path=str(path),
        )
    with open_store(path) as store:
        read_from = store.database().article_ids()
        remove_articles(store, article_ids)
        drop_unused(store, filter(None, (read_from[article_id] for article_id in article_ids)))
