"""Archives of files: read in memory, member by member, and never unpacked to disk."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import IO

from index.readers.docx import read_docx
from index.readers.source import MIB, Opener, Reader, Source, UnreadableError, reason_of
from index.types import Article, Skipped

# Larger members are unpacked anew each time that they are read, smaller ones kept meanwhile.
_KEPT_BYTES = 32 * MIB
_CLIMBS = "its name climbs out of the archive, so it was left out; pack it under a plain name"


def read_zip(source: Source, read: Reader) -> Iterator[Article | Skipped]:
    """The articles in a zip archive, each member read by `read`; a DOCX is such an archive."""
    with source.open_seekable() as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableError(
                f"it is broken or cut short ({reason_of(error)}); download or pack it anew"
            ) from error
        with archive:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                yield from read_docx(source)
            elif "[Content_Types].xml" in names or "mimetype" in names:
                yield source.skipped(
                    "it is an office document or book of a kind that is not read;"
                    " save it as DOCX, PDF or HTML"
                )
            else:
                for member in sorted(archive.infolist(), key=lambda info: info.filename):
                    if not member.is_dir():
                        yield from _read_zipped(source, archive, member, read)


def _read_zipped(
    source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo, read: Reader
) -> Iterator[Article | Skipped]:
    def opener(_: ExitStack) -> IO[bytes]:
        return archive.open(member)

    yield from _read_member(source, member.filename, opener, member.compress_size, read)


def read_tar(source: Source, read: Reader) -> Iterator[Article | Skipped]:
    """The articles in a tar archive, each member read by `read`."""
    with source.open() as file:
        try:
            with tarfile.open(fileobj=file, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # type: ignore[attr-defined]  # it would keep all
                    if member.isfile():
                        yield from _read_tarred(source, archive, member, read)
                    elif not member.isdir():
                        yield source.skipped(
                            "is a link or device, which are not read", member.name, is_fault=False
                        )
        except (tarfile.TarError, EOFError, OSError) as error:
            raise UnreadableError(
                f"it is broken or cut short ({reason_of(error)}); download or pack it anew"
            ) from error


def _read_tarred(
    source: Source, archive: tarfile.TarFile, member: tarfile.TarInfo, read: Reader
) -> Iterator[Article | Skipped]:
    def opener(_: ExitStack) -> IO[bytes]:
        file = archive.extractfile(member)
        assert file is not None
        return file

    yield from _read_member(source, member.name, opener, member.size, read)


def _read_member(
    source: Source, name: str, opener: Opener, packed_size: int, read: Reader
) -> Iterator[Article | Skipped]:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        yield source.skipped(_CLIMBS, name)
        return
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return  # hidden, as in a folder
    member = source.inner(path.as_posix(), opener, packed_size)
    try:
        with member.open() as file:
            raw = file.read(_KEPT_BYTES + 1)
    except UnreadableError as error:
        if source.budget.bytes_left < 0:
            raise  # told once, of the whole archive
        yield member.skipped(str(error))
        return
    if len(raw) <= _KEPT_BYTES:
        member = member.kept(raw)
    yield from read(member)
