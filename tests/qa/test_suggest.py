"""Questions that are suggested: made of the articles' sentences, and answered from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa import Assistant
from qa.collection import index_collection
from qa.question_making import make_questions


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "On the quay Ivo Brandt, the harbour master of Ormen, sold nothing.",
            None,
            None,
        ),
        (
            "Ivo Brandt, the harbour master of Ormen, vowed on Monday to close the Northern Basin.",
            "Who vowed to close the Northern Basin?",
            "Ivo Brandt",
        ),
        (
            "The shipyard Halvorsen bought the Ormen quarry on 3 May 2019, officials said.",
            "Who bought the Ormen quarry on 3 May 2019?",
            "The shipyard Halvorsen",
        ),
        (
            "At least 31 people were injured in the Ormen quarry yesterday.",
            "How many people were injured in the Ormen quarry?",
            "31",
        ),
        (
            "Lena Moe was appointed director of the Ormen museum in 2014, at thirty.",
            "When was Lena Moe appointed director of the Ormen museum?",
            "2014",
        ),
    ],
)
def test_a_question_is_made_of_a_plain_sentence(
    sentence: str, question: str | None, answer: str | None
) -> None:
    made = {each.text: each.answer for each in make_questions(sentence)}
    assert made.get(question) == answer if question else made == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "He sold the Ormen quarry to Halvorsen.",
        "Ivo Brandt sold his share of the Ormen quarry.",
        "Ivo Brandt rejected that plan for Ormen the same day.",
        "Ivo Brandt approved the plan without a word.",
        "Ivo Brandt said that the sale of the Ormen quarry, which ended in May, was a mistake.",
        "Storm Greta struck the coast of Ormen with winds of 130 kilometres an hour.",
        "Ivo Brandt praised the Ormen (and only the Ormen) ferry.",
        "",
        "?!",
    ],
)
def test_none_is_made_that_needs_what_was_said_before_or_names_nothing(sentence: str) -> None:
    assert make_questions(sentence) == ()


@pytest.mark.parametrize("collection", ["ellery", "bundled"])
def test_what_is_suggested_is_answered_surely(
    collection: str, request: pytest.FixtureRequest
) -> None:
    assistant: Assistant = request.getfixturevalue(collection)
    questions = [q for q in assistant.suggestions(4) if q.endswith("?")]
    assert len(set(questions)) >= 3
    for question in questions:
        answer = assistant.ask(question)
        assert answer.confidence >= 0.75
        assert answer.short_answer
        text = assistant.article(answer.citations[0].article_id).text
        # It was made of the very sentence that answers it.
        sentence = answer.citations[0].quote
        assert sentence in text
        assert question in {made.text for made in make_questions(sentence)}


def test_the_same_are_suggested_again_whoever_opens_the_collection(ellery: Assistant) -> None:
    again = ellery.suggestions(4)
    assert again == ellery.suggestions(4)
    with Assistant.open(ellery.status().path) as other:
        assert other.suggestions(4) == again


def test_near_passages_give_questions_about_their_own_articles(ellery: Assistant) -> None:
    hits = ellery.ask("Where did the mayor of Port Ellery go to school?").hits
    articles = {hit.article.id for hit in hits}
    questions = ellery.suggestions(2, near=hits)
    assert questions
    cited = {ellery.ask(question).citations[0].article_id for question in questions}
    assert cited <= articles


def test_headlines_stand_in_where_no_question_can_be_made(tmp_path: Path) -> None:
    record = {
        "id": "bruecke",
        "title": "Brücke von Ormen wieder offen",
        "text": "Die Brücke von Ormen ist seit Montag wieder offen. Der Bürgermeister sprach von "
        "einem guten Tag für alle, die jeden Morgen über den Fjord fahren müssen.",
    }
    source = tmp_path / "articles.jsonl"
    source.write_text(json.dumps(record), encoding="utf-8")
    index_collection(tmp_path / "store", [str(source)])
    with Assistant.open(tmp_path / "store") as assistant:
        assert assistant.suggestions(3) in ((), ("Brücke von Ormen wieder offen",))
        record = {
            "id": "quarry",
            "title": "Quarry sold",
            "text": "Halvorsen Shipyards bought the quarry of Ormen from the state of Nordland.",
        }
        source.write_text(json.dumps(record), encoding="utf-8")
        index_collection(tmp_path / "store", [str(source)])
        # The collection has changed, and so have they.
        assert "Who bought the quarry of Ormen from the state of Nordland?" in (
            assistant.suggestions(3)
        )


def test_they_are_known_once_they_were_made_and_given_up_when_told(tmp_path: Path) -> None:
    text = "Halvorsen Shipyards bought the quarry of Brevik from the state of Nordland."
    source = tmp_path / "articles.jsonl"
    source.write_text(json.dumps({"id": "a", "title": "Quarry sold", "text": text}), "utf-8")
    index_collection(tmp_path / "store", [str(source)])
    steps: list[str] = []

    def give_up() -> None:
        steps.append("a step")
        raise InterruptedError

    with Assistant.open(tmp_path / "store") as assistant:
        assert assistant.known_suggestions(2) is None
        with pytest.raises(InterruptedError):
            assistant.suggestions(2, between=give_up)
        assert steps == ["a step"]
        assert assistant.known_suggestions(2) is None
        made = assistant.suggestions(2, between=lambda: steps.append("another"))
        assert made[0] == "Who bought the quarry of Brevik from the state of Nordland?"
        # Before it is searched for, and before it is read.
        assert steps[:3] == ["a step", "another", "another"]
        assert assistant.known_suggestions(2) == made
        assert assistant.known_suggestions(3) is None
    with Assistant.open(tmp_path / "store") as other:
        assert other.known_suggestions(2) == made


def test_a_number_below_one_is_refused(ellery: Assistant) -> None:
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        ellery.suggestions(0)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        ellery.known_suggestions(0)
