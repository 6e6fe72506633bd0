"""A question that leans on the ones before it, made to stand alone.

No language model. A pronoun gives way to what it most likely stands for; a question that is only
the end of one ("Why?", "And in 2023?", "What about Hezbollah?") is searched with the question that
it ends; and one that names nothing of its own ("Was anyone hurt?") takes along what the last one
was about. What names something of its own stays as it is, so that a change of topic drags nothing
along. docs/followups.md tells how often that is what people would write.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.phrases import NounPhrase, noun_phrases
from qa.question import AnswerKind, is_kind_noun, profile_question
from qa.words import WORD, Word, is_mostly_name, rarity, split_words, stem

_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|his|hers?)|(?P<thing>its?)|(?P<several>they|them|theirs?))\b"
    # "these" and "those" point back only where they stand for things of their own.
    r"|\b(?P<these>these|those)(?=\s*(?:[?.!,;]|$|(?:is|was|are|were|did|do|have|had)\b))",
    re.IGNORECASE,
)
_POSSESSIVE = frozenset("his her hers its their theirs".split())
# "her" is a possessive where a noun follows ("her visit"), else it stands for the person.
_HER_ALONE = re.compile(
    r"\s*(?:[?.!,;]|$|\b(?:in|on|at|to|for|from|with|and|or|say|do|go|by|of)\b)", re.IGNORECASE
)
# "It" that stands for nothing: "is it true that", "it seems", "how long does it take to".
_EMPTY_IT = re.compile(
    r"\bit (?:(?:is|was|be|will be|would be) )?(?:\w+ ){0,2}?(?:to|that|if|whether)\b"
    r"|\bit(?:['’]s| is| was)? (?:seem|appear|rain|snow|look|take|took|ok)\w*\b"
    r"|\b(?:does|did|will|would|can) it (?:(?:take|cost)\b[^?]*\bto|mean|make)\b|\bmakes? it\b",
    re.IGNORECASE,
)
# Where a pronoun may stand for what the same question has named: behind the end of a clause.
_NEW_CLAUSE = re.compile(
    r"[,.;:?!]|\b(?:and|but|or|if|when|because|that|who|which|while|after|before|since|so|as"
    r"|whether|how|why|where)\b",
    re.IGNORECASE,
)
_VERB_NEXT = re.compile(
    r"\s+(?:is|are|was|were|will|would|can|could|should|may|might|has|have|had)\b", re.IGNORECASE
)
_LEAD = r"(?:(?:and|but|so|or|then|also|ok|okay|well)\b[\s,]*)"
# What may stand alone as the end of the question before: "and why?", "who else?", "what about X?"
_ENDING = re.compile(
    rf"^(?:{_LEAD}+|{_LEAD}*(?:(?:what|how) about|(?:what|who|where|when|which) else|why not|why"
    r"|how so|how come|how (?:many|much|often|long|far)|how|since when|until when|by whom|with whom"
    r"|for what|when|where|who|whom|which ones?|tell me more|more|any(?:thing|one|body|where) else"
    r"|what happened (?:then|next|after(?:wards|\s+that)?))\b)",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|may|might|must)\b",
    re.IGNORECASE,
)
# "What is inflation?", "Who is a citizen?": asks for a thing that it names.
_DEFINITION = re.compile(
    rf"^{_LEAD}*(?:what|who)(?:['’]s| is| are| was| were) (?!(?:the|its?|their|his|her|to)\b)\w+",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\W*(?:thanks?(?: you)?|ok(?:ay)?|great|good|nice|yes|no|hello|hi|bye)\b.{0,12}", re.IGNORECASE
)
_THAT = re.compile(
    r"\b(?:this|that)(?=\s*(?:[?.!,;]|$|(?:is|was|did|does|happen\w*)\b))", re.IGNORECASE
)
_OWN_AFFAIRS = re.compile(r"\b(?:i|my|me|we|our|an?)\b", re.IGNORECASE)
_MARKER = re.compile(r"\s*\[\d+\]")
# How many words that tell something a question may have and still be about the last one.
_MAX_WORDS, _MAX_WORDS_WITH_THE, _MAX_WORDS_OF_FRAGMENT = 2, 3, 2
# How many phrases of the last question are taken along.
_MAX_TOPICS = 2
# What a phrase weighs that is a turn older; that is not the first of its question; that is a name;
# that only tells where; that a pronoun stood for; that is not one, or not several, as the pronoun.
_OLDER, _LATER, _NAME, _WHERE, _PRONOMINAL, _OTHER_NUMBER = 0.5, 0.8, 1.2, 0.6, 1.5, 0.6
_PLACING = frozenset("at by from in near on".split())


# Nouns of something: "the reaction" is one to what was spoken of, while "the election" is itself.
_RELATIONAL = """
    accident advantage aftermath aim amount answer argument background basis beginning benefit
    casualty charge circumstance comment condition consequence content cost criticism damage danger
    date death debris detail difference disadvantage distance drawback duration effect end enemy
    evidence exception excuse explanation fate feature goal height history impact implication injury
    kind legacy length limit location loss meaning measure method motive name number objective
    option origin other outcome people person plan position price problem process purpose quality
    reaction reason recommendation requirement response rest result risk role rule side significance
    size solution source speed statement status step story success support survivor suspect symptom
    target term timing toll type value victim view way weight winner witness words wounded wreck
    """


# Sentences of an answer that are looked through for a name.
_MAX_LINES = 3


@dataclass(frozen=True, slots=True)
class _Turn:
    """A question of the conversation, made to stand alone.

    Attributes
    ----------
    text : str
        The question.
    phrases : tuple of NounPhrase
        What it names.
    centre : str
        What its pronoun stood for.
    answer : str
        The person or thing it asked for, where the answer names it; else empty.
    asks_for_person : bool
    """

    text: str
    phrases: tuple[NounPhrase, ...]
    centre: str
    answer: str
    asks_for_person: bool


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question that stands alone.

    Attributes
    ----------
    text : str
    centre : str
        What a pronoun of it stood for, or what was put behind it.
    ending : str
        As it was asked, where it is but the end of an earlier question.
    """

    text: str
    centre: str = ""
    ending: str = ""


