"""Near-copies become one story, whatever the order of their coming and going."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import random
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from index.build import index_articles, remove_articles
from index.copies import SAME_STORY, Body, Sketcher, jaccard, run_hashes, words_of
from index.database import Database, create_database
from index.embed import SentenceTransformerEmbedder
from index.errors import StoreWriteError
from index.store import PassageStore
from index.types import Article, Span, SpanKind
from index.verify import verify_store

SHARED = Path(os.environ.get("DATELINE_SHARED", Path(__file__).parents[3] / "shared"))
WIRE = (
    "A cargo train carrying grain left the rails outside the town of Varbo early on Tuesday, "
    "blocking the only line between the coast and the capital. Nobody was hurt, the railway said. "
    "Engineers expect to lift the eleven derailed wagons before the weekend, but the track itself "
    "may take a fortnight to mend. Farmers fear that part of the harvest will miss its ships. "
    "The transport minister, Ada Holm, promised buses for passengers and an inquiry into the "
    "state of the sleepers, which were last renewed in 1987."
)
OTHER = (
    "The museum of the sea in Port Ellery reopens on Saturday after two years of building work. "
    "Its whale skeleton now hangs above the stairs, and children may steer a model of the ferry "
    "Astrid through a storm. Entry is free on the first day, and the harbour café stays open late."
)


def article(name: str, text: str, spans: tuple[Span, ...] = ()) -> Article:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(name, None, text, None, None, None, None, None, sha256, spans)


def database(tmp_path: Path, articles: Iterable[Article]) -> Database:
    file = tmp_path / "record.sqlite3"
    create_database(file)
    opened = Database(file)
    opened.begin(writing=True)
    for each in articles:
        opened.add_article(each, [])
    opened.commit()
    return opened


def groups(record: Database, names: Sequence[str]) -> list[list[str]]:
    """The stories of more than one article."""
    stories = record.stories(names)
    ordered = sorted(names, key=lambda name: stories[name])
    found = [list(group) for _, group in itertools.groupby(ordered, stories.__getitem__)]
    return sorted(sorted(group) for group in found if len(group) > 1)


def edited(text: str, seed: int) -> str:
    """The text with one sentence cut and a word changed, as desks do."""
    random_ = random.Random(seed)
    sentences = text.split(". ")
    del sentences[random_.randrange(1, len(sentences))]
    words = ". ".join(sentences).split()
    words[random_.randrange(len(words))] = "reportedly"
    return " ".join(words)


@pytest.mark.parametrize("n", [100, 1000])
def test_planted_pairs_are_found_with_none_too_many(tmp_path: Path, n: int) -> None:
    folder = SHARED / "data" / "duplicates"
    if not folder.is_dir():
        pytest.skip("the sets of planted near-copies are not at hand ($DATELINE_SHARED)")
    with gzip.open(folder / f"articles_{n}.train.gz", "rt", encoding="utf-8") as file:
        texts = dict(line.rstrip("\n").split(" ", 1) for line in file)
    truth = (folder / f"articles_{n}.truth").read_text(encoding="utf-8").splitlines()
    record = database(tmp_path, (article(name, text) for name, text in texts.items()))
    assert groups(record, list(texts)) == sorted(sorted(line.split()) for line in truth)


def test_light_edits_case_and_punctuation_make_one_story(tmp_path: Path) -> None:
    loud = WIRE.upper().replace(",", " —")
    texts = {"wire": WIRE, "loud": loud, "cut": edited(WIRE, 3), "other": OTHER}
    record = database(tmp_path, (article(name, text) for name, text in texts.items()))
    assert groups(record, list(texts)) == [["cut", "loud", "wire"]]


def test_headline_byline_captions_and_boilerplate_are_not_compared(tmp_path: Path) -> None:
    frame = "Sign up for the morning letter and never miss a story from our desk again, ever. " * 9
    texts = [f"{frame}{body}" for body in (WIRE, edited(WIRE, 5), OTHER)]
    spans = (Span(0, len(frame), SpanKind.BOILERPLATE),)
    record = database(
        tmp_path, [article(name, text, spans) for name, text in zip("abc", texts, strict=True)]
    )
    assert groups(record, "abc") == [["a", "b"]]


def test_bodies_of_a_few_words_are_no_story(tmp_path: Path) -> None:
    record = database(tmp_path, [article(name, "Watch the video above.") for name in "ab"])
    assert groups(record, "ab") == []
    assert Body.read("Watch the video above.", ()) is None


def test_the_decision_is_the_exact_share_of_common_runs() -> None:
    left, right = WIRE.split(), edited(WIRE, 3).split()
    runs = [
        {tuple(words_of(" ".join(words)))[i : i + 3] for i in range(len(words) - 2)}
        for words in (left, right)
    ]
    expected = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
    bodies = [Body.read(" ".join(words), ()) for words in (left, right)]
    assert bodies[0] is not None
    assert bodies[1] is not None
    assert jaccard(bodies[0].runs, bodies[1].runs) == pytest.approx(expected)


def test_signatures_do_not_change_between_releases() -> None:
    """They are kept in stores: other numbers for the same text would no longer meet them."""
    body = Body.read(WIRE, ())
    assert body is not None
    bands = Sketcher().bands(body.runs)
    assert len(bands) == 32
    assert (bands[0], bands[31]) == (1473196033448577320, -3019973407088802386)
    assert len(run_hashes(["two", "words"])) == 0


def test_any_order_of_coming_and_going_gives_the_stories_of_a_fresh_index(tmp_path: Path) -> None:
    random_ = random.Random(7)
    words = WIRE.split()
    texts = {f"w{i}": " ".join(words[i * 7 :] + OTHER.split()[: i * 7]) for i in range(6)}
    texts |= {"o1": OTHER, "o2": edited(OTHER, 1), "alone": " ".join(reversed(words))}
    record = database(tmp_path, [])
    present: set[str] = set()
    for step in range(60):
        name = random_.choice(sorted(texts))
        record.begin(writing=True)
        if name in present:
            record.story_links.release([name])
            record.delete_article(name)
            present.remove(name)
        else:
            record.add_article(article(name, texts[name]), [])
            present.add(name)
        record.commit()
        if step % 6 == 0:
            folder = tmp_path / str(step)
            folder.mkdir()
            fresh = database(folder, (article(each, texts[each]) for each in sorted(present)))
            assert groups(record, sorted(present)) == groups(fresh, sorted(present))


def test_copies_linked_through_a_third_part_when_it_goes(tmp_path: Path) -> None:
    words = WIRE.split()
    quarter = len(words) // 4
    texts = {"first": words[:-quarter], "whole": words, "last": words[quarter:]}
    record = database(tmp_path, (article(name, " ".join(text)) for name, text in texts.items()))
    first, last = (Body.read(" ".join(texts[name]), ()) for name in ("first", "last"))
    assert first is not None
    assert last is not None
    assert jaccard(first.runs, last.runs) < SAME_STORY
    assert groups(record, list(texts)) == [["first", "last", "whole"]]
    record.begin(writing=True)
    record.story_links.release(["whole"])
    record.delete_article("whole")
    record.commit()
    assert groups(record, ["first", "last"]) == []


def write(file: Path, **texts: str) -> None:
    file.parent.mkdir(exist_ok=True)
    records = [{"id": name, "source": f"{name}.example", "text": t} for name, t in texts.items()]
    file.write_text("".join(json.dumps(record) + "\n" for record in records))


def copies_of(store: PassageStore, name: str) -> list[str]:
    with store.view() as view:
        return [each.id for each in view.copies(name, 10)]


def test_stories_follow_updates_removal_and_reopening(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    file = tmp_path / "articles" / "wire.jsonl"
    write(file, a=WIRE, b=edited(WIRE, 1), c=edited(WIRE, 2), o=OTHER)
    index_articles(empty_store, embedder, [file])
    assert copies_of(empty_store, "a") == ["b", "c"]
    assert copies_of(empty_store, "o") == []
    write(file, a=WIRE, b=OTHER + " It is warm.", c=edited(WIRE, 2), o=OTHER)
    index_articles(empty_store, embedder, [file])
    assert copies_of(empty_store, "a") == ["c"]
    assert copies_of(empty_store, "o") == ["b"]
    remove_articles(empty_store, ["c"])
    with PassageStore.open(empty_store.path) as reopened:
        assert copies_of(reopened, "a") == []
        assert copies_of(reopened, "b") == ["o"]


def test_a_failed_commit_links_nothing(
    empty_store: PassageStore,
    tmp_path: Path,
    embedder: SentenceTransformerEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "articles" / "wire.jsonl"
    write(file, a=WIRE)
    index_articles(empty_store, embedder, [file])
    write(file, a=WIRE, b=edited(WIRE, 1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.dense.DenseIndex.save", full)
        with pytest.raises(StoreWriteError, match="No space left"):
            index_articles(empty_store, embedder, [file])
    assert copies_of(empty_store, "a") == []
    index_articles(empty_store, embedder, [file])
    assert copies_of(empty_store, "a") == ["b"]


def test_lost_links_are_named_and_mended(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    file = tmp_path / "articles" / "wire.jsonl"
    write(file, a=WIRE, b=edited(WIRE, 1), o=OTHER)
    index_articles(empty_store, embedder, [file])
    assert verify_store(empty_store) == ()
    empty_store.close()
    connection = sqlite3.connect(empty_store.path / "record.sqlite3")
    with connection:
        connection.execute("UPDATE articles SET body = NULL WHERE id = 'b'")
    connection.close()
    with PassageStore.open(empty_store.path) as opened:
        (problem,) = verify_store(opened)
        assert problem.startswith("article 'b': it is not linked with its near-copies")
        opened.rebuild_indexes()
        assert verify_store(opened) == ()
        assert copies_of(opened, "a") == ["b"]
