"""Files uploaded into the collection itself: kept with it, for everybody, and told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import Progress
from index.cache import cache_dir
from index.origin import SourceState
from index.store import PassageStore
from qa import (
    Assistant,
    CorpusError,
    DropLimits,
    DroppedFile,
    StoreBusyError,
    UploadedArticles,
    check_takes_uploads,
)
from qa.collection import index_collection, remove_from_collection

QUARRY = "Quarry at Ormen closes\n\nThe quarry at Ormen closed on Friday. Its owner is Lena Dahl."
QUARRY_ID = f"{hashlib.sha256(QUARRY.encode()).hexdigest()[:16]}/quarry.txt"
FERRY = "Ferry sails again\n\nThe ferry to Brevik sails again. Captain Nils Berg steers it."
ASKED = "When did the quarry at Ormen close?"

Upload = Callable[[str, str], DroppedFile]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    record = {"id": "bridge", "title": "Bridge opens", "text": "The bridge in Novigrad opened."}
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path, articles: Path) -> Path:
    index_collection(tmp_path / "store", [str(articles)])
    return tmp_path / "store"


@pytest.fixture
def collection(store: Path) -> Iterator[Assistant]:
    with Assistant.open(store) as assistant:
        yield assistant


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    folder = tmp_path / "incoming"
    folder.mkdir()

    def incoming(name: str, text: str) -> DroppedFile:
        """As the server leaves it: under a name of its own."""
        path = folder / f"upload-{len(list(folder.iterdir()))}"
        path.write_text(text, encoding="utf-8")
        return DroppedFile(name, path)

    return incoming


def kept(store: Path) -> list[str]:
    files = (path for path in store.glob("uploads/**/*") if path.is_file())
    return sorted(path.relative_to(store / "uploads").as_posix() for path in files)


def test_an_upload_is_kept_with_the_collection_and_answered_from_by_everybody(
    store: Path, collection: Assistant, upload: Upload
) -> None:
    with Assistant.open(store) as other:
        assert other.ask(ASKED).declined
        uploaded = UploadedArticles(collection)
        file = upload("../../quarry.txt", QUARRY)
        report = uploaded.add([file])
        assert (report.added, report.skipped) == (1, ())
        assert (uploaded.names, uploaded.n_articles) == (("quarry.txt",), 1)
        for assistant in (collection, other):
            answer = assistant.ask(ASKED)
            assert answer.citations[0].article_id == QUARRY_ID
        article = other.article(QUARRY_ID)
        assert article.path == str(store / "uploads" / QUARRY_ID)
        assert other.source_state(article) is SourceState.UNCHANGED
    assert kept(store) == [QUARRY_ID]
    assert not file.path.exists()
    uploaded.close()
    with Assistant.open(store) as later:
        assert later.ask(ASKED).citations[0].article_id == QUARRY_ID


def test_the_same_file_again_is_told_and_has_the_same_id(
    store: Path, collection: Assistant, upload: Upload
) -> None:
    UploadedArticles(collection).add([upload("quarry.txt", QUARRY)])
    files = [upload("quarry.txt", QUARRY), upload("copy.txt", QUARRY), upload("f.txt", FERRY)]
    report = UploadedArticles(collection).add(files)
    assert (report.added, report.unchanged, report.embedded) == (1, 1, 1)
    assert [str(item) for item in report.skipped] == [
        "quarry.txt: is in the collection already",
        "copy.txt: is the same file as quarry.txt",
    ]
    assert len(kept(store)) == 2
    # Other words under the same name are another article.
    report = UploadedArticles(collection).add([upload("quarry.txt", QUARRY + " It reopens.")])
    assert (report.added, len(kept(store))) == (1, 3)
    assert collection.article(QUARRY_ID).text == QUARRY


def test_an_id_of_the_collection_is_never_overwritten_and_no_path_is_told(
    store: Path, collection: Assistant, articles: Path, upload: Upload
) -> None:
    record = json.dumps({"id": "bridge", "text": "The bridge was never built."})
    report = UploadedArticles(collection).add([upload("b.jsonl", record), upload("x.png", "\x89P")])
    assert report.added == 0
    taken, unknown = sorted(map(str, report.skipped))
    assert taken.startswith("b.jsonl: the id 'bridge' is already that of an article from articles")
    assert unknown.startswith("x.png: files of the kind '.png' are not read")
    assert str(store.parent) not in f"{taken}{unknown}"
    assert collection.article("bridge").path == str(articles)
    assert kept(store) == []
    assert collection.status().skipped == ()


def test_limits_hold_for_all_that_one_chat_adds(
    store: Path, collection: Assistant, upload: Upload
) -> None:
    uploaded = UploadedArticles(collection, DropLimits(max_files=2, max_bytes=1_000))
    uploaded.add([upload("quarry.txt", QUARRY)])
    files = [upload("ferry.txt", FERRY), upload("a.txt", FERRY + "!")]
    with pytest.raises(CorpusError, match="3 files are more than the 2"):
        uploaded.add(files)
    assert all(file.path.exists() for file in files)
    with pytest.raises(CorpusError, match="MB are more than"):
        uploaded.add([upload("long.txt", FERRY * 20)])
    assert uploaded.names == ("quarry.txt",)
    assert kept(store) == [QUARRY_ID]


def test_stopping_leaves_no_file_behind(store: Path, collection: Assistant, upload: Upload) -> None:
    uploaded = UploadedArticles(collection)

    def stop(_: Progress) -> None:
        uploaded.close()

    files = [upload("quarry.txt", QUARRY), upload("ferry.txt", FERRY)]
    with pytest.raises(CorpusError, match="was stopped"):
        uploaded.add(files, on_progress=stop)
    assert kept(store) == []
    assert collection.status().articles == 1
    with pytest.raises(CorpusError, match="was stopped"):
        uploaded.add([upload("ferry.txt", FERRY)])


def test_a_busy_store_keeps_nothing(
    store: Path, collection: Assistant, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.uploads._WAIT_SECONDS", 0.1)
    with PassageStore.open(store) as other, other.writer(), pytest.raises(StoreBusyError):
        UploadedArticles(collection).add([upload("quarry.txt", QUARRY)])
    assert kept(store) == []


def test_pruning_spares_uploads_whose_files_are_there(
    store: Path, collection: Assistant, articles: Path, upload: Upload
) -> None:
    UploadedArticles(collection).add([upload("quarry.txt", QUARRY), upload("f.txt", FERRY)])
    report = index_collection(store, [str(articles)], prune=True)
    assert (report.removed, collection.status().articles) == (0, 3)
    (ferry,) = (name for name in kept(store) if name != QUARRY_ID)
    (store / "uploads" / ferry).unlink()
    assert index_collection(store, [str(articles)], prune=True).removed == 1
    assert {article.id for article in collection.articles()} == {"bridge", QUARRY_ID}


def test_removing_an_upload_deletes_the_file_that_was_kept_for_it(
    store: Path, collection: Assistant, articles: Path, upload: Upload
) -> None:
    two = "".join(json.dumps({"id": name, "text": f"Ship {name} sails."}) + "\n" for name in "ab")
    UploadedArticles(collection).add([upload("quarry.txt", QUARRY), upload("two.jsonl", two)])
    remove_from_collection(str(store), ["bridge", QUARRY_ID, "a"])
    assert articles.exists()
    assert [Path(name).name for name in kept(store)] == ["two.jsonl"]
    remove_from_collection(str(store), ["b"])
    assert kept(store) == []
    assert UploadedArticles(collection).add([upload("quarry.txt", QUARRY)]).added == 1


def test_a_store_that_was_moved_keeps_its_uploads(
    store: Path, articles: Path, upload: Upload
) -> None:
    with Assistant.open(store) as collection:
        UploadedArticles(collection).add([upload("quarry.txt", QUARRY)])
    moved = store.rename(store.with_name("moved"))
    assert index_collection(moved, [str(articles)], prune=True).removed == 0
    # Indexed from where they lie now, they are the same articles.
    report = index_collection(moved, [str(moved / "uploads")])
    assert (report.added, report.unchanged) == (0, 1)
    with Assistant.open(moved) as assistant:
        assert assistant.source_state(assistant.article(QUARRY_ID)) is SourceState.UNCHANGED
        remove_from_collection(str(moved), [QUARRY_ID])
    assert kept(moved) == []


def test_only_a_store_takes_uploads(store: Path, articles: Path, tmp_path: Path) -> None:
    check_takes_uploads(store)
    with Assistant.open(articles) as assistant:
        cached = Path(assistant.status().path)
    assert cached.is_relative_to(cache_dir())
    for path in (articles, cached, tmp_path):
        with pytest.raises(CorpusError, match="uploads can go only into a store made with"):
            check_takes_uploads(path)
