"""Which sentences are chosen, and when none is, on short news texts with the real encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from index.embed import SentenceTransformerEmbedder
from index.sentences import sentence_spans
from index.types import Article, Hit, Passage
from qa.evidence import (
    DECLINE_BELOW,
    MAX_ENCODED,
    MAX_ENCODED_READ,
    Evidence,
    answer_confidence,
    find_evidence,
    select_evidence,
)
from qa.question import AnswerKind, profile_question
from qa.words import likeness, rarity, split_words, stem

DAM = (
    "Dam at Lake Orrin to be raised",
    (
        "The regional council approved the raising of the Orrin dam on Tuesday. "
        "Engineer Marta Kowalczyk, who will lead the works, said they would last until May 2026. "
        "The raising will cost 48 million euros. "
        "Farmers in the village of Tessel fear that their fields will be flooded."
    ),
)
STORM = (
    "Storm cuts power on the coast",
    (
        "A storm left 12,000 homes without power on Sunday. "
        "Schools in Brackley stayed closed because the roads were blocked by fallen trees. "
        "Repair crews from the neighbouring districts were sent to help."
    ),
)


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


def hit_of(title: str, text: str, *, article_id: str | None = None) -> Hit:
    article = Article(
        id=article_id or title,
        title=title,
        text=text,
        source=None,
        author=None,
        url=None,
        published=None,
        path=None,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    return Hit(passage_of(article, sentence_spans(text)), article, 1.0, "test")


def passage_of(article: Article, sentences: Sequence[tuple[int, int]]) -> Passage:
    start, end = sentences[0][0], sentences[-1][1]
    return Passage(
        f"{article.id}@{start}-{end}",
        article.id,
        article.text[start:end],
        start,
        end,
        tuple(sentences),
    )


NEWS = (hit_of(*DAM), hit_of(*STORM))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who will lead the works on the dam?", "Kowalczyk"),
        ("How much will the raising of the dam cost?", "48 million euros"),
        ("When did the council approve the dam?", "Tuesday"),
        ("Why did the schools stay closed?", "because the roads were blocked"),
        ("How many homes lost power?", "12,000"),
        ("Who fears that fields will be flooded?", "Farmers"),
    ],
)
def test_the_sentence_that_answers_comes_first(
    encoder: SentenceTransformerEmbedder, question: str, words: str
) -> None:
    evidence = find_evidence(question, NEWS, encoder)
    assert words in evidence[0].text
    assert answer_confidence(question, evidence, NEWS) >= DECLINE_BELOW


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "Who is the prime minister of Canada?",
        "Which team won the cup final?",
        "Where was Amelia Hartwell born?",
    ],
)
def test_a_question_that_no_sentence_answers_is_below_the_threshold(
    encoder: SentenceTransformerEmbedder, question: str
) -> None:
    evidence = find_evidence(question, NEWS, encoder)
    assert answer_confidence(question, evidence, NEWS) < DECLINE_BELOW


def test_a_name_that_stands_nowhere_lowers_the_confidence(
    encoder: SentenceTransformerEmbedder,
) -> None:
    told, untold = "How much will the Orrin dam cost?", "How much will the Zamboanga dam cost?"
    sure, unsure = (
        answer_confidence(question, find_evidence(question, NEWS, encoder), NEWS)
        for question in (told, untold)
    )
    assert sure - unsure > 0.2


def test_evidence_is_verbatim_ordered_and_a_probability(
    encoder: SentenceTransformerEmbedder,
) -> None:
    evidence = find_evidence("What did the council approve?", NEWS, encoder)
    scores = [each.score for each in evidence]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= each.score <= 1.0 and -1.0 <= each.cosine <= 1.0 for each in evidence)
    for each in evidence:
        assert (each.start, each.end) in each.hit.passage.sentences
        assert each.text == each.hit.article.text[each.start : each.end]


def test_a_sentence_of_two_overlapping_passages_counts_once_with_the_better_hit(
    encoder: SentenceTransformerEmbedder,
) -> None:
    whole = hit_of(*DAM)
    spans = whole.passage.sentences
    first, second = (
        Hit(passage_of(whole.article, part), whole.article, 1.0, "test")
        for part in (spans[:3], spans[2:])
    )
    evidence = find_evidence("How much will it cost?", (first, second), encoder)
    assert sorted((each.start, each.end) for each in evidence) == sorted(spans)
    shared = next(each for each in evidence if each.start == spans[2][0])
    assert shared.hit is first


def test_the_same_question_gives_the_same_evidence_whatever_the_scores_of_the_hits(
    encoder: SentenceTransformerEmbedder,
) -> None:
    question = "How many homes lost power?"
    rescored = tuple(Hit(hit.passage, hit.article, 0.001, "other") for hit in NEWS)
    left = find_evidence(question, NEWS, encoder)
    right = find_evidence(question, rescored, encoder)
    assert [(each.start, each.score) for each in left] == [
        (each.start, each.score) for each in right
    ]


def test_no_more_sentences_are_encoded_than_the_limit_and_the_answer_is_among_them(
    encoder: SentenceTransformerEmbedder,
) -> None:
    class Counting:
        number = 0

        def embed_questions(self, texts: Sequence[str]) -> np.ndarray:
            return encoder.embed_questions(texts)

        def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
            self.number += len(texts)
            return encoder.embed_passages(texts)

    filler = " ".join(f"Bus line number {n} runs every hour on weekdays." for n in range(60))
    counting = Counting()
    evidence = find_evidence(
        "How much will the raising of the dam cost?",
        (hit_of("Bus lines", filler), hit_of(*DAM)),
        counting,
    )
    assert counting.number == MAX_ENCODED
    assert "48 million euros" in evidence[0].text
    # The reader knows better which are worth it.
    hits = hit_of("Bus lines", filler), hit_of(*DAM)
    margins = {(h.article.id, *each): -5.0 for h in hits for each in h.passage.sentences}
    start, end = hits[0].passage.sentences[-1]
    margins[hits[0].article.id, start, end] = 9.0
    counting.number = 0
    evidence = find_evidence("How much will the dam cost?", hits, counting, margins=margins)
    assert counting.number == MAX_ENCODED_READ
    assert filler[start:end] in [each.text for each in evidence]


@pytest.mark.parametrize("question", ["", "?", "🙂", "是谁？", "who " * 500])
def test_a_question_without_telling_words_is_weighed_and_declined(
    encoder: SentenceTransformerEmbedder, question: str
) -> None:
    evidence = find_evidence(question, NEWS, encoder)
    assert len(evidence) == 7
    assert 0.0 <= answer_confidence(question, evidence, NEWS) < DECLINE_BELOW


def test_no_hits_give_no_evidence_and_no_confidence(encoder: SentenceTransformerEmbedder) -> None:
    assert find_evidence("Who won?", (), encoder) == ()
    assert answer_confidence("Who won?", (), ()) == 0.0
    assert select_evidence(()) == ()


def _scored(text: str, article_id: str, score: float) -> Evidence:
    hit = hit_of("Headline", text, article_id=article_id)
    return Evidence(hit, 0, len(text), score)


def test_only_what_is_nearly_as_good_as_the_best_is_shown() -> None:
    best = _scored("The dam will cost 48 million euros.", "a", 0.8)
    near = _scored("Engineers reckon with three years of works.", "b", 0.6)
    far = _scored("It rained.", "c", 0.05)
    assert select_evidence((best, near, far)) == (best, near)


def test_a_near_copy_is_not_shown_twice() -> None:
    best = _scored("The dam will cost 48 million euros, the council said.", "a", 0.8)
    copy = _scored("The dam will cost 48 million euros, the council says.", "b", 0.79)
    other = _scored("A rival plan was twice as expensive.", "a", 0.5)
    assert select_evidence((best, copy, other)) == (best, other)


def test_another_article_comes_before_one_more_sentence_of_the_same() -> None:
    best = _scored("The dam will cost 48 million euros.", "a", 0.8)
    same = _scored("Engineers reckon with three years of works.", "a", 0.7)
    other = _scored("A newspaper put the price at fifty.", "b", 0.6)
    assert select_evidence((best, same, other), limit=2) == (best, other)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit must be at least 1, got 0"):
        select_evidence((), limit=0)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who won?", AnswerKind.PERSON),
        ("Which minister resigned?", AnswerKind.PERSON),
        ("Who is Marta Kowalczyk?", AnswerKind.DESCRIPTION),
        ("In what year did it open?", AnswerKind.TIME),
        ("According to Reuters, when did it open?", AnswerKind.TIME),
        ("How many homes lost power?", AnswerKind.NUMBER),
        ("How much did it cost?", AnswerKind.MONEY),
        ("How much rain fell?", AnswerKind.NUMBER),
        ("Which countries signed?", AnswerKind.PLACE),
        ("Why was it closed?", AnswerKind.REASON),
        ("What caused the fire?", AnswerKind.REASON),
        ("What did he say?", AnswerKind.OTHER),
        ("storm damage coast", AnswerKind.OTHER),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: AnswerKind) -> None:
    assert profile_question(question).kind is kind


def test_words_are_compared_by_stem_base_form_and_abbreviation() -> None:
    assert stem("investigated") == stem("investigating")
    assert stem("spoke") == stem("speak")
    assert [word.key for word in split_words("The U.S. told us")] == ["the", "US", "tell", "us"]
    assert likeness("iran", "iranian") == 0.7
    assert likeness("invest", "investig") == 0.0


def test_capitals_of_a_sentence_beginning_or_of_a_whole_text_make_no_names() -> None:
    names = [
        word.text for word in split_words("Police met Kowalczyk. People in Tessel") if word.is_name
    ]
    assert names == ["Kowalczyk", "Tessel"]
    assert not any(word.is_name for word in split_words("POLICE MET KOWALCZYK IN TESSEL"))


def test_unknown_words_tell_most_and_common_ones_little() -> None:
    assert rarity("kowalczyk") == 1.0
    assert rarity("the") < 0.05 < rarity("say") < rarity("dam")
