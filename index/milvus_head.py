"""The head of a store in Milvus: which generation is to be read, and who may write the next one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from index import milvus_schema as schema
from index.database import Database
from index.errors import StoreBusyError, StoreDamagedError, StoreMismatchError
from index.manifest import Manifest
from index.milvus_connection import MilvusConnection

FORMAT = "dateline-milvus"
VERSION = 1
# For so long nobody else writes after a writer was last heard of: longer than the embedding of what
# is committed at once takes.
_LEASE_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Head:
    """What the newest head tells: which generation is to be read, and what it amounts to.

    Attributes
    ----------
    number : int
        Of the generation.
    revision : str
        Another one after each writing, also where the generation stays the same.
    sequence : int
        Of the head itself; the highest one is the present one.
    manifest : Manifest
    summary : mapping
        Counts, inventory and the names given for fields.
    """

    number: int
    revision: str
    sequence: int
    manifest: Manifest
    summary: Mapping[str, Any]


def read_head(connection: MilvusConnection, record: str, known: Head | None = None) -> Head | None:
    """The newest head; `known` where it is still that one, and None where there is none.

    Raises
    ------
    StoreMismatchError
        It is of another format version.
    StoreDamagedError
        It cannot be read.
    """
    where = str(connection.address)
    found = connection.query(record, f'kind == "{schema.HEAD}"', ["owner", "value"])
    if not found:
        return None
    newest = max(found, key=lambda each: int(each["owner"]))
    sequence = int(newest["owner"])
    try:
        told = json.loads(newest["value"])
        if told["version"] != VERSION:
            raise StoreMismatchError(
                f"store {where} has format version {told['version']!r}, this Dateline reads "
                f"version {VERSION}; index its articles into a new collection with `qa index`",
                path=where,
            )
        if known is not None and known.revision == told["revision"]:
            return known
        parts = connection.query(
            record,
            f'kind == "{schema.SUMMARY}" and owner == {sequence}',
            ["part", "value"],
        )
        return Head(
            int(told["number"]),
            str(told["revision"]),
            sequence,
            Manifest(**told["manifest"]),
            json.loads(schema.joined(parts)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreDamagedError(
            f"store {where}: its head cannot be read ({type(error).__name__}: {error}); index the "
            "articles into a new collection with `qa index`",
            path=where,
        ) from error


def put_head(connection: MilvusConnection, record: str, head: Head) -> Head:
    """Write a summary and then its head, which makes it the present one."""
    summary = json.dumps(head.summary, ensure_ascii=False)
    connection.upsert(
        record,
        list(schema.parts_of(schema.SUMMARY, head.revision, head.sequence, summary)),
    )
    told = {
        "format": FORMAT,
        "version": VERSION,
        "number": head.number,
        "revision": head.revision,
        "manifest": asdict(head.manifest),
    }
    key = f"{schema.HEAD}/{head.sequence}"
    connection.upsert(
        record, [schema.record_entity(key, schema.HEAD, head.sequence, json.dumps(told))]
    )
    return head


def summary_of(database: Database, sequences: Mapping[str, int]) -> dict[str, Any]:
    """What a head tells of the content of the record."""
    counts, inventory = database.counts(), database.inventory()
    return {
        "counts": {
            "articles": counts.articles,
            "passages": counts.passages,
            "undated": counts.undated,
            "first_published": counts.first_published and counts.first_published.isoformat(),
            "last_published": counts.last_published and counts.last_published.isoformat(),
            "sources": list(counts.sources),
        },
        "inventory": {
            "past_versions": inventory.past_versions,
            "stories": inventory.stories,
            "formats": inventory.formats,
        },
        "field_names": database.field_names(),
        "sequences": dict(sequences),
    }


@contextmanager
def lease(connection: MilvusConnection, record: str, owner: str) -> Iterator[None]:
    """Nobody else writes until the block ends; `owner` tells this machine from others.

    Milvus compares and sets nothing in one step, so two that begin in the same instant may both
    think that they were first: the one that writes its head later is refused then (see
    `index.milvus_writer.Push.tell`), all but the instant between that check and the head.

    Raises
    ------
    StoreBusyError
        Somebody else writes, or was killed less than half an hour ago.
    """
    key = f"{schema.LEASE}/writer"
    mark = uuid.uuid4().hex
    where = str(connection.address)
    busy = StoreBusyError(
        f"store {where}: another process is writing to it; try again when it is done (if it was "
        f"killed on another machine, in {_LEASE_SECONDS // 60} minutes)",
        path=where,
    )
    held = _held(connection, record)
    if held and held["owner"] != owner and held["until"] > time.time():
        raise busy
    told = json.dumps({"owner": owner, "mark": mark, "until": time.time() + _LEASE_SECONDS})
    connection.upsert(record, [schema.record_entity(key, schema.LEASE, 0, told)])
    held = _held(connection, record)
    if held is None or held["mark"] != mark:
        raise busy
    try:
        yield
    finally:
        connection.delete_named(record, "key", [key])


def _held(connection: MilvusConnection, record: str) -> dict[str, Any] | None:
    found = connection.query(record, f'kind == "{schema.LEASE}"', ["value"])
    return dict(json.loads(found[0]["value"])) if found else None
