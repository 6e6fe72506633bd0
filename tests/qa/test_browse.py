"""A collection's articles, a page at a time."""

from __future__ import annotations

import datetime

import pytest

from qa import ArticleOrder, ArticleQuery, Assistant, browse

D = datetime.date


def test_all_articles_stand_on_some_page_once(ellery: Assistant) -> None:
    first = browse(ellery, per_page=7)
    assert (first.page, first.total) == (1, ellery.status().articles)
    pages = [
        browse(ellery, ArticleQuery(page=page), per_page=7) for page in range(1, first.n_pages + 1)
    ]
    ids = [article.id for page in pages for article in page.articles]
    assert sorted(ids) == sorted(article.id for article in ellery.articles())
    days = [article.published for page in pages for article in page.articles]
    dated = [day for day in days if day]
    assert dated == sorted(dated, reverse=True)
    assert days[: len(dated)] == dated


def test_a_page_behind_the_last_is_the_last(ellery: Assistant) -> None:
    assert browse(ellery, ArticleQuery(page=999)).page == 1
    assert browse(ellery, ArticleQuery(page=-3)).page == 1
    empty = browse(ellery, ArticleQuery("no such headline"))
    assert (empty.articles, empty.total, empty.page, empty.n_pages) == ((), 0, 1, 1)


def test_the_time_narrows_the_list_and_not_what_is_counted_over_time(ellery: Assistant) -> None:
    every = browse(ellery, ArticleQuery("ferry"))
    day = next(day for day in every.days if day)
    one = browse(ellery, ArticleQuery("ferry", since=day, until=day, order=ArticleOrder.OLDEST))
    assert one.days == every.days
    assert one.total == every.days[day] == len(one.articles)
    assert {article.published for article in one.articles} == {day}


def test_outlets_are_compared_as_in_questions(ellery: Assistant) -> None:
    name = ellery.status().sources[0]
    listed = browse(
        ellery, ArticleQuery(sources=(f"https://www.{name.replace(' ', '')}.com/news",))
    )
    assert listed.total > 0
    assert {article.source for article in listed.articles} == {name}


def test_what_is_no_query_is_told(ellery: Assistant) -> None:
    with pytest.raises(ValueError, match="swap them"):
        browse(ellery, ArticleQuery(since=D(2022, 1, 2), until=D(2022, 1, 1)))
    with pytest.raises(ValueError, match="per_page must be at least 1, got 0"):
        browse(ellery, per_page=0)
