"""A question and a passage as the reader's network sees them: word pieces with their offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A longer question is cut: what is asked stands in its first words.
MAX_QUESTION_PIECES = 64
CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Pieces:
    """The word pieces of a text; piece ``i`` stands for ``text[starts[i]:ends[i]]``."""

    ids: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def cut(self, first: int, last: int) -> Pieces:
        """The pieces ``first`` to ``last``, the latter left out."""
        return Pieces(self.ids[first:last], self.starts[first:last], self.ends[first:last])


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """One input of the network: [CLS] question [SEP] heading passage [SEP].

    Attributes
    ----------
    ids : tuple of int
    question_length : int
        [CLS], the question and the first [SEP]; the rest is of the second segment.
    body : int
        Where the passage's own pieces begin: an answer lies at or behind it.
    pieces : Pieces
        The passage's own pieces, with offsets in its text.
    """

    ids: tuple[int, ...]
    question_length: int
    body: int
    pieces: Pieces


def split(tokenizer: Tokenizer, text: str) -> Pieces:
    """The word pieces of a text, without special ones."""
    found = tokenizer.encode(text, add_special_tokens=False)
    starts, ends = zip(*found.offsets, strict=True) if found.offsets else ((), ())
    return Pieces(tuple(found.ids), starts, ends)


def join(question: Pieces, heading: Pieces, passage: Pieces) -> ReaderInput:
    """The network's input for one question and one passage or window of it."""
    asked = question.ids[:MAX_QUESTION_PIECES]
    ids = (CLS, *asked, SEP, *heading.ids, *passage.ids, SEP)
    return ReaderInput(ids, len(asked) + 2, len(asked) + 2 + len(heading), passage)


def load_tokenizer(content: str) -> Tokenizer:
    """The tokenizer of a ``tokenizer.json``'s content, cutting and padding nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
