"""Files of questions with known answers: what is read, and how each bad line is named."""

from __future__ import annotations

import datetime
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import EvaluationError
from qa.evaluation import Question, QuestionFile, read_questions


def write(path: Path, *lines: Any) -> Path:
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(told) + "\n", encoding="utf-8")
    return path


def messages(found: QuestionFile) -> dict[int, list[str]]:
    told: dict[int, list[str]] = {}
    for problem in found.problems:
        told.setdefault(problem.line, []).append(problem.message)
    return told


def test_the_fields_of_a_line_are_read_and_others_ignored(tmp_path: Path) -> None:
    file = write(
        tmp_path / "q.jsonl",
        {"id": "a", "question": "Who spoke?", "date": "2022-06-16", "gold": ["x", "x", " y "],
         "answer": ["Okafor", "Helen Okafor"], "choices": [1, 2]},
        "",
        {"id": 7, "question": "Where?", "as_of": "2023-01-02", "gold": "z"},
        {"question": "When?", "answer": "2024", "date": None},
        {"id": "none", "question": "Why?", "gold": []},
    )  # fmt: skip
    found = read_questions(file)
    assert found.problems == ()
    assert found.questions == (
        Question("a", "Who spoke?", {"x": 1, "y": 1}, ("Okafor", "Helen Okafor"),
                 datetime.date(2022, 6, 16), 1),
        Question("7", "Where?", {"z": 1}, (), datetime.date(2023, 1, 2), 3),
        Question("4", "When?", {}, ("2024",), None, 4),
        Question("none", "Why?", {}, (), None, 5),
    )  # fmt: skip
    assert [each.should_decline for each in found.questions] == [False, False, False, True]


def test_a_gzipped_file_is_read_alike_whatever_its_name(tmp_path: Path) -> None:
    plain = write(tmp_path / "q.jsonl", {"id": "a", "question": "Who?", "gold": ["x"]})
    packed = tmp_path / "questions.data"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain.read_bytes()))
    assert read_questions(packed).questions == read_questions(plain).questions


def test_every_bad_line_is_named_with_everything_that_is_wrong(tmp_path: Path) -> None:
    good = {"gold": ["x"]}
    file = write(
        tmp_path / "q.jsonl",
        {"id": "a", "question": "Who?", **good},
        "not json",
        '["a", "list"]',
        {"id": "b", "question": "   ", **good},
        {"id": "c", **good},
        {"id": "d", "question": 5, **good},
        {"id": "a", "question": "Where?", "date": "2022-02-30", "gold": [["x"]]},
        {"id": "f", "question": "Who?", "date": "2999-01-01", **good},
        {"id": "g", "question": "Who?", "date": 20220616, **good},
        {"id": "h", "question": "Who?"},
        {"id": "i", "question": "Who?", "answer": ["the."]},
        {"id": "j", "question": "Who?", "answer": [True]},
        {"id": "k", "question": "Who?", "gold": [""]},
        {"id": "", "question": "Who?", **good},
        {"id": "l", "question": "Who?", "date": "2022-01-01", "as_of": "2022-01-02", **good},
        {"id": "m", "question": "source:CNN", **good},
    )
    found = read_questions(file)
    assert [each.id for each in found.questions] == ["a"]
    assert found.n_bad == 15
    assert str(found.problems[0]).startswith(f"{file}, line 2: it is not JSON (Expecting value")
    assert messages(found) | {2: []} == {
        2: [],
        3: ['it is ["a", "list"], not a JSON object; write one object a line'],
        4: ["the question is empty; type what you want to know"],
        5: ["field 'question' is missing (fields here: gold, id)"],
        6: ["field 'question' is 5, not a string"],
        7: [
            "the id 'a' stands in line 1, too; ids are unique",
            "date is '2022-02-30', which is no date; write it as YYYY-MM-DD, like 2023-01-30",
            "field 'gold' holds [\"x\"]; it takes a list of strings",
        ],
        8: ["date is 2999-01-01, which lies in the future; nothing was asked then"],
        9: ["field 'date' is 20220616, not a date written YYYY-MM-DD"],
        10: [
            ("it has neither 'gold' nor 'answer'; where the articles do not tell, write "
            '"gold": []')
        ],
        11: [
            'answer "the." holds nothing to compare once punctuation and articles are taken off'
        ],
        12: ["field 'answer' holds true; it takes a list of strings"],
        13: ["field 'gold' holds an empty string"],
        14: ["field 'id' is \"\", not a name or a number"],
        15: ["'date' is 2022-01-01 but 'as_of' is 2022-01-02; give one of them"],
        16: [("the question holds nothing to search for but filters ('source:CNN'); add what you "
             "want to know")],
    }  # fmt: skip


