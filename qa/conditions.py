"""The conditions of a search in words, and what is left of them where nothing meets them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from index.filters import Filter
from index.store import StoreView
from qa.types import Query


class _Condition(NamedTuple):
    """One condition: in words, and the fields of a `Filter` that state it alone."""

    words: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A search with fewer conditions.

    Attributes
    ----------
    where : Filter
        The conditions kept.
    reason : str
        A sentence on those dropped.
    """

    where: Filter
    reason: str


def conditions_in_words(query: Query) -> str:
    """What the passages searched have to meet, for people; empty where nothing."""
    return _listed(_conditions(query))


def relaxations(query: Query, view: StoreView) -> Iterator[Relaxed]:
    """The conditions of a query that found nothing, relaxed step by step, `as_of` always kept.

    First without those that nothing meets even alone, then without any.
    """
    where = query.where
    dropped = [each for each in _conditions(query) if "as_of" not in each.fields]
    if not dropped:
        return
    alone = [
        each for each in dropped if not view.has_matching(Filter(as_of=where.as_of, **each.fields))
    ]
    if alone:
        is_one = len(alone) == 1
        reason = (
            f"No passage meets the condition{'' if is_one else 's'}: {_listed(alone)}; the "
            f"passages shown do not meet {'it' if is_one else 'them'}."
        )
        yield Relaxed(_without(where, alone), reason)
    yield Relaxed(
        Filter(as_of=where.as_of),
        f"No passage meets the condition{'s together' if len(dropped) > 1 else ''}: "
        f"{_listed(dropped)}; the passages shown do not meet "
        f"{'all of them' if len(dropped) > 1 else 'it'}.",
    )


def _conditions(query: Query) -> list[_Condition]:
    where = query.where
    told: list[_Condition] = []
    if where.since:
        told.append(_Condition(f"published since {where.since}", {"since": where.since}))
    if where.until:
        told.append(_Condition(f"published until {where.until}", {"until": where.until}))
    if where.as_of:
        told.append(_Condition(f"not published after {where.as_of}", {"as_of": where.as_of}))
    if where.sources is not None:
        names = " or ".join(query.sources) if where.sources else " and at once ".join(query.sources)
        told.append(_Condition(f"from {names}", {"sources": where.sources}))
    told += [_Condition(f"with the words “{each}”", {"phrases": (each,)}) for each in where.phrases]
    told += [_Condition(f"without “{each}”", {"without": (each,)}) for each in where.without]
    return told


def _without(where: Filter, dropped: Sequence[_Condition]) -> Filter:
    """`where` without some of its conditions."""
    for condition in dropped:
        rest: dict[str, Any] = {}
        for name, value in condition.fields.items():
            is_words = isinstance(value, tuple)
            rest[name] = (
                tuple(w for w in getattr(where, name) if w not in value) if is_words else None
            )
        where = replace(where, **rest)
    return where


def _listed(conditions: Sequence[_Condition]) -> str:
    return ", ".join(condition.words for condition in conditions)
