"""The lines of a page or record, and what each of them is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.line_rules import LineRule, Place, match_rule
from index.types import SpanKind

_TERMINAL = re.compile(r"[.!?…。！？][\"”’')\]»]*$")
_FULL_STOP = re.compile(r"(?<![.…])(?<!\b[A-Z])[.。][\"”’')\]»]*$")
_IS_LABELLED = re.compile(
    r"(?:first |originally |last )?(?:published|posted|updated)", re.IGNORECASE
)
_RULED = re.compile(r"[=─━═]{5,}|[-_]{10,}")
_MAX_HEADLINE_CHARS = 220
_MAX_HEADLINE_WORDS = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, without the white space around it.

    ``gap`` counts the blank lines above; ``rule`` and ``match`` tell what marks it, ``kind`` as
    what. A line without a kind is body text.
    """

    start: int
    end: int
    text: str
    gap: int
    kind: SpanKind | None = None
    rule: LineRule | None = None
    match: re.Match[str] | None = None

    @property
    def folded(self) -> str:
        """The words alone, so that a repeated line is known again."""
        return " ".join(re.findall(r"\w+", self.text.casefold()))


def read_lines(text: str) -> list[Line]:
    """The lines of a text that are not blank."""
    lines = []
    start = gap = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            begin = start + raw.index(stripped)
            lines.append(Line(begin, begin + len(stripped), stripped, gap))
            gap = 0
        else:
            gap += 1
        start += len(raw) + 1
    return lines


def is_ruled(line: Line) -> bool:
    """Whether a line is nothing but a drawn rule."""
    return _RULED.fullmatch(line.text) is not None


def looks_like_headline(line: Line) -> bool:
    """Whether the words alone could be a headline: short, one statement, no full stop."""
    text = line.text
    words = text.split()
    if len(text) > _MAX_HEADLINE_CHARS or len(words) > _MAX_HEADLINE_WORDS:
        return False
    if _FULL_STOP.search(text) or text[-1] in ",;:-–—" or text[0] in "-–—•*·":
        return False
    letters = [char for char in text if char.isalnum()][:2]
    # A product's name may begin small: iPhone, eBay.
    return bool(letters) and not (letters[0].islower() and not letters[-1].isupper())


def prose_places(lines: Sequence[Line]) -> list[int]:
    """Which lines are paragraphs of prose, or parts of hard-wrapped ones."""
    places = []
    block_start = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or lines[place].gap:
            places += _prose_in_block(lines, block_start, place)
            block_start = place
    return places


def _prose_in_block(lines: Sequence[Line], first: int, last: int) -> list[int]:
    prose = [
        place
        for place in range(first, last)
        if is_prose(lines[place].text) and _is_unmarked(lines[place])
    ]
    if prose or last - first < 2:
        return prose
    unmarked = [place for place in range(first, last) if _is_unmarked(lines[place])]
    whole = " ".join(lines[place].text for place in unmarked)
    return unmarked if len(whole.split()) >= 20 and _TERMINAL.search(whole) else []


def _is_unmarked(line: Line) -> bool:
    return match_rule(line.text, frozenset({Place.ANYWHERE, Place.HEAD})) is None


