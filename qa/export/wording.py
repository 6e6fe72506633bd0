"""Every word that files and citations say of their own, in one place, and how they write a date.

The page says the same words where it tells the same; its others stand in `qa.web.wording`.
"""

from __future__ import annotations

import datetime

SOURCES = "Sources"
ALSO_IN = "also in {outlets}"
ALSO_IN_SEVERAL = "also in {n} outlets: {outlets}"
AND_MORE = "{outlets} and {n} more"
LOST = "no longer in the collection as it was quoted"
EXPORTED = "Exported from Dateline on {day}. Each quote stands word for word in its article."
CONVERSATION = "Conversation"

UNTITLED = "untitled article"
NO_OUTLET = "outlet not named"
UNDATED = "undated"


def day(value: datetime.date | str | None) -> str:
    """The date in words, "30 January 2020"; "undated" for None.

    A string that is no ISO date is given back as it came.
    """
    if value is None:
        return UNDATED
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value)
        except ValueError:
            return str(value)
    return f"{value.day} {value:%B} {value.year}"
