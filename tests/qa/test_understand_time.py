"""Phrases of time: the exact days of publication they point to, and what is no time at all.

The day of asking is Wednesday, 13 March 2024. Lags: three days after a day, a week or a part of a
month, seven after a month, fourteen after a season or a part of a year, thirty after a year; never
past the day of asking.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from qa.periods import days_of_publication, find_time_phrases

WEDNESDAY = datetime.date(2024, 3, 13)


def days(question: str, today: datetime.date = WEDNESDAY) -> tuple[str | None, str | None]:
    """First and last day of publication that a question points to."""
    since, until = days_of_publication(find_time_phrases(question, today))
    return since and since.isoformat(), until and until.isoformat()


STATED = [
    ("What happened in January 2020?", "2020-01-01", "2020-02-07"),
    ("What happened in 2020?", "2020-01-01", "2021-01-30"),
    ("Which president of the bank resigned in 2015?", "2015-01-01", "2016-01-30"),
    ("After talks failed, who was killed in January 2020?", "2020-01-01", "2020-02-07"),
    ("What happened in the year 2020?", "2020-01-01", "2021-01-30"),
    ("What happened on Jan. 3, 2020?", "2020-01-03", "2020-01-06"),
    ("What happened on 3 January 2020?", "2020-01-03", "2020-01-06"),
    ("What happened on Friday, January 3, 2020?", "2020-01-03", "2020-01-06"),
    ("What happened on 2020-01-03?", "2020-01-03", "2020-01-06"),
    ("Who quit in early 2022?", "2022-01-01", "2022-05-14"),
    ("Who quit in mid-June 2023?", "2023-06-11", "2023-06-23"),
    ("Who quit in late January 2020?", "2020-01-21", "2020-02-03"),
    ("Who quit at the end of 2022?", "2022-09-01", "2023-01-14"),
    ("Who quit in the first half of January 2024?", "2024-01-01", "2024-01-18"),
    ("Who quit in the second quarter of 2022?", "2022-04-01", "2022-07-14"),
    ("Who quit in Q3 2022?", "2022-07-01", "2022-10-14"),
    ("Who quit in the summer of 2022?", "2022-06-01", "2022-09-14"),
    ("Who quit in fall 2021?", "2021-09-01", "2021-12-14"),
    # Which winter is meant cannot be told: both.
    ("Who quit in the winter of 2022?", "2021-12-01", "2023-03-30"),
    ("Who quit in the winter of 2021/22?", "2021-12-01", "2022-03-14"),
    ("Who ruled in the late 1950s?", "1956-09-01", "1960-01-30"),
    ("Who quit between May and July 2022?", "2022-05-01", "2022-08-07"),
    ("Who quit from January 3 to January 5, 2020?", "2020-01-03", "2020-01-08"),
    ("Who quit between 3 and 5 January 2020?", "2020-01-03", "2020-01-08"),
    ("Who quit on January 3–5, 2020?", "2020-01-03", "2020-01-08"),
    ("Who quit in 2019–2021?", "2019-01-01", "2022-01-30"),
    ("Who quit from 2019 to 2021?", "2019-01-01", "2022-01-30"),
    ("Who quit in 2019 and 2020?", "2019-01-01", "2021-01-30"),
    ("Who has quit since January 2020?", "2020-01-01", None),
    ("Who quit after 2021?", "2022-01-01", None),
    ("Who quit after January 3, 2020?", "2020-01-04", None),
    ("Who quit before 2021?", None, "2020-12-31"),
    ("Who ruled until March 2022?", None, "2022-03-31"),
]

WITHOUT_YEAR = [
    ("What happened on 3 January?", "2024-01-03", "2024-01-06"),
    ("What happened on the 3rd of January?", "2024-01-03", "2024-01-06"),
    ("What happened on March 13?", "2024-03-13", "2024-03-13"),
    ("What happened on March 14?", "2023-03-14", "2023-03-17"),
    ("What happened on Feb. 29?", "2024-02-29", "2024-03-03"),
    ("What happened in May?", "2023-05-01", "2023-06-07"),
    ("what happened in may", "2023-05-01", "2023-06-07"),
    ("What happened in March?", "2024-03-01", "2024-03-13"),
    ("What happened last January?", "2024-01-01", "2024-02-07"),
    ("What happened last March?", "2023-03-01", "2023-04-07"),
    ("What happened in January of last year?", "2023-01-01", "2023-02-07"),
    ("Who has quit since March?", "2024-03-01", None),
    ("Who quit between November and February?", "2023-11-01", "2024-03-07"),
    ("What did it cost in the middle of June?", "2023-06-11", "2023-06-23"),
]

RELATIVE = [
    ("Who quit today?", "2024-03-13", "2024-03-13"),
    ("Who quit yesterday?", "2024-03-12", "2024-03-13"),
    ("Who quit last night?", "2024-03-12", "2024-03-13"),
    ("Who quit the day before yesterday?", "2024-03-11", "2024-03-13"),
    ("Who quit on Tuesday?", "2024-03-12", "2024-03-13"),
    ("Who quit Tuesday night?", "2024-03-12", "2024-03-13"),
    ("Who quit on Wednesday?", "2024-03-13", "2024-03-13"),
    ("Who quit on Thursday?", "2024-03-07", "2024-03-10"),
    ("Who quit last Wednesday?", "2024-03-06", "2024-03-09"),
    ("Who quit on Thursday of last week?", "2024-03-07", "2024-03-10"),
    ("Who quit on Monday of last week?", "2024-03-04", "2024-03-07"),
    ("Who quit between Friday and Monday?", "2024-03-08", "2024-03-13"),
    ("Who quit over the weekend?", "2024-03-09", "2024-03-13"),
    ("Who quit this week?", "2024-03-07", "2024-03-13"),
    ("Who quit last week?", "2024-03-04", "2024-03-13"),
    ("Who quit this month?", "2024-03-01", "2024-03-13"),
    ("Who quit early this month?", "2024-03-01", "2024-03-13"),
    ("Who quit last month?", "2024-02-01", "2024-03-07"),
    ("Who quit last year?", "2023-01-01", "2024-01-30"),
    ("Who quit late last year?", "2023-09-01", "2024-01-14"),
    ("Who quit earlier this year?", "2024-01-01", "2024-03-13"),
    ("Who quit last summer?", "2023-06-01", "2023-09-14"),
    ("Who quit in the past three days?", "2024-03-10", "2024-03-13"),
    ("Who quit in the last 24 hours?", "2024-03-12", "2024-03-13"),
    ("Who quit over the past year?", "2023-03-13", "2024-03-13"),
    ("Who quit in the last 12 months?", "2023-03-13", "2024-03-13"),
    ("Who quit three days ago?", "2024-03-10", "2024-03-13"),
    ("Who quit two weeks ago?", "2024-02-25", "2024-03-05"),
    ("Who quit a year ago?", "2022-09-12", "2023-10-11"),
    ("Who has quit since last week?", "2024-03-04", None),
    ("Who quit before last month?", None, "2024-01-31"),
]


@pytest.mark.parametrize(("question", "since", "until"), [*STATED, *WITHOUT_YEAR, *RELATIVE])
def test_a_phrase_of_time_points_to_its_days(
    question: str, since: str | None, until: str | None
) -> None:
    assert days(question) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        # Names of events, and numbers.
        "Who won the 2024 presidential election?",
        "What was said of it after the 2020 election?",
        "Who died in the 2020 plane crash?",
        "Who was asked in 2020 elections?",
        "Who performed at Super Bowl LVII?",
        "Who paid $2,020 for it?",
        "Who owns 2020 shares in 2000 homes?",
        "How many of 1,999 people fled?",
        "Who sits on the January 6 committee?",
        "Who planned the January 6, 2021, attack?",
        "Who opens early on Black Friday?",
        "What does the Sunday Times print?",
        "Who prays every Friday?",
        "Who led the March on Washington?",
        "Who may march?",
        "Which class of 2020 was it?",
        # A thing's own time, not the time asked about.
        "Who left the deal signed in 2015?",
        "What happened to the ships sunk in January 2020?",
        # Yardsticks.
        "How much higher are prices than in 2020?",
        "What costs more than a year ago?",
        "How far did sales fall compared with last year?",
        # What is to come, and deadlines.
        "Who plans to merge in 2026?",
        "Which fees stay until 2030?",
        "Who speaks next week?",
        "Who speaks later this year?",
        "What will happen on Tuesday?",
        "Which team is set to play on Sunday?",
        "What must be cut by 2023?",
        # Points that are not on the calendar.
        "What happened before the strike?",
        "What happened in recent years?",
        "What happened at 10.30 pm?",
        "What happened on 01/04/2020?",
        "Who quit on Feb. 30, 2020?",
        "",
    ],
)
def test_what_is_no_time_to_look_for_gives_none(question: str) -> None:
    assert find_time_phrases(question, WEDNESDAY) == ()


def test_the_phrase_is_found_with_its_preposition() -> None:
    question = "Who quit in the past three days, and who on Tuesday?"
    found = find_time_phrases(question, WEDNESDAY)
    assert [question[phrase.start : phrase.end] for phrase in found] == [
        "in the past three days",
        "on Tuesday",
    ]
    assert [phrase.is_now for phrase in found] == [True, False]
    assert [phrase.is_stated for phrase in found] == [False, True]


def test_a_possessive_belongs_to_its_phrase() -> None:
    question = "Who spoke at last week’s summit?"
    (phrase,) = find_time_phrases(question, WEDNESDAY)
    assert question[phrase.start : phrase.end] == "last week’s"


def test_phrases_that_share_days_are_narrowed_and_of_others_the_later_counts() -> None:
    assert days("Who quit on March 5, 2024, or earlier this month?") == ("2024-03-05", "2024-03-08")
    assert days("What was said yesterday of the talks in January 2020?") == (
        "2024-03-12",
        "2024-03-13",
    )
    # The lag after 2020 reaches into 2021, the year itself does not.
    assert days("What happened in 2020, and what in 2021?") == ("2021-01-01", "2022-01-30")


@pytest.mark.parametrize(
    ("today", "question", "expected"),
    [
        ("2024-01-15", "Who quit this winter?", ("2023-12-01", "2024-01-15")),
        ("2023-09-29", "What was spent this winter?", (None, None)),
        ("2023-10-19", "Who quit this fall?", ("2023-09-01", "2023-10-19")),
        ("2023-08-10", "Who quit last summer?", ("2022-06-01", "2022-09-14")),
        ("2024-03-31", "Who quit last month?", ("2024-02-01", "2024-03-07")),
        ("2024-03-31", "Who quit a month ago?", ("2024-02-14", "2024-03-22")),
        ("2023-03-01", "Who quit on February 29?", ("2020-02-29", "2020-03-03")),
        # A quiz of Thursday asks about the Sunday before as "this week".
        ("2022-06-16", "Which automaker recalled cars this week?", ("2022-06-10", "2022-06-16")),
    ],
)
def test_what_is_meant_depends_on_the_day_of_asking(
    today: str, question: str, expected: tuple[str | None, str | None]
) -> None:
    assert days(question, datetime.date.fromisoformat(today)) == expected


@pytest.mark.parametrize("today", [datetime.date.min, datetime.date.max])
@pytest.mark.parametrize("question", [question for question, _, _ in RELATIVE])
def test_the_ends_of_the_calendar_are_survived(today: datetime.date, question: str) -> None:
    for phrase in find_time_phrases(question, today):
        assert (phrase.since or today) <= today


def test_the_table_in_the_documentation_is_true(repo: Path) -> None:
    text = (repo / "docs" / "questions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d{4}-\d\d-\d\d)? ?\| (\d{4}-\d\d-\d\d)? ?\|$", text, re.M)
    assert len(rows) > 20
    for phrase, since, until in rows:
        assert days(f"Who quit {phrase}?") == (since or None, until or None), phrase
