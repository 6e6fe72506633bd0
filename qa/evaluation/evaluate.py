"""From questions and an assistant to a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from qa.ask import Assistant
from qa.confidence import load_confidence
from qa.errors import EvaluationError
from qa.evaluation.gold import Checked, GoldArticles, check_questions, find_gold
from qa.evaluation.questions import Question
from qa.evaluation.report import Report
from qa.evaluation.run import Measured, Settings, measure, require_libraries

# How many of the things that are wrong are named in one message.
_MAX_NAMED = 20


def evaluate(
    assistant: Assistant,
    questions: Iterable[Question],
    settings: Settings | None = None,
    *,
    name: str = "questions",
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """Ask questions with known answers and measure what comes.

    Parameters
    ----------
    assistant : Assistant
    questions : iterable of Question
        `read_questions` reads them from a file.
    settings : Settings, optional
    name : str
        What the questions are called in the report.
    on_progress : callable, optional
        Told after each question how many are done.

    Returns
    -------
    Report
        Gold articles that the collection does not hold are left out, and told in its notes.

    Raises
    ------
    EvaluationError
        Nothing is left to ask, two questions share an id, a question's date lies before the
        collection, or what is needed for measuring is not installed.

    Examples
    --------
    >>> from qa import Assistant
    >>> question = Question("1", "Who spoke in Kerman?", answers=("Qaani",))
    >>> with Assistant.open() as assistant:
    ...     report = evaluate(assistant, [question], Settings(reader=False))
    >>> report.figures["answer@5"].value
    1.0
    """
    settings = settings or Settings()
    asked = list(questions)
    require_libraries()
    _check_ids(asked)
    checked = check_questions(assistant.store, asked, name, as_of=settings.as_of)
    if checked.problems:
        raise EvaluationError("; ".join(map(str, checked.problems[:_MAX_NAMED])))
    gold = gold_for(assistant, checked, checked.questions, settings)
    measured = []
    for done, each in enumerate(measure(assistant, gold, settings), 1):
        measured.append(each)
        if on_progress is not None:
            on_progress(done)
    return make_report(assistant, gold, measured, settings, name, left_out_notes(checked))


def gold_for(
    assistant: Assistant, checked: Checked, questions: Sequence[Question], settings: Settings
) -> GoldArticles:
    """What counts as right for those of the checked questions that are to be asked.

    Raises
    ------
    EvaluationError
        There is none.
    """
    if not questions:
        reason = f" ({checked.warnings[0]})" if checked.warnings else ""
        raise EvaluationError(
            f"no question is left to ask{reason}; is it the collection that they were made for?"
        )
    return find_gold(assistant.store, questions, as_of=settings.as_of)


def left_out_notes(checked: Checked) -> list[str]:
    """What a reader of the figures must know of gold articles that are not there."""
    if not checked.warnings:
        return []
    n = len(checked.warnings)
    return [f"gold articles left out because the collection does not hold them: {n:,}"]


def make_report(
    assistant: Assistant,
    gold: GoldArticles,
    measured: Sequence[Measured],
    settings: Settings,
    name: str,
    notes: Iterable[str] = (),
) -> Report:
    """The report of the questions measured so far, which may be fewer than were to be asked."""
    told = list(notes)
    if gold.n_too_late:
        told.append(
            "questions whose gold articles were all published after their date, so that none can "
            f"be found: {gold.n_too_late:,}"
        )
    if len(measured) < len(gold.questions):
        told.append(
            f"CUT SHORT: the figures are of the first {len(measured):,} of "
            f"{len(gold.questions):,} questions"
        )
    return Report(
        name=name,
        collection=_about(assistant),
        settings=settings,
        measured=tuple(measured),
        notes=tuple(told),
        is_whole=len(measured) == len(gold.questions),
        threshold=load_confidence().decline_below if settings.reader and settings.decline else None,
    )


def _check_ids(questions: Sequence[Question]) -> None:
    counts = Counter(question.id for question in questions)
    twice = [key for key, n in counts.items() if n > 1]
    if twice:
        raise EvaluationError(f"two questions share the id {twice[0]!r}; ids are unique")


def _about(assistant: Assistant) -> dict[str, Any]:
    status = assistant.status().to_dict()
    kept = ("corpus", "articles", "passages", "model", "weights_sha256", "generation")
    return {key: status[key] for key in kept}
