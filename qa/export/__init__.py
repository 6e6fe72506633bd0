"""Conversations and sources as text to take away: files of several formats, and citations.

The page and `qa chat` write with the same code. Nothing here imports gradio.
"""

from __future__ import annotations

from qa.export import wording
from qa.export.credits import also_in_of, credits_of
from qa.export.escaping import escape, web_host
from qa.export.files import ENDINGS, File, Format, export
from qa.export.references import (
    bibtex_reference,
    escape_markdown,
    markdown_reference,
    plain_reference,
    references,
)

__all__ = [
    "ENDINGS",
    "File",
    "Format",
    "also_in_of",
    "bibtex_reference",
    "credits_of",
    "escape",
    "escape_markdown",
    "export",
    "markdown_reference",
    "plain_reference",
    "references",
    "web_host",
    "wording",
]
