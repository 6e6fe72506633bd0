"""A question that names nothing of its own is searched with the one before it."""

from __future__ import annotations

import pytest

from qa.followup import stand_alone


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("Who is Esmail Qaani?", "What did he vow?", "What did Esmail Qaani vow?"),
        ("Who is Ismail Haniyeh?", "Where was he killed?", "Where was Ismail Haniyeh killed?"),
        ("Who is Angela Merkel?", "What did her party say?", "What did Angela Merkel’s party say?"),
        ("Who met Angela Merkel?", "Who else met her?", "Who else met Angela Merkel?"),
        (
            "What did Biden tell Netanyahu?",
            "And what about Hezbollah?",
            "What did Biden tell Netanyahu? And what about Hezbollah?",
        ),
        (
            "Who vowed to attack the US?",
            "What else did he say?",
            "Who vowed to attack the US? What else did he say?",
        ),
        ("How many ferries sank?", "When?", "How many ferries sank? When?"),
        (
            "how many ferries sank?",
            "and in 2023?",
            "how many ferries sank? and in 2023?",
        ),
    ],
)
def test_the_earlier_question_is_carried_along(earlier: str, question: str, expected: str) -> None:
    assert stand_alone(question, [(earlier, "…")]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Port Ellery?",
        "What did the Kremlin say about the call that never happened?",
        "How many people died in the ferry disaster this week?",
        "Why did the central bank raise interest rates?",
    ],
)
def test_a_question_of_its_own_drags_nothing_along(question: str) -> None:
    assert stand_alone(question, [("Who is Esmail Qaani?", "…")]) == question


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    history = [("Who is Esmail Qaani?", "…"), ("What did he vow?", "…")]
    assert stand_alone("Where did he speak?", history) == "Where did Esmail Qaani speak?"


def test_without_history_nothing_changes() -> None:
    assert stand_alone("What did he vow?", []) == "What did he vow?"
