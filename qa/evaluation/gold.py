"""What the gold articles and the expected answers are in one collection."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.protocols import Store, StoreView
from index.types import Article, Hit
from qa.evaluation.questions import Problem, Question
from qa.evaluation.wording import padded_words, stands_in
from qa.types import Citation

_Days = Mapping[str, datetime.date | None]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Whether an expected answer stands literally where an answer could be read off.

    Attributes
    ----------
    gold : bool or None
        In a gold article; None without gold articles.
    collection : bool
        In any article that may be used on the question's day.
    """

    gold: bool | None
    collection: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """Questions as far as they can be asked of a collection.

    Attributes
    ----------
    questions : tuple of Question
        Those with something left to measure by.
    problems : tuple of Problem
        Questions that are left out because they cannot be meant so.
    warnings : tuple of Problem
        Gold articles that are left out because the collection does not hold them.
    """

    questions: tuple[Question, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldArticles:
    """What counts as right in one collection.

    Attributes
    ----------
    questions : tuple of Question
        All of whose gold articles are in it.
    n_too_late : int
        Questions all of whose gold articles were published after the day they are asked as of.
    ceilings : mapping of str to Ceiling
        By question id, for those with expected answers.
    """

    questions: tuple[Question, ...]
    n_too_late: int
    ceilings: Mapping[str, Ceiling]
    # The hash of the text of each article that is gold or an exact twin of one.
    _content: Mapping[str, str]

    def grades(self, question: Question) -> dict[str, int]:
        """The grade of each text that answers; exact twins are one text."""
        grades: dict[str, int] = {}
        for article_id, grade in question.gold.items():
            key = self._key(article_id)
            grades[key] = max(grade, grades.get(key, 0))
        return grades

    def ranking(self, question: Question, hits: Sequence[Hit]) -> tuple[str, ...]:
        """The articles of the hits by first appearance, exact twins as one text.

        A hit stands for a gold article that it is, or in which its passage stands, too.
        """
        gold = self.grades(question)
        ranking: dict[str, None] = {}
        seen: set[str] = set()
        for hit in hits:
            own, *copies = self._keys(hit.article.id, hit.also_in)
            right = [key for key in (own, *copies) if key in gold]
            ranking.update(dict.fromkeys(right or ([] if own in seen else [own])))
            seen.add(own)
        return tuple(ranking)

    def cited(self, question: Question, citation: Citation) -> set[str]:
        """The texts that answer among those the citation stands in; empty where it is wrong."""
        keys = self._keys(citation.article_id, citation.also_in)
        return self.grades(question).keys() & keys

    def _key(self, article_id: str) -> str:
        return self._content.get(article_id, article_id)

    def _keys(self, article_id: str, also_in: Iterable[str]) -> list[str]:
        return [self._key(each) for each in (article_id, *also_in)]


def check_questions(
    store: Store, questions: Iterable[Question], path: str, *, as_of: bool = True
) -> Checked:
    """Compare questions with the collection that they are to be asked of.

    Parameters
    ----------
    store : Store
    questions : iterable of Question
    path : str
        The file they come from, for naming what is wrong with them.
    as_of : bool
        Whether they are asked as of their days.
    """
    with store.view() as view:
        asked, problems = _in_range(view, list(questions), path, as_of)
        gold = {key for question in asked for key in question.gold}
        known = {key for key in gold if view.article(key) is not None}
    kept, warnings = _without_unknown(asked, known, path)
    return Checked(tuple(kept), tuple(problems), tuple(warnings))


def find_gold(store: Store, questions: Iterable[Question], *, as_of: bool = True) -> GoldArticles:
    """Look up the gold articles, their exact twins and the expected answers.

    All articles of the collection are read once, one at a time.

    Parameters
    ----------
    store : Store
    questions : iterable of Question
        As `check_questions` gives them.
    as_of : bool
        Whether they are asked as of their days.
    """
    asked = tuple(questions)
    with store.view() as view:
        found = {key: view.article(key) for question in asked for key in question.gold}
        gold = {key: article for key, article in found.items() if article is not None}
        content, ceilings = _survey(view, asked, gold, as_of)
    days = {key: article.published for key, article in gold.items()}
    n_too_late = sum(_is_too_late(question, days) for question in asked) if as_of else 0
    return GoldArticles(asked, n_too_late, ceilings, content)


def _in_range(
    view: StoreView, questions: list[Question], path: str, as_of: bool
) -> tuple[list[Question], list[Problem]]:
    """The questions on whose day anything had been published, and those on whose day nothing."""
    counts = view.counts()
    first = counts.first_published
    if not as_of or first is None or counts.undated:
        return questions, []
    early = [each for each in questions if each.as_of and each.as_of < first]
    problems = [
        Problem(
            path,
            each.line,
            f"the date {each.as_of} lies before the first article of the collection ({first}), so "
            "that nothing can be found; mend it, or leave dates aside with --no-as-of",
        )
        for each in early
    ]
    left_out = {each.id for each in early}
    return [each for each in questions if each.id not in left_out], problems


def _without_unknown(
    questions: Iterable[Question], known: Collection[str], path: str
) -> tuple[list[Question], list[Problem]]:
    """The questions with the gold articles that there are, and what was left out."""
    kept, warnings = [], []
    for question in questions:
        gold = {key: grade for key, grade in question.gold.items() if key in known}
        unknown = [key for key in question.gold if key not in gold]
        found = replace(question, gold=gold)
        is_void = bool(unknown) and found.should_decline
        if not is_void:
            kept.append(found)
        warnings += [
            Problem(
                path,
                question.line,
                f"the collection holds no article {key!r}; "
                + ("nothing else is known of the answer, so the question is left out" if is_void
                   else "this gold article is left out"),
            )
            for key in unknown
        ]  # fmt: skip
    return kept, warnings


def _is_too_late(question: Question, days: _Days) -> bool:
    day = question.as_of
    published = [days[key] for key in question.gold]
    return day is not None and bool(published) and all(each and each > day for each in published)


def _survey(
    view: StoreView, questions: Sequence[Question], gold: Mapping[str, Article], as_of: bool
) -> tuple[dict[str, str], dict[str, Ceiling]]:
    """The hash of each gold article and twin, by id; and the ceilings, by question id."""
    hashes = {article.content_sha256 for article in gold.values()}
    content = {key: article.content_sha256 for key, article in gold.items()}
    wanted = _Wanted([each for each in questions if each.answers], as_of=as_of)
    for article in view.articles():
        if article.content_sha256 in hashes:
            content[article.id] = article.content_sha256
        wanted.look_in(article)
    in_gold = {
        each.id: any(stands_in(each.answers, gold[key].text) for key in each.gold)
        for each in questions
        if each.answers and each.gold
    }
    return content, {
        each.id: Ceiling(in_gold.get(each.id), each.id in wanted.found)
        for each in questions
        if each.answers
    }


class _Wanted:
    """The expected answers that have not been met yet, by one word of each."""

    def __init__(self, questions: Iterable[Question], *, as_of: bool) -> None:
        self.found: set[str] = set()
        self._as_of = as_of
        self._by_word: dict[str, list[tuple[str, Question]]] = defaultdict(list)
        for question in questions:
            for answer in question.answers:
                words = padded_words(answer)
                # The longest word is the one least often met.
                self._by_word[max(words.split(), key=len)].append((words, question))

    def look_in(self, article: Article) -> None:
        if not self._by_word:
            return
        text = padded_words(article.text)
        for word in self._by_word.keys() & set(text.split()):
            for answer, question in self._open(word):
                if answer in text and self._may_be_used(article, question):
                    self.found.add(question.id)

    def _open(self, word: str) -> Iterator[tuple[str, Question]]:
        left = [pair for pair in self._by_word[word] if pair[1].id not in self.found]
        self._by_word[word] = left
        return iter(left)

    def _may_be_used(self, article: Article, question: Question) -> bool:
        day, last = article.published, question.as_of
        return not self._as_of or day is None or last is None or day <= last
