"""Questions in, cited answers out.

>>> from qa import ask
>>> ask("Who vowed to launch cyber-attacks against the US?").declined
False
"""

from index.types import Article, Hit, Passage
from qa.ask import Assistant, ask
from qa.errors import (
    CorpusError,
    DatelineError,
    ModelUnavailableError,
    QuestionError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
    StoreNotFoundError,
    StoreWriteError,
)
from qa.types import Answer, Citation, Status, Turn

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "CorpusError",
    "DatelineError",
    "Hit",
    "ModelUnavailableError",
    "Passage",
    "QuestionError",
    "Status",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreMismatchError",
    "StoreNotFoundError",
    "StoreWriteError",
    "Turn",
    "ask",
]
