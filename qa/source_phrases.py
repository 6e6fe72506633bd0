"""Phrases of a question that ask for an outlet's report: "according to CBS", "what did CBS say".

An outlet may also be what the news is about ("Who bought CNN?", "CNN said it will cut jobs"). The
form of words decides: what leads to the name, or the verb of saying that follows it. What no row
of the tables below describes is no such phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa.outlets import CALENDAR_WORDS, Mention
from qa.words import FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class SourcePhrase:
    """Words that ask for the report of outlets, at ``question[start:end]``.

    Attributes
    ----------
    start, end : int
        With what leads to the names.
    names_start : int
        Where the first name begins; from `start` to here stand words like "according to".
    sources : tuple of str
        As the collection's articles name them.
    stand_in : str
        What may take the place of the whole, so that the rest stays a sentence.
    """

    start: int
    end: int
    names_start: int
    sources: tuple[str, ...]
    stand_in: str = ""


def find_source_phrases(question: str, mentions: Sequence[Mention]) -> tuple[SourcePhrase, ...]:
    """The phrases that ask for the report of outlets, in order; none where they are the news.

    Parameters
    ----------
    question : str
    mentions : sequence of Mention
        The outlets it names (`qa.outlets.OutletNames.mentions`).

    Examples
    --------
    >>> from qa.outlets import OutletNames
    >>> names = OutletNames(["cbsnews.com", "The Guardian"])
    >>> def sources(question):
    ...     found = find_source_phrases(question, names.mentions(question))
    ...     return [phrase.sources for phrase in found]
    >>> sources("According to CBS, who won?"), sources("What did the Guardian say about it?")
    ([('cbsnews.com',)], [('The Guardian',)])
    >>> sources("Who bought CBS?"), sources("Did the Guardian fire its editor?")
    ([], [])
    """
    phrases = (
        _led_to(question, group) or _followed(question, group)
        for group in _coordinated(question, mentions)
    )
    return tuple(phrase for phrase in phrases if phrase)


# ── The words ──────────────────────────────────────────────────────────────────────────────────

_PUBLICATION_WORDS = """
    account analysis article broadcast column coverage dispatch editorial essay exclusive feature
    headline interview investigation magazine newspaper op-ed opinion paper piece profile report
    reporting review story stories website
"""
_PUBLICATION = rf"(?:{'|'.join(_PUBLICATION_WORDS.split())})s?"
# Base, present, past and, where it differs, participle. No verb by which an outlet makes news of
# its own: announce, apologise, deny, fire, launch.
_VERBS_OF_SAYING = """
    allege alleges alleged; argue argues argued; claim claims claimed; cite cites cited;
    conclude concludes concluded; cover covers covered; describe describes described;
    disclose discloses disclosed; estimate estimates estimated; explain explains explained;
    mention mentions mentioned; note notes noted; publish publishes published;
    quote quotes quoted; report reports reported; reveal reveals revealed; say says said;
    state states stated; tell tells told; uncover uncovers uncovered; write writes wrote written
