"""Time cut into bars: nothing is lost, and there are never too many."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web.timespan import bins_of

D = datetime.date


@pytest.mark.parametrize(
    ("first", "last", "n", "labels"),
    [
        (D(2020, 1, 30), D(2020, 2, 1), 3, ("30 January 2020", "1 February 2020")),
        (
            D(2020, 1, 1),
            D(2020, 6, 1),
            23,
            ("30 December 2019 – 5 January 2020", "1 June 2020 – 7 June 2020"),
        ),
        (D(2018, 2, 28), D(2020, 2, 29), 25, ("February 2018", "February 2020")),
        (
            D(2010, 2, 1),
            D(2020, 2, 1),
            41,
            ("January – March 2010", "January – March 2020"),
        ),
        (D(1990, 5, 5), D(2020, 2, 1), 31, ("1990", "2020")),
        (D(1901, 5, 5), D(2020, 2, 1), 13, ("1900 – 1909", "2020 – 2029")),
    ],
)
def test_the_shortest_stretches_that_fit_are_taken(
    first: datetime.date, last: datetime.date, n: int, labels: tuple[str, str]
) -> None:
    bins = bins_of([last, first])
    assert (len(bins), bins[0].label, bins[-1].label) == (n, *labels)


@given(st.lists(st.dates(), min_size=1, max_size=5), st.integers(2, 80))
def test_bars_follow_each_other_and_hold_every_day(days: list[datetime.date], most: int) -> None:
    bins = bins_of(days, most)
    assert 1 <= len(bins) <= most + 1
    assert bins[0].since <= min(days)
    assert bins[-1].until >= max(days)
    for one, following in pairwise(bins):
        assert one.since <= one.until
        assert following.since - one.until == datetime.timedelta(days=1)


def test_no_days_are_no_bars() -> None:
    assert bins_of([]) == ()
