"""Tables and JSON: which field holds what is found, and a bad row is told with its number."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from index.errors import CorpusError
from index.readers import read_articles
from index.types import Article, Skipped

TEXT = "The harbour of Port Vale will close for a week from Monday, the city said."


def read(path: Path, content: str | bytes) -> list[Article | Skipped]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_articles([path]))


def one(path: Path, content: str | bytes) -> Article:
    (found,) = read(path, content)
    assert isinstance(found, Article), found
    return found


def refusal(path: Path, content: str | bytes) -> Skipped:
    (found,) = read(path, content)
    assert isinstance(found, Skipped), found
    assert found.is_fault
    return found


@pytest.mark.parametrize(
    "names",
    [
        ("title", "text", "date", "source", "url", "author"),
        ("Headline", "Body", "Published At", "Publisher", "Link", "Byline"),
        ("head_line", "article_text", "pubDate", "outlet", "article_url", "authors"),
        ("HEADLINE", "content", "publication-date", "newspaper", "permalink", "By"),
    ],
)
@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("csv", ";"), ("tsv", "\t")])
def test_a_table_s_columns_are_known_by_their_names(
    tmp_path: Path, names: tuple[str, ...], ending: str, delimiter: str
) -> None:
    row = ("Harbour shut", f'"{TEXT}"', "30 January 2023", "The Courier", "https://c.example/1")
    content = delimiter.join(names) + "\n" + delimiter.join((*row, "By Jane Roe")) + "\n"
    found = one(tmp_path / f"a.{ending}", content)
    assert (found.id, found.url) == ("https://c.example/1", "https://c.example/1")
    assert (found.title, found.source, found.author) == ("Harbour shut", "The Courier", "Jane Roe")
    assert (found.text, found.published) == (TEXT, datetime.date(2023, 1, 30))


def test_the_fields_of_jsonl_and_json_have_the_same_names(tmp_path: Path) -> None:
    record = {
        "headline": "Harbour shut",
        "body": TEXT,
        "publishedAt": "2023-01-30T10:00:00Z",
        "publisher": {"name": "The Courier"},
        "authors": ["Jane Roe", {"name": "Max Poe"}],
    }
    for name, content in (
        ("a.jsonl", json.dumps(record)),
        ("a.json", json.dumps(record, indent=1)),
        ("b.json", json.dumps([record])),
        ("c.json", json.dumps({"status": "ok", "articles": [record]})),
    ):
        found = one(tmp_path / name, content)
        assert (found.id, found.title, found.source) == (name, "Harbour shut", "The Courier")
        assert (found.author, found.text) == ("Jane Roe, Max Poe", TEXT)
        assert found.published == datetime.date(2023, 1, 30)


def test_columns_of_other_names_are_told_by_an_option(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f'Titel,Inhalt,Tag\nHafen zu,"{TEXT}",2023-01-30\n')
    (told,) = read_articles([file])
    assert isinstance(told, Skipped)
    assert "none of its columns (Titel, Inhalt, Tag) is named as one with the article's" in (
        told.reason
    )
    (found,) = read_articles([file], fields={"title": "Titel", "text": "Inhalt", "date": "Tag"})
    assert isinstance(found, Article)
    assert (found.title, found.text) == ("Hafen zu", TEXT)
    assert found.published == datetime.date(2023, 1, 30)
    with pytest.raises(CorpusError, match="no field 'body'; its fields are text, id"):
        read_articles([file], fields={"body": "Inhalt"})


def test_a_name_given_in_another_writing_is_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"Kop_Regel": "Haven dicht", "Brood": TEXT}))
    (found,) = read_articles([file], fields={"title": "kop regel", "text": "brood"})
    assert isinstance(found, Article)
    assert (found.title, found.text) == ("Haven dicht", TEXT)


def test_records_without_the_name_given_are_read_by_the_common_ones(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    records = [{"kop": "A", "brood": TEXT}, {"title": "B", "text": TEXT}, {"kop": "C"}]
    file.write_text("\n".join(map(json.dumps, records)))
    first, second, told = read_articles([file], fields={"title": "kop", "text": "brood"})
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.title, second.title) == ("A", "B")
    assert str(told) == (
        f"{file}, line 3: field 'brood' is missing (fields here: kop); add the article's text"
    )


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_a_name_that_no_record_has_is_told_once(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    record = {"title": "Harbour shut", "text": TEXT}
    if name == "a.csv":
        file.write_text(f'title,text\nHarbour shut,"{TEXT}"\nHarbour shut,"{TEXT}"\n')
    elif name == "a.jsonl":
        file.write_text(f"{json.dumps(record)}\n{json.dumps(record)}")
    else:
        file.write_text(json.dumps([record, record]))
    first, second, told = read_articles([file], fields={"title": "kopp", "text": "text"})
    assert [getattr(item, "title", None) for item in (first, second)] == ["Harbour shut"] * 2
    assert isinstance(told, Skipped)
    assert not told.is_fault
    assert told.reason == (
        "none of its records has the field 'kopp' named for the title, so the common names were"
        " looked for"
    )


def test_an_object_whose_text_has_a_given_name_is_one_record(tmp_path: Path) -> None:
    record = {"brood": TEXT, "tags": [{"name": "a"}, {"name": "b"}]}
    file = tmp_path / "a.json"
    file.write_text(json.dumps(record))
    (found,) = read_articles([file], fields={"text": "brood"})
    assert isinstance(found, Article)
    assert found.text == TEXT


def test_bad_rows_are_told_by_number_and_the_rest_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        "id,title,body,date\n"
        'a,A,"Two\nlines.",2020-01-02\n'
        "b,B,,2020-01-03\n"
        "c,C\n"
        "d,D,Text.,soon\n"
        "e,E,Text, with a comma,2020-01-04\n"
        "\n"
        "f,F,Good.,\n",
    )
    articles = {item.id: item.text for item in found if isinstance(item, Article)}
    assert articles == {"a": "Two\nlines.", "d": "Text.", "f": "Good."}
    assert [(item.place, item.reason) for item in found if isinstance(item, Skipped)] == [
        ("row 3 (line 4)", "field 'body' is ''; it must hold the article's text"),
        (
            "row 4 (line 5)",
            "field 'text' is missing (fields here: id, title); add the article's text",
        ),
        (
            "row 5 (line 6)",
            (
                "field 'date' is 'soon', which is not a full date; write it as YYYY-MM-DD or leave"
                " it out; the article is kept undated"
            ),
        ),
        ("row 6 (line 7)", "it has 5 fields, the header 4; put quotes around the text"),
    ]


def test_rows_without_id_or_link_are_numbered(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", f"title,text\nA,{TEXT[:30]}\nB,{TEXT[:20]}\n")
    assert [item.id for item in found if isinstance(item, Article)] == ["a.csv", "a.csv#2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_decoded(tmp_path: Path, encoding: str) -> None:
    content = "title,text\nCafé,“Crêpes” für £3.\n".replace("\n", "\r\n").encode(encoding)
    found = one(tmp_path / "a.csv", content)
    assert (found.title, found.text) == ("Café", "“Crêpes” für £3.")


def test_a_row_that_cannot_be_decoded_is_told_and_the_next_one_read(tmp_path: Path) -> None:
    bad, good = read(tmp_path / "a.csv", b"title,text\nA,Bad \x81\x8d\nB,Good.\n")
    assert isinstance(bad, Skipped)
    assert bad.place == "row 2 (line 2)"
    assert "half a character" in bad.reason
    assert isinstance(good, Article)


def test_a_field_longer_than_the_library_s_limit_is_read(tmp_path: Path) -> None:
    text = "Words and words. " * 20_000
    assert one(tmp_path / "a.csv", f'title,text\nA,"{text}"\n').text == text


def test_a_field_without_an_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.readers.table.MAX_FIELD_CHARS", 1000)
    content = 'title,text\nA,"' + "no end\n" * 500
    found = read(tmp_path / "a.csv", content)
    assert isinstance(found[0], Skipped)
    assert "field larger than field limit" in found[0].reason


def test_a_table_is_known_by_its_header_whatever_its_ending(tmp_path: Path) -> None:
    assert one(tmp_path / "a.txt", f"headline;body;date\nA;{TEXT};2020-01-02\n").title == "A"


def test_markup_in_a_body_becomes_text_and_stays_as_it_is_in_a_text(tmp_path: Path) -> None:
    body = "<p>One &amp; two.</p><ul><li>Three</li></ul>"
    assert one(tmp_path / "a.json", json.dumps({"content": body})).text == "One & two.\n\nThree"
    assert one(tmp_path / "b.json", json.dumps({"text": body})).text == body


def test_json_lines_in_a_file_called_json_are_read(tmp_path: Path) -> None:
    line = json.dumps({"text": TEXT * 300})
    found = read(tmp_path / "a.json", f"{line}\n{line}\n")
    assert [item.id for item in found if isinstance(item, Article)] == ["a.json", "a.json#2"]


@pytest.mark.parametrize(
    ("name", "content", "place", "reason"),
    [
        ("a.json", "", None, "the file is empty"),
        ("a.json", '{"text": ', None, "not valid JSON (Expecting value"),
        ("a.json", '[\n{"text": "a"},\n{]', None, "at line 3, column 2)"),
        ("a.json", "[5]", "item 1", "it is 5, not a JSON object"),
        ("a.json", '{"a": 1}', "item 1", "field 'text' is missing (fields here: a)"),
        ("a.csv", "", None, "the file is empty"),
        ("a.csv", "title,text\n", None, "it has a header and no rows"),
    ],
)
def test_a_bad_file_of_records_is_told(
    tmp_path: Path, name: str, content: str, place: str | None, reason: str
) -> None:
    told = refusal(tmp_path / name, content)
    assert reason in told.reason
    assert told.place == place


def test_a_json_file_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readers.jsonl.MAX_JSON_BYTES", 50)
    told = refusal(tmp_path / "a.json", json.dumps([{"text": TEXT}]))
    assert "the most for one JSON file; make it a JSONL file" in told.reason
