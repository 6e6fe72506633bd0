"""How a question was understood, and why nothing may answer it, for whoever asked."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from index.lexical import analyse
from index.protocols import StoreView
from qa.compose import names_in
from qa.conditions import conditions_in_words
from qa.question_form import read_form
from qa.types import Query


def understood_together(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How a question was understood; of several, the first one's conditions hold for all."""
    if len(parts) == 1:
        return parts[0]
    queries = [part["query"] for part in parts]
    spelling = [mended for part in parts for mended in part["spelling"]]
    return {
        **parts[0],
        "query": " ".join(queries),
        "form": "questions",
        "spelling": spelling,
        "parts": queries,
    }


def understood_of(query: Query, view: StoreView, *, filters_dropped: bool) -> dict[str, Any]:
    """How a question was understood, as `Answer.understood` tells it."""
    where, prefer = query.where, query.prefer
    understood: dict[str, Any] = {
        "query": query.asked or query.text,
        "form": read_form(query.asked or query.text).form.value,
        "since": iso(where.since),
        "until": iso(where.until),
        "sources": list(query.sources),
        "as_of": iso(where.as_of),
        "exact": list(where.phrases),
        "without": list(where.without),
        "spelling": [{"from": written, "to": meant} for written, meant in query.spelling],
        "prefers": {
            "sources": list(prefer.sources),
            "since": iso(prefer.since),
            "until": iso(prefer.until),
            "recent": prefer.is_recent,
        },
        "filters_dropped": filters_dropped,
    }
    if prefer.event is not None:
        understood["prefers"]["event"] = prefer.event.to_dict()
    if where.since or where.until:
        understood["undated_left_out"] = view.count_undated(where.sources)
    if waiting := view.count_waiting():
        understood["waiting"] = {"passages": waiting, "of": view.counts().passages}
    return understood


def iso(day: datetime.date | None) -> str | None:
    """A day as it is written in JSON."""
    return None if day is None else day.isoformat()


def reason_for_none(
    query: Query, view: StoreView, failure: str | None, *, has_hits: bool
) -> str | None:
    """Why there may be no answer, in one sentence, where that can be told.

    `failure` tells of conditions that no passage meets.
    """
    counts = view.counts()
    if not counts.articles:
        return "The collection holds no articles."
    if failure:
        return failure
    if not has_hits:
        return f"No passage meets the conditions: {conditions_in_words(query)}."
    # Not the months and outlets that only say where to look.
    searched = replace(query, text=query.core or query.text)
    names = [name for name in names_in(searched) if not _stands(name, view)]
    if names:
        return f"Nowhere do they mention {' or '.join(f'“{name}”' for name in names)}."
    if not query.where.is_empty:
        return f"Only passages were searched that meet: {conditions_in_words(query)}."
    return None


def _stands(name: str, view: StoreView) -> bool:
    """Whether every term of a name stands in some passage."""
    return all(view.document_frequency(term) for term in analyse(name))
