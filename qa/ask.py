"""The question's whole road: the one place where the stages are wired together."""

from __future__ import annotations

import datetime
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.embed import Embedder
from index.errors import CorpusError
from index.origin import SourceState, source_state
from index.protocols import Store, StoreView
from index.types import Article, Hit
from qa.compose import (
    Draft,
    compose_answer,
    compose_parts,
    compose_passages,
    decline,
    reason_of_form,
)
from qa.conditions import relaxations
from qa.copies import Copies
from qa.corpus import Corpus, OnProgress, corpus_path, open_corpus
from qa.query import Day, clean_question, make_filter, make_query
from qa.question_parts import part_query, part_texts
from qa.retrieve import MIX, Mix, Retriever
from qa.spelling import mend_spelling
from qa.types import Answer, Mode, Query, Status, Turn
from qa.understand import checked_ignore, meets, understand
from qa.understood import iso, reason_for_none, understood_of, understood_together
from qa.verdict import Verdict, in_final_order, judge

# What a question does not need is imported by the methods that do: each import is waited for.
if TYPE_CHECKING:
    from qa.quote_types import QuoteLookup
    from qa.timeline import Timeline

logger = logging.getLogger(__name__)

# How many passages are read for an answer, whatever k is.
_READ = 8
# Passages offered where there is nothing to tell.
_NEAREST = 3
_MODES = ("answer", "passages")


@dataclass(frozen=True, slots=True)
class _Found:
    """The passages found, best first; `failure` tells of conditions that they do not meet."""

    hits: tuple[Hit, ...]
    copies: Copies
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class _Searched:
    """A question with the passages found, ready to be answered.

    `reason` is why there may be no answer, where that can be told.
    """

    query: Query
    found: _Found
    understood: dict[str, Any]
    reason: str | None


