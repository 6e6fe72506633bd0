"""What can go wrong between articles and hits.

DatelineError
├─ CorpusError              an article file is missing or malformed: file, line, field
├─ ModelUnavailableError    a model cannot be loaded: name, where it was looked for
└─ StoreError
   ├─ StoreNotFoundError    nothing at that path
   ├─ StoreMismatchError    saved with another embedder, dimension or format
   ├─ StoreDamagedError     a file fails its check: which one, how to repair
   ├─ StoreBusyError        another writer holds it
   ├─ StoreWriteError       disk full, read-only: what was kept
   └─ StoreUnavailableError a server does not answer: which one, how long it was waited for

(``qa.errors`` adds QuestionError.) A message says what was wrong, the value met, and the mend.
"""

from __future__ import annotations


class DatelineError(Exception):
    """Any failure of the world that Dateline reports in one line."""


class CorpusError(DatelineError):
    """An article file is missing, unreadable or malformed, or a collection holds no article."""

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


class ModelUnavailableError(DatelineError):
    """A model cannot be loaded."""

    def __init__(self, message: str, *, model: str) -> None:
        super().__init__(message)
        self.model = model


class StoreError(DatelineError):
    """A store cannot be used as asked."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class StoreNotFoundError(StoreError):
    """There is no store at that path."""


class StoreMismatchError(StoreError):
    """The store was built with another model, dimension, chunk settings or format."""


class StoreDamagedError(StoreError):
    """A file of the store fails its check."""


class StoreBusyError(StoreError):
    """Another process is writing to the store."""


class StoreWriteError(StoreError):
    """The store cannot be written: disk full, read-only."""


class StoreUnavailableError(StoreError):
    """The server that holds the store does not answer."""
