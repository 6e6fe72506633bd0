"""The cache of a collection: what is made anew in it, and when."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import filelock
import pytest

from index import build
from index.build import Progress
from index.cache import cache_dir
from index.chunk import ChunkSettings
from index.known_files import is_up_to_date
from index.store import PassageStore
from qa import Assistant
from qa.cli import main
from qa.corpus import model_of, open_corpus
from qa.terminal import answer_text, status_text
from qa.web.completion import complete
from qa.web.workers import Workers


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


def test_the_model_of_a_collection_is_told_once_it_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model_of(tmp_path / "nothing") is None
    articles, opened = _cached(tmp_path, monkeypatch)
    assert model_of(articles) == "all-MiniLM-L6-v2"
    assert model_of(opened) == "all-MiniLM-L6-v2"


def test_an_unchanged_folder_is_opened_without_the_readers_and_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles, opened = _cached(tmp_path, monkeypatch)
    with filelock.FileLock(opened / "writer.lock"):  # a writer at work does not hold it up
        store, _ = open_corpus(articles)
        with store, store.view() as view:
            assert view.counts().articles == 2
    with PassageStore.open(opened) as again:
        assert is_up_to_date(again, articles)


@pytest.mark.parametrize("change", ["edited", "added", "gone", "broken"])
def test_a_folder_that_changed_is_brought_up_to_date(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles, opened = _cached(tmp_path, monkeypatch)
    expected = {"ferry.txt", "storm.txt"}
    if change == "edited":
        (articles / "ferry.txt").write_text("The ferry\n\nThe ferry was raised.\n", "utf-8")
    elif change == "added":
        (articles / "flood.txt").write_text("The flood\n\nThe river rose at Tarn.\n", "utf-8")
        expected |= {"flood.txt"}
    elif change == "gone":
        (articles / "storm.txt").unlink()
        expected -= {"storm.txt"}
    else:
        (articles / "list.jsonl").write_text("{broken\n", "utf-8")
    with PassageStore.open(opened) as before:
        assert not is_up_to_date(before, articles)
    store, _ = open_corpus(articles)
    with store, store.view() as view:
        assert {article.id for article in view.articles()} == expected
        raised = "raised" in "".join(article.text for article in view.articles())
        assert raised == (change == "edited")


def test_while_another_process_makes_the_vectors_it_is_opened_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles, opened = _cached(tmp_path, monkeypatch)
    monkeypatch.setattr(build, "_EMBEDDED_AT_ONCE", 0)
    (articles / "flood.txt").write_text("The flood\n\nThe river rose at Tarn in May.\n", "utf-8")

    def stop(progress: Progress) -> None:
        if progress.passages_to_embed:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_corpus(articles, stop)
    # As the other process holds it.
    with filelock.FileLock(opened / "writer.lock"), Assistant.open(articles) as assistant:
        answer = assistant.ask("Where did the river rise?")
        assert answer.citations[0].article_id == "flood.txt"
        assert answer.understood["waiting"] == {"passages": 1, "of": 3}
        assert "1 of 3 passages searched by their words alone" in answer_text(answer)
        assert "3 (1 found by their words alone" in status_text(assistant.status())
    with Assistant.open(articles) as assistant:  # nobody makes them: they are made now
        assert "waiting" not in assistant.ask("Where did the river rise?").understood
        assert assistant.status().waiting == 0


def test_a_page_opens_when_words_are_in_and_makes_the_vectors_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles, _ = _to_be_indexed_words_first(tmp_path, monkeypatch)
    with Assistant.open(articles, words_suffice=True) as assistant:
        assert assistant.status().waiting == 2
        answer = assistant.ask("What sank off Tarn?")
        assert answer.understood["waiting"] == {"passages": 2, "of": 2}
        assert answer.citations[0].quote == "The ferry sank off Tarn."
        workers = Workers()
        workers.start(complete, assistant, workers)
        until = time.monotonic() + 60
        while assistant.status().waiting and time.monotonic() < until:
            time.sleep(0.05)
        assert workers.close()
        assert assistant.status().waiting == 0
        assert "waiting" not in assistant.ask("What sank off Tarn?").understood


def test_agents_are_served_while_a_new_collection_s_vectors_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mcp_tools = pytest.importorskip("qa.mcp_tools")
    articles, opened = _to_be_indexed_words_first(tmp_path, monkeypatch)
    told = []

    def serve(assistant: Assistant) -> None:
        tools = mcp_tools.Tools(assistant)
        until = time.monotonic() + 60
        while assistant.status().waiting and time.monotonic() < until:
            time.sleep(0.05)
        told.append(tools.ask("What sank off Tarn?"))

    monkeypatch.setattr("qa.mcp_server.serve_stdio", serve)
    assert main(["mcp", "--corpus", str(articles)]) == 0
    (answer,) = told
    assert "waiting" not in answer["understood"]
    assert answer["citations"][0]["quote"] == "The ferry sank off Tarn."
    # Nobody is left who writes to it.
    with PassageStore.open(opened) as store, store.writer():
        pass


def test_a_tool_tells_that_vectors_are_still_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mcp_tools = pytest.importorskip("qa.mcp_tools")
    articles, _ = _to_be_indexed_words_first(tmp_path, monkeypatch)
    with Assistant.open(articles, words_suffice=True) as assistant:
        answer = mcp_tools.Tools(assistant).ask("What sank off Tarn?")
        assert answer["understood"]["waiting"] == {"passages": 2, "of": 2}
        assert answer["citations"][0]["quote"] == "The ferry sank off Tarn."


def _to_be_indexed_words_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    """A folder of two articles, and where its store will be: new, and as if it were large."""
    articles, opened = _cached(tmp_path, monkeypatch)
    shutil.rmtree(opened)
    monkeypatch.setattr(build, "_EMBEDDED_AT_ONCE", 0)
    return articles, opened


def _cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder of two articles, and the store in the cache that was made of it."""
    encoders = cache_dir() / "encoders"
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    if encoders.is_dir():
        shutil.copytree(encoders, cache_dir() / "encoders")
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry sank off Tarn.\n", "utf-8")
    (articles / "storm.txt").write_text("The storm\n\nA storm crossed the bay.\n", "utf-8")
    store, _ = open_corpus(articles)
    with store:
        return articles, store.path
