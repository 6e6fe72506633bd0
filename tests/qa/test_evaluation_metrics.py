"""The figures of an evaluation, against numbers worked by hand."""

from __future__ import annotations

import datetime
import hashlib
import math

import pytest

from index.types import Article, Hit, Passage
from qa.evaluation import Question, risk_coverage
from qa.evaluation.curve import working_point
from qa.evaluation.gold import GoldArticles
from qa.evaluation.intervals import difference, figure
from qa.evaluation.metrics import answer_values, is_right, passage_values, ranking_values
from qa.evaluation.wording import best_match, padded_words, stands_in
from qa.types import Answer, Citation

LOG3 = math.log2(3)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hit(article_id: str, text: str = "Words.", also_in: tuple[str, ...] = ()) -> Hit:
    article = Article(article_id, None, text, None, None, None, None, None, sha(text))
    passage = Passage(f"{article_id}@0", article_id, text, 0, len(text), ((0, len(text)),))
    return Hit(passage, article, 1.0, "mix", also_in, (None,) * len(also_in))


def citation(article_id: str, also_in: tuple[str, ...] = ()) -> Citation:
    sources = (None,) * len(also_in)
    return Citation(
        1, "Words.", article_id, None, None, None, None, None, 0, 6, sha("Words."), also_in, sources
    )


def answer(text: str = "", short: str | None = None, *citations: Citation) -> Answer:
    return Answer("?", text, short, citations, (), not citations, 0.5, {}, {})


def gold(question: Question, **content: str) -> GoldArticles:
    return GoldArticles((question,), 0, {}, content)


