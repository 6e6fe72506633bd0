"""Hits → the text of an answer with its citations, or a decline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Hit
from qa.cite import checked
from qa.copies import Copies
from qa.evidence import select_evidence
from qa.types import Citation, Query
from qa.verdict import Verdict
from qa.words import WORD, split_words

DECLINED = "The articles do not tell."


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's text, its citations and its bare answer; declined without citations."""

    text: str
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None

    @property
    def declined(self) -> bool:
        return not self.citations


def compose_answer(verdict: Verdict, copies: Copies | None = None) -> Draft:
    """The sentences that answer, best first, each with its marker."""
    chosen = select_evidence(verdict.evidence)
    pieces = [(each.hit.article, each.start, each.end) for each in chosen]
    citations, lines = checked(pieces, copies)
    if not citations:
        return Draft(DECLINED)
    return Draft("\n".join(lines), citations, verdict.short_answer)


def compose_passages(hits: Sequence[Hit], copies: Copies | None = None) -> Draft:
    """The passages themselves, each with its marker."""
    pieces = [(hit.article, hit.passage.start, hit.passage.end) for hit in hits]
    citations, lines = checked(pieces, copies)
    return Draft("\n\n".join(lines), citations) if citations else Draft(DECLINED)


def decline(reason: str | None = None) -> Draft:
    """That the articles do not tell, with at most one reason."""
    return Draft(f"{DECLINED} {reason}" if reason else DECLINED)


def names_in(query: Query) -> tuple[str, ...]:
    """The names in the question, each once; words of one name stand together."""
    names: list[str] = []
    end = -1
    for word, match in zip(split_words(query.text), WORD.finditer(query.text), strict=True):
        if not word.is_name:
            continue
        if names and match.start() == end + 1 and query.text[end] == " ":
            names[-1] += f" {word.text}"
        else:
            names.append(word.text)
        end = match.end()
    return tuple(dict.fromkeys(names))
