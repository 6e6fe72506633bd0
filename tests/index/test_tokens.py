from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import train_encoding
from index.tokens import RANKS_PATH, count_tokens, encoding

# Hand-picked: emoji with joiners, control characters, other scripts, white space, long runs.
AWKWARD = [
    "",
    " \n\t\r\n  ",
    "\x00\x07\x1b[31m",
    "👩‍👩‍👧‍👦 🇺🇦 e\u0301",
    "مرحبا 日本語 Україна",
    "a" * 5000,
    "-" * 5000,
    "don’t don't D.C. 1,234.5",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_comes_back_unchanged(text: str) -> None:
    assert encoding().decode(encoding().encode_ordinary(text)) == text


@given(st.text())
def test_any_text_comes_back_unchanged(text: str) -> None:
    assert encoding().decode(encoding().encode_ordinary(text)) == text


def test_counts_are_those_of_the_encoding() -> None:
    text = "The minister said on Monday that talks would go on."
    tokens = [encoding().decode([token]) for token in encoding().encode_ordinary(text)]
    assert "".join(tokens) == text
    assert " Monday" in tokens
    assert count_tokens(text) == len(tokens)


def test_special_looking_text_is_only_text() -> None:
    assert encoding().decode(encoding().encode_ordinary("<|endoftext|>")) == "<|endoftext|>"
    assert count_tokens("<|endoftext|>") > 1


def test_the_shipped_file_stays_below_a_megabyte() -> None:
    assert RANKS_PATH.stat().st_size < 1_000_000


def test_training_reads_both_forms_of_file_and_writes_an_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    squad = tmp_path / "squad.json"
    squad.write_text(
        json.dumps({"data": [{"paragraphs": [{"context": "the talks"}, {"context": "the talks"}]}]})
    )
    lines = tmp_path / "lines.json.gz"
    lines.write_bytes(gzip.compress(b'{"context": "the end"}\n{"context": "the talks"}\n'))
    assert list(train_encoding.contexts(squad)) == ["the talks"]
    assert list(train_encoding.contexts(lines)) == ["the end", "the talks"]
    ranks = train_encoding.train(text for _ in range(3) for text in ["the talks", "the end"])
    assert {bytes([byte]) for byte in range(256)} <= set(ranks)
    assert b"the" in ranks
    assert sorted(ranks.values()) == list(range(len(ranks)))
