"""Text of any origin as HTML that can only be read, and addresses that may become links."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

# Tab and line breaks stay; the rest would vanish or be altered by the browser's own parser.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def escape(text: str) -> str:
    """The text as HTML that shows it literally, in content and in quoted attributes.

    Control characters and lone surrogates show as replacement characters.
    """
    clean = _CONTROL.sub("\ufffd", text).encode("utf-8", "surrogatepass")
    return html.escape(clean.decode("utf-8", "replace"))


def web_host(url: str | None) -> str | None:
    """The host of an address that may become a link (http or https only), else None."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host and parts.scheme in ("http", "https") else None
