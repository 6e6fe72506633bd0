"""What libraries say of a file's faults: into our log as details, not onto somebody's terminal."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

logger = logging.getLogger(__name__)
_guard = Lock()
_depth: Counter[str] = Counter()


class _Details(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        logger.debug("%s: %s", record.name, record.getMessage())


_DETAILS = _Details()


@contextmanager
def hushed(library: str) -> Iterator[None]:
    """Tell the warnings of `library` as details meanwhile: a file's fault is told in one line.

    They still reach whoever listens for details (``logging.DEBUG``), by the name of this module.
    """
    told = logging.getLogger(library)
    with _guard:
        _depth[library] += 1
        if _depth[library] == 1:
            told.addHandler(_DETAILS)
            told.propagate = False
    try:
        yield
    finally:
        with _guard:
            _depth[library] -= 1
            if not _depth[library]:
                told.removeHandler(_DETAILS)
                told.propagate = True
