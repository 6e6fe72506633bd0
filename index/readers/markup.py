"""HTML and XML elements that are all article, into paragraphs of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from index.readers.source import UnreadableError, reason_of
from index.types import SpanKind

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement, HTMLParser

# A text, and what those of its lines are that are not body; white space in them is folded.
Marked = tuple[str, Mapping[str, SpanKind]]
_LEFT_OUT = frozenset(
    "script style noscript template iframe svg button form nav select head object"
    " media-metadata".split()
)
# NITF's own among them: hedline, lede and the like are paragraphs, too.
_BLOCKS = frozenset(
    "p div section article header footer main aside blockquote pre h1 h2 h3 h4 h5 h6 ul ol li dl dt"
    " dd table tr figure figcaption body html hr hl1 hl2 block bq note media media-caption"
    " byline byttl dateline distributor tagline address center".split()
)
_MARKS = {
    "figcaption": SpanKind.CAPTION,
    "media-caption": SpanKind.CAPTION,
    "byline": SpanKind.BYLINE,
    "distributor": SpanKind.BYLINE,
    "dateline": SpanKind.BYLINE,
    "tagline": SpanKind.BYLINE,
}
_BREAK = "\x1f"
# The parser compares each attribute with all others of its tag: 40,000 take 2 s, 500,000 minutes.
MAX_ATTRIBUTES = 10_000
MAX_TAGS = 1_000_000
_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
_TAGS = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|<[a-z][^\s/>]*+(?:[\s/]++|{_ATTRIBUTE})*+",
    re.IGNORECASE | re.DOTALL,
)


def parsed_page(page: str) -> HtmlElement:
    """The root of a page, without comments.

    Raises
    ------
    UnreadableError
        It is no page, or asks for more than one does.
    """
    return _parsed(page, lambda html, parser: html.document_fromstring(page, parser=parser))


def text_of_fragment(markup: str) -> Marked:
    """The text of a piece of HTML, its blocks apart by a blank line, and what its lines are.

    Raises
    ------
    UnreadableError
        It asks for more than a page does.
    """
    markup = re.sub(r"<\?xml[^>]*\?>", "", markup)
    if not markup.strip():
        return "", {}
    root = _parsed(
        markup,
        lambda html, parser: html.fragment_fromstring(markup, create_parent="div", parser=parser),
    )
    return text_of_elements([root])


def _parsed(markup: str, parse: Callable[[ModuleType, HTMLParser], HtmlElement]) -> HtmlElement:
    from lxml import etree, html

    _check_tags(markup)
    # Without the library's own limits on depth and size, at which it drops what follows.
    parser = html.HTMLParser(no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = parse(html, parser)
    except (etree.ParserError, ValueError) as error:
        raise UnreadableError(f"it is not a page ({reason_of(error)}); save it anew") from error
    for entry in parser.error_log:
        if entry.type_name == "ERR_RESOURCE_LIMIT":
            raise UnreadableError(
                f"it is not built like a page ({' '.join(entry.message.split())}); save the"
                " article alone"
            )
    return root


def _check_tags(markup: str) -> None:
    """Make sure that tags keep the parser busy for seconds, not for minutes."""
    if markup.count("<") > MAX_TAGS:
        raise UnreadableError(
            f"it has more than {MAX_TAGS:,} tags, the most for one page; save the article alone"
        )
    for tag in _TAGS.finditer(markup):
        if len(tag[0]) <= 2 * MAX_ATTRIBUTES or tag[1] is not None or tag[0].startswith("<!"):
            continue
        n = sum(1 for _ in re.finditer(_ATTRIBUTE, tag[0]))
        if n > MAX_ATTRIBUTES:
            raise UnreadableError(
                f"a tag in it has {n:,} attributes, more than the {MAX_ATTRIBUTES:,} read; save"
                " the article alone"
            )


def text_of_elements(roots: Iterable[_Element]) -> Marked:
    """The text of elements, their blocks apart by a blank line, and what its lines are."""
    blocks: list[str] = []
    marks: dict[str, SpanKind] = {}
    for root in roots:
        for block, kind in _blocks(root):
            blocks.append(block)
            if kind is not None:
                marks |= dict.fromkeys((" ".join(line.split()) for line in block.split("\n")), kind)
    return "\n\n".join(blocks), marks


def words_of(element: _Element | None) -> str | None:
    """An element's whole text in one line; None if there is none."""
    if element is None:
        return None
    return " ".join("".join(map(str, element.itertext())).split()) or None


def local_name(element: _Element) -> str:
    """An element's name without its namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].casefold() if isinstance(tag, str) else ""


def _blocks(root: _Element) -> Iterator[tuple[str, SpanKind | None]]:
    pieces: list[str] = []
    kind: SpanKind | None = None
    for piece, piece_kind in _pieces(root):
        if piece == _BREAK:
            if block := _tidy(pieces):
                yield block, kind
            pieces, kind = [], None
        else:
            pieces.append(piece)
            kind = kind or (piece_kind if piece.strip() else None)
    if block := _tidy(pieces):
        yield block, kind


def _pieces(root: _Element) -> Iterator[tuple[str, SpanKind | None]]:
    """Stretches of text and breaks between blocks; not recursive, since markup may be deep."""
    stack: list[tuple[_Element, SpanKind | None, bool]] = [(root, None, False)]
    while stack:
        element, kind, is_end = stack.pop()
        name = local_name(element)
        if is_end:
            if name in _BLOCKS:
                yield _BREAK, None
            if element is not root and element.tail:
                yield re.sub(r"\s+", " ", element.tail), kind
            continue
        inside = _MARKS.get(name, kind)
        if name in _BLOCKS:
            yield _BREAK, None
        if name == "br":
            yield "\n", kind
        if name in ("td", "th"):
            yield " ", kind
        stack.append((element, kind, True))
        if name and name not in _LEFT_OUT:
            if element.text:
                yield re.sub(r"\s+", " ", element.text), inside
            stack.extend((child, inside, False) for child in reversed(element))


def _tidy(pieces: list[str]) -> str:
    lines = "".join(pieces).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()
