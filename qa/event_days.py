"""The day that a sentence of an article tells of, reckoned from the day the article was published.

Phrases of time are read as in questions (`qa.periods`). Of several the finest counts; the day on
which something was only said ("police said on Tuesday") counts where no other is named.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

from qa.periods import find_time_phrases
from qa.time_units import Kind, find_units

# "said on Tuesday", "told reporters late on Monday"
_REPORTED = re.compile(
    r"\b(?:said|says|told|announced|added|reported|wrote|tweeted|stated|confirmed|declared)"
    r"(?:\s+(?!that\b)[\w’'-]+){0,4}?\s+(?:early|late|on|in|this|last|yesterday|today)\b[^,.;:]{0,40}"
    r"|\b(?:in\s+a\s+(?:statement|tweet|post|speech|letter))\s+(?:on\s+)?[^,.;:]{0,20}",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:in|on|during|from)\s+(?:the\s+)?$", re.IGNORECASE)
# "have recovered the rings stolen in January": with a present perfect no past day can stand, so it
# is the day of something that is only spoken of.
_PRESENT_PERFECT = re.compile(
    r"(?:\b(?:has|have)|['’]ve)\s+(?:\w+\s+){0,2}?\w+(?:[ei]?d|[ei]?n|t)\b"
    r"(?!.*(?:[,;:—]|\b(?:after|and|because|before|but|since|that|when|where|which|while|who)\b))",
    re.IGNORECASE | re.DOTALL,
)
_SINCE = re.compile(r"\bsince\b[^,.;:]{0,40}$", re.IGNORECASE)
# A stretch that ends on the day of publication is told when it is no longer than a month.
_LONGEST_STRETCH = 31
# What is named without a year and lies so many days back is hardly meant.
_LONGEST_AGO = 330
_YEAR = re.compile(r"\b(?:1[5-9]|20|21)\d\d\b")
_REACH = 20


class ToldDays(NamedTuple):
    """First and last day that a sentence tells of; `is_ahead` where they were still to come."""

    first: datetime.date
    last: datetime.date
    is_ahead: bool = False


class NamedDays(NamedTuple):
    """Days named at ``sentence[start:end]``; `is_of_saying` where something was only said then."""

    days: ToldDays
    start: int
    end: int
    is_of_saying: bool


def days_told(sentence: str, published: datetime.date | None) -> ToldDays | None:
    """The days a sentence tells of; None where it names none that can be told.

    Parameters
    ----------
    sentence : str
    published : datetime.date or None
        What "on Tuesday" counts back from; without it only what names its year is read.

    Examples
    --------
    >>> days_told("The ferry sank on Saturday.", datetime.date(2024, 11, 5)).first.isoformat()
    '2024-11-02'
    >>> days_told("They have found the van stolen in May.", datetime.date(2024, 11, 5)) is None
    True
    >>> days_told("Police said on Monday that it was built in 1954.", None).last.isoformat()
    '1954-12-31'
    """
    named = days_named(sentence, published)
    events = [each.days for each in named if not each.is_of_saying]
    statements = [each.days for each in named if each.is_of_saying]
    if not statements and published is not None:
        # What is to come ("will") hides the day on which it was said.
        for first, last in (match.span() for match in _REPORTED.finditer(sentence)):
            statements += [days for days, *_ in _named(sentence[first:last], published)]
    told = events or statements
    return min(told, key=lambda days: days.last - days.first) if told else None


def days_named(sentence: str, published: datetime.date | None) -> tuple[NamedDays, ...]:
    """All days that a sentence names, in order but for those to come, which are last.

    Parameters
    ----------
    sentence, published
        As in `days_told`.

    Examples
    --------
    >>> told = "It sank on Saturday, police said on Monday."
    >>> named = days_named(told, datetime.date(2024, 11, 5))
    >>> [(each.days.first.day, each.is_of_saying) for each in named]
    [(2, False), (4, True)]
    """
    reported = [match.span() for match in _REPORTED.finditer(sentence)]
    return tuple(
        NamedDays(days, start, end, any(first <= start < last for first, last in reported))
        for days, start, end in _named(sentence, published)
    )


def _named(sentence: str, published: datetime.date | None) -> Iterator[tuple[ToldDays, int, int]]:
    """All days named in a text, each with where."""
    today = published or datetime.date.today()
    for phrase in find_time_phrases(sentence, today):
        before = sentence[: phrase.start]
        # "since" and "until" name an end of something, and not its day.
        if phrase.since is None or phrase.last is None or _SINCE.search(before):
            continue
        if _PRESENT_PERFECT.search(before):
            continue
        days: ToldDays | None = ToldDays(phrase.since, phrase.last)
        if _YEAR.search(sentence, phrase.start, phrase.end) is None:
            days = _near(phrase.since, phrase.last, published)
        if days is not None:
            yield days, phrase.start, phrase.end
    yield from _named_ahead(sentence, today)


def _near(
    first: datetime.date, last: datetime.date, published: datetime.date | None
) -> ToldDays | None:
    """Days named without a year; None where they are not told, or not well enough."""
    if published is None:
        return None
    n_days = (last - first).days
    # "earlier this year" says hardly when.
    if last == published and n_days > _LONGEST_STRETCH:
        return None
    if (published - first).days <= _LONGEST_AGO:
        return ToldDays(first, last)
    # A day of the coming weeks, or of those in which the article was brought up to date, rather
    # than one of a year ago.
    try:
        first, last = (day.replace(year=day.year + 1) for day in (first, last))
    except ValueError:  # the 29th of February
        return None
    return ToldDays(first, last, first > published) if n_days == 0 else None


def _named_ahead(sentence: str, today: datetime.date) -> Iterator[tuple[ToldDays, int, int]]:
    """Days to come, where their year is stated."""
    try:
        units = find_units(sentence, today)
    except (OverflowError, ValueError):  # today is at an end of the calendar
        return
    for unit in units:
        is_led = _AHEAD.search(sentence[max(0, unit.start - _REACH) : unit.start])
        if (
            unit.has_year
            and unit.kind is not Kind.AHEAD
            and unit.interval.first > today
            and (is_led or unit.kind is Kind.DATE)
        ):
            days = ToldDays(unit.interval.first, unit.interval.last, True)
            yield days, unit.start, unit.end
