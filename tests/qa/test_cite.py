"""A citation is exact or it is not shown."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from qa import Article, Assistant
from qa.cite import checked, cite, is_exact


def make_article(text: str) -> Article:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article("a", "Title", text, "CNN", None, None, None, None, digest)


ARTICLE = make_article("He said so. “We shall see,” she\nsaid [1] – in Kraków 🙂. The end.")


def test_a_quote_is_the_stretch_of_the_text() -> None:
    citation = cite(3, ARTICLE, 12, 54)
    assert citation.marker == 3
    assert citation.quote == ARTICLE.text[12:54]
    assert is_exact(citation, ARTICLE)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (9, 3), (0, 10_000)])
def test_no_citation_leaves_the_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="is no stretch of a text of"):
        cite(1, ARTICLE, start, end)


def test_a_changed_article_no_longer_carries_the_quote() -> None:
    citation = cite(1, ARTICLE, 0, 11)
    other = make_article(ARTICLE.text.replace("He", "It"))
    forged = dataclasses.replace(other, content_sha256=ARTICLE.content_sha256)
    assert not is_exact(citation, other)
    assert not is_exact(citation, forged)


def test_damaged_articles_are_not_quoted() -> None:
    damaged = dataclasses.replace(ARTICLE, text=ARTICLE.text.replace("so", "no"))
    citations, lines = checked([(damaged, 0, 11), (ARTICLE, 0, 11)])
    assert [citation.marker for citation in citations] == [1]
    assert lines == ("He said so. [1]",)


def test_brackets_in_an_article_are_no_markers_of_ours() -> None:
    citations, lines = checked([(ARTICLE, 12, len(ARTICLE.text))])
    assert "said [1] –" in citations[0].quote
    assert lines[0].count("[1]") == 1
    assert "she\nsaid (1) – in Kraków" in lines[0]


def test_every_quote_of_every_answer_is_verbatim(bundled: Assistant, ellery: Assistant) -> None:
    questions = ["What did Netanyahu say?", "Who was killed?", "What happened to the ferry?"]
    for assistant in (bundled, ellery):
        for question in questions:
            for mode in ("answer", "passages"):
                answer = assistant.ask(question, mode=mode)
                for citation in answer.citations:
                    article = assistant.article(citation.article_id, citation.content_sha256)
                    assert article.text[citation.start : citation.end] == citation.quote
                    digest = hashlib.sha256(article.text.encode()).hexdigest()
                    assert digest == citation.content_sha256
