"""Count how many paragraphs hold each word: ``python -m qa.count_words FILE...``.

Each FILE holds texts under ``context``: SQuAD format, or one record a line; plain or gzipped.
The table goes to ``qa/data/words.json``; `qa.words` tells how it is used.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa.words import WORD, is_abbreviation, stem

TABLE_PATH = Path(__file__).parent / "data" / "words.json"
# Longer texts are cut to the length of a news passage, so that all documents are alike.
_DOCUMENT_WORDS = 120
# What stands in fewer paragraphs is mostly a name or a slip, and as good as unknown.
_MIN_DOCUMENTS = 3
_NAME_SHARE = 0.8


def read_contexts(path: Path) -> Iterator[str]:
    """Yield the texts of one file, each once."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        first, *others = file.read().splitlines()
    records: list[dict[str, str]] = [json.loads(line) for line in (first, *others)]
    if not others:
        articles = json.loads(first)["data"]
        records = [paragraph for article in articles for paragraph in article["paragraphs"]]
    yield from dict.fromkeys(record["context"] for record in records)


def documents(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts cut to one length."""
    for text in texts:
        words = text.split(" ")
        for start in range(0, len(words), _DOCUMENT_WORDS):
            yield " ".join(words[start : start + _DOCUMENT_WORDS])


def count(texts: Iterable[str]) -> dict[str, object]:
    """Return the table of words: how many documents hold each, and which are names."""
    holding: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        keys = set()
        for match in WORD.finditer(text):
            written = match.group()
            if written[0].isdigit():
                continue
            key = written.replace(".", "") if is_abbreviation(written) else stem(written)
            keys.add(key)
            if _stands_inside(text, match.start()):
                inside[key] += 1
                capital[key] += written[0].isupper()
        holding.update(keys)
    names = [key for key in capital if capital[key] > _NAME_SHARE * max(inside[key], 3)]
    return _table(number, holding, names)


def _stands_inside(text: str, start: int) -> bool:
    """Whether a word follows a word or a comma, so that a capital is the word's own."""
    before = text[max(0, start - 2) : start]
    return len(before) == 2 and before[1] == " " and (before[0].isalnum() or before[0] == ",")


def _table(number: int, holding: Counter[str], names: list[str]) -> dict[str, object]:
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for key, count in sorted(holding.items()):
        if count >= _MIN_DOCUMENTS:
            # Two figures are enough for a logarithm, and the table stays small.
            by_count[round(count, 2 - len(str(count)))].append(key)
    return {
        "documents": number,
        "counts": {str(count): " ".join(keys) for count, keys in sorted(by_count.items())},
        "names": " ".join(sorted(key for key in names if holding[key] >= _MIN_DOCUMENTS)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Count the files named on the command line and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files = parser.parse_args(arguments).files
    texts = dict.fromkeys(text for path in files for text in read_contexts(path))
    table = {"sources": [path.name for path in files]} | count(documents(texts))
    TABLE_PATH.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
