"""The words of a text, as questions and sentences are compared by them.

A word is compared by its ``key``: the English stem of its lower-case form without accents, or,
for an abbreviation ("U.S.", "UN"), its capital letters, so that "US" is never the pronoun.
How telling a word is comes from a table of how many of some thousand open paragraphs hold it.
"""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?:\n“\"]\s*[“\"‘(]*\s*$")
_ABBREVIATION_LETTERS = 5
# A stem that is the beginning of another is the same word in another form ("iran", "iranian"),
# but only from this many letters on, and up to this many more: "invest" is not "investig".
_PREFIX_LETTERS = 4
_SUFFIXES = frozenset(
    ["", *"a ia e el i n an en er es on ese ian ic is ist ish ite li man men ni or y".split()]
)
# Questions ask "did he say", sources tell "he said": stemming keeps these apart.
_IRREGULAR_VERBS = """
    become became; begin began begun; bear bore borne; break broke broken; bring brought;
    build built; buy bought; catch caught; choose chose chosen; come came; cut; deal dealt;
    die dying; draw drew drawn; drive drove driven; eat ate eaten; fall fell fallen; feel felt;
    fight fought; find found; flee fled; fly flew flown; forbid forbade forbidden;
    forget forgot forgotten; freeze froze frozen; get got gotten; give gave given;
    go went gone goes; grow grew grown; hang hung; hear heard; hide hid hidden; hold held;
    keep kept; know knew known; lay laid; lead led; leave left; lend lent; lie lying lain;
    lose lost; mean meant; meet met; pay paid; ride rode ridden; rise rose risen; run ran;
    say said; see saw seen; seek sought; sell sold; send sent; shake shook shaken; shoot shot;
    show shown; sing sang sung; sink sank sunk; sit sat; sleep slept; speak spoke spoken;
    spend spent; stand stood; steal stole stolen; strike struck stricken; swear swore sworn;
    swim swam; take took taken; teach taught; tell told; think thought; throw threw thrown;
    understand understood; wake woke; wear wore worn; win won; withdraw withdrew withdrawn;
    write wrote written
"""

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also although am among an and any are as at be because
    been before being below between both but by can could d did do does doing done down during
    each either ever every few for from further get got had has have having he her here hers
    herself him himself his how i if in into is it its itself just ll m made make many may me
    might more most much must my myself no nor not of off on once one only or other our ours
    ourselves out over own re s same shall she should so some such t than that the their theirs
    them themselves then there these they this those through to too under until up upon us ve
    very was we were what when where which while who whom whose why will with within without
    would yet you your yours yourself according
    """.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes
    ----------
    text : str
        As written.
    key : str
        What it is compared by.
    is_name : bool
        Whether it is written as a name: with a capital that no sentence beginning explains.
    is_function : bool
        Whether it is a function word ("of", "did"), which tells nothing.
    """

    text: str
    key: str
    is_name: bool
    is_function: bool

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[0].isdigit()


