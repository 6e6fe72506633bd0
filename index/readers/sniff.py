"""What kind of file it is: by its first bytes, and by its ending where they do not tell."""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from pathlib import PurePosixPath


class Kind(Enum):
    """The kinds of files that are read."""

    TEXT = auto()
    TABLE = auto()
    JSON = auto()
    JSONL = auto()
    HTML = auto()
    MHTML = auto()
    MAIL = auto()
    XML = auto()
    PDF = auto()
    ZIP = auto()
    TAR = auto()
    GZIP = auto()
    BZIP2 = auto()
    XZ = auto()


ENDINGS: dict[str, Kind] = {
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.TEXT,
    ".markdown": Kind.TEXT,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".mhtml": Kind.MHTML,
    ".mht": Kind.MHTML,
    ".pdf": Kind.PDF,
    ".docx": Kind.ZIP,
    ".eml": Kind.MAIL,
    ".mbox": Kind.MAIL,
    ".rss": Kind.XML,
    ".atom": Kind.XML,
    ".xml": Kind.XML,
    ".nitf": Kind.XML,
    ".csv": Kind.TABLE,
    ".tsv": Kind.TABLE,
    ".json": Kind.JSON,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    ".zip": Kind.ZIP,
    ".tar": Kind.TAR,
    ".tgz": Kind.GZIP,
    ".tbz2": Kind.BZIP2,
    ".txz": Kind.XZ,
    ".gz": Kind.GZIP,
    ".bz2": Kind.BZIP2,
    ".xz": Kind.XZ,
}
HEAD_BYTES = 8192
_MAGIC = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\x00", Kind.XZ),
)
# What may stand above the root: declarations, instructions and comments.
_PROLOG = re.compile(
    r"(?:\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE\b[^>\[]*(?:\[.*?\])?\s*>)+", re.I | re.S
)
_HTML_DOCTYPE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:[\w-]+:)?([\w-]+)")
_HTML_ROOTS = frozenset({"html", "head", "body"})
_XML_ROOTS = frozenset({"nitf", "newsitem", "newsmessage", "packageitem", "rss", "rdf", "feed"})
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]")
_MAIL_HEADERS = frozenset(
    "received return-path delivered-to message-id mime-version dkim-signature".split()
)


def kind_by_ending(name: str) -> Kind | None:
    """What a name's ending says."""
    return ENDINGS.get(PurePosixPath(name).suffix.lower())


def kind_of(head: bytes, name: str) -> Kind | None:
    """What a file is: its first bytes win over its ending; None if neither tells."""
    found = _by_content(head)
    named = kind_by_ending(name)
    if found is Kind.JSON and named is Kind.JSONL and not _opens_over_lines(head):
        return Kind.JSONL
    # Without its outer tags a page is still a page; without any tag it is a text.
    if found is None and named is Kind.HTML and not re.search(rb"<(?:[a-zA-Z][^<>]*>|!--)", head):
        return Kind.TEXT
    return found or named


def _opens_over_lines(head: bytes) -> bool:
    return len(head.lstrip(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()) <= 2


def _is_binary(head: bytes) -> bool:
    return b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _by_content(head: bytes) -> Kind | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head[257:262] == b"ustar":
        return Kind.TAR
    if _is_binary(head):
        return None
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = head.decode(encoding, errors="replace").lstrip("\ufeff").lstrip()
    return _by_text(text.replace("\r\n", "\n"))


def _by_text(text: str) -> Kind | None:
    if text.startswith("<"):
        return _by_markup(text)
    if text.startswith(("{", "[")):
        return _by_json(text)
    if mail := _by_headers(text):
        return mail
    from index.readers.table import looks_like_table

    return Kind.TABLE if looks_like_table(text) else None


def _by_markup(text: str) -> Kind | None:
    prolog = _PROLOG.match(text)
    above = prolog[0] if prolog else ""
    root = _TAG.match(text, len(above))
    name = root[1].casefold() if root else ""
    if name in _XML_ROOTS:
        return Kind.XML
    if name in _HTML_ROOTS or _HTML_DOCTYPE.search(above):
        return Kind.HTML
    return Kind.XML if above.lstrip().startswith(("<?xml", "<!DOCTYPE")) else None


def _by_json(text: str) -> Kind | None:
    first, _, rest = text.partition("\n")
    try:
        is_whole = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        is_whole = False
    if is_whole and rest.strip():
        return Kind.JSONL
    return Kind.JSON if re.match(r'\{\s*"|\[\s*[{\]]', text) else None


def _by_headers(text: str) -> Kind | None:
    """A mail has headers that only a mail has; a saved page is a mail of related parts."""
    head = text.split("\n\n", 1)[0]
    lines = head.split("\n")
    if lines[0].startswith("From "):
        lines = lines[1:]
    if not lines or not _HEADER.match(lines[0]):
        return None
    names = {found[1].casefold() for line in lines if (found := _HEADER.match(line))}
    if not names & _MAIL_HEADERS or len(names) < 3:
        return None
    is_page = "snapshot-content-location" in names or "multipart/related" in head.casefold()
    return Kind.MHTML if is_page and "received" not in names and "to" not in names else Kind.MAIL
