"""Shards indexed by jobs of their own, and the store that they make together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from index.build import IndexReport, index_articles, manifest_for
from index.embed import SentenceTransformerEmbedder
from index.errors import StoreMismatchError
from index.shard_record import Shard
from index.shards import merge_shards
from index.store import PassageStore
from index.verify import verify_store
from qa import Assistant
from qa.cli import main

DATA = Path(__file__).parent.parent / "data"
WIRE = (
    "Fishermen found the wreck of the steamer Aurelia on Tuesday near the Tarn reef, forty metres "
    "below the waves. Divers from the harbour office will look at her boilers and her cargo of "
    "copper before anybody may raise them, said harbour master Ines Dahl."
)
N_SHARDS = 3


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small files, a large one that is divided, near-copies in several, ids that collide."""
    folder = tmp_path_factory.mktemp("articles")
    for name in ("corvane", "ellery"):
        lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        # Padded past the size from which a file is divided; the field is read by nobody.
        padding = 300_000 // len(lines) if name == "ellery" else 0
        records = [{**json.loads(line), "padding": "x" * padding} for line in lines]
        text = "".join(f"{json.dumps(record)}\n" for record in records)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    for number in range(9):
        record = {
            "id": f"wire-{number % 8}",
            "title": f"Wreck {number}",
            "text": f"{WIRE} {number}",
        }
        (folder / f"wire-{number}.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "broken.jsonl").write_text('{"id": "x", "text":\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(
    articles: Path, tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder
) -> Iterator[tuple[PassageStore, IndexReport]]:
    """What one run makes."""
    path = tmp_path_factory.mktemp("whole") / "store"
    with PassageStore.create(path, manifest_for(embedder)) as store:
        yield store, index_articles(store, embedder, [articles])


@pytest.fixture(scope="module")
def parts(
    articles: Path, tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder
) -> Iterator[list[PassageStore]]:
    """What the jobs make, each for itself."""
    folder = tmp_path_factory.mktemp("parts")
    with ExitStack() as opened:
        stores = []
        for number in range(1, N_SHARDS + 1):
            store = PassageStore.create(folder / f"part-{number}", manifest_for(embedder))
            stores.append(opened.enter_context(store))
            index_articles(store, embedder, [articles], shard=Shard(number, N_SHARDS))
        yield stores


@pytest.fixture(scope="module")
def merged(
    parts: list[PassageStore],
    tmp_path_factory: pytest.TempPathFactory,
    embedder: SentenceTransformerEmbedder,
) -> Iterator[tuple[PassageStore, IndexReport]]:
    path = tmp_path_factory.mktemp("merged") / "store"
    with PassageStore.create(path, manifest_for(embedder)) as store:
        yield store, merge_shards(store, parts[::-1])


def test_each_article_is_in_one_shard(
    parts: list[PassageStore], whole: tuple[PassageStore, IndexReport]
) -> None:
    ids = [list(part.database().article_ids()) for part in parts]
    assert all(ids)
    # The collision of wire-0, in two files, may be within a shard or between two.
    assert {each for of_part in ids for each in of_part} == set(whole[0].database().article_ids())
    divided = [
        sum(1 for path in part.database().article_ids().values() if str(path).endswith("ery.jsonl"))
        for part in parts
    ]
    assert sum(divided) == 20
    assert all(divided)


def test_merged_they_are_the_store_of_one_run(
    merged: tuple[PassageStore, IndexReport], whole: tuple[PassageStore, IndexReport]
) -> None:
    one, other = whole[0].database(), merged[0].database()
    assert list(other.article_rows()) == list(one.article_rows())
    assert list(other.all_passages()) == list(one.all_passages())
    assert other.vector_keys() == one.vector_keys()
    rows, vectors = one.vectors()
    found_rows, found = other.vectors()
    assert found_rows.tolist() == rows.tolist()
    # A text is embedded in batches of other texts: in bfloat16 that moves the last digits.
    np.testing.assert_allclose(np.sum(found * vectors, axis=1), 1.0, atol=2e-4)
    ids = list(one.article_ids())
    assert other.stories(ids) == one.stories(ids)
    assert len(set(other.stories([f"wire-{n}" for n in range(8)]).values())) == 1
    assert other.files() == one.files()
    assert set(other.skipped()) == set(one.skipped())
    assert other.counts() == one.counts()
    assert verify_store(merged[0]) == ()


