"""Where there is much to embed, articles are found by their words until their vectors are made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import build
from index.build import IndexReport, Progress, index_articles, manifest_for, remove_articles
from index.embed import SentenceTransformerEmbedder
from index.errors import StoreMismatchError
from index.filters import Filter
from index.shard_record import Shard
from index.shards import merge_shards
from index.store import PassageStore
from index.verify import verify_store


class StoppedError(Exception):
    """What a stop raises in the midst of a run."""


@pytest.fixture(autouse=True)
def _much_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty passages are many: they are embedded by threes, and committed from six on."""
    monkeypatch.setattr(build, "_EMBEDDED_AT_ONCE", 2)
    monkeypatch.setattr(build, "_EMBED_BATCH", 3)
    monkeypatch.setattr(build, "_FIRST_COMMIT", 6)


def stop_after(n: int) -> Callable[[Progress], None]:
    def stop(progress: Progress) -> None:
        if progress.passages_embedded >= n:
            raise StoppedError

    return stop


def interrupted(
    store: PassageStore, articles: Path, embedder: SentenceTransformerEmbedder, after: int = 9
) -> None:
    with pytest.raises(StoppedError):
        index_articles(store, embedder, [articles], on_progress=stop_after(after))


def finished(
    store: PassageStore, articles: Path, embedder: SentenceTransformerEmbedder
) -> IndexReport:
    report = index_articles(store, embedder, [articles])
    with store.view() as view:
        assert view.count_waiting() == 0
    assert verify_store(store) == ()
    return report