def is_prose(text: str) -> bool:
    """Whether a line reads as a paragraph of prose: a sentence of some length, or many words."""
    words = len(text.split())
    # Scripts without spaces are judged by their length.
    has_enough = words >= 8 or (not text.isascii() and len(text) >= 25 and words <= len(text) // 12)
    if words >= 40 or (has_enough and _FULL_STOP.search(text)):
        return True
    # Headlines ask, shout and trail off as well; they do not go on for so long.
    return words > _MAX_HEADLINE_WORDS and _TERMINAL.search(text) is not None


def marked_lines(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """The lines with their kinds, by the table of rules and by what stands around them.

    Beside them, how many stand above the first paragraph of prose and its byline.
    """
    prose = prose_places(lines)
    head = _head_end(lines, prose)
    tail = prose[-1] + 1 if prose else len(lines)
    marked = [_by_rule(line, _places(i, head, tail)) for i, line in enumerate(lines)]
    marked = _with_company(marked, head, tail)
    marked = _with_blocks(marked, tail)
    return _with_captions(marked, head), head


def _head_end(lines: Sequence[Line], prose: Sequence[int]) -> int:
    """A stand-first may end in a full stop: a byline right below it still belongs to the head."""
    if not prose:
        return len(lines)
    first = prose[0]
    after = first + 1
    if first and after < len(lines) and len(lines[first].text.split()) <= 40:
        found = match_rule(lines[after].text, frozenset({Place.HEAD}))
        if found and opens_article(found):
            return next((place for place in prose if place > after), len(lines))
    return first


def opens_article(found: tuple[LineRule, re.Match[str]]) -> bool:
    """Whether a byline names its writer, or its date says that it is the day of publication.

    Sub-heads of a chronology have bare dates below them, too.
    """
    rule, match = found
    if rule.kind is not SpanKind.BYLINE:
        return False
    return rule.name in ("byline", "name and date") or _IS_LABELLED.match(match[0]) is not None


def _places(place: int, head: int, tail: int) -> frozenset[Place]:
    places = {Place.ANYWHERE}
    if place < head:
        places |= {Place.HEAD, Place.EDGE}
    if place >= tail:
        places.add(Place.EDGE)
    return frozenset(places)


def _by_rule(line: Line, places: frozenset[Place]) -> Line:
    found = match_rule(line.text, places)
    if found is None:
        return line
    return replace(line, kind=found[0].kind, rule=found[0], match=found[1])


def _with_company(lines: list[Line], head: int, tail: int) -> list[Line]:
    """Lines that are boilerplate only beside other boilerplate: buttons, counts, addresses."""
    company = [
        match_rule(line.text, frozenset({Place.COMPANY})) if line.kind is None else None
        for line in lines
    ]
    result = list(lines)
    place = 0
    while place < len(lines):
        end = place
        while end < len(lines) and company[end]:
            end += 1
        if end > place:
            around = [lines[near] for near in (place - 1, end) if 0 <= near < len(lines)]
            worded = sum(not lines[i].text.isdigit() for i in range(place, end))
            is_at_edge = end <= head or place >= tail
            if (is_at_edge and worded > 1) or any(
                line.kind is SpanKind.BOILERPLATE for line in around
            ):
                for i in range(place, end):
                    result[i] = replace(lines[i], kind=SpanKind.BOILERPLATE)
        place = max(end, place + 1)
    return result


def _with_blocks(lines: list[Line], tail: int) -> list[Line]:
    """What a line below the article makes of the lines beside it.

    A newsletter call takes its whole block along, "Related stories" all that follows.
    """
    result = list(lines)
    is_listing = False
    taken = range(0)
    for place in range(tail, len(lines)):
        rule = lines[place].rule
        is_listing = is_listing or (rule is not None and rule.name == "related")
        if is_listing and lines[place].kind is None:
            result[place] = replace(lines[place], kind=SpanKind.BOILERPLATE)
        is_call = rule is not None and rule.name.startswith("newsletter")
        if is_call and place not in taken:
            taken = _block(lines, place, tail)
            for near in taken:
                if lines[near].kind is None:
                    result[near] = replace(lines[near], kind=SpanKind.BOILERPLATE)
    return result


def _block(lines: Sequence[Line], place: int, lowest: int) -> range:
    first = last = place
    while first > lowest and lines[first].gap == 0:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].gap == 0:
        last += 1
    return range(first, last + 1)


def _with_captions(lines: list[Line], head: int) -> list[Line]:
    """Captions once each; what repeats them is boilerplate."""
    result = list(lines)
    seen: set[str] = set()
    body = [place for place, line in enumerate(lines) if line.kind is not SpanKind.BOILERPLATE]
    for place, line in enumerate(lines):
        if line.kind is SpanKind.CAPTION:
            assert line.rule is not None
            # At the end of an article it signs the report off: (Reuters)
            if line.rule.name == "agency in brackets" and place == body[-1] and len(body) > 2:
                result[place] = replace(line, kind=None)
            elif line.folded in seen:
                result[place] = replace(line, kind=SpanKind.BOILERPLATE)
            seen.add(line.folded)
        elif line.kind is None and place + 1 < head and _is_doubled(lines, place):
            # A picture's alternative text and its caption, one below the other.
            result[place] = replace(line, kind=SpanKind.CAPTION)
            result[place + 1] = replace(lines[place + 1], kind=SpanKind.BOILERPLATE)
    return result


def _is_doubled(lines: Sequence[Line], place: int) -> bool:
    line, below = lines[place], lines[place + 1]
    return place > 0 and len(line.text) >= 40 and line.folded == below.folded
