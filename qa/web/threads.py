"""The list of conversations that the browser keeps: its frame, and what is told to it."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any

from qa import Answer
from qa.export import escape
from qa.web import wording
from qa.web.kept import MAX_CHARS, keep

# A browser keeps some 5,000,000 characters for all pages of one host and port.
_MAX_CONVERSATIONS = 50
_MAX_CHARS_IN_ALL = 4 * MAX_CHARS
_MAX_TITLE = 120
_THREAD = re.compile(r"[0-9a-f]{16}")

_WORDS = {
    "today": wording.TODAY,
    "week": wording.LAST_WEEK,
    "earlier": wording.EARLIER,
    "none": wording.NO_CONVERSATION,
    "unreadable": wording.UNREADABLE_CONVERSATION,
    "options": wording.CONVERSATION_OPTIONS,
    "optionsHint": wording.OPTIONS,
    "rename": wording.RENAME,
    "newName": wording.NEW_NAME,
    "delete": wording.DELETE,
    "deleted": wording.DELETED,
    "undo": wording.UNDO,
    "notKept": wording.NOT_KEPT,
    "formats": wording.EXPORT_AS,
}


def render_threads() -> str:
    """The frame of the list; the browser fills it."""
    limits = {"conversations": _MAX_CONVERSATIONS, "chars": _MAX_CHARS_IN_ALL}
    note = wording.KEPT_HERE.format(n=_MAX_CONVERSATIONS)
    return (
        f'<nav class="threads" aria-label="{wording.CONVERSATIONS}" '
        f'data-words="{escape(json.dumps(_WORDS))}" data-limits="{escape(json.dumps(limits))}">'
        f'<div class="threads-head"><h2>{wording.CONVERSATIONS}</h2>'
        f'<button type="button" class="shut">{wording.CLOSE}</button></div>'
        f'<div class="list" tabindex="-1"></div><p class="undone" role="status"></p>'
        f'<p class="kept-note">{note}</p></nav><div id="veil"></div>'
    )


def thread_of(sent: object) -> str:
    """The name of a conversation as the browser tells it; a new one for what is none."""
    is_one = isinstance(sent, str) and _THREAD.fullmatch(sent)
    return sent if is_one and isinstance(sent, str) else secrets.token_hex(8)


def tell_kept(thread: str, answers: Sequence[Answer], *, title: str | None = None) -> str:
    """What the browser is to keep of a conversation, as JSON.

    It is called by its first question, or for good by `title`.
    """
    told: dict[str, Any] = {
        "thread": thread,
        "title": " ".join((title or answers[0].question).split())[:_MAX_TITLE],
        "named": title is not None,
        "turns": keep(answers),
    }
    return json.dumps({"keep": told})


def tell_suggested(questions: Sequence[str], n_turns: int) -> str:
    """Questions for the browser to offer below the last of so many answers, as JSON."""
    told = {"heading": wording.EXAMPLES, "questions": list(questions), "turns": n_turns}
    return json.dumps({"suggest": told, "time": secrets.token_hex(4)})


def tell_offered(name: str, questions: Sequence[str]) -> str:
    """Questions to begin with for the browser that waits for those of `name`, as JSON."""
    return json.dumps({"of": name, "questions": list(questions), "time": secrets.token_hex(4)})


def tell_file(name: str, media_type: str, text: str) -> str:
    """A file for the browser to save, as JSON; each time another, so that it is seen."""
    file = {"file": name, "type": media_type, "text": text}
    return json.dumps({"file": file, "time": secrets.token_hex(4)})
