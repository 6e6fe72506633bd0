"""Questions made of sentences: what stands first is asked for, the rest becomes the question.

"Esmail Qaani vowed to launch cyber-attacks" gives "Who vowed to launch cyber-attacks?". Only
sentences of a few plain shapes are used, and only such of them as need nothing that was said before
them; whether a question can be understood, and is answered by its sentence, is for `qa.suggest` to
find out by asking it (round-trip consistency: Alberti et al., 2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.words import is_mostly_name, split_words

# What only somebody can do: a person, a state, a company. "Who" asks for all of them, and never
# for a storm or a report. A verb is given with its past where that is not its base with "ed".
_DEEDS = """
    accuse acquire:acquired admit:admitted advise agree announce apologise apologize appeal
    appoint approve argue arrest ask ban:banned blame block bomb buy:bought call claim condemn
    confirm congratulate criticise criticize decide declare defeat demand deny deploy discover
    dismiss dispatch donate elect endorse execute file fine fire flee:fled give:gave greet halt
    hire host impose invade invest invite join launch lay:laid lead:led lift lose:lost meet:met
    name negotiate nominate offer order oust pardon pay:paid plead pledge praise promise propose
    publish purchase pursue question raid recall receive recognise recognize recover refuse reject
    release replace rescue resign retire return sack say:said sanction score seek:sought seize
    sell:sold send:sent sentence shoot:shot sign steal:stole sue summon supply suspend take:took
    target tell:told testify threaten treat unveil urge veto:vetoed visit vote vow warn welcome
    win:won withdraw:withdrew write:wrote
"""
# Behind these "that" begins what was said; behind others it points back.
_SAYING = frozenset(
    """
    admitted agreed announced apologised apologized argued claimed confirmed decided declared denied
    demanded ordered pledged promised proposed said testified threatened told urged vowed voted
    warned
    """.split()
)
# What is done to somebody: "who was sentenced to …".
_DONE = """
    accused acquitted appointed arrested awarded banned charged chosen convicted crowned deported
    detained dismissed elected executed extradited fined fired found freed given honoured honored
    indicted jailed killed named nominated ordered ousted pardoned promoted ranked re-elected
    released replaced sacked sanctioned sentenced shot sued summoned suspended sworn
"""
_HAPPENED = "were|have been|had been|was|are"
_COUNTED = "killed injured wounded arrested evacuated displaced detained infected hospitalised "
_COUNTED += "hospitalized sentenced charged stranded affected destroyed damaged reported"

_NUMBER = (
    r"(?:\d[\d,.]*(?:\s+(?:hundred|thousand|million|billion))?|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a\s)?hundred"
    r"|(?:tens|hundreds|thousands)\s+of(?:\s+thousands\s+of)?)"
)
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH})"
# A time that a reader can look up: with a year.
_FULL_TIME = re.compile(
    rf"\s+(?:on|in|since|by|until)\s+(?P<time>{_DAY},?\s+\d{{4}}|{_MONTH}\s+\d{{4}}|(?:1[89]|20)\d\d)\b,?"
)
# Times that only their own article's date explains; a question is clearer without them.
_PASSING_TIME = re.compile(
    rf",?\s+(?:(?:late\s+|early\s+)?(?:on\s+|last\s+|this\s+|late\s+|early\s+)*(?:Mon|Tues|Wednes|Thurs|"
    rf"Fri|Satur|Sun)day(?:\s+(?:morning|afternoon|evening|night))?|(?:on\s+|since\s+)?{_DAY}(?!,?\s+\d{{4}})"
    r"|yesterday|today|tonight|overnight|(?:earlier\s+)?(?:this|last)\s+(?:week|month|year)|recently"
    r"|previously|also|now|already)\b,?"
)
# What leans on sentences before it.
_LEANING = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|we|us|our|i|my|me|you|your|this"
    r"|that(?=\s+(?:day|time|year|week|month|case|deal|attack))|these|those|such|here|there|latter"
    r"|former(?=\s*[,.]|$)|same|above|below|ago|earlier|later|tomorrow|another|other|others)\b",
    re.IGNORECASE,
)
_UNEVEN = re.compile(r"[“”\"‘()\[\]:;…]|(?<!\w)['’]|['’](?!\w)|https?:|--")
_SAID_AT_END = re.compile(r",\s[^,]{3,60}\s(?:said|say|says|reported|told\s[^,]{3,40})$")
# A question may end before each of these, where it would be too long otherwise.
_JOINT = re.compile(
    r"\s[–—-]\s|\s(?:(?:while|when|after|before|because|but|which|who|whose|where|amid|since"
    r"|although|though|following|despite|if|until|and\s+\w+(?:ed|ing))\s)"
)
_COMMA = re.compile(r",\s(?!\d{4}\b)")
# "local, state and federal": whoever stops at the first comma has not named the thing.
_SERIES = re.compile(r"^,[^,]{1,30}(?:,\s*|\s+)(?:and|or)\b")
_ENDS_OPEN = re.compile(
    r"\b(?:the|an?|of|to|in|on|at|by|for|with|from|and|or|as|than|that|is|was|were|be|been|has|have"
    r"|had|will|would|not|about|over|into)$"
)
_MIN_WORDS = 4
_MAX_WORDS = 14
_MAX_SUBJECT_WORDS = 9


def _past(verb: str) -> str:
    return f"{verb}d" if verb.endswith("e") else re.sub(r"(?<=[^aeiou])y$", "i", verb) + "ed"


_BASES = {
    past or _past(base): base
    for base, _, past in (entry.partition(":") for entry in _DEEDS.split())
}
_NAMES = r"(?:[A-Z][\w.’'-]*)"
# Who did it, with what is set in between commas.
_SUBJECT = (
    rf"(?P<subject>{_NAMES}(?:\s+(?:{_NAMES}|of|in|the|de|van|von|bin|al|el|[a-z]{{4,}}))*?)"
    r"(?:,\s(?P<aside>[^,]{4,90}),)?"
)
_ACTIVE = re.compile(
    rf"^{_SUBJECT}\s+(?:(?:has|have|had)\s+)?(?P<verb>{'|'.join(_BASES)})\s+(?P<rest>.+)$"
)
_PASSIVE = re.compile(
    rf"^{_SUBJECT}\s+(?P<verb>(?:was|has\s+been|had\s+been)\s+(?:{'|'.join(_DONE.split())}))\s+(?P<rest>.+)$"
)
_COUNT = re.compile(
    r"^(?:(?:At\s+least|About|More\s+than|Nearly|Some|Around|Over|Almost|Up\s+to|As\s+many\s+as|"
    rf"An\s+estimated)\s+)?(?P<number>(?i:{_NUMBER}))\s+(?P<noun>(?:[a-z-]+\s+){{0,2}}(?:people|"
    rf"men|women|children|[a-z]{{3,}}s))\s+(?P<verb>(?:{_HAPPENED})\s+"
    rf"(?:{'|'.join(_COUNTED.split())})|died)\s+(?P<rest>.+)$"
)
_ABOUT = ("At least", "About", "More than")


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A question made of a sentence.

    Attributes
    ----------
    text : str
    answer : str
        The sentence's own words that answer it.
    kind : str
        What it asks for: "who", "when", "how many".
    """

    text: str
    answer: str
    kind: str


