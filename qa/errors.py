"""The failures a caller of `qa` can meet: those of `index`, and a question that is none.

DatelineError
├─ …                        see `index.errors`
└─ QuestionError            also a ValueError: empty, or longer than the limit
"""

from __future__ import annotations

from index.errors import (
    CorpusError,
    DatelineError,
    ModelUnavailableError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
    StoreNotFoundError,
    StoreWriteError,
)


class QuestionError(DatelineError, ValueError):
    """The question is empty or too long to be one."""


__all__ = [
    "CorpusError",
    "DatelineError",
    "ModelUnavailableError",
    "QuestionError",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreMismatchError",
    "StoreNotFoundError",
    "StoreWriteError",
]
