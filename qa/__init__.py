"""Questions in, cited answers out.

>>> from qa import ask
>>> ask("Who vowed to launch cyber-attacks against the US?").declined
False
"""

from index.build import IndexReport, Progress
from index.listing import ListedArticle
from index.listing import Order as ArticleOrder
from index.origin import SourceState
from index.types import Article, Hit, Passage, Skipped
from qa.ask import Assistant, ask
from qa.browse import ArticlePage, ArticleQuery, browse
from qa.dropped import DropLimits, DroppedArticles, DroppedFile, sweep_dropped
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
from qa.quote_types import Difference, QuoteLookup, QuoteMatch, QuotePlace
from qa.timeline import Timeline, TimelineEntry
from qa.types import Answer, AnsweredPart, Citation, Report, Status, Turn
from qa.upload_changes import is_uploaded, remove_uploaded, replace_uploaded
from qa.uploads import UploadedArticles, check_takes_uploads

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
