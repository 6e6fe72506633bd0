"""A conversation as HTML: each answer with the sentences it rests on in plain view."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qa import Answer, AnsweredPart, Citation, Hit, Report, Status
from qa.export import also_in_of, credits_of, escape
from qa.web import wording
from qa.web.chips import FILTERS, render_chips
from qa.web.sources import (
    render_evidence,
    render_marker,
    render_passages,
    with_same_words,
)

_MARKER = re.compile(r"\[(\d+)\]")
_PARAGRAPH = re.compile(r"\s*\n\s*")
_NEAREST_IN_VIEW = 3
# As many questions as there will be.
_AWAITED = 4


@dataclass(frozen=True, slots=True)
class Pending:
    """A question on its way: what was asked and, once they are found, its passages."""

    question: str
    hits: tuple[Hit, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the answer: prose, then words that are a citation's own.

    `citations` all stand behind those words; empty where the answer ends in prose.
    """

    prose: str
    citations: tuple[Citation, ...] = ()


def render_masthead(status: Status) -> str:
    """The name of the page, and how much the collection holds."""
    outlets = len(status.sources)
    extent = [wording.counted(status.articles, "article")]
    if outlets:
        extent.append(wording.counted(outlets, "outlet"))
    if status.first_published and status.last_published:
        days = (wording.day(status.first_published), wording.day(status.last_published))
        extent.append(" – ".join(dict.fromkeys(days)))
    if status.undated:
        extent.append(f"{status.undated:,} {wording.UNDATED}")
    return f"<header><h1>{wording.TITLE}</h1><p>{' · '.join(extent)}</p></header>"


def render_welcome(
    examples: Sequence[str] | None, hail: str = wording.WELCOME, awaited: str = ""
) -> str:
    """An empty conversation, with questions to begin with.

    None for them leaves their place empty; the browser asks for those of `awaited` until they are
    there.
    """
    if examples is None:
        told = f'<span class="unseen">{wording.EXAMPLES_AWAITED}</span>'
        items = f'<li><span class="example">{told}</span></li>'
        items += '<li aria-hidden="true"><span class="example"></span></li>' * (_AWAITED - 1)
        attributes = f' class="awaited" data-of="{escape(awaited)}"'
    else:
        items = "".join(
            f'<li><button type="button" class="example" dir="auto">{escape(each)}</button></li>'
            for each in examples
        )
        attributes = ""
    heading = f'<h2 class="offer">{wording.EXAMPLES}</h2>'
    offered = f"{heading}<ul{attributes}>{items}</ul>" if items else ""
    return (
        f'<section class="welcome"><p class="hail">{hail}</p>'
        f"<p>{wording.WELCOME_HINT}</p>{offered}</section>"
    )


def render_notice(message: str) -> str:
    """One line on what went wrong, for the place above the question field."""
    return f'<p class="notice" dir="auto">{escape(message)}</p>' if message else ""


def render_conversation(answers: Sequence[Answer], pending: Pending | None = None) -> str:
    """The whole conversation, oldest first."""
    last = len(answers) - 1 if pending is None else -1
    turns = [render_answer(answer, is_last=at == last, at=at) for at, answer in enumerate(answers)]
    if pending is not None:
        turns.append(_render_pending(pending))
    return "".join(turns)


def render_answer(answer: Answer, *, is_last: bool = False, at: int = 0) -> str:
    """One question and its answer, every marker a link to its sentence.

    `at` is its place in the conversation.
    """
    again = f'<button type="button" class="again">{wording.ASK_AGAIN}</button>' if is_last else ""
    understood = render_chips(answer.question, answer.understood, can_remove=is_last)
    body = _render_declined(answer) if answer.declined else _render_found(answer)
    return (
        f'<article class="turn">{_render_question(answer.question)}{understood}'
        f'<div class="answer">{body}</div>{_render_measure(answer, at)}'
        '<p class="tools"><button type="button" class="copy" '
        f'data-copy="{escape(plain_text(answer))}" '
        f'data-done="{wording.COPIED}">{wording.COPY}</button>'
        f'<button type="button" class="edit">{wording.EDIT_QUESTION}</button>{again}</p></article>'
    )


def plain_text(answer: Answer) -> str:
    """Question, answer and sources as text for the clipboard."""
    lines = [answer.question, "", answer.text]
    for citation in answer.citations:
        told = [*credits_of(citation), citation.url or "", also_in_of(citation)]
        credit = ", ".join(part for part in told if part)
        lines.append(f"\n[{citation.marker}] “{citation.quote}” ({credit})")
    return "\n".join(lines)


