"""Quotes and passages with their headline, outlet and date, each a link into its article."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from qa import Article, Citation, Hit
from qa.export import also_in_of, credits_of, escape, references
from qa.web import wording
from qa.web.markup import Place
from qa.web.paragraphs import find_paragraphs


def render_marker(citation: Citation) -> str:
    """The marker as a link to the words it stands for."""
    label = wording.SOURCE.format(n=citation.marker, credit=", ".join(credits_of(citation)))
    return (
        f'<a class="marker" href="#{escape(Place.of_citation(citation).to_fragment())}" '
        f'aria-label="{escape(label)}">[{citation.marker}]</a>'
    )


def render_evidence(
    citations: Sequence[Citation],
    hits: Sequence[Hit],
    *,
    is_newest: bool = False,
    lost: Collection[int] = (),
) -> str:
    """One quote with the marker and the credit of every citation that has those words.

    `is_newest` names it as the newest of reports that differ; `lost` are the markers whose words
    no longer stand in the collection.
    """
    # No-break spaces: a marker never stands alone on a line.
    markers = "\u00a0".join(render_marker(citation) for citation in citations)
    credit = "".join(
        '<div class="credited">'
        + _render_credit(
            citation, also_in_of(citation), *_labels(citation, hits, is_newest=is_newest)
        )
        + render_cite(citation, citation.quote, wording.CITE_LABEL.format(n=citation.marker))
        + (f'<p class="lost">{wording.LOST}</p>' if citation.marker in lost else "")
        + "</div>"
        for citation in with_same_words(citations)
    )
    return (
        f'<figure class="evidence" dir="auto"><blockquote>{_render_lines(citations[0].quote)}'
        f"\u00a0{markers}</blockquote><figcaption>{credit}</figcaption></figure>"
    )


def render_passages(hits: Sequence[Hit]) -> str:
    """Whole passages, each a link to its place in its article."""
    return "".join(
        f'<figure class="passage" dir="auto"><blockquote><a href="#{_hit_fragment(hit)}">'
        f"{_render_lines(hit.passage.text)}</a></blockquote>"
        f"<figcaption>{_render_hit_credit(hit)}</figcaption>"
        "</figure>"
        for hit in hits
    )


def render_cite(source: Citation | Article, quote: str, label: str) -> str:
    """Buttons that copy the source as a citation, one for each form, folded away."""
    forms = "".join(
        f'<button type="button" class="copy-as" data-copy="{escape(text)}" '
        f'data-done="{wording.COPIED}">{wording.CITE_AS[name]}</button>'
        for name, text in references(source, quote).items()
    )
    return (
        f'<details class="cite"><summary aria-label="{escape(label)}">{wording.CITE}</summary>'
        f'<div class="cite-forms">{forms}</div></details>'
    )


def with_same_words(citations: Sequence[Citation]) -> list[Citation]:
    """Those of the citations behind one quote whose own words are the ones shown."""
    return [c for c in citations if c.quote.split() == citations[0].quote.split()]


def _render_hit_credit(hit: Hit) -> str:
    labels = (wording.CAPTION,) if hit.passage.is_caption else ()
    return _render_credit(hit.article, also_in_of(hit), *labels)


def _render_credit(source: Citation | Article, also_in: str, *labels: str) -> str:
    title, outlet, date = (escape(part) for part in credits_of(source))
    label = "".join(f'<span class="label">{each}</span> ' for each in labels)
    also = f' <span class="also">{escape(also_in)}</span>' if also_in else ""
    return (
        f'<p class="credit" dir="auto"><span>{label}<cite>{title}</cite></span> '
        f"<span><bdi>{outlet}</bdi> · <bdi>{date}</bdi></span>{also}</p>"
    )


def _labels(citation: Citation, hits: Sequence[Hit], *, is_newest: bool) -> list[str]:
    """What a quote is beside its words."""
    labels = [wording.NEWEST] if is_newest else []
    return [*labels, wording.CAPTION] if _is_caption(citation, hits) else labels


def _is_caption(citation: Citation, hits: Sequence[Hit]) -> bool:
    return any(
        hit.passage.is_caption
        and hit.article.id == citation.article_id
        and hit.passage.start <= citation.start
        and citation.end <= hit.passage.end
        for hit in hits
    )


def _render_lines(text: str) -> str:
    """The text with its paragraphs on lines of their own, no character of it changed."""
    ends = [end for _, end in find_paragraphs(text, (0, len(text)))][:-1]
    starts = [0, *ends]
    return "<br>".join(
        escape(text[start:end]) for start, end in zip(starts, [*ends, len(text)], strict=True)
    )


def _hit_fragment(hit: Hit) -> str:
    return escape(Place.of_hit(hit).to_fragment())
