"""The threads that work for a page: they end with its server, and none stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# An answer takes less; a batch of passages more where others keep the cores busy.
_CLOSING_SECONDS = 5


class EndingError(Exception):
    """What is being made is wanted no more: the server ends."""


class Workers:
    """Starts threads, lets some stand back for others, and waits a while for all when closed.

    They are no daemons: one that the interpreter leaves behind in native code may bring the whole
    process down with an abort while it ends.
    """

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._changed = threading.Condition()
        self._n_asking = 0
        self._is_ending = False

    @property
    def is_ending(self) -> bool:
        """Whether what can be left undone is to be left undone."""
        return self._is_ending

    def start(self, work: Callable[..., object], *arguments: Any) -> None:
        """Do `work` in a thread of its own."""
        thread = threading.Thread(target=work, args=arguments)
        with self._changed:
            self._threads = {each for each in self._threads if each.is_alive()} | {thread}
            thread.start()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Somebody waits for what is done in this block."""
        with self._changed:
            self._n_asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_asking -= 1
                self._changed.notify_all()

    def stand_back(self) -> None:
        """Wait until nobody waits for an answer; for work that nobody waits for.

        Raises
        ------
        EndingError
            The server ends.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_ending or not self._n_asking)
        if self._is_ending:
            raise EndingError

    def close(self) -> bool:
        """Have all threads end at their next step; whether they have, after some seconds."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        until = time.monotonic() + _CLOSING_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)
