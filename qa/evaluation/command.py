"""``qa eval``: its options, and what it tells."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

from qa.ask import Assistant
from qa.console import say, tell
from qa.errors import EvaluationError
from qa.evaluation.evaluate import gold_for, left_out_notes, make_report
from qa.evaluation.gold import Checked, check_questions
from qa.evaluation.plot import check_plot, plot_risk_coverage
from qa.evaluation.questions import Problem, Question, QuestionFile, read_questions
from qa.evaluation.report import Comparison, Report, compare
from qa.evaluation.run import DEPTH, Settings, measure, require_libraries
from qa.evaluation.table import EvaluationLine, report_table
from qa.interruption import noted_interruption

# Problems that are named one by one; a file of another kind has one in every line.
_MAX_NAMED = 50
# What may be switched for one run, or for a second one to compare with.
_SWITCHES = {"no-reader": "reader", "no-as-of": "as_of", "no-decline": "decline"}
_INTERRUPTED = 130
# Some ten thousand are read in the time of a few questions.
_MANY_ARTICLES = 20_000

OpenAssistant = Callable[[], AbstractContextManager[Assistant]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare what ``qa eval`` takes."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="questions with known answers: JSON Lines (id, question, date, gold[], answer[]), "
        "plain or .gz, or a folder in the BEIR layout",
    )
    parser.add_argument(
        "--no-reader", action="store_true", help="measure retrieval alone; nothing is answered"
    )
    parser.add_argument("--no-as-of", action="store_true", help="leave the questions' dates aside")
    parser.add_argument("--no-decline", action="store_true", help="answer always")
    parser.add_argument(
        "-k", type=int, default=DEPTH, metavar="N", help=f"how many passages deep ({DEPTH})"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
    parser.add_argument(
        "--split", metavar="NAME", help="which qrels of a BEIR folder, such as test"
    )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out lines that cannot be used"
    )
    against = parser.add_mutually_exclusive_group()
    against.add_argument(
        "--baseline", metavar="FILE", help="compare with an earlier output of --json"
    )
    against.add_argument(
        "--versus", choices=_SWITCHES, help="run a second time with that option, and compare"
    )
    parser.add_argument("--plot", metavar="FILE", help="draw risk against coverage (.png or .svg)")


def check_options(options: argparse.Namespace) -> Settings:
    """The settings asked for.

    Raises
    ------
    ValueError
        Options contradict one another, or a number is too low.
    EvaluationError
        A picture cannot be drawn where it was asked for.
    """
    if options.k < 1:
        raise ValueError(f"-k must be at least 1, got {options.k}")
    if options.limit is not None and options.limit < 1:
        raise ValueError(f"--limit must be at least 1, got {options.limit}")
    if options.versus and getattr(options, options.versus.replace("-", "_")):
        raise ValueError(f"--versus {options.versus} compares with what --{options.versus} sets")
    if options.plot and options.no_reader:
        raise ValueError("--plot draws how sure answers are; without the reader there are none")
    if options.plot:
        check_plot(Path(options.plot).expanduser())
    return Settings(
        reader=not options.no_reader,
        as_of=not options.no_as_of,
        decline=not options.no_decline,
        depth=options.k,
    )


def run(options: argparse.Namespace, settings: Settings, open_assistant: OpenAssistant) -> int:
    """Measure and tell; the exit status."""
    require_libraries()
    baseline = _read_baseline(options.baseline) if options.baseline else None
    file = read_questions(options.file, options.split)
    with open_assistant() as assistant:
        checked = check_questions(
            assistant.store, file.questions, options.file, as_of=settings.as_of
        )
        notes = _tell_checked(file, checked, skip_bad=options.skip_bad)
        questions = checked.questions[: options.limit]
        if len(questions) < len(checked.questions):
            notes.append(
                f"only the first {len(questions):,} of {len(checked.questions):,} questions were "
                "asked (--limit)"
            )
        report = _measure(assistant, checked, questions, settings, options.file, notes)
        comparison, is_whole = None, report.is_whole
        if baseline is not None:
            comparison = compare(report, baseline, options.baseline)
        elif options.versus and report.is_whole:
            switched = replace(settings, **{_SWITCHES[options.versus]: False})
            other = _measure(assistant, checked, questions, switched, options.file, notes)
            comparison = compare(report, other, f"the same with --{options.versus}")
            is_whole = other.is_whole
    _tell_report(report, comparison, options)
    if is_whole:
        return 0
    tell("interrupted: the figures are of the questions asked until then")
    return _INTERRUPTED


def _tell_checked(file: QuestionFile, checked: Checked, *, skip_bad: bool) -> list[str]:
    """Name what is wrong, line by line; what the report must say of it.

    Raises
    ------
    EvaluationError
        Something is, and it is not to be skipped.
    """
    problems = sorted({*file.problems, *checked.problems})
    _tell_each(problems)
    _tell_each(sorted(checked.warnings))
    n_bad = len({(problem.path, problem.line) for problem in problems})
    lines = "line" if n_bad == 1 else "lines"
    if n_bad and not skip_bad:
        raise EvaluationError(
            f"{n_bad:,} {lines} of {file.path} cannot be used, see above; mend them, or leave "
            "them out with --skip-bad"
        )
    notes = [f"bad lines left out (--skip-bad): {n_bad:,}"] if n_bad else []
    notes += left_out_notes(checked)
    if file.n_unjudged:
        notes.append(
            f"queries not asked because the qrels do not speak of them: {file.n_unjudged:,}"
        )
    return notes


def _tell_each(problems: Sequence[Problem]) -> None:
    for problem in problems[:_MAX_NAMED]:
        tell(problem)
    if len(problems) > _MAX_NAMED:
        tell(f"… and {len(problems) - _MAX_NAMED:,} more of the kind")


def _measure(
    assistant: Assistant,
    checked: Checked,
    questions: Sequence[Question],
    settings: Settings,
    name: str,
    notes: Sequence[str],
) -> Report:
    """Ask the questions; an interruption leaves the report of those that were asked."""
    n_articles = assistant.status().articles
    if n_articles > _MANY_ARTICLES:
        tell(f"looking for gold articles, their twins and the answers in {n_articles:,} articles")
    gold = gold_for(assistant, checked, questions, settings)
    measured = []
    with closing(EvaluationLine(sys.stderr, len(questions))) as line, noted_interruption() as noted:
        for each in measure(assistant, gold, settings):
            measured.append(each)
            line(len(measured))
            if noted.is_set():
                break
    return make_report(assistant, gold, measured, settings, name, notes)


def _tell_report(
    report: Report, comparison: Comparison | None, options: argparse.Namespace
) -> None:
    if options.json:
        told = {} if comparison is None else {"comparison": comparison.to_dict()}
        say({**report.to_dict(), **told})
    else:
        say(report_table(report, comparison))
    if options.plot:
        plot_risk_coverage(report, Path(options.plot).expanduser())


def _read_baseline(path: str) -> Report:
    try:
        told = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        return Report.from_dict(told)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON; name an output of `qa eval --json`") from error
    except EvaluationError as error:
        raise EvaluationError(f"{path}: {error}") from error
