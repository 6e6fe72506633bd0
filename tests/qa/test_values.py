"""What a bare answer says, and when two of them say the same."""

from __future__ import annotations

import pytest

from qa.quantities import find_quantities
from qa.question import profile_question
from qa.values import counted_figure, holds_kind, likeness, read_value, states


def compared(question: str, left: str, right: str) -> bool | None:
    """Whether two answers are the same; each is read in a sentence of its own."""
    profile = profile_question(question)
    values = [read_value(question, profile, text, 0, len(text)) for text in (left, right)]
    assert None not in values, f"{left!r} or {right!r} was not read"
    return likeness(*values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("five", 5, 5),
        ("1,204 votes", 1204, 1204),
        ("a hundred and five", 105, 105),
        ("two dozen goats", 24, 24),
        ("twenty-five", 25, 25),
        ("10 to 15 boats", 10, 15),
        ("between ten and fifteen", 10, 15),
        ("about 20 boats", 18, 22),
        ("more than 20 boats", 20, 24),
        ("2.5 million crowns", 2_450_000, 2_550_000),
        ("200k subscribers", 190_000, 210_000),
        ("$3.5bn", 3_450_000_000, 3_550_000_000),
    ],
)
def test_a_number_is_the_stretch_in_which_it_may_lie(text: str, low: float, high: float) -> None:
    (found,) = find_quantities(text)
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("five killed and 20 injured", [5, 20]),
        ("4-3 on penalties", [4, 3]),
        ("one of them", []),
        ("no figure at all", []),
    ],
)
def test_numbers_apart_stay_apart(text: str, numbers: list[float]) -> None:
    assert [found.low for found in find_quantities(text)] == numbers


@pytest.mark.parametrize(
    "text",
    ["1" * 10_000, "1 " * 5_000, "hundred " * 1_000, "9.9.9.9", "1e999", "٣ ٤", "½", "1,2,3"],
)
def test_no_text_is_too_odd_to_look_for_numbers(text: str) -> None:
    assert all(found.low <= found.high < float("inf") for found in find_quantities(text))


@pytest.mark.parametrize(
    ("question", "left", "right", "same"),
    [
        ("How many people died?", "five", "5", True),
        ("How many people died?", "at least nine", "9", True),
        ("How many people died?", "5", "17", False),
        ("How many people died?", "20", "21", False),
        ("How many people marched?", "about 1,000", "1,040", True),
        ("How many people marched?", "1,000", "1,600", False),
        ("How many people fled?", "2.5 million", "2,480,000", True),
        ("How long is the bridge?", "2 miles", "3.2 kilometres", True),
        ("How long is the bridge?", "2 miles", "3 miles", False),
        ("How long is the bridge?", "2 miles", "four years", None),
        ("What share voted?", "54 percent", "54 votes", None),
        ("How much did it cost?", "$5", "5 dollars", True),
        ("How much did it cost?", "$5", "5 euros", None),
        ("How much did it cost?", "40 million crowns", "55 million crowns", False),
        ("How much is gas?", "$4.96", "$4.32 a gallon", False),
        ("How much did he offer?", "$54.20", "$44 billion", None),
        ("How much did he pay?", "$2.6 billion", "$44 billion", None),
        ("When did he speak?", "Jan. 30", "January 30, 2023", True),
        ("When did he speak?", "2023", "30 January 2023", True),
        ("When did he speak?", "30 January", "31 January 2023", False),
        ("When did he speak?", "June 2026", "October 2027", False),
        ("When did he speak?", "Friday", "Sunday", None),
        ("When did he speak?", "Friday", "31 January 2023", None),
        ("When did he speak?", "2019", "3 May", None),
        ("Who was killed?", "Soleimani", "Maj. Gen. Qassem Soleimani", True),
        ("Who was killed?", "Suleimani", "Qasem Soleimani", None),
        ("Who is mayor?", "Mayor Ines Corvalho", "Dario Brandt", False),
        ("Who is mayor?", "Ines Corvalho", "Bela Corvalho", None),
        ("Who is mayor?", "Mohammed bin Salman", "Salman", True),
        ("Which group said so?", "the United Nations", "UN", True),
    ],
)
def test_values_are_compared_by_what_the_words_state(
    question: str, left: str, right: str, same: bool | None
) -> None:
    assert compared(question, left, right) is same
    assert compared(question, right, left) is same


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many hot dogs did he eat?", "12 titles"),
        ("How many people died?", "nineteen children and two teachers"),
        ("When did he rule?", "from 3 May 2019 to 4 June 2020"),
        ("Who signed?", "Norway, Iceland and Denmark"),
        ("Who won?", "the mayor"),
        ("Why did it sink?", "a bow door"),
    ],
)
def test_what_is_several_things_or_another_is_no_value(question: str, answer: str) -> None:
    assert read_value(question, profile_question(question), answer, 0, len(answer)) is None


def test_the_unit_is_read_around_the_answer() -> None:
    question = "How much did it cost?"
    profile = profile_question(question)
    left, right = (
        read_value(question, profile, text, *span)
        for text, span in (("It cost $40.", (9, 11)), ("It cost 40 euros.", (8, 10)))
    )
    assert left is not None
    assert right is not None
    assert (left.text, right.text) == ("40", "40")
    assert likeness(left, right) is None


@pytest.mark.parametrize(
    ("question", "span", "expected"),
    [
        ("How many passengers were hurt?", "Eleven wagons overturned and 19", "19"),
        ("How many wagons overturned?", "Eleven wagons overturned and 19", "Eleven"),
        ("How many people were hurt?", "Eleven wagons overturned and 19", None),
        ("How many passengers were hurt?", "19", None),
        ("Who was hurt?", "Eleven wagons overturned and 19", None),
    ],
)
def test_of_several_figures_the_one_is_said_that_counts_what_is_asked_for(
    question: str, span: str, expected: str | None
) -> None:
    text = "Eleven wagons overturned and 19 passengers were hurt."
    start = text.index(span)
    first, last = counted_figure(question, text, start, start + len(span))
    assert text[first:last] == (expected or span)


def test_a_text_states_a_value_in_other_words() -> None:
    question = "How many people were killed?"
    value = read_value(question, profile_question(question), "six", 0, 3)
    assert value is not None
    assert states("At least 6 people were killed and two dozen were injured.", value)
    assert not states("At least 8 people were killed.", value)


@pytest.mark.parametrize(
    ("question", "answer", "holds"),
    [
        ("How many people died?", "sinking", False),
        ("How many people died?", "17", True),
        ("How many people died?", "dozens", True),
        ("How many people died?", "two months", False),
        ("How many people died?", "more than two dozen", True),
        ("How many of the voters backed him?", "62 percent", True),
        ("How many homes were sold?", "$40 million", False),
        ("How many homes were sold?", "none", True),
        ("How many miles long is the wall?", "40 miles", True),
        ("How many years did she serve?", "two months", True),
        ("How often does it meet?", "twice a week", True),
        ("How often does it meet?", "weekly", True),
        ("How much did it cost?", "a lot of steel", False),
        ("How much did it cost?", "three years", False),
        ("How much did it cost?", "48 million euros", True),
        ("When did it open?", "the coastguard", False),
        ("When did it open?", "Friday", True),
        ("When did it open?", "June 2023", True),
        ("When did it open?", "shortly before dawn", True),
        ("Who opened it?", "the coastguard", True),
    ],
)
def test_an_answer_of_another_kind_is_told(question: str, answer: str, *, holds: bool) -> None:
    assert holds_kind(profile_question(question), answer) is holds
