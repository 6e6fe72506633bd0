"""Questions to begin with: ones that the collection can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.ask import Assistant

_BUNDLED = (
    "Who vowed to launch cyber-attacks against the US?",
    "What is Russia providing to Iran?",
    "How many ballistic missiles did Iran launch at Israeli cities?",
    "What did Qaani advise US officials to do?",
    "When did the Kremlin's invasion of Ukraine begin?",
    "What did Netanyahu say Soleimani was responsible for?",
)
# How many headlines are tried before giving up on finding enough that answer themselves.
_MAX_TRIED = 12


def example_questions(assistant: Assistant, n: int, *, is_bundled: bool) -> tuple[str, ...]:
    """Up to `n` questions that `assistant` does not decline.

    The bundled articles have questions of their own; other collections are asked about their
    newest headlines.
    """
    candidates = _BUNDLED if is_bundled else _from_headlines(assistant)
    answered = (question for question in candidates if not assistant.ask(question).declined)
    return tuple(question for question, _ in zip(answered, range(n), strict=False))


def _from_headlines(assistant: Assistant) -> tuple[str, ...]:
    titled = [article for article in assistant.articles() if article.title]
    titled.sort(
        key=lambda article: (article.published is not None, article.published), reverse=True
    )
    return tuple(f"What is told of “{article.title}”?" for article in titled[:_MAX_TRIED])
