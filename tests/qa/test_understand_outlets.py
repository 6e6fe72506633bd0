"""Outlets in prose: asked for as a source, or the news themselves; and by which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.outlets import OutletNames
from qa.source_phrases import SourcePhrase, find_source_phrases

OUTLETS = (
    *("cbsnews.com", "The Guardian", "timesofisrael.com", "Reuters", "www.cnn.com", "apnews.com"),
    *("nytimes.com", "washingtonpost.com", "Wall Street Journal", "theweek.co.uk", "usatoday.com"),
    *(
        "Time",
        "The Sun",
        "abcnews.go.com",
        "edition.cnn.com",
        "latimes.com",
        "Fox News",
        "Politico",
    ),
    *("bbc.co.uk", "Agence France-Presse", "Le Monde", "thetimes.co.uk", "smh.com.au"),
)
NAMES = OutletNames(OUTLETS)


def phrases(question: str, names: OutletNames = NAMES) -> tuple[SourcePhrase, ...]:
    return find_source_phrases(question, names.mentions(question))


@pytest.mark.parametrize(
    ("question", "cut", "sources"),
    [
        ("According to CBS, who won?", "According to CBS", ["cbsnews.com"]),
        ("Who won, according to the Times of Israel?", None, ["timesofisrael.com"]),
        ("According to a recent report by the Guardian, who won?", None, ["The Guardian"]),
        ("According to CNN's Jake Tapper, who won?", None, ["www.cnn.com", "edition.cnn.com"]),
        ("according to cnn who won", "according to cnn", ["www.cnn.com", "edition.cnn.com"]),
        ("according to the guardian, who won", "according to the guardian", ["The Guardian"]),
        ("ACCORDING TO REUTERS, WHO WON?", "ACCORDING TO REUTERS", ["Reuters"]),
        ("As reported by Reuters, who left?", "As reported by Reuters", ["Reuters"]),
        ("Who left, as seen on Fox News?", "as seen on Fox News", ["Fox News"]),
        ("Per the Washington Post, who leads?", "Per the Washington Post", ["washingtonpost.com"]),
        ("Who died, per AP?", "per AP", ["apnews.com"]),
        ("In the Guardian, who was named?", "In the Guardian", ["The Guardian"]),
        ("Who was named in the Guardian as chief?", "in the Guardian", ["The Guardian"]),
        ("Which story in Time told of it?", "in Time", ["Time"]),
        ("What is the latest from Reuters?", "from Reuters", ["Reuters"]),
        ("What did Blinken tell CNN about it?", "CNN", ["www.cnn.com", "edition.cnn.com"]),
        ("What did he say in an interview with Le Monde?", "with Le Monde", ["Le Monde"]),
        (
            "What did the Times of Israel say of him?",
            "the Times of Israel say",
            ["timesofisrael.com"],
        ),
        ("How did Politico describe the deal?", "Politico describe", ["Politico"]),
        ("What has the BBC reported on Iran?", "the BBC reported", ["bbc.co.uk"]),
        ("CNN reported a fire; where?", "CNN reported", ["www.cnn.com", "edition.cnn.com"]),
        ("Who was hurt, the Guardian wrote?", "the Guardian wrote", ["The Guardian"]),
        ("What does the Reuters report say?", "the Reuters report say", ["Reuters"]),
        ("What do the BBC and Reuters say?", "the BBC and Reuters say", ["bbc.co.uk", "Reuters"]),
        ("According to the BBC or The Sun, who?", None, ["bbc.co.uk", "The Sun"]),
        ("According to The Week, who won this week?", "According to The Week", ["theweek.co.uk"]),
        ("What did nytimes.com write about it?", "nytimes.com write", ["nytimes.com"]),
    ],
)
def test_an_outlet_whose_report_is_asked_for_is_preferred(
    question: str, cut: str | None, sources: list[str]
) -> None:
    (phrase,) = phrases(question)
    assert sorted(phrase.sources) == sorted(sources)
    if cut is not None:
        assert question[phrase.start : phrase.end] == cut


@pytest.mark.parametrize(
    "question",
    [
        # The outlet is the news.
        "Who bought CNN?",
        "Who owns the Washington Post?",
        "Did CNN fire its anchor?",
        "Why did the Guardian apologise?",
        "Has Reuters been sold?",
        "Was Politico founded in 2007?",
        "Who sued Fox News?",
        "Who criticised CNN's coverage of the war?",
        "Who leads the New York Times newsroom?",
        "Who was elected to the board of Reuters?",
        "CNN announced layoffs; how many?",
        "CNN said it will cut how many jobs?",
        "What did CNN say about its layoffs?",
        "The Guardian said on Monday that it would move where?",
        "Who bought a stake in the Guardian?",
        "How many jobs in the Washington Post are at risk?",
        "What happened in the Guardian newsroom?",
        "What did the Washington Post owner say?",
        "According to Washington Post owner Jeff Bezos, who won?",
        # Somebody else's report.
        "Which network, other than CNN, reported it?",
        "Who won, not according to Reuters?",
        # Words, and parts of other names.
        "How many died this week, according to officials?",
        "What time is it, according to the sun?",
        "Who said so at Times Square?",
        "Who are the Guardian Angels, according to police?",
        "According to the Guardian Angels, who won?",
        "According to the Jerusalem Times, who won?",
        "Independent reports say what?",
        "How much is paid per week?",
        "Who reads the sun?",
        # No outlet of the collection.
        "According to NBC, who won?",
        "What did Haaretz say?",
        "",
    ],
)
def test_an_outlet_that_is_the_news_or_none_of_ours_is_not_preferred(question: str) -> None:
    assert phrases(question) == ()


@pytest.mark.parametrize(
    ("outlet", "written"),
    [
        ("nytimes.com", "The New York Times"),
        ("latimes.com", "the Los Angeles Times"),
        ("wsj.com", "the Wall Street Journal"),
        ("Wall Street Journal", "WSJ"),
        ("The New York Times", "NYT"),
        ("apnews.com", "the Associated Press"),
        ("Associated Press", "AP"),
        ("Agence France-Presse", "AFP"),
        ("smh.com.au", "the Sydney Morning Herald"),
        ("cbsnews.com", "CBS News"),
        ("CBS News", "CBS"),
        ("bbc.co.uk", "BBC News"),
        ("news.bbc.co.uk", "the BBC"),
        ("abcnews.go.com", "ABC News"),
        ("edition.cnn.com", "CNN"),
        ("timesofisrael.com", "Times of Israel"),
        ("The Times of Israel", "timesofisrael.com"),
        ("timesofindia.indiatimes.com", "the Times of India"),
        ("usatoday.com", "USA Today"),
    ],
)
def test_a_name_is_known_by_what_the_outlets_own_name_allows(outlet: str, written: str) -> None:
    names = OutletNames([outlet, "Reuters"])
    (phrase,) = phrases(f"According to {written}, who won?", names)
    assert phrase.sources == (outlet,)


@pytest.mark.parametrize(
    ("outlets", "written"),
    [
        (["nytimes.com"], "NYT"),  # no letter of it says New York
        (["Ukrainian News"], "UN"),  # states and offices
        (["Ashland Post", "Associated Press"], "AP"),  # whose initials?
        (["Oslo Port Office"], "OPO"),  # not the name of a medium
    ],
)
def test_abbreviations_that_the_names_do_not_allow_are_no_outlets(
    outlets: list[str], written: str
) -> None:
    assert phrases(f"According to {written}, who won?", OutletNames(outlets)) == ()


def test_one_outlet_among_thousands_is_found() -> None:
    names = OutletNames([*(f"Evening Paper {n}" for n in range(5_000)), "The Ellery Post"])
    (phrase,) = phrases("What did the Ellery Post say about the strike?", names)
    assert phrase.sources == ("The Ellery Post",)
    assert names.mentions("Who said so?") == ()


def test_no_outlets_give_no_mentions() -> None:
    assert OutletNames(()).mentions("According to CBS, who won?") == ()


def test_the_table_in_the_documentation_is_true(repo: Path) -> None:
    text = (repo / "docs" / "questions.md").read_text(encoding="utf-8")
    table = text.partition("| asks for the outlet's report |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert len(rows) > 5
    for asked, about in rows:
        assert phrases(asked), asked
        assert not phrases(about), about
