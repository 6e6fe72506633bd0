"""Links that name a sentence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urlencode

from qa import Article, Citation, Hit
from qa.web import wording

FRAGMENT = "cite-"


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one version of an article; an empty one stands for the whole.

    A link carries all of it, so that it opens from any message of any conversation, also
    after a reload, and can be checked against the article before anything is highlighted.
    """

    article_id: str
    start: int
    end: int
    content_sha256: str
    quote_sha256: str

    @classmethod
    def of_citation(cls, citation: Citation) -> Self:
        """The place a citation quotes."""
        return cls(
            citation.article_id,
            citation.start,
            citation.end,
            citation.content_sha256,
            digest(citation.quote),
        )

    @classmethod
    def of_hit(cls, hit: Hit) -> Self:
        """The place of a whole passage."""
        passage, article = hit.passage, hit.article
        return cls(
            article.id, passage.start, passage.end, article.content_sha256, digest(passage.text)
        )

    @classmethod
    def of_whole(cls, article_id: str, content_sha256: str) -> Self:
        """An article with no stretch of it in particular: where it begins."""
        return cls(article_id, 0, 0, content_sha256, digest(""))

    @classmethod
    def from_fragment(cls, fragment: str) -> Self:
        """The place a link names.

        Raises
        ------
        ValueError
            If the fragment was not made by `to_fragment`.
        """
        fields = parse_qs(fragment.removeprefix("#").removeprefix(FRAGMENT))
        try:
            return cls(
                fields["article"][0],
                int(fields["start"][0]),
                int(fields["end"][0]),
                fields["text"][0],
                fields["quote"][0],
            )
        except (KeyError, ValueError) as error:
            raise ValueError(wording.NO_PLACE) from error

    def to_fragment(self) -> str:
        """The place as the fragment of a link, without ``#``."""
        fields = {
            "article": self.article_id.encode("utf-8", "surrogatepass"),
            "start": self.start,
            "end": self.end,
            "text": self.content_sha256,
            "quote": self.quote_sha256,
        }
        return FRAGMENT + urlencode(fields)

    def is_in(self, article: Article) -> bool:
        """Whether the article still has the quoted words at this place."""
        return (
            article.content_sha256 == self.content_sha256
            and 0 <= self.start <= self.end <= len(article.text)
            and digest(article.text[self.start : self.end]) == self.quote_sha256
        )
