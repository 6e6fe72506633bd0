"""How often a misspelt name finds what was meant, and how often an absent name is bent.

``python tests/benchmarks/spelling.py STORE --absent-from FILE --questions FILE``: names of the
store are misspelt at random, by ear and by the fingers, and asked for alone or behind the name
before them. Names in the articles of one FILE (JSONL, ``text``) that the store lacks, and the
questions of the other (JSONL, ``question``), must stay as they are; what is changed is printed.
Names are dealt out in two halves: the rule was chosen on half 0, and half 1 tells how good it is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from index.lexical import analyse
from index.store import PassageStore, StoreView
from qa.query import make_query
from qa.spelling import is_known_word, mend_spelling

_CASES = 200
_MIN_MENTIONS = 3
# A capital after a small letter or a comma is the word's own.
_NAMES = re.compile(r"(?<=[a-z,] )([A-Z][a-z]{3,})(?: ([A-Z][a-z]{3,}))?\b")
_SHOUTED = re.compile(r"\b([A-Z]{4,})(?: ([A-Z]{4,}))?\b")
_SMALL = re.compile(r"\b[a-z]{4,}\b")
_HEARD = (
    "i/y k/q k/c ph/f s/z kh/k ou/u oo/u v/w j/y sh/sch ei/ie ai/ei ee/i gh/g ts/tz th/t ck/k "
    "e/a o/u a/o i/e"
)
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

Slip = Callable[[str, random.Random], str]


class Case(NamedTuple):
    """A question, and the term of the name it means; None where it must stay as it is."""

    question: str
    meant: str | None


class Names(NamedTuple):
    """Names with how often they were met, alone and as pairs of neighbours."""

    single: Counter[str]
    pairs: Counter[tuple[str, str]]


def main() -> None:
    """Print a line for each kind of case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", type=Path)
    parser.add_argument("--absent-from", type=Path, metavar="FILE")
    parser.add_argument("--questions", type=Path, metavar="FILE")
    parser.add_argument("--half", type=int, choices=(0, 1))
    options = parser.parse_args()
    with PassageStore.open(options.store) as store, store.view() as view:
        print(f"{view.counts().passages:,} passages, {len(view.vocabulary()):,} terms")
        names = names_in(article.text for article in view.articles())
        for kind, cases in misspelt(names, view, options.half):
            report(kind, cases, view)
        if options.absent_from:
            texts = (record["text"] or "" for record in records(options.absent_from))
            for kind, cases in absent(names_in(texts), view, options.half):
                report(kind, cases, view, is_told=True)
        if options.questions:
            asked = [Case(each["question"], None) for each in records(options.questions)]
            report("questions of people", asked, view, is_told=True)


def report(kind: str, cases: list[Case], view: StoreView, *, is_told: bool = False) -> None:
    """Print how many cases went right and wrong, and what one takes."""
    right, wrong, milliseconds = 0, [], []
    for question, meant in cases:
        query = make_query(question)
        start = time.perf_counter()
        mended = mend_spelling(query, view)
        milliseconds.append((time.perf_counter() - start) * 1000)
        terms = {term_of(to) for _, to in mended.spelling}
        if meant in terms:
            right += 1
        elif terms:
            wrong.append(" ".join(f"{one} > {other}" for one, other in mended.spelling))
    if not cases:
        return
    n = len(cases)
    found = "" if cases[0].meant is None else f"found {right / n:6.1%}  "
    took = statistics.median(milliseconds)
    print(f"{kind:28} {n:5} {found:16} bent {len(wrong) / n:6.1%}  {took:5.1f} ms")
    if is_told and wrong:
        print("   ", "; ".join(wrong[:20]))


def names_in(texts: Iterable[str]) -> Names:
    """Words that are mostly written with a capital; of texts in capitals, words we do not know."""
    written = list(texts)
    small: Counter[str] = Counter()
    for text in written:
        small.update(_SMALL.findall(text))
    pattern = _NAMES if small else _SHOUTED
    single: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in written:
        for match in pattern.finditer(text):
            name = [part.capitalize() for part in match.groups() if part]
            single.update(name)
            if len(name) == 2:
                pairs[name[0], name[1]] += 1

    def is_name(word: str) -> bool:
        if not small:
            return not is_known_word(word)
        return small[word.lower()] < single[word] / 4

    single = Counter({word: n for word, n in single.items() if is_name(word)})
    return Names(
        single, Counter({pair: n for pair, n in pairs.items() if set(pair) <= set(single)})
    )


