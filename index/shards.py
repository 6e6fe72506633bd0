"""Put together what independent jobs have embedded: the store that one run would have made.

Each job indexes its share of the same files into a store of its own (`index.shard_record.Shard`).
Merging takes articles, passages and vectors as they are there, in the order in which one run would
have read them, so that rows, ids that collide, near-copies and answers come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.build import IndexReport, IndexRun, Progress
from index.chunk import embedding_text
from index.database import Database
from index.errors import StoreMismatchError
from index.protocols import Store
from index.shard_record import Shard, ShardFile
from index.store import PassageStore
from index.types import Article, Passage, Skipped
from index.writer import StoreWriter


def merge_shards(
    store: Store,
    parts: Sequence[PassageStore],
    *,
    wait_seconds: float = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Bring `store` up to date with all shards of a collection.

    The files themselves are not needed. What `store` holds already is not written again, as in
    `index.build.index_articles`. Past versions of articles stay behind in the shards.

    Parameters
    ----------
    store : Store
    parts : sequence of PassageStore
        All shards, in any order.
    wait_seconds : float
        How long to wait for another writer.
    on_progress : callable, optional
        Told of each step.

    Raises
    ------
    StoreMismatchError
        A shard is missing, there twice or none, or they were made of different files, or with
        different models or settings.
    StoreError
        See the errors.
    """
    files = _check(store, parts)
    with store.writer(wait_seconds) as writer:
        _check_whole(store, writer.database)
        _take_names(writer, parts)
        cutter = _Parts(parts)
        run = IndexRun(store, cutter, writer, len(files), on_progress)
        for path in files:
            versions = cutter.files(path)
            if versions:
                run.take(path, _key(versions), versions[0].root, cutter.items(path))
        run.finish()
    return replace(run.report(), embedded=0)


class _Parts:
    """Passages and vectors as the shards hold them: an `index.build.Cutter`."""

    def __init__(self, parts: Sequence[PassageStore]) -> None:
        self._databases = [part.database() for part in parts]
        self._files = [
            {file.path: file for file in database.shard_record.files()}
            for database in self._databases
        ]
        self._holder: dict[str, Database] = {}
        self._keys: dict[bytes, Database] = {}
        self._skipped: dict[str, dict[Skipped, None]] = {}
        for database in self._databases:
            for item in database.skipped():
                # A file that several shards have read says the same in each.
                self._skipped.setdefault(item.path, {})[item] = None

    def files(self, path: str) -> list[ShardFile]:
        """The file as each shard that read it has it."""
        return [files[path] for files in self._files if path in files]

    def items(self, path: str) -> Iterator[Article | Skipped]:
        """What was read from the file: its articles in their order, and what was passed over."""
        places = sorted(
            (place, article_id, number)
            for number, database in enumerate(self._databases)
            for article_id, place in database.shard_record.places(path).items()
        )
        for _, article_id, number in places:
            article = self._databases[number].article(article_id)
            assert article is not None
            self._holder[article_id] = self._databases[number]
            yield article
        yield from self._skipped.get(path, ())

    def cut(self, article: Article) -> Sequence[tuple[Passage, str]]:
        database = self._holder.pop(article.id)
        rows = database.shard_record.passage_rows(article.id)
        found = database.passages(rows)
        passages = [found[row][0] for row in rows]
        keys = database.vector_keys_of(rows)
        self._keys.update((keys[row], database) for row in rows)
        return [(passage, embedding_text(article, passage)) for passage in passages]

    def embed(self, keys: Sequence[bytes], texts: Sequence[str]) -> NDArray[np.float32]:
        return np.concatenate([self._keys.pop(key).vectors_of([key]) for key in keys])


def _check(store: Store, parts: Sequence[PassageStore]) -> Sequence[str]:
    """The files of the whole, in order, once the parts are known to belong together."""
    found: dict[Shard, PassageStore] = {}
    for part in parts:
        shard = part.database().shard_record.shard()
        if shard is None:
            raise _mismatch(part, "is no shard; make shards with `qa index PATH… --shard I/N`")
        if shard in found:
            raise _mismatch(part, f"is shard {shard}, and so is {found[shard].path}; name it once")
        if part.manifest != store.manifest:
            raise _mismatch(
                part,
                f"was built with {part.manifest.model!r} and passages of up to "
                f"{part.manifest.max_tokens} tokens, {store.location} with "
                f"{store.manifest.model!r} and {store.manifest.max_tokens}; build both alike",
            )
        found[shard] = part
    of = next(iter(found)).of
    for shard, part in found.items():
        if shard.of != of:
            raise _mismatch(part, f"is shard {shard}, and others are of {of}; merge those alike")
    missing = [Shard(number, of) for number in range(1, of + 1) if Shard(number, of) not in found]
    if missing:
        told = ", ".join(map(str, missing))
        raise _mismatch(parts[0], f"is one of {of} shards, and shard {told} is not there; add it")
    for part in parts:
        _check_whole(part, part.database())
    orders = [part.database().shard_record.file_order() for part in parts]
    for part, order in zip(parts, orders, strict=True):
        if order != orders[0]:
            raise _mismatch(
                part, f"was made of other files than {parts[0].path}; index the same paths in each"
            )
    return orders[0]


def _check_whole(store: Store, record: Database) -> None:
    if waiting := record.count_waiting():
        raise StoreMismatchError(
            f"store {store.location} is not whole: {waiting} of its passages wait for their "
            "vectors; run its `qa index` again, to the end, and then merge",
            path=store.location,
        )


def _take_names(writer: StoreWriter, parts: Sequence[PassageStore]) -> None:
    """Keep the names given for fields, which the shards have in common."""
    names = {
        place: given for part in parts for place, given in part.database().field_names().items()
    }
    kept = writer.database.field_names()
    if names and names != kept:
        writer.set_field_names({**kept, **names})


def _key(versions: Sequence[ShardFile]) -> str:
    """What the file is known by; nothing, so that it is read again, where shards differ on it."""
    keys = {version.sha256 for version in versions}
    # An empty one asks for another reading, since an id was another article's.
    return "" if len(keys - {""}) != 1 else (keys - {""}).pop()


def _mismatch(part: PassageStore, reason: str) -> StoreMismatchError:
    return StoreMismatchError(f"store {part.path} {reason}", path=str(part.path))
