"""What was uploaded into a collection is removed and replaced, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa import (
    ArticleQuery,
    Assistant,
    CorpusError,
    DroppedFile,
    UploadedArticles,
    browse,
    is_uploaded,
    remove_uploaded,
    replace_uploaded,
)
from qa.collection import index_collection

QUARRY = "Quarry at Ormen closes\n\nThe quarry at Ormen closed on Friday. Its owner is Lena Dahl."
SOLD = "Quarry at Ormen sold\n\nThe quarry at Ormen was sold on Monday. Its buyer is Ivo Brandt."

Upload = Callable[[str, str], DroppedFile]


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Assistant]:
    source = tmp_path / "articles.jsonl"
    record = {"id": "bridge", "title": "Bridge opens", "text": "The bridge in Novigrad opened."}
    source.write_text(json.dumps(record), encoding="utf-8")
    index_collection(tmp_path / "store", [str(source)])
    with Assistant.open(tmp_path / "store") as assistant:
        yield assistant


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    def incoming(name: str, text: str) -> DroppedFile:
        path = tmp_path / f"incoming-{name}"
        path.write_text(text, encoding="utf-8")
        return DroppedFile(name, path)

    return incoming


@pytest.fixture
def quarry(collection: Assistant, upload: Upload) -> str:
    """The id of an article that was uploaded."""
    UploadedArticles(collection).add([upload("quarry.txt", QUARRY)])
    (found,) = browse(collection, ArticleQuery("quarry")).articles
    assert is_uploaded(collection, found.path)
    return found.id


def titles(collection: Assistant) -> set[str | None]:
    return {each.title for each in browse(collection).articles}


def kept(collection: Assistant) -> list[str]:
    return sorted(path.read_text() for path in collection.store.path.glob("uploads/*/*"))


def test_what_replaces_keeps_the_id_and_what_was_quoted_before(
    collection: Assistant, quarry: str, upload: Upload
) -> None:
    before = collection.article(quarry)
    report = replace_uploaded(collection, quarry, upload("new name.TXT", SOLD))
    assert (report.updated, report.added) == (1, 0)
    assert collection.article(quarry).title == "Quarry at Ormen sold"
    assert collection.article(quarry, before.content_sha256) == before
    assert collection.ask("Who is the buyer of the quarry at Ormen?").citations[0].article_id == (
        quarry
    )
    assert kept(collection) == [SOLD]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("empty.txt", "", "empty.txt replaces nothing"),
        ("page.html", "<p>Another kind.</p>", "page.html is of another kind than quarry.txt"),
    ],
)
def test_what_cannot_replace_leaves_everything_as_it_was(
    collection: Assistant, quarry: str, upload: Upload, name: str, text: str, told: str
) -> None:
    before = collection.article(quarry)
    with pytest.raises(CorpusError, match=told) as error:
        replace_uploaded(collection, quarry, upload(name, text))
    assert str(collection.store.path) not in str(error.value)
    assert collection.article(quarry) == before
    assert kept(collection) == [QUARRY]


def test_what_is_removed_goes_with_its_file(collection: Assistant, quarry: str) -> None:
    remove_uploaded(collection, quarry)
    assert titles(collection) == {"Bridge opens"}
    assert kept(collection) == []


def test_what_the_operator_indexed_is_neither_removed_nor_replaced(
    collection: Assistant, upload: Upload
) -> None:
    told = "article 'bridge' was not added in a chat"
    with pytest.raises(CorpusError, match=told):
        remove_uploaded(collection, "bridge")
    with pytest.raises(CorpusError, match=told):
        replace_uploaded(collection, "bridge", upload("bridge.jsonl", "{}"))
    assert titles(collection) == {"Bridge opens"}
