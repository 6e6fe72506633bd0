"""The days of publication that a time named by an event points to: "a week after the strike"."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from index.protocols import StoreView
from qa import intervals
from qa.event_phrases import EventPhrase, Side, find_event_phrase
from qa.event_search import EventDays, find_event_days
from qa.intervals import Grain, Interval
from qa.periods import LAG_DAYS, TimePhrase
from qa.types import PreferredEvent


@dataclass(frozen=True, slots=True)
class EventTime:
    """A time that a question names by an event whose days the collection knows.

    Attributes
    ----------
    event : PreferredEvent
        The words of the question, and when the event was.
    phrase : TimePhrase
        The days of publication it points to.
    is_core : bool
        Whether an article of those days need not tell the event itself to answer. One that was
        published before it tells only of what was before; one of the years after tells of all
        kinds of things.
    replaced : TimePhrase or None
        Another phrase of time that only says when the event was: "the vote | in May".
    """

    event: PreferredEvent
    phrase: TimePhrase
    is_core: bool
    replaced: TimePhrase | None = None


def find_event_time(
    question: str,
    times: Sequence[TimePhrase],
    view: StoreView,
    today: datetime.date,
    as_of: datetime.date | None = None,
) -> EventTime | None:
    """The time that a question names by an event; None where it names none, or no day is clear.

    Parameters
    ----------
    question : str
    times : sequence of TimePhrase
        The other times in it.
    view : StoreView
        Where the day of the event is looked up; not asked where no event is named.
    today : datetime.date
        The event lies not after it.
    as_of : datetime.date, optional
        Articles published after that day tell nothing.
    """
    phrase = find_event_phrase(question, tuple((each.start, each.end) for each in times))
    if phrase is None or any(_overlap(phrase, each) for each in times):
        return None
    own = next((each for each in times if _is_of(phrase, each, question)), None)
    within = None if own is None else (own.since, own.last)
    try:
        event = find_event_days(phrase, view, today, as_of, within)
        days = None if event is None else _days(phrase, event, today)
    except (OverflowError, ValueError):  # today is at an end of the calendar
        return None
    if event is None or days is None:
        return None
    since, until = days
    words = " ".join(question[phrase.start : phrase.end].split())
    return EventTime(
        PreferredEvent(words[:1].lower() + words[1:], event.first, event.last),
        TimePhrase(phrase.start, phrase.end, since, until, until, is_stated=True),
        is_core=until is not None,
        replaced=own,
    )


def _is_of(phrase: EventPhrase, time: TimePhrase, question: str) -> bool:
    """Whether a time behind the event may be its own: "the vote in May", not "… after May"."""
    is_behind = time.start >= phrase.end and not question[phrase.end : time.start].strip()
    return is_behind and time.since is not None and time.last is not None


def _overlap(phrase: EventPhrase, time: TimePhrase) -> bool:
    return phrase.start < time.end and time.start < phrase.end


def _days(
    phrase: EventPhrase, event: EventDays, today: datetime.date
) -> tuple[datetime.date | None, datetime.date | None] | None:
    """First and last day of publication.

    The event's own day counts on either side: its reports tell what led to it and what came of it.
    """
    if not phrase.n:
        is_before = phrase.side is Side.BEFORE
        return (None, event.last) if is_before else (event.first, None)
    told = _stretch(phrase, event)
    if told is None or told.first > today:
        return None
    return told.first, min(told.last + datetime.timedelta(LAG_DAYS[told.grain]), today)


def _stretch(phrase: EventPhrase, event: EventDays) -> Interval | None:
    """The days spoken of, so many units from the event or up to there."""
    is_before = phrase.side is Side.BEFORE
    # Units are counted back from a day: those after it are as many the other way.
    start, n = (event.first, phrase.n) if is_before else (event.last, -phrase.n)
    if not phrase.is_stretch:
        return intervals.unit_ago(start, n, phrase.unit)
    end = intervals.back(start, n, phrase.unit)
    if end is None:
        return None
    return Interval(min(end, event.first), max(end, event.last), Grain.DAY)
