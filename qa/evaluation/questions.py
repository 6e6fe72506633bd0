"""Questions with known answers, read from a file; every line that cannot be used is named.

Two layouts are read. JSON Lines, an object a line, plain or gzipped:

    {"id": "q1", "question": "Who …?", "date": "2022-06-16", "gold": ["id"], "answer": ["…"]}

``gold`` are ids of articles that answer, ``answer`` the expected answers (any of them is right),
``date`` (or ``as_of``) the day on which the question was asked. Further fields are ignored.
BEIR: a folder with ``queries.jsonl`` (``_id``, ``text``) and ``qrels/<split>.tsv`` or
``qrels.tsv`` (query, article, grade).

A question whose gold and answers are empty is one that should be declined.
"""

from __future__ import annotations

import datetime
import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qa.errors import EvaluationError
from qa.evaluation.wording import padded_words
from qa.query import make_query, parse_day

_GZIP = b"\x1f\x8b"
_QUERIES = ("queries.jsonl", "queries.jsonl.gz")
_QRELS = (".tsv", ".tsv.gz")
_QRELS_HEADINGS = ("score", "relevance", "grade", "label")
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer.

    Attributes
    ----------
    id : str
        Unique among the questions; pairs them with those of a baseline.
    text : str
    gold : mapping of str to int
        The articles that answer, each with its grade from 1 on (higher is better).
    answers : tuple of str
        Expected answers; any of them is right.
    as_of : datetime.date or None
        The day on which it was asked: what was published later is not used.
    line : int
        Where it stands in its file, from 1; 0 where it comes from none.
    """

    id: str
    text: str
    gold: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    as_of: datetime.date | None = None
    line: int = 0

    @property
    def should_decline(self) -> bool:
        """Whether the collection is known not to tell."""
        return not self.gold and not self.answers


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a line of a file cannot be used, or not wholly; lines count from 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """What a file of questions holds.

    Attributes
    ----------
    path : str
        As it was named.
    questions : tuple of Question
        The usable ones, in their order.
    problems : tuple of Problem
        Why the others are not, by file and line; one line may have several.
    n_unjudged : int
        Queries of a BEIR folder that its qrels do not speak of; they are not asked.
    """

    path: str
    questions: tuple[Question, ...]
    problems: tuple[Problem, ...] = ()
    n_unjudged: int = 0

    @property
    def n_bad(self) -> int:
        """How many lines cannot be used."""
        return len({(problem.path, problem.line) for problem in self.problems})


def read_questions(path: str | Path, split: str | None = None) -> QuestionFile:
    """The questions of a file, or of a folder in the BEIR layout.

    Parameters
    ----------
    path : str or Path
        See the module.
    split : str, optional
        Which of a BEIR folder's qrels to take, such as ``"test"``; needed where it has several.

    Raises
    ------
    EvaluationError
        The file is missing, unreadable or empty, or the folder is not in the BEIR layout. A bad
        line raises nothing: it is one of the problems.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        found = _read_beir(place, split)
    elif split is not None:
        raise EvaluationError(f"{path} is a file and has no splits; leave out --split {split}")
    else:
        found = _read_jsonl(place)
    if not found.questions and not found.problems:
        raise EvaluationError(f"{path} holds no question; see `qa eval --help` for its layout")
    return replace(found, path=str(path))


def _read_jsonl(path: Path) -> QuestionFile:
    reader = _QuestionReader(str(path), "id", "question")
    questions = reader.read(_lines(path))
    return QuestionFile(str(path), tuple(questions), tuple(reader.problems))


def _read_beir(folder: Path, split: str | None) -> QuestionFile:
    queries = next((folder / name for name in _QUERIES if (folder / name).is_file()), None)
    if queries is None:
        raise EvaluationError(
            f"{folder} holds no queries.jsonl; name a file of questions, or a folder with "
            "queries.jsonl and qrels/<split>.tsv (BEIR)"
        )
    qrels = _qrels_file(folder, split)
    reader = _QuestionReader(str(queries), "_id", "text", gold_is_apart=True)
    questions = reader.read(_lines(queries))
    grades, problems = _read_qrels(qrels, reader.ids)
    judged = [replace(each, gold=_relevant(grades[each.id])) for each in questions
              if each.id in grades]  # fmt: skip
    return QuestionFile(
        str(folder),
        tuple(judged),
        (*reader.problems, *problems),
        n_unjudged=len(questions) - len(judged),
    )


def _qrels_file(folder: Path, split: str | None) -> Path:
    found = {
        file.name.removesuffix(".gz").removesuffix(".tsv"): file
        for place in (folder, folder / "qrels")
        if place.is_dir()
        for file in sorted(place.iterdir())
        if file.name.endswith(_QRELS) and (place != folder or file.name.startswith("qrels."))
    }
    names = ", ".join(sorted(found))
    if not found:
        raise EvaluationError(
            f"{folder} holds neither qrels.tsv nor qrels/<split>.tsv, so nothing tells which "
            "articles answer its queries"
        )
    if split is not None:
        if split not in found:
            raise EvaluationError(f"{folder} holds no qrels for {split!r}; it has {names}")
        return found[split]
    if len(found) > 1:
        raise EvaluationError(f"{folder} holds several qrels ({names}); choose with --split NAME")
    return next(iter(found.values()))


def _relevant(grades: Mapping[str, int]) -> dict[str, int]:
    return {article_id: grade for article_id, grade in grades.items() if grade > 0}


