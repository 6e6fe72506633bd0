"""Rules of pasted pages on pages written for these tests; the bundled ones are in test_seeds."""

from __future__ import annotations

import datetime

import pytest

from index.clean import PageArticle, articles_in_page, host_of, read_record_text
from index.line_rules import RULES, LineRule, Place, match_rule
from index.types import SpanKind

EVERYWHERE = frozenset(Place)

BODY = """The harbour of Port Vale will close for a week from Monday, the city said.

"We have no choice," Mayor Ada Quill told reporters. The old crane must come down first.

Fishermen asked for help with the costs and were told to wait for the council's vote."""

CLASSIC = f"""World News

Harbour of Port Vale to close for a week

By Jane Roe and John Doe | January 30, 2023 | 10:30 AM

{BODY}

Sign up for our newsletter and get the news in your inbox.
Share this article on Facebook

Related stories
Five bridges that never opened
Why the tram is late

© 2023 The Vale Courier. All rights reserved.
"""

LINK_FIRST = f"""Source: The Vale Courier
Link: https://www.valecourier.example/2023/harbour?id=7
Harbour of Port Vale to close for a week
Published: 30 January 2023 at 22:48 GMT | Updated: 31 January 2023
The crane in the harbour, seen in 2019. Photograph: Jane Roe/AFP
{BODY}
"""

STAND_FIRST = f"""The Vale Courier
Is this the end of the harbour of Port Vale?
The crane must come down before the ships return.
By Jane Roe, Vale Courier
30 January

{BODY}
FILE PHOTO: The harbour on January 30, 2023, before the work began
Content retrieved from: http://valecourier.example/harbour
"""


def only(page: str) -> PageArticle:
    (article,) = articles_in_page(page)
    return article


def marked(page: str, kind: SpanKind) -> list[str]:
    return [page[span.start : span.end] for span in only(page).spans if span.kind is kind]


def body(page: str) -> str:
    """What no span marks, line by line."""
    left = page
    for span in reversed(only(page).spans):
        left = left[: span.start] + left[span.end :]
    return "\n".join(line for line in left.split("\n") if line.strip())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_takes_its_example_and_leaves_prose_that_looks_like_it(rule: LineRule) -> None:
    found = match_rule(rule.example, EVERYWHERE)
    assert found is not None
    assert found[0].name == rule.name
    assert match_rule(rule.not_this, EVERYWHERE) is None


@pytest.mark.parametrize("page", [CLASSIC, LINK_FIRST, STAND_FIRST])
def test_the_words_of_the_report_are_never_marked(page: str) -> None:
    lines = [line for line in BODY.split("\n") if line]
    assert [line for line in body(page).split("\n") if line in lines] == lines


def test_a_classic_page_tells_headline_writers_and_day() -> None:
    article = only(CLASSIC)
    assert article.title == "Harbour of Port Vale to close for a week"
    assert article.author == "Jane Roe and John Doe"
    assert article.published == datetime.date(2023, 1, 30)
    assert (article.source, article.url) == (None, None)
    assert body(CLASSIC) == "\n".join(line for line in BODY.split("\n") if line)


def test_a_page_that_begins_with_its_link_tells_outlet_link_and_day_of_publication() -> None:
    article = only(LINK_FIRST)
    assert article.title == "Harbour of Port Vale to close for a week"
    assert article.source == "The Vale Courier"
    assert article.url == "https://www.valecourier.example/2023/harbour?id=7"
    assert article.published == datetime.date(2023, 1, 30)
    assert marked(LINK_FIRST, SpanKind.CAPTION) == [
        "The crane in the harbour, seen in 2019. Photograph: Jane Roe/AFP"
    ]


def test_a_site_name_above_the_headline_is_the_outlet_and_a_question_can_be_a_headline() -> None:
    article = only(STAND_FIRST)
    assert article.title == "Is this the end of the harbour of Port Vale?"
    assert article.source == "The Vale Courier"
    assert article.url == "http://valecourier.example/harbour"
    assert article.author == "Jane Roe, Vale Courier"


