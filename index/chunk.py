"""An article into passages: runs of whole sentences that fit the embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.sentences import sentence_spans
from index.tokens import count_tokens, encoding
from index.types import Article, Passage, SpanKind

# The heading may take only so much of the embedder's limit.
_MAX_TITLE_TOKENS = 40
_MAX_TITLE_CHARS = 160
_MAX_SOURCE_CHARS = 40
_CLAUSE_ENDS = (r"[;:]\s", r"[,、，]\s?|\s[–—-]\s|—", r"\s")
_COST_SCALE = 10_000

CountWordPieces = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How long passages are.

    Attributes
    ----------
    max_tokens : int
        The most tokens of ``index.tokens.encoding()`` in one passage, heading not counted. With
        MiniLM's 256 word pieces, a little less fits; docs/retrieval.md compares lengths.
    overlap_sentences : int
        How many sentences at the end of one passage open the next one, too.
    """

    max_tokens: int = 300
    overlap_sentences: int = 1

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}")
        if self.overlap_sentences < 0:
            raise ValueError(f"overlap_sentences must be 0 or more, got {self.overlap_sentences}")


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    cost: int


def passage_heading(article: Article) -> str:
    """What goes in front of each passage in the embedding: headline, outlet and date.

    Over-long headlines are cut; what the article does not tell is left out.
    """
    return _heading(article, article.title and _cut_title(article.title))


def uncounted_heading(article: Article) -> str:
    """`passage_heading` but for headlines over-long by tokens, which are cut by characters only.

    So the encoding need not be loaded, which takes a tenth of a second.
    """
    return _heading(article, article.title and article.title[:_MAX_TITLE_CHARS])


def _heading(article: Article, title: str | None) -> str:
    parts = []
    if title is not None:
        parts.append(title)
    if article.source is not None:
        parts.append(article.source[:_MAX_SOURCE_CHARS])
    if article.published is not None:
        parts.append(article.published.isoformat())
    return " | ".join(parts)


def embedding_text(article: Article, passage: Passage) -> str:
    """The heading and the passage, as the embedder reads them; quotes never hold the heading."""
    return _with_heading(passage_heading(article), passage.text)


def searched_text(article: Article) -> str:
    """All of an article that is searched: its text without what is marked as boilerplate."""
    return "\n".join(article.text[start:end] for start, end, _ in _stretches(article))


def chunk_article(
    article: Article,
    settings: ChunkSettings,
    count_word_pieces: CountWordPieces,
    max_word_pieces: int,
) -> tuple[Passage, ...]:
    """The passages of an article, in order.

    A passage never reaches across a marked span. Captions are passages of their own.

    Parameters
    ----------
    article : Article
    settings : ChunkSettings
    count_word_pieces : callable
        The embedder's own count for a text, special tokens included.
    max_word_pieces : int
        What the embedder reads at most; no ``embedding_text`` exceeds it.

    Returns
    -------
    tuple of Passage
        Empty when the article holds nothing but headline, byline and boilerplate.

    Raises
    ------
    ValueError
        If the heading alone leaves no room for a single word piece.
    """
    packer = _Packer(article, settings, count_word_pieces, max_word_pieces)
    return tuple(packer.passages())


