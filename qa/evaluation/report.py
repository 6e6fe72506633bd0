"""What an evaluation found: figures with intervals, and what became of each question."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from qa.errors import EvaluationError
from qa.evaluation.curve import Point, risk_coverage, working_point
from qa.evaluation.intervals import CONFIDENCE, RESAMPLES, Difference, Figure, difference, figure
from qa.evaluation.measures import MEASURES
from qa.evaluation.questions import Question
from qa.evaluation.run import Measured, Settings

_FORMAT = "dateline-evaluation-1"


@dataclass(frozen=True)
class Report:
    """An evaluation.

    Attributes
    ----------
    name : str
        The file of questions.
    collection : mapping
        What was searched, ready for JSON: corpus, articles, passages, model, weights_sha256.
    settings : Settings
        How it was asked.
    measured : tuple of Measured
        The questions in their order.
    notes : tuple of str
        What a reader of the figures must know: questions left out, a run cut short.
    is_whole : bool
        Whether all questions were asked that were to be.
    threshold : float or None
        The confidence below which answers are declined; None where nothing is.
    """

    name: str
    collection: Mapping[str, Any]
    settings: Settings
    measured: tuple[Measured, ...]
    notes: tuple[str, ...] = ()
    is_whole: bool = True
    threshold: float | None = None

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Each figure that any question has a value for, by the key of its measure."""
        found = {}
        for measure in MEASURES:
            values = _defined(each.values.get(measure.per_question) for each in self.measured)
            if values:
                found[measure.key] = figure(values, measure.statistic)
        return found

    @cached_property
    def curve(self) -> tuple[Point, ...]:
        """Risk against coverage over all thresholds; empty without the reader."""
        return risk_coverage(*self._answers())

    @property
    def working_point(self) -> Point | None:
        """Risk and coverage at the threshold in use; None where nothing is declined."""
        if self.threshold is None:
            return None
        declined = [bool(each.declined) for each in self.measured if each.is_right is not None]
        _, right = self._answers()
        return working_point(self.threshold, declined, right)

    def _answers(self) -> tuple[list[float], list[bool]]:
        """Confidence and rightness of each answer."""
        answered = [
            (each.confidence, each.is_right)
            for each in self.measured
            if each.confidence is not None and each.is_right is not None
        ]
        return [sure for sure, _ in answered], [right for _, right in answered]

    def to_dict(self) -> dict[str, Any]:
        """Exactly what ``qa eval --json`` prints, but for a comparison."""
        point = self.working_point
        return {
            "format": _FORMAT,
            "dateline": version("dateline"),
            "name": self.name,
            "collection": dict(self.collection),
            "settings": asdict(self.settings),
            "interval": {"confidence": CONFIDENCE, "resamples": RESAMPLES},
            "notes": list(self.notes),
            "is_whole": self.is_whole,
            "figures": {key: asdict(each) for key, each in self.figures.items()},
            "threshold": self.threshold,
            "working_point": None if point is None else point._asdict(),
            "risk_coverage": [each._asdict() for each in self.curve],
            "questions": [_measured_dict(each) for each in self.measured],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Report:
        """The report that `to_dict` told.

        Raises
        ------
        EvaluationError
            It is no such report; the message says what is wrong with it.
        """
        if not isinstance(told, Mapping) or told.get("format") != _FORMAT:
            raise EvaluationError("it is no output of `qa eval --json`")
        try:
            return cls(
                name=str(told["name"]),
                collection=dict(told["collection"]),
                settings=Settings(**told["settings"]),
                measured=tuple(_measured_from(each) for each in told["questions"]),
                notes=tuple(told["notes"]),
                is_whole=bool(told["is_whole"]),
                threshold=told["threshold"],
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise EvaluationError(
                f"it is a damaged output of `qa eval --json` ({type(error).__name__}: {error})"
            ) from error


@dataclass(frozen=True)
class Comparison:
    """Two reports over the questions that both asked.

    Attributes
    ----------
    name : str
        What the baseline is called.
    differences : mapping of str to Difference
        By the key of the measure.
    n_common : int
        How many questions both asked, in the same words.
    n_apart : int
        How many only one of them asked, or each in other words.
    """

    name: str
    differences: Mapping[str, Difference]
    n_common: int
    n_apart: int

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "name": self.name,
            "n_common": self.n_common,
            "n_apart": self.n_apart,
            "differences": {
                key: {**asdict(each), "delta": each.delta, "is_clear": each.is_clear}
                for key, each in self.differences.items()
            },
        }


def compare(report: Report, baseline: Report, name: str = "baseline") -> Comparison:
    """How far two reports lie apart, question by question, by paired bootstrap.

    Questions are paired by their ids; one that was put in other words is another question. A
    figure is compared over the questions that it has a value for in both.

    Raises
    ------
    EvaluationError
        They share no question.
    """
    theirs = {each.question.id: each for each in baseline.measured}
    pairs = [
        (each, theirs[each.question.id])
        for each in report.measured
        if each.question.id in theirs
        and theirs[each.question.id].question.text == each.question.text
    ]
    if not pairs:
        raise EvaluationError(
            f"{name} shares no question with this run: questions are paired by id and words"
        )
    return Comparison(
        name,
        _differences(pairs),
        len(pairs),
        len(report.measured) + len(baseline.measured) - 2 * len(pairs),
    )


def _differences(pairs: Sequence[tuple[Measured, Measured]]) -> dict[str, Difference]:
    found = {}
    for measure in MEASURES:
        name = measure.per_question
        both = [(ours.values.get(name), theirs.values.get(name)) for ours, theirs in pairs]
        values = [(x, y) for x, y in both if x is not None and y is not None]
        if values:
            ours, theirs = zip(*values, strict=True)
            found[measure.key] = difference(ours, theirs, measure.statistic)
    return found


def _defined(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _measured_dict(measured: Measured) -> dict[str, Any]:
    question = measured.question
    return {
        "id": question.id,
        "question": question.text,
        "as_of": None if question.as_of is None else question.as_of.isoformat(),
        "gold": dict(question.gold),
        "answers": list(question.answers),
        "articles": list(measured.articles),
        "declined": measured.declined,
        "confidence": measured.confidence,
        "is_right": measured.is_right,
        "short_answer": measured.short_answer,
        "values": {name: _rounded(name, value) for name, value in measured.values.items()},
    }


def _measured_from(told: Mapping[str, Any]) -> Measured:
    as_of = told["as_of"]
    return Measured(
        Question(
            str(told["id"]),
            str(told["question"]),
            {str(key): int(grade) for key, grade in told["gold"].items()},
            tuple(told["answers"]),
            None if as_of is None else datetime.date.fromisoformat(as_of),
        ),
        {str(k): None if v is None else float(v) for k, v in told["values"].items()},
        tuple(told["articles"]),
        told["declined"],
        told["confidence"],
        told["is_right"],
        told["short_answer"],
    )


def _rounded(name: str, value: float | None) -> float | None:
    # A hundredth of a millisecond; shares keep what pairing them needs.
    return round(value, 2) if value is not None and name.endswith("_ms") else value
