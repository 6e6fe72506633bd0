"""Where the paragraphs of a text begin and end, whichever way its lines are broken."""

from __future__ import annotations

import re

Bounds = tuple[int, int]

_LINE_BREAK = re.compile(r"[ \t]*\n\s*")
_BLANK_LINE = re.compile(r"[ \t]*\n[ \t]*\n\s*")
_START_AFTER_BREAK = re.compile(r"[^\n]\n(?=([^\n]))")


def find_paragraphs(text: str, within: Bounds, *, keep: Bounds = (0, 0)) -> list[Bounds]:
    """The bounds of the paragraphs of a stretch; no break falls inside `keep`.

    Every line is a paragraph, as news pages have it, unless the text is set to a fixed width:
    then only blank lines part paragraphs.
    """
    pattern = _BLANK_LINE if _is_wrapped(text) else _LINE_BREAK
    paragraphs: list[Bounds] = []
    start = within[0]
    for gap in pattern.finditer(text, *within):
        if keep[0] < gap.end() and gap.start() < keep[1]:
            continue
        paragraphs.append((start, gap.start()))
        start = gap.end()
    paragraphs.append((start, within[1]))
    return [(start, end) for start, end in paragraphs if text[start:end].strip()]


def _is_wrapped(text: str) -> bool:
    """Whether many single line breaks fall inside a sentence: a small letter comes next."""
    starts = [match[1].islower() for match in _START_AFTER_BREAK.finditer(text)]
    return 3 * starts.count(True) > len(starts)
