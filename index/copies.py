"""Tell near-copies: articles whose bodies share most of their three-word runs.

MinHash signatures (Broder, 1997; the library datasketch) propose pairs, the runs themselves decide.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.types import Span, SpanKind

Runs = NDArray[np.uint64]

# Two bodies are near-copies from this Jaccard similarity of their runs on. Looked at in 7,897 news
# articles: from 0.6 up stand versions of one article, and pages with the same long list under
# them; around 0.5 the next day's report and newsletters of one series begin.
SAME_STORY = 0.6
# Shorter bodies ("Watch the video above.") are equal without being one story.
MIN_WORDS = 20
_RUN_WORDS = 3
# A pair at the bound of 0.6 meets in some band with probability 0.988, one at 0.7 with 0.9998; one
# at 0.2 with 0.05.
_BANDS = 32
_BAND_ROWS = 4
_WORD = re.compile(r"\w+")
_NOT_BODY = frozenset({SpanKind.HEADLINE, SpanKind.BYLINE, SpanKind.BOILERPLATE, SpanKind.CAPTION})
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Body:
    """An article's body made ready for comparison.

    Attributes
    ----------
    key : bytes
        A hash of its words: equal for bodies that differ in case and punctuation alone.
    runs : ndarray of shape (n_runs,), uint64
        Hashes of its three-word runs, each once, ascending.
    """

    key: bytes
    runs: Runs

    @classmethod
    def read(cls, text: str, spans: Sequence[Span]) -> Body | None:
        """The body of an article's text; None where it is too short to compare."""
        words = body_words(text, spans)
        if len(words) < MIN_WORDS:
            return None
        key = hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest()
        return cls(key, np.unique(run_hashes(words)))


def body_words(text: str, spans: Sequence[Span]) -> list[str]:
    """The words of the body: without headline, byline, captions and boilerplate, casefolded."""
    parts, position = [], 0
    for span in spans:
        if span.kind in _NOT_BODY:
            parts.append(text[position : span.start])
            position = span.end
    return words_of(" ".join([*parts, text[position:]]))


def words_of(text: str) -> list[str]:
    """The words of a text, casefolded."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def run_hashes(words: Sequence[str]) -> Runs:
    """Hashes of the three-word runs in their order: shape (n_words - 2,), empty below three."""
    if len(words) < _RUN_WORDS:
        return np.empty(0, dtype=np.uint64)
    coded = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint64)
    n = len(words) - _RUN_WORDS + 1
    mixed = np.zeros(n, dtype=np.uint64)
    for offset in range(_RUN_WORDS):
        mixed += coded[offset : offset + n] * _FACTORS[offset]
        mixed ^= mixed >> np.uint64(29)
        mixed *= _FACTORS[0]
    return mixed ^ (mixed >> np.uint64(32))


def jaccard(left: Runs, right: Runs) -> float:
    """The share of the runs of both that stand in both, in [0, 1]."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / max(len(left) + len(right) - shared, 1)


class Sketcher:
    """Turns a body's runs into the bands of its MinHash signature."""

    def __init__(self) -> None:
        # Imported here: only indexing needs it, and it brings SciPy along.
        from datasketch import MinHash

        # The scheme is named since signatures are kept: another one would make them useless.
        self._empty = MinHash(_BANDS * _BAND_ROWS, seed=1, hashfunc=_as_it_is, scheme="affine32")

    def bands(self, runs: Runs) -> tuple[int, ...]:
        """A number for each band of the signature; near-copies share at least one."""
        sketch = self._empty.copy()
        sketch.update_batch((runs & np.uint64(0xFFFFFFFF)).astype(np.uint32))
        rows = sketch.hashvalues.astype("<u4").reshape(_BANDS, _BAND_ROWS)
        return tuple(
            int.from_bytes(
                hashlib.blake2b(bytes([band]) + row.tobytes(), digest_size=8).digest(),
                "little",
                signed=True,
            )
            for band, row in enumerate(rows)
        )


def _as_it_is(value: np.uint32) -> np.uint32:
    """The runs are hashed already."""
    return value
