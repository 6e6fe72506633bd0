"""How much work a PDF asks for, counted so that the same file is always read or always refused.

The library limits what one stream may unpack to and how often a page may call forms. It does not
see that 2,000 pages share one heavy stream, or that each call of a form takes up its fonts anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pypdf import PageObject
from pypdf.errors import PyPdfError

from index.readers.source import UnreadableError

# One unit is one operation that a page is drawn with, some 10 microseconds: two minutes in all. A
# book of 1,000 pages takes 5 million, a newspaper of 60 pages 2 million.
MAX_WORK = 12_000_000
# A font takes 20 KB and half a millisecond before any letter of it is told.
MAX_FONTS = 2_000
_FONT = 50
_FORM = 10
# Per unit: bytes of a page's description, bytes of a font, and characters that the library
# copies with each operation.
_CONTENT_BYTES = 16
_FONT_BYTES = 50
_COPIED_CHARS = 40_000

# A broken file makes the library stumble over anything.
BROKEN = (
    PyPdfError,
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError),
    *(AssertionError, NotImplementedError, ArithmeticError, OSError, EOFError),
)


class PageError(ValueError):
    """A page that is no page of a document; the message says why."""


class PdfWork:
    """Counts the work that a file's pages ask for.

    Its methods raise `UnreadableError` once it is more than a document asks for.
    """

    def __init__(self) -> None:
        self._done = 0
        self._form_names: frozenset[str] = frozenset()
        self._call = 0
        self._page_chars = 0
        # Pages and forms share them; the file's reader keeps them, so that no id is used twice.
        self._fonts: dict[int, int] = {}

    def begin(self, page: PageObject) -> None:
        """Count what a page brings along, before anything of it is interpreted.

        Raises
        ------
        PageError
            It names more fonts than pages are written in.
        """
        names: set[str] = set()
        n_forms = self._call = self._page_chars = 0
        for name, form in _forms(page):
            names.add(name)
            n_forms += 1
            self._call = max(self._call, _size(form) // _CONTENT_BYTES + self._fonts_of(form))
        self._form_names = frozenset(names)
        content = _size(_get(page, "/Contents")) // _CONTENT_BYTES
        self._take(content + self._fonts_of(page) + n_forms * _FORM)

    def see(self, operator: bytes, operands: list[Any], *_: object) -> None:
        """Count an operation; a call of a form counts as that of the page's dearest one."""
        is_call = operator == b"Do" and bool(operands) and str(operands[0]) in self._form_names
        self._take(1 + self._page_chars // _COPIED_CHARS + (self._call if is_call else 0))

    def see_text(self, n_chars: int) -> None:
        """Note that so much text was found on the page."""
        self._page_chars += n_chars

    def _take(self, n: int) -> None:
        self._done += n
        if self._done > MAX_WORK:
            raise UnreadableError(
                "its pages ask for more work than those of a document do; print it to a new PDF,"
                " or split it"
            )

    def _fonts_of(self, holder: Any) -> int:
        """The work of taking up the fonts of a page or form."""
        fonts = _get(holder, "/Resources", "/Font")
        if not isinstance(fonts, dict):
            return 0
        if len(fonts) > MAX_FONTS:
            raise PageError(f"it names {len(fonts):,} fonts, more than the {MAX_FONTS:,} read")
        if id(fonts) not in self._fonts:
            self._fonts[id(fonts)] = sum(_font(font) for _, font in _items(fonts))
        return self._fonts[id(fonts)]


def _forms(page: Any) -> Iterator[tuple[str, Any]]:
    """The forms that a page, or a form in it, can call, with their names."""
    seen: set[int] = set()
    waiting = [page]
    while waiting:
        callable_ones = _get(waiting.pop(), "/Resources", "/XObject")
        if id(callable_ones) in seen:
            continue
        seen.add(id(callable_ones))
        for name, item in _items(callable_ones):
            if _get(item, "/Subtype") == "/Form":
                yield str(name), item
                waiting.append(item)


def _font(font: Any) -> int:
    size = _size(_get(font, "/ToUnicode"))
    for part in (font, _get(font, "/DescendantFonts", 0)):
        size += sum(_length(_get(part, name)) for name in ("/W", "/Widths"))
        for name in ("/FontFile", "/FontFile3"):
            # Its letters' names are looked for in it where nothing else tells them.
            declared = _get(part, "/FontDescriptor", name, "/Length")
            size += declared if isinstance(declared, int) and declared > 0 else 0
    return _FONT + size // _FONT_BYTES


def _get(item: Any, *keys: str | int) -> Any:
    """What stands at the end of a path of keys; None where the file is broken there."""
    with suppress(*BROKEN):
        for key in keys:
            item = item[key].get_object()
        return item
    return None


def _items(mapping: Any) -> Iterator[tuple[Any, Any]]:
    for key in mapping if isinstance(mapping, dict) else ():
        if (item := _get(mapping, key)) is not None:
            yield key, item


def _length(item: Any) -> int:
    return len(item) if isinstance(item, list) else 0


def _size(item: Any) -> int:
    """How many bytes a stream, or the streams in an array, unpack to."""
    if isinstance(item, list):
        return sum(_size(_get(item, place)) for place in range(len(item)))
    with suppress(*BROKEN):
        return len(item.get_data())
    return 0
