"""`qa chat`: a conversation at a real terminal and through a real pipe."""

from __future__ import annotations

import dataclasses
import datetime
import io
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qa import Assistant, SourceState
from qa.article_text import article_text
from qa.chat import Chat, ChatSettings
from qa.export import Format, export

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

# Opened here once, so that no chat has to index it first.
pytestmark = pytest.mark.usefixtures("ellery")

ELLERY = Path(__file__).parent.parent / "data" / "ellery.jsonl"
MAYOR = "Who was elected mayor of Port Ellery?"
# Makes the terminal on its standard input the one whose Ctrl-C it gets, then becomes the chat.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "qa", "chat", *sys.argv[1:]])
"""
_TIMEOUT_SECONDS = 120

Talk = Callable[..., tuple[int, str, str]]


def piped(repo: Path, lines: str | bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "qa", "chat", "--corpus", str(ELLERY), *options],
        cwd=repo,
        input=lines if isinstance(lines, bytes) else lines.encode(),
        capture_output=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )


@pytest.fixture
def talk(
    ellery: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Talk:
    """Status, stdout and stderr of a chat that is given some lines."""

    def call(*lines: str, **settings: Any) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
        status = Chat(ellery, ChatSettings(**settings)).run()
        return status, *capsys.readouterr()

    return call


class Terminal:
    """A chat at a pseudo-terminal; what it shows is read as it comes."""

    def __init__(self, process: subprocess.Popen[bytes], keyboard: int) -> None:
        self.process = process
        self._keyboard = keyboard
        self._shown = ""

    def type(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    def until(self, pattern: str) -> str:
        """What was shown up to and with `pattern`; the rest is kept for the next call."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while (found := re.search(pattern, self._shown, re.DOTALL)) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in {self._shown!r}"
            self._read()
        shown, self._shown = self._shown[: found.end()], self._shown[found.end() :]
        return shown

    def leave(self) -> int:
        """The exit status; what is still shown is read, so that nothing waits for a reader."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running: {self._shown!r}"
            self._read()
        return self.process.returncode

    def _read(self) -> None:
        ready, _, _ = select.select([self._keyboard], [], [], 0.5)
        if ready:
            try:
                self._shown += os.read(self._keyboard, 65536).decode(errors="replace")
            except OSError:  # Linux's way to say that the other end is closed
                time.sleep(0.05)


@contextmanager
def terminal(repo: Path, *options: str) -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "--corpus", str(ELLERY), *options],
        cwd=repo,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "100"},
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
    )
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        process.kill()
        process.wait(timeout=_TIMEOUT_SECONDS)
        os.close(keyboard)


def test_a_pipe_gets_an_answer_for_each_line_and_follow_ups_lean_on_those_before(
    repo: Path, ellery: Assistant
) -> None:
    run = piped(repo, f"{MAYOR}\n\nWhat did she promise?\n", "--json", "-k", "2")
    first, second = map(json.loads, run.stdout.decode().splitlines())
    expected = json.loads(json.dumps(ellery.ask(MAYOR, k=2).to_dict()))
    assert list(first) == list(expected)
    for name in ("question", "answer", "short_answer", "citations", "understood"):
        assert first[name] == expected[name]
    assert second["question"] == "What did she promise?"
    assert "Nwosu" in second["understood"]["query"]
    assert second["citations"][0]["article_id"] == "mayor-elected"
    assert len(second["passages"]) == 2
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_pipe_prints_answers_alone_and_opens_their_sources(repo: Path) -> None:
    run = piped(repo, f"{MAYOR}\n/sources 1\n/new\nWhat did she promise?\n/quit\nnever asked\n")
    out = run.stdout.decode()
    assert (run.returncode, run.stderr) == (0, b"")
    assert "passages found" not in out
    assert "never asked" not in out
    opened = " ".join(out.split())
    assert (
        "Adaeze Nwosu elected mayor of Port Ellery The Ellery Post · 2023-05-14 · "
        in opened[opened.index("The Ellery Post") + 20 :]
    )
    assert ">>> Adaeze Nwosu was elected mayor of Port Ellery on Sunday" in opened
    assert "votes. <<< Nwosu, a former harbour pilot, promised" in opened
    # After /new nothing tells who "she" is.
    assert "Searched: “What did Adaeze" not in opened


def test_a_line_that_cannot_be_answered_costs_no_other(repo: Path) -> None:
    lines = f"/open 1\n{'x' * 10_001}\nbad \udcff\n/nonsense\n{MAYOR}\n/open 99\n/passages 0\n"
    run = piped(repo, lines.encode(errors="surrogateescape"))
    assert run.returncode == 1
    assert "Adaeze Nwosu was elected mayor" in " ".join(run.stdout.decode().split())
    assert run.stderr.decode().splitlines() == [
        "qa: nothing was asked yet; type a question first",
        "qa: the question has 10,001 characters, at most 10,000 are read; shorten it",
        "qa: there is no command /nonsense; /help lists them",
        "qa: the last answer has no source '99'; it has [1] to [1]",
        "qa: there is no passage '0'; name one from 1 to 8",
    ]


def test_in_json_every_command_and_failure_is_an_object(talk: Talk, ellery: Assistant) -> None:
    lines = [MAYOR, "/open 7", "/open [1]", "/passages", "/passages 2", "/new", "/sources"]
    status, out, err = talk(*lines, is_json=True)
    answer, failed, opened, passages, passage, new, nothing = map(json.loads, out.splitlines())
    assert failed == {
        "question": "/open 7",
        "error": "the last answer has no source '7'; it has [1] to [1]",
    }
    assert opened["citation"] == answer["citations"][0]
    place = slice(opened["citation"]["start"], opened["citation"]["end"])
    assert opened["article"]["text"][place] == opened["citation"]["quote"]
    assert opened["source_state"] == "unchanged"
    assert passages["passages"] == answer["passages"]
    assert passage == answer["passages"][1]
    assert new == {"new": True}
    assert nothing["error"] == "nothing was asked yet; type a question first"
    assert (status, err) == (1, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-k", "0"], "-k must be at least 1, got 0"),
        (["--since", "soon"], "since is 'soon', which is no date"),
        (["What?"], "unrecognized arguments: What?"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(
    repo: Path, options: list[str], message: str
) -> None:
    run = piped(repo, MAYOR, *options)
    (line,) = run.stderr.decode().splitlines()
    assert message in line
    assert (run.returncode, run.stdout) == (2, b"")


def test_quotes_are_looked_up_and_timelines_made(talk: Talk, ellery: Assistant) -> None:
    words = "She is the first woman to hold the office"
    status, out, err = talk(f"/quote {words}", "/timeline ferry Astrid", "/quote", is_json=True)
    quote, timeline, nothing = map(json.loads, out.splitlines())
    expected = json.loads(json.dumps(ellery.quote(words).to_dict()))
    assert {**quote, "timings_ms": None} == {**expected, "timings_ms": None}
    assert timeline["entries"] == json.loads(
        json.dumps(ellery.timeline("ferry Astrid").to_dict()["entries"])
    )
    assert timeline["entries"]
    assert nothing["error"] == "the quote is empty; paste the words to look up"
    assert (status, err) == (1, "")
    told = " ".join(talk(f"/quote {words}")[1].split())
    assert "Adaeze Nwosu elected mayor of Port Ellery" in told
    assert "word for word" in told


def test_settings_hold_for_every_question(talk: Talk) -> None:
    _, out, _ = talk(
        "Who was elected mayer of Port Ellery?",
        "Who sank?",
        mode="passages",
        k=1,
        ignore=("spelling",),
        conditions={"sources": ["harbourwire.example"]},
        is_json=True,
    )
    for line in out.splitlines():
        told = json.loads(line)
        assert [passage["source"] for passage in told["passages"]] == ["harbourwire.example"]
        assert len(told["citations"]) == 1
        assert told["understood"]["spelling"] == []


def test_an_export_holds_the_conversation_and_overwrites_nothing(
    talk: Talk, tmp_path: Path
) -> None:
    told, text = tmp_path / "talk.json", tmp_path / "talk.txt"
    names = ("", told, text, text, "x.pdf", tmp_path / "no" / "x.txt")
    exports = [f"/export {name}" for name in names]
    _, out, err = talk(exports[1], MAYOR, *exports)
    exported = json.loads(told.read_text(encoding="utf-8"))
    (answer,) = exported["answers"]
    assert (exported["title"], answer["question"]) == (MAYOR, MAYOR)
    assert answer["citations"][0]["article_id"] == "mayor-elected"
    assert text.read_text(encoding="utf-8").startswith(f"> {MAYOR}\n\nAdaeze Nwosu\n")
    assert f"1 question written to {text}" in out
    endings = ".md, .html, .htm, .json or .txt"
    assert err.splitlines() == [
        "qa: there is nothing to export yet; ask something first",
        f"qa: /export needs a file, with its format: {endings}",
        f"qa: {str(text)!r} exists and is left alone; name another file",
        f"qa: 'x.pdf' is of no format that can be written; end it in {endings}",
        f"qa: {str(tmp_path / 'no' / 'x.txt')!r} cannot be written: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("ending", "file_format"), [("md", "markdown"), ("html", "html"), ("HTM", "html")]
)
def test_an_export_is_the_file_that_the_page_saves(
    talk: Talk, tmp_path: Path, ending: str, file_format: Format
) -> None:
    told, file = tmp_path / "talk.json", tmp_path / f"talk.{ending}"
    status, _, err = talk(MAYOR, "What did she promise?", f"/export {told}", f"/export {file}")
    assert (status, err) == (0, "")
    with Assistant.open(ELLERY) as assistant:
        first = assistant.ask(MAYOR)
        turn = (MAYOR, f"{first.short_answer}\n{first.text}")
        answers = [first, assistant.ask("What did she promise?", [turn])]
    expected = export(MAYOR, answers, file_format, datetime.date.today()).text
    assert file.read_text(encoding="utf-8") == expected
    assert "Adaeze Nwosu" in expected


def test_at_a_terminal_passages_come_first_lines_are_edited_and_ctrl_d_leaves(
    repo: Path, session_cache: Path
) -> None:
    with terminal(repo) as chat:
        chat.until(r"articles, 20\d\d.*/help lists the commands, Ctrl-D leaves.*> ")
        # Ctrl-A goes to the line's beginning: the line is edited.
        chat.type("was elected mayor of Port Ellery?\x01Who \n")
        shown = chat.until(r"8 passages found, reading.*Adaeze Nwosu\r\n.*\[1\].*> ")
        assert shown.index("passages found") < shown.index("on Sunday")
        chat.type("What did she promise?\n")
        chat.until(r"Searched: “What did Adaeze Nwosu promise\?”.*> ")
        chat.type("/open 1\n")
        chat.until(r">>> .*Nwosu.* <<<.*> ")
        chat.type("What is the capital of Mongolia?\n")
        chat.until(r"Nowhere do they mention “Mongolia”.*Questions these articles can answer:.*> ")
        chat.type("/new\n")
        chat.until("a new conversation.*> ")
        # A line before, by the arrow key.
        chat.type("\x1b[A" * 5 + "\n")
        chat.until(r"Adaeze Nwosu was elected.*> ")
        chat.type("\x04")
        assert chat.leave() == 0
    kept = session_cache / "chat-history"
    assert MAYOR in kept.read_text(encoding="utf-8").splitlines()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_ctrl_c_stops_the_question_and_the_chat_goes_on(repo: Path) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("these tests were started with Ctrl-C ignored, and so are their children")
    # Many at once take long enough to be stopped; readline breaks the line when it has it whole.
    names = ("Adaeze Nwosu", "Tomas Reyes", "Ingrid Solheim", "Viktor Hale")
    question = " ".join(f"What did {name} say of {n} ferries?" for n in range(9) for name in names)
    with terminal(repo, "--no-history") as chat:
        chat.until("Ctrl-D leaves.*> ")
        chat.type(f"{question}\n")
        chat.until("8 ferries\\?\r\n")
        # Until then the key would be the line's; what follows, reading, takes the longest.
        chat.until("passages found")
        chat.type("\x03")
        assert "[1]" not in chat.until("qa: stopped.*> ")
        chat.type("What did Nwosu promise?\n")
        chat.until(r"freeze bus fares.*> ")
        chat.type("/quit\n")
        assert chat.leave() == 0


def test_an_article_is_shown_around_its_cited_words(ellery: Assistant) -> None:
    article = ellery.article("mayor-elected")
    start = article.text.index("Nwosu, a former")
    end = article.text.index("for two years.") + len("for two years.")
    shown = article_text(article, start, end, width=60, lines_around=0)
    head, *body = shown.split("\n\n")
    assert head.splitlines()[0] == "Adaeze Nwosu elected mayor of Port Ellery"
    assert body[0] == "…"
    assert max(map(len, "\n".join(body).splitlines())) <= 60
    assert " ".join(body[1].split()).startswith(">>> Nwosu, a former harbour pilot, promised")
    assert "two years. <<< She is the first woman" in " ".join(body[1].split())
    whole = " ".join(article_text(article, start, end).split())
    assert "defeating the incumbent Viktor Hale" in whole
    changed = article_text(article, start, end, state=SourceState.CHANGED)
    assert "(the file has changed since it was indexed)" in changed


def test_captions_are_named_and_boilerplate_is_left_out(bundled: Assistant) -> None:
    article = bundled.article("qaani-retaliation-and-russia-in-africa.txt")
    start = article.text.index("Commander of the Quds Force Esmail Qaani, with")
    end = article.text.index("(file photo: AFP)") + len("(file photo: AFP)")
    shown = " ".join(article_text(article, start, end).split())
    assert "Photo caption: >>> Commander of the Quds Force Esmail Qaani, with" in shown
    for span in article.spans:
        stretch = article.text[span.start : span.end]
        if span.kind.value == "boilerplate" and article.text.count(stretch) == 1:
            assert " ".join(stretch.split()) not in shown


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (0, 4)])
def test_a_place_outside_the_text_is_an_error(ellery: Assistant, start: int, end: int) -> None:
    article = dataclasses.replace(ellery.article("mayor-elected"), text="abc", spans=())
    with pytest.raises(ValueError, match="lie outside the text of 'mayor-elected', which has 3"):
        article_text(article, start, end)
