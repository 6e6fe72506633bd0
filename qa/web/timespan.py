"""A stretch of time cut into as many days, weeks, months or years as a row of bars can show."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.web import wording

_MOST = 72
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bin:
    """A stretch of days, both included, and its name."""

    since: datetime.date
    until: datetime.date
    label: str


def bins_of(days: Sequence[datetime.date], most: int = _MOST) -> tuple[Bin, ...]:
    """The stretches, one after the other, that hold all `days`; none where there are none.

    Days, weeks, months, quarters, years, or runs of years that are a power of ten: the shortest of
    which no more than `most` are needed.

    >>> import datetime
    >>> [each.label for each in bins_of([datetime.date(2020, 1, 30), datetime.date(2020, 1, 31)])]
    ['30 January 2020', '31 January 2020']
    """
    if not days:
        return ()
    first, last = min(days), max(days)
    for start, after, label in _UNITS:
        if _fits(first, last, start, after, most):
            return _cut(first, last, start, after, label)
    years = 10
    while (last.year - first.year) // years >= most:
        years *= 10
    start, after, label = _years(years)
    return _cut(first, last, start, after, label)


_Start = Callable[[datetime.date], datetime.date]
_Label = Callable[[datetime.date, datetime.date], str]
_Unit = tuple[_Start, _Start, _Label]


def _cut(
    first: datetime.date, last: datetime.date, start: _Start, after: _Start, label: _Label
) -> tuple[Bin, ...]:
    bins: list[Bin] = []
    since = start(first)
    while since <= last:
        following = after(since)
        until = following - _DAY if following > since else datetime.date.max
        bins.append(Bin(since, until, label(since, until)))
        if until >= last:
            break
        since = following
    return tuple(bins)


def _fits(
    first: datetime.date, last: datetime.date, start: _Start, after: _Start, most: int
) -> bool:
    since = start(first)
    for _ in range(most):
        since = after(since)
        if since > last:
            return True
    return False


def _months(n: int) -> tuple[_Start, _Start]:
    def start(day: datetime.date) -> datetime.date:
        return day.replace(month=(day.month - 1) // n * n + 1, day=1)

    def after(day: datetime.date) -> datetime.date:
        years, month = divmod(day.month - 1 + n, 12)
        if day.year + years > datetime.MAXYEAR:
            return datetime.date.max
        return datetime.date(day.year + years, month + 1, 1)

    return start, after


def _years(n: int) -> _Unit:
    def start(day: datetime.date) -> datetime.date:
        return datetime.date(max(1, day.year // n * n), 1, 1)

    def after(day: datetime.date) -> datetime.date:
        year = day.year // n * n + n
        return datetime.date(year, 1, 1) if year <= datetime.MAXYEAR else datetime.date.max

    return start, after, lambda since, until: f"{since.year} – {until.year}"


def _named_month(since: datetime.date, _: datetime.date) -> str:
    return f"{since:%B} {since.year}"


def _named_days(since: datetime.date, until: datetime.date) -> str:
    return wording.day(since) if since == until else f"{wording.day(since)} – {wording.day(until)}"


def _named_months(since: datetime.date, until: datetime.date) -> str:
    return f"{since:%B} – {until:%B} {until.year}"


def _next(days: int) -> _Start:
    def after(day: datetime.date) -> datetime.date:
        try:
            return day + days * _DAY
        except OverflowError:
            return datetime.date.max

    return after


def _monday(day: datetime.date) -> datetime.date:
    # The first day of the calendar is one: there is always one before.
    return day - day.weekday() * _DAY


_UNITS: tuple[_Unit, ...] = (
    (lambda day: day, _next(1), _named_days),
    (_monday, _next(7), _named_days),
    (*_months(1), _named_month),
    (*_months(3), _named_months),
    (*_months(12), lambda since, _: str(since.year)),
)
