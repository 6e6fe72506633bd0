"""A timeline tells dated sentences in the order of time, each with where it stands."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Assistant, QuestionError, Timeline
from qa.cli import main
from qa.event_days import days_told

CORVANE = Path(__file__).parent.parent / "data" / "corvane.jsonl"
MONDAY = datetime.date(2022, 8, 29)


@pytest.fixture(scope="module")
def corvane() -> Iterator[Assistant]:
    with Assistant.open(CORVANE) as assistant:
        yield assistant


def days(timeline: Timeline) -> list[str]:
    return [entry.when for entry in timeline.entries]


def ids(timeline: Timeline) -> list[list[str]]:
    return [[each.article_id for each in entry.citations] for entry in timeline.entries]


def test_sentences_stand_in_the_order_of_their_days(ellery: Assistant) -> None:
    timeline = ellery.timeline("ferry Astrid")
    assert not timeline.declined
    assert list(zip(days(timeline), ids(timeline), strict=True)) == [
        ("2024-11-02", ["ferry-toll-early"]),
        ("2024-11-05", ["ferry-toll-late"]),
    ]
    assert [entry.dated_by for entry in timeline.entries] == [("sentence",), ("sentence",)]


def test_a_day_named_in_a_sentence_counts_before_that_of_publication(ellery: Assistant) -> None:
    timeline = ellery.timeline("gold rings museum")
    told = {entry.when: entry for entry in timeline.entries}
    assert list(told) == sorted(told)
    assert told["1954"].citations[0].quote.startswith("The director, Yusuf Demir, said the rings")
    assert told["1954"].dated_by == ("sentence",)
    assert told["2025-01-08"].citations[0].quote.startswith("Thieves broke into")
    # Recovered in March, stolen in January: nothing says on which day they were recovered.
    recovered = told["2025-03-30"]
    assert recovered.citations[0].quote.startswith("Police have recovered all eleven gold rings")
    assert recovered.dated_by == ("published",)


def test_what_was_to_come_says_so(corvane: Assistant) -> None:
    timeline = corvane.timeline("tunnel under the Sound")
    ahead = [(entry.when, entry.is_ahead) for entry in timeline.entries if entry.is_ahead]
    assert ahead == [("2026-06", True), ("2027-10", True)]


def test_one_event_told_by_two_outlets_is_one_entry(corvane: Assistant) -> None:
    timeline = corvane.timeline("Brightwater grain silo")
    event = next(entry for entry in timeline.entries if len(entry.citations) > 1)
    assert event.date == event.date_last == datetime.date(2024, 3, 12)
    assert {each.source for each in event.citations} == {"Eastline", "The Corvane Herald"}
    # Nine and fourteen dead: both stand there.
    quotes = " ".join(each.quote for each in event.citations)
    assert "nine workers" in quotes
    assert "Fourteen workers" in quotes


def test_a_wire_story_stands_once_and_tells_its_copies(corvane: Assistant) -> None:
    timeline = corvane.timeline("rockfall on Mount Skarn")
    killed = [each for each in timeline.citations if each.quote.startswith("Three hikers")]
    assert [each.article_id for each in killed] == ["rockfall-eastline"]
    assert killed[0].also_in == ("rockfall-courier",)


def test_citations_are_exact_and_numbered(ellery: Assistant) -> None:
    timeline = ellery.timeline("ferry")
    assert [each.marker for each in timeline.citations] == list(
        range(1, len(timeline.citations) + 1)
    )
    for citation in timeline.citations:
        article = ellery.article(citation.article_id, citation.content_sha256)
        assert article.text[citation.start : citation.end] == citation.quote
        assert hashlib.sha256(article.text.encode()).hexdigest() == citation.content_sha256
    assert re.findall(r"\[(\d+)\]$", timeline.text, re.MULTILINE) == [
        str(each.marker) for each in timeline.citations
    ]


def test_sentences_without_any_day_stand_apart(ellery: Assistant) -> None:
    timeline = ellery.timeline("Tarn airport")
    assert timeline.entries == ()
    (undated,) = timeline.undated
    assert undated.citations[0].article_id == "airport-sold"
    assert (undated.date, undated.when) == (None, "undated")
    assert ellery.timeline("Tarn airport", since="2020-01-01").declined


def test_a_subject_that_is_not_there_is_declined(ellery: Assistant) -> None:
    timeline = ellery.timeline("Kraken")
    assert timeline.declined
    assert timeline.text == "Not in this collection. Nowhere do they mention “Kraken”."
    assert timeline.entries == timeline.undated == ()
    assert timeline.nearest


def test_since_and_until_bound_the_days_told(ellery: Assistant) -> None:
    assert "1954" in days(ellery.timeline("gold rings museum", until="2025-01-31"))
    since = ellery.timeline("gold rings museum", since="2025-01-08")
    assert days(since)[0] == "2025-01-08"
    assert since.understood["since"] == "2025-01-08"


def test_outlets_and_an_as_of_day_leave_articles_out(ellery: Assistant) -> None:
    assert ids(ellery.timeline("ferry Astrid", sources="harbourwire.example")) == [
        ["ferry-toll-early"]
    ]
    assert ids(ellery.timeline("ferry Astrid", as_of="2024-11-03")) == [["ferry-toll-early"]]
    elsewhere = ellery.timeline("ferry Astrid", sources="Sanda Courier")
    assert elsewhere.declined


def test_k_limits_how_much_is_told(ellery: Assistant) -> None:
    assert len(ellery.timeline("ferry", k=2).citations) == 2
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        ellery.timeline("ferry", k=0)


def test_wrong_arguments_are_refused(ellery: Assistant) -> None:
    with pytest.raises(QuestionError, match="empty"):
        ellery.timeline(" ")
    with pytest.raises(ValueError, match="lies after until"):
        ellery.timeline("ferry", since="2024-05-02", until="2024-05-01")


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("The ferry sank on Saturday.", "2022-08-27", "2022-08-27"),
        ("Two brothers were arrested yesterday.", "2022-08-28", "2022-08-28"),
        ("Last week the court ruled.", "2022-08-22", "2022-08-28"),
        ("He died on 3 May 1999, his son said on Sunday.", "1999-05-03", "1999-05-03"),
        ("They met on Monday, Aug. 22, in Paris.", "2022-08-22", "2022-08-22"),
        ("Police said on Thursday that 11 people had been killed.", "2022-08-25", "2022-08-25"),
        # Of two days the finer one; the saying counts where nothing else does.
        ("The hall opened in March, the owner said on Friday.", "2022-03-01", "2022-03-31"),
        ("The bank said on Monday it would not lend before 2030.", "2022-08-29", "2022-08-29"),
        ("The tunnel will open in June 2026, builders said on Friday.", "2026-06-01", "2026-06-30"),
        # Brought up to date after its day of publication, rather than a year old.
        ("People waded through the market on August 31.", "2022-08-31", "2022-08-31"),
    ],
)
def test_the_day_told_is_reckoned_from_that_of_publication(
    sentence: str, first: str, last: str
) -> None:
    told = days_told(sentence, MONDAY)
    assert told is not None
    assert (told.first.isoformat(), told.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "sentence",
    [
        "It said no.",
        "He has led the club since 2013.",
        "It was the wettest month since records began in 1961.",
        "Police have recovered the rings stolen from the museum in January.",
        "She was released earlier this year.",
        "The hall seats 2,019 people.",
    ],
)
def test_what_names_no_day_of_its_own_has_none(sentence: str) -> None:
    assert days_told(sentence, MONDAY) is None


def test_without_a_day_of_publication_only_a_written_year_counts() -> None:
    assert days_told("The ferry sank on Saturday.", None) is None
    told = days_told("The ferry sank on 2 November 2019.", None)
    assert told is not None
    assert told.first == datetime.date(2019, 11, 2)


def test_the_command_prints_days_with_their_sources(
    ellery: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    corpus = ellery.status().corpus
    assert main(["timeline", "Sanda", "bridge", "--corpus", corpus]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = " ".join(out.split())
    assert out.splitlines()[0] == "2024-06-18"
    assert "“The city council approved a 2.3-kilometre bridge to Sanda Island" in lines
    assert (
        "Council approves bridge to Sanda Island · Sanda Courier · published 2024-06-18 · "
        "https://sandacourier.example/bridge · day named in the sentence" in lines
    )
    assert main(["timeline", "Sanda bridge", "--json", "--corpus", corpus]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [entry["date"] for entry in told["entries"]] == ["2024-06-18", "2025-02-11"]
    assert told["entries"][0]["citations"][0]["dated_by"] == "sentence"
    expected = json.loads(json.dumps(ellery.timeline("Sanda bridge").to_dict()))
    assert {**told, "timings_ms": 0} == {**expected, "timings_ms": 0}


def test_the_command_tells_wrong_usage_in_one_line(
    ellery: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = ellery.status().corpus
    for arguments, message in (
        ([], "the question is empty"),
        (["ferry", "-k", "0"], "-k must be at least 1, got 0"),
        (["ferry", "--until", "soon"], "until is 'soon', which is no date"),
    ):
        assert main(["timeline", *arguments, "--corpus", corpus]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err
    assert main(["timeline", "Kraken", "--corpus", corpus]) == 0
    assert capsys.readouterr().out.startswith("Not in this collection.")
