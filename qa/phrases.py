"""The noun phrases of a question: what it is about, as far as that shows without a parser.

A run of words that are no function words, cut where a word is a verb: one behind "did", "to" or
"who", or one that ends such a run. That is right often enough to tell what "it" stands for.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from qa.words import WORD, Word, irregular_base, split_words, stem

_VERBS = """
    accept accuse add affect agree allow announce answer appear apply approve arrest ask attack
    authorise authorize avoid ban begin believe call cancel cause change claim close condemn
    consider cost cover create criticise criticize decide declare delay delete deny describe
    develop die differ discuss earn elect end escape estimate expect explain fail fine happen
    help hire hope host imply impose improve include increase injure invest invite involve join
    kill land last launch like list live look love make manage matter move name need offer open
    oppose order own pass plan play praise prepare prevent proceed produce promise propose
    protect protest publish purchase raise react receive recover reduce refuse reject release
    remain remove reorganise reorganize replace report request require resign respond result
    retire return reveal rotate save scan seem serve settle sign start stay stop store succeed
    suffer suggest support survive threaten track transmit travel treat trigger try turn update
    urge use visit vote vow wait walk want warn watch work worry
    """
_DETERMINERS = frozenset("the a an this that these those my your his her its their our".split())
_PREPOSITIONS = frozenset(
    """about after against as at before between by during for from in into of on over since than
    through to under until with within without""".split()
)
_AUXILIARIES = frozenset("do does did can could will would shall should may might must".split())
_PLURALS = frozenset("people men women children police".split())
_ASKING = frozenset("what which whose how many much".split())
# What a verb may stand behind.
_BEFORE_VERBS = frozenset(
    """i you we they he she it who whom what when where why how to not and or also never
    do does did can could will would shall should may might must
    is are was were be been being am has have had""".split()
)
# "The end of the war" is about the war.
_LIGHT = """age amount cause cost date day difference distance effect end example history
    kind length list lot meaning member name number part place price purpose reason result role
    size source start step thing time type use way year"""
# Of time, which is understood apart (`qa.periods`).
_TIMES = "day month now time today tomorrow week year yesterday"
_ACCORDING = re.compile(r"\baccording to (?:the )?$", re.IGNORECASE)
_JOIN = re.compile(r"\s+|[-–]|['’]s? ?")


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Words that name a thing.

    Attributes
    ----------
    text : str
        As written, without article.
    keys : tuple of str
        Of its words, see `qa.words.Word`; the last is its head's.
    start, end : int
        Its place in the text.
    before : str
        The word before it, in small letters; empty where there is none.
    is_source : bool
        Whether the question only says by whom it is told ("according to CBS").
    is_name : bool
        Whether a word of it is written as a name.
    is_plural : bool
        Whether its head ends as plurals do.
    """

    text: str
    keys: tuple[str, ...]
    start: int
    end: int
    before: str
    is_name: bool
    is_plural: bool
    is_source: bool = False

    @property
    def with_article(self) -> str:
        """As it is spoken of again: "the ferry" after "a ferry", "the US", "Iran"."""
        is_bare = self.is_name and self.before != "the"
        return self.text if is_bare or self.text.lower().startswith("the ") else f"the {self.text}"

    @property
    def is_asked_for(self) -> bool:
        """Whether it is what the question asks for ("which team", "how many ferries")."""
        return self.before in _ASKING


@functools.cache
def _keys(words: str) -> frozenset[str]:
    """What those words are compared by; made when first needed, since the stemmer is a library."""
    return frozenset(map(stem, words.split()))


@functools.lru_cache(maxsize=1_000)
def noun_phrases(text: str) -> tuple[NounPhrase, ...]:
    """The noun phrases of a text in order.

    >>> [phrase.text for phrase in noun_phrases("Did the Quds Force attack a base in Iraq?")]
    ['Quds Force', 'base', 'Iraq']
    """
    places = [(word, match.start(), match.end()) for word, match in _words(text)]
    found: list[NounPhrase] = []
    first = 0
    # "did the central bank | raise | interest rates": behind the subject comes the verb.
    awaits_verb = False
    while first < len(places):
        if places[first][0].is_function:
            awaits_verb |= places[first][0].text.lower() in _AUXILIARIES
            first += 1
            continue
        last = first
        while last + 1 < len(places) and _goes_on(text, places[last], places[last + 1]):
            last += 1
        phrases, has_verb = _phrases(text, places, first, last, awaits_verb)
        found += phrases
        awaits_verb &= not has_verb
        first = last + 1
    return tuple(_joined(text, found))