@pytest.mark.parametrize(
    ("ranking", "grades", "expected"),
    [
        # One of two found, in second place: DCG 1/log2(3), ideal 1 + 1/log2(3).
        ("b a c", {"a": 1, "d": 1}, (0, 1, 1, 1 / 2, (1 / LOG3) / (1 + 1 / LOG3), 1 / 4)),
        # Grades count in nDCG alone: (1 + 3/log2(3)) / (3 + 1/log2(3)).
        ("x y", {"x": 1, "y": 3}, (1, 1, 1, 1, (1 + 3 / LOG3) / (3 + 1 / LOG3), 1)),
        # In places 1 and 3 of all: precisions 1 and 2/3.
        ("a b c", {"a": 1, "c": 1}, (1, 1, 1, 1, (1 + 1 / 2) / (1 + 1 / LOG3), 5 / 6)),
        ("b c d e a", {"a": 1}, (0, 0, 1, 1 / 5, 1 / math.log2(6), 1 / 5)),
        # Beyond ten: only MAP sees it.
        ("0 1 2 3 4 5 6 7 8 9 a", {"a": 1}, (0, 0, 0, 0, 0, 1 / 11)),
        ("b c", {"a": 1}, (0, 0, 0, 0, 0, 0)),
        ("", {"a": 1}, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_rankings(ranking: str, grades: dict[str, int], expected: tuple[float, ...]) -> None:
    names = ("hit@1", "hit@4", "hit@10", "mrr@10", "ndcg@10", "map")
    found = ranking_values(ranking.split(), grades, 100)
    assert found == pytest.approx(dict(zip(names, expected, strict=True)), abs=1e-6)


def test_ids_may_hold_anything() -> None:
    strange = "https://example.org/a b#:~:text=\ud800"
    assert ranking_values(["\x00", strange], {strange: 1}, 100)["mrr@10"] == 0.5


def test_cutoffs_beyond_the_depth_are_left_out() -> None:
    assert set(ranking_values(["a"], {"a": 1}, 5)) == {"hit@1", "hit@4", "map"}
    assert set(passage_values([hit("a")], ["words"], 20)) == {"answer@5", "answer_recall@20"}


def test_an_article_stands_where_it_first_appears() -> None:
    question = Question("q", "?", {"c": 1})
    found = gold(question).ranking(question, [hit("a"), hit("b"), hit("a"), hit("c"), hit("b")])
    assert found == ("a", "b", "c")


def test_an_exact_twin_of_a_gold_article_is_gold_and_both_are_one() -> None:
    question = Question("q", "?", {"g": 1, "twin": 2})
    judged = gold(question, g="text", twin="text", other="text")
    assert judged.grades(question) == {"text": 2}
    assert judged.ranking(question, [hit("a"), hit("other"), hit("g")]) == ("a", "text")


def test_a_hit_counts_as_the_gold_article_it_stands_in_too() -> None:
    question = Question("q", "?", {"g": 1, "h": 1})
    judged = gold(question)
    near_copy = hit("copy", also_in=("x", "g"))
    assert judged.ranking(question, [hit("a"), near_copy, hit("copy"), hit("b")]) == ("a", "g", "b")
    both = hit("g", also_in=("h",))
    assert judged.ranking(question, [both, hit("a")]) == ("g", "h", "a")


def test_the_answer_is_looked_for_in_the_first_passages() -> None:
    hits = [*(hit("a", "nothing") for _ in range(5)), hit("b", "It was the Squid Game, again.")]
    assert passage_values(hits, ["“Squid Game”"], 100) == {
        "answer@5": 0.0,
        "answer_recall@20": 1.0,
        "answer_recall@100": 1.0,
    }


@pytest.mark.parametrize(
    ("expected", "text", "stands"),
    [
        ("Squid Game", "Netflix’s “Squid Game” returns", True),
        ("the U.S.", "In the US—and elsewhere", True),
        ("US", "The bus came", False),
        ("12", "At least 120 people", False),
        ("12", "At least 12, said police", True),
        ("COVID-19", "Covid‑19 cases", True),
        ("New York", "a new, york", True),
        ("York New", "New York", False),
        ("1.5 million", "some 1.5\nmillion crowns", True),
    ],
)
def test_answers_are_matched_at_word_bounds_as_squad_compares(
    expected: str, text: str, stands: bool
) -> None:
    assert stands_in(["something else", expected], text) is stands


def test_words_are_those_of_squad() -> None:
    assert padded_words("An  “apple” a day… the Doctor's!") == " apple day doctors "


@pytest.mark.parametrize(
    ("found", "expected", "exact", "overlap"),
    [
        ("the Port Ellery", ["Sanda", "Port Ellery."], 1.0, 1.0),
        ("the port of Ellery", ["Port Ellery"], 0.0, 0.8),  # 2 of 3 and 2 of 2 words
        ("‘Squid Game’", ["“Squid Game”"], 1.0, 1.0),
        ("Sanda", ["Port Ellery"], 0.0, 0.0),
        (None, ["Port Ellery"], 0.0, 0.0),
    ],
)
def test_short_answers(
    found: str | None, expected: list[str], exact: float, overlap: float
) -> None:
    assert best_match(found, expected) == pytest.approx((exact, overlap))


def test_answers_and_citations() -> None:
    question = Question("q", "?", {"g": 1, "h": 1}, ("12",))
    told = answer("They say 12 [1]. More [2]", "12 people", citation("x"), citation("y", ("g",)))
    assert answer_values(question, told, gold(question)) == {
        "em": 0.0,
        "f1": pytest.approx(2 / 3),
        "short_answer": 1.0,
        "answer_stated": 1.0,
        "citation_precision": 0.5,
        "citation_recall": 0.5,
    }


def test_a_decline_answers_nothing_and_its_markers_and_words_do_not_count() -> None:
    question = Question("q", "?", {"g": 1}, ("tell",))
    assert answer_values(question, answer("The articles do not tell."), gold(question)) == {
        "em": 0.0,
        "f1": 0.0,
        "short_answer": 0.0,
        "answer_stated": 0.0,
        "citation_precision": None,
        "citation_recall": 0.0,
    }
    numbered = Question("q", "?", {}, ("1",))
    told = answer("Somebody spoke. [1]", None, citation("x"))
    assert answer_values(numbered, told, gold(numbered))["answer_stated"] == 0.0


def test_what_is_right() -> None:
    by_answer = Question("q", "?", {"g": 1}, ("12",))
    by_gold = Question("q", "?", {"g": 1})
    outside = Question("q", "?")
    told = answer("They say 12. [1]", None, citation("x"))
    cited = answer("Some say so. [1]", None, citation("x", ("g",)))
    declined = answer("12")
    judged = [
        is_right(question, each, gold(question))
        for question in (by_answer, by_gold, outside)
        for each in (told, cited, declined)
    ]
    assert judged == [True, False, False, False, True, False, False, False, False]


def test_risk_against_coverage() -> None:
    points = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, True, False])
    assert points == ((0.9, 0.25, 0.0), (0.5, 0.75, pytest.approx(1 / 3)), (0.2, 1.0, 0.5))
    assert risk_coverage([], []) == ()
    assert working_point(0.4, [True, False, False, False], [False, True, True, False]) == (
        0.4,
        0.75,
        pytest.approx(1 / 3),
    )
    assert working_point(0.4, [True], [False]) is None


def test_the_interval_of_a_share_is_that_of_the_normal_approximation() -> None:
    found = figure([0.0] * 120 + [1.0] * 280)
    half = 1.96 * math.sqrt(0.7 * 0.3 / 400)
    assert (found.value, found.n) == (pytest.approx(0.7), 400)
    assert found.low == pytest.approx(0.7 - half, abs=0.005)
    assert found.high == pytest.approx(0.7 + half, abs=0.005)
    assert figure([0.0] * 120 + [1.0] * 280) == found


def test_a_single_question_has_no_interval() -> None:
    assert figure([0.5]).low is None
    assert figure([0.5]).high is None


def test_quantiles_of_times() -> None:
    times = [float(n) for n in range(1, 102)]
    assert (figure(times, "p50").value, figure(times, "p95").value) == (51.0, 96.0)
    median = figure(times, "p50")
    assert median.low is not None
    assert median.high is not None
    assert 35 < median.low < 51 < median.high < 67


def test_pairs_are_drawn_together() -> None:
    """The questions differ widely, the two settings by the same tenth on each."""
    baseline = [0.0, 0.9] * 20
    found = difference([value + 0.1 for value in baseline], baseline)
    assert (found.delta, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.is_clear
    same = difference(baseline, baseline)
    assert (same.delta, same.is_clear) == (0.0, False)


def test_a_difference_of_chance_is_not_clear() -> None:
    found = difference([1.0, 0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0])
    assert found.delta == pytest.approx(0.2)
    assert not found.is_clear


def test_a_question_without_gold_and_answers_should_be_declined() -> None:
    day = datetime.date(2024, 1, 1)
    asked = (
        Question("a", "?", as_of=day),
        Question("b", "?", {"g": 1}),
        Question("c", "?", {}, ("x",)),
    )
    assert [each.should_decline for each in asked] == [True, False, False]
