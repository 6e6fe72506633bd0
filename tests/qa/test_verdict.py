"""What is asked must stand in the sentence: naming whom the question names is not enough."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from qa import Assistant
from qa.verdict import weigh_for
from qa.weigh import ReadHits

PRAISED = (
    "After the funeral Mayor Ada Brink on Friday praised the crew and Captain Jon Falk for saving "
    "Tor Vik."
)
SUCCESSOR = (
    "The commander of the harbour guard, Elin Moe, has asked for new boats after the retirement of "
    "her predecessor, Tor Vik, saying the old ones leak."
)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("harbour") / "harbour.jsonl"
    records = [
        {"id": "praise", "title": "Praise for a crew", "text": PRAISED},
        {"id": "boats", "title": "Guard wants boats", "text": SUCCESSOR},
    ]
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    with Assistant.open(file) as assistant:
        yield assistant


@pytest.mark.parametrize(
    "question",
    ["Who succeeded Tor Vik?", "Who replaced Tor Vik?", "Who was the successor of Tor Vik?"],
)
def test_a_sentence_that_tells_nothing_asked_is_less_likely_and_one_that_does_is_not(
    harbour: Assistant, question: str
) -> None:
    read = ReadHits(question, harbour.ask(question, mode="passages").hits, harbour.embedder)
    plain, weighed = read.weigh(), weigh_for(read)
    assert plain is not None
    assert weighed is not None
    before = {each.evidence.text: each.score for each in plain.findings}
    after = {each.evidence.text: each.score for each in weighed.findings}
    assert before[PRAISED] - after[PRAISED] == pytest.approx(2.0)
    # "Predecessor" tells of the same matter.
    assert after[SUCCESSOR] == before[SUCCESSOR]


def test_where_no_sentence_tells_what_is_asked_it_is_less_likely_that_any_answers(
    harbour: Assistant,
) -> None:
    question = "Who divorced Tor Vik?"
    read = ReadHits(question, harbour.ask(question, mode="passages").hits, harbour.embedder)
    plain, weighed = read.weigh(), weigh_for(read)
    assert plain is not None
    assert weighed is not None
    assert weighed.counted < 0.6 * plain.counted


def test_a_question_of_names_alone_is_weighed_as_before(harbour: Assistant) -> None:
    question = "Who is Elin Moe?"
    read = ReadHits(question, harbour.ask(question, mode="passages").hits, harbour.embedder)
    plain, weighed = read.weigh(), weigh_for(read)
    assert plain is not None
    assert weighed is not None
    assert weighed.findings == plain.findings