def _words(text: str) -> list[tuple[Word, re.Match[str]]]:
    return list(zip(split_words(text), WORD.finditer(text), strict=True))


_Place = tuple[Word, int, int]


def _goes_on(text: str, place: _Place, following: _Place) -> bool:
    between = text[place[2] : following[1]]
    return not following[0].is_function and _JOIN.fullmatch(between) is not None


def _phrases(
    text: str, places: list[_Place], first: int, last: int, awaits_verb: bool
) -> tuple[list[NounPhrase], bool]:
    """The phrases in a run of words, what is left without its verbs; whether it had one."""
    before = places[first - 1][0].text.lower() if first else ""
    may_begin_so = not before or before in _BEFORE_VERBS
    pieces: list[tuple[int, int]] = []
    start = first
    for at in range(first, last + 1):
        if not _is_verb(places[at][0]):
            continue
        if (at == start and may_begin_so) or (at > first and awaits_verb):
            pieces.append((start, at - 1))
            start = at + 1
            awaits_verb = False
    has_verb = start > first
    pieces.append((start, last))
    made: list[NounPhrase] = []
    for piece_first, piece_last in pieces:
        # "was the gin | invented", "was Haniyeh | killed"
        while piece_last > piece_first and _is_past(places[piece_last][0]):
            piece_last -= 1
            has_verb = True
        phrase = _phrase(text, places, piece_first, piece_last)
        made += [phrase] if phrase else []
    return made, has_verb


def _phrase(text: str, places: list[_Place], first: int, last: int) -> NounPhrase | None:
    words = [word for word, _, _ in places[first : last + 1]]
    if not words:
        return None
    before = places[first - 1][0].text.lower() if first else ""
    after = places[last + 1][0].text.lower() if last + 1 < len(places) else ""
    head = words[-1]
    is_light = head.key in _keys(_LIGHT) and after in ("of", "between", "for")
    is_led = before in _DETERMINERS or (before in _PREPOSITIONS and before != "to")
    is_verb = len(words) == 1 and _is_verb(head) and not is_led
    if is_light or is_verb or head.key in _keys(_TIMES) or all(word.is_number for word in words):
        return None
    lower = head.text.lower()
    return NounPhrase(
        text[places[first][1] : places[last][2]],
        tuple(word.key for word in words),
        places[first][1],
        places[last][2],
        before,
        any(word.is_name for word in words),
        lower in _PLURALS or (lower.endswith("s") and not lower.endswith(("ss", "us", "is"))),
        _ACCORDING.search(text[: places[first][1]]) is not None,
    )


def _is_verb(word: Word) -> bool:
    if word.is_name or word.is_number:
        return False
    lower = word.text.lower()
    return word.key in _keys(_VERBS) or bool(irregular_base(lower)) or lower.endswith(("ed", "ing"))


def _is_past(word: Word) -> bool:
    """Whether a word has the form of a past or of a participle of its own."""
    if word.is_name:
        return False
    lower = word.text.lower()
    base = irregular_base(lower)
    return lower.endswith("ed") or (base is not None and lower.removesuffix("s") != base)


def _joined(text: str, phrases: list[NounPhrase]) -> list[NounPhrase]:
    """The phrases, those of one name put together: "Great Wall of China"."""
    joined: list[NounPhrase] = []
    for phrase in phrases:
        earlier = joined[-1] if joined else None
        if (
            earlier is not None
            and earlier.is_name
            and phrase.is_name
            and re.fullmatch(r"\s+of(?: the)?\s+", text[earlier.end : phrase.start])
        ):
            joined[-1] = NounPhrase(
                text[earlier.start : phrase.end],
                earlier.keys + phrase.keys,
                earlier.start,
                phrase.end,
                earlier.before,
                True,
                earlier.is_plural,
                earlier.is_source,
            )
        else:
            joined.append(phrase)
    return joined
