"""Questions to begin with, made while the page is already open."""

from __future__ import annotations

import logging
import secrets
import threading
from weakref import WeakKeyDictionary, WeakSet

from qa import Assistant, DatelineError
from qa.web.workers import EndingError, Workers

_LOG = logging.getLogger(__name__)
# Of all collections of this process: each keeps the cores busy.
_ONE_AT_A_TIME = threading.Lock()


class Suggestions:
    """The questions to begin with of collections, each made once and in the background.

    Parameters
    ----------
    workers : Workers
        Make them; between two of their steps they wait until nobody waits for an answer.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._guard = threading.Lock()
        self._making: WeakSet[Assistant] = WeakSet()
        self._failed: WeakSet[Assistant] = WeakSet()
        self._names: WeakKeyDictionary[Assistant, str] = WeakKeyDictionary()

    def of(self, assistant: Assistant) -> tuple[str, ...] | None:
        """Those of a collection; None while they are being made, which this may begin."""
        with self._guard:
            if assistant in self._making:
                return None
            if assistant in self._failed:
                return ()
        known = assistant.known_suggestions()
        # While vectors come in, what suits the collection changes with each of its generations.
        if known is None and assistant.status().waiting:
            return None
        if known is None:
            with self._guard:
                if assistant in self._making:
                    return None
                self._making.add(assistant)
            self._workers.start(self._make, assistant)
        return known

    def name(self, assistant: Assistant) -> str:
        """What the browser calls the collection whose questions it waits for."""
        with self._guard:
            return self._names.setdefault(assistant, secrets.token_hex(4))

    def _make(self, assistant: Assistant) -> None:
        try:
            with _ONE_AT_A_TIME:
                assistant.suggestions(between=self._workers.stand_back)
        except EndingError:
            pass
        except Exception as error:  # noqa: BLE001 - the page does without them
            told = None if isinstance(error, DatelineError) else error
            _LOG.warning("no questions could be suggested: %s", error, exc_info=told)
            self._failed.add(assistant)
        finally:
            with self._guard:
                self._making.discard(assistant)
