"""Drills on who did what to whom: "his predecessor, B" answers "Who succeeded B?" with A.

Few questions of the sets turn a relation round, and the network then takes any name that stands
near. So a clause that relates two persons is put into a paragraph behind one of them, and either
is asked for in other words; asked about somebody else, or the wrong way round, there is no answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

# A name of two or three words whose last word, alone, does what persons do is most often one's.
_NAME = re.compile(r"\b[A-Z][a-zé]+(?: [A-Z]\.)?(?: [A-Z][\w’'-]+){1,2}\b")
_DOES = (
    "said|says|told|wrote|became|served|died|won|led|joined|resigned|returned|received|moved|played|"
    "argued|studied|worked|began|went|took|married|retired|left|believed|had|has|was|made"
)
_NO_NAMES = frozenset(
    "The This That These In On At After Before During Since When While As For From By With His Her "
    "See Its Their Our My He She It They We And But Or If New North South East West United San Los "
    "Saint University College School House Street Road Park City County State Company Act January "
    "February March April May June July August September October November December".split()
)
_ROLES = (
    "commander",
    "chairman",
    "head coach",
    "mayor",
    "chief executive",
    "president",
    "prime minister",
    "editor",
    "secretary",
    "director",
    "captain",
    "bishop",
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between A, who stands in the paragraph, and B, who is put beside.

    In all forms ``{a}`` and ``{b}`` are names, ``{s}`` is A's surname, ``{r}`` an office.

    Attributes
    ----------
    clauses : tuple of str
        What is put behind A's name, in commas.
    sentences : tuple of str
        What is put behind the sentence that names A.
    ask_a, ask_b : tuple of str
        Questions whose answer is A, and B.
    """

    clauses: tuple[str, ...]
    sentences: tuple[str, ...]
    ask_a: tuple[str, ...]
    ask_b: tuple[str, ...]


_SUCCESSION_A = (
    "Who succeeded {b}?",
    "Who replaced {b}?",
    "Who replaced {b} as {r}?",
    "Who was {b}'s successor?",
    "Who is the successor of {b}?",
    "Who took over from {b}?",
    "Who followed {b} as {r}?",
    "Who became {r} after {b}?",
    "Whose predecessor was {b}?",
    "By whom was {b} succeeded?",
)
_SUCCESSION_B = (
    "Who was {s}'s predecessor?",
    "Whom did {a} succeed?",
    "Who did {s} replace?",
    "Whom did {a} replace as {r}?",
    "Who was {r} before {a}?",
    "Who came before {s}?",
    "Whose successor is {a}?",
    "From whom did {s} take over?",
)
RELATIONS = (
    Relation(
        (
            "who succeeded {b}",
            "who replaced {b}",
            "who took over from {b} as {r}",
            "the successor of {b}",
            "{b}'s successor",
            "successor to {b}",
            "whose predecessor was {b}",
            "who had followed {b} as {r}",
            "the new {r} after {b}",
            "named {r} to replace {b}",
        ),
        (
            "{s} succeeded {b} as {r}.",
            "{s} spoke of the death of his predecessor, {b}.",
            "{s} thanked her predecessor, {b}, for years of work.",
            "His predecessor, {b}, had left the post.",
            "Like his predecessor {b}, {s} gave no interviews.",
            "{b} was succeeded by {s}.",
            "{b} was replaced by {s} as {r}.",
            "{b} handed over the office of {r} to {s}.",
            "{s} was named {r} after the resignation of {b}.",
        ),
        _SUCCESSION_A,
        _SUCCESSION_B,
    ),
    Relation(
        ("who defeated {b}", "who beat {b} in the final", "the winner over {b}"),
        (
            "{s} beat {b}.",
            "{b} lost to {s}.",
            "{b} was defeated by {s}.",
            "{s} prevailed over {b}.",
        ),
        ("Who defeated {b}?", "Who beat {b}?", "To whom did {b} lose?", "Who won against {b}?"),
        ("Whom did {a} defeat?", "Who lost to {s}?", "Who was beaten by {a}?"),
    ),
    Relation(
        ("who was appointed by {b}", "whom {b} had appointed", "{b}'s choice for {r}"),
        ("{b} appointed {s} as {r}.", "{s} was named {r} by {b}.", "{s} was nominated by {b}."),
        ("Whom did {b} appoint?", "Who was appointed by {b}?", "Who was named {r} by {b}?"),
        ("Who appointed {a}?", "By whom was {s} appointed?", "Who named {s} as {r}?"),
    ),
    Relation(
        ("who accused {b} of fraud", "who has sued {b}", "a critic of {b}"),
        ("{s} accused {b} of lying.", "{b} was sued by {s}.", "{b} was criticised by {s}."),
        ("Who accused {b}?", "Who sued {b}?", "Who criticised {b}?", "By whom was {b} accused?"),
        ("Whom did {a} accuse?", "Who was sued by {s}?", "Who was criticised by {a}?"),
    ),
    Relation(
        ("who was killed by {b}", "the victim of {b}", "who killed {b}"),
        ("{s} was shot dead by {b}.", "{b} killed {s}.", "{b} murdered {s}."),
        ("Whom did {b} kill?", "Who was killed by {b}?", "Who was the victim of {b}?"),
        ("Who killed {a}?", "Who murdered {s}?", "By whom was {s} killed?"),
    ),
    Relation(
        ("who is married to {b}", "the husband of {b}", "the wife of {b}"),
        ("{s} married {b}.", "{b}, who married {s}, was there, too."),
        ("Who is married to {b}?", "Whom did {b} marry?"),
        ("Who is married to {a}?", "Whom did {s} marry?"),
    ),
    Relation(
        ("who interviewed {b}", "who met {b}", "who spoke with {b}"),
        ("{s} met with {b}.", "{b} was interviewed by {s}.", "{s} talked to {b} on the phone."),
        ("Who met {b}?", "Who spoke with {b}?", "Who interviewed {b}?"),
        ("Whom did {a} meet?", "With whom did {s} speak?", "Who was interviewed by {a}?"),
    ),
)
# Of "who killed {b}" the questions above are the wrong way round: that clause teaches direction.
_REVERSED = frozenset({"who killed {b}"})
# How often there is no answer.
_UNANSWERABLE = 0.35


