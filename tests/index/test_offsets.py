"""Every mark and every passage reproduces its stretch of the article, whatever the text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seeds
from index.chunk import ChunkSettings, chunk_article
from index.clean import articles_in_page
from index.line_rules import RULES
from index.readers import read_articles
from index.readers.text import sha256_of
from index.sentences import sentence_spans
from index.tokens import count_tokens
from index.types import Article, SpanKind

PAGES = [path.read_text(encoding="utf-8") for path in sorted(seeds.PATH.iterdir())]
LINES = sorted({line for page in PAGES for line in page.split("\n")})
EXAMPLES = [text for rule in RULES for text in (rule.example, rule.not_this)]
LINE = st.one_of(
    st.sampled_from(LINES),
    st.sampled_from(EXAMPLES),
    st.text(max_size=60),
    st.just(""),
    st.text("a. “”\"'A1\u00a0\u0301😀\r\t—,", max_size=80),
)
PAGE = st.lists(LINE, max_size=25).map("\n".join)


def articles_of(page: str) -> list[Article]:
    return [
        Article(
            id=f"page#{number}",
            title=found.title,
            text=page[found.start : found.end],
            source=found.source,
            author=found.author,
            url=found.url,
            published=found.published,
            path=None,
            content_sha256=sha256_of(page[found.start : found.end]),
            spans=found.spans,
        )
        for number, found in enumerate(articles_in_page(page), 1)
    ]


def check(article: Article) -> None:
    passages = chunk_article(article, ChunkSettings(max_tokens=30), count_tokens, 120)
    marked = [span for span in article.spans if span.kind is not SpanKind.CAPTION]
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip()
        assert not any(s.start < passage.end and passage.start < s.end for s in marked)
        assert (passage.sentences[0][0], passage.sentences[-1][1]) == (passage.start, passage.end)
        outside = [(a[1], b[0]) for a, b in itertools.pairwise(passage.sentences)]
        assert all(a <= b and not article.text[a:b].strip() for a, b in outside)
    assert len({passage.id for passage in passages}) == len(passages)
    check_nothing_is_lost(article, {i for p in passages for i in range(p.start, p.end)})


def check_nothing_is_lost(article: Article, covered: set[int]) -> None:
    for span in article.spans:
        if span.kind is not SpanKind.CAPTION:
            covered |= set(range(span.start, span.end))
    left = "".join(char for i, char in enumerate(article.text) if i not in covered)
    assert not any(char.isalnum() for char in left)


@given(PAGE.filter(lambda page: page.strip() != ""))
def test_generated_pages_are_reproduced_by_their_marks_and_passages(page: str) -> None:
    page = page.encode("utf-8", "replace").decode()
    articles = articles_of(page)
    assert "".join(article.text for article in articles) == page
    for article in articles:
        check(article)


@pytest.mark.parametrize(
    "article", list(read_articles([seeds.PATH])), ids=lambda item: str(item.id)
)
def test_the_bundled_articles_are_reproduced_by_their_marks_and_passages(article: Article) -> None:
    check(article)


@given(st.one_of(PAGE, st.text()))
def test_sentence_bounds_lie_in_order_and_leave_only_white_space_out(text: str) -> None:
    spans = sentence_spans(text)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    assert all(not text[a:b].strip() for a, b in zip(ends, starts, strict=True))
    assert all(a <= b for a, b in zip(ends, starts, strict=True))
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