class _Packer:
    """One article's sentences, measured once each and packed."""

    def __init__(
        self,
        article: Article,
        settings: ChunkSettings,
        count_word_pieces: CountWordPieces,
        max_word_pieces: int,
    ) -> None:
        self._article = article
        self._settings = settings
        self._count = count_word_pieces
        self._max_word_pieces = max_word_pieces
        self._heading = passage_heading(article)
        self._special = count_word_pieces("")
        self._room = max_word_pieces - count_word_pieces(_with_heading(self._heading, ""))
        if self._room < 1:
            raise ValueError(
                f"the heading of article {article.id!r} fills all {max_word_pieces} word pieces"
                " that the embedder reads; raise max_word_pieces"
            )

    def passages(self) -> Iterator[Passage]:
        for start, end, is_caption in _stretches(self._article):
            for run in self._runs(start, end):
                for first, last in self._packed(run):
                    yield from self._fitting(run[first:last], is_caption)

    def _runs(self, start: int, end: int) -> Iterator[list[_Sentence]]:
        """Sentences that stand together; one without a letter or digit parts them."""
        run: list[_Sentence] = []
        for left, right in sentence_spans(self._article.text, start, end):
            if any(char.isalnum() for char in self._article.text[left:right]):
                run += self._measured(left, right)
            elif run:
                yield run
                run = []
        if run:
            yield run

    def _measured(self, start: int, end: int) -> list[_Sentence]:
        """The sentence, or its clauses where it is too long for one passage."""
        text = self._article.text
        # No word is so dense that this many characters fit: counting them would be wasted.
        if end - start <= 40 * self._settings.max_tokens:
            cost = self._cost(text[start:end])
            if cost <= _COST_SCALE or end - start == 1:
                return [_Sentence(start, end, cost)]
        middle = _cut_near_middle(text, start, end)
        halves = (_stripped(text, start, middle), _stripped(text, middle, end))
        return [part for half in halves if half for part in self._measured(*half)]

    def _cost(self, piece: str) -> int:
        """The share of a passage's budget, of whichever budget is tighter."""
        tokens = count_tokens(piece) + 1
        word_pieces = self._count(piece) - self._special
        share = max(tokens / (self._settings.max_tokens + 1), word_pieces / self._room)
        return -int(-share * _COST_SCALE // 1)

    def _packed(self, run: list[_Sentence]) -> list[tuple[int, int]]:
        """As few passages as fit, and of even length: the smallest limit that needs no more."""
        packed = self._greedy(run, _COST_SCALE)
        low, high = max(sentence.cost for sentence in run), _COST_SCALE
        while low < high:
            limit = (low + high) // 2
            even = self._greedy(run, limit)
            if len(even) <= len(packed):
                packed, high = even, limit
            else:
                low = limit + 1
        return packed

    def _greedy(self, run: list[_Sentence], limit: int) -> list[tuple[int, int]]:
        bounds = []
        first = 0
        while True:
            last, cost = first, 0
            while last < len(run) and (last == first or cost + run[last].cost <= limit):
                cost += run[last].cost
                last += 1
            bounds.append((first, last))
            if last == len(run):
                return bounds
            first = self._overlapping(run, first, last, limit)

    def _overlapping(self, run: list[_Sentence], first: int, last: int, limit: int) -> int:
        """Where the next passage begins: some sentences back, if there is room for them."""
        begin = max(first + 1, last - self._settings.overlap_sentences)
        while begin < last:
            repeated = sum(sentence.cost for sentence in run[begin:last])
            # A long repeated sentence would leave little for what is new.
            if repeated <= _COST_SCALE // 4 and repeated + run[last].cost <= limit:
                break
            begin += 1
        return begin

    def _fitting(self, sentences: list[_Sentence], is_caption: bool) -> Iterator[Passage]:
        """The passage; in two, should the pieces not add up as they do for word pieces."""
        start, end = sentences[0].start, sentences[-1].end
        text = self._article.text[start:end]
        is_close = sum(sentence.cost for sentence in sentences) > 0.9 * _COST_SCALE
        if is_close and len(sentences) > 1 and not self._fits(text):
            middle = len(sentences) // 2
            yield from self._fitting(sentences[:middle], is_caption)
            yield from self._fitting(sentences[middle:], is_caption)
            return
        yield Passage(
            id=f"{self._article.id}@{start}-{end}",
            article_id=self._article.id,
            text=text,
            start=start,
            end=end,
            sentences=tuple((sentence.start, sentence.end) for sentence in sentences),
            is_caption=is_caption,
        )

    def _fits(self, text: str) -> bool:
        return self._count(_with_heading(self._heading, text)) <= self._max_word_pieces


def _stretches(article: Article) -> Iterator[tuple[int, int, bool]]:
    """Body stretches and captions, in order, each with whether it is a caption."""
    end = 0
    for span in article.spans:
        yield end, span.start, False
        if span.kind is SpanKind.CAPTION:
            yield span.start, span.end, True
        end = span.end
    yield end, len(article.text), False


def _with_heading(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading else text


def _cut_title(title: str) -> str:
    if len(title.encode()) <= _MAX_TITLE_TOKENS:  # a token holds a byte at least
        return title
    if len(title) <= _MAX_TITLE_CHARS and count_tokens(title) <= _MAX_TITLE_TOKENS:
        return title
    tokens = encoding().encode_ordinary(title[:_MAX_TITLE_CHARS])[:_MAX_TITLE_TOKENS]
    cut = encoding().decode(tokens, errors="ignore")
    return cut.rsplit(maxsplit=1)[0] if len(cut.split()) > 1 else cut


def _cut_near_middle(text: str, start: int, end: int) -> int:
    """A clause end in the middle half of the stretch, else a space there, else its middle."""
    quarter = (end - start) // 4
    middle = (start + end) // 2
    for pattern in _CLAUSE_ENDS:
        cuts = [
            match.end()
            for match in re.compile(pattern).finditer(text, start + quarter, end - quarter)
        ]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - middle))
    return max(start + 1, middle)


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The stretch without white space at its ends; None if nothing is left."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = left + len(piece.strip())
    return (left, right) if left < right else None
