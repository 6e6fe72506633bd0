"""The failures a caller of `qa` can meet: those of `index`, and two of its own.

DatelineError
├─ …                        see `index.errors`
├─ EvaluationError          questions with known answers, or a baseline, cannot be used
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


class EvaluationError(DatelineError):
    """What was to be measured cannot be, or not with what is installed."""


class QuestionError(DatelineError, ValueError):
    """The question is empty or too long to be one."""


__all__ = [
    "CorpusError",
    "DatelineError",
    "EvaluationError",
    "ModelUnavailableError",
    "QuestionError",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreMismatchError",
    "StoreNotFoundError",
    "StoreWriteError",
]
