"""What happens when somebody asks, opens a citation or starts anew: events in, HTML out."""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any, Literal

import gradio as gr

from qa import Answer, Article, Assistant, DatelineError, Hit, without_filters
from qa.export import export
from qa.web import wording
from qa.web.chips import FILTERS, IGNORED
from qa.web.dropped import Drop
from qa.web.kept import Find, restore
from qa.web.markup import Place
from qa.web.reading import Cited, Tab, render_article, render_problem, render_steps
from qa.web.render import (
    Pending,
    render_conversation,
    render_masthead,
    render_notice,
    render_welcome,
)
from qa.web.suggestions import Suggestions
from qa.web.threads import tell_file, tell_kept, tell_offered, tell_suggested, thread_of
from qa.web.workers import Workers

_LOG = logging.getLogger(__name__)

DEFAULT_K = 8
# How many of an answer's citations can be stepped through.
_MAX_STEPS = 100
# How many questions a decline offers.
_SUGGESTED = 3

# How long an answer that is given up holds its place.
_CANCELLABLE_SECONDS = 0.2

Conversation = tuple[Answer, ...]
_Found = tuple[Hit, ...] | Answer


class Desk:
    """The events of one page over one collection; the conversations live with the browsers."""

    def __init__(self, assistant: Assistant, workers: Workers | None = None) -> None:
        self._assistant = assistant
        self._workers = workers or Workers()
        self._suggestions = Suggestions(self._workers)

    def masthead(self) -> str:
        """The name of the page and the extent of the collection."""
        return render_masthead(self._assistant.status())

    def outlets(self, drop: Drop | None = None) -> list[str]:
        """The outlets that can be chosen in what is searched."""
        return list(self._searched(drop).status().sources)

    def welcome(self, drop: Drop | None = None) -> str:
        """The empty conversation, with questions that what is searched can answer."""
        hail = wording.WELCOME_DROPPED if drop and drop.is_searched else wording.WELCOME
        searched = self._searched(drop)
        return render_welcome(
            self._suggestions.of(searched), hail, self._suggestions.name(searched)
        )

    def offer(self, drop: Drop | None) -> Any:
        """For the browser: the questions to begin with, once they are made."""
        searched = self._searched(drop)
        try:
            questions = self._suggestions.of(searched)
        except DatelineError as error:
            _LOG.warning("no questions could be suggested: %s", error)
            questions = ()
        if questions is None:
            return gr.skip()
        return tell_offered(self._suggestions.name(searched), questions)

    def refresh(self) -> tuple[Any, Any]:
        """Masthead and outlets as the collection is now; articles may have come since."""
        try:
            return self.masthead(), gr.Dropdown(choices=self.outlets())
        except DatelineError as error:
            _LOG.warning("the collection could not be described: %s", error)
            return gr.skip(), gr.skip()

    def converse(
        self,
        conversation: Conversation,
        drop: Drop | None,
        mode: Literal["answer", "passages"],
        since: str | None,
        until: str | None,
        as_of: str | None,
        sources: Sequence[str] | None,
        k: int,
        thread: str,
        event: gr.EventData,
    ) -> Iterator[tuple[Any, ...]]:
        """What the page shows next, step by step, in the order of `_step`.

        The browser tells what is asked: a question, one edited, the last one again, or that with a
        chip taken away. After a failure everything is as it was, with a notice. Where answers would
        be lost, those after an edited question, a new conversation is begun, and the one before
        stays kept as it is.
        """
        asked = _asked(conversation, event)
        thread = thread_of("" if asked.is_branch else thread)
        question, earlier = asked.question, asked.earlier
        filters = {"since": since, "until": until, "as_of": as_of, "sources": sources}
        kept: dict[str, Any] = {
            name: value or None for name, value in filters.items() if name != asked.removed
        }
        shown: Any = gr.skip()
        try:
            steps = self._searched(drop).stream(
                question, _history(earlier), k=k, mode=mode, ignore=asked.ignored, **kept
            )
            shown = self._shown(conversation, drop)
            yield _step(render_conversation(earlier, Pending(question)))
            for step in _in_background(steps, self._workers):
                if step is None:
                    yield _step(gr.skip())
                elif isinstance(step, Answer):
                    answers = (*earlier, self._told(step, drop, asked))
                    cleared = [
                        _EMPTY[name] if name == asked.removed else gr.skip() for name in filters
                    ]
                    title = question if asked.is_branch else None
                    named = (thread, tell_kept(thread, answers, title=title))
                    yield _step(render_conversation(answers), answers, filters=cleared, kept=named)
                else:
                    yield _step(render_conversation(earlier, Pending(question, step)))
        except Exception as error:  # noqa: BLE001 - no failure may end as a traceback on the page
            yield _step(shown, notice=render_notice(reason_of(error)))

    def ask_once(
        self,
        question: str,
        history: list[list[str]] | None = None,
        k: int = DEFAULT_K,
        since: str | None = None,
        until: str | None = None,
        sources: list[str] | None = None,
        as_of: str | None = None,
        mode: Literal["answer", "passages"] = "answer",
        ignore: list[str] | None = None,
    ) -> dict[str, Any]:
        """Answer one question; the same JSON as `qa --json`."""
        try:
            with self._workers.asking():
                return self._assistant.ask(
                    question,
                    history=[(asked, answered) for asked, answered in history or ()],
                    k=k,
                    since=since,
                    until=until,
                    sources=sources,
                    as_of=as_of,
                    mode=mode,
                    ignore=ignore or (),
                ).to_dict()
        except Exception as error:
            raise gr.Error(reason_of(error), print_exception=False) from error

    def open(self, drop: Drop | None, event: gr.EventData) -> str:
        """The article a link names, its sentence marked; one line where that cannot be.

        Above it, the way to the answer's other citations, which the browser tells.
        """
        sent = event._data if isinstance(event._data, dict) else {}
        try:
            place = Place.from_fragment(str(sent.get("fragment")))
        except ValueError as error:
            return render_problem(reason_of(error))
        among = _cited(sent.get("among"))
        tabs = self._tabs(place, among, drop)
        try:
            article = self._article(place, drop)
        except Exception as error:  # noqa: BLE001 - as above
            return render_steps(place, among, tabs, None) + render_problem(reason_of(error))
        if not place.is_in(article):
            return render_steps(place, among, tabs, None) + render_problem(wording.CHANGED)
        return render_steps(place, among, tabs, article) + render_article(
            article,
            place,
            self._assistant.source_state(article),
            others=[each for each in among if each.marker is not None],
            is_superseded=self._is_superseded(article, drop),
        )

    def start_anew(self, drop: Drop | None) -> tuple[Conversation, str, str, str]:
        """An empty conversation without a name, its HTML, and no notice."""
        return (), "", self.welcome(drop), ""

    def resume(self, drop: Drop | None, event: gr.EventData) -> tuple[Conversation, str, str, str]:
        """As `start_anew`, with a conversation that the browser has kept."""
        sent = event._data if isinstance(event._data, dict) else {}
        restored = restore(sent.get("turns"), self._finder(drop))
        notice = ""
        if restored.n_unreadable:
            answers = wording.counted(restored.n_unreadable, "answer")
            notice = render_notice(wording.UNREADABLE_ANSWERS.format(answers=answers))
        shown = self._shown(restored.answers, drop)
        return restored.answers, thread_of(sent.get("thread")), shown, notice

    def export(self, drop: Drop | None, event: gr.EventData) -> tuple[Any, str]:
        """A kept conversation as a file for the browser to save, and a notice."""
        sent = event._data if isinstance(event._data, dict) else {}
        restored = restore(sent.get("turns"), self._finder(drop))
        if not restored.answers or sent.get("format") not in wording.EXPORT_AS:
            return gr.skip(), render_notice(wording.NO_EXPORT)
        title = str(sent.get("title") or restored.answers[0].question)
        file = export(title, restored.answers, sent["format"], datetime.date.today())
        return tell_file(*file), ""

    def suggest(self, conversation: Conversation, drop: Drop | None) -> Any:
        """For the browser: questions that have answers, near one that was just declined.

        It is called when the decline is already shown, since each question is tried.
        """
        if not conversation or not conversation[-1].declined:
            return gr.skip()
        nearest = conversation[-1].hits or conversation[-1].hits_outside
        try:
            searched = self._searched(drop)
            between = self._workers.stand_back
            questions = searched.suggestions(_SUGGESTED, near=nearest, between=between)
            questions = questions or searched.suggestions(between=between)
        except Exception as error:  # noqa: BLE001 - the decline stands without them
            reason_of(error)
            return gr.skip()
        return tell_suggested(questions, len(conversation)) if questions else gr.skip()

    def stop(self, conversation: Conversation, drop: Drop | None) -> tuple[str, str]:
        """The conversation as it was before the question that is given up, and no notice."""
        return self._shown(conversation, drop), ""

    def _told(self, answer: Answer, drop: Drop | None, asked: _Asked) -> Answer:
        """The answer with what was not understood, how much was searched, and whether dropped."""
        with self._searched(drop).store.view() as view:
            more: dict[str, Any] = {"articles_searched": view.counts().articles}
        if asked.ignored:
            more["ignored"] = asked.ignored
        if drop is not None and drop.is_searched:
            more["dropped"] = drop.extent
        return replace(answer, understood={**answer.understood, **more})

    def _searched(self, drop: Drop | None) -> Assistant:
        return drop.articles.assistant if drop and drop.is_searched else self._assistant

    def _tabs(self, place: Place, among: Sequence[Cited], drop: Drop | None) -> list[Tab]:
        """The articles of an answer's citations, each opened at the first of them."""
        firsts: dict[tuple[str, str], Place] = {}
        for each in (cited.place for cited in among):
            firsts.setdefault((each.article_id, each.content_sha256), each)
        tabs: list[Tab] = []
        for (article_id, content_sha256), first in firsts.items():
            with contextlib.suppress(DatelineError):
                article = self._finder(drop)(article_id, content_sha256)
                is_open = (place.article_id, place.content_sha256) == (article_id, content_sha256)
                title = article.title or article.source or wording.UNTITLED
                tabs.append(Tab(title, (place if is_open else first).to_fragment(), is_open))
        return tabs

    def _is_superseded(self, article: Article, drop: Drop | None) -> bool:
        """Whether what is searched now has other words under the article's id."""
        try:
            return self._finder(drop)(article.id, None).content_sha256 != article.content_sha256
        except DatelineError:
            return False

    def _article(self, place: Place, drop: Drop | None) -> Article:
        return self._finder(drop)(place.article_id, place.content_sha256)

    def _finder(self, drop: Drop | None) -> Find:
        """Gives an article from what was dropped or from the collection, whatever is searched now.

        An answer's links work on after the other was chosen; the text's hash tells them apart.
        """

        def find(article_id: str, content_sha256: str | None) -> Article:
            if drop is not None:
                with contextlib.suppress(DatelineError):
                    return drop.articles.assistant.article(article_id, content_sha256)
            return self._assistant.article(article_id, content_sha256)

        return find

    def _shown(self, conversation: Conversation, drop: Drop | None) -> str:
        return render_conversation(conversation) if conversation else self.welcome(drop)


