"""The question's whole road, through `ask` and `Assistant`, on real articles."""

from __future__ import annotations

import concurrent.futures
import datetime
import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from qa import Answer, Assistant, CorpusError, QuestionError, StoreMismatchError, ask
from qa.compose import DECLINED

_DATA = Path(__file__).parent.parent / "data" / "ellery_questions.jsonl"
_QUESTIONS = [json.loads(line) for line in _DATA.read_text(encoding="utf-8").splitlines()]
ELLERY_QUESTIONS = [(q["question"], q["article"], q["words"]) for q in _QUESTIONS if q["article"]]
OUTSIDE_QUESTIONS = [q["question"] for q in _QUESTIONS if not q["article"]]


def cited(answer: Answer) -> list[str]:
    return [citation.article_id for citation in answer.citations]


def test_answers_cite_the_article_and_show_the_words(ellery: Assistant) -> None:
    """One in seven may go wrong: what is printed says which."""
    wrong = []
    for question, article_id, words in ELLERY_QUESTIONS:
        answer = ellery.ask(question)
        if article_id not in cited(answer) or not re.search(words, answer.text):
            wrong.append(question)
    print(f"\ninvented articles: {len(ELLERY_QUESTIONS) - len(wrong)} of 14 right; wrong: {wrong}")
    assert len(wrong) <= 2


def test_a_bare_answer_is_words_of_its_sentence(ellery: Assistant) -> None:
    answer = ellery.ask("When will the comet pass the Earth?")
    assert answer.short_answer == "October 2027"
    assert answer.short_answer in answer.citations[0].quote


@pytest.mark.parametrize("question", OUTSIDE_QUESTIONS)
def test_a_question_outside_the_articles_is_declined(ellery: Assistant, question: str) -> None:
    answer = ellery.ask(question)
    assert answer.declined
    assert answer.text.startswith(DECLINED)
    assert (answer.short_answer, answer.citations) == (None, ())
    assert len(answer.hits) == 8


def test_markers_and_citations_match(bundled: Assistant) -> None:
    answer = bundled.ask("What did Netanyahu say about Soleimani?")
    markers = [int(marker) for marker in re.findall(r"\[(\d+)\]", answer.text)]
    assert markers == [citation.marker for citation in answer.citations]
    assert markers == list(range(1, len(markers) + 1))


def test_the_contract_of_to_dict(ellery: Assistant) -> None:
    answer = ellery.ask("Who was elected mayor of Port Ellery?")
    told = json.loads(json.dumps(answer.to_dict()))
    assert told["question"] == "Who was elected mayor of Port Ellery?"
    assert told["answer"] == answer.text
    assert set(told) >= {
        *("question", "answer", "short_answer", "declined", "confidence", "citations"),
        *("passages", "understood", "timings_ms"),
    }
    assert set(told["citations"][0]) >= {
        *("marker", "quote", "article_id", "title", "source", "author", "published", "url"),
        *("start", "end", "content_sha256"),
    }
    assert set(told["passages"][0]) >= {
        *("article_id", "title", "source", "author", "published", "url", "text", "start", "end"),
        "score",
    }
    assert set(told["understood"]) >= {"query", "since", "until", "sources", "as_of"}
    assert told["citations"][0]["published"] == "2023-05-14"
    assert 0 <= told["confidence"] <= 1


def test_passages_mode_gives_one_citation_a_hit(ellery: Assistant) -> None:
    answer = ellery.ask("What happened to the ferry Astrid?", mode="passages", k=3)
    assert not answer.declined
    assert answer.short_answer is None
    assert [citation.quote for citation in answer.citations] == [
        hit.passage.text for hit in answer.hits
    ]
    assert [citation.marker for citation in answer.citations] == [1, 2, 3]


def test_passages_mode_declines_only_without_hits_that_meet_the_conditions(
    ellery: Assistant,
) -> None:
    outside = ellery.ask("What is the capital of Mongolia?", mode="passages")
    assert not outside.declined
    nothing = ellery.ask("ferry", mode="passages", since="2030-01-01")
    assert nothing.declined
    assert (nothing.hits, nothing.citations, nothing.confidence) == ((), (), 0.0)
    assert len(nothing.hits_outside) == 8


def test_k_changes_the_hits_and_nothing_else(ellery: Assistant) -> None:
    question = "Who leads the Harbour Workers' Union?"
    few, many = ellery.ask(question, k=1), ellery.ask(question, k=15)
    assert (len(few.hits), len(many.hits)) == (1, 15)
    assert few.hits[0] == many.hits[0]
    assert (few.text, few.citations, few.confidence) == (
        many.text,
        many.citations,
        many.confidence,
    )
    assert len(ellery.ask(question, k=500).hits) <= 40


