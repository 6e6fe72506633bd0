"""Names of the collection's outlets where they stand in a question.

They are compared as filters compare them, and by what a collection's own names allow: "New York
Times" is nytimes.com, "AP" the Associated Press, "CBS" cbsnews.com. Where capitals can tell, a word
without one is no name ("this week"), and part of a longer name is no outlet ("Times Square").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from index.filters import source_key
from qa.words import FUNCTION_WORDS, is_mostly_name, stem

# Nouns that make a run of words the name of an outlet.
_MEDIA = frozenset(
    """
    agency broadcaster broadcasting bulletin chronicle corporation courier daily dispatch echo
    examiner express gazette globe guardian herald independent inquirer journal magazine mail
    mercury mirror monitor network news newspaper observer post press presse radio record register
    reporter review standard star sun telegraph telegram television times today tribune tv weekly
    wire
    """.split()
)
_MEDIA_LABEL = re.compile(r"news|times|post|herald|tribune|journal|press|radio|(?:^|\W)tv")
# Abbreviations of two letters that mean states and offices whatever outlets there are.
_NO_OUTLETS = frozenset("ai au dc eu fm la mp ny pm uk un us vp".split())
_HOST = re.compile(
    r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:/.*)?", re.IGNORECASE | re.ASCII
)
_TOKEN = re.compile(r"[^\W_]+(?:[.&’'‘-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_SMALL = frozenset("a an and de del der des die du el for in la le les of on the".split())
# "the" is left outside a name; "Le Monde" keeps its article.
_NOT_FIRST = _SMALL - {"la", "le", "el", "die"}
_ARTICLES = frozenset("a an any no some this that these those his her its our their".split())
# What may stand between the words of one name.
_WITHIN_NAME = re.compile(r"[ ]?[&-]?[ ]?")
_MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Mention:
    """The name of an outlet at ``question[start:end]``, without "the".

    `sources` is what the articles call it; where `is_sure` is False, the words may as well be no
    name ("the guardian" in a question without capitals).
    """

    start: int
    end: int
    sources: tuple[str, ...]
    is_sure: bool = True


class _Word(NamedTuple):
    """A word of a question, without a possessive ending, and its part of a key."""

    text: str
    key: str
    start: int
    end: int
    is_possessive: bool


class OutletNames:
    """The outlets of a collection by every form of their names.

    Parameters
    ----------
    sources : iterable of str
        As the articles name them: names or hosts.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        by_key: dict[str, dict[str, None]] = {}
        by_initials: dict[str, dict[str, None]] = {}
        for source in sources:
            for key in _keys(source):
                by_key.setdefault(key, {})[source] = None
            for initials in () if _HOST.fullmatch(source) else _initials(source.split()):
                by_initials.setdefault(initials, {})[source] = None
        self._by_key = {key: tuple(names) for key, names in by_key.items()}
        # Two outlets of the same initials are neither's.
        self._by_initials = {key: tuple(n) for key, n in by_initials.items() if len(n) == 1}
        self._max_chars = max(map(len, self._by_key), default=0)

    def mentions(self, question: str) -> tuple[Mention, ...]:
        """The names of outlets in a question, the longest from the left."""
        words = [_word(match) for match in _TOKEN.finditer(question)]
        has_case = _has_case(question)
        found: list[Mention] = []
        for i, word in enumerate(words):
            if found and word.start < found[-1].end:
                continue
            if word.text.lower() not in _NOT_FIRST:
                mention = self._mention_at(question, words, i, has_case)
                if mention:
                    found.append(mention)
        return tuple(found)

    def _mention_at(
        self, question: str, words: Sequence[_Word], i: int, has_case: bool
    ) -> Mention | None:
        """The longest name that begins with the word `i`."""
        key, best = "", None
        for j in range(i, min(i + _MAX_WORDS, len(words))):
            if j > i and (
                words[j - 1].is_possessive
                or not _WITHIN_NAME.fullmatch(question, words[j - 1].end, words[j].start)
            ):
                break
            key += words[j].key
            sources = self._sources_of(key, words[i : j + 1])
            if sources:
                start, end = words[i].start, words[j].end
                is_sure = _is_written_as_name(words[i : j + 1], i == 0, has_case)
                if (is_sure or not has_case) and not (
                    has_case and _is_in_longer_name(question, start, end)
                ):
                    best = Mention(start, end, sources, is_sure)
        if best and words[i].text.islower() and i and words[i - 1].text.lower() in _ARTICLES:
            return None
        return best

    def _sources_of(self, key: str, words: Sequence[_Word]) -> tuple[str, ...]:
        """The outlets that go by these words, whose key is `key`."""
        if len(key) <= self._max_chars + len("the"):
            found = self._by_key.get(key) or self._by_key.get(key.removeprefix("the"))
            if found:
                return found
        if len(words) == 1:
            written = words[0].text
            return self._by_initials.get(written.lower(), ()) if written.isupper() else ()
        if words[0].text[0].isupper() and words[-1].text.lower() in _MEDIA:
            written_words = [word.text for word in words]
            for short in (*_initials(written_words), *_shortened(written_words)):
                if found := self._by_key.get(short):
                    return found
        return ()


