"""The day of an event that a question names, found in the collection itself.

One search by words finds passages on the event; sentences in which it is told with a day vote for
that day, a story once. A day is only given where they agree: of "the strike" in an archive that
tells of several there is none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple, Self

from index.filters import Filter
from index.protocols import StoreView
from index.types import Article, Passage
from qa.event_days import NamedDays, days_named
from qa.event_phrases import EventPhrase
from qa.question import Term, profile_question
from qa.recency import is_finite_form
from qa.related_words import related_keys
from qa.signals import key_matches
from qa.time_units import Kind, TimeUnit, find_units
from qa.words import WORD, stem, word_keys

# How many passages are read: the best by BM25.
_READ = 50
# A passage is about the event with so much of its name, and a sentence tells it with so much,
# together with the headline.
_ABOUT, _TOLD, _NAME = 0.7, 0.6, 0.7
# Nearby days are one: clocks differ, and nights belong to two.
_NEAR = datetime.timedelta(1)
_LONGEST = datetime.timedelta(2)
# The share of the votes that the day must have.
_AGREED = 0.7
# With fewer votes, so many of the stories about it must be reports of it.
_ENOUGH, _REPORTS = 2.0, 0.5
# A report of the event itself is published within these days of it.
_FRESH = datetime.timedelta(3)
# How far from the event's name its day may be named, in characters.
_ATTACHED, _IN_REACH = 45, 90
# "Friday's deadly train crash"
_ATTRIBUTES = 2
# The event is only spoken of: "since the strike", "an inquiry into the strike".
_GOVERNED = re.compile(
    r"\b(?:about|after|ahead\s+of|amid|at|before|between|by|during|following|for|from|in|into|of"
    r"|on|over|since|through|to|towards?|until|with)\s+(?:\w+['’]s\s+)?"
    r"(?:(?:an?|the|this|that|its|his|her|their)\s+)?(?:[\w’'-]+\s+){0,3}$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,;:—–\"“”()]")
_HARD_BREAK = re.compile(r"[;:—\"“”]")


@dataclass(frozen=True, slots=True)
class EventDays:
    """First and last day of an event as the articles tell it: one, or up to three in a row."""

    first: datetime.date
    last: datetime.date


class _Told(NamedTuple):
    """That an article tells of the event, and the day it gives it, if any."""

    article: Article
    day: datetime.date | None

    @property
    def is_fresh(self) -> bool:
        """Whether it is a report of the event itself."""
        published = self.article.published
        return bool(self.day and published and self.day <= published <= self.day + _FRESH)


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: the words of an event's name, and what a sentence may call it."""

    terms: tuple[Term, ...]
    keys: frozenset[str]

    @classmethod
    def of(cls, phrase: EventPhrase, units: Sequence[TimeUnit]) -> Self:
        """Without the time in the name, which its day must fit, and articles need not state."""
        name = phrase.event
        for unit in units:
            name = name[: unit.start] + " " * (unit.end - unit.start) + name[unit.end :]
        terms = profile_question(name).terms
        key = stem(phrase.noun)
        # Where a name tells the event apart, it may also be called by a kindred word.
        is_named = any(term.is_name for term in terms)
        return cls(terms, frozenset([key]) | (related_keys(key) if is_named else frozenset()))

    def told_in(self, passage: Passage, article: Article) -> Iterator[_Told]:
        """The sentences of a passage that tell the event, if it is about that event at all."""
        sentences = [article.text[start:end] for start, end in passage.sentences]
        keys = [word_keys(sentence) for sentence in sentences]
        naming = [i for i, some in enumerate(keys) if not self.keys.isdisjoint(some)]
        title = word_keys(article.title or "")
        if not naming or self._share(title.union(*keys)) < _ABOUT:
            return
        for i in naming:
            days = None
            if self._share(title | keys[i]) >= _TOLD:
                days = next(_days_of(sentences[i], self.keys, article.published), None)
            yield _Told(article, days.days.first if days else None)
            if days:  # a story has one vote
                return

    def _share(self, keys: Set[str]) -> float:
        """How much of the name, by weight, stands among the words; 0 where a name in it lacks."""
        matches = key_matches(self.terms, keys)
        if any(t.is_name and match < _NAME for t, match in zip(self.terms, matches, strict=True)):
            return 0.0
        weights = [term.weight for term in self.terms]
        found = sum(w * match for w, match in zip(weights, matches, strict=True))
        return float(found) / (sum(weights) or 1.0)


