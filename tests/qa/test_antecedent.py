"""Whom a sentence's "he" or "she" means is told with its own sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from qa import Assistant

PORT = (
    "Port director Ines Valdano presented the plan for the new pier on Tuesday. "
    "The council had asked for it in spring. "
    "She promised to plant 400 trees along the quay. "
    "Fishermen fear for their moorings."
)
LOCKS = (
    "The engineer Pavel Orlov warned the council last week. "
    "He said the old locks would not last another winter."
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("port") / "port.jsonl"
    records = [
        {"id": "pier", "title": "A pier with trees", "text": PORT, "date": "2024-03-05"},
        {"id": "locks", "title": "Old locks", "text": LOCKS, "date": "2024-03-06"},
    ]
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    with Assistant.open(file) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "name", "said", "naming"),
    [
        ("Who promised to plant trees along the quay?", "Valdano", "She promised", "Port director"),
        ("Who said the old locks would not last?", "Orlov", "He said the old", "The engineer"),
    ],
)
def test_who_he_or_she_is_stands_with_the_sentence(
    port: Assistant, question: str, name: str, said: str, naming: str
) -> None:
    answer = port.ask(question)
    assert answer.short_answer is not None
    assert name in answer.short_answer
    first, second = answer.citations[:2]
    assert first.quote.startswith(said)
    assert second.quote.startswith(naming)
    assert first.article_id == second.article_id
    assert second.end <= first.start


@pytest.mark.parametrize(
    "question", ["When was the plan presented?", "How many trees are to be planted?"]
)
def test_other_questions_get_no_such_sentence(port: Assistant, question: str) -> None:
    quotes = [citation.quote for citation in port.ask(question).citations]
    assert len(quotes) == len(set(quotes))
    if "trees" in question:
        assert quotes[0].startswith("She promised")
        assert not any(quote.startswith("Port director") for quote in quotes[1:2])


def test_whom_a_pronoun_means_is_told_of_the_bundled_articles(bundled: Assistant) -> None:
    answer = bundled.ask("Who vowed to launch cyber-attacks against the US?")
    assert answer.short_answer == "Esmail Qaani"
    assert answer.text.startswith("He also vowed to launch cyber-attacks against the US. [1]\n")
    assert "Esmail Qaani" in answer.citations[1].quote
    answer = bundled.ask("Who said the bond between Israel and the United States is unbreakable?")
    assert answer.short_answer == "Pompeo"
