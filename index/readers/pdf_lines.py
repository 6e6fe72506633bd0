"""The lines of a PDF's pages, where they stand, and the paragraphs that they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PageObject

    from index.readers.pdf_work import PdfWork

_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"”’')\]»]*$")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# A piece of text as it is drawn: its first line's words, left end, height and size.
_Piece = tuple[str, float, float, float]
# Among how many pieces the beginning of a line is looked for.
_NEAR = 8
# Lines of one size whose distance grows by this share stand in two paragraphs.
_WIDER = 1.2
_LARGER = 1.1
# What browsers print above and below each page.
_PRINT_HEAD = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}, \d{1,2}[:.]\d\d(?:\s?[AP]M)? .+")
_PRINT_FOOT = re.compile(r"(?P<url>(?:https?|file)://\S+) \d+/\d+")


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line as it stands on its page; sizes and places in points, None where not known."""

    text: str
    page: int
    left: float | None = None
    height: float | None = None
    size: float | None = None


def lines_of_page(page: PageObject, number: int, work: PdfWork) -> list[PdfLine]:
    """The lines of a page in reading order; `work` is told of each operation and piece of text."""
    pieces: list[_Piece] = []

    def visit(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        work.see_text(len(text))
        first = next((part for part in text.split("\n") if part.strip()), "")
        if words := _words(first):
            left, height = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            pieces.append((words, left, height, size * abs(tm[3] * cm[3])))

    text = page.extract_text(visitor_text=visit, visitor_operand_before=work.see)
    return [*_placed(text, pieces, number)]


def _placed(text: str, pieces: Sequence[_Piece], number: int) -> Iterator[PdfLine]:
    """The lines of a page's text, with the places of the pieces that they begin with."""
    first = 0
    for raw in text.split("\n"):
        words = _words(raw)
        if not words:
            continue
        # Pieces come in the order of the text; some lines are joined from several.
        near = range(first, min(first + _NEAR, len(pieces)))
        at = next((n for n in near if words.startswith(pieces[n][0])), None)
        if at is None:
            yield PdfLine(words, number)
            continue
        line = PdfLine(words, number, *pieces[at][1:])
        yield line
        first = at + 1
        while first < len(pieces) and pieces[first][2] == line.height:
            first += 1


def printed_address(lines: Sequence[PdfLine]) -> str | None:
    """The address that a browser printed at the foot of the pages."""
    found = (_PRINT_FOOT.fullmatch(line.text) for line in lines)
    return next((match["url"] for match in found if match), None)


def without_running_heads(pages: Sequence[Sequence[PdfLine]]) -> list[PdfLine]:
    """The lines but for those at the top or bottom of most pages, their numbers aside."""
    counts = Counter(text for page in pages for text in {_unnumbered(line) for line in _edge(page)})
    running = {text for text, n in counts.items() if len(pages) >= 3 and n > len(pages) / 2}
    kept = []
    for page in pages:
        edge = _edge(page)
        for line in page:
            is_printed = _PRINT_HEAD.fullmatch(line.text) or _PRINT_FOOT.fullmatch(line.text)
            if not is_printed and not (line in edge and _unnumbered(line) in running):
                kept.append(line)
    return kept


def _edge(page: Sequence[PdfLine]) -> list[PdfLine]:
    return [*page[:2], *page[-2:]]


def _unnumbered(line: PdfLine) -> str:
    return re.sub(r"\d+", "#", line.text)


def paragraphs_of(lines: Sequence[PdfLine]) -> Iterator[str]:
    """Lines joined into paragraphs, over page ends as well; a word cut in two is made whole."""
    setting = _Setting.of(lines)
    paragraph: list[str] = []
    for line, below in pairwise([*lines, None]):
        assert line is not None
        _join(paragraph, line.text)
        if below is None or setting.is_break(line, below):
            yield "".join(paragraph)
            paragraph = []


@dataclass(frozen=True, slots=True)
class _Setting:
    """How the running text is set: its size, its lines' distance in sizes, their length."""

    size: float
    leading: float
    width: int

    @classmethod
    def of(cls, lines: Sequence[PdfLine]) -> _Setting:
        lengths = sorted(len(line.text) for line in lines if len(line.text) > 20)
        width = lengths[int(len(lengths) * 0.8)] if lengths else 0
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size or 0, 1)] += len(line.text) if line.size else 0
        gaps = Counter(
            round(gap, 1)
            for line, below in pairwise(lines)
            # Below a full line the paragraph mostly goes on.
            if len(line.text) > 0.8 * width and (gap := _gap(line, below)) is not None
        )
        return cls(
            size=sizes.most_common(1)[0][0] if sizes else 0,
            leading=max(gaps, key=lambda gap: (gaps[gap], -gap)) if gaps else 0,
            width=width,
        )

    def is_break(self, line: PdfLine, below: PdfLine) -> bool:
        gap = _gap(line, below)
        if line.page == below.page and line.size and below.size:
            if max(line.size, below.size) > _LARGER * min(line.size, below.size):
                return True
            if gap is not None and self.leading and gap > self.leading * _WIDER:
                return True
            if gap is not None and line.size > self.size * _LARGER:
                return False  # a headline over several lines
        return self._is_break_by_words(line.text, below.text)

    def _is_break_by_words(self, line: str, below: str) -> bool:
        room = self.width - len(line) - len(below.split()[0])
        # A word that still had room above was put on a new line on purpose.
        is_sentence = _ENDS_SENTENCE.search(line) is not None or not below[0].islower()
        return room > max(3, self.width * 0.1) and is_sentence


def _gap(line: PdfLine, below: PdfLine) -> float | None:
    """How far below a line the next one stands, in sizes; None if it stands elsewhere."""
    if line.page != below.page or not line.size or line.height is None or below.height is None:
        return None
    gap = (line.height - below.height) / line.size
    return gap if 0.5 < gap < 8 else None


def _join(paragraph: list[str], line: str) -> None:
    """Put a line behind the pieces of a paragraph; a word cut in two is made whole."""
    if not paragraph:
        paragraph.append(line)
    elif re.search(r"[^\W\d_]\u00ad?-$", paragraph[-1]) and line[0].islower():
        paragraph[-1] = paragraph[-1][:-1].rstrip("\u00ad")
        paragraph.append(line)
    else:
        paragraph.append(f" {line}")


def _words(text: str) -> str:
    # Half of a pair is what some fonts' tables give for a symbol.
    sound = text.replace("\x00", "").encode("utf-8", errors="replace").decode()
    return " ".join(sound.translate(_LIGATURES).split())
