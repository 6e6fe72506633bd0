"""Where a source was printed, in words."""

from __future__ import annotations

from index.types import Article, Hit
from qa.export import wording
from qa.types import Citation

# How many outlets with the same words are named; of more the number tells enough.
_MAX_NAMED = 3


def credits_of(source: Citation | Article) -> tuple[str, str, str]:
    """Headline, outlet and date in words; what is absent is named as absent."""
    return (
        source.title or wording.UNTITLED,
        source.source or wording.NO_OUTLET,
        wording.day(source.published),
    )


def also_in_of(source: Citation | Hit) -> str:
    """The outlets that print the same words, in words; empty where there are none."""
    pairs = zip(source.also_in, source.also_in_sources, strict=True)
    outlets = [*dict.fromkeys(outlet or article_id for article_id, outlet in pairs)]
    named = ", ".join(outlets[:_MAX_NAMED])
    if len(outlets) > _MAX_NAMED:
        named = wording.AND_MORE.format(outlets=named, n=len(outlets) - _MAX_NAMED)
    told = wording.ALSO_IN if len(outlets) == 1 else wording.ALSO_IN_SEVERAL
    return told.format(outlets=named, n=len(outlets)) if outlets else ""