def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes(b'{"id": "a", "question": "Who?", "gold": []}\n{"id": "\xff"}\n')
    found = read_questions(file)
    assert len(found.questions) == 1
    assert messages(found) == {2: ["it is not UTF-8"]}


def test_a_line_separator_inside_a_string_parts_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "a", "question": "Who\u2028spoke?", "gold": []}\r\n', encoding="utf-8")
    assert read_questions(file).questions[0].line == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "holds no question"),
        (b"\n \n", "holds no question"),
        (gzip.compress(b'{"id": "a"}')[:-9], "cannot be read"),
    ],
)
def test_a_file_that_is_no_file_of_questions(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "q.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(EvaluationError, match=message):
        read_questions(file)


def beir(folder: Path, **qrels: str) -> Path:
    (folder / "qrels").mkdir(parents=True)
    write(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "Who spoke?", "metadata": {}},
        {"_id": "q2", "text": "Where?"},
        {"_id": "q3", "text": "When?"},
    )
    for name, content in qrels.items():
        (folder / "qrels" / f"{name}.tsv").write_text(content, encoding="utf-8")
    return folder


def test_a_beir_folder_is_read_with_its_grades(tmp_path: Path) -> None:
    rows = "query-id\tcorpus-id\tscore\nq1\tx\t2\nq1\ty\t0\nq2\tz\t1\nq2\tz\t1\n"
    found = read_questions(beir(tmp_path / "set", test=rows))
    assert [(each.id, each.text, each.gold) for each in found.questions] == [
        ("q1", "Who spoke?", {"x": 2}),
        ("q2", "Where?", {"z": 1}),
    ]
    assert (found.problems, found.n_unjudged) == ((), 1)


def test_of_several_splits_one_is_chosen(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set", dev="q1\tx\t1\n", test="q2\tz\t1\n")
    with pytest.raises(EvaluationError, match=r"several qrels \(dev, test\); choose with --split"):
        read_questions(folder)
    with pytest.raises(EvaluationError, match="no qrels for 'train'; it has dev, test"):
        read_questions(folder, "train")
    assert [each.id for each in read_questions(folder, "dev").questions] == ["q1"]


def test_qrels_beside_the_queries_are_read(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    (folder / "qrels.tsv").write_text("q3\tx\t1\n", encoding="utf-8")
    assert [each.gold for each in read_questions(folder).questions] == [{"x": 1}]


def test_bad_rows_of_qrels_are_named(tmp_path: Path) -> None:
    rows = "query-id\tcorpus-id\tscore\nq1\tx\t1\nq1 x 1\nq9\tx\t1\nq1\ty\tyes\nq1\tx\t3\n"
    folder = beir(tmp_path / "set", test=rows)
    found = read_questions(folder)
    assert {problem.path for problem in found.problems} == {str(folder / "qrels" / "test.tsv")}
    assert messages(found) == {
        3: ['it is "q1 x 1", not three columns parted by tabs: query, article, grade'],
        4: ['query "q9" does not stand in queries.jsonl'],
        5: ['the grade is "yes", not a whole number'],
        6: ["article 'x' of query 'q1' has grade 1 above"],
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [((), "holds no queries.jsonl"), (("queries.jsonl",), r"holds neither qrels.tsv nor qrels/")],
)
def test_a_folder_that_is_not_beir(tmp_path: Path, files: tuple[str, ...], message: str) -> None:
    for name in files:
        write(tmp_path / name, {"_id": "q1", "text": "Who?"})
    with pytest.raises(EvaluationError, match=message):
        read_questions(tmp_path)


def test_a_file_has_no_splits(tmp_path: Path) -> None:
    file = write(tmp_path / "q.jsonl", {"id": "a", "question": "Who?", "gold": []})
    with pytest.raises(EvaluationError, match="is a file and has no splits"):
        read_questions(file, "test")
