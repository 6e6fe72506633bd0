"""What is read: a file on disk, or a member of an archive, with limits on what it unpacks to."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TypeVar

from index.types import Article, Skipped

MIB = 1024**2
# A bomb is known by its ratio; text and markup pack some 3 to 30 times smaller.
MAX_RATIO = 100
# Below this size the ratio says nothing: a short table of one repeated row is no bomb.
RATIO_COUNTS_FROM = 32 * MIB
MAX_UNPACKED_BYTES = 4 * 1024 * MIB
MAX_MEMBERS = 200_000
MAX_DEPTH = 5
# What is read whole: documents, and archives inside archives.
MAX_WHOLE_BYTES = 64 * MIB

_T = TypeVar("_T")
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,  # a way of packing that zipfile does not know
)

# Opens the bytes; what has to be closed with them goes onto the stack.
Opener = Callable[[ExitStack], IO[bytes]]


class UnreadableError(ValueError):
    """Bytes that hold no article; the message says why and what would mend it."""


@dataclass
class Budget:
    """What one file on disk may still unpack to, with everything nested in it."""

    bytes_left: int = field(default_factory=lambda: MAX_UNPACKED_BYTES)
    members_left: int = field(default_factory=lambda: MAX_MEMBERS)

    def take(self, n_bytes: int) -> None:
        self.bytes_left -= n_bytes
        if self.bytes_left < 0:
            raise UnreadableError(
                f"it unpacks to more than {MAX_UNPACKED_BYTES // MIB} MiB, the most for one"
                " archive; split it, or unpack it into a folder"
            )


@dataclass(frozen=True)
class Source:
    """Bytes that may hold articles.

    Attributes
    ----------
    path : Path
        The file on disk, of the archive where it is a member of one.
    id : str
        The id of an article in it that has neither an id nor a link of its own.
    name : str
        The name whose ending tells what it is.
    member : str or None
        Its path inside the archive.
    depth : int
        How many layers of packing are around it.
    fields : mapping of str to str
        Which field of a record or column holds what, where the common names do not tell.
    """

    path: Path
    id: str
    name: str
    member: str | None = None
    depth: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    opener: Opener | None = None
    packed_size: int = 0
    is_kept: bool = False
    budget: Budget = field(default_factory=Budget)

    def open(self) -> IO[bytes]:
        """The bytes from their start; what goes wrong in unpacking raises UnreadableError."""
        if self.opener is None:
            return self.path.open("rb")
        if self.is_kept:
            return self.opener(ExitStack())
        return io.BufferedReader(_Unpacked(self.opener, self.packed_size, self.budget), MIB)

    def open_seekable(self) -> IO[bytes]:
        """The bytes for a library that jumps about; what is packed is read whole."""
        return (
            self.open()
            if self.opener is None
            else io.BytesIO(self.read(MAX_WHOLE_BYTES, "file inside an archive", "unpack it"))
        )

    def read(self, max_bytes: int, what: str, mend: str = "split it") -> bytes:
        """All bytes, refused above the limit."""
        with self.open() as file:
            raw = file.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise UnreadableError(
                f"it is larger than {max_bytes // MIB} MiB, the most for one {what}; {mend}"
            )
        return raw

    def head(self, n_bytes: int = 4096) -> bytes:
        """The first bytes."""
        with self.open() as file:
            return file.read(n_bytes)

    def size(self) -> int:
        """How many bytes it has as it lies there, packed or not."""
        return self.path.stat().st_size if self.opener is None else self.packed_size

    def inner(self, name: str, opener: Opener, packed_size: int) -> Source:
        """A member of this archive."""
        self.check_depth()
        self.budget.members_left -= 1
        if self.budget.members_left < 0:
            raise UnreadableError(
                f"it holds more than {MAX_MEMBERS:,} files, the most for one archive;"
                " split it, or unpack it into a folder"
            )
        return replace(
            self,
            id=f"{self.id}/{name}",
            name=name,
            member=name if self.member is None else f"{self.member}/{name}",
            depth=self.depth + 1,
            opener=opener,
            packed_size=packed_size,
            is_kept=False,
        )

    def kept(self, raw: bytes) -> Source:
        """The same with its bytes in memory, once they have been unpacked and counted."""
        return replace(self, opener=lambda _: io.BytesIO(raw), packed_size=len(raw), is_kept=True)

    def unpacked(self, name: str, opener: Opener) -> Source:
        """What a file packed by itself holds; it goes by the same id."""
        self.check_depth()
        return replace(
            self,
            name=name,
            depth=self.depth + 1,
            opener=opener,
            packed_size=self.size(),
            is_kept=False,
        )

    def check_depth(self) -> None:
        if self.depth >= MAX_DEPTH:
            raise UnreadableError(
                f"archives are nested more than {MAX_DEPTH} deep in it; unpack it into a folder"
            )

    def skipped(self, reason: str, place: str | None = None, *, is_fault: bool = True) -> Skipped:
        """Why this, or a place in it, did not become an article."""
        where = ", ".join(part for part in (self.member, place) if part)
        return Skipped(str(self.path), reason, where or None, is_fault)


# Yields the articles of a source; may raise UnreadableError at any point.
Reader = Callable[[Source], Iterator[Article | Skipped]]


class _Unpacked(io.RawIOBase):
    """Unpacked bytes, counted; a bomb is refused before it has unfolded."""

    def __init__(self, opener: Opener, packed_size: int, budget: Budget) -> None:
        super().__init__()
        self._limit = max(RATIO_COUNTS_FROM, packed_size * MAX_RATIO)
        self._budget = budget
        self._position = self._furthest = 0
        self._stack = ExitStack()
        self._file = _translated(lambda: self._stack.enter_context(opener(self._stack)))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = _translated(lambda: self._file.seek(offset, whence))
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        raw = _translated(lambda: self._file.read(len(buffer)))
        self._position += len(raw)
        self._budget.take(len(raw))
        self._furthest = max(self._furthest, self._position)
        if self._furthest > self._limit:
            raise UnreadableError(
                f"it unpacks to more than {MAX_RATIO} times its size, as archive bombs do;"
                " unpack it into a folder if you trust it"
            )
        buffer[: len(raw)] = raw
        return len(raw)

    def close(self) -> None:
        if not self.closed:
            self._stack.close()
        super().close()


def _translated(action: Callable[[], _T]) -> _T:
    try:
        return action()
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise UnreadableError(f"cannot be read ({reason_of(error)}); check the file") from error
    except RuntimeError as error:  # zipfile's word for a member with a password
        raise UnreadableError(
            f"cannot be read ({reason_of(error)}); store it without a password"
        ) from error


def reason_of(error: BaseException) -> str:
    """An error's own words in one short line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(words.split())