def test_all_articles_are_found_by_words_before_the_first_vector_is_made(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    seen: list[tuple[int, int, int]] = []
    (question,) = embedder.embed_questions(["Where was a wolf photographed?"])

    def look(progress: Progress) -> None:
        if not progress.passages_to_embed:
            return
        with PassageStore.open(empty_store.path) as other, other.view() as view:
            found = view.search_lexical("wolf photographed", 3, Filter())
            (first, *_) = view.passages(found.rows[:1]).values()
            assert first[1].id == "wolf"
            near = view.search_dense(question, 100, Filter())
            rows = view.matching(Filter())
            cosines = view.cosines(question, rows)
            assert int(np.isnan(cosines).sum()) == view.count_waiting()
            assert len(near.rows) == len(rows) - view.count_waiting()
            # Conditions hold among those that have vectors and those that have none.
            where = Filter(since=view.counts().first_published)
            dated = set(view.matching(where).tolist())
            assert len(dated) < len(rows)
            found_dated = view.search_dense(question, 100, where).rows
            assert set(found_dated.tolist()) == dated & set(near.rows.tolist())
            seen.append((view.counts().articles, len(rows), view.count_waiting()))

    index_articles(empty_store, embedder, [ellery], on_progress=look)
    articles, passages, waiting = zip(*seen, strict=True)
    assert set(articles) == {20}
    assert waiting[0] == passages[0]
    assert list(waiting) == sorted(waiting, reverse=True)
    # Commits of six, twelve, …: some were seen with a part of the vectors.
    assert any(0 < each < passages[0] for each in waiting)
    assert verify_store(empty_store) == ()


def test_in_the_end_it_is_the_store_that_waited_for_nothing(
    tmp_path: Path,
    empty_store: PassageStore,
    ellery: Path,
    embedder: SentenceTransformerEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index_articles(empty_store, embedder, [ellery])
    monkeypatch.setattr(build, "_EMBEDDED_AT_ONCE", 10_000)
    with PassageStore.create(tmp_path / "at-once", manifest_for(embedder)) as other:
        index_articles(other, embedder, [ellery])
        rows, vectors = other.database().vectors()
        found_rows, found = empty_store.database().vectors()
        np.testing.assert_array_equal(found_rows, rows)
        np.testing.assert_allclose(np.sum(found * vectors, axis=1), 1.0, atol=2e-4)
        (question,) = embedder.embed_questions(["Who stole the gold?"])
        with other.view() as one, empty_store.view() as two:
            expected = one.search_dense(question, 20, Filter())
            np.testing.assert_array_equal(
                two.search_dense(question, 20, Filter()).rows, expected.rows
            )


def test_a_run_stopped_at_the_vectors_is_whole_and_goes_on(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    interrupted(empty_store, ellery, embedder)
    assert verify_store(empty_store) == ()
    with empty_store.view() as view:
        counts = view.counts()
        # Six were committed; three more are saved.
        assert view.count_waiting() == counts.passages - 6
    report = finished(empty_store, ellery, embedder)
    assert (report.added, report.unchanged) == (0, 20)
    assert report.embedded == counts.passages - 9


def test_what_waits_can_be_changed_and_removed(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    interrupted(empty_store, ellery, embedder)
    with empty_store.view() as view:
        first, last = next(view.articles()).id, [each.id for each in view.articles()][-1]
    remove_articles(empty_store, [first, last])
    assert verify_store(empty_store) == ()
    records = [json.loads(line) for line in ellery.read_text().splitlines()]
    for record in records:
        record["text"] += f" This was added to {record['id']}."
    ellery.write_text("".join(json.dumps(record) + "\n" for record in records))
    report = finished(empty_store, ellery, embedder)
    assert (report.added, report.updated) == (2, 18)
    with empty_store.view() as view:
        found = view.search_lexical("was added to wolf", 1, Filter())
        ((passage, _),) = view.passages(found.rows).values()
    assert passage.article_id == "wolf"


def test_the_indexes_are_made_anew_without_what_waits(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    interrupted(empty_store, ellery, embedder)
    with empty_store.view() as view:
        waiting = view.count_waiting()
    empty_store.rebuild_indexes()
    assert verify_store(empty_store) == ()
    with empty_store.view() as view:
        assert view.count_waiting() == waiting > 0
    finished(empty_store, ellery, embedder)


def test_a_vector_that_is_gone_is_told(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    index_articles(empty_store, embedder, [ellery])
    path = empty_store.path / "record.sqlite3"
    with sqlite3.connect(path) as connection:
        (row, key) = connection.execute("SELECT row, vector_key FROM passages").fetchone()
        connection.execute("DELETE FROM vectors WHERE key = ?", (key,))
    assert f"passage {row}: it has no vector; index its file again" in verify_store(empty_store)


def test_a_record_made_before_has_its_vectors_first(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    path = empty_store.path / "record.sqlite3"
    with sqlite3.connect(path) as connection:
        ((statement,),) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'passages'"
        ).fetchall()
        connection.execute("DROP TABLE passages")
        connection.execute(
            statement.replace("vector_key BLOB NOT NULL", "vector_key BLOB REFERENCES vectors")
        )

    def look(progress: Progress) -> None:
        with empty_store.view() as view:
            assert view.count_waiting() == 0
            if progress.passages_to_embed:
                assert view.counts().passages < 20

    report = index_articles(empty_store, embedder, [ellery], on_progress=look)
    assert report.added == 20
    assert verify_store(empty_store) == ()


def test_a_shard_that_is_not_whole_is_not_merged(
    tmp_path: Path,
    empty_store: PassageStore,
    ellery: Path,
    embedder: SentenceTransformerEmbedder,
) -> None:
    with PassageStore.create(tmp_path / "part", manifest_for(embedder)) as part:
        with pytest.raises(StoppedError):
            index_articles(part, embedder, [ellery], shard=Shard(1, 1), on_progress=stop_after(3))
        with pytest.raises(StoreMismatchError, match=r"part is not whole: \d+ of its passages"):
            merge_shards(empty_store, [part])
        index_articles(part, embedder, [ellery], shard=Shard(1, 1))
        assert merge_shards(empty_store, [part]).added == 20
    assert verify_store(empty_store) == ()
