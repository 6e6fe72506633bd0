"""The verbs ``qa quote`` and ``qa timeline``: their options, and what they print."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from qa.ask import Assistant
from qa.console import say
from qa.query import MAX_QUESTION_CHARS, make_filter, make_query

Opened = Callable[[], AbstractContextManager[Assistant]]
_MATCHES = 8
_SENTENCES = 30


def quote_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``qa quote``."""
    parser.add_argument(
        "quote", nargs="*", metavar="WORDS", help="the words as they were quoted; - reads stdin"
    )
    parser.add_argument(
        "-k", type=int, default=_MATCHES, metavar="N", help=f"how many articles ({_MATCHES})"
    )
    parser.add_argument("--since", metavar="D", help="published that day (YYYY-MM-DD) or later")
    parser.add_argument("--until", metavar="D", help="published that day or earlier")
    _source_option(parser)


def check_quote(options: argparse.Namespace) -> None:
    """Make sure that there is something to look up, before anything is opened.

    Raises
    ------
    QuestionError, ValueError
        As `Assistant.quote`.
    """
    from qa.quote_words import read_quote

    if options.quote == ["-"]:
        # One character more than is read tells that there is too much.
        options.quote = [sys.stdin.read(MAX_QUESTION_CHARS + 1)]
    _check_count(options.k)
    read_quote(" ".join(options.quote))
    make_filter(since=options.since, until=options.until, sources=options.source)


def run_quote(options: argparse.Namespace, opened: Opened) -> int:
    """Print where a quote stands."""
    from qa.lookup_text import quote_text

    with opened() as assistant:
        lookup = assistant.quote(
            " ".join(options.quote),
            k=options.k,
            since=options.since,
            until=options.until,
            sources=options.source,
        )
    say(lookup.to_dict() if options.json else quote_text(lookup))
    return 0


def timeline_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``qa timeline``."""
    parser.add_argument("subject", nargs="*", metavar="SUBJECT", help="a name or a few words")
    parser.add_argument(
        "-k", type=int, default=_SENTENCES, metavar="N", help=f"how many sentences ({_SENTENCES})"
    )
    parser.add_argument("--since", metavar="D", help="tell of that day (YYYY-MM-DD) or later")
    parser.add_argument("--until", metavar="D", help="tell of that day or earlier")
    parser.add_argument("--as-of", metavar="D", help="leave out what was published after that day")
    _source_option(parser)


def check_timeline(options: argparse.Namespace) -> None:
    """Make sure that there is a subject and that the days are some, before anything is opened.

    Raises
    ------
    QuestionError, ValueError
        As `Assistant.timeline`.
    """
    _check_count(options.k)
    make_query(" ".join(options.subject), sources=options.source, as_of=options.as_of)
    make_filter(since=options.since, until=options.until)


def run_timeline(options: argparse.Namespace, opened: Opened) -> int:
    """Print what is told of a subject, day by day."""
    from qa.lookup_text import timeline_text

    with opened() as assistant:
        timeline = assistant.timeline(
            " ".join(options.subject),
            k=options.k,
            since=options.since,
            until=options.until,
            sources=options.source,
            as_of=options.as_of,
        )
    say(timeline.to_dict() if options.json else timeline_text(timeline))
    return 0


def _source_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", action="append", metavar="NAME", help="only that outlet (may be repeated)"
    )


def _check_count(k: int) -> None:
    if k < 1:
        raise ValueError(f"-k must be at least 1, got {k}")
