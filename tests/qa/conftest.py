"""Assistants over the bundled and the invented articles, opened once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Assistant

ELLERY = Path(__file__).parent.parent / "data" / "ellery.jsonl"


@pytest.fixture(scope="session")
def bundled() -> Iterator[Assistant]:
    with Assistant.open() as assistant:
        yield assistant


@pytest.fixture(scope="session")
def ellery() -> Iterator[Assistant]:
    with Assistant.open(ELLERY) as assistant:
        yield assistant
