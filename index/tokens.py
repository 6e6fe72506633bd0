"""How long a text is, in tokens of an encoding that ships with Dateline and needs no network."""

from __future__ import annotations

import binascii
from functools import lru_cache
from pathlib import Path

import tiktoken

NAME = "dateline_24k"
RANKS_PATH = Path(__file__).parent / "data" / f"{NAME}.tiktoken"
# Runs are bounded because merging is slow on one endless run of letters or dashes.
PATTERN = (
    r"['’]\p{L}{1,3}| ?[\p{L}\p{M}]{1,48}| ?\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]{1,16}"
    r"|\s{1,64}"
)


@lru_cache(maxsize=1)
def encoding() -> tiktoken.Encoding:
    """The encoding, loaded once; it encodes any text and gives it back unchanged."""
    # Each line is a token in base64 and its rank.
    fields = RANKS_PATH.read_bytes().split()
    tokens = map(binascii.a2b_base64, fields[::2])
    ranks = dict(zip(tokens, map(int, fields[1::2]), strict=True))
    return tiktoken.Encoding(NAME, pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def count_tokens(text: str) -> int:
    """The number of tokens of ``encoding()`` in a text (not the embedder's word pieces)."""
    return len(encoding().encode_ordinary(text))
