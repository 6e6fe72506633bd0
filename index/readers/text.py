"""Plain text files: one pasted page each, holding one article or several."""

from __future__ import annotations

import gzip
import hashlib
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path

from index.clean import PageArticle, articles_in_page
from index.types import Article, Skipped

# The page is cleaned as a whole, which takes several times its size in memory.
MAX_TEXT_BYTES = 32 * 1024 * 1024


class UnreadableTextError(ValueError):
    """Bytes that are not a text; the message says why."""


def read_text_file(path: Path, file_id: str) -> Iterator[Article | Skipped]:
    """The articles of one text file (``.gz`` is read through), or why it has none.

    Parameters
    ----------
    path : Path
    file_id : str
        The id of an article in this file that has no link of its own.
    """
    try:
        text = decode(_read_bytes(path))
    except UnreadableTextError as error:
        yield Skipped(str(path), str(error))
        return
    except (OSError, EOFError, zlib.error) as error:
        yield Skipped(str(path), f"cannot be read ({reason_of(error)}); check the file")
        return
    if not text.strip():
        yield Skipped(str(path), "the file is empty; put an article's text into it")
        return
    taken: set[str] = set()
    for number, found in enumerate(articles_in_page(text), 1):
        fallback = file_id if number == 1 else f"{file_id}#{number}"
        article_id = found.url if found.url and found.url not in taken else fallback
        taken.add(article_id)
        yield _article(article_id, text, found, path)


def _article(article_id: str, page: str, found: PageArticle, path: Path) -> Article:
    text = page[found.start : found.end]
    return Article(
        id=article_id,
        title=found.title,
        text=text,
        source=found.source,
        author=found.author,
        url=found.url,
        published=found.published,
        path=str(path),
        content_sha256=sha256_of(text),
        spans=found.spans,
    )


def sha256_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def reason_of(error: BaseException) -> str:
    """An error's own words in one short line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(words.split())


def normalised_newlines(text: str) -> str:
    """The text with every line end written as a newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes) -> str:
    """The text that the bytes hold, newlines normalised.

    UTF-8, UTF-16 or UTF-32 with a byte order mark, or Windows-1252 where that gives a sane text.

    Raises
    ------
    UnreadableTextError
        If they hold no text.
    """
    text = _decoded(raw)
    if "\x00" in text:
        raise UnreadableTextError("it holds NUL bytes, so it is not a text; give a text file")
    return normalised_newlines(text.removeprefix("\ufeff"))


def _decoded(raw: bytes) -> str:
    for mark, name in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            try:
                return raw.decode(name)
            except UnicodeDecodeError as error:
                raise UnreadableTextError(
                    f"its byte order mark says {name.upper()}, but byte {error.start} is not;"
                    " save it as UTF-8"
                ) from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            text = ""
        if not _is_sane(text):
            raise UnreadableTextError(
                f"byte {error.start} (0x{raw[error.start]:02x}) is neither UTF-8 nor Windows-1252"
                " text; save it as UTF-8"
            ) from error
        return text


def _is_sane(text: str) -> bool:
    """Whether a text in a guessed encoding is words, not the bytes of something else."""
    if not text:
        return False
    sample = text[:20_000]
    strange = sum(unicodedata.category(char) == "Cc" and char not in "\t\n\r\f" for char in sample)
    letters = sum(char.isalpha() or char.isspace() for char in sample)
    ascii_share = sum(char.isascii() for char in sample) / len(sample)
    return strange == 0 and letters / len(sample) > 0.6 and ascii_share > 0.6


def _read_bytes(path: Path) -> bytes:
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rb") as file:
        raw: bytes = file.read(MAX_TEXT_BYTES + 1)
    if len(raw) > MAX_TEXT_BYTES:
        raise UnreadableTextError(
            f"it is larger than {MAX_TEXT_BYTES // 1024**2} MiB, the most for one text file;"
            " split it, or make it a JSONL file with one article a line"
        )
    return raw