class Assistant:
    """Answers questions about one collection of articles.

    Build it with `open`; close it, or use it in a ``with``. It may be asked from many threads
    at once.
    """

    def __init__(self, store: Store, embedder: Embedder, corpus: Corpus, mix: Mix = MIX) -> None:
        self._mix = mix
        self._store = store
        self._embedder = embedder
        self._corpus = corpus
        self._suggesting = threading.Lock()
        # The last suggestions, by generation and number.
        self._suggested: dict[tuple[int, int], tuple[str, ...]] = {}

    @classmethod
    def open(
        cls,
        corpus: str | Path | None = None,
        *,
        on_progress: OnProgress | None = None,
        words_suffice: bool = False,
    ) -> Self:
        """The assistant of a collection.

        Parameters
        ----------
        corpus : str or Path, optional
            A folder that holds a store is opened, and so is a store in Milvus
            (``milvus://HOST:PORT/COLLECTION``). Any other file or folder of articles is indexed
            into the cache on first use. None means ``$DATELINE_CORPUS``, else the
            bundled articles.
        on_progress : callable, optional
            Told of the steps of indexing.
        words_suffice : bool
            Of a large collection that is new, return as soon as all articles are found by their
            words; `complete` has still to make the vectors.

        Raises
        ------
        CorpusError
            Nothing is there, or no article in it.
        StoreError, ModelUnavailableError
            See the errors.
        """
        path = corpus_path(corpus)
        store, embedder = open_corpus(path, on_progress, words_suffice=words_suffice)
        return cls(store, embedder, path)

    def complete(self, on_progress: OnProgress | None = None) -> None:
        """Make the vectors that are still to come, if any; may be asked meanwhile.

        Raises
        ------
        StoreError
            Another process makes them, or the store cannot be written.
        """
        from index.build import embed_waiting

        with self._store.view() as view:
            if not view.count_waiting():
                return
        embed_waiting(self._store, self._embedder, on_progress=on_progress)

    @property
    def embedder(self) -> Embedder:
        """Turns text into the vectors of this collection."""
        return self._embedder

    @property
    def store(self) -> Store:
        """Holds this collection."""
        return self._store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index; the assistant cannot be asked afterwards."""
        self._store.close()

    def ask(
        self,
        question: str,
        history: Iterable[Sequence[str]] = (),
        *,
        k: int = 8,
        since: Day | None = None,
        until: Day | None = None,
        sources: str | Iterable[str] | None = None,
        as_of: Day | None = None,
        mode: Mode = "answer",
        ignore: str | Iterable[str] = (),
    ) -> Answer:
        """What the articles tell on `question`.

        Parameters
        ----------
        question : str
            Up to 10,000 characters. ``source:NAME``, ``after:DATE``, ``before:DATE``, ``"exact
            words"`` and ``-word`` in it leave out what does not meet them.
        history : iterable of (question, answer text) pairs
            The conversation so far, oldest first.
        k : int
            How many hits to give, at least 1; it does not change how many are read.
        since, until : datetime.date or ISO string, optional
            First and last day of publication, both included; undated articles are left out.
        sources : str or iterable of str, optional
            Outlets; ``"CNN"`` is also ``"www.cnn.com"``.
        as_of : datetime.date or ISO string, optional
            Leaves out what was published later; undated articles stay.
        mode : {"answer", "passages"}
            Sentences that answer, or the passages found.
        ignore : str or iterable of str
            What is not to be understood: "sources", "time" and "recent" of what the question's
            prose prefers, "spelling" (no word is put right), "history" (the question is taken as
            it stands).

        Raises
        ------
        QuestionError
            The question is empty or too long.
        ValueError
            `k` is below 1, `since` lies after `until`, a date or `mode` is none, or `ignore` holds
            another name.
        """
        *_, answer = self.stream(
            question,
            history,
            k=k,
            since=since,
            until=until,
            sources=sources,
            as_of=as_of,
            mode=mode,
            ignore=ignore,
        )
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Iterable[Sequence[str]] = (),
        *,
        k: int = 8,
        since: Day | None = None,
        until: Day | None = None,
        sources: str | Iterable[str] | None = None,
        as_of: Day | None = None,
        mode: Mode = "answer",
        ignore: str | Iterable[str] = (),
        must_answer: bool = False,
    ) -> Iterator[tuple[Hit, ...] | Answer]:
        """As `ask`, but yields the hits as soon as they are found, then the Answer.

        Bad arguments are raised at the call, not at the first step. `must_answer`, which turns
        declining off, is for `qa.evaluation` and may change.
        """
        _check_arguments(k, mode)
        ignored = checked_ignore(ignore)
        turns = () if "history" in ignored else tuple(history or ())
        query = make_query(question, turns, since=since, until=until, sources=sources, as_of=as_of)
        parts = part_texts(query) if mode == "answer" else (clean_question(question),)
        return self._stream(query, parts, turns, k, mode, ignored, must_answer)

    def _stream(
        self,
        query: Query,
        parts: Sequence[str],
        turns: Sequence[Sequence[str]],
        k: int,
        mode: Mode,
        ignore: frozenset[str],
        must_answer: bool,
    ) -> Iterator[tuple[Hit, ...] | Answer]:
        clock = _Clock()
        whole, said = clean_question(query.original), list(turns)
        searched: list[_Searched] = []
        drafts: list[tuple[Draft, float]] = []
        with self._store.view() as view:
            for part in parts:
                if searched:
                    # The next question may ask of whom this one's answer names.
                    searched[-1], drafted = self._draft(searched[-1], mode, k, must_answer)
                    drafts.append(drafted)
                    said.append(_turn_of(searched[-1].query, drafts[-1][0]))
                    clock.lap("compose")
                asked = query if part == whole else part_query(query, part, said)
                searched.append(self._search(asked, view, max(k, _READ), ignore))
                clock.lap("retrieve")
        # What breaks a condition is never among the hits.
        outside = _best_of([each.found.hits for each in searched if each.found.failure], k)
        yield _hits_within(searched, k)
        searched[-1], drafted = self._draft(searched[-1], mode, k, must_answer)
        drafts.append(drafted)
        draft, confidence = _as_one(searched, drafts)
        clock.lap("compose")
        yield Answer(
            question=query.original,
            text=draft.text,
            short_answer=draft.short_answer,
            citations=draft.citations,
            hits=_hits_within(searched, k),
            declined=draft.declined,
            confidence=confidence,
            understood=understood_together([each.understood for each in searched]),
            timings_ms=clock.total(),
            n_independent_sources=_n_stories(searched, draft),
            hits_outside=outside,
            reports=draft.reports,
            agreement=draft.agreement,
            parts=draft.parts,
        )

    def _search(self, query: Query, view: StoreView, k: int, ignore: frozenset[str]) -> _Searched:
        """What is found for a question that stands alone, and how it was understood."""
        today = query.where.as_of or datetime.date.today()
        if "spelling" not in ignore:
            query = mend_spelling(query, view)
        query = understand(query, view, today, ignore)
        found = self._find(query, view, k)
        understood = understood_of(query, view, filters_dropped=found.failure is not None)
        reason = reason_for_none(query, view, found.failure, has_hits=bool(found.hits))
        return _Searched(query, found, understood, reason)

    def _find(self, query: Query, view: StoreView, k: int) -> _Found:
        """The passages that meet the conditions; where none do, what there is without them."""
        retriever = Retriever(view, self._embedder, self._mix)
        copies = Copies(view, query.where)
        hits = retriever.retrieve(query, k, copies)
        if hits or not view.counts().articles:
            return _Found(hits, copies)
        for relaxed in relaxations(query, view):
            copies = Copies(view, relaxed.where)
            hits = retriever.retrieve(replace(query, where=relaxed.where), k, copies)
            if hits:
                return _Found(hits, copies, relaxed.reason)
        return _Found((), copies)

    def _draft(
        self, searched: _Searched, mode: Mode, k: int, must_answer: bool
    ) -> tuple[_Searched, tuple[Draft, float]]:
        """The answer and how sure it is, with the passages in the order that reading them gives."""
        query, found = searched.query, searched.found
        if not found.hits or found.failure:
            return searched, (decline(searched.reason), 0.0)
        verdict = self._judge(query, found, must_answer)
        found = replace(found, hits=in_final_order(found.hits, verdict.findings))
        if mode == "passages":
            draft = compose_passages(found.hits[:k], found.copies)
        elif verdict.is_answer:
            draft = compose_answer(verdict, found.copies)
        else:
            draft = decline(reason_of_form(query.asked or query.text) or searched.reason)
        return replace(searched, found=found), (draft, verdict.confidence)

    def _judge(self, query: Query, found: _Found, must_answer: bool) -> Verdict:
        """Weigh the hits for the question, those of the preferred outlets and time first.

        What an article's outlet and day tell, its text need not: "in May 2023" stands in no
        report of that month. Only where those do not answer are all asked, and in full.
        """
        hits, copies = found.hits[:_READ], found.copies
        meeting = [hit for hit in hits if query.core and meets(query.prefer, hit.article)]
        if meeting:
            verdict = judge(
                query.core, meeting, self._embedder, copies=copies, must_answer=must_answer
            )
            if verdict.is_answer or len(meeting) == len(hits):
                return verdict
        question = query.asked or query.text
        return judge(question, hits, self._embedder, copies=copies, must_answer=must_answer)

    def quote(
        self,
        text: str,
        *,
        k: int = 8,
        since: Day | None = None,
        until: Day | None = None,
        sources: str | Iterable[str] | None = None,
        as_of: Day | None = None,
    ) -> QuoteLookup:
        """Where the words of `text` were printed, how exactly, and what differs.

        Kinds of quotation marks and dashes, capitals, accents, line breaks and hyphens do not
        count. "…", "..." and "[...]" stand for words left out, square brackets hold the quoter's
        own. A misspelt, changed or missing word is forgiven and told; with less than that in
        common, it is not the quote.

        Parameters
        ----------
        text : str
            Up to 10,000 characters.
        k : int
            How many articles to tell, at least 1.
        since, until, sources, as_of
            What is searched, as in `ask`.

        Raises
        ------
        QuestionError
            `text` holds no word, or is too long.
        ValueError
            As in `ask`.
        """
        from qa.quote import look_up

        _check_arguments(k, "passages")
        where = make_filter(since=since, until=until, sources=sources, as_of=as_of)
        with self._store.view() as view:
            return look_up(view, text, k, where)

    def timeline(
        self,
        subject: str,
        *,
        k: int = 30,
        since: Day | None = None,
        until: Day | None = None,
        sources: str | Iterable[str] | None = None,
        as_of: Day | None = None,
        ignore: str | Iterable[str] = (),
    ) -> Timeline:
        """What the articles tell of a subject, in the order of time.

        Parameters
        ----------
        subject : str
            A name, a few words or a question; the written forms of `ask` hold here, too.
        k : int
            The most sentences to tell, at least 1; those that tell most of the subject are chosen.
        since, until : datetime.date or ISO string, optional
            First and last day to tell of, both included, whenever it was published.
        sources, as_of, ignore
            As in `ask`.

        Raises
        ------
        QuestionError, ValueError
            As in `ask`.
        """
        from qa.timeline import N_READ, make_timeline

        _check_arguments(k, "passages")
        days = make_filter(since=since, until=until)
        query = make_query(subject, sources=sources, as_of=as_of)
        ignored = checked_ignore(ignore)
        clock = _Clock()
        with self._store.view() as view:
            searched = self._search(query, view, N_READ, ignored)
            clock.lap("retrieve")
            found = searched.found
            # What breaks a condition is not told, only offered.
            hits = () if found.failure else found.hits
            told = make_timeline(searched.query.text, hits, found.copies, k, days.since, days.until)
        if told.declined:
            text = f"{told.text} {searched.reason}" if searched.reason else told.text
            told = replace(told, text=text, nearest=found.hits[:_NEAREST])
        clock.lap("compose")
        understood = {**searched.understood, "since": iso(days.since), "until": iso(days.until)}
        return replace(told, subject=subject, understood=understood, timings_ms=clock.total())

    def article(self, article_id: str, content_sha256: str | None = None) -> Article:
        """An article of the collection, with its text.

        Parameters
        ----------
        article_id : str
        content_sha256 : str, optional
            Asks for that version, which may be a past one; without it, the current one.

        Raises
        ------
        CorpusError
            It is not, or no longer, in the collection.
        """
        with self._store.view() as view:
            article = view.article(article_id, content_sha256)
        if article is None:
            version = f" in the version {content_sha256[:12]}…" if content_sha256 else ""
            raise CorpusError(
                f"the collection holds no article {article_id!r}{version}; it may have been "
                "removed since it was cited"
            )
        return article

    def source_state(self, article: Article) -> SourceState:
        """What has become of the file that an article was read from; it is read anew for this."""
        return source_state(article)

    def articles(self) -> tuple[Article, ...]:
        """The current articles, by id."""
        with self._store.view() as view:
            return tuple(view.articles())

    def suggestions(
        self,
        n: int = 4,
        *,
        near: Sequence[Hit] = (),
        between: Callable[[], object] | None = None,
    ) -> tuple[str, ...]:
        """Up to `n` short questions, made of the articles, that the collection answers surely.

        Parameters
        ----------
        n : int
            At least 1.
        near : sequence of Hit
            Passages whose articles are to be asked about, such as those found for a question that
            was declined; without them, a sample of all articles is, once for each generation.
        between : callable, optional
            Called before each step of trying a question. It may wait, or raise to give up.

        Raises
        ------
        ValueError
            `n` is below 1.
        """
        from qa.suggest import suggest

        if near:
            return suggest(self, n, near, between)
        with self._suggesting:
            with self._store.view() as view:
                key = (view.generation, n)
            if key not in self._suggested:
                self._suggested = {key: suggest(self, n, between=between)}
            return self._suggested[key]

    def known_suggestions(self, n: int = 4) -> tuple[str, ...] | None:
        """The `suggestions` where they were made before, by any process; else None, at once."""
        from qa.suggest import recall

        with self._store.view() as view:
            key = (view.generation, n)
        if (known := self._suggested.get(key)) is None and (known := recall(self, n)) is not None:
            self._suggested = {key: known}
        return known

    def status(self) -> Status:
        """What the collection holds."""
        with self._store.view() as view:
            counts = view.counts()
            inventory = view.inventory()
            skipped = view.skipped()
            generation = view.generation
            waiting = view.count_waiting()
        return Status(
            path=self._store.location,
            corpus=str(self._corpus),
            articles=counts.articles,
            passages=counts.passages,
            undated=counts.undated,
            sources=counts.sources,
            first_published=counts.first_published,
            last_published=counts.last_published,
            model=self._store.manifest.model,
            generation=generation,
            size_bytes=self._store.size_bytes(),
            skipped=tuple(str(item) for item in skipped),
            past_versions=inventory.past_versions,
            stories=inventory.stories,
            formats=inventory.formats,
            weights_sha256=self._store.manifest.weights_sha256,
            waiting=waiting,
        )


_assistants: dict[Corpus, Assistant] = {}
_assistants_guard = threading.Lock()


def _forget_assistants() -> None:
    """In a forked child: an index's threads and connections stay with the parent."""
    global _assistants_guard
    _assistants_guard = threading.Lock()
    _assistants.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_assistants)