def stand_alone(question: str, history: Sequence[tuple[str, str]]) -> str:
    """`question` in a form that can be searched without `history`.

    Parameters
    ----------
    question : str
        On one line, without written filters.
    history : sequence of (question, answer text)
        Oldest first.

    Examples
    --------
    >>> stand_alone("What did he vow?", [("Who is Esmail Qaani?", "…")])
    'What did Esmail Qaani vow?'
    """
    talk = _Talk()
    for earlier, answer in history:
        talk.hear(" ".join(earlier.split()), answer)
    return talk.resolve(question).text


class _Talk:
    """What has been talked about."""

    def __init__(self) -> None:
        self._turns: list[_Turn] = []
        # The last question that was one of its own, and the name or number it was asked again for.
        self._whole = ""
        self._again = ""

    def hear(self, question: str, answer: str) -> None:
        """Take note of a question and its answer."""
        resolved = self.resolve(question)
        kind = profile_question(resolved.text).kind
        self._turns.append(
            _Turn(
                resolved.text,
                # What it was asked again for comes first.
                tuple(
                    phrase
                    for text in (resolved.ending, resolved.text)
                    for phrase in noun_phrases(text)
                    if not phrase.is_source
                ),
                resolved.centre,
                _answer_name(resolved.text, answer, kind),
                kind is AnswerKind.PERSON,
            )
        )
        if not resolved.ending:
            self._whole, self._again = resolved.text, ""
        elif any(word.is_name or word.is_number for word in split_words(question)):
            self._again = question

    def resolve(self, question: str) -> _Resolved:
        """The question as it would be asked had nothing been said before."""
        if not self._turns or not question:
            return _Resolved(question)
        words = [word for word in split_words(question) if not word.is_function]
        pronoun = _free_pronoun(question)
        if pronoun is not None and words:
            meant = self._meant(question, pronoun)
            if meant:
                return _Resolved(_put(question, pronoun, meant), meant)
        if _is_ending(question, words) or (pronoun is not None and len(words) <= _MAX_WORDS):
            parts = (self._whole, self._again, question)
            return _Resolved(" ".join(part for part in parts if part), ending=question)
        topics: list[str] = []
        if not any(word.is_name for word in words) and self._leans(question, words):
            topics = self._topics(question)
        if topics:
            return _Resolved(f"{question} ({', '.join(topics)})", topics[0])
        return _Resolved(self._completed(question))

    def _completed(self, question: str) -> str:
        """The question with "the wall" in full, where "the Berlin Wall" was spoken of."""
        named = {
            phrase.keys[-1]: phrase
            for turn in self._turns
            for phrase in turn.phrases
            if len(phrase.keys) > 1
        }
        keys = {word.key for word in split_words(question)}
        for phrase in reversed(noun_phrases(question)):
            full = named.get(phrase.keys[-1])
            is_short = phrase.before == "the" and len(phrase.keys) == 1
            if full is not None and is_short and not keys.issuperset(full.keys):
                question = question[: phrase.start] + full.text + question[phrase.end :]
        return question

    def _leans(self, question: str, words: Sequence[Word]) -> bool:
        """Whether a question without names is about what the last one was about."""
        content = [word for word in words if not word.is_number]
        known = {key for turn in self._turns for phrase in turn.phrases for key in phrase.keys}
        # What it repeats it names itself; and what somebody does or wants is of no article.
        if any(word.key in known for word in content) or _OWN_AFFAIRS.search(question):
            return False
        if any(map(_is_itself, noun_phrases(question))) or _COURTESY.fullmatch(question):
            return False
        if not _AUXILIARY.search(question):
            return len(content) <= _MAX_WORDS_OF_FRAGMENT
        has_the = re.search(r"\bthe\b", question, re.IGNORECASE) is not None
        most = _MAX_WORDS_WITH_THE if has_the else _MAX_WORDS
        return len(content) <= most and not _DEFINITION.match(question)

    def _topics(self, question: str) -> list[str]:
        """What the last question was about."""
        keys = {word.key for word in split_words(question)}
        phrases = [each for each in self._turns[-1].phrases if not keys.issuperset(each.keys)]
        # "How many people died in Kharkiv?" is about Kharkiv.
        told = [phrase for phrase in phrases if not phrase.is_asked_for] or phrases
        named = dict.fromkeys(phrase.text for phrase in told)
        return list(named)[:_MAX_TOPICS] or self._ranked(question)[:1]

    def _meant(self, question: str, pronoun: re.Match[str]) -> str:
        """What a pronoun stands for; empty where nothing can be told."""
        last = self._turns[-1]
        if pronoun["person"]:
            # Who was asked for is who is spoken of next.
            for turn in reversed(self._turns):
                if turn.asks_for_person and turn.answer:
                    return turn.answer
                if turn.asks_for_person or any(map(_may_be_person, turn.phrases)):
                    break
            persons = self._ranked(question, is_person=True)
            return persons[0] if persons else ""
        if last.answer and not last.asks_for_person:
            return last.answer
        is_plural = bool(pronoun["several"] or pronoun["these"])
        names = [phrase for phrase in last.phrases if phrase.is_name]
        if is_plural and len(names) == 2 and len(last.phrases) == 2:
            return f"{names[0].with_article} and {names[1].with_article}"
        ranked = self._ranked(question, is_plural=is_plural)
        return ranked[0] if ranked else ""

    def _ranked(
        self, question: str, *, is_person: bool = False, is_plural: bool | None = None
    ) -> list[str]:
        """The phrases of all questions, the likeliest to be spoken of now first."""
        keys = {word.key for word in split_words(question)}
        weights: dict[str, float] = {}
        texts: dict[str, NounPhrase] = {}
        for age, turn in enumerate(reversed(self._turns)):
            for place, phrase in enumerate(turn.phrases):
                if keys.issuperset(phrase.keys) or (is_person and not _may_be_person(phrase)):
                    continue
                weight = _OLDER**age * (0.5 + max(map(rarity, phrase.keys)))
                weight *= _LATER if place else 1.0
                weight *= _NAME if phrase.is_name else 1.0
                weight *= _WHERE if phrase.before in _PLACING else 1.0
                weight *= _PRONOMINAL if phrase.with_article == turn.centre else 1.0
                if is_plural is not None and phrase.is_plural != is_plural:
                    weight *= _OTHER_NUMBER
                head = phrase.keys[-1]
                weights[head] = weights.get(head, 0.0) + weight
                if head not in texts or len(phrase.keys) > len(texts[head].keys):
                    texts[head] = phrase
        return [
            texts[head].with_article for head in sorted(weights, key=lambda head: -weights[head])
        ]


