"""What the page shows: rendering of answers and articles, and the door of `ui.py`."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span, SpanKind
from qa import (
    Answer,
    AnsweredPart,
    Article,
    Assistant,
    Citation,
    DropLimits,
    DroppedArticles,
    Hit,
    Passage,
    Progress,
    Report,
    Skipped,
    SourceState,
)
from qa.collection import index_collection
from qa.export import escape, references, web_host
from qa.web.chips import chips_of, render_chips
from qa.web.desk import Desk
from qa.web.dropped import Drop, Pace, render_drop, render_progress, render_skipped
from qa.web.drops import DropDesk
from qa.web.markup import Place
from qa.web.reading import Cited, Tab, render_article, render_problem, render_steps
from qa.web.render import (
    Pending,
    plain_text,
    render_answer,
    render_conversation,
    render_masthead,
    render_notice,
    render_welcome,
)

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "![x](http://evil.example/a.png)",
    "[link](javascript:alert(1))",
    "# heading\n\n| a | b |\n|---|---|",
    "`code` **bold** $$x^2$$ $y$",
    "${alert(1)} {{value}} &lt;b&gt;",
    "</mark></article><!--",
]


class Page(HTMLParser):
    """Rendered HTML read back: its tags, its links and the text of each element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._inside: list[list[Any]] = []
        self._texts: list[tuple[str, dict[str, str], str]] = []
        self.feed(html)
        self.close()
        assert not self._inside, "an element was left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag != "br":
            self._inside.append([tag, attributes, ""])

    def handle_endtag(self, tag: str) -> None:
        opened, attributes, text = self._inside.pop()
        assert opened == tag
        self._texts.append((tag, attributes, text))

    def handle_data(self, data: str) -> None:
        self.text += data
        for element in self._inside:
            element[2] += data

    def all(self, name: str) -> list[str]:
        """The texts of the elements with this tag or class, in the order in which they end."""
        return [
            text
            for tag, attributes, text in self._texts
            if tag == name or name in attributes.get("class", "").split()
        ]

    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def make_article(text: str, **fields: Any) -> Article:
    known = {
        "id": "a1",
        "title": "Bridge opens",
        "source": "Daily News",
        "author": "Ann Lee",
        "url": "https://www.example.org/bridge",
        "published": datetime.date(2020, 1, 30),
        "path": None,
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "spans": (),
    }
    return Article(text=text, **{**known, **fields})


def cite(article: Article, quote: str, marker: int = 1) -> Citation:
    start = article.text.index(quote)
    return Citation(
        marker=marker,
        quote=quote,
        article_id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
        start=start,
        end=start + len(quote),
        content_sha256=article.content_sha256,
    )


def find(article: Article, words: str, *, is_caption: bool = False) -> Hit:
    start = article.text.index(words)
    end = start + len(words)
    passage = Passage("p", article.id, words, start, end, ((start, end),), is_caption)
    return Hit(passage, article, 1.0, "test")


def make_answer(text: str, citations: tuple[Citation, ...] = (), **fields: Any) -> Answer:
    known = {
        "question": "When?",
        "short_answer": None,
        "hits": (),
        "declined": not citations,
        "confidence": 0.5,
        "understood": {},
        "timings_ms": {},
    }
    return Answer(text=text, citations=citations, **{**known, **fields})


def opened(article: Article, quote: str) -> Page:
    return Page(render_article(article, Place.of_citation(cite(article, quote))))


@given(st.text())
def test_escaped_text_reads_back_as_itself_and_holds_no_element(text: str) -> None:
    shown = Page(f"<p>{escape(text)}</p>")
    control = {*map(chr, range(32)), *map(chr, range(127, 160))} - set("\t\n\r")
    assert shown.text == "".join("\ufffd" if c in control else c for c in text)
    assert [tag for tag, _ in shown.tags] == ["p"]


def test_a_lone_surrogate_does_not_break_the_page() -> None:
    assert escape("a\ud800b").encode("utf-8")


