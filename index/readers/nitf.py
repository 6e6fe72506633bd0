"""NITF, the news industry's XML for one story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.dates import parse_date
from index.readers.article import Found
from index.readers.markup import local_name, text_of_elements, words_of

if TYPE_CHECKING:
    from lxml.etree import _Element


def found_in_nitf(root: _Element) -> Iterator[Found]:
    """The one story of an NITF document."""
    head, body = _first(root, "head"), _first(root, "body")
    story = [
        part
        for name in ("body.head", "body.content", "body.end")
        if (part := _first(body, name)) is not None
    ]
    text, marks = text_of_elements(story)
    issue = _first(head, "date.issue")
    pubdata = _first(head, "pubdata")
    yield Found(
        text=text,
        marks=marks,
        id=_attribute(_first(head, "doc-id"), "id-string"),
        title=words_of(_first(body, "hl1"))
        or words_of(_first(body, "hedline"))
        or words_of(_first(head, "title")),
        source=_attribute(pubdata, "name")
        or words_of(_first(body, "distributor"))
        or _attribute(_first(head, "doc.copyright"), "holder"),
        author=_author(_first(body, "byline")),
        url=_attribute(pubdata, "ex-ref"),
        published=parse_date(_attribute(pubdata, "date.publication") or "")
        or parse_date(_attribute(issue, "norm") or ""),
    )


def _author(byline: _Element | None) -> str | None:
    """The person it names, without the title that may stand beside (<byttl>)."""
    if byline is None:
        return None
    person = words_of(_first(byline, "person"))
    title = words_of(_first(byline, "byttl")) or ""
    words = person or (words_of(byline) or "").removesuffix(title)
    return re.sub(r"^by\s+", "", words.strip(" ,;"), flags=re.IGNORECASE) or None


def _first(root: _Element | None, name: str) -> _Element | None:
    if root is None:
        return None
    return next((found for found in root.iter() if local_name(found) == name), None)


def _attribute(element: _Element | None, name: str) -> str | None:
    return None if element is None else element.get(name)
