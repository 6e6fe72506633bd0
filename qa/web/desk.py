"""What happens when somebody asks, opens a citation or starts anew: events in, HTML out."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import gradio as gr

from qa import Answer, Article, Assistant, DatelineError
from qa.web import wording
from qa.web.dropped import Drop
from qa.web.markup import Place
from qa.web.reading import render_article, render_problem
from qa.web.render import (
    Pending,
    render_conversation,
    render_masthead,
    render_notice,
    render_welcome,
)

_LOG = logging.getLogger(__name__)

DEFAULT_K = 8

Conversation = tuple[Answer, ...]


class Desk:
    """The events of one page over one collection; the conversations live with the browsers."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def masthead(self) -> str:
        """The name of the page and the extent of the collection."""
        return render_masthead(self._assistant.status())

    def outlets(self, drop: Drop | None = None) -> list[str]:
        """The outlets that can be chosen in what is searched."""
        return list(self._searched(drop).status().sources)

    def welcome(self, drop: Drop | None = None) -> str:
        """The empty conversation, with questions that what is searched can answer."""
        hail = wording.WELCOME_DROPPED if drop and drop.is_searched else wording.WELCOME
        return render_welcome(self._searched(drop).example_questions(), hail)

    def refresh(self) -> tuple[Any, Any]:
        """Masthead and outlets as the collection is now; articles may have come since."""
        try:
            return self.masthead(), gr.Dropdown(choices=self.outlets())
        except DatelineError as error:
            _LOG.warning("the collection could not be described: %s", error)
            return gr.skip(), gr.skip()

    def converse(
        self,
        written: str,
        conversation: Conversation,
        drop: Drop | None,
        mode: Literal["answer", "passages"],
        since: str | None,
        until: str | None,
        as_of: str | None,
        sources: Sequence[str] | None,
        k: int,
        event: gr.EventData,
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Conversation as HTML, conversation, question field and notice, step by step.

        An example and "ask again" bring a question of their own; what is written in the
        field then stays there. After a failure everything is as it was, with a notice.
        """
        question, earlier, left = _asked(written, conversation, event)
        shown = kept = gr.skip()
        try:
            steps = self._searched(drop).stream(
                question,
                [(answer.question, answer.text) for answer in earlier],
                k=k,
                since=since or None,
                until=until or None,
                as_of=as_of or None,
                sources=sources or None,
                mode=mode,
            )
            shown, kept = self._shown(conversation, drop), written
            yield render_conversation(earlier, Pending(question)), gr.skip(), left, ""
            for step in steps:
                if isinstance(step, Answer):
                    answers = (*earlier, _told_where(step, drop))
                    yield render_conversation(answers), answers, gr.skip(), ""
                else:
                    found = render_conversation(earlier, Pending(question, step))
                    yield found, gr.skip(), gr.skip(), ""
        except Exception as error:  # noqa: BLE001 - no failure may end as a traceback on the page
            yield shown, gr.skip(), kept, render_notice(reason_of(error))

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
    ) -> dict[str, Any]:
        """Answer one question; the same JSON as `qa --json`."""
        try:
            return self._assistant.ask(
                question,
                history=[(asked, answered) for asked, answered in history or ()],
                k=k,
                since=since,
                until=until,
                sources=sources,
                as_of=as_of,
                mode=mode,
            ).to_dict()
        except Exception as error:
            raise gr.Error(reason_of(error), print_exception=False) from error

    def open(self, drop: Drop | None, event: gr.EventData) -> str:
        """The article a link names, its sentence marked; one line where that cannot be."""
        try:
            place = Place.from_fragment(event.fragment)
            article = self._article(place, drop)
        except Exception as error:  # noqa: BLE001 - as above
            return render_problem(reason_of(error))
        if not place.is_in(article):
            return _changed()
        return render_article(article, place, self._assistant.source_state(article))

    def start_anew(self, drop: Drop | None) -> tuple[Conversation, str, str, str]:
        """An empty conversation over what is searched, its HTML, and no question or notice."""
        return (), self.welcome(drop), "", ""

    def _searched(self, drop: Drop | None) -> Assistant:
        return drop.articles.assistant if drop and drop.is_searched else self._assistant

    def _article(self, place: Place, drop: Drop | None) -> Article:
        """The article from what was dropped or from the collection, whichever is searched now.

        An answer's links work on after the other was chosen; the text's hash tells them apart.
        """
        if drop is not None:
            with contextlib.suppress(DatelineError):
                return drop.articles.assistant.article(place.article_id, place.content_sha256)
        return self._assistant.article(place.article_id, place.content_sha256)

    def _shown(self, conversation: Conversation, drop: Drop | None) -> str:
        return render_conversation(conversation) if conversation else self.welcome(drop)


def filters_label(*values: Any) -> Any:
    """The heading of the filters, with the number of those that are set."""
    *limits, k = values
    number = sum(bool(limit) for limit in limits) + (k != DEFAULT_K)
    return gr.Accordion(label=f"{wording.FILTERS} ({number} set)" if number else wording.FILTERS)


def _asked(
    written: str, conversation: Conversation, event: gr.EventData
) -> tuple[str, Conversation, str]:
    """The question, the answers that stay before it, and what is left in the field."""
    sent = event._data if isinstance(event._data, dict) else {}
    if "question" in sent:
        return str(sent["question"]), conversation, written
    if "again" in sent and conversation:
        return conversation[-1].question, conversation[:-1], written
    return written, conversation, ""


def _told_where(answer: Answer, drop: Drop | None) -> Answer:
    """The answer, saying that it is of what was dropped where it is."""
    if drop is None or not drop.is_searched:
        return answer
    return replace(answer, understood={**answer.understood, "dropped": drop.extent})


def reason_of(error: Exception) -> str:
    """The failure in one line; what nobody foresaw goes to the log in full."""
    if isinstance(error, (DatelineError, ValueError)):
        return " ".join(str(error).split())
    _LOG.error("an unforeseen failure on the page", exc_info=error)
    return wording.BROKEN


def _changed() -> str:
    return render_problem(wording.CHANGED)
