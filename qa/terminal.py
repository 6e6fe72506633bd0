"""Answers, collections and progress as text for a terminal."""

from __future__ import annotations

import datetime
import shutil
import textwrap
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from index.types import Article, Hit
from qa.types import Answer, Citation, Status

if TYPE_CHECKING:
    from index.build import IndexReport, Progress
    from qa.watch import Update

_MAX_WIDTH = 100
_NEAREST = 3
_CHANGES = ("added", "updated", "removed")
# Changed files that are named on one line.
_MAX_NAMES = 3


def answer_text(answer: Answer) -> str:
    """The answer, then where each of its sentences stands; nearest passages when declined."""
    parts = [answer.short_answer, ""] if answer.short_answer else []
    parts += [filled(line) for line in answer.text.split("\n")]
    if answer.citations:
        parts += ["", *_sources(answer)]
        parts += _agreement(answer)
        parts += _independence(answer)
    elif answer.hits or answer.hits_outside:
        parts += ["", "Nearest passages, which do not answer:"]
        parts += [nearest_lines(hit) for hit in (answer.hits or answer.hits_outside)[:_NEAREST]]
    parts += _form(answer)
    parts += _spelling(answer)
    conditions = _conditions(answer)
    if conditions:
        parts += ["", filled(f"Searched: {conditions}")]
    preferred = _preferences(answer)
    if preferred:
        parts += ["", filled(f"Preferred: {preferred}")]
    return "\n".join(parts)


def sources_text(answer: Answer) -> str:
    """The articles that the answer quotes, with its markers."""
    return "\n".join(_sources(answer))


def found_text(hits: Sequence[Hit]) -> str:
    """How many passages were found, and the headlines of the best, a line each."""
    noun = "passage" if len(hits) == 1 else "passages"
    best = dict.fromkeys(_headline(hit) for hit in hits)
    shown = [f"  {line}" for line in list(best)[:_NEAREST]]
    return "\n".join([f"{len(hits)} {noun} found, reading …", *shown])


def passages_text(hits: Sequence[Hit]) -> str:
    """The passages found, numbered from 1, each shortened."""
    return "\n".join(nearest_lines(hit, f"{rank}.") for rank, hit in enumerate(hits, start=1))


def passage_text(hit: Hit) -> str:
    """A passage in full, under its article's headline."""
    lines = (filled(line, indent="    ") for line in hit.passage.text.split("\n") if line.strip())
    return "\n".join([f"{_article_entry(hit.article, ' - ')}{_also_in(hit)}", *lines])


def status_text(status: Status) -> str:
    """What a collection holds, a line for each thing."""
    days = "none dated"
    if status.first_published and status.last_published:
        days = f"{status.first_published} to {status.last_published}"
    lines = [
        ("collection", status.corpus),
        ("store", status.path + _size(status.size_bytes)),
        ("articles", f"{status.articles:,} ({status.undated:,} without a date)"),
        ("stories", f"{status.stories:,} (near-copies counted once)"),
        ("passages", f"{status.passages:,}{_waiting(status)}"),
        ("versions", f"{status.past_versions:,} past ones, readable and not searched"),
        ("published", days),
        ("outlets", ", ".join(status.sources) or "none named"),
        ("formats", ", ".join(f"{name} {n:,}" for name, n in status.formats.items()) or "none"),
        ("model", f"{status.model} (weights {status.weights_sha256[:8]})"),
        *(("skipped", item) for item in status.skipped),
    ]
    return "\n".join(f"{name:11}{value}" for name, value in lines)


def _waiting(status: Status) -> str:
    if not status.waiting:
        return ""
    return (
        f" ({status.waiting:,} found by their words alone, until their vectors are made: that goes "
        "on now, or when the articles are indexed again)"
    )


def _size(n_bytes: int | None) -> str:
    return "" if n_bytes is None else f" ({n_bytes / 1e6:.1f} MB)"


def report_text(report: IndexReport) -> str:
    """What an indexing run did, on one line."""
    told = ", ".join(f"{getattr(report, name):,} {name}" for name in (*_CHANGES, "unchanged"))
    return f"articles: {told}; {report.embedded:,} passages embedded"


