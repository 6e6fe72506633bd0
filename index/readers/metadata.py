"""What a web page tells of its article: JSON-LD first, then OpenGraph and its like, then tags."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from index.clean import host_of
from index.dates import parse_date
from index.readers.markup import words_of
from index.readers.records import is_web_link

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATE_METAS = (
    "article:published_time og:article:published_time parsely-pub-date sailthru.date datepublished"
    " dc.date.issued dcterms.issued dc.date dc.date.created pubdate publishdate publish-date"
    " publication_date date article.published citation_publication_date"
    " cxenseparse:recs:publishtime"
).split()
_AUTHOR_METAS = "author article:author parsely-author byl dc.creator sailthru.author".split()
_ARTICLE = re.compile(r"(?:.*Article|.*NewsArticle|BlogPosting|LiveBlogPosting|Report)$")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page tells; None where it does not. ``published`` is never a day of change."""

    title: str | None
    source: str | None
    author: str | None
    url: str | None
    published: datetime.date | None


def metadata_of(tree: HtmlElement, base_url: str | None = None) -> PageMetadata:
    """What the page tells of its article; `base_url` is where it was saved from."""
    metas = _metas(tree)
    data = _article_data(tree)
    url = _url(tree, metas, data, base_url)
    return PageMetadata(
        title=_title(tree, metas, data),
        source=_source(metas, data, url),
        author=_author(tree, metas, data),
        url=url,
        published=_published(tree, metas, data),
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            found.setdefault(name.strip().casefold(), content)
    return found


def _article_data(tree: HtmlElement) -> dict[str, Any]:
    """The first JSON-LD object that is an article."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        text = re.sub(
            r"^\s*(?:<!--|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>)\s*$", "", script.text or ""
        )
        try:
            # Line breaks inside strings are common, and other readers allow them.
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _objects(value, 0):
            types = item.get("@type")
            names = types if isinstance(types, list) else [types]
            if any(isinstance(name, str) and _ARTICLE.fullmatch(name) for name in names):
                return item
    return {}


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(name), depth + 1)


def _title(tree: HtmlElement, metas: dict[str, str], data: dict[str, Any]) -> str | None:
    told = _line(data.get("headline")) or metas.get("og:title") or metas.get("twitter:title")
    headings = [words for heading in tree.iter("h1") if (words := words_of(heading))]
    if len(headings) == 1 and (told is None or told.startswith(headings[0])):
        return headings[0]  # "Headline | The Courier" in the metadata
    if told or headings:
        return told or headings[0]
    return words_of(next(tree.iter("title"), None))


def _source(metas: dict[str, str], data: dict[str, Any], url: str | None) -> str | None:
    told = metas.get("og:site_name") or _names(data.get("publisher"))
    return told or metas.get("application-name") or host_of(url)


def _author(tree: HtmlElement, metas: dict[str, str], data: dict[str, Any]) -> str | None:
    told = [_names(data.get("author")), *(metas.get(name) for name in _AUTHOR_METAS)]
    told += [_named_in_byline(tree)]
    told += [words_of(found) for found in _with(tree, "rel", "author")[:1]]
    told += [words_of(found) for found in _with(tree, "itemprop", "author")[:1]]
    for name in told:
        # Some put the address of a profile there.
        if name and not is_web_link(name):
            return re.sub(r"^by\s+", "", name, flags=re.IGNORECASE) or None
    return None


def _named_in_byline(tree: HtmlElement) -> str | None:
    """A page's byline names all writers, its links to their profiles perhaps only some."""
    for found in tree.iter("p", "div", "span", "address"):
        if "byline" in (found.get("class") or "").casefold():
            named = re.fullmatch(r"(?:by|By|BY)\s+([^\d|•·]{3,120})", words_of(found) or "")
            if named:
                return named[1].strip(" ,")
    return None


def _url(
    tree: HtmlElement, metas: dict[str, str], data: dict[str, Any], base_url: str | None
) -> str | None:
    links = [link.get("href") for link in tree.iter("link") if _has(link, "rel", "canonical")]
    entity = data.get("mainEntityOfPage")
    page = entity.get("@id") if isinstance(entity, dict) else entity
    base = next((found.get("href") for found in tree.iter("base")), None) or base_url
    found = []
    for value in (*links, metas.get("og:url"), data.get("url"), page, base_url):
        if isinstance(value, str) and value.strip():
            link = _joined(base, value.strip())
            if is_web_link(link):
                found.append(link)
    # Some sites call their front page the canonical link of every page.
    deep = [link for link in found if urlsplit(link).path.strip("/")]
    return next(iter(deep or found), None)


def _joined(base: str | None, link: str) -> str:
    try:
        return urljoin(base, link) if base else link
    except ValueError:
        return link


def _published(
    tree: HtmlElement, metas: dict[str, str], data: dict[str, Any]
) -> datetime.date | None:
    values = [_line(data.get("datePublished")), *(metas.get(name) for name in _DATE_METAS)]
    for found in _with(tree, "itemprop", "datePublished"):
        values += [found.get("datetime"), found.get("content"), words_of(found)]
    for value in values:
        if value and (date := parse_date(value)):
            return date
    return _from_time_tags(tree)


def _from_time_tags(tree: HtmlElement) -> datetime.date | None:
    """The day in the page's <time> tags: of publication where one says so, else the only one."""
    heading = next(tree.iter("h1"), None)
    article = None if heading is None else next(heading.iterancestors("article"), None)
    scope = tree if article is None else article  # the stories beside it have their own days
    tags = [tag for tag in scope.iter("time") if not _is_of_change(tag)]
    dates = [date for tag in tags if (date := parse_date(tag.get("datetime") or ""))]
    for tag in tags:
        is_named = tag.get("pubdate") is not None or "publish" in (tag.get("class") or "")
        if is_named and (date := parse_date(tag.get("datetime") or "")):
            return date
    return dates[0] if len(set(dates)) == 1 else None


def _is_of_change(tag: HtmlElement) -> bool:
    parent = tag.getparent()
    around = "" if parent is None else f"{parent.get('class', '')} {parent.text or ''}"
    told = f"{tag.get('itemprop', '')} {tag.get('class', '')} {around}"
    return re.search(r"modif|updat|edited", told, re.IGNORECASE) is not None


def _with(tree: HtmlElement, attribute: str, value: str) -> list[HtmlElement]:
    return [
        found
        for found in tree.iter()
        if isinstance(found.tag, str) and _has(found, attribute, value)
    ]


def _has(element: HtmlElement, attribute: str, value: str) -> bool:
    return value.casefold() in (element.get(attribute) or "").casefold().split()


def _line(value: Any) -> str | None:
    import html

    return " ".join(html.unescape(value).split()) or None if isinstance(value, str) else None


def _names(value: Any) -> str | None:
    items = value if isinstance(value, list) else [value]
    names = [_line(item.get("name") if isinstance(item, dict) else item) for item in items]
    return ", ".join(name for name in names if name) or None
