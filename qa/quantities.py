"""Numbers, measures and sums as texts write them: "two dozen", "about 1,000", "2.5 million crowns".

A number is kept as the stretch in which it may lie: hedged ones ("about", "more than") and large
round ones are no exact figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.words import FUNCTION_WORDS

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = dict(zip(_ONES, range(20), strict=True))
_SMALL |= dict(zip(_TENS, range(20, 100, 10), strict=True))
_LARGE = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_LARGE |= {"trillion": 1e12}
_SHORT = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}
_SCALE = "|".join(_LARGE)
_WORD = rf"(?:{'|'.join(sorted([*_SMALL, *_LARGE], key=len, reverse=True))})"
_NUMBER = re.compile(
    r"(?<![\w.,])(?:"
    r"(?P<digits>\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,6})?|\d{1,15}(?:\.\d{1,6})?)"
    # "5 m" is metres, "5m" five millions.
    rf"(?:(?P<short>\s?(?:mn|bn|tn)|[kmb])(?!\w)|[\s-](?P<scale>{_SCALE})(?!\w))?"
    # "a hundred and five" is one number, "five and twenty injured" are two.
    rf"|(?P<words>(?:an?\s+(?={_SCALE}))?{_WORD}"
    rf"(?:(?:[\s-]|(?:(?<=hundred)|(?<=thousand)|(?<=million))\s+and\s+){_WORD}){{0,11}})"
    r")(?!\w|,\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:to|or|[-–—])\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+\W?$", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
# What stands in front of a number, and how far it then may lie below and above, as shares of it.
_HEDGES = (
    (0.1, 0.1, "about|around|roughly|approximately|approx\\.?|some|circa|(?:an )?estimated"),
    (0.1, 0.1, "close to|nearly|almost|just (?:under|over)|up to|as (?:many|much) as"),
    (0.0, 0.2, "more than|over|above|in excess of|upwards? of|exceed(?:s|ed|ing)?|topped"),
    (0.2, 0.0, "fewer than|less than|under|below"),
)
_HEDGE_PATTERNS = tuple(
    (below, above, re.compile(rf"\b(?:{words})\s+\W?$", re.IGNORECASE))
    for below, above, words in _HEDGES
)
_HEDGE_WORDS = tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for _, _, words in _HEDGES)
# Without these a figure says another thing: "more than 1,000" are not 1,000. Annotators of
# SQuAD 2.0 and SquadShifts take them into the answer for half of such figures, and "about",
# "some" or "an estimated" seldom.
_BOUND = re.compile(
    r"\b(?:(?:well |just |slightly )?(?:more|fewer|less) than|(?:no|not) (?:more|fewer|less) than"
    r"|at (?:least|most)|as (?:many|much) as|(?:well |just )?(?:over|under|above|below)|up to"
    r"|nearly|almost|in excess of|upwards? of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
# How far back the words that hedge a number, or name its currency, are looked for.
_REACH = 24
# Below a hundred a round number is meant as it stands, a toll of 20 above all; above, a number
# that ends in zeros may be rounded, by half of its last digit or by this share, what is less.
_ROUND_FROM = 100
_MOST_ROUNDED = 0.05

# Dimensions, with what one of each unit is in the first of them.
_MEASURES: dict[str, dict[str, float]] = {
    "percent": {"percent": 1, "per cent": 1, "%": 1, "pc": 1, "percentage point": 1},
    "duration": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "night": 86400,
                 "week": 604800, "month": 2629800, "year": 31557600, "decade": 315576000},
    "length": {"metre": 1, "meter": 1, "m": 1, "km": 1000, "kilometre": 1000, "kilometer": 1000,
               "mile": 1609.34, "foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "inch": 0.0254,
               "inches": 0.0254, "centimetre": 0.01, "centimeter": 0.01, "cm": 0.01,
               "yard": 0.9144},
    "mass": {"kg": 1, "kilogram": 1, "kilo": 1, "gram": 0.001, "tonne": 1000, "ton": 1000,
             "pound": 0.4536, "lb": 0.4536},
    "area": {"acre": 0.4047, "hectare": 1},
    "degrees": {"degree": 1, "°": 1},
}  # fmt: skip
_MEASURE_OF = {name: (kind, n) for kind, units in _MEASURES.items() for name, n in units.items()}
_UNIT = re.compile(r"[\s-]*(%|°|per\s+cent\b|percentage\s+points?\b|[^\W\d_]+)", re.IGNORECASE)
_CURRENCIES = {
    "dollar": "$ us$ dollar usd",
    "euro": "€ euro eur",
    "pound": "£ pound sterling gbp",
    "yen": "¥ yen jpy",
    "yuan": "yuan renminbi cny",
    "shekel": "₪ shekel nis ils",
    "rouble": "₽ rouble ruble rub",
    "rupee": "₹ rupee inr",
}
_CURRENCY_OF = {name: code for code, names in _CURRENCIES.items() for name in names.split()}
_SIGN = re.compile(r"(?:\b(?:US|A|C|NZ|HK|S))?([$€£¥₪₽₹])\s?$|\b(USD|EUR|GBP)\s?$")
_RATE = re.compile(r"\s+(?:per|an?|each|every)\s+([^\W\d_]+)", re.IGNORECASE)
# Measures in different units are the same when they are this near.
_CONVERSION = 0.03
_COUNTED_WORDS = 3
_TOKEN = re.compile(r"[\s-]*([^\W\d_][\w’']*)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    Attributes
    ----------
    start, end : int
        Characters of the text it was found in, without its unit.
    low, high : float
        Between what it may lie, both included; of a measure, in the first unit of its dimension.
    dimension : str
        "length", "duration", …; empty for a count.
    currency : str
        Of a sum; of an unknown one, the noun behind it.
    unit : str
        As it is written, in the singular.
    rate : str
        The noun in "a gallon", "per share".
    counted : tuple of str
        The words behind it, up to a function word or a mark: "packs" of "18,000 packs".
    """

    start: int
    end: int
    low: float
    high: float
    dimension: str = ""
    currency: str = ""
    unit: str = ""
    rate: str = ""
    counted: tuple[str, ...] = ()


