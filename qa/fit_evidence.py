"""Fit what chooses the answering sentences and declines: ``python -m qa.fit_evidence FILE``.

FILE is in SQuAD 2.0 format (`qa.evidence_cases` tells how it is asked). Every third article,
beginning with the first, is held out. Writes ``qa/data/evidence.json`` and prints the figures;
``--measure`` only prints those of the constants as they are, over all articles of FILE.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from index.embed import SentenceTransformerEmbedder
from index.types import Article
from qa.evidence import (
    Evidence,
    EvidenceModel,
    Logistic,
    SentenceEncoder,
    answer_columns,
    select_evidence,
)
from qa.evidence_cases import (
    Asked,
    Case,
    Collection,
    Question,
    RememberingEncoder,
    Weighed,
    ask_all,
    read_squad,
    score,
    weigh,
)
from qa.measure_evidence import measure, measure_baselines
from qa.pool import Columns, Floats

DATA_PATH = Path(__file__).parent / "data" / "evidence.json"
SENTENCE_COLUMNS = (
    "cosine cosine_behind cover_behind cover_near_behind cover_passage_behind pairs_behind "
    "names_missing names_missing_passage words_missing_passage figure_missing kind_missing length"
).split()
ANSWER_COLUMNS = (
    "expected cosine cosine_best cover_near cover_passage names_missing_passage unseen_names "
    "figure_missing kind_missing"
).split()
# What one might do without, for --compare.
_IDEAS = {
    "no encoder": "cosine cosine_behind cosine_best",
    "no words of the sentence": "cover_behind names_missing",
    "no neighbours": "cover_near_behind cover_near",
    "no passage and headline": "cover_passage_behind cover_passage names_missing_passage "
    "words_missing_passage unseen_names",
    "no neighbouring terms": "pairs_behind",
    "no kind of answer": "figure_missing kind_missing",
    "no length": "length",
    "no expected number of answers": "expected",
}
# How often each is met in use. Nobody has counted; a reporter mostly asks what the collection
# tells, and else more often what it nearly tells than what it does not touch.
SHARES = {
    Case.ANSWERABLE: 0.70,
    Case.ADVERSARIAL: 0.12,
    Case.NO_PARAGRAPH: 0.12,
    Case.NO_ARTICLE: 0.06,
}
# A further sentence is shown where one like it answers at least this often.
_WORTH_SHOWING = 1 / 8
_FLAT = 0.005
_HELD_OUT_EVERY = 3
_FOLDS = 4

Document = tuple[Article, list[Question]]


def in_use(cases: Sequence[Weighed]) -> Floats:
    """Return a weight for each case, so that each kind has the share it has in use."""
    number = Counter(each.asked.case for each in cases)
    weights = np.array([SHARES[each.asked.case] / number[each.asked.case] for each in cases])
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def fit_logistic(columns: Columns, truth: NDArray[np.bool_], weights: Floats) -> Logistic:
    """Fit a logistic regression and fold the scaling of its columns into its weights."""
    table = np.stack(list(columns.values()), axis=1)
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(max_iter=2000)
    model.fit(scaler.transform(table), truth, sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - slopes @ scaler.mean_)
    rounded = {name: round(float(slope), 4) for name, slope in zip(columns, slopes, strict=True)}
    return Logistic(round(intercept, 4), rounded)


def fit_sentence_model(
    cases: Sequence[Weighed], names: Sequence[str] = SENTENCE_COLUMNS
) -> Logistic:
    """Fit whether a sentence answers the question."""
    kept = [~each.is_doubtful for each in cases]
    columns = {
        name: np.concatenate([e.columns[name][k] for e, k in zip(cases, kept, strict=True)])
        for name in names
    }
    truth = np.concatenate([e.is_answer[k] for e, k in zip(cases, kept, strict=True)])
    weights = np.repeat(in_use(cases), [int(keep.sum()) for keep in kept])
    return fit_logistic(columns, truth, weights)


def score_crosswise(
    cases: Sequence[Weighed], names: Sequence[str] = SENTENCE_COLUMNS
) -> list[tuple[Evidence, ...]]:
    """Score each article's cases by a model fitted without that article's fold.

    Scores of a model on its own fitting data are too sure of themselves.
    """
    articles = sorted({each.asked.question.article_id for each in cases})
    fold = {article_id: place % _FOLDS for place, article_id in enumerate(articles)}
    folds = [fold[each.asked.question.article_id] for each in cases]
    models = [
        fit_sentence_model(
            [each for each, f in zip(cases, folds, strict=True) if f != left_out], names
        )
        for left_out in range(_FOLDS)
    ]
    return [score(each, models[f]) for each, f in zip(cases, folds, strict=True)]


def fit_as_good_as(cases: Sequence[Weighed], found: Sequence[Sequence[Evidence]]) -> float:
    """Find the share of the best score from which a further sentence is worth showing."""
    pairs = [
        (each.score / evidence[0].score, case.asked.is_answered_by(each))
        for case, evidence in zip(cases, found, strict=True)
        if case.asked.case is Case.ANSWERABLE
        for each in evidence[1:3]
    ]
    shares, answers = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    for share in np.arange(0.05, 1.0, 0.05):
        if answers[np.abs(shares - share) < 0.1].mean() >= _WORTH_SHOWING:
            return round(float(share), 2)
    return 1.0


def fit_answer_model(
    cases: Sequence[Weighed],
    found: Sequence[Sequence[Evidence]],
    names: Sequence[str] = ANSWER_COLUMNS,
) -> tuple[Logistic, Floats]:
    """Fit whether the hits answer at all; with the confidences it gives the cases."""
    rows = [answer_columns(e.pool, evidence) for e, evidence in zip(cases, found, strict=True)]
    columns = {name: np.concatenate([row[name] for row in rows]) for name in names}
    truth = np.array([each.asked.case is Case.ANSWERABLE for each in cases])
    model = fit_logistic(columns, truth, in_use(cases))
    return model, 1.0 / (1.0 + np.exp(-model.logits(columns)))


def fit_threshold(confidences: Floats, is_right: NDArray[np.bool_], weights: Floats) -> float:
    """Find the confidence from which answering is right more often than declining.

    Declining is right where the sentences that would be shown do not answer, be it that the
    hits hold no answer or that it was not found; both mistakes cost the same.
    """
    thresholds = np.arange(0.05, 0.96, 0.01)
    share = weights / weights.sum()
    right = [float(share @ ((confidences >= t) == is_right)) for t in thresholds]
    # The top is flat. Of thresholds as good as the best the lowest is taken: who is answered sees
    # the sentence and can judge it, who is declined sees less.
    return round(float(thresholds[np.array(right) >= max(right) - _FLAT].min()), 2)


def fit(cases: Sequence[Weighed]) -> EvidenceModel:
    """Fit all constants."""
    found = score_crosswise(cases)
    as_good_as = fit_as_good_as(cases, found)
    answer_model, confidences = fit_answer_model(cases, found)
    model = EvidenceModel(fit_sentence_model(cases), answer_model, 0.5, as_good_as)
    is_right = np.array(
        [
            any(map(case.asked.is_answered_by, select_evidence(evidence, model=model)))
            for case, evidence in zip(cases, found, strict=True)
        ]
    )
    threshold = fit_threshold(confidences, is_right, in_use(cases))
    return EvidenceModel(model.sentence, answer_model, threshold, as_good_as)


def compare_columns(cases: Sequence[Weighed]) -> dict[str, float]:
    """Return cross-fitted figures of column sets, each without the columns of one idea."""
    figures = {}
    for idea, left_out in {"all": "", **_IDEAS}.items():
        names = [name for name in SENTENCE_COLUMNS if name not in left_out.split()]
        found = score_crosswise(cases, names)
        for limit in (1, 3):
            right = [
                any(map(case.asked.is_answered_by, evidence[:limit]))
                for case, evidence in zip(cases, found, strict=True)
                if case.asked.case is Case.ANSWERABLE
            ]
            figures[f"{idea}: top-{limit}"] = float(np.mean(right))
        names = [name for name in ANSWER_COLUMNS if name not in left_out.split()]
        confidences = fit_answer_model(cases, found, names)[1]
        truth = [case.asked.case is Case.ANSWERABLE for case in cases]
        figures[f"{idea}: AUROC as in use"] = float(
            roc_auc_score(truth, confidences, sample_weight=in_use(cases))
        )
    return figures


def ask_documents(
    documents: Iterable[Document],
    embedder: SentenceTransformerEmbedder,
    encoder: SentenceEncoder,
    most: int,
) -> list[Asked]:
    """Ask the questions of some articles of those articles."""
    chosen = list(documents)
    questions = [question for _, of_article in chosen for question in of_article]
    step = max(1, len(questions) // most)
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(
            [article for article, _ in chosen], embedder, encoder, Path(folder) / "lexical"
        )
        return list(ask_all(questions[::step], collection))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on the file named on the command line, or measure on it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--measure", action="store_true", help="fit nothing, write nothing")
    parser.add_argument("--most", type=int, default=10_000, help="ask about so many questions")
    parser.add_argument("--compare", action="store_true", help="only print other column sets")
    options = parser.parse_args(arguments)
    embedder = SentenceTransformerEmbedder()
    encoder = RememberingEncoder(embedder)
    documents = list(read_squad(options.file))
    if options.measure:
        cases = ask_documents(documents, embedder, encoder, options.most)
        _tell(measure(cases, encoder, EvidenceModel.load()))
        return
    held_out = documents[::_HELD_OUT_EVERY]
    fitted = [each for each in documents if each not in held_out]
    asked = ask_documents(fitted, embedder, encoder, options.most)
    weighed = [weigh(each, encoder) for each in asked]
    if options.compare:
        _tell(compare_columns(weighed))
        return
    model = fit(weighed)
    cases = ask_documents(held_out, embedder, encoder, options.most)
    figures = measure(cases, encoder, model)
    figures |= measure_baselines([weigh(each, encoder) for each in cases])
    about = {
        "command": f"python -m qa.fit_evidence {options.file.name}",
        "fitted on": [article.title for article, _ in fitted],
        "held out": [article.title for article, _ in held_out],
        "held-out figures": figures,
    }
    DATA_PATH.write_text(json.dumps(asdict(model) | about, indent=1) + "\n", "utf-8")
    _tell(figures)


def _tell(figures: Mapping[str, float]) -> None:
    for name, value in figures.items():
        sys.stdout.write(f"{name:45} {value:.3f}\n")


if __name__ == "__main__":
    main()
