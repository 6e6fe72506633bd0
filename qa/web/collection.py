"""The collection view: its articles in a table, over time, and what was left out of it.

The page's script asks `Shelf.listed` for a page of the list and puts in what it gives: escaped
HTML. All that is listed is decided here; the browser keeps nothing but what was filtered for.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from qa import (
    ArticleOrder,
    ArticlePage,
    ArticleQuery,
    Assistant,
    CorpusError,
    DropLimits,
    DroppedFile,
    ListedArticle,
    browse,
    is_uploaded,
    remove_uploaded,
    replace_uploaded,
)
from qa.export import escape
from qa.web import wording
from qa.web.desk import reason_of
from qa.web.markup import Place
from qa.web.timespan import Bin, bins_of

_MAX_WORDS_CHARS = 500
_MAX_SKIPPED = 200
# What is sorted by a click on a column's heading; a second click on the first turns it round.
_COLUMNS = (
    ("published", wording.COLUMN_DATE, (ArticleOrder.NEWEST, ArticleOrder.OLDEST)),
    ("headline", wording.COLUMN_HEADLINE, (ArticleOrder.HEADLINE,)),
    ("outlet", wording.COLUMN_OUTLET, (ArticleOrder.OUTLET,)),
    ("author", wording.COLUMN_AUTHOR, ()),
)
_FALLING = frozenset({ArticleOrder.NEWEST})


class Shelf:
    """The collection view of one page over one collection.

    Parameters
    ----------
    assistant : Assistant
    uploads : Path
        Where the server puts what browsers send; files elsewhere are refused.
    limits : DropLimits
    may_change : bool
        Whether those who ask may remove and replace what was uploaded.
    """

    def __init__(
        self, assistant: Assistant, uploads: Path, limits: DropLimits, *, may_change: bool = False
    ) -> None:
        self._assistant = assistant
        self._uploads = uploads.resolve()
        self._limits = limits
        self._may_change = may_change

    def frame(self) -> str:
        """The view without articles; they are asked for when it is opened."""
        words = {
            "waiting": wording.SHELF_WAITING,
            "failed": wording.SHELF_FAILED,
            "sure": wording.SHELF_SURE,
            "remove": wording.SHELF_REMOVE,
            "replacing": wording.SHELF_REPLACING,
            "removeOutlet": wording.REMOVE,
        }
        return (
            f'<section class="shelf" aria-label="{wording.COLLECTION}" '
            f'data-words="{escape(json.dumps(words))}" data-part="{wording.SHELF_ASK_PART}">'
            f'<div class="shelf-head"><h2 tabindex="-1">{wording.COLLECTION}</h2>'
            '<p class="told" role="status"></p></div>'
            f"{_controls()}{_time_frame()}"
            f'<p class="ask-these" hidden><button type="button" class="asks">'
            f"{wording.SHELF_ASK}</button> <span></span></p>"
            '<p class="shelf-problem" role="alert" hidden></p>'
            '<div class="shelf-list"></div><div class="shelf-skipped"></div></section>'
        )

    def functions(self) -> list[Callable[..., dict[str, Any]]]:
        """What the page's script may call."""

        # Functions of their own: Gradio marks them, which methods do not take.
        def list_articles(sent: Mapping[str, Any]) -> dict[str, Any]:
            return self.listed(sent)

        def remove_article(sent: Mapping[str, Any]) -> dict[str, Any]:
            return self.remove(str(sent.get("article")))

        def replace_article(sent: Mapping[str, Any]) -> dict[str, Any]:
            return self.replace(sent)

        return [list_articles, remove_article, replace_article]

    def listed(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """A page of the list, for the script; ``problem`` where it cannot be given.

        Parameters
        ----------
        sent : mapping
            ``words``, ``since``, ``until``, ``sources``, ``order``, ``page``, and ``whole``:
            whether outlets and what was skipped are wanted, too.
        """
        try:
            query = _query_of(sent)
            page = browse(self._assistant, query)
            told = self._rendered(query, page)
            if sent.get("whole"):
                told |= self._surroundings()
        except Exception as error:  # noqa: BLE001 - no failure may end as a traceback on the page
            return {"problem": reason_of(error)}
        return told

    def remove(self, article_id: str) -> dict[str, Any]:
        """Take an uploaded article out of the collection; what is to be told of it."""
        try:
            self._check_may_change()
            title = self._title(article_id)
            remove_uploaded(self._assistant, article_id)
        except Exception as error:  # noqa: BLE001 - as above
            return {"problem": reason_of(error)}
        return {"done": wording.SHELF_REMOVED.format(title=title)}

    def replace(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Put the file that was sent in the place of an article's; what is to be told of it."""
        path = Path(str(sent.get("path")))
        try:
            self._check_may_change()
            real = path.resolve()
            if not (real.is_relative_to(self._uploads) and real.is_file()):
                raise CorpusError(wording.NOT_UPLOADED.format(name=sent.get("name")))
            article_id = str(sent.get("article"))
            title = self._title(article_id)
            file = DroppedFile(str(sent.get("name")), path)
            replace_uploaded(self._assistant, article_id, file, self._limits)
        except Exception as error:  # noqa: BLE001 - as above
            return {"problem": reason_of(error)}
        return {"done": wording.SHELF_REPLACED.format(title=title)}

    def _check_may_change(self) -> None:
        if not self._may_change:
            raise CorpusError(wording.SHELF_FIXED)

    def _title(self, article_id: str) -> str:
        return self._assistant.article(article_id).title or wording.UNTITLED

    def _rendered(self, query: ArticleQuery, page: ArticlePage) -> dict[str, Any]:
        bins = bins_of([day for day in page.days if day])
        counts = [_count(page.days, each) for each in bins]
        return {
            "told": _extent(query, page),
            "list": self._table(query, page) + _pager(page),
            "total": page.total,
            "bins": [
                {"since": b.since.isoformat(), "until": b.until.isoformat(), "label": b.label}
                for b in bins
            ],
            "bars": _bars(bins, counts),
            "undated": _undated(page),
            "generation": page.generation,
        }

    def _surroundings(self) -> dict[str, Any]:
        status = self._assistant.status()
        return {"outlets": list(status.sources), "skipped": _skipped(status.skipped)}

    def _table(self, query: ArticleQuery, page: ArticlePage) -> str:
        if not page.articles:
            return f'<p class="none">{wording.SHELF_NONE}</p>'
        changes = [
            self._may_change and is_uploaded(self._assistant, article.path)
            for article in page.articles
        ]
        heads = "".join(_heading(query.order, *column) for column in _COLUMNS)
        if any(changes):
            heads += f'<th scope="col"><span class="unseen">{wording.COLUMN_CHANGES}</span></th>'
        rows = "".join(
            _row(article, can_change=can_change, has_changes=any(changes))
            for article, can_change in zip(page.articles, changes, strict=True)
        )
        return (
            f'<table><caption class="unseen">{wording.SHELF_CAPTION}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def render_door() -> str:
    """The button that leads to the view and back."""
    return f'<button type="button" aria-pressed="false">{wording.COLLECTION}</button>'


def limits_of(event: gr.EventData) -> tuple[Any, Any, Any]:
    """What was filtered, as the values of a question's filters: first day, last day, outlets."""
    sent = event._data if isinstance(event._data, dict) else {}
    sources = sent.get("sources")
    chosen = [str(each) for each in sources] if isinstance(sources, list) else []
    return str(sent.get("since") or ""), str(sent.get("until") or ""), chosen


def _controls() -> str:
    return (
        f'<form class="shelf-query" role="search" aria-label="{wording.SHELF_SEARCH}">'
        f'<label class="words">{wording.SHELF_WORDS}<input type="search" name="words" '
        f'maxlength="{_MAX_WORDS_CHARS}" autocomplete="off" spellcheck="false" dir="auto"></label>'
        f'<label class="outlet">{wording.SHELF_OUTLET}<select name="outlet">'
        f'<option value="">{wording.SHELF_ANY_OUTLET}</option></select></label>'
        f'<label>{wording.SHELF_SINCE}<input type="date" name="since"></label>'
        f'<label>{wording.SHELF_UNTIL}<input type="date" name="until"></label>'
        f'<button type="reset">{wording.RESET_FILTERS}</button></form>'
        f'<ul class="outlets-chosen" aria-label="{wording.SHELF_CHOSEN}" hidden></ul>'
    )


def _time_frame() -> str:
    handles = "".join(
        f'<div class="handle {name}" role="slider" tabindex="0" aria-label="{label}" '
        'aria-valuemin="0" aria-valuemax="0" aria-valuenow="0"></div>'
        for name, label in (("first", wording.SHELF_FIRST), ("last", wording.SHELF_LAST))
    )
    return (
        f'<div class="time" role="group" aria-label="{wording.SHELF_OVER_TIME}" hidden>'
        f'<div class="plot"><div class="bars" aria-hidden="true"></div>'
        f'<div class="span" aria-hidden="true"></div>{handles}</div>'
        '<div class="axis" aria-hidden="true"><span></span><span></span></div>'
        f'<p class="range"><span></span> <button type="button" class="whole" hidden>'
        f"{wording.SHELF_CLEAR_TIME}</button></p></div>"
    )


def _query_of(sent: Mapping[str, Any]) -> ArticleQuery:
    """What the script sent, none of it trusted.

    Raises
    ------
    ValueError
        A day is none, or no such order is known.
    """
    sources = sent.get("sources") or ()
    return ArticleQuery(
        words=str(sent.get("words") or "")[:_MAX_WORDS_CHARS],
        since=_day(sent.get("since")),
        until=_day(sent.get("until")),
        sources=tuple(map(str, sources)) if isinstance(sources, list) else (),
        order=ArticleOrder(sent.get("order") or ArticleOrder.NEWEST),
        page=int(sent.get("page") or 1),
    )


def _day(value: object) -> datetime.date | None:
    return datetime.date.fromisoformat(str(value)) if value else None


def _count(days: Mapping[datetime.date | None, int], span: Bin) -> int:
    return sum(n for day, n in days.items() if day and span.since <= day <= span.until)


def _extent(query: ArticleQuery, page: ArticlePage) -> str:
    """How many articles are listed, and of how many."""
    every = sum(page.days.values())
    is_narrow = bool(query.words.strip() or query.sources or query.since or query.until)
    if not is_narrow:
        return wording.counted(every, "article")
    return wording.SHELF_FOUND.format(articles=wording.counted(page.total, "article"))


def _undated(page: ArticlePage) -> str:
    n = page.days.get(None, 0)
    return wording.SHELF_UNDATED.format(articles=wording.counted(n, "article")) if n else ""


def _bars(bins: Sequence[Bin], counts: Sequence[int]) -> str:
    most = max(counts, default=0) or 1
    return "".join(
        f'<span class="bar" style="--high:{n / most:.4f}" '
        f'title="{escape(each.label)}: {wording.counted(n, "article")}"></span>'
        for each, n in zip(bins, counts, strict=True)
    )


def _heading(order: ArticleOrder, name: str, label: str, orders: Sequence[ArticleOrder]) -> str:
    if not orders:
        return f'<th scope="col" class="{name}">{label}</th>'
    is_sorted = order in orders
    following = orders[(orders.index(order) + 1) % len(orders)] if is_sorted else orders[0]
    direction = "descending" if order in _FALLING else "ascending"
    sort = f' aria-sort="{direction}"' if is_sorted else ""
    return (
        f'<th scope="col" class="{name}"{sort}><button type="button" class="sort" '
        f'data-order="{following}">{label}</button></th>'
    )


def _row(article: ListedArticle, *, can_change: bool, has_changes: bool) -> str:
    title = escape(article.title or wording.UNTITLED)
    outlet = escape(article.source or "")
    author = escape(article.author or "")
    date = wording.day(article.published)
    if article.published is not None:
        date = f'<time datetime="{article.published.isoformat()}">{date}</time>'
    place = Place.of_whole(article.id, article.content_sha256).to_fragment()
    # On a narrow screen outlet and author have no columns of their own.
    beside = " · ".join(filter(None, (outlet, author)))
    changes = ""
    if has_changes:
        changes = f'<td class="changes">{_changes(article) if can_change else ""}</td>'
    return (
        f'<tr data-article="{escape(article.id)}"><td class="published">{date}</td>'
        f'<td class="headline"><a href="#{escape(place)}" dir="auto">{title}</a>'
        f'<span class="beside" dir="auto">{beside}</span></td>'
        f'<td class="outlet" dir="auto">{outlet}</td><td class="author" dir="auto">{author}</td>'
        f"{changes}</tr>"
    )


def _changes(article: ListedArticle) -> str:
    title = escape(article.title or wording.UNTITLED)
    return (
        f'<label class="replace">{wording.SHELF_REPLACE}<input type="file" class="unseen" '
        f'aria-label="{wording.SHELF_REPLACE_LABEL.format(title=title)}"></label>'
        f'<button type="button" class="remove" '
        f'aria-label="{wording.SHELF_REMOVE_LABEL.format(title=title)}">'
        f"{wording.SHELF_REMOVE}</button>"
    )


def _pager(page: ArticlePage) -> str:
    if page.n_pages < 2:
        return ""
    buttons = [
        # Not disabled, which would take the keyboard's place away on the last page.
        f'<button type="button" class="turn-page" data-page="{to}" '
        f'aria-disabled="{str(not 1 <= to <= page.n_pages).lower()}">{label}</button>'
        for label, to in ((wording.PAGE_BEFORE, page.page - 1), (wording.PAGE_AFTER, page.page + 1))
    ]
    at = wording.PAGE_AT.format(page=page.page, pages=page.n_pages)
    return (
        f'<nav class="pager" aria-label="{wording.PAGES}">{buttons[0]}<span>{at}</span>'
        f"{buttons[1]}</nav>"
    )


def _skipped(skipped: Sequence[str]) -> str:
    if not skipped:
        return ""
    lines = [escape(" ".join(line.split())) for line in skipped[:_MAX_SKIPPED]]
    if len(skipped) > _MAX_SKIPPED:
        lines.append(wording.MORE.format(n=f"{len(skipped) - _MAX_SKIPPED:,}"))
    items = "".join(f'<li dir="auto">{line}</li>' for line in lines)
    summary = wording.SHELF_SKIPPED.format(n=len(skipped))
    return f'<details><summary>{summary}</summary><ul tabindex="0">{items}</ul></details>'
