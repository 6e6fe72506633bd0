"""Where an article stands in its file, and whether that file is still the one that was read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from index.types import Article

# Larger files of plain text are refused by their reader.
_MAX_BYTES = 32 * 1024 * 1024
_TEXT_ENDINGS = frozenset({".txt", ".text", ".md", ".markdown"})
# After so many in a row that are not there to the byte, the others are not looked for: each
# search goes through the whole file, and a file with other line ends may hold 25,000 articles.
_MAX_MISSED = 20


class SourceState(StrEnum):
    """What has become of the file an article was read from."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"


def source_state(article: Article) -> SourceState:
    """Compare the article's file with its hash; unknown where it cannot be read."""
    if article.path is None or article.file_sha256 is None:
        return SourceState.UNKNOWN
    try:
        found = file_sha256(Path(article.path))
    except FileNotFoundError:
        return SourceState.GONE
    except OSError:
        return SourceState.UNKNOWN
    return SourceState.UNCHANGED if found == article.file_sha256 else SourceState.CHANGED


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Origin:
    """Tells the articles of one file where they come from.

    Parameters
    ----------
    path : pathlib.Path
    sha256 : str
        Of the file.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        self._sha256 = sha256
        self._raw = _raw_text(path) if path.suffix.lower() in _TEXT_ENDINGS else b""
        self._position = 0
        self._missed = 0

    def of(self, article: Article) -> Article:
        """The article with its file's hash, and its place where it stands verbatim."""
        return replace(
            article,
            file_sha256=self._sha256,
            byte_range=article.byte_range or self._place(article.text.encode()),
        )

    def _place(self, text: bytes) -> tuple[int, int] | None:
        if self._missed == _MAX_MISSED:
            return None
        start = self._raw.find(text, self._position)
        if start < 0:
            self._missed += 1
            return None
        self._missed = 0
        self._position = start + len(text)
        return start, self._position


def without_origin(article: Article) -> Article:
    """The article as it is wherever it stands: what makes a version of it."""
    return replace(article, path=None, file_sha256=None, byte_range=None, format=None)


def _raw_text(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError:
        return b""
    return raw if len(raw) <= _MAX_BYTES else b""
