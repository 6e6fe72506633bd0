"""What the collection view's script may ask of the server, and what it may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Assistant, DropLimits
from qa.collection import index_collection
from qa.web.collection import Shelf


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("collection")
    records: list[dict[str, Any]] = [
        {"id": 'a"<b>', "title": "<i>Quarry</i> & sons", "source": 'P"ost', "text": "It closed."},
        {"id": "c", "title": "Ferry", "date": "2021-06-05", "text": "The ferry to Brevik sails."},
    ]
    source = folder / "articles.jsonl"
    source.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    index_collection(folder / "store", [str(source)])
    with Assistant.open(folder / "store") as assistant:
        yield assistant


@pytest.fixture
def shelf(collection: Assistant, tmp_path: Path) -> Shelf:
    return Shelf(collection, tmp_path, DropLimits(), may_change=True)


def test_what_articles_hold_is_escaped(shelf: Shelf) -> None:
    told = shelf.listed({"words": "quarry", "whole": True})
    assert "&lt;i&gt;Quarry&lt;/i&gt; &amp; sons" in told["list"]
    assert "P&quot;ost" in told["list"]
    assert "<i>" not in told["list"]
    assert told["told"] == "1 article found"
    assert told["outlets"] == ['P"ost']


@pytest.mark.parametrize(
    "sent",
    [
        {"since": "yesterday"},
        {"order": "random"},
        {"page": "two"},
        {"since": "2022-01-02", "until": "2022-01-01"},
    ],
)
def test_what_is_no_query_is_told_in_one_line(shelf: Shelf, sent: dict[str, Any]) -> None:
    told = shelf.listed(sent)
    assert list(told) == ["problem"]
    assert told["problem"]
    assert "\n" not in told["problem"]


@pytest.mark.parametrize(
    "sent", [{}, {"sources": "Post"}, {"words": None, "page": 10**6}, {"words": "f" * 10**6}]
)
def test_whatever_is_sent_gets_an_answer(shelf: Shelf, sent: dict[str, Any]) -> None:
    assert "list" in shelf.listed(sent)


def test_only_what_was_uploaded_can_be_changed_and_only_where_that_is_allowed(
    shelf: Shelf, collection: Assistant, tmp_path: Path
) -> None:
    assert "was not added in a chat" in shelf.remove("c")["problem"]
    closed = Shelf(collection, tmp_path, DropLimits(), may_change=False)
    assert closed.remove("c") == {"problem": "This collection is not changed from the page."}
    assert closed.replace({"article": "c"}) == closed.remove("c")
    assert collection.article("c").title == "Ferry"


def test_a_file_that_is_no_upload_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("A secret.")
    for path in (str(secret), f"{tmp_path}/../secret.txt", "/etc/passwd", ""):
        told = shelf.replace({"article": "c", "name": "notes.txt", "path": path})
        assert told == {"problem": "“notes.txt” did not arrive; drop it again"}
    assert secret.read_text() == "A secret."
