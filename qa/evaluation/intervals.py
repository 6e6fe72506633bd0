"""How far figures would move with other questions of the same kind: bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Statistic = Literal["mean", "p50", "p95"]

CONFIDENCE = 0.95
RESAMPLES = 10_000
_SEED = 20_240_229
# Values drawn at once: 32 MB.
_BATCH_VALUES = 4_000_000

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over questions, with its interval.

    Attributes
    ----------
    value : float
    low, high : float or None
        The bounds of its 95 % interval; None where a single question leaves none to draw.
    n : int
        Over how many questions.
    """

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a figure lies from a baseline's, over the questions that both have it for.

    Attributes
    ----------
    value, baseline : float
        The figure of each over those questions.
    low, high : float or None
        The 95 % interval of ``value - baseline``.
    n : int
        Over how many questions.
    """

    value: float
    baseline: float
    low: float | None
    high: float | None
    n: int

    @property
    def delta(self) -> float:
        """The figure less the baseline's."""
        return self.value - self.baseline

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def figure(values: Sequence[float], statistic: Statistic = "mean") -> Figure:
    """The statistic of at least one value with its percentile bootstrap interval.

    Questions are drawn with replacement (Efron, 1979), 10,000 times, with a fixed seed.

    Examples
    --------
    >>> figure([1.0, 1.0, 1.0])
    Figure(value=1.0, low=1.0, high=1.0, n=3)
    """
    sample = np.asarray(values, dtype=np.float64)
    of = _STATISTICS[statistic]
    low, high = _interval((sample,), of)
    return Figure(float(of(sample, -1)), low, high, len(sample))


def difference(
    values: Sequence[float], baseline: Sequence[float], statistic: Statistic = "mean"
) -> Difference:
    """How far two settings lie apart, by paired bootstrap: a question is drawn with both.

    Parameters
    ----------
    values, baseline : sequences of float, of one length
        What each gives for the same questions, in the same order.
    statistic : {"mean", "p50", "p95"}
    """
    of = _STATISTICS[statistic]
    ours, theirs = (np.asarray(each, dtype=np.float64) for each in (values, baseline))
    low, high = _interval((ours, theirs), lambda x, y, axis: of(x, axis) - of(y, axis))
    return Difference(float(of(ours, -1)), float(of(theirs, -1)), low, high, len(ours))


def _interval(
    samples: tuple[_Floats, ...], statistic: Callable[..., _Floats]
) -> tuple[float | None, float | None]:
    n = len(samples[0])
    if n < 2:
        return None, None
    from scipy.stats import bootstrap

    found = bootstrap(
        samples,
        statistic,
        paired=len(samples) > 1,
        vectorized=True,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_VALUES // n),
        # The plain percentile method: its refinements have no answer where all values are equal.
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def _mean(values: _Floats, axis: int) -> _Floats:
    return np.asarray(np.mean(values, axis=axis))


def _median(values: _Floats, axis: int) -> _Floats:
    return np.asarray(np.percentile(values, 50, axis=axis))


def _p95(values: _Floats, axis: int) -> _Floats:
    return np.asarray(np.percentile(values, 95, axis=axis))


_STATISTICS: dict[Statistic, Callable[[_Floats, int], _Floats]] = {
    "mean": _mean,
    "p50": _median,
    "p95": _p95,
}
