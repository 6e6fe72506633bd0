"""The article's whole road, from files to a searchable store, touching only what changed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.chunk import ChunkSettings, chunk_article, embedding_text
from index.database import PassageRow
from index.embed import Embedder
from index.errors import CorpusError, StoreMismatchError
from index.field_names import Names, names_after, place_for
from index.kept_files import kept_at
from index.known_files import file_key
from index.manifest import Manifest
from index.origin import Origin, without_origin
from index.protocols import Store
from index.readers import SourceFile, find_files, read_file
from index.shard_record import Shard
from index.types import Article, Passage, Skipped
from index.writer import Change, FileRecord, StoreWriter

logger = logging.getLogger(__name__)

# The hash of no file: one recorded under it is not known.
_READ_AGAIN = ""
# Texts embedded between two savings of vectors: what a kill can cost.
_EMBED_BATCH = 128
# Passages gathered before the first commit; it doubles, since each commit rewrites the vectors.
_FIRST_COMMIT = 2_000
# More texts than that take a while to embed: their passages are found by their words meanwhile.
_EMBEDDED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run has come."""

    files_done: int
    files_total: int
    articles: int
    passages_embedded: int
    passages_to_embed: int


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did.

    Attributes
    ----------
    added, updated, unchanged, removed : int
        Articles.
    embedded : int
        Texts that went through the model; equal and known texts do not.
    skipped : tuple of Skipped
        What did not become an article, from unchanged files too.
    fields : mapping of str to (mapping of str to str)
        The names given for fields of records, now or in an earlier run, that held in this one,
        by the file or folder that they were given for.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    embedded: int = 0
    skipped: tuple[Skipped, ...] = ()
    fields: Mapping[str, Names] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Skipped, ...]:
        """What was skipped because it is broken."""
        return tuple(item for item in self.skipped if item.is_fault)


def manifest_for(embedder: Embedder, settings: ChunkSettings | None = None) -> Manifest:
    """The manifest of a new store for that embedder."""
    settings = settings or ChunkSettings()
    return Manifest(
        embedder.name,
        embedder.weights_sha256,
        embedder.dim,
        settings.max_tokens,
        settings.overlap_sentences,
    )


def check_embedder(store: Store, embedder: Embedder) -> None:
    """Make sure that `embedder` is the one `store` was built with.

    Raises
    ------
    StoreMismatchError
        It is another, or its weights have changed.
    """
    manifest = store.manifest
    same_weights = manifest.weights_sha256 == embedder.weights_sha256
    if same_weights and manifest.dim == embedder.dim:
        return
    raise StoreMismatchError(
        f"store {store.location} was built with {manifest.model!r} ({manifest.dim} dims, weights "
        f"{manifest.weights_sha256[:8]}) but this run uses {embedder.name!r} ({embedder.dim} "
        f"dims, weights {embedder.weights_sha256[:8]}); use that model, or index the articles "
        "into a new folder",
        path=store.location,
    )


