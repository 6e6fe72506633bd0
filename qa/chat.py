"""`qa chat`: a conversation about a collection in a terminal, or one question a line from a pipe.

What is typed is a question, or a command that begins with ``/``. Follow-ups are understood from
the questions before them. At a terminal the passages appear as soon as they are found, lines are
edited and remembered through readline where Python has it, Ctrl-C stops the running question, and
Ctrl-D leaves. From a pipe nothing but the answers is printed.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from index.cache import cache_dir
from index.types import Hit
from qa.article_text import article_text
from qa.ask import Assistant
from qa.console import say, tell
from qa.errors import DatelineError
from qa.lookup_text import quote_text, timeline_text
from qa.terminal import answer_text, found_text, passage_text, passages_text, sources_text, width
from qa.types import Answer, Citation, Mode, Turn, article_dict

_T = TypeVar("_T")

_PROMPT = "> "
_LINES_AROUND = 2
_MAX_REMEMBERED = 1000
_SUGGESTED = 3

_HELP = """\
Type a question; a follow-up may lean on those before it. Commands:
  /sources      the sources of the last answer
  /sources N    the sentence cited as [N], with the lines around it
  /open N       the whole article, the sentence cited as [N] marked
  /passages     the passages found for the last question
  /passages N   the N-th of them in full
  /quote WORDS  who printed these words, when, and what differs
  /timeline OF  what the articles tell of a subject, in the order of time
  /new          begin a new conversation
  /export FILE  write the conversation to FILE: .md, .html, .txt, or .json with everything
  /help         this
  /quit         leave (so does Ctrl-D); Ctrl-C stops the running question"""


class _CommandError(ValueError):
    """A command that cannot be followed, and why."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How the questions of one chat are asked; see `Assistant.ask`.

    Attributes
    ----------
    k : int
        How many passages to give.
    mode : {"answer", "passages"}
    conditions : dict
        since, until, sources and as_of, each None where it is not set.
    ignore : tuple of str
        What is not to be understood.
    is_json : bool
        Whether each answer is printed as one JSON object on a line.
    remembers : bool
        Whether what is typed at a terminal is kept for the next chat.
    """

    k: int = 8
    mode: Mode = "answer"
    conditions: dict[str, Any] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    is_json: bool = False
    remembers: bool = True


class Chat:
    """A conversation about the collection of an assistant; see the module.

    Examples
    --------
    >>> with Assistant.open() as assistant:
    ...     Chat(assistant, ChatSettings()).run()  # doctest: +SKIP
    0
    """

    def __init__(self, assistant: Assistant, settings: ChatSettings) -> None:
        self._assistant = assistant
        self._settings = settings
        self._answers: list[Answer] = []
        self._has_failed = False
        self._is_interactive = False

    def run(self) -> int:
        """Answer what is typed or piped in until it ends, or ``/quit``.

        Returns
        -------
        int
            0; from a pipe 1 where a line could not be answered, which is told on stderr, or in
            JSON as ``{"question": …, "error": …}``.
        """
        self._is_interactive = bool(sys.stdin.isatty())
        # One thread: a question waits for what a stopped one still has in hand.
        with ThreadPoolExecutor(1, thread_name_prefix="chat") as self._worker:
            if not self._is_interactive:
                for line in _piped_lines():
                    if not self._take(line):
                        break
                return int(self._has_failed)
            with _line_editing(is_kept=self._settings.remembers):
                self._greet()
                self._converse()
        return 0

    def _greet(self) -> None:
        if self._settings.is_json:
            return
        status = self._assistant.status()
        days = f", {status.first_published} to {status.last_published}"
        extent = f"{status.articles:,} articles{days if status.first_published else ''}"
        tell(f"{extent}; /help lists the commands, Ctrl-D leaves")

    def _converse(self) -> None:
        while True:
            try:
                line = _typed_line()
            except KeyboardInterrupt:
                # As in any shell: the line begun is dropped.
                _break_line()
                continue
            except EOFError:
                _break_line()
                return
            try:
                if not self._take(line):
                    return
            except KeyboardInterrupt:
                _break_line()
                tell("stopped")

    def _take(self, line: str) -> bool:
        """Follow one line; False says that it was the last."""
        line = line.strip()
        if not line:
            return True
        try:
            if line.startswith("/"):
                return self._follow(line)
            self._ask(line)
        except (DatelineError, ValueError) as error:
            self._fail(line, error)
        return True

    def _fail(self, line: str, error: Exception) -> None:
        self._has_failed = True
        if self._settings.is_json:
            self._print({"question": line, "error": " ".join(str(error).split())}, "")
        else:
            tell(error)

    def _ask(self, question: str) -> None:
        for step in self._steps(question):
            if isinstance(step, Answer):
                self._answers.append(step)
                self._print(step.to_dict(), f"{answer_text(step)}\n")
                if step.declined and self._shows_steps:
                    self._suggest(step)
            elif self._shows_steps and step:
                say(f"{found_text(step)}\n")

    def _suggest(self, declined: Answer) -> None:
        """Questions near a declined one that have answers; looked for once that is shown."""
        near = declined.hits or declined.hits_outside
        if not near:
            return
        found = self._worked(lambda: self._assistant.suggestions(_SUGGESTED, near=near))
        if found:
            say("\n".join(["Questions these articles can answer:", *(f"  {q}" for q in found), ""]))

    def _steps(self, question: str) -> Iterator[tuple[Hit, ...] | Answer]:
        """Passages, then the answer, worked out in another thread.

        So Ctrl-C is felt at once, and never halfway through the index: a stopped question ends
        with its present step, and nobody sees what comes of that.
        """
        settings = self._settings
        steps = self._assistant.stream(
            question,
            [_turn_of(answer) for answer in self._answers],
            k=settings.k,
            mode=settings.mode,
            ignore=settings.ignore,
            **settings.conditions,
        )
        while (step := self._worked(lambda: next(steps, None))) is not None:
            yield step

    def _worked(self, work: Callable[[], _T]) -> _T:
        """What `work` gives in the other thread."""
        return self._worker.submit(work).result()

    @property
    def _shows_steps(self) -> bool:
        return (
            self._is_interactive
            and sys.stdout.isatty()
            and not self._settings.is_json
            and self._settings.mode == "answer"
        )

    def _follow(self, line: str) -> bool:
        name, _, rest = line[1:].partition(" ")
        if name in ("quit", "exit"):
            return False
        command = self._commands.get(name)
        if command is None:
            raise _CommandError(f"there is no command /{name}; /help lists them")
        command(rest.strip())
        return True

    @property
    def _commands(self) -> dict[str, Callable[[str], None]]:
        return {
            "sources": self._sources,
            "open": lambda rest: self._open(rest, None),
            "passages": self._passages,
            "quote": self._quote,
            "timeline": self._timeline,
            "new": self._start_anew,
            "export": self._export,
            "help": lambda _: self._print({"help": _HELP}, _HELP),
        }

    def _sources(self, number: str) -> None:
        if number:
            self._open(number, _LINES_AROUND)
            return
        answer = self._last()
        told = sources_text(answer) if answer.citations else "the last answer cites nothing"
        self._print({"citations": [each.to_dict() for each in answer.citations]}, told)

    def _open(self, number: str, lines_around: int | None) -> None:
        citation = self._cited(number)
        article = self._assistant.article(citation.article_id, citation.content_sha256)
        state = self._assistant.source_state(article)
        told = {
            "citation": citation.to_dict(),
            "article": {**article_dict(article), "text": article.text},
            "source_state": state.value,
        }
        place = (citation.start, citation.end)
        self._print(
            told,
            article_text(article, *place, state=state, width=width(), lines_around=lines_around),
        )

    def _cited(self, number: str) -> Citation:
        citations = self._last().citations
        for citation in citations:
            if str(citation.marker) == number.strip("[]"):
                return citation
        there = f"it has [1] to [{len(citations)}]" if citations else "it cites nothing"
        raise _CommandError(
            f"the last answer has no source {number!r}; {there}"
            if number
            else f"which source is to be opened? Write /open N; {there}"
        )

    def _passages(self, number: str) -> None:
        hits = self._last().hits or self._last().hits_outside
        told = self._last().to_dict()
        if number:
            rank = _rank(number, len(hits))
            all_told = [*told["passages"], *told["passages_outside"]]
            self._print(all_told[rank - 1], passage_text(hits[rank - 1]))
            return
        self._print(
            {name: told[name] for name in ("passages", "passages_outside")},
            passages_text(hits) if hits else "no passage was found for the last question",
        )

    def _quote(self, words: str) -> None:
        lookup = self._worked(
            lambda: self._assistant.quote(words, k=self._settings.k, **self._settings.conditions)
        )
        self._print(lookup.to_dict(), f"{quote_text(lookup)}\n")

    def _timeline(self, subject: str) -> None:
        settings = self._settings
        told = self._worked(
            lambda: self._assistant.timeline(subject, ignore=settings.ignore, **settings.conditions)
        )
        self._print(told.to_dict(), f"{timeline_text(told)}\n")

    def _start_anew(self, _: str) -> None:
        self._answers.clear()
        self._print({"new": True}, "a new conversation: nothing said before counts")

    def _export(self, name: str) -> None:
        from qa.export import ENDINGS, export

        if not self._answers:
            raise _CommandError("there is nothing to export yet; ask something first")
        if not name:
            raise _CommandError(f"/export needs a file, with its format: {_listed(ENDINGS)}")
        path = Path(name).expanduser()
        file_format = ENDINGS.get(path.suffix.lower())
        if file_format is None:
            raise _CommandError(
                f"{name!r} is of no format that can be written; end it in {_listed(ENDINGS)}"
            )
        title = " ".join(self._answers[0].question.split())
        text = export(title, self._answers, file_format, datetime.date.today()).text
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise _CommandError(f"{name!r} exists and is left alone; name another file") from error
        except OSError as error:
            raise _CommandError(f"{name!r} cannot be written: {error.strerror}") from error
        n = len(self._answers)
        noun = "question" if n == 1 else "questions"
        self._print({"exported": str(path), "questions": n}, f"{n} {noun} written to {path}")

    def _last(self) -> Answer:
        if not self._answers:
            raise _CommandError("nothing was asked yet; type a question first")
        return self._answers[-1]

    def _print(self, told: dict[str, Any], text: str) -> None:
        say(told, indent=None) if self._settings.is_json else say(text)


def _turn_of(answer: Answer) -> Turn:
    """The question as it was searched, with its answer's text, a bare answer on a first line."""
    return Turn(
        answer.understood.get("query") or answer.question,
        "\n".join(filter(None, [answer.short_answer, answer.text])),
    )