def test_a_missing_year_comes_from_the_same_day_in_a_caption() -> None:
    assert only(STAND_FIRST).published == datetime.date(2023, 1, 30)


@pytest.mark.parametrize(
    "evidence",
    [
        "",
        "He was born on January 30, 1972, and left in 1990.",
        "It opened on March 3, 2022, at noon.",
        "Photo: The bridge on January 30, 2021\n\nPhoto: The bridge on January 30, 2022",
    ],
)
def test_a_missing_year_stays_missing_without_evidence_for_it(evidence: str) -> None:
    page = f"Harbour to close for a week\n\n30 January, 10:48 PM\n\n{BODY}\n\n{evidence}\n"
    assert only(page).published is None


def test_a_full_date_in_the_body_or_a_caption_alone_is_not_the_day_of_publication() -> None:
    page = (
        f"Harbour to close for a week\n\nThe harbour, July 1, 2018. (AFP / Ada Quill)\n\n{BODY}\n\n"
        "The crane was built on May 2, 1951, by hand.\n"
    )
    assert only(page).published is None


@pytest.mark.parametrize(
    "line",
    [
        "January 30, 2023",
        "Jan. 30, 2023, 5:00 p.m. EST",
        "Monday 30 January 2023 22.48 GMT",
        "2023-01-30",
        "Published: January 30, 2023 | Updated: February 2, 2023",
        "Published on 30/01/2023",
        "January 30, 2023 / 5:00 PM / Vale News",
        "Posted on January 30, 2023 by Jane Roe",
        "By Jane Roe January 30, 2023",
        "Jane Roe | Jan 30, 2023",
        "Port Vale, January 30, 2023",
    ],
)
def test_a_full_date_at_the_head_is_the_day_of_publication(line: str) -> None:
    page = f"Harbour to close for a week\n{line}\n\n{BODY}\n"
    assert only(page).published == datetime.date(2023, 1, 30)
    assert only(page).title == "Harbour to close for a week"


def test_the_dateline_of_a_wire_report_tells_the_day() -> None:
    page = f"Harbour to close for a week\n\nPORT VALE, January 30, 2023 (Wire) -- {BODY}\n"
    assert only(page).published == datetime.date(2023, 1, 30)


def test_a_page_that_only_says_when_it_was_updated_has_no_day_of_publication() -> None:
    page = f"Harbour to close for a week\n\nUpdated: January 30, 2023\n\n{BODY}\n"
    assert only(page).published is None


SECOND = """Tram line to the airport opens early

By Max Poe
February 2, 2023

The tram to the airport will run from Friday, a month before the plan said.

Tickets cost two crowns. Nobody had hoped for so low a price, riders said."""


@pytest.mark.parametrize(
    ("between", "second"),
    [
        ("\n\n", SECOND),
        ("\n\nContent retrieved from: https://a.example/1\n\n", SECOND.replace("By Max Poe\n", "")),
        ("\n\n==========\n\n", SECOND.replace("By Max Poe\nFebruary 2, 2023\n\n", "")),
        ("\n\n\n\n", SECOND.replace("By Max Poe\n", "")),
    ],
)
def test_a_second_article_below_the_first_is_split_off(between: str, second: str) -> None:
    page = f"Harbour to close for a week\n\nJanuary 30, 2023\n\n{BODY}{between}{second}\n"
    first_article, second_article = articles_in_page(page)
    assert first_article.title == "Harbour to close for a week"
    assert first_article.published == datetime.date(2023, 1, 30)
    assert second_article.title == "Tram line to the airport opens early"
    assert page[second_article.start :].startswith("Tram line to the airport opens early")
    assert (first_article.start, first_article.end) == (0, second_article.start)
    assert second_article.end == len(page)


