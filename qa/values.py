"""What a bare answer says, as a value that can be compared with another report's.

Only what the words state is compared. "Friday" names another day in each report, and a sum in
dollars is no other sum in euros: of two such values nothing is said.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from qa.quantities import Quantity, bound_before, find_quantities, is_hedged, same_quantity
from qa.question import AnswerKind, QuestionProfile, profile_question
from qa.time_units import Kind, TimeUnit, find_units
from qa.words import FUNCTION_WORDS, split_words

_TITLES = frozenset(
    """
    general gen major maj lieutenant lt colonel col captain capt commander cmdr admiral adm
    brigadier brig sergeant sgt chief deputy president vice prime minister premier chancellor
    secretary senator sen representative rep governor gov mayor king queen prince princess pope
    sheikh imam ayatollah judge justice doctor dr professor prof mr mrs ms miss sir lord lady dame
    reverend rev ambassador director chairman chairwoman ceo coach spokesman spokeswoman jr sr
    """.split()
)
# "Bill de Blasio", "Mohammed bin Salman": small words inside a name.
_NAME_PARTICLES = frozenset("de da di du del della von van der den ter bin ibn al el la le".split())
_MAX_NAME_WORDS = 6
# Two spellings of a name ("Suleimani", "Soleimani") are at least so alike; other names are less.
_SPELLING_RATIO = 0.75
# One thing is seldom reported with figures so many times apart: a toll may rise from 4 to 200, but
# "$54.20" and "$44 billion" are a share and a company, and $2.6 billion is what a part of it cost.
_MOST_APART = 100.0
_SUMS_APART = 10.0
# Days without a year are laid into one year to be compared.
_ANY_YEAR = 2000
_ANCHOR = datetime.date(_ANY_YEAR, 12, 31)
_STATED_TIMES = frozenset({Kind.DATE, Kind.DAY, Kind.MONTH, Kind.YEAR, Kind.SEASON, Kind.DECADE})
_OF_A_YEAR = frozenset({Kind.DATE, Kind.DAY, Kind.MONTH})
_HOW_MANY = re.compile(r"\bhow many\s+((?:[^\W\d_][\w’'-]*\s+){1,4})", re.IGNORECASE)
# Whoever is counted may be called anything: "people" in the question, "hikers" in the report.
_PERSONS = frozenset("people person persons men women children victims individuals".split())

# Answers that count or measure without a figure: right in kind, though nothing to compare.
_COUNTING_WORD = re.compile(
    r"\b(?:no|none|nobody|no one|one|once|twice|thrice|single|both|pair|couple|several|few|many"
    r"|most|all|half|third|quarter|dozens|scores|hundreds|thousands|millions|billions|majority"
    r"|minority|nothing|every|each)\b",
    re.IGNORECASE,
)
_MEASURING_WORD = re.compile(
    r"\b(?:hourly|daily|nightly|weekly|monthly|yearly|annually|since|until|centur(?:y|ies)|overnight"
    r"|(?:minute|hour|day|night|week|month|year|decade)s?|life|indefinitely)\b",
    re.IGNORECASE,
)
# "How many voters?" may be answered by their share.
_OF_COUNTS = frozenset(("", "percent"))
# "Pounds" are read as a weight where no sign tells.
_OF_SUMS = frozenset(("", "mass", "percent"))
_HOW = re.compile(r"\b(?:how|what|which)\b", re.IGNORECASE)
# "US$" may stand in front of a figure.
_SIGN_LENGTH = 4
_VAGUE_SUM = re.compile(
    r"\b(?:half|nothing|hundreds|thousands|millions|billions|trillions)\b", re.IGNORECASE
)
_TIME_WORD = re.compile(
    r"\d|\b(?:dawn|dusk|noon|midday|midnight|morning|afternoon|evening|night|overnight|tomorrow"
    r"|now|tonight|immediately|soon|centur(?:y|ies)|(?:minute|hour|day|week|month|year|decade)s?"
    r"|christmas|easter|ramadan|thanksgiving|halloween|eid|hanukkah|passover|diwali|spring|summer"
    r"|autumn|fall|winter|weekend)\b",
    re.IGNORECASE,
)


class ValueKind(StrEnum):
    """What can be compared with its like."""

    QUANTITY = "quantity"
    TIME = "time"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Value:
    """A bare answer as a value: one of `quantity`, `time` and `name`, as its kind says.

    Attributes
    ----------
    kind : ValueKind
    text : str
        As it stands in the article.
    quantity : Quantity or None
    time : TimeUnit or None
    name : frozenset of str
        The keys of a name's words, without titles and ranks.
    """

    kind: ValueKind
    text: str
    quantity: Quantity | None = None
    time: TimeUnit | None = None
    name: frozenset[str] = frozenset()


def read_value(
    question: str, profile: QuestionProfile, text: str, start: int, end: int
) -> Value | None:
    """The value of the bare answer ``text[start:end]``.

    Parameters
    ----------
    question : str
    profile : QuestionProfile
        Of the question: its kind says as what the words are read.
    text : str
        The sentence or more of it; what stands around the answer tells its unit.
    start, end : int
        Characters of `text`.

    Returns
    -------
    Value or None
        None where the words hold nothing of the kind, or more than one thing.
    """
    span = text[start:end]
    if asks_for_figure(profile):
        quantity = _only_quantity(question, text, start, end)
        return Value(ValueKind.QUANTITY, span, quantity=quantity) if quantity else None
    if profile.kind is AnswerKind.TIME:
        units = find_units(span, _ANCHOR)
        return Value(ValueKind.TIME, span, time=units[0]) if len(units) == 1 else None
    if profile.kind in (AnswerKind.PERSON, AnswerKind.PLACE, AnswerKind.NAME):
        name = _name_keys(span)
        return Value(ValueKind.NAME, span, name=name) if name else None
    return None


def asks_for_figure(profile: QuestionProfile) -> bool:
    """Whether a number or a sum answers the question."""
    return profile.kind in (AnswerKind.NUMBER, AnswerKind.MONEY) or profile.unit == "age"


def likeness(left: Value, right: Value) -> bool | None:
    """Whether two values are the same; None where the words do not let one say.

    "five" is 5, "about 1,000" is 1,020, "Jan. 30" is January 30, 2023, "Soleimani" is "Maj. Gen.
    Qassem Soleimani". Of "5" and "17" it is False, of "Friday" and "Sunday" None.
    """
    if left.quantity and right.quantity:
        return _same_figure(left.quantity, right.quantity)
    if left.time and right.time:
        return _same_time(left.time, right.time)
    if left.name and right.name:
        return _same_name(left, right)
    return None


def states(text: str, value: Value) -> bool:
    """Whether a text says a value among others: that figure, that date, that name."""
    if value.quantity is not None:
        return any(_same_figure(value.quantity, each) for each in find_quantities(text))
    if value.time is not None:
        return any(_same_time(value.time, each) for each in find_units(text, _ANCHOR))
    return value.name <= {word.key for word in split_words(text)}


def holds_kind(profile: QuestionProfile, text: str) -> bool:
    """Whether words hold what the question asks for: a number, a sum, a time.

    Of other kinds every answer may be one. "Two months" are no number of people.
    """
    if profile.kind is AnswerKind.MONEY:
        is_sum = any(each.dimension in _OF_SUMS for each in find_quantities(text))
        return is_sum or _VAGUE_SUM.search(text) is not None
    if profile.counts:
        quantities = find_quantities(text)
        is_count = any(q.dimension in _OF_COUNTS and not q.currency for q in quantities)
        return is_count or bool(not quantities and _COUNTING_WORD.search(text))
    if asks_for_figure(profile):
        return bool(
            find_quantities(text) or _COUNTING_WORD.search(text) or _MEASURING_WORD.search(text)
        )
    if profile.kind is AnswerKind.TIME:
        return bool(_TIME_WORD.search(text) or find_units(text, _ANCHOR))
    return True


def counted_figure(question: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Of a bare answer with several figures, the one that counts what the question asks for.

    Of ``text[start:end]`` "Eleven wagons overturned and 19", where "passengers" follows, it is "19"
    if passengers are asked for. Other answers stay as they are.
    """
    asked = _HOW_MANY.search(question)
    found = find_quantities(text, start, end)
    if asked is None or len(found) < 2:
        return start, end
    nouns = {word.key for word in split_words(asked[1]) if not word.is_function}
    fitting = [q for q in found if nouns & {w.key for w in split_words(" ".join(q.counted))}]
    return (fitting[0].start, fitting[0].end) if len(fitting) == 1 else (start, end)


