"""A report as a table for a terminal, and the progress of making one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TextIO

from qa.evaluation.intervals import Difference, Figure
from qa.evaluation.measures import MEASURES, Measure
from qa.evaluation.report import Comparison, Report
from qa.evaluation.run import Settings

_LABEL = 32
_GROUPS = [(name, tuple(group)) for name, group in groupby(MEASURES, key=lambda each: each.group)]


def report_table(report: Report, comparison: Comparison | None = None) -> str:
    """The figures under their headings, each with its interval and its number of questions."""
    lines = [*_heading(report), ""]
    if comparison is None:
        lines += _figure_lines(report.figures)
    else:
        lines += _difference_lines(comparison)
    lines += [*_risk_lines(report), *(f"note: {note}" for note in report.notes)]
    return "\n".join(lines).rstrip()


def _heading(report: Report) -> Iterator[str]:
    about, settings = report.collection, report.settings
    n = len(report.measured)
    yield f"{n:,} {'question' if n == 1 else 'questions'} of {report.name}"
    yield (
        f"asked of {about['corpus']}: {about['articles']:,} articles, "
        f"{about['passages']:,} passages, {about['model']}"
    )
    yield settings_text(settings, any(each.question.as_of for each in report.measured))


def settings_text(settings: Settings, has_dates: bool = True) -> str:
    """How questions are asked, in words."""
    told = ["retrieval alone"]
    if settings.reader:
        told = ["with the reader", "declining" if settings.decline else "never declining"]
    if has_dates:
        told.append("as of their dates" if settings.as_of else "their dates left aside")
    return "; ".join([*told, f"{settings.depth:,} passages deep"])


def _figure_lines(figures: Mapping[str, Figure]) -> Iterator[str]:
    heads = f"{'value':>9}   {'95 % interval':^16}  {'questions':>9}"
    yield f"{'':{_LABEL}}{heads}"
    for name, group in _GROUPS:
        rows = [(measure, figures[measure.key]) for measure in group if measure.key in figures]
        if rows:
            yield name
        for measure, each in rows:
            bounds = _bounds(measure, each.low, each.high)
            yield (
                f"  {measure.label:{_LABEL - 2}}{_number(measure, each.value):>9}   "
                f"{bounds:^16}  {each.n:>9,}"
            )
    yield ""


def _difference_lines(comparison: Comparison) -> Iterator[str]:
    differences = comparison.differences
    apart = f"; {comparison.n_apart:,} asked by one alone" if comparison.n_apart else ""
    yield (
        f"compared with {comparison.name} over {comparison.n_common:,} questions that both asked"
        f"{apart}"
    )
    yield ""
    yield (
        f"{'':{_LABEL}}{'this':>9}{'baseline':>10}{'difference':>12}   {'95 % interval':^18}"
        f"{'questions':>9}"
    )
    for name, group in _GROUPS:
        rows = [(m, differences[m.key]) for m in group if m.key in differences]
        if rows:
            yield name
        for measure, each in rows:
            yield (
                f"  {measure.label:{_LABEL - 2}}{_number(measure, each.value):>9}"
                f"{_number(measure, each.baseline):>10}{_number(measure, each.delta, '+'):>12}   "
                f"{_bounds(measure, each.low, each.high, '+'):^18}{each.n:>9,}"
                f"{_verdict(measure, each)}"
            )
    yield ""


def _verdict(measure: Measure, found: Difference) -> str:
    """Which way a difference that is none of chance points."""
    if not found.is_clear or measure.is_better_high is None:
        return ""
    return "  better" if (found.delta > 0) == measure.is_better_high else "  worse"


def _risk_lines(report: Report) -> Iterator[str]:
    point = report.working_point
    if point is not None:
        yield (
            f"at the threshold in use ({point.threshold:.2f}): {point.coverage:.1%} of the "
            f"questions answered, {point.risk:.1%} of these wrongly"
        )
        yield ""


def _bounds(measure: Measure, low: float | None, high: float | None, sign: str = "") -> str:
    if low is None or high is None:
        return "–"
    return f"{_number(measure, low, sign)} to {_number(measure, high, sign)}"


def _number(measure: Measure, value: float, sign: str = "") -> str:
    return f"{value:{sign}.{1 if measure.is_time else 3}f}"


class EvaluationLine:
    """Shows on stderr how far the questions have come: rate, and time left.

    On a terminal one line changes; elsewhere a line is written now and then.
    """

    _EVERY_SECONDS = 30.0
    _ON_TERMINAL_SECONDS = 0.2

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._total = total
        self._start = self._shown = time.monotonic()
        self._width = 0

    def __call__(self, done: int) -> None:
        """Tell that so many questions are done."""
        now = time.monotonic()
        every = self._ON_TERMINAL_SECONDS if self._is_terminal else self._EVERY_SECONDS
        if now - self._shown >= every:
            self._shown = now
            self._write(progress_text(done, self._total, now - self._start))

    def close(self) -> None:
        """Clear the line."""
        if self._is_terminal and self._width:
            self._write("")

    def _write(self, text: str) -> None:
        if self._is_terminal:
            self._stream.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
            self._width = len(text)
        else:
            self._stream.write(f"qa: {text}\n")
        self._stream.flush()


def progress_text(done: int, total: int, seconds: float) -> str:
    """How many questions are done, how fast, and how long the others will take.

    >>> progress_text(50, 200, 20.0)
    'question 50 of 200, 2.5 a second, 1:00 left'
    """
    if not done:
        return f"question 0 of {total:,}"
    rate = done / max(seconds, 1e-9)
    minutes, left = divmod(round((total - done) / rate), 60)
    return f"question {done:,} of {total:,}, {rate:.1f} a second, {minutes}:{left:02} left"
