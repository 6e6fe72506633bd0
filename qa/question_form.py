"""The form of what was typed: a question, a yes/no question, a statement, a topic, a command.

The form decides how an answer is told, never what it is: that is for the articles and the scores.
It is read from the closed classes of English words (question words, auxiliaries) and their order.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import StrEnum

from index.sentences import sentence_spans
from qa.question import AnswerKind, QuestionProfile, profile_question
from qa.words import FUNCTION_WORDS


class Form(StrEnum):
    """What kind of text was typed."""

    QUESTION = "question"
    YES_NO = "yes or no"
    STATEMENT = "statement"
    TOPIC = "topic"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """How a question is to be answered, as far as its form tells.

    Attributes
    ----------
    form : Form
    wants_many : bool
        Whether several answers are asked for: "which countries", "list the …".
    wants_one : bool
        Whether only one answer can be right: "how many", "when", "who is the mayor". "Who was
        killed" and "which company fired staff" may have several.
    asked : str
        What is to be looked for: a topic without "tell me about", a question without "can you
        tell me", "what are the …" for "list the …".
    """

    form: Form
    wants_many: bool
    wants_one: bool
    asked: str


WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_BE = frozenset("is are was were".split())
AUXILIARIES = _BE | frozenset(
    """
    am do does did has have had can could will would shall should may might must isn't aren't
    wasn't weren't doesn't don't didn't hasn't haven't hadn't can't couldn't won't wouldn't
    shouldn't mustn't
    """.split()
)
# At the beginning of a topic these may be names: "May 2023 protests", "Will Smith".
_MODALS = frozenset("can will may might must".split())
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_HAS_WH = re.compile(rf"\b{WH}\b", re.IGNORECASE)
_OPENS_WITH_WH = re.compile(
    rf"(?:(?:in|on|at|by|for|from|to|with|of|since|until|about|under)\s+)?{WH}(?:['’]s|['’]re)?\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:and|but|so|or|well|then|also|ok|okay|hi|hello|hey|please)\b[,!\s]*)+", re.IGNORECASE
)
# Ways of asking that are not what is asked for: "Can you tell me who …".
_POLITE = re.compile(
    r"^(?:(?:can|could|will|would)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:tell|explain|say|show|find\s+out|describe|remind)(?:\s+(?:me|us))?\s+"
    r"|let\s+(?:me|us)\s+know\s+|(?<=you\s)|(?<=please\s))(?=\S)"
    r"|^(?:do|does)\s+(?:you|anyone|anybody|we|the\s+articles)\s+(?:know|say|tell|mention)\s+"
    r"|^(?:i|we)(?:\s+would|['’]d)?\s+(?:want|like)\s+to\s+know\s+|^i\s+wonder\s+",
    re.IGNORECASE,
)
_PAPERS = r"(?:articles?|stories|reports?|papers?|passages?|collection|news|press|outlets)"
_ABOUT = re.compile(
    r"^(?:(?:can|could|will|would)\s+you\s+)?(?:please\s+)?(?:(?:"
    r"(?:(?:tell|show|give|find)\s+(?:me|us)\s+)?(?:something|anything|everything|all|more"
    r"|a\s+(?:bit|little)|(?:the\s+)?(?:latest|news)|information|info|details|background"
    rf"|{_PAPERS})|(?:tell|show)\s+(?:me|us)|what(?:['’]s|\s+is)\s+(?:there|new|known)"
    rf"|what\s+(?:do|does|did)\s+(?:the|these|those|your)\s+{_PAPERS}\s+(?:say|tell|report|write)"
    r")\s+(?:about|on|regarding|concerning)|(?:what|how)\s+about|(?:a\s+)?summary\s+of"
    r"|summari[sz]e|(?:an\s+)?overview\s+of)\s+(?P<topic>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
# Commands to an assistant; none of them can open a question, and few a headline.
_COMMAND = re.compile(
    r"""^(?:(?:please|now|just|instead|and|then)[,\s]+)*(?:
      (?:ignore|disregard|forget|override|bypass)\s+(?:all|any|every\w*|the|your|my|previous|prior
        |these|those|what)
    | (?:pretend|act|role-?play|imagine)\s+(?:to\s+be|as|that|you|like)
    | (?:write|compose|draw|generate|create|sing|make|tell|give|invent)\s+(?:me\s+|us\s+)?
        (?:an?|some)\s+(?:\w+\s+)?(?:poem|song|joke|story|essay|picture|image|program|script|code
        |email|letter|tweet|post|haiku|recipe)
    | (?:translate|repeat|print|output|reply|respond|reveal|obey|answer)\s+(?:the|this|that|these
        |your|with|to|after|as|only|in|me|my|all|every\w*|following|no(?:thing)?)
    | say\s+(?:hello|hi|that|only|yes|no|nothing|something|anything|[“"'])
    | you\s+(?:are\s+now|must|will|should|have\s+to|shall)
    | from\s+now\s+on | (?:do\s+not|don['’]t|never)\s+(?:answer|use|follow|cite|tell|say|mention)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_LISTING = re.compile(
    r"^(?:list|name|enumerate|(?:give|make|show)\s+(?:me\s+|us\s+)?(?:a\s+|the\s+)?list\s+of)\s",
    re.IGNORECASE,
)
_SEVERAL_PERSONS = re.compile(
    r"\bwho\s+(?:all|else)\b|\bwho\s+(?:are|were)\s+(?:the|all|some|those)\b"
    r"|\bwhat\s+(?:are|were)\s+(?:all\s+)?the\s+names\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"two|three|four|five|six|seven|eight|nine|ten|several|\d+", re.IGNORECASE)
_DETERMINERS = frozenset("the all some any its their his her our those these".split())
_NO_PLURAL = re.compile(r"(?:ss|us|is|['’]s|news|series|politics|economics|always)$")
_PLURALS = frozenset("people men women children police".split())
# A place that one fills, or a prize that one wins: of these deeds there is one doer at a time.
_SOLE_DEEDS = frozenset(
    """
    becomes became leads led heads headed chairs chaired runs ran rules ruled governs governed
    commands commanded manages managed coaches coached captains captained owns owned hosts hosted
    won wins succeeds succeeded replaces replaced founded invented discovered
    """.split()
)
_REACH = 3
_TRUE_OR_FALSE = re.compile(r"^true\s+or\s+false\b|\btrue\s+or\s+false\W*$", re.IGNORECASE)
# What is left open at its end: "… has been renamed to?", "… after:".
_LEFT_OPEN = re.compile(
    r"(?::|\.\.\.|…|\b(?:to|by|for|in|at|on|after|with|from|of|the|as)\s*\?)\s*$"
)
_PAST = re.compile(r"\w{2,}ed")
# Whatever is longer is no mere topic.
_MAX_TOPIC_WORDS = 8


def read_form(text: str) -> QuestionForm:
    """The form of a text on one line.

    >>> read_form("Did Blinken visit Israel?").form.value, read_form("drone attack").form.value
    ('yes or no', 'topic')
    >>> read_form("Which countries signed the treaty?").wants_many
    True
    """
    plain = _GREETING.sub("", text.strip()) or text.strip()
    about = _ABOUT.match(plain)
    if about and not _HAS_WH.match(about["topic"]):
        return QuestionForm(Form.TOPIC, False, False, about["topic"])
    form = _form_of(plain)
    asked = _LISTING.sub("What are ", _without_courtesy(plain))
    if form is not Form.QUESTION:
        return QuestionForm(form, False, False, asked.rstrip(" ?.!"))
    profile = profile_question(asked)
    many = asked != _without_courtesy(plain) or _wants_many(plain, profile)
    return QuestionForm(form, many, not many and _wants_one(plain, profile), asked)


def is_command(text: str) -> bool:
    """Whether a text tells the assistant what to do, and asks nothing."""
    return "?" not in text and _COMMAND.match(_GREETING.sub("", text.strip())) is not None


def sentences_of(text: str) -> list[str]:
    """The sentences of a question's text."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _form_of(plain: str) -> Form:
    if is_command(plain):
        return Form.COMMAND
    if _TRUE_OR_FALSE.search(plain):
        return Form.YES_NO
    asked = _without_courtesy((sentences_of(plain) or [plain])[-1])
    is_asked = asked.rstrip(' "”’)').endswith("?")
    if _LISTING.match(asked) or _OPENS_WITH_WH.match(asked) or _LEFT_OPEN.search(asked):
        return Form.QUESTION
    words = _WORD.findall(asked)
    if words and _opens_with_auxiliary(words, is_asked=is_asked):
        return Form.YES_NO
    if is_asked and _HAS_WH.search(plain):
        return Form.QUESTION
    if re.search(r"\b(?:which|what)\b", asked) and profile_question(asked).unit is not None:
        return Form.QUESTION  # "an eruption in which country caused alarm"
    if is_asked and any(
        _opens_with_auxiliary(_WORD.findall(clause), is_asked=True) for clause in asked.split(",")
    ):
        return Form.YES_NO
    return Form.STATEMENT if _says_something(words) else Form.TOPIC


def _without_courtesy(text: str) -> str:
    polite = _POLITE.match(text)
    return text[polite.end() :] if polite else text


def _opens_with_auxiliary(words: list[str], *, is_asked: bool) -> bool:
    if len(words) < 2 or _lower(words[0]) not in AUXILIARIES:
        return False
    may_be_name = words[0].lower() in _MODALS and words[0][0].isupper() and not words[1].islower()
    return is_asked or not may_be_name


def _lower(word: str) -> str:
    return word.lower().replace("’", "'")


def _says_something(words: list[str]) -> bool:
    """Whether there is a verb behind what may be its subject; written small, a "may" is one."""
    if len(words) < _REACH:
        return False
    has_verb = any(word in AUXILIARIES or _PAST.fullmatch(word) for word in words[1:-1])
    return has_verb or len(words) > _MAX_TOPIC_WORDS


def _wants_many(text: str, profile: QuestionProfile) -> bool:
    told_at_length = (AnswerKind.REASON, AnswerKind.DESCRIPTION)
    if profile.kind in (*told_at_length, AnswerKind.NUMBER, AnswerKind.MONEY, AnswerKind.TIME):
        return False
    if _SEVERAL_PERSONS.search(text):
        return True
    return any(
        _names_several(wh, words, unit=profile.unit)
        for wh, words in _behind_wh(text, "which", "what")
    )


def _behind_wh(text: str, *question_words: str) -> list[tuple[str, list[str]]]:
    """The last such question word, which is the one that asks, with the words behind it."""
    words = _WORD.findall(text)
    at = [place for place, word in enumerate(words) if _lower(word) in question_words]
    return [(_lower(words[at[-1]]), words[at[-1] + 1 :])] if at else []


def _names_several(wh: str, words: list[str], *, unit: str | None) -> bool:
    """Whether "which" or "what" goes with a noun in the plural, or with a number of things."""
    if words and words[0].lower() in ("are", "were"):
        # "What are the exports of …": the noun follows the verb.
        words, wh = words[1:], "which"
    while words and words[0].lower() in _DETERMINERS:
        words = words[1:]
    if not words or words[0].lower() in FUNCTION_WORDS:
        return False
    if _COUNT.fullmatch(words[0]):
        return True
    if unit is not None:
        near = [word.lower() for word in words[:_REACH]]
        return unit not in near and any(_is_plural(word) for word in near if word[:3] == unit[:3])
    # "What weapons did", but not "what happens", nor "which sports league".
    behind = _lower(words[1]) if len(words) > 1 else ""
    is_verb = behind in AUXILIARIES or _PAST.fullmatch(behind) is not None
    return _is_plural(words[0]) and (is_verb or (wh == "which" and behind in FUNCTION_WORDS))


def _is_plural(word: str) -> bool:
    low = word.lower()
    return low in _PLURALS or (len(low) > 3 and low.endswith("s") and not _NO_PLURAL.search(low))


def _wants_one(text: str, profile: QuestionProfile) -> bool:
    if profile.kind in (AnswerKind.NUMBER, AnswerKind.MONEY, AnswerKind.TIME):
        return True
    if profile.kind is AnswerKind.PLACE and profile.unit is None:
        return True  # where
    for wh, words in _behind_wh(text, "who", "which", "what"):
        reach = 1 if wh == "who" else _REACH
        for verb, behind in itertools.pairwise(words[: reach + 1]):
            if verb.lower() in _BE:
                return behind.lower() == "the" or behind.endswith(("’s", "'s"))
            if verb.lower() in _SOLE_DEEDS:
                return True
    return False