def misspelt(names: Names, view: StoreView, half: int | None) -> Iterator[tuple[str, list[Case]]]:
    """Questions with names of the store, misspelt."""
    # In a few articles, a name met once is a subject all the same.
    least = _MIN_MENTIONS if view.counts().articles > 100 else 1
    alone = [("", name) for name, n in sorted(names.single.items()) if n >= least]
    pairs = [pair for pair, n in sorted(names.pairs.items()) if names.single[pair[1]] >= least]
    for company, pool in (("alone", alone), ("with a first name", pairs)):
        pool = [pair for pair in pool if len(pair[1]) > 4 and is_in(pair[1], view, half)]
        for kind, slip, n_slips in (
            ("by ear, one slip", by_ear, 1),
            ("by ear, two slips", by_ear, 2),
            ("typed, one slip", by_fingers, 1),
        ):
            yield f"{kind}, {company}", list(slips(pool, slip, n_slips, view))


def is_in(name: str, view: StoreView, half: int | None) -> bool:
    """Whether a name is one term of the store and of that half."""
    term = term_of(name)
    return bool(term and view.document_frequency(term)) and in_half(name, half)


def slips(pool: list[tuple[str, str]], slip: Slip, n_slips: int, view: StoreView) -> Iterator[Case]:
    """Up to `_CASES` names misspelt so that the store and English lack the word."""
    dice = random.Random(1)
    n_made = 0
    for _ in range(20 * _CASES if pool else 0):
        first, name = dice.choice(pool)
        written = name.lower()
        for _ in range(n_slips):
            written = slip(written, dice)
        if not is_unknown(written, view):
            continue
        yield Case(f"What did {first} {written.capitalize()} say?", term_of(name))
        n_made += 1
        if n_made == _CASES:
            return


def absent(names: Names, view: StoreView, half: int | None) -> Iterator[tuple[str, list[Case]]]:
    """Questions with names that the store and the list of English words lack."""
    dice = random.Random(1)
    alone = [
        name
        for name, n in sorted(names.single.items())
        if n >= _MIN_MENTIONS and is_unknown(name, view) and in_half(name, half)
    ]
    pairs = [
        pair
        for pair in sorted(names.pairs)
        if is_in(pair[0], view, None) and is_unknown(pair[1], view) and in_half(pair[1], half)
    ]
    dice.shuffle(alone)
    dice.shuffle(pairs)
    yield "absent, alone", [Case(f"What did {name} say?", None) for name in alone[: 4 * _CASES]]
    yield (
        "absent, with a first name",
        [Case(f"What did {first} {last} say?", None) for first, last in pairs[: 2 * _CASES]],
    )


def is_unknown(word: str, view: StoreView) -> bool:
    """Whether a word is one that may be put right."""
    term = term_of(word)
    return bool(term) and not view.document_frequency(term) and not is_known_word(word)


def in_half(name: str, half: int | None) -> bool:
    """Whether a name belongs to that half of all names."""
    return half is None or sum(name.lower().encode()) % 2 == half


def term_of(word: str) -> str:
    """The index's term of a word; empty where it is none or several."""
    terms = analyse(word)
    return terms[0] if len(terms) == 1 else ""


def by_ear(word: str, dice: random.Random) -> str:
    """`word` with another spelling of one of its sounds."""
    made = []
    for one, other in (pair.split("/") for pair in _HEARD.split()):
        for wrong, right in ((one, other), (other, one)):
            made += [
                word[: match.start()] + wrong + word[match.end() :]
                for match in re.finditer(right, word)
            ]
    for at in range(1, len(word) - 1):
        if word[at] in "bcdfgklmnprstz":
            made.append(word[:at] + word[at:].lstrip(word[at]) if word[at - 1] == word[at] else "")
            made.append(word[:at] + word[at] + word[at:])
        if word[at] == "h":
            made.append(word[:at] + word[at + 1 :])
    made = [each for each in made if each and each != word]
    return dice.choice(made) if made else word


def by_fingers(word: str, dice: random.Random) -> str:
    """`word` with a letter swapped, left out, struck twice, or struck beside."""
    at = dice.randrange(1, len(word) - 1)
    row = next((keys for keys in _KEYS if word[at] in keys), "e")
    place = row.find(word[at])
    beside = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    return dice.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + dice.choice(beside or "e") + word[at + 1 :],
            word[:at] + dice.choice(beside or "e") + word[at:],
        ]
    )


def records(file: Path) -> Iterator[dict[str, str]]:
    """The records of a JSONL file, plain or gzipped."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
