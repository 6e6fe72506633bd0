"""Questions to begin with and to go on with: made of the articles, and tried before shown.

A question is made of a sentence (`qa.question_making`) and then asked. It is suggested only where
the answer is sure, comes first from the article the question was made of, and is what the sentence
says. So what is suggested works, in any collection, and nothing stands here that some collection
would not answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.cache import cache_dir
from index.store import StoreView
from index.types import Article, Hit, Passage
from qa.language import is_foreign
from qa.question_making import MadeQuestion, make_questions
from qa.types import Answer, Citation
from qa.words import rarity, split_words

if TYPE_CHECKING:
    from qa.ask import Assistant

# How many articles are looked at, spread over all days, and of each how many passages: news tell
# what matters first.
_SAMPLE = 64
_PASSAGES = 4
# How many questions are tried for one that is wanted: each takes as long as a reader's.
_TRIED_FOR_EACH = 4
# As sure as this (see `Answer.confidence`), well above where declining begins.
_SURE = 0.75
_BEST_WORDS = 9


# Kept from run to run, so that a page need not wait for them: the last so many.
_REMEMBERED = 64
# Raised when other questions would be made of the same articles.
_EDITION = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question with the sentence it was made of, in characters of its article's text."""

    made: MadeQuestion
    article_id: str
    start: int
    end: int

    @property
    def worth(self) -> float:
        """How much it tells of what it is about: names and figures, at a length soon read."""
        words = split_words(self.made.text)
        names = {word.key for word in words if word.is_name or word.is_number}
        telling = sum(rarity(key) for key in names)
        return min(telling, 3.0) - 0.1 * abs(len(words) - _BEST_WORDS)


def suggest(
    assistant: Assistant,
    n: int,
    near: Sequence[Hit] = (),
    between: Callable[[], object] | None = None,
) -> tuple[str, ...]:
    """Up to `n` short questions that `assistant` answers surely and from the right article.

    Of each article one, as long as there are others; the same collection gives the same ones.
    Where its articles are in a language that no questions are made in, or hold no sentence for one,
    their headlines are given, as topics.

    Parameters
    ----------
    assistant : Assistant
    n : int
        At least 1.
    near : sequence of Hit
        Only these passages' articles are asked about: those of a question that was declined.
    between : callable, optional
        Called before each step that takes time. It may wait, or raise to give up.

    Raises
    ------
    ValueError
        `n` is below 1.
    """
    passages = _made_of(assistant, n, near)
    key = _key(n, bool(near), passages)
    known = _remembered().get(key)
    if known is None:
        chosen = _chosen(assistant, n, passages, between or (lambda: None), is_near=bool(near))
        # Others may have been made meanwhile.
        _remember({**_remembered(), key: chosen})
        return tuple(chosen)
    return tuple(known)


def recall(assistant: Assistant, n: int) -> tuple[str, ...] | None:
    """What `suggest` would give where it need not make them anew; else None."""
    known = _remembered().get(_key(n, False, _made_of(assistant, n)))
    return None if known is None else tuple(known)


def _made_of(
    assistant: Assistant, n: int, near: Sequence[Hit] = ()
) -> list[tuple[Passage, Article]]:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}; it is the number of questions to give")
    if near:
        return [(hit.passage, hit.article) for hit in near]
    with assistant.store.view() as view:
        return _sample(view)


def _chosen(
    assistant: Assistant,
    n: int,
    passages: Sequence[tuple[Passage, Article]],
    between: Callable[[], object],
    *,
    is_near: bool,
) -> list[str]:
    candidates = _in_turns(_candidates(passages))
    chosen: list[_Candidate] = []
    for candidate in candidates[: n * _TRIED_FOR_EACH]:
        if _is_new(candidate, chosen) and _is_answered(assistant, candidate, between):
            chosen.append(candidate)
            if len(chosen) == n:
                break
    questions = [each.made.text for each in chosen]
    if len(questions) < n and not is_near:
        questions += _topics(assistant, passages, n - len(questions), between)
    return questions


