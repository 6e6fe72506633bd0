"""The reader marks exact spans, tells passages that answer from those that do not, and trains."""

from __future__ import annotations

import hashlib
import math
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.models import find_model
from index.sentences import sentence_spans
from index.types import Article, Hit, Passage
from qa.evidence import Evidence
from qa.question import AnswerKind
from qa.reader import Judgement, Reader, Reading, SentenceSpan, short_answer
from qa.reader.asked_names import AskedNames
from qa.reader.drills import FIRST, SECOND, DrillBook
from qa.reader.encoding import ReaderInput, join, load_tokenizer, split
from qa.reader.questions import Labelled, Paragraph, Questions, read_questions
from qa.reader.read import MAX_PIECES, MODEL_FILE, best_span
from qa.reader.tidy import name_alone, tidy, whole_name

FERRY = (
    "The ferry Marigold ran aground off Port Ellery on Tuesday night. All 214 people on board "
    "were taken off by lifeboats before dawn. Captain Ines Valdano blamed a failed radar."
)
MUSEUM = (
    "The town museum opens its new wing in May. Visitors will see forty paintings of the old "
    "harbour, most of them lent by a family in Lisbon."
)
FILLER = "The council met again to talk about the budget for roads and bridges in the valley. "


def hit(text: str, *, start: int = 0, end: int | None = None, title: str = "Port Ellery") -> Hit:
    end = len(text) if end is None else end
    digest = hashlib.sha256(text.encode()).hexdigest()
    article = Article(title, title, text, None, None, None, None, None, digest)
    sentences = tuple(sentence_spans(text, start, end))
    passage = Passage(f"{title}@{start}-{end}", title, text[start:end], start, end, sentences)
    return Hit(passage, article, 1.0, "mix")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did the ferry run aground?", "Tuesday"),
        ("How many people were on board the ferry?", "214"),
        ("Who blamed a failed radar?", "Valdano"),
        ("Which ferry ran aground off Port Ellery?", "Marigold"),
    ],
)
def test_the_span_holds_the_answer(reader: Reader, question: str, expected: str) -> None:
    (reading,) = reader.read(question, [hit(FERRY)])
    assert expected in FERRY[reading.best.start : reading.best.end]


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ({"fahan": 9.0, "Is": 1.0}, {"fahan": 9.0}),
        ({"Is": 9.0}, {"Is": 9.0, "fahan": 1.0}),
    ],
)
def test_a_span_never_begins_or_ends_within_a_word(
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    starts: dict[str, float],
    ends: dict[str, float],
) -> None:
    """Of "Isfahan", which is two word pieces, the network has marked one alone."""
    text = "An ammunition factory in Isfahan was hit in an apparent attack."

    def mark(window: ReaderInput) -> tuple[NDArray[np.float32], ...]:
        scores = np.zeros((2, len(window.ids)), dtype=np.float32)
        bounds = zip(window.pieces.starts, window.pieces.ends, strict=True)
        for place, (start, end) in enumerate(bounds, start=window.body):
            scores[:, place] = starts.get(text[start:end], 0.0), ends.get(text[start:end], 0.0)
        return scores[0], scores[1], np.float32(0.0)

    monkeypatch.setattr(reader, "_run", mark)
    (reading,) = reader.read("What city was the factory in?", [hit(text)])
    assert text[reading.best.start : reading.best.end] == "Isfahan"


def test_a_span_lies_in_its_sentence_at_exact_offsets_of_the_article(reader: Reader) -> None:
    text = FILLER * 3 + FERRY + " " + FILLER
    start = text.index("The ferry")
    found = hit(text, start=start, end=start + len(FERRY))
    (reading,) = reader.read("How many people were on board?", [found])
    assert text[reading.best.start : reading.best.end] == "214"
    assert [each.sentence for each in reading.spans] == list(found.passage.sentences)
    assert all(
        each.sentence[0] <= each.start < each.end <= each.sentence[1] for each in reading.spans
    )


def test_an_answer_behind_the_first_window_of_a_long_passage_is_found(reader: Reader) -> None:
    text = FILLER * 40 + FERRY
    (reading,) = reader.read("How many people were on board the ferry Marigold?", [hit(text)])
    assert text[reading.best.start : reading.best.end] == "214"
    assert len(reading.spans) == 43


def test_windows_overlap_and_lose_no_word(reader: Reader) -> None:
    found = hit(FILLER * 60)
    windows = list(reader._windows("What did the council talk about?", found))
    assert len(windows) > 2
    assert max(len(window.ids) for window in windows) <= MAX_PIECES
    assert all(
        after.pieces.starts[0] < before.pieces.ends[-1] for before, after in pairwise(windows)
    )
    assert windows[0].pieces.starts[0] == 0
    assert windows[-1].pieces.ends[-1] == len(found.passage.text.rstrip())


