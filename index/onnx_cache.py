"""Shipped ONNX models, rewritten once for this machine and kept in the user's cache."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from index.cache import cache_dir, kept_sha256, put_in_place
from index.onnx_session import open_session, simplify

if TYPE_CHECKING:
    import onnxruntime

logger = logging.getLogger(__name__)

# Raise it when the rewriting changes, so that older files are made anew.
_VERSION = 2
_MODEL, _WEIGHTS = "model.onnx", "weights.bin"


def open_prepared(model: Path) -> onnxruntime.InferenceSession:
    """A session of the shipped `model`, from its simplified form in the cache.

    That is made on first use, under the hash of the model, and gives the same results; opening it
    takes a third of the time. Where it cannot be made or read, the model itself is opened.
    """
    folder = cache_dir() / "models" / f"{kept_sha256(model)[:16]}-v{_VERSION}"
    try:
        if not (folder / _MODEL).is_file():
            _prepare(model, folder)
        return open_session(str(folder / _MODEL), is_simplified=True)
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no base class
        logger.debug("no simplified form of %s in %s (%s)", model, folder, error)
        shutil.rmtree(folder, ignore_errors=True)  # a damaged one is made anew next time
        return open_session(str(model))


def _prepare(model: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        simplify(model, draft / _MODEL, weights=_WEIGHTS)
        put_in_place(draft, folder)
