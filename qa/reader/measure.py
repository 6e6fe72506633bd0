"""Measure the network alone: ``python -m qa.reader.measure DATA``.

DATA is the folder it was trained on; only its held-out part is read. Each question is asked of
the paragraph it was written for. `qa.reader.fit_judgement` measures the reader as in use.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.sentences import sentence_spans
from index.types import Article, Hit, Passage
from qa.reader.questions import SQUAD2, WIKI, Questions, read_questions
from qa.reader.read import MODEL_FILE, Reader, Reading, short_answer
from qa.reader.scoring import auroc, exact_match, f1

MODEL_PATH = Path(__file__).parent / "data" / MODEL_FILE


@dataclass(frozen=True, slots=True)
class Marked:
    """What the reader said on one question asked of its own paragraph."""

    reading: Reading
    span: str
    said: str
    answers: tuple[str, ...]

    def f1(self, *, declined: bool) -> float:
        """SQuAD 2.0's F1, with or without a span given."""
        if not self.answers or declined:
            return float(declined and not self.answers)
        return f1(self.said, self.answers)


def mark_own_paragraphs(reader: Reader, data: Questions, set_name: str, most: int) -> list[Marked]:
    """Ask questions of the paragraph each was written for, with its headline in front."""
    chosen = [q for q in data.questions if data.paragraphs[q.paragraph].set_name == set_name]
    found = []
    for question in chosen[:: max(1, len(chosen) // most)]:
        paragraph = data.paragraphs[question.paragraph]
        (reading,) = reader.read(question.text, [whole_text_hit(paragraph.title, paragraph.text)])
        span = reading.best
        found.append(
            Marked(
                reading,
                paragraph.text[span.start : span.end],
                short_answer(question.text, paragraph.text, span),
                tuple(paragraph.text[start:end] for start, end in question.answers),
            )
        )
    return found


def whole_text_hit(title: str | None, text: str) -> Hit:
    """A hit on a text that is one passage."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    article = Article("text", title, text, None, None, None, None, None, digest)
    sentences = tuple(sentence_spans(text, 0, len(text)))
    return Hit(Passage("text@0", "text", text, 0, len(text), sentences), article, 1.0, "mix")


def span_figures(marked: Sequence[Marked]) -> dict[str, float]:
    """EM and F1 of spans and of short answers, on answerable questions."""
    answerable = [each for each in marked if each.answers]
    return {
        "questions": float(len(answerable)),
        "EM": float(np.mean([exact_match(each.span, each.answers) for each in answerable])),
        "F1": float(np.mean([f1(each.span, each.answers) for each in answerable])),
        "EM, tidied": float(np.mean([exact_match(e.said, e.answers) for e in answerable])),
        "F1, tidied": float(np.mean([f1(each.said, each.answers) for each in answerable])),
    }


def no_answer_figures(marked: Sequence[Marked]) -> dict[str, float]:
    """SQuAD 2.0's F1 with no-answer, declining below no margin and below the best one."""
    margins = np.array([each.reading.best.margin for each in marked])
    given = np.array([each.f1(declined=False) for each in marked])
    left = np.array([each.f1(declined=True) for each in marked])
    totals = [float(np.where(margins < step, left, given).mean()) for step in np.unique(margins)]
    has_answer = np.array([bool(each.answers) for each in marked])
    return {
        "all questions": float(len(marked)),
        "F1 with no-answer, margin 0": float(np.where(margins < 0, left, given).mean()),
        "F1 with no-answer, best margin": max(totals),
        "F1 of declining always": float(left.mean()),
        "AUROC, margin": auroc(margins, has_answer),
        "AUROC, relevance": auroc(np.array([e.reading.relevance for e in marked]), has_answer),
    }


def tell(heading: str, figures: Mapping[str, float]) -> None:
    """Print figures under a heading."""
    sys.stdout.write(f"{heading}\n")
    for name, value in figures.items():
        sys.stdout.write(f"  {name:50} {value:8.3f}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure on the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--model", type=Path, default=MODEL_PATH)
    parser.add_argument("--most", type=int, default=10_000, help="so many questions of each set")
    options = parser.parse_args(arguments)
    data = read_questions(options.data, is_held_out=True)
    reader = Reader(options.model)
    tell("Wikipedia", span_figures(mark_own_paragraphs(reader, data, WIKI, options.most)))
    marked = mark_own_paragraphs(reader, data, SQUAD2, options.most)
    tell("SQuAD 2.0", span_figures(marked) | no_answer_figures(marked))


if __name__ == "__main__":
    main()
