"""A misspelt word of a question, put right with the collection's own words.

Only a word that stands nowhere in the collection is looked at, and only one that is no known
English word: what is simply absent must stay as it is, so that the question is declined. What is
put instead is near in spelling and sound (`qa.slips`), stands in many of the passages, and stands
there beside the names beside which it stands in the question. docs/spelling.md tells how often
that is right, on misspelt names and on names that are absent.
"""

from __future__ import annotations

import codecs
import functools
import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from index.chunk import passage_heading
from index.lexical import analyse
from index.store import StoreView
from qa.slips import slip_cost
from qa.types import Query
from qa.words import WORD, Word, is_abbreviation, is_mostly_name, rarity, split_words

_MIN_LETTERS = 4
# A question that is mostly unknown words is of another language, or no prose.
_ALWAYS_TRIED, _MAX_TRIED = 2, 5
_MAX_TRIED_SHARE = 0.5
# How many terms of the vocabulary are weighed, and how many of those as the passages write them.
_MAX_TERMS = 60
_MAX_CANDIDATES = 8
_MAX_PASSAGES = 12

# The rule, in costs of `slip_cost`; chosen among 240 settings of it by docs/spelling.md's figures.
# How much a slip in a word of four letters may cost, for each letter more, and at all.
_ALLOWED_OF_FOUR, _ALLOWED_PER_LETTER, _ALLOWED = 0.3, 0.25, 1.3
# What ten times as many passages are worth, beside a word that stands in one of a hundred: the
# larger a vocabulary, the more words of it are near to a name by chance.
_PER_TENFOLD = 0.4
_USUAL_SHARE, _HIGH_SHARE = 0.01, 0.1
# Standing beside the name beside it in the question; never standing there.
_BESIDE, _NEVER_BESIDE = 0.6, 1.0
# How far the next best must be behind.
_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A word of the collection that may have been meant.

    Attributes
    ----------
    term : str
        As it is analysed.
    form : str
        As most passages write it, of the forms nearest to what was asked.
    cost : float
        Of the slip.
    n_passages : int
        How many hold the term.
    is_name : bool
        Whether it is mostly written as a name.
    is_shouted : bool
        Whether its passages are all in capitals, which then tell nothing.
    """

    term: str
    form: str
    cost: float
    n_passages: int
    is_name: bool
    is_shouted: bool


def mend_spelling(query: Query, view: StoreView) -> Query:
    """The query with its misspelt words put right, each told in ``Query.spelling``.

    Exact phrases stay as they are.
    """
    words = split_words(query.text)
    kept = {word for phrase in query.where.phrases for word in WORD.findall(phrase)}
    unknown = [at for at, word in enumerate(words) if _is_unknown(word, view, kept)]
    n_content = sum(not word.is_function for word in words)
    if len(unknown) > max(_ALWAYS_TRIED, min(_MAX_TRIED, _MAX_TRIED_SHARE * n_content)):
        return query
    terms = [_term(word.text) for word in words]
    mended: dict[int, str] = {}
    for at in unknown:
        meant = _meant(words, terms, at, view)
        if meant is not None:
            # The next word may stand beside what was meant.
            terms[at] = meant.term
            mended[at] = _in_case_of(words[at], meant)
    if not mended:
        return query
    told = dict.fromkeys((words[at].text, form) for at, form in mended.items())
    return replace(query, text=_put(query.text, mended), spelling=tuple(told))


def is_known_word(word: str) -> bool:
    """Whether a word is English, or a name that is known beyond the collection.

    >>> is_known_word("giraffe"), is_known_word("Mongolia"), is_known_word("Quassem")
    (True, True, False)
    """
    plain = _plain(word)
    forms = (plain.encode(), plain.removesuffix("s").encode())
    return not _dictionary().isdisjoint(forms) or rarity(_key(word)) < 1.0


def _key(word: str) -> str:
    return split_words(word)[0].key


@functools.cache
def _dictionary() -> frozenset[bytes]:
    """82,000 English words and well-known names."""
    # The package is found, not imported, which would take longer than reading its list.
    package = find_spec("symspellpy")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "frequency_dictionary_en_82_765.txt"
    # Each line holds a word and its frequency.
    return frozenset(file.read_bytes().removeprefix(codecs.BOM_UTF8).split()[::2])


def _is_unknown(word: Word, view: StoreView, kept: set[str]) -> bool:
    """Whether a word may be misspelt: it stands nowhere, and is no word that we know."""
    if len(word.text) < _MIN_LETTERS or word.is_function or word.text in kept:
        return False
    if not (word.text.isalpha() and _plain(word.text).isascii()) or is_abbreviation(word.text):
        return False
    term = _term(word.text)
    return bool(term) and not view.document_frequency(term) and not is_known_word(word.text)


def _term(text: str) -> str:
    """The index's term of a word; empty where there are several or none."""
    terms = analyse(text)
    return terms[0] if len(terms) == 1 else ""