@dataclass(frozen=True, slots=True)
class RoleDrill:
    """A paragraph with a relation in it, a question, and where its answer stands, if anywhere."""

    question: str
    text: str
    answers: tuple[tuple[int, int], ...]


def persons_in(text: str) -> list[tuple[int, int]]:
    """Where names stand that are most likely persons', by what is said of their last word."""
    found = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        if _NO_NAMES & set(words):
            continue
        surname, whole = re.escape(words[-1]), re.escape(match.group())
        does = rf"(?<![\w-] )\b{surname} (?:{_DOES})\b"
        if re.search(does, text) or re.search(rf"{whole} \((?:born|b\.|c\.|\d{{4}})", text):
            found.append(match.span())
    return found


def pool_of(texts: Iterable[str]) -> list[str]:
    """The persons named in some texts, sorted."""
    return sorted({text[start:end] for text in texts for start, end in persons_in(text)})


def role_drill(text: str, pool: list[str], chance: random.Random) -> RoleDrill | None:
    """A paragraph's drill; None where it names no person."""
    persons = persons_in(text)
    if not persons or not pool:
        return None
    start, end = chance.choice(persons)
    a = text[start:end]
    others = [name for name in chance.sample(pool, min(8, len(pool))) if name not in text]
    if len(others) < 2:
        return None
    b, stranger = others[:2]
    relation, role = chance.choice(RELATIONS[:1] * 3 + RELATIONS[1:]), chance.choice(_ROLES)
    form = chance.choice(relation.clauses + relation.sentences)
    said = form.format(a=a, b=b, s=a.split()[-1], r=role)
    if form in relation.clauses:
        place = end
        insert = f", {said}" if text[end : end + 1] in ",.;:)" else f", {said},"
    else:
        stop = re.search(r"[.!?](?= |$)", text[end:])
        place = end + stop.end() if stop else len(text)
        insert = f" {said}"
    whole = text[:place] + insert + text[place:]
    wants_a = chance.random() < 0.5
    question = chance.choice(relation.ask_a if wants_a else relation.ask_b)
    asked_about = {"a": a, "b": b, "s": a.split()[-1], "r": role}
    has_none = form in _REVERSED or chance.random() < _UNANSWERABLE
    if has_none and form not in _REVERSED:
        asked_about |= {"a": stranger, "b": stranger, "s": stranger.split()[-1]}
    question = question.format(**asked_about)
    if has_none:
        return RoleDrill(question, whole, ())
    if wants_a:
        return RoleDrill(question, whole, tuple(_places(whole, a)))
    return RoleDrill(question, whole, tuple(_places(whole, b)))


def _places(text: str, name: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"\b{re.escape(name)}\b", text)]