@pytest.mark.parametrize(
    "inner",
    [
        "Calls for Calm in the Harbour",
        "Calls for Calm in the Harbour\n\nFebruary 24, 2022",
        "“The Book of the Sea”\n\nBy Max Poe",
        "Harbour to close for a week\nThe harbour at dawn (Photo: Jane Roe/AFP)",
        "Calls for Calm in the Harbour\n\nCalls for Calm in the Harbour",
    ],
)
def test_a_sub_head_is_not_a_new_article(inner: str) -> None:
    page = f"Harbour to close for a week\n\n{BODY}\n\n{inner}\n\n{BODY}\n"
    assert len(articles_in_page(page)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "the harbour was quiet and nobody came\n\nlater it rained, and the boats went home.",
        "IN THE HARBOUR OF PORT VALE LAST WEEK THE CRANE FELL . NOBODY WAS HURT, SAID THE MAYOR . "
        * 9,
        "I walked along the harbour wall\nAnd heard the evening gulls all call,\nAnd so it was.",
        BODY,
        (
            "The harbour of Port Vale, which has been closed since\nMonday, opens again. The crane"
            " came\ndown on Friday, and nobody was hurt when it fell into\nthe water."
        ),
        "Harbour",
        "...",
        "x" * 10_000,
    ],
)
def test_a_text_without_a_headline_survives_whole_and_has_no_title(text: str) -> None:
    article = only(text)
    assert article.title is None
    assert article.spans == ()
    assert (article.published, article.author, article.source, article.url) == (None,) * 4


def test_a_record_is_one_article_and_its_own_headline_is_marked_in_its_text() -> None:
    text = f"Harbour to close for a week\n\n{BODY}\n\n{SECOND}\n\nFollow us on Twitter\n"
    found = read_record_text(text, "Harbour to close  for a week")
    assert (found.start, found.end) == (0, len(text))
    assert [(text[s.start : s.end], s.kind) for s in found.spans] == [
        ("Harbour to close for a week", SpanKind.HEADLINE),
        ("Follow us on Twitter", SpanKind.BOILERPLATE),
    ]


def test_a_wire_service_signing_off_the_last_paragraph_is_not_a_photo_credit() -> None:
    page = f"Harbour to close for a week\n\n{BODY}\n\nIt opens again next Sunday (Reuters)\n"
    assert marked(page, SpanKind.CAPTION) == []


def test_the_last_of_several_addresses_in_a_report_stays_a_part_of_it() -> None:
    page = f"Harbour to close\n\n{BODY}\n\nThe hall is at\n\n12 Pier Road\n\n{BODY}\n"
    assert marked(page, SpanKind.BOILERPLATE) == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.cnn.com/a", "cnn.com"),
        ("http://News.Example:8080/", "news.example"),
        ("no link", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_the_host_names_the_outlet(url: str | None, host: str | None) -> None:
    assert host_of(url) == host


def test_a_page_of_100_000_short_lines_keeps_each_of_them() -> None:
    listed = "\n".join(f"Lot {n} sold" for n in range(100_000))
    page = f"Auction of the old harbour\n\nBy Jane Roe\n\n{BODY}\n\n{listed}\n\n{BODY}\n"
    (found,) = articles_in_page(page)
    assert (found.title, found.author) == ("Auction of the old harbour", "Jane Roe")
    assert (found.start, found.end) == (0, len(page))
    assert [page[span.start : span.end] for span in found.spans] == [
        "Auction of the old harbour",
        "By Jane Roe",
    ]


def test_newsletter_calls_take_the_block_below_an_article_along_however_long_it_is() -> None:
    lines = [f"Letter {n}\nSign up for our newsletter" for n in range(20_000)]
    page = f"Harbour shut\n\n{BODY}\n\n" + "\n".join(lines) + "\n\nAda Quill is mayor"
    (found,) = articles_in_page(page)
    boilerplate = [span for span in found.spans if span.kind is SpanKind.BOILERPLATE]
    assert len(boilerplate) == 40_000
    assert page[boilerplate[0].start : boilerplate[0].end] == "Letter 0"
    assert page[boilerplate[-1].start : boilerplate[-1].end] == "Sign up for our newsletter"
