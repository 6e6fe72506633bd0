"""A misspelt name finds what was meant; what is simply absent stays and is declined."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from qa import Assistant
from qa.query import make_query
from qa.slips import slip_cost
from qa.spelling import is_known_word, mend_spelling
from qa.terminal import answer_text

# Names of the bundled articles as people write them who heard them.
MISSPELT = {
    "Soleimani": "Sulaimani Suleimani Soleymany Solaimani Solemani Soleimanni",
    "Qassem": "Quassem Kassem Qassim Qasem Kasem",
    "Netanyahu": "Netanjahu Natanyahu Netenyahu Nethanyahu Netanyaho",
    "Qaani": "Kaani Quaani Qaany",
    "Hezbollah": "Hizbollah Hezbolla Hizbullah Hesbollah",
    "Khamenei": "Kamenei Khameni Khamenai Chamenei",
    "Pompeo": "Pompayo Pompeyo Pompoe",
    "Blinken": "Blinkin Blincken Blinkn",
    "Tehran": "Teheran Tehrann Tehrna",
}
# Real people and places of which the bundled articles tell nothing.
ABSENT = """
    Macron Merkel Zelensky Obama Mandela Gandhi Messi Ronaldo Federer Djokovic Beethoven Mozart
    Picasso Einstein Darwin Newton Tolstoy Dostoevsky Kafka Murakami Marquez Neruda Beyonce
    Rihanna Madonna Spielberg Kurosawa Fellini Thatcher Churchill Roosevelt Kennedy Nixon Carter
    Bolsonaro Lula Erdogan Modi Sunak Truss Scholz Draghi Meloni Orban Duda Ardern Trudeau
    Ratzinger Bergoglio Musk Bezos Zuckerberg Gates Thunberg Malala Navalny Assange Snowden
    Mongolia Bolivia Namibia Zambia Gambia Guyana Fiji Tonga Latvia Slovenia Iceland Bhutan Laos
    Nairobi Bogota Oslo Helsinki Manila Jakarta Santiago Lima Kinshasa Windhoek Ulaanbaatar
    giraffe mango armadillo zucchini trombone volcano chess cricket sonata photosynthesis
