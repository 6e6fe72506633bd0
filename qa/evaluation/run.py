"""Questions asked of a collection one after another, each measured as soon as it is answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from index.types import Hit
from qa.ask import Assistant
from qa.errors import EvaluationError
from qa.evaluation.gold import GoldArticles
from qa.evaluation.metrics import (
    Values,
    answer_values,
    decline_values,
    is_right,
    passage_values,
    ranking_values,
)
from qa.evaluation.questions import Question
from qa.types import Answer

DEPTH = 100
# As many passages as `ask` gives when it is not told otherwise; retrieval is timed so.
_IN_USE = 8
_NAMED = 10
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are asked.

    Attributes
    ----------
    reader : bool
        Whether sentences are read and answers composed; else retrieval is measured alone.
    as_of : bool
        Whether what was published after a question's day is left out.
    decline : bool
        Whether improbable answers are declined, as in use.
    depth : int
        How many passages are looked at, at least 1; Recall@100 needs 100.
    """

    reader: bool = True
    as_of: bool = True
    decline: bool = True
    depth: int = DEPTH

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"the depth must be at least 1, got {self.depth}")


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one question.

    Attributes
    ----------
    question : Question
    values : mapping of str to float or None
        Its figures by name; None where one has no meaning for it.
    articles : tuple of str
        Ids of the first ten articles found, best first.
    declined : bool or None
        Whether it was declined; None without the reader.
    confidence : float or None
        In [0, 1]: how probable the answer was held to be.
    is_right : bool or None
        Whether the answer is right, or would have been where it was declined; never where the
        collection does not tell.
    short_answer : str or None
        The bare answer.
    """

    question: Question
    values: Values
    articles: tuple[str, ...] = ()
    declined: bool | None = None
    confidence: float | None = None
    is_right: bool | None = None
    short_answer: str | None = None


def measure(
    assistant: Assistant, gold: GoldArticles, settings: Settings | None = None
) -> Iterator[Measured]:
    """Ask the questions in their order and yield what became of each.

    The first is asked twice, so that no model is loaded while the clock runs.
    """
    settings = settings or Settings()
    for place, question in enumerate(gold.questions):
        if not place:
            _measure(assistant, question, gold, settings)
        yield _measure(assistant, question, gold, settings)


def _measure(
    assistant: Assistant, question: Question, gold: GoldArticles, settings: Settings
) -> Measured:
    ask = _Asking(assistant, question, settings)
    # As in use, and before the deeper search below has warmed up anything for this question.
    _, retrieval_ms = _timed(lambda: next(ask(_IN_USE)))
    _, embedding_ms = _timed(lambda: assistant.embedder.embed_questions([question.text]))
    values: Values = {"retrieval_ms": retrieval_ms, "embedding_ms": embedding_ms}
    steps = ask(settings.depth)
    hits = next(steps)
    assert isinstance(hits, tuple)
    measured = Measured(question, values)
    if settings.reader:
        answer, reading_ms = _timed(lambda: next(steps))
        assert isinstance(answer, Answer)
        hits = answer.hits
        values["latency_ms"] = retrieval_ms + reading_ms
        measured = _with_answer(measured, answer, gold, ask)
    named = dict.fromkeys(hit.article.id for hit in hits)
    return replace(
        measured,
        values=measured.values | _found_values(question, hits, gold, settings.depth),
        articles=tuple(named)[:_NAMED],
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question under the settings; each call asks it anew."""

    assistant: Assistant
    question: Question
    settings: Settings

    def __call__(self, k: int, *, must_answer: bool = False) -> Iterator[tuple[Hit, ...] | Answer]:
        return self.assistant.stream(
            self.question.text,
            k=k,
            as_of=self.question.as_of if self.settings.as_of else None,
            must_answer=must_answer or not self.settings.decline,
        )


def _with_answer(measured: Measured, answer: Answer, gold: GoldArticles, ask: _Asking) -> Measured:
    question = measured.question
    values = measured.values | answer_values(question, answer, gold)
    offered = answer
    if ask.settings.decline:
        values |= decline_values(question, declined=answer.declined)
        if answer.declined:
            *_, last = ask(_IN_USE, must_answer=True)
            assert isinstance(last, Answer)
            offered = last
    return replace(
        measured,
        values=values,
        declined=answer.declined,
        confidence=answer.confidence,
        is_right=is_right(question, offered, gold),
        short_answer=answer.short_answer,
    )


def _found_values(
    question: Question, hits: tuple[Hit, ...], gold: GoldArticles, depth: int
) -> Values:
    values: Values = {}
    if question.gold:
        ranking = gold.ranking(question, hits)
        values |= ranking_values(ranking, gold.grades(question), depth)
    if question.answers:
        ceiling = gold.ceilings[question.id]
        values |= passage_values(hits, question.answers, depth)
        values["ceiling_gold"] = None if ceiling.gold is None else float(ceiling.gold)
        values["ceiling_collection"] = float(ceiling.collection)
    return values


def _timed(run: Callable[[], _T]) -> tuple[_T, float]:
    """What a call gives, and the milliseconds it took."""
    start = time.perf_counter()
    found = run()
    return found, (time.perf_counter() - start) * 1000


def require_libraries() -> None:
    """Make sure that what only measuring needs is installed.

    Raises
    ------
    EvaluationError
        It is not; the message names the extra that brings it.
    """
    try:
        import ir_measures  # noqa: F401
        import scipy.stats  # noqa: F401
    except ImportError as error:
        raise EvaluationError(
            f"measuring needs {error.name}, which is not installed; install it with "
            "pip install 'dateline[eval]'"
        ) from error
