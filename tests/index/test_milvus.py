"""A store in Milvus: what a local store gives, it gives; and what only it can meet.

The engine is the real one: Milvus Lite, as a file and as a server.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("pymilvus", reason="pymilvus is not installed: pip install '.[milvus]'")
pytest.importorskip("milvus_lite", reason="Milvus Lite is not installed: pip install '.[milvus]'")

from index import milvus_schema as schema
from index.build import index_articles, manifest_for, remove_articles
from index.chunk import embedding_text
from index.embed import SentenceTransformerEmbedder
from index.errors import (
    CorpusError,
    StoreBusyError,
    StoreError,
    StoreMismatchError,
    StoreNotFoundError,
    StoreUnavailableError,
)
from index.filters import Filter
from index.lexical import ARTICLE_FIELDS, analyse
from index.milvus import MilvusStore
from index.milvus_address import MilvusAddress, is_milvus
from index.milvus_connection import MilvusConnection
from index.protocols import Store, StoreView
from index.shard_record import Shard
from index.shards import merge_shards
from index.store import PassageStore
from qa import Assistant
from qa.cli import main

ELLERY = Path(__file__).parent.parent / "data" / "ellery.jsonl"
WIRE = (
    "Fishermen found the wreck of the steamer Aurelia on Tuesday near the Tarn reef, forty metres "
    "below the waves. Divers from the harbour office will look at her boilers and her cargo of "
    "copper before anybody may raise them, said harbour master Ines Dahl."
)
MORE = [
    {"id": "wreck-1", "title": "Wreck found", "source": "Wire One", "published": "2024-02-01",
     "text": WIRE},
    {"id": "wreck-2", "title": "Steamer found", "source": "Wire Two", "text": WIRE + " Some say."},
    {"id": "mill", "title": "Mill burns", "source": "Wire One", "published": "2024-02-03",
     "text": "The old mill burned down. Nobody was hurt."},
    {"id": "gone", "title": "Going", "published": "2024-02-04", "text": "This one is removed."},
]  # fmt: skip
FILTERS = (
    Filter(),
    Filter(since=date(2024, 11, 1)),
    Filter(until=date(2023, 12, 31)),
    Filter(as_of=date(2024, 3, 4)),
    Filter(since=date(2024, 1, 1), until=date(2024, 12, 31), as_of=date(2024, 6, 1)),
    Filter(sources=frozenset({"sandacourier", "wireone"})),
    Filter(sources=frozenset()),
    Filter(phrases=("port ellery",)),
    Filter(phrases=("night",), without=("ferry",)),
    Filter(phrases=("?!",)),
    Filter(sources=frozenset({"ellerypost"}), without=("port ellery", "council")),
)
QUESTIONS = ("ferry strike at night", "Who found the wreck?", "gold rings stolen", "mayor")


class Pair(NamedTuple):
    """The same articles, with the same past, in a local store and in Milvus."""

    local: PassageStore
    milvus: MilvusStore


def write(file: Path, records: list[dict[str, str]]) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Milvus Lite file that stays open to the end of this module: starting one takes seconds."""
    file = tmp_path_factory.mktemp("milvus") / "lite.db"
    connection = MilvusConnection(at(file, "keep"))
    yield file
    connection.close()


def at(file: Path, collection: str) -> MilvusAddress:
    return MilvusAddress.parse(f"milvus://{file}/{collection}")


