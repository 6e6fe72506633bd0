"""What the articles tell on a bare topic ("Iran", "drone attack Isfahan"): no question, no answer.

There is nothing to be sure of but that a passage is about it: that its names stand there, and
most of its other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.types import Hit
from qa.evidence import Evidence, SentenceEncoder, find_evidence
from qa.pool import SentencePool
from qa.question import profile_question

# A passage is about a topic when it holds all its names, as far as they can be told by their
# capitals, and so much of the weight of its words.
_ABOUT = 0.7
_NAME_MATCH = 0.7
# How many sentences are shown; of one article at most two.
_MOST = 4
_PER_ARTICLE = 2


@dataclass(frozen=True, slots=True)
class OnTopic:
    """What the passages tell on a topic.

    Attributes
    ----------
    evidence : tuple of Evidence
        The sentences to show, best first; none where no passage is about the topic.
    cover : float
        In [0, 1]: the share of the topic's words, by weight, that the best passage holds.
    """

    evidence: tuple[Evidence, ...]
    cover: float


@dataclass(frozen=True, slots=True)
class SentenceAbout:
    """A sentence of a passage about a topic.

    Attributes
    ----------
    hit : Hit
        The passage.
    start, end : int
        The sentence, in characters of ``hit.article.text``.
    cover : float
        In (0, 1]: the share of the topic's words, by weight, that it holds itself.
    """

    hit: Hit
    start: int
    end: int
    cover: float

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class AboutTopic:
    """All sentences that are about a topic, in the order of their passages; `cover` as above."""

    sentences: tuple[SentenceAbout, ...]
    cover: float


def find_on_topic(topic: str, hits: Sequence[Hit], encoder: SentenceEncoder) -> OnTopic:
    """The sentences of the hits, best first, that are about a topic.

    Parameters
    ----------
    topic : str
    hits : sequence of Hit
        Best first.
    encoder : SentenceEncoder
    """
    about = sentences_about(topic, hits)
    cover = {(each.hit.article.id, each.start): each.cover for each in about.sentences}
    if not cover:
        return OnTopic((), 0.0)
    found = find_evidence(topic, hits, encoder)
    told = [each for each in found if (each.hit.article.id, each.start) in cover]
    # The more of its words a sentence says itself, the less has to be known to understand it.
    told.sort(key=lambda each: -(cover[each.hit.article.id, each.start] + each.cosine))
    return OnTopic(_of_several(told), about.cover)


def sentences_about(topic: str, hits: Sequence[Hit]) -> AboutTopic:
    """The sentences of the passages that are about a topic, by words alone.

    Parameters
    ----------
    topic : str
    hits : sequence of Hit
        Best first.
    """
    profile = profile_question(topic)
    pool = SentencePool(profile, hits)
    if not profile.terms or not pool.candidates:
        return AboutTopic((), 0.0)
    weights = np.array([term.weight for term in profile.terms])
    is_name = np.array([term.is_name for term in profile.terms])
    in_passage, in_sentence = (
        found @ weights / weights.sum() for found in (pool.in_passage, pool.in_sentence)
    )
    has_names = (pool.in_passage[:, is_name] >= _NAME_MATCH).all(axis=1)
    is_about = has_names & (in_passage >= _ABOUT) & (in_sentence > 0.0)
    return AboutTopic(
        tuple(
            SentenceAbout(each.hit, each.start, each.end, float(in_sentence[row]))
            for row, each in enumerate(pool.candidates)
            if is_about[row]
        ),
        float(in_passage[is_about].max(initial=0.0)),
    )


def _of_several(told: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The first few, those of further articles before more of the same."""
    taken: dict[str, int] = {}
    turns = []
    for place, each in enumerate(told):
        turn = taken[each.hit.article.id] = taken.get(each.hit.article.id, 0) + 1
        if turn <= _PER_ARTICLE:
            turns.append((turn, place))
    return tuple(told[place] for _, place in sorted(turns)[:_MOST])
