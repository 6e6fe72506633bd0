"""Conversations as the browser keeps them, read back, and written to files."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa import Answer, Assistant
from qa.collection import index_collection
from qa.export import export
from qa.web.desk import Desk
from qa.web.kept import MAX_CHARS, MAX_TURNS, keep, restore
from qa.web.render import render_conversation

HOSTILE = '<script>alert(1)</script> [x](http://evil.example) ![y](http://evil.example/y.png) "'
BRIDGE = {
    "id": "bridge",
    "title": f"Bridge opens {HOSTILE}",
    "text": "The river bridge in Novigrad opened on Monday. It cost 40 million crowns.",
    "date": "2020-01-30",
    "source": "Daily News",
    "url": "https://www.example.org/bridge",
}
FERRY = {
    "id": "ferry",
    "title": "Ferry runs again",
    "text": "The ferry to Brevik runs again since Tuesday. Captain Nils Berg steers it.",
    "date": "2022-03-01",
    "source": "Coast Radio",
}
QUESTIONS = (
    "When did the river bridge in Novigrad open?",
    "How much did it cost?",
    "Who steers the ferry to Brevik? How much did the bridge cost?",
    "Who painted the lighthouse?",
    "What does the Daily News tell of the bridge after:2019-01-01 -ferry?",
)
TODAY = datetime.date(2026, 1, 2)


def write(folder: Path, *records: dict[str, str]) -> str:
    path = folder / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    corpus = write(tmp_path_factory.mktemp("kept"), BRIDGE, FERRY)
    with Assistant.open(corpus) as opened:
        yield opened


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> tuple[Answer, ...]:
    told: list[Answer] = []
    for question in QUESTIONS:
        told.append(assistant.ask(question, [(each.question, each.text) for each in told]))
    assert [answer.declined for answer in told] == [False, False, False, True, False]
    return tuple(told)


@pytest.fixture
def kept(answers: tuple[Answer, ...]) -> list[dict[str, Any]]:
    """As it comes back from the browser."""
    turns: list[dict[str, Any]] = json.loads(json.dumps(keep(answers)))
    return turns


def test_what_is_kept_reads_back_as_what_was_said(
    assistant: Assistant, answers: tuple[Answer, ...], kept: list[dict[str, Any]]
) -> None:
    restored = restore(kept, assistant.article)
    assert restored.n_unreadable == 0
    for before, after in zip(answers, restored.answers, strict=True):
        was, now = before.to_dict(), after.to_dict()
        was["understood"] = {name: was["understood"][name] for name in now["understood"]}
        assert now == was
    assert render_conversation(restored.answers) == render_conversation(answers)


def test_passages_are_kept_by_their_places_alone(kept: list[dict[str, Any]]) -> None:
    assert kept[3]["hits"]
    assert "runs again since" not in json.dumps(kept[3])


@pytest.mark.parametrize(
    "damage",
    [
        {"question": None},
        {"confidence": 7},
        {"citations": "none"},
        {"hits": [{"article_id": "bridge"}]},
        {"understood": {"spelling": [["a", "b"]]}},
        {"understood": {"prefers": {"sources": "CNN"}}},
        {"reports": [{"answer": 3}]},
        {"agreement": "perhaps"},
    ],
)
def test_an_answer_that_is_damaged_is_left_out_and_counted(
    assistant: Assistant, kept: list[dict[str, Any]], damage: dict[str, Any]
) -> None:
    kept[1].update(damage)
    restored = restore(kept, assistant.article)
    assert restored.n_unreadable == 1
    assert [answer.question for answer in restored.answers] == [
        question for at, question in enumerate(QUESTIONS) if at != 1
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_JSON)
def test_whatever_the_browser_sends_is_read_without_fail(assistant: Assistant, sent: Any) -> None:
    for turns in (sent, [sent], [{"question": sent}]):
        assert restore(turns, assistant.article).answers == ()


def test_only_the_newest_answers_are_kept(answers: tuple[Answer, ...]) -> None:
    many = keep([answers[0]] * (MAX_TURNS + 3) + [answers[1]])
    assert (len(many), many[-1]["question"]) == (MAX_TURNS, answers[1].question)
    long = dataclasses.replace(answers[0], text="x" * (MAX_CHARS // 3))
    assert len(keep([long] * 5)) == 2


def test_a_quote_that_its_article_never_had_is_told(
    assistant: Assistant, kept: list[dict[str, Any]]
) -> None:
    (citation,) = kept[0]["citations"][:1]
    citation["quote"] = "The bridge never opened."
    restored = restore(kept, assistant.article).answers[0]
    assert restored.understood["lost"] == [citation["marker"]]
    assert "no longer in the collection as it was quoted" in render_conversation((restored,))


def test_headline_and_outlet_are_the_articles_own(
    assistant: Assistant, kept: list[dict[str, Any]]
) -> None:
    kept[0]["citations"][0]["title"] = "Something else"
    restored = restore(kept, assistant.article).answers[0]
    assert restored.citations[0].title == BRIDGE["title"]
    assert "lost" not in restored.understood


def open_link(desk: Desk, html: str) -> str:
    fragment = re.search(r'class="marker" href="([^"]+)"', html)
    assert fragment
    sent = {"fragment": fragment[1].replace("&amp;", "&"), "among": []}
    return desk.open(None, gr.EventData(None, sent))


def test_a_kept_conversation_tells_what_became_of_its_articles(
    tmp_path: Path, kept: list[dict[str, Any]]
) -> None:
    store = tmp_path / "store"
    turns = kept[:1]
    index_collection(store, [write(tmp_path, BRIDGE, FERRY)])
    changed = {**BRIDGE, "text": "The river bridge in Novigrad opened on Tuesday, after all."}
    index_collection(store, [write(tmp_path, changed, FERRY)])
    with Assistant.open(store) as opened:
        desk = Desk(opened)
        event = gr.EventData(None, {"thread": "0" * 16, "turns": turns})
        answers, thread, shown, notice = desk.resume(None, event)
        assert (len(answers), thread, notice) == (1, "0" * 16, "")
        # A past version can still be read, and says that it is one.
        article = open_link(desk, shown)
        assert "<mark>The river bridge in Novigrad opened on Monday.</mark>" in article
        assert "The collection has a newer version of this article" in article
    other = tmp_path / "other"
    index_collection(other, [write(tmp_path, FERRY)])
    with Assistant.open(other) as opened:
        desk = Desk(opened)
        _, _, shown, *_ = desk.resume(None, event)
        assert "no longer in the collection as it was quoted" in shown
        assert "holds no article &#x27;bridge&#x27;" in open_link(desk, shown)


def test_a_conversation_that_cannot_be_read_in_part_says_so(
    assistant: Assistant, kept: list[dict[str, Any]]
) -> None:
    event = gr.EventData(None, {"thread": "<b>", "turns": [kept[0], {"question": HOSTILE}, 7]})
    answers, thread, shown, notice = Desk(assistant).resume(None, event)
    assert [answer.question for answer in answers] == [QUESTIONS[0]]
    assert "2 answers of this conversation cannot be read and are left out." in notice
    assert re.fullmatch(r"[0-9a-f]{16}", thread)
    assert HOSTILE not in shown


def test_an_edited_question_takes_the_place_of_the_last_or_begins_a_branch(
    assistant: Assistant, answers: tuple[Answer, ...]
) -> None:
    desk, thread = Desk(assistant), "0" * 16

    def edit(at: int, **more: Any) -> tuple[Any, ...]:
        event = gr.EventData(None, {"edit": at, "question": QUESTIONS[0], **more})
        limits = ("", "", "", [])
        steps = desk.converse(answers[:3], None, "answer", *limits, 8, thread, event)
        return list(steps)[-1]

    _, conversation, *_, name, told = edit(2)
    assert [answer.question for answer in conversation] == [*QUESTIONS[:2], QUESTIONS[0]]
    assert name == thread
    assert json.loads(told)["keep"]["named"] is False
    _, conversation, *_, name, told = edit(0)
    assert [answer.question for answer in conversation] == [QUESTIONS[0]]
    assert name != thread
    # It is called by what it was begun with; the first one stays kept as it was.
    assert json.loads(told)["keep"]["title"] == QUESTIONS[0]
    assert json.loads(told)["keep"]["thread"] == name
    _, conversation, *_ = edit(2, standalone=True)
    assert conversation[-1].understood["ignored"] == ("history",)


def test_what_is_given_up_leaves_the_conversation_as_it_was(
    assistant: Assistant, answers: tuple[Answer, ...]
) -> None:
    shown, notice = Desk(assistant).stop(answers, None)
    assert (shown, notice) == (render_conversation(answers), "")


def test_a_decline_offers_questions_that_are_answered(
    assistant: Assistant, answers: tuple[Answer, ...]
) -> None:
    desk = Desk(assistant)
    told = json.loads(desk.suggest(answers[:4], None))["suggest"]
    assert told["turns"] == 4
    assert told["questions"]
    assert not any(assistant.ask(question).declined for question in told["questions"])
    assert isinstance(desk.suggest(answers[:1], None), dict)


def test_an_export_as_json_holds_what_the_shell_prints(answers: tuple[Answer, ...]) -> None:
    file = export("Bridges / ferries: 2020?", answers, "json", TODAY)
    told = json.loads(file.text)
    assert file.name == "Bridges-ferries-2020.json"
    assert told["exported"] == "2026-01-02"
    assert told["answers"] == json.loads(json.dumps([answer.to_dict() for answer in answers]))


def test_an_export_as_markdown_tells_everything_and_is_no_markup_of_an_article(
    answers: tuple[Answer, ...],
) -> None:
    file = export(HOSTILE, answers, "markdown", TODAY)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(file.text)
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == len(answers)
    assert html.count("<h3>Sources</h3>") == 4
    assert set(re.findall(r'href="([^"]*)"', html)) == {BRIDGE["url"]}
    assert "<img" not in html
    assert "<script" not in html
    for answer in answers:
        for citation in answer.citations:
            assert f"[{citation.marker}] “{citation.quote}” — " in html


def test_an_export_as_a_page_needs_nothing_else_and_runs_nothing(
    answers: tuple[Answer, ...],
) -> None:
    file = export(HOSTILE, answers, "html", TODAY)
    assert file.name.endswith(".html")
    assert not re.search(r"<(script|img|link|iframe|object)\b", file.text)
    assert "default-src 'none'" in file.text
    assert "url(" not in file.text
    links = re.findall(r'href="([^"]*)"', file.text)
    ids = set(re.findall(r'id="([^"]*)"', file.text))
    assert {link for link in links if not link.startswith("#")} == {BRIDGE["url"]}
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    for answer in answers:
        assert all(citation.quote in file.text for citation in answer.citations)


def test_an_export_of_what_cannot_be_read_is_told(assistant: Assistant) -> None:
    sent = {"format": "html", "title": "x", "turns": [{"question": 1}]}
    _, notice = Desk(assistant).export(None, gr.EventData(None, sent))
    assert "nothing in this conversation that could be exported" in notice
