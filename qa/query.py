"""A question, its history and its filters → one stand-alone Query."""

from __future__ import annotations

import calendar
import datetime
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from index.filters import Filter, source_key
from qa.errors import QuestionError
from qa.followup import stand_alone
from qa.types import Query

MAX_QUESTION_CHARS = 10_000

_FORM = re.compile(
    r"""(?:(?<=\s)|^)(?:
        (?P<name>source|after|before):(?:"(?P<quoted>[^"]*)"|(?P<bare>\S*))
        | -(?P<without>[^\W\d_][\w'’-]*)
    )(?=[\s?!.,]|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?")

Day = datetime.date | str


def make_query(
    question: str,
    history: Iterable[Sequence[str]] = (),
    *,
    since: Day | None = None,
    until: Day | None = None,
    sources: str | Iterable[str] | None = None,
    as_of: Day | None = None,
) -> Query:
    """The query that `question` stands for.

    Only the parameters and the written forms ``source:NAME``, ``after:DATE``, ``before:DATE``,
    ``"exact words"`` and ``-word`` leave anything out; they add up.

    Parameters
    ----------
    question : str
    history : iterable of (question, answer text) pairs, oldest first
    since, until, as_of : datetime.date or ISO string, optional
        See `index.filters.Filter`.
    sources : str or iterable of str, optional
        Outlets, compared as `index.filters.source_key` writes them.

    Raises
    ------
    QuestionError
        The question is empty or longer than `MAX_QUESTION_CHARS`.
    ValueError
        A date is none, or `since` lies after `until`.
    """
    text = clean_question(question)
    text, forms = _take_forms(text)
    phrases = tuple(phrase.strip() for phrase in _QUOTED.findall(text) if phrase.strip())
    text = " ".join(_QUOTED.sub(r"\1", text).split())
    if not _says_something(text):
        raise QuestionError(
            f"the question holds nothing to search for but filters ({question.strip()[:80]!r}); "
            "add what you want to know"
        )
    first = _latest(parse_day(since, "since"), forms.since)
    last = _earliest(parse_day(until, "until"), forms.until)
    _check_order(first, last)
    named = _names(sources)
    return Query(
        original=question,
        text=stand_alone(text, [_pair(turn) for turn in history]),
        where=Filter(
            since=first,
            until=last,
            as_of=parse_day(as_of, "as_of"),
            sources=_common_keys(named, forms.sources),
            phrases=phrases,
            without=forms.without,
        ),
        sources=(*named, *forms.sources),
    )


def make_filter(
    *,
    since: Day | None = None,
    until: Day | None = None,
    sources: str | Iterable[str] | None = None,
    as_of: Day | None = None,
) -> Filter:
    """The conditions that the parameters alone state.

    Raises
    ------
    ValueError
        A date is none, or `since` lies after `until`.
    """
    first, last = parse_day(since, "since"), parse_day(until, "until")
    _check_order(first, last)
    return Filter(first, last, parse_day(as_of, "as_of"), _common_keys(_names(sources)))


def _check_order(first: datetime.date | None, last: datetime.date | None) -> None:
    if first and last and first > last:
        raise ValueError(f"since ({first}) lies after until ({last}); swap them")


def _pair(turn: Sequence[str]) -> tuple[str, str]:
    if isinstance(turn, tuple | list) and len(turn) == 2 and all(isinstance(t, str) for t in turn):
        return turn[0], turn[1]
    raise TypeError(f"history must hold (question, answer text) pairs, got {turn!r}")


def clean_question(question: str) -> str:
    """The question on one line, without control characters.

    Raises
    ------
    QuestionError
        See `make_query`.
    """
    if not isinstance(question, str):
        raise TypeError(f"the question must be a string, got {type(question).__name__}")
    if len(question) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {MAX_QUESTION_CHARS:,} are "
            "read; shorten it"
        )
    # Category C: control and format characters, lone surrogates, unassigned.
    visible = (
        " " if unicodedata.category(character)[0] == "C" and character != "\u200d" else character
        for character in question
    )
    text = " ".join("".join(visible).split())
    if not _says_something(text):
        raise QuestionError("the question is empty; type what you want to know")
    return text


def _says_something(text: str) -> bool:
    """Whether there is a letter, a number or a symbol in it, and not only punctuation."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def parse_day(day: Day | None, name: str) -> datetime.date | None:
    """A date given as such or as an ISO string; raises ValueError naming `name`."""
    if day is None or isinstance(day, datetime.date):
        return day.date() if isinstance(day, datetime.datetime) else day
    if not isinstance(day, str):
        raise TypeError(f"{name} must be a date or an ISO string, got {type(day).__name__}")
    try:
        return datetime.date.fromisoformat(day.strip())
    except ValueError as error:
        raise ValueError(
            f"{name} is {day!r}, which is no date; write it as YYYY-MM-DD, like 2023-01-30"
        ) from error


class _Forms:
    """The written filters of a question."""

    def __init__(self) -> None:
        self.since: datetime.date | None = None
        self.until: datetime.date | None = None
        self.sources: tuple[str, ...] = ()
        self.without: tuple[str, ...] = ()

    def take(self, match: re.Match[str]) -> str:
        if match["without"]:
            self.without += (match["without"],)
            return " "
        name = match["name"].lower()
        value = (match["quoted"] or match["bare"] or "").strip("?!,")
        if not value:
            return match.group()
        if name == "source":
            self.sources += (value,)
        elif name == "after":
            # The words as they are meant: not on that day, month or year, but after it.
            self.since = _latest(self.since, _shifted(_period(value, name)[1], 1))
        else:
            self.until = _earliest(self.until, _shifted(_period(value, name)[0], -1))
        return " "


def _take_forms(text: str) -> tuple[str, _Forms]:
    forms = _Forms()
    return _FORM.sub(forms.take, text), forms


_FILTERS = {"source": "sources", "after": "since", "before": "until"}


def without_filters(question: str, kinds: Collection[str]) -> str:
    """`question` without what is written in it to leave something out.

    Parameters
    ----------
    question : str
    kinds : collection of str
        "sources" (``source:``), "since" (``after:``), "until" (``before:``) and "without"
        (``-word``) take those forms out; "exact" takes the quotation marks and leaves the words.

    Examples
    --------
    >>> without_filters('What did source:CNN say of "the deal" -war', {"sources", "exact"})
    'What did say of the deal -war'
    """
    pieces: list[str] = []
    end = 0
    for match in _FORM.finditer(question):
        kind = "without" if match["without"] else _FILTERS[match["name"].lower()]
        # The quotation marks of an outlet are none of exact words.
        pieces += [question[end : match.start()], "" if kind in kinds else match.group()]
        end = match.end()
    pieces.append(question[end:])
    if "exact" in kinds:
        pieces[::2] = [_QUOTED.sub(r"\1", piece) for piece in pieces[::2]]
    return " ".join("".join(pieces).split())


def _period(value: str, name: str) -> tuple[datetime.date, datetime.date]:
    """First and last day of a written day, month (2023-01) or year (2023)."""
    partial = _PARTIAL_DATE.fullmatch(value)
    if partial is None:
        day = parse_day(value, name)
        assert day is not None
        return day, day
    year, month = int(partial[1]), int(partial[2] or 0)
    try:
        first = datetime.date(year, month or 1, 1)
        last_month = month or 12
        last = datetime.date(year, last_month, calendar.monthrange(year, last_month)[1])
    except ValueError as error:
        raise ValueError(f"{name} is {value!r}, which is no date; write YYYY-MM-DD") from error
    return first, last


def _shifted(day: datetime.date, days: int) -> datetime.date:
    """The day so many days later, within the calendar."""
    try:
        return day + datetime.timedelta(days)
    except OverflowError:
        return day


def _names(sources: str | Iterable[str] | None) -> tuple[str, ...]:
    if sources is None:
        return ()
    named = (sources,) if isinstance(sources, str) else tuple(sources)
    for name in named:
        if not isinstance(name, str):
            raise TypeError(f"sources must be names of outlets, got {name!r} among them")
    return tuple(name for name in named if name.strip())


def _common_keys(*groups: Sequence[str]) -> frozenset[str] | None:
    """The outlets that every group which names any allows; None where none does."""
    keys = [frozenset(source_key(name) for name in group) for group in groups if group]
    return frozenset.intersection(*keys) if keys else None


def _latest(*days: datetime.date | None) -> datetime.date | None:
    return max((day for day in days if day is not None), default=None)


def _earliest(*days: datetime.date | None) -> datetime.date | None:
    return min((day for day in days if day is not None), default=None)
