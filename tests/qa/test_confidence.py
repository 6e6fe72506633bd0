"""How sure an answer is, and what is declined."""

from __future__ import annotations

import json
from importlib import resources
from types import SimpleNamespace

import numpy as np
import pytest

from qa import Assistant
from qa.confidence import load_confidence
from qa.evidence_cases import Case
from qa.fit_confidence import RISK, Sure, figures_of, fit_confidence, threshold
from qa.question import AnswerKind


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_each_of_the_two_raises_the_confidence(kind: AnswerKind) -> None:
    told = load_confidence()
    assert told.of(kind, 0.9, 0.5) > told.of(kind, 0.5, 0.5) > told.of(kind, 0.1, 0.5)
    assert told.of(kind, 0.5, 0.9) > told.of(kind, 0.5, 0.5) > told.of(kind, 0.5, 0.1)
    assert told.of(kind, 0.5, 0.01) < told.decline_below < told.of(kind, 0.9, 0.9)
    assert 0.0 <= told.of(kind, 0.0, 0.0) < told.of(kind, 1.0, 1.0) <= 1.0


def test_the_reader_counts_less_where_an_answer_is_no_span() -> None:
    told = load_confidence()
    assert told.sentences.sureness < told.few_words.sureness
    assert told.sentences.counted > told.few_words.counted


def test_answers_are_declined_below_the_threshold(bundled: Assistant) -> None:
    threshold = load_confidence().decline_below
    sure = bundled.ask("Who is Ukraine's Air Force spokesman?")
    assert sure.confidence >= threshold
    assert sure.short_answer == "Yuri Ihnat"
    unsure = bundled.ask("When was Esmail Qaani born?")
    assert unsure.declined
    assert unsure.confidence < threshold


def test_the_threshold_is_the_lowest_that_keeps_the_risk() -> None:
    sure = np.array([0.955, 0.855, 0.755, 0.655, 0.555, 0.455, 0.355])
    right = np.array([True, True, True, False, True, True, False])
    assert threshold(sure, right, np.ones(7)) == 0.36  # 0.35: 2 of 7 wrong
    assert threshold(sure, ~right, np.ones(7)) == 0.9


def cases_of(chance: np.random.Generator, n: int) -> list[Sure]:
    """Cases in which the second of the two knows and the first hardly does."""
    found = []
    for place in range(n):
        is_right = bool(chance.random() < 0.5)
        sureness = float(np.clip(chance.normal(0.7 if is_right else 0.3, 0.2), 0.01, 0.99))
        counted = float(np.clip(chance.normal(0.52 if is_right else 0.48, 0.2), 0.01, 0.99))
        case = Case.ANSWERABLE if is_right else list(Case)[1 + place % 3]
        asked = SimpleNamespace(case=case, question=SimpleNamespace(article_id=str(place % 6)))
        kind = AnswerKind.TIME if chance.random() < 0.5 else AnswerKind.OTHER
        found.append(Sure(asked, kind, counted, sureness, is_right))  # type: ignore[arg-type]
    return found


def test_who_knows_better_counts_more() -> None:
    cases = cases_of(np.random.default_rng(7), 2000)
    fitted = fit_confidence(cases)
    for weights in (fitted.few_words, fitted.sentences):
        assert weights.sureness > 3 * weights.counted > 0
    sure = np.array([fitted.of(each.kind, each.counted, each.sureness) for each in cases])
    figures = figures_of(cases, sure, fitted.decline_below)
    assert figures["of these wrong"] <= RISK
    assert figures["mean calibration gap"] < 0.05
    assert figures["AUROC, adversarial"] > figures["AUROC, adversarial, counted alone"]


def test_the_shipped_constants_are_calibrated_on_held_out_articles() -> None:
    fitted = json.loads((resources.files("qa") / "data" / "confidence.json").read_text("utf-8"))
    figures = fitted["cross-fitted figures"]
    bins = {name: share for name, share in figures.items() if name.startswith("confidence ")}
    assert len(bins) == 5
    for name, share in bins.items():
        assert share == pytest.approx(float(name.split()[1]), abs=0.085)
    # The threshold is chosen on all of them, this is measured crosswise.
    assert figures["of these wrong"] <= fitted["risk"] + 0.01 < 0.2
