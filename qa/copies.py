"""Near-copies of the articles found: which of them say the same words, so that one is shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from index.copies import Runs, run_hashes, words_of
from index.filters import Filter, source_key
from index.store import StoreView
from index.types import Article, Hit

# A stretch stands in a copy when at least this share of its words lies in three-word runs of the
# copy, and every number stands there, too: an edited verb is the same sentence, another toll is
# not.
_SAME_SHARE = 0.7
_RUN_WORDS = 3
# How far from its place a number may stand in the copy: words, and a share of the stretch.
_SLACK_WORDS = 3
_SLACK_SHARE = 0.25
# Near-copies of one article that are compared; the oldest come first.
_MAX_COPIES = 100
_NUMBER = re.compile(
    r".*\d.*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|no|not|never"
)


class AlsoIn(NamedTuple):
    """Articles that say the same, oldest first, with their outlets."""

    ids: tuple[str, ...] = ()
    sources: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    """A text's words and runs in their order, and the place of each run."""

    words: list[str]
    runs: Runs
    places: dict[int, int]

    @classmethod
    def read(cls, text: str) -> _Words:
        words = words_of(text)
        runs = run_hashes(words)
        return cls(words, runs, {run: place for place, run in enumerate(runs.tolist())})

    def stand_in(self, other: _Words) -> bool:
        """Whether most of the words, and all numbers, stand together in another text."""
        found = [
            (place, other.places[run])
            for place, run in enumerate(self.runs.tolist())
            if run in other.places
        ]
        covered = {place + step for place, _ in found for step in range(_RUN_WORDS)}
        if not found or len(covered) < _SAME_SHARE * len(self.words):
            return False
        shift = int(np.median([there - here for here, there in found]))
        slack = _SLACK_WORDS + int(_SLACK_SHARE * len(self.words))
        near = other.words[max(shift - slack, 0) : shift + len(self.words) + slack]
        return Counter(_numbers(self.words)) <= Counter(_numbers(near))


@dataclass(frozen=True, slots=True)
class _Copy:
    article: Article
    words: _Words


class Copies:
    """The near-copies of some articles, as far as the conditions let them be found.

    Parameters
    ----------
    view : StoreView
        Asked while it is open, for articles not yet known.
    where : Filter
    """

    def __init__(self, view: StoreView, where: Filter) -> None:
        self._view = view
        self._where = where
        self._copies: dict[str, tuple[_Copy, ...]] = {}
        self._stories: dict[str, int] = {}

    def load(self, article: Article) -> None:
        """Read the near-copies of an article, to be known when the view is closed."""
        if article.id not in self._copies:
            self._copies[article.id] = tuple(
                _Copy(copy, _Words.read(copy.text))
                for copy in self._view.copies(article.id, _MAX_COPIES)
                if admits(self._where, copy)
            )

    def also_in(self, article: Article, start: int, end: int) -> AlsoIn:
        """The near-copies in which ``article.text[start:end]`` stands, too."""
        copies = self._copies[article.id]
        if not copies:
            return AlsoIn()
        words = _Words.read(article.text[start:end])
        same = [copy.article for copy in copies if words.stand_in(copy.words)]
        return AlsoIn(tuple(each.id for each in same), tuple(each.source for each in same))

    def n_stories(self, article_ids: Iterable[str]) -> int:
        """How many stories those articles tell: near-copies tell one."""
        return len({self._stories[article_id] for article_id in article_ids})

    def collapse(self, ranked: Sequence[Hit], k: int) -> tuple[Hit, ...]:
        """The first `k` hits, leaving out those that repeat a near-copy's passage before them."""
        self._stories |= self._view.stories({hit.article.id for hit in ranked})
        kept: list[Hit] = []
        for hit in ranked:
            if len(kept) == k:
                break
            if self._repeats(hit, kept):
                continue
            self.load(hit.article)
            also = self.also_in(hit.article, hit.passage.start, hit.passage.end)
            kept.append(replace(hit, also_in=also.ids, also_in_sources=also.sources))
        return tuple(kept)

    def _repeats(self, hit: Hit, kept: Sequence[Hit]) -> bool:
        """Whether a near-copy's passage among `kept` says all that this one says."""
        rivals = [each for each in kept if self._is_copy(hit, each)]
        if not rivals:
            return False
        words = _Words.read(hit.passage.text)
        return any(words.stand_in(_Words.read(each.passage.text)) for each in rivals)

    def _is_copy(self, one: Hit, other: Hit) -> bool:
        same_story = self._stories[one.article.id] == self._stories[other.article.id]
        return same_story and one.article.id != other.article.id


def _numbers(words: Sequence[str]) -> list[str]:
    return [word for word in words if _NUMBER.fullmatch(word)]


def admits(where: Filter, article: Article) -> bool:
    """Whether an article's day and outlet meet the conditions."""
    day = article.published
    if (where.since or where.until) and day is None:
        return False
    if day is not None and where.since and day < where.since:
        return False
    if day is not None and any(last and day > last for last in (where.until, where.as_of)):
        return False
    if where.sources is None:
        return True
    return article.source is not None and source_key(article.source) in where.sources