def _in_background(steps: Iterator[_Found], workers: Workers) -> Iterator[_Found | None]:
    """The steps as they come, and None while nothing has: an event can be cancelled only then."""
    told: SimpleQueue[_Found | Exception] = SimpleQueue()
    is_given_up = threading.Event()
    workers.start(_work, steps, told, is_given_up, workers)
    try:
        step: _Found | Exception | None = None
        while not isinstance(step, Answer):
            try:
                step = told.get(timeout=_CANCELLABLE_SECONDS)
            except Empty:
                step = None
            if isinstance(step, Exception):
                raise step
            yield step
    finally:
        is_given_up.set()


def _work(
    steps: Iterator[_Found],
    told: SimpleQueue[_Found | Exception],
    is_given_up: threading.Event,
    workers: Workers,
) -> None:
    try:
        with workers.asking():
            for step in steps:
                if is_given_up.is_set():
                    return
                told.put(step)
    except Exception as error:  # noqa: BLE001 - raised again where it can be told
        told.put(error)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what goes with it.

    Attributes
    ----------
    question : str
    earlier : tuple of Answer
        The answers that stay before it.
    ignored : tuple of str
        What is not to be understood; see `Assistant.ask`.
    removed : str or None
        The filter whose field is to be emptied.
    is_branch : bool
        Whether later answers stay behind, in the conversation as it was.
    """

    question: str
    earlier: Conversation
    ignored: tuple[str, ...] = ()
    removed: str | None = None
    is_branch: bool = False


# A filter's field without a value.
_EMPTY: dict[str, Any] = {"since": "", "until": "", "as_of": "", "sources": []}


def _asked(conversation: Conversation, event: gr.EventData) -> _Asked:
    sent = event._data if isinstance(event._data, dict) else {}
    if "edit" in sent:
        return _edited(sent, conversation)
    if not conversation or not {"again", "remove"} & set(sent):
        return _Asked(str(sent.get("question", "")), conversation)
    last, earlier = conversation[-1], conversation[:-1]
    if "again" in sent:
        return _Asked(last.question, earlier)
    chip = str(sent["remove"])
    ignored = (*last.understood.get("ignored", ()), *filter(None, [IGNORED.get(chip)]))
    if chip not in FILTERS:
        return _Asked(last.question, earlier, ignored)
    return _Asked(without_filters(last.question, {chip}), earlier, ignored, chip)


def _edited(sent: dict[str, Any], conversation: Conversation) -> _Asked:
    """A sent question in other words; or how it was read, which then stands by itself."""
    at = sent["edit"]
    at = min(max(at, 0), len(conversation)) if isinstance(at, int) else len(conversation)
    ignored = ("history",) if sent.get("standalone") else ()
    is_branch = at < len(conversation) - 1
    question = str(sent.get("question", ""))
    return _Asked(question, conversation[:at], ignored, is_branch=is_branch)


def _history(answers: Conversation) -> list[tuple[str, str]]:
    """Questions as they were searched, with their answers' texts, a bare answer on a first line."""
    return [
        (
            answer.understood.get("query") or answer.question,
            "\n".join(filter(None, [answer.short_answer, answer.text])),
        )
        for answer in answers
    ]


def _step(
    talk: Any,
    conversation: Any = None,
    *,
    notice: str = "",
    filters: Sequence[Any] | None = None,
    kept: tuple[str, str] | None = None,
) -> tuple[Any, ...]:
    """HTML, conversation, notice, the four filters, the conversation's name, what to keep.

    What is not given stays as it is.
    """
    skip = gr.skip()
    return (
        talk,
        skip if conversation is None else conversation,
        notice,
        *(filters or [skip] * len(_EMPTY)),
        *(kept or (skip, skip)),
    )


def reason_of(error: Exception) -> str:
    """The failure in one line; what nobody foresaw goes to the log in full."""
    if isinstance(error, (DatelineError, ValueError)):
        return " ".join(str(error).split())
    _LOG.error("an unforeseen failure on the page", exc_info=error)
    return wording.BROKEN


def _cited(among: object) -> list[Cited]:
    """The places that an answer links to, as the browser tells them; each once, in their order."""
    known: dict[Place, Cited] = {}
    for each in among[:_MAX_STEPS] if isinstance(among, list) else ():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            place, marker = Place.from_fragment(str(each["fragment"])), each.get("marker")
            known.setdefault(place, Cited(place, marker if isinstance(marker, int) else None))
    return list(known.values())