def find_quantities(text: str, start: int = 0, end: int | None = None) -> tuple[Quantity, ...]:
    """The numbers that stand in ``text[start:end]``, in order; the two ends of a range are one.

    What stands around them in the whole of `text` tells their units and hedges.

    >>> [(q.low, q.high, q.dimension) for q in find_quantities("10 to 15 metres, two dozen goats")]
    [(10.0, 15.0, 'length'), (24.0, 24.0, '')]
    """
    return tuple(_quantities(text, start, len(text) if end is None else end))


def bound_before(text: str, start: int) -> int:
    """Where the words begin that bound a figure at ``text[start:]``; `start` where none does.

    >>> text = "It killed more than 1,000 people."
    >>> text[bound_before(text, text.index("1,000")) :]
    'more than 1,000 people.'
    """
    found = _BOUND.search(text, max(0, start - _REACH), start)
    return found.start() if found else start


def is_hedged(text: str) -> bool:
    """Whether a text asks for, or tells, a figure about or up to another.

    >>> is_hedged("Approximately how many came?"), is_hedged("How many came?")
    (True, False)
    """
    return any(pattern.search(text) for pattern in _HEDGE_WORDS)


def is_unit(word: str) -> bool:
    """Whether a noun is a unit of measure or a currency: "miles", not "people"."""
    word = word.lower()
    return any(
        name in _MEASURE_OF or name in _CURRENCY_OF for name in (word, word.removesuffix("s"))
    )


def same_quantity(left: Quantity, right: Quantity) -> bool | None:
    """Whether two may be one figure; None where they measure different things."""
    if (left.dimension, left.currency) != (right.dimension, right.currency):
        return None
    if left.rate and right.rate and left.rate != right.rate:
        return None
    is_converted = bool(left.dimension) and left.unit != right.unit
    slack = _CONVERSION if is_converted else 0.0
    low, high = sorted((left, right), key=lambda each: (each.low, each.high))
    return low.high * (1.0 + slack) >= high.low * (1.0 - 1e-9)


