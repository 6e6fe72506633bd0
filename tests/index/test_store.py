"""The store: kept, found again, refused, and whole after a kill."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.build import index_articles
from index.embed import SentenceTransformerEmbedder
from index.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreMismatchError,
    StoreNotFoundError,
    StoreWriteError,
)
from index.filters import Filter
from index.store import PassageStore
from index.verify import verify_store


def titles(store: PassageStore, embedder: SentenceTransformerEmbedder, text: str) -> list[str]:
    vector = embedder.embed_questions([text])[0]
    with store.view() as view:
        rows = view.search_dense(vector, 3, Filter()).rows
        found = view.passages(rows)
    return [str(found[int(row)][1].title) for row in rows]


def state(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith((".lock", "-wal", "-shm"))
    }


def test_saved_and_opened_finds_the_same(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    before = titles(store, embedder, "wild animal photographed")
    store.close()
    with PassageStore.open(store.path) as opened:
        assert titles(opened, embedder, "wild animal photographed") == before
        assert before[0] == "Wolf seen near Halden for first time since 1962"


def test_dense_search_is_numpy_cosine(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    vector = embedder.embed_questions(["gold rings stolen"])[0]
    rows, vectors = store.database().vectors()
    expected = rows[np.argsort(-(vectors @ vector))][:10]
    with store.view() as view:
        assert view.search_dense(vector, 10, Filter()).rows.tolist() == expected.tolist()


def test_both_indexes_leave_out_the_same(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    vector = embedder.embed_questions(["ferry"])[0]
    for where in (
        Filter(since=date(2024, 11, 1)),
        Filter(until=date(2023, 12, 31)),
        Filter(as_of=date(2024, 3, 4)),
        Filter(sources=frozenset({"sandacourier"})),
        Filter(sources=frozenset({"elleryPost".lower()}), phrases=("night",)),
        Filter(without=("ferry",)),
    ):
        with store.view() as view:
            dense = set(view.search_dense(vector, 100, where).rows.tolist())
            assert dense == set(view.matching(where).tolist()), where
            assert set(view.search_lexical("ferry night crown", 100, where).rows) <= dense


def test_undated_articles_stay_under_as_of_and_go_under_since(store: PassageStore) -> None:
    def ids(where: Filter) -> set[str]:
        with store.view() as view:
            found = view.passages(view.matching(where))
        return {article.id for _, article in found.values()}

    assert "airport-sold" in ids(Filter(as_of=date(2023, 5, 14)))
    assert "airport-sold" not in ids(Filter(since=date(1900, 1, 1)))
    assert ids(Filter(as_of=date(2023, 5, 14))) == {"airport-sold", "mayor-elected"}


def test_a_store_is_not_made_over_something_else(tmp_path: Path, store: PassageStore) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mum.txt").write_text("Dear all")
    with pytest.raises(StoreMismatchError, match="exists and is not a Dateline store"):
        PassageStore.create(tmp_path / "letters", store.manifest)
    assert (tmp_path / "letters" / "mum.txt").read_text() == "Dear all"


def test_nothing_there_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError, match=r"holds no Dateline store; make one with `qa in"):
        PassageStore.open(tmp_path)


def test_a_half_written_store_is_refused_and_left_alone(
    store: PassageStore, tmp_path: Path
) -> None:
    store.close()
    for missing in ("manifest.json", "record.sqlite3"):
        half = tmp_path / f"without-{missing}"
        shutil.copytree(store.path, half)
        (half / missing).unlink()
        before = state(half)
        with pytest.raises(StoreDamagedError, match=missing):
            PassageStore.open(half)
        assert state(half) == before


def test_another_format_version_is_refused_and_left_alone(store: PassageStore) -> None:
    store.close()
    file = store.path / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 99}))
    before = state(store.path)
    with pytest.raises(StoreMismatchError, match="format version 99, this Dateline reads version"):
        PassageStore.open(store.path)
    assert state(store.path) == before


def test_a_record_that_is_no_database_is_refused(store: PassageStore) -> None:
    store.close()
    (store.path / "record.sqlite3").write_bytes(b"not a database at all" * 200)
    with pytest.raises(StoreDamagedError, match=r"record.sqlite3 cannot be read"):
        PassageStore.open(store.path)


def test_lost_indexes_are_rebuilt_from_the_record(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    before = titles(store, embedder, "comet telescope")
    store.close()
    for lost in store.path.glob("dense-*"):
        lost.unlink()
    for lost in store.path.glob("lexical-*"):
        shutil.rmtree(lost)
    with PassageStore.open(store.path) as opened:
        assert titles(opened, embedder, "comet telescope") == before
        assert verify_store(opened) == ()


def test_a_second_writer_is_told_to_wait(store: PassageStore) -> None:
    with (
        store.writer(),
        PassageStore.open(store.path) as other,
        pytest.raises(StoreBusyError, match="another process is writing"),
        other.writer(),
    ):
        pass


def test_a_reader_keeps_its_state_while_another_writes(
    store: PassageStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came back."}\n')
    with PassageStore.open(store.path) as writer:
        with store.view() as view:
            seen = view.generation
            thread = threading.Thread(target=index_articles, args=(writer, embedder, [more]))
            thread.start()
            thread.join()
            assert view.generation == seen
            assert view.article("new") is None
            assert len(view.search_lexical("ferry", 50, Filter()).rows) > 0
        assert titles(store, embedder, "whales")[0] == "Whales return"


def test_a_kill_at_any_moment_leaves_the_last_good_index(
    store: PassageStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    """The writer is killed just before each system step of its commit."""
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came back."}\n')
    before = titles(store, embedder, "ferry strike")
    store.close()
    for step in ("write_next", "set_generation", "commit"):
        code = f"""
