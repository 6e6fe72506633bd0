"""Whether the reports found give one answer, a newer one, or different ones.

Each article is asked alone: what it would answer if there were no other, and how surely. Only
those that each answer the question, of one event, with values that can be compared, are set
beside each other; near-copies of one story are one witness. A difference told where there is none
is worse than one not told, so every doubt makes one report fewer; docs/answers.md has the rules
and what they were tried on.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.types import Article, Hit
from qa.copies import Copies
from qa.question import AnswerKind, QuestionProfile, profile_question
from qa.question_form import QuestionForm
from qa.reader import Finding, short_answer
from qa.types import Agreement
from qa.values import Value, holds_kind, likeness, read_value, states
from qa.weigh import ReadHits

# Sentences that tell the same of one event are more alike than this; of two events of a kind, or of
# two sides of one, less (docs/answers.md).
_ONE_EVENT = 0.65
# Reports of the same day as an event, or soon after it, tell when it happened; when their dates
# move along with what they tell, they tell of two events.
_SOON = datetime.timedelta(10)
# A newer report that tells the older figure, too, says that it changed.
_CHANGE = re.compile(
    r"\b(?:from|up|down|rose|risen|rising|rises|climb\w*|increas\w*|fell|fallen|drop\w*|earlier"
    r"|previous\w*|initial\w*|revis\w*|correct\w*|instead|than|originally|before|first|replac\w*"
    r"|succe\w*|former|predecessor|resign\w*|delay\w*|postpon\w*|brought)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Account:
    """What one article, asked alone, answers.

    Attributes
    ----------
    finding : Finding
        Its sentence and span.
    sureness : float
        In [0, 1]: how probable it is that the span answers.
    answer : str
        The bare answer.
    value : Value
        What it says.
    articles : tuple of Article
        It, and near-copies of it that say the same.
    sources : tuple of str or None
        Their outlets, with those of near-copies that print the same sentence.
    """

    finding: Finding
    sureness: float
    answer: str
    value: Value
    articles: tuple[Article, ...]
    sources: tuple[str | None, ...]

    @property
    def published(self) -> datetime.date | None:
        """The day of the article that is quoted."""
        return self.finding.evidence.hit.article.published

    @property
    def sentence(self) -> str:
        """The sentence, verbatim."""
        return self.finding.evidence.text


@dataclass(frozen=True, slots=True)
class Claim:
    """One answer with the stories that give it.

    Attributes
    ----------
    accounts : tuple of Account
        Newest first, undated ones last.
    """

    accounts: tuple[Account, ...]

    @property
    def best(self) -> Account:
        """The account that is quoted: the newest."""
        return self.accounts[0]

    @property
    def days(self) -> tuple[datetime.date, datetime.date] | None:
        """First and last day on which it was published; None where no article has a date."""
        days = [
            article.published
            for account in self.accounts
            for article in account.articles
            if article.published is not None
        ]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of the stories beside each other.

    Attributes
    ----------
    claims : tuple of Claim
        Newest first, undated ones last.
    agreement : {"agree", "updated", "differ"}
        Whether there is one; else whether each was published after the one before; else "differ".
    """

    claims: tuple[Claim, ...]
    agreement: Agreement


def compare_stories(
    read: ReadHits, form: QuestionForm, first: Finding, copies: Copies
) -> Comparison | None:
    """What the stories answer, set beside each other; None where there is nothing to compare.

    Parameters
    ----------
    read : ReadHits
        The hits with their question.
    form : QuestionForm
        Stories are compared only where one answer is asked for.
    first : Finding
        What is held to be the answer; its story must stand by it alone, too.
    copies : Copies
        Tells which articles are of one story.
    """
    profile = profile_question(read.question)
    told_at_length = (AnswerKind.REASON, AnswerKind.DESCRIPTION)
    if not form.wants_one or profile.kind in told_at_length:
        return None
    articles = _by_article(read.hits)
    if len(articles) < 2:
        return None
    found = [_account(read, profile, hits, copies) for hits in articles]
    accounts = _one_of_each_story([each for each in found if each is not None], copies)
    lead = next((each for each in accounts if first.evidence.hit.article in each.articles), None)
    if lead is None:
        return None
    alike = [
        each
        for each in accounts
        if each is not lead
        and read.alikeness(each.finding.evidence, lead.finding.evidence) >= _ONE_EVENT
    ]
    groups = _grouped(profile, lead, sorted(alike, key=lambda each: -each.sureness))
    if sum(len(group) for group in groups) < 2:
        return None
    claims = tuple(
        sorted((Claim(tuple(sorted(group, key=_age))) for group in groups), key=_claim_age)
    )
    return Comparison(claims, _agreement(claims))


def _by_article(hits: Iterable[Hit]) -> list[list[Hit]]:
    """The hits of each article, in the order of its best."""
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.article.id, []).append(hit)
    return list(found.values())


