"""How a question was understood, as chips that can be taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.export import escape
from qa.web import wording

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood.

    Attributes
    ----------
    text : str
        In words.
    name : str or None
        What taking it away is called in the event; None where it only tells.
    query : str or None
        The stand-alone question it tells, which can be edited.
    """

    text: str
    name: str | None = None
    query: str | None = None


# What `Assistant.ask` is told to ignore when a chip is taken away.
IGNORED = {
    "history": "history",
    "spelling": "spelling",
    "prefers-sources": "sources",
    "prefers-time": "time",
    "prefers-recent": "recent",
}
# Filters of the fields below the question, or written in it.
FILTERS = ("since", "until", "as_of", "sources", "exact", "without")


def render_chips(question: str, understood: Mapping[str, Any], *, can_remove: bool = False) -> str:
    """A list of chips, each with a button to ask again without it where that can be."""
    chips = [*chips_of(question, understood)]
    if not chips:
        return ""
    items = "".join(_render(chip, can_remove=can_remove) for chip in chips)
    return f'<ul class="understood" aria-label="{wording.UNDERSTOOD}">{items}</ul>'


def chips_of(question: str, understood: Mapping[str, Any]) -> Iterator[Chip]:
    """What was understood of the question beyond its words."""
    mended = understood.get("spelling") or ()
    if _takes_from_history(question, understood.get("query") or "", mended):
        # Of several questions, a later one leans on an earlier one: that cannot be taken away.
        is_one = not understood.get("parts")
        query = understood["query"]
        read_as = wording.READ_AS.format(query=query)
        yield Chip(read_as, "history", query) if is_one else Chip(read_as)
    if understood.get("form") == "topic":
        yield Chip(wording.AS_TOPIC)
    if mended:
        told = [wording.SPELT.format(to=each["to"], written=each["from"]) for each in mended]
        yield Chip(", ".join(told), "spelling")
    yield from _preferences(understood.get("prefers") or {})
    for name, words in wording.UNDERSTOOD_DAYS.items():
        if value := understood.get(name):
            yield Chip(words.format(day=wording.day(value)), name)
    for name, words in wording.UNDERSTOOD_LISTS.items():
        if values := understood.get(name):
            yield Chip(words.format(values=", ".join(values)), name)
    if dropped := understood.get("dropped"):
        yield Chip(wording.IN_DROPPED.format(articles=dropped))
    if undated := understood.get("undated_left_out"):
        yield Chip(wording.LEFT_OUT.format(articles=wording.counted(undated, "undated article")))
    if waiting := understood.get("waiting"):
        yield Chip(wording.WAITING.format_map(waiting))


def _takes_from_history(question: str, query: str, mended: Sequence[Mapping[str, str]]) -> bool:
    """Whether words were searched that stand neither in the question nor in its mended spelling."""
    known = " ".join([question, *(each["to"] for each in mended)])
    return not set(_WORD.findall(query)) <= set(_WORD.findall(known))


def _preferences(prefers: Mapping[str, Any]) -> Iterator[Chip]:
    if sources := prefers.get("sources"):
        yield Chip(wording.PREFERS_OUTLETS.format(values=", ".join(sources)), "prefers-sources")
    days = {name: prefers[name] for name in ("since", "until") if prefers.get(name)}
    if days:
        written = {name: wording.day(value) for name, value in days.items()}
        if len(days) == 2:
            is_day = days["since"] == days["until"]
            words = wording.PREFERS_DAY if is_day else wording.PREFERS_DAYS
        else:
            words = wording.PREFERS_SINCE if "since" in days else wording.PREFERS_UNTIL
        told = words.format(**written)
        if event := prefers.get("event"):
            told = wording.PREFERS_BY_EVENT.format(prefers=told, event=event["words"])
        yield Chip(told, "prefers-time")
    if prefers.get("recent"):
        yield Chip(wording.PREFERS_NEWER, "prefers-recent")


def _render(chip: Chip, *, can_remove: bool) -> str:
    text = escape(chip.text)
    button = ""
    if chip.query is not None:
        label = escape(wording.EDIT_READING.format(query=chip.query))
        button = (
            f'<button type="button" class="edit-reading" data-query="{escape(chip.query)}" '
            f'aria-label="{label}">{wording.EDIT}</button>'
        )
    if can_remove and chip.name is not None:
        label = escape(wording.REMOVE.format(chip=chip.text))
        button += (
            f'<button type="button" class="remove-chip" data-chip="{chip.name}" '
            f'aria-label="{label}" title="{wording.REMOVE_HINT}">×</button>'
        )
    return f'<li><span dir="auto">{text}</span>{button}</li>'
