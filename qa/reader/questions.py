"""The sets the reader learns from: questions, the passages they are about, the answers in them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

WIKI, REVIEWS, TALK, SQUAD2, TIMED = "new_wiki", "amazon", "reddit", "squad2", "timeqa"
# TimeQA's texts are tokenised; these put words together again. Each drops one blank.
_LOOSE_BLANKS = re.compile(r" (?=[.,;:!?)\]%]|'s\b|n't\b|- )|(?<=[(\[])(?= )|(?<= -) ")
_TIMED_CHARS = 900
# Which articles are held out: of SquadShifts' Wikipedia every tenth from the fifth on, of
# SQuAD 2.0 every third from the first on, as in `qa.fit_evidence`.
_HELD_WIKI = (10, 4)
_HELD_SQUAD2 = (3, 0)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text that questions are asked about."""

    text: str
    title: str | None
    set_name: str
    article: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with the paragraph it was written for.

    Attributes
    ----------
    paragraph : int
        Its place in ``Questions.paragraphs``.
    answers : tuple of (int, int)
        Where annotators marked an answer in it; empty where there is none.
    """

    text: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """All paragraphs and questions of one part, to train on or held out."""

    paragraphs: list[Paragraph]
    questions: list[Labelled]


def read_questions(folder: Path, *, is_held_out: bool) -> Questions:
    """The part to train on, or the part held out, of all sets in a folder."""
    found = Questions([], [])
    for name, every in ((WIKI, _HELD_WIKI), (SQUAD2, _HELD_SQUAD2)):
        articles = _squad_articles(folder / _FILES[name])
        for place, article in enumerate(articles):
            if (place % every[0] == every[1]) == is_held_out:
                _add_squad(found, article, name)
    if not is_held_out:
        for name in (REVIEWS, TALK):
            for article in _squad_articles(folder / _FILES[name]):
                _add_squad(found, article, name)
        for file in ("timeqa_train_easy.json.gz", "timeqa_train_hard.json.gz"):
            _add_timed(found, folder / file)
    return found


_FILES = {
    WIKI: "squadshifts_new_wiki.json.gz",
    REVIEWS: "squadshifts_amazon_reviews.json.gz",
    TALK: "squadshifts_reddit.json.gz",
    SQUAD2: "squad2_dev_part.json.gz",
}


def _squad_articles(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles: list[dict[str, Any]] = json.load(file)["data"]
    return articles


def _add_squad(found: Questions, article: dict[str, Any], name: str) -> None:
    title = unquote(article["title"]).replace("_", " ")
    has_title = name in (WIKI, SQUAD2)
    for entry in article["paragraphs"]:
        context = entry["context"]
        place = len(found.paragraphs)
        found.paragraphs.append(Paragraph(context, title if has_title else None, name, title))
        for asked in entry["qas"]:
            answers = tuple(
                dict.fromkeys(
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in asked["answers"]
                )
            )
            found.questions.append(Labelled(asked["question"].strip(), place, answers))


def _add_timed(found: Questions, path: Path) -> None:
    """TimeQA's questions, each about the stretch of its long article around the first answer."""
    places: dict[tuple[str, int], int] = {}
    for record in _lines(path):
        spans = [
            (start, end)
            for target, start, end in zip(
                record["targets"], record["from"], record["end"], strict=True
            )
            if target and record["context"][start:end] == target
        ]
        title = _joined(record["paragraphs"][0]["title"]) if record["paragraphs"] else None
        begin, stop = _stretch(record["context"], spans[0] if spans else (0, 0))
        inside = [span for span in spans if begin <= span[0] and span[1] <= stop]
        if record["targets"] != [""] and not inside:
            continue
        text, moved = _cleaned(
            record["context"][begin:stop], [(a - begin, b - begin) for a, b in inside]
        )
        key = (record["idx"].split("#")[0], begin)
        if key not in places:
            places[key] = len(found.paragraphs)
            found.paragraphs.append(Paragraph(text, title, TIMED, key[0]))
        found.questions.append(Labelled(record["question"], places[key], tuple(moved)))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _stretch(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Some sentences around a span."""
    begin = max(0, (span[0] + span[1]) // 2 - _TIMED_CHARS // 2)
    sentence = text.find(" . ", begin, span[0])
    if begin and sentence >= 0:
        begin = sentence + 3
    stop = min(len(text), max(begin + _TIMED_CHARS, span[1]))
    last = text.rfind(" . ", max(span[1], begin), stop)
    return begin, (last + 2 if last > 0 else stop)


def _cleaned(text: str, spans: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The text without loose blanks, and where the spans are then."""
    dropped = [match.start() for match in _LOOSE_BLANKS.finditer(text) if match.group() == " "]
    kept = bytearray(len(text) + 1)
    for place in dropped:
        kept[place] = 1
    shift, total = [], 0
    for is_dropped in kept:
        shift.append(total)
        total += is_dropped
    joined = "".join(
        letter for letter, is_dropped in zip(text, kept, strict=False) if not is_dropped
    )
    return joined, [(start - shift[start], end - shift[end]) for start, end in spans]


def _joined(text: str) -> str:
    return _cleaned(text, [])[0].strip()