def _is_itself(phrase: NounPhrase) -> bool:
    """Whether "the …" is a thing by itself, like an election, and none of what was spoken of."""
    noun = phrase.text.split()[-1]
    return (
        phrase.before == "the" and phrase.keys[-1] not in _relational() and not is_kind_noun(noun)
    )


@functools.cache
def _relational() -> frozenset[str]:
    return frozenset(map(stem, _RELATIONAL.split()))


def _free_pronoun(question: str) -> re.Match[str] | None:
    """The first pronoun that stands for nothing that the question itself names before it."""
    empty = [match.span() for match in _EMPTY_IT.finditer(question)]
    for pronoun in _PRONOUN.finditer(question):
        is_empty = pronoun.group().lower() == "it" and any(
            start <= pronoun.start() < end for start, end in empty
        )
        if not is_empty:
            return None if _has_own_antecedent(question, pronoun) else pronoun
    return None


def _has_own_antecedent(question: str, pronoun: re.Match[str]) -> bool:
    """Whether the pronoun stands for what the question has named: "If Iran strikes, will it …".

    In one clause, "it" is not its subject ("What did Israel say about it?"); "its" may be.
    """
    # "Did Biden say | he would go?" begins a clause, "What did Biden tell him?" is one.
    is_apart = pronoun.group().lower() in _POSSESSIVE or _VERB_NEXT.match(question, pronoun.end())
    for phrase in noun_phrases(question):
        if phrase.end > pronoun.start():
            break
        between = question[phrase.end : pronoun.start()]
        if not is_apart and not _NEW_CLAUSE.search(between):
            continue
        if pronoun["person"]:
            if phrase.is_name and _may_be_person(phrase):
                return True
        elif phrase.is_name or (
            not phrase.is_asked_for
            and phrase.is_plural == bool(pronoun["several"] or pronoun["these"])
        ):
            return True
    return False


