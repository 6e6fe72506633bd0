"""Hits → the text of an answer with its citations, or a decline."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Article, Hit
from qa.cite import checked, without_markers
from qa.claims import Account, Claim, Comparison
from qa.copies import Copies
from qa.evidence import Evidence, select_evidence
from qa.language import is_foreign
from qa.question_form import Form, read_form
from qa.types import Agreement, AnsweredPart, Citation, Query, Report
from qa.verdict import Verdict
from qa.words import WORD, split_words

DECLINED = "The articles do not tell."
COMMANDED = "It reads as a command, and only what articles tell is answered."
FOREIGN = "It may be in another language than English, in which questions are understood best."
ARTICLES_SAY = "The articles say:"
DIFFER = "Reports differ."
UPDATED = "A later report says otherwise than the one before it."
UPDATED_AGAIN = "Later reports say otherwise than those before them."
_MARKER = re.compile(r"\[(\d+)\]")
# How many differing answers are told; more are as good as none.
_MAX_CLAIMS = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's text, its citations and its bare answer; declined without citations."""

    text: str
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    reports: tuple[Report, ...] = ()
    agreement: Agreement | None = None
    parts: tuple[AnsweredPart, ...] = ()

    @property
    def declined(self) -> bool:
        return not self.citations


def compose_answer(verdict: Verdict, copies: Copies | None = None) -> Draft:
    """The sentences that answer, each with its marker.

    Best first; where reports differ, newest first, each with its date and outlet.
    """
    comparison = verdict.comparison
    if comparison is not None and len(comparison.claims) > 1:
        draft = _compose_reports(comparison, copies)
        if draft is not None:
            return draft
    citations, lines = checked(_pieces(_chosen(verdict)), copies)
    if not citations:
        return Draft(DECLINED)
    if verdict.form in (Form.YES_NO, Form.STATEMENT):
        # Neither yes nor no is concluded: a reader sees what supports it, or speaks against it.
        lines = (ARTICLES_SAY, *lines)
    draft = Draft("\n".join(lines), citations, verdict.short_answer)
    if comparison is None:
        return draft
    (claim,) = comparison.claims[:1]
    return replace(
        draft,
        reports=(_report(claim, citations, newest=None),) if len(comparison.claims) == 1 else (),
        agreement="agree" if len(comparison.claims) == 1 else None,
    )


def compose_passages(hits: Sequence[Hit], copies: Copies | None = None) -> Draft:
    """The passages themselves, each with its marker."""
    pieces = [(hit.article, hit.passage.start, hit.passage.end) for hit in hits]
    citations, lines = checked(pieces, copies)
    return Draft("\n\n".join(lines), citations) if citations else Draft(DECLINED)


def compose_parts(parts: Sequence[tuple[str, Draft, float]]) -> Draft:
    """The answers to several questions as one, in their order, each below its question.

    Parameters
    ----------
    parts : sequence of (str, Draft, float)
        Each question in a form that stands alone, its draft, and how sure that is.
    """
    if all(draft.declined for _, draft, _ in parts):
        told = {draft.text for _, draft, _ in parts}
        return replace(_together(parts), text=told.pop() if len(told) == 1 else DECLINED)
    return _together(parts)


def decline(reason: str | None = None) -> Draft:
    """That the articles do not tell, with at most one reason."""
    return Draft(f"{DECLINED} {reason}" if reason else DECLINED)


def reason_of_form(question: str) -> str | None:
    """Why a question may not be answered that lies in how it is put, in one sentence."""
    if read_form(question).form is Form.COMMAND:
        return COMMANDED
    return FOREIGN if is_foreign(question) else None


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


def _chosen(verdict: Verdict) -> Sequence[Evidence]:
    """The sentences to show."""
    if verdict.form is Form.TOPIC:
        return verdict.evidence
    if verdict.listed is not None:
        return [finding.evidence for finding in verdict.listed.findings]
    chosen = select_evidence(verdict.evidence)
    if verdict.context is None:
        return chosen
    # "He also vowed …": whom that means stands right behind, and once only.
    others = [each for each in chosen[1:] if each.start != verdict.context.start]
    return (chosen[0], verdict.context, *others[:1])