def test_the_passage_that_answers_is_the_more_relevant(reader: Reader) -> None:
    readings = reader.read("How many people were on board the ferry?", [hit(MUSEUM), hit(FERRY)])
    assert [each.hit.article.text for each in readings] == [MUSEUM, FERRY]
    assert readings[1].relevance > readings[0].relevance
    assert readings[1].best.margin > readings[0].best.margin


def test_no_passages_are_no_confidence(reader: Reader) -> None:
    assert reader.read("Who?", []) == ()
    assert Judgement.load().weigh([], []) == ()
    assert Judgement.load().confidence([], 0.9) == 0.0


def judged(evidence: list[float], margins: list[float]) -> tuple[tuple[str, ...], float]:
    """The words of the findings, best first, and the confidence, for made-up scores."""
    found = hit(FERRY)
    sentences = found.passage.sentences
    spans = tuple(
        SentenceSpan(each, each[0], each[0] + 3, margin)
        for each, margin in zip(sentences, margins, strict=True)
    )
    scored = [Evidence(found, *each, s) for each, s in zip(sentences, evidence, strict=True)]
    judgement = Judgement.load()
    findings = judgement.weigh(scored, [Reading(found, spans, 0.0)])
    return tuple(each.evidence.text for each in findings), judgement.confidence(findings, 0.6)


def test_the_likelier_span_comes_first_where_the_evidence_is_the_same() -> None:
    order, _ = judged([0.4, 0.4, 0.4], [-3.0, 5.0, -1.0])
    assert order[0].startswith("All 214")


def test_the_better_evidence_comes_first_where_the_spans_are_as_likely() -> None:
    order, _ = judged([0.1, 0.2, 0.8], [1.0, 1.0, 1.0])
    assert order[0].startswith("Captain")


def test_confidence_rises_with_the_span() -> None:
    _, sure = judged([0.4, 0.4, 0.4], [-3.0, 5.0, -1.0])
    _, unsure = judged([0.4, 0.4, 0.4], [-9.0, -8.0, -9.0])
    assert 0.0 < unsure < sure < 1.0


def test_a_sentence_that_was_not_read_is_left_out() -> None:
    found = hit(FERRY)
    start, end = found.passage.sentences[0]
    assert Judgement.load().weigh([Evidence(found, start, end, 0.9)], []) == ()


@pytest.mark.parametrize("question", ["?", "word " * 2000, "北京 🙂", "\x00"])
def test_any_question_and_any_text_can_be_read(reader: Reader, question: str) -> None:
    readings = reader.read(question, [hit("…"), hit("🙂 " * 900), hit(FERRY)])
    assert len(readings) == 3
    for each in readings:
        assert math.isfinite(each.best.margin + each.relevance)
        assert each.hit.passage.start <= each.best.start <= each.best.end <= each.hit.passage.end


def test_the_best_span_ends_behind_its_start_and_is_short() -> None:
    starts, ends = np.zeros(60, np.float32), np.zeros(60, np.float32)
    starts[5], ends[2], ends[50], ends[20] = 9.0, 9.0, 9.0, 4.0
    assert best_span(starts, ends) == (5, 20, 13.0)


PIERS = (
    "Harbour master Col. Ana Ferreira handed the keys to Tomas Berg on Monday. Mr. Ferreira, her "
    "brother, was absent, and so were Lucia Ferreira and Ana Ferreira’s staff."
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who followed Ana Ferreira?", ["Col. Ana Ferreira", "Ana Ferreira"]),
        # Several bear the name: with another first name it is somebody else.
        ("Who is the sister of Ferreira?", ["Mr. Ferreira"]),
        ("Who met Tomas Berg?", ["Tomas Berg"]),
        ("Who met Berg?", ["Tomas Berg"]),
        ("Who got the keys, Tomas Berg or Ana Ferreira?", []),
        ("Where did Ana Ferreira hand over the keys?", ["Col. Ana Ferreira", "Ana Ferreira"]),
        ("Which office had Ana Ferreira?", []),
        ("Who was absent?", []),
    ],
)
def test_whom_a_question_names_is_no_answer_to_who_or_where(
    question: str, expected: list[str]
) -> None:
    asked = AskedNames.of(question, [PIERS])
    assert [PIERS[start:end] for start, end in asked.mentions(PIERS)] == expected


