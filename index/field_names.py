"""The names a user gave for fields of records: which hold for a file, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

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
