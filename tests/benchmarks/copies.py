"""How long linking near-copies takes, and how many planted ones are found.

``python tests/benchmarks/copies.py N``: N articles, each of twenty stretches drawn from the news
sets under $DATELINE_SHARED; three in ten are followed by a near-copy (2 % of the words replaced, a
tenth cut out). The clock includes making the texts and writing them to the record, not embedding.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index.database import Database, create_database
from index.types import Article

SHARED = Path(os.environ.get("DATELINE_SHARED", Path(__file__).parents[3] / "shared"))
_COMMIT_EVERY = 2_000


def main(n: int) -> None:
    """Print what was found, and how fast."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.sqlite3"
        create_database(file)
        record = Database(file)
        planted: list[tuple[str, str]] = []
        start = time.perf_counter()
        record.begin(writing=True)
        for number, article in enumerate(articles(n, planted)):
            if number % _COMMIT_EVERY == _COMMIT_EVERY - 1:
                record.commit()
                record.begin(writing=True)
            record.add_article(article, [])
        record.commit()
        seconds = time.perf_counter() - start
        stories = record.stories([f"n{i}" for i in range(n)])
        found = sum(stories[one] == stories[other] for one, other in planted)
        sizes = Counter(Counter(stories.values()).values())
        print(f"{n:,} articles in {seconds:.0f} s, {file.stat().st_size / 1e6:.0f} MB on disk")
        print(f"planted near-copies: {len(planted):,}, found: {found:,}")
        print(f"stories by number of articles: {dict(sizes)}")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


def articles(n: int, planted: list[tuple[str, str]]) -> Iterator[Article]:
    """`n` articles; the pairs of near-copies among them are put into `planted`."""
    dice = random.Random(1)
    stretches = read_stretches()
    number = 0
    while number < n:
        text = " ".join(dice.sample(stretches, 20))
        yield make_article(f"n{number}", text)
        number += 1
        if dice.random() < 0.3 and number < n:
            planted.append((f"n{number - 1}", f"n{number}"))
            yield make_article(f"n{number}", perturbed(text, dice))
            number += 1


def read_stretches() -> list[str]:
    """The sentences of the news sets, each once."""
    found: dict[str, None] = {}
    for name in ("rtqa2022", "rtqa2023"):
        with gzip.open(SHARED / "data" / "news" / f"{name}_docs.jsonl.gz", "rt") as file:
            for line in file:
                parts = json.loads(line)["text"].split(". ")
                found |= dict.fromkeys(part for part in parts if len(part) > 80)
    return list(found)


def perturbed(text: str, dice: random.Random) -> str:
    """The text with 2 % of its words replaced and a tenth cut out."""
    words = text.split()
    for _ in range(max(1, len(words) // 50)):
        words[dice.randrange(len(words))] = dice.choice(words)
    first = dice.randrange(len(words) - len(words) // 10)
    del words[first : first + len(words) // 10]
    return " ".join(words)


def make_article(name: str, text: str) -> Article:
    """An article of nothing but its text."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(name, None, text, None, None, None, None, None, sha256)


if __name__ == "__main__":
    main(int(sys.argv[1]))