import os, signal, sys
from index.build import index_articles
from index.database import Database
from index.embed import SentenceTransformerEmbedder
from index.generation import GenerationFiles
from index.store import PassageStore

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

step = {step!r}
store = PassageStore.open({str(store.path)!r})
if step == "write_next":
    whole = GenerationFiles.write_next
    GenerationFiles.write_next = lambda *a: (whole(*a), die())
elif step == "set_generation":
    Database.set_generation = die
else:
    whole = Database.commit
    Database.commit = lambda self: die() if self.article("new") else whole(self)
index_articles(store, SentenceTransformerEmbedder(), [{str(more)!r}])
"""
        killed = subprocess.run([sys.executable, "-c", code], check=False)
        assert killed.returncode == -9
        with PassageStore.open(store.path) as survivor:
            assert titles(survivor, embedder, "ferry strike") == before
            with survivor.view() as view:
                assert view.article("new") is None
            assert verify_store(survivor) == ()
    with PassageStore.open(store.path) as survivor:
        index_articles(survivor, embedder, [more])
        assert titles(survivor, embedder, "whales")[0] == "Whales return"
        assert verify_store(survivor) == ()


def test_a_full_disk_or_read_only_record_keeps_what_was_there(
    store: PassageStore,
    embedder: SentenceTransformerEmbedder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "new", "title": "Whales return", "text": "Whales came back."}\n')
    before = titles(store, embedder, "ferry strike")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.dense.DenseIndex.save", full)
        with pytest.raises(StoreWriteError, match=r"No space left on device.*what it held is kept"):
            index_articles(store, embedder, [more])
    assert titles(store, embedder, "ferry strike") == before
    assert verify_store(store) == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE articles SET text = replace(text, 'gold', 'lead')", "its text has sha256"),
        ('UPDATE passages SET "end" = 99999 WHERE row = 1', "is no stretch of its text"),
        ("UPDATE vectors SET vector = zeroblob(1536)", "its vector is damaged"),
        ("UPDATE articles SET title = 'Another' WHERE row = 1", "its vector is of another text"),
    ],
)
def test_damage_is_found_and_named(store: PassageStore, change: str, problem: str) -> None:
    store.close()
    connection = sqlite3.connect(store.path / "record.sqlite3")
    with connection:
        connection.execute(change)
    connection.close()
    with PassageStore.open(store.path) as opened:
        assert any(problem in line for line in verify_store(opened))


def test_an_index_that_differs_from_the_record_is_named_and_mended(store: PassageStore) -> None:
    from index.dense import DenseIndex

    store.close()
    (file,) = store.path.glob("dense-*.faiss")
    dense = DenseIndex.load(file, to_change=True)
    row = dense.rows()[:1]
    vector = dense.vectors(row)
    dense.remove(row)
    dense.add(row, -vector)
    dense.save(file)
    with PassageStore.open(store.path) as opened:
        (problem,) = verify_store(opened)
        assert problem.endswith(".faiss: is not what was written; --repair rebuilds it")
        opened.rebuild_indexes()
        assert verify_store(opened) == ()


def test_damaged_index_files_are_named_and_rebuilt(store: PassageStore) -> None:
    """A flipped byte in BM25's files shows in no search until it is met; the hashes tell."""
    store.close()
    (terms, *_) = sorted(store.path.glob("lexical-*/*.term"))
    content = bytearray(terms.read_bytes())
    content[len(content) // 3] ^= 0xFF
    terms.unlink()  # it may be linked to
    terms.write_bytes(content)
    with PassageStore.open(store.path) as opened:
        (problem,) = verify_store(opened)
        assert problem.endswith(f"{terms.name}: is not what was written; --repair rebuilds it")
        opened.rebuild_indexes()
        assert verify_store(opened) == ()


def test_a_truncated_index_is_mended_when_it_is_opened(
    store: PassageStore, embedder: SentenceTransformerEmbedder
) -> None:
    before = titles(store, embedder, "comet telescope")
    store.close()
    for file in store.path.glob("lexical-*/*.idx"):
        file.unlink()
        file.write_bytes(b"short")
    with PassageStore.open(store.path) as opened:
        assert titles(opened, embedder, "comet telescope") == before
        with opened.view() as view:
            assert len(view.search_lexical("ferry", 5, Filter()).rows) == 4


def test_a_manifest_of_another_dimension_is_told(store: PassageStore) -> None:
    store.close()
    file = store.path / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "dim": 385}))
    with pytest.raises(StoreDamagedError, match="vectors have 384 numbers, the manifest says 385"):
        PassageStore.open(store.path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE passages SET sentences = 'nonsense'",
        "UPDATE articles SET published = 'someday' WHERE published IS NOT NULL",
    ],
)
def test_rows_that_cannot_be_read_are_damage(store: PassageStore, change: str) -> None:
    store.close()
    connection = sqlite3.connect(store.path / "record.sqlite3")
    with connection:
        connection.execute(change)
    connection.close()
    with PassageStore.open(store.path) as opened:
        (problem,) = verify_store(opened)
        assert "is damaged" in problem
        with opened.view() as view:
            rows = view.search_lexical("ferry", 5, Filter()).rows
        with pytest.raises(StoreDamagedError, match="is damaged"), opened.view() as view:
            view.passages(rows)


