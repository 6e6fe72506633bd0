"""Where Dateline keeps what it can make again: indexes of opened folders, exported encoders."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """The folder of Dateline's caches: ``$DATELINE_CACHE``, else the user's cache folder.

    It is not created here.
    """
    override = os.environ.get("DATELINE_CACHE")
    if override:
        return Path(override).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("dateline")
