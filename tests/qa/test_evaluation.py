"""``qa eval`` from end to end, on a tiny invented collection and on the bundled articles."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from qa import Assistant
from qa.cli import main
from qa.evaluation import (
    MEASURES,
    EvaluationError,
    Question,
    Report,
    Settings,
    compare,
    evaluate,
    plot_risk_coverage,
    read_questions,
    report_table,
)

Run = Callable[..., tuple[int, str, str]]

PATIENCE_SECONDS = 200
BUNDLED = Path(__file__).parent.parent / "data" / "bundled_questions.jsonl"
FERRY = (
    "Ferry crews in Port Ellery walked out on Monday after talks over night shifts collapsed. "
    "The union said 340 crew members had joined the stoppage."
)
COMET = (
    "The comet Brandt will pass the Earth in October 2027, the observatory at Tarn said. "
    "Astronomers expect a tail as long as the moon is wide."
)
ARTICLES = (
    {"id": "ferry", "text": FERRY, "date": "2024-03-04", "source": "The Ellery Post"},
    {"id": "ferry-again", "text": FERRY, "date": "2024-03-04", "source": "Sanda Courier"},
    {"id": "comet", "text": COMET, "date": "2024-05-01", "source": "The Ellery Post"},
)
# Worked by hand below: found first, found second by its gold, not to be found, to be declined.
QUESTIONS = (
    {"id": "ferry", "question": "How many crew members joined the stoppage of the ferries?",
     "gold": ["ferry-again"], "answer": ["340"]},
    {"id": "wrong gold", "question": "When will the comet pass the Earth?",
     "gold": ["ferry"], "answer": ["October 2027", "2027"]},
    {"id": "too early", "question": "When will the comet Brandt come?", "date": "2024-03-10",
     "gold": ["comet"], "answer": ["October 2027"]},
    {"id": "outside", "question": "What is the capital of Mongolia?", "gold": [], "answer": []},
)  # fmt: skip
SECOND = 1 / math.log2(3)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(("eval", *arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def write(path: Path, *lines: Any) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = write(tmp_path_factory.mktemp("articles") / "articles.jsonl", *ARTICLES)
    # Indexed here, so that no test meets the progress of it on stderr.
    Assistant.open(path).close()
    return path


@pytest.fixture(scope="module")
def assistant(articles: str) -> Iterator[Assistant]:
    with Assistant.open(articles) as opened:
        yield opened


@pytest.fixture
def questions(tmp_path: Path) -> str:
    return write(tmp_path / "questions.jsonl", *QUESTIONS)


@pytest.fixture(scope="module")
def bundled_questions(bundled: Assistant) -> list[Question]:
    found = []
    for place, line in enumerate(BUNDLED.read_text(encoding="utf-8").splitlines(), 1):
        asked = json.loads(line)
        headline = asked["article"]
        gold = {
            article.id: 1
            for article in bundled.articles()
            if headline and (article.title or "").startswith(headline)
        }
        answers = (asked["words"],) if asked["words"] else ()
        found.append(Question(str(place), asked["question"], gold, answers))
    return found


@pytest.fixture(scope="module")
def report(bundled: Assistant, bundled_questions: list[Question]) -> Report:
    return evaluate(bundled, bundled_questions)


def values(told: dict[str, Any]) -> dict[str, float]:
    return {key: each["value"] for key, each in told["figures"].items() if "_ms" not in key}


def test_figures_are_those_worked_by_hand(run: Run, questions: str, articles: str) -> None:
    status, out, err = run(questions, "--no-reader", "--json", "--corpus", articles)
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert values(told) == pytest.approx({
        "hit@1": 1 / 3,
        "hit@4": 2 / 3,
        "hit@10": 2 / 3,
        "mrr@10": (1 + 1 / 2) / 3,
        "ndcg@10": (1 + SECOND) / 3,
        "map": (1 + 1 / 2) / 3,
        "answer@5": 2 / 3,
        "answer_recall@20": 2 / 3,
        "answer_recall@100": 2 / 3,
        "ceiling_gold": 2 / 3,
        "ceiling_collection": 2 / 3,
    })  # fmt: skip
    assert {told["figures"][key]["n"] for key in values(told)} == {3}
    assert told["figures"]["retrieval_p50_ms"]["n"] == 4
    assert told["notes"] == [
        (
            "questions whose gold articles were all published after their date, so that none can "
            "be found: 1"
        )
    ]
    by_id = {each["id"]: each for each in told["questions"]}
    assert by_id["wrong gold"]["articles"][0] == "comet"
    assert by_id["too early"]["values"]["ceiling_collection"] == 0.0
    assert by_id["outside"]["values"].keys() == {"retrieval_ms", "embedding_ms"}


def test_dates_can_be_left_aside(run: Run, questions: str, articles: str) -> None:
    arguments = (questions, "--no-reader", "--no-as-of", "--json", "--corpus", articles)
    told = json.loads(run(*arguments)[1])
    assert values(told)["hit@1"] == pytest.approx(2 / 3)
    assert values(told)["ceiling_collection"] == 1.0
    assert told["settings"]["as_of"] is False
    assert told["notes"] == []


def test_a_cited_twin_is_a_right_citation(assistant: Assistant) -> None:
    for gold in ("ferry", "ferry-again"):
        asked = Question("q", "How many crew members joined the stoppage?", {gold: 1}, ("340",))
        found = evaluate(assistant, [asked]).figures
        assert found["citation_precision"].value == 1.0
        assert found["citation_recall"].value == 1.0
        assert found["answer_stated"].value == 1.0


def test_the_table_says_what_was_asked_and_found(run: Run, questions: str, articles: str) -> None:
    status, out, err = run(questions, "--no-reader", "--limit", "3", "--corpus", articles)
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == f"3 questions of {questions}"
    assert lines[1] == f"asked of {articles}: 3 articles, 3 passages, all-MiniLM-L6-v2"
    assert lines[2] == "retrieval alone; as of their dates; 100 passages deep"
    (row,) = (line for line in lines if line.startswith("  hit@1 "))
    assert row.split() == ["hit@1", "0.333", "0.000", "to", "1.000", "3"]
    assert "Answers" not in lines
    assert lines[-2] == "note: only the first 3 of 4 questions were asked (--limit)"
    assert max(map(len, lines[2:-2])) <= 100


def test_an_earlier_run_is_a_baseline(
    run: Run, questions: str, articles: str, tmp_path: Path
) -> None:
    plain = (questions, "--no-reader", "--corpus", articles)
    earlier = tmp_path / "earlier.json"
    earlier.write_text(run(*plain, "--json", "--limit", "3")[1], encoding="utf-8")
    arguments = (*plain, "--no-as-of", "--baseline", str(earlier))
    told = json.loads(run(*arguments, "--json")[1])["comparison"]
    assert (told["n_common"], told["n_apart"]) == (3, 1)
    hit = told["differences"]["hit@1"]
    assert (hit["value"], hit["baseline"], hit["delta"]) == pytest.approx((2 / 3, 1 / 3, 1 / 3))
    assert (hit["n"], hit["is_clear"]) == (3, False)
    out = run(*arguments)[1]
    assert f"compared with {earlier} over 3 questions that both asked; 1 asked by one alone" in out
    (row,) = (line for line in out.splitlines() if line.startswith("  hit@1 "))
    assert row.split()[:4] == ["hit@1", "0.667", "0.333", "+0.333"]


def test_two_settings_are_compared_in_one_run(run: Run, questions: str, articles: str) -> None:
    arguments = (questions, "--no-reader", "--versus", "no-as-of", "--corpus", articles)
    status, out, _ = run(*arguments, "--json")
    told = json.loads(out)["comparison"]
    assert status == 0
    assert told["name"] == "the same with --no-as-of"
    assert told["differences"]["hit@1"]["delta"] == pytest.approx(-1 / 3)
    assert told["differences"]["ceiling_collection"]["delta"] == pytest.approx(-1 / 3)


def test_a_clear_difference_is_called_by_its_side(assistant: Assistant) -> None:
    words = "How many crew members joined the stoppage?"
    asked = [Question(str(n), words, {"ferry": 1}) for n in range(5)]
    right = evaluate(assistant, asked, Settings(reader=False))
    aside = [Question(each.id, each.text, {"comet": 1}) for each in asked]
    wrong = evaluate(assistant, aside, Settings(reader=False))
    comparison = compare(wrong, right)
    found = comparison.differences["hit@1"]
    assert (found.delta, found.low, found.high, found.is_clear) == (-1.0, -1.0, -1.0, True)
    rows = report_table(wrong, comparison).splitlines()
    assert [row.split()[-1] for row in rows if row.startswith("  hit@")] == ["worse", "5", "5"]


def test_questions_in_other_words_are_not_paired(assistant: Assistant) -> None:
    one = evaluate(assistant, [Question("q", "Who?", {"comet": 1})], Settings(reader=False))
    other = evaluate(assistant, [Question("q", "When?", {"comet": 1})], Settings(reader=False))
    with pytest.raises(EvaluationError, match="shares no question with this run"):
        compare(one, other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("no json", "is not JSON; name an output of `qa eval --json`"),
        ("[]", "it is no output of `qa eval --json`"),
        ('{"format": "dateline-evaluation-1", "name": "x"}', "it is a damaged output"),
    ],
)
def test_a_bad_baseline_is_told_in_one_line(
    run: Run, questions: str, tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "earlier.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    status, out, err = run(questions, "--baseline", str(file))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"{file}" in err
    assert message in err


def test_a_report_survives_being_told(report: Report) -> None:
    told = json.loads(json.dumps(report.to_dict()))
    again = Report.from_dict(told)
    assert json.loads(json.dumps(again.to_dict()))["figures"]["f1"] == told["figures"]["f1"]
    assert again.curve == report.curve
    assert again.measured[0].question == report.measured[0].question


def test_bad_lines_are_all_named_and_the_status_is_1(
    run: Run, articles: str, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "q.jsonl",
        *QUESTIONS,
        {"id": "ferry", "question": "", "gold": ["ferry"]},
        {"id": "old", "question": "Who?", "date": "1924-03-10", "gold": ["ferry"]},
        {"id": "u", "question": "Who?", "gold": ["unheard-of", "ferry"]},
    )
    status, out, err = run(file, "--no-reader", "--corpus", articles)
    assert (status, out) == (1, "")
    told = [line.removeprefix(f"qa: {file}, ") for line in err.splitlines()]
    assert told[:2] == [
        "line 5: the id 'ferry' stands in line 1, too; ids are unique",
        "line 5: the question is empty; type what you want to know",
    ]
    assert told[2].startswith(
        "line 6: the date 1924-03-10 lies before the first article of the collection (2024-03-04)"
    )
    assert told[3:] == [
        "line 7: the collection holds no article 'unheard-of'; this gold article is left out",
        (
            f"qa: 2 lines of {file} cannot be used, see above; mend them, or leave them out with "
            "--skip-bad"
        ),
    ]
    status, out, err = run(file, "--no-reader", "--skip-bad", "--corpus", articles)
    assert status == 0
    assert err.count("\n") == 4
    assert out.startswith("5 questions of ")
    assert "note: bad lines left out (--skip-bad): 2\n" in out
    assert "because the collection does not hold them: 1\n" in out


def test_unknown_gold_alone_is_a_warning(run: Run, articles: str, tmp_path: Path) -> None:
    """A question of which nothing else is known is not counted as one to be declined."""
    file = write(
        tmp_path / "q.jsonl", QUESTIONS[0], {"id": "u", "question": "Who?", "gold": ["unheard-of"]}
    )
    status, out, err = run(file, "--json", "--corpus", articles)
    told = json.loads(out)
    assert status == 0
    assert [each["id"] for each in told["questions"]] == ["ferry"]
    assert "declined_unanswerable" not in told["figures"]
    assert err == (
        f"qa: {file}, line 2: the collection holds no article 'unheard-of'; nothing else is known "
        "of the answer, so the question is left out\n"
    )


def test_a_collection_of_another_set_is_told(run: Run, articles: str, tmp_path: Path) -> None:
    lines = [{"id": str(n), "question": "Who?", "gold": [f"x{n}"]} for n in range(60)]
    file = write(tmp_path / "q.jsonl", *lines)
    status, out, err = run(file, "--corpus", articles)
    assert (status, out) == (1, "")
    assert err.count("\n") == 52
    assert "qa: … and 10 more of the kind" in err
    assert "qa: no question is left to ask (" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "the following arguments are required: FILE"),
        (("q", "-k", "0"), 2, "-k must be at least 1, got 0"),
        (("q", "--limit", "0"), 2, "--limit must be at least 1, got 0"),
        (("q", "--plot", "x.pdf"), 2, "name a file that ends with .png or .svg"),
        (("q", "--plot", "x.png", "--no-reader"), 2, "without the reader there are none"),
        (("q", "--versus", "no-reader", "--no-reader"), 2, "what --no-reader sets"),
        (("q", "--versus", "no-reader", "--baseline", "b"), 2, "not allowed with argument"),
        (("q", "--plot", "/nowhere/x.png"), 1, "/nowhere is no folder"),
        (("/nowhere/q.jsonl",), 1, "/nowhere/q.jsonl cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(
    run: Run, arguments: tuple[str, ...], status: int, message: str
) -> None:
    found = run(*arguments)
    assert (found[0], found[1], found[2].count("\n")) == (status, "", 1)
    assert message in found[2]


@pytest.mark.parametrize("library", ["ir_measures", "scipy"])
def test_without_the_extra_it_is_named(
    run: Run, questions: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    status, out, err = run(questions)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"measuring needs {library}, which is not installed" in err
    assert "pip install 'dateline[eval]'" in err


def test_the_bundled_articles_are_measured(report: Report) -> None:
    found = {key: each.value for key, each in report.figures.items()}
    assert len(report.measured) == 20
    assert (report.figures["hit@1"].n, report.figures["declined_unanswerable"].n) == (16, 4)
    assert found["hit@4"] >= 0.9
    assert found["citation_precision"] >= 0.8
    assert found["declined_unanswerable"] >= 0.75
    assert found["answer_stated"] <= found["ceiling_collection"]
    assert found["f1"] >= found["em"]
    assert found["latency_p50_ms"] > found["retrieval_p50_ms"] > 0


def test_declines_are_those_of_the_threshold_in_use(report: Report, bundled: Assistant) -> None:
    assert report.threshold is not None
    for each in report.measured:
        assert each.confidence is not None
        assert each.declined == (each.confidence < report.threshold)
    for each in report.measured[::4]:
        assert each.declined == bundled.ask(each.question.text).declined
    point = report.working_point
    assert point is not None
    answered = [each for each in report.measured if not each.declined]
    assert point.coverage == len(answered) / 20
    assert point.risk == sum(not each.is_right for each in answered) / len(answered)
    assert point[1:] in [each[1:] for each in report.curve]
    assert report.curve[-1].coverage == 1.0


def test_declining_can_be_turned_off(
    bundled: Assistant, bundled_questions: list[Question], report: Report
) -> None:
    asked = bundled_questions[-8:]
    always = evaluate(bundled, asked, Settings(decline=False))
    assert {each.declined for each in always.measured} == {False}
    assert not {"declined_answerable", "declined_unanswerable"} & always.figures.keys()
    assert (always.threshold, always.working_point) == (None, None)
    # What would have been answered is what is answered then.
    assert [each.is_right for each in always.measured] == [
        each.is_right for each in report.measured[-8:]
    ]


def test_risk_against_coverage_is_drawn(report: Report, tmp_path: Path) -> None:
    for name in ("curve.png", "curve.svg", "again.svg"):
        plot_risk_coverage(report, tmp_path / name)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG\r\n")
    drawn = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    point = report.working_point
    assert point is not None
    assert f"threshold in use, {point.threshold:.2f}: coverage {point.coverage:.2f}" in drawn
    assert "share of the answers that is wrong" in drawn
    assert drawn == (tmp_path / "again.svg").read_text(encoding="utf-8")


def test_the_python_door_needs_ids_that_are_unique(assistant: Assistant) -> None:
    twice = [Question("q", "Who?", {"comet": 1}), Question("q", "When?", {"comet": 1})]
    with pytest.raises(EvaluationError, match="two questions share the id 'q'"):
        evaluate(assistant, twice)
    with pytest.raises(EvaluationError, match="no question is left to ask"):
        evaluate(assistant, [])
    done: list[int] = []
    evaluate(assistant, twice[:1], Settings(reader=False), on_progress=done.append)
    assert done == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
def test_an_interruption_leaves_what_was_measured(articles: str, tmp_path: Path) -> None:
    import pty

    lines = [{**QUESTIONS[0], "id": str(n)} for n in range(20_000)]
    file = write(tmp_path / "q.jsonl", *lines)
    # A shell's background jobs ignore Ctrl-C, and so would what such a test run starts.
    heeds_ctrl_c = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from qa.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", heeds_ctrl_c, "eval", file, "--no-reader"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--corpus", articles], stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        try:
            terminal = Terminal(ours)
            terminal.wait_for(" a second, ")
            process.send_signal(signal.SIGINT)
            out = process.communicate(timeout=PATIENCE_SECONDS)[0]
        finally:
            process.kill()
    terminal.wait_for("interrupted: the figures are of the questions asked until then")
    assert process.returncode == 130
    assert "Traceback" not in terminal.shown
    n = int(out.split(" ", 1)[0].replace(",", ""))
    assert 0 < n < 20_000
    assert f"note: CUT SHORT: the figures are of the first {n:,} of 20,000 questions" in out


class Terminal:
    """What a process writes on its terminal, read all the time: nothing may block it."""

    def __init__(self, end: int) -> None:
        self.shown = ""
        self._end = end
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while text not in self.shown:
            assert time.monotonic() < until, f"{text!r} was not shown, but {self.shown!r}"
            time.sleep(0.02)

    def _read(self) -> None:
        # The end is told by an error, at least on Linux.
        with os.fdopen(self._end, "rb", buffering=0) as terminal, suppress(OSError):
            while written := terminal.read(1000):
                self.shown += written.decode()


def test_the_verb_and_its_options_stand_in_the_documents(repo: Path) -> None:
    told = (repo / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for option in "--no-reader --no-as-of --no-decline --limit --split --skip-bad --baseline \
        --versus --plot --json".split():
        assert option in told, option
    for measure in MEASURES:
        assert f"`{measure.key}`" in told
    assert "qa eval" in (repo / "README.md").read_text(encoding="utf-8")


def test_the_shared_time_set_is_read(shared_data: Path) -> None:
    file = shared_data / "data" / "news" / "time_queries.jsonl.gz"
    found = read_questions(file)
    assert (len(found.questions), found.problems) == (83, ())
    assert sum(each.should_decline for each in found.questions) == 1
