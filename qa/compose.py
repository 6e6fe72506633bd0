"""Hits → the text of an answer with its citations, or a decline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Hit
from qa.cite import checked
from qa.evidence import Evidence, select_evidence
from qa.types import Citation, Query
from qa.words import split_words

DECLINED = "The articles do not tell."


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's text and its citations; declined without citations."""

    text: str
    citations: tuple[Citation, ...] = ()

    @property
    def declined(self) -> bool:
        return not self.citations


def compose_answer(evidence: Sequence[Evidence]) -> Draft:
    """The sentences that answer, best first, each with its marker."""
    chosen = select_evidence(evidence)
    citations, lines = checked([(each.hit.article, each.start, each.end) for each in chosen])
    return Draft("\n".join(lines), citations) if citations else Draft(DECLINED)


def compose_passages(hits: Sequence[Hit]) -> Draft:
    """The passages themselves, each with its marker."""
    citations, lines = checked([(hit.article, hit.passage.start, hit.passage.end) for hit in hits])
    return Draft("\n\n".join(lines), citations) if citations else Draft(DECLINED)


def decline(reason: str | None = None) -> Draft:
    """That the articles do not tell, with at most one reason."""
    return Draft(f"{DECLINED} {reason}" if reason else DECLINED)


def names_in(query: Query) -> tuple[str, ...]:
    """The words of the question that are written as names, each once."""
    return tuple(dict.fromkeys(word.text for word in split_words(query.text) if word.is_name))
