"""Questions asked of a collection, as in use: what there is to fit and measure evidence on.

The data is in SQuAD 2.0 format. Its articles are cut into passages as any other, and its
questions asked of them. So that declining is learned as it is met in use, answerable questions
are asked again with their own paragraph, and with their whole article, left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.chunk import ChunkSettings, chunk_article, embedding_text
from index.embed import Embedder
from index.filters import Filter
from index.lexical import LexicalIndex, LexicalRow
from index.types import Article, Hit, Passage
from qa.evidence import Evidence, Logistic, SentenceEncoder, sentence_columns
from qa.pool import Columns, Floats, SentencePool
from qa.question import profile_question

HITS = 8
_DENSE_SHARE = 0.7


class Case(StrEnum):
    """How a question was asked."""

    ANSWERABLE = "answerable"
    ADVERSARIAL = "adversarial"
    NO_PARAGRAPH = "own paragraph left out"
    NO_ARTICLE = "own article left out"


# How often each is met in use. Nobody has counted; a reporter mostly asks what the collection
# tells, and else more often what it nearly tells than what it does not touch.
SHARES = {
    Case.ANSWERABLE: 0.70,
    Case.ADVERSARIAL: 0.12,
    Case.NO_PARAGRAPH: 0.12,
    Case.NO_ARTICLE: 0.06,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the data: its paragraph, and the answers in it as (start, text)."""

    text: str
    article_id: str
    start: int
    end: int
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked of a collection, and which sentences answer it."""

    question: Question
    case: Case
    hits: tuple[Hit, ...]

    def answers(self, start: int, end: int, article_id: str) -> bool:
        """Whether a sentence is one that annotators took the answer from."""
        return (
            self.case is Case.ANSWERABLE
            and article_id == self.question.article_id
            and any(start <= place < end for place, _ in self.question.answers)
        )

    def is_answered_by(self, evidence: Evidence) -> bool:
        """Whether the evidence is such a sentence."""
        return self.answers(evidence.start, evidence.end, evidence.hit.article.id)

    def mentions(self, text: str) -> bool:
        """Whether a text holds the words of an answer, wherever it is from."""
        folded = text.casefold()
        return any(answer.casefold() in folded for _, answer in self.question.answers)


class RememberingEncoder:
    """Embeds each text once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages or sentences."""
        new = sorted({text for text in texts if text not in self._vectors}, key=len)
        if new:
            self._vectors |= zip(new, self._encoder.embed_passages(new), strict=True)
        return np.array([self._vectors[text] for text in texts])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions."""
        return self._encoder.embed_questions(texts)


class Collection:
    """Articles cut into passages, searched by MiniLM and BM25 together."""

    def __init__(
        self,
        articles: Iterable[Article],
        embedder: Embedder,
        encoder: SentenceEncoder,
        folder: Path,
    ) -> None:
        self._encoder = encoder
        self.passages = [
            (passage, article)
            for article in articles
            for passage in chunk_article(
                article, ChunkSettings(), embedder.count_word_pieces, embedder.max_word_pieces
            )
        ]
        texts = [embedding_text(article, passage) for passage, article in self.passages]
        self._vectors = encoder.embed_passages(texts)
        self._lexical = LexicalIndex.create(folder)
        rows = (LexicalRow(row, text, None, None) for row, text in enumerate(texts))
        self._lexical.update(rows, ())

    def search(self, question: str) -> list[Hit]:
        """Return the best passages, more than are read, so that some can be left out."""
        vector = self._encoder.embed_questions([question])[0]
        dense = np.asarray(self._vectors @ vector, dtype=np.float64)
        lexical = np.zeros(len(self.passages))
        found = self._lexical.search(question, len(self.passages), Filter())
        lexical[found.rows] = found.scores
        mix = _DENSE_SHARE * _unit_range(dense) + (1.0 - _DENSE_SHARE) * _unit_range(lexical)
        order = np.argsort(-mix, kind="stable")
        return [
            Hit(passage, article, float(mix[row]), "mix")
            for row in order
            for passage, article in (self.passages[row],)
        ]


