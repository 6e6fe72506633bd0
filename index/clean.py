"""Pasted news pages: where each article stands, what it tells of itself, and its marks."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

from index.dates import FULL_DATE, day_and_month, find_dates
from index.line_rules import Place, match_rule
from index.marking import (
    Line,
    is_prose,
    is_ruled,
    looks_like_headline,
    marked_lines,
    opens_article,
    prose_places,
    read_lines,
)
from index.types import Span, SpanKind

# "CAIRO, January 30, 2023 (Agency) -- ", the first words of a report.
_DATELINE = re.compile(
    rf"[A-Z]{{3,}}[^a-z\n]{{0,40}}[\w., ]{{0,30}}?[,(]\s*(?P<date>(?i:{FULL_DATE}))\)?,?\s*"
    r"(?:\([^)]{2,40}\)\s*)?[-–—:]",
)
_HEAD_RULES = frozenset({Place.ANYWHERE, Place.HEAD})
_ANY_RULES = frozenset(Place)
# How far below a headline its own lines may reach.
_MAX_HEAD_LINES = 12
_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})


@dataclass(frozen=True, slots=True)
class PageArticle:
    """One article found on a page: ``page[start:end]``, with its marks counted from ``start``."""

    start: int
    end: int
    title: str | None
    source: str | None
    author: str | None
    url: str | None
    published: datetime.date | None
    spans: tuple[Span, ...]


def articles_in_page(text: str) -> tuple[PageArticle, ...]:
    """The articles of a pasted page, one below the other; together they hold the whole text.

    What a page does not tell is None.
    """
    lines = read_lines(text)
    cuts = [0, *(lines[place].start for place in _article_starts(lines)), len(text)]
    return tuple(_read_stretch(text, start, end) for start, end in pairwise(cuts))


def read_record_text(
    text: str, title: str | None, marks: Mapping[str, SpanKind] | None = None
) -> PageArticle:
    """The text of a record that is one article whatever it holds, and perhaps has its headline.

    `marks` tells what lines are of which the record itself says so, white space in them folded.
    """
    return _read_stretch(text, 0, len(text), title, marks or {})


def host_of(url: str | None) -> str | None:
    """The host of a link without ``www.``, the outlet where nothing better names it."""
    if url is None:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") or None if host else None


# What links carry to tell who sent a reader, and not which page is meant.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|cmpid|ns_\w+|at_(?:medium|campaign)"
    r"|ref_src|ref_url|smid|ocid|__twitter_impression",
    re.IGNORECASE,
)


def canonical_url(url: str | None) -> str | None:
    """A link in the one form that names its page, for telling two copies of a page apart.

    Scheme and host in lower case; without a fragment and without what only tracks a reader.

    >>> canonical_url("HTTPS://Example.com/a?id=2&utm_source=x#top")
    'https://example.com/a?id=2'
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(
        field
        for field in parts.query.split("&")
        if field and not _TRACKING.fullmatch(field.partition("=")[0])
    )
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, ""))


def _read_stretch(
    page: str,
    start: int,
    end: int,
    title: str | None = None,
    marks: Mapping[str, SpanKind] = MappingProxyType({}),
) -> PageArticle:
    text = page[start:end]
    lines, head = marked_lines(read_lines(text))
    if marks:
        lines = [_as_told(line, marks) for line in lines]
    url = _told(lines, "url")
    source, lines = _site_name(lines, head, host_of(url))
    if title is None:
        place = _headline_place(lines, head)
        title = None if place is None else _title(lines[place])
    lines = _with_headlines(lines, title)
    return PageArticle(
        start=start,
        end=end,
        title=title,
        source=source or _told(lines, "source") or host_of(url),
        author=_told(lines, "author"),
        url=url,
        published=_published(lines, head, url),
        spans=tuple(Span(line.start, line.end, line.kind) for line in lines if line.kind),
    )


def _as_told(line: Line, marks: Mapping[str, SpanKind]) -> Line:
    kind = marks.get(" ".join(line.text.split()))
    return line if kind is None or line.kind is SpanKind.BOILERPLATE else replace(line, kind=kind)


