"""The door to `qa.cli` for ``python -m qa``."""

from qa.cli import run

run()