def _pieces(evidence: Sequence[Evidence]) -> list[tuple[Article, int, int]]:
    return [(each.hit.article, each.start, each.end) for each in evidence]


def _compose_reports(comparison: Comparison, copies: Copies | None) -> Draft | None:
    """The differing answers, newest first; None where their quotes do not check out."""
    claims = comparison.claims[:_MAX_CLAIMS]
    citations, lines = checked(_pieces([claim.best.finding.evidence for claim in claims]), copies)
    if len(citations) != len(claims):
        return None
    newest = _newest_day(claims)
    reports = tuple(_report(claim, citations, newest=newest) for claim in claims)
    told = [
        f"{_dated(claim.best, is_newest=report.is_newest)}: {line}"
        for claim, report, line in zip(claims, reports, lines, strict=True)
    ]
    is_updated = comparison.agreement == "updated"
    answers = [report.answer for report in reports]
    heading = (UPDATED if len(claims) == 2 else UPDATED_AGAIN) if is_updated else DIFFER
    return Draft(
        "\n".join((heading, *told)),
        citations,
        answers[0] if is_updated else " or ".join(dict.fromkeys(answers)),
        reports,
        comparison.agreement,
    )


def _newest_day(claims: Sequence[Claim]) -> datetime.date | None:
    """The last day of publication, where not all dated claims were last published on it."""
    days = {claim.days[1] for claim in claims if claim.days}
    return max(days) if len(days) > 1 else None


def _report(claim: Claim, citations: Sequence[Citation], *, newest: datetime.date | None) -> Report:
    articles = {article.id for account in claim.accounts for article in account.articles}
    first, last = claim.days or (None, None)
    return Report(
        claim.best.answer,
        first,
        last,
        tuple(dict.fromkeys(source for each in claim.accounts for source in each.sources)),
        tuple(each.marker for each in citations if each.article_id in articles),
        is_newest=newest is not None and last == newest,
    )


def _dated(account: Account, *, is_newest: bool) -> str:
    """Date and outlet in words, for the front of a quote."""
    article = account.finding.evidence.hit.article
    source = without_markers(" ".join((article.source or "outlet not named").split()))
    if article.published is None:
        return f"Undated, {source}"
    day = _in_words(article.published)
    return f"Newest, {day}, {source}" if is_newest else f"{day}, {source}"


def _in_words(day: datetime.date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _together(parts: Sequence[tuple[str, Draft, float]]) -> Draft:
    """The parts as one draft, their markers counted on."""
    texts: list[str] = []
    citations: list[Citation] = []
    answered: list[AnsweredPart] = []
    for question, draft, confidence in parts:
        part = _answered(question, draft, confidence, len(citations))
        answered.append(part)
        citations += [
            replace(each, marker=each.marker + len(citations)) for each in draft.citations
        ]
        texts.append(f"{without_markers(question)}\n{part.text}")
    short = [part.short_answer for part in answered if part.short_answer]
    agreements = {part.agreement for part in answered}
    return Draft(
        "\n\n".join(texts),
        tuple(citations),
        "; ".join(short) if len(short) == len(answered) else None,
        tuple(report for part in answered for report in part.reports),
        next((each for each in ("differ", "updated", "agree") if each in agreements), None),
        tuple(answered),
    )


def _answered(question: str, draft: Draft, confidence: float, before: int) -> AnsweredPart:
    """A part with its markers counted on from those of the parts before it."""

    def shifted(marker: int) -> int:
        return marker + before

    reports = tuple(
        replace(report, markers=tuple(map(shifted, report.markers))) for report in draft.reports
    )
    return AnsweredPart(
        question,
        _MARKER.sub(lambda match: f"[{shifted(int(match[1]))}]", draft.text),
        draft.short_answer,
        draft.declined,
        confidence,
        tuple(shifted(each.marker) for each in draft.citations),
        reports,
        draft.agreement,
    )
