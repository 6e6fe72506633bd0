"""What the passages found amount to: which sentences answer, how surely, and in which words.

Two witnesses are heard. Counted evidence (`qa.evidence`) looks at the words and their meaning, the
trained reader (`qa.reader`) finds the very words that answer. Both together put the right sentence
first more often than either (docs/evidence.md), and know better when nothing answers
(docs/answers.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.types import Hit
from qa.antecedent import context_of, find_antecedent
from qa.claims import Comparison, compare_stories
from qa.confidence import load_confidence
from qa.copies import Copies
from qa.evidence import AS_GOOD_AS, Evidence, SentenceEncoder
from qa.listing import Listed, list_answers
from qa.question import AnswerKind, QuestionProfile, profile_question
from qa.question_form import Form, QuestionForm, read_form
from qa.reader import Finding, short_answer
from qa.reader.judge import log_odds, probability
from qa.related_words import related_keys
from qa.signals import MEASURED_KINDS, SentenceText, kind_evidence
from qa.topics import find_on_topic
from qa.values import holds_kind
from qa.weigh import ReadHits, Weighing, load_judgement
from qa.words import split_words

# Reasons and descriptions are told by sentences.
_TOLD_BY_SENTENCES = frozenset({AnswerKind.REASON, AnswerKind.DESCRIPTION})
# Of 397 Wikipedia questions for a time or a number (SQuAD 2.0, SquadShifts), 0.07 are answered by a
# sentence that holds none; of all sentences 0.54 hold none. That is 2.0 in log-odds, of which
# counted evidence has taken half: it looks at the best three, this at the one that is shown.
_NO_FIGURE = 1.0
# A sentence that names whom the question names, and tells nothing else that it asks ("Who succeeded
# Soleimani?": "Netanyahu praised Trump for killing Soleimani"). Of 464 cases on nine held-out
# articles such a sentence came first for 0.03 of the answerable ones, and for 0.20 and 0.22 where
# the paragraph or article was left out. Neither constant is fitted: from 0.5 to 3 the order of
# answerable questions is the same, and what both do to declining stands in docs/answers.md.
_NOTHING_ASKED = 2.0
_NOTHING_ASKED_AT_ALL = 1.0


# What it counts for a passage's place that a sentence of it answers, beside how well it was found.
# On rtqa2022, twelve passages read, the answer stands in the first passage for 0.621 of the
# questions with 0, 0.646 with 0.1, 0.680 with 0.2, 0.689 with 0.3 to 0.5; the first article is a
# gold one for 0.636, 0.670, 0.655, 0.665 and 0.646.
_ANSWERS = 0.2
# Where so many passages answer surely enough, no more are read, unless the question asks for
# several answers.
READ_FIRST = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the hits tell on a question.

    Attributes
    ----------
    evidence : tuple of Evidence
        Sentences, the likeliest answer first, with scores in [0, 1].
    confidence : float
        In [0, 1]: how probable it is that they answer; of a topic, how much of it they hold.
    is_answer : bool
        Whether answering is more often right than declining.
    short_answer : str or None
        The bare answer, where the reader is sure of its words.
    form : Form
        What kind of question it is.
    findings : tuple of Finding
        The sentences with the words that would answer, in the order of `evidence`.
    listed : Listed or None
        The several answers to a question that asks for several.
    comparison : Comparison or None
        The answers of several stories to a question that asks for one.
    context : Evidence or None
        The sentence that names whom the first one's "he" or "she" means.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    is_answer: bool
    short_answer: str | None = None
    form: Form = Form.QUESTION
    findings: tuple[Finding, ...] = ()
    listed: Listed | None = None
    comparison: Comparison | None = None
    context: Evidence | None = None


def judge(
    question: str,
    hits: Sequence[Hit],
    encoder: SentenceEncoder,
    *,
    copies: Copies | None = None,
    must_answer: bool = False,
) -> Verdict:
    """Weigh the hits, best first, for a question that stands alone; the last ones where need be.

    `must_answer` is for measuring what declining costs and saves: the best there is counts as an
    answer, however improbable. With `copies`, what several stories answer is compared.
    """
    form = read_form(question)
    if form.form is Form.TOPIC and not must_answer:
        on_topic = find_on_topic(form.asked, hits, encoder)
        is_told = bool(on_topic.evidence)
        return Verdict(on_topic.evidence, on_topic.cover, is_told, form=form.form)
    if form.form is Form.QUESTION:
        question = form.asked
    read = ReadHits(question, hits if form.wants_many else hits[:READ_FIRST], encoder)
    verdict = _judged(read, form, copies, must_answer=must_answer)
    if len(read.hits) < len(hits) and verdict.confidence < load_confidence().decline_below:
        verdict = _judged(read.with_more(hits), form, copies, must_answer=must_answer)
    return verdict


def _judged(
    read: ReadHits, form: QuestionForm, copies: Copies | None, *, must_answer: bool
) -> Verdict:
    question = read.question
    weighing = weigh_for(read)
    if weighing is None:
        return Verdict((), 0.0, is_answer=False, form=form.form)
    profile = profile_question(question)
    findings = weighing.findings
    answering, sureness = findings[0], weighing.sureness
    antecedent = find_antecedent(question, profile, answering, read.reading_of(answering))
    if antecedent is not None:
        answering = replace(answering, span=antecedent)
        judgement = load_judgement()
        sureness = judgement.confidence((answering, *findings[1:]), weighing.counted)
    confidence = load_confidence().of(profile.kind, weighing.counted, sureness)
    is_sure_enough = confidence >= load_confidence().decline_below
    is_answer = must_answer or (is_sure_enough and form.form is not Form.COMMAND)
    verdict = Verdict(
        tuple(replace(each.evidence, score=each.probability) for each in findings),
        confidence,
        is_answer,
        form=form.form,
        findings=findings,
        context=None if antecedent is None else context_of(answering, antecedent),
    )
    if not is_answer or form.form in (Form.YES_NO, Form.STATEMENT, Form.COMMAND):
        return verdict
    is_sure = must_answer or sureness >= load_judgement().decline_below
    bare = _bare(question, profile, answering) if is_sure else None
    return _told_in_full(replace(verdict, short_answer=bare), read, form, weighing, copies)


def in_final_order(hits: Sequence[Hit], findings: Sequence[Finding]) -> tuple[Hit, ...]:
    """The hits by how well they were found and how probably a sentence of theirs answers.

    Their scores are a mean of both, in [0, 1].
    """
    answers: dict[str, float] = {}
    for each in findings:
        passage = each.evidence.hit.passage.id
        answers[passage] = max(each.probability, answers.get(passage, 0.0))
    if not answers:
        return tuple(hits)
    scored = [
        replace(
            hit, score=(hit.score + _ANSWERS * answers.get(hit.passage.id, 0.0)) / (1 + _ANSWERS)
        )
        for hit in hits
    ]
    return tuple(sorted(scored, key=lambda each: -each.score))


def weigh_for(read: ReadHits) -> Weighing | None:
    """What hits tell on their question, the kind of answer it asks for first; None without any."""
    weighing = read.weigh()
    if weighing is None:
        return None
    profile = profile_question(read.question)
    weighing = _without_what_is_asked_behind(profile, weighing)
    return _right_kind_first(read.question, profile, _without_kind_behind(profile, weighing))


def _told_in_full(
    verdict: Verdict,
    read: ReadHits,
    form: QuestionForm,
    weighing: Weighing,
    copies: Copies | None,
) -> Verdict:
    """The verdict with the several answers there are, or the one that stories differ on."""
    if form.wants_many:
        listed = list_answers(read, weighing)
        if listed is not None:
            return replace(verdict, listed=listed, short_answer=listed.joined)
    elif copies is not None:
        comparison = compare_stories(read, form, verdict.findings[0], copies)
        return replace(verdict, comparison=comparison)
    return verdict


def _without_what_is_asked_behind(profile: QuestionProfile, weighing: Weighing) -> Weighing:
    """The findings, less likely where a sentence holds nothing that is asked but names and numbers.

    Where that is so of the best one, it is less likely that anything answers.
    """
    asked = {term.key for term in profile.terms if not term.is_name and not term.is_number}
    asked |= {other for key in asked for other in related_keys(key)}

    def has_none(finding: Finding) -> bool:
        return asked.isdisjoint(word.key for word in split_words(finding.evidence.text))

    if not asked:
        return weighing
    return _less_likely(weighing, has_none, _NOTHING_ASKED, _NOTHING_ASKED_AT_ALL)


def _without_kind_behind(profile: QuestionProfile, weighing: Weighing) -> Weighing:
    """The findings, less likely where a time, number or sum is asked and the sentence holds none.

    Where that is so of the best one, it is as much less likely that anything answers.
    """
    if profile.kind not in MEASURED_KINDS:
        return weighing

    def has_none(finding: Finding) -> bool:
        return kind_evidence(profile, SentenceText.read(finding.evidence.text)) == 0.0

    return _less_likely(weighing, has_none, _NO_FIGURE, _NO_FIGURE)


def _less_likely(
    weighing: Weighing, lacks: Callable[[Finding], bool], each_by: float, any_by: float
) -> Weighing:
    """The findings in their new order, those that lack something less likely by `each_by`.

    Where the best one lacks it, too, that any answers is less likely by `any_by`; both log-odds.
    """
    findings = tuple(
        replace(each, score=each.score - each_by) if lacks(each) else each
        for each in weighing.findings
    )
    findings = tuple(sorted(findings, key=lambda each: -each.score))
    counted = weighing.counted
    if lacks(findings[0]):
        counted = probability(log_odds(counted) - any_by)
    return replace(weighing, findings=findings, counted=counted)


def _right_kind_first(question: str, profile: QuestionProfile, weighing: Weighing) -> Weighing:
    """The findings with one that holds the kind of answer first, where one is nearly as good."""
    findings = weighing.findings
    enough = AS_GOOD_AS * findings[0].probability
    for place, finding in enumerate(findings):
        if finding.probability < enough:
            break
        if holds_kind(profile, _words_of(question, finding)):
            order = (finding, *findings[:place], *findings[place + 1 :])
            return replace(weighing, findings=order)
    return weighing


def _bare(question: str, profile: QuestionProfile, finding: Finding) -> str | None:
    """The bare answer; none where it is of another kind than what is asked for."""
    if profile.kind in _TOLD_BY_SENTENCES:
        return None
    words = _words_of(question, finding)
    return words if words and holds_kind(profile, words) else None


def _words_of(question: str, finding: Finding) -> str:
    return short_answer(question, finding.evidence.hit.article.text, finding.span)