def _plain(word: str) -> str:
    """In lower case and without accents."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _meant(
    words: Sequence[Word], terms: Sequence[str], at: int, view: StoreView
) -> _Candidate | None:
    """The word of the collection that `words[at]` stands for, where that can be told."""
    word = words[at]
    n_all = max(view.counts().passages, 1)
    ranked: list[tuple[float, str, _Candidate]] = []
    for each in _candidates(word, view):
        # A name is not misspelt as a name for a word that is none.
        if word.is_name and not each.is_name:
            continue
        share = math.log10(min(each.n_passages / n_all, _HIGH_SHARE) / _USUAL_SHARE)
        cost = each.cost - _PER_TENFOLD * share + _company(words, terms, at, each.term, view)
        ranked.append((cost, each.form, each))
    ranked.sort(key=lambda entry: entry[:2])
    allowed = min(_ALLOWED, _ALLOWED_OF_FOUR + _ALLOWED_PER_LETTER * (len(word.text) - 4))
    if not ranked or ranked[0][0] > allowed:
        return None
    if len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _MARGIN:
        return None
    return ranked[0][2]


def _company(
    words: Sequence[Word], terms: Sequence[str], at: int, term: str, view: StoreView
) -> float:
    """What it costs, or with a minus is worth, where `term` stands in the collection.

    Only names beside it are asked after: anything may stand beside "said".
    """
    cost = 0.0
    for other in (at - 1, at + 1):
        if not 0 <= other < len(words) or not is_mostly_name(words[other].key):
            continue
        if not view.document_frequency(terms[other]):
            continue
        if view.stand_together(term, terms[other]):
            return -_BESIDE
        if words[at].is_name and words[other].is_name:
            cost = _NEVER_BESIDE
    return cost


def _candidates(word: Word, view: StoreView) -> list[_Candidate]:
    """Words of the collection that are near in spelling."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    term = _term(word.text)
    vocabulary = view.vocabulary()
    near = process.extract(
        term,
        list(vocabulary),
        scorer=OSA.distance,
        score_cutoff=min(3, (len(term) + 1) // 3),
        limit=_MAX_TERMS,
    )
    ranked = sorted(
        (slip_cost(term, other) - 0.1 * math.log10(vocabulary[other]), other)
        for other, _, _ in near
        if other.isascii() and other.isalpha()
    )
    found = (
        _candidate(word, other, vocabulary[other], view) for _, other in ranked[:_MAX_CANDIDATES]
    )
    return [candidate for candidate in found if candidate is not None]


def _candidate(word: Word, term: str, n_passages: int, view: StoreView) -> _Candidate | None:
    """What a term would stand for; None where no passage shows how it is written.

    A term is a stem. Words are compared as they are written: "Condola" is not "condolences".
    """
    forms, is_shouted = _forms(term, view)
    if not forms:
        return None
    written = _plain(word.text)
    costs = {form: slip_cost(written, _plain(form)) for form in forms}
    form = min(forms, key=lambda form: (costs[form], -forms[form], form))
    alike = {other: n for other, n in forms.items() if _plain(other) == _plain(form)}
    n_capital = sum(n for other, n in alike.items() if other[0].isupper())
    if is_shouted:
        is_name = is_mostly_name(_key(form))
    else:
        is_name = 2 * n_capital > sum(alike.values())
    return _Candidate(term, form, costs[form], n_passages, is_name, is_shouted)


def _forms(term: str, view: StoreView) -> tuple[Counter[str], bool]:
    """How the passages write a term, each form with its count, and whether all is in capitals."""
    forms: Counter[str] = Counter()
    is_shouted = True
    found = view.passages(view.holding(term, _MAX_PASSAGES))
    for _, (passage, article) in sorted(found.items()):
        is_shouted &= not any(letter.islower() for letter in passage.text)
        words = Counter(WORD.findall(f"{passage_heading(article)}\n{passage.text}"))
        for form, n in words.items():
            if _plain(form[0]) == term[0] and analyse(form) == [term]:
                forms[form] += n
    return forms, is_shouted


def _in_case_of(word: Word, meant: _Candidate) -> str:
    """The form as the collection writes it; as the question does where the collection shouts."""
    if not meant.is_shouted or word.text.isupper():
        return meant.form
    return meant.form.capitalize() if word.text[0].isupper() else meant.form.lower()


def _put(text: str, mended: dict[int, str]) -> str:
    """`text` with other words at some places."""
    pieces: list[str] = []
    end = 0
    for at, match in enumerate(WORD.finditer(text)):
        if at in mended:
            pieces += [text[end : match.start()], mended[at]]
            end = match.end()
    return "".join([*pieces, text[end:]])