def _render_question(question: str) -> str:
    return f'<h2 class="question" dir="auto">{escape(question)}</h2>'


def _render_pending(pending: Pending) -> str:
    note, places = wording.LOOKING, ""
    if pending.hits is not None:
        articles = len({hit.article.id for hit in pending.hits})
        note = wording.FOUND_SO_FAR.format(
            passages=wording.counted(len(pending.hits), "passage"),
            articles=wording.counted(articles, "article"),
        )
        places = render_passages(pending.hits[:_NEAREST_IN_VIEW])
    return (
        f'<article class="turn pending" aria-busy="true">{_render_question(pending.question)}'
        f'<p class="note">{note}</p><div class="answer">{places}</div></article>'
    )


def _render_measure(answer: Answer, at: int) -> str:
    """How sure the answer is, how much was searched for it, and in what time."""
    told = []
    # Of a topic it tells how much of it is covered, not how probable a right answer is.
    if not answer.declined and answer.understood.get("form") != "topic":
        told.append(_render_confidence(answer.confidence, f"sure-{at}"))
    articles, total = answer.understood.get("articles_searched"), answer.timings_ms.get("total")
    if articles and total is not None:
        has_filters = any(answer.understood.get(name) for name in FILTERS)
        words = wording.SEARCHED_SOME if has_filters else wording.SEARCHED
        extent = words.format(
            articles=wording.counted(articles, "article"), seconds=wording.seconds(total)
        )
        told.append(f"<span>{extent}</span>")
    return f'<div class="measure">{"".join(told)}</div>' if told else ""


def _render_confidence(confidence: float, name: str) -> str:
    """One word for it; what the word means shows on hover, by keyboard and at a touch."""
    word = next(word for least, word in wording.CONFIDENCES.items() if confidence >= least)
    means = wording.CONFIDENCE_MEANS.format(percent=round(100 * confidence))
    return (
        f'<span class="meaning"><button type="button" class="confidence" '
        f'aria-describedby="{name}">{wording.CONFIDENCE.format(word=word)}</button>'
        f'<span role="tooltip" id="{name}">{means}</span></span>'
    )


def _render_found(answer: Answer) -> str:
    """The answer; of several questions each with the bare answer under its own heading."""
    if answer.parts:
        body = "".join(_render_answered(part, answer) for part in answer.parts)
    else:
        body = _render_told(answer)
    return body + _render_all_passages(answer)


def _render_answered(part: AnsweredPart, answer: Answer) -> str:
    told = replace(
        answer,
        text=part.text,
        short_answer=part.short_answer,
        citations=tuple(each for each in answer.citations if each.marker in part.markers),
        reports=part.reports,
        agreement=part.agreement,
        parts=(),
    )
    return f'<h3 class="part" dir="auto">{escape(part.question)}</h3>{_render_told(told)}'


def _render_told(answer: Answer) -> str:
    links = {citation.marker: citation for citation in answer.citations}
    parts = list(_parts(answer.text, links))
    shown = {citation.marker for part in parts for citation in with_same_words(part.citations)}
    body, report = "", None
    for part in parts:
        last, report = report, _report_of(part, answer)
        heading = _render_report(report) if report is not None and report != last else ""
        body += _render_part(part, links, answer, heading)
    lost = answer.understood.get("lost", ())
    rest = [citation for citation in answer.citations if citation.marker not in shown]
    if rest:
        sources = "".join(render_evidence((citation,), answer.hits, lost=lost) for citation in rest)
        body += f'<h3 class="sources">{wording.SOURCES}</h3>{sources}'
    return _render_short(answer) + body + _render_agreement(answer)


def _report_of(part: _Part, answer: Answer) -> Report | None:
    """Which of several differing reports a part of the answer quotes."""
    if not part.citations or len(answer.reports) < 2:
        return None
    marker = part.citations[0].marker
    return next((each for each in answer.reports if marker in each.markers), None)


def _render_report(report: Report) -> str:
    """When a report was printed and what it answers, above its sentences."""
    days = dict.fromkeys((report.published_first, report.published_last))
    told = wording.REPORTED.format(days=" – ".join(map(wording.day, days)), answer=report.answer)
    return f'<h3 class="report" dir="auto">{escape(told[:1].upper() + told[1:])}</h3>'