def _sample(view: StoreView) -> list[tuple[Passage, Article]]:
    """The first passages of some articles: newest, oldest, and those between, ever closer."""
    rows = [
        int(row)
        for article in view.spread(_SAMPLE)
        for row in view.passages_of(np.array([article]))[:_PASSAGES]
    ]
    found = view.passages(rows)
    return [found[row] for row in rows if row in found]


def _candidates(passages: Iterable[tuple[Passage, Article]]) -> dict[str, list[_Candidate]]:
    """What can be asked of each article, the most telling first."""
    found: dict[str, list[_Candidate]] = {}
    for passage, article in passages:
        if passage.is_caption or is_foreign(passage.text):
            continue
        for start, end in passage.sentences:
            found.setdefault(article.id, []).extend(
                _Candidate(made, article.id, start, end)
                for made in make_questions(article.text[start:end])
            )
    for each in found.values():
        each.sort(key=lambda candidate: (-candidate.worth, candidate.start, candidate.made.text))
    return found


def _in_turns(found: dict[str, list[_Candidate]]) -> list[_Candidate]:
    """Of each article its first, then of each its second."""
    ranked = [(at, each) for of_one in found.values() for at, each in enumerate(of_one)]
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0])]


def _is_new(candidate: _Candidate, chosen: Iterable[_Candidate]) -> bool:
    """Whether it asks for something else than what was chosen: other words, another sentence."""
    keys = _keys(candidate.made.text)
    return not any(
        (one.article_id, one.start) == (candidate.article_id, candidate.start)
        or len(keys & _keys(one.made.text)) > len(keys) / 2
        for one in chosen
    )


def _keys(text: str) -> set[str]:
    return {word.key for word in split_words(text) if not word.is_function}


def _is_answered(
    assistant: Assistant, candidate: _Candidate, between: Callable[[], object]
) -> bool:
    between()
    steps = assistant.stream(candidate.made.text)
    hits = next(steps)
    # Finding is quick, reading is not: most of what another article answers ends here.
    if not isinstance(hits, tuple) or not any(_is_of(hit, candidate) for hit in hits[:1]):
        return False
    between()
    answer = next(steps)
    return (
        isinstance(answer, Answer)
        and answer.confidence >= _SURE
        and any(_is_of(citation, candidate) for citation in answer.citations[:1])
        and _says(answer, candidate.made)
    )


def _is_of(found: Hit | Citation, candidate: _Candidate) -> bool:
    """Whether something stands in the candidate's article, or in a near-copy of it."""
    found_in = found.article.id if isinstance(found, Hit) else found.article_id
    return candidate.article_id in (found_in, *found.also_in)


def _says(answer: Answer, made: MadeQuestion) -> bool:
    """Whether the bare answer is what the question was made to ask for, or a part of it."""
    told = _keys(answer.short_answer or "")
    return bool(told) and bool(told & _keys(made.answer))


def _topics(
    assistant: Assistant,
    passages: Iterable[tuple[Passage, Article]],
    n: int,
    between: Callable[[], object],
) -> Iterator[str]:
    """Headlines of which the articles tell something when they are asked as they stand."""

    def is_told(title: str) -> bool:
        between()
        return not assistant.ask(title).declined

    titles = dict.fromkeys(article.title for _, article in passages if article.title)
    tried = list(titles)[: n * _TRIED_FOR_EACH]
    told = filter(is_told, tried)
    return (title for title, _ in zip(told, range(n), strict=False))


def _key(n: int, is_near: bool, passages: Iterable[tuple[Passage, Article]]) -> str:
    """Tells apart what is made of other passages, however many other articles there are."""
    places = sorted((article.content_sha256, passage.start) for passage, article in passages)
    made_of = json.dumps([_EDITION, n, is_near, places])
    return hashlib.sha256(made_of.encode()).hexdigest()


def _remembered() -> dict[str, list[str]]:
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(_memory().read_text("utf-8"))
        if isinstance(known, dict):
            return known
    return {}


def _remember(known: dict[str, list[str]]) -> None:
    """Write them down, the newest last; where that cannot be, they are made again next time."""
    last = dict(list(known.items())[-_REMEMBERED:])
    file = _memory()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        draft.write_text(json.dumps(last, ensure_ascii=False, indent=1), "utf-8")
        draft.replace(file)


def _memory() -> Path:
    return cache_dir() / "suggestions.json"
