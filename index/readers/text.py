"""Plain text files: one pasted page each, holding one article or several."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from index.clean import PageArticle, articles_in_page, canonical_url
from index.readers.source import MIB, Source, UnreadableError
from index.types import Article, Skipped

# The page is cleaned as a whole, which takes several times its size in memory.
MAX_TEXT_BYTES = 32 * MIB
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(source: Source) -> Iterator[Article | Skipped]:
    """The articles of one text file."""
    text = decode(
        source.read(
            MAX_TEXT_BYTES, "text file", "split it, or make it a JSONL file with one article a line"
        )
    )
    if not text.strip():
        raise UnreadableError("the file is empty; put an article's text into it")
    yield from page_articles(source, text)


def page_articles(source: Source, text: str) -> Iterator[Article]:
    """The articles of a page that is nothing but text."""
    taken: set[str] = set()
    for number, found in enumerate(articles_in_page(text), 1):
        fallback = numbered_id(source, number)
        link = canonical_url(found.url)
        article_id = link if link and link not in taken else fallback
        taken.add(article_id)
        yield _article(article_id, text, found, source)


def numbered_id(source: Source, number: int) -> str:
    """The id of the article of that number in a source, from 1, that has none of its own."""
    return source.id if number == 1 else f"{source.id}#{number}"


def _article(article_id: str, page: str, found: PageArticle, source: Source) -> Article:
    text = page[found.start : found.end]
    return Article(
        id=article_id,
        title=found.title,
        text=text,
        source=found.source,
        author=found.author,
        url=found.url,
        published=found.published,
        path=str(source.path),
        content_sha256=sha256_of(text),
        spans=found.spans,
    )


def sha256_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def normalised_newlines(text: str) -> str:
    """The text with every line end written as a newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes, declared: str | None = None, *, is_lenient: bool = False) -> str:
    """The text that the bytes hold, newlines normalised.

    UTF-8, UTF-16 or UTF-32 with a byte order mark, the encoding that the text itself declares, or
    Windows-1252 where that gives a sane text. Where some lines are UTF-8 and some are not, each
    line is read for itself; `is_lenient` puts U+FFFD for stray bytes in them, as browsers do.

    Raises
    ------
    UnreadableError
        If they hold no text.
    """
    text = _decoded(raw, declared, is_lenient)
    if "\x00" in text:
        raise UnreadableError("it holds NUL bytes, so it is not a text; give a text file")
    return normalised_newlines(text.removeprefix("\ufeff"))


def _decoded(raw: bytes, declared: str | None, is_lenient: bool) -> str:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(name)
            except UnicodeDecodeError as error:
                raise UnreadableError(
                    f"its byte order mark says {name.upper()}, but byte {error.start} is not;"
                    " save it as UTF-8"
                ) from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _in_declared(raw, declared) or _in_mixed(raw, is_lenient)
        if not _is_sane(text, needs_ascii=declared is None):
            raise UnreadableError(
                f"byte {error.start} (0x{raw[error.start]:02x}) is neither UTF-8 nor Windows-1252"
                " text; save it as UTF-8"
            ) from error
        return text


def _in_declared(raw: bytes, declared: str | None) -> str:
    # A page that calls itself UTF-8 and is not tells nothing; latin-1 means Windows-1252.
    if declared is None or re.fullmatch(
        r"(?i)utf-?8|ascii|us-ascii|(iso-?8859|latin)-?1", declared
    ):
        return ""
    try:
        return raw.decode(declared)
    except (LookupError, ValueError):
        return ""


def _in_mixed(raw: bytes, is_lenient: bool) -> str:
    lines = []
    for line in raw.splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("cp1252"))
            except UnicodeDecodeError:
                if not is_lenient:
                    return ""
                lines.append(line.decode("utf-8", errors="replace"))
    return "".join(lines)


def _is_sane(text: str, *, needs_ascii: bool) -> bool:
    """Whether a text in a guessed encoding is words, not the bytes of something else."""
    if not text:
        return False
    sample = text[:20_000]
    strange = sum(unicodedata.category(char) == "Cc" and char not in "\t\n\r\f" for char in sample)
    if strange:
        return False
    if not needs_ascii:
        return True
    letters = sum(char.isalpha() or char.isspace() for char in sample)
    ascii_share = sum(char.isascii() for char in sample) / len(sample)
    return letters / len(sample) > 0.6 and ascii_share > 0.6
