"""Whether a question speaks of the present: in so many words, or by the tense of its verb."""

from __future__ import annotations

import re

from qa.words import FUNCTION_WORDS

# Words that ask for how things stand now. Case tells names from words ("USA Today", "Apocalypse
# Now"), so a capital in the middle of a question is no such word.
_NOW = re.compile(
    r"""(?<![\w-])(?:
        (?:right\s+|as\s+of\s+|until\s+|up\s+to\s+)?now(?!-)
        | nowadays | presently | recently | lately | newest | currently | today
        | at\s+(?:present | (?:the|this)\s+(?:present\s+)?moment) | these\s+days
        | most\s+recent(?:ly)? | latest
        | recent(?!\s+(?:years|decades|centuries|history|memory|times)\b)
        | of\s+late(?=\W*$)
        | (?:so|thus)\s+far(?!\s+(?:as|away|from|apart)\b)
        | to\s+date(?=\W*$|\s*,)
        # A river has a current, a wire, too; a law that is current stands before its noun.
        | (?<!ocean\ )(?<!electric\ )(?<!tidal\ )(?<!rip\ )current(?=\s+(?!of\b|account)\w)
        | (?<!stand\ )(?<!stood\ )(?<!sit\ )(?<!be\ )still(?!\s+(?:life|image|photo|water)|born|-)
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_WH = re.compile(r"\b(?:who|whom|whose|what|which|where|when|why|how)\b", re.IGNORECASE)
_SENTENCE_START = re.compile(r"[.?!][\"”’)]*\s+(?=[\"“‘(]*[A-Z])")
_TOKEN = re.compile(r"[\w-]+(?:['’]\w+)?|,")

_PRESENT = frozenset(
    """
    am is are has have do does will shall can may might must should isn't aren't hasn't haven't
    doesn't don't won't can't mustn't shouldn't
    """.split()
)
_PAST = frozenset("was were had did wasn't weren't hadn't didn't".split())
# These are either: only a word of the future beside them tells.
_EITHER = frozenset("could would couldn't wouldn't".split())
_SHORT_PRESENT = re.compile(
    r"(?:who|what|where|when|why|how|it|he|she|that|there|they|we|you|i)'(?:s|re|ll|ve|m)"
)
# Past forms that are no present or noun at the same time; participles like "taken" are no verb
# of their own.
_IRREGULAR_PAST = frozenset(
    """
    ate became began bore bought broke brought built came caught chose dealt drew drove fell felt
    fled flew fought found gave got grew heard held hid hung kept knew laid led left lent lost made
    meant met paid ran rode rose said sang sank sat saw sent shook shot slept sold sought spent
    spoke stole stood struck swam swept swore taught thought threw told took understood went
    withdrew woke won wore wrote
    """.split()
)
_NO_PAST = frozenset(
    "bed bleed breed deed exceed feed hundred indeed infrared kindred naked need proceed red "
    "sacred seed shed speed succeed weed".split()
)
_DETERMINERS = frozenset(
    "the a an this that these those his her its their our your my which what whose".split()
)
_RELATIVE = frozenset("that who which whose where whom".split())
_PREPOSITIONS = frozenset("at by for from in into of on than to under with".split())

# The verb comes early; more is not read.
_MAX_CLAUSES, _CLAUSE_CHARS = 4, 300


def speaks_of_now(question: str) -> bool:
    """Whether a question asks for the present in so many words: "now", "latest", "still".

    Examples
    --------
    >>> speaks_of_now("Who currently leads the party?"), speaks_of_now("Who owns USA Today?")
    (True, False)
    """
    has_case = any(character.islower() for character in question)
    for match in _NOW.finditer(question):
        is_first = not question[: match.start()].strip(" \"'“‘(")
        if not has_case or is_first or match.group().islower():
            return True
    return False


def is_in_present(question: str) -> bool:
    """Whether the main verb of a question stands in the present or the future.

    The verb is found by its form: the first finite one after the question word of the last
    sentence that asks, else the first of that sentence. What may be either tense is neither.

    Examples
    --------
    >>> is_in_present("Which company is being accused?"), is_in_present("Which company announced?")
    (True, False)
    """
    question = question.replace("’", "'")
    starts = [0, *(match.end() for match in _SENTENCE_START.finditer(question))]
    asking = [match.start() for match in _WH.finditer(question)]
    if "?" not in question:
        # "the government, which has resigned" asks nothing: a question word comes first.
        asking = [each for each in asking if each in starts]
        if not asking and not _begins_with_verb(question):
            return False
    start = max(each for each in starts if not asking or each <= asking[-1])
    places = (*[each for each in asking if each >= start][:_MAX_CLAUSES], start)
    tenses = (_first_tense(question[each : each + _CLAUSE_CHARS]) for each in places)
    return next((tense for tense in tenses if tense is not None), False)


def _begins_with_verb(question: str) -> bool:
    first = _TOKEN.match(question)
    return first is not None and first[0].lower() in _PRESENT | _PAST


def is_finite_form(word: str) -> bool:
    """Whether a lower-case word has the form of a finite verb; participles in -ed have it, too."""
    if word in _PRESENT or word in _PAST or word in _IRREGULAR_PAST:
        return True
    return word.endswith("ed") and len(word) > 3 and word not in _NO_PAST


def _first_tense(clause: str) -> bool | None:
    """Whether the first finite verb is a present one; None where none is recognised."""
    tokens = _TOKEN.findall(clause)
    words = [token.lower() for token in tokens]
    is_in_relative_clause = False
    for i, word in enumerate(words):
        if i and word in _RELATIVE and words[i - 1] not in _PREPOSITIONS:
            # "the man who leads it": that verb is not the sentence's.
            is_in_relative_clause = True
            continue
        tense = _tense(tokens, words, i)
        if tense is not None:
            if not is_in_relative_clause:
                return tense
            is_in_relative_clause = False
    return None


def _tense(tokens: list[str], words: list[str], i: int) -> bool | None:
    word = words[i]
    # "May" is a month and "Will" a man where a capital stands inside the clause.
    if i and tokens[i][0].isupper() and not tokens[i].isupper():
        return None
    if word in _PRESENT or _SHORT_PRESENT.fullmatch(word):
        return True
    if word in _PAST or word in _IRREGULAR_PAST:
        return False
    if word in _EITHER:
        return True if words[i + 1 : i + 2] == ["soon"] else None
    if word.endswith("ed") and len(word) > 3 and word not in _NO_PAST:
        return None if _is_attribute(tokens, words, i) else False
    if (
        i == 1
        and words[0] == "who"
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is"))
    ):
        return True  # "Who leads the party?"
    return None


def _is_attribute(tokens: list[str], words: list[str], i: int) -> bool:
    """Whether a participle stands before its noun: "which long awaited show", "the stolen"."""
    before = i - 1
    while before > 0 and words[before].endswith("ly"):
        before -= 1
    if before < 0 or words[before] not in _DETERMINERS:
        return False
    follower = tokens[i + 1] if i + 1 < len(tokens) else ","
    is_noun = follower[0].islower() and follower not in FUNCTION_WORDS
    return is_noun or words[before] not in ("which", "what", "whose", "that")