def bounded_figure(question: str, text: str, start: int, end: int) -> tuple[int, int]:
    """A bare answer that is a figure, with the words that bound it.

    ``text[start:end]`` "1,000" is no answer to "How many were killed?" where "more than" stands
    in front; to "About how many were killed?" it is. Other answers stay as they are.
    """
    if not asks_for_figure(profile_question(question)):
        return start, end
    asked = _HOW.search(question)
    if asked is None or is_hedged(question[: asked.start()]):
        return start, end
    found = find_quantities(text, start, end)
    if not found or found[0].start - start > _SIGN_LENGTH:
        return start, end
    return bound_before(text, start), end


def _only_quantity(question: str, text: str, start: int, end: int) -> Quantity | None:
    """The figure of the answer; None where there are several, or it counts something else."""
    found = find_quantities(text, start, end)
    if len(found) != 1:
        return None
    asked = _HOW_MANY.search(question)
    if asked is None or not found[0].counted:
        return found[0]
    nouns = [word for word in split_words(asked[1]) if not word.is_function]
    if any(word.text.lower() in _PERSONS for word in nouns):
        return found[0]
    keys = {word.key for word in split_words(" ".join(found[0].counted))}
    return found[0] if keys & {word.key for word in nouns} or not _is_plural(found[0]) else None


