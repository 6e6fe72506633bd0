"""Whether the words of an expected answer stand in a text, compared as SQuAD compares them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa.reader.scoring import exact_match, f1, normalised

# SQuAD's normalisation knows ASCII punctuation alone; news is set with typographic marks. Dashes
# that part clauses become spaces: without them two words would be run together.
_TYPOGRAPHIC: dict[int, str] = str.maketrans({
    **dict.fromkeys("‘’‚‛′´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–−", "-"),
    **dict.fromkeys("—―…", " "),
    "\u00ad": "",
})  # fmt: skip
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_MARKER = re.compile(r"\[\d+\]")


def padded_words(text: str) -> str:
    """The words after SQuAD's normalisation, with a space before, between and after them.

    Lower case, without punctuation and articles (Rajpurkar et al., 2016). One text's words stand
    in another's at word bounds exactly when the padded one is a substring of the other.

    >>> padded_words("The “Squid Game”!")
    ' squid game '
    """
    return f" {' '.join(normalised(_plain(text)))} "


def stands_in(answers: Iterable[str], text: str) -> bool:
    """Whether the words of one of the answers stand together in the text."""
    words = padded_words(text)
    return any(padded_words(answer) in words for answer in answers)


def without_markers(text: str) -> str:
    """An answer's text without its ``[1]``, ``[2]`` and so on."""
    return _MARKER.sub(" ", text)


def best_match(found: str | None, answers: Iterable[str]) -> tuple[float, float]:
    """Exact match and word F1 of a short answer with the nearest of the expected ones.

    Both in [0, 1], higher is better; 0 where none was found.
    """
    if not found:
        return 0.0, 0.0
    plain, expected = _plain(found), [_plain(answer) for answer in answers]
    return exact_match(plain, expected), f1(plain, expected)


def _plain(text: str) -> str:
    """The text with typewriter's punctuation; eight times as fast as translating all of it."""
    return _NOT_ASCII.sub(lambda found: _TYPOGRAPHIC.get(ord(found[0]), found[0]), text)
