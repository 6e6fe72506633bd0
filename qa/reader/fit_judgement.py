"""Fit and measure the reader as in use: ``python -m qa.reader.fit_judgement DATA``.

DATA is the folder the reader was trained on; only its held-out part is read. Its articles are
searched with its questions, answerable ones also with their paragraph, and with their article,
left out (`qa.evidence_cases`). Constants fitted on half of the articles are measured on the other
half; those written to ``data/judgement.json`` are fitted on all. ``--measure`` writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from index.types import Article
from qa.evidence import SentenceEncoder, answer_confidence, find_evidence
from qa.evidence_cases import SHARES, Asked, Case, Collection, Question, RememberingEncoder, ask_all
from qa.reader.judge import (
    Finding,
    Judgement,
    answer_columns,
    log_odds,
    margins_of,
    probability,
    span_columns,
    weighed,
)
from qa.reader.measure import MODEL_PATH, tell
from qa.reader.questions import Questions, read_questions
from qa.reader.read import Reader, Reading, short_answer
from qa.reader.scoring import Floats, Truths, auroc, exact_match, f1, reliability

DATA_PATH = MODEL_PATH.with_name("judgement.json")
# A span is right in the main where it shares this much with an annotator's, in F1.
_RIGHT_F1 = 0.5
_FOLDS = 4
_BY_EVIDENCE = Judgement(
    {
        "intercept": 0.0,
        "evidence": 1.0,
        **dict.fromkeys(("margin", "margin_behind", "relevance", "relevance_behind"), 0.0),
    },
    {},
    0.5,
)


@dataclass(frozen=True, slots=True)
class Read:
    """A question asked of a collection, with what was made of its hits.

    ``plain`` are the findings in the order of their evidence alone.
    """

    asked: Asked
    readings: tuple[Reading, ...]
    plain: tuple[Finding, ...]
    evidence_confidence: float

    def is_right(self, finding: Finding) -> bool:
        """Whether a span is one that annotators gave, in the main."""
        if self.asked.case is not Case.ANSWERABLE:
            return False
        return f1(finding.text, (text for _, text in self.asked.question.answers)) >= _RIGHT_F1

    def columns(self, finding: Finding) -> dict[str, float]:
        """What the score of a finding weighs."""
        passage = finding.evidence.hit.passage.id
        (reading,) = (each for each in self.readings if each.hit.passage.id == passage)
        return span_columns(finding.evidence, finding.span, reading, self.readings)

    def weighed_by(self, judgement: Judgement) -> tuple[Finding, ...]:
        """The findings as a judgement orders them."""
        return judgement.weigh([each.evidence for each in self.plain], self.readings)


def read_all(reader: Reader, cases: Iterable[Asked], encoder: SentenceEncoder) -> Iterator[Read]:
    """Read the hits of each case; a passage met again for the same question only once."""
    known: dict[tuple[str, str], Reading] = {}
    for asked in cases:
        text = asked.question.text
        new = [hit for hit in asked.hits if (text, hit.passage.id) not in known]
        for hit, reading in zip(new, reader.read(text, new), strict=True):
            known[text, hit.passage.id] = reading
        readings = tuple(known[text, hit.passage.id] for hit in asked.hits)
        # Search scores differ between the cases of a question; a reading holds the first one's.
        hits = [reading.hit for reading in readings]
        evidence = find_evidence(text, hits, encoder, margins=margins_of(readings))
        confidence = answer_confidence(text, evidence, hits)
        yield Read(asked, readings, _BY_EVIDENCE.weigh(evidence, readings), confidence)


def fit_span(cases: Sequence[Read]) -> dict[str, float]:
    """Fit whether the span of a sentence answers."""
    rows, truth, weights = [], [], []
    for case, weight in zip(cases, in_use(cases), strict=True):
        for finding in case.plain:
            rows.append(case.columns(finding))
            truth.append(case.is_right(finding))
            weights.append(weight)
    return _logistic(rows, truth, weights)


def fit_judgement(cases: Sequence[Read]) -> Judgement:
    """Fit all constants; those of the answer on scores of models fitted without the article."""
    span = fit_span(cases)
    found = _crosswise(cases)
    rows = [
        answer_columns(findings, case.evidence_confidence)
        for case, findings in zip(cases, found, strict=True)
    ]
    right = [case.is_right(findings[0]) for case, findings in zip(cases, found, strict=True)]
    answer = _logistic(rows, right, in_use(cases))
    sure = np.array([probability(weighed(answer, row)) for row in rows])
    return Judgement(span, answer, threshold(sure, np.array(right), in_use(cases)))


def _crosswise(cases: Sequence[Read]) -> list[tuple[Finding, ...]]:
    articles = sorted({case.asked.question.article_id for case in cases})
    folds = [articles.index(case.asked.question.article_id) % _FOLDS for case in cases]
    judgements = [
        Judgement(
            fit_span([case for case, f in zip(cases, folds, strict=True) if f != left_out]), {}, 0.5
        )
        for left_out in range(min(_FOLDS, len(articles)))
    ]
    return [case.weighed_by(judgements[fold]) for case, fold in zip(cases, folds, strict=True)]


def _logistic(
    rows: Sequence[Mapping[str, float]],
    truth: Sequence[bool],
    weights: Sequence[float] | Floats,
) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    table = np.array([list(row.values()) for row in rows])
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(max_iter=2000)
    model.fit(scaler.transform(table), np.array(truth), sample_weight=np.array(weights))
    slopes = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - slopes @ scaler.mean_)
    fitted = {name: round(float(slope), 4) for name, slope in zip(rows[0], slopes, strict=True)}
    return {"intercept": round(intercept, 4), **fitted}


def in_use(cases: Sequence[Read]) -> Floats:
    """A weight for each case, so that each kind has the share it has in use."""
    number = Counter(case.asked.case for case in cases)
    weights = np.array([SHARES[e.asked.case] / number[e.asked.case] for e in cases])
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def threshold(sure: Floats, is_right: Truths, weights: Floats) -> float:
    """The confidence from which answering is right more often than declining."""
    steps = np.arange(0.05, 0.96, 0.01)
    right = [float(weights @ ((sure >= step) == is_right)) for step in steps]
    return round(float(steps[int(np.argmax(right))]), 2)


def figures_of(cases: Sequence[Read], judgement: Judgement) -> dict[str, float]:
    """How well the reader finds, answers and declines; the evidence alone beside it."""
    found = [case.weighed_by(judgement) for case in cases]
    kind = np.array([case.asked.case for case in cases])
    answerable = kind == Case.ANSWERABLE
    sure = np.array(
        [
            judgement.confidence(findings, case.evidence_confidence)
            for case, findings in zip(cases, found, strict=True)
        ]
    )
    alone = np.array([log_odds(case.evidence_confidence) for case in cases])
    right = np.array([case.is_right(f[0]) for case, f in zip(cases, found, strict=True)])
    asked = [(c, f) for c, f in zip(cases, found, strict=True) if c.asked.case is Case.ANSWERABLE]
    return (
        {"questions": float(len(asked)), **_first_figures(asked)}
        | _decline_figures(kind, sure, alone, sure >= judgement.decline_below)
        | {
            "decline below": judgement.decline_below,
            "answered with confidence: right span": float(
                right[answerable & (sure >= judgement.decline_below)].mean()
            ),
        }
        | reliability(sure, right, in_use(cases))
    )


def _first_figures(asked: Sequence[tuple[Read, tuple[Finding, ...]]]) -> dict[str, float]:
    """What stands first, for answerable questions."""
    orders = {
        "by evidence": [(case, case.plain) for case, _ in asked],
        "by margin": [
            (case, tuple(sorted(plain, key=lambda each: -each.span.margin)))
            for case, plain in ((case, case.plain) for case, _ in asked)
        ],
        "by both": asked,
    }
    figures = {}
    for name, cases in orders.items():
        figures[f"right sentence first, {name}"] = float(
            np.mean([case.asked.is_answered_by(found[0].evidence) for case, found in cases])
        )
        figures[f"right span first, {name}"] = float(
            np.mean([case.is_right(found[0]) for case, found in cases])
        )
        said = [(_said(case, found[0]), _answers(case)) for case, found in cases]
        figures[f"short answer, EM, {name}"] = float(np.mean([exact_match(*each) for each in said]))
        figures[f"short answer, F1, {name}"] = float(np.mean([f1(*each) for each in said]))
    return figures


def _said(case: Read, finding: Finding) -> str:
    article = finding.evidence.hit.article
    return short_answer(case.asked.question.text, article.text, finding.span)


def _answers(case: Read) -> list[str]:
    return [text for _, text in case.asked.question.answers]


def _decline_figures(
    kind: np.ndarray, sure: Floats, alone: Floats, answered: Truths
) -> dict[str, float]:
    """How often each kind of case is answered, and how well it is told from answerable ones."""
    figures = {}
    answerable = kind == Case.ANSWERABLE
    for case in sorted(set(kind)):
        figures[f"answered, {case}"] = float(answered[kind == case].mean())
        if case != Case.ANSWERABLE:
            pair = answerable | (kind == case)
            figures[f"AUROC, {case}"] = auroc(sure[pair], answerable[pair])
            figures[f"AUROC, {case}, evidence alone"] = auroc(alone[pair], answerable[pair])
    return figures


def documents_of(data: Questions) -> tuple[list[Article], list[Question]]:
    """The articles with their paragraphs in one text, and their questions."""
    places: dict[str, list[int]] = {}
    for place, paragraph in enumerate(data.paragraphs):
        places.setdefault(paragraph.article, []).append(place)
    offsets: dict[int, int] = {}
    articles = []
    for title, of_article in places.items():
        end = 0
        for place in of_article:
            offsets[place] = end
            end += len(data.paragraphs[place].text) + 2
        text = "\n\n".join(data.paragraphs[place].text for place in of_article)
        digest = hashlib.sha256(text.encode()).hexdigest()
        articles.append(Article(title, title, text, None, None, None, None, None, digest))
    return articles, [_question(data, place, offsets) for place in range(len(data.questions))]


def _question(data: Questions, place: int, offsets: Mapping[int, int]) -> Question:
    each = data.questions[place]
    paragraph, offset = data.paragraphs[each.paragraph], offsets[each.paragraph]
    answers = tuple((offset + start, paragraph.text[start:end]) for start, end in each.answers)
    end = offset + len(paragraph.text)
    return Question(each.text, paragraph.article, offset, end, answers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and measure, or with ``--measure`` only measure."""
    from index.embed import SentenceTransformerEmbedder

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--measure", action="store_true", help="fit nothing, write nothing")
    parser.add_argument("--model", type=Path, default=MODEL_PATH)
    parser.add_argument("--to", type=Path, default=DATA_PATH)
    parser.add_argument("--most", type=int, default=10_000, help="ask about so many questions")
    options = parser.parse_args(arguments)
    articles, questions = documents_of(read_questions(options.data, is_held_out=True))
    embedder = SentenceTransformerEmbedder()
    encoder = RememberingEncoder(embedder)
    reader = Reader(options.model)
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(articles, embedder, encoder, Path(folder) / "lexical")
        asked = ask_all(questions[:: max(1, len(questions) // options.most)], collection)
        cases = [case for case in read_all(reader, asked, encoder) if case.plain]
    titles = [article.id for article in articles]
    fitting = [case for case in cases if case.asked.question.article_id in titles[::2]]
    measured = [case for case in cases if case.asked.question.article_id in titles[1::2]]
    judgement = Judgement.load() if options.measure else fit_judgement(fitting)
    figures = figures_of(measured, judgement)
    tell("Held-out articles, searched", figures)
    if not options.measure:
        content = {
            "judgement": asdict(fit_judgement(cases)),
            "command": "python -m qa.reader.fit_judgement DATA",
            "figures are of constants fitted on": titles[::2],
            "measured on": titles[1::2],
            "figures": {name: round(value, 3) for name, value in figures.items()},
        }
        options.to.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