def _quantities(text: str, start: int, end: int) -> Iterator[Quantity]:
    matches = [match for match in _NUMBER.finditer(text, start, end) if not _is_pronoun(match)]
    position = 0
    while position < len(matches):
        first = last = matches[position]
        position += 1
        if position < len(matches) and _is_range(text, first, matches[position]):
            last = matches[position]
            position += 1
        yield _quantity(text, first, last)


def _is_range(text: str, first: re.Match[str], last: re.Match[str]) -> bool:
    """Whether two numbers are the ends of one stretch."""
    gap = text[first.end() : last.start()]
    is_between = _AND.fullmatch(gap) and _BETWEEN.search(_before(text, first))
    return bool(_RANGE.fullmatch(gap) or is_between) and _amount(last) > _amount(first)


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _REACH) : match.start()]


def _is_pronoun(match: re.Match[str]) -> bool:
    """Whether it is "one" alone, which mostly counts nothing: "one of them"."""
    return match.group().lower() == "one"


def _quantity(text: str, first: re.Match[str], last: re.Match[str]) -> Quantity:
    low, high = _amount(first), _amount(last)
    before = _before(text, first)
    below, above = next(
        ((b, a) for b, a, pattern in _HEDGE_PATTERNS if pattern.search(before)), (0.0, 0.0)
    )
    slack = _roundness(first, low) if first is last else 0.0
    low, high = low - max(low * below, slack), high + max(high * above, slack)
    sign = _SIGN.search(before)
    unit, behind = _unit_behind(text, last.end())
    dimension, factor = _MEASURE_OF.get(unit, ("", 1.0))
    currency = ""
    if sign:
        currency = _CURRENCY_OF[(sign[1] or sign[2]).lower()]
        dimension, factor, unit, behind = "", 1.0, "", last.end()
    elif unit in _CURRENCY_OF:
        currency, dimension, factor = _CURRENCY_OF[unit], "", 1.0
    elif not dimension:
        behind = last.end()
    rate = _RATE.match(text, behind)
    return Quantity(
        first.start(),
        last.end(),
        low * factor,
        high * factor,
        dimension,
        currency,
        unit if dimension or currency else "",
        rate[1].lower() if rate else "",
        () if dimension or sign else tuple(_counted(text, last.end())),
    )


def _amount(match: re.Match[str]) -> float:
    if match["digits"]:
        number = float(match["digits"].replace(",", ""))
        if match["short"]:
            return number * _SHORT[match["short"].strip().lower()]
        return number * (_LARGE[match["scale"].lower()] if match["scale"] else 1.0)
    total = current = 0.0
    for word in re.findall(r"[a-z]+", match["words"].lower()):
        if word in _SMALL:
            current += _SMALL[word]
        elif word in _LARGE:
            current = max(current, 1.0) * _LARGE[word]
            if _LARGE[word] >= _LARGE["thousand"]:
                total, current = total + current, 0.0
    return total + current


def _roundness(match: re.Match[str], number: float) -> float:
    """How far a number may be rounded: "2.5 million" is 2.45 to 2.55 million."""
    if number < _ROUND_FROM:
        return 0.0
    digits = (match["digits"] or "").replace(",", "")
    if "." in digits:
        last_digit = number / float(digits) * 10.0 ** -len(digits.partition(".")[2])
    else:
        whole = str(round(number))
        n_zeros = len(whole) - len(whole.rstrip("0"))
        last_digit = 10.0**n_zeros if n_zeros else 0.0
    return min(last_digit / 2, _MOST_ROUNDED * number)


def _unit_behind(text: str, at: int) -> tuple[str, int]:
    """The word behind a number that may be its unit, in the singular, and where it ends."""
    match = _UNIT.match(text, at)
    if match is None:
        return "", at
    word = " ".join(match[1].lower().split())
    for name in (word, word.removesuffix("s")):
        if name in _MEASURE_OF or name in _CURRENCY_OF:
            return name, match.end()
    return word, match.end()


def _counted(text: str, at: int) -> Iterator[str]:
    for _ in range(_COUNTED_WORDS):
        match = _TOKEN.match(text, at)
        if match is None or match[1].lower() in FUNCTION_WORDS:
            return
        yield match[1].lower()
        at = match.end()
