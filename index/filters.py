"""What a search leaves out: the only thing that excludes, in both indexes alike."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)
# Second-level labels that belong to the ending of a country's domains: co.uk, com.au, org.nz.
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "govt", "ne", "net", "or", "org"})


def source_key(name: str) -> str:
    """The form in which outlets are compared.

    Casefolded, without spaces and punctuation, a leading "the", ``www.`` and the domain
    ending, so that "CNN" equals "www.cnn.com" and "The Times of Israel" "timesofisrael.com".

    Parameters
    ----------
    name : str
        An outlet's name, host or URL.
    """
    name = name.strip().casefold()
    name = re.sub(r"^[a-z]+://", "", name).split("/", 1)[0] if "://" in name else name
    if _HOST.fullmatch(name):
        labels = name.removeprefix("www.").split(".")
        if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2:
            labels = labels[:-2]
        elif len(labels) > 1:
            labels = labels[:-1]
        name = ".".join(labels)
    key = "".join(character for character in name if character.isalnum())
    shorter = key.removeprefix("the")
    return shorter if len(shorter) > 1 else key


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions a passage must meet to be found at all.

    Attributes
    ----------
    since, until : datetime.date or None
        First and last day of publication, both included; articles without a date are left out.
    as_of : datetime.date or None
        Articles published after that day are left out; those without a date stay.
    sources : frozenset of str or None
        Outlets as `source_key` writes them; None means any, empty means none.
    phrases, without : tuple of str
        Exact words that must, or must not, stand in the passage or its heading.
    """

    since: datetime.date | None = None
    until: datetime.date | None = None
    as_of: datetime.date | None = None
    sources: frozenset[str] | None = None
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since ({self.since}) lies after until ({self.until}); swap them")

    @property
    def has_words(self) -> bool:
        """Whether it asks for, or forbids, words."""
        return bool(self.phrases or self.without)

    @property
    def is_empty(self) -> bool:
        """Whether it lets everything pass."""
        return self == Filter()
