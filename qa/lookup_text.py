"""Quotes looked up, and timelines, as text that can be pasted from a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from qa.quote_types import Difference, QuoteLookup, QuoteMatch
from qa.terminal import entry, filled, nearest_lines
from qa.timeline import Timeline, TimelineEntry
from qa.types import Citation

_EXACTNESS = {
    "exact": "word for word",
    "same words": "the same words; punctuation, capitals, hyphens or words left out differ",
    "differs": "not word for word",
}
_KINDS = {
    "changed": "quoted “{quoted}”, printed “{printed}”",
    "missing": "printed, not quoted: “{printed}”",
    "added": "quoted, not printed: “{quoted}”",
    "left out": "left out: “{printed}”",
    "bracketed": "quoted “{quoted}”, printed “{printed}”",
}
_DATED_BY = {"sentence": "day named in the sentence", "published": "day of publication"}
_MARKS = tuple("\"“”„«»‘’'")
_CONCERNS = {"number": "a number differs", "negation": "a negation differs"}


def quote_text(lookup: QuoteLookup) -> str:
    """Where a quote stands, an entry for each article; nearest passages where it stands nowhere."""
    if not lookup.found:
        parts = [filled(f"{lookup.text} {lookup.n_searched:,} articles were searched.")]
        if lookup.nearest:
            parts += ["", "Nearest passages, which are not the quote:"]
            parts += [nearest_lines(hit) for hit in lookup.nearest]
        return "\n".join(parts)
    parts = [filled(lookup.text)]
    if lookup.is_common:
        parts.append(filled("So common a phrase does not tell one source."))
    for match in lookup.matches:
        parts += ["", *_match_lines(match)]
    n_more = lookup.n_articles - len(lookup.matches)
    if n_more:
        parts += ["", f"and {n_more:,} more; -k N shows N articles"]
    if lookup.n_independent_sources < lookup.n_articles:
        n = lookup.n_independent_sources
        noun = "source" if n == 1 else "sources"
        parts += ["", f"{n:,} independent {noun}; near-copies of one story count once"]
    return "\n".join(parts)


def timeline_text(timeline: Timeline) -> str:
    """The days, and under each the sentences with where they stand; oldest first."""
    if timeline.declined:
        parts = [filled(timeline.text)]
        if timeline.nearest:
            parts += ["", "Nearest passages, which are not about it:"]
            parts += [nearest_lines(hit) for hit in timeline.nearest]
        return "\n".join(parts)
    lines: list[str] = []
    previous = ""
    for each in (*timeline.entries, *timeline.undated):
        when = each.when + (", still to come then" if each.is_ahead else "")
        lines += ["", when] if when != previous else [""]
        lines += _entry_lines(each)
        previous = when
    return "\n".join(lines[1:])


def _entry_lines(told: TimelineEntry) -> Iterator[str]:
    for citation, dated_by in zip(told.citations, told.dated_by, strict=True):
        yield filled(f"{_in_marks(citation.quote)} [{citation.marker}]", indent="  ")
        source = [
            citation.title or "no headline",
            citation.source or "outlet not named",
            f"published {citation.published}" if citation.published else "undated",
            citation.url or citation.article_id,
            _DATED_BY[dated_by] if citation.published or dated_by == "sentence" else "",
            "from a photo caption" if citation.is_caption else "",
            f"also in {', '.join(_outlets(citation))}" if citation.also_in else "",
        ]
        yield filled(" · ".join(filter(None, source)), indent="    ")


def _outlets(citation: Citation) -> list[str]:
    pairs = zip(citation.also_in, citation.also_in_sources, strict=True)
    return list(dict.fromkeys(outlet or article_id for article_id, outlet in pairs))


def _match_lines(match: QuoteMatch) -> Iterator[str]:
    day = match.published.isoformat() if match.published else None
    source = ", ".join(filter(None, (match.author, match.source))) or None
    yield entry(f"[{match.marker}]", match.title, source, day, match.url or match.article_id)
    for sentence in match.sentences or match.places:
        yield filled(_in_marks(sentence.text), indent="    ")
    yield filled("; ".join(_remarks(match)), indent="    ")
    for difference in match.differences:
        yield filled(f"- {_difference(difference)}", indent="    ")


def _in_marks(text: str) -> str:
    """Printed words on one line, in quotation marks unless they have their own."""
    line = " ".join(text.split())
    return line if line[:1] in _MARKS or line[-1:] in _MARKS else f"“{line}”"


def _remarks(match: QuoteMatch) -> Iterator[str]:
    """How exactly, and where."""
    yield _EXACTNESS[match.exactness]
    yield from (_CONCERNS[each] for each in match.concerns)
    if match.words_left_out:
        noun = "word" if match.words_left_out == 1 else "words"
        yield f"{match.words_left_out:,} {noun} left out"
    parts = dict.fromkeys(place.part for place in match.places if place.part != "body")
    yield from (f"in the {part}" if part != "caption" else "in a photo caption" for part in parts)
    if match.start is not None:
        yield f"characters {match.start:,} to {match.end:,}"
    if not match.is_current:
        yield "in an earlier version of the article, not in the current one"
    if match.copy_of:
        yield f"a near-copy of [{match.copy_of}]"


def _difference(difference: Difference) -> str:
    told = _KINDS[difference.kind]
    if difference.kind == "bracketed" and not difference.printed:
        told = "the quoter's own: “{quoted}”"
    told = told.format(quoted=difference.quoted, printed=difference.printed)
    concerns = f" ({_CONCERNS[difference.concerns]})" if difference.concerns else ""
    return " ".join(told.split()) + concerns
