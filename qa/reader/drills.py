"""Questions → what the network is trained on: a passage that answers, and some that do not.

Passages that do not answer are of the kinds met in use: what search finds beside the right
passage, what nearly answers (SQuAD 2.0's impossible questions), and the right passage asked
about another name or number.
"""

from __future__ import annotations

import datetime
import random
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.filters import Filter
from index.lexical import LexicalIndex, LexicalRow
from qa.reader.encoding import MAX_QUESTION_PIECES, Pieces, join, split
from qa.reader.questions import REVIEWS, SQUAD2, TALK, TIMED, WIKI, Labelled, Questions

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Kind = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is drawn during a part of the training: how often each kind, and what beside it.

    Attributes
    ----------
    shares : mapping of (set, whether answerable) to float
    found_beside, two_beside : float
        How often a passage found by search, and a second one, is read beside the right one.
    swapped : float
        How often the right passage is also asked about another name or number.
    lengths : mapping of int to float
        The most word pieces of one input, and how often.
    """

    shares: Mapping[Kind, float]
    found_beside: float
    two_beside: float
    swapped: float
    lengths: Mapping[int, float]


FIRST = Stage(
    {
        (WIKI, True): 0.34,
        (SQUAD2, True): 0.11,
        (SQUAD2, False): 0.07,
        (TALK, True): 0.18,
        (REVIEWS, True): 0.18,
        (TIMED, True): 0.10,
        (TIMED, False): 0.02,
    },
    found_beside=0.15,
    two_beside=0.0,
    swapped=0.02,
    # Short ones are read faster; whole paragraphs hold what a short window leaves out, and mislead.
    lengths={128: 0.25, 176: 0.35, 240: 0.30, 320: 0.10},
)
SECOND = Stage(
    {
        (WIKI, True): 0.34,
        (SQUAD2, True): 0.13,
        (SQUAD2, False): 0.14,
        (TALK, True): 0.13,
        (REVIEWS, True): 0.13,
        (TIMED, True): 0.09,
        (TIMED, False): 0.04,
    },
    found_beside=0.45,
    two_beside=0.15,
    swapped=0.10,
    # Nearer to what is read in use.
    lengths={144: 0.20, 200: 0.40, 320: 0.40},
)
# How passages are headed in use, and how often here.
_HEADINGS = {"title": 0.35, "title source date": 0.35, "source date": 0.10, "": 0.20}
_OUTLETS = (
    "Evening Post",
    "The Daily Record",
    "Morning Herald",
    "city-times.com",
    "National Tribune",
    "www.worldnews.example",
    "Associated News",
    "The Chronicle",
    "Radio One",
    "The Observer",
)
_FIRST_DAY, _LAST_DAY = datetime.date(1960, 1, 1), datetime.date(2024, 12, 31)
_MAX_TITLE_WORDS = 9
_CANDIDATES = 12
_SWAPPABLE = re.compile(r"\b(?:(?:[12]\d{3})|\d+(?:[.,]\d+)*|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)\b")
_SENTENCE_ENDS = frozenset({1012, 1029, 999})  # the pieces ". ? !"


@dataclass(frozen=True, slots=True)
class Drill:
    """One input with what the network should say.

    Attributes
    ----------
    starts, ends : tuple of int
        Places in ``ids`` that may begin, and end, the answer; (0,) each where there is none.
    body : int
        Where the passage's own pieces begin.
    """

    ids: tuple[int, ...]
    question_length: int
    body: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def is_answered(self) -> bool:
        return self.starts != (0,)


class DrillBook:
    """Draws drills from questions; what it draws depends on the seed and on what was drawn."""

    def __init__(self, data: Questions, tokenizer: Tokenizer, seed: int) -> None:
        self.data = data
        self.drawn: dict[Kind, int] = {}
        self.groups = 0
        self._tokenizer = tokenizer
        self._seed = seed
        self._by_kind: dict[Kind, list[int]] = {}
        for place, question in enumerate(data.questions):
            kind = data.paragraphs[question.paragraph].set_name, bool(question.answers)
            self._by_kind.setdefault(kind, []).append(place)
        self._orders: dict[tuple[Kind, int], list[int]] = {}
        self._pieces: dict[int, Pieces] = {}
        scratch = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._search = LexicalIndex.create(Path(scratch) / "lexical")
        self._search.update(
            (
                LexicalRow(row, f"{each.title or ''}\n{each.text}", each.set_name, None)
                for row, each in enumerate(data.paragraphs)
            ),
            (),
        )

    def draw(self, stage: Stage) -> tuple[Drill, ...]:
        """A question with its passage, and what is read beside it; the passage's own first."""
        chance = random.Random(f"{self._seed} {self.groups}")
        self.groups += 1
        kinds = [kind for kind in stage.shares if kind in self._by_kind]
        kind = chance.choices(kinds, [stage.shares[each] for each in kinds])[0]
        question = self.data.questions[self._next(kind)]
        drills = [self._drill(question.text, question.paragraph, question.answers, stage, chance)]
        if question.answers:
            drills += self._beside(question, stage, chance)
        return tuple(drills)

    def _next(self, kind: Kind) -> int:
        """The next question of a kind; all are drawn once before any is drawn again."""
        places = self._by_kind[kind]
        number = self.drawn.get(kind, 0)
        self.drawn[kind] = number + 1
        turn, place = divmod(number, len(places))
        if (kind, turn) not in self._orders:
            order = list(places)
            random.Random(f"{self._seed} {kind} {turn}").shuffle(order)
            self._orders[kind, turn] = order
        return self._orders[kind, turn][place]

    def _beside(self, question: Labelled, stage: Stage, chance: random.Random) -> Iterator[Drill]:
        if chance.random() < stage.found_beside:
            found = self.not_answering(question)
            number = 2 if chance.random() < stage.two_beside else 1
            for row in chance.sample(found, min(number, len(found))):
                yield self._drill(question.text, row, (), stage, chance)
        if chance.random() < stage.swapped:
            swapped = self._swapped(question, chance)
            if swapped is not None:
                yield self._drill(swapped, question.paragraph, (), stage, chance)

    def not_answering(self, question: Labelled) -> list[int]:
        """Paragraphs that search finds for a question and that hold none of its answers' words."""
        own = self.data.paragraphs[question.paragraph]
        answers = [own.text[start:end].casefold() for start, end in question.answers]
        where = Filter(sources=frozenset({own.set_name.replace("_", "")}))
        rows = self._search.search(question.text, _CANDIDATES, where).rows.tolist()
        return [
            row
            for row in rows
            if row != question.paragraph
            and not any(answer in self.data.paragraphs[row].text.casefold() for answer in answers)
        ][: _CANDIDATES // 2]

    def _swapped(self, question: Labelled, chance: random.Random) -> str | None:
        """The question about another name or number of the same article, where that can be made."""
        own = self.data.paragraphs[question.paragraph]
        found = [
            m for m in _SWAPPABLE.finditer(question.text) if m.start() and m.group() in own.text
        ]
        others = self.not_answering(question)
        if not found or not others:
            return None
        target = chance.choice(found)
        is_number = target.group()[0].isdigit()
        rivals = sorted(
            {
                match.group()
                for row in others
                for match in _SWAPPABLE.finditer(self.data.paragraphs[row].text)
                if match.group()[0].isdigit() == is_number
                and (is_number or len(match.group()) > 3)
                and (is_number or self.data.paragraphs[row].text[: match.start()][-2:-1].isalpha())
                and match.group() not in own.text
                and match.group() not in question.text
            }
        )
        if not rivals:
            return None
        return (
            question.text[: target.start()] + chance.choice(rivals) + question.text[target.end() :]
        )

    def _drill(
        self,
        text: str,
        row: int,
        answers: tuple[tuple[int, int], ...],
        stage: Stage,
        chance: random.Random,
    ) -> Drill:
        question = split(self._tokenizer, text).cut(0, MAX_QUESTION_PIECES)
        heading = split(self._tokenizer, self._heading(row, chance))
        if row not in self._pieces:
            self._pieces[row] = split(self._tokenizer, self.data.paragraphs[row].text)
        pieces = self._pieces[row]
        limit = chance.choices(list(stage.lengths), list(stage.lengths.values()))[0]
        room = max(40, limit - len(question) - len(heading) - 3)
        spans = [span for span in (_piece_span(pieces, *each) for each in answers) if span]
        window, shift = _window(pieces, spans, room, chance)
        inside = [
            (start - shift, end - shift)
            for start, end in spans
            if start >= shift and end < shift + len(window)
        ]
        sequence = join(question, heading, window)
        return Drill(
            sequence.ids,
            sequence.question_length,
            sequence.body,
            tuple(sorted({sequence.body + start for start, _ in inside})) or (0,),
            tuple(sorted({sequence.body + end for _, end in inside})) or (0,),
        )

    def _heading(self, row: int, chance: random.Random) -> str:
        form = chance.choices(list(_HEADINGS), list(_HEADINGS.values()))[0].split()
        paragraph = self.data.paragraphs[row]
        title = paragraph.title or " ".join(paragraph.text.split()[:_MAX_TITLE_WORDS])
        days = (_LAST_DAY - _FIRST_DAY).days
        parts = {
            "title": title,
            "source": chance.choice(_OUTLETS),
            "date": (_FIRST_DAY + datetime.timedelta(chance.randrange(days))).isoformat(),
        }
        return " | ".join(parts[name] for name in form)


def _piece_span(pieces: Pieces, start: int, end: int) -> tuple[int, int] | None:
    """The first and last piece of a stretch of characters."""
    inside = [i for i in range(len(pieces)) if pieces.ends[i] > start and pieces.starts[i] < end]
    return (inside[0], inside[-1]) if inside else None


def _window(
    pieces: Pieces, spans: list[tuple[int, int]], room: int, chance: random.Random
) -> tuple[Pieces, int]:
    """As much of a text as there is room for, around the first answer, from a sentence on."""
    if len(pieces) <= room:
        return pieces, 0
    low, high = 0, len(pieces) - room
    if spans:
        start, end = min(spans, key=lambda span: span[1] - span[0])
        low, high = max(0, min(high, end + 1 - room)), min(high, start)
    first = chance.randint(min(low, high), high)
    begins = [i + 1 for i in range(first - 1, high) if i >= 0 and pieces.ids[i] in _SENTENCE_ENDS]
    first = begins[0] if begins and begins[0] <= high else first
    return pieces.cut(first, first + room), first
