"""The columns of passages, against what they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from index.columns import PassageColumns

PASSAGES = [
    (3, 1, 737000, "cnn"),
    (4, 1, 737000, "cnn"),
    (7, 2, 0, None),
    (9, 5, 738000, "bbc"),
    (12, 5, 738000, "bbc"),
]


@pytest.fixture
def columns() -> PassageColumns:
    return PassageColumns.of(PASSAGES)


def test_of_some_rows_those_that_there_are(columns: PassageColumns) -> None:
    found = columns.among(np.array([1, 4, 5, 9, 99]))
    assert found.rows.tolist() == [4, 9]
    assert found.articles.tolist() == [1, 5]
    assert found.days.tolist() == [737000, 738000]
    assert [found.outlet_keys[code] for code in found.outlets] == ["cnn", "bbc"]


def test_the_passages_of_articles(columns: PassageColumns) -> None:
    assert columns.of_articles(np.array([5, 1])).tolist() == [9, 12, 3, 4]
    assert columns.of_articles(np.array([4, 77])).tolist() == []
    assert columns.of_articles(np.empty(0, dtype=np.int64)).tolist() == []


def test_outlets_are_found_by_their_keys_and_none_is_no_outlet(columns: PassageColumns) -> None:
    assert columns.is_of({"bbc", "reuters"}).tolist() == [False, False, False, True, True]
    assert not columns.is_of([]).any()


def test_an_empty_store_has_empty_columns() -> None:
    empty = PassageColumns.of([])
    assert empty.among(np.array([1])).rows.tolist() == []
    assert empty.is_of({"cnn"}).tolist() == []
