"""The vectors that a new collection still waits for, made while its page is already open."""

from __future__ import annotations

import logging

from index.errors import StoreBusyError
from qa import Assistant, DatelineError
from qa.web.workers import EndingError, Workers

_LOG = logging.getLogger(__name__)


def complete(assistant: Assistant, workers: Workers) -> None:
    """Make them; between two batches whoever waits for an answer comes first.

    What is made is kept: where the server ends meanwhile, the next run goes on.
    """
    try:
        assistant.complete(lambda _: workers.stand_back())
    except (EndingError, StoreBusyError):  # the latter: another process makes them
        pass
    except DatelineError as error:
        _LOG.warning("the vectors of %s could not be made: %s", assistant.store.location, error)
