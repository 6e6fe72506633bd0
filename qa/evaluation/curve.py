"""Risk against coverage: what answering more costs (El-Yaniv and Wiener, 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Point(NamedTuple):
    """What answering from one confidence on would give.

    Attributes
    ----------
    threshold : float
        In [0, 1]: what is at least so sure is answered.
    coverage : float
        In [0, 1]: the share of all questions that is answered.
    risk : float
        In [0, 1], lower is better: the share of the answered ones that is answered wrongly.
    """

    threshold: float
    coverage: float
    risk: float


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> tuple[Point, ...]:
    """The points of all thresholds, the surest answers first; equal confidences are one point.

    Examples
    --------
    >>> [tuple(point) for point in risk_coverage([0.9, 0.2], [True, False])]
    [(0.9, 0.5, 0.0), (0.2, 1.0, 0.5)]
    """
    ranked = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points, answered, wrong = [], 0, 0
    for threshold, group in groupby(ranked, key=lambda pair: pair[0]):
        outcomes = [is_right for _, is_right in group]
        answered += len(outcomes)
        wrong += outcomes.count(False)
        points.append(Point(threshold, answered / len(ranked), wrong / answered))
    return tuple(points)


def working_point(
    threshold: float, declined: Sequence[bool], right: Sequence[bool]
) -> Point | None:
    """The point at which questions were in fact answered; None where none was."""
    outcomes = [is_right for no, is_right in zip(declined, right, strict=True) if not no]
    if not outcomes:
        return None
    return Point(threshold, len(outcomes) / len(declined), outcomes.count(False) / len(outcomes))
