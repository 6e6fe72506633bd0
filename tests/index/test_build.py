"""Indexing touches only what changed, tells what it leaves out, and goes on after a stop."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import IndexReport, Progress, check_embedder, index_articles, remove_articles
from index.embed import SentenceTransformerEmbedder
from index.errors import CorpusError, StoreMismatchError
from index.filters import Filter
from index.store import PassageStore
from index.verify import verify_store


def counted(report: IndexReport) -> tuple[int, int, int, int, int]:
    return (report.added, report.updated, report.unchanged, report.removed, report.embedded)


@pytest.fixture(autouse=True)
def _nothing_is_mended(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Indexes that had to be rebuilt from the record would hide a failed update."""
    yield
    assert "rebuilding its indexes" not in caplog.text


def vectors_kept(store: PassageStore) -> tuple[set[bytes], set[bytes]]:
    """The keys of the vectors in the record, and of those that its passages use."""
    with contextlib.closing(sqlite3.connect(store.path / "record.sqlite3")) as connection:
        kept = {key for (key,) in connection.execute("SELECT key FROM vectors")}
        used = {key for (key,) in connection.execute("SELECT vector_key FROM passages")}
    return kept, used


def rewrite(file: Path, **changed: dict[str, str]) -> None:
    """Change fields of the records with those ids."""
    records = [json.loads(line) for line in file.read_text().splitlines()]
    lines = [json.dumps({**record, **changed.get(record["id"], {})}) for record in records]
    file.write_text("\n".join(lines) + "\n")


