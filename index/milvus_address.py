"""Where a store in Milvus is: ``milvus://HOST:PORT/COLLECTION`` or a Milvus Lite file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from index.errors import CorpusError

_SCHEMES = {"milvus": "http", "milvus+tls": "https"}
# What Milvus takes as the name of a collection, with room for the endings that ours get.
_COLLECTION = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}", re.ASCII)
# pymilvus tells a file from a URL by it.
_FILE_ENDING = ".db"
_HOW = (
    "write milvus://HOST:PORT/COLLECTION for a server (milvus+tls:// with TLS), or "
    "milvus:///FOLDER/FILE.db/COLLECTION for a Milvus Lite file"
)


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """A collection of Milvus, on a server or in a Milvus Lite file.

    Attributes
    ----------
    uri : str
        What pymilvus connects to: a URL, or the absolute path of the file.
    collection : str
        The name that the collections of the store begin with.
    """

    uri: str
    collection: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that `text` is; see `is_milvus`.

        A path that begins with a dot is taken from the current folder, as in
        ``milvus://./news.db/articles``.

        Raises
        ------
        CorpusError
            It is none; the message says how one is written.
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _no_address(text, str(error)) from error
        if "@" in parts.netloc or parts.query or parts.fragment:
            reason = "a user or token is given in $DATELINE_MILVUS_TOKEN, and nothing after ? or #"
            raise _no_address(text, reason)
        before, _, collection = parts.path.rpartition("/")
        if not _COLLECTION.fullmatch(collection):
            raise _no_address(text, f"{collection!r} is no name of a collection")
        if host is None or parts.netloc.startswith("."):
            file = Path(f"{parts.netloc}{before}")
            if file.suffix != _FILE_ENDING or parts.scheme not in _SCHEMES:
                raise _no_address(text, f"{str(file)!r} is no file that ends with {_FILE_ENDING}")
            return cls(str(file.absolute()), collection)
        if before:
            raise _no_address(text, f"{before[1:]!r} stands between the server and the collection")
        scheme = _SCHEMES[parts.scheme]
        name = f"[{host}]" if ":" in host else host
        return cls(f"{scheme}://{name}:{port or 19530}", collection)

    @property
    def file(self) -> Path | None:
        """The Milvus Lite file; None for a server."""
        return None if self.uri.startswith("http") else Path(self.uri)

    @property
    def server(self) -> str:
        """What is connected to, for people."""
        return self.uri if self.file else self.uri.partition("://")[2]

    def __str__(self) -> str:
        if self.file:
            return f"milvus://{self.uri}/{self.collection}"
        scheme = "milvus+tls" if self.uri.startswith("https") else "milvus"
        return f"{scheme}://{self.server}/{self.collection}"


def is_milvus(corpus: str) -> bool:
    """Whether the name of a collection is an address of Milvus rather than a path."""
    return corpus.split("://", 1)[0].casefold() in _SCHEMES and "://" in corpus


def _no_address(text: str, reason: str) -> CorpusError:
    return CorpusError(f"{text!r} is no address of a Milvus store ({reason}); {_HOW}", path=text)
