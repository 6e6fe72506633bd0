"""An article as the panel beside the chat shows it, with the cited sentence marked."""

from __future__ import annotations

from index.types import SpanKind
from qa import Article, SourceState
from qa.web import wording
from qa.web.markup import Place, escape, web_host
from qa.web.paragraphs import Bounds, find_paragraphs

# The headline and the date stand above the text; boilerplate is never shown.
_LEFT_OUT = (SpanKind.BOILERPLATE, SpanKind.HEADLINE)
_STATES = {
    SourceState.CHANGED: wording.SOURCE_CHANGED,
    SourceState.GONE: wording.SOURCE_GONE,
}


def render_article(article: Article, place: Place, state: SourceState = SourceState.UNKNOWN) -> str:
    """The article as HTML, the words at `place` inside one ``<mark>``.

    The caller has checked that the article still has those words there (`Place.is_in`). What has
    become of its file is told where that is known.
    """
    cited = (place.start, place.end)
    body = "".join(
        _render_stretch(article.text, kind, bounds, cited)
        for kind, bounds in _shown_stretches(article, cited)
    )
    return (
        f'<article class="article">{_render_head(article, state)}'
        f'<div class="article-body" tabindex="0" dir="auto">{body}</div></article>'
    )


def render_problem(message: str) -> str:
    """One line in place of an article that cannot be shown."""
    line = escape(" ".join(message.split()))
    return f'<p class="problem" role="alert" tabindex="-1">{line}</p>'


def _render_head(article: Article, state: SourceState) -> str:
    byline = [escape(article.author)] if article.author else []
    if article.published is None:
        byline.append(wording.UNDATED)
    else:
        date = wording.day(article.published)
        byline.append(f'<time datetime="{article.published.isoformat()}">{date}</time>')
    note = f'<p class="byline">{_STATES[state]}</p>' if state in _STATES else ""
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


def _render_stretch(text: str, kind: SpanKind | None, bounds: Bounds, cited: Bounds) -> str:
    name = {SpanKind.CAPTION: "caption", SpanKind.BYLINE: "byline"}.get(kind) if kind else None
    attributes = f' class="{name}"' if name else ""
    label = f'<span class="label">{wording.CAPTION}</span> ' if kind is SpanKind.CAPTION else ""
    return "".join(
        f'<p{attributes} dir="auto">{label}{_render_marked(text, paragraph, cited)}</p>'
        for paragraph in find_paragraphs(text, bounds, keep=cited)
    )


def _render_marked(text: str, bounds: Bounds, cited: Bounds) -> str:
    start, end = bounds
    if not _overlap(bounds, cited):
        return escape(text[start:end])
    first, last = max(start, cited[0]), min(end, cited[1])
    return (
        f"{escape(text[start:first])}<mark>{escape(text[first:last])}</mark>"
        f"{escape(text[last:end])}"
    )


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[1] and other[0] < one[1]