def test_hits_are_best_first_and_reproducible(ellery: Assistant) -> None:
    first, second = (ellery.ask("bridge to Sanda Island", k=20) for _ in range(2))
    scores = [hit.score for hit in first.hits]
    assert scores == sorted(scores, reverse=True)
    assert first.hits == second.hits
    for hit in first.hits:
        passage = hit.passage
        assert hit.article.text[passage.start : passage.end] == passage.text


def test_since_until_and_as_of(ellery: Assistant) -> None:
    question = "How many people died on the ferry Astrid?"
    assert "ferry-toll-late" in cited(ellery.ask(question))
    early = ellery.ask(question, as_of="2024-11-02")
    assert all(hit.article.id != "ferry-toll-late" for hit in early.hits)
    undated = ellery.ask("Tarn airport", as_of=datetime.date(2020, 1, 1))
    assert {hit.article.id for hit in undated.hits} == {"airport-sold"}
    day = datetime.date(2024, 11, 5)
    only = ellery.ask(question, since=day, until="2024-11-05", k=50)
    assert {hit.article.id for hit in only.hits} == {"ferry-toll-late"}
    assert only.understood["since"] == "2024-11-05"
    assert only.understood["undated_left_out"] == 1


def test_outlets_are_compared_by_name_and_host(ellery: Assistant) -> None:
    for name in ("Sanda Courier", "sandacourier.example", "the SandaCourier", "source:"):
        kwargs = {} if name == "source:" else {"sources": [name]}
        question = 'Sanda bridge source:"Sanda Courier"' if not kwargs else "Sanda bridge"
        answer = ellery.ask(question, k=50, **kwargs)
        assert {hit.article.source for hit in answer.hits} == {"Sanda Courier"}


def test_an_outlet_in_prose_leaves_nothing_out(ellery: Assistant) -> None:
    answer = ellery.ask("According to The Ellery Post, who halted the bridge?", k=30)
    assert "harbourwire.example" in {hit.article.source for hit in answer.hits}


def test_exact_words_and_excluded_words(ellery: Assistant) -> None:
    exact = ellery.ask('ferry "night rosters"', k=50)
    assert {hit.article.id for hit in exact.hits} == {"ferry-strike-ends"}
    assert "with the words “night roster”" in ellery.ask('ferry "night roster"').text
    without = ellery.ask("ferry -strike", k=50)
    assert {hit.article.id for hit in without.hits} >= {"ferry-strike-begins", "ferry-toll-late"}
    assert "ferry-strike-ends" not in {hit.article.id for hit in without.hits}


def test_a_filter_that_leaves_nothing_is_named(ellery: Assistant) -> None:
    answer = ellery.ask("ferry", sources="Le Monde", since="2030-01-01")
    assert answer.declined
    assert "published since 2030-01-01, from Le Monde" in answer.text


def test_a_name_that_stands_nowhere_is_named(ellery: Assistant) -> None:
    answer = ellery.ask("What is the capital of Mongolia?")
    assert answer.text == f"{DECLINED} Nowhere do they mention “Mongolia”."


def test_a_follow_up_is_searched_with_the_question_before_it(ellery: Assistant) -> None:
    first = ellery.ask("Who is Beatriz Amaral?")
    second = ellery.ask("Where did she go to coach?", [(first.question, first.text)])
    assert second.understood["query"] == "Where did Beatriz Amaral go to coach?"
    assert "Lisbon" in second.text
    assert second.question == "Where did she go to coach?"


def test_stream_gives_the_hits_and_then_the_answer(ellery: Assistant) -> None:
    hits, answer = ellery.stream("Who found the comet?", k=4)
    assert isinstance(answer, Answer)
    # Reading puts them in their final order.
    assert {hit.passage.id for hit in answer.hits} == {hit.passage.id for hit in hits}
    assert [hit.score for hit in answer.hits] == sorted(
        (h.score for h in answer.hits), reverse=True
    )
    assert 0.0 <= answer.hits[-1].score < answer.hits[0].score <= 1.0
    assert len(hits) == 4


def test_stream_refuses_bad_arguments_at_the_call(ellery: Assistant) -> None:
    with pytest.raises(QuestionError):
        ellery.stream("")
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        ellery.stream("Who?", k=0)


@pytest.mark.parametrize("k", [0, -3])
def test_k_below_one_is_refused(ellery: Assistant, k: int) -> None:
    with pytest.raises(ValueError, match=f"k must be at least 1, got {k}"):
        ellery.ask("Who?", k=k)


