"""Pages, documents and mails as real programs write them (tests/index/files/README.md)."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.readers import read_articles
from index.types import Article, Skipped, SpanKind

FILES = Path(__file__).parent / "files"
FERRY = "https://www.valecourier.example/2023/11/ferry-crossings-halved"


def article(path: Path) -> Article:
    (found,) = read_articles([path])
    assert isinstance(found, Article), found
    return found


def refusal(path: Path) -> Skipped:
    (found,) = read_articles([path])
    assert isinstance(found, Skipped), found
    assert (found.path, found.is_fault) == (str(path), True)
    return found


def page(folder: Path, head: str, body: str = "") -> Article:
    text = "<p>The harbour of Port Vale will close for a week from Monday, the city said.</p>" * 3
    file = folder / "page.html"
    file.write_text(
        f"<html><head>{head}</head><body><article>{body}{text}</article></body></html>",
        encoding="utf-8",
    )
    return article(file)


def marked(found: Article) -> list[tuple[SpanKind, str]]:
    return [(span.kind, found.text[span.start : span.end]) for span in found.spans]


def paragraphs(found: Article) -> list[str]:
    return found.text.split("\n\n")


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("ferry.html", "Ingrid Halloran, Tomas Reyes"),  # JSON-LD
        ("ferry.mhtml", "Ingrid Halloran and Tomas Reyes"),  # the byline: scripts are not saved
    ],
)
def test_a_page_saved_by_a_browser_keeps_its_fields_and_only_its_article(
    name: str, author: str
) -> None:
    found = article(FILES / name)
    assert (found.id, found.url) == (FERRY, FERRY)
    assert found.title == "Ferry operator to halve crossings between Ellery and Saint Orrin"
    assert (found.source, found.author) == ("The Vale Courier", author)
    assert found.published == datetime.date(2023, 11, 14)
    assert found.path == str(FILES / name)
    lines = paragraphs(found)
    assert lines[:3] == [
        "Ferry operator to halve crossings between Ellery and Saint Orrin",
        (
            "Islanders fear for the school run after the only car ferry on the sound loses its"
            " winter grant."
        ),
        "The Maid of Orrin leaves Ellery on Monday. Photo: Vale Courier / P. Lund",
    ]
    assert lines[-1] == "- Last boat from Ellery: 5.40 p.m."
    assert marked(found) == [(SpanKind.HEADLINE, lines[0]), (SpanKind.CAPTION, lines[2])]
    for unwanted in ("cookies", "Related", "Storm closes", "newsletter", "Share on", "reserved"):
        assert unwanted not in found.text


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("library.docx", ["Saturday | 10 a.m. to 4 p.m.", "Sunday | noon to 5 p.m."]),
        ("library.pdf", ["Saturday 10 a.m. to 4 p.m.", "Sunday noon to 5 p.m."]),
    ],
)
def test_a_document_written_by_libreoffice_is_read_in_paragraphs(
    name: str, table: list[str]
) -> None:
    found = article(FILES / name)
    assert (found.id, found.url, found.source) == (name, None, None)
    assert found.title == "Ellery library to open on Sundays again"
    assert (found.author, found.published) == ("Ingrid Halloran", datetime.date(2024, 2, 3))
    lines = paragraphs(found)
    assert lines[0] == "Ellery library to open on Sundays again"
    assert lines[1:3] == ["By Ingrid Halloran", "3 February 2024"]
    assert lines[3].startswith("ELLERY — The town library will open on Sundays from March for the")
    assert [line for line in lines if line.startswith(("Saturday", "Sunday noon", "Sunday |"))] == (
        table
    )
    assert lines[-1].endswith("Friends of Ellery Library, who had collected 4,100 signatures.")
    assert marked(found) == [
        (SpanKind.HEADLINE, lines[0]),
        (SpanKind.BYLINE, lines[1]),
        (SpanKind.BYLINE, lines[2]),
    ]


def test_a_mail_is_an_article_by_its_sender() -> None:
    found = article(FILES / "lifeboat.eml")
    assert found.id == "20240104.61-launches@lifeboat.example"
    assert found.title == "Orrin lifeboats had their busiest year, with 61 launches"
    assert found.author == "Orrin Lifeboat Society Press Office"
    assert found.source == "lifeboat.example"
    assert found.published == datetime.date(2024, 1, 4)  # the sender's day, not that of UTC
    assert paragraphs(found)[2] == (
        "Of the 84 people brought ashore, 12 were taken to hospital. Nobody drowned."
    )


def test_files_that_hang_on_a_mail_are_read(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"] = "press@library.example"
    mail["Subject"] = "Sunday opening"
    mail["Date"] = "Fri, 02 Feb 2024 09:00:00 +0000"
    mail.set_content("Please find the announcement of our new hours attached.")
    mail.add_attachment(
        (FILES / "library.pdf").read_bytes(),
        maintype="application",
        subtype="octet-stream",
        filename="hours.pdf",
    )
    (tmp_path / "m.eml").write_bytes(mail.as_bytes())
    body, attached = read_articles([tmp_path])
    assert isinstance(body, Article)
    assert isinstance(attached, Article)
    assert (body.id, body.author, body.title) == ("m.eml", None, "Sunday opening")
    assert attached.id == "m.eml/hours.pdf"
    assert (body.format, attached.format) == ("eml", "pdf")
    assert attached.title == "Ellery library to open on Sundays again"


def test_each_mail_of_an_mbox_is_an_article(tmp_path: Path) -> None:
    one = (FILES / "lifeboat.eml").read_bytes()
    two = one.replace(b"61-launches@", b"second@").replace(b"Nobody", b"\n>From here on nobody")
    (tmp_path / "news.mbox").write_bytes(
        b"From a@b Thu Jan  4 22:15:00 2024\n"
        + one
        + b"\nFrom a@b Thu Jan  4 22:16:00 2024\n"
        + two
    )
    found = [item for item in read_articles([tmp_path]) if isinstance(item, Article)]
    assert [item.id.split("@")[0] for item in found] == ["20240104.61-launches", "20240104.second"]
    assert "\nFrom here on nobody drowned." in found[1].text


def test_a_wrong_or_missing_ending_is_read_for_what_it_is(tmp_path: Path) -> None:
    names = {
        "a.txt": "ferry.html",
        "b.html": "library.pdf",
        "c.pdf": "library.docx",
        "d": "ferry.mhtml",
        "e.md": "lifeboat.eml",
        "f.dat": "council.nitf.xml",
        "g.csv": "bakery.ninjs.json",
    }
    for name, real in names.items():
        shutil.copy(FILES / real, tmp_path / name)
    for name, real in names.items():
        assert article(tmp_path / name).text == article(FILES / real).text
    formats = [article(tmp_path / name).format for name in names]
    assert formats == ["html", "pdf", "docx", "mhtml", "eml", "xml", "json"]


def test_a_date_of_change_is_never_the_day_of_publication(tmp_path: Path) -> None:
    head = """
      <meta property="article:modified_time" content="2024-01-05T10:00:00Z">
      <meta name="last-modified" content="2024-01-05">
      <script type="application/ld+json">{"@type": "NewsArticle",
      "dateModified": "2024-01-05"}</script>
    """
    body = '<p>Updated <time datetime="2024-01-05">5 January</time></p>'
    assert page(tmp_path, head, body).published is None


@pytest.mark.parametrize(
    "head",
    [
        (
            '<script type="application/ld+json">[{"@type": ["Thing", "ReportageNewsArticle"],'
            ' "datePublished": "2021-02-03T23:30:00-08:00"}]</script>'
        ),
        '<meta property="article:published_time" content="2021-02-03T23:30:00-08:00">',
        '<meta name="DC.date.issued" content="2021-02-03">',
        '<meta itemprop="datePublished" content="3 February 2021">',
    ],
)
def test_the_day_of_publication_is_the_one_that_the_page_states(tmp_path: Path, head: str) -> None:
    assert page(tmp_path, head).published == datetime.date(2021, 2, 3)


def test_the_days_of_stories_beside_the_article_are_not_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    words = "<p>The harbour of Port Vale will close for a week from Monday, the city said.</p>" * 3
    file.write_text(
        f'<body><article><h1>Harbour shut</h1><time datetime="2021-02-03">x</time>{words}</article>'
        '<aside><time datetime="2020-01-01">y</time></aside></body>'
    )
    assert article(file).published == datetime.date(2021, 2, 3)


def test_the_outlet_is_as_the_page_names_it_else_its_host(tmp_path: Path) -> None:
    link = '<link rel="canonical" href="https://www.vale.example/a/1">'
    publisher = (
        '<script type="application/ld+json">{"@type": "Article", "publisher": {"name": "VC"}}'
    )
    assert page(tmp_path, f"{link}{publisher}</script>").source == "VC"
    assert page(tmp_path, link).source == "vale.example"


def test_a_front_page_as_canonical_link_is_not_the_article_s_address(tmp_path: Path) -> None:
    found = page(
        tmp_path,
        '<link rel="canonical" href="https://vale.example/">'
        '<meta property="og:url" content="https://vale.example/2021/harbour">',
    )
    assert found.id == "https://vale.example/2021/harbour"


def test_a_page_without_a_link_goes_by_its_path(tmp_path: Path) -> None:
    assert page(tmp_path, "").id == "page.html"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "iso-8859-1"),
        ("cp1252", "utf-8"),
        ("iso8859-2", "iso-8859-2"),
        ("utf-16", "utf-8"),
    ],
)
def test_a_page_is_decoded_whatever_it_declares_wrongly(
    tmp_path: Path, encoding: str, declared: str
) -> None:
    words = "Die Brücke über den Fluß bleibt bis März geschlossen, sagte die Stadt am Montag."
    markup = f'<html><head><meta charset="{declared}"></head><body><p>{words}</p></body></html>'
    (tmp_path / "a.html").write_bytes(markup.encode(encoding))
    assert article(tmp_path / "a.html").text == words


def test_lines_in_different_encodings_are_each_read_in_their_own(tmp_path: Path) -> None:
    lines = ["The café opened in März.".encode("cp1252"), "It sells “crêpes” for £3.".encode()]
    (tmp_path / "a.txt").write_bytes(b"\n".join(lines))
    assert article(tmp_path / "a.txt").text == "The café opened in März.\nIt sells “crêpes” for £3."


def pdf(folder: Path, password: str | None = None, owner: str | None = None) -> Path:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(FILES / "library.pdf"))
    if password is not None:
        writer.encrypt(password, owner, algorithm="RC4-128")
    writer.write(folder / "a.pdf")
    writer.close()
    return folder / "a.pdf"


def test_an_encrypted_pdf_is_told(tmp_path: Path) -> None:
    assert refusal(pdf(tmp_path, "secret")).reason == (
        "it is encrypted; save it without a password"
    )


def test_a_pdf_that_is_only_locked_against_change_is_read(tmp_path: Path) -> None:
    found = article(pdf(tmp_path, "", "owner"))
    assert found.title == "Ellery library to open on Sundays again"


def test_a_cut_pdf_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes((FILES / "library.pdf").read_bytes()[:9000])
    assert "the PDF is broken or cut short" in refusal(tmp_path / "a.pdf").reason


def test_a_scan_without_text_is_told(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    with PdfWriter() as writer:
        writer.add_blank_page(200, 200)
        writer.write(tmp_path / "a.pdf")
    assert "no text layer" in refusal(tmp_path / "a.pdf").reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.pdf", "the PDF is broken or cut short"),
        ("a.docx", "broken or cut short"),
        ("a.html", "the file is empty"),
        ("a.mhtml", "no part of it is an HTML page"),
        ("a.eml", "the file is empty"),
    ],
)
def test_an_empty_document_is_told(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).touch()
    assert reason in refusal(tmp_path / name).reason


def docx_file(folder: Path, title: str, paragraphs: list[tuple[str, str]]) -> Path:
    import docx

    document = docx.Document()
    document.core_properties.title = title
    for text, style in paragraphs:
        document.add_paragraph(text, style=style)
    document.save(str(folder / "a.docx"))
    return folder / "a.docx"


def test_styles_of_a_docx_tell_headline_and_captions(tmp_path: Path) -> None:
    body = "The harbour of Port Vale will close for a week from Monday, the city said."
    found = article(
        docx_file(
            tmp_path,
            "Template of the news desk",
            [
                ("HARBOUR", "Normal"),
                ("Harbour of Port Vale to close", "Title"),
                (body, "Normal"),
                ("Boats on the slip last week", "Caption"),
            ],
        )
    )
    assert found.title == "Harbour of Port Vale to close"
    assert marked(found) == [
        (SpanKind.HEADLINE, "Harbour of Port Vale to close"),
        (SpanKind.CAPTION, "Boats on the slip last week"),
    ]


def test_a_document_s_title_counts_only_where_its_text_has_no_other(tmp_path: Path) -> None:
    body = ("The harbour of Port Vale will close for a week from Monday, the city said.", "Normal")
    headline = ("Harbour of Port Vale to close", "Normal")
    title = "Template of the news desk"
    assert article(docx_file(tmp_path, title, [headline, body])).title == headline[0]
    assert article(docx_file(tmp_path, title, [body])).title == title
    assert article(docx_file(tmp_path, "Microsoft Word - a.doc", [body])).title is None


def test_a_cut_docx_and_an_office_file_of_another_kind_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes((FILES / "library.docx").read_bytes()[:4000])
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert "broken or cut short" in refusal(tmp_path / "a.docx").reason
    assert "save it as DOCX, PDF or HTML" in refusal(tmp_path / "b.xlsx").reason


def test_a_page_without_an_article_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><script>app()</script></body></html>")
    assert "no article's text was found" in refusal(tmp_path / "a.html").reason


def test_the_folder_that_a_browser_puts_beside_a_page_is_passed_over(tmp_path: Path) -> None:
    shutil.copy(FILES / "ferry.html", tmp_path / "Ferry.html")
    (tmp_path / "Ferry_files").mkdir()
    shutil.copy(FILES / "ferry.html", tmp_path / "Ferry_files" / "saved_resource.html")
    found, told = read_articles([tmp_path])
    assert isinstance(found, Article)
    assert isinstance(told, Skipped)
    assert (told.path, told.is_fault) == (str(tmp_path / "Ferry_files"), False)


def test_no_library_of_a_format_is_loaded_before_a_file_needs_it() -> None:
    libraries = {"docx", "lxml", "pypdf", "trafilatura", "dateparser"}
    code = f"import sys, index.readers; print(*sorted({libraries!r} & set(sys.modules)))"
    repo = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=repo, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


def test_a_page_printed_by_a_browser_keeps_its_address_and_loses_its_head_and_foot() -> None:
    found = article(FILES / "ferry.pdf")
    assert found.title == "Ferry operator to halve crossings between Ellery and Saint Orrin"
    assert found.url == f"{FERRY}?from=front"
    assert (found.id, found.source) == (f"{FERRY}?from=front", "valecourier.example")
    assert found.author == "Ingrid Halloran and Tomas Reyes"
    assert found.published == datetime.date(2023, 11, 14)
    lines = paragraphs(found)
    assert found.title in lines  # over two lines on the page
    assert any(
        line.startswith("“We have kept every") and line.endswith("us about £90.”") for line in lines
    )
    assert not [line for line in lines if "1/2" in line or "| The Vale Courier" in line]


def test_a_page_of_100_000_paragraphs_is_read_whole(tmp_path: Path) -> None:
    body = "".join(f"<p>Lot {n} sold</p>" for n in range(100_000))
    file = tmp_path / "auction.html"
    file.write_text(
        "<html><head><title>Auction</title><meta property='article:published_time' "
        "content='2023-01-30'></head><body><nav><p>World</p></nav><article><h1>Auction ends</h1>"
        f"<figure><img src='a.png'><figcaption>The last lot</figcaption></figure>{body}</article>"
        "<article><h1>Another story</h1></article></body></html>",
        encoding="utf-8",
    )
    found = article(file)
    assert (found.title, str(found.published)) == ("Auction ends", "2023-01-30")
    lots = [f"Lot {n} sold" for n in range(100_000)]
    assert paragraphs(found) == ["Auction ends", "The last lot", *lots]
    assert marked(found) == [
        (SpanKind.HEADLINE, "Auction ends"),
        (SpanKind.CAPTION, "The last lot"),
    ]
