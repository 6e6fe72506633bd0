from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from index.errors import CorpusError
from index.readers import SourceFile, find_files, read_articles, read_file
from index.types import Article, Skipped, SpanKind

TEXT = "The harbour of Port Vale will close for a week from Monday, the city said."


def articles(*paths: Path) -> list[Article]:
    return [item for item in read_articles(paths) if isinstance(item, Article)]


def skipped(*paths: Path) -> list[Skipped]:
    return [item for item in read_articles(paths) if isinstance(item, Skipped)]


def jsonl(path: Path, *records: object) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


def record(path: Path, **fields: object) -> Article:
    (found,) = articles(jsonl(path / "one.jsonl", {"text": TEXT} | fields))
    return found


def refusal(path: Path, line: str) -> Skipped:
    file = path / "bad.jsonl"
    file.write_text(line + "\n" + json.dumps({"id": "good", "text": TEXT}), encoding="utf-8")
    bad, good = list(read_articles([file]))
    assert isinstance(good, Article)
    assert good.id == "good"
    assert isinstance(bad, Skipped)
    assert (bad.path, bad.place, bad.is_fault) == (str(file), "line 1", True)
    return bad


def test_a_folder_is_read_in_sorted_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.text", ".hidden.txt", ".git/x.txt", "C.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    found = articles(tmp_path)
    assert [a.id for a in found] == ["C.md", "a/b/c.text", "a/z.txt", "b.txt"]
    assert found[1].path == str(tmp_path / "a" / "b" / "c.text")
    assert found[1].content_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_a_file_given_directly_is_named_below_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert [a.id for a in articles(tmp_path / "a.txt")] == ["a.txt"]


def test_a_missing_path_stops_everything_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    missing = tmp_path / "nowhere"
    with pytest.raises(CorpusError, match=r"nothing at '.*nowhere'; give the path") as caught:
        read_articles([tmp_path, missing])
    assert caught.value.path == str(missing)


def test_a_path_that_cannot_exist_is_told_like_a_missing_one() -> None:
    with pytest.raises(CorpusError, match="there is nothing at"):
        read_articles(["a\x00b"])


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert list(read_articles([tmp_path])) == []


def test_an_unknown_kind_is_passed_over_in_a_folder_and_a_fault_when_named(tmp_path: Path) -> None:
    file = tmp_path / "photo.xyz"
    file.write_bytes(b"x")
    (inside,) = skipped(tmp_path)
    (named,) = skipped(file)
    assert (inside.is_fault, named.is_fault) == (False, True)
    assert "'.xyz' are not read; those read are .txt" in named.reason


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert [a.id for a in articles(tmp_path, tmp_path / "a.txt", tmp_path)] == ["a.txt"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(TEXT)
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [a.id for a in articles(tmp_path)] == ["sub/a.txt"]
    (told,) = skipped(tmp_path)
    assert (told.path, told.is_fault) == (str(tmp_path / "sub" / "up"), False)


def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (told,) = skipped(tmp_path)
    assert told.reason == "is a link to nothing; remove it or mend it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (told,) = skipped(tmp_path)
    assert "not an ordinary file" in told.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.txt").chmod(0)
    (told,) = skipped(tmp_path)
    assert "Permission denied" in told.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"abc\x00def", "NUL bytes"),
        (bytes(range(256)) * 4, "NUL bytes|neither UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x01\x02\x03\xff\xfe\xfd" * 9, "neither UTF-8"),
        (b"\xff\xfea", "byte order mark"),
    ],
)
def test_what_is_not_a_text_is_told_and_the_rest_goes_on(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "b.txt").write_text(TEXT)
    bad, good = list(read_articles([tmp_path]))
    assert isinstance(bad, Skipped)
    assert bad.is_fault
    assert re.search(reason, bad.reason)
    assert isinstance(good, Article)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded_and_newlines_are_normalised(tmp_path: Path, encoding: str) -> None:
    text = "“Café” – prices rose.\n\nNobody knew why."
    (tmp_path / "a.txt").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    (article,) = articles(tmp_path)
    assert article.text == text


