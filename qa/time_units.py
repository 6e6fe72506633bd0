"""Stretches of time named in a text, each as the days it means.

A date without a year is the latest one up to today; "the past three days" end today; "last week"
is the calendar's. What lies ahead ("next month") is found too, and means no days.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from index.dates import find_dates
from qa import intervals
from qa.intervals import Grain, Interval


class Kind(StrEnum):
    """How a stretch of time is named."""

    DATE = "date"  # with its year
    DAY = "day"  # of a month
    MONTH = "month"
    NEAR_MONTH = "near month"  # "last May"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    RELATIVE = "relative"  # by counting from today
    AHEAD = "ahead"  # after today, or of no length


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """A stretch of time named at ``text[start:end]``, without a preposition.

    Attributes
    ----------
    start, end : int
    interval : Interval
        The days meant; today where `kind` is AHEAD.
    kind : Kind
    has_year : bool
        Whether the text states its year.
    month : int or None
        1 to 12, where the text names a month.
    is_range : bool
        Whether it names its first day and its last one.
    """

    start: int
    end: int
    interval: Interval
    kind: Kind
    has_year: bool = True
    month: int | None = None
    is_range: bool = False


_MONTHS = "january february march april may june july august september october november december"
_MONTH_NUMBER = {name[:3]: i for i, name in enumerate(_MONTHS.split(), 1)}
_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)(?![\w])"
)
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_WEEKDAY = (
    rf"(?:{'|'.join(_WEEKDAYS)}|(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.)(?!\w)"
    r"(?:\s+(?:early\s+)?(?:morning|afternoon|evening|night)\b)?"
)
_FOUR_DIGITS = r"(?:1[5-9]\d\d|20\d\d)"
_YEAR = rf"{_FOUR_DIGITS}(?![\w%]|[.,:/]\d|-\d)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_TH = r"(?:st|nd|rd|th)?"
_SEASON = r"(?:spring|summer|autumn|fall|winter)(?!\w)"
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER_OF = {"a": 1, "an": 1, "couple": 2} | {name: i for i, name in enumerate(_NUMBERS, 1)}
_NUMBER = rf"(?:\d{{1,4}}|{'|'.join(_NUMBERS)}|(?:a\s+)?couple(?:\s+of)?)"
_UNIT_NAME = r"(?:hour|day|week|fortnight|month|quarter|year|decade)"
_EDGE = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
_EDGE |= {"close": 2}
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3}
_PART = (
    r"(?:(?:the\s+)?(?P<part>early|mid|late)(?:\s+|-)"
    r"|(?:the\s+)?(?P<edge>beginning|start|middle|end|close)\s+of\s+(?:the\s+year\s+)?"
    r"|(?:the\s+)?(?P<nth>first|second|third|fourth|last|final)[\s-]+"
    r"(?P<share>half|quarter)\s+of\s+(?:the\s+year\s+)?)?"
)
_SHARES = {"half": 2, "quarter": 4}

_WORTH_READING = re.compile(
    rf"\d{{3}}|\b(?:{_MONTH}|{_WEEKDAY}|{_SEASON}|ago|today|tonight|yesterday"
    r"|(?:hour|day|week(?:end)?|fortnight|month|quarter|year|decade|night|morning|afternoon"
    r"|evening)s?)(?!\w)",
    re.IGNORECASE,
)


def find_units(text: str, today: datetime.date) -> list[TimeUnit]:
    """The stretches of time named in a text, in order; of overlapping ones the longest.

    Raises
    ------
    ValueError, OverflowError
        `today` is so near an end of the calendar that a day beyond it would be needed.
    """
    return list(_units(text, today))


# What is to come is looked for apart (`qa.event_days`): in the same sentence, at once.
@functools.lru_cache(maxsize=16)
def _units(text: str, today: datetime.date) -> tuple[TimeUnit, ...]:
    if not _WORTH_READING.search(text):
        return ()
    found = list(_full_dates(text))
    for kind, pattern, resolve in _KINDS:
        for match in pattern.finditer(text):
            interval = resolve(match, today)
            if interval is not None:
                found.append(_unit(match, interval, kind))
            elif kind in (Kind.RELATIVE, Kind.WEEKEND):  # "next week" is no "week" of another kind
                found.append(_unit(match, intervals.day(today), Kind.AHEAD))
    found.sort(key=lambda unit: (unit.start, -unit.end))
    units: list[TimeUnit] = []
    for unit in found:
        if not units or unit.start >= units[-1].end:
            units.append(unit)
    return tuple(units)


def _unit(match: re.Match[str], interval: Interval, kind: Kind) -> TimeUnit:
    return TimeUnit(
        match.start("all"),
        match.end("all"),
        interval,
        kind,
        has_year=_group(match, "year") is not None,
        month=_month_number(match),
        is_range=_group(match, "last_day") is not None,
    )


def _full_dates(text: str) -> Iterator[TimeUnit]:
    for date in find_dates(text):
        yield TimeUnit(date.start, date.end, intervals.day(date.date), Kind.DATE)


def _group(match: re.Match[str], name: str) -> str | None:
    groups = match.groupdict()
    value = groups.get(name)
    return value.lower() if value else None


def _month_number(match: re.Match[str], name: str = "month") -> int | None:
    written = _group(match, name)
    return _MONTH_NUMBER[written[:3]] if written else None


def _weekday(written: str) -> int:
    return next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(written[:3].lower()))


def _cut_to_part(interval: Interval, match: re.Match[str]) -> Interval | None:
    """The part that "early", "the end of", "the second half of" makes of it."""
    if edge := _group(match, "part") or _group(match, "edge"):
        return intervals.part_of(interval, _EDGE[edge], 3)
    share = _group(match, "share")
    if share is None:
        return interval
    of, nth = _SHARES[share], _group(match, "nth") or ""
    which = of - 1 if nth in ("last", "final") else _NTH[nth]
    return intervals.part_of(interval, which, of) if which < of else None


def _latest(candidates: Sequence[Interval | None], today: datetime.date) -> Interval | None:
    """The first of the candidates, later ones first, that has begun."""
    return next((each for each in candidates if each is not None and each.first <= today), None)


def _resolve_day(match: re.Match[str], today: datetime.date) -> Interval | None:
    """A day of a month, or some: "3 January", "Jan. 3 to 5, 2020"."""
    month = _month_number(match)
    first, last = _group(match, "day"), _group(match, "last_day")
    assert month is not None
    assert first is not None
    year = _group(match, "year")
    # Eight years hold a 29 February.
    years = [int(year)] if year else range(today.year, today.year - 9, -1)
    ends = [(intervals.day_of(y, month, int(first)), intervals.day_of(y, month, int(last or first)))
            for y in years]  # fmt: skip
    stretches = [Interval(a.first, b.last, Grain.DAY) if a and b else None for a, b in ends]
    found = stretches[0] if year else _latest(stretches, today)
    return found if found and found.first <= found.last else None


def _resolve_month(match: re.Match[str], today: datetime.date) -> Interval | None:
    month = _month_number(match)
    assert month is not None
    if written := _group(match, "year"):
        return _cut_to_part(intervals.month_of(int(written), month), match)
    if of_year := _group(match, "of_year"):  # "January of last year", "last January"
        return _cut_to_part(intervals.month_of(today.year - (of_year == "last"), month), match)
    years = (today.year, today.year - 1)
    stretches = [_cut_to_part(intervals.month_of(year, month), match) for year in years]
    if _group(match, "which") == "last":
        stretches = [each for each in stretches if each and each.last < today]
    return _latest(stretches, today)


def _resolve_season(match: re.Match[str], today: datetime.date) -> Interval | None:
    name, written = _group(match, "season") or "", _group(match, "year")
    if written:
        year, second = int(written), _group(match, "second")
        if name == "winter" and not second:
            return _cut_to_part(intervals.winter_in(year), match)
        return _cut_to_part(intervals.season_of(name, year), match)
    this, before = (intervals.season_of(name, year) for year in (today.year, today.year - 1))
    if _group(match, "which") == "this":
        # In January "this winter" is the one that began last year; in September, the coming one.
        return _latest([this, before if before.last >= today else None], today)
    return _latest([each for each in (this, before) if each.last < today], today)


def _resolve_year(match: re.Match[str], today: datetime.date) -> Interval | None:
    return _cut_to_part(intervals.year_of(int(match["year"])), match)


def _resolve_years(match: re.Match[str], today: datetime.date) -> Interval | None:
    first, last = int(match["year"]), int(match["last_year"])
    if first > last:
        return None
    return Interval(intervals.year_of(first).first, intervals.year_of(last).last, Grain.YEAR)


def _resolve_quarter(match: re.Match[str], today: datetime.date) -> Interval | None:
    letter, number = match["letter"].lower(), int(match["number"])
    of = 4 if letter == "q" else 2
    if number > of:
        return None
    return intervals.part_of(intervals.year_of(int(match["year"])), number - 1, of)


def _resolve_decade(match: re.Match[str], today: datetime.date) -> Interval | None:
    return _cut_to_part(intervals.decade_of(int(match["year"])), match)


def _resolve_named_day(match: re.Match[str], today: datetime.date) -> Interval | None:
    name = " ".join(match["all"].lower().split())
    n = 2 if name.endswith("before yesterday") else int(name in ("yesterday", "last night"))
    if name.startswith("yesterday "):
        n = 1
    date = intervals.back(today, n, "day")
    return None if date is None else intervals.day(date)


def _resolve_weekday(match: re.Match[str], today: datetime.date) -> Interval | None:
    number = _weekday(match["weekday"])
    if relative := _group(match, "of_week"):  # "Tuesday of last week"
        monday = intervals.week(today).first - datetime.timedelta(7 * (relative != "this"))
        date = monday + datetime.timedelta(number)
        return intervals.day(date) if date <= today else None
    ago = (today.weekday() - number) % 7
    which = _group(match, "which")
    if which in ("last", "past") and ago == 0:
        ago = 7
    if which in ("next", "coming") or (which == "this" and ago > today.weekday()):
        return None
    return intervals.day(today - datetime.timedelta(ago))


def _resolve_weekend(match: re.Match[str], today: datetime.date) -> Interval | None:
    which = _group(match, "which")
    if which in ("next", "coming"):
        return None
    saturday = today - datetime.timedelta((today.weekday() - 5) % 7)
    if which == "last" and today.weekday() >= 5:
        saturday -= datetime.timedelta(7)
    return Interval(saturday, saturday + datetime.timedelta(1), Grain.WEEK)


def _resolve_relative(match: re.Match[str], today: datetime.date) -> Interval | None:
    """For example "last month", "the past year", "earlier this year"."""
    which, unit = match["which"].lower(), match["unit"].lower()
    if which in ("next", "coming", "following") or _group(match, "later"):
        return None
    if which == "this":
        # It reaches back over the weekend: of 98 quiz questions on "this week", put on Thursdays
        # and Fridays, 96 are about these seven days, 81 about the week from Monday (rtqa2022).
        stretch = (
            intervals.stretch_before(today, 6, "day")
            if unit == "week"
            else intervals.unit_around(unit, today)
        )
        part = stretch and _cut_to_part(stretch, match)
        if stretch is None or part is None or part.first > today:
            return None
        return Interval(part.first, min(part.last, today), part.grain)
    if which in ("past", "preceding") or _group(match, "the"):  # "the last year" ends today
        return intervals.stretch_before(today, 1, unit)
    before = intervals.back(today, 1, unit)
    return _cut_to_part(intervals.unit_around(unit, before), match) if before else None


def _resolve_past(match: re.Match[str], today: datetime.date) -> Interval | None:
    """For example "the past three days", "the last 24 hours"."""
    n, unit = _count(match)
    return intervals.stretch_before(today, n, unit) if n else None


def _resolve_ago(match: re.Match[str], today: datetime.date) -> Interval | None:
    n, unit = _count(match)
    return intervals.unit_ago(today, n, unit) if n else None


def _count(match: re.Match[str]) -> tuple[int, str]:
    """Number and unit; hours are counted in whole days, at least one."""
    written, unit = match["number"].lower(), match["unit"].lower()
    word = written.split()[-2] if written.endswith(" of") else written.split()[-1]
    n = int(word) if word.isdigit() else _NUMBER_OF[word]
    return (-(-n // 24), "day") if unit == "hour" else (n, unit)


_WHICH = r"(?P<which>this\s+past|this|last|past|next|coming)"
_OF_YEAR = r"(?:(?:\s+of)?\s+(?P<of_year>this|last)\s+year(?!\w))"
_Resolver = Callable[[re.Match[str], datetime.date], Interval | None]


def _kind(kind: Kind, pattern: str, resolve: _Resolver) -> tuple[Kind, re.Pattern[str], _Resolver]:
    return kind, re.compile(rf"(?<![\w$€£¥.,/-])(?P<all>{pattern})", re.IGNORECASE), resolve


_KINDS: tuple[tuple[Kind, re.Pattern[str], _Resolver], ...] = (
    _kind(
        Kind.DAY,
        rf"(?P<day>{_DAY}){_TH}\s*(?:and|to|until|through|–|-)\s*(?P<last_day>{_DAY}){_TH}"
        rf"(?:\s+of)?\s+(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR}))?",
        _resolve_day,
    ),
    _kind(
        Kind.DAY,
        rf"(?P<month>{_MONTH})\s+(?P<day>{_DAY}){_TH}\s*(?:and|to|until|through|–|-)\s*"
        rf"(?P<last_day>{_DAY}){_TH}(?![\w:]|,?\d)(?:,?\s+(?P<year>{_YEAR}))?",
        _resolve_day,
    ),
    _kind(
        Kind.DAY, rf"(?:the\s+)?(?P<day>{_DAY}){_TH}(?:\s+of)?\s+(?P<month>{_MONTH})", _resolve_day
    ),
    _kind(
        Kind.DAY,
        rf"(?P<month>{_MONTH})\s+(?:the\s+)?(?P<day>{_DAY}){_TH}(?![\w:]|[.,]\d)",
        _resolve_day,
    ),
    _kind(
        Kind.MONTH,
        rf"{_PART}(?P<month>{_MONTH})(?:(?:\s+of)?,?\s+(?P<year>{_YEAR})|{_OF_YEAR})?",
        _resolve_month,
    ),
    _kind(Kind.NEAR_MONTH, rf"{_WHICH}\s+(?P<month>{_MONTH})", _resolve_month),
    _kind(
        Kind.SEASON,
        rf"{_PART}(?:the\s+)?(?P<season>{_SEASON})(?:\s+of)?,?\s+"
        rf"(?P<year>{_FOUR_DIGITS})(?:[/–-](?P<second>\d\d(?:\d\d)?))?(?!\w)",
        _resolve_season,
    ),
    _kind(Kind.RELATIVE, rf"(?P<which>this|last)\s+(?P<season>{_SEASON})", _resolve_season),
    _kind(
        Kind.DECADE,
        rf"(?:the\s+)?{_PART}(?P<year>(?:1[5-9]|20)\d0)['’]?s(?!\w)",
        _resolve_decade,
    ),
    _kind(
        Kind.YEAR,
        rf"(?P<letter>Q|H)(?P<number>[1-4])(?:\s+of)?\s+(?P<year>{_YEAR})",
        _resolve_quarter,
    ),
    _kind(Kind.YEAR, rf"{_PART}(?:the\s+year\s+)?(?P<year>{_YEAR})", _resolve_year),
    _kind(
        Kind.YEAR,
        rf"(?P<year>{_FOUR_DIGITS})\s?[–-]\s?(?P<last_year>{_YEAR})",
        _resolve_years,
    ),
    _kind(
        Kind.RELATIVE,
        r"the\s+day\s+before\s+yesterday|yesterday(?:\s+(?:morning|afternoon|evening))?"
        r"|today|tonight|last\s+night|this\s+(?:morning|afternoon|evening)",
        _resolve_named_day,
    ),
    _kind(
        Kind.WEEKDAY,
        rf"(?:{_WHICH}\s+)?(?P<weekday>{_WEEKDAY})(?:(?:,|\s+of)?\s+(?P<of_week>last|this)"
        r"\s+week(?!\w))?",
        _resolve_weekday,
    ),
    _kind(
        Kind.WEEKDAY,
        rf"(?P<of_week>last|this)\s+week,?\s+on\s+(?P<weekday>{_WEEKDAY})",
        _resolve_weekday,
    ),
    _kind(
        Kind.WEEKEND,
        rf"(?:{_WHICH}|the)\s+weekend(?!\w)",
        _resolve_weekend,
    ),
    _kind(
        Kind.RELATIVE,
        rf"{_PART}(?:(?:earlier|(?P<later>later)|(?P<the>the(?=\s+(?:past|last))))\s+)?"
        r"(?P<which>this|last|past|previous|preceding|next|coming|following)\s+"
        r"(?P<unit>week|month|quarter|year|decade)(?!\w|\s+of\b)",
        _resolve_relative,
    ),
    _kind(
        Kind.RELATIVE,
        rf"(?:the\s+)?(?:past|last|previous|preceding)\s+(?P<number>{_NUMBER})\s+"
        rf"(?P<unit>{_UNIT_NAME})s?(?!\w)",
        _resolve_past,
    ),
    _kind(
        Kind.RELATIVE,
        rf"(?P<number>{_NUMBER}|an?)\s+(?P<unit>{_UNIT_NAME})s?\s+ago(?!\w)",
        _resolve_ago,
    ),
)