def test_a_rank_or_an_office_is_no_first_name() -> None:
    text = "PM Ana Ferreira spoke. Prime Minister Ferreira left, and so did Ferreira’s staff."
    asked = AskedNames.of("Who met Ferreira?", [text])
    assert asked.shared == frozenset()
    mentions = [text[start:end] for start, end in asked.mentions(text)]
    assert mentions == ["PM Ana Ferreira", "Prime Minister Ferreira", "Ferreira"]


def test_a_first_name_that_opens_a_sentence_is_part_of_the_name() -> None:
    text = "Ana Ferreira spoke first. Then Ferreira left."
    asked = AskedNames.of("Who wrote about Ferreira?", [text])
    assert [text[start:end] for start, end in asked.mentions(text)] == ["Ana Ferreira", "Ferreira"]


def test_an_office_in_front_of_a_name_is_the_same_person() -> None:
    text = (
        "Ellery Port Authority’s director Ana Ferreira left; Berg praised Ana Ferreira. It is "
        "Tomas Berg. Director Ana Ferreira agreed."
    )
    asked = AskedNames.of("Who succeeded Ana Ferreira?", [text])
    assert [text[start:end] for start, end in asked.mentions(text)] == [
        "Ellery Port Authority’s director Ana Ferreira",
        "Ana Ferreira",
        "Director Ana Ferreira",
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # A place beside the answer may be part of it, but "where in" asks for more.
        ("Where in Lisbon does the family live?", ["Lisbon"]),
        ("Where did the family from Lisbon lend paintings?", []),
    ],
)
def test_a_place_is_ruled_out_only_where_one_within_it_is_asked_for(
    question: str, expected: list[str]
) -> None:
    asked = AskedNames.of(question, [MUSEUM])
    assert [MUSEUM[start:end] for start, end in asked.mentions(MUSEUM)] == expected


@pytest.mark.parametrize(
    ("question", "text", "wrong", "right"),
    [
        (
            "Where did Berg meet Ferreira?",
            "Berg met Norway's harbour minister Ana Ferreira.",
            "Norway",
            "",
        ),
        ("Where did Berg meet Ferreira?", "U.S. Consul Berg met Ferreira.", "U.S", ""),
        ("Where did Berg go?", "Berg left for Port Ellery Thursday morning.", "", "Port Ellery"),
        ("Where did Berg speak?", "In Oslo Berg spoke of the harbour.", "", "Oslo"),
        ("Where is the harbour Port Ellery?", "Berg saw Norway's Port Ellery.", "", "Norway"),
        # Asked which country's, it is just what is asked for.
        ("Which country's minister did Berg meet?", "Berg met Norway's minister.", "", "Norway"),
    ],
)
def test_whose_minister_somebody_met_does_not_tell_where(
    reader: Reader, question: str, text: str, wrong: str, right: str
) -> None:
    (reading,) = reader.read(question, [hit(text, title="Harbour")])
    span = text[reading.best.start : reading.best.end]
    assert right in span
    assert not wrong or span.removesuffix("'s") != wrong


@pytest.mark.parametrize(
    ("question", "span", "expected"),
    [
        ("How many were on board?", "214", "more than 214"),
        ("How many lifeboats came?", "nine", "at least nine"),
        ("How much did it cost?", "$40 million", "nearly $40 million"),
        ("Approximately how many were on board?", "214", "214"),
        ("How many crew were there?", "30", "30"),
        ("How many doctors were there?", "five", "five"),
        ("What number was on the hull?", "17", "17"),
    ],
)
def test_a_figure_is_told_with_what_bounds_it(question: str, span: str, expected: str) -> None:
    text = (
        "The ferry, number 17, carried more than 214 people, about 30 crew and five doctors; at "
        "least nine lifeboats came. It cost nearly $40 million."
    )
    start = text.index(span)
    found = SentenceSpan((0, len(text)), start, start + len(span), 1.0)
    assert short_answer(question, text, found) == expected


def test_the_reader_never_answers_who_with_whom_the_question_names(reader: Reader) -> None:
    text = "Captain Ines Valdano succeeded Commodore Pavel Orlov. Orlov had led the port for years."
    (reading,) = reader.read("Who succeeded Pavel Orlov?", [hit(text)])
    first, second = reading.spans
    assert "Valdano" in text[first.start : first.end]
    assert "Orlov" not in text[second.start : second.end]
    (reading,) = reader.read("Who is Orlov?", [hit("Orlov")])
    assert reading.spans[0].margin > -20.0, "asked who somebody is, nothing is ruled out"
    (reading,) = reader.read("Who succeeded Orlov?", [hit("Orlov")])
    assert reading.spans[0].margin == -20.0


