"""What reaches the terminal: printable text only, answers on stdout, the rest on stderr.

Article text is data for a terminal, too: no escape sequence, no carriage return and no change of
the direction of writing passes from an article, a headline or a file's name.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from typing import Any, TextIO

# Control characters but for line breaks and tabs, changes of direction, lone surrogates.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """`text` with what a terminal would act upon shown as replacement characters."""
    return _UNPRINTABLE.sub("\ufffd", text)


def on_one_line(text: object) -> str:
    """The printable form of a message, line breaks and all white space made spaces."""
    return printable(" ".join(str(text).split()))


def say(output: str | dict[str, Any], *, indent: int | None = 2) -> None:
    """Print text, or an object as JSON, to stdout."""
    if isinstance(output, dict):
        told = json.dumps(output, ensure_ascii=False, indent=indent)
        # Inside JSON they can be escaped without loss.
        text = _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", told)
    else:
        text = printable(output)
    _write(text, sys.stdout)


def tell(message: object) -> None:
    """Print a message to stderr, on one line, with the command's name."""
    # Whoever closed stderr does not want to be told.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        _write(f"qa: {on_one_line(message)}", sys.stderr)


class ConsoleHandler(logging.Handler):
    """Tells what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())


def _write(text: str, stream: TextIO) -> None:
    # A question may hold what the terminal's encoding lacks; that must not lose the answer.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)