def index_articles(
    store: Store,
    embedder: Embedder,
    paths: Iterable[str | Path],
    *,
    root: Path | None = None,
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    changed: Collection[Path] | None = None,
    shard: Shard | None = None,
    words_suffice: bool = False,
    wait_seconds: float = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Bring `store` up to date with the articles under `paths`.

    Files whose content is known are not read again, and equal text is not embedded again. A
    changed article becomes the current version; the old one stays readable. Work is committed
    in parts: an interrupted run goes on from the last one. Where there is much to embed, articles
    are found by their words at once, and by meaning as their vectors arrive.

    Parameters
    ----------
    paths : iterable of str or Path
        Files and folders.
    root : pathlib.Path, optional
        The folder above all paths that ids are told from; see `index.readers.find_files`.
    fields : mapping of str to str, optional
        The names that records have for fields; see `index.readers.read_articles`. They are kept
        with the store and hold for these paths from now on. None goes by those kept, and an
        empty mapping by the common names again. A file read with other names is read anew.
    prune : bool
        Also delete articles that are in the store but not under `paths` any more, those of
        files that the store itself keeps apart.
    changed : collection of pathlib.Path, optional
        The files and folders that may have changed, as absolute paths; known files elsewhere
        are not looked into.
    shard : Shard, optional
        Only the articles of this share are taken; see `index.shards`.
    words_suffice : bool
        Leave to `embed_waiting` what is found by its words alone.
    wait_seconds : float
        How long to wait for another writer.
    on_progress : callable, optional
        Told of each step.

    Raises
    ------
    CorpusError
        A path is missing, or a key of `fields` is unknown.
    StoreMismatchError, StoreBusyError, StoreWriteError
        See the errors.
    """
    check_embedder(store, embedder)
    if fields:
        from index.readers.records import check_fields

        check_fields(fields)
    paths = list(paths)
    found = list(find_files(paths, root=root))
    files = [item for item in found if isinstance(item, SourceFile)]
    with store.writer(wait_seconds) as writer:
        if fields is not None:
            _keep_names(writer, paths, fields)
        if shard is not None:
            writer.set_shard(shard, [str(file.path) for file in files])
            files = [file for file in files if shard.reads(file.path)]
        cutter = _Cutter(store.manifest.chunk_settings, embedder)
        run = IndexRun(
            *(store, cutter, writer, len(files), on_progress),
            prune=prune,
            shard=shard,
            words_first=True,
            words_suffice=words_suffice,
        )
        run.skipped += [item for item in found if isinstance(item, Skipped)]
        for file in files:
            run.read(file, is_trusted=changed is not None and not _is_among(file.path, changed))
        run.finish()
    return run.report()


def embed_waiting(
    store: Store,
    embedder: Embedder,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Make the vectors that passages of `store` still wait for.

    Raises
    ------
    StoreMismatchError, StoreBusyError, StoreWriteError
        See the errors.
    """
    check_embedder(store, embedder)
    with store.writer() as writer:
        cutter = _Cutter(store.manifest.chunk_settings, embedder)
        IndexRun(store, cutter, writer, 0, on_progress).finish()


def remove_articles(store: Store, article_ids: Sequence[str]) -> None:
    """Delete articles with all their versions.

    Raises
    ------
    CorpusError
        An id is not in the store; nothing is deleted then.
    """
    with store.writer() as writer:
        known = writer.database.article_ids()
        missing = [article_id for article_id in article_ids if article_id not in known]
        if missing:
            raise CorpusError(
                f"no article has the id {missing[0]!r} in {store.location}; "
                "`qa status --articles` lists the ids; nothing was removed"
            )
        # Forgotten files are read again when they are indexed again.
        paths = {known[article_id] for article_id in article_ids}
        writer.apply(
            Change(delete=tuple(dict.fromkeys(article_ids))),
            forget=[path for path in paths if path is not None],
        )
        writer.drop_unused_vectors()


@dataclass
class _Batch:
    """Articles read but not yet committed."""

    articles: list[tuple[Article, list[PassageRow]]] = field(default_factory=list)
    retire: list[str] = field(default_factory=list)
    moved: list[Article] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    n_passages: int = 0


class Cutter(Protocol):
    """Where passages and their vectors come from."""

    def cut(self, article: Article) -> Sequence[tuple[Passage, str]]:
        """The passages of an article, each with the text to embed; none of a headline alone."""

    def embed(self, keys: Sequence[bytes], texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts, of shape (n_texts, dim); `keys` are hashes of the texts."""


class _Cutter:
    """Cuts and embeds here and now."""

    def __init__(self, settings: ChunkSettings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder

    def cut(self, article: Article) -> Sequence[tuple[Passage, str]]:
        passages = chunk_article(
            article,
            self._settings,
            self._embedder.count_word_pieces,
            self._embedder.max_word_pieces,
        )
        return [(passage, embedding_text(article, passage)) for passage in passages]

    def embed(self, keys: Sequence[bytes], texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.embed_passages(texts)


class IndexRun:
    """One indexing run: `read` or `take` each file, then `finish`.

    Parameters
    ----------
    store : Store
    cutter : Cutter
    writer : StoreWriter
        Of that store.
    files_total : int
        For telling how far it has come.
    on_progress : callable, optional
    prune : bool
        See `index_articles`.
    shard : Shard, optional
        See `index_articles`.
    words_first : bool
        Whether passages may be there before their vectors, where the store allows it.
    words_suffice : bool
        Whether `finish` leaves them so.
    """

    def __init__(
        self,
        store: Store,
        cutter: Cutter,
        writer: StoreWriter,
        files_total: int,
        on_progress: Callable[[Progress], None] | None,
        *,
        prune: bool = False,
        shard: Shard | None = None,
        words_first: bool = False,
        words_suffice: bool = False,
    ) -> None:
        self._prune = prune
        self._words_suffice = words_suffice
        self._words_first = words_first and writer.database.may_wait
        self._shard = shard
        self._folder = store.path
        self._cutter = cutter
        self._writer = writer
        self._files_total = files_total
        self._on_progress = on_progress
        self._known_files = writer.database.files()
        self._known_skips: dict[str, list[Skipped]] = {}
        for item in writer.database.skipped():
            self._known_skips.setdefault(item.path, []).append(item)
        self._stored = writer.database.article_ids()
        self._kept_names = writer.database.field_names()
        self._names_used: dict[str, Names] = {}
        self._seen: dict[str, str | None] = {}
        self._faulty_files: set[str] = set()
        self._collided: set[str] = set()
        self._read_files: set[str] = set()
        self._batch = _Batch()
        self._commit_size = _FIRST_COMMIT
        self._files_done = self._embedded = 0
        self._added = self._updated = self._unchanged = self._removed = 0
        self.skipped: list[Skipped] = []

    def read(self, file: SourceFile, *, is_trusted: bool = False) -> None:
        """Take the articles of one file, unless its content is known, or trusted to be."""
        path = str(file.path)
        self._read_files.add(path)
        known = self._known_files.get(path)
        names = self._names(file.path)
        try:
            key = known if known and is_trusted else file_key(file.path, names)
        except OSError as error:
            self._skip(Skipped(path, f"cannot be read ({error.strerror}); allow reading it"))
            self._faulty_files.add(path)
            return
        if known == key:
            self._take_known(path)
        else:
            origin = Origin(file.path, key.rpartition(":")[2])
            items = (
                origin.of(item) if isinstance(item, Article) else item
                for item in read_file(file, fields=names)
            )
            self._take_file(path, key, str(file.root), items)
        self._files_done += 1
        self._tell()

    def take(self, path: str, key: str, root: str, items: Iterable[Article | Skipped]) -> None:
        """Take what was read from one file elsewhere; `key` is what it is known by."""
        self._read_files.add(path)
        self._take_file(path, key, root, items)
        self._files_done += 1
        self._tell()

    def finish(self) -> None:
        """Commit what is left, delete what was not met, where pruning, and embed what waits."""
        self._commit()
        gone = []
        forget = []
        if self._prune:
            gone = [
                article_id
                for article_id, path in self._stored.items()
                if article_id not in self._seen
                and path not in self._faulty_files
                and kept_at(self._folder, path) is None
            ]
            forget = [
                path
                for path in self._known_files
                if path not in self._read_files and kept_at(self._folder, path) is None
            ]
        if gone or forget:
            self._writer.apply(Change(delete=gone), forget=forget)
            self._removed += len(gone)
        if not self._words_suffice:
            self._embed_waiting()
        if gone or self._updated:
            self._writer.drop_unused_vectors()

    def report(self) -> IndexReport:
        return IndexReport(
            self._added,
            self._updated,
            self._unchanged,
            self._removed,
            self._embedded,
            tuple(self.skipped),
            self._names_used,
        )

    def _take_known(self, path: str) -> None:
        for article_id in self._writer.database.article_ids(path):
            self._seen[article_id] = path
            self._unchanged += 1
        self.skipped += self._known_skips.get(path, [])

    def _names(self, file: Path) -> Names:
        place = place_for(file, self._kept_names)
        if place is None or not self._kept_names[place]:
            return {}
        self._names_used[place] = self._kept_names[place]
        return self._kept_names[place]

    def _take_file(
        self, path: str, key: str, root: str, items: Iterable[Article | Skipped]
    ) -> None:
        skipped: list[Skipped] = []
        before = set(self._writer.database.article_ids(path))
        for item in self._of_shard(items):
            outcome = self._take(item) if isinstance(item, Article) else item
            if outcome is not None:
                skipped.append(outcome)
                self._skip(outcome)
            if self._batch.n_passages >= self._commit_size:
                self._commit()
        if any(item.is_fault for item in skipped):
            # What a fault hides may still be there: nothing of this file is given up.
            self._faulty_files.add(path)
        else:
            vanished = [article_id for article_id in before if article_id not in self._seen]
            self._batch.retire += vanished
            self._removed += len(vanished)
            for article_id in vanished:
                del self._stored[article_id]
        # An id that is another's today may be free tomorrow: such a file is read again.
        known_by = _READ_AGAIN if path in self._collided else key
        self._batch.files.append(FileRecord(path, known_by, root, skipped))

    def _of_shard(self, items: Iterable[Article | Skipped]) -> Iterator[Article | Skipped]:
        """Those of `items` that this run is for, with their places noted."""
        for place, item in enumerate(items):
            if self._shard is not None and isinstance(item, Article):
                if not self._shard.takes(item):
                    continue
                self._batch.places[item.id] = place
            yield item

    def _take(self, article: Article) -> Skipped | None:
        """Put the article into the batch if it is new; say so if it cannot be taken."""
        path = article.path or ""
        stored_path = self._stored.get(article.id)
        stored = self._writer.database.article(article.id) if article.id in self._stored else None
        if article.id in self._seen or not self._may_replace(stored, article):
            self._collided.add(path)
            return _taken(article, self._seen.get(article.id, stored_path))
        self._seen[article.id] = path
        if stored is not None and without_origin(stored) == without_origin(article):
            self._unchanged += 1
            if stored != article:
                self._batch.moved.append(article)
            return None
        passages = self._cutter.cut(article)
        if not passages:
            return Skipped(
                path, f"article {article.id!r} has no text but its headline", None, False
            )
        self._put(article, passages)
        if stored is not None:
            self._batch.retire.append(article.id)
            self._updated += 1
        else:
            self._added += 1
        return None

    def _may_replace(self, stored: Article | None, article: Article) -> bool:
        """Whether `article` may become the current version of its id.

        It may from the same file, and from another one once the first is gone and either
        says the same (it was moved) or is to be pruned anyway.
        """
        if stored is None or stored.path == article.path:
            return True
        is_gone = not Path(stored.path or "").exists()
        return is_gone and (self._prune or stored.content_sha256 == article.content_sha256)

    def _put(self, article: Article, passages: Sequence[tuple[Passage, str]]) -> None:
        rows = []
        for passage, text in passages:
            key = hashlib.sha256(text.encode()).digest()
            self._batch.texts[key] = text
            rows.append(PassageRow(passage, key))
        self._batch.articles.append((article, rows))
        self._batch.n_passages += len(rows)

    def _commit(self) -> None:
        batch, self._batch = self._batch, _Batch()
        missing = self._missing(batch.texts)
        has_to_wait = self._words_first and (
            len(missing) > _EMBEDDED_AT_ONCE or self._writer.database.waiting_after() is not None
        )
        if not has_to_wait:
            self._embed(missing, len(missing))
        if batch.places:
            self._writer.note_places(batch.places)
        if batch.articles or batch.retire or batch.files:
            change = Change(add=batch.articles, retire=batch.retire, move=batch.moved)
            self._writer.apply(change, batch.files)
        if has_to_wait:
            self._tell()
        self._commit_size *= 2

    def _embed_waiting(self) -> None:
        """Embed the passages that wait, also since an earlier run, and commit in growing parts."""
        database, size = self._writer.database, _FIRST_COMMIT
        while left := database.count_waiting():
            rows = database.waiting_rows(size)
            keys, found = database.vector_keys_of(rows), database.passages(rows)
            texts = {
                keys[row]: embedding_text(article, passage)
                for row, (passage, article) in sorted(found.items())
            }
            self._embed(self._missing(texts), left)
            self._writer.take_vectors(rows)
            size *= 2

    def _missing(self, texts: Mapping[bytes, str]) -> dict[bytes, str]:
        """Those of `texts`, by key, whose vectors are not stored."""
        known = self._writer.database.known_vectors(list(texts))
        return {key: text for key, text in texts.items() if key not in known}

    def _embed(self, texts: Mapping[bytes, str], left: int) -> None:
        """Embed and save; `left` is how many are to be embedded, these among them."""
        if texts:
            self._tell(to_embed=left)
        everything = list(texts)
        for first in range(0, len(everything), _EMBED_BATCH):
            keys = everything[first : first + _EMBED_BATCH]
            vectors = self._cutter.embed(keys, [texts[key] for key in keys])
            self._writer.save_vectors(keys, vectors)
            self._embedded += len(keys)
            self._tell(to_embed=left - first - len(keys))

    def _skip(self, item: Skipped) -> None:
        logger.debug("skipped %s", item)
        self.skipped.append(item)

    def _tell(self, to_embed: int = 0) -> None:
        if self._on_progress is not None:
            self._on_progress(
                Progress(
                    self._files_done,
                    self._files_total,
                    len(self._seen),
                    self._embedded,
                    to_embed,
                )
            )


def _is_among(path: Path, changed: Collection[Path]) -> bool:
    return path in changed or any(folder in changed for folder in path.parents)


def _taken(article: Article, other_path: str | None) -> Skipped:
    return Skipped(
        article.path or "",
        f"the id {article.id!r} is already that of an article from {other_path}; "
        "this one was left out",
        None,
        is_fault=False,
    )


def _keep_names(writer: StoreWriter, paths: Iterable[str | Path], fields: Names) -> None:
    kept = writer.database.field_names()
    if (after := names_after(kept, paths, fields)) != kept:
        writer.set_field_names(after)
