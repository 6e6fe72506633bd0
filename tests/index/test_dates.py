from __future__ import annotations

import datetime

import pytest

from index.dates import day_and_month, find_dates, is_ambiguous, parse_date

DAY = datetime.date(2023, 1, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-30",
        "2023-01-30T22:48:00Z",
        "2023-01-30T22:48:00.123+02:00",
        "2023-01-30 22:48",
        "20230130",
        "2023/1/30",
        "January 30, 2023",
        "Jan. 30, 2023",
        "Jan 30 2023",
        "30 January 2023",
        "30th of January 2023",
        "30-Jan-2023",
        "Monday, January 30th, 2023 at 5 p.m. ET",
        "Mon, 30 Jan 2023 22:48:00 +0000",
        "10:48 PM, January 30, 2023",
        "30 January 2023, 10:48 PM EST",
        "30/01/2023",
        "01/30/2023",
        "30.01.2023",
        "30 Jan 23",
    ],
)
def test_a_full_date_is_read_in_many_forms(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.filterwarnings("ignore::DeprecationWarning:dateparser")
@pytest.mark.parametrize(
    "text",
    [
        "30 janvier 2023",
        "30. Januar 2023",
        "30 de enero de 2023",
        "30 января 2023",
        "2023年1月30日",
    ],
)
def test_a_full_date_is_read_in_other_languages(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "today",
        "Today, 11:27 pm",
        "yesterday",
        "3 days ago",
        "Monday",
        "30 January, 10:48 PM",
        "January 30",
        "January 2023",
        "2023",
        "2023-01",
        "enero de 2023",
        "12:30",
        "1675036800",
        "2023-02-30",
        "31 April 2023",
        "January 30, 2023 was cold",
        "see 2023-01-30 above",
        "not a date",
        "😀",
        "2023-01-30" * 20,
    ],
)
def test_what_is_not_one_full_date_is_none_and_nothing_is_filled_in(text: str) -> None:
    assert parse_date(text) is None


def test_a_time_zone_does_not_move_the_day() -> None:
    assert parse_date("2023-01-30T23:59:00-11:00") == DAY


@pytest.mark.parametrize(("day_first", "expected"), [(None, None), (True, (4, 1)), (False, (1, 4))])
def test_day_and_month_of_a_numeric_date_are_not_guessed(
    day_first: bool | None, expected: tuple[int, int] | None
) -> None:
    found = parse_date("01/04/2020", day_first=day_first)
    assert (found and (found.month, found.day)) == expected
    assert is_ambiguous("01/04/2020")


def test_equal_day_and_month_are_not_ambiguous() -> None:
    assert parse_date("04/04/2020") == datetime.date(2020, 4, 4)


@pytest.mark.parametrize(
    ("text", "year"), [("13/04/63", 1963), ("13/04/99", 1999), ("30 Jan 23", 2023)]
)
def test_a_two_digit_year_lies_in_the_past(text: str, year: int) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.year == year


def test_dates_are_found_in_running_text_with_their_place() -> None:
    text = (
        "Shown in Jerusalem, January 30, 2023, and on 2 May 2021; not in May 2020 or on 1/2/2020."
    )
    found = [(text[d.start : d.end], d.date) for d in find_dates(text)]
    assert found == [("January 30, 2023", DAY), ("2 May 2021", datetime.date(2021, 5, 2))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30 January, 10:48 PM", (30, 1)), ("Jan. 3", (3, 1)), ("January 2020", None), ("noon", None)],
)
def test_day_and_month_without_a_year_are_told_apart(
    text: str, expected: tuple[int, int] | None
) -> None:
    assert day_and_month(text) == expected
