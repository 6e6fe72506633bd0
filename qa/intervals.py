"""Stretches of the calendar as people name them: a day, a week, a month, a season, a year."""

from __future__ import annotations

import calendar
import datetime
from enum import StrEnum
from typing import NamedTuple

_ONE_DAY = datetime.timedelta(1)
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}
# Northern, as most English news has them; winter begins in December.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


class Grain(StrEnum):
    """How finely a stretch of time was named."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"


_FINER = {Grain.YEAR: Grain.SEASON, Grain.DECADE: Grain.YEAR}


class Interval(NamedTuple):
    """First and last day, both included."""

    first: datetime.date
    last: datetime.date
    grain: Grain


def day(date: datetime.date) -> Interval:
    """One day."""
    return Interval(date, date, Grain.DAY)


def day_of(year: int, month: int, number: int) -> Interval | None:
    """The day of those numbers; None where the calendar has none."""
    try:
        return day(datetime.date(year, month, number))
    except ValueError:
        return None


def week(date: datetime.date) -> Interval:
    """The week, Monday to Sunday, in which a day lies."""
    monday = date - datetime.timedelta(date.weekday())
    return Interval(monday, monday + datetime.timedelta(6), Grain.WEEK)


def months(year: int, month: int, n: int, grain: Grain) -> Interval:
    """`n` whole months from `month` (1 to 12) of `year` on."""
    first = datetime.date(year, month, 1)
    return Interval(first, _shift_months(first, n) - _ONE_DAY, grain)


def month_of(year: int, month: int) -> Interval:
    """One calendar month."""
    return months(year, month, 1, Grain.MONTH)


def year_of(year: int) -> Interval:
    """One calendar year."""
    return months(year, 1, 12, Grain.YEAR)


def decade_of(year: int) -> Interval:
    """The ten years from `year` on: 1950 gives the 1950s."""
    return months(year, 1, 120, Grain.DECADE)


def season_of(name: str, year: int) -> Interval:
    """A northern season that begins in `year`; winter ends in the year after."""
    return months(year, _SEASONS[name], 3, Grain.SEASON)


def winter_in(year: int) -> Interval:
    """What "the winter of 2022" may mean: the one that ends in that year or the one that begins."""
    return Interval(season_of("winter", year - 1).first, season_of("winter", year).last, Grain.YEAR)


def unit_around(unit: str, date: datetime.date) -> Interval:
    """The calendar's week, month, quarter, year or decade in which a day lies."""
    if unit in _DAYS_OF:
        return week(date) if unit != "day" else day(date)
    n = _MONTHS_OF[unit]
    if unit == "decade":
        return decade_of(date.year - date.year % 10)
    grain = {1: Grain.MONTH, 3: Grain.SEASON, 12: Grain.YEAR}[n]
    return months(date.year, (date.month - 1) // n * n + 1, n, grain)


def back(date: datetime.date, n: int, unit: str) -> datetime.date | None:
    """The day `n` days, weeks, months, … before a day; None before the calendar begins.

    The 31st of a month that has none is its last day.
    """
    try:
        if unit in _DAYS_OF:
            return date - datetime.timedelta(n * _DAYS_OF[unit])
        return _shift_months(date, -n * _MONTHS_OF[unit])
    except (OverflowError, ValueError):
        return None


def stretch_before(date: datetime.date, n: int, unit: str) -> Interval | None:
    """The `n` units that end on a day: for three days and the 10th, the 7th to the 10th."""
    first = back(date, n, unit)
    return None if first is None else Interval(first, date, _grain(unit))


def unit_ago(date: datetime.date, n: int, unit: str) -> Interval | None:
    """The stretch, one unit long, about the day `n` units before: no day is meant more exactly."""
    middle = back(date, n, unit)
    if middle is None:
        return None
    half = datetime.timedelta(
        {"day": 0, "week": 3, "fortnight": 7, "month": 15, "quarter": 45, "year": 182}.get(
            unit, 1826
        )
    )
    try:
        return Interval(middle - half, middle + half, _grain(unit))
    except OverflowError:
        return None


def part_of(interval: Interval, which: int, of: int) -> Interval:
    """The part number `which`, from 0, of an interval cut into `of` equal ones.

    Years are cut between months, so that early 2022 is January to April; months and all else
    between days.
    """
    first, last, grain = interval
    n_months = (last.year - first.year) * 12 + last.month - first.month + 1
    if grain in _FINER and n_months % of == 0:
        length = n_months // of
        start = _shift_months(first, which * length)
        return months(start.year, start.month, length, _FINER[grain])
    n_days = (last - first).days + 1
    start = first + datetime.timedelta(which * n_days // of)
    end = first + datetime.timedelta((which + 1) * n_days // of - 1)
    return Interval(start, max(start, end), Grain.WEEK if grain is Grain.MONTH else grain)


def _grain(unit: str) -> Grain:
    return {
        "day": Grain.DAY,
        "week": Grain.WEEK,
        "fortnight": Grain.WEEK,
        "month": Grain.MONTH,
        "quarter": Grain.SEASON,
        "year": Grain.YEAR,
    }.get(unit, Grain.DECADE)


def _shift_months(date: datetime.date, n: int) -> datetime.date:
    """The same day `n` months on, or the last of a shorter month."""
    month = date.year * 12 + date.month - 1 + n
    year, month = month // 12, month % 12 + 1
    return date.replace(
        year=year, month=month, day=min(date.day, calendar.monthrange(year, month)[1])
    )
