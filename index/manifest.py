"""What a store was built with: written once, checked each time it is opened."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.chunk import ChunkSettings
from index.errors import StoreDamagedError, StoreMismatchError

FILE_NAME = "manifest.json"
FORMAT = "dateline-store"
VERSION = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """The settings that every passage of a store shares.

    Attributes
    ----------
    model, weights_sha256 : str
        The embedder's name or path, and the hash of its weights.
    dim : int
        Length of a vector.
    max_tokens, overlap_sentences : int
        See `index.chunk.ChunkSettings`.
    """

    model: str
    weights_sha256: str
    dim: int
    max_tokens: int
    overlap_sentences: int

    @property
    def chunk_settings(self) -> ChunkSettings:
        return ChunkSettings(self.max_tokens, self.overlap_sentences)

    def save(self, folder: Path) -> None:
        content = {"format": FORMAT, "version": VERSION, **asdict(self)}
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / FILE_NAME).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """The manifest in `folder`.

        Raises
        ------
        StoreDamagedError
            It cannot be read or lacks a field.
        StoreMismatchError
            It is of another format version.
        """
        content = _read(folder)
        if content.get("version") != VERSION:
            raise StoreMismatchError(
                f"store {folder} has format version {content.get('version')!r}, this Dateline "
                f"reads version {VERSION}; index its articles into a new folder with `qa index`",
                path=str(folder),
            )
        try:
            manifest = cls(
                str(content["model"]),
                str(content["weights_sha256"]),
                int(content["dim"]),
                int(content["max_tokens"]),
                int(content["overlap_sentences"]),
            )
            manifest.chunk_settings  # noqa: B018  (checks the values)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(folder, f"{type(error).__name__}: {error}") from error
        return manifest


def is_manifest_of_ours(folder: Path) -> bool:
    """Whether `folder` holds the manifest of a Dateline store, readable or not."""
    file = folder / FILE_NAME
    try:
        return f'"{FORMAT}"' in file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _read(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, str(error)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _damaged(folder, f"its format is not {FORMAT!r}")
    return content


def _damaged(folder: Path, reason: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"store {folder}: {FILE_NAME} is damaged ({reason}); "
        "index the articles into a new folder with `qa index`",
        path=str(folder),
    )
