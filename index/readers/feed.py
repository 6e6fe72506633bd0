"""RSS and Atom feeds: one article an item, with the content that the feed carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from index.dates import parse_date
from index.readers.article import Found, found_or_fault
from index.readers.markup import Marked, local_name, text_of_elements, text_of_fragment, words_of
from index.readers.records import is_web_link
from index.readers.source import UnreadableError

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DC = "{http://purl.org/dc/elements/1.1/}"


def found_in_feed(root: _Element) -> Iterator[Found | UnreadableError]:
    """The items of a feed, in its order, or why one cannot be read."""
    name = local_name(root)
    if name == "feed":
        outlet = _words(root, "title")
        for entry in _children(root, "entry"):
            yield found_or_fault(partial(_entry, entry, outlet))
        return
    channel = next(_children(root, "channel"), None)
    outlet = None if channel is None else _words(channel, "title")
    # In RSS 1.0 the items stand beside the channel.
    for parent in (channel, root):
        for item in _children(parent, "item") if parent is not None else ():
            yield found_or_fault(partial(_item, item, outlet))


def _item(item: _Element, outlet: str | None) -> Found:
    encoded = item.find(_CONTENT)
    body = encoded if encoded is not None and words_of(encoded) else _child(item, "description")
    text, marks = _text(body)
    guid = _words(item, "guid")
    link = _words(item, "link") or (guid if guid and is_web_link(guid) else None)
    author = words_of(item.find(f"{_DC}creator")) or _words(item, "author")
    date = _words(item, "pubdate") or words_of(item.find(f"{_DC}date")) or ""
    return Found(
        text=text,
        marks=marks,
        id=guid,
        title=_words(item, "title"),
        source=_words(item, "source") or outlet,
        author=_person(author),
        url=link,
        published=parse_date(date),
    )


def _entry(entry: _Element, outlet: str | None) -> Found:
    content = _child(entry, "content")
    body = content if content is not None and words_of(content) else _child(entry, "summary")
    text, marks = _text(body)
    people = [_words(author, "name") for author in _children(entry, "author")]
    origin = _child(entry, "source")
    # <updated> is the day of the last change.
    date = _words(entry, "published") or ""
    return Found(
        text=text,
        marks=marks,
        id=_words(entry, "id"),
        title=_title(_child(entry, "title")),
        source=(_words(origin, "title") if origin is not None else None) or outlet,
        author=", ".join(name for name in people if name) or None,
        url=_alternate(entry),
        published=parse_date(date),
    )


def _text(body: _Element | None) -> Marked:
    if body is None:
        return "", {}
    if len(body):  # XHTML inside the XML itself
        return text_of_elements([body])
    text = body.text or ""
    is_markup = re.search(r"</?[a-zA-Z][^<>]*>|&\w+;", text)
    return text_of_fragment(text) if is_markup else (text.strip(), {})


def _title(title: _Element | None) -> str | None:
    words = words_of(title)
    if title is None or words is None or title.get("type") != "html":
        return words
    return " ".join(text_of_fragment(words)[0].split()) or None


def _person(author: str | None) -> str | None:
    """RSS wants "jane@courier.example (Jane Roe)"; an address alone names nobody."""
    if author is None:
        return None
    if named := re.fullmatch(r"\S+@\S+\s+\((.+)\)", author):
        return named[1]
    return None if re.fullmatch(r"\S+@\S+", author) else author


def _alternate(entry: _Element) -> str | None:
    for link in _children(entry, "link"):
        href = link.get("href")
        if href and link.get("rel", "alternate") == "alternate":
            return str(href)
    return None


def _words(parent: _Element, name: str) -> str | None:
    return words_of(_child(parent, name))


def _child(parent: _Element, name: str) -> _Element | None:
    return next(_children(parent, name), None)


def _children(parent: _Element, name: str) -> Iterator[_Element]:
    """The children of that name in the feed's own namespace: <media:title> is not the title."""
    own = {_namespace(parent), "http://www.w3.org/2005/Atom"}
    if _namespace(parent).startswith("http://www.w3.org/1999/02/22-rdf"):
        own.add("http://purl.org/rss/1.0/")
    for child in parent:
        if local_name(child) == name and _namespace(child) in own:
            if name == "link" and not (child.text or child.get("href")):
                continue
            yield child


def _namespace(element: _Element) -> str:
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""