def test_gz_is_read_through_and_a_broken_one_is_told(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode())
    (tmp_path / "a.txt.gz").write_bytes(packed)
    (tmp_path / "b.txt.gz").write_bytes(packed[:-9])
    (tmp_path / "c.jsonl.gz").write_bytes(b"no gzip")
    found = list(read_articles([tmp_path]))
    assert isinstance(found[0], Article)
    assert found[0].text == TEXT
    assert ["cannot be read" in str(item) for item in found[1:]] == [True, True]


def test_a_text_file_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readers.text.MAX_TEXT_BYTES", 50)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"a " * 1000))
    (told,) = skipped(tmp_path)
    assert "the most for one text file" in told.reason


def test_an_article_of_a_text_file_has_its_link_as_id(tmp_path: Path) -> None:
    page = f"Harbour to close\n\n{TEXT}\n\nContent retrieved from: https://vale.example/a.\n"
    (tmp_path / "a.txt").write_text(page)
    (article,) = articles(tmp_path)
    assert (article.id, article.url, article.source) == (
        "https://vale.example/a",
        "https://vale.example/a",
        "vale.example",
    )
    assert article.text == page


def test_files_can_be_found_first_and_read_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(TEXT)
    assert list(find_files([tmp_path])) == [SourceFile(tmp_path / "sub" / "a.txt", tmp_path)]
    (article,) = read_file(SourceFile(tmp_path / "sub" / "a.txt", tmp_path))
    assert isinstance(article, Article)
    assert article.id == "sub/a.txt"


def test_a_record_keeps_its_fields(tmp_path: Path) -> None:
    article = record(
        tmp_path,
        id="r1",
        title=" Harbour\nto close ",
        source="The Vale Courier",
        author="Jane Roe",
        url="https://www.vale.example/a",
        date="Jan. 30, 2023",
    )
    assert (article.id, article.title, article.source) == (
        "r1",
        "Harbour to close",
        "The Vale Courier",
    )
    assert (article.author, article.url) == ("Jane Roe", "https://www.vale.example/a")
    assert article.published == datetime.date(2023, 1, 30)
    assert article.text == TEXT
    assert article.path == str(tmp_path / "one.jsonl")


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_empty_fields_of_a_record_are_none(tmp_path: Path, empty: str | None) -> None:
    article = record(
        tmp_path, id=empty, title=empty, source=empty, author=empty, url=empty, date=empty
    )
    assert article.id == "one.jsonl"
    assert (article.title, article.source, article.author, article.url) == (None,) * 4
    assert article.published is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": 7}, ("7", None, None)),
        (
            {"id": "x", "url": "https://www.a.example/1"},
            ("x", "https://www.a.example/1", "a.example"),
        ),
        ({"url": "http://a.example/1"}, ("http://a.example/1", "http://a.example/1", "a.example")),
        (
            {"id": "https://a.example/1"},
            ("https://a.example/1", "https://a.example/1", "a.example"),
        ),
        ({"id": "urn:x"}, ("urn:x", None, None)),
    ],
)
def test_id_link_and_outlet_of_a_record(
    tmp_path: Path, fields: dict[str, object], expected: tuple[str, str | None, str | None]
) -> None:
    article = record(tmp_path, **fields)
    assert (article.id, article.url, article.source) == expected


def test_records_without_id_or_link_are_named_by_their_line(tmp_path: Path) -> None:
    file = tmp_path / "many.ndjson"
    line = json.dumps({"text": TEXT})
    file.write_text(f"{line}\n\n{line}\n")
    assert [a.id for a in articles(file)] == ["many.ndjson", "many.ndjson#3"]


