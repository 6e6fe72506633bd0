"""Files and folders into articles: one reader a format, told apart by content, then by ending.

The readers are imported when a file is read: finding files, which opening a collection does before
each question from the shell, needs none of them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import CorpusError
from index.manifest import is_manifest_of_ours
from index.readers.sniff import HEAD_BYTES, kind_by_ending, kind_of
from index.readers.source import Source, UnreadableError, reason_of
from index.types import Article, Skipped

__all__ = ["SourceFile", "find_files", "read_articles", "read_file"]

_MAX_DEPTH = 400


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


def read_articles(
    paths: Iterable[str | Path], *, fields: Mapping[str, str] | None = None
) -> Iterator[Article | Skipped]:
    """The articles of files and folders, in the order of the paths, file names sorted.

    Whatever is not an article is told as a Skipped, and the rest goes on.

    Parameters
    ----------
    paths : iterable of str or Path
        See `find_files`.
    fields : mapping of str to str, optional
        Which field of a record, or column of a table, holds what, where common names do not tell:
        ``{"text": "Inhalt"}``. The keys are text, id, title, date, source, url and author. A
        record that lacks a field named here is read by the common names.

    Returns
    -------
    iterator of Article or Skipped
        Files are read as the iterator is asked for them.

    Raises
    ------
    CorpusError
        At once, if one of the paths does not exist, or a key of `fields` is unknown.
    """
    from index.readers.records import check_fields

    check_fields(fields or {})
    return _read_all(find_files(paths), fields)


def _read_all(
    found: Iterable[SourceFile | Skipped], fields: Mapping[str, str] | None
) -> Iterator[Article | Skipped]:
    for item in found:
        if isinstance(item, Skipped):
            yield item
        else:
            yield from read_file(item, fields=fields)


def read_file(
    file: SourceFile, *, fields: Mapping[str, str] | None = None
) -> Iterator[Article | Skipped]:
    """The articles of one file; what is wrong with it is told as a Skipped.

    Raises
    ------
    CorpusError
        A key of `fields` is unknown; see `read_articles`.
    """
    from index.readers.dispatch import read_source
    from index.readers.records import check_fields

    check_fields(fields or {})
    yield from read_source(Source(file.path, file.id, file.path.name, fields=fields or {}))


def find_files(
    paths: Iterable[str | Path], *, root: Path | None = None
) -> Iterator[SourceFile | Skipped]:
    """The files to read, in the order of the paths; only unknown endings are looked into.

    Parameters
    ----------
    paths : iterable of str or Path
        Folders are walked to their ends in sorted order, hidden files and folders left out. A
        file that is reached twice is given once.
    root : Path, optional
        The folder above all paths that ids are told from; by default each folder given, or the
        parent of a file given.

    Raises
    ------
    CorpusError
        At once, if one of the paths does not exist.
    """
    named = [Path(path).expanduser() for path in paths]
    for path in named:
        if not _is_utf8(str(path)):
            raise CorpusError(f"the name {str(path)!r} is not valid UTF-8; rename it")
        if not _exists(path):
            raise CorpusError(
                f"there is nothing at {str(path)!r}; give the path of a file or folder of articles",
                path=str(path),
            )
    return _find(named, root)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        return False


def _find(given: Iterable[Path], root: Path | None) -> Iterator[SourceFile | Skipped]:
    seen: set[str] = set()
    for named in given:
        # Not resolved: a link keeps the name it was given.
        start = named.absolute()
        is_folder = start.is_dir()
        walked = _walk(start, frozenset()) if is_folder else iter([start])
        folder = root or (start if is_folder else start.parent)
        for path in walked:
            if isinstance(path, Skipped):
                yield path
            elif (real := os.path.realpath(path)) not in seen:
                seen.add(real)
                yield _source_file(path, folder, is_named=not is_folder)


def _source_file(path: Path, root: Path, *, is_named: bool) -> SourceFile | Skipped:
    file = SourceFile(path, root)
    try:
        if not path.exists():
            if kind_by_ending(path.name) is None:
                return _unknown(Source(path, file.id, path.name), is_fault=is_named)
            return Skipped(str(path), "is a link to nothing; remove it or mend it")
        if not path.is_file():
            return Skipped(str(path), "is not an ordinary file; give a file of articles")
        if kind_by_ending(path.name) is None:
            source = Source(path, file.id, path.name)
            if kind_of(source.head(HEAD_BYTES), path.name) is None:
                return _unknown(source, is_fault=is_named)
    except (OSError, UnreadableError) as error:
        return Skipped(str(path), f"cannot be read ({reason_of(error)}); allow reading it")
    return file


def _walk(folder: Path, above: frozenset[str]) -> Iterator[Path | Skipped]:
    """The files below a folder, sorted; a link back to a folder above is not followed."""
    if len(above) > _MAX_DEPTH:
        yield Skipped(str(folder), f"lies more than {_MAX_DEPTH} folders deep; move it up")
        return
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
        if not _is_utf8(name):
            yield Skipped(str(path), "its name is not valid UTF-8; rename it")
            continue
        if not _is_folder(path):
            yield path
        elif is_manifest_of_ours(path):
            yield Skipped(str(path), "is a store, not articles", is_fault=False)
        elif _is_of_page(name, names):
            yield Skipped(str(path), "holds the parts of the page saved beside it", is_fault=False)
        else:
            yield from _walk(path, above | {real})


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_of_page(name: str, names: Collection[str]) -> bool:
    """Whether a folder is the one that browsers put beside a page: its frames are no articles."""
    stem, _, ending = name.rpartition("_")
    return ending == "files" and (f"{stem}.html" in names or f"{stem}.htm" in names)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # in a folder whose names may be listed but not looked at
        return False


def _unknown(source: Source, *, is_fault: bool) -> Skipped:
    from index.readers.dispatch import unknown

    return unknown(source, is_fault=is_fault)
