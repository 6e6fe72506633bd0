"""NewsML-G2: news items, alone or in a message, with their text inside as NITF, XHTML or plain."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from index.dates import parse_date
from index.readers.article import Found, found_or_fault
from index.readers.markup import Marked, local_name, text_of_elements, text_of_fragment, words_of
from index.readers.nitf import found_in_nitf
from index.readers.records import is_web_link
from index.readers.source import UnreadableError
from index.types import SpanKind

if TYPE_CHECKING:
    from lxml.etree import _Element


def found_in_newsml(root: _Element) -> Iterator[Found | UnreadableError]:
    """The news items that have a text, in order; pictures' items and packages have none."""
    for item in root.iter():
        if local_name(item) == "newsitem":
            found = found_or_fault(partial(_found, item))
            if isinstance(found, UnreadableError) or found.text.strip() or item is root:
                yield found


def _found(item: _Element) -> Found:
    meta, content = _child(item, "itemmeta"), _child(item, "contentmeta")
    text, marks, inner = _content(_child(item, "contentset"))
    link = _child(meta, "link", rel="irel:canonical")
    url = link.get("href") if link is not None else None
    guid = item.get("guid")
    if url is None and guid is not None and is_web_link(guid):
        url = guid
    return Found(
        text=text,
        marks=marks,
        id=guid,
        title=words_of(_child(content, "headline"))
        or words_of(_child(meta, "title"))
        or (inner.title if inner else None),
        source=_name(_child(meta, "provider")) or _name(_child(content, "infosource")),
        author=_author(content) or (inner.author if inner else None),
        url=url,
        published=_published(item, meta, content) or (inner.published if inner else None),
    )


def _content(contents: _Element | None) -> tuple[str, Mapping[str, SpanKind], Found | None]:
    """The text of the first form of the content that has one."""
    for part in () if contents is None else contents:
        name = local_name(part)
        if name == "inlinedata":
            text, marks = _inline_data(part)
        elif name == "inlinexml" and len(part):
            child = next(found for found in part if local_name(found))
            if local_name(child) == "nitf":
                inner = next(found_in_nitf(child))
                return inner.text, inner.marks, inner
            body = next((found for found in part.iter() if local_name(found) == "body"), child)
            text, marks = text_of_elements([body])
        else:
            continue
        if text.strip():
            return text, marks, None
    return "", {}, None


def _inline_data(part: _Element) -> Marked:
    text = part.text or ""
    is_markup = "html" in (part.get("contenttype") or "") or re.match(r"\s*<", text)
    return text_of_fragment(text) if is_markup else (text.strip(), {})


def _author(content: _Element | None) -> str | None:
    byline = words_of(_child(content, "by"))
    if byline:
        return re.sub(r"^by\s+", "", byline, flags=re.IGNORECASE)
    names = [_name(found) for found in _children(content, "creator")]
    return ", ".join(name for name in names if name) or None


def _published(
    item: _Element, meta: _Element | None, content: _Element | None
) -> datetime.date | None:
    """When it came out first; a later version's own date is one of change."""
    is_first = item.get("version", "1") == "1"
    for found in (
        _child(meta, "firstcreated"),
        _child(content, "contentcreated"),
        _child(meta, "versioncreated") if is_first else None,
    ):
        if date := parse_date(words_of(found) or ""):
            return date
    return None


def _name(element: _Element | None) -> str | None:
    """Its name in words; a code alone, such as "nprov:AFP", names it for machines."""
    if element is None:
        return None
    named = words_of(_child(element, "name"))
    return named or element.get("literal")


def _child(parent: _Element | None, name: str, rel: str | None = None) -> _Element | None:
    found = _children(parent, name)
    return next((item for item in found if rel is None or item.get("rel") == rel), None)


def _children(parent: _Element | None, name: str) -> Iterator[_Element]:
    for child in () if parent is None else parent:
        if local_name(child) == name:
            yield child