def _render_agreement(answer: Answer) -> str:
    """The outlets that give the same answer independently of each other."""
    if answer.agreement != "agree":
        return ""
    names = dict.fromkeys(
        source or wording.NO_OUTLET for report in answer.reports for source in report.sources
    )
    told = wording.AGREE.format(outlets=", ".join(names))
    return f'<p class="agreement" dir="auto">{escape(told)}</p>'


def _render_short(answer: Answer) -> str:
    short = answer.short_answer
    if short is None or answer.text.casefold().startswith(short.casefold()):
        return ""
    return f'<p class="short" dir="auto">{escape(short)}</p>'


def _parts(text: str, links: Mapping[int, Citation]) -> Iterator[_Part]:
    """The answer's text cut where it quotes a citation word for word before its marker.

    Quotes are looked for before markers are, since an article may have "[1]" in its own text.
    """
    patterns = {marker: _quote_pattern(citation) for marker, citation in links.items()}
    position = 0
    while True:
        matches = [found for p in patterns.values() if (found := p.search(text, position))]
        if not matches:
            break
        nearest = min(matches, key=re.Match.start)
        markers = [int(marker) for marker in _MARKER.findall(nearest["markers"])]
        cited = tuple(links[marker] for marker in markers if marker in links)
        yield _Part(text[position : nearest.start()], cited)
        position = nearest.end()
    if text[position:].strip():
        yield _Part(text[position:])


def _quote_pattern(citation: Citation) -> re.Pattern[str]:
    """The quote, however its white space is set, and the markers behind it, its own first."""
    words = r"\s+".join(re.escape(word) for word in citation.quote.split())
    own = rf"\[{citation.marker}\]"
    # Words quoted in the midst of a sentence stay in it.
    start = r"(?:\A|(?<=\n)|(?<=[\]:.!?”] ))"
    return re.compile(rf"{start}[“\"]?{words}[”\"]?\s*(?P<markers>{own}(?:\s*\[\d+\])*)\.?")


def _render_part(
    part: _Part, links: Mapping[int, Citation], answer: Answer, heading: str = ""
) -> str:
    """Prose, then the quote it leads to; `heading` stands between them."""
    paragraphs = [each for each in _PARAGRAPH.split(part.prose.strip()) if each]
    reports = {marker: report for report in answer.reports for marker in report.markers}
    report = reports.get(part.citations[0].marker) if part.citations else None
    if report is not None and paragraphs and paragraphs[-1].endswith(":"):
        # Date and outlet in front of the quote; they stand below it, too.
        paragraphs.pop()
    prose = "".join(
        f'<p class="prose" dir="auto">{_render_linked(each, links)}</p>' for each in paragraphs
    )
    if not part.citations:
        return prose
    is_newest = report is not None and report.is_newest
    lost = answer.understood.get("lost", ())
    evidence = render_evidence(part.citations, answer.hits, is_newest=is_newest, lost=lost)
    return prose + heading + evidence


def _render_linked(text: str, links: Mapping[int, Citation]) -> str:
    """Escaped text; a marker that has a citation becomes a link, any other stays as written."""
    pieces, position = [], 0
    for match in _MARKER.finditer(text):
        citation = links.get(int(match.group(1)))
        if citation is not None:
            pieces += [escape(text[position : match.start()]), render_marker(citation)]
            position = match.end()
    return "".join([*pieces, escape(text[position:])])


def _render_declined(answer: Answer) -> str:
    said = f'<p class="declined" dir="auto">{escape(answer.text)}</p>'
    nearest = answer.hits or answer.hits_outside
    if not nearest:
        return said
    in_view, rest = nearest[:_NEAREST_IN_VIEW], nearest[_NEAREST_IN_VIEW:]
    more = ""
    if rest:
        summary = wording.MORE.format(n=len(rest))
        more = f"<details><summary>{summary}</summary>{render_passages(rest)}</details>"
    return f'{said}<h3 class="nearest">{wording.NEAREST}</h3>{render_passages(in_view)}{more}'


def _render_all_passages(answer: Answer) -> str:
    quoted = {(c.article_id, c.start, c.end) for c in answer.citations}
    if all((h.article.id, h.passage.start, h.passage.end) in quoted for h in answer.hits):
        return ""
    return (
        f'<details class="found"><summary>{wording.FOUND} ({len(answer.hits)})</summary>'
        f"{render_passages(answer.hits)}</details>"
    )
