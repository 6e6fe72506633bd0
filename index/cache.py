"""Where Dateline keeps what it can make again: indexes of opened folders, models made ready."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

# A file changed twice within a tick of its file system's clock would keep its time.
_CLOCK_TICK_SECONDS = 3


def cache_dir() -> Path:
    """The folder of Dateline's caches: ``$DATELINE_CACHE``, else the user's cache folder.

    It is not created here.
    """
    override = os.environ.get("DATELINE_CACHE")
    if override:
        return Path(override).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("dateline")


def put_in_place(draft: Path, folder: Path) -> None:
    """Rename the folder `draft` to `folder`, in place of what is there.

    Another process may be quicker; its folder is as good. Raises OSError where there is none.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def kept_sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    It is kept in the cache for as long as the file's size, times and inode stay the same. Hashing
    90 MB takes 60 ms or more, which each question from the shell would wait for.
    """
    state = file.stat()
    key = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev]
    name = hashlib.sha256(os.fsencode(file.absolute())).hexdigest()[:24]
    kept = cache_dir() / "hashes" / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known["state"] == key:
            return str(known["sha256"])
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if time.time() - max(state.st_mtime, state.st_ctime) > _CLOCK_TICK_SECONDS:
        # Where the cache cannot be written, the file is hashed each time.
        with contextlib.suppress(OSError):
            _keep(kept, {"state": key, "sha256": found})
    return found


def _keep(file: Path, content: dict[str, object]) -> None:
    """Write a small file whole, or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(content, out)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
