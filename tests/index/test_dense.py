"""The dense index against numpy's own inner products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.dense import DenseIndex


@pytest.fixture
def vectors() -> np.ndarray:
    drawn = np.random.default_rng(7).normal(size=(200, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture
def index(vectors: np.ndarray) -> DenseIndex:
    filled = DenseIndex(16)
    filled.add(np.arange(1000, 1200), vectors)
    return filled


def test_search_is_exact_cosine(index: DenseIndex, vectors: np.ndarray) -> None:
    query = vectors[17]
    found = index.search(query, 10)
    cosines = vectors @ query
    expected = np.argsort(-cosines)[:10]
    assert found.rows.tolist() == (expected + 1000).tolist()
    assert found.rows[0] == 1017
    np.testing.assert_allclose(found.scores, cosines[expected], atol=1e-6)


def test_search_among_rows_gives_only_those(index: DenseIndex, vectors: np.ndarray) -> None:
    among = np.array([1003, 1100, 1150])
    found = index.search(vectors[17], 10, among)
    cosines = vectors[among - 1000] @ vectors[17]
    assert found.rows.tolist() == among[np.argsort(-cosines)].tolist()
    assert index.search(vectors[17], 10, np.empty(0, dtype=np.int64)).rows.tolist() == []


@pytest.mark.parametrize("n", [1, 20, 60, 120, 199])
def test_any_share_of_the_rows_gives_the_nearest_of_them(
    index: DenseIndex, vectors: np.ndarray, n: int
) -> None:
    # The nearest of all are left out first, so that looking at a few of all is not enough.
    query = vectors[17]
    among = np.sort(np.argsort(vectors @ query)[:n]) + 1000
    found = index.search(query, 15, among)
    cosines = vectors[among - 1000] @ query
    assert found.rows.tolist() == among[np.argsort(-cosines)[:15]].tolist()


def test_k_beyond_the_store_gives_all_without_placeholders(
    index: DenseIndex, vectors: np.ndarray
) -> None:
    found = index.search(vectors[0], 5000)
    assert sorted(found.rows.tolist()) == list(range(1000, 1200))


def test_removed_rows_are_not_found(index: DenseIndex, vectors: np.ndarray) -> None:
    index.remove(np.array([1017, 9999]))
    assert len(index) == 199
    assert 1017 not in index.search(vectors[17], 200).rows


def test_saved_and_loaded_gives_the_same(
    index: DenseIndex, vectors: np.ndarray, tmp_path: Path
) -> None:
    index.save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss")
    before, after = index.search(vectors[3], 20), loaded.search(vectors[3], 20)
    assert before.rows.tolist() == after.rows.tolist()
    np.testing.assert_array_equal(loaded.vectors(np.array([1005, 1002])), vectors[[5, 2]])


def test_a_damaged_file_is_refused(index: DenseIndex, tmp_path: Path) -> None:
    file = tmp_path / "dense.faiss"
    index.save(file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match="no readable FAISS index"):
        DenseIndex.load(file)


@pytest.mark.parametrize("keep", [0, 3, 30, 81, 82, 500, 12_890, -1_601, -1_600, -1])
def test_a_file_cut_short_is_refused_and_not_mapped(
    index: DenseIndex, tmp_path: Path, keep: int
) -> None:
    file = tmp_path / "dense.faiss"
    index.save(file)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ValueError, match="no readable FAISS index"):
        DenseIndex.load(file)


@pytest.mark.parametrize("place", [0, 9, 20, 37, 46, 75, 82 + 4 * 16 * 200])
def test_a_header_that_lies_is_not_believed(index: DenseIndex, tmp_path: Path, place: int) -> None:
    """A number changed there would have FAISS map what is not in the file."""
    file = tmp_path / "dense.faiss"
    index.save(file)
    content = bytearray(file.read_bytes())
    content[place] ^= 0x7F
    file.write_bytes(content)
    try:
        loaded = DenseIndex.load(file)
    except ValueError:
        return
    assert loaded.search(np.ones(16, dtype=np.float32), 5).rows.shape == (5,)


def test_a_mapped_file_outlives_its_name_and_is_the_same(
    index: DenseIndex, vectors: np.ndarray, tmp_path: Path
) -> None:
    """A new generation takes the file away while questions are still asked of the old one."""
    file = tmp_path / "dense.faiss"
    index.save(file)
    mapped, copied = DenseIndex.load(file), DenseIndex.load(file, to_change=True)
    file.unlink()
    for query in vectors[:5]:
        expected, found = copied.search(query, 20), mapped.search(query, 20)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.scores.tolist() == expected.scores.tolist()
    np.testing.assert_array_equal(mapped.vectors(np.arange(1000, 1200)), vectors)
    for change in (lambda: mapped.remove(np.array([1000])), lambda: mapped.add(
        np.array([1]), vectors[:1]
    )):  # fmt: skip
        with pytest.raises(ValueError, match="is mapped and cannot be changed"):
            change()
