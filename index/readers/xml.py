"""XML files: feeds, NITF and NewsML-G2 told apart by their root; nothing in them is expanded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.readers.article import Found, make_article
from index.readers.feed import found_in_feed
from index.readers.markup import local_name
from index.readers.newsml import found_in_newsml
from index.readers.nitf import found_in_nitf
from index.readers.page import decode_page
from index.readers.source import MIB, Source, UnreadableError
from index.types import Article, Skipped

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_XML_BYTES = 64 * MIB
_READ = "NITF, NewsML-G2, RSS and Atom"
_OWN_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def read_xml(source: Source) -> Iterator[Article | Skipped]:
    """The articles of a feed or of a file in one of the news industry's formats."""
    root = parse_xml(source.read(MAX_XML_BYTES, "XML file"))
    name = local_name(root)
    found: Iterator[Found | UnreadableError]
    if name in ("rss", "rdf", "feed"):
        found = found_in_feed(root)
    elif name in ("nitf", "newsitem", "newsmessage", "packageitem"):
        found = found_in_nitf(root) if name == "nitf" else found_in_newsml(root)
    else:
        raise UnreadableError(f"its root is <{name}>; XML that is read is {_READ}")
    number = 0
    for number, item in enumerate(found, 1):
        if isinstance(item, UnreadableError):
            yield source.skipped(str(item), f"item {number}")
        elif item.text.replace("\x00", "").strip():
            yield make_article(source, item, number)
        else:
            yield source.skipped("it has no text", f"item {number}", is_fault=False)
    if not number:
        raise UnreadableError(f"there is no article in its <{name}>; give a file that has one")


def parse_xml(raw: bytes) -> _Element:
    """The root of an XML file without entities of its own.

    Raises
    ------
    UnreadableError
        It is broken, or declares entities, which can unfold to any size or name other files.
    """
    from lxml import etree

    text = decode_page(raw)
    if not text.strip():
        raise UnreadableError("the file is empty; put an article into it")
    if re.search(r"<!ENTITY", text, re.IGNORECASE):
        raise UnreadableError("it declares entities, which are never expanded; take them out")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    # HTML's names for characters are defined in a file that is not fetched.
    text = re.sub(r"&([A-Za-z]\w+);", _character, text)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"it is broken XML ({error.msg}); mend or export it anew") from error


def _character(match: re.Match[str]) -> str:
    return match[0] if match[1] in _OWN_ENTITIES else html.unescape(match[0])
