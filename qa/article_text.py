"""An article as text for a terminal, the cited words marked."""

from __future__ import annotations

import textwrap

from index.origin import SourceState
from index.types import Article, SpanKind

# The headline and the date stand above the text; boilerplate is never shown.
_LEFT_OUT = (SpanKind.BOILERPLATE, SpanKind.HEADLINE)
_STATES = {
    SourceState.CHANGED: "the file has changed since it was indexed",
    SourceState.GONE: "the file it was read from is not there any more",
}
_OPEN, _CLOSE = ">>> ", " <<<"
_CUT = "…"
_CAPTION = "Photo caption: "


def article_text(
    article: Article,
    start: int,
    end: int,
    *,
    state: SourceState = SourceState.UNKNOWN,
    width: int = 80,
    lines_around: int | None = None,
) -> str:
    """The article with ``article.text[start:end]`` between ``>>>`` and ``<<<``.

    Parameters
    ----------
    article : Article
    start, end : int
        Characters of its text.
    state : SourceState
        What has become of its file; told where it is known and not unchanged.
    width : int
        In columns; longer lines are folded.
    lines_around : int, optional
        How many lines of the article to show before and after the words; None shows all.

    Raises
    ------
    ValueError
        The place lies outside the text.
    """
    if not 0 <= start < end <= len(article.text):
        raise ValueError(
            f"characters {start} to {end} lie outside the text of {article.id!r}, which has "
            f"{len(article.text)}"
        )
    before, cited, after = _around(article, start, end)
    lines = [*before, cited, *after]
    if lines_around is not None:
        kept = before[-lines_around:] if lines_around else []
        rest = after[:lines_around]
        lines = [_CUT] * (len(kept) < len(before)) + [*kept, cited, *rest]
        lines += [_CUT] * (len(rest) < len(after))
    body = "\n\n".join(_folded(line, width) for line in lines)
    return f"{_head(article, state)}\n\n{body}"


def _head(article: Article, state: SourceState) -> str:
    told = [
        article.source or "outlet not named",
        article.published.isoformat() if article.published else "undated",
        article.author or "",
        article.url or article.id,
    ]
    note = f"\n({_STATES[state]})" if state in _STATES else ""
    return f"{article.title or 'no headline'}\n{' · '.join(filter(None, told))}{note}"


def _around(article: Article, start: int, end: int) -> tuple[list[str], str, list[str]]:
    """The lines before the cited words' line, that line with the words marked, those after it."""
    before, after = _shown(article, 0, start), _shown(article, end, len(article.text))
    # What stands on the line of the words belongs to it.
    lines, tail = before.split("\n"), after.split("\n")
    quote = " ".join(article.text[start:end].split())
    is_caption = any(
        span.kind is SpanKind.CAPTION and start <= span.start < end for span in article.spans
    )
    label = _CAPTION if is_caption else ""
    marked = f"{lines[-1]}{label}{_OPEN}{quote}{_CLOSE}{tail[0]}"
    return _filled(lines[:-1]), marked.strip(), _filled(tail[1:])


def _filled(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _shown(article: Article, start: int, end: int) -> str:
    """``article.text[start:end]`` without what is left out, captions named as such."""
    parts: list[str] = []
    position = start
    for span in article.spans:
        first, last = max(span.start, position), min(span.end, end)
        if first >= last:
            continue
        parts.append(article.text[position:first])
        if span.kind is SpanKind.CAPTION:
            parts.append(f"{_CAPTION}{article.text[first:last]}")
        elif span.kind not in _LEFT_OUT:
            parts.append(article.text[first:last])
        position = last
    return "".join([*parts, article.text[position:end]])


def _folded(line: str, width: int) -> str:
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
