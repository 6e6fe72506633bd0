"""The threads that work for a page: they end with its server, and none stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

# An answer takes less; a batch of passages more where others keep the cores busy.
_CLOSING_SECONDS = 5


class Workers:
    """Starts threads, and waits a while for them when it is closed.

    They are no daemons: one that the interpreter leaves behind in native code may bring the whole
    process down with an abort while it ends.
    """

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._is_ending = threading.Event()

    @property
    def is_ending(self) -> bool:
        """Whether what can be left undone is to be left undone."""
        return self._is_ending.is_set()

    def start(self, work: Callable[..., object], *arguments: Any) -> None:
        """Do `work` in a thread of its own."""
        thread = threading.Thread(target=work, args=arguments)
        self._threads = {each for each in self._threads if each.is_alive()} | {thread}
        thread.start()

    def close(self) -> bool:
        """Have all threads end at their next step; whether they have, after some seconds."""
        self._is_ending.set()
        until = time.monotonic() + _CLOSING_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)
