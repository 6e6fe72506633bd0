"""The figures there are: what they are called, and how those of questions become one."""

from __future__ import annotations

from typing import NamedTuple

from qa.evaluation.intervals import Statistic


class Measure(NamedTuple):
    """One figure of a report.

    Attributes
    ----------
    key : str
        Its name in JSON.
    label : str
        Its name in the table.
    group : str
        The heading under which it stands there.
    per_question : str
        The name of the questions' values that it is made of.
    statistic : {"mean", "p50", "p95"}
        How it is made of them.
    is_better_high : bool or None
        Which end is good; None for what only describes the questions.
    """

    key: str
    label: str
    group: str
    per_question: str
    statistic: Statistic = "mean"
    is_better_high: bool | None = True

    @property
    def is_time(self) -> bool:
        """Whether it counts milliseconds rather than shares."""
        return self.per_question.endswith("_ms")


def _share(group: str, key: str, label: str, *, is_better_high: bool | None = True) -> Measure:
    return Measure(key, label, group, key, "mean", is_better_high)


def _times(per_question: str, label: str) -> tuple[Measure, ...]:
    stem = per_question.removesuffix("_ms")
    quantiles: tuple[Statistic, ...] = ("p50", "p95")
    return tuple(
        Measure(f"{stem}_{q}_ms", f"{label}, {q}", "Time (ms)", per_question, q, False)
        for q in quantiles
    )


MEASURES: tuple[Measure, ...] = (
    _share("Articles that answer", "hit@1", "hit@1"),
    _share("Articles that answer", "hit@4", "hit@4"),
    _share("Articles that answer", "hit@10", "hit@10"),
    _share("Articles that answer", "mrr@10", "MRR@10"),
    _share("Articles that answer", "ndcg@10", "nDCG@10"),
    _share("Articles that answer", "map", "MAP"),
    _share("Expected answer in the passages", "answer@5", "among the first 5"),
    _share("Expected answer in the passages", "answer_recall@20", "Recall@20"),
    _share("Expected answer in the passages", "answer_recall@100", "Recall@100"),
    _share("Ceiling: it stands literally", "ceiling_gold", "in a gold article",
           is_better_high=None),
    _share("Ceiling: it stands literally", "ceiling_collection", "in the collection",
           is_better_high=None),
    _share("Answers", "em", "short answer, exact match"),
    _share("Answers", "f1", "short answer, F1"),
    _share("Answers", "short_answer", "short answer given", is_better_high=None),
    _share("Answers", "answer_stated", "expected answer stated"),
    _share("Citations", "citation_precision", "precision"),
    _share("Citations", "citation_recall", "recall"),
    _share("Declining", "declined_unanswerable", "rightly declined"),
    _share("Declining", "declined_answerable", "wrongly declined", is_better_high=False),
    *_times("latency_ms", "whole answer"),
    *_times("retrieval_ms", "retrieval"),
    *_times("embedding_ms", "of it, embedding"),
)  # fmt: skip
