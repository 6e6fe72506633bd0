"""What a question is understood to ask for, and what it leaves out."""

from __future__ import annotations

import datetime

import pytest

from index.filters import Filter
from qa import QuestionError, Turn
from qa.query import make_query, without_filters


def test_a_plain_question_leaves_nothing_out() -> None:
    query = make_query("According to CBS, what happened in January 2020?")
    assert query.where == Filter()
    assert query.text == "According to CBS, what happened in January 2020?"


def test_written_forms_are_taken_out_and_applied() -> None:
    query = make_query('What did source:CNN say after:2020-01-03 before:2021 about "the deal" -war')
    assert query.text == "What did say about the deal"
    assert query.where == Filter(
        since=datetime.date(2020, 1, 4),
        until=datetime.date(2020, 12, 31),
        sources=frozenset({"cnn"}),
        phrases=("the deal",),
        without=("war",),
    )


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("after:2020", "2021-01-01", None),
        ("after:2020-12", "2021-01-01", None),
        ("before:2020-02", None, "2020-01-31"),
        ("before:2020-03-01", None, "2020-02-29"),
    ],
)
def test_after_and_before_are_meant_as_they_are_said(
    written: str, since: str | None, until: str | None
) -> None:
    where = make_query(f"the talks {written}").where
    assert (where.since and where.since.isoformat()) == since
    assert (where.until and where.until.isoformat()) == until


def test_quoted_outlets_and_curly_quotes() -> None:
    query = make_query('strike source:"The Times of Israel" “steadfast support”')
    assert query.where.sources == frozenset({"timesofisrael"})
    assert query.where.phrases == ("steadfast support",)
    assert query.sources == ("The Times of Israel",)


@pytest.mark.parametrize(
    ("kinds", "left"),
    [
        ({"sources"}, 'Who met "the deal" after:2020 before:2021-05 -war?'),
        ({"since"}, 'Who met source:"The Times" "the deal" before:2021-05 -war?'),
        ({"until"}, 'Who met source:"The Times" "the deal" after:2020 -war?'),
        ({"exact"}, 'Who met source:"The Times" the deal after:2020 before:2021-05 -war?'),
        ({"without"}, 'Who met source:"The Times" "the deal" after:2020 before:2021-05 ?'),
        ({"sources", "since", "until", "exact", "without"}, "Who met the deal ?"),
        (set(), 'Who met source:"The Times" "the deal" after:2020 before:2021-05 -war?'),
    ],
)
def test_written_forms_can_be_taken_out(kinds: set[str], left: str) -> None:
    question = 'Who met source:"The Times" "the deal" after:2020 before:2021-05 -war?'
    assert without_filters(question, kinds) == left


def test_parameters_and_written_forms_add_up() -> None:
    query = make_query(
        "talks source:BBC after:2020-01-01", sources=["CNN", "www.bbc.co.uk"], since="2020-03-01"
    )
    assert query.where.sources == frozenset({"bbc"})
    assert query.where.since == datetime.date(2020, 3, 1)
    assert make_query("talks source:BBC", sources="CNN").where.sources == frozenset()


def test_hyphens_and_colons_in_prose_are_no_filters() -> None:
    text = "Was the 2019-2020 ex-minister at 10:30 - or the U.S.-led force: who?"
    query = make_query(text)
    assert query.where == Filter()
    assert query.text == text


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x07", "\u200b", "?!…"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="the question is empty; type what you want to know"):
        make_query(question)


def test_only_filters_are_no_question() -> None:
    with pytest.raises(QuestionError, match="nothing to search for but filters"):
        make_query("source:CNN after:2020")


def test_the_limit_is_ten_thousand_characters() -> None:
    assert make_query("a" * 10_000).text == "a" * 10_000
    with pytest.raises(QuestionError, match="has 10,001 characters, at most 10,000 are read"):
        make_query("a" * 10_001)


def test_a_question_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        make_query("")


def test_control_characters_do_not_reach_the_search() -> None:
    assert make_query("Who\x00 is\x1b[31m\u202e he\n there?").text == "Who is [31m he there?"


@pytest.mark.parametrize("question", ["🎉", "谁接替了苏莱曼尼？", "من خلف سليماني؟", "42"])
def test_other_scripts_are_questions(question: str) -> None:
    assert make_query(question).text == question


@pytest.mark.parametrize("day", ["2023-02-30", "yesterday", "01/02/2020", ""])
def test_a_date_that_is_none_is_named(day: str) -> None:
    with pytest.raises(ValueError, match=f"since is '{day}', which is no date; write it as YYYY-"):
        make_query("talks", since=day)


def test_dates_may_be_given_as_such() -> None:
    moment = datetime.datetime(2020, 1, 3, 15, tzinfo=datetime.UTC)
    assert make_query("talks", as_of=moment).where.as_of == datetime.date(2020, 1, 3)


def test_since_after_until_is_refused() -> None:
    with pytest.raises(ValueError, match=r"since \(2021-01-01\) lies after until \(2020-01-01\)"):
        make_query("talks", since="2021-01-01", until="2020-01-01")


def test_history_may_be_pairs_or_turns() -> None:
    pair, turn = ("Who is Esmail Qaani?", "…"), Turn("Who is Esmail Qaani?", "…")
    assert make_query("What did he vow?", [pair]) == make_query("What did he vow?", [turn])
