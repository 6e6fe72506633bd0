"""A connection to Milvus: the few calls we make of pymilvus, with time limits and our errors."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import StoreBusyError, StoreError, StoreUnavailableError
from index.lexical import Scored
from index.milvus_address import MilvusAddress

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient
    from pymilvus.milvus_client.index import IndexParams

Entity = dict[str, Any]

# Until then pymilvus tries a call again that did not get through, with growing pauses.
_READ_SECONDS = 20.0
_WRITE_SECONDS = 120.0
_CONNECT_SECONDS = 10.0
_KEEPALIVE_MS = 600_000
# The most that Milvus gives in answer to one search.
MAX_FOUND = 16_384
# Milvus takes messages of up to 64 MB; a passage has some 4 kB, a part of a text up to 64 kB.
_BATCH = 400
# Numbers named in one condition.
_NAMED = 1_000

# Milvus Lite runs inside this process, one for each file, and lets nobody else in: how many of
# our connections use each.
_users: Counter[str] = Counter()
_users_guard = threading.Lock()


class MilvusConnection:
    """Talks to one Milvus; may be used from many threads.

    Parameters
    ----------
    address : MilvusAddress

    Raises
    ------
    StoreUnavailableError
        Nobody answers there within the time limit (``$DATELINE_MILVUS_TIMEOUT``, seconds).
    StoreBusyError
        Another process has the Milvus Lite file open.
    StoreError
        Milvus refuses, or pymilvus is not installed.
    """

    def __init__(self, address: MilvusAddress) -> None:
        self.address = address
        self._read_seconds = _limit(_READ_SECONDS)
        self._write_seconds = max(_limit(_WRITE_SECONDS), self._read_seconds)
        with self._errors(_limit(_CONNECT_SECONDS)):
            self._client = self._connect()

    def close(self) -> None:
        """Hang up; the last one to leave a Milvus Lite file ends it."""
        with self._errors(self._read_seconds), _users_guard:
            self._client.close()
            if self.address.file:
                _users[self.address.uri] -= 1
                if not _users[self.address.uri]:
                    _end_lite(self.address.uri)

    def has(self, collection: str) -> bool:
        """Whether there is that collection."""
        with self._errors(self._read_seconds):
            return bool(self._client.has_collection(collection, timeout=self._read_seconds))

    def create(self, collection: str, schema: CollectionSchema, index_params: IndexParams) -> None:
        """Make a collection and load it; what is written is seen by whoever asks next."""
        with self._errors(self._write_seconds):
            limit = self._write_seconds
            self._client.create_collection(
                collection, schema=schema, consistency_level="Strong", timeout=limit
            )
            # Nothing is in it yet: waiting for its indexes would take half a second for each.
            self._client.create_index(collection, index_params, sync=False, timeout=limit)
            self._client.load_collection(collection, timeout=limit)

    def load(self, collection: str) -> None:
        """Make sure that a collection is ready to be searched."""
        with self._errors(self._write_seconds):
            self._client.load_collection(collection, timeout=self._write_seconds)

    def drop(self, collection: str) -> None:
        """Delete a collection."""
        with self._errors(self._write_seconds):
            self._client.drop_collection(collection, timeout=self._write_seconds)

    def query(
        self, collection: str, where: str, fields: Sequence[str], limit: int | None = None
    ) -> list[Entity]:
        """The entities that meet `where`, in no order."""
        with self._errors(self._read_seconds):
            limited = {} if limit is None else {"limit": limit}
            found = self._client.query(
                collection,
                filter=where,
                output_fields=list(fields),
                timeout=self._read_seconds,
                **limited,
            )
            return [dict(each) for each in found]

    def query_named(
        self,
        collection: str,
        field: str,
        values: Sequence[int] | Sequence[str],
        fields: Sequence[str],
        where: str = "",
    ) -> list[Entity]:
        """The entities whose `field` is one of `values` and that meet `where`, in no order."""
        found: list[Entity] = []
        for named in _named(field, values):
            found += self.query(collection, _both(named, where), fields)
        return found

    def walk(self, collection: str, where: str, fields: Sequence[str]) -> Iterator[Entity]:
        """The entities that meet `where`, by their primary key, however many they are."""
        with self._errors(self._read_seconds):
            pages = self._client.query_iterator(
                collection,
                batch_size=_NAMED,
                filter=where,
                output_fields=list(fields),
                timeout=self._read_seconds,
            )
        try:
            while True:
                with self._errors(self._read_seconds):
                    page = pages.next()
                if not page:
                    return
                yield from (dict(each) for each in page)
        finally:
            pages.close()

    def count(self, collection: str, where: str) -> int:
        """How many entities meet `where`."""
        return int(self.query(collection, where, ["count(*)"])[0]["count(*)"])

    def search(
        self,
        collection: str,
        field: str,
        asked: NDArray[np.float32] | str,
        k: int,
        where: str,
        params: Mapping[str, Any] | None = None,
    ) -> Scored:
        """The up to `k` rows that suit `asked` best, best first, ties by row."""
        with self._errors(self._read_seconds):
            hits = self._client.search(
                collection,
                data=[asked if isinstance(asked, str) else asked.tolist()],
                anns_field=field,
                limit=min(k, MAX_FOUND),
                filter=where,
                output_fields=["row"],
                search_params={"params": dict(params or {})},
                timeout=self._read_seconds,
            )[0]
        rows = np.array([hit["row"] for hit in hits], dtype=np.int64)
        scores = np.array([hit["distance"] for hit in hits], dtype=np.float32)
        if isinstance(asked, str):
            # Milvus Lite 3.2 gives BM25 with a minus sign, a server without.
            scores = np.abs(scores)
        best = np.lexsort((rows, -scores))
        return Scored(rows[best], scores[best])

    def upsert(self, collection: str, entities: Sequence[Entity]) -> None:
        """Write the entities, in batches; those of the same primary key are replaced."""
        for first in range(0, len(entities), _BATCH):
            with self._errors(self._write_seconds):
                self._client.upsert(
                    collection, list(entities[first : first + _BATCH]), timeout=self._write_seconds
                )

    def delete(self, collection: str, where: str) -> None:
        """Delete the entities that meet `where`."""
        with self._errors(self._write_seconds):
            self._client.delete(collection, filter=where, timeout=self._write_seconds)

    def delete_named(
        self, collection: str, field: str, values: Sequence[int] | Sequence[str], where: str = ""
    ) -> None:
        """Delete the entities whose `field` is one of `values` and that meet `where`."""
        for named in _named(field, values):
            self.delete(collection, _both(named, where))

    def settle(self, collection: str) -> None:
        """Let a Milvus Lite file put what was written into its indexes; a server does so itself."""
        if self.address.file:
            with self._errors(self._write_seconds):
                self._client.flush(collection, timeout=self._write_seconds)

    def _connect(self) -> MilvusClient:
        client = _client_class()
        token = os.environ.get("DATELINE_MILVUS_TOKEN", "")
        with _users_guard:
            made = client(
                self.address.uri,
                token=token,
                timeout=_limit(_CONNECT_SECONDS),
                # As often as pymilvus asks a silent line whether it lives, a Milvus Lite hangs up.
                grpc_options={"grpc.keepalive_time_ms": _KEEPALIVE_MS},
            )
            if self.address.file:
                _users[self.address.uri] += 1
        return made

    @contextmanager
    def _errors(self, seconds: float) -> Iterator[None]:
        """Turn what pymilvus and gRPC raise into errors of ours, in one line."""
        try:
            import grpc
            from pymilvus.exceptions import ConnectionConfigException, MilvusException
        except ImportError as error:
            raise StoreError(
                f"{self.address} is a store in Milvus, and pymilvus is not installed ({error}); "
                "install it with `pip install 'dateline[milvus]'`",
                path=str(self.address),
            ) from error
        try:
            yield
        except ConnectionConfigException as error:
            raise StoreBusyError(
                f"{self.address.server} cannot be opened: Milvus Lite lets one process at a time "
                "in; try again when the other one is done, or serve the file with `milvus-lite "
                "server` and name that server",
                path=str(self.address),
            ) from error
        except MilvusException as error:
            raise self._translated(error, seconds) from error
        except (grpc.RpcError, OSError, TimeoutError) as error:
            raise self._unavailable(seconds, str(error)) from error

    def _translated(self, error: Any, seconds: float) -> StoreError:
        reason = " ".join(str(error.message).split())
        # Codes of pymilvus's own, and of gRPC: what it gives when nobody answered.
        is_away = not isinstance(error.code, int) or error.code in (2, -1)
        if is_away or "Retry timeout" in reason or "DEADLINE" in reason.upper():
            return self._unavailable(seconds, reason)
        return StoreError(
            f"Milvus at {self.address.server} refused what {self.address} needs: {_short(reason)}",
            path=str(self.address),
        )

    def _unavailable(self, seconds: float, reason: str) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"Milvus at {self.address.server} did not answer within {seconds:g} s "
            f"({_short(reason)}); check that it runs and can be reached, then try again",
            path=str(self.address),
        )


def _client_class() -> type[MilvusClient]:
    # pymilvus reads a .env file beside its callers when it is imported: nobody asked for that.
    before = os.environ.get("PYTHON_DOTENV_DISABLED")
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    try:
        from pymilvus import MilvusClient
    finally:
        if before is None:
            del os.environ["PYTHON_DOTENV_DISABLED"]
        else:
            os.environ["PYTHON_DOTENV_DISABLED"] = before
    # What they log of a failure, with a traceback, is in the error that we raise; and Milvus Lite
    # logs each call that it does not know, where pymilvus can do without.
    for name in ("pymilvus", "milvus_lite", "grpc._server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    found: type[MilvusClient] = MilvusClient
    return found


def _end_lite(uri: str) -> None:
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(uri)


def _limit(usual: float) -> float:
    """The seconds that the environment allows, else the usual ones."""
    try:
        return max(float(os.environ["DATELINE_MILVUS_TIMEOUT"]), 0.1)
    except (KeyError, ValueError):
        return usual


def _named(field: str, values: Sequence[int] | Sequence[str]) -> Iterator[str]:
    """Conditions that `field` is one of `values`, each with as many as one may name."""
    for first in range(0, len(values), _NAMED):
        part = values[first : first + _NAMED]
        yield f"{field} in [{', '.join(quoted(value) for value in part)}]"


def quoted(value: int | str) -> str:
    """A value as it stands in a condition.

    Raises
    ------
    ValueError
        It is text of more than letters, digits and ``/-``: such text is hashed before it is asked
        for, so that nothing an article says can become part of a condition.
    """
    if not isinstance(value, str):
        return str(int(value))
    if not all(character.isalnum() or character in "/-" for character in value):
        raise ValueError(f"{value!r} cannot stand in a condition of Milvus")
    return f'"{value}"'


def _both(one: str, other: str) -> str:
    return f"{one} and {other}" if other else one


def _short(reason: str) -> str:
    return reason if len(reason) <= 200 else f"{reason[:199]}…"
