"""The time that a question speaks of, as days of publication.

Phrases are read by a grammar of our own (`qa.time_units`) over `index.dates`. A library that
guesses (dateparser's `search_dates`) gives points where a question means stretches ("in January
2020" becomes one of its days) and takes names of events, and the verb "may", for dates. Nothing is
filled in here: a phrase means the whole stretch it names.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from qa import intervals
from qa.intervals import Grain, Interval
from qa.recency import is_finite_form
from qa.time_units import Kind, TimeUnit, find_units
from qa.words import FUNCTION_WORDS

# Reports follow what they report on. Of 3,943 web news articles that name a weekday in their
# first 600 characters, 85 % were published within three days of that weekday (rtqa2022, rtqa2023).
# The longer lags are chosen by analogy: what is told of a month or a year in looking back.
LAG_DAYS = {
    Grain.DAY: 3,
    Grain.WEEK: 3,
    Grain.MONTH: 7,
    Grain.SEASON: 14,
    Grain.YEAR: 30,
    Grain.DECADE: 30,
}
_ONE_DAY = datetime.timedelta(1)
# How many characters before a phrase are looked at for what leads to it.
_REACH = 60


class _Role(StrEnum):
    """What the word before a stretch of time makes of it."""

    WITHIN = "within"
    SINCE = "since"
    AFTER = "after"
    BEFORE = "before"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class TimePhrase:
    """A phrase of time at ``question[start:end]`` and the days of publication it points to.

    Attributes
    ----------
    start, end : int
        With the preposition.
    since, until : datetime.date or None
        First and last day, both included; None leaves that side open. Where the phrase names a
        last day, `until` lies some days after it: reports follow.
    last : datetime.date or None
        The last day that is spoken of.
    is_stated : bool
        Whether it names a month, a year or a date itself ("in May"), which the searched text may
        share with an article's heading; "last week" names nothing.
    is_now : bool
        Whether it is a short stretch that ends today.
    """

    start: int
    end: int
    since: datetime.date | None
    until: datetime.date | None
    last: datetime.date | None = None
    is_stated: bool = False
    is_now: bool = False


def find_time_phrases(question: str, today: datetime.date) -> tuple[TimePhrase, ...]:
    """The phrases of time in a question, in order.

    Parameters
    ----------
    question : str
    today : datetime.date
        What "last week" counts from. What lies wholly after it gives no phrase: reports on it
        can be of any day.

    Examples
    --------
    >>> (phrase,) = find_time_phrases("Who resigned last week?", datetime.date(2024, 3, 15))
    >>> str(phrase.since), str(phrase.until)  # Monday, and three days past Sunday
    ('2024-03-04', '2024-03-13')
    >>> find_time_phrases("Who won the 2020 election for $2,020?", datetime.date(2024, 3, 15))
    ()
    """
    try:
        units = _joined(question, find_units(question, today))
        if _AHEAD.search(question):
            units = [unit for unit in units if not _may_lie_ahead(unit)]
        phrases = [_phrase(question, unit, today) for unit in units]
    except (OverflowError, ValueError):  # today is at an end of the calendar
        return ()
    return tuple(phrase for phrase in phrases if phrase is not None)


def days_of_publication(
    phrases: Sequence[TimePhrase],
) -> tuple[datetime.date | None, datetime.date | None]:
    """First and last day that all phrases together point to; None where open.

    Of two that share no day the later one counts: what tells of both was written then.
    """
    if not phrases:
        return None, None
    first, *others = sorted(phrases, key=lambda each: each.since or datetime.date.min)
    since, until, last = first.since, first.until, first.last
    for phrase in others:
        if last and phrase.since and phrase.since > last:
            since, until, last = phrase.since, phrase.until, phrase.last
            continue
        since = max(filter(None, (since, phrase.since)), default=None)
        until = min(filter(None, (until, phrase.until)), default=None)
        last = min(filter(None, (last, phrase.last)), default=None)
    return since, until


# ── What leads to a time, and what it is part of ───────────────────────────────────────────────

_LEADS = (
    (
        _Role.WITHIN,
        r"in|on|during|throughout|within|over|at|of|as\s+of|(?:back|later|earlier)\s+in",
    ),
    (_Role.SINCE, r"(?:ever\s+)?since"),
    (_Role.AFTER, r"after|following"),
    (_Role.BEFORE, r"before|prior\s+to"),
    (_Role.UNTIL, r"until|till|up\s+to"),
)
_LEAD = re.compile(
    rf"(?<![\w-])(?:{'|'.join(f'(?P<{role}>{words})' for role, words in _LEADS)})\s+$",
    re.IGNORECASE,
)
# Words before a time that make it no time to look for: a deadline, a yardstick, a purpose.
_UNLEADS = re.compile(
    r"(?<!\w)(?:by|for|from|around|circa|than|versus|vs\.?|next|coming|every|each|most"
    r"|(?:compared|relative|according|up|down|back)\s+(?:to|with|from)"
    r"|than\s+(?:(?:it|they|he|she)\s+)?(?:did|was|were|in|on|at|during)"
    r"|(?:compared|relative)\s+(?:to|with)\s+(?:in|on|at|during))\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_RANGE_LEAD = re.compile(r"(?<!\w)(?P<word>between|from|in|during|on|of)\s+(?:the\s+)?$", re.I)
_BOTH = ("between", "in", "during", "on")
_TO = re.compile(r"\s+(?:and|to|through|until|till)\s+|\s*[–-]\s*", re.IGNORECASE)
# "due to" names a cause more often than a plan.
_AHEAD = re.compile(
    r"\b(?:will|shall|going\s+to|set\s+to|about\s+to|expected|scheduled|plans?|planned|planning"
    r"|upcoming|next|coming)\b|['’]ll\b",
    re.IGNORECASE,
)
# After a year: what it numbers or names, as in "in 2020 elections".
_NUMBERED = frozenset(
    """
    awards budget cases census ceremony championship championships conference convention cup debate
    debates deaths dollars draft edition election elections euros feet final finals game games homes
    jobs kilometers kilometres km men meters metres midterm midterms miles olympics pages
    paralympics people percent points pounds primaries primary race referendum season soldiers
    troops vote votes women
    """.split()
)
_WORD_AFTER = re.compile(r"\s+([^\W\d_][\w'’-]*)")
_WORD_BEFORE = re.compile(r"([\w’'-]+)\s+$")
_NAMED_DAYS = frozenset(
    """
    ash big black bloody bowl cyber easter election fat giving good holy maundy palm ruby sheffield
    shrove super whit
    """.split()
)
_REPEATING = frozenset("coming each every most next".split())
_PARTICIPLES = frozenset(
    """
    begun born bought broken brought built chosen done drawn fought found given held known left lost
    made met paid seen sent set shot sold struck sunk taken won written
    """.split()
)
_MAKES_VERB = frozenset(
    """
    am are be been being did do does get gets got had has have how is was were what when where which
    who whom whose why
    """.split()
)
_BEGINS_NOUN = frozenset(
    """
    a about after an at before by during for from her his in into its of on our over that the their
    these this those to under with
    """.split()
)


def _phrase(question: str, unit: TimeUnit, today: datetime.date) -> TimePhrase | None:
    """The days of publication that a unit points to; None where it points to none."""
    before = question[max(0, unit.start - _REACH) : unit.start]
    lead = _RANGE_LEAD.search(before) if unit.is_range else _LEAD.search(before)
    if unit.kind is Kind.AHEAD or not _is_time(question, unit, before, lead):
        return None
    role = _Role.WITHIN
    if lead and not unit.is_range:
        role = _Role(lead.lastgroup or _Role.WITHIN)
    days = _days(role, unit.interval, today)
    if days is None:
        return None
    start, end = unit.start - len(lead.group()) if lead else unit.start, unit.end
    if possessive := re.match(r"['’]s(?!\w)", question[end:]):  # "at this week’s summit"
        start, end = unit.start, end + possessive.end()
    is_short = unit.interval.grain in (Grain.DAY, Grain.WEEK, Grain.MONTH)
    return TimePhrase(
        start,
        end,
        *days,
        last=unit.interval.last if role is _Role.WITHIN else days[1],
        is_stated=unit.kind not in (Kind.RELATIVE, Kind.WEEKEND),
        is_now=unit.kind is Kind.RELATIVE and is_short and unit.interval.last == today,
    )


def _days(
    role: _Role, interval: Interval, today: datetime.date
) -> tuple[datetime.date | None, datetime.date | None] | None:
    """First and last day of publication; None where the time has not come."""
    first, last = interval.first, interval.last
    if first > today:
        return None
    if role is _Role.WITHIN:
        return first, min(last + datetime.timedelta(LAG_DAYS[interval.grain]), today)
    if role is _Role.SINCE:
        return first, None
    if role is _Role.BEFORE:
        return None, first - _ONE_DAY
    if last >= today:
        return None
    return (last + _ONE_DAY, None) if role is _Role.AFTER else (None, last)


def _is_time(question: str, unit: TimeUnit, before: str, lead: re.Match[str] | None) -> bool:
    """Whether a unit is a time to look for, and not a name, a number or a time to come."""
    if unit.is_range:
        return True
    if _UNLEADS.search(before):
        return False
    if unit.kind is Kind.WEEKDAY:
        return not _is_name_of_day(question, unit, before)
    if unit.kind in (Kind.RELATIVE, Kind.NEAR_MONTH, Kind.WEEKEND):
        return True
    if lead is None:  # "the January 6, 2021, attack" is a name
        return unit.kind is Kind.DATE and not before.lower().endswith("the ")
    return _may_follow(question, unit, lead) and not _describes(question, unit, lead)


def _may_lie_ahead(unit: TimeUnit) -> bool:
    """Whether a question on what is to come may mean the next such time: "on Tuesday"."""
    return not unit.has_year and not unit.is_range and unit.kind not in (Kind.RELATIVE, Kind.AHEAD)


def _may_follow(question: str, unit: TimeUnit, lead: re.Match[str]) -> bool:
    """Whether a unit can be a time behind that preposition."""
    word = lead.group().split()[-1].lower()
    written = question[unit.start : unit.end]
    if unit.kind is Kind.MONTH and not unit.has_year:
        # "may" and "march" are months only where no verb can stand.
        is_verb = written in ("may", "march") and lead.lastgroup in (_Role.AFTER, _Role.BEFORE)
        return not is_verb and word not in ("of", "at", "over", "on")
    if unit.kind is Kind.YEAR:
        is_bare = written.isdigit() and lead.group().split()[0].lower() != "as"
        return not (is_bare and word in ("of", "at", "over", "on", "to")) and not _is_numbered(
            question, unit.end
        )
    return True


def _is_numbered(question: str, end: int) -> bool:
    """Whether a number counts, or names, what follows: "2020 people", "2020 elections"."""
    for _ in range(3):
        match = _WORD_AFTER.match(question, end)
        if match is None or match[1].lower() in FUNCTION_WORDS:
            return False
        if match[1].lower() in _NUMBERED:
            return True
        end = match.end()
    return False


def _describes(question: str, unit: TimeUnit, lead: re.Match[str]) -> bool:
    """Whether the time belongs to a thing spoken of, not to what is asked: "the deal signed in".

    It does where a participle leads to it that is not the verb of the question: the question has
    one before it, and nothing makes a verb of the participle ("was signed", "who signed").
    """
    end = unit.start - len(lead.group())
    words = re.findall(r"[\w'’]+", question[max(0, end - _REACH) : end].lower())
    if lead.lastgroup != _Role.WITHIN or not words:
        return False
    *earlier, last = words
    if not (last.endswith("ed") or last in _PARTICIPLES):
        return False
    while earlier and earlier[-1] not in _BEGINS_NOUN:
        if earlier.pop() in _MAKES_VERB:
            return False
    return any(is_finite_form(word) for word in earlier)


def _is_name_of_day(question: str, unit: TimeUnit, before: str) -> bool:
    """Whether a weekday is part of a name: "Black Friday", "the Sunday Times"."""
    previous = _WORD_BEFORE.search(before)
    word = previous[1].lower() if previous else ""
    if word in _NAMED_DAYS or word in _REPEATING:
        return True
    follower = _WORD_AFTER.match(question, unit.end)
    is_capital = follower is not None and follower[1][0].isupper() and not follower[1].isupper()
    return is_capital and word not in ("on", "since", "after", "before")


def _joined(question: str, units: Sequence[TimeUnit]) -> list[TimeUnit]:
    """`units` with "between May and July 2022", and "Tuesday, January 3", made one."""
    joined: list[TimeUnit] = []
    for unit in units:
        if joined and (pair := _range(question, joined[-1], unit)):
            joined[-1] = pair
        elif joined and _names_weekday_of(question, joined[-1], unit):
            joined[-1] = replace(unit, start=joined[-1].start)
        else:
            joined.append(unit)
    return joined


def _names_weekday_of(question: str, weekday: TimeUnit, unit: TimeUnit) -> bool:
    return (
        weekday.kind is Kind.WEEKDAY
        and unit.kind in (Kind.DATE, Kind.DAY)
        and re.fullmatch(r",?\s+", question[weekday.end : unit.start]) is not None
    )


def _range(question: str, left: TimeUnit, right: TimeUnit) -> TimeUnit | None:
    """The range from one unit to another, where the words say so."""
    lead = _RANGE_LEAD.search(question[max(0, left.start - _REACH) : left.start])
    between = question[left.end : right.start]
    if lead is None or not _TO.fullmatch(between) or left.is_range:
        return None
    if Kind.AHEAD in (left.kind, right.kind):
        return None
    if "and" in between.lower() and lead["word"].lower() not in _BOTH:
        return None
    first, last = _first_before(left, right.interval), right.interval.last
    if first is None or first > last:
        return None
    grain = min(left.interval.grain, right.interval.grain, key=list(Grain).index)
    return replace(right, start=left.start, interval=Interval(first, last, grain), is_range=True)


def _first_before(unit: TimeUnit, end: Interval) -> datetime.date | None:
    """The first day of a unit; without a year, on its last occasion before `end`."""
    first = unit.interval.first
    if unit.kind is Kind.WEEKDAY:
        return end.first - datetime.timedelta((end.first.weekday() - first.weekday()) % 7)
    if unit.has_year or unit.month is None:
        return first
    years = (end.first.year, end.first.year - 1)
    days = [intervals.day_of(year, unit.month, first.day) for year in years]
    return next((each.first for each in days if each and each.first <= end.first), None)
