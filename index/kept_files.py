"""Files that a store keeps, since articles were read from them that came with no place of theirs.

They lie in its folder ``uploads``, each in a folder named by the file's hash::

    uploads/3f1c9a0b6d2e4788/minutes.pdf
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = "uploads"


def kept_files(store: Path) -> Path:
    """Where the store in the folder `store` keeps files."""
    return store / _FOLDER


def kept_at(store: Path, path: str | None) -> Path | None:
    """Where the store keeps the file that articles were read from at `path`, if it does.

    That is another place once the store has been moved.
    """
    parts = Path(path or "").parts[-3:]
    if len(parts) != 3 or parts[0] != _FOLDER:
        return None
    place = store.joinpath(*parts)
    return place if place.is_file() else None