def make_questions(sentence: str) -> tuple[MadeQuestion, ...]:
    """The questions that a sentence answers and that can be understood without it; often none.

    >>> [made.text for made in make_questions("Esmail Qaani vowed to attack banks in Ohio.")]
    ['Who vowed to attack banks in Ohio?']
    """
    plain = _SAID_AT_END.sub("", " ".join(sentence.split()).rstrip(" .!?"))
    plain = _PASSING_TIME.sub(_only_comma, plain)
    return tuple(made for made in _made(plain) if _stands_alone(made.text))


def _made(plain: str) -> Iterator[MadeQuestion]:
    if count := _COUNT.match(plain):
        told = _question(f"How many {count['noun']} {count['verb']}", count["rest"])
        yield from _if_named(told, count["number"], "how many")
        return
    passive = _PASSIVE.match(plain)
    if passive and _is_somebody(passive["subject"]):
        yield from _when(passive)
    told_of = passive or _ACTIVE.match(plain)
    if told_of and _is_somebody(told_of["subject"]):
        told = _question(f"Who {told_of['verb']}", told_of["rest"])
        yield from _if_named(told, told_of["subject"], "who")


def _when(passive: re.Match[str]) -> Iterator[MadeQuestion]:
    """Ask when it was done, where the sentence tells the year."""
    time = _FULL_TIME.search(f" {passive['rest']}")
    be, _, done = passive["verb"].partition(" ")
    if time is None or be != "was":
        return
    rest = _FULL_TIME.sub(_only_comma, f" {passive['rest']}", count=1).strip()
    name = passive["subject"].replace("The ", "the ", 1)
    yield from _if_named(_question(f"When was {name} {done}", rest), time["time"], "when")


def _question(beginning: str, rest: str) -> str:
    """The question with so much of the rest of its sentence as it bears; empty if none is whole."""
    rest = rest.strip(" ,")
    room = _MAX_WORDS - len(beginning.split())
    comma = _COMMA.search(rest)
    whole = comma.start() if comma else len(rest)
    if comma and _SERIES.match(rest[whole:]):
        return ""
    # As much as fits, up to the first comma.
    ends = [whole, *(joint.start() for joint in reversed([*_JOINT.finditer(rest, 0, whole)]))]
    told = next((rest[:end] for end in ends if len(rest[:end].split()) <= room), "")
    # What is cut off of a clause may be its verb.
    has_clause = beginning.endswith(" said") or re.search(r"\bthat\b", told)
    if told != rest and has_clause:
        return ""
    rest = told
    if rest.startswith("that ") and beginning.split()[-1] not in _SAYING:
        return ""
    return f"{beginning} {rest}?" if rest else ""


def _only_comma(time: re.Match[str]) -> str:
    return "," if time.group().endswith(",") else ""


def _if_named(question: str, answer: str, kind: str) -> Iterator[MadeQuestion]:
    """The question, if it names what it is about; without a name nobody knows which deal."""
    opening, _, _ = question.partition(" ")
    if question and any(word.is_name for word in split_words(question) if word.text != opening):
        yield MadeQuestion(question, answer, kind)


def _is_somebody(subject: str) -> bool:
    """Whether words that a sentence begins with name somebody, and nothing is said besides."""
    article, _, named = subject.partition(" ")
    words = split_words(named if article in ("The", "A", "An") else subject)
    return (
        0 < len(words) <= _MAX_SUBJECT_WORDS
        and not words[0].is_function
        and not words[-1].is_function
        # "Officers", "Sources": nobody in particular.
        and (len(words) > 1 or is_mostly_name(words[0].key))
        and not _LEANING.search(subject)
    )


def _stands_alone(question: str) -> bool:
    """Whether a question is whole, and of a length that is read at a glance."""
    words = question.rstrip("?").split()
    return (
        _MIN_WORDS < len(words) <= _MAX_WORDS
        and not _LEANING.search(question)
        and not _UNEVEN.search(question)
        and not _ENDS_OPEN.search(question.rstrip("?"))
    )
