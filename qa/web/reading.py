"""An article as the panel beside the chat shows it, with the cited sentence marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import SpanKind
from qa import Article, SourceState
from qa.export import escape, web_host
from qa.web import wording
from qa.web.markup import Place
from qa.web.paragraphs import Bounds, find_paragraphs
from qa.web.sources import render_cite

# The headline and the date stand above the text; boilerplate is never shown.
_LEFT_OUT = (SpanKind.BOILERPLATE, SpanKind.HEADLINE)
_STATES = {
    SourceState.CHANGED: wording.SOURCE_CHANGED,
    SourceState.GONE: wording.SOURCE_GONE,
}


@dataclass(frozen=True, slots=True)
class Cited:
    """A place that an answer links to, with its marker; None where it is a passage found."""

    place: Place
    marker: int | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """An article among those that an answer cites, and the link that opens it."""

    title: str
    fragment: str
    is_open: bool


def render_article(
    article: Article,
    place: Place,
    state: SourceState = SourceState.UNKNOWN,
    *,
    others: Sequence[Cited] = (),
    is_superseded: bool = False,
) -> str:
    """The article as HTML, the words at `place` inside one ``<mark>``.

    The caller has checked that the article still has those words there (`Place.is_in`). What has
    become of its file is told where that is known; `others` are links to what else the answer
    cites of it, and `is_superseded` tells that the collection has a newer version.
    """
    cited = (place.start, place.end)
    marks = _marks(article, place, others)
    body = "".join(
        _render_stretch(article.text, kind, bounds, cited, marks)
        for kind, bounds in _shown_stretches(article, cited)
    )
    head = _render_head(article, state, is_superseded=is_superseded)
    return (
        f'<article class="article">{head}'
        f'<div class="article-body" tabindex="0" dir="auto">{body}</div></article>'
    )


def render_steps(
    place: Place, among: Sequence[Cited], tabs: Sequence[Tab], article: Article | None
) -> str:
    """What stands above an article: previous and next citation, copying it, the other articles.

    `article` is None where it cannot be shown.
    """
    cite = ""
    if article is not None:
        cite = render_cite(article, article.text[place.start : place.end], wording.CITE_OPEN)
    return f'<div class="steps">{_render_step(place, among)}{cite}</div>{_render_tabs(tabs)}'


def _render_step(place: Place, among: Sequence[Cited]) -> str:
    places = [each.place for each in among]
    if place not in places or len(among) < 2:
        return ""
    at = places.index(place)
    words = wording.STEP_PASSAGE if among[at].marker is None else wording.STEP
    buttons = [
        _render_step_button(kind, label, among[to].place if 0 <= to < len(among) else None)
        for kind, label, to in (
            ("previous", wording.PREVIOUS, at - 1),
            ("next", wording.NEXT, at + 1),
        )
    ]
    told = words.format(at=at + 1, total=len(among))
    return (
        f'<div class="step-by" role="group" aria-label="{wording.STEPS}">{buttons[0]}'
        f'<span class="step-at" role="status">{told}</span>{buttons[1]}</div>'
    )


def _render_step_button(kind: str, label: str, to: Place | None) -> str:
    # Not disabled, which would take the keyboard's place away at the last step.
    target = 'aria-disabled="true"' if to is None else f'data-fragment="{escape(to.to_fragment())}"'
    return f'<button type="button" class="step {kind}" {target}>{label}</button>'


def _render_tabs(tabs: Sequence[Tab]) -> str:
    if len(tabs) < 2:
        return ""
    shown = "".join(
        f'<button type="button" role="tab" aria-selected="{str(tab.is_open).lower()}" '
        f'tabindex="{0 if tab.is_open else -1}" data-fragment="{escape(tab.fragment)}" '
        f'title="{escape(tab.title)}"><span dir="auto">{escape(tab.title)}</span></button>'
        for tab in tabs
    )
    return f'<div class="tabs" role="tablist" aria-label="{wording.ARTICLES}">{shown}</div>'


def render_problem(message: str) -> str:
    """One line in place of an article that cannot be shown."""
    line = escape(" ".join(message.split()))
    return f'<p class="problem" role="alert" tabindex="-1">{line}</p>'


def _marks(
    article: Article, place: Place, others: Sequence[Cited]
) -> list[tuple[Bounds, Cited | None]]:
    """What is marked in the article, in order and apart: the cited words, None, before all else."""
    chosen: list[tuple[Bounds, Cited | None]] = [((place.start, place.end), None)]
    for other in others:
        bounds = (other.place.start, other.place.end)
        if other.place.is_in(article) and not any(_overlap(bounds, each) for each, _ in chosen):
            chosen.append((bounds, other))
    return sorted(chosen, key=lambda mark: mark[0])


def _render_head(article: Article, state: SourceState, *, is_superseded: bool) -> str:
    byline = [escape(article.author)] if article.author else []
    if article.published is None:
        byline.append(wording.UNDATED)
    else:
        date = wording.day(article.published)
        byline.append(f'<time datetime="{article.published.isoformat()}">{date}</time>')
    notes = [wording.SUPERSEDED] if is_superseded else []
    notes += [_STATES[state]] if state in _STATES else []
    note = "".join(f'<p class="byline state">{each}</p>' for each in notes)
    return (
        f'<header><p class="outlet" dir="auto">{escape(article.source or wording.NO_OUTLET)}</p>'
        f'<h2 tabindex="-1" dir="auto">{escape(article.title or wording.UNTITLED)}</h2>'
        f'<p class="byline" dir="auto">{" · ".join(byline)}</p>{_render_link(article.url)}{note}'
        "</header>"
    )


def _render_link(url: str | None) -> str:
    if url is None:
        return ""
    host = web_host(url)
    if host is None:
        return f'<p class="original">{escape(url)}</p>'
    return (
        f'<p class="original"><a href="{escape(url)}" target="_blank" '
        f'rel="noopener noreferrer">{escape(wording.ORIGINAL.format(host=host))}'
        f'<span class="unseen"> {wording.NEW_TAB}</span></a></p>'
    )


def _shown_stretches(article: Article, cited: Bounds) -> list[tuple[SpanKind | None, Bounds]]:
    """The text cut at its spans, without what is left out; the cited words always stay."""
    stretches: list[tuple[SpanKind | None, Bounds]] = []
    position = 0
    for span in article.spans:
        stretches.append((None, (position, span.start)))
        if span.kind not in _LEFT_OUT or _overlap((span.start, span.end), cited):
            stretches.append((span.kind, (span.start, span.end)))
        position = span.end
    stretches.append((None, (position, len(article.text))))
    return [(kind, bounds) for kind, bounds in stretches if article.text[slice(*bounds)].strip()]


def _render_stretch(
    text: str,
    kind: SpanKind | None,
    bounds: Bounds,
    cited: Bounds,
    marks: Sequence[tuple[Bounds, Cited | None]],
) -> str:
    name = {SpanKind.CAPTION: "caption", SpanKind.BYLINE: "byline"}.get(kind) if kind else None
    attributes = f' class="{name}"' if name else ""
    label = f'<span class="label">{wording.CAPTION}</span> ' if kind is SpanKind.CAPTION else ""
    return "".join(
        f'<p{attributes} dir="auto">{label}{_render_marked(text, paragraph, marks)}</p>'
        for paragraph in find_paragraphs(text, bounds, keep=cited)
    )


def _render_marked(text: str, bounds: Bounds, marks: Sequence[tuple[Bounds, Cited | None]]) -> str:
    """A paragraph with what is marked in it."""
    position, end = bounds
    pieces: list[str] = []
    for mark, other in marks:
        if not _overlap((position, end), mark):
            continue
        first, last = max(position, mark[0]), min(end, mark[1])
        words = escape(text[first:last])
        pieces += [escape(text[position:first]), _render_mark(words, other)]
        position = last
    return "".join([*pieces, escape(text[position:end])])


def _render_mark(words: str, other: Cited | None) -> str:
    if other is None:
        return f"<mark>{words}</mark>"
    number = "" if other.marker is None else f" [{other.marker}]"
    return (
        f'<a class="cited" href="#{escape(other.place.to_fragment())}" '
        f'title="{wording.ALSO_CITED}{number}">{words}</a>'
    )


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[1] and other[0] < one[1]
