"""Retrieval: what each sign of the mix does to the order, on small invented collections."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from index.build import index_articles, manifest_for
from index.embed import SentenceTransformerEmbedder
from index.store import PassageStore
from index.types import Hit
from qa.query import make_query
from qa.retrieve import MIX, Mix, Retriever
from qa.types import Preferences

Search = Callable[..., tuple[Hit, ...]]


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture
def searcher(
    tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> Iterator[Callable[[list[dict[str, object]]], Search]]:
    with ExitStack() as stack:

        def make(records: list[dict[str, object]]) -> Search:
            file = tmp_path / "records.jsonl"
            file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
            store = PassageStore.create(tmp_path / "store", manifest_for(embedder))
            stack.enter_context(store)
            index_articles(store, embedder, [file])
            view = stack.enter_context(store.view())

            def search(
                question: str,
                prefer: Preferences | None = None,
                k: int = 8,
                mix: Mix = MIX,
                **conditions: str,
            ) -> tuple[Hit, ...]:
                query = make_query(question, **conditions)  # type: ignore[arg-type]
                query = replace(query, prefer=prefer or Preferences())
                return Retriever(view, embedder, mix).retrieve(query, k)

            return search

        yield make


def ids(hits: tuple[Hit, ...]) -> list[str]:
    return list(dict.fromkeys(hit.article.id for hit in hits))


def record(name: str, text: str, **told: object) -> dict[str, object]:
    return {"id": name, "title": f"Notes {name}", "text": text, **told}


FERRY = "The ferry between Tarn and Osmund was cancelled after its engine failed."


def test_an_article_that_holds_the_words_far_apart_is_raised(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    filler = " ".join(
        f"Paragraph {n} tells of the council's budget for the year." for n in range(60)
    )
    search = searcher(
        [
            record("whole", f"The shipyard at Osmund burned. {filler} The arsonist was Pell."),
            record("other", f"The shipyard at Tarn was painted. {filler}"),
            record("third", f"The bakery was painted. {filler}"),
        ]
    )
    question = "shipyard arsonist"
    assert search(question)[0].article.id == "whole"
    by_article = replace(MIX, dense=0.0, lexical=0.0, repeated=0.0)
    best = {hit.article.id: hit.score for hit in reversed(search(question, k=20, mix=by_article))}
    # The words stand in no passage together; their article counts in full, one with half less.
    assert best["whole"] == pytest.approx(1.0)
    assert 0.0 < best["other"] < 0.7
    assert best.get("third", 0.0) == 0.0


def test_a_preferred_outlet_comes_first_and_the_others_stay(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    search = searcher(
        [
            record("a", FERRY, source="Tarn Post"),
            record("b", f"{FERRY} Passengers waited.", source="Osmund Herald"),
        ]
    )
    question = "Why was the ferry cancelled?"
    for outlet, first in (("Tarn Post", "a"), ("Osmund Herald", "b")):
        assert ids(search(question, Preferences(sources=(outlet,)))) == sorted(
            "ab", key=lambda name: name != first
        )


def test_a_preferred_time_comes_first_and_the_others_stay(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    search = searcher(
        [
            record("old", FERRY, date="2019-03-04"),
            record("new", f"{FERRY} Again.", date="2023-03-04"),
            record("undated", f"{FERRY} Once."),
        ]
    )
    of_2019 = Preferences(since=datetime.date(2019, 1, 1), until=datetime.date(2019, 12, 31))
    of_2023 = Preferences(since=datetime.date(2023, 1, 1), until=None)
    assert ids(search("Was the ferry cancelled?", of_2019))[0] == "old"
    found = ids(search("Was the ferry cancelled?", of_2023))
    assert found[0] == "new"
    assert sorted(found) == ["new", "old", "undated"]


def test_newer_reports_come_first_only_where_the_question_speaks_of_the_present(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    search = searcher(
        [
            record("old", "The mayor of Tarn is Ida Quell, as everybody knows.", date="2019-03-04"),
            record(
                "new",
                "The new mayor of Tarn is called Bo Strand, and Quell left the town hall.",
                date="2023-03-04",
            ),
        ]
    )
    question = "Who is the mayor of Tarn?"
    assert ids(search(question)) == ["old", "new"]
    assert ids(search(question, Preferences(is_recent=True))) == ["new", "old"]
    # The tense alone says too little, unless a day is given to ask on.
    assert ids(search(question, Preferences(is_present=True))) == ["old", "new"]
    asked_on = search(question, Preferences(is_present=True), as_of="2023-03-10")
    assert ids(asked_on) == ["new", "old"]
    assert ids(search(question, Preferences(is_recent=True), as_of="2020-01-01")) == ["old"]


def test_one_article_does_not_fill_the_list_where_others_tell_as_much(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    def long(sentence: str) -> str:
        sentences = [sentence.format(n) for n in range(1, 60)]
        return "\n\n".join(" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6))

    tarn = "On day {} the ferry crews' union at Tarn left the talks over pay and went on strike."
    osmund = "Talk {} of the Osmund ferry crews failed, their union said, since shifts grew longer."
    search = searcher([record("a", long(tarn)), record("b", long(osmund))])
    question = "What did the ferry crews do about pay and shifts?"
    spread = [hit.article.id for hit in search(question, k=8)]
    assert 2 <= spread.count("a") <= 6
    crowded = [hit.article.id for hit in search(question, k=8, mix=replace(MIX, repeated=0.0))]
    assert abs(spread.count("a") - 4) <= abs(crowded.count("a") - 4)


def test_scores_fall_and_stay_between_0_and_1(
    searcher: Callable[[list[dict[str, object]]], Search],
) -> None:
    search = searcher(
        [record(str(n), f"{FERRY} Day {n}.", date=f"2023-03-{n:02}") for n in range(1, 15)]
    )
    hits = search("Which ferry was cancelled?", Preferences(is_recent=True), k=12)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert hits[0].article.id == "14"