def _rank(number: str, n: int) -> int:
    if number.isascii() and number.isdigit() and 1 <= int(number) <= n:
        return int(number)
    there = f"name one from 1 to {n}" if n else "none was found"
    raise _CommandError(f"there is no passage {number!r}; {there}")


def _listed(endings: Iterable[str]) -> str:
    *others, last = endings
    return f"{', '.join(others)} or {last}"


def _piped_lines() -> Iterator[str]:
    # A line that is no UTF-8 is a question that finds nothing, not the end of the others.
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    yield from sys.stdin


def _typed_line() -> str:
    """The next line from the terminal; the prompt never gets among answers sent elsewhere."""
    if sys.stdout.isatty():
        return input(_PROMPT)
    sys.stderr.write(_PROMPT)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _break_line() -> None:
    sys.stderr.write("\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _line_editing(*, is_kept: bool) -> Iterator[None]:
    """Edit lines with readline where Python has it, with the lines of earlier chats at hand.

    They are questions, which may be nobody else's business: the file is its owner's alone.
    """
    try:
        import readline
    except ImportError:  # Windows has none
        yield
        return
    path = cache_dir() / "chat-history"
    with contextlib.suppress(OSError):
        if is_kept:
            readline.read_history_file(path)
    readline.set_history_length(_MAX_REMEMBERED)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if is_kept:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
                readline.write_history_file(path)