def test_the_best_span_goes_around_what_is_ruled_out() -> None:
    scores = np.array([0.0, 5.0, 1.0, 0.5], dtype=np.float32)
    barred = np.array([False, True, False, False])
    assert best_span(scores, scores) == (1, 1, 10.0)
    assert best_span(scores, scores, barred) == (2, 2, 2.0)
    assert best_span(scores, scores, np.ones(4, dtype=bool))[2] < -1000


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("killed Qassem Soleimani, who led", "Qassem Soleimani,", "Qassem Soleimani"),
        ("it was found by the FBI.", "by the FBI.", "FBI"),
        ("spoke (in Kerman) to", "(in Kerman)", "Kerman"),
        ("grew in the 1990s.", "in the 1990s.", "in the 1990s"),
        ("ruled from 1917 to 1918,", "from 1917 to 1918,", "from 1917 to 1918"),
        ("in the U.S.", "in the U.S.", "U.S."),
        ("said “no more", "“no more", "no more"),
        ("as planned,” Pompeo wrote", "” Pompeo", "Pompeo"),
        ("the plan (see below)", "the plan (", "the plan"),
        ("met at the White House", "the White House", "White House"),
        ("the deaths of innocent people", "the deaths of innocent people", None),
    ],
)
def test_a_span_is_tidied_to_what_a_person_would_say(
    text: str, span: str, expected: str | None
) -> None:
    start = text.index(span)
    left, right = tidy(text, start, start + len(span))
    assert text[left:right] == (expected or span)


@pytest.mark.parametrize(
    ("text", "span", "kind", "expected"),
    [
        ("killed Maj. Gen. Ali Amini in", "Amini", AnswerKind.PERSON, "Maj. Gen. Ali Amini"),
        ("that Esmail Qaani vowed", "Esmail", AnswerKind.PERSON, "Esmail Qaani"),
        ("Calm. Yesterday Amini spoke", "Amini", AnswerKind.PERSON, "Amini"),
        ("the Foreign Minister of Iran Press", "Iran", AnswerKind.PLACE, "Iran"),
        # A line of its own is no first name.
        ("New Weapons Deployment\n\nAmini spoke", "Amini", AnswerKind.PERSON, "Amini"),
        ("New Weapons Deployment\nAmini spoke", "Amini", AnswerKind.PERSON, "Amini"),
    ],
)
def test_a_persons_name_is_given_whole(
    text: str, span: str, kind: AnswerKind, expected: str
) -> None:
    start = text.index(span)
    left, right = whole_name(text, start, start + len(span), kind)
    assert text[left:right] == expected


@pytest.mark.parametrize(
    ("span", "kind", "expected"),
    [
        ("Ana Ferreira, has resigned over it", AnswerKind.PERSON, "Ana Ferreira"),
        ("Tomas van den Berg, the mayor", AnswerKind.PERSON, "Tomas van den Berg"),
        ("Ana Ferreira, the mayor, and Tomas Berg", AnswerKind.PERSON, None),
        ("Ana Ferreira, Tomas Berg", AnswerKind.PERSON, None),
        ("the fishermen, who had waited", AnswerKind.PERSON, None),
        ("Lisbon, on the coast", AnswerKind.PLACE, None),
    ],
)
def test_of_a_person_no_more_than_the_name_is_said(
    span: str, kind: AnswerKind, expected: str | None
) -> None:
    left, right = name_alone(span, 0, len(span), kind)
    assert span[left:right] == (expected or span)


def test_the_short_answer_is_cut_from_the_article(reader: Reader) -> None:
    question = "Who blamed a failed radar?"
    (reading,) = reader.read(question, [hit(FERRY)])
    assert short_answer(question, FERRY, reading.best) in FERRY


def test_the_shipped_network_is_small(repo: Path) -> None:
    assert (repo / "qa" / "reader" / "data" / MODEL_FILE).stat().st_size <= 25_000_000


def test_importing_the_reader_loads_no_heavy_library(repo: Path) -> None:
    heavy = ("torch", "transformers", "onnxruntime", "tokenizers", "tantivy")
    code = f"import sys, qa.reader; print(*sorted(set({heavy!r}) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=repo, capture_output=True, text=True, check=False
    )
    assert (run.stderr, run.stdout.strip()) == ("", "")


