"""Fit how sure an answer is: ``python -m qa.fit_confidence DATA``.

DATA is the folder the reader was trained on; only its held-out articles are read. They are
searched with their questions as in use, and answerable ones are asked again with their paragraph,
and their article, left out (`qa.evidence_cases`). Figures are of constants fitted without the
third of the articles they are measured on; those written to ``qa/data/confidence.json`` are fitted
on all. ``--measure`` writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from index.embed import SentenceTransformerEmbedder
from index.types import Hit
from qa.confidence import FEW_WORDS, Confidence, Weights, load_confidence
from qa.evidence import SentenceEncoder
from qa.evidence_cases import SHARES, Asked, Case, Collection, RememberingEncoder, ask_all
from qa.question import AnswerKind, profile_question
from qa.reader import Reader, Reading
from qa.reader.fit_judgement import documents_of
from qa.reader.judge import log_odds
from qa.reader.measure import MODEL_PATH, tell
from qa.reader.questions import read_questions
from qa.reader.scoring import Floats, Truths, auroc, reliability
from qa.verdict import weigh_for
from qa.weigh import ReadHits

DATA_PATH = Path(__file__).parent / "data" / "confidence.json"
# Of what is answered, fewer than one in five may be wrong. The questions are harder
# than most: 0.3 of them have no answer, and most of those were written to look as if they had, or
# lost just their own paragraph. Whoever is answered sees the sentence and can judge it.
RISK = 0.185
# Sentences that an answer shows at most.
SHOWN = 3
_FOLDS = 3


class RememberingReader(Reader):
    """Reads each passage once a question, though it is met in several cases."""

    def __init__(self, model: Path) -> None:
        super().__init__(model)
        self._known: dict[tuple[str, str], Reading] = {}

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[Reading, ...]:
        """What each passage tells, in the order of `hits`."""
        new = [hit for hit in hits if (question, hit.passage.id) not in self._known]
        for hit, reading in zip(new, super().read(question, new), strict=True):
            self._known[question, hit.passage.id] = reading
        # Search scores differ between the cases of a question.
        return tuple(replace(self._known[question, hit.passage.id], hit=hit) for hit in hits)


@dataclass(frozen=True, slots=True)
class Sure:
    """A case, what the two said of it, and whether what is shown answers.

    Of a few words, the sentence shown first must hold them; else three sentences are shown at
    most, and one of them must answer.
    """

    asked: Asked
    kind: AnswerKind
    counted: float
    sureness: float
    is_right: bool


def weigh_all(cases: Iterable[Asked], encoder: SentenceEncoder, reader: Reader) -> Iterator[Sure]:
    """Weigh the hits of each case as in use; a case without a sentence is left out."""
    for asked in cases:
        read = ReadHits(asked.question.text, asked.hits, encoder, reader)
        weighing = weigh_for(read)
        if weighing is not None:
            kind = profile_question(asked.question.text).kind
            shown = weighing.findings[: 1 if kind in FEW_WORDS else SHOWN]
            is_right = any(asked.is_answered_by(each.evidence) for each in shown)
            yield Sure(asked, kind, weighing.counted, weighing.sureness, is_right)


def fit_confidence(cases: Sequence[Sure]) -> Confidence:
    """Fit the weights, and the lowest threshold that keeps the risk."""
    of_few = np.array([each.kind in FEW_WORDS for each in cases])
    fitted = Confidence(_fit(cases, of_few), _fit(cases, ~of_few), 1.0)
    found = threshold(_sure(fitted, cases), _truth(cases), in_use(cases))
    return replace(fitted, decline_below=found)


def _fit(cases: Sequence[Sure], chosen: Truths) -> Weights:
    from sklearn.linear_model import LogisticRegression

    # Two columns and hundreds of cases: regularisation has nothing to do.
    model = LogisticRegression(C=100.0)
    model.fit(_table(cases)[chosen], _truth(cases)[chosen], sample_weight=in_use(cases)[chosen])
    return Weights(
        *(round(float(each), 4) for each in (model.intercept_[0], *model.coef_[0].tolist()))
    )


def threshold(sure: Floats, is_right: Truths, weights: Floats) -> float:
    """The lowest confidence from which no more than `RISK` of what is answered is wrong."""
    for step in np.arange(0.3, 0.9, 0.01):
        answered = sure >= step
        if answered.any() and np.average(~is_right[answered], weights=weights[answered]) <= RISK:
            return round(float(step), 2)
    return 0.9


def in_use(cases: Sequence[Sure]) -> Floats:
    """A weight for each case, so that each kind has the share it has in use; their mean is 1."""
    number = Counter(each.asked.case for each in cases)
    weights = np.array([SHARES[each.asked.case] / number[each.asked.case] for each in cases])
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def score_crosswise(cases: Sequence[Sure]) -> Floats:
    """The confidence of each case by constants fitted without its article's third."""
    articles = sorted({each.asked.question.article_id for each in cases})
    folds = np.array([articles.index(c.asked.question.article_id) % _FOLDS for c in cases])
    sure = np.zeros(len(cases))
    for fold in range(_FOLDS):
        fitted = fit_confidence([c for c, f in zip(cases, folds, strict=True) if f != fold])
        sure[folds == fold] = _sure(
            fitted, [cases[row] for row in np.flatnonzero(folds == fold).tolist()]
        )
    return sure


