"""Read passages for a question: the answer's span, whether there is one, which passage tells it.

Needs onnxruntime and tokenizers only.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.chunk import uncounted_heading
from index.models import find_model
from index.onnx_cache import open_prepared
from index.onnx_session import in_parallel
from index.types import Hit
from qa.outlets import CALENDAR_WORDS
from qa.question import profile_question
from qa.reader.asked_names import AskedNames
from qa.reader.encoding import Pieces, ReaderInput, join, load_tokenizer, split
from qa.reader.tidy import name_alone, tidy, whole_name
from qa.values import bounded_figure, counted_figure

Floats = NDArray[np.float32]

# "Where did Blinken meet …?"; "Where is the glacier?" is told by "Antarctica's Thwaites Glacier".
_ASKS_WHERE_DONE = re.compile(r"\W*where (?:did|do|does|will|would|has|have|had)\b", re.IGNORECASE)
# Rows of capital words, and what in front of one leaves open where the place in it ends.
_CAPITAL = r"(?:(?:[A-Z]\.)+|[A-Z][\w’'-]*)"
_PLACING = "in|at|near|to|from|on|for|into"
_CAPITALS = re.compile(rf"\b(?!(?i:{_PLACING})\s){_CAPITAL}(?: {_CAPITAL})+")
_NOT_WITHIN = re.compile(rf"\b(?:{_PLACING})\s\Z", re.IGNORECASE)
_REACH = 8
_POSSESSIVE = re.compile(r"(?<=\w)['’]s(?= [\w“\"])|(?<=s)['’](?= \w)")

MODEL_FILE = "reader.int8.onnx"
# What one input holds at most, and how much of a long passage's window stands in the next, too.
MAX_PIECES = 320
_OVERLAP = 64
_MIN_WINDOW = 32
_MAX_ANSWER_PIECES = 30
# Margins below are all the same; a span that begins or ends within a word is below any other, and
# one that may not be taken at all below those.
_NO_CHANCE = -20.0
_HALF_WORD = -1e3
_NO_SPAN = -1e4


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """The best span within one sentence.

    Attributes
    ----------
    sentence : tuple of (int, int)
        The sentence's bounds, in characters of the article's text.
    start, end : int
        The span, likewise, as the network marks it.
    margin : float
        By how much, in log-odds, the span is likelier than there being no answer.
    """

    sentence: tuple[int, int]
    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage.

    Attributes
    ----------
    hit : Hit
    spans : tuple of SentenceSpan
        The best span of each sentence, in order: at least one.
    relevance : float
        Log-odds that the passage answers the question.
    """

    hit: Hit
    spans: tuple[SentenceSpan, ...]
    relevance: float

    @property
    def best(self) -> SentenceSpan:
        """The likeliest span of the passage."""
        return max(self.spans, key=lambda each: each.margin)

    def within(self, sentence: tuple[int, int]) -> SentenceSpan | None:
        """The likeliest span of one sentence, given by its bounds."""
        return next((each for each in self.spans if each.sentence == sentence), None)


_guard = threading.Lock()
_shipped: Reader | None = None


