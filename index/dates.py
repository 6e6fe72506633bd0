"""Calendar days as texts state them: a full date or nothing, and nothing is filled in."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[5-9]|20|21)\d\d"
_ORDINAL = r"(?:st|nd|rd|th)?"

WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?)"
ZONE = (
    r"(?:z|(?:gmt|utc)(?:\s?[+-]\s?\d{1,2}(?::?\d\d)?)?|[+-]\d\d:?\d\d|[ecmp][sd]?t|a[ke]?[sd]t|b?st"
    r"|ist|idt|eest|eet|ce?st|cet|msk|jst|hkt|sgt|pkt|local time)"
)
CLOCK = (
    r"(?:\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d{1,9})?)?\s*(?:[ap]\.?\s?m\b\.?)?"
    r"|\d{1,2}\s*[ap]\.?\s?m\b\.?|\d{4}\s?(?=gmt|utc)|noon|midnight)"
    rf"(?:\s*\(?{ZONE}(?![a-z])\)?)?"
)
FULL_DATE = (
    rf"(?:{_YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}(?!\d)"
    rf"|{_DAY}{_ORDINAL}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}(?!\d)"
    rf"|{_MONTH}\s+{_DAY}{_ORDINAL}(?:\s*,\s*|\s+){_YEAR}(?!\d))"
)
NUMERIC_DATE = rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}(?!\d))"
DAY_AND_MONTH = rf"(?:{_DAY}{_ORDINAL}\s+{_MONTH}|{_MONTH}\s+{_DAY}{_ORDINAL}(?!\d))"

_FULL_DATE = re.compile(rf"(?<![\w/.-])(?:{FULL_DATE}|{NUMERIC_DATE})(?![\w/])", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)")
_SHORT_YEAR = re.compile(
    rf"(?:({_DAY}){_ORDINAL}[\s-]+({_MONTH})|({_MONTH})\s+({_DAY}){_ORDINAL}),?[\s-]+'?(\d\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(rf"({_YEAR})(\d\d)(\d\d)(?:T?\d{{4,6}}(?:Z|[+-]\d\d:?\d\d)?)?")
_ISO_TIME = re.compile(rf"({_YEAR}-\d\d-\d\d)[T ]\d\d(?::?\d\d.*)?", re.IGNORECASE)
_AROUND = re.compile(
    rf"^(?:{WEEKDAY}\s*,?\s*)?(?:{CLOCK}\s*[,|·–-]?\s*(?:on\s+)?)?(?:{WEEKDAY}\s*,?\s*)?"
    rf"(?P<date>\S.*?)(?:\s*(?:,|\||·|–|-|@|\bat\b)?\s*{CLOCK})?\.?$",
    re.IGNORECASE,
)
# Longer strings are not dates, and dateparser is slow on them.
_MAX_CHARS = 80


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A full date that stands at ``text[start:end]``."""

    start: int
    end: int
    date: datetime.date


def parse_date(text: str, *, day_first: bool | None = None) -> datetime.date | None:
    """The day that a text names, when the whole of it is one full date.

    Parts that are not stated are never filled in, not from today's date either. A time of day
    and a zone may stand beside the date and do not move it.

    Parameters
    ----------
    text : str
        For example ``2023-01-30T22:48:00Z``, ``Jan. 30, 2023`` or ``30 janvier 2023``.
    day_first : bool, optional
        How to read ``01/04/2020``. None reads such a date only where one order is possible.

    Returns
    -------
    datetime.date or None
        None for anything that is not exactly one full date.

    Examples
    --------
    >>> parse_date("Jan. 30, 2023, 10:48 PM")
    datetime.date(2023, 1, 30)
    >>> parse_date("30 January") is None
    True
    """
    text = " ".join(text.split())
    if not text or len(text) > _MAX_CHARS or not re.search(r"\d", text):
        return None
    if iso := _ISO_TIME.fullmatch(text):
        text = iso[1]
    elif compact := _COMPACT.fullmatch(text):
        return _day(int(compact[1]), int(compact[2]), int(compact[3]))
    around = _AROUND.match(text)
    for core in (text, around["date"] if around else text):
        if numeric := _NUMERIC.fullmatch(core):
            return _from_numeric(numeric, day_first)
        if _FULL_DATE.fullmatch(core):
            return _from_full_match(core)
        if short := _SHORT_YEAR.fullmatch(core):
            day, month = (short[1], short[2]) if short[1] else (short[4], short[3])
            return _past_century(int(short[5]), _month_number(month), int(day))
    return _in_other_languages(text)


def is_ambiguous(text: str) -> bool:
    """Whether a numeric date could be read day first as well as month first."""
    return parse_date(text) is None and parse_date(text, day_first=True) is not None


def find_dates(text: str) -> Iterator[FoundDate]:
    """The full dates (ISO, or with an English month name) that stand in a text, in order."""
    for match in _FULL_DATE.finditer(text):
        date = _from_full_match(match[0])
        if date is not None:
            yield FoundDate(match.start(), match.end(), date)


def day_and_month(text: str) -> tuple[int, int] | None:
    """Day and month of the first date in a text that states no year, if it has one."""
    match = re.search(rf"(?<!\w){DAY_AND_MONTH}(?!\w)", text, re.IGNORECASE)
    if match is None:
        return None
    day, month = _split_named(match[0])
    return day, month


def _from_full_match(text: str) -> datetime.date | None:
    if numeric := _NUMERIC.fullmatch(text):
        return _from_numeric(numeric, None)
    if numbers := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        return _day(*(int(number) for number in numbers.groups()))
    year = int(text[-4:])
    day, month = _split_named(text[:-4])
    return _day(year, month, day)


def _split_named(text: str) -> tuple[int, int]:
    day = re.search(r"\d{1,2}", text)
    month = re.search(_MONTH, text, re.IGNORECASE)
    assert day is not None
    assert month is not None
    return int(day[0]), _month_number(month[0])


def _month_number(name: str) -> int:
    return next(n for n, full in enumerate(_MONTHS, 1) if full.startswith(name[:3].lower()))


def _from_numeric(match: re.Match[str], day_first: bool | None) -> datetime.date | None:
    first, second = int(match[1]), int(match[2])
    year_text = match[3]
    orders = {(first, second), (second, first)}
    possible = [(d, m) for d, m in orders if m <= 12 and d <= 31]
    if len(possible) > 1:
        if day_first is None:
            return None
        possible = [(first, second) if day_first else (second, first)]
    if not possible:
        return None
    day, month = possible[0]
    if len(year_text) == 2:
        return _past_century(int(year_text), month, day)
    return _day(int(year_text), month, day)


def _past_century(short_year: int, month: int, day: int) -> datetime.date | None:
    """The latest such day that is not in the future."""
    date = _day(2000 + short_year, month, day)
    if date is None or date > datetime.date.today():
        return _day(1900 + short_year, month, day)
    return date


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _in_other_languages(text: str) -> datetime.date | None:
    year = re.search(rf"(?<!\d){_YEAR}(?!\d)", text)
    if year is None or not re.search(r"[^\W\d_]", text):
        return None
    import dateparser

    parsed = dateparser.parse(
        text,
        settings={
            "PARSERS": ["absolute-time"],
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    if parsed is None or parsed.year != int(year[0]):
        return None
    # It fills gaps even when told not to: a part that is not written was invented.
    rest = text[: year.start()] + " " + text[year.end() :]
    return parsed.date() if parsed.day in map(int, re.findall(r"\d+", rest)) else None
