"""Questions in, cited answers out.

>>> from qa import ask
>>> ask("Who vowed to launch cyber-attacks against the US?").declined
False
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from index.types import Article, Hit, Passage, Skipped
from qa.ask import Assistant, ask
from qa.browse import ArticlePage, ArticleQuery, browse
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
from qa.query import without_filters
from qa.types import Answer, AnsweredPart, Citation, Report, Status, Turn

if TYPE_CHECKING:
    from index.build import IndexReport, Progress
    from index.listing import ListedArticle
    from index.listing import Order as ArticleOrder
    from index.origin import SourceState
    from qa.dropped import DropLimits, DroppedArticles, DroppedFile, sweep_dropped
    from qa.quote_types import Difference, QuoteLookup, QuoteMatch, QuotePlace
    from qa.timeline import Timeline, TimelineEntry
    from qa.upload_changes import is_uploaded, remove_uploaded, replace_uploaded
    from qa.uploads import UploadedArticles, check_takes_uploads

# Imported when they are first asked for: no question needs them, and a question from the shell
# waits for every import.
_IMPORTED_ON_USE = {
    "ArticleOrder": ("index.listing", "Order"),
    "Difference": ("qa.quote_types", "Difference"),
    "DropLimits": ("qa.dropped", "DropLimits"),
    "DroppedArticles": ("qa.dropped", "DroppedArticles"),
    "DroppedFile": ("qa.dropped", "DroppedFile"),
    "IndexReport": ("index.build", "IndexReport"),
    "ListedArticle": ("index.listing", "ListedArticle"),
    "Progress": ("index.build", "Progress"),
    "QuoteLookup": ("qa.quote_types", "QuoteLookup"),
    "QuoteMatch": ("qa.quote_types", "QuoteMatch"),
    "QuotePlace": ("qa.quote_types", "QuotePlace"),
    "SourceState": ("index.origin", "SourceState"),
    "Timeline": ("qa.timeline", "Timeline"),
    "TimelineEntry": ("qa.timeline", "TimelineEntry"),
    "UploadedArticles": ("qa.uploads", "UploadedArticles"),
    "check_takes_uploads": ("qa.uploads", "check_takes_uploads"),
    "is_uploaded": ("qa.upload_changes", "is_uploaded"),
    "remove_uploaded": ("qa.upload_changes", "remove_uploaded"),
    "replace_uploaded": ("qa.upload_changes", "replace_uploaded"),
    "sweep_dropped": ("qa.dropped", "sweep_dropped"),
}

__all__ = [
    "Answer",
    "AnsweredPart",
    "Article",
    "ArticleOrder",
    "ArticlePage",
    "ArticleQuery",
    "Assistant",
    "Citation",
    "CorpusError",
    "DatelineError",
    "Difference",
    "DropLimits",
    "DroppedArticles",
    "DroppedFile",
    "Hit",
    "IndexReport",
    "ListedArticle",
    "ModelUnavailableError",
    "Passage",
    "Progress",
    "QuestionError",
    "QuoteLookup",
    "QuoteMatch",
    "QuotePlace",
    "Report",
    "Skipped",
    "SourceState",
    "Status",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreMismatchError",
    "StoreNotFoundError",
    "StoreWriteError",
    "Timeline",
    "TimelineEntry",
    "Turn",
    "UploadedArticles",
    "ask",
    "browse",
    "check_takes_uploads",
    "is_uploaded",
    "remove_uploaded",
    "replace_uploaded",
    "sweep_dropped",
    "without_filters",
]


def __getattr__(name: str) -> Any:
    if name not in _IMPORTED_ON_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, its_name = _IMPORTED_ON_USE[name]
    value = globals()[name] = getattr(importlib.import_module(module), its_name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_IMPORTED_ON_USE})