def figures_of(cases: Sequence[Sure], sure: Floats, decline_below: float) -> dict[str, float]:
    """How well the confidence tells, is calibrated, and what the threshold does."""
    kind = np.array([each.asked.case for each in cases])
    truth, weights, answered = _truth(cases), in_use(cases), sure >= decline_below
    figures = {
        "cases": float(len(cases)),
        "decline below": decline_below,
        "answered, shares as in use": float(np.average(answered, weights=weights)),
        "of these wrong": float(np.average(~truth[answered], weights=weights[answered])),
        "right answers declined": float(np.average(~answered[truth], weights=weights[truth])),
    }
    alone = {
        "": sure,
        ", counted alone": _table(cases)[:, 0],
        ", reader alone": _table(cases)[:, 1],
    }
    for case in Case:
        figures[f"answered, {case}"] = float(answered[kind == case].mean())
        pair = (kind == Case.ANSWERABLE) | (kind == case)
        for name, scores in alone.items() if case is not Case.ANSWERABLE else ():
            is_answerable = kind[pair] == Case.ANSWERABLE
            figures[f"AUROC, {case}{name}"] = auroc(scores[pair], is_answerable)
    return figures | reliability(sure, truth, weights)


def _table(cases: Sequence[Sure]) -> Floats:
    return np.array([[log_odds(each.counted), log_odds(each.sureness)] for each in cases])


def _truth(cases: Sequence[Sure]) -> Truths:
    return np.array([each.is_right for each in cases], dtype=bool)


def _sure(confidence: Confidence, cases: Sequence[Sure]) -> Floats:
    return np.array([confidence.of(c.kind, c.counted, c.sureness) for c in cases])


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and measure, or with ``--measure`` only measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--measure", action="store_true", help="fit nothing, write nothing")
    parser.add_argument("--most", type=int, default=10_000, help="ask about so many questions")
    options = parser.parse_args(arguments)
    articles, questions = documents_of(read_questions(options.data, is_held_out=True))
    embedder = SentenceTransformerEmbedder()
    encoder, reader = RememberingEncoder(embedder), RememberingReader(MODEL_PATH)
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(articles, embedder, encoder, Path(folder) / "lexical")
        asked = list(ask_all(questions[:: max(1, len(questions) // options.most)], collection))
    cases = []
    for each in weigh_all(asked, encoder, reader):
        cases.append(each)
        if len(cases) % 100 == 0:
            sys.stderr.write(f"{len(cases)} of {len(asked)} cases\n")
    if options.measure:
        shipped = load_confidence()
        tell("As shipped", figures_of(cases, _sure(shipped, cases), shipped.decline_below))
        return
    fitted = fit_confidence(cases)
    figures = figures_of(cases, score_crosswise(cases), fitted.decline_below)
    tell("Held-out articles, cross-fitted", figures)
    content = {
        "confidence": asdict(fitted),
        "risk": RISK,
        "command": "python -m qa.fit_confidence DATA",
        "cross-fitted figures": {name: round(value, 3) for name, value in figures.items()},
    }
    DATA_PATH.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
