"""Files dropped into a chat: an index of their own, within limits, and gone afterwards."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import Progress
from index.cache import cache_dir
from qa import Assistant, CorpusError, DropLimits, DroppedArticles, DroppedFile, sweep_dropped

QUARRY = "Quarry at Ormen closes\n\nThe quarry at Ormen closed on Friday. Its owner is Lena Dahl."
FERRY = "Ferry sails again\n\nThe ferry to Brevik sails again. Captain Nils Berg steers it."


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    path = tmp_path_factory.mktemp("collection") / "articles.jsonl"
    record = {"id": "bridge", "title": "Bridge opens", "text": "The bridge in Novigrad opened."}
    path.write_text(json.dumps(record), encoding="utf-8")
    with Assistant.open(path) as assistant:
        yield assistant


@pytest.fixture
def dropped(collection: Assistant) -> Iterator[DroppedArticles]:
    articles = DroppedArticles(collection, DropLimits(max_files=3, max_bytes=1_000))
    yield articles
    articles.close()


def incoming(folder: Path, name: str, text: str) -> DroppedFile:
    """An upload as the server leaves it: under a name of its own."""
    path = folder / f"upload-{len(list(folder.iterdir()))}"
    path.write_text(text, encoding="utf-8")
    return DroppedFile(name, path)


def folders() -> set[Path]:
    parent = cache_dir() / "dropped"
    return set(parent.iterdir()) if parent.is_dir() else set()


def test_dropped_articles_are_asked_apart_from_the_collection(
    collection: Assistant, dropped: DroppedArticles, tmp_path: Path
) -> None:
    before = collection.status()
    report = dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    assert (report.added, report.skipped) == (1, ())
    answer = dropped.assistant.ask("When did the quarry at Ormen close?")
    assert [citation.article_id for citation in answer.citations[:1]] == ["quarry.txt"]
    assert "closed on Friday" in answer.text
    assert {hit.article.id for hit in answer.hits} == {"quarry.txt"}
    assert collection.status() == before
    assert {hit.article.id for hit in collection.ask("Who owns the quarry?").hits} == {"bridge"}


def test_a_later_drop_is_added_to_the_first(dropped: DroppedArticles, tmp_path: Path) -> None:
    dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    dropped.add([incoming(tmp_path, "ferry.txt", FERRY)])
    assert [article.id for article in dropped.assistant.articles()] == ["ferry.txt", "quarry.txt"]
    assert list(tmp_path.iterdir()) == [], "an upload was left behind"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../escape.txt", "escape.txt"),
        ("/etc/passwd.txt", "passwd.txt"),
        ("C:\\papers\\story.txt", "story.txt"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\nc.txt", "a_b_c.txt"),
        ("Бюджет – проект (2).txt", "Бюджет – проект (2).txt"),
        ("<b>bold</b>.txt", "b>.txt"),
        (f"{'é' * 300}.txt", f"{'é' * 98}.txt"),
    ],
)
def test_a_files_name_is_kept_but_names_no_other_place(
    dropped: DroppedArticles, tmp_path: Path, name: str, kept: str
) -> None:
    dropped.add([incoming(tmp_path, name, QUARRY)])
    assert dropped.names == (kept,)
    files = [file for folder in folders() for file in (folder / "files").iterdir()]
    assert [file.name for file in files] == [kept]
    if kept != "file":  # what it holds is not to be known without an ending
        assert [article.id for article in dropped.assistant.articles()] == [kept]


def test_two_files_of_one_name_are_two_articles(dropped: DroppedArticles, tmp_path: Path) -> None:
    dropped.add(
        [incoming(tmp_path, "a/story.txt", QUARRY), incoming(tmp_path, "b/Story.txt", FERRY)]
    )
    assert dropped.names == ("story.txt", "Story (2).txt")
    assert dropped.assistant.status().articles == 2


def test_the_same_file_again_is_told_and_left_out(dropped: DroppedArticles, tmp_path: Path) -> None:
    dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    report = dropped.add([incoming(tmp_path, "copy.txt", QUARRY)])
    assert [str(item) for item in report.skipped] == [
        "copy.txt: is the same file as quarry.txt, which is here already"
    ]
    assert dropped.assistant.status().articles == 1


def test_what_is_skipped_is_told_by_its_own_name(dropped: DroppedArticles, tmp_path: Path) -> None:
    record = json.dumps({"id": "twice", "text": QUARRY})
    files = [
        incoming(tmp_path, "rows.jsonl", record),
        incoming(tmp_path, "again.jsonl", f"{record}\nno json"),
        incoming(tmp_path, "photo.bin", "\x00\x01\x02"),
    ]
    report = dropped.add(files)
    assert {item.path for item in report.skipped} == {"again.jsonl", "photo.bin"}
    assert not any(str(cache_dir()) in str(item) for item in report.skipped)
    assert any("from rows.jsonl" in item.reason for item in report.skipped)


def test_too_many_files_are_refused_before_any_is_taken(
    dropped: DroppedArticles, tmp_path: Path
) -> None:
    dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    three = [incoming(tmp_path, f"{n}.txt", f"{FERRY} {n}") for n in range(3)]
    with pytest.raises(CorpusError, match=r"^4 files are more than the 3 that can be dropped"):
        dropped.add(three)
    assert dropped.names == ("quarry.txt",)


def test_too_much_together_is_refused(dropped: DroppedArticles, tmp_path: Path) -> None:
    dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    with pytest.raises(CorpusError, match=r"MB are more than the 0 MB .* `qa index`"):
        dropped.add([incoming(tmp_path, "long.txt", "x" * 950)])


def test_progress_tells_the_passages_before_and_after_they_are_embedded(
    dropped: DroppedArticles, tmp_path: Path
) -> None:
    told: list[Progress] = []
    dropped.add([incoming(tmp_path, "quarry.txt", QUARRY)], on_progress=told.append)
    assert (told[0].files_done, told[0].files_total) == (1, 1)
    embedding = [(step.passages_embedded, step.passages_to_embed) for step in told]
    assert embedding[-2:] == [(0, 1), (1, 0)]


def test_closing_deletes_everything(collection: Assistant, tmp_path: Path) -> None:
    before = folders()
    articles = DroppedArticles(collection)
    articles.add([incoming(tmp_path, "quarry.txt", QUARRY)])
    assert len(folders() - before) == 1
    articles.close()
    assert folders() == before
    with pytest.raises(CorpusError, match="have been removed"):
        articles.add([incoming(tmp_path, "ferry.txt", FERRY)])


def test_an_index_that_nothing_holds_any_more_is_deleted(collection: Assistant) -> None:
    before = folders()
    articles = DroppedArticles(collection)
    articles.assistant.close()
    del articles
    assert folders() == before


def test_closing_ends_indexing_on_its_way(collection: Assistant, tmp_path: Path) -> None:
    before = folders()
    articles = DroppedArticles(collection)
    with pytest.raises(CorpusError, match="have been removed"):
        articles.add(
            [incoming(tmp_path, "quarry.txt", QUARRY)], on_progress=lambda _: articles.close()
        )
    assert folders() == before


def test_what_a_killed_process_left_behind_is_swept_away_after_a_day() -> None:
    parent = cache_dir() / "dropped"
    old, young = parent / "old", parent / "young"
    for folder, hours in ((old, 25), (young, 23)):
        (folder / "files").mkdir(parents=True)
        then = time.time() - hours * 3600
        os.utime(folder, (then, then))
    sweep_dropped()
    assert (old.exists(), young.exists()) == (False, True)
    (young / "files").rmdir()
    young.rmdir()
