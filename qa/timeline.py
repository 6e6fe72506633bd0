"""What the articles tell of a subject, day by day: verbatim sentences in the order of time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from index.copies import words_of
from index.filters import source_key
from index.types import Hit
from qa.cite import checked, without_markers
from qa.copies import Copies
from qa.event_days import ToldDays, days_told
from qa.outlets import CALENDAR_WORDS
from qa.quantities import find_quantities
from qa.question import profile_question
from qa.topics import SentenceAbout, sentences_about
from qa.types import Citation, passage_dict
from qa.words import rarity, split_words

DatedBy = Literal["sentence", "published"]

NOT_FOUND = "Not in this collection."
# How many passages are read for a timeline, and how many sentences of one article are told.
N_READ = 100
_PER_ARTICLE = 3
# A sentence that names no day of its own is told when it holds so much of the subject itself.
_OWN_COVER = 0.5
# What naming its own day is worth beside the share of the subject that a sentence holds.
_DAY_BONUS = 0.5
# Two sentences on one day tell the same event when, besides the subject, they share so many telling
# words, and with the subject's so much of the weight of the shorter one's.
_SHARED_WORDS = 2
_SHARED_WEIGHT = 0.45
# A near-copy's sentence is the same with so many of its words, and the same figures.
_SAME_WORDS = 0.8


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event, as one sentence of each article tells it.

    Attributes
    ----------
    date, date_last : datetime.date or None
        First and last day; the same for a single day, None in `Timeline.undated`.
    is_ahead : bool
        Whether it was still to come when the article was published.
    citations : tuple of Citation
        The sentences, those published first first; of different articles.
    dated_by : tuple of {"sentence", "published"}
        For each of them, whether it names the day itself or the day is that of its publication.
    """

    date: datetime.date | None
    date_last: datetime.date | None
    is_ahead: bool
    citations: tuple[Citation, ...]
    dated_by: tuple[DatedBy, ...]

    @property
    def when(self) -> str:
        """The day, month, year or stretch, as one writes it: "2024-03", "1954"."""
        return _written(self.date, self.date_last)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "date": self.date.isoformat() if self.date else None,
            "date_last": self.date_last.isoformat() if self.date_last else None,
            "when": self.when,
            "is_ahead": self.is_ahead,
            "citations": [
                {**citation.to_dict(), "dated_by": by}
                for citation, by in zip(self.citations, self.dated_by, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the articles tell of a subject, in the order of time.

    Attributes
    ----------
    subject : str
        As it was given.
    text : str
        A line for each sentence, with its day and its marker; why there is none when declined.
    declined : bool
        Whether the articles tell nothing of it.
    entries : tuple of TimelineEntry
        Oldest first.
    undated : tuple of TimelineEntry
        Sentences that name no day, of articles without a date.
    nearest : tuple of Hit
        When declined: the passages found, which are not about the subject.
    understood : mapping
        As in `qa.types.Answer`.
    timings_ms : mapping of str to float
    """

    subject: str
    text: str
    declined: bool
    entries: tuple[TimelineEntry, ...] = ()
    undated: tuple[TimelineEntry, ...] = ()
    nearest: tuple[Hit, ...] = ()
    understood: Mapping[str, Any] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All of them, in the order of their markers."""
        return tuple(one for each in (*self.entries, *self.undated) for one in each.citations)

    def to_dict(self) -> dict[str, Any]:
        """Exactly what ``qa timeline --json`` prints."""
        return {
            "subject": self.subject,
            "answer": self.text,
            "declined": self.declined,
            "entries": [each.to_dict() for each in self.entries],
            "undated": [each.to_dict() for each in self.undated],
            "nearest": [passage_dict(hit) for hit in self.nearest],
            "understood": dict(self.understood),
            "timings_ms": dict(self.timings_ms),
        }


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence with its days; `days` is None where neither it nor its article has any."""

    about: SentenceAbout
    days: ToldDays | None
    dated_by: DatedBy
    words: frozenset[str]

    @property
    def score(self) -> float:
        return self.about.cover + _DAY_BONUS * (self.dated_by == "sentence")

    @property
    def article_id(self) -> str:
        return self.about.hit.article.id


def make_timeline(
    subject: str,
    hits: Sequence[Hit],
    copies: Copies,
    k: int,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> Timeline:
    """The dated sentences of the hits that are about a subject.

    Parameters
    ----------
    subject : str
    hits : sequence of Hit
        Best first.
    copies : Copies
        The near-copies of their articles.
    k : int
        The most sentences to tell; those that tell most of the subject are chosen.
    since, until : datetime.date, optional
        First and last day to tell of, both included.
    """
    told = [_dated(each) for each in sentences_about(subject, hits).sentences]
    told = [each for each in told if each.about.cover >= _OWN_COVER or each.dated_by == "sentence"]
    told = [each for each in told if _is_within(each.days, since, until)]
    chosen = _chosen(_first_printed(told), copies, k)
    events = _events(chosen, subject)
    entries, undated = _numbered(events, copies)
    if not entries and not undated:
        return Timeline(subject, NOT_FOUND, declined=True)
    text = "\n".join(line for each in (*entries, *undated) for line in _lines(each))
    return Timeline(subject, text, declined=False, entries=entries, undated=undated)


def _dated(about: SentenceAbout) -> _Told:
    published = about.hit.article.published
    words = frozenset(words_of(about.text))
    days = days_told(about.text, published)
    if days is not None:
        return _Told(about, days, "sentence", words)
    return _Told(about, ToldDays(published, published) if published else None, "published", words)


def _is_within(
    days: ToldDays | None, since: datetime.date | None, until: datetime.date | None
) -> bool:
    if days is None:
        return not (since or until)
    return not (since and days.last < since) and not (until and days.first > until)


def _chosen(told: Sequence[_Told], copies: Copies, k: int) -> list[_Told]:
    """The best, a few of each article, each sentence of a near-copy once."""
    chosen: list[_Told] = []
    taken: dict[str, int] = {}
    ranked = sorted(enumerate(told), key=lambda pair: (-pair[1].score, pair[0]))
    for _, each in ranked:
        if len(chosen) == k:
            break
        if taken.get(each.article_id, 0) == _PER_ARTICLE or _is_repeated(each, chosen, copies):
            continue
        taken[each.article_id] = taken.get(each.article_id, 0) + 1
        chosen.append(each)
    return chosen


def _first_printed(told: Sequence[_Told]) -> list[_Told]:
    """Of sentences that one outlet prints again and again, the first; the order stays."""
    repeated: set[int] = set()
    kept: list[_Told] = []
    for place in sorted(range(len(told)), key=lambda place: _published_order(told[place])):
        each = told[place]
        if any(_same_outlet(each, other) and _same_sentence(each, other) for other in kept):
            repeated.add(place)
        else:
            kept.append(each)
    return [each for place, each in enumerate(told) if place not in repeated]


def _published_order(told: _Told) -> tuple[datetime.date, str, int]:
    article = told.about.hit.article
    return article.published or datetime.date.max, article.id, told.about.start


def _same_outlet(one: _Told, other: _Told) -> bool:
    articles = one.about.hit.article, other.about.hit.article
    if articles[0].id == articles[1].id:
        return True
    keys = [source_key(each.source) if each.source else None for each in articles]
    return keys[0] is not None and keys[0] == keys[1]


def _is_repeated(told: _Told, chosen: Sequence[_Told], copies: Copies) -> bool:
    """Whether a near-copy's sentence was chosen that says the same."""
    for each in chosen:
        if told.article_id != each.article_id and _same_sentence(told, each):
            about = each.about
            copies.load(about.hit.article)
            if told.article_id in copies.also_in(about.hit.article, about.start, about.end).ids:
                return True
    return False


def _same_sentence(one: _Told, other: _Told) -> bool:
    """Whether two sentences share most of their words, and all figures."""
    shared = len(one.words & other.words)
    if shared < _SAME_WORDS * len(one.words | other.words):
        return False
    return _figures(one.about.text) == _figures(other.about.text)


def _figures(text: str) -> set[tuple[float, float]]:
    return {(each.low, each.high) for each in find_quantities(text)}


def _events(told: Sequence[_Told], subject: str) -> list[list[_Told]]:
    """Sentences that tell one event together, in the order of time."""
    subject_keys = profile_question(subject).keys
    events: list[list[_Told]] = []
    for each in sorted(told, key=_time_order):
        same = next((event for event in events if _belongs(each, event, subject_keys)), None)
        if same is None:
            events.append([each])
        else:
            same.append(each)
    return events


def _time_order(told: _Told) -> tuple[datetime.date, datetime.date, datetime.date, str, int]:
    last = datetime.date.max
    days = told.days or ToldDays(last, last)
    published = told.about.hit.article.published or last
    return days.first, days.last, published, told.article_id, told.about.start


def _belongs(told: _Told, event: Sequence[_Told], subject_keys: frozenset[str]) -> bool:
    """Whether a sentence of another article tells the event: its day, and words of its own."""
    if told.days is None or any(each.article_id == told.article_id for each in event):
        return False
    first = event[0]
    if first.days is None or first.days[:2] != told.days[:2]:
        return False
    return any(_tell_the_same(told, each, subject_keys) for each in event)


def _tell_the_same(one: _Told, other: _Told, subject_keys: frozenset[str]) -> bool:
    weights, others = _telling(one), _telling(other)
    shared = weights.keys() & others.keys()
    least = min(sum(weights.values()), sum(others.values()))
    return (
        len(shared - subject_keys) >= _SHARED_WORDS
        and sum(weights[key] for key in shared) >= _SHARED_WEIGHT * least
    )


def _telling(told: _Told) -> dict[str, float]:
    """The telling words of a sentence with their weights; the day is known to be the same."""
    return {
        word.key: rarity(word.key)
        for word in split_words(told.about.text)
        if not word.is_function and word.text.lower() not in CALENDAR_WORDS
    }


def _numbered(
    events: Sequence[Sequence[_Told]], copies: Copies
) -> tuple[tuple[TimelineEntry, ...], tuple[TimelineEntry, ...]]:
    """The events with checked citations, numbered on; those with a day, and those without."""
    entries: list[TimelineEntry] = []
    number = 0
    for event in events:
        citations: list[Citation] = []
        dated_by: list[DatedBy] = []
        for told in event:
            about = told.about
            copies.load(about.hit.article)
            found, _ = checked([(about.hit.article, about.start, about.end)], copies)
            for citation in found:  # none where the article is damaged
                number += 1
                citations.append(replace(citation, marker=number))
                dated_by.append(told.dated_by)
        if citations:
            days = event[0].days
            entries.append(
                TimelineEntry(
                    days.first if days else None,
                    days.last if days else None,
                    any(each.days.is_ahead for each in event if each.days),
                    tuple(citations),
                    tuple(dated_by),
                )
            )
    with_day = tuple(each for each in entries if each.date is not None)
    return with_day, tuple(each for each in entries if each.date is None)


def _lines(entry: TimelineEntry) -> Iterator[str]:
    for citation in entry.citations:
        quote = " ".join(without_markers(citation.quote).split())
        yield f"{entry.when}: {quote} [{citation.marker}]"


def _written(first: datetime.date | None, last: datetime.date | None) -> str:
    if first is None or last is None:
        return "undated"
    if first == last:
        return first.isoformat()
    day_after = last + datetime.timedelta(1) if last < datetime.date.max else last
    if first.day == 1 and day_after.day == 1:
        if (first.month, day_after.month) == (1, 1):
            years = (first.year, last.year)
            return str(years[0]) if years[0] == years[1] else f"{years[0]} to {years[1]}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first:%Y-%m}"
        return f"{first:%Y-%m} to {last:%Y-%m}"
    return f"{first.isoformat()} to {last.isoformat()}"
