"""What each part of retrieval is worth.

``python tests/benchmarks/retrieval.py QUESTIONS --corpus STORE``

The questions are asked once with everything and once with each part taken away; every figure has
its 95 % interval, and a star where the paired difference from the whole is clear of nought.
QUESTIONS is a file for ``qa eval``; ``--no-as-of`` leaves its dates out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace

from qa.ask import Assistant
from qa.corpus import corpus_path, open_corpus
from qa.evaluation import Report, Settings, compare, evaluate, read_questions
from qa.retrieve import MIX, Mix

PARTS: Mapping[str, Mix] = {
    "whole": MIX,
    "no vectors": replace(MIX, dense=0.0),
    "no BM25 of passages": replace(MIX, lexical=0.0),
    "no BM25 of articles": replace(MIX, article=0.0),
    "articles by text alone": replace(MIX, fields=(("text", 1.0),)),
    "no recency": replace(MIX, recency=0.0),
    "no outlets and times of the prose": replace(MIX, outlet=0.0, period=0.0),
    "passages of one article unbounded": replace(MIX, repeated=0.0),
    "vectors alone": replace(MIX, lexical=0.0, article=0.0, recency=0.0, outlet=0.0, period=0.0),
    "BM25 of passages alone": replace(
        MIX, dense=0.0, article=0.0, recency=0.0, outlet=0.0, period=0.0
    ),
}
FIGURES = ("hit@1", "hit@4", "hit@10", "ndcg@10", "answer@5")


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions")
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--no-as-of", action="store_true")
    parser.add_argument("--depth", type=int, default=100)
    options = parser.parse_args()
    asked = read_questions(options.questions).questions
    settings = Settings(reader=False, as_of=not options.no_as_of, depth=options.depth)
    path = corpus_path(options.corpus)
    store, embedder = open_corpus(path)
    whole: Report | None = None
    for name, mix in PARTS.items():
        report = evaluate(Assistant(store, embedder, path, mix), asked, settings)
        if whole is None:
            whole = report
            shown = [figure for figure in FIGURES if figure in report.figures]
            print("| | " + " | ".join(shown) + " |\n|---|" + "---|" * len(shown))
        print(f"| {name} | " + " | ".join(_cell(report, whole, each) for each in shown) + " |")
        sys.stdout.flush()


def _cell(report: Report, whole: Report, name: str) -> str:
    figure = report.figures[name]
    star = ""
    if report is not whole and compare(report, whole).differences[name].is_clear:
        star = "*"
    return f"{figure.value:.3f}{star} ({figure.low:.2f}–{figure.high:.2f})"


if __name__ == "__main__":
    main()
