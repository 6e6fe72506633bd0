"""What every test stands on: no network, a cache of its own, and where the shared data is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent

# Set here, before any test module is imported: the libraries read these once, at import.
_CACHE = tempfile.TemporaryDirectory(prefix="dateline-tests-", ignore_cleanup_errors=True)
_ENVIRONMENT = {
    "DATELINE_CACHE": _CACHE.name,
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
os.environ.update(_ENVIRONMENT)
# A corpus of the user's own must not decide what the tests see.
os.environ.pop("DATELINE_CORPUS", None)


@pytest.fixture(scope="session", autouse=True)
def session_cache() -> Iterator[Path]:
    """The cache directory of this test session; the user's own is never written."""
    with _CACHE:
        yield Path(_CACHE.name)


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the working tree."""
    return REPO


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared data sets: $DATELINE_SHARED, or ../shared beside the repository."""
    path = Path(os.environ.get("DATELINE_SHARED") or REPO.parent / "shared")
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}; DATELINE_SHARED says where it is")
    return path
