"""The articles of a collection as a list, a page at a time, as its collection view shows them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.filters import source_key
from index.listing import ListedArticle, ListFilter, Order

if TYPE_CHECKING:
    from qa.ask import Assistant

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """Which articles to list, and how.

    Attributes
    ----------
    words : str
        Each stands in the headline, the outlet or the author; see `index.listing.ListFilter`.
    since, until : datetime.date or None
        First and last day of publication, both included; undated articles are left out.
    sources : tuple of str
        Outlets; ``"CNN"`` is also ``"www.cnn.com"``. None named means all.
    order : Order
    page : int
        From 1; a page behind the last one is the last one.
    """

    words: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    sources: tuple[str, ...] = ()
    order: Order = Order.NEWEST
    page: int = 1


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of the list.

    Attributes
    ----------
    articles : tuple of ListedArticle
    total : int
        How many articles meet the query.
    page, n_pages : int
        From 1; an empty list has one page.
    days : mapping of datetime.date or None to int
        How many articles meet it on each day, whatever `since` and `until` are, oldest first; None
        are those without a date.
    generation : int
        Of the collection.
    """

    articles: tuple[ListedArticle, ...]
    total: int
    page: int
    n_pages: int
    days: Mapping[datetime.date | None, int]
    generation: int


def browse(
    assistant: Assistant, query: ArticleQuery | None = None, per_page: int = PER_PAGE
) -> ArticlePage:
    """A page of the collection's articles, without their texts.

    Raises
    ------
    ValueError
        `since` lies after `until`, or `per_page` is below 1.
    """
    query = query or ArticleQuery()
    if per_page < 1:
        raise ValueError(f"per_page must be at least 1, got {per_page}")
    sources = frozenset(map(source_key, query.sources)) if query.sources else None
    where = ListFilter(query.words, query.since, query.until, sources)
    with assistant.store.view() as view:
        # The record's connection of this thread, so of this view's state.
        articles = assistant.store.database().listing
        days = articles.days(ListFilter(query.words, sources=sources))
        total = sum(n for day, n in days.items() if _lies_in(day, query))
        n_pages = max(1, -(-total // per_page))
        page = min(max(1, query.page), n_pages)
        listed = articles.page(where, query.order, per_page, (page - 1) * per_page)
        return ArticlePage(listed, total, page, n_pages, days, view.generation)


def _lies_in(day: datetime.date | None, query: ArticleQuery) -> bool:
    if day is None:
        return query.since is None and query.until is None
    return (query.since is None or day >= query.since) and (
        query.until is None or day <= query.until
    )