def _is_plural(quantity: Quantity) -> bool:
    """Whether a noun in the plural stands right behind the number: "12 titles"."""
    return any(re.fullmatch(r"\w{2,}[^s\W]s", word) for word in quantity.counted)


def _same_figure(left: Quantity, right: Quantity) -> bool | None:
    is_same = same_quantity(left, right)
    if is_same is False:
        low, high = sorted(max(each.high, 1e-9) for each in (left, right))
        if high > (_SUMS_APART if left.currency else _MOST_APART) * low:
            return None
    return is_same


def _same_time(left: TimeUnit, right: TimeUnit) -> bool | None:
    if not {left.kind, right.kind} <= _STATED_TIMES:
        return None
    if left.has_year and right.has_year:
        ends = [(each.interval.first, each.interval.last) for each in (left, right)]
    elif {left.kind, right.kind} <= _OF_A_YEAR:
        ends = [_in_any_year(each) for each in (left, right)]
    else:
        return None
    (first, last), (other_first, other_last) = ends
    return first <= other_last and other_first <= last


def _in_any_year(time: TimeUnit) -> tuple[datetime.date, datetime.date]:
    first, last = time.interval.first, time.interval.last
    start = first.replace(year=_ANY_YEAR)
    return start, start + (last - first)


def _name_keys(span: str) -> frozenset[str]:
    """The keys of the one name that a span is; none where it is more than a name, or less."""
    words = [
        word
        for word in split_words(span)
        if word.text.lower().rstrip(".") not in _TITLES | _NAME_PARTICLES
        and not (word.is_function and word.text.islower())
    ]
    if not 0 < len(words) <= _MAX_NAME_WORDS or re.search(r",|\band\b", span):
        return frozenset()
    if not all(word.text[0].isupper() or word.is_number for word in words):
        return frozenset()
    return frozenset(word.key for word in words)


def _same_name(left: Value, right: Value) -> bool | None:
    if left.name <= right.name or right.name <= left.name or _are_initials(left, right):
        return True
    if left.name & right.name:
        # Of one surname, or of one city: they may be two, or one.
        return None
    ratios = (SequenceMatcher(None, a, b).ratio() for a in left.name for b in right.name)
    return None if max(ratios) >= _SPELLING_RATIO else False


def _are_initials(left: Value, right: Value) -> bool:
    """Whether one is the other's initials: "UN" and "the United Nations"."""
    for short, long in ((left, right), (right, left)):
        words = [word for word in re.findall(r"[^\W\d_]+", long.text) if word[0].isupper()]
        initials = "".join(word[0] for word in words if word.lower() not in FUNCTION_WORDS)
        if len(initials) > 1 and {key.casefold() for key in short.name} == {initials.casefold()}:
            return True
    return False
