"""Train the token encoding anew: ``python -m index.train_encoding FILE...``.

Each FILE, plain or gzipped, holds one JSON object a line with a ``context``, or a whole set on one
line in SQuAD format (``data[].paragraphs[].context``). The result is written to ``index/data`` in
tiktoken's form: one token in base64 and its rank a line.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from index.tokens import PATTERN, RANKS_PATH

VOCABULARY_SIZE = 24_576


def contexts(path: Path) -> Iterator[str]:
    """The distinct contexts of one file."""
    opener = gzip.open if path.suffix == ".gz" else open
    seen: set[str] = set()
    with opener(path, "rt", encoding="utf-8") as file:
        for text in _contexts_of(file):
            if text not in seen:
                seen.add(text)
                yield text


def _contexts_of(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        record = json.loads(line)
        if "context" in record:
            yield record["context"]
        for document in record.get("data", ()):
            yield from (paragraph["context"] for paragraph in document["paragraphs"])


def _with_capitals(texts: Iterable[str]) -> Iterator[str]:
    """The texts, every fourth in capitals, too: old archives are written so."""
    for number, text in enumerate(texts):
        yield text
        if number % 4 == 0:
            yield text.upper()


def train(texts: Iterator[str]) -> dict[bytes, int]:
    """The byte-level BPE ranks learned from texts; the 256 bytes come first."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    letters = _byte_letters()
    by_id = sorted((rank, token) for token, rank in tokenizer.get_vocab().items())
    tokens = [bytes(letters[letter] for letter in token) for _, token in by_id]
    if len(set(tokens[:256])) != 256 or any(len(token) != 1 for token in tokens[:256]):
        raise ValueError("the 256 single bytes must come before the merged tokens")
    return {token: rank for rank, token in enumerate(tokens)}


def _byte_letters() -> dict[str, int]:
    """Which byte each letter of the byte-level alphabet stands for.

    Printable Latin-1 stands for itself; the other bytes, in order, for the letters from U+0100.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(0x100 + place): byte for place, byte in enumerate(others)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on the files named on the command line and write the ranks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files = parser.parse_args(arguments).files
    ranks = train(_with_capitals(text for path in files for text in contexts(path)))
    lines = [b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in ranks.items()]
    RANKS_PATH.write_bytes(b"".join(lines))


if __name__ == "__main__":
    main()