"""
_FORMS = [forms.split() for forms in _VERBS_OF_SAYING.split(";")]
_SAY = (
    rf"(?:{'|'.join(dict.fromkeys(form for base, _, *past in _FORMS for form in (base, *past)))})"
)
_SAYS = rf"(?:{'|'.join(form for _, present, past, *_ in _FORMS for form in (present, past))})"
_SAID = rf"(?:{'|'.join(forms[-1] for forms in _FORMS)})"
# What is done in, on or by an outlet where its report is meant.
_PUBLISHED = (
    rf"(?:{_SAID}|aired|appeared?|broadcast|featured|heard|interviewed|named|obtained|posted|printed"
    r"|quoted|read|reviewed|seen|speaking|spoke|wrote|say|report|write)"
)
_THE = r"(?:the\s+)?"
_ADVERB = r"(?:(?:also|ever|first|just|\w+ly)\s+)?"


class _Lead(NamedTuple):
    """What leads to a name.

    Where ``cut`` stands in the pattern begins what goes with the name; `stand_in` takes the place
    of both. `is_telling`: only an outlet, or a person, can follow.
    """

    pattern: re.Pattern[str]
    stand_in: str = ""
    is_telling: bool = False
    # What must not stand before it.
    unless: re.Pattern[str] | None = None


def _led(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}$", re.IGNORECASE)


# "a stake in the Guardian": what is in an outlet without being written there.
_NOT_WRITTEN_IN = re.compile(
    r"\b(?:believe|bias\w*|chang\w*|confidence|cris[ei]s|cuts?|editors?|faith|fired|happen\w*|hired"
    r"|interest|invest\w*|involved|jobs?|journalists?|laid\s+off|lay-?offs?|m[ae]n|people|positions?"
    r"|roles?|scandals?|shares?|staff|stakes?|strikes?|trust\w*|wom[ae]n|work\w*|wrong)\s+$",
    re.IGNORECASE,
)
_LEADS = (
    _Lead(
        _led(
            r"(?P<cut>according\s+to\s+(?:(?:an?|the|this|that|one)\s+)?"
            rf"(?:(?:latest|new|recent)\s+)?(?:{_PUBLICATION}\s+(?:by|from|in|of|on)\s+)?{_THE})"
        ),
        is_telling=True,
    ),
    _Lead(_led(rf"(?P<cut>as\s+{_PUBLISHED}\s+(?:by|in|on)\s+{_THE})"), is_telling=True),
    _Lead(_led(rf"{_PUBLISHED}\s+(?P<cut>(?:by|in|on)\s+{_THE})"), is_telling=True),
    _Lead(_led(rf"(?P<cut>(?:as\s+)?(?:per|via)\s+{_THE})")),
    _Lead(_led(rf"{_PUBLICATION}\s+(?P<cut>(?:by|from|in)\s+{_THE})")),
    _Lead(_led(rf"(?:latest|more|news)\s+(?P<cut>from\s+{_THE})")),
    _Lead(_led(rf"interview(?:s|ed)?\s+(?P<cut>(?:by|on|to|with)\s+{_THE})")),
    _Lead(_led(rf"(?:tell|tells|telling|told)\s+(?P<cut>{_THE})"), "them"),
    _Lead(
        _led(
            r"(?:said|speak|speaking|spoke|spoken|talk|talking|talked)\s+(?:to|with)\s+"
            rf"(?P<cut>{_THE})"
        ),
        "them",
    ),
    _Lead(_led(r"(?P<cut>in\s+the\s+)"), unless=_NOT_WRITTEN_IN),
)
_NEGATED = re.compile(
    r"\b(?:not|never|except|besides|excluding|without|contrary|other\s+than|apart\s+from"
    r"|instead\s+of|rather\s+than)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
# What may follow a name that is led to: an end, or words that begin something else. "according to
# Washington Post owner …" is not the Post's word.
_ENDS = re.compile(r"\s*(?:$|[,.?!;:()\[\]\"“”–—])")
_NEXT_WORD = re.compile(r"\s+([\w’'-]+)")
_FOLLOWERS = frozenset(f"{_SAYS[3:-1]}|last|yesterday".split("|"))
_OWN_PUBLICATION = re.compile(rf"(?:['’]s?)?\s+(?:own\s+)?{_PUBLICATION}\b", re.IGNORECASE)
_OWN_PEOPLE = re.compile(r"['’]s(?=\s+[A-Z])")

_AUXILIARY = re.compile(rf"(?<!\w)(?:did|does|do|has|have|had)\s+{_THE}$", re.IGNORECASE)
_OWN_REPORT = rf"(?:(?:['’]s?)?\s+{_PUBLICATION})?"
_ASKED_TO_SAY = re.compile(rf"{_OWN_REPORT}\s+{_ADVERB}{_SAY}(?!\w)", re.IGNORECASE)
_SAYS_SO = re.compile(rf"{_OWN_REPORT},?\s+(?:ha[sd]\s+)?{_ADVERB}{_SAYS}(?!\w)", re.IGNORECASE)
# Of itself: "CNN said it will cut jobs", "what did CNN say about its layoffs".
_OF_ITSELF = re.compile(
    r"(?:\s+(?:on\s+)?\w+day)?(?:(?:\s+that)?\s+it\s+(?:will|would|is|was|has|had|plans?|must|could"
    r"|can|may|might|did|does)|(?:\s+(?:that|about|of|on))?\s+(?:its|itself))\b",
    re.IGNORECASE,
)
_AND = re.compile(rf"\s*(?:,|,?\s*(?:and|or|&|/))\s*(?:(?:from|in|by|to)\s+)?{_THE}", re.IGNORECASE)
# How far before a name its lead is looked for.
_REACH = 80


# ── Their use ──────────────────────────────────────────────────────────────────────────────────


def _coordinated(question: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """The mentions, those joined by "and" or "or" as one."""
    group: Mention | None = None
    for mention in mentions:
        if group and _AND.fullmatch(question, group.end, mention.start):
            sources = tuple(dict.fromkeys((*group.sources, *mention.sources)))
            group = Mention(group.start, mention.end, sources, group.is_sure and mention.is_sure)
            continue
        if group:
            yield group
        group = mention
    if group:
        yield group


def _led_to(question: str, group: Mention) -> SourcePhrase | None:
    """The phrase that words before the names make, if they do."""
    before = question[max(0, group.start - _REACH) : group.start]
    for lead in _LEADS:
        match = lead.pattern.search(before)
        if match is None or not (group.is_sure or lead.is_telling):
            continue
        earlier = before[: match.start()]
        end = _end_of_led(question, group.end)
        if end is None or _NEGATED.search(earlier) or (lead.unless and lead.unless.search(earlier)):
            return None
        start = group.start - len(before) + match.start("cut")
        return SourcePhrase(start, end, group.start, group.sources, lead.stand_in)
    return None


def _end_of_led(question: str, end: int) -> int | None:
    """Where a phrase ends whose names end at `end`; None where the name belongs to what follows."""
    if own := _OWN_PUBLICATION.match(question, end):
        end = own.end()
    elif people := _OWN_PEOPLE.match(question, end):
        return people.end()
    if _ENDS.match(question, end):
        return end
    follower = _NEXT_WORD.match(question, end)
    known = FUNCTION_WORDS | CALENDAR_WORDS | _FOLLOWERS
    return end if follower and follower[1].lower() in known else None


def _followed(question: str, group: Mention) -> SourcePhrase | None:
    """The phrase that a verb of saying after the names makes, if it does."""
    before = question[max(0, group.start - _REACH) : group.start]
    auxiliary = _AUXILIARY.search(before)
    says = (_ASKED_TO_SAY if auxiliary else _SAYS_SO).match(question, group.end)
    if says is None or not group.is_sure or _OF_ITSELF.match(question, says.end()):
        return None
    if _NEGATED.search(before):
        return None
    the = re.search(r"(?<!\w)the\s+$", before, re.IGNORECASE)
    start = group.start - (len(the.group()) if the else 0)
    # An article tells, it does not say that it reports or describes.
    is_base = auxiliary is not None and auxiliary.group()[0] in "dD"
    return SourcePhrase(
        start, says.end(), group.start, group.sources, "they say" if is_base else "they said"
    )
