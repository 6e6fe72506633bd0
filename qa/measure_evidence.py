"""How often the right sentences are chosen, and how well declining is told from answering."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from qa.evidence import (
    EvidenceModel,
    Logistic,
    SentenceEncoder,
    answer_confidence,
    find_evidence,
    select_evidence,
)
from qa.evidence_cases import Asked, Case, Weighed, score


def measure(
    cases: Sequence[Asked], encoder: SentenceEncoder, model: EvidenceModel
) -> dict[str, float]:
    """Return the figures of a model over cases, through the functions that answers use."""
    confidences, first, shown = [], [], []
    for asked in cases:
        evidence = find_evidence(asked.question.text, asked.hits, encoder, model)
        confidences.append(answer_confidence(asked.question.text, evidence, asked.hits, model))
        right = [asked.is_answered_by(each) for each in evidence]
        first.append((right[:1] == [True], any(right[:3])))
        shown.append(any(map(asked.is_answered_by, select_evidence(evidence, model=model))))
    sure = np.array(confidences)
    kind = np.array([asked.case for asked in cases])
    is_right, top = np.array(shown), np.array(first)
    answerable = kind == Case.ANSWERABLE
    answered = sure >= model.decline_below
    figures = {
        "top-1": top[answerable, 0].mean(),
        "top-3": top[answerable, 1].mean(),
        "shown": is_right[answerable].mean(),
    }
    for case in sorted(set(kind) - {Case.ANSWERABLE}):
        pair = answerable | (kind == case)
        figures[f"AUROC, {case}"] = float(roc_auc_score(answerable[pair], sure[pair]))
    for case in sorted(set(kind)):
        figures[f"answered, {case}"] = answered[kind == case].mean()
    figures["right where answered, answerable"] = is_right[answerable & answered].mean()
    return {name: round(float(value), 3) for name, value in figures.items()}


def measure_baselines(cases: Sequence[Weighed]) -> dict[str, float]:
    """Return how often the right sentence is first, and among three, by one signal alone."""
    figures = {}
    for name in ("cosine", "cover"):
        model = Logistic(0.0, {name: 1.0})
        for limit in (1, 3):
            right = [
                any(map(each.asked.is_answered_by, score(each, model)[:limit]))
                for each in cases
                if each.asked.case is Case.ANSWERABLE
            ]
            figures[f"{name} alone, top-{limit}"] = round(float(np.mean(right)), 3)
    return figures