def test_a_record_s_fields_win_over_what_its_text_says(tmp_path: Path) -> None:
    text = f"By Max Poe, January 1, 2020\n\n{TEXT}\n\nFollow us on Twitter"
    article = record(tmp_path, text=text, author="Jane Roe", published="2023-01-30", title="T")
    assert (article.author, article.published) == ("Jane Roe", datetime.date(2023, 1, 30))
    assert [span.kind for span in article.spans] == [SpanKind.BYLINE, SpanKind.BOILERPLATE]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "the line is [1, 2], not a JSON object"),
        ('"text"', "the line is 'text', not a JSON object"),
        ('{"id": "a", "lead": "b"}', "field 'text' is missing (fields here: id, lead)"),
        ('{"text": ""}', "field 'text' is ''"),
        ('{"text": 5}', "field 'text' is 5, not a string"),
        ('{"text": null}', "field 'text' is null, not a string"),
        ('{"text": "a", "title": ["b"]}', "field 'title' is [\"b\"], not a string"),
        ('{"text": "a", "id": true}', "field 'id' is true, not a string or a number"),
        ('{"text": "a", "published": 5}', "field 'published' is 5, not a string"),
        ('{"text": "a\\u0000b"}', "field 'text' holds a NUL character"),
        ('{"text": "a\\ud800b"}', "field 'text' holds half a character (\\ud800)"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_bad_line_is_told_with_field_and_value(tmp_path: Path, line: str, reason: str) -> None:
    assert reason in refusal(tmp_path, line).reason


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("soon", "field 'date' is 'soon', which is not a full date"),
        ("2023", "field 'date' is '2023', which is not a full date"),
        ("1/4/2020", "which can be read day first or month first"),
    ],
)
def test_a_date_that_cannot_be_read_costs_the_date_alone(
    tmp_path: Path, date: str, reason: str
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"id": "a", "text": "It rained.", "date": date}) + "\n")
    article, problem = read_articles([file])
    assert isinstance(article, Article)
    assert (article.text, article.published) == ("It rained.", None)
    assert isinstance(problem, Skipped)
    assert reason in problem.reason
    assert problem.reason.endswith("; the article is kept undated")
    assert (problem.place, problem.is_fault) == ("line 1", True)


def test_a_link_is_an_id_in_its_canonical_form(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    url = "HTTPS://WWW.Example.com/Farm?utm_source=x&id=2&fbclid=y#top"
    file.write_text(json.dumps({"text": "It rained.", "url": url}) + "\n")
    (article,) = read_articles([file])
    assert isinstance(article, Article)
    assert article.id == "https://www.example.com/Farm?id=2"
    assert (article.url, article.source) == (url, "example.com")


def test_a_store_in_the_folder_is_no_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rained.")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "manifest.json").write_text('{"format": "dateline-store"}')
    (tmp_path / "store" / "notes.txt").write_text("It is a store.")
    found = list(read_articles([tmp_path]))
    assert [item.id for item in found if isinstance(item, Article)] == ["a.txt"]
    (skipped,) = (item for item in found if isinstance(item, Skipped))
    assert (skipped.reason, skipped.is_fault) == ("is a store, not articles", False)


def test_a_name_that_is_not_utf8_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rained.")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xfd.txt")).write_text("It snowed.")
    found = list(read_articles([tmp_path]))
    assert [item.id for item in found if isinstance(item, Article)] == ["a.txt"]
    assert [item.reason for item in found if isinstance(item, Skipped)] == [
        "its name is not valid UTF-8; rename it"
    ]


def test_a_line_that_is_no_text_is_told_and_the_next_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\x00\x01\xff\n" + json.dumps({"text": TEXT}).encode())
    bad, good = list(read_articles([file]))
    assert isinstance(bad, Skipped)
    assert bad.place == "line 1"
    assert isinstance(good, Article)


def test_an_overlong_line_is_told_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readers.jsonl.MAX_LINE_BYTES", 200)
    file = jsonl(tmp_path / "a.jsonl", {"text": "a " * 500}, {"text": TEXT})
    bad, good = list(read_articles([file]))
    assert isinstance(bad, Skipped)
    assert "longer than" in bad.reason
    assert isinstance(good, Article)
    assert good.id == "a.jsonl#2"


def test_day_and_month_are_ordered_as_the_file_s_other_dates(tmp_path: Path) -> None:
    records = [{"text": TEXT, "date": date} for date in ("01/04/2020", "25/12/2020")]
    found = articles(jsonl(tmp_path / "a.jsonl", *records))
    assert [a.published for a in found] == [datetime.date(2020, 4, 1), datetime.date(2020, 12, 25)]


def test_a_jsonl_file_without_a_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n\n")
    (told,) = skipped(tmp_path)
    assert told.reason.startswith("the file is empty")
