"""Ctrl-C as a wish that a long piece of work looks at between its steps; SIGTERM as another."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def noted_interruption() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets instead of raising; a second one raises as ever.

    An exception raised between any two instructions may come in a place that cannot pass it on
    (a destructor, a callback from native code), and is lost there. Outside the main thread, or
    where Ctrl-C is ignored or handled by somebody else, nothing is changed.

    >>> with noted_interruption() as noted:
    ...     signal.raise_signal(signal.SIGINT)
    ...     noted.is_set()
    True
    """
    noted = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if (
        threading.current_thread() is not threading.main_thread()
        or before is not signal.default_int_handler
    ):
        yield noted
        return

    def note(_signum: int, _frame: FrameType | None) -> None:
        noted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def left_at_sigterm() -> Iterator[None]:
    """SIGTERM leaves the block, as Ctrl-C does, and what is open in it is closed on the way.

    By itself it ends a process on the spot; and the first process of a container, for which the
    system does nothing by itself, not at all. Outside the main thread, or where SIGTERM is
    ignored or handled by somebody else, nothing is changed.
    """
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    except _Terminated:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


class _Terminated(KeyboardInterrupt):
    """SIGTERM has come; what ends well at Ctrl-C ends as well at this."""


def _leave(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