"""


def spelling_of(assistant: Assistant, question: str) -> list[tuple[str, str]]:
    with assistant.store.view() as view:
        return list(mend_spelling(make_query(question), view).spelling)


@pytest.mark.parametrize(
    ("question", "searched", "words"),
    [
        ("Where was Sulaimani killed?", "Where was Soleimani killed?", "Iraq|Baghdad"),
        ("What did Quassem Soleimany lead?", "What did Qassem Soleimany lead?", "Quds Force"),
        ("who commands the quds forse", "who commands the quds Force", "Qaani"),
    ],
)
def test_a_misspelt_name_finds_what_was_meant(
    bundled: Assistant, question: str, searched: str, words: str
) -> None:
    answer = bundled.ask(question)
    assert answer.understood["query"] == searched
    assert answer.question == question
    assert not answer.declined
    assert re.search(words, answer.text)


def test_what_was_put_right_is_told(bundled: Assistant) -> None:
    answer = bundled.ask("Where was Quassem Sulaimani killed?")
    assert answer.to_dict()["understood"]["spelling"] == [
        {"from": "Quassem", "to": "Qassem"},
        {"from": "Sulaimani", "to": "Soleimani"},
    ]
    lines = answer_text(answer).splitlines()
    assert "Searched for “Qassem” instead of “Quassem”, “Soleimani” instead of “Sulaimani”" in lines
    assert not any(line.startswith("Searched:") for line in lines)


def test_most_misspelt_names_are_put_right_and_none_is_bent(bundled: Assistant) -> None:
    asked = [(wrong, meant) for meant, forms in MISSPELT.items() for wrong in forms.split()]
    found = 0
    for wrong, meant in asked:
        told = spelling_of(bundled, f"What did {wrong} say?")
        assert told in ([], [(wrong, meant)])
        found += bool(told)
    print(f"\nmisspelt names put right: {found} of {len(asked)}")
    assert found >= 0.85 * len(asked)


@pytest.mark.parametrize("collection", ["bundled", "ellery"])
def test_absent_names_and_words_stay(collection: str, request: pytest.FixtureRequest) -> None:
    assistant = request.getfixturevalue(collection)
    bent = {name: spelling_of(assistant, f"What about {name}?") for name in ABSENT.split()}
    assert {name: told for name, told in bent.items() if told} == {}


def test_an_absent_name_is_declined_and_named(bundled: Assistant) -> None:
    for name in ("Mongolia", "Macron"):
        answer = bundled.ask(f"What did the president of {name} say?")
        assert answer.declined
        assert answer.text.endswith(f"Nowhere do they mention “{name}”.")
        assert answer.understood["spelling"] == []


def test_a_name_put_right_is_not_said_to_be_missing(bundled: Assistant) -> None:
    answer = bundled.ask("What colour was the bicycle of Sulaimani?")
    assert answer.declined
    assert "Sulaimani" not in answer.text


def test_written_filters_and_exact_words_stay(bundled: Assistant) -> None:
    query = make_query('What did "Sulaimani" say of Sulaimany -sulaimanni source:Sulaimani')
    with bundled.store.view() as view:
        mended = mend_spelling(query, view)
    assert mended.text == "What did Sulaimani say of Soleimani"
    assert mended.where == query.where
    assert mended.spelling == (("Sulaimany", "Soleimani"),)


def test_it_can_be_switched_off(bundled: Assistant) -> None:
    answer = bundled.ask("Who succeeded Sulaimani?", ignore="spelling")
    assert answer.understood["spelling"] == []
    assert answer.understood["query"] == "Who succeeded Sulaimani?"


def test_the_history_is_put_right_with_the_question(bundled: Assistant) -> None:
    answer = bundled.ask("What did he vow?", [("Who is Esmail Quaani?", "")])
    assert answer.understood["spelling"] == [{"from": "Quaani", "to": "Qaani"}]
    assert "Qaani" in answer.understood["query"]


@pytest.mark.parametrize(
    "question",
    [
        "Wer wurde der Nachfolger von Kommandeur Sulaimani in Teheran?",
        "asdfgh qwertz yxcvbn poiuzt lkjhgf",
        "谁接替了苏莱曼尼？",
        "x1z9q COVID19 H5N1 42",
    ],
)
def test_other_languages_and_codes_are_left_alone(bundled: Assistant, question: str) -> None:
    assert spelling_of(bundled, question) == []


def test_a_very_long_question_is_not_put_right_word_by_word(bundled: Assistant) -> None:
    assert (
        spelling_of(bundled, "Sulaimani Quassemm Netanjahu Hizbolla Khamenai Pompayo " * 100) == []
    )


@pytest.fixture(scope="module")
def shouted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    texts = [
        "PREMIER KHRUSHCHEV MET ADENAUER IN BONN. ADENAUER SPOKE OF THE STATE OF GERMANY.",
        "KHRUSHCHEV SPOKE OF THE HARVEST. THE STATE FARMS HAD FAILED, KHRUSHCHEV SAID.",
        "KONRAD ADENAUER WILL RETIRE. ADENAUER IS EIGHTY-SEVEN.",
    ]
    rows = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    path = tmp_path_factory.mktemp("shouted") / "articles.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    with Assistant.open(path) as assistant:
        yield assistant


def test_names_of_articles_in_capitals_are_put_as_the_question_writes(shouted: Assistant) -> None:
    assert spelling_of(shouted, "Who is Krushchev?") == [("Krushchev", "Khrushchev")]
    assert spelling_of(shouted, "when will adenaur retire") == [("adenaur", "adenauer")]
    assert spelling_of(shouted, "WHEN WILL ADENAUR RETIRE") == [("ADENAUR", "ADENAUER")]


def test_a_name_is_not_bent_into_a_word_that_is_none(shouted: Assistant) -> None:
    assert spelling_of(shouted, "What did Stade say?") == []


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    texts = [
        "On Monday Harry Baker met the mayor, Baker said. The mayor thanked Harry Baker.",
        "Last week Ruth Barker sang. On Friday Ruth Barker will sing again, Barker said.",
        "The choir of Anton Berg sang. Its leader Anton Berg was ill.",
    ]
    rows = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    path = tmp_path_factory.mktemp("company") / "articles.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    with Assistant.open(path) as assistant:
        yield assistant


def test_the_name_beside_it_tells_what_was_meant(company: Assistant) -> None:
    assert spelling_of(company, "Who is Harry Bakker?") == [("Bakker", "Baker")]
    assert spelling_of(company, "Who is Anton Bakker?") == []


@pytest.mark.parametrize(
    ("nearer", "farther", "meant"),
    [
        ("sulaimani", "suleiman", "soleimani"),
        ("quassem", "qatar", "qassem"),
        ("forse", "forge", "force"),
        ("kruschev", "krusev", "khrushchev"),
        ("gadafi", "garage", "gaddafi"),
        ("maria", "mario", "mariah"),
    ],
)
def test_slips_of_the_ear_cost_less_than_other_words(nearer: str, farther: str, meant: str) -> None:
    assert slip_cost(nearer, meant) < slip_cost(farther, meant)


def test_costs_are_those_of_the_slips() -> None:
    assert slip_cost("qaani", "qaani") == 0
    assert slip_cost("qaany", "qaani") == pytest.approx(0.25)
    assert slip_cost("netannyahu", "netanyahu") == pytest.approx(0.25)
    assert slip_cost("natanyahu", "netanyahu") == pytest.approx(0.5)
    assert slip_cost("neatnyahu", "netanyahu") == pytest.approx(0.6)
    assert slip_cost("", "abc") == pytest.approx(0.6 * 1.5 + 1 + 1.4)
    assert slip_cost("gambia", "zambia") > 1.5


@pytest.mark.parametrize(
    ("word", "is_known"),
    [("giraffe", True), ("Mangoes", True), ("Mongolia", True), ("Quassem", False)],
)
def test_english_words_are_known(word: str, is_known: bool) -> None:
    assert is_known_word(word) is is_known