def _told(lines: Iterable[Line], field: str) -> str | None:
    """What the first line that tells a field says."""
    for line in lines:
        if line.match is not None and line.kind is not None:
            value = line.match.groupdict().get(field)
            if value:
                return " ".join(value.split()).rstrip(",|·•–—- ")
    return None


def _site_name(lines: list[Line], head: int, host: str | None) -> tuple[str | None, list[Line]]:
    """The outlet's own name above the headline, known by the page's host."""
    if host is None:
        return None, lines
    labels = host.split(".")[:-1]
    while len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    wanted = _folded_site(labels[-1]) if labels else ""
    for place, line in enumerate(lines[:head]):
        if line.kind is None and wanted and _folded_site(line.text) == wanted:
            named = replace(line, kind=SpanKind.BOILERPLATE)
            return line.text, [*lines[:place], named, *lines[place + 1 :]]
    return None, lines


def _folded_site(name: str) -> str:
    return "".join(re.findall(r"\w+", name.casefold())).removeprefix("the")


def _headline_place(lines: Sequence[Line], head: int) -> int | None:
    """The headline: a line repeated in the head, else the first that looks like one."""
    unmarked = [place for place in range(head) if lines[place].kind is None]
    for place in unmarked[:3]:
        below = unmarked[:_MAX_HEAD_LINES]
        is_twin = any(o > place and lines[o].folded == lines[place].folded for o in below)
        if is_twin and looks_like_headline(lines[place]):
            return place
    for number, place in enumerate(unmarked):
        if not looks_like_headline(lines[place]) or not _stands_alone(lines, place):
            return None
        next_words = [len(lines[o].text.split()) for o in unmarked[number + 1 : number + 2]]
        if len(lines[place].text.split()) == 1 and max(next_words, default=0) >= 4:
            continue  # the name of a section or a site above the headline
        return place if _has_text_below(lines, place) else None
    return None


def _stands_alone(lines: Sequence[Line], place: int) -> bool:
    """Whether the line below is not simply the next line of a hard-wrapped text or a poem."""
    if place + 1 >= len(lines) or lines[place + 1].gap:
        return True
    line, below = lines[place], lines[place + 1]
    if below.kind is not None or len(below.text) >= max(120, 2 * len(line.text)):
        return True
    block = [line]
    for other in lines[place + 1 :]:
        if other.gap:
            break
        block.append(other)
    width = max(len(other.text) for other in block)
    has_room = len(line.text) + 1 + len(below.text.split()[0]) <= width
    return has_room and is_prose(below.text) and not below.text[0].islower()


def _has_text_below(lines: Sequence[Line], place: int) -> bool:
    return any(
        line.kind is None
        and (len(line.text.split()) >= 8 or re.search(r"[.!?…。！？][\"”’')\]]*$", line.text))
        for line in lines[place + 1 :]
    )


def _title(line: Line) -> str | None:
    return " ".join(re.sub(r"^#+\s+", "", line.text).split()) or None


def _with_headlines(lines: list[Line], title: str | None) -> list[Line]:
    if title is None:
        return lines
    folded = " ".join(re.findall(r"\w+", title.casefold()))
    return [
        replace(line, kind=SpanKind.HEADLINE)
        if line.kind is None and folded and line.folded == folded
        else line
        for line in lines
    ]


def _published(lines: Sequence[Line], head: int, url: str | None) -> datetime.date | None:
    """The day told by a date line, a byline or the dateline; a year only where it is told."""
    told = [
        line.match["date"]
        for line in lines
        if line.kind is SpanKind.BYLINE and line.match and line.match.groupdict().get("date")
    ]
    for value in told:
        for found in find_dates(value):
            return found.date
    body = next((line for line in lines[head:] if line.kind is None), None)
    if body and (dateline := _DATELINE.match(body.text)):
        for found in find_dates(dateline["date"]):
            return found.date
    for value in told:
        if (partial := day_and_month(value)) is not None:
            return _year_from_evidence(*partial, lines, head, url)
    return None