@functools.cache
def _analyzer() -> tantivy.TextAnalyzer:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    for word_filter in (
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(word_filter)
    return builder.build()


@functools.lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return the English stem of a word, lower-case and without accents.

    >>> stem("Investigated"), stem("spoke")
    ('investig', 'speak')
    """
    word = _base_forms().get(word.lower(), word)
    return "".join(_analyzer().analyze(word)) or word.casefold()


@functools.cache
def _base_forms() -> dict[str, str]:
    verbs = [forms.split() for forms in _IRREGULAR_VERBS.split(";")]
    return {form: base for base, *forms in verbs for form in forms}


def irregular_base(word: str) -> str | None:
    """Return the base of a form of an irregular verb; None for any other word.

    >>> irregular_base("struck"), irregular_base("leads"), irregular_base("ferry")
    ('strike', 'lead', None)
    """
    lower = word.lower()
    bases = _base_forms()
    for form in (lower, lower.removesuffix("s")):
        if form in bases or form in bases.values():
            return bases.get(form, form)
    return None


@dataclass(frozen=True, slots=True)
class _WordTable:
    documents: int
    counts: dict[str, int]
    names: frozenset[str]


@functools.cache
def _word_table() -> _WordTable:
    table = json.loads((resources.files("qa") / "data" / "words.json").read_text("utf-8"))
    counts = {key: int(count) for count, keys in table["counts"].items() for key in keys.split(" ")}
    return _WordTable(int(table["documents"]), counts, frozenset(table["names"].split(" ")))


@functools.lru_cache(maxsize=100_000)
def rarity(key: str) -> float:
    """Return how telling a word is, in [0, 1]: its inverse document frequency, scaled.

    1 is a word that the table does not know; names mostly are such.

    >>> rarity("soleimani") == 1.0 and rarity("say") < 0.5
    True
    """
    table = _word_table()
    count = table.counts.get(key, 0)
    return math.log((table.documents + 1) / (count + 1)) / math.log(table.documents + 1)


def is_mostly_name(key: str) -> bool:
    """Whether a word is a name wherever it stands; so are words that the table does not know."""
    table = _word_table()
    return key in table.names or key not in table.counts


@functools.lru_cache(maxsize=5_000)
def split_words(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order.

    >>> [word.key for word in split_words("The U.S. strikes killed Müller.")]
    ['the', 'US', 'strike', 'kill', 'muller']
    """
    # An all-capitals text tells nothing of names and abbreviations by its capitals.
    has_case = any(character.islower() for character in text)
    found = list(WORD.finditer(text))
    words: list[Word] = []
    for position, match in enumerate(found):
        written = match.group()
        is_capital = has_case and written[0].isupper()
        if has_case and is_abbreviation(written):
            words.append(Word(written, written.replace(".", ""), True, False))
            continue
        is_function = written.lower() in FUNCTION_WORDS
        begins = position == 0 or _SENTENCE_END.search(text[: match.start()][-8:]) is not None
        follower = found[position + 1].group() if position + 1 < len(found) else ""
        key = stem(written)
        explained = begins and not follower[:1].isupper() and not is_mostly_name(key)
        words.append(
            Word(written, key, is_capital and not is_function and not explained, is_function)
        )
    return tuple(words)


def word_keys(text: str) -> set[str]:
    """Return the keys of the words of a text, in a third of the time of `split_words`.

    >>> sorted(word_keys("The U.S. strikes"))
    ['US', 'strike', 'the']
    """
    has_case = any(character.islower() for character in text)
    return {
        written.replace(".", "") if has_case and is_abbreviation(written) else stem(written)
        for written in WORD.findall(text)
    }


def is_abbreviation(written: str) -> bool:
    """Whether a word is written as an abbreviation: a few capitals, with points or without."""
    letters = written.replace(".", "")
    return letters.isupper() and 2 <= len(letters) <= _ABBREVIATION_LETTERS


@functools.lru_cache(maxsize=100_000)
def likeness(left: str, right: str) -> float:
    """Return how far two keys are the same word, in [0, 1].

    Nationalities and other forms that stemming keeps apart ("iran" and "iranian") count, less
    than the same stem.
    """
    if left == right:
        return 1.0
    short, long = sorted((left, right), key=len)
    if len(short) < _PREFIX_LETTERS or short[:_PREFIX_LETTERS] != long[:_PREFIX_LETTERS]:
        return 0.0
    common = 0
    while common < len(short) and short[common] == long[common]:
        common += 1
    rest_short, rest_long = short[common:], long[common:]
    if rest_short in _SUFFIXES | {""} and rest_long in _SUFFIXES | {""}:
        return 0.7
    # One letter of spelling apart late in a long word: "defenc" and "defens", "organis", "organiz".
    if len(short) == len(long) >= 6 and short[common + 1 :] == long[common + 1 :] and common >= 4:
        return 0.7
    return 0.0
