from __future__ import annotations

import pytest

from index.sentences import sentence_spans

ONE_SENTENCE = [
    "Maj. Gen. Qassem Soleimani led the Quds Force.",
    "Gen. Smith spoke first.",
    "He met Lt. Col. Bob Ray in St. Petersburg.",
    "On Jan. 28, Iranian media showed the blast.",
    "They left No. 10 at night.",
    "Sen. J.D. Vance, R-Ohio, said so.",
    "Rep. Adam Roe, D-Calif., agreed.",
    "Sen. Kevin Roe, R-N.D., told reporters.",
    "Tickets go on sale at 10 a.m. Friday, May 5, at the gate.",
    "It starts at 3 p.m. Tuesday in town.",
    "It starts at 9 a.m. EST in town.",
    "The U.S. Army left.",
    "U.S. President Joe Biden met Mr. Netanyahu.",
    "Apple Inc. Shares fell.",
    "It cost $3.5 million, or 70.5% more.",
    "“I am here. You are there. We go,” he said.",
    "“Why?” she asked.",
    "Yahoo! said it would sell.",
    "Well… He said so.",
    "Mr. and Mrs. Roe vs. The State went to court.",
    "1. Simplify the tax code.",
    "John F. Kennedy spoke in Washington, D.C. on Friday.",
    "A TOURIST FROM THE U.S . FIRST MET MR . SMITH THERE .",
]
SEVERAL = [
    ["She said no.", "They spent 43 years together."],
    ["He lives in the U.S.", "He likes it."],
    ["He left!", "Why?", "Nobody knows.", "“Not even she.”", "The end."],
    ['He said: "I go."', "She said no."],
    ["He came at 5 p.m.", "He left at six."],
    ["He works for Apple Inc.", "The firm is large."],
    ["POLICE SENT HIM OUT .", "FOR A WHILE HE SAT IN THE U.S . EMBASSY ."],
    ['WITH " HELP, " HE SAID .', '" I AM GOING . "', "SUDDENLY HE FELL ."],
    ["Wo ist er?", "Er ist in Köln.", "😀 Gut."],
]


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_an_abbreviation_or_a_quote_does_not_end_a_sentence(text: str) -> None:
    assert pieces(text) == [text]


@pytest.mark.parametrize("sentences", SEVERAL)
def test_sentences_end_where_they_end(sentences: list[str]) -> None:
    assert pieces(" ".join(sentences)) == sentences


def test_a_sub_head_is_not_glued_to_its_neighbours() -> None:
    text = "He left on Monday.\n\nCalls for Calm\n\nThe town was quiet."
    assert pieces(text) == ["He left on Monday.", "Calls for Calm", "The town was quiet."]


def test_a_line_end_ends_a_sentence_where_lines_are_paragraphs() -> None:
    assert pieces("Ukraine Today\nDaily at nine\nShow more") == [
        "Ukraine Today",
        "Daily at nine",
        "Show more",
    ]


def test_a_hard_wrapped_paragraph_is_read_as_one() -> None:
    text = (
        "The minister arrived in Kyiv on Monday for talks with the\n"
        "President about the war. Nobody had expected the visit, and\n"
        "Ukrainian officials said it showed the support of London for\n"
        "the country."
    )
    assert pieces(text) == [
        "The minister arrived in Kyiv on Monday for talks with the\nPresident about the war.",
        (
            "Nobody had expected the visit, and\nUkrainian officials said it showed the support of"
            " London for\nthe country."
        ),
    ]


def test_a_very_long_quotation_is_split_and_keeps_each_mark_with_its_words() -> None:
    said = " ".join(
        f"We shall go on with part {n} of the plan as agreed by all sides." for n in range(9)
    )
    text = f"He said: “{said}” She agreed. “{said}” They left."
    found = pieces(text)
    assert len(found) > 10
    assert all(not piece.endswith("“") for piece in found)
    assert found[-1] == "They left."


def test_only_the_given_stretch_is_split_and_bounds_count_the_whole_text() -> None:
    text = "One here. Two there. Three now."
    assert sentence_spans(text, 10, 20) == [(10, 20)]


@pytest.mark.parametrize("text", ["", " \n\n\u00a0 ", "\n"])
def test_white_space_holds_no_sentence(text: str) -> None:
    assert sentence_spans(text) == []
