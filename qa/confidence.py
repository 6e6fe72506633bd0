"""How probable it is that what is shown answers the question.

Counted evidence (`qa.evidence`) and the trained reader (`qa.reader`) each say how sure they are;
they err on different questions, so both together tell more than either. `qa.fit_confidence` fits
the weights; docs/answers.md has the figures.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

from qa.question import AnswerKind
from qa.reader.judge import log_odds, probability

# What answers these is a few words, a span; the reader's being sure of it says more than for what
# is told by a clause or a sentence.
FEW_WORDS = frozenset(AnswerKind) - {AnswerKind.OTHER, AnswerKind.REASON, AnswerKind.DESCRIPTION}


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over the log-odds of the two.

    Attributes
    ----------
    intercept, counted, sureness : float
        What `qa.weigh.Weighing.counted` and `.sureness` weigh.
    """

    intercept: float
    counted: float
    sureness: float

    def of(self, counted: float, sureness: float) -> float:
        """The probability, in [0, 1]; both arguments are probabilities in [0, 1].

        >>> even = Weights(intercept=0.0, counted=0.5, sureness=0.5)
        >>> round(even.of(0.8, 0.2), 9), even.of(0.9, 0.9) > 0.8
        (0.5, True)
        """
        told = self.counted * log_odds(counted) + self.sureness * log_odds(sureness)
        return probability(self.intercept + told)


@dataclass(frozen=True, slots=True)
class Confidence:
    """The fitted constants.

    Attributes
    ----------
    few_words, sentences : Weights
        For questions that ask for a name, a place, a time or a number, and for all others.
    decline_below : float
        The confidence below which the answer is a decline, in [0, 1].
    """

    few_words: Weights
    sentences: Weights
    decline_below: float

    def of(self, kind: AnswerKind, counted: float, sureness: float) -> float:
        """How probable it is, in [0, 1], that what is shown answers.

        Parameters
        ----------
        kind : AnswerKind
            What the question asks for.
        counted, sureness : float
            What the two say, in [0, 1]; see `qa.weigh.Weighing`.
        """
        weights = self.few_words if kind in FEW_WORDS else self.sentences
        return weights.of(counted, sureness)


@functools.cache
def load_confidence() -> Confidence:
    """Read what `qa.fit_confidence` wrote."""
    read = json.loads((resources.files("qa") / "data" / "confidence.json").read_text("utf-8"))
    fitted = read["confidence"]
    return Confidence(
        Weights(**fitted["few_words"]), Weights(**fitted["sentences"]), fitted["decline_below"]
    )
