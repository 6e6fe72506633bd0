"""The large part of the vectors that is kept, and the small one beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import dense_parts, near
from index.build import index_articles
from index.dense import DenseIndex
from index.dense_parts import DenseParts
from index.embed import SentenceTransformerEmbedder
from index.filters import Filter
from index.store import PassageStore
from index.verify import verify_store


@pytest.fixture
def vectors() -> np.ndarray:
    drawn = np.random.default_rng(7).normal(size=(300, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def filled(rows: np.ndarray, vectors: np.ndarray) -> DenseIndex:
    index = DenseIndex(16)
    index.add(rows, vectors[rows])
    return index


def test_parts_find_what_one_index_of_all_finds(vectors: np.ndarray) -> None:
    """Through two changes, which add, and remove from both parts."""
    dice = np.random.default_rng(3)
    parts = DenseParts(filled(np.arange(200), vectors))
    first_gone = dice.choice(200, 60, replace=False)
    parts = parts.changed(np.arange(200, 240), vectors[200:240], first_gone)
    second_gone = np.array([210, 211, *np.setdiff1d(np.arange(5, 12), first_gone)])
    parts = parts.changed(np.arange(240, 300), vectors[240:], second_gone)
    rows = np.setdiff1d(np.arange(300), np.concatenate([first_gone, second_gone]))
    whole = filled(rows, vectors)
    assert len(parts) == len(rows)
    assert parts.rows().tolist() == rows.tolist()
    np.testing.assert_array_equal(parts.vectors(rows[::-1]), vectors[rows[::-1]])
    for query in vectors[:20]:
        for k in (0, 1, 7, 80, 1000):
            expected, found = whole.search(query, k), parts.search(query, k)
            assert found.rows.tolist() == expected.rows.tolist(), k
            np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
        for n in (0, 1, 30, len(rows)):
            among = np.sort(dice.choice(rows, n, replace=False))
            expected, found = whole.search(query, 9, among), parts.search(query, 9, among)
            assert found.rows.tolist() == expected.rows.tolist(), n
    joined = parts.joined()
    assert joined.rows().tolist() == rows.tolist()
    np.testing.assert_array_equal(joined.vectors(rows), vectors[rows])


def test_they_are_joined_when_much_has_changed(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = DenseParts(filled(np.arange(200), vectors))
    grown = parts.changed(np.arange(200, 203), vectors[200:203], np.array([1, 2]))
    assert not parts.is_due
    assert grown.is_due  # so few vectors are written anew at once
    monkeypatch.setattr(dense_parts, "KEPT_FROM", 100)
    monkeypatch.setattr(dense_parts, "_LEAST_CHANGED", 5)
    assert not grown.is_due
    assert grown.changed(np.array([203]), vectors[203:204], np.empty(0, dtype=np.int64)).is_due


def test_a_store_keeps_the_large_part_through_changes(
    store: PassageStore,
    ellery: Path,
    embedder: SentenceTransformerEmbedder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its file is the same under another name; the store is whole, asked and mended as ever."""
    monkeypatch.setattr(dense_parts, "KEPT_FROM", 10)
    (before,) = store.path.glob("dense-*")
    inode = before.stat().st_ino
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came back."}\n')
    lines = ellery.read_text(encoding="utf-8").splitlines()
    ellery.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    vector = embedder.embed_questions(["whales"])[0]

    def found(opened: PassageStore) -> list[str]:
        with opened.view() as view:
            rows = view.search_dense(vector, 30, Filter()).rows
            return [article.id for _, article in view.passages(rows).values()]

    index_articles(store, embedder, [more, ellery])
    (after,) = store.path.glob("dense-*")
    assert (after != before, after.stat().st_ino) == (True, inode)
    assert len(list(store.path.glob("tail-*"))) == len(list(store.path.glob("gone-*"))) == 1
    expected = found(store)
    assert "new" in expected
    assert len(expected) == 20
    assert verify_store(store) == ()
    with PassageStore.open(store.path) as opened:
        assert found(opened) == expected
    for lost in store.path.glob("tail-*"):
        lost.unlink()
    with PassageStore.open(store.path) as opened:
        assert found(opened) == expected
        assert verify_store(opened) == ()
    assert not list(store.path.glob("gone-*"))
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came twice."}\n')
    index_articles(store, embedder, [more])
    (damaged,) = store.path.glob("gone-*")
    damaged.write_bytes(b"no rows")
    (problem,) = verify_store(store)
    assert problem == f"{damaged.name}: is not what was written; --repair rebuilds it"
    store.rebuild_indexes()
    assert verify_store(store) == ()