def _year_from_evidence(
    day: int, month: int, lines: Sequence[Line], head: int, url: str | None
) -> datetime.date | None:
    """The one full date with this day and month near the article, or the article's latest."""
    near = [line.text for place, line in enumerate(lines) if place < head or line.kind]
    if url is not None:
        near.append(url.replace("/", " ").replace(" ", "/"))
    same = _same_days(near, day, month)
    if len(same) == 1:
        return same.pop()
    if same:
        return None
    texts = [line.text for line in lines]
    same = _same_days(texts, day, month)
    # An anniversary names its day in an earlier year: the year must be the latest one told.
    years = {int(year) for text in texts for year in re.findall(r"\b(?:19|20)\d\d\b", text)}
    if len(same) == 1 and (date := same.pop()).year == max(years):
        return date
    return None


def _same_days(texts: Iterable[str], day: int, month: int) -> set[datetime.date]:
    dates = {found.date for text in texts for found in find_dates(text)}
    return {date for date in dates if (date.day, date.month) == (day, month)}


def _article_starts(lines: Sequence[Line]) -> list[int]:
    """Where further articles begin below the first."""
    prose = prose_places(lines)
    if not prose:
        return []
    starts: list[int] = []
    headline = _first_headline(lines, prose[0])
    link_first = _has_link(lines[: prose[0]])
    # A headline stands between the last paragraph of one article and the first of the next.
    for above, below in pairwise(prose):
        if below - above < 2:
            continue
        place = _opening(lines, above, below, headline)
        if place is None:
            continue
        headline = lines[place].folded
        links = [other for other in range(above + 1, place) if _is_link(lines[other])]
        starts.append(links[0] if link_first and links else place)
    return starts


def _opening(lines: Sequence[Line], above: int, below: int, headline: str) -> int | None:
    for place in range(max(above + 1, below - _MAX_HEAD_LINES), below):
        line = lines[place]
        if line.gap and line.folded != headline and _opens(lines, above, place, below):
            return place
    return None


def _first_headline(lines: Sequence[Line], first_prose: int) -> str:
    head, _ = marked_lines(lines[: first_prose + 1])
    place = _headline_place(head, first_prose)
    return "" if place is None else lines[place].folded


def _opens(lines: Sequence[Line], last_prose: int, place: int, next_prose: int) -> bool:
    """Whether a line is the headline of a new article, by more than its looks."""
    line = lines[place]
    if len(line.text.split()) < 3 or not looks_like_headline(line) or _is_work(line):
        return False
    if match_rule(line.text, _ANY_RULES - {Place.COMPANY}) is not None:
        return False
    below = lines[place + 1 : next_prose]
    if _is_repeated_under_photo(line, below):
        return True
    if any(map(_is_work, below[:2])):
        return False
    found = [match_rule(other.text, _HEAD_RULES) for other in below[:3]]
    if any(pair is not None and opens_article(pair) for pair in found):
        return True
    between = lines[last_prose + 1 : place]
    if _has_link(between) or any(map(is_ruled, between)):
        return True
    kinds = {pair[0].kind for pair in found if pair is not None}
    return line.gap >= 2 and bool(kinds & {SpanKind.CAPTION, SpanKind.BYLINE})


def _is_work(line: Line) -> bool:
    """Whether a line names a book or a film, whose writer stands below like a reporter."""
    return re.fullmatch(r"[“\"‘'].*[”\"’']", line.text) is not None


def _is_repeated_under_photo(line: Line, below: Sequence[Line]) -> bool:
    """Whether the line stands again below with a picture's lines or buttons between."""
    again = next((p for p, other in enumerate(below) if other.folded == line.folded), None)
    if not again:
        return False
    counts = Counter(other.folded for other in below[:again])
    plain = [
        other
        for other in below[:again]
        if counts[other.folded] == 1 and match_rule(other.text, _ANY_RULES) is None
    ]
    # One stand-first at most.
    return len(plain) <= 1 and again > len(plain)


def _has_link(lines: Sequence[Line]) -> bool:
    return any(map(_is_link, lines))


def _is_link(line: Line) -> bool:
    found = match_rule(line.text, frozenset({Place.ANYWHERE}))
    return found is not None and found[0].name == "retrieved from"