def has_changed(report: IndexReport) -> bool:
    """Whether the collection is another than before."""
    return any(getattr(report, name) for name in _CHANGES)


def update_text(update: Update) -> str:
    """What following a folder came upon, on one line with the time of day."""
    now = datetime.datetime.now().astimezone()
    assert update.report is not None
    if not update.changed:
        return f"{now:%H:%M:%S}  {report_text(update.report)}; following, Ctrl-C ends it"
    names = [path.name for path in update.changed[:_MAX_NAMES]]
    if len(update.changed) > _MAX_NAMES:
        names.append(f"{len(update.changed) - _MAX_NAMES} more")
    counts = [(getattr(update.report, name), name) for name in _CHANGES]
    told = ", ".join(f"{n:,} {name}" for n, name in counts if n)
    return f"{now:%H:%M:%S}  {', '.join(names)}: {told}"


def article_lines(articles: Sequence[Article]) -> Iterator[str]:
    """A line for each article: id, date, outlet, headline."""
    for article in articles:
        told = (
            article.id,
            article.published.isoformat() if article.published else "undated",
            article.source or "outlet not named",
            article.title or "no headline",
        )
        yield "  ".join(told)


class IndexingLine:
    """Shows the progress of indexing on stderr: a line that changes, or one line at its start.

    Quick work, such as finding everything up to date, shows nothing.
    """

    _QUIET_SECONDS = 1.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._start = time.monotonic()
        self._embedding_since: float | None = None
        self._shown = 0.0
        self._width = 0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.passages_embedded + progress.passages_to_embed:
            self._embedding_since = self._embedding_since or now
        elif now - self._start < self._QUIET_SECONDS:
            return
        if self._is_terminal and now - self._shown > 0.1:
            self._write(self._text(progress, now))
            self._shown = now
        elif not self._is_terminal and not self._shown:
            self._stream.write(f"qa: indexing {progress.files_total} files\n")
            self._stream.flush()
            self._shown = now

    def close(self) -> None:
        """Clear the line."""
        if self._is_terminal and self._width:
            self._write("")

    def _text(self, progress: Progress, now: float) -> str:
        seconds = now - (self._embedding_since or now)
        rate = progress.passages_embedded / max(seconds, 1e-6)
        text = (
            f"indexing: file {progress.files_done} of {progress.files_total}, "
            f"{progress.articles:,} articles, {progress.passages_embedded:,} passages embedded"
        )
        if progress.passages_to_embed and rate:
            text += f", {progress.passages_to_embed / rate:,.0f} s left"
        return text[: width() - 1]

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width) + ("\r" if not text else ""))
        self._stream.flush()
        self._width = len(text)


def _sources(answer: Answer) -> Iterator[str]:
    """The articles quoted, in the order of their first markers, each once."""
    cited: dict[tuple[object, ...], list[Citation]] = {}
    for citation in answer.citations:
        key = (citation.article_id, citation.content_sha256, citation.also_in)
        cited.setdefault(key, []).append(citation)
    for citations in cited.values():
        yield _source_lines(citations)


def _source_lines(citations: Sequence[Citation]) -> str:
    citation = citations[0]
    captions = [f"[{each.marker}]" for each in citations if each.is_caption]
    return entry(
        " ".join(f"[{each.marker}]" for each in citations),
        citation.title,
        citation.source,
        citation.published.isoformat() if citation.published else None,
        citation.url or citation.article_id,
    ) + (
        (f"\n    {' '.join(captions)} from a photo caption" if captions else "")
        + _also_in(citation)
    )


def _headline(hit: Hit) -> str:
    article = hit.article
    told = (
        article.title or "no headline",
        article.source or "",
        article.published.isoformat() if article.published else "undated",
    )
    # One column for each line's end, where some terminals break the line.
    return textwrap.shorten(" · ".join(filter(None, told)), width() - 3, placeholder=" …")


def _article_entry(article: Article, mark: str) -> str:
    return entry(
        mark,
        article.title,
        article.source,
        article.published.isoformat() if article.published else None,
        article.url or article.id,
    )


def nearest_lines(hit: Hit, mark: str = " - ") -> str:
    """A passage found, cut short, under its article's description."""
    described = _article_entry(hit.article, mark)
    quote = textwrap.shorten(hit.passage.text, 2 * width() - 12, placeholder=" …")
    return f"{described}{_also_in(hit)}\n{filled(quote, indent='    ')}"


