"""A conversation as a file: Markdown, a web page that needs nothing else, JSON, or plain text."""

from __future__ import annotations

import datetime
import json
import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from qa.export import wording
from qa.export.credits import also_in_of, credits_of
from qa.export.escaping import escape, web_host
from qa.export.references import escape_markdown, markdown_reference
from qa.terminal import answer_text
from qa.types import Answer, Citation

Format = Literal["markdown", "html", "json", "text"]
# What a file's name may end in, to say its format.
ENDINGS: dict[str, Format] = {
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".txt": "text",
}

_MARKER = re.compile(r"\[(\d+)\]")
_MAX_NAME = 60
# For the screen and for paper: no colour that print would lose, no rule that parts a quote.
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2.5rem auto; padding: 0 1.25rem; font: 1.0625rem/1.55 Charter,
  Cambria, Georgia, "Liberation Serif", serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; line-height: 1.3; }
section { border-top: 1px solid; margin-top: 2rem; break-inside: auto; }
.short { font-weight: 700; } .told { white-space: pre-line; }
ol { list-style: none; padding: 0; } li { margin: 0 0 1rem; break-inside: avoid; }
blockquote { margin: 0; padding-inline-start: 0.9rem; border-inline-start: 2px solid; }
.credit, .extent, h3 { font: 0.875rem/1.45 system-ui, sans-serif; margin: 0.25rem 0 0; }
h3 { font-weight: 600; margin: 1.25rem 0 0.6rem; }
a { color: inherit; } a.marker { text-decoration: none; font-weight: 600; }
.lost { font-style: italic; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } }
"""


class File(NamedTuple):
    """What is to be saved."""

    name: str
    media_type: str
    text: str


def export(
    title: str, answers: Sequence[Answer], file_format: Format, today: datetime.date
) -> File:
    """The conversation as a file, each answer with its sources."""
    write, ending, media_type = _WRITERS[file_format]
    return File(f"{_file_name(title)}.{ending}", media_type, write(title, answers, today))


def to_markdown(title: str, answers: Sequence[Answer], today: datetime.date) -> str:
    """CommonMark: a heading a question, the answer, then its sources by number."""
    parts = [f"# {escape_markdown(title)}", _told_export(today)]
    for answer in answers:
        parts.append(f"## {escape_markdown(answer.question)}")
        if answer.short_answer:
            parts.append(f"**{escape_markdown(answer.short_answer)}**")
        parts += [escape_markdown(each) for each in _paragraphs(answer)]
        if answer.citations:
            parts.append(f"### {wording.SOURCES}")
        # No list: its numbers would be the reader's own, not those of the markers.
        parts += [
            f"\\[{each.marker}\\] {markdown_reference(each, each.quote)}{_lost_in(each, answer)}"
            for each in answer.citations
        ]
    return "\n\n".join(parts) + "\n"


def to_html(title: str, answers: Sequence[Answer], today: datetime.date) -> str:
    """A web page without script, image or address but those of the articles; it prints well."""
    turns = "".join(_html_turn(at, answer) for at, answer in enumerate(answers, 1))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body><h1 dir="auto">{escape(title)}</h1><p class="extent">{_told_export(today)}</p>'
        f"{turns}</body></html>\n"
    )


def to_json(title: str, answers: Sequence[Answer], today: datetime.date) -> str:
    """The answers as ``qa --json`` prints them, in a list."""
    told = {
        "title": title,
        "exported": today.isoformat(),
        "answers": [answer.to_dict() for answer in answers],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def to_text(_title: str, answers: Sequence[Answer], _today: datetime.date) -> str:
    """Each question, quoted as in a letter, with its answer as a terminal shows it."""
    return "\n\n".join(
        f"{textwrap.indent(answer.question, '> ')}\n\n{answer_text(answer)}\n" for answer in answers
    )


_WRITERS: dict[Format, tuple[Callable[[str, Sequence[Answer], datetime.date], str], str, str]] = {
    "markdown": (to_markdown, "md", "text/markdown;charset=utf-8"),
    "html": (to_html, "html", "text/html;charset=utf-8"),
    "json": (to_json, "json", "application/json"),
    "text": (to_text, "txt", "text/plain;charset=utf-8"),
}


def _told_export(today: datetime.date) -> str:
    return wording.EXPORTED.format(day=wording.day(today))


def _paragraphs(answer: Answer) -> list[str]:
    return [line for line in answer.text.split("\n") if line.strip()]


def _is_lost(citation: Citation, answer: Answer) -> bool:
    return citation.marker in answer.understood.get("lost", ())


def _lost_in(citation: Citation, answer: Answer) -> str:
    return f" ({wording.LOST})" if _is_lost(citation, answer) else ""


def _html_turn(at: int, answer: Answer) -> str:
    short = answer.short_answer
    told_short = f'<p class="short" dir="auto">{escape(short)}</p>' if short else ""
    markers = {citation.marker for citation in answer.citations}
    paragraphs = "".join(
        f'<p class="told" dir="auto">{_html_linked(each, at, markers)}</p>'
        for each in _paragraphs(answer)
    )
    sources = "".join(_html_source(at, citation, answer) for citation in answer.citations)
    listed = f"<h3>{wording.SOURCES}</h3><ol>{sources}</ol>" if sources else ""
    return (
        f'<section><h2 dir="auto">{escape(answer.question)}</h2>{told_short}{paragraphs}{listed}'
        "</section>"
    )


def _html_linked(text: str, at: int, markers: set[int]) -> str:
    def linked(match: re.Match[str]) -> str:
        marker = match[1]
        if int(marker) not in markers:
            return match[0]
        return f'<a class="marker" href="#source-{at}-{int(marker)}">[{marker}]</a>'

    return _MARKER.sub(linked, escape(text))


def _html_source(at: int, citation: Citation, answer: Answer) -> str:
    title, outlet, day = (escape(each) for each in credits_of(citation))
    author = f"{escape(citation.author)}, " if citation.author else ""
    if citation.url and web_host(citation.url):
        title = f'<a href="{escape(citation.url)}" rel="noopener noreferrer">{title}</a>'
        # On paper a link is nothing without its address.
        address = f"<br>{escape(citation.url)}"
    else:
        address = ""
    also = f" · {escape(also_in_of(citation))}" if citation.also_in else ""
    lost = f' <span class="lost">({wording.LOST})</span>' if _is_lost(citation, answer) else ""
    return (
        f'<li id="source-{at}-{citation.marker}"><blockquote dir="auto">[{citation.marker}] '
        f'“{escape(citation.quote)}”</blockquote><p class="credit" dir="auto">{author}{title}, '
        f"{outlet}, {day}{also}{lost}{address}</p></li>"
    )


def _file_name(title: str) -> str:
    """The title as a name that every file system takes."""
    kept = [
        character if unicodedata.category(character)[0] in "LMN" else " " for character in title
    ]
    name = "-".join("".join(kept).split())[:_MAX_NAME].strip("-")
    return name or wording.CONVERSATION.casefold()
