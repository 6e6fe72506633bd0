"""The cache of a collection: what is made anew in it, and when."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from index.cache import cache_dir
from index.chunk import ChunkSettings
from qa.corpus import open_corpus


def test_a_cached_index_is_made_anew_when_passages_are_cut_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoders = cache_dir() / "encoders"
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    if encoders.is_dir():
        shutil.copytree(encoders, cache_dir() / "encoders")
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry sank off Tarn.\n", encoding="utf-8")
    store, _ = open_corpus(articles)
    store.close()
    manifest = store.path / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**told, "max_tokens": 50}), encoding="utf-8")
    anew, _ = open_corpus(articles)
    with anew, anew.view() as view:
        assert anew.manifest.chunk_settings == ChunkSettings()
        assert view.counts().articles == 1