def ask(
    question: str,
    history: Iterable[Sequence[str]] = (),
    corpus: str | Path | None = None,
    *,
    k: int = 8,
    since: Day | None = None,
    until: Day | None = None,
    sources: str | Iterable[str] | None = None,
    as_of: Day | None = None,
    mode: Mode = "answer",
    ignore: str | Iterable[str] = (),
) -> Answer:
    """What a collection tells on `question`; see `Assistant.open` and `Assistant.ask`.

    The collection stays open for the life of the process.

    Examples
    --------
    >>> answer = ask("Who vowed to launch cyber-attacks against the US?")
    >>> answer.citations[0].title
    'Quds Force Commander Holds onto Retaliation Against US over Soleimani Assassination'
    >>> ask("What is the capital of Mongolia?").declined
    True
    """
    _check_arguments(k, mode)
    # Checked before a large collection is opened for a question that cannot be asked.
    checked_ignore(ignore)
    make_query(question, history or (), since=since, until=until, sources=sources, as_of=as_of)
    path = corpus_path(corpus)
    with _assistants_guard:
        if path not in _assistants:
            _assistants[path] = Assistant.open(corpus)
        assistant = _assistants[path]
    return assistant.ask(
        question,
        history,
        k=k,
        since=since,
        until=until,
        sources=sources,
        as_of=as_of,
        mode=mode,
        ignore=ignore,
    )