def _read_qrels(
    path: Path, known: Iterable[str]
) -> tuple[dict[str, dict[str, int]], list[Problem]]:
    """Grade by article by query, and what is wrong with the file."""
    ids = frozenset(known)
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    problems = []
    for line, raw in _lines(path):
        try:
            columns = _columns(raw)
            if line == 1 and columns[2] in _QRELS_HEADINGS:
                continue
            query, article, grade = _qrels_row(columns, ids)
            was = grades[query].setdefault(article, grade)
            if was != grade:
                raise ValueError(f"article {article!r} of query {query!r} has grade {was} above")
        except ValueError as error:
            problems.append(Problem(str(path), line, str(error)))
    return dict(grades), problems


def _columns(raw: bytes) -> list[str]:
    text = _decoded(raw)
    if text is None:
        raise ValueError("it is not UTF-8")
    columns = [column.strip() for column in text.split("\t")]
    if len(columns) != 3 or not all(columns):
        raise ValueError(
            f"it is {_shown(text)}, not three columns parted by tabs: query, article, grade"
        )
    return columns


def _qrels_row(columns: list[str], ids: frozenset[str]) -> tuple[str, str, int]:
    query, article, grade = columns
    try:
        number = int(grade)
    except ValueError:
        raise ValueError(f"the grade is {_shown(grade)}, not a whole number") from None
    if query not in ids:
        raise ValueError(f"query {_shown(query)} does not stand in queries.jsonl")
    return query, " ".join(article.split()), number


class _QuestionReader:
    """Reads lines of JSON and gathers what is wrong with them."""

    def __init__(self, path: str, id_field: str, text_field: str, gold_is_apart: bool = False):
        self._path = path
        self._id_field = id_field
        self._text_field = text_field
        self._gold_is_apart = gold_is_apart
        self.ids: dict[str, int] = {}
        self.problems: list[Problem] = []

    def read(self, lines: Iterable[tuple[int, bytes]]) -> list[Question]:
        """The questions of the lines that can be used."""
        found = (self._question(line, raw) for line, raw in lines)
        return [question for question in found if question is not None]

    def _question(self, line: int, raw: bytes) -> Question | None:
        messages: list[str] = []
        question = None
        try:
            record = _record(raw)
        except ValueError as error:
            messages.append(str(error))
        else:
            question = self._from_record(line, record, messages)
        self.problems += [Problem(self._path, line, message) for message in messages]
        return None if messages else question

    def _from_record(
        self, line: int, record: Mapping[str, Any], messages: list[str]
    ) -> Question | None:
        def take(read: Callable[[], Any], instead: Any) -> Any:
            try:
                return read()
            except ValueError as error:
                messages.append(str(error))
                return instead

        question_id = take(lambda: self._id(record, line), "")
        text = take(lambda: _text(record, self._text_field), "")
        as_of = take(lambda: _as_of(record), None)
        gold = take(lambda: _strings(record, "gold"), ())
        answers = take(lambda: _answers(record), ())
        if not self._gold_is_apart and not {"gold", "answer"} & record.keys():
            messages.append(
                "it has neither 'gold' nor 'answer'; where the articles do not tell, write "
                '"gold": []'
            )
        return Question(question_id, text, dict.fromkeys(gold, 1), answers, as_of, line)

    def _id(self, record: Mapping[str, Any], line: int) -> str:
        value = record.get(self._id_field, str(line))
        if not _is_name(value) or not str(value).strip():
            raise ValueError(f"field {self._id_field!r} is {_shown(value)}, not a name or a number")
        question_id = str(value).strip()
        first = self.ids.setdefault(question_id, line)
        if first != line:
            raise ValueError(f"the id {question_id!r} stands in line {first}, too; ids are unique")
        return question_id


def _record(raw: bytes) -> dict[str, Any]:
    text = _decoded(raw)
    if text is None:
        raise ValueError("it is not UTF-8")
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, character {error.pos + 1})") from None
    except RecursionError:
        raise ValueError("it is JSON nested too deeply to be read") from None
    if not isinstance(record, dict):
        raise ValueError(f"it is {_shown(record)}, not a JSON object; write one object a line")
    return record


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        fields = ", ".join(sorted(record)[:8]) or "none"
        raise ValueError(f"field {name!r} is missing (fields here: {fields})")
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} is {_shown(value)}, not a string")
    make_query(value)  # as it will be asked: its errors are the line's
    return value


def _as_of(record: Mapping[str, Any]) -> datetime.date | None:
    given = {name: record.get(name) for name in ("date", "as_of")}
    days = {name: _day(value, name) for name, value in given.items() if value not in (None, "")}
    if len(set(days.values())) > 1:
        told = " but ".join(f"{name!r} is {day}" for name, day in days.items())
        raise ValueError(f"{told}; give one of them")
    return next(iter(days.values()), None)


def _day(value: Any, name: str) -> datetime.date:
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} is {_shown(value)}, not a date written YYYY-MM-DD")
    day = parse_day(value, name)
    assert day is not None
    if day > datetime.date.today():
        raise ValueError(f"{name} is {day}, which lies in the future; nothing was asked then")
    return day


def _answers(record: Mapping[str, Any]) -> tuple[str, ...]:
    answers = _strings(record, "answer")
    for answer in answers:
        if not padded_words(answer).strip():
            raise ValueError(
                f"answer {_shown(answer)} holds nothing to compare once punctuation and articles "
                "are taken off"
            )
    return answers


def _strings(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The strings of a field that may hold one, several or none; each once."""
    value = record.get(name)
    values = [] if value is None else value if isinstance(value, list) else [value]
    for each in values:
        if not _is_name(each):
            raise ValueError(f"field {name!r} holds {_shown(each)}; it takes a list of strings")
        if not str(each).strip():
            raise ValueError(f"field {name!r} holds an empty string")
    return tuple(dict.fromkeys(" ".join(str(each).split()) for each in values))


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1; parted by line feeds alone."""
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise EvaluationError(f"{path} cannot be read: {reason}") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, line.rstrip(b"\r")