@pytest.fixture(scope="module")
def pair(
    lite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    manifest = manifest_for(embedder)
    with ExitStack() as stack:
        local = stack.enter_context(PassageStore.create(folder / "local", manifest))
        milvus = stack.enter_context(MilvusStore.create(at(lite, "pair"), manifest))
        for store in (local, milvus):
            more = write(folder / "articles" / "more.jsonl", MORE)
            index_articles(store, embedder, [ELLERY, more])
            changed = [dict(record) for record in MORE]
            changed[2]["text"] = "The old mill burned down in one night. Two were hurt."
            index_articles(store, embedder, [write(more, changed)])
            remove_articles(store, ["gone"])
        yield Pair(local, milvus)


@pytest.fixture
def views(pair: Pair) -> Iterator[tuple[StoreView, StoreView]]:
    with pair.local.view() as local, pair.milvus.view() as milvus:
        yield local, milvus


def test_it_holds_what_a_local_store_holds(views: tuple[StoreView, StoreView]) -> None:
    local, milvus = views
    assert milvus.counts() == local.counts()
    assert milvus.inventory() == local.inventory()
    assert milvus.inventory().past_versions == 1
    assert milvus.skipped() == local.skipped()
    assert list(milvus.articles()) == list(local.articles())
    rows = local.matching(Filter())
    assert milvus.passages(rows) == local.passages(rows)
    assert milvus.passages([*rows[:2], 10_000]).keys() == set(rows[:2].tolist())


def test_vectors_and_conditions_find_the_same_rows(
    views: tuple[StoreView, StoreView], embedder: SentenceTransformerEmbedder
) -> None:
    local, milvus = views
    everything = local.matching(Filter())
    for text, vector in zip(QUESTIONS, embedder.embed_questions(QUESTIONS), strict=True):
        for where in FILTERS:
            expected, found = (view.search_dense(vector, 7, where) for view in views)
            assert found.rows.tolist() == expected.rows.tolist(), (text, where)
            np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
        np.testing.assert_allclose(
            milvus.cosines(vector, everything), local.cosines(vector, everything), atol=1e-6
        )
    for where in FILTERS:
        assert milvus.matching(where).tolist() == local.matching(where).tolist(), where
        assert milvus.has_matching(where) == local.has_matching(where), where
        some = everything[::2]
        assert milvus.among(some, where).tolist() == local.among(some, where).tolist(), where


def test_words_find_the_same_passages_and_articles(views: tuple[StoreView, StoreView]) -> None:
    """Which are found is equal; how Milvus Lite weighs words depends on when they were written."""
    local, milvus = views
    weights = dict.fromkeys(ARTICLE_FIELDS, 0.5)
    for text in (*QUESTIONS, "the", "?", "quixotic"):
        for where in FILTERS:
            expected, found = (set(v.search_lexical(text, 100, where).rows.tolist()) for v in views)
            assert found == expected, (text, where)
            expected, found = (
                set(v.search_articles(text, 100, where, weights).rows.tolist()) for v in views
            )
            assert found == expected, (text, where)
    assert milvus.search_lexical("gold rings stolen", 1, Filter()).rows.tolist() == (
        local.search_lexical("gold rings stolen", 1, Filter()).rows.tolist()
    )


def test_what_the_search_must_know_of_passages_is_the_same(
    views: tuple[StoreView, StoreView],
) -> None:
    local, milvus = views
    rows = local.matching(Filter())
    expected, found = local.columns(rows), milvus.columns(rows)
    assert found.rows.tolist() == expected.rows.tolist()
    assert found.articles.tolist() == expected.articles.tolist()
    assert found.days.tolist() == expected.days.tolist()
    for key in ("ellerypost", "wiretwo", "nobody"):
        assert found.is_of([key]).tolist() == expected.is_of([key]).tolist()
    articles = np.unique(expected.articles)[::-3]
    assert milvus.passages_of(articles).tolist() == local.passages_of(articles).tolist()
    assert milvus.spread(5).tolist() == local.spread(5).tolist()


def test_terms_are_counted_where_they_stand(views: tuple[StoreView, StoreView]) -> None:
    """The words of passages that have gone count no more, as they do for a while in tantivy."""
    local, milvus = views
    counted: Counter[str] = Counter()
    for passage, article in local.passages(local.matching(Filter())).values():
        counted.update(set(analyse(embedding_text(article, passage))))
    assert milvus.vocabulary() == dict(counted)
    (ferry, removed, mill) = analyse("ferry removed mill")
    for term in (ferry, mill, "nowhere"):
        assert milvus.document_frequency(term) == counted[term]
        assert milvus.holding(term, 50).tolist() == sorted(local.holding(term, 50).tolist())
    assert milvus.document_frequency(removed) == 0
    for one, other in (("old", "mill"), ("mill", "old"), ("old", "burn"), ("old", "hurt")):
        expected = local.stand_together(one, other)
        assert milvus.stand_together(one, other) == expected, (one, other)
    assert milvus.stand_together("old", "burn")


def test_articles_their_past_and_their_copies_are_the_same(
    views: tuple[StoreView, StoreView],
) -> None:
    local, milvus = views
    past = MORE[2]["text"]
    sha256 = hashlib.sha256(past.encode()).hexdigest()
    for article_id, version in (
        ("mill", None), ("mill", sha256), ("mill", "0" * 64), ("mill", 'x" or row > 0 or "'),
        ("gone", None), ('" or row > 0', None), ("wreck-2", None),
    ):  # fmt: skip
        found = milvus.article(article_id, version)
        assert found == local.article(article_id, version), (article_id, version)
    assert milvus.article("mill", sha256).text == past  # type: ignore[union-attr]
    assert list(milvus.past_articles(9)) == list(local.past_articles(9))
    assert [article.text for article in milvus.past_articles(9)] == [past]
    assert milvus.copies("wreck-1", 10) == local.copies("wreck-1", 10)
    assert [article.id for article in milvus.copies("wreck-2", 10)] == ["wreck-1"]
    stories = milvus.stories(["wreck-1", "wreck-2", "mill", "nobody"])
    assert stories["wreck-1"] == stories["wreck-2"] != stories["mill"]
    assert "nobody" not in stories
    for sources in (None, frozenset({"wiretwo"}), frozenset[str]()):
        assert milvus.count_undated(sources) == local.count_undated(sources)


def test_it_is_whole_and_another_run_changes_nothing(
    pair: Pair, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    assert pair.milvus.verify() == ()
    with pair.milvus.view() as view:
        before = view.generation
    report = index_articles(pair.milvus, embedder, [ELLERY])
    assert (report.unchanged, report.added, report.embedded) == (20, 0, 0)
    with pair.milvus.view() as view:
        assert view.generation == before
    with pytest.raises(StoreError, match="Milvus holds the only copy of it; index the articles"):
        pair.milvus.rebuild_indexes()


@pytest.fixture
def fresh(
    lite: Path, embedder: SentenceTransformerEmbedder, request: pytest.FixtureRequest
) -> Iterator[MilvusStore]:
    """An empty store in a collection of its own."""
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)[:60]
    with MilvusStore.create(at(lite, name), manifest_for(embedder)) as store:
        yield store


def test_a_lost_working_copy_is_made_anew(
    fresh: MilvusStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    """As on another machine: what was indexed, skipped and named there is known here."""
    file = write(tmp_path / "articles" / "more.jsonl", MORE)
    (tmp_path / "articles" / "broken.jsonl").write_text('{"id": "x", "text": \n', encoding="utf-8")
    index_articles(fresh, embedder, [file.parent], fields={"author": "byline"})
    fresh.close()
    for each in fresh.path.iterdir():
        each.unlink()
    with MilvusStore.open(fresh.address) as store:
        with store.view() as view:
            told = view.skipped()
            assert "broken.jsonl" in {Path(item.path).name for item in told}
        report = index_articles(store, embedder, [file.parent])
        assert (report.unchanged, report.added, report.embedded) == (4, 0, 0)
        assert report.fields == {str(file.parent): {"author": "byline"}}
        assert report.skipped == told
        # A row is never used twice, and the stories are those that were.
        third = [*MORE, {"id": "wreck-3", "title": "Again", "text": WIRE}]
        index_articles(store, embedder, [write(file, third)])
        with store.view() as view:
            assert {article.id for article in view.copies("wreck-3", 9)} == {"wreck-1", "wreck-2"}
            assert len(set(view.stories(["wreck-1", "wreck-2", "wreck-3"]).values())) == 1
            assert view.counts().articles == 5
        assert store.verify() == ()


def test_a_reader_keeps_its_state_while_another_writes(
    fresh: MilvusStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    file = write(tmp_path / "articles" / "more.jsonl", MORE[:2])
    index_articles(fresh, embedder, [file])
    vector = embedder.embed_questions(["mill"])[0]
    with fresh.view() as view:
        before = view.search_dense(vector, 9, Filter())
        thread = threading.Thread(
            target=index_articles,
            args=(fresh, embedder, [write(file, MORE[1:])]),
            kwargs={"prune": True},
        )
        thread.start()
        thread.join(timeout=60)
        assert not thread.is_alive()
        assert view.search_dense(vector, 9, Filter()).rows.tolist() == before.rows.tolist()
        assert view.article("wreck-1") is not None
        assert view.article("mill") is None
    with fresh.view() as view:
        assert view.article("wreck-1") is None
        assert [article.id for article in view.articles()] == ["gone", "mill", "wreck-2"]


def test_a_killed_writer_leaves_the_last_generation(
    embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    """It is killed when all is written but the head; the next writer takes that back."""
    file = write(tmp_path / "articles" / "more.jsonl", MORE[:3])
    address = at(tmp_path / "kill.db", "news")
    with MilvusStore.create(address, manifest_for(embedder)) as store:
        index_articles(store, embedder, [file])
    write(file, [{**MORE[0], "text": "Another text."}, *MORE[1:]])
    code = f"""
import os, signal
import index.milvus_writer as writer
from index.build import index_articles
from index.chunk import embedding_text
from index.embed import SentenceTransformerEmbedder
from index.milvus import MilvusStore
from index.milvus_address import MilvusAddress
writer.put_head = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store = MilvusStore.open(MilvusAddress.parse({str(address)!r}))
index_articles(store, SentenceTransformerEmbedder(), [{str(file)!r}])
"""
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with MilvusStore.open(address) as store:
        with store.view() as view:
            assert {article.id for article in view.articles()} == {"wreck-1", "wreck-2", "mill"}
            assert view.article("wreck-1").text == WIRE  # type: ignore[union-attr]
            assert set(view.search_lexical("copper", 9, Filter()).rows.tolist()) == {1, 2}
        report = index_articles(store, embedder, [file])
        assert (report.added, report.updated, report.unchanged) == (1, 1, 2)
        with store.view() as view:
            assert view.article("wreck-1").text == "Another text."  # type: ignore[union-attr]
            assert view.counts().articles == 4
            assert view.vocabulary()["anoth"] == 1
        assert store.verify() == ()


def test_shards_are_merged_into_it(
    fresh: MilvusStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    folder = write(tmp_path / "articles" / "more.jsonl", MORE).parent
    for number in range(4):  # each file falls to one of the shards
        write(folder / f"{number}.jsonl", [{"id": f"n{number}", "text": f"Number {number} fell."}])
    with ExitStack() as opened:
        parts = []
        for number in (1, 2):
            store = PassageStore.create(tmp_path / f"part-{number}", manifest_for(embedder))
            parts.append(opened.enter_context(store))
            index_articles(store, embedder, [folder], shard=Shard(number, 2))
        assert merge_shards(fresh, parts).added == 8
        assert merge_shards(fresh, parts).unchanged == 8
    with PassageStore.create(tmp_path / "whole", manifest_for(embedder)) as whole:
        index_articles(whole, embedder, [folder])
        with whole.view() as local, fresh.view() as milvus:
            rows = local.matching(Filter())
            assert milvus.passages(rows) == local.passages(rows)
            assert milvus.counts() == local.counts()
    assert fresh.verify() == ()


def test_two_writers_do_not_meet(
    fresh: MilvusStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    file = write(tmp_path / "articles" / "more.jsonl", MORE[:1])
    with (
        fresh.writer(),
        MilvusStore.open(fresh.address) as other,
        pytest.raises(StoreBusyError, match="another process is writing to it"),
        other.writer(),
    ):
        pass
    # Another machine's mark, whose working copy is not here.
    record = schema.record_of(fresh.address.collection)
    told = json.dumps({"owner": "elsewhere", "mark": "1", "until": time.time() + 60})
    connection = MilvusConnection(fresh.address)
    connection.upsert(record, [schema.record_entity("lease/writer", schema.LEASE, 0, told)])
    with pytest.raises(StoreBusyError, match=r"if it was killed on another machine, in 30 min"):
        index_articles(fresh, embedder, [file])
    connection.delete_named(record, "key", ["lease/writer"])
    connection.close()
    assert index_articles(fresh, embedder, [file]).added == 1


def test_foreign_collections_are_left_alone(
    lite: Path, embedder: SentenceTransformerEmbedder
) -> None:
    address = at(lite, "foreign")
    connection = MilvusConnection(address)
    connection.create("foreign", schema.record_schema(), schema.record_index())
    with pytest.raises(StoreMismatchError, match="a collection 'foreign' that is no Dateline st"):
        MilvusStore.create(address, manifest_for(embedder))
    assert connection.has("foreign")
    assert not connection.has("foreign_record")
    connection.close()
    with pytest.raises(StoreNotFoundError, match="holds no Dateline store; make one with `qa ind"):
        MilvusStore.open(address)


def test_damage_is_found_and_named(
    fresh: MilvusStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    index_articles(fresh, embedder, [write(tmp_path / "articles" / "more.jsonl", MORE[:2])])
    name = fresh.address.collection
    connection = MilvusConnection(fresh.address)
    (passage, *_) = connection.query(name, "row == 1", schema.ALL_OF_PASSAGE)
    connection.upsert(name, [{**passage, "vector": [0.5] * 384, "text": " other words "}])
    connection.delete_named(schema.record_of(name), "key", ["content/2/0"])
    connection.close()
    problems = " | ".join(fresh.verify())
    assert "passage 1: its vector is damaged" in problems
    assert "passage 1 of article 'wreck-1': other words of it are searched" in problems
    assert "article 2: its content is missing" in problems


def test_answers_are_those_of_a_local_store(
    pair: Pair, embedder: SentenceTransformerEmbedder
) -> None:
    questions = (
        "Who was elected mayor of Port Ellery?",
        "Who found the wreck of the Aurelia?",
        "What burned down source:wireone",
        "Who is the king of Spain?",
    )
    local = Assistant(pair.local, embedder, ELLERY)
    milvus = Assistant(pair.milvus, embedder, pair.milvus.address)
    for question in questions:
        expected, found = local.ask(question).to_dict(), milvus.ask(question).to_dict()
        for name in ("answer", "short_answer", "declined", "citations"):
            assert found[name] == expected[name], (question, name)
    assert not milvus.ask(questions[0]).declined
    assert milvus.status().path == str(pair.milvus.address)


def test_the_bundled_articles_give_the_same_answers(
    lite: Path, embedder: SentenceTransformerEmbedder, shared_questions: list[str]
) -> None:
    import seeds

    with MilvusStore.create(at(lite, "bundled"), manifest_for(embedder)) as store:
        index_articles(store, embedder, [seeds.PATH])
        milvus = Assistant(store, embedder, store.address)
        with Assistant.open() as local:
            for question in shared_questions:
                expected, found = local.ask(question), milvus.ask(question)
                assert found.text == expected.text, question
                assert found.short_answer == expected.short_answer, question
                assert found.citations == expected.citations, question


@pytest.fixture
def shared_questions() -> list[str]:
    file = ELLERY.parent / "bundled_questions.jsonl"
    # Every fifth of twenty: a question takes a while to be read.
    lines = file.read_text(encoding="utf-8").splitlines()[::5]
    return [str(json.loads(line)["question"]) for line in lines]


def test_the_command_line_takes_an_address(
    lite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = ["--corpus", str(at(lite, "told"))]
    file = write(tmp_path / "articles" / "more.jsonl", MORE)
    assert main(["index", str(file), *corpus]) == 0
    assert "4 added" in capsys.readouterr().out
    assert main(["What burned down?", "--json", *corpus]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["citations"][0]["article_id"] == "mill"
    assert main(["remove", "gone", *corpus]) == 0
    assert main(["verify", *corpus]) == 0
    assert "everything is in order" in capsys.readouterr().out
    assert main(["status", *corpus]) == 0
    out = capsys.readouterr().out
    assert str(at(lite, "told")) in out
    assert "articles   3" in out
    assert main(["ui", "--allow-uploads-into-collection", *corpus]) == 2
    assert "uploads can go only into a store in a folder" in capsys.readouterr().err


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Milvus Lite as a server of its own: its address, and the process."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    code = "import sys; from milvus_lite.adapter.grpc.server import run_server; "
    code += f"run_server({str(tmp_path / 'served')!r}, '127.0.0.1', {port})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.1)
        yield f"milvus://127.0.0.1:{port}/news", process
    finally:
        process.kill()
        process.wait(timeout=30)


def test_a_server_is_asked_and_its_outage_told_in_one_line(
    served: tuple[str, subprocess.Popen[bytes]],
    embedder: SentenceTransformerEmbedder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, process = served
    address = MilvusAddress.parse(text)
    file = write(tmp_path / "articles" / "more.jsonl", MORE)
    with MilvusStore.create(address, manifest_for(embedder)) as store:
        index_articles(store, embedder, [file])
    monkeypatch.setenv("DATELINE_MILVUS_TIMEOUT", "2")
    with MilvusStore.open(address) as store:
        vector = embedder.embed_questions(["What burned down?"])[0]
        with store.view() as view:
            # A server's vectors are in a graph; of so few it finds the nearest all the same.
            (row,) = view.search_dense(vector, 1, Filter()).rows.tolist()
            assert view.passages([row])[row][1].id == "mill"
        assert store.size_bytes() is None
        process.kill()
        process.wait(timeout=30)
        with pytest.raises(StoreUnavailableError, match="did not answer within 2 s"), store.view():
            pass
    assert main(["What burned down?", "--corpus", text]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"qa: Milvus at {address.server} did not answer within 2 s")
    assert line.endswith("check that it runs and can be reached, then try again")


def test_a_file_that_another_process_has_open_is_told(tmp_path: Path) -> None:
    file = tmp_path / "busy.db"
    code = f"import milvus_lite, sys; milvus_lite.MilvusLite({str(file)!r}); "
    code += "print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"open\n"
            with pytest.raises(StoreBusyError, match="Milvus Lite lets one process at a time in"):
                MilvusStore.open(at(file, "news"))
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("text", "uri", "collection"),
    [
        ("milvus://db.example:19530/news", "http://db.example:19530", "news"),
        ("milvus://db.example/news", "http://db.example:19530", "news"),
        ("milvus+tls://db.example:443/news", "https://db.example:443", "news"),
        ("milvus://[::1]:7/news", "http://[::1]:7", "news"),
        ("milvus:///data/a.db/news", "/data/a.db", "news"),
        ("MILVUS://db.example/News", "http://db.example:19530", "News"),
    ],
)
def test_addresses_name_a_server_or_a_file(text: str, uri: str, collection: str) -> None:
    assert is_milvus(text)
    address = MilvusAddress.parse(text)
    assert (address.uri, address.collection) == (uri, collection)
    assert MilvusAddress.parse(str(address)) == address


def test_a_path_with_a_dot_is_taken_from_here() -> None:
    address = MilvusAddress.parse("milvus://./a.db/news")
    assert address.file == Path.cwd() / "a.db"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("milvus://db.example:19530", "'' is no name of a collection"),
        ("milvus://db.example:x/news", "Port could not be cast"),
        ("milvus://db.example/a/news", "'a' stands between the server and the collection"),
        ("milvus:///data/a.sqlite/news", "no file that ends with .db"),
        ("milvus://root:secret@db.example/news", "is given in $DATELINE_MILVUS_TOKEN"),
        ("milvus://db.example/two words", "no name of a collection"),
    ],
)
def test_what_is_no_address_is_told_with_the_mend(text: str, reason: str) -> None:
    with pytest.raises(CorpusError) as told:
        MilvusAddress.parse(text)
    assert reason in str(told.value)
    assert "write milvus://HOST:PORT/COLLECTION for a server" in str(told.value)
    assert "\n" not in str(told.value)


def test_paths_are_no_addresses() -> None:
    assert not any(map(is_milvus, ("articles", "/data/a.db/news", "milvus", "./milvus:x")))


def test_stores_of_both_kinds_meet_the_protocol(pair: Pair) -> None:
    stores: list[Store] = [pair.local, pair.milvus]
    assert [store.manifest.dim for store in stores] == [384, 384]
    assert os.fspath(pair.milvus.path)
