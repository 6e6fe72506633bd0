"""Risk against coverage as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa.errors import EvaluationError
from qa.evaluation.report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg")
_BAND_RESAMPLES = 1_000
_SEED = 20_240_229
# Blue and vermilion of Okabe and Ito's palette, told apart with any colour vision.
_LINE, _MARK = "#0072B2", "#D55E00"


def check_plot(path: Path) -> None:
    """Make sure, before anything is measured, that a picture can be drawn there.

    Raises
    ------
    ValueError
        The file's ending is neither .png nor .svg.
    EvaluationError
        Its folder is missing, or matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"--plot is {str(path)!r}; name a file that ends with .png or .svg")
    if not path.parent.is_dir():
        raise EvaluationError(f"{path.parent} is no folder, so {path.name} cannot be written there")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise EvaluationError(
            f"drawing needs {error.name}, which is not installed; install it with "
            "pip install 'dateline[eval]'"
        ) from error


def plot_risk_coverage(report: Report, path: str | Path) -> None:
    """Draw a report's risk against coverage, with the threshold in use marked.

    The band is the 95 % interval of the risk at each coverage, by bootstrap over the questions.

    Raises
    ------
    EvaluationError
        Nothing was answered, or the file cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    target = Path(path)
    if not report.curve:
        raise EvaluationError("nothing was answered, so there is no risk to draw")
    # Neither pyplot nor a display; an SVG holds its text as text and no hash of the moment.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dateline", "font.size": 10}):
        drawing = Figure(figsize=(7, 4.5), layout="constrained")
        FigureCanvasAgg(drawing)
        _draw(drawing.add_subplot(), report)
        metadata = {"Date": None} if target.suffix.lower() == ".svg" else {}
        try:
            drawing.savefig(target, dpi=150, metadata=metadata)
        except OSError as error:
            raise EvaluationError(f"{target} cannot be written: {error.strerror}") from error


def _draw(axes: Axes, report: Report) -> None:
    coverage = [point.coverage for point in report.curve]
    risk = [point.risk for point in report.curve]
    grid, low, high = _band(report)
    axes.fill_between(grid, low, high, color=_LINE, alpha=0.15, linewidth=0, label="95 % interval")
    axes.plot(coverage, risk, color=_LINE, linewidth=1.6, label="risk")
    point = report.working_point
    if point is not None:
        axes.plot(
            point.coverage, point.risk, "o", color=_MARK, markersize=8, zorder=3,
            label=f"threshold in use, {point.threshold:.2f}: "
                  f"coverage {point.coverage:.2f}, risk {point.risk:.2f}",
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("coverage: share of the questions that is answered, the surest first")
    axes.set_ylabel("risk: share of the answers that is wrong")
    axes.set_title(f"{Path(report.name).name}, {len(report.measured):,} questions", loc="left")
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", frameon=False)


def _band(report: Report) -> tuple[NDArray[np.float64], ...]:
    """Coverages, and the bounds of the risk at each."""
    pairs = [(each.confidence, each.is_right) for each in report.measured]
    ranked = sorted(
        ((sure, right) for sure, right in pairs if sure is not None and right is not None),
        key=lambda pair: -pair[0],
    )
    n = len(ranked)
    sure = np.array([each for each, _ in ranked])
    wrong = np.array([not right for _, right in ranked])
    # Equal confidences are answered together.
    ends = np.flatnonzero(np.append(np.diff(sure) != 0, True))
    grid = np.arange(1, n + 1) / n
    rng = np.random.default_rng(_SEED)
    risks = np.empty((_BAND_RESAMPLES, n))
    for row in risks:
        drawn = np.bincount(rng.integers(n, size=n), minlength=n)
        answered, mistakes = np.cumsum(drawn)[ends], np.cumsum(drawn * wrong)[ends]
        some = answered > 0
        row[:] = np.interp(grid, answered[some] / n, mistakes[some] / answered[some])
    low, high = np.percentile(risks, (2.5, 97.5), axis=0)
    return grid, low, high
