"""What a file is known by once it was read, and whether a store still knows all there is.

Opening a collection asks this before each question from the shell, so it needs neither the
readers nor the right to write.
"""

from __future__ import annotations

import json
from pathlib import Path

from index.field_names import Names, place_for
from index.origin import file_sha256
from index.readers import SourceFile, find_files
from index.store import PassageStore

# Raise it when readers or cleaning change, so that unchanged files are read anew.
_READERS_VERSION = 3


def file_key(path: Path, names: Names) -> str:
    """What a file is known by: by whom and how it was read, and its hash, which comes last.

    Raises
    ------
    OSError
        It cannot be read.
    """
    read_with = json.dumps(names, sort_keys=True) if names else ""
    return f"{_READERS_VERSION}{read_with}:{file_sha256(path)}"


def is_up_to_date(store: PassageStore, path: Path) -> bool:
    """Whether indexing `path` into `store`, pruning, would change nothing and have nothing to tell.

    False as well where a file cannot be read, or something in one is broken: that is told each
    time the collection is brought up to date.

    Raises
    ------
    CorpusError
        There is nothing at `path`.
    """
    found = list(find_files([path]))
    files = [item.path for item in found if isinstance(item, SourceFile)]
    if len(files) < len(found):
        return False
    with store.view():
        database = store.database()
        known, kept = database.files(), database.field_names()
        if known.keys() != {str(file) for file in files}:
            return False
        if any(item.is_fault for item in database.skipped()):
            return False
        if not set(database.article_ids().values()) <= known.keys():
            return False
    try:
        return all(
            file_key(file, kept[place] if (place := place_for(file, kept)) else {})
            == known[str(file)]
            for file in files
        )
    except OSError:
        return False