def test_a_view_stays_good_while_another_thread_closes_the_store(store: PassageStore) -> None:
    """A connection closed in the midst of a statement would bring the process down."""
    reading, closed = threading.Event(), threading.Event()
    titles: list[str | None] = []

    def read() -> None:
        with store.view() as view:
            expected.extend(article.title for article in view.articles())
            for article in view.articles():
                reading.set()
                assert closed.wait(60)
                titles.append(article.title)

    expected: list[str | None] = []
    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(60)
    store.close()
    closed.set()
    thread.join(60)
    assert titles == expected
    assert titles
    with pytest.raises(ValueError, match="is closed"), store.view():
        pass


def test_a_closed_store_says_so(store: PassageStore) -> None:
    store.close()
    with pytest.raises(ValueError, match="is closed; open it again"), store.view():
        pass


def test_a_store_that_may_not_be_written_can_be_asked(
    store: PassageStore, embedder: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    """Root may write anything, so the folder is mounted read-only, where that can be done."""
    before = titles(store, embedder, "comet telescope")
    store.close()
    code = """
import sys
from index.filters import Filter
from index.store import PassageStore
with PassageStore.open(sys.argv[1]) as store, store.view() as view:
    rows = view.search_lexical("comet telescope", 1, Filter()).rows
    print(view.passages(rows)[int(rows[0])][1].title)
"""
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" -c "$3" "$1"'
    arguments = ["sh", str(store.path), sys.executable, code]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine does not let us mount a folder read-only")
    assert done.stdout.strip() == before[0], done.stderr


def test_two_may_make_the_same_store_at_once(
    store: PassageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one of two processes opens the store of the quicker one."""
    target = tmp_path / "shared"
    whole = Path.replace

    def slower(draft: Path, to: Path) -> Path:
        monkeypatch.setattr(Path, "replace", whole)
        PassageStore.create(target, store.manifest).close()
        return whole(draft, to)

    monkeypatch.setattr(Path, "replace", slower)
    with PassageStore.create(target, store.manifest) as opened, opened.view() as view:
        assert view.counts().articles == 0
    assert list(tmp_path.glob(".shared-*")) == []
