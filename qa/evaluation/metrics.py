"""The figures of one question: what was found for it, and what was answered.

Rankings are scored by ir_measures (trec_eval's definitions); what it does not have is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.types import Hit
from qa.evaluation.gold import GoldArticles
from qa.evaluation.questions import Question
from qa.evaluation.wording import best_match, stands_in, without_markers
from qa.types import Answer

if TYPE_CHECKING:
    from ir_measures.measures import Measure

# By name; None where a figure has no meaning for a question.
Values = dict[str, float | None]

_HIT_CUTOFFS = (1, 4, 10)
_ANSWER_CUTOFFS = {"answer@5": 5, "answer_recall@20": 20, "answer_recall@100": 100}


def ranking_values(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> Values:
    """How well a ranking of articles places those that answer; all in [0, 1], higher is better.

    Parameters
    ----------
    ranking : sequence of str
        Articles, best first, each once.
    grades : mapping of str to int
        Those that answer, with grades from 1 on, which nDCG alone heeds.
    depth : int
        How many passages the ranking was made from; cutoffs beyond it are left out.

    Examples
    --------
    >>> ranking_values(["b", "a"], {"a": 1}, 100)["mrr@10"]
    0.5
    """
    import ir_measures

    measures = _ranking_measures(depth)
    # Numbers stand for the articles, whose ids may hold what the scorer's C code cannot take.
    number = {key: str(place) for place, key in enumerate(dict.fromkeys((*ranking, *grades)))}
    run = {"q": {number[key]: float(-place) for place, key in enumerate(ranking)}}
    qrels = {"q": {number[key]: grade for key, grade in grades.items()}}
    scores = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    return {name: float(scores[measure]) for name, measure in measures.items()}


def _ranking_measures(depth: int) -> dict[str, Measure]:
    from ir_measures import AP, RR, Success, nDCG

    found = {f"hit@{n}": Success @ n for n in _HIT_CUTOFFS if n <= depth}
    if depth >= 10:
        found |= {"mrr@10": RR @ 10, "ndcg@10": nDCG @ 10}
    return {**found, "map": AP}


def passage_values(hits: Sequence[Hit], answers: Sequence[str], depth: int) -> Values:
    """Whether an expected answer stands among the first 5, 20 and 100 passages: 1.0 or 0.0."""
    first = next(
        (rank for rank, hit in enumerate(hits, 1) if stands_in(answers, hit.passage.text)), None
    )
    return {
        name: float(first is not None and first <= cutoff)
        for name, cutoff in _ANSWER_CUTOFFS.items()
        if cutoff <= depth
    }


def answer_values(question: Question, answer: Answer, gold: GoldArticles) -> Values:
    """How good the answer is; a decline gives no answer and cites nothing."""
    values: Values = {}
    if question.answers:
        exact, overlap = best_match(answer.short_answer, question.answers)
        values |= {
            "em": exact,
            "f1": overlap,
            "short_answer": float(answer.short_answer is not None),
            "answer_stated": float(_states(question, answer)),
        }
    if question.gold:
        cited = [gold.cited(question, each) for each in answer.citations]
        found = set[str]().union(*cited)
        values["citation_precision"] = (
            sum(map(bool, cited)) / len(cited) if cited else None
        )  # fmt: skip
        values["citation_recall"] = len(found) / len(gold.grades(question))
    return values


def decline_values(question: Question, *, declined: bool) -> Values:
    """Whether it was declined, by what it should have been."""
    name = "declined_unanswerable" if question.should_decline else "declined_answerable"
    return {name: float(declined)}


def is_right(question: Question, answer: Answer, gold: GoldArticles) -> bool:
    """Whether answering so was right.

    It is where an expected answer stands in it; without expected answers, where a gold article is
    cited. It never is where the collection does not tell.
    """
    if answer.declined:
        return False
    if question.answers:
        return _states(question, answer)
    return any(gold.cited(question, citation) for citation in answer.citations)


def _states(question: Question, answer: Answer) -> bool:
    """Whether an expected answer stands in the answer's text, or is its short answer."""
    if answer.declined:
        return False
    told = (without_markers(answer.text), answer.short_answer or "")
    return any(stands_in(question.answers, text) for text in told)