@given(st.text(min_size=1), st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_link_names_the_same_place_whatever_the_article_is_called(
    article_id: str, start: int, length: int
) -> None:
    place = Place(article_id, start, start + length, "ab" * 32, "cd" * 32)
    assert Place.from_fragment(f"#{place.to_fragment()}") == place
    assert not set(place.to_fragment()) & set("\"'<> ")


@pytest.mark.parametrize("fragment", ["", "#", "#cite-", "#cite-article=x&start=one", "#other"])
def test_a_link_that_names_no_place_is_refused(fragment: str) -> None:
    with pytest.raises(ValueError, match="does not name a sentence"):
        Place.from_fragment(fragment)


def test_each_marker_links_to_its_own_sentence() -> None:
    article = make_article("It opened on Monday. It cost 40 million.")
    first, second = cite(article, "It opened on Monday."), cite(article, "It cost 40 million.", 2)
    page = Page(
        render_answer(make_answer(f"{first.quote} [1]\n{second.quote} [2]", (first, second)))
    )
    assert page.all("marker") == ["[1]", "[2]"]
    assert [Place.from_fragment(link) for link in page.links()] == [
        Place.of_citation(first),
        Place.of_citation(second),
    ]
    assert [text.strip("\xa0[12]") for text in page.all("blockquote")] == [
        first.quote,
        second.quote,
    ]


def test_headline_outlet_and_date_stand_under_each_quote() -> None:
    article = make_article("It opened on Monday.")
    quoted = cite(article, "It opened on Monday.")
    page = Page(render_answer(make_answer(f"{quoted.quote} [1]", (quoted,))))
    assert page.all("credit") == ["Bridge opens Daily News · 30 January 2020"]


def test_what_an_article_does_not_tell_is_named_as_absent() -> None:
    article = make_article("It opened.", title=None, source=None, published=None, url=None)
    quoted = cite(article, "It opened.")
    page = Page(render_answer(make_answer("It opened. [1]", (quoted,))))
    assert page.all("credit") == ["untitled article outlet not named · undated"]
    assert opened(article, "It opened.").all("header") == [
        "outlet not nameduntitled articleAnn Lee · undated"
    ]


def test_a_source_that_has_changed_is_told() -> None:
    article = make_article("It opened.")
    place = Place.of_citation(cite(article, "It opened."))
    told = {
        SourceState.CHANGED: "The file this was read from has changed since.",
        SourceState.GONE: "The file this was read from is no longer there.",
    }
    for state in SourceState:
        shown = render_article(article, place, state)
        assert [line for line in told.values() if line in shown] == (
            [told[state]] if state in told else []
        )


def test_what_else_is_cited_of_an_article_is_marked_and_leads_there() -> None:
    article = make_article("It opened on Monday. It cost 40 million. Ships waited for it.")
    quotes = ("It opened on Monday.", "It cost 40 million.", "cost 40 million. Ships waited")
    places = [Place.of_citation(cite(article, quote)) for quote in quotes]
    others = [Cited(place, marker) for marker, place in enumerate(places, 1)]
    page = Page(render_article(article, places[1], others=others))
    assert page.all("mark") == [quotes[1]]
    # What overlaps the words in question gives way to them.
    assert page.all("cited") == [quotes[0]]
    (link,) = [attrs for _, attrs in page.tags if attrs.get("class") == "cited"]
    assert Place.from_fragment(link["href"]) == places[0]
    assert link["title"] == "Also cited [1]"
    assert page.all("article-body") == [article.text]
    foreign = dataclasses.replace(places[0], content_sha256="0" * 64)
    page = Page(render_article(article, places[1], others=[Cited(foreign, 1)]))
    assert page.all("cited") == []


def test_an_older_version_says_that_it_is_one() -> None:
    article = make_article("It opened.")
    place = Place.of_citation(cite(article, "It opened."))
    assert "newer version" not in render_article(article, place)
    assert Page(render_article(article, place, is_superseded=True)).all("state") == [
        "The collection has a newer version of this article; this is the one that was quoted."
    ]


def test_citations_are_stepped_through_in_their_order() -> None:
    article = make_article("One. Two. Three.")
    places = [Place.of_citation(cite(article, quote)) for quote in ("One.", "Two.", "Three.")]
    among = [Cited(place, marker) for marker, place in enumerate(places, 1)]

    def targets(at: int) -> list[str | None]:
        page = Page(render_steps(places[at], among, [], article))
        assert page.all("step-at") == [f"Citation {at + 1} of 3"]
        steps = [attrs for _, attrs in page.tags if "step" in attrs.get("class", "").split()]
        return [attrs.get("data-fragment") for attrs in steps]

    links = [place.to_fragment() for place in places]
    assert targets(0) == [None, links[1]]
    assert targets(1) == [links[0], links[2]]
    assert targets(2) == [links[1], None]
    assert Page(render_steps(places[0], among[:1], [], article)).all("step") == []
    passages = [Cited(place) for place in places]
    assert Page(render_steps(places[0], passages, [], None)).all("step-at") == ["Passage 1 of 3"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_tab_becomes_markup(payload: str) -> None:
    article = make_article(f"One {payload}.", title=payload, source=payload, author=payload)
    place = Place.of_citation(cite(article, article.text))
    tabs = [Tab(payload, "cite-a", is_open=True), Tab("Other", "cite-b", is_open=False)]
    page = Page(render_steps(place, [Cited(place, 1)], tabs, article))
    assert {tag for tag, _ in page.tags} == {"div", "details", "summary", "button", "span"}
    shown = [attrs for _, attrs in page.tags if attrs.get("role") == "tab"]
    assert [attrs["aria-selected"] for attrs in shown] == ["true", "false"]
    assert [attrs["tabindex"] for attrs in shown] == ["0", "-1"]


def test_each_source_can_be_copied_as_a_citation() -> None:
    article = make_article("It opened <b>.")
    quoted = cite(article, article.text)
    page = Page(render_answer(make_answer("It opened <b>. [1]", (quoted,))))
    assert page.all("copy-as") == ["Plain text", "Markdown", "BibTeX"]
    copied = [attrs["data-copy"] for _, attrs in page.tags if attrs.get("class") == "copy-as"]
    assert copied == list(references(quoted, quoted.quote).values())
    assert copied[0].startswith("“It opened <b>.” — Ann Lee, Bridge opens, Daily News")


@pytest.mark.parametrize(
    ("confidence", "word", "percent"),
    [(1.0, "High", 100), (0.8, "High", 80), (0.79, "Fair", 79), (0.6, "Fair", 60), (0.0, "Low", 0)],
)
def test_confidence_is_one_word_with_its_meaning(
    confidence: float, word: str, percent: int
) -> None:
    article = make_article("It opened.")
    quoted = cite(article, article.text)
    answer = make_answer("It opened. [1]", (quoted,), confidence=confidence)
    page = Page(render_conversation((answer, answer)))
    assert page.all("confidence") == [f"{word} confidence"] * 2
    named = [attrs["aria-describedby"] for _, attrs in page.tags if "aria-describedby" in attrs]
    tips = [attrs["id"] for _, attrs in page.tags if attrs.get("role") == "tooltip"]
    assert named == tips == ["sure-0", "sure-1"]
    assert f"{percent} %. Measured" in page.text
    assert Page(render_answer(make_answer("No."))).all("confidence") == []


def test_how_much_was_searched_and_in_what_time_is_told() -> None:
    def told(total: float, **understood: Any) -> list[str]:
        answer = make_answer("No.", timings_ms={"total": total}, understood=understood)
        return Page(render_answer(answer)).all("measure")

    assert told(312.4, articles_searched=1200) == ["1,200 articles searched in 0.31 s"]
    assert told(0.2, articles_searched=1) == ["1 article searched in 0.01 s"]
    assert told(12_300.0, articles_searched=1, since="2020-01-01") == [
        "those of 1 article that meet the conditions searched in 12 s"
    ]
    assert told(1.0) == []


def test_reports_that_differ_stand_under_their_date_and_answer() -> None:
    texts = ("It killed 23.", "It killed 21.", "It killed nine.")
    articles = [make_article(text, id=text) for text in texts]
    citations = tuple(cite(each, each.text, n) for n, each in enumerate(articles, 1))
    days = [
        (datetime.date(2020, 1, 2), datetime.date(2020, 1, 4)),
        (datetime.date(2020, 1, 1), datetime.date(2020, 1, 1)),
        (None, None),
    ]
    answers = ("23", "21", "nine <b>")
    reports = tuple(
        Report(answer, *span, ("Daily News",), (n,), is_newest=n == 1)
        for n, (answer, span) in enumerate(zip(answers, days, strict=True), 1)
    )
    text = "Reports differ.\n" + "\n".join(
        f"{n} January: {quote} [{n}]" for n, quote in enumerate(texts, 1)
    )
    page = Page(render_answer(make_answer(text, citations, reports=reports)))
    assert page.all("report") == [
        "2 January 2020 – 4 January 2020: 23",
        "1 January 2020: 21",
        "Undated: nine <b>",
    ]
    assert page.all("label") == ["newest"]
    assert page.all("prose") == ["Reports differ."]
    one = make_answer("It killed 23. [1]", citations[:1], reports=reports[:1])
    assert Page(render_answer(one)).all("report") == []


def test_each_of_several_questions_has_its_bare_answer_under_it() -> None:
    article = make_article("It opened on Monday. Ann Lee built it.")
    first, second = cite(article, "It opened on Monday."), cite(article, "Ann Lee built it.", 2)
    parts = (
        AnsweredPart("When?", f"{first.quote} [1]", "on Monday", False, 0.9, (1,)),
        AnsweredPart("Who?", f"{second.quote} [2]", "Ann Lee", False, 0.9, (2,)),
        AnsweredPart("Why?", "The articles do not tell.", None, True, 0.1, ()),
    )
    text = "\n\n".join(f"{part.question}\n{part.text}" for part in parts)
    answer = make_answer(text, (first, second), parts=parts, short_answer="on Monday; Ann Lee")
    page = Page(render_answer(answer))
    assert page.all("part") == ["When?", "Who?", "Why?"]
    assert page.all("short") == ["on Monday"]  # the other stands first in its own sentence
    assert [quote.split("\xa0")[0] for quote in page.all("blockquote")] == [
        first.quote,
        second.quote,
    ]
    assert page.all("prose") == ["The articles do not tell."]
    order = [page.text.index(words) for words in ("When?", first.quote, "Who?", "Why?")]
    assert order == sorted(order)


def test_the_outlets_of_near_copies_are_named_once_and_escaped() -> None:
    article = make_article("It opened.")
    quoted = dataclasses.replace(
        cite(article, "It opened."),
        also_in=("a", "b", "c"),
        also_in_sources=("<b>Wire</b>", None, "<b>Wire</b>"),
    )
    shown = render_answer(make_answer("It opened. [1]", (quoted,)))
    assert '<span class="also">also in 2 outlets: &lt;b&gt;Wire&lt;/b&gt;, b</span>' in shown


def test_of_many_outlets_with_the_same_words_three_are_named_and_all_counted() -> None:
    article = make_article("It opened.")
    quoted = dataclasses.replace(
        cite(article, "It opened."), also_in=tuple("abcde"), also_in_sources=tuple("ABCDE")
    )
    page = Page(render_answer(make_answer("It opened. [1]", (quoted,))))
    assert page.all("also") == ["also in 5 outlets: A, B, C and 2 more"]
    quoted = dataclasses.replace(quoted, also_in=("a",), also_in_sources=("A",))
    page = Page(render_answer(make_answer("It opened. [1]", (quoted,))))
    assert page.all("also") == ["also in A"]


def test_prose_keeps_its_markers_and_the_quotes_follow_it() -> None:
    article = make_article("It opened on Monday.")
    quoted = cite(article, "It opened on Monday.")
    page = Page(render_answer(make_answer("The opening was on a Monday [1].", (quoted,))))
    assert page.all("prose") == ["The opening was on a Monday [1]."]
    assert page.all("blockquote") == ["It opened on Monday.\xa0[1]"]
    assert len(set(page.links())) == 1


def test_words_quoted_within_a_sentence_stay_in_it() -> None:
    article = make_article("The bridge opened on Monday.")
    quoted = cite(article, "opened on Monday")
    page = Page(render_answer(make_answer("It “opened on Monday” [1], he said.", (quoted,))))
    assert page.all("prose") == ["It “opened on Monday” [1], he said."]


def test_a_number_in_brackets_in_an_articles_own_words_is_no_marker() -> None:
    article = make_article("As reported [1], it opened [2]. Ships waited [7].")
    quoted = cite(article, "As reported [1], it opened [2].")
    other = cite(article, "Ships waited [7].", 2)
    text = f"{quoted.quote} [1]\n{other.quote} [2]"
    page = Page(render_answer(make_answer(text, (quoted, other))))
    assert page.all("marker") == ["[1]", "[2]"]
    assert page.all("blockquote")[0] == f"{quoted.quote}\xa0[1]"


def test_words_that_two_articles_share_are_shown_once_with_both_credits() -> None:
    one = make_article("It opened on Monday.")
    other = make_article("It opened on Monday.", id="a2", source="Evening Post")
    citations = (cite(one, one.text), cite(other, other.text, 2))
    page = Page(render_answer(make_answer("It opened on Monday. [1][2]", citations)))
    assert page.all("blockquote") == ["It opened on Monday.\xa0[1]\xa0[2]"]
    assert [credit.split(" · ")[0] for credit in page.all("credit")] == [
        "Bridge opens Daily News",
        "Bridge opens Evening Post",
    ]


def test_a_quoted_caption_says_that_it_is_one() -> None:
    article = make_article("A ship. The bridge at dawn (photo: AP).")
    caption = "The bridge at dawn (photo: AP)."
    quoted = cite(article, caption)
    hits = (find(article, caption, is_caption=True),)
    page = Page(render_answer(make_answer(f"{caption} [1]", (quoted,), hits=hits)))
    assert page.all("label") == ["photo caption"]


def test_a_decline_offers_the_nearest_passages_under_their_name() -> None:
    article = make_article("It opened on Monday.")
    answer = make_answer("The articles do not tell.", hits=(find(article, article.text),))
    page = Page(render_answer(answer))
    assert page.all("declined") == ["The articles do not tell."]
    assert page.all("nearest") == ["Nearest passages, which do not answer"]
    assert page.all("passage") == ["It opened on Monday.Bridge opens Daily News · 30 January 2020"]
    assert page.all("marker") == []


def test_what_was_understood_is_shown_where_it_differs_from_what_was_asked() -> None:
    understood = {
        "query": "When did the bridge open?",
        "since": "2020-01-01",
        "until": None,
        "sources": ["CNN", "<b>"],
        "as_of": "2021-02-03",
        "undated_left_out": 1200,
    }
    answer = make_answer("No.", question="And when?", understood=understood)
    page = Page(render_answer(answer))
    chips = [
        "Read as: When did the bridge open?",
        "from 1 January 2020",
        "as known on 3 February 2021",
        "outlets: CNN, <b>",
        "1,200 undated articles left out",
    ]
    assert page.all("li") == [f"{chips[0]}edit", *chips[1:]]
    assert page.all("remove-chip") == []
    # Only of the last answer something can be taken away, and only what can be done without.
    page = Page(render_answer(answer, is_last=True))
    buttons = [attrs for tag, attrs in page.tags if attrs.get("class") == "remove-chip"]
    assert [button["aria-label"] for button in buttons] == [f"Remove: {chip}" for chip in chips[:4]]
    assert [button["data-chip"] for button in buttons] == ["history", "since", "as_of", "sources"]
    plain = {"query": "When?", "since": None, "until": None, "sources": [], "as_of": None}
    assert Page(render_answer(make_answer("No.", understood=plain))).all("understood") == []


@pytest.mark.parametrize(
    ("prefers", "chips"),
    [
        ({"sources": ["CBS", "BBC"]}, [("prefers CBS, BBC", "prefers-sources")]),
        (
            {"since": "2020-01-01", "until": "2020-01-31"},
            [("prefers 1 January 2020 – 31 January 2020", "prefers-time")],
        ),
        (
            {"since": "2020-01-03", "until": "2020-01-03"},
            [("prefers 3 January 2020", "prefers-time")],
        ),
        ({"since": "2020-01-03"}, [("prefers from 3 January 2020", "prefers-time")]),
        ({"until": "2020-01-03"}, [("prefers until 3 January 2020", "prefers-time")]),
        ({"recent": True}, [("prefers newer reports", "prefers-recent")]),
        ({"sources": [], "since": None, "until": None, "recent": False}, []),
    ],
)
def test_what_the_prose_prefers_is_shown(
    prefers: dict[str, Any], chips: list[tuple[str, str]]
) -> None:
    found = chips_of("When?", {"query": "When?", "prefers": prefers})
    assert [(chip.text, chip.name) for chip in found] == chips


def test_a_word_put_right_is_shown_and_is_no_rewriting() -> None:
    understood = {
        "query": "Who met Soleimani?",
        "spelling": [{"from": "Sulaimani", "to": "Soleimani"}],
    }
    found = chips_of('Who met "Sulaimani"?', understood)
    assert [(chip.text, chip.name) for chip in found] == [
        ("“Soleimani” instead of “Sulaimani”", "spelling")
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_chip_becomes_markup(payload: str) -> None:
    understood = {
        "query": f"{payload} indeed",
        "sources": [payload],
        "spelling": [{"from": payload, "to": payload}],
        "prefers": {"sources": [payload]},
    }
    page = Page(render_chips("Who?", understood, can_remove=True))
    assert {tag for tag, _ in page.tags} == {"ul", "li", "span", "button"}
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


THREAD = "0123456789abcdef"
BRIDGE = "According to the Daily News, when did the river bridge in Novigrad open?"


def converse(
    desk: Desk,
    conversation: tuple[Answer, ...],
    sent: dict[str, Any] | None = None,
    written: str = "",
    **filters: Any,
) -> tuple[Any, ...]:
    """The last step of asking: HTML, conversation, notice, since, until, as of, outlets."""
    known = {"since": "", "until": "", "as_of": "", "sources": [], **filters}
    values = (known[name] for name in ("since", "until", "as_of", "sources"))
    event = gr.EventData(None, sent or {"question": written})
    return asked(desk, conversation, *values, event=event)[:7]


def asked(
    desk: Desk, conversation: tuple[Answer, ...], *values: Any, event: gr.EventData
) -> tuple[Any, ...]:
    """As `converse`, and then the conversation's name and what the browser is to keep."""
    values = values or ("", "", "", [])
    steps = desk.converse(conversation, None, "answer", *values, 8, THREAD, event)
    return list(steps)[-1]


def test_a_chip_taken_away_asks_the_same_question_without_it(assistant: Assistant) -> None:
    desk = Desk(assistant)
    talk, conversation, *_ = converse(desk, (), written=BRIDGE)
    assert Page(talk).all("li") == ["prefers Daily News×"]
    talk, conversation, *_ = converse(desk, conversation, {"remove": "prefers-sources"})
    assert Page(talk).all("li") == []
    (answer,) = conversation
    assert answer.question == BRIDGE
    assert answer.understood["prefers"]["sources"] == []
    # Asked again as it stands, it is understood again.
    talk, *_ = converse(desk, conversation, {"again": True})
    assert Page(talk).all("li") == ["prefers Daily News×"]


def test_what_was_taken_away_stays_away_when_more_is(assistant: Assistant) -> None:
    desk = Desk(assistant)
    question = "According to the Daily News, when did the bridge in Novigradd open in January 2020?"
    talk, conversation, *_ = converse(desk, (), written=question)
    assert Page(talk).all("li") == [
        "“Novigrad” instead of “Novigradd”×",
        "prefers Daily News×",
        "prefers 1 January 2020 – 7 February 2020×",
    ]
    _, conversation, *_ = converse(desk, conversation, {"remove": "spelling"})
    _, conversation, *_ = converse(desk, conversation, {"remove": "prefers-time"})
    talk, conversation, *_ = converse(desk, conversation, {"remove": "prefers-sources"})
    assert Page(talk).all("li") == []
    assert conversation[0].understood["ignored"] == ("spelling", "time", "sources")


def test_the_rewriting_of_a_follow_up_can_be_taken_away(assistant: Assistant) -> None:
    desk = Desk(assistant)
    _, conversation, *_ = converse(desk, (), written="When did the bridge in Novigrad open?")
    talk, conversation, *_ = converse(desk, conversation, written="How much did it cost?")
    assert Page(talk).all("li") == ["Read as: How much did the bridge cost?edit×"]
    talk, conversation, *_ = converse(desk, conversation, {"remove": "history"})
    assert Page(talk).all("li") == []
    assert len(conversation) == 2


def test_a_filter_taken_away_empties_its_field_and_the_question(assistant: Assistant) -> None:
    desk = Desk(assistant)
    filters = {"since": "2020-01-01", "as_of": "2021-01-01", "sources": ["Daily News"]}
    question = 'When did the "river bridge" open after:2019 -ferry?'
    talk, conversation, *_ = converse(desk, (), written=question, **filters)
    assert Page(talk).all("li") == [
        "from 1 January 2020×",
        "as known on 1 January 2021×",
        "outlets: Daily News×",
        "with the words: river bridge×",
        "without: ferry×",
    ]
    talk, conversation, _, since, until, as_of, sources = converse(
        desk, conversation, {"remove": "since"}, **filters
    )
    assert since == ""
    assert [is_skipped(each) for each in (until, as_of, sources)] == [True, True, True]
    assert conversation[0].question == 'When did the "river bridge" open -ferry?'
    assert conversation[0].understood["since"] is None
    *_, sources = converse(desk, conversation, {"remove": "sources"}, as_of="2021-01-01")
    assert sources == []
    _, conversation, *_ = converse(desk, conversation, {"remove": "exact"})
    _, conversation, *_ = converse(desk, conversation, {"remove": "without"})
    assert conversation[0].question == "When did the river bridge open ?"


def is_skipped(update: Any) -> bool:
    """Whether a field of the page stays as it is."""
    return isinstance(update, dict) and update.get("__type__") == "update" and "value" not in update


def test_a_failure_keeps_the_question_and_the_filters(assistant: Assistant) -> None:
    desk = Desk(assistant)
    _, conversation, *_ = converse(desk, (), written=BRIDGE)
    talk, kept, notice, *filters = converse(
        desk, conversation, {"remove": "prefers-sources"}, since="2021-01-01", until="2020-01-01"
    )
    assert "2021-01-01" in notice
    assert all(is_skipped(each) for each in (talk, kept, *filters))


def test_an_unknown_chip_asks_again(assistant: Assistant) -> None:
    desk = Desk(assistant)
    _, conversation, *_ = converse(desk, (), written=BRIDGE)
    talk, *_ = converse(desk, conversation, {"remove": "<script>"})
    assert Page(talk).all("li") == ["prefers Daily News×"]


def test_only_the_last_answer_can_be_asked_again() -> None:
    answers = (make_answer("No."), make_answer("No."))
    assert Page(render_conversation(answers)).all("again") == ["Ask again"]
    assert Page(render_conversation(answers, Pending("Why?"))).all("again") == []


def test_passages_are_in_view_before_the_answer_is() -> None:
    article = make_article("It opened on Monday.")
    page = Page(render_conversation((), Pending("When?", (find(article, article.text),))))
    assert page.all("note") == ["1 passage found in 1 article; reading…"]
    assert page.all("passage")[0].startswith("It opened on Monday.")


def test_copied_text_holds_question_answer_and_sources() -> None:
    article = make_article("It opened on Monday.")
    quoted = cite(article, article.text)
    answer = make_answer("It opened on Monday. [1]", (quoted,))
    assert plain_text(answer) == (
        "When?\n\nIt opened on Monday. [1]\n\n[1] “It opened on Monday.” (Bridge opens, "
        "Daily News, 30 January 2020, https://www.example.org/bridge)"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_an_article_or_a_question_becomes_markup(payload: str) -> None:
    article = make_article(
        f"Before {payload} after.",
        id=payload,
        title=payload,
        source=payload,
        author=payload,
        url=f"javascript:{payload}",
    )
    quoted = cite(article, article.text)
    hits = (find(article, article.text),)
    told = make_answer(f"{quoted.quote} [1]\n{payload} [1]", (quoted,), hits=hits, question=payload)
    declined = make_answer(payload, hits=hits, question=payload, understood={"query": payload})
    pages = [
        render_answer(told, is_last=True),
        render_answer(declined),
        render_conversation((), Pending(payload, hits)),
        render_welcome([payload]),
        render_notice(payload),
        render_problem(payload),
        render_article(article, Place.of_citation(quoted)),
    ]
    for page in map(Page, pages):
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"script", "img", "svg", "b", "strong", "table", "code", "h1"}
        assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
        assert all(link.startswith("#cite-") for link in page.links())
        assert "".join(payload.split()) in "".join(page.text.split())


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("One.\nIt opened on Monday.\nThree.", "It opened on Monday."),
        ("One. It opened\non Monday. Three.", "It opened\non Monday."),
        ("First part.\n\nSecond part.\n\nThird.", "First part.\n\nSecond part."),
        ("It opened & <b>closed</b>.", "It opened & <b>closed</b>."),
    ],
)
def test_the_cited_words_stand_in_one_mark_exactly(text: str, quote: str) -> None:
    assert opened(make_article(text), quote).all("mark") == [quote]


def test_every_line_of_a_news_page_is_a_paragraph() -> None:
    body = opened(make_article("One.\nTwo.\n\nThree."), "Two.").all("p")[-3:]
    assert body == ["One.", "Two.", "Three."]


def test_a_text_of_fixed_width_keeps_its_paragraphs_together() -> None:
    text = "A long sentence is broken\nin the middle, and then\nit ends.\n\nThe next one."
    body = opened(make_article(text), "The next one.").all("p")[-2:]
    assert body == ["A long sentence is broken\nin the middle, and then\nit ends.", "The next one."]


def test_boilerplate_is_left_out_and_captions_are_named() -> None:
    text = "Bridge opens\nThe bridge (AP)\nIt opened on Monday.\nSubscribe now!"
    spans = tuple(
        Span(text.index(words), text.index(words) + len(words), kind)
        for words, kind in [
            ("Bridge opens", SpanKind.HEADLINE),
            ("The bridge (AP)", SpanKind.CAPTION),
            ("Subscribe now!", SpanKind.BOILERPLATE),
        ]
    )
    page = opened(make_article(text, spans=spans), "It opened on Monday.")
    assert page.all("article-body") == ["photo caption The bridge (AP)It opened on Monday."]


def test_nothing_is_marked_in_an_article_that_has_changed() -> None:
    article = make_article("It opened on Monday.")
    place = Place.of_citation(cite(article, "It opened"))
    changed = make_article("It closed on Monday.")
    forged = dataclasses.replace(changed, content_sha256=article.content_sha256)
    assert place.is_in(article)
    assert not place.is_in(changed)
    assert not place.is_in(forged)
    assert not dataclasses.replace(place, end=10_000).is_in(article)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.example.org/a", "example.org"),
        ("http://example.org", "example.org"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.org", None),
        ("file:///etc/passwd", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str | None, host: str | None) -> None:
    assert web_host(url) == host
    links = opened(make_article("It opened.", url=url), "It opened.").links()
    assert links == ([url] if host else [])


def test_a_link_to_the_original_opens_apart_and_tells_nothing() -> None:
    page = opened(make_article("It opened."), "It opened.")
    (link,) = [attributes for tag, attributes in page.tags if tag == "a"]
    assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = {
        "id": "bridge",
        "title": "Bridge opens",
        "text": "The river bridge in Novigrad opened on Monday. It cost 40 million crowns.",
        "date": "2020-01-30",
        "source": "Daily News",
    }
    path = tmp_path_factory.mktemp("page") / "articles.jsonl"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def assistant(corpus: Path) -> Iterator[Assistant]:
    with Assistant.open(corpus) as opened_assistant:
        yield opened_assistant


@pytest.fixture(scope="module")
def address(corpus: Path, assistant: Assistant, repo: Path) -> Iterator[str]:
    """A page of its own process: Gradio leaves event loops open, which pytest would report."""
    command = [sys.executable, "-m", "qa", "ui", "--corpus", str(corpus)]
    with subprocess.Popen(
        [*command, "--port", str(free_port())], cwd=repo, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()
        assert server.stdout.read() == "", "more than the address was printed"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(address: str, question: str) -> tuple[str, Any]:
    """The last event of the named endpoint ``ask``, and its data."""
    url = f"{address}/gradio_api/call/v2/ask"
    started = httpx.post(url, json={"question": question}, timeout=60)
    lines = httpx.get(f"{url}/{started.json()['event_id']}", timeout=60).text.strip().splitlines()
    return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))


def test_the_masthead_tells_the_extent_of_the_collection(assistant: Assistant) -> None:
    page = Page(render_masthead(assistant.status()))
    assert page.all("header") == ["Dateline1 article · 1 outlet · 30 January 2020"]


def test_progress_tells_files_passages_rate_and_time_left() -> None:
    pace = Pace()
    pace.see(Progress(1, 2, 0, 0, 0), 0.0)
    pace.see(Progress(2, 2, 30, 0, 400), 10.0)
    assert (pace.rate, pace.seconds_left(11.0)) == (None, None)
    halfway = Progress(2, 2, 30, 200, 200)
    pace.see(halfway, 20.0)
    assert (pace.rate, pace.seconds_left(20.0), pace.seconds_left(25.0)) == (20.0, 10.0, 5.0)
    assert pace.seconds_left(99.0) == 0.0
    shown = Page(render_progress(halfway, pace, 25.0))
    assert shown.all("p")[0] == (
        "Indexing what you dropped · file 2 of 2 · 200 of 400 passages · 20 a second · 5 s left"
    )
    assert shown.all("button") == ["Stop"]


def test_time_left_is_a_lower_bound_while_files_are_still_to_be_read() -> None:
    pace = Pace()
    pace.see(Progress(1, 2, 1, 0, 4000), 0.0)
    pace.see(Progress(1, 2, 1, 10, 3990), 1.0)
    shown = Page(render_progress(Progress(1, 2, 1, 10, 3990), pace, 1.0))
    assert shown.all("figures")[0].endswith("10 a second · at least 7 min left")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_of_a_dropped_file_becomes_markup(assistant: Assistant, payload: str) -> None:
    skipped = (Skipped(payload, payload, payload),)
    shown = Page(render_skipped(skipped, is_open=True))
    assert {tag for tag, _ in shown.tags} == {"details", "summary", "ul", "li"}
    assert shown.all("li") == [" ".join(f"{payload}, {payload}: {payload}".split())]


def test_of_many_skipped_places_the_first_are_told_and_the_rest_counted() -> None:
    skipped = [Skipped("rows.csv", "has no text", f"row {n}") for n in range(1, 1_235)]
    lines = Page(render_skipped(skipped, is_open=False)).all("li")
    assert lines[0] == "rows.csv, row 1: has no text"
    assert (len(lines), lines[-1]) == (51, "1,184 more")


def test_what_is_searched_is_said_with_a_way_to_the_other(assistant: Assistant) -> None:
    articles = DroppedArticles(assistant)
    on = Page(render_drop(Drop(articles, is_searched=True)))
    assert on.all("scope-now") == ["Searching the 0 articles you dropped"]
    assert on.all("button") == ["Search the collection instead", "Remove"]
    off = Page(render_drop(Drop(articles)))
    assert off.all("button") == ["Search what I dropped", "Remove"]
    assert render_drop(None) == ""
    articles.close()


def add_files(desk: DropDesk, **sent: Any) -> list[tuple[Any, ...]]:
    return list(desk.add(None, (), gr.EventData(None, sent)))


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


@pytest.fixture
def drop_desk(assistant: Assistant, uploads: Path) -> DropDesk:
    return DropDesk(Desk(assistant), assistant, uploads, DropLimits(max_files=2, max_bytes=500))


def test_a_dropped_file_is_indexed_and_then_searched(drop_desk: DropDesk, uploads: Path) -> None:
    upload = uploads / "1"
    upload.write_text("Quarry closes\n\nThe quarry at Ormen closed on Friday.", encoding="utf-8")
    steps = add_files(drop_desk, files=[{"name": "quarry.txt", "path": str(upload)}])
    assert Page(steps[0][1]).all("note") == ["Indexing what you dropped"]
    drop, shown, notice, welcome, _ = steps[-1]
    assert drop.is_searched
    assert Page(shown).all("scope-now") == ["Searching the 1 article you dropped"]
    assert notice == ""
    assert "Ask the articles you dropped" in welcome
    assert list(uploads.iterdir()) == []
    assert drop_desk.remove(drop, ())[:3] == (None, "", "")
    assert drop.articles.is_closed


@pytest.mark.parametrize("path", ["/etc/passwd", "uploads/../secret.txt", "uploads/link", "."])
def test_a_path_that_is_no_upload_is_refused(drop_desk: DropDesk, uploads: Path, path: str) -> None:
    secret = uploads.parent / "secret.txt"
    secret.write_text("The quarry at Ormen closed on Friday.", encoding="utf-8")
    (uploads / "link").symlink_to(secret)
    named = str(uploads.parent / path)
    files = [{"name": "a.txt", "path": named}]
    drop, shown, notice, *_ = add_files(drop_desk, files=files)[-1]
    assert (drop, shown) == (None, "")
    assert Page(notice).all("notice") == ["“a.txt” did not arrive; drop it again"]
    assert secret.exists()


def test_too_many_dropped_files_are_told_in_one_line(drop_desk: DropDesk, uploads: Path) -> None:
    files = []
    for n in range(3):
        (uploads / str(n)).write_text(f"The quarry closed {n} times.", encoding="utf-8")
        files.append({"name": f"{n}.txt", "path": str(uploads / str(n))})
    drop, shown, notice, *_ = add_files(drop_desk, files=files)[-1]
    assert (drop, shown) == (None, "")
    (line,) = Page(notice).all("notice")
    assert line.startswith("3 files are more than the 2 that can be dropped")
    assert list(uploads.iterdir()) == []


def test_what_the_browser_did_not_send_is_told(drop_desk: DropDesk) -> None:
    ((*_, notice, _, _),) = add_files(drop_desk, refused=[1, 501_000_000])
    assert "501.0 MB are more than the 0 MB" in notice
    ((*_, notice, _, _),) = add_files(drop_desk, failed="<b>.pdf", files=[])
    assert Page(notice).all("notice") == ["“<b>.pdf” did not arrive; drop it again"]


def test_a_drop_without_an_article_leaves_the_collection_searched(drop_desk: DropDesk) -> None:
    drop, shown, *_ = add_files(drop_desk, files=[], folders=["papers"])[-1]
    assert drop is None
    assert Page(shown).all("li") == ["papers: is a folder; drop its files, or a zip archive of it"]


def test_an_upload_into_the_collection_is_searched_with_it(corpus: Path, uploads: Path) -> None:
    store = uploads.with_name("store")
    index_collection(store, [str(corpus)])
    upload = uploads / "1"
    upload.write_text("Quarry closes\n\nThe quarry at Ormen closed on Friday.", encoding="utf-8")
    with Assistant.open(store) as collection:
        desk = Desk(collection)
        limits = DropLimits(max_files=2, max_bytes=500)
        drop_desk = DropDesk(desk, collection, uploads, limits, into_collection=True)
        files = [{"name": "quarry <b>.txt", "path": str(upload)}]
        drop, shown, notice, welcome, _ = add_files(drop_desk, files=files, folders=["x"])[-1]
        page = Page(shown)
        assert page.all("scope-now") == [
            "Added to the collection, for everyone who asks it: 1 article"
        ]
        assert page.all("files") == ["quarry <b>.txt"]
        assert (page.all("button"), page.all("li")[0][:3], notice) == ([], "x: ", "")
        assert "Ask the collection" in welcome
        assert not drop.is_searched
        assert "2 articles" in desk.masthead()
        # One that brings nothing new says so.
        upload.write_text("Quarry closes\n\nThe quarry at Ormen closed on Friday.", "utf-8")
        _, shown, *_ = add_files(drop_desk, files=files)[-1]
        assert Page(shown).all("p")[0] == "Nothing was added to the collection."
        assert Page(shown).all("li") == ["quarry <b>.txt: is in the collection already"]


def test_uploads_cannot_go_into_what_is_only_mirrored(corpus: Path, repo: Path) -> None:
    status, out, err = serve_and_fail(repo, corpus, "--allow-uploads-into-collection")
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert f"uploads can go only into a store made with `qa index`, and {corpus} is no" in line


def test_the_ask_endpoint_gives_the_json_of_the_shell(address: str, assistant: Assistant) -> None:
    question = "When did the river bridge in Novigrad open?"
    event, (told,) = call(address, question)
    expected = assistant.ask(question).to_dict()
    assert event == "complete"
    assert {**told, "timings_ms": None} == {**expected, "timings_ms": None}


def test_the_ask_endpoint_tells_a_bad_question_in_one_line(address: str) -> None:
    event, told = call(address, "  ")
    assert event == "error"
    assert "empty" in told["error"]
    assert "Traceback" not in told["error"]


def serve_and_fail(repo: Path, corpus: Path, *options: str) -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-m", "qa", "ui", "--corpus", str(corpus), *options],
        cwd=repo,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.returncode, run.stdout, run.stderr


def test_a_port_in_use_is_told_in_one_line_and_no_other_is_taken(corpus: Path, repo: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        status, out, err = serve_and_fail(repo, corpus, "--port", str(port))
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert f"127.0.0.1 port {port}: address already in use; choose another with --port" in line


def test_a_host_that_is_not_of_this_machine_is_told_in_one_line(corpus: Path, repo: Path) -> None:
    status, out, err = serve_and_fail(repo, corpus, "--host", "no.such.host.invalid")
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert "cannot serve on no.such.host.invalid port 7860" in line


@pytest.mark.parametrize("option", ["--max-files", "--max-upload-mb"])
def test_a_limit_that_is_none_is_wrong_usage(corpus: Path, repo: Path, option: str) -> None:
    status, out, err = serve_and_fail(repo, corpus, option, "0")
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert "'0' is no limit; give a whole number from 1 on" in line


def test_the_style_and_the_script_name_no_other_host(repo: Path) -> None:
    for path in (repo / "qa" / "web").iterdir():
        if path.suffix in {".css", ".js"}:
            text = path.read_text(encoding="utf-8")
            assert "//" not in text.replace("// ", "")
            assert "url(" not in text
            assert "@import" not in text