def _unit_range(scores: Floats) -> Floats:
    width = float(scores.max() - scores.min()) or 1.0
    return np.asarray((scores - scores.min()) / width, dtype=np.float64)


def read_squad(path: Path) -> Iterator[tuple[Article, list[Question]]]:
    """Yield the articles of a SQuAD-format file with their questions."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    for document in data:
        title = document["title"].replace("_", " ")
        questions = []
        offset = 0
        for paragraph in document["paragraphs"]:
            end = offset + len(paragraph["context"])
            for entry in paragraph["qas"]:
                answers = tuple(
                    (offset + answer["answer_start"], answer["text"]) for answer in entry["answers"]
                )
                questions.append(Question(entry["question"], title, offset, end, answers))
            offset = end + 2
        text = "\n\n".join(paragraph["context"] for paragraph in document["paragraphs"])
        digest = hashlib.sha256(text.encode()).hexdigest()
        yield Article(title, title, text, None, None, None, None, None, digest), questions


def ask_all(questions: Iterable[Question], collection: Collection) -> Iterator[Asked]:
    """Ask every question, the answerable ones also where nothing can answer them."""
    for question in questions:
        found = collection.search(question.text)
        if not question.answers:
            yield Asked(question, Case.ADVERSARIAL, tuple(found[:HITS]))
            continue
        yield from (
            asked
            for asked in (
                Asked(question, Case.ANSWERABLE, tuple(found[:HITS])),
                Asked(question, Case.NO_PARAGRAPH, _left(found, question, whole_article=False)),
                Asked(question, Case.NO_ARTICLE, _left(found, question, whole_article=True)),
            )
            if is_clear(asked)
        )


def _left(found: Sequence[Hit], question: Question, *, whole_article: bool) -> tuple[Hit, ...]:
    def is_left(passage: Passage) -> bool:
        if passage.article_id != question.article_id:
            return True
        return not whole_article and (
            passage.end <= question.start or question.end <= passage.start
        )

    return tuple(hit for hit in found if is_left(hit.passage))[:HITS]


def is_clear(asked: Asked) -> bool:
    """Whether it is certain that the hits do, or do not, answer the question."""
    if asked.case is Case.ANSWERABLE:
        return any(
            asked.answers(start, end, hit.article.id)
            for hit in asked.hits
            for start, end in hit.passage.sentences
        )
    return not any(asked.mentions(hit.passage.text) for hit in asked.hits)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The sentences of one asked question, ready to fit."""

    asked: Asked
    pool: SentencePool
    columns: Columns
    is_answer: NDArray[np.bool_]
    is_doubtful: NDArray[np.bool_]


def weigh(asked: Asked, encoder: SentenceEncoder) -> Weighed:
    """Count what there is to count of one asked question."""
    pool = SentencePool(profile_question(asked.question.text), asked.hits)
    texts = [each.text for each in pool.candidates]
    vector = encoder.embed_questions([asked.question.text])[0]
    cosines = (encoder.embed_passages(texts) @ vector).astype(np.float64)
    is_answer = np.array(
        [asked.answers(each.start, each.end, each.hit.article.id) for each in pool.candidates]
    )
    # A sentence elsewhere that holds the answer's words may answer, too: it teaches nothing.
    is_doubtful = ~is_answer & np.array([asked.mentions(text) for text in texts])
    columns = sentence_columns(pool, range(len(texts)), cosines)
    return Weighed(asked, pool, columns, is_answer, is_doubtful)


def score(case: Weighed, sentence_model: Logistic) -> tuple[Evidence, ...]:
    """Return the evidence of a case as `find_evidence` would, nothing left unencoded."""
    scores = 1.0 / (1.0 + np.exp(-sentence_model.logits(case.columns)))
    found = [
        Evidence(each.hit, each.start, each.end, float(value), float(cosine))
        for each, value, cosine in zip(
            case.pool.candidates, scores, case.columns["cosine"], strict=True
        )
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.hit.article.id, each.start)))
