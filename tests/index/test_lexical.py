"""BM25: what is found, in which order, under which conditions."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import pytest

from index.filters import Filter, source_key
from index.lexical import ARTICLE_FIELDS, LexicalIndex, LexicalRow, analyse

DAY = datetime.date(2024, 5, 1)
ROWS = [
    LexicalRow(1, "Iran vowed revenge for the strike", "CNN", DAY),
    LexicalRow(2, "Iran said nothing of revenge, and the revenge did not come", "BBC", None),
    LexicalRow(3, "The U.S. Navy moved its ships", "www.cnn.com", datetime.date(2020, 1, 3)),
    LexicalRow(4, "Recep Tayyip Erdoğan met naïve critics", None, datetime.date(2022, 2, 24)),
]


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    created = LexicalIndex.create(tmp_path / "lexical")
    created.update(ROWS, [])
    return created


def found(index: LexicalIndex, text: str, where: Filter | None = None) -> list[int]:
    return [int(row) for row in index.search(text, 10, where or Filter()).rows]


def test_ordinary_punctuation_does_not_trip_the_search(index: LexicalIndex) -> None:
    for text in ("Iran's role: what?", "Iran (", 'AND OR "', "revenge~2 [a TO b]", "^:*\\/"):
        index.search(text, 5, Filter())
    assert set(found(index, "Iran (")) == {1, 2}


def test_words_match_across_case_accents_and_endings(index: LexicalIndex) -> None:
    assert found(index, "erdogan NAIVE") == [4]
    assert found(index, "ship moving") == [3]


def test_dotted_abbreviations_are_one_word(index: LexicalIndex) -> None:
    assert analyse("The U.S. and the US") == ["the", "us", "and", "the", "us"]
    assert found(index, "US navy") == [3]


def test_the_form_of_a_question_is_not_searched(index: LexicalIndex) -> None:
    assert found(index, "What did the") == found(index, "what did the")
    assert found(index, "Who vowed revenge?")[0] == 1


def test_scores_are_bm25(index: LexicalIndex) -> None:
    scored = index.search("navy", 5, Filter())
    lengths = [len(analyse(row.text)) for row in ROWS]
    idf = math.log(1 + (len(ROWS) - 1 + 0.5) / (1 + 0.5))
    length = lengths[2] / (sum(lengths) / len(lengths))
    expected = idf * 1 * (1.2 + 1) / (1 + 1.2 * (1 - 0.75 + 0.75 * length))
    assert scored.rows.tolist() == [3]
    assert scored.scores[0] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (Filter(since=DAY), [1]),
        (Filter(until=datetime.date(2020, 1, 3)), [3]),
        (Filter(since=datetime.date(2020, 1, 4), until=DAY), [1, 4]),
        (Filter(as_of=datetime.date(2022, 2, 24)), [2, 3, 4]),
        (Filter(sources=frozenset({"cnn"})), [1, 3]),
        (Filter(sources=frozenset()), []),
        (Filter(phrases=("vowed revenge",)), [1]),
        (Filter(phrases=("revenge vowed",)), []),
        (Filter(without=("revenge",)), [3, 4]),
    ],
)
def test_conditions_leave_out_what_does_not_meet_them(
    index: LexicalIndex, where: Filter, rows: list[int]
) -> None:
    assert index.matching(where).tolist() == rows


def test_conditions_do_not_change_scores(index: LexicalIndex) -> None:
    free = index.search("Iran vowed", 5, Filter())
    bound = index.search("Iran vowed", 5, Filter(since=DAY, sources=frozenset({"cnn"})))
    assert bound.rows.tolist() == [1]
    assert bound.scores[0] == pytest.approx(free.scores[free.rows.tolist().index(1)])


def test_removed_and_added_rows(index: LexicalIndex) -> None:
    index.update([LexicalRow(5, "Revenge, said Iran", None, None)], [1])
    assert set(found(index, "Iran revenge")) == {2, 5}
    assert index.rows().tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CNN", "www.cnn.com"),
        ("The Times of Israel", "timesofisrael.com"),
        ("BBC", "bbc.co.uk"),
        ("The Guardian", "https://www.theguardian.com/world"),
        ("Asharq Al-Awsat", "asharq al awsat"),
    ],
)
def test_outlets_are_the_same_by_name_and_by_host(one: str, other: str) -> None:
    assert source_key(one) == source_key(other)


def test_different_outlets_stay_different() -> None:
    assert source_key("The New York Times") != source_key("The New York Post")
    assert source_key("cnn.com") != source_key("cnbc.com")


def test_the_vocabulary_counts_passages(index: LexicalIndex) -> None:
    vocabulary = index.vocabulary()
    assert (vocabulary["iran"], vocabulary["reveng"], vocabulary["erdogan"]) == (2, 2, 1)
    assert next(iter(vocabulary)) == "the"
    assert "revenge" not in vocabulary


def test_what_stands_beside_what(index: LexicalIndex) -> None:
    assert index.stand_together("tayyip", "erdogan")
    assert index.stand_together("erdogan", "recep")
    assert not index.stand_together("erdogan", "critic")
    assert not index.stand_together("erdogan", "iran")
    assert not index.stand_together("erdogan", "nowher")


def test_the_passages_that_hold_a_term(index: LexicalIndex) -> None:
    assert sorted(index.holding("iran", 5)) == [1, 2]
    assert len(index.holding("iran", 1)) == 1
    assert list(index.holding("nowher", 5)) == []


def test_an_index_of_articles_weighs_its_fields(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path / "articles", ARTICLE_FIELDS)
    index.update(
        [
            LexicalRow(1, "The general was buried.", "CNN", DAY, "A funeral"),
            LexicalRow(
                2, "The town was quiet.", "BBC", datetime.date(2020, 1, 3), "A general dies"
            ),
        ],
        [],
    )

    def rows(asked: str, **weights: float) -> list[int]:
        return index.search(asked, 5, Filter(), weights).rows.tolist()

    assert rows("general", text=1.0) == [1]
    assert rows("general", headline=1.0) == [2]
    assert rows("general", text=1.0, headline=0.2) == [1, 2]
    assert rows("general", text=0.2, headline=1.0) == [2, 1]
    assert rows("BBC", text=1.0, outlet=1.0) == [2]
    assert rows("January 2020", text=1.0, date=1.0) == [2]
    assert index.search(
        "general", 5, Filter(until=DAY, since=DAY), {"text": 1.0}
    ).rows.tolist() == [1]
    once = index.search("general", 5, Filter(), {"text": 1.0}).scores[0]
    assert index.search("general", 5, Filter(), {"text": 3.0}).scores[0] == pytest.approx(3 * once)