@pytest.fixture
def many() -> np.ndarray:
    """4,000 vectors in forty crowds, as vectors of texts are."""
    dice = np.random.default_rng(11)
    centres = dice.normal(size=(40, 16))
    drawn = (centres[dice.integers(0, 40, 4_000)] + 0.5 * dice.normal(size=(4_000, 16))).astype(
        np.float32
    )
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def recall(parts: DenseParts, whole: DenseIndex, queries: np.ndarray, **search: object) -> float:
    shares = []
    for query in queries:
        expected = whole.search(query, 10, **search).rows  # type: ignore[arg-type]
        found = parts.search(query, 10, **search)  # type: ignore[arg-type]
        shares.append(len(np.intersect1d(expected, found.rows)) / len(expected))
        # What is found has its own cosine, not that of eight bits.
        np.testing.assert_allclose(found.scores, whole.cosines(query, found.rows), atol=1e-6)
        assert (np.diff(found.scores) <= 0).all()
    return float(np.mean(shares))


def test_cells_find_nearly_all_of_the_nearest_also_under_conditions(
    many: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "NEAR_FROM", 1_000)
    monkeypatch.setattr(near, "_LOOKED_INTO", 30)
    base = filled(np.arange(3_000), many)
    found = DenseParts(base).near_of(base)
    assert found is not None
    parts = DenseParts(base, near=found)
    assert recall(parts, base, many[:50]) >= 0.98
    for share in (2, 10, 100):  # of the last so few that each is looked at
        assert recall(parts, base, many[:50], among=np.arange(0, 3_000, share)) >= 0.98
    # What has come and gone since counts at once.
    gone = base.search(many[7], 40).rows
    parts = parts.changed(np.arange(3_000, 3_050), many[3_000:3_050], np.sort(gone))
    rows = np.setdiff1d(np.arange(3_050), gone)
    whole = filled(rows, many)
    assert recall(parts, whole, many[:50]) >= 0.98
    assert not np.isin(parts.search(many[7], 100).rows, gone).any()
    joined = parts.joined()
    kept = parts.near_of(joined)
    assert kept is found
    assert len(kept) == len(rows)
    assert recall(DenseParts(joined, near=kept), whole, many[:50]) >= 0.98


def test_cells_are_made_anew_when_they_are_outgrown(
    many: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "NEAR_FROM", 1_000)
    small = filled(np.arange(1_000), many)
    parts = DenseParts(small, near=DenseParts(small).near_of(small))
    grown = parts.changed(np.arange(1_000, 4_000), many[1_000:], np.empty(0, dtype=np.int64))
    fresh = grown.near_of(grown.joined())
    assert fresh is not None
    assert fresh is not parts.near
    assert len(fresh) == 4_000


def test_a_store_changes_over_by_itself_and_answers_as_before(
    store: PassageStore,
    embedder: SentenceTransformerEmbedder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vector = embedder.embed_questions(["ferry strike"])[0]
    with store.view() as view:
        expected = view.search_dense(vector, 5, Filter()).rows.tolist()
    assert not list(store.path.glob("near-*"))
    monkeypatch.setattr(near, "NEAR_FROM", 10)
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came back."}\n')
    index_articles(store, embedder, [more])
    (cells,) = store.path.glob("near-*")
    assert len(near.NearIndex.load(cells)) == 21
    with store.view() as view:
        assert view.search_dense(vector, 5, Filter()).rows.tolist() == expected
    assert verify_store(store) == ()
    cells.write_bytes(cells.read_bytes()[:200])
    with PassageStore.open(store.path) as opened, opened.view() as view:
        assert view.search_dense(vector, 5, Filter()).rows.tolist() == expected
    assert verify_store(store) == ()
