"""JSON and JSONL files: one article an object, a line or an element of a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from index.readers.ninjs import fields_of_ninjs, is_ninjs
from index.readers.records import BadRecordError, Numbered, RecordReader, shown
from index.readers.source import MIB, Source, UnreadableError, reason_of
from index.readers.text import decode
from index.types import Article, Skipped

MAX_LINE_BYTES = 32 * MIB
# Parsed JSON takes several times its size in memory.
MAX_JSON_BYTES = 64 * MIB


def read_jsonl(source: Source) -> Iterator[Article | Skipped]:
    """The articles of a JSONL file, line by line; bad lines are told and passed over."""

    def records() -> Iterator[Numbered]:
        for number, raw in _lines(source):
            yield number, f"line {number}", _line_record(raw)

    is_empty = True
    for item in RecordReader(source, records).articles():
        is_empty = False
        yield item
    if is_empty:
        raise UnreadableError("the file is empty; put one JSON object a line into it")


def read_json(source: Source) -> Iterator[Article | Skipped]:
    """The articles of a JSON file: one object, a list of them, or an object with such a list."""
    raw = source.read(MAX_JSON_BYTES, "JSON file", "make it a JSONL file with one article a line")
    if not raw.strip():
        raise UnreadableError("the file is empty; put JSON into it")
    try:
        value = _parsed(raw)
    except BadRecordError as error:
        if _is_line(raw.lstrip().split(b"\n", 1)[0]):
            yield from read_jsonl(source)  # its ending said less than its lines
            return
        raise UnreadableError(str(error)) from error
    found = _listed(value, source.fields.get("text"))

    def records() -> Iterator[Numbered]:
        for number, item in enumerate(found, 1):
            yield number, f"item {number}", fields_of_ninjs(item) if is_ninjs(item) else item

    yield from RecordReader(source, records).articles()


def _is_line(raw: bytes) -> bool:
    try:
        return isinstance(_parsed(raw), dict)
    except (BadRecordError, UnreadableError):
        return False


def _listed(value: Any, text_name: str | None) -> list[Any]:
    """The records in a JSON value: of an object, its longest list of objects that are articles."""
    names = {"text", "body", "content", text_name}
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and not is_ninjs(value):
        lists = [
            item
            for item in value.values()
            if isinstance(item, list) and item and all(isinstance(each, dict) for each in item)
        ]
        has_text = any(isinstance(value.get(name), str) for name in names)
        if lists and not has_text:
            return max(lists, key=len)
    return [value]


def _lines(source: Source) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1; an endless one is cut."""
    with source.open() as file:
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
            if raw.strip():
                yield number, raw


def _line_record(raw: bytes) -> Any:
    if len(raw) > MAX_LINE_BYTES:
        return BadRecordError(
            f"the line is longer than {MAX_LINE_BYTES // MIB} MiB; split the text"
        )
    try:
        record = _parsed(raw)
    except (BadRecordError, UnreadableError) as error:
        return error
    if not isinstance(record, dict):
        return BadRecordError(f"the line is {shown(record)}, not a JSON object with a field 'text'")
    return fields_of_ninjs(record) if is_ninjs(record) else record


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(decode(raw))
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise BadRecordError(
            f"not valid JSON ({error.msg} at {line}column {error.colno})"
        ) from error
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadRecordError(f"not valid JSON ({reason_of(error)})") from error
