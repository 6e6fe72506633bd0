"""How near a short answer comes to those of annotators, and how well scores part two kinds."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> list[str]:
    """The words of an answer as SQuAD compares them."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact_match(found: str, answers: Iterable[str]) -> float:
    """1.0 where an answer has the same words."""
    return float(any(normalised(found) == normalised(answer) for answer in answers))


def f1(found: str, answers: Iterable[str]) -> float:
    """The best word F1 with any of the answers."""
    return max((_f1(normalised(found), normalised(answer)) for answer in answers), default=0.0)


def _f1(found: list[str], answer: list[str]) -> float:
    common = sum((Counter(found) & Counter(answer)).values())
    if not common:
        return float(found == answer)
    return 2 * common / (len(found) + len(answer))


def auroc(scores: Floats, truth: Truths) -> float:
    """How often a true one scores above one that is not."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores))


def reliability(sure: Floats, right: Truths, weights: Floats) -> dict[str, float]:
    """The share that is right for each fifth of confidence, and the mean gap between the two."""
    figures, gap = {}, 0.0
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (sure >= low) & (sure < (low + 0.2 if low < 0.8 else 1.1))
        if inside.any():
            share = float(np.average(right[inside], weights=weights[inside]))
            mean = float(np.average(sure[inside], weights=weights[inside]))
            figures[f"confidence {mean:.2f} ({int(inside.sum())} cases): right"] = share
            gap += abs(share - mean) * float(weights[inside].sum() / weights.sum())
    return figures | {"mean calibration gap": gap}
