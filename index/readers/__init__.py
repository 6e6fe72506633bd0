"""Files and folders into articles: one reader a format, each told apart by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import CorpusError
from index.readers.jsonl import read_jsonl_file
from index.readers.text import read_text_file, reason_of
from index.types import Article, Skipped

__all__ = ["SourceFile", "find_files", "read_articles", "read_file"]

# Yields the articles of one file, whose own id is given; what is wrong with it becomes a Skipped.
FileReader = Callable[[Path, str], Iterator[Article | Skipped]]

_READERS: dict[str, FileReader] = {
    ".txt": read_text_file,
    ".text": read_text_file,
    ".md": read_text_file,
    ".txt.gz": read_text_file,
    ".jsonl": read_jsonl_file,
    ".ndjson": read_jsonl_file,
    ".jsonl.gz": read_jsonl_file,
    ".ndjson.gz": read_jsonl_file,
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a kind that is read, and the folder that its articles' ids are told from.

    Both paths are absolute; ``root`` is the folder that was given, or the parent of the file.
    """

    path: Path
    root: Path

    @property
    def id(self) -> str:
        """The id of an article in this file that has neither an id nor a link of its own."""
        return self.path.relative_to(self.root).as_posix()


def read_articles(paths: Iterable[str | Path]) -> Iterator[Article | Skipped]:
    """The articles of files and folders, in the order of the paths, file names sorted.

    Whatever is not an article is told as a Skipped, and the rest goes on.

    Parameters
    ----------
    paths : iterable of str or Path
        See `find_files`.

    Returns
    -------
    iterator of Article or Skipped
        Files are read as the iterator is asked for them.

    Raises
    ------
    CorpusError
        At once, if one of the paths does not exist.
    """
    return _read_all(find_files(paths))


def _read_all(found: Iterable[SourceFile | Skipped]) -> Iterator[Article | Skipped]:
    for item in found:
        if isinstance(item, Skipped):
            yield item
        else:
            yield from read_file(item)


def read_file(file: SourceFile) -> Iterator[Article | Skipped]:
    """The articles of one file; what is wrong with it is told as a Skipped."""
    reader = _reader_for(file.path)
    if reader is None:
        yield _unknown(file.path, is_fault=True)
    else:
        yield from reader(file.path, file.id)


def find_files(paths: Iterable[str | Path]) -> Iterator[SourceFile | Skipped]:
    """The files to read, in the order of the paths; nothing is opened yet.

    Parameters
    ----------
    paths : iterable of str or Path
        Folders are walked to their ends in sorted order, hidden files and folders left out. A
        file that is reached twice is given once.

    Raises
    ------
    CorpusError
        At once, if one of the paths does not exist.
    """
    roots = [Path(path).expanduser() for path in paths]
    for root in roots:
        if not _exists(root):
            raise CorpusError(
                f"there is nothing at {str(root)!r}; give the path of a file or folder of articles",
                path=str(root),
            )
    return _find(roots)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        return False


def _find(roots: Iterable[Path]) -> Iterator[SourceFile | Skipped]:
    seen: set[str] = set()
    for given in roots:
        # Not resolved: a link keeps the name it was given.
        root = given.absolute()
        is_folder = root.is_dir()
        walked = _walk(root, frozenset()) if is_folder else iter([root])
        folder = root if is_folder else root.parent
        for path in walked:
            if isinstance(path, Skipped):
                yield path
            elif (real := os.path.realpath(path)) not in seen:
                seen.add(real)
                yield _source_file(path, folder, is_named=not is_folder)


def _source_file(path: Path, root: Path, *, is_named: bool) -> SourceFile | Skipped:
    if _reader_for(path) is None:
        return _unknown(path, is_fault=is_named)
    if not path.exists():
        return Skipped(str(path), "is a link to nothing; remove it or mend it")
    if not path.is_file():
        return Skipped(str(path), "is not an ordinary file; give a text or JSONL file")
    return SourceFile(path, root)


def _unknown(path: Path, *, is_fault: bool) -> Skipped:
    kind = "".join(path.suffixes[-1:]) or "without an ending"
    reason = f"files of the kind {kind!r} are not read; those read are {', '.join(_READERS)}"
    return Skipped(str(path), reason, is_fault=is_fault)


def _reader_for(path: Path) -> FileReader | None:
    endings = [ending.lower() for ending in path.suffixes]
    for ending in ("".join(endings[-2:]), "".join(endings[-1:])):
        if ending in _READERS:
            return _READERS[ending]
    return None


def _walk(folder: Path, above: frozenset[str]) -> Iterator[Path | Skipped]:
    """The files below a folder, sorted; a link back to a folder above is not followed."""
    real = os.path.realpath(folder)
    if real in above:
        yield Skipped(str(folder), "is a link back to a folder above it", is_fault=False)
        return
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        yield Skipped(
            str(folder), f"the folder cannot be read ({reason_of(error)}); check its permissions"
        )
        return
    for name in names:
        path = folder / name
        if name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, above | {real})
        else:
            yield path
