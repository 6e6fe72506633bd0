"""The words of a pasted quote, and of an article, as the two are compared.

A word counts without its case, accents, apostrophes and invisible characters; punctuation, line
breaks and the kinds of dashes and quotation marks count nothing. Where each word stands is kept,
so that whatever is found can be shown to the letter.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from index.types import Article, SpanKind
from qa.errors import QuestionError
from qa.query import MAX_QUESTION_CHARS

# Scripts that put no space between words: there, each character is compared by itself.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_UNSPACED += "\uf900-\ufaff"
# Accents written apart, soft hyphens and zero-width characters stand inside a word.
_INSIDE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_APOSTROPHES = "'’‘ʼ`´′"
_LETTER = rf"[^\W\d_{_UNSPACED}]"
_WORD = re.compile(
    rf"{_LETTER}+(?:[{_INSIDE}]+{_LETTER}*)*(?:[{_APOSTROPHES}]{_LETTER}+)*"
    rf"|\d+(?:[.,]\d+)*|[{_UNSPACED}]"
    # Signs that change what a number says.
    r"|[%‰°$€£¥₪₽₹₩₺]|(?:(?<=[\s(])|^)[-−](?=\d)"
)
_UNSPACED_CHARACTER = re.compile(rf"[{_UNSPACED}]")
_DROPPED = re.compile(rf"[{_INSIDE}{_APOSTROPHES}]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# "…", "...", ". . .", in brackets or not: words were left out there.
_ELLIPSIS = re.compile(r"[\[(]\s*(?:…|\.(?:\s?\.){2,})\s*[\])]|…+|\.(?:\s?\.){2,}")
# "[T]he": the capital was changed, the word is whole.
_CHANGED_CAPITAL = re.compile(r"\[(\w)\](?=\w)")
_BRACKETED = re.compile(r"\[([^\[\]]{0,200})\]")
# Brackets that stand beside the words and replace none: notes and markers.
_NOTE = re.compile(r"\s*(?:\d{1,3}|sic|note \d+|citation needed|emphasis (?:added|mine))\s*", re.I)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BROKEN = re.compile(r"[-‐\u00ad][ \t]*\r?\n\s*")
_NOT_BODY = frozenset({SpanKind.CAPTION, SpanKind.BOILERPLATE, SpanKind.BYLINE})


class Word(NamedTuple):
    """A word at ``text[start:end]`` with the key by which it is compared."""

    key: str
    start: int
    end: int


class Bracket(NamedTuple):
    """What a quoter put in brackets, before the word number `place` of its piece."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of quoted words in which nothing is said to be left out.

    Attributes
    ----------
    words : tuple of Word
        Without what stands in brackets; at least one.
    brackets : tuple of Bracket
    """

    words: tuple[Word, ...]
    brackets: tuple[Bracket, ...] = ()

    @property
    def keys(self) -> list[str]:
        return [word.key for word in self.words]


@dataclass(frozen=True, slots=True)
class PastedQuote:
    """A quote as it was pasted, cut at its ellipses.

    Attributes
    ----------
    text : str
    pieces : tuple of Piece
        In order; at least one.
    """

    text: str
    pieces: tuple[Piece, ...]

    @property
    def n_words(self) -> int:
        return sum(len(piece.words) for piece in self.pieces)

    @property
    def joined(self) -> Piece:
        """All its words as one run, with nothing left out."""
        words: list[Word] = []
        brackets: list[Bracket] = []
        for piece in self.pieces:
            brackets += [each._replace(place=each.place + len(words)) for each in piece.brackets]
            words += piece.words
        return Piece(tuple(words), tuple(brackets))

    def written(self, words: Sequence[Word]) -> str:
        """Those neighbouring words as they were pasted."""
        return self.text[words[0].start : words[-1].end] if words else ""


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """The words of an article in the order of print.

    Attributes
    ----------
    words : tuple of Word
        The headline's first where it stands outside the text.
    n_title : int
        How many of them count their places in the headline, not in the text.
    keys : list of str
    squeezed : str
        The keys without anything between.
    starts : list of int
        Where each begins in `squeezed`; one more for the end.
    """

    words: tuple[Word, ...]
    n_title: int
    keys: list[str]
    squeezed: str
    starts: list[int]

    @classmethod
    def of(cls, words: Sequence[Word], n_title: int) -> PrintedWords:
        keys = [word.key for word in words]
        starts = [0, *itertools.accumulate(map(len, keys))]
        return cls(tuple(words), n_title, keys, "".join(keys), starts)

    def find(self, keys: Sequence[str], most: int) -> Iterator[tuple[int, int]]:
        """Up to `most` runs of words that are those keys, however joined or parted by hyphens."""
        wanted = "".join(keys)
        at = self.squeezed.find(wanted) if wanted else -1
        while at >= 0 and most > 0:
            first, last = self._bound(at), self._bound(at + len(wanted))
            if first is not None and last is not None:
                yield first, last
                most -= 1
            at = self.squeezed.find(wanted, at + 1)

    def written(self, article: Article, first: int, last: int) -> str:
        """The words ``first:last`` as they are printed, with what stands between them."""
        split = min(max(self.n_title, first), last)
        parts = []
        for text, start, end in ((article.title, first, split), (article.text, split, last)):
            if text and start < end:
                parts.append(text[self.words[start].start : self.words[end - 1].end])
        return "\n".join(parts)

    def _bound(self, at: int) -> int | None:
        """The number of the word that begins there; None inside a word."""
        place = bisect_left(self.starts, at)
        return place if place < len(self.starts) and self.starts[place] == at else None


def read_quote(text: str) -> PastedQuote:
    """The words of a pasted quote.

    Raises
    ------
    QuestionError
        It holds no word, or more than `qa.query.MAX_QUESTION_CHARS` characters.

    Examples
    --------
    >>> [piece.keys for piece in read_quote("“We won’t … [T]he men [sic] left”").pieces]
    [['we', 'wont'], ['the', 'men', 'left']]
    """
    if not isinstance(text, str):
        raise TypeError(f"the quote must be a string, got {type(text).__name__}")
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the quote has {len(text):,} characters, at most {MAX_QUESTION_CHARS:,} are looked "
            "up; paste a part of it"
        )
    # Each of the same length, so that places stay.
    text = _LONE_SURROGATE.sub(" ", text)
    flat = _CHANGED_CAPITAL.sub(lambda match: f"\u200b{match[1]}\u200b", text)
    pieces = []
    start = 0
    for end, behind in [*((m.start(), m.end()) for m in _ELLIPSIS.finditer(flat)), (len(flat), 0)]:
        piece = _piece(flat, start, end)
        if piece is not None:
            pieces.append(piece)
        start = behind
    if not pieces:
        raise QuestionError("the quote is empty; paste the words to look up")
    return PastedQuote(text, tuple(pieces))


def _piece(text: str, start: int, end: int) -> Piece | None:
    words: list[Word] = []
    brackets: list[Bracket] = []
    position = start
    for match in _BRACKETED.finditer(text, start, end):
        words += words_between(text, position, match.start())
        if not _NOTE.fullmatch(match[1]):
            brackets.append(Bracket(len(words), match[1].strip()))
        position = match.end()
    words += words_between(text, position, end)
    words, brackets = _rejoined(text, words, brackets)
    return Piece(tuple(words), tuple(brackets)) if words else None


def _rejoined(
    text: str, words: Sequence[Word], brackets: Sequence[Bracket]
) -> tuple[list[Word], list[Bracket]]:
    """The words with those made whole that were broken at the end of a line."""
    whole: list[Word] = []
    moved = list(brackets)
    for word in words:
        if whole and _BROKEN.fullmatch(text, whole[-1].end, word.start):
            whole[-1] = Word(whole[-1].key + word.key, whole[-1].start, word.end)
            place = len(whole)
            moved = [each._replace(place=each.place - (each.place > place)) for each in moved]
        else:
            whole.append(word)
    return whole, moved


def words_between(text: str, start: int, end: int) -> Iterator[Word]:
    """The words of ``text[start:end]``; places count from the beginning of `text`."""
    for match in _WORD.finditer(text, start, end):
        key = _key(match.group())
        if key:
            yield Word(key, match.start(), match.end())


def printed_words(article: Article) -> tuple[PrintedWords, ...]:
    """An article's words: as one reads it, and where it differs with all that is printed.

    The first has the headline and the body, running on over captions, bylines and boilerplate
    that stand between; the second has those, too, in their places.
    """
    text = article.text
    title = list(words_between(article.title or "", 0, len(article.title or "")))
    has_title = any(span.kind is SpanKind.HEADLINE for span in article.spans)
    if has_title or text.startswith(article.title or " "):
        title = []
    body, position = list(title), 0
    for span in article.spans:
        if span.kind in _NOT_BODY:
            body += words_between(text, position, span.start)
            position = span.end
    body += words_between(text, position, len(text))
    streams = [PrintedWords.of(body, len(title))]
    if any(span.kind in _NOT_BODY for span in article.spans):
        streams.append(PrintedWords.of(tuple(words_between(text, 0, len(text))), 0))
    return tuple(streams)


def unspaced_runs(quote: PastedQuote, n: int) -> list[str]:
    """Runs of `n` characters of scripts that put no spaces between words; none in other quotes."""
    runs = []
    for piece in quote.pieces:
        for at in range(len(piece.words) - n + 1):
            run = quote.written(piece.words[at : at + n])
            if len(run) == n and _UNSPACED_CHARACTER.match(run):
                runs.append(run)
    return runs


def rejoined(text: str) -> str:
    """A text with the words made whole that were broken at the end of a line."""
    return _BROKEN.sub("", text)


def squeeze(text: str) -> str:
    """A text's words as `PrintedWords` compares them, near enough to look for one in it."""
    return _DROPPED.sub("", unicodedata.normalize("NFKD", text)).casefold()


@functools.lru_cache(maxsize=50_000)
def _key(written: str) -> str:
    if written.isascii():
        key = written.lower().replace("'", "").replace("`", "")
    else:
        # An accent that is put for an apostrophe would come apart.
        plain = unicodedata.normalize("NFKD", _DROPPED.sub("", written))
        key = _DROPPED.sub("", plain).casefold()
    if key[:1].isdigit():
        return _THOUSANDS.sub("", key)
    return "-" if key == "−" else key
