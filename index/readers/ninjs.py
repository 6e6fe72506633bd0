"""ninjs, the IPTC's JSON for news, into the fields of an ordinary record (versions 1 to 3)."""

from __future__ import annotations

from typing import Any

_BODIES = ("body_text", "body_xhtml", "body_html")


def is_ninjs(record: Any) -> bool:
    """Whether an object is a ninjs item: it has an address of its own and ninjs's own fields."""
    if not isinstance(record, dict) or not isinstance(record.get("uri"), str):
        return False
    own = {"versioncreated", "versionCreated", "standard", "pubstatus", "pubStatus", *_BODIES}
    return bool(own & record.keys() or _in_list(record.get("bodies")))


def fields_of_ninjs(record: dict[str, Any]) -> dict[str, Any]:
    """The record in the fields that records have here; what it lacks is left out."""
    found = {
        "id": record["uri"],
        "url": _link(record),
        "title": _headline(record),
        "text": _plain_body(record),
        "body_html": _markup_body(record),
        "source": _outlet(record),
        "author": record.get("byline") or _people(record),
        "date": _first_created(record),
    }
    return {name: value for name, value in found.items() if value}


def _headline(record: dict[str, Any]) -> Any:
    if record.get("headline"):
        return record["headline"]
    main = [
        item for item in _in_list(record.get("headlines")) if item.get("role") in (None, "main")
    ]
    return main[0].get("value") if main else record.get("title")


def _plain_body(record: dict[str, Any]) -> Any:
    return record.get("body_text") or _body(record, "text/plain")


def _markup_body(record: dict[str, Any]) -> Any:
    body = record.get("body_xhtml") or record.get("body_html")
    return body or _body(record, "text/html") or _body(record, "application/xhtml+xml")


def _body(record: dict[str, Any], content_type: str) -> Any:
    for item in _in_list(record.get("bodies")):
        stated = item.get("contenttype", item.get("contentType", "text/plain"))
        if str(stated).split(";")[0].strip() == content_type:
            return item.get("value")
    return None


def _outlet(record: dict[str, Any]) -> Any:
    organisations = record.get("organisation", record.get("organisations"))
    for item in _in_list(organisations):
        if str(item.get("rel", "")).casefold() in ("publisher", "provider", "source"):
            return item.get("name")
    # Some write the outlet's name here, in others it is only the place in a directory.
    for field in ("source", "infosource", "infosources", "copyrightholder", "copyrightHolder"):
        value = record.get(field)
        named = next((item.get("name") for item in _in_list(value) if item.get("name")), None)
        if named or isinstance(value, str):
            return named or value
    return None


def _people(record: dict[str, Any]) -> Any:
    people = _in_list(record.get("person", record.get("people")))
    writers = [p for p in people if str(p.get("rel", "")).casefold() in ("author", "creator")]
    return [person.get("name", "") for person in writers] or None


def _first_created(record: dict[str, Any]) -> Any:
    """When it came out first; a later version's own date is one of change."""
    first = record.get("firstcreated", record.get("firstCreated"))
    is_first = str(record.get("version", "1")) in ("0", "1")
    version = record.get("versioncreated", record.get("versionCreated"))
    return first or (version if is_first else None)


def _link(record: dict[str, Any]) -> Any:
    for item in _in_list(record.get("altids")):
        if str(item.get("role", "")).casefold() in ("url", "web", "canonical"):
            return item.get("value")
    value = record.get("url") or record.get("canonicalurl")
    return value if isinstance(value, str) else None


def _in_list(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
