"""The names of fields of records: the common ones, and those that a user gave for a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

# The names that are understood, the surest first; case, spaces and punctuation do not count.
FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": tuple(
        "text fulltext articletext maintext bodytext body articlebody content contenttext article"
        " story contenthtml bodyhtml bodyxhtml html".split()
    ),
    "id": tuple("id guid uuid articleid docid documentid".split()),
    "title": tuple("title headline articletitle heading".split()),
    "date": tuple(
        "date published publishedat publishedon datepublished publicationdate publishdate"
        " datepublish pubdate publicationtime publishedtime publishtime firstcreated".split()
    ),
    "source": tuple(
        "source sourcename publisher publishername publication outlet newspaper sitename"
        " site".split()
    ),
    "url": tuple("url link canonicalurl permalink articleurl weburl webpage href".split()),
    "author": tuple("author byline authors authorname creator writer by".split()),
}
# By field (``"text"``), the name that records have for it (``"Inhalt"``).
Names = Mapping[str, str]


def place_for(file: Path, kept: Mapping[str, Names]) -> str | None:
    """Whose names hold for a file: its own, else those of the nearest folder above it."""
    return next((str(path) for path in (file, *file.parents) if str(path) in kept), None)


def names_after(
    kept: Mapping[str, Names], paths: Iterable[str | Path], given: Names
) -> dict[str, Names]:
    """What is kept once `given` holds for `paths`, and for all that lies below them.

    With nothing given the common names hold there again.
    """
    places = [Path(path).expanduser().absolute() for path in paths]
    after = {
        path: names
        for path, names in kept.items()
        if not any(place == Path(path) or place in Path(path).parents for place in places)
    }
    for place in places:
        if given or place_for(place, after) is not None:
            after[str(place)] = dict(given)
    return after
