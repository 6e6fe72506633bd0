"""PDF files built against their reader: told with the page, and the rest read."""

from __future__ import annotations

import logging
import re
import zlib
from pathlib import Path

import pytest

from index.readers import pdf_work, read_articles
from index.types import Article, Skipped

FILES = Path(__file__).parent / "files"
SENTENCE = "The harbour of Port Vale will close for a week."
TEXT = f"BT /F1 12 Tf 50 700 Td ({SENTENCE}) Tj ET\n"


class Pdf:
    """A PDF of as little as a reader needs."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []
        self.helvetica = self.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
        self._tree = self.add("")
        self._pages: list[int] = []

    def add(self, content: str | bytes) -> int:
        self._objects.append(content if isinstance(content, bytes) else content.encode())
        return len(self._objects)

    def stream(self, content: str, more: str = "") -> int:
        data = zlib.compress(content.encode())
        head = f"<< /Length {len(data)} /Filter /FlateDecode {more} >>\nstream\n"
        return self.add(head.encode() + data + b"\nendstream")

    def form(self, content: str, resources: str = "") -> int:
        kind = "/Type /XObject /Subtype /Form /BBox [0 0 600 800]"
        return self.stream(content, f"{kind} /Resources << {resources} >>")

    def page(self, content: str | int, fonts: str = "", forms: str = "") -> None:
        stream = self.stream(content) if isinstance(content, str) else content
        self._pages.append(
            self.add(
                f"<< /Type /Page /Parent {self._tree} 0 R /MediaBox [0 0 600 800] /Contents "
                f"{stream} 0 R /Resources << /Font << /F1 {self.helvetica} 0 R {fonts} >> "
                f"/XObject << {forms} >> >> >>"
            )
        )

    def save(self, path: Path, startxref_off_by: int = 0) -> Path:
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        tree = f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>"
        self._objects[self._tree - 1] = tree.encode()
        root = self.add(f"<< /Type /Catalog /Pages {self._tree} 0 R >>")
        out = b"%PDF-1.7\n"
        places = []
        for number, content in enumerate(self._objects, 1):
            places.append(len(out))
            out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        n = len(places) + 1
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        end = len(out) + startxref_off_by
        out += f"xref\n0 {n}\n0000000000 65535 f \n{table}".encode()
        out += f"trailer << /Size {n} /Root {root} 0 R >>\nstartxref\n{end}\n%%EOF\n".encode()
        path.write_bytes(out)
        return path


@pytest.fixture
def pdf() -> Pdf:
    return Pdf()


def refusal(path: Path) -> str:
    (told,) = read_articles([path])
    assert isinstance(told, Skipped), told
    assert told.is_fault
    return told.reason


def test_a_page_that_asks_for_too_much_is_told_and_the_others_read(
    pdf: Pdf, tmp_path: Path
) -> None:
    many = " ".join(f"/G{n} {pdf.helvetica} 0 R" for n in range(pdf_work.MAX_FONTS))
    pdf.page(TEXT)
    pdf.page(TEXT + " " * 17 * 1024**2)
    pdf.page(TEXT, fonts=many)
    pdf.page(TEXT.replace("close", "open"))
    found, second, third = read_articles([pdf.save(tmp_path / "a.pdf")])
    assert isinstance(found, Article)
    assert found.text == f"{SENTENCE} {SENTENCE.replace('close', 'open')}"
    assert isinstance(second, Skipped)
    assert isinstance(third, Skipped)
    assert (second.place, third.place) == ("page 2", "page 3")
    assert re.fullmatch(
        r"it asks for more than a page of text does \(Limit reached while decompressing\..*\); the"
        r" other pages are read",
        second.reason,
    )
    assert "it names 2,001 fonts, more than the 2,000 read" in third.reason


def test_a_file_of_such_pages_alone_is_refused(pdf: Pdf, tmp_path: Path) -> None:
    pdf.page(TEXT + " " * 17 * 1024**2)
    reason = refusal(pdf.save(tmp_path / "a.pdf"))
    assert reason.startswith("no page of it can be read (page 1: it asks for more than a page")


def test_pages_that_share_one_heavy_description_are_counted_each(
    pdf: Pdf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_work, "MAX_WORK", 50_000)
    shared = pdf.stream("0 0 m 9 9 l S\n" * 2_000)
    for n in "ABC":
        pdf.page(pdf.add(f"[{pdf.stream(TEXT.replace('harbour', n))} 0 R {shared} 0 R]"))
    (found,) = read_articles([pdf.save(tmp_path / "a.pdf")])
    assert isinstance(found, Article)
    assert re.findall("The (.) of Port Vale", found.text) == ["A", "B", "C"]
    for _ in range(10):
        pdf.page(shared)
    assert refusal(pdf.save(tmp_path / "b.pdf")) == (
        "its pages ask for more work than those of a document do; print it to a new PDF, or split"
        " it"
    )


def test_forms_that_call_forms_are_counted_by_their_calls(
    pdf: Pdf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_work, "MAX_WORK", 4_000)
    form = pdf.form("0 0 m 9 9 l S\n")
    for _ in range(20):
        form = pdf.form("/A Do /A Do\n", f"/XObject << /A {form} 0 R >>")
    pdf.page(TEXT + "/A Do", forms=f"/A {form} 0 R")
    pdf.page(TEXT)
    assert "ask for more work than those of a document" in refusal(pdf.save(tmp_path / "a.pdf"))


def test_each_call_of_a_form_counts_the_fonts_that_it_takes_up(
    pdf: Pdf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_work, "MAX_WORK", 10_000)
    lines = "".join(f"<{n:04X}> <{n % 90 + 33:04X}>\n" for n in range(2_000))
    letters = pdf.stream(f"100 beginbfchar\n{lines}endbfchar\n")
    font = pdf.add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode "
        f"{letters} 0 R /DescendantFonts [] >>"
    )
    form = pdf.form("0 0 m\n", f"/Font << /F2 {font} 0 R >>")
    pdf.page(TEXT + "/A Do\n" * 5, forms=f"/A {form} 0 R")
    (found,) = read_articles([pdf.save(tmp_path / "a.pdf")])
    assert isinstance(found, Article)
    pdf.page(TEXT + "/A Do\n" * 50, forms=f"/A {form} 0 R")
    assert "ask for more work than those of a document" in refusal(pdf.save(tmp_path / "b.pdf"))


def test_a_page_of_5_000_lines_is_read_whole_and_in_order(pdf: Pdf, tmp_path: Path) -> None:
    shown = "".join(f"(Lot {n} was sold for {n} pounds.) Tj T*\n" for n in range(5_000))
    pdf.page(f"BT /F1 12 Tf 14 TL 50 700 Td\n{shown}ET")
    (found,) = read_articles([pdf.save(tmp_path / "a.pdf")])
    assert isinstance(found, Article)
    assert re.findall(r"Lot (\d+) was", found.text) == [str(n) for n in range(5_000)]


def test_what_the_library_says_of_a_mended_fault_is_a_detail(
    pdf: Pdf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pdf.page(TEXT)
    path = pdf.save(tmp_path / "a.pdf", startxref_off_by=7)
    with caplog.at_level(logging.DEBUG):
        (found,) = read_articles([path])
    assert isinstance(found, Article)
    assert found.text == SENTENCE
    of_library = [record for record in caplog.records if "pypdf" in record.getMessage()]
    assert of_library
    assert {(record.name, record.levelname) for record in of_library} == {
        ("index.readers.hush", "DEBUG")
    }
    # Whoever reads PDFs beside us hears the library again.
    assert logging.getLogger("pypdf").propagate
    assert logging.getLogger("pypdf").handlers == []