def test_every_article_is_there_after_the_first_run(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    report = index_articles(empty_store, embedder, [ellery])
    assert (report.added, report.unchanged, report.skipped) == (20, 0, ())
    with empty_store.view() as view:
        article = view.article("museum-theft")
        counts = view.counts()
    assert article is not None
    assert (article.title, article.source, article.author) == (
        "Thieves take bronze age gold from museum",
        "The Ellery Post",
        "Mara Lindqvist",
    )
    assert (counts.articles, counts.undated) == (20, 1)
    assert str(counts.first_published) == "2023-05-14"
    assert str(counts.last_published) == "2025-03-30"
    assert verify_store(empty_store) == ()


def test_a_second_run_embeds_nothing(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with store.view() as view:
        generation = view.generation
    assert counted(index_articles(store, embedder, [ellery])) == (0, 0, 20, 0, 0)
    ellery.write_text(ellery.read_text() + "\n")  # another file, the same articles
    assert counted(index_articles(store, embedder, [ellery])) == (0, 0, 20, 0, 0)
    with store.view() as view:
        assert view.generation == generation


def test_a_changed_article_is_embedded_alone_and_its_old_version_stays_readable(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with store.view() as view:
        old = view.article("wolf")
    rewrite(ellery, wolf={"text": "Two lynxes were photographed near Halden."})
    report = index_articles(store, embedder, [ellery])
    assert counted(report) == (0, 1, 19, 0, 1)
    with store.view() as view:
        new = view.article("wolf")
        assert new is not None
        assert old is not None
        assert new.text == "Two lynxes were photographed near Halden."
        assert view.article("wolf", old.content_sha256) == old
        found = view.passages(view.search_lexical("wolf lynxes photographed", 50, Filter()).rows)
    assert all("young male" not in passage.text for passage, _ in found.values())
    assert verify_store(store) == ()


def test_a_changed_date_is_a_change(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    rewrite(ellery, wolf={"date": "2023-12-02"})
    assert index_articles(store, embedder, [ellery]).updated == 1
    with store.view() as view:
        article = view.article("wolf")
    assert article is not None
    assert str(article.published) == "2023-12-02"


def test_equal_text_is_embedded_once(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    record = {"title": "Twins", "text": "The same words stand in both."}
    file = tmp_path / "twins.jsonl"
    file.write_text("".join(json.dumps({**record, "id": name}) + "\n" for name in "ab"))
    report = index_articles(empty_store, embedder, [file])
    assert (report.added, report.embedded) == (2, 1)
    assert verify_store(empty_store) == ()


def test_the_same_id_from_another_place_is_told_and_left_out(
    store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "wolf", "title": "Bear", "text": "It was a bear."}\n')
    report = index_articles(store, embedder, [other])
    (skipped,) = report.skipped
    assert "the id 'wolf' is already that of an article from" in skipped.reason
    assert (report.added, report.updated) == (0, 0)
    with store.view() as view:
        article = view.article("wolf")
    assert article is not None
    assert "young male" in article.text


def test_a_bad_line_is_told_and_the_rest_is_indexed(
    empty_store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text('{"id": "a", "title": "A", "text": "Good words."}\n{"id": "b", "tex\n')
    for _ in range(2):  # an unchanged file is not read again, but its fault is told again
        report = index_articles(empty_store, embedder, [file])
        assert [(item.place, item.is_fault) for item in report.skipped] == [("line 2", True)]
    with empty_store.view() as view:
        assert view.article("a") is not None


def test_what_is_gone_from_its_file_is_no_longer_searched(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    lines = [line for line in ellery.read_text().splitlines() if '"wolf"' not in line]
    ellery.write_text("\n".join(lines) + "\n")
    assert index_articles(store, embedder, [ellery]).removed == 1
    with store.view() as view:
        assert view.article("wolf") is None
        assert view.counts().articles == 19


def test_prune_removes_articles_whose_files_are_gone(
    store: PassageStore, ellery: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    extra = ellery.parent / "extra.txt"
    extra.write_text("Whales return\n\nWhales came back to the bay on Friday, fishermen said.\n")
    index_articles(store, embedder, [ellery.parent])
    extra.unlink()
    assert index_articles(store, embedder, [ellery.parent]).removed == 0
    assert index_articles(store, embedder, [ellery.parent], prune=True).removed == 1
    with store.view() as view:
        assert view.counts().articles == 20
    assert verify_store(store) == ()


def test_a_moved_file_is_followed(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    moved = ellery.with_name("moved.jsonl")
    ellery.rename(moved)
    report = index_articles(store, embedder, [moved], prune=True)
    assert (report.removed, report.embedded, report.skipped) == (0, 0, ())
    with store.view() as view:
        article = view.article("wolf")
    assert article is not None
    assert article.path == str(moved)


def test_removed_articles_are_gone_in_every_version(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with store.view() as view:
        old = view.article("wolf")
    rewrite(ellery, wolf={"text": "A bear, rather."})
    index_articles(store, embedder, [ellery])
    remove_articles(store, ["wolf"])
    with store.view() as view:
        assert old is not None
        assert view.article("wolf") is None
        assert view.article("wolf", old.content_sha256) is None
    assert verify_store(store) == ()


def test_vectors_go_with_the_last_passage_that_uses_them(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    twin = ellery.parent / "twin.jsonl"
    wolf = next(line for line in ellery.read_text().splitlines() if '"wolf"' in line)
    twin.write_text(json.dumps({**json.loads(wolf), "id": "twin"}) + "\n")
    index_articles(store, embedder, [twin])
    before, used = vectors_kept(store)
    assert before == used
    remove_articles(store, ["wolf"])  # its twin's passages have the same text
    assert vectors_kept(store) == (before, used)
    remove_articles(store, ["twin"])
    kept, used = vectors_kept(store)
    assert kept == used < before
    rewrite(ellery, **{"museum-theft": {"text": "Nothing was taken from the museum."}})
    index_articles(store, embedder, [ellery])
    kept, used = vectors_kept(store)
    assert kept == used


def test_a_vector_whose_passage_never_came_goes_with_the_next_removal(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    with store.writer() as writer:  # as a run that is killed before it commits
        writer.save_vectors([b"nobody's"], embedder.embed_passages(["Nobody's."]))
    assert b"nobody's" in vectors_kept(store)[0]
    remove_articles(store, ["wolf"])
    kept, used = vectors_kept(store)
    assert kept == used


def test_removing_an_unknown_id_removes_nothing(store: PassageStore) -> None:
    with pytest.raises(CorpusError, match=r"no article has the id 'bear'.*nothing was removed"):
        remove_articles(store, ["wolf", "bear"])
    with store.view() as view:
        assert view.article("wolf") is not None


def test_a_stopped_run_goes_on_where_it_was(
    empty_store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """Vectors are kept as they come: an interrupted run need not embed them again."""

    class StoppedError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.passages_embedded:
            raise StoppedError

    whole = index_articles.__globals__["_EMBED_BATCH"]
    index_articles.__globals__["_EMBED_BATCH"] = 5
    try:
        with pytest.raises(StoppedError):
            index_articles(empty_store, embedder, [ellery], on_progress=stop)
        with empty_store.view() as view:
            assert view.counts().articles == 0
        report = index_articles(empty_store, embedder, [ellery])
    finally:
        index_articles.__globals__["_EMBED_BATCH"] = whole
    with empty_store.view() as view:
        passages = view.counts().passages
    assert report.added == 20
    assert report.embedded == passages - 5


def test_another_model_is_refused(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    class Other(SentenceTransformerEmbedder):
        name = "other"
        weights_sha256 = "0" * 64

    with pytest.raises(
        StoreMismatchError, match=r"was built with 'all-MiniLM-L6-v2' \(384 dims.*uses 'other'"
    ):
        check_embedder(store, Other())


def test_a_removed_article_comes_back_when_its_file_is_indexed_again(
    store: PassageStore, ellery: Path, embedder: SentenceTransformerEmbedder
) -> None:
    remove_articles(store, ["wolf"])
    report = index_articles(store, embedder, [ellery])
    assert (report.added, report.unchanged) == (1, 19)


def test_an_id_that_was_anothers_is_taken_once_it_is_free(
    store: PassageStore, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "wolf", "title": "Bear", "text": "It was a bear."}\n')
    assert len(index_articles(store, embedder, [other]).skipped) == 1
    remove_articles(store, ["wolf"])
    report = index_articles(store, embedder, [other])
    assert (report.added, report.skipped) == (1, ())


def test_another_text_does_not_take_the_id_of_a_file_that_is_gone(
    store: PassageStore, ellery: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    ellery.unlink()
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "wolf", "title": "Bear", "text": "It was a bear."}\n')
    assert len(index_articles(store, embedder, [other]).skipped) == 1
    with store.view() as view:
        article = view.article("wolf")
    assert article is not None
    assert "young male" in article.text
    assert index_articles(store, embedder, [other], prune=True).removed == 19


@pytest.fixture
def dutch(tmp_path: Path) -> Path:
    """A table whose columns go by names that nobody could guess."""
    file = tmp_path / "kranten" / "a.csv"
    file.parent.mkdir()
    file.write_text(
        'kop,brood,title\nHaven dicht,"De haven van Tarn is dicht, zei de wethouder.",x1\n'
    )
    return file


FIELDS = {"title": "kop", "text": "brood"}


def titles(store: PassageStore) -> list[str | None]:
    with store.view() as view:
        return [article.title for article in view.articles()]


def test_names_of_fields_are_kept_for_the_paths_they_were_given_for(
    empty_store: PassageStore, dutch: Path, embedder: SentenceTransformerEmbedder
) -> None:
    report = index_articles(empty_store, embedder, [dutch.parent], fields=FIELDS)
    assert (counted(report), titles(empty_store)) == ((1, 0, 0, 0, 1), ["Haven dicht"])
    assert report.fields == {str(dutch.parent): FIELDS}
    # Run again, by folder or by file: nothing has changed, and a new file is read alike.
    again = index_articles(empty_store, embedder, [dutch.parent])
    assert (counted(again), again.fields) == ((0, 0, 1, 0, 0), {str(dutch.parent): FIELDS})
    other = dutch.with_name("b.csv")
    other.write_text('kop,brood\nBrug open,"De brug bij Tarn is weer open."\n')
    assert counted(index_articles(empty_store, embedder, [other])) == (1, 0, 0, 0, 1)
    assert titles(empty_store) == ["Haven dicht", "Brug open"]
    # Elsewhere they do not hold.
    elsewhere = dutch.parent.with_name("c.csv")
    elsewhere.write_text(other.read_text())
    (told,) = index_articles(empty_store, embedder, [elsewhere]).skipped
    assert "none of its columns (kop, brood) is named" in told.reason


def test_a_file_is_read_anew_with_other_names_of_fields(
    empty_store: PassageStore, dutch: Path, embedder: SentenceTransformerEmbedder
) -> None:
    index_articles(empty_store, embedder, [dutch], fields=FIELDS)
    report = index_articles(empty_store, embedder, [dutch], fields={"text": "brood"})
    assert (counted(report), titles(empty_store)) == ((0, 1, 0, 0, 1), ["x1"])
    assert index_articles(empty_store, embedder, [dutch], fields={"text": "brood"}).unchanged == 1
    # The common names know no text in it: what was read before is kept, and the fault told.
    report = index_articles(empty_store, embedder, [dutch], fields={})
    assert report.fields == {}
    assert "none of its columns" in report.faults[0].reason
    assert titles(empty_store) == ["x1"]


def test_the_names_of_the_nearest_path_hold(
    empty_store: PassageStore, dutch: Path, embedder: SentenceTransformerEmbedder
) -> None:
    index_articles(empty_store, embedder, [dutch.parent], fields={"text": "brood"})
    index_articles(empty_store, embedder, [dutch], fields=FIELDS)
    assert titles(empty_store) == ["Haven dicht"]
    report = index_articles(empty_store, embedder, [dutch.parent])
    assert (report.unchanged, report.fields) == (1, {str(dutch): FIELDS})
    # Given for the folder, they hold for all that is in it.
    index_articles(empty_store, embedder, [dutch.parent], fields={"text": "brood"})
    assert titles(empty_store) == ["x1"]


def test_an_unknown_field_is_refused_and_nothing_kept(
    empty_store: PassageStore, dutch: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with pytest.raises(CorpusError, match="no field 'kop'; its fields are text, id, title"):
        index_articles(empty_store, embedder, [dutch], fields={"kop": "title"})
    assert index_articles(empty_store, embedder, [dutch]).fields == {}
