"""What is understood of a question's prose, from the call to the answer."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from index.filters import Filter
from index.store import PassageStore, StoreView
from index.types import Hit
from qa import Answer, Assistant
from qa.cli import main
from qa.compose import DECLINED
from qa.query import make_query
from qa.types import Preferences, Query
from qa.understand import understand

_ARTICLES = [
    {
        "id": "wire-count",
        "title": "Whale count at Gull Bay",
        "text": "Volunteers counted 41 whales at Gull Bay in the yearly count, the wire was told.",
        "date": "2022-06-14",
        "source": "Harbour Wire",
    },
    {
        "id": "gazette-count",
        "title": "Whale count at Gull Bay",
        "text": "Volunteers counted 58 whales at Gull Bay in the yearly count, a diving club said.",
        "date": "2023-06-13",
        "source": "Tarn Gazette",
    },
    {
        "id": "quoted",
        "title": "Fishing ban at Gull Bay",
        "text": "According to the Sanda Courier, the fishing ban at Gull Bay lasts 90 days.",
        "date": "2023-07-01",
        "source": "Harbour Wire",
    },
    {
        "id": "courier",
        "title": "Bakery opens on Kestrel Street",
        "text": "A bakery with 30 seats opened on Kestrel Street on Friday.",
        "date": "2023-07-07",
        "source": "Sanda Courier",
    },
]


@pytest.fixture(scope="module")
def gull_bay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("gull-bay") / "articles.jsonl"
    file.write_text("\n".join(json.dumps(article) for article in _ARTICLES), encoding="utf-8")
    with Assistant.open(file) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def view(ellery: Assistant) -> Iterator[StoreView]:
    with PassageStore.open(ellery.status().path) as store, store.view() as view:
        yield view


def read(
    view: StoreView, question: str, today: str = "2024-03-15", ignore: frozenset[str] = frozenset()
) -> Query:
    return understand(make_query(question), view, datetime.date.fromisoformat(today), ignore)


def cited(answer: Answer) -> list[str]:
    return [citation.article_id for citation in answer.citations]


# ── Preferences and what is searched ───────────────────────────────────────────────────────────


def test_outlet_time_and_the_present_are_read_together(view: StoreView) -> None:
    query = read(view, "According to the Ellery Post, who is now on strike this week?")
    assert query.prefer == Preferences(
        sources=("The Ellery Post",),
        since=datetime.date(2024, 3, 9),
        until=datetime.date(2024, 3, 15),
        is_recent=True,
        is_present=True,
    )
    assert query.where == Filter()


def test_words_that_only_say_where_to_look_are_not_searched(view: StoreView) -> None:
    query = read(view, "As reported by the Sanda Courier, what did the ferry cost last week?")
    assert query.text == "Sanda Courier, what did the ferry cost?"
    assert query.core == "what did the ferry cost?"
    assert query.asked == query.original


def test_names_and_dates_stay_in_the_search(view: StoreView) -> None:
    query = read(view, "What did the Sanda Courier report about the bridge in June 2023?")
    assert query.text == query.original
    assert query.core == "What did they say about the bridge?"


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the union?",
        "Who bought the Ellery Post?",
        "According to Reuters, who leads the union?",  # none of this collection's outlets
        "What happened before the strike?",
    ],
)
def test_where_nothing_is_preferred_the_question_is_searched_as_it_is(
    view: StoreView, question: str
) -> None:
    query = read(view, question)
    assert (query.text, query.asked, query.core) == (question, "", "")
    assert query.prefer in (Preferences(), Preferences(is_present=True))


@pytest.mark.parametrize("question", ["last week", "Yesterday?", "in January 2020"])
def test_a_question_that_is_only_a_phrase_keeps_its_words(view: StoreView, question: str) -> None:
    assert read(view, question).text == question


def test_this_week_is_the_present_and_last_week_is_not(view: StoreView) -> None:
    assert read(view, "Who quit this week?").prefer.is_recent
    assert not read(view, "Who quit last week?").prefer.is_recent


def test_a_time_that_is_over_is_not_the_present(view: StoreView) -> None:
    assert not read(view, "What was the latest toll in May 2023?").prefer.is_recent
    assert read(view, "What is the latest toll?").prefer.is_recent


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("sources", (False, True, True)),
        ("time", (True, False, True)),
        ("recent", (True, True, False)),
    ],
)
def test_each_preference_can_be_switched_off(
    view: StoreView, name: str, left: tuple[bool, bool, bool]
) -> None:
    question = "According to the Ellery Post, who is now on strike since March 2024?"
    prefer = read(view, question, ignore=frozenset({name})).prefer
    assert (bool(prefer.sources), prefer.since is not None, prefer.is_recent) == left
    assert prefer.is_present == (name != "recent")


def test_what_is_switched_off_stays_in_the_search(view: StoreView) -> None:
    question = "According to the Ellery Post, who quit last week?"
    assert read(view, question, ignore=frozenset({"sources"})).text == (
        "According to the Ellery Post, who quit?"
    )
    everything = frozenset({"sources", "time"})
    assert read(view, question, ignore=everything).text == question


# ── Answers ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_preferred_is_told_and_the_question_stays_readable(ellery: Assistant) -> None:
    question = "According to the Ellery Post, how much did the strike cost the operator last week?"
    answer = ellery.ask(question, as_of="2024-03-20")
    told = json.loads(json.dumps(answer.to_dict()))["understood"]
    assert told["query"] == question
    assert told["prefers"] == {
        "sources": ["The Ellery Post"],
        "since": "2024-03-11",
        "until": "2024-03-20",
        "recent": False,
    }
    assert (told["sources"], told["since"], told["until"]) == ([], None, None)
    assert told["as_of"] == "2024-03-20"
    assert told["filters_dropped"] is False
    assert cited(answer)[0] == "ferry-strike-ends"


def test_as_of_is_what_relative_times_count_from_else_today(ellery: Assistant) -> None:
    then = ellery.ask("Who quit yesterday?", as_of="2020-01-03").understood["prefers"]
    now = ellery.ask("Who quit yesterday?").understood["prefers"]
    assert then["since"] == "2020-01-02"
    assert now["since"] == (datetime.date.today() - datetime.timedelta(1)).isoformat()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("According to the Ellery Post, how much did the strike cost the operator?", "2.1 million"),
        ("According to the Sanda Courier, where were the stolen rings found?", "gold rings"),
        ("Who won the Coast Cup in 2024?", "Ellery Rovers"),
        ("Who was elected mayor of Port Ellery in May 2023?", "Adaeze Nwosu"),
    ],
)
def test_an_article_need_not_say_what_its_outlet_and_day_tell(
    ellery: Assistant, question: str, words: str
) -> None:
    answer = ellery.ask(question)
    assert not answer.declined
    assert words in answer.text


def test_the_outlet_that_is_named_comes_first(gull_bay: Assistant) -> None:
    question = "how many whales did volunteers count at Gull Bay?"
    wire = gull_bay.ask(f"According to the Harbour Wire, {question}")
    gazette = gull_bay.ask(f"According to the Tarn Gazette, {question}")
    assert (cited(wire)[0], cited(gazette)[0]) == ("wire-count", "gazette-count")
    assert {hit.article.id for hit in wire.hits} == {article["id"] for article in _ARTICLES}


def test_the_time_that_is_named_comes_first(gull_bay: Assistant) -> None:
    for year, article_id in ((2022, "wire-count"), (2023, "gazette-count")):
        answer = gull_bay.ask(f"How many whales did volunteers count at Gull Bay in June {year}?")
        assert answer.hits[0].article.id == article_id
        assert cited(answer)[0] == article_id


def test_what_an_outlet_said_is_found_in_anothers_article(gull_bay: Assistant) -> None:
    answer = gull_bay.ask("According to the Sanda Courier, how long does the fishing ban last?")
    assert answer.understood["prefers"]["sources"] == ["Sanda Courier"]
    assert answer.hits[0].article.id == "quoted"
    assert "90 days" in answer.text


def test_the_bundled_outlet_is_understood_under_its_name(bundled: Assistant) -> None:
    answer = bundled.ask("What did the Times of Israel say about Soleimani?")
    (source,) = answer.understood["prefers"]["sources"]
    assert source in bundled.status().sources
    about = bundled.ask("Who founded the Times of Israel?")
    assert about.understood["prefers"]["sources"] == []


# ── ignore ─────────────────────────────────────────────────────────────────────────────────────


def test_ignore_is_told_in_what_was_understood(ellery: Assistant) -> None:
    question = "According to the Ellery Post, what is the latest on the ferry in 2024?"
    for ignore in ("sources", ["sources"], {"sources", "spelling"}):
        prefers = ellery.ask(question, ignore=ignore).understood["prefers"]
        assert (prefers["sources"], prefers["since"]) == ([], "2024-01-01")


def test_the_history_can_be_ignored(ellery: Assistant) -> None:
    history = [("Who is Beatriz Amaral?", "…")]
    question = "Where did she go to coach?"
    assert ellery.ask(question, history, ignore="history").understood["query"] == question
    assert "Amaral" in ellery.ask(question, history).understood["query"]


def test_names_that_cannot_be_ignored_are_told(ellery: Assistant) -> None:
    with pytest.raises(ValueError, match="ignore holds 'tim', which is none of sources, time"):
        ellery.ask("Who?", ignore=["tim"])
    with pytest.raises(ValueError, match="ignore holds 'tim'"):
        ellery.stream("Who?", ignore="tim")
    with pytest.raises(TypeError, match="ignore must hold names among"):
        ellery.ask("Who?", ignore=[1])  # type: ignore[list-item]


def test_ignore_on_the_command_line(ellery: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = ["--corpus", ellery.status().path, "--json"]
    question = "What did the Ellery Post say about the ferry in 2024?"
    assert main([question, "--ignore", "time", "--ignore", "sources", *corpus]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["understood"]["prefers"]["sources"] == []
    assert told["understood"]["prefers"]["since"] is None
    assert main([question, *corpus[:2]]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Preferred: from The Ellery Post; published since 2024-01-01; published until" in out
    assert main([question, "--ignore", "tim", *corpus]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--ignore: invalid choice: 'tim'" in captured.err
    assert captured.err.count("\n") == 1


# ── Conditions that leave nothing ──────────────────────────────────────────────────────────────


def sources(hits: tuple[Hit, ...]) -> set[str | None]:
    return {hit.article.source for hit in hits}


@pytest.mark.parametrize("mode", ["answer", "passages"])
def test_a_filter_that_leaves_nothing_declines_and_shows_what_there_is(
    ellery: Assistant, mode: Any
) -> None:
    answer = ellery.ask("Who won the Coast Cup?", sources="Le Monde", mode=mode)
    assert answer.declined
    assert answer.text == (
        f"{DECLINED} No passage meets the condition: from Le Monde; the passages shown do not meet "
        "it."
    )
    assert (answer.citations, answer.short_answer, answer.confidence) == ((), None, 0.0)
    assert answer.hits == ()
    assert answer.hits_outside[0].article.id == "football-final"
    assert answer.to_dict()["passages_outside"][0]["article_id"] == "football-final"
    assert answer.understood["filters_dropped"] is True
    assert answer.understood["sources"] == ["Le Monde"]


def test_only_the_condition_that_nothing_meets_is_dropped(ellery: Assistant) -> None:
    answer = ellery.ask('ferry source:"Sanda Courier" after:2030', k=20)
    assert "published since 2031-01-01; the passages shown do not meet it." in answer.text
    assert sources(answer.hits_outside) == {"Sanda Courier"}


def test_conditions_that_only_together_leave_nothing_are_named_together(ellery: Assistant) -> None:
    answer = ellery.ask("ferry", sources="Northern Science Desk", until="2023-12-31", k=20)
    assert answer.text == (
        f"{DECLINED} No passage meets the conditions together: published until 2023-12-31, from "
        "Northern Science Desk; the passages shown do not meet all of them."
    )
    assert len(sources(answer.hits_outside)) > 1


def test_outlets_that_exclude_each_other_are_named_as_such(ellery: Assistant) -> None:
    answer = ellery.ask("ferry source:harbourwire.example", sources="The Ellery Post")
    assert "from The Ellery Post and at once harbourwire.example" in answer.text
    assert answer.declined


def test_as_of_is_never_dropped(ellery: Assistant) -> None:
    answer = ellery.ask("ferry", as_of="2023-12-31", sources="Le Monde", k=50)
    assert answer.understood["filters_dropped"] is True
    days = [hit.article.published for hit in answer.hits_outside]
    assert days
    assert all(day is None or day <= datetime.date(2023, 12, 31) for day in days)
    nothing = ellery.ask("ferry", as_of="2000-01-01", since="1990-01-01", k=50)
    assert {hit.article.id for hit in nothing.hits_outside} == {"airport-sold"}  # undated


def test_an_answer_meets_every_condition(ellery: Assistant) -> None:
    answer = ellery.ask("Who is Tomas Reyes?", since="2024-03-10", sources="Ellery Post", k=50)
    assert answer.understood["filters_dropped"] is False
    assert sources(answer.hits) == {"The Ellery Post"}
    assert all(str(hit.article.published) >= "2024-03-10" for hit in answer.hits)
