"""`qa index --watch` follows a folder, and an open chat answers from what it finds."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.store import PassageStore
from qa import Assistant, CorpusError
from qa.cli import main
from qa.watch import watch_collection

_PATIENCE_SECONDS = 120
HEEDS_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from qa.cli import main; sys.exit(main())"
)
WHALES = (
    "Whales return to the bay\n\nFour whales came back to Ellery Bay on Friday, fishers said.\n"
)
COMET = "Comet seen\n\nA green comet was photographed above Tarn by the astronomer Ilse Brandt.\n"


class Watching:
    """A running `qa index --watch --json`; its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next update of that kind."""
        while True:
            update: dict[str, Any] = json.loads(self._lines.get(timeout=_PATIENCE_SECONDS))
            if is_it(update):
                return update

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit status and what stands on stderr."""
        assert self.process.stderr is not None
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(_PATIENCE_SECONDS)
        return status, self.process.stderr.read()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@contextmanager
def watching(folder: Path, store: Path, *options: str) -> Iterator[Watching]:
    # A shell's background jobs ignore Ctrl-C, and so would what such a test run starts.
    command = [sys.executable, "-c", HEEDS_CTRL_C, "index", str(folder), "--corpus", str(store)]
    with subprocess.Popen(
        [*command, "--watch", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def put(file: Path, text: str) -> None:
    """Write a file in one step: a watcher that looks in between meets no empty one."""
    draft = file.parents[1].with_name("draft")
    draft.write_text(text)
    draft.replace(file)


def added(update: dict[str, Any]) -> bool:
    return bool(update["added"])


def test_an_open_chat_answers_from_what_comes_changes_and_goes(tmp_path: Path) -> None:
    folder, store = tmp_path / "articles", tmp_path / "store"
    (folder / "deep").mkdir(parents=True)
    (folder / "comet.txt").write_text(COMET)
    question = "How many whales came back to Ellery Bay?"
    with watching(folder, store, "--prune") as watch:
        first = watch.until(lambda update: not update["changed"])
        assert first["added"] == 1
        with Assistant.open(store) as chat:
            assert chat.ask(question).declined

            whales = folder / "deep" / "whales.txt"
            put(whales, WHALES)
            update = watch.until(added)
            assert str(whales) in update["changed"]
            assert (update["added"], update["unchanged"]) == (1, 1)
            assert "Four whales" in chat.ask(question).text
            (old,) = {c.content_sha256 for c in chat.ask(question).citations}

            put(whales, WHALES.replace("Four", "Seven"))
            assert watch.until(lambda update: update["updated"])["updated"] == 1
            assert "Seven whales" in chat.ask(question).text
            assert "Four whales" in chat.article("deep/whales.txt", old).text

            # What is broken is told, and does not end it.
            (folder / "bad.jsonl").write_text('{"id": "a", "tex\n')
            bad = watch.until(lambda update: update["skipped"])
            assert bad["skipped"][0]["fault"]

            whales.unlink()
            assert watch.until(lambda update: update["removed"])["removed"] == 1
            assert chat.ask(question).declined
        status, told = watch.stop()
    assert status == 0
    assert "Traceback" not in told
    assert told.rstrip().endswith("qa: stopped following; what was indexed is kept")


def test_a_busy_store_is_waited_for(tmp_path: Path) -> None:
    folder, store = tmp_path / "articles", tmp_path / "store"
    folder.mkdir()
    (folder / "comet.txt").write_text(COMET)
    stop = threading.Event()
    updates = watch_collection(store, [str(folder)], stop=stop)
    assert next(updates).changed == ()
    with PassageStore.open(store) as other:
        with other.writer():
            (folder / "whales.txt").write_text(WHALES)
            busy = next(updates)
            assert busy.report is None
            assert "another process is writing" in str(busy.problem)
        done = next(updates)
        assert done.report is not None
        assert done.report.added == 1
    stop.set()
    assert list(updates) == []


def test_an_empty_folder_can_be_followed(tmp_path: Path) -> None:
    folder, store = tmp_path / "articles", tmp_path / "store"
    folder.mkdir()
    stop = threading.Event()
    updates = watch_collection(store, [str(folder)], stop=stop)
    first = next(updates)
    assert first.report is not None
    assert first.report.added == 0
    (folder / "comet.txt").write_text(COMET)
    found = next(updates)
    assert found.report is not None
    assert (found.report.added, found.changed) == (1, (folder / "comet.txt",))
    stop.set()


def test_names_of_fields_hold_for_what_comes_later(tmp_path: Path) -> None:
    folder, store = tmp_path / "articles", tmp_path / "store"
    folder.mkdir()
    stop = threading.Event()
    updates = watch_collection(store, [str(folder)], fields={"text": "brood"}, stop=stop)
    next(updates)
    put(folder / "a.jsonl", json.dumps({"id": "whales", "brood": WHALES}))
    found = next(updates)
    assert found.report is not None
    assert (found.report.added, found.report.skipped) == (1, ())
    with Assistant.open(store) as chat:
        assert chat.article("whales").text == WHALES
    stop.set()


def test_a_store_inside_the_folder_and_hidden_files_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "comet.txt").write_text(COMET)
    stop = threading.Event()
    updates = watch_collection(folder / ".store", [str(folder)], stop=stop)
    next(updates)
    (folder / ".draft.txt").write_text(WHALES)
    (folder / "whales.txt").write_text(WHALES)
    found = next(updates)
    assert found.changed == (folder / "whales.txt",)
    threading.Timer(3, stop.set).start()
    assert list(updates) == []


def test_following_what_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CorpusError, match="there is nothing at"):
        next(watch_collection(tmp_path / "store", [str(tmp_path / "none")]))
    status = main(["index", str(tmp_path / "none"), "--watch", "--corpus", str(tmp_path / "s")])
    assert status == 1
    assert "there is nothing at" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()
