"""Questions with known answers in, figures with intervals out: what ``qa eval`` prints.

>>> from qa import Assistant
>>> from qa.evaluation import Settings, compare, evaluate, read_questions
>>> with Assistant.open("my-store") as assistant:  # doctest: +SKIP
...     asked = read_questions("questions.jsonl").questions
...     report = evaluate(assistant, asked)
...     without = evaluate(assistant, asked, Settings(as_of=False))
>>> report.figures["hit@1"].value, report.figures["hit@1"].low  # doctest: +SKIP
>>> compare(report, without).differences["hit@1"].is_clear  # doctest: +SKIP
"""

from qa.errors import EvaluationError
from qa.evaluation.curve import Point, risk_coverage
from qa.evaluation.evaluate import evaluate
from qa.evaluation.intervals import Difference, Figure
from qa.evaluation.measures import MEASURES, Measure
from qa.evaluation.plot import plot_risk_coverage
from qa.evaluation.questions import Problem, Question, QuestionFile, read_questions
from qa.evaluation.report import Comparison, Report, compare
from qa.evaluation.run import Measured, Settings
from qa.evaluation.table import report_table

__all__ = [
    "MEASURES",
    "Comparison",
    "Difference",
    "EvaluationError",
    "Figure",
    "Measure",
    "Measured",
    "Point",
    "Problem",
    "Question",
    "QuestionFile",
    "Report",
    "Settings",
    "compare",
    "evaluate",
    "plot_risk_coverage",
    "read_questions",
    "report_table",
    "risk_coverage",
]