class Reader:
    """Runs the shipped network. May be used from many threads at once."""

    def __init__(self, model: Path) -> None:
        self._session = open_prepared(model)
        self._tokenizer = load_tokenizer(
            (find_model().folder / "tokenizer.json").read_text("utf-8")
        )

    @classmethod
    def load(cls) -> Reader:
        """The reader that ships with Dateline: one for the process, loaded on first use."""
        global _shipped
        with _guard:
            if _shipped is None:
                _shipped = cls._load()
            return _shipped

    @classmethod
    def _load(cls) -> Self:
        with resources.as_file(resources.files("qa.reader") / "data" / MODEL_FILE) as file:
            return cls(file)

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[Reading, ...]:
        """What each passage tells on the question, in the order of `hits`.

        Parameters
        ----------
        question : str
        hits : sequence of Hit
            The passages to read; the cost grows with their number.
        """
        windows = [
            (place, window)
            for place, hit in enumerate(hits)
            for window in self._windows(question, hit)
        ]
        asked = AskedNames.of(question, [hit.passage.text for hit in hits])
        ruled_out = [asked.mentions(hit.passage.text) for hit in hits]
        is_of_deed = _ASKS_WHERE_DONE.match(question) is not None
        best: dict[int, Reading] = {}
        scores = in_parallel(self._run, [window for _, window in windows])
        for (place, window), of_window in zip(windows, scores, strict=True):
            reading = _reading(hits[place], window, ruled_out[place], is_of_deed, *of_window)
            best[place] = _merged(best.get(place), reading)
        return tuple(_whole(best[place]) for place in range(len(hits)))

    def _windows(self, question: str, hit: Hit) -> Iterator[ReaderInput]:
        """The passage as one input, or in overlapping windows where it is too long for one."""
        asked = split(self._tokenizer, question)
        heading = split(self._tokenizer, uncounted_heading(hit.article))
        passage = split(self._tokenizer, hit.passage.text)
        room = max(_MIN_WINDOW, MAX_PIECES - join(asked, heading, passage.cut(0, 0)).body - 1)
        first = 0
        while True:
            yield join(asked, heading, passage.cut(first, first + room))
            if first + room >= len(passage):
                return
            first += room - min(_OVERLAP, room // 2)

    def _run(self, window: ReaderInput) -> tuple[Floats, Floats, Floats]:
        """Scores of a window's pieces as start and as end, and its relevance.

        One window at a time: activations are scaled to int8 by the largest in the batch, so
        another's would change this one's scores; attention heeds no mask.
        """
        ids = np.array([window.ids], dtype=np.int64)
        segments = np.ones_like(ids)
        segments[0, : window.question_length] = 0
        starts, ends, relevance = self._session.run(None, {"ids": ids, "segments": segments})
        return starts[0], ends[0], relevance[0]


def best_span(
    starts: Floats, ends: Floats, ruled_out: NDArray[np.bool_] | None = None
) -> tuple[int, int, float]:
    """The first and last piece with the highest joint score, not too far apart.

    No span holds a piece that is ruled out; where none is left the score is hopeless.
    """
    n = len(starts)
    joint = starts[:, None] + ends[None, :]
    allowed = np.triu(np.tri(n, k=_MAX_ANSWER_PIECES - 1, dtype=bool))
    if ruled_out is not None and ruled_out.any():
        before = np.concatenate([[0], np.cumsum(ruled_out)])
        allowed &= before[1:][None, :] == before[:-1][:, None]
    joint = np.where(allowed, joint, _NO_SPAN)
    first, last = divmod(int(joint.argmax()), n)
    return first, last, float(joint[first, last])


def _reading(
    hit: Hit,
    window: ReaderInput,
    ruled_out: Sequence[tuple[int, int]],
    is_of_deed: bool,
    starts: Any,
    ends: Any,
    relevance: Any,
) -> Reading:
    pieces = window.pieces
    barred = np.zeros(len(pieces), dtype=bool)
    for start, end in ruled_out:
        barred[bisect_right(pieces.ends, start) : bisect_left(pieces.starts, end)] = True
    first, last = window.body, window.body + len(window.pieces)
    null = float(starts[0] + ends[0])
    opens, closes = _word_edges(hit.passage.text, pieces)
    if is_of_deed:
        closes &= _may_be_place(hit.passage.text, pieces)
    # An answer is whole words: of "Isfahan" no "fahan", though that is a word piece.
    of_starts = np.where(opens, starts[first:last], _HALF_WORD)
    of_ends = np.where(closes, ends[first:last], _HALF_WORD)
    spans = tuple(
        span
        for sentence in hit.passage.sentences
        if (span := _span_in(sentence, hit, window, of_starts, of_ends, barred, null))
    )
    return Reading(hit, spans, float(relevance))


def _may_be_place(text: str, pieces: Pieces) -> NDArray[np.bool_]:
    """Whether what ends with each piece may tell where something was done: not whose, nor of whom.

    "Israel's prime minister" and "U.S. Secretary of State" do not; "in Kyiv Blinken" and "Athens
    Thursday" may. Of 1,357 answers to "where" in SQuAD 2.0, SquadShifts and TimeQA two end before
    a possessive ending and twelve before a capital, most of them in reviews without full stops.
    """
    allowed = np.ones(len(pieces), dtype=bool)
    for found in _POSSESSIVE.finditer(text):
        allowed &= ~np.isin(pieces.ends, found.span())
    for found in _CAPITALS.finditer(text):
        if not _NOT_WITHIN.search(text, max(0, found.start() - _REACH), found.start()):
            allowed[_inner(found.group(), found.start(), pieces)] = False
    return allowed


def _inner(words: str, at: int, pieces: Pieces) -> slice:
    """The pieces of a row of words, without the last word and without days behind it."""
    kept = words.split(" ")
    while len(kept) > 1 and kept[-1].casefold() in CALENDAR_WORDS:
        kept.pop()
    first_of_last = at + len(" ".join(kept)) - len(kept[-1])
    return slice(bisect_left(pieces.starts, at), bisect_left(pieces.starts, first_of_last))


def _word_edges(text: str, pieces: Pieces) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each piece begins a word of `text`, and whether it ends one."""

    def is_inside(place: int) -> bool:
        return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()

    opens = np.array([not is_inside(start) for start in pieces.starts], dtype=bool)
    closes = np.array([not is_inside(end) for end in pieces.ends], dtype=bool)
    return opens, closes


def _span_in(
    sentence: tuple[int, int],
    hit: Hit,
    window: ReaderInput,
    starts: Floats,
    ends: Floats,
    barred: NDArray[np.bool_],
    null: float,
) -> SentenceSpan | None:
    """The best span of a sentence; None where none of it is in the window."""
    offset, pieces = hit.passage.start, window.pieces
    low = bisect_left(pieces.starts, sentence[0] - offset)
    high = bisect_right(pieces.ends, sentence[1] - offset)
    if low >= high:
        return None
    first, last, score = best_span(starts[low:high], ends[low:high], barred[low:high])
    start, end = pieces.starts[low + first], pieces.ends[low + last]
    return SentenceSpan(sentence, offset + start, offset + end, max(_NO_CHANCE, score - null))


def _merged(one: Reading | None, other: Reading) -> Reading:
    """Of two windows of a passage: each sentence's better span, and the higher relevance."""
    if one is None:
        return other
    best: dict[tuple[int, int], SentenceSpan] = {}
    for each in (*one.spans, *other.spans):
        known = best.get(each.sentence)
        best[each.sentence] = each if known is None or each.margin > known.margin else known
    spans = tuple(best[sentence] for sentence in sorted(best))
    return Reading(other.hit, spans, max(one.relevance, other.relevance))


def _whole(reading: Reading) -> Reading:
    """The reading with a hopeless span where no sentence holds a word piece at all."""
    if reading.spans:
        return reading
    passage = reading.hit.passage
    bounds = passage.start, passage.end
    return Reading(reading.hit, (SentenceSpan(bounds, *bounds, _NO_CHANCE),), reading.relevance)


def short_answer(question: str, article_text: str, span: SentenceSpan) -> str:
    """A span as a person would say it; cut from the article, never written."""
    low, high = span.sentence
    start, end = tidy(article_text, span.start, span.end)
    profile = profile_question(question)
    start, end = counted_figure(question, article_text[:high], start, end)
    start, end = bounded_figure(question, article_text[:high], start, end)
    start, end = name_alone(article_text, start, end, profile.kind)
    start, end = whole_name(article_text[:high], start, end, profile.kind)
    return " ".join(article_text[max(start, low) : end].split())