def test_what_merging_did_is_told(
    merged: tuple[PassageStore, IndexReport], whole: tuple[PassageStore, IndexReport]
) -> None:
    report, expected = merged[1], whole[1]
    assert (report.added, report.updated, report.embedded) == (expected.added, 0, 0)
    assert set(report.skipped) == set(expected.skipped)


def test_answers_are_those_of_one_run(
    merged: tuple[PassageStore, IndexReport],
    whole: tuple[PassageStore, IndexReport],
    embedder: SentenceTransformerEmbedder,
    articles: Path,
) -> None:
    for question in (
        "Who was elected mayor of Port Ellery?",
        "Who found the wreck of the Aurelia?",
        "Who is the king of Spain?",
    ):
        expected, found = (
            Assistant(store, embedder, articles).ask(question) for store, _ in (whole, merged)
        )
        assert found.text == expected.text, question
        assert found.citations == expected.citations, question
        assert [hit.passage.id for hit in found.hits] == [hit.passage.id for hit in expected.hits]


def test_merging_again_and_indexing_after_it_change_nothing(
    merged: tuple[PassageStore, IndexReport],
    parts: list[PassageStore],
    embedder: SentenceTransformerEmbedder,
    articles: Path,
) -> None:
    store, first = merged
    report = merge_shards(store, parts)
    assert (report.added, report.updated, report.removed) == (0, 0, 0)
    report = index_articles(store, embedder, [articles])
    assert (report.unchanged, report.added, report.embedded) == (first.added, 0, 0)


def test_shards_that_do_not_belong_together_are_refused(
    parts: list[PassageStore],
    whole: tuple[PassageStore, IndexReport],
    embedder: SentenceTransformerEmbedder,
    tmp_path: Path,
    articles: Path,
) -> None:
    manifest = manifest_for(embedder)
    with ExitStack() as opened:
        store = opened.enter_context(PassageStore.create(tmp_path / "store", manifest))
        other = opened.enter_context(PassageStore.create(tmp_path / "other", manifest))
        index_articles(other, embedder, [articles / "empty.txt"], shard=Shard(3, N_SHARDS))
        for given, told in (
            (parts[:2], r"is one of 3 shards, and shard 3/3 is not there"),
            ([*parts, parts[0]], r"is shard 1/3, and so is .*part-1; name it once"),
            ([whole[0]], r"is no shard; make shards with `qa index PATH… --shard I/N`"),
            ([*parts[:2], other], r"was made of other files than"),
        ):
            with pytest.raises(StoreMismatchError, match=told):
                merge_shards(store, given)
        with pytest.raises(StoreMismatchError, match=r"is that of shard 3/3 and cannot become"):
            index_articles(other, embedder, [articles], shard=Shard(1, 3))
        with pytest.raises(StoreMismatchError, match=r"holds articles of no shard and cannot bec"):
            index_articles(whole[0], embedder, [articles], shard=Shard(1, 3))
        assert not list(store.database().article_ids())


def test_the_command_line_makes_and_merges_shards(
    articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = articles / "corvane.jsonl"
    for number in (1, 2):
        part = ["--corpus", str(tmp_path / f"part-{number}")]
        assert main(["index", str(file), "--shard", f"{number}/2", *part]) == 0
    capsys.readouterr()
    stores = [str(tmp_path / f"part-{number}") for number in (1, 2)]
    assert main(["merge", *stores, "--json", "--corpus", str(tmp_path / "store")]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 21
    assert main(["merge", stores[0], "--corpus", str(tmp_path / "half")]) == 1
    assert "shard 2/2 is not there; add it" in capsys.readouterr().err
    assert not (tmp_path / "half").exists()
    assert main(["index", str(file), "--shard", "3/2", "--corpus", str(tmp_path / "x")]) == 2
    assert "there is no shard 3/2; write I/N with I from 1 to N" in capsys.readouterr().err
