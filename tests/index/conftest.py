"""A real embedder and stores of the invented articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.build import index_articles, manifest_for
from index.embed import SentenceTransformerEmbedder
from index.store import PassageStore

ELLERY = Path(__file__).parent.parent / "data" / "ellery.jsonl"


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture
def ellery(tmp_path: Path) -> Path:
    """A copy of the invented articles, to be changed at will."""
    copy = tmp_path / "articles" / "ellery.jsonl"
    copy.parent.mkdir()
    copy.write_text(ELLERY.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


@pytest.fixture
def empty_store(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> PassageStore:
    return PassageStore.create(tmp_path / "store", manifest_for(embedder))


@pytest.fixture
def store(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> PassageStore:
    """The invented articles, indexed."""
    index_articles(empty_store, embedder, [ellery])
    return empty_store
