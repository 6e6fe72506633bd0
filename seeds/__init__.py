"""The bundled articles: a folder of text files, read only by ``qa``."""

from pathlib import Path

PATH = Path(__file__).resolve().parent / "articles"
