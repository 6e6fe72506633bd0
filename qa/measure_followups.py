"""Measure how follow-ups are made to stand alone: ``python -m qa.measure_followups FILE``.

FILE is JSONL, plain or gzipped, with ``history`` (the questions before), ``question`` and
``rewrite``, a person's stand-alone form of it. Words are compared by `qa.words`; function words do
not count. Of the words that the rewrite has, the question lacks and the history holds, the share
that is supplied; of the words that are added, the share that the rewrite does not have; and, of
the questions to which the rewrite adds nothing from the history, the share to which something is
added. Rows are dealt out in halves: the method was made on the even ones, and is told on the odd.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.console import say
from qa.followup import stand_alone
from qa.words import split_words

Rewriter = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A follow-up with what a person made of it."""

    history: tuple[str, ...]
    question: str
    rewrite: str


@dataclass(slots=True)
class Tally:
    """What a way to rewrite did to a set of rows."""

    needed: int = 0
    supplied: int = 0
    added: int = 0
    foreign: int = 0
    own: int = 0
    disturbed: int = 0

    def line(self) -> str:
        """Shares, as a row of the table in docs/followups.md."""
        return (
            f"{_share(self.supplied, self.needed)} | {_share(self.foreign, self.added)} | "
            f"{_share(self.disturbed, self.own)}"
        )


def measure(rewriter: Rewriter, rows: Iterable[Row]) -> Tally:
    """Count what `rewriter` supplies and what it drags along."""
    tally = Tally()
    for row in rows:
        asked = content(row.question)
        wanted = content(row.rewrite)
        held = content(" ".join(row.history))
        added = content(rewriter(row.question, row.history)) - asked
        needed = (wanted - asked) & held
        tally.needed += len(needed)
        tally.supplied += len(needed & added)
        tally.added += len(added)
        tally.foreign += len(added - wanted)
        if not needed:
            tally.own += 1
            tally.disturbed += bool(added)
    return tally


def content(text: str) -> frozenset[str]:
    """The keys of the words that tell something."""
    return frozenset(word.key for word in split_words(text) if not word.is_function)


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a file."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield Row(tuple(record["history"]), record["question"], record["rewrite"])


def alone(question: str, history: Sequence[str]) -> str:
    """The question as it is."""
    return question


def with_last(question: str, history: Sequence[str]) -> str:
    """The question behind the one before it."""
    return f"{history[-1]} {question}" if history else question


def with_all(question: str, history: Sequence[str]) -> str:
    """The question behind all those before it."""
    return " ".join([*history, question])


def ours(question: str, history: Sequence[str]) -> str:
    """What `qa.followup` makes of it."""
    return stand_alone(" ".join(question.split()), [(earlier, "") for earlier in history])


REWRITERS: dict[str, Rewriter] = {
    "last question alone": alone,
    "behind the one before": with_last,
    "behind all before": with_all,
    "ours": ours,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of both halves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    rows = list(read_rows(parser.parse_args(arguments).file))
    say("| half | rewritten | supplied | foreign of added | own questions disturbed |")
    say("|---|---|---|---|---|")
    for name, half in (("even (made on)", rows[::2]), ("odd (told)", rows[1::2])):
        for how, rewriter in REWRITERS.items():
            say(f"| {name} | {how} | {measure(rewriter, half).line()} |")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "—"


if __name__ == "__main__":
    main()