@functools.lru_cache(maxsize=8)
def outlet_names(sources: tuple[str, ...]) -> OutletNames:
    """`OutletNames` of a collection, kept: thousands of outlets take some milliseconds."""
    return OutletNames(sources)


def _keys(source: str) -> Iterator[str]:
    """The keys under which an outlet is known: its own, its site's and its short form."""
    keys = [source_key(source)]
    host = _HOST.fullmatch(source.strip())
    if host:
        # edition.cnn.com is CNN, abcnews.go.com is ABC News.
        labels = host[1].casefold().split(".")
        while len(labels) > 2:
            if _MEDIA_LABEL.search(labels[0]) and len(labels[0]) > 4:
                keys.append(_plain_key([labels[0]]))
            labels = labels[1:]
            if len(site := source_key(".".join(labels))) > 2:
                keys.append(site)
    for key in dict.fromkeys(keys):
        yield key
        if key.endswith("news") and len(key) > len("news") + 1:
            yield key.removesuffix("news")  # "CBS" for CBS News
        elif key.isalnum() and len(key) <= 5:
            yield f"{key}news"  # "BBC News" for BBC


def _plain_key(words: Sequence[str]) -> str:
    """As `source_key` writes a name that is no host."""
    key = "".join(c for word in words for c in word.casefold() if c.isalnum())
    shorter = key.removeprefix("the")
    return shorter if len(shorter) > 1 else key


def _initials(words: Sequence[str]) -> Iterator[str]:
    """The abbreviations of a name of several words that says it is an outlet's."""
    parts = [part for word in words for part in re.split(r"[\W_]+", word) if part]
    if parts and parts[0].lower() == "the":
        parts = parts[1:]
    if len(parts) < 2 or not _MEDIA.intersection(part.lower() for part in parts):
        return
    for kept in (parts, [part for part in parts if part.lower() not in _SMALL]):
        short = "".join(part[0].lower() for part in kept)
        if len(short) > 1 and short not in _NO_OUTLETS:
            yield short


def _shortened(words: Sequence[str]) -> Iterator[str]:
    """Initials before the last word, as sites are named: "nytimes" for New York Times."""
    parts = [word for word in words if word.lower() != "the"]
    if len(parts) > 1 and parts[-1].lower() in _MEDIA:
        yield "".join(part[0].lower() for part in parts[:-1]) + parts[-1].lower()


def _has_case(question: str) -> bool:
    """Whether capitals tell anything in a question: some letters are, and some are not."""
    return any(c.islower() for c in question) and any(c.isupper() for c in question)


def _word(match: re.Match[str]) -> _Word:
    written = match.group()
    text = _POSSESSIVE.sub("", written)
    key = source_key(text) if "." in text else _plain_key([text])
    return _Word(text, key, match.start(), match.start() + len(text), text != written)


def _is_written_as_name(words: Sequence[_Word], is_first: bool, has_case: bool) -> bool:
    """Whether the words are written as a name, or can hardly be anything else."""
    telling = [word.text for word in words if word.text.lower() not in _SMALL]
    if not telling:
        return False
    if any("." in word for word in telling):
        return True
    capitals = has_case and all(word[0].isupper() or word[0].isdigit() for word in telling)
    # The first word of a question has its capital in any case.
    if capitals and (not is_first or len(words) > 1 or telling[0].isupper()):
        return True
    return len(telling) > 1 or is_mostly_name(stem(telling[0]))


# They begin a question with a capital and belong to no name.
_LEADING = frozenset(["per", "via"])
_CAPITAL_BEFORE = re.compile(r"([A-Z][\w’'-]*)[ ](?:of[ ])?$")
_CAPITAL_AFTER = re.compile(r"[ ]([A-Z][\w’'-]*)")
CALENDAR_WORDS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december
    """.split()
)


def _is_in_longer_name(question: str, start: int, end: int) -> bool:
    """Whether the words are part of another name: "Guardian Angels", "Times Square"."""
    before = _CAPITAL_BEFORE.search(question[max(0, start - 40) : start])
    after = _CAPITAL_AFTER.match(question, end)
    if after and after[1].lower() not in FUNCTION_WORDS | CALENDAR_WORDS:
        return True
    return (
        before is not None and before[1].lower() not in FUNCTION_WORDS | CALENDAR_WORDS | _LEADING
    )