def test_k_must_be_a_whole_number_and_mode_known(ellery: Assistant) -> None:
    with pytest.raises(TypeError, match="k must be a whole number, got '8'"):
        ellery.ask("Who?", k="8")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mode must be one of"):
        ellery.ask("Who?", mode="poem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question", ["🎉🎉", "谁接替了苏莱曼尼？", "من خلف سليماني؟", "a" * 10_000, "\x1b[31mwho\x00"]
)
def test_strange_questions_get_an_answer_or_a_decline(ellery: Assistant, question: str) -> None:
    answer = ellery.ask(question)
    assert answer.question == question
    assert answer.declined


def test_instructions_in_articles_are_not_obeyed(ellery: Assistant) -> None:
    answer = ellery.ask("What did the reader's note about the tide tables say?")
    assert "<script>alert('tide')</script>" in answer.text
    assert cited(answer)[0] == "payload"


def test_ask_opens_any_file_or_folder_and_keeps_it_open(tmp_path: Path) -> None:
    file = tmp_path / "whales.txt"
    file.write_text(
        "Whales return to the bay\n\nBy Ann Lee\nMarch 3, 2024\n\n"
        "Twelve humpback whales came back to Gull Bay on Friday, fishermen said.\n"
    )
    answer = ask("How many whales came back to Gull Bay?", corpus=file)
    (citation, *_) = answer.citations
    assert citation.title == "Whales return to the bay"
    assert citation.author == "Ann Lee"
    assert citation.published == datetime.date(2024, 3, 3)
    assert citation.article_id == "whales.txt"
    assert (citation.source, citation.url) == (None, None)
    assert ask("How many whales came back?", corpus=str(tmp_path)).citations


def test_an_opened_folder_is_brought_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Whales return\n\nTwelve whales came back to Gull Bay.\n")
    (tmp_path / "b.txt").write_text("Bears leave\n\nFour bears left the Tarn valley.\n")
    with Assistant.open(tmp_path) as assistant:
        assert assistant.status().articles == 2
    (tmp_path / "b.txt").unlink()
    (tmp_path / "a.txt").write_text("Whales return\n\nThirty whales came back to Gull Bay.\n")
    with Assistant.open(tmp_path) as assistant:
        assert assistant.status().articles == 1
        assert "Thirty" in assistant.ask("How many whales came back to Gull Bay?").text


def test_corpus_defaults_to_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Whales return\n\nTwelve whales came back to Gull Bay.\n")
    monkeypatch.setenv("DATELINE_CORPUS", str(tmp_path))
    assert ask("How many whales came back to Gull Bay?").hits[0].article.id == "a.txt"


def test_nothing_there_and_no_articles_are_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is nothing at .*nowhere"):
        ask("Who?", corpus=tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="no article was found"):
        ask("Who?", corpus=tmp_path)


def test_another_models_store_is_refused(tmp_path: Path, ellery: Assistant) -> None:
    copy = tmp_path / "store"
    shutil.copytree(ellery.status().path, copy)
    manifest = copy / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "weights_sha256": "f" * 64}))
    with pytest.raises(StoreMismatchError, match="was built with weights ffffffff"):
        Assistant.open(copy)


def test_many_may_ask_at_once(ellery: Assistant) -> None:
    alone = {question: ellery.ask(question).text for question, _, _ in ELLERY_QUESTIONS}
    asked = list(alone) * 3
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ellery.ask, asked))
    assert [answer.text for answer in answers] == [alone[question] for question in asked]


def test_an_article_of_an_unknown_id_is_told(ellery: Assistant) -> None:
    with pytest.raises(CorpusError, match="the collection holds no article 'bear'"):
        ellery.article("bear")


def test_a_tampered_article_is_not_shown_anywhere(tmp_path: Path, ellery: Assistant) -> None:
    copy = tmp_path / "store"
    shutil.copytree(ellery.status().path, copy)
    connection = sqlite3.connect(copy / "record.sqlite3")
    with connection:
        connection.execute("UPDATE articles SET text = replace(text, 'Amaral', 'Armani')")
    connection.close()
    with Assistant.open(copy) as assistant:
        answer = assistant.ask("Who coached Ellery Rovers?", k=50)
    assert not {"football-final", "coach-leaves"} & {hit.article.id for hit in answer.hits}
    assert "Armani" not in answer.text


@pytest.mark.parametrize("history", [[("only one",)], ["ab"], [{"role": "user"}]])
def test_history_that_is_no_pairs_is_told(ellery: Assistant, history: list[object]) -> None:
    with pytest.raises(TypeError, match=r"history must hold \(question, answer text\) pairs"):
        ellery.ask("And then?", history)  # type: ignore[arg-type]


def test_a_closed_assistant_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Whales return\n\nTwelve whales came back to Gull Bay.\n")
    assistant = Assistant.open(tmp_path)
    assistant.ask("How many whales came back?")
    assistant.close()
    with pytest.raises(ValueError, match="is closed; open it again"):
        assistant.ask("How many whales came back?")
