"""The list of articles: searched, sorted and counted in the record, without its texts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.database import Database, create_database
from index.listing import ListFilter, Order, fold
from index.types import Article

D = datetime.date
ROWS = [
    ("a", "Brücke von Ormen gesperrt", "Küstenbote", "Ida Żak", D(2021, 3, 5)),
    ("b", "Ferry to Brevik runs again", "The Coast Radio", None, D(2022, 3, 1)),
    ("c", "ferry captain retires", "Coast Radio", "Nils Berg", D(2022, 3, 1)),
    ("d", None, None, None, None),
    ("e", "Zoo opens", "Harbour Post", "Ida Zak", D(2019, 12, 31)),
]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Database]:
    create_database(tmp_path / "record.sqlite3")
    database = Database(tmp_path / "record.sqlite3")
    for identity, title, source, author, day in ROWS:
        article = Article(identity, title, "A text.", source, author, None, day, None, "0" * 64)
        database.add_article(article, [])
    yield database
    database.close()


def ids(record: Database, where: ListFilter, order: Order = Order.NEWEST) -> str:
    return "".join(each.id for each in record.listing.page(where, order, 50, 0))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NEWEST, "bcaed"),
        (Order.OLDEST, "eabcd"),
        (Order.HEADLINE, "acbed"),
        (Order.OUTLET, "ceabd"),
    ],
)
def test_undated_unnamed_articles_come_last(record: Database, order: Order, expected: str) -> None:
    assert ids(record, ListFilter(), order) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ListFilter("FERRY"), "bc"),
        (ListFilter("brucke"), "a"),
        (ListFilter("coast berg"), "c"),
        (ListFilter("ida zak"), "ae"),
        (ListFilter("%"), ""),
        (ListFilter("   "), "bcaed"),
        (ListFilter(since=D(2021, 3, 5), until=D(2022, 2, 28)), "a"),
        (ListFilter(sources=frozenset({"coastradio"})), "bc"),
        (ListFilter(sources=frozenset()), ""),
        (ListFilter("ferry", since=D(2022, 3, 1), sources=frozenset({"coastradio"})), "bc"),
    ],
)
def test_every_condition_leaves_out_what_does_not_meet_it(
    record: Database, where: ListFilter, expected: str
) -> None:
    assert ids(record, where) == expected
    assert sum(record.listing.days(where).values()) == len(expected)


def test_pages_follow_each_other(record: Database) -> None:
    pages = [record.listing.page(ListFilter(), Order.NEWEST, 2, at) for at in (0, 2, 4, 6)]
    assert [[each.id for each in page] for page in pages] == [["b", "c"], ["a", "e"], ["d"], []]


def test_days_are_counted_oldest_first(record: Database) -> None:
    assert list(record.listing.days(ListFilter()).items()) == [
        (None, 1),
        (D(2019, 12, 31), 1),
        (D(2021, 3, 5), 1),
        (D(2022, 3, 1), 2),
    ]


def test_only_current_versions_are_listed(record: Database) -> None:
    record.retire_article("e")
    assert ids(record, ListFilter()) == "bcad"
    assert record.inventory().past_versions == 1


def test_a_record_without_the_lists_index_is_listed_and_gets_it_with_its_next_change(
    tmp_path: Path, record: Database
) -> None:
    connection = record.listing._connection
    connection.execute("DROP INDEX article_list")
    assert ids(record, ListFilter("ferry")) == "bc"
    record.set_generation(1)
    # All that a list needs is in the index; the texts are never read.
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT published, count(*) FROM articles WHERE current "
        "GROUP BY published"
    ).fetchall()
    assert "COVERING INDEX article_list" in plan[0][-1]


def test_folding_takes_away_case_and_accents_only() -> None:
    assert fold("ÀÉÎ ŽIŽEK straße") == "aei zizek strasse"
    assert fold("Ёлка") == fold("елка")
    assert fold(None) == ""
    assert fold("北京") == "北京"


def test_days_in_the_wrong_order_are_told() -> None:
    with pytest.raises(ValueError, match="swap them"):
        ListFilter(since=D(2022, 1, 2), until=D(2022, 1, 1))
