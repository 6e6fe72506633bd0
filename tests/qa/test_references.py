"""Citations in plain text, Markdown and BibTeX, read back by other people's readers."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string

from qa import Article
from qa.export import (
    bibtex_reference,
    escape_markdown,
    markdown_reference,
    plain_reference,
    references,
)

AWKWARD = [
    '100% of {AT&T} #1_a $5 ~x^y \\cmd "q" <b> | é “c” — ’s',
    "a } b { c",
    "@misc{x, title = {y}}",
    "Ann Lee and Bob Roy, Jr.",
    "1. one",
    "- two",
    "+ three",
    "# heading",
    "> quote",
    "--- ``x'' ''",
    "===",
    "    code",
    "*a* _b_ `c` [l](http://e.example) ![x](http://e.example/x.png) <img src=x> &lt; ~~s~~ | t |",
    "a\nb\n\n# c",
]


def make_article(**fields: Any) -> Article:
    known = {
        "id": "a1",
        "title": "Bridge opens",
        "text": "It opened on Monday.",
        "source": "Daily News",
        "author": "Ann Lee",
        "url": "https://www.example.org/bridge",
        "published": datetime.date(2020, 1, 30),
        "path": None,
        "content_sha256": "0" * 64,
    }
    return Article(**{**known, **fields})


class _Read(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_markdown(text: str) -> _Read:
    return _Read(MarkdownIt("gfm-like", {"linkify": False}).render(text))


def untexed(text: str) -> str:
    """What TeX would print of the text, as far as `bibtex_reference` writes it."""
    named = {
        "textbackslash": "\\",
        "textbraceleft": "{",
        "textbraceright": "}",
        "textasciitilde": "~",
        "textasciicircum": "^",
        "textless": "<",
        "textgreater": ">",
        "textbar": "|",
        "textquotedbl": '"',
    }
    tokens = re.compile(r"\\(?:([a-z]+)\{\}|([#$%&_]))|\{\}")
    return tokens.sub(lambda match: named.get(match[1] or "", match[2] or ""), text)


def test_a_source_is_cited_in_each_form() -> None:
    cited = references(make_article(), "It opened on Monday.")
    assert cited == {
        "plain": "“It opened on Monday.” — Ann Lee, Bridge opens, Daily News, 30 January 2020, "
        "https://www.example.org/bridge",
        "markdown": "“It opened on Monday.” — Ann Lee, "
        "[Bridge opens](https://www.example.org/bridge), Daily News, 30 January 2020",
        "bibtex": "@misc{dailynews-2020-bridge-f55ff1,\n"
        "  title = {{Bridge opens}},\n"
        "  author = {{Ann Lee}},\n"
        "  howpublished = {{Daily News}},\n"
        "  year = {2020},\n"
        "  month = jan,\n"
        "  day = {30},\n"
        "  url = {https://www.example.org/bridge},\n"
        "  note = {“It opened on Monday.”},\n"
        "}",
    }


def test_what_an_article_does_not_tell_is_named_as_absent_or_left_out() -> None:
    bare = make_article(title=None, source=None, author=None, url=None, published=None)
    assert plain_reference(bare, "It\nopened.") == (
        "“It opened.” — untitled article, outlet not named, undated"
    )
    (entry,) = parse_string(bibtex_reference(bare, "It opened."), "bibtex").entries.values()
    assert dict(entry.fields) == {"title": "{untitled article}", "note": "“It opened.”"}
    assert plain_reference(bare, "") == "untitled article, outlet not named, undated"


@pytest.mark.parametrize("text", AWKWARD)
def test_bibtex_gives_the_words_back_as_they_are(text: str) -> None:
    article = make_article(title=text, author=text, source=text)
    (entry,) = parse_string(bibtex_reference(article, text), "bibtex").entries.values()
    words = " ".join(text.split())
    assert untexed(entry.fields["title"][1:-1]) == words
    assert untexed(entry.fields["howpublished"][1:-1]) == words
    assert untexed(entry.fields["note"]) == f"“{words}”"
    # One author, whatever stands in the name.
    assert len(entry.persons["author"]) == 1
    assert (entry.fields["year"], entry.fields["month"]) == ("2020", "January")
    assert "--" not in entry.fields["title"]


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_headline_and_any_quote_make_one_entry(title: str, quote: str) -> None:
    article = make_article(title=title, source=quote, author=None)
    (entry,) = parse_string(bibtex_reference(article, quote), "bibtex").entries.values()
    assert set(entry.fields) == {"title", "howpublished", "year", "month", "day", "url", "note"}


@pytest.mark.parametrize("text", AWKWARD)
def test_markdown_shows_the_words_as_they_are(text: str) -> None:
    page = read_markdown(escape_markdown(text))
    assert (page.text.strip(), page.tags) == (" ".join(text.split()), ["p"])
    whole = read_markdown(markdown_reference(make_article(title=text, source=text), text))
    assert (whole.tags, whole.links) == (["p", "a"], ["https://www.example.org/bridge"])


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_no_text_becomes_markup_in_markdown(text: str) -> None:
    page = read_markdown(f"x {escape_markdown(text)}")
    assert (page.tags, page.links) == (["p"], [])


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://e.org/a_(b)?c=d&e={f}#g", ["https://e.org/a_%28b%29?c=d&e=%7Bf%7D#g"]),
        ("https://e.org/a%20b) [x](http://evil.example)", None),
        ("javascript:alert(1)", []),
        ("//e.org/a", []),
    ],
)
def test_an_address_ends_neither_a_link_nor_a_field(url: str, links: list[str] | None) -> None:
    article = make_article(url=url)
    found = read_markdown(markdown_reference(article, "It opened.")).links
    assert found == links if links is not None else len(found) == 1
    (entry,) = parse_string(bibtex_reference(article, "x"), "bibtex").entries.values()
    assert ("url" in entry.fields) == (links != [])


def test_two_articles_of_one_headline_have_keys_of_their_own() -> None:
    one, other = (bibtex_reference(make_article(id=name), "x") for name in ("a", "b"))
    assert one.splitlines()[0] != other.splitlines()[0]
