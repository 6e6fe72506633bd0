"""Times that a question names by an event: "before the strike on the airport", "a week after".

Only the words are read here; `qa.event_search` looks up when the event was. What is no definite
noun phrase with a noun of happening at its head ("before the court") gives nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from qa.event_names import read_event_name
from qa.phrases import noun_phrases


class Side(StrEnum):
    """Which side of the event is spoken of; its own day belongs to either."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class EventPhrase:
    """A time named by an event, ``question[start:end]``.

    Attributes
    ----------
    start, end : int
        With the preposition, and what measures the distance ("two days").
    event : str
        The event as it is named, without the article before it; "death of Soleimani" where the
        question says "his death".
    noun : str
        The noun of happening at its head.
    side : Side
    n : int
        How many units lie between; 0 where none is named.
    unit : str
        "day", "week", …, as `qa.intervals` has them; empty where `n` is 0.
    is_stretch : bool
        Whether all the time up to there is meant ("in the week after"), not the day itself.
    """

    start: int
    end: int
    event: str
    noun: str
    side: Side
    n: int = 0
    unit: str = ""
    is_stretch: bool = False


_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER_OF = {"a": 1, "an": 1, "the": 1} | {name: i for i, name in enumerate(_NUMBERS, 1)}
_LEAD = re.compile(
    rf"""(?<![\w-])
    (?:(?:(?P<within>(?:in|within|during|over)\s+)?(?P<the>the\s+)?
          (?P<n>\d{{1,3}}|an?|the|{"|".join(_NUMBERS)})?\s*(?<!\w)
          (?P<unit>minute|hour|day|week|fortnight|month|year)s?
        | shortly | just | right | immediately | (?<!how\ )(?:soon | long))\s+)?
    (?:(?P<before>before|prior\s+to|until|till|up\s+to)|(?P<after>after|following|(?:ever\s+)?since))
    \s+
    (?:(?:the|this|that|(?P<whose>his|her|its|their))\s+
      | (?=[^\W\d_]+(?:[\s-]+[^\W\d_]+){{0,4}}['’]s?\s))""",
    re.VERBOSE | re.IGNORECASE,
)
# What these bring "before the inquiry", or call "after the battle", is no time.
_UNLEADS = re.compile(
    r"\b(?:(?:re)?named|call(?:ed)?|look(?:s|ed|ing)?|model(?:l?ed)|go(?:es|ing)?|went|gone"
    r"|appear(?:s|ed|ing)?|testif(?:y|ies|ied|ying)|brought|bring|hauled|argued?|put)"
    r"\s+$",
    re.IGNORECASE,
)

_PREPOSITIONS = frozenset("about against at by for from in into of on over to with".split())


def find_event_phrase(question: str, taken: tuple[tuple[int, int], ...] = ()) -> EventPhrase | None:
    """The first time in a question that is named by an event; None where there is none.

    Parameters
    ----------
    question : str
    taken : tuple of (int, int)
        Bounds of phrases of time, which end the name of an event: "the vote | in May".

    Examples
    --------
    >>> phrase = find_event_phrase("Who led the force two days before the strike on Baghdad?")
    >>> phrase.event, phrase.noun, phrase.side.value, phrase.n, phrase.unit
    ('strike on Baghdad', 'strike', 'before', 2, 'day')
    >>> find_event_phrase("Who spoke before the court?") is None
    True
    """
    stops = frozenset(start for start, _ in taken)
    for lead in _LEAD.finditer(question):
        if _UNLEADS.search(question, 0, lead.start()):
            continue
        named = read_event_name(question, lead.end(), stops)
        if named is None:
            continue
        event = question[lead.end() : named.end]
        if lead["whose"]:
            owner = _owner(question, lead.start(), named.end_of_clause)
            if owner is None:
                continue
            event = f"{event} of {owner}"
        n, unit, is_stretch = _distance(lead)
        return EventPhrase(
            lead.start(),
            named.end_of_clause,
            event,
            named.noun,
            Side.BEFORE if lead["before"] else Side.AFTER,
            n,
            unit,
            is_stretch,
        )
    return None


def _owner(question: str, start: int, end: int) -> str | None:
    """Whose event "before his death" means: the last one named before it, else the next.

    What a preposition leads to is rather where something was ("in Iraq").
    """
    named = [phrase for phrase in noun_phrases(question) if phrase.is_name]
    names = [phrase for phrase in named if phrase.before not in _PREPOSITIONS] or named
    before = [phrase.text for phrase in names if phrase.end <= start]
    behind = [phrase.text for phrase in names if phrase.start >= end]
    return before[-1] if before else next(iter(behind), None)


def _distance(lead: re.Match[str]) -> tuple[int, str, bool]:
    """How far from the event: number, unit, and whether all the time up to there is meant."""
    unit = (lead["unit"] or "").lower()
    written = (lead["n"] or lead["the"] or "").strip().lower()
    # "Days after" and "hours before" measure nothing.
    if not written or unit in ("", "minute", "hour"):
        return 0, "", False
    n = _NUMBER_OF.get(written) or int(written)
    is_stretch = unit != "day" or n > 1
    return n, unit, is_stretch and bool(lead["the"] or lead["within"])
