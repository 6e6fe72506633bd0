"""Whether a question speaks of the present, in words or by the tense of its verb."""

from __future__ import annotations

import pytest

from qa.recency import is_in_present, speaks_of_now


@pytest.mark.parametrize(
    "question",
    [
        "Who is now in charge?",
        "What is happening right now?",
        "Who leads the party at the moment?",
        "What is the latest on the strike?",
        "Latest on the strike?",
        "Which virus was recently found?",
        "What does the most recent survey say?",
        "What is the current price of gas?",
        "Who currently owns it?",
        "How many were arrested so far?",
        "How many have died to date?",
        "Is the bridge still closed?",
        "Which party leads today?",
        "Which nation plunged into chaos in recent days?",
        "WHO IS NOW IN CHARGE?",
    ],
)
def test_words_of_the_present_are_heard(question: str) -> None:
    assert speaks_of_now(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who was in charge?",
        "Who owns USA Today?",
        "Who made Apocalypse Now?",
        "Which now-defunct bank was it?",
        "What changed in recent decades?",
        "How warm is the ocean current?",
        "What drives the current of the river?",
        "Who painted the still life?",
        "Who stood still?",
        "How did it go so far as that?",
        "What is his date of birth?",
        "Who arrived later?",
        "",
    ],
)
def test_words_that_only_look_like_the_present_are_not_heard(question: str) -> None:
    assert not speaks_of_now(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which company is being accused of fraud?",
        "Who will perform at the half-time show?",
        "Who has been arrested?",
        "How much does it cost to raise a child?",
        "Which state has the highest price?",
        "Who leads the party?",
        "What's the cause?",
        "Is the bridge open?",
        "Which late justice will be featured on a stamp?",
        "After the vote was lost, which party is ahead?",
        "The rocket was launched on Monday. Where is the launchpad?",
        "Supermarkets are struggling to stock which condiment?",
        "How many people could soon be drafted?",
        "Which politician who resigned is under arrest?",
        "what countries have joined",
    ],
)
def test_a_main_verb_in_the_present_or_future_is_recognised(question: str) -> None:
    assert is_in_present(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which company announced it is cutting jobs?",
        "Which embattled celebrity was found liable?",
        "Who won the cup?",
        "What caused the fire that is burning?",
        "Why did the court halt the bridge?",
        "Where were the rings found?",
        "Which highly anticipated show drew ten million viewers?",
        "The agency said it will do what?",
        "What NFL star announced he is retiring?",
        "How could that happen?",
        "Was it May who resigned?",
        "the government, which has resigned",
        "Iran nuclear talks",
        "",
    ],
)
def test_other_verbs_are_not_taken_for_the_present(question: str) -> None:
    assert not is_in_present(question)
