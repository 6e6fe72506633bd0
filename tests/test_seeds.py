from __future__ import annotations

import datetime
import hashlib

import pytest

import seeds
from index.chunk import ChunkSettings, chunk_article
from index.readers import read_articles
from index.tokens import count_tokens
from index.types import Article, SpanKind

TIMES_URL = (
    "https://www.timesofisrael.com/"
    "pompeo-netanyahu-discuss-irans-malign-influence-after-soleimani-strike/"
)
# id, title, source, author, url, published
EXPECTED = [
    (
        "biden-to-netanyahu-on-israels-security.txt",
        "Biden to Netanyahu: Committed to Israel's Security",
        None,
        None,
        None,
        None,
    ),
    (
        "blinken-netanyahu-iran-and-ukraine.txt",
        "Blinken, Netanyahu discuss countering Iran and support for Ukraine",
        None,
        None,
        None,
        datetime.date(2023, 1, 30),
    ),
    (
        "netanyahu-considered-asking-putin.txt",
        "Netanyahu considered asking Putin to stop Iran",
        None,
        None,
        None,
        None,
    ),
    (
        TIMES_URL,
        "Pompeo, Netanyahu discuss Iran’s ‘malign influence’ after Soleimani strike",
        "timesofisrael.com",
        "TOI staff",
        TIMES_URL,
        None,
    ),
    (
        "qaani-retaliation-and-russia-in-africa.txt",
        "Quds Force Commander Holds onto Retaliation Against US over Soleimani Assassination",
        None,
        None,
        None,
        None,
    ),
    (
        "qaani-retaliation-and-russia-in-africa.txt#2",
        "Russia Says Plan to Boost Role in Africa Includes 'Sensitive' Security Ties",
        None,
        None,
        None,
        None,
    ),
]
# The files are the user's: their words must never change.
SHA256 = {
    "biden-to-netanyahu-on-israels-security.txt": (
        "40683d8e48bc6c021a17fb681436f3be61dd3686022aa63a6ea722a44b8c676b"
    ),
    "blinken-netanyahu-iran-and-ukraine.txt": (
        "80b90d60387de00e282d9cc8a40a0b68c7313301340b445982b47cf32f91e763"
    ),
    "netanyahu-considered-asking-putin.txt": (
        "f347569d2f292ce0b1d7c4322e2c8e3a6dc2cdbb997e0d82d69fd732f39e9eeb"
    ),
    "pompeo-netanyahu-after-soleimani-strike.txt": (
        "575d6fb11c83b428b6a4c7c98bd86689a8264c15fc6572bd7661384e47dca7b3"
    ),
    "qaani-retaliation-and-russia-in-africa.txt": (
        "d90201a0235b625c20e94ad6587a1d3681443ba0ddfc24a1de3ec97550890947"
    ),
}


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {item.id: item for item in read_articles([seeds.PATH]) if isinstance(item, Article)}


def test_the_five_files_are_as_they_were_given() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in seeds.PATH.iterdir()
    }
    assert found == SHA256


def test_six_articles_tell_what_their_pages_tell_and_no_more(articles: dict[str, Article]) -> None:
    found = [(a.id, a.title, a.source, a.author, a.url, a.published) for a in articles.values()]
    assert found == EXPECTED


def test_the_two_articles_of_one_file_hold_the_whole_file(articles: dict[str, Article]) -> None:
    name = "qaani-retaliation-and-russia-in-africa.txt"
    page = (seeds.PATH / name).read_text(encoding="utf-8")
    assert articles[name].text + articles[f"{name}#2"].text == page
    assert articles[f"{name}#2"].text.startswith("Russia Says Plan")


def marked(article: Article, kind: SpanKind) -> list[str]:
    return [article.text[span.start : span.end] for span in article.spans if span.kind is kind]


def test_photo_captions_are_marked_once_and_their_repeats_are_boilerplate(
    articles: dict[str, Article],
) -> None:
    article = articles["qaani-retaliation-and-russia-in-africa.txt"]
    caption = (
        "Commander of the Quds Force Esmail Qaani, with Iranian Revolutionary Guard Corps Chief"
        " Commander Hossein Salami (file photo: AFP)"
    )
    assert marked(article, SpanKind.CAPTION) == [caption]
    assert marked(article, SpanKind.BOILERPLATE) == [caption, "TT", "20", caption, caption]
    assert marked(article, SpanKind.HEADLINE) == [article.title, article.title]


@pytest.mark.parametrize(
    ("article_id", "lines"),
    [
        ("biden-to-netanyahu-on-israels-security.txt", ["Our readers are reading too"]),
        (
            "netanyahu-considered-asking-putin.txt",
            [
                "Physical Address",
                "304 North Cardinal St.",
                "Dorchester Center, MA 02124",
                "en_USEnglish",
            ],
        ),
        (
            "blinken-netanyahu-iran-and-ukraine.txt",
            [
                (
                    "Anthony Blinken and Benjamin Netanyahu in Jerusalem, January 30, 2023"
                    " (Photo:DEBBIE HILL/Pool via REUTERS)"
                ),
                "Video of day",
                "Follow us on Twitter, Facebook and Google News",
                "Ukraine Today",
                "Fresh daily newsletter covering the top headlines and developments in Ukraine",
                "Daily at 9am EST",
                "Show more news",
            ],
        ),
        (TIMES_URL, [f"Content retrieved from: {TIMES_URL}."]),
    ],
)
def test_boilerplate_is_exactly_these_lines(
    articles: dict[str, Article], article_id: str, lines: list[str]
) -> None:
    assert marked(articles[article_id], SpanKind.BOILERPLATE) == lines


def test_every_sub_head_is_a_sentence_of_its_own(articles: dict[str, Article]) -> None:
    article = articles["biden-to-netanyahu-on-israels-security.txt"]
    passages = chunk_article(article, ChunkSettings(), count_tokens, 256)
    sentences = {article.text[a:b] for passage in passages for a, b in passage.sentences}
    assert {
        "American Defensive Weapons Deployment",
        "Calls for Retribution",
        "Coordinated Response",
    } <= sentences
