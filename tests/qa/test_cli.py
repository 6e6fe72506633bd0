"""The command line: what is printed where, and with which exit status."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa import Assistant
from qa.cli import main

Run = Callable[..., tuple[int, str, str]]

ELLERY = Path(__file__).parent.parent / "data" / "ellery.jsonl"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def store(tmp_path: Path, run: Run) -> str:
    path = str(tmp_path / "store")
    assert run("index", str(ELLERY), "--corpus", path)[0] == 0
    return path


def test_a_question_is_answered_on_stdout(run: Run, store: str) -> None:
    status, out, err = run("Who was elected mayor of Port Ellery?", "--corpus", store)
    assert (status, err) == (0, "")
    assert "Adaeze Nwosu was elected mayor of Port Ellery on Sunday" in " ".join(out.split())
    assert "[1] Adaeze Nwosu elected mayor of Port Ellery" in out
    assert "The Ellery Post · 2023-05-14 · https://www.ellerypost.example/news/mayor" in out


def test_json_is_to_dict_and_ask_may_be_left_out(run: Run, store: str) -> None:
    question = "Who was elected mayor of Port Ellery?"
    for arguments in ((question, "--json"), ("--json", question), ("ask", "--json", question)):
        status, out, _ = run(*arguments, "--corpus", store)
        told = json.loads(out)
        with Assistant.open(store) as assistant:
            expected = json.loads(json.dumps(assistant.ask(question).to_dict()))
        told.pop("timings_ms"), expected.pop("timings_ms")
        assert status == 0
        assert told == expected


def test_a_decline_is_no_failure(run: Run, store: str) -> None:
    status, out, _ = run("What is the capital of Mongolia?", "--corpus", store)
    assert status == 0
    assert out.startswith("The articles do not tell. Nowhere do they mention “Mongolia”.")
    assert "Nearest passages, which do not answer:" in out


def test_filters_and_passages(run: Run, store: str) -> None:
    arguments = ("ferry", "--passages", "-k", "2", "--since", "2024-11-01", "--json")
    told = json.loads(run(*arguments, "--corpus", store)[1])
    assert [citation["article_id"] for citation in told["citations"]] == [
        passage["article_id"] for passage in told["passages"]
    ]
    assert {passage["article_id"] for passage in told["passages"]} == {
        "ferry-toll-early",
        "ferry-toll-late",
    }
    outlets = ("--source", "Sanda Courier", "--source", "harbourwire.example")
    arguments = ("bridge", *outlets, "--as-of", "2024-12-31", "--json")
    told = json.loads(run(*arguments, "--corpus", store)[1])
    assert {passage["source"] for passage in told["passages"]} <= {
        "Sanda Courier",
        "harbourwire.example",
    }
    assert told["understood"]["as_of"] == "2024-12-31"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the question is empty"),
        ([""], "the question is empty"),
        (["x" * 100_000], "the question has 100,000 characters, at most 10,000 are read"),
        (["Who?", "-k", "0"], "-k must be at least 1, got 0"),
        (["Who?", "-k", "many"], "argument -k: invalid int value: 'many'"),
        (["Who?", "--since", "2024-02-30"], "since is '2024-02-30', which is no date"),
        (
            ["Who?", "--since", "2024-02-01", "--until", "2024-01-01"],
            "since (2024-02-01) lies after until (2024-01-01)",
        ),
        (["Who?", "--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["index", str(ELLERY)], "add --corpus STORE, or set $DATELINE_CORPUS"),
        (["index", "a", "--field", "kop"], "'kop' names no column; write FIELD=NAME, where FIELD"),
        (["index", "a", "--field", "title="], "'title=' names no column; write FIELD=NAME"),
        (
            ["index", "a", "--field", "kop=title"],
            "there is no field 'kop'; give one of text, id, title, date, source, url, author",
        ),
        (
            ["index", "a", "--corpus", "s", "--field", "title=a", "--field", "title=b"],
            "--field names 'title' twice, 'a' and 'b'; name it once",
        ),
        (
            ["index", "a", "--corpus", "s", "--field", "title=a", "--forget-fields"],
            "use one of them",
        ),
        (["index"], "the following arguments are required: PATH"),
        (["remove"], "the following arguments are required: ID"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(run: Run, arguments: list[str], message: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_failures_are_one_line_and_status_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    for arguments, message in (
        (("Who?", "--corpus", str(tmp_path / "nowhere")), "there is nothing at"),
        (("Who?", "--corpus", str(tmp_path / "empty")), "no article was found"),
        (("Who?", "--corpus", str(tmp_path / "binary.txt")), "no article was found"),
        (("index", str(tmp_path / "no"), "--corpus", str(tmp_path / "s")), "there is nothing at"),
        (("index", str(tmp_path / "empty"), "--corpus", str(tmp_path / "s")), "no article was"),
        (("remove", "x", "--corpus", str(tmp_path / "empty")), "holds no Dateline store"),
    ):
        status, out, err = run(*arguments)
        assert (status, out) == (1, ""), arguments
        assert message in err
        assert "Traceback" not in err
        assert err.strip().count("\n") == 0, err
    assert not (tmp_path / "s").exists()


def test_index_tells_what_it_did_and_a_second_run_does_nothing(run: Run, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    told = json.loads(run("index", str(ELLERY), "--corpus", store, "--json")[1])
    assert (told["added"], told["unchanged"], told["skipped"]) == (20, 0, [])
    told = json.loads(run("index", str(ELLERY), "--corpus", store, "--json")[1])
    assert (told["added"], told["unchanged"], told["embedded"]) == (0, 20, 0)


def test_fields_of_other_names_are_told_by_an_option_and_kept(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text('kop,brood\nHaven dicht,"De haven van Tarn is dicht."\n', encoding="utf-8")
    store = str(tmp_path / "store")
    fields = ("--field", "title=kop", "--field", "text = brood")
    status, _, err = run("index", str(table), *fields, "--corpus", store)
    assert (status, f"fields of {table}: text=brood, title=kop (kept until" in err) == (0, True)
    told = json.loads(run("index", str(table), "--corpus", store, "--json")[1])
    assert (told["unchanged"], told["fields"]) == (
        1,
        {str(table): {"text": "brood", "title": "kop"}},
    )
    listed = json.loads(run("status", "--articles", "--corpus", store, "--json")[1])["listed"]
    assert [article["title"] for article in listed] == ["Haven dicht"]
    status, _, err = run("index", str(table), "--forget-fields", "--corpus", store)
    assert (status, "none of its columns (kop, brood) is named" in err) == (1, True)


def test_a_bad_line_is_told_and_the_rest_is_indexed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text('{"id": "a", "title": "A", "text": "Good words."}\nnot json\n')
    store = str(tmp_path / "store")
    status, out, err = run("index", str(file), "--corpus", store)
    assert status == 1
    assert "1 added" in out
    assert f"{file}, line 2" in err
    assert "Traceback" not in err
    assert json.loads(run("status", "--json", "--corpus", store)[1])["articles"] == 1


def test_a_foreign_folder_is_not_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mum.txt").write_text("Dear all")
    status, _, err = run("index", str(ELLERY), "--corpus", str(tmp_path / "letters"))
    assert status == 1
    assert "is not a Dateline store" in err
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["mum.txt"]


def test_status_verify_and_remove(run: Run, store: str) -> None:
    told = json.loads(run("status", "--articles", "--json", "--corpus", store)[1])
    assert told["articles"] == 20
    assert told["undated"] == 1
    assert told["sources"][0] == "The Ellery Post"
    assert "wolf" in {article["article_id"] for article in told["listed"]}
    assert json.loads(run("verify", "--json", "--corpus", store)[1])["ok"] is True
    assert run("remove", "wolf", "--corpus", store)[0] == 0
    assert json.loads(run("status", "--json", "--corpus", store)[1])["articles"] == 19
    status, _, err = run("remove", "wolf", "--corpus", store)
    assert status == 1
    assert "no article has the id 'wolf'" in err


def test_damage_is_status_1_and_repaired(run: Run, store: str) -> None:
    from index.dense import DenseIndex

    (file,) = Path(store).glob("dense-*.faiss")
    dense = DenseIndex.load(file, to_change=True)
    row = dense.rows()[:1]
    vector = dense.vectors(row)
    dense.remove(row)
    dense.add(row, -vector)
    dense.save(file)
    assert run("verify", "--corpus", store)[0] == 1
    assert run("verify", "--repair", "--corpus", store)[0] == 0
    assert run("verify", "--corpus", store)[0] == 0


def test_a_port_in_use_is_told(run: Run, store: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = run("ui", "--port", str(port), "--corpus", store)
    assert (status, out) == (1, "")
    assert f"cannot serve on 127.0.0.1 port {port}" in err


def test_help_names_every_verb(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for verb in ("ask", "index", "status", "verify", "remove", "ui"):
        assert f"qa {verb}" in out
        status, told, _ = run(verb, "--help")
        assert status == 0
        assert "--json" in told


def test_the_readme_shows_every_verb(repo: Path) -> None:
    readme = (repo / "README.md").read_text(encoding="utf-8")
    for verb in ("qa index", "qa status", "qa verify", "qa remove", "qa ui", 'qa "'):
        assert verb in readme


def test_a_closed_pipe_is_no_failure() -> None:
    code = "import sys; from qa.cli import main; sys.exit(main(['--help']))"
    piped = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{code}" | true; echo ${{PIPESTATUS[0]}}'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in piped.stderr


def test_escape_sequences_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "evil.jsonl"
    evil = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe \x9b31m\r"
    record = {
        "id": f"a{evil}",
        "title": f"Mayor{evil} opens the bridge",
        "source": f"Post{evil}",
        "text": f"The mayor of Springfield opened{evil} the bridge on Monday.",
    }
    file.write_text(json.dumps(record) + "\n")
    for arguments in (
        ("Who opened the bridge?", "--corpus", str(file)),
        ("Who opened the bridge?", "--corpus", str(file), "--json"),
        ("status", "--articles", "--corpus", str(file)),
    ):
        status, out, _ = run(*arguments)
        assert status == 0
        assert not set(out) & set("\x1b\x07\x9b\r\u202e"), arguments
    quote = json.loads(run("Who opened the bridge?", "--corpus", str(file), "--json")[1])
    assert "\x1b[2J" in quote["passages"][0]["text"]


@pytest.mark.parametrize("k", ["2147483648", "9223372036854775807", str(10**23)])
def test_a_huge_k_gives_all_there_is(run: Run, store: str, k: str) -> None:
    status, out, _ = run("ferry", "-k", k, "--json", "--corpus", store)
    assert status == 0
    assert 15 < len(json.loads(out)["passages"]) < 50


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["after:9999-12-31 who opened it"], 0),
        (["before:0001-01-01 who opened it"], 0),
        (["who opened it before:0000"], 2),
        (["Who?", "--corpus", "x" * 300], 1),
        (["Who?", "--corpus", "a\0b"], 1),
        (["Who?", "--corpus", "st\udcfe"], 1),
        (["ui", "--port", "99999"], 2),
        (["ui", "--port", "seven"], 2),
    ],
)
def test_odd_values_are_told_without_a_traceback(
    run: Run, store: str, arguments: list[str], status: int
) -> None:
    if "--corpus" not in arguments:
        arguments = [*arguments, "--corpus", store]
    got, _, err = run(*arguments)
    assert got == status, err
    assert "Traceback" not in err
    assert "DATELINE_DEBUG" not in err


def test_a_failure_nobody_foresaw_is_one_line(
    run: Run, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the moon\nis full")

    monkeypatch.setattr(Assistant, "ask", fail)
    status, out, err = run("Who?", "--corpus", store)
    assert (status, out) == (1, "")
    assert err == "qa: RuntimeError: the moon is full; set DATELINE_DEBUG=1 to see where\n"