def _also_in(source: Citation | Hit) -> str:
    """A line with the outlets that print the same words; the ids of those without a name."""
    pairs = zip(source.also_in, source.also_in_sources, strict=True)
    names = dict.fromkeys(outlet or article_id for article_id, outlet in pairs)
    return f"\n{filled('also in: ' + ', '.join(names), indent='    ')}" if names else ""


def _independence(answer: Answer) -> list[str]:
    """How many stories are cited, where that is not plain to see."""
    n = answer.n_independent_sources
    if not any(citation.also_in for citation in answer.citations):
        return []
    noun = "source" if n == 1 else "sources"
    return ["", f"{n} independent {noun}; near-copies of one story count once"]


def _agreement(answer: Answer) -> list[str]:
    """Which outlets give the same answer independently of each other."""
    if answer.agreement != "agree":
        return []
    names = dict.fromkeys(
        source or "outlet not named" for r in answer.reports for source in r.sources
    )
    return ["", filled(f"Independent reports agree: {', '.join(names)}")]


def _form(answer: Answer) -> list[str]:
    """That no question was seen, where none was asked."""
    is_topic = answer.understood.get("form") == "topic" and not answer.declined
    return ["", "Read as a topic: sentences about it, and no answer"] if is_topic else []


def entry(mark: str, title: str | None, source: str | None, day: str | None, place: str) -> str:
    """An article's description on two lines."""
    about = f"{source or 'outlet not named'} · {day or 'undated'} · {place}"
    return f"{filled(title or 'no headline', first=f'{mark} ', indent='    ')}\n    {about}"


def _spelling(answer: Answer) -> list[str]:
    """Which words were put right."""
    told = [f"“{each['to']}” instead of “{each['from']}”" for each in answer.understood["spelling"]]
    return ["", filled(f"Searched for {', '.join(told)}")] if told else []


def _conditions(answer: Answer) -> str:
    """The conditions and rewritings that the asker should know of."""
    understood = answer.understood
    told = [
        f"“{understood['query']}”"
        if answer.declined or understood["query"] != _put_right(answer)
        else "",
        f"since {understood['since']}" if understood["since"] else "",
        f"until {understood['until']}" if understood["until"] else "",
        f"as of {understood['as_of']}" if understood["as_of"] else "",
        f"from {', '.join(understood['sources'])}" if understood["sources"] else "",
        *(f"with “{phrase}”" for phrase in understood["exact"]),
        *(f"without “{word}”" for word in understood["without"]),
    ]
    undated = understood.get("undated_left_out")
    if undated:
        told.append(f"{undated} undated articles left out")
    if waiting := understood.get("waiting"):
        told.append(
            f"{waiting['passages']:,} of {waiting['of']:,} passages searched by their words alone: "
            "their vectors are still to come"
        )
    return "; ".join(part for part in told if part)


def _put_right(answer: Answer) -> str:
    """The question on one line, with the words put right that are told on a line of their own."""
    question = " ".join(answer.question.split())
    for each in answer.understood["spelling"]:
        question = question.replace(each["from"], each["to"])
    return question


def _preferences(answer: Answer) -> str:
    """What the question's prose was understood to ask for."""
    prefers = answer.understood["prefers"]
    # After the last of the days that were reckoned from it.
    event = f" ({prefers['event']['words']})" if prefers.get("event") else ""
    by_since = "" if prefers["until"] else event
    told = [
        f"from {', '.join(prefers['sources'])}" if prefers["sources"] else "",
        f"published since {prefers['since']}{by_since}" if prefers["since"] else "",
        f"published until {prefers['until']}{event}" if prefers["until"] else "",
        "newer reports" if prefers["recent"] else "",
    ]
    return "; ".join(part for part in told if part)


def filled(text: str, first: str = "", indent: str = "") -> str:
    """`text` broken into lines that fit the terminal."""
    return textwrap.fill(
        text,
        width(),
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def width() -> int:
    """How many columns text for the terminal takes."""
    return min(shutil.get_terminal_size().columns, _MAX_WIDTH)
