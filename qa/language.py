"""Whether a question is in another language than English, which is the one understood here."""

from __future__ import annotations

import functools
from typing import Protocol

from qa.words import FUNCTION_WORDS, split_words

# The share of English function words in a question from which it is taken for English: "who is",
# "did", "of the" make up two fifths of most questions.
_ENGLISH_SHARE = 0.3
# Elsewhere the language must be this probable, and this much more probable than English; with
# words that are English, too ("was", "a"), it must be plain.
_PROBABLE, _MORE_PROBABLE, _PLAIN = 0.2, 4.0, 0.6


class _Classifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]:
        """Languages with their probabilities, likeliest first."""


def is_foreign(question: str) -> bool:
    """Whether a question is plainly in another language.

    Names count for nothing, so that one in an English question makes it no other language, and
    nonsense is of none.

    >>> is_foreign("Wann wurde Soleimani getötet?"), is_foreign("When was Soleimani killed?")
    (True, False)
    """
    written = [word for word in split_words(question) if not word.is_number]
    words = [word for word in written if not word.is_name]
    if not words:
        return False
    if written[0].is_name:
        # An unknown word at the beginning passes for a name: "Wer ist …".
        words.insert(0, written[0])
    n_english = sum(word.text.lower() in FUNCTION_WORDS for word in words)
    if question.isascii() and n_english >= _ENGLISH_SHARE * len(words):
        return False  # as most are, which spares loading the classifier
    ranked = _classifier().rank(" ".join(word.text.lower() for word in words))
    language, probability = ranked[0]
    if language in ("en", "zxx"):  # the latter is what is no language
        return False
    if n_english >= _ENGLISH_SHARE * len(words) and probability < _PLAIN:
        return False
    return probability >= max(_PROBABLE, _MORE_PROBABLE * dict(ranked).get("en", 0.0))


@functools.cache
def _classifier() -> _Classifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classifier: _Classifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return classifier