def _one_of_each_story(accounts: Sequence[Account], copies: Copies) -> list[Account]:
    """The accounts without those of near-copies, which are no witnesses of their own.

    A near-copy of another day that tells another figure is the story's update, and is kept.
    """
    kept: list[Account] = []
    for account in sorted(accounts, key=lambda each: -each.sureness):
        same = next((at for at, each in enumerate(kept) if _are_one(each, account, copies)), None)
        if same is None:
            kept.append(account)
        else:
            kept[same] = _merged(kept[same], account)
    return kept


def _are_one(one: Account, other: Account, copies: Copies) -> bool:
    """Whether two accounts are one witness's: of one story, with one value or of one day."""
    if copies.n_stories((one.articles[0].id, other.articles[0].id)) > 1:
        return False
    days = one.published, other.published
    return likeness(one.value, other.value) is not False or None in days or days[0] == days[1]


def _merged(one: Account, other: Account) -> Account:
    """The surer account with the articles and outlets of both, if they say the same."""
    if not likeness(one.value, other.value):
        return one
    return replace(
        one,
        articles=tuple(dict.fromkeys((*one.articles, *other.articles))),
        sources=tuple(dict.fromkeys((*one.sources, *other.sources))),
    )


def _account(
    read: ReadHits, profile: QuestionProfile, hits: Sequence[Hit], copies: Copies
) -> Account | None:
    """What an article alone answers; None where it does not, or says nothing comparable."""
    # Where the reader finds no answer, none can become sure: that spares weighing its sentences.
    if max(read.readings[hit.passage.id].best.margin for hit in hits) <= 0.0:
        return None
    weighing = read.weigh(hits)
    if weighing is None or not weighing.stands_alone:
        return None
    finding = weighing.findings[0]
    evidence = finding.evidence
    article = evidence.hit.article
    answer = short_answer(read.question, article.text, finding.span)
    place = article.text.find(answer, evidence.start, evidence.end) if answer else -1
    if place < 0 or not holds_kind(profile, answer):
        return None
    sentence_end = place - evidence.start + len(answer)
    value = read_value(read.question, profile, evidence.text, place - evidence.start, sentence_end)
    if value is None:
        return None
    also = copies.also_in(article, evidence.start, evidence.end).sources
    sources = tuple(dict.fromkeys((article.source, *also)))
    return Account(finding, weighing.sureness, answer, value, (article,), sources)


def _grouped(
    profile: QuestionProfile, lead: Account, others: Sequence[Account]
) -> list[list[Account]]:
    """Accounts by what they say, the lead's first; what cannot be compared is left out."""
    groups = [[lead]]
    for other in others:
        same = [_compared(profile, group[0], other) for group in groups]
        if True in same:
            groups[same.index(True)].append(other)
        elif all(each is False for each in same):
            groups.append([other])
    return groups


def _compared(profile: QuestionProfile, one: Account, other: Account) -> bool | None:
    """Whether two accounts say the same; None where their difference may be none."""
    is_same = likeness(one.value, other.value)
    if is_same is not False:
        return is_same
    if _are_of_two_events(one, other) or _tell_each_others(profile, one, other):
        return None
    return False


def _are_of_two_events(one: Account, other: Account) -> bool:
    """Whether each tells a date shortly before or at its own publication, which differ."""
    if one.value.time is None or other.value.time is None or one.published == other.published:
        return False
    return all(
        account.published is not None
        and account.value.time is not None
        and _is_recent(account.value.time.interval.first, account.published)
        for account in (one, other)
    )


def _is_recent(day: datetime.date, published: datetime.date) -> bool:
    """Whether a day, whose year may be unknown, lies within some days up to publication."""
    for year in (day.year, published.year, published.year - 1):
        try:
            dated = day.replace(year=year)
        except ValueError:
            continue
        if datetime.timedelta(0) <= published - dated <= _SOON:
            return True
    return False


def _tell_each_others(profile: QuestionProfile, one: Account, other: Account) -> bool:
    """Whether one tells the other's value, too: then they hardly contradict each other.

    Only a newer report may: "rose to 17 from 12".
    """
    if profile.kind is AnswerKind.PLACE:
        # One report says the town, another the country.
        return states(_text_of(one), other.value) or states(_text_of(other), one.value)
    older, newer = sorted((one, other), key=lambda each: each.published or datetime.date.max)
    if states(older.sentence, newer.value):
        return True
    if not states(newer.sentence, older.value):
        return False
    is_dated = older.published is not None and newer.published is not None
    is_later = is_dated and older.published != newer.published
    return not (is_later and _CHANGE.search(newer.sentence))


def _text_of(account: Account) -> str:
    return account.finding.evidence.hit.article.text


def _age(account: Account) -> tuple[int, float]:
    """Sorts newest first, undated last; of one day the surest first."""
    day = account.published
    return (-day.toordinal() if day else 0), -account.sureness


def _claim_age(claim: Claim) -> tuple[int, float]:
    return _age(claim.best)


def _agreement(claims: Sequence[Claim]) -> Agreement:
    """How claims, newest first, stand to each other."""
    if len(claims) == 1:
        return "agree"
    days = [claim.days for claim in claims]
    for newer, older in itertools.pairwise(days):
        if newer is None or older is None or newer[0] <= older[1]:
            return "differ"
    return "updated"