def _is_ending(question: str, words: Sequence[Word]) -> bool:
    """Whether a question is only the end of the one before: no verb, and one thing at most."""
    ending = _ENDING.match(question)
    if ending is None or not ending.group():
        return False
    n_things = sum(not word.is_number for word in words)
    names = [word for word in words if word.is_name]
    is_one_thing = n_things <= 1 or len(names) == n_things
    if _THAT.search(question) and n_things <= 1:
        return True
    if re.search(r"\bhappened\b", ending.group()):
        return True
    return is_one_thing and not _AUXILIARY.search(question)


def _put(question: str, pronoun: re.Match[str], name: str) -> str:
    """`question` with `name` in place of the pronoun."""
    written = pronoun.group().lower()
    is_possessive = written in _POSSESSIVE
    if written == "her" and _HER_ALONE.match(question, pronoun.end()):
        is_possessive = False
    ending = "’" if name.endswith("s") else "’s"
    put = name + (ending if is_possessive else "")
    return question[: pronoun.start()] + put + question[pronoun.end() :]


def _may_be_person(phrase: NounPhrase) -> bool:
    """Whether a phrase may name a person: nobody is called "US", or "Quds Force"."""
    return phrase.is_name and not phrase.text.isupper() and is_mostly_name(phrase.keys[-1])


def _answer_name(question: str, answer: str, kind: AnswerKind) -> str:
    """The name in an answer that a question asked for; empty where none can be told.

    A bare answer is the first line, if it is nothing but a name; else the sentences, the likeliest
    first, are looked through for the name of a person, of two words or more, that the question
    does not have.
    """
    if kind not in (AnswerKind.PERSON, AnswerKind.NAME, AnswerKind.PLACE):
        return ""
    lines = [_MARKER.sub("", line).strip(" .") for line in answer.strip().split("\n")]
    names = _names(lines[0])
    if names and names[0].casefold() == lines[0].casefold().removeprefix("the "):
        return names[0]
    if kind is not AnswerKind.PERSON:
        return ""
    keys = {word.key for word in split_words(question)}
    for name in (name for line in lines[:_MAX_LINES] for name in _names(line)):
        words = split_words(name)
        is_new = keys.isdisjoint(word.key for word in words)
        if is_new and len(words) > 1 and is_mostly_name(words[-1].key):
            return name
    return ""


def _names(text: str) -> list[str]:
    """The runs of words that are written as names; a comma or a point ends one."""
    names: list[str] = []
    end = -1
    for word, match in zip(split_words(text), WORD.finditer(text), strict=True):
        if not word.is_name:
            continue
        if names and text[end : match.start()] in (" ", "-"):
            names[-1] = text[match.start() - len(names[-1]) - 1 : match.end()]
        else:
            names.append(word.text)
        end = match.end()
    return names