class _Clock:
    """Milliseconds a stage took, all its laps together, rounded to a hundredth."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(self._laps.get(name, 0.0) + (now - self._last) * 1000, 2)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self._laps, "total": round((self._last - self._start) * 1000, 2)}


def _check_arguments(k: int, mode: str) -> None:
    if isinstance(k, bool) or not isinstance(k, int):
        raise TypeError(f"k must be a whole number, got {k!r}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}; it is the number of passages to give")
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {_MODES}, got {mode!r}")


def _turn_of(query: Query, draft: Draft) -> Turn:
    """A question that was answered, as what the next one may lean on."""
    return Turn(query.asked or query.text, draft.short_answer or draft.text)


def _hits_within(searched: Sequence[_Searched], k: int) -> tuple[Hit, ...]:
    """The first `k` hits; what breaks a condition is never among them."""
    return _best_of([each.found.hits for each in searched if not each.found.failure], k)


def _best_of(found: Sequence[Sequence[Hit]], k: int) -> tuple[Hit, ...]:
    """The first `k` hits of several searches: as many of each, then by score."""
    if len(found) < 2:
        return tuple(found[0][:k]) if found else ()
    turns = (hit for hits in itertools.zip_longest(*found) for hit in hits if hit is not None)
    chosen: dict[str, Hit] = {}
    for hit in turns:
        if hit.passage.id in chosen or len(chosen) < k:
            known = chosen.setdefault(hit.passage.id, hit)
            chosen[hit.passage.id] = max(known, hit, key=lambda each: each.score)
    return tuple(sorted(chosen.values(), key=lambda each: (-each.score, each.passage.id)))


def _as_one(
    searched: Sequence[_Searched], drafts: Sequence[tuple[Draft, float]]
) -> tuple[Draft, float]:
    """The one draft there is, or all of them together, with how sure the least sure answer is."""
    if len(drafts) == 1:
        return drafts[0]
    questions = [each.query.asked or each.query.text for each in searched]
    draft = compose_parts([(q, *each) for q, each in zip(questions, drafts, strict=True)])
    answered = [sure for part, sure in drafts if not part.declined]
    return draft, min(answered) if answered else max(sure for _, sure in drafts)


def _n_stories(searched: Sequence[_Searched], draft: Draft) -> int:
    """How many stories are cited; with several questions, their articles may not be compared."""
    cited = {each.article_id for each in draft.citations}
    known = [{hit.article.id for hit in each.found.hits} for each in searched]
    total, counted = 0, set[str]()
    for each, articles in zip(searched, known, strict=True):
        total += each.found.copies.n_stories((cited & articles) - counted)
        counted |= articles
    return total