@pytest.fixture(scope="module")
def book_of() -> object:
    content = (find_model().folder / "tokenizer.json").read_text("utf-8")
    tokenizer = load_tokenizer(content)
    texts = (FERRY, MUSEUM, FILLER * 3)
    asked = {
        "How many people were on board the ferry Marigold?": (0, "214"),
        "When does the museum open its new wing?": (1, "May"),
        "What did the council talk about at the ferry?": (2, "the budget for roads and bridges"),
    }
    data = Questions(
        [Paragraph(text, "Port Ellery", "new_wiki", "Port Ellery") for text in texts],
        [
            Labelled(question, row, ((texts[row].index(span), texts[row].index(span) + len(span)),))
            for question, (row, span) in asked.items()
        ],
    )
    return lambda seed: DrillBook(data, tokenizer, seed)


def test_what_is_drilled_depends_on_the_seed_and_goes_on_where_it_stopped(book_of) -> None:
    book = book_of(7)
    drawn = [book.draw(SECOND) for _ in range(12)]
    again = book_of(7)
    assert [again.draw(SECOND) for _ in range(6)] == drawn[:6]
    resumed = book_of(7)
    resumed.groups, resumed.drawn = again.groups, dict(again.drawn)
    assert [resumed.draw(SECOND) for _ in range(6)] == drawn[6:]


def test_a_drill_marks_the_pieces_of_the_answer(book_of) -> None:
    book = book_of(7)
    content = (find_model().folder / "tokenizer.json").read_text("utf-8")
    tokenizer = load_tokenizer(content)
    marked = set()
    for _ in range(20):
        own = book.draw(FIRST)[0]
        assert min(own.starts) >= own.body
        marked.add(tokenizer.decode(own.ids[own.starts[0] : own.ends[0] + 1]))
    assert marked == {"214", "may", "the budget for roads and bridges"}


def test_a_passage_put_beside_the_right_one_never_holds_the_answer(book_of) -> None:
    book = book_of(7)
    assert book.not_answering(book.data.questions[2]) == [0]
    holds_it = Labelled("Was the ferry lent by a family?", 2, ((4, 11),))
    assert book.data.paragraphs[2].text[4:11] == "council"
    assert set(book.not_answering(holds_it)) == {0, 1}


def test_a_question_too_long_leaves_room_for_the_passage() -> None:
    content = (find_model().folder / "tokenizer.json").read_text("utf-8")
    tokenizer = load_tokenizer(content)
    empty = split(tokenizer, "")
    joined = join(split(tokenizer, "word " * 500), empty, split(tokenizer, "answer"))
    assert len(joined.ids) < 70
    assert joined.ids[joined.body] == split(tokenizer, "answer").ids[0]


@pytest.mark.filterwarnings("ignore")
def test_training_stops_and_goes_on_from_its_checkpoint(book_of, tmp_path: Path) -> None:
    import torch

    from qa.reader.train import Plan, Trainer, batches

    plan = Plan(minutes=60.0)
    trainer = Trainer(book_of(3), plan, tmp_path, seed=3)
    losses = [trainer._step(batch) for batch in batches(trainer.book, plan, 0.5)]
    assert all(math.isfinite(loss) for loss in losses)
    trainer.seconds = 90.0
    trainer.save()
    resumed = Trainer(book_of(3), plan, tmp_path, seed=3)
    resumed.resume()
    assert (resumed.seconds, resumed.steps) == (90.0, len(losses))
    assert resumed.book.groups == trainer.book.groups
    kept, read = trainer.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(kept[name], read[name]) for name in kept)


def test_the_learning_rate_falls_to_nothing_in_the_time_given() -> None:
    from qa.reader.train import Plan

    plan = Plan(minutes=60.0)
    rates = [plan.rate_at(share) for share in (0.0, plan.warm_up, 0.5, 1.0)]
    assert rates[0] < rates[1]
    assert rates[1] > rates[2] > rates[3] == 0.0


def test_held_out_articles_are_never_trained_on(shared_data: Path) -> None:
    folder = shared_data / "data" / "reader"
    trained, held = (read_questions(folder, is_held_out=each) for each in (False, True))
    assert {p.article for p in trained.paragraphs}.isdisjoint(p.article for p in held.paragraphs)
    assert {p.article for p in held.paragraphs} >= {"Normans", "Steam engine", "Saxophone"}


def test_answers_stand_where_they_are_marked_in_every_set(shared_data: Path) -> None:
    data = read_questions(shared_data / "data" / "reader", is_held_out=False)
    for each in random.Random(1).sample(data.questions, 3000):
        text = data.paragraphs[each.paragraph].text
        assert all(0 <= start < end <= len(text) for start, end in each.answers)
        assert all(text[start:end].strip() for start, end in each.answers)