def find_event_days(
    phrase: EventPhrase,
    view: StoreView,
    today: datetime.date,
    as_of: datetime.date | None = None,
    within: tuple[datetime.date | None, datetime.date | None] | None = None,
) -> EventDays | None:
    """When an event was, where the articles are clear about it; else None.

    Parameters
    ----------
    phrase : EventPhrase
    view : StoreView
    today : datetime.date
        The event lies not after it.
    as_of : datetime.date or None
        Articles published after that day tell nothing.
    within : pair of datetime.date or None, optional
        First and last day that the question gives the event; others are of another one.
    """
    first, last = within or (None, None)
    first, last = first or datetime.date.min, min(last or today, today)
    units = find_units(phrase.event, today)
    sought = _Sought.of(phrase, units)
    rows = view.search_lexical(phrase.event, _READ, Filter(as_of=as_of)).rows
    found = view.passages(rows)
    told = [
        each
        for row in sorted(found)
        for each in sought.told_in(*found[row])
        if each.day is None or (first <= each.day <= last and _fits(each.day, units))
    ]
    stories = view.stories({each.article.id for each in told})
    return _agreed(_by_story(told, stories))


def _fits(day: datetime.date, units: Sequence[TimeUnit]) -> bool:
    """Whether an event of that day can be called so: "the January 6 attack", "the 2020 vote"."""
    for unit in units:
        first, last, _ = unit.interval
        if unit.has_year and not first <= day <= last:
            return False
        if unit.kind is Kind.DAY and (day.month, day.day) != (first.month, first.day):
            return False
    return True


def _by_story(told: Sequence[_Told], stories: dict[str, int]) -> list[_Told]:
    """Of each story what it tells first; a sentence with a day before one without."""
    first: dict[int, _Told] = {}
    for each in told:
        story = stories[each.article.id]
        if story not in first or (first[story].day is None and each.day is not None):
            first[story] = each
    return list(first.values())


def _days_of(
    sentence: str, keys: frozenset[str], published: datetime.date | None
) -> Iterator[NamedDays]:
    """The days that a sentence gives to what is named by one of the keys, the nearest first."""
    named = [
        each
        for each in days_named(sentence, published)
        if not each.is_of_saying and each.days.last - each.days.first <= _LONGEST
    ]
    if not named:
        return
    for match in WORD.finditer(sentence):
        if stem(match.group()) not in keys:
            continue
        near = [each for each in named if _is_its(sentence, match.span(), each)]
        if near:
            yield min(near, key=lambda each: _distance(match.span(), each))


def _distance(place: tuple[int, int], days: NamedDays) -> int:
    return max(days.start - place[1], place[0] - days.end, 0)


def _is_its(sentence: str, place: tuple[int, int], days: NamedDays) -> bool:
    """Whether days named in a sentence are those of the event named at a place of it."""
    is_behind = days.start >= place[1]
    between = sentence[place[1] : days.start] if is_behind else sentence[days.end : place[0]]
    if not _GOVERNED.search(sentence[: place[0]]):
        return len(between) <= _IN_REACH and not _HARD_BREAK.search(between)
    # "killed in the attack on Friday", "in Friday's attack"; not "on Friday after the attack"
    if len(between) > _ATTACHED or _BREAK.search(between):
        return False
    if is_behind:
        words = [match.group() for match in WORD.finditer(between)]
        return not any(word.islower() and is_finite_form(word) for word in words)
    return len(between.split()) <= _ATTRIBUTES and not _GOVERNED.search(between)


def _agreed(told: Sequence[_Told]) -> EventDays | None:
    """The day that nearly all votes are for; None where they are for several, or too few.

    A report of the event itself counts in full, one that looks back for half: of what is told
    years later there is often another of that name.
    """
    votes = [(each.day, 1.0 if each.is_fresh else 0.5) for each in told if each.day]
    if not votes:
        return None
    weights: dict[datetime.date, float] = {}
    for day, weight in votes:
        weights[day] = weights.get(day, 0.0) + weight
    best = max(weights, key=lambda each: (weights[each], -each.toordinal()))
    near = [day for day in weights if abs(day - best) <= _NEAR]
    weight = sum(weights[day] for day in near)
    if weight < _AGREED * sum(weights.values()):
        return None
    published = [each.article.published for each in told if each.article.published]
    reports = sum(best <= day <= best + _FRESH for day in published)
    if weight < _ENOUGH and reports < _REPORTS * len(told):
        return None
    return EventDays(min(near), max(near))
