"""Times that a question names by an event: "before the strike", "a week after the funeral".

The articles tell of one dockers' strike (Monday, 10 May 2021), one funeral (Friday, 4 February
2022) and two elections.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.filters import Filter
from index.lexical import Scored
from index.protocols import StoreView
from index.store import PassageStore
from qa import Assistant
from qa.cli import main
from qa.event_nouns import is_event_noun
from qa.event_phrases import EventPhrase, find_event_phrase
from qa.query import make_query
from qa.understand import understand
from qa.web.chips import Chip, chips_of
from qa.web.kept import keep, restore

_ARTICLES = [
    {
        "id": "lind",
        "date": "2021-03-02",
        "title": "Dockers keep Lind",
        "text": "The dockers' union of Sanda is led by Mara Lind, a crane driver of 51. She "
        "said in a speech on the quay that wages had to rise by 6 percent.",
    },
    {
        "id": "strike-wire",
        "date": "2021-05-10",
        "title": "Dockers on strike in Sanda",
        "text": "Dockers at the port of Sanda began a strike on Monday. They want shorter night "
        "shifts and higher wages, and no ship was unloaded.",
    },
    {
        "id": "strike-gazette",
        "date": "2021-05-12",
        "title": "Strike shuts Sanda port",
        "text": "The strike that began on Monday has shut the port of Sanda. Lorries queue for "
        "nine kilometres, and a grocer said that bananas were running out.",
    },
    {
        "id": "brandt",
        "date": "2021-06-20",
        "title": "New leader for dockers",
        "text": "The dockers' union of Sanda is led by Otto Brandt, a former mechanic, who took "
        "over from his predecessor a week ago. He said that the talks would go on.",
    },
    {
        "id": "look-back",
        "date": "2021-07-15",
        "title": "A slower port",
        "text": "Before the strike, Sanda unloaded 40 ships a week, harbour master Ines Falk "
        "said. Now it is 25, since two shipping lines have moved to Tarn.",
    },
    {
        "id": "council-2021",
        "date": "2021-09-06",
        "title": "Greens win council election",
        "text": "The Greens won the council election in Tarn on Sunday with 41 percent. Turnout "
        "was the highest in years.",
    },
    {
        "id": "aster-tour",
        "date": "2021-11-20",
        "title": "Aster plans a tour",
        "text": "Lena Aster plans a tour of eleven towns with her brother at the piano. The "
        "first concert is to be in Sanda.",
    },
    {
        "id": "funeral-wire",
        "date": "2022-02-04",
        "title": "Farewell to Lena Aster",
        "text": "The funeral of Lena Aster was held on Friday in Tarn cathedral. The prime "
        "minister sat in the third row.",
    },
    {
        "id": "funeral-gazette",
        "date": "2022-02-05",
        "title": "Thousands at singer's funeral",
        "text": "Thousands lined the streets on Friday for the funeral of the singer Lena "
        "Aster. Her sister read a poem in the cathedral.",
    },
    {
        "id": "aster-album",
        "date": "2022-03-01",
        "title": "Aster's last album",
        "text": "The last album of Lena Aster sold 90,000 copies in a week. Her record company "
        "will give the money to a music school.",
    },
    {
        "id": "council-2022",
        "date": "2022-04-04",
        "title": "Liberals win election in Sanda",
        "text": "The Liberals won the council election in Sanda on Sunday by 300 votes. The "
        "mayor, Petra Holm, resigned in the night.",
    },
    {
        "id": "court",
        "date": "2022-08-02",
        "title": "Judge hears ferry case",
        "text": "A company told the court in Tarn on Tuesday that its ferry was sound. The "
        "judge will rule in autumn.",
    },
]
_AS_OF = "2023-01-01"


@pytest.fixture(scope="module")
def sanda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("sanda") / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, _ARTICLES)), encoding="utf-8")
    with Assistant.open(file) as assistant:
        yield assistant


def prefers(assistant: Assistant, question: str, **how: Any) -> dict[str, Any]:
    told: dict[str, Any] = assistant.ask(question, **{"as_of": _AS_OF, **how}).understood["prefers"]
    return told


def days(assistant: Assistant, question: str, **how: Any) -> tuple[str | None, str | None]:
    told = prefers(assistant, question, **how)
    return told["since"], told["until"]


# ── What names a time ──────────────────────────────────────────────────────────────────────────


def read(question: str) -> EventPhrase:
    phrase = find_event_phrase(question)
    assert phrase is not None
    return phrase


@pytest.mark.parametrize(
    ("question", "event", "side"),
    [
        ("What did he say before the strike?", "strike", "before"),
        ("Who led it after the funeral of the king?", "funeral of the king", "after"),
        ("How many have left since the election?", "election", "after"),
        ("Who ruled until the ceasefire?", "ceasefire", "before"),
        ("Prior to the vote on the budget, who led?", "vote on the budget", "before"),
        ("Following the US-led invasion of Iraq, who fled?", "US-led invasion of Iraq", "after"),
        (
            "Who fled after the strike that killed Omar Sadd?",
            "strike that killed Omar Sadd",
            "after",
        ),
        ("Who led before Omar Sadd’s death?", "Omar Sadd’s death", "before"),
        ("What did Omar Sadd do in Iraq before his death?", "death of Omar Sadd", "before"),
        ("Since the war in Tarn broke out, who left?", "war in Tarn", "after"),
        ("After the vote did he resign?", "vote", "after"),
        ("How long after the fire did it reopen?", "fire", "after"),
        ("What was sold after the search of Mar-a-Lago?", "search of Mar-a-Lago", "after"),
        ("Who left after the disputed by-election?", "disputed by-election", "after"),
    ],
)
def test_an_event_after_a_preposition_of_time_is_read(question: str, event: str, side: str) -> None:
    phrase = read(question)
    assert (phrase.event, phrase.side.value, phrase.n) == (event, side, 0)


@pytest.mark.parametrize(
    ("question", "distance"),
    [
        ("What happened a week after the attack?", (1, "week", False)),
        ("What happened the day before the vote?", (1, "day", False)),
        ("What happened three months after the attack?", (3, "month", False)),
        ("What happened in the week after the attack?", (1, "week", True)),
        ("What happened in the 10 days before the vote?", (10, "day", True)),
        ("What happened hours after the attack?", (0, "", False)),
        ("What happened shortly before the vote?", (0, "", False)),
    ],
)
def test_the_distance_from_an_event_is_read(question: str, distance: tuple[int, str, bool]) -> None:
    phrase = read(question)
    assert (phrase.n, phrase.unit, phrase.is_stretch) == distance
    assert question[: phrase.start] == "What happened "


@pytest.mark.parametrize(
    "question",
    [
        "Who spoke before the court?",
        "Who came after the Prime Minister?",
        "What was agreed before the end of the war?",
        "Who sat before the election commission?",
        "Who resigned after the vote was put off?",
        "Who fled after the strike killed Omar Sadd?",
        "What is planned before the minister visits?",
        "Who testified before the inquiry?",
        "What was the ship named after the battle of Tarn?",
        "Who called after a strike?",
        "What did the strike cost?",
        "Who won in 2020 after all?",
    ],
)
def test_what_names_no_event_or_tells_another_one_is_not_read(question: str) -> None:
    assert find_event_phrase(question) is None


def test_a_noun_of_happening_is_told_from_other_nouns() -> None:
    happenings = "strike votes by-election ceasefire funerals earthquake ballot"
    assert [word for word in happenings.split() if not is_event_noun(word)] == []
    others = "court minister end state committee bus king agreeable class"
    assert [word for word in others.split() if is_event_noun(word)] == []


# ── Its day, in the articles ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Who led the dockers' union before the strike?", None, "2021-05-10"),
        ("Who led the dockers' union until the strike?", None, "2021-05-10"),
        ("Who leads the dockers' union since the strike?", "2021-05-10", None),
        ("What was sold after the funeral?", "2022-02-04", None),
        ("What did Lena Aster plan before her funeral?", None, "2022-02-04"),
        # A day: with three days for the reports to come, a month: with seven.
        ("Who spoke two days before the funeral?", "2022-02-02", "2022-02-05"),
        ("What was sold a month after the funeral?", "2022-02-17", "2022-03-26"),
        ("What was sold in the month after the funeral?", "2022-02-04", "2022-03-07"),
        # Never past the day of asking.
        ("Who spoke a year after the funeral?", "2022-08-06", "2023-01-01"),
        # Each of the two elections by its place, or its time.
        ("Who won before the election in Tarn?", None, "2021-09-05"),
        ("Who resigned after the election in Sanda?", "2022-04-03", None),
        ("Who resigned after the election in April 2022?", "2022-04-03", None),
        ("Who resigned after the 2022 election?", "2022-04-03", None),
    ],
)
def test_the_day_is_that_which_the_articles_tell(
    sanda: Assistant, question: str, since: str | None, until: str | None
) -> None:
    assert days(sanda, question) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "Who led the council before the election?",  # two
        "Who led the town before the earthquake?",  # none
        "Who led the town before the election in Halden?",
        "Who led the town before the 2019 election?",
        "What did the company say before the court?",
        "Who spoke five years after the funeral?",  # has not come
    ],
)
def test_without_one_clear_day_nothing_is_preferred(sanda: Assistant, question: str) -> None:
    told = sanda.ask(question, as_of=_AS_OF).understood
    assert told["prefers"] == {"sources": [], "since": None, "until": None, "recent": False}
    assert told["query"] == question


def test_nothing_published_after_as_of_tells_the_day(sanda: Assistant) -> None:
    question = "Who leads the dockers' union since the strike?"
    assert days(sanda, question, as_of="2021-05-09") == (None, None)
    assert days(sanda, question, as_of="2021-05-11") == ("2021-05-10", None)


def test_other_conditions_do_not_hide_the_day(sanda: Assistant) -> None:
    question = "Who led the dockers' union before the strike?"
    assert days(sanda, question, until="2021-04-01") == (None, "2021-05-10")


def test_a_time_behind_the_event_is_its_own_or_stays_what_it_was(sanda: Assistant) -> None:
    told = prefers(sanda, "Who resigned after the election in April 2022?")
    assert told["event"]["words"] == "after the election"
    # No election was then: so the month is the time spoken of.
    assert days(sanda, "Who resigned after the election in May 2022?") == (
        "2022-05-01",
        "2022-06-07",
    )


def test_an_event_and_another_time_mean_the_days_they_share(sanda: Assistant) -> None:
    told = prefers(sanda, "Who led the union in 2021, before the strike?")
    assert (told["since"], told["until"]) == ("2021-01-01", "2021-05-10")


class CountingView:
    """A view that counts how often it is asked anything."""

    def __init__(self, view: StoreView) -> None:
        self._view = view
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._view, name)

    def search_lexical(self, text: str, k: int, where: Filter) -> Scored:
        self.asked.append("search_lexical")
        assert k <= 50
        return self._view.search_lexical(text, k, where)


@pytest.mark.parametrize(
    ("question", "ignore", "n_searches"),
    [
        ("Who leads the dockers' union in May 2021?", (), 0),
        ("Who spoke before the court?", (), 0),
        ("Who leads the dockers' union since the strike?", ("time",), 0),
        ("Who leads the dockers' union since the strike?", (), 1),
        ("Who left after the vote and before the strike and the election?", (), 1),
    ],
)
def test_at_most_one_search_is_made_and_none_without_an_event(
    sanda: Assistant, question: str, ignore: tuple[str, ...], n_searches: int
) -> None:
    with PassageStore.open(sanda.status().path) as store, store.view() as view:
        counting = CountingView(view)
        today = datetime.date.fromisoformat(_AS_OF)
        understand(make_query(question), counting, today, frozenset(ignore))
    assert counting.asked.count("search_lexical") == n_searches
    if not n_searches:
        assert set(counting.asked) == {"counts"}  # for the names of outlets


def test_the_table_in_the_documentation_is_true(sanda: Assistant, repo: Path) -> None:
    text = (repo / "docs" / "questions.md").read_text(encoding="utf-8")
    day = r"(\d{4}-\d\d-\d\d)"
    rows = re.findall(rf"^\| (.+ the strike) \| (?:from {day})? ?(?:until {day})? \|$", text, re.M)
    assert len(rows) == 7
    for phrase, since, until in rows:
        assert days(sanda, f"Who led {phrase}?") == (since or None, until or None), phrase


# ── Answers ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "words", "article_id"),
    [
        ("Who led the dockers' union before the strike?", "Mara Lind", "lind"),
        ("Who led the dockers' union after the strike?", "Otto Brandt", "brandt"),
        # Told by an article that looks back: nothing is left out.
        ("How many ships did Sanda unload before the strike?", "40", "look-back"),
        ("What did Lena Aster plan before her funeral?", "a tour", "aster-tour"),
    ],
)
def test_the_side_of_the_event_decides_between_articles(
    sanda: Assistant, question: str, words: str, article_id: str
) -> None:
    answer = sanda.ask(question, as_of=_AS_OF, k=len(_ARTICLES))
    assert words in (answer.short_answer or answer.text)
    assert answer.citations[0].article_id == article_id
    published = {hit.article.published for hit in answer.hits}
    assert len(published) == len(_ARTICLES)


def test_the_words_of_the_event_stay_in_what_is_asked(sanda: Assistant) -> None:
    question = "Who led the dockers' union before the strike?"
    assert sanda.ask(question, as_of=_AS_OF).understood["query"] == question


# ── What is told, and taken away ───────────────────────────────────────────────────────────────

_QUESTION = "Who led the dockers' union before the strike?"
_EVENT = {"words": "before the strike", "first": "2021-05-10", "last": "2021-05-10"}


def test_the_event_is_told_beside_the_days(sanda: Assistant) -> None:
    answer = sanda.ask(_QUESTION, as_of=_AS_OF)
    told = json.loads(json.dumps(answer.to_dict()))["understood"]
    assert told["prefers"] == {
        "sources": [],
        "since": None,
        "until": "2021-05-10",
        "recent": False,
        "event": _EVENT,
    }
    assert (told["since"], told["until"]) == (None, None)
    assert "event" not in prefers(sanda, "Who led the dockers' union in May 2021?")


def test_ignoring_times_ignores_events(sanda: Assistant) -> None:
    told = prefers(sanda, _QUESTION, ignore=["time"])
    assert told == {"sources": [], "since": None, "until": None, "recent": False}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (_QUESTION, "prefers until 10 May 2021 (before the strike)"),
        ("After the funeral, what was sold?", "prefers from 4 February 2022 (after the funeral)"),
        (
            "Who spoke two days before the funeral?",
            "prefers 2 February 2022 – 5 February 2022 (two days before the funeral)",
        ),
    ],
)
def test_the_page_shows_one_chip_with_the_words(sanda: Assistant, question: str, text: str) -> None:
    answer = sanda.ask(question, as_of=_AS_OF)
    assert Chip(text, "prefers-time") in chips_of(question, answer.understood)


def test_a_kept_conversation_shows_the_same_chip(sanda: Assistant) -> None:
    answer = sanda.ask(_QUESTION, as_of=_AS_OF)
    restored = restore(json.loads(json.dumps(keep([answer]))), sanda.article)
    assert restored.answers[0].understood["prefers"]["event"] == _EVENT


def test_the_terminal_tells_the_words(sanda: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = ["--corpus", sanda.status().path, "--as-of", _AS_OF]
    assert main([_QUESTION, *corpus]) == 0
    told = "Preferred: published until 2021-05-10 (before the strike)"
    assert told in " ".join(capsys.readouterr().out.split())
    assert main(["Who leads the union since the strike?", *corpus]) == 0
    told = "Preferred: published since 2021-05-10 (since the strike)"
    assert told in " ".join(capsys.readouterr().out.split())
    assert main([_QUESTION, *corpus, "--ignore", "time"]) == 0
    assert "Preferred" not in capsys.readouterr().out
