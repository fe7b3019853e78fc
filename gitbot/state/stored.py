"""Values as they are stored: times, texts and mappings of a JSON document, each checked when it is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Version of the stored documents. It grows when an older gitbot would misread a document, not when a field is added.
VERSION = 1


class UnreadableError(ValueError):
    """A stored document that this gitbot cannot use: corrupt, or written by a newer one."""


def dump(document: Mapping[str, Any]) -> str:
    """One line of JSON with the version; ASCII, so that NUL and lone surrogates survive in every database."""
    return json.dumps({"schema": VERSION, **document}, ensure_ascii=True, separators=(",", ":"))


def load(text: str) -> Mapping[str, Any]:
    """The document that `dump` wrote; raises UnreadableError for everything else and for newer versions."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError, TypeError) as error:
        raise UnreadableError("it is not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("schema"), int):
        raise UnreadableError("it has no schema version")
    if document["schema"] > VERSION:
        raise UnreadableError(f"a newer gitbot wrote it (schema {document['schema']}, this one reads up to {VERSION})")
    return document


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond; raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {moment!r}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 in UTC, which every database compares alike; ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {moment!r}")
    return int(moment.timestamp())


def optional_stamp(moment: datetime | None) -> str | None:
    """As `stamp`; None stays None."""
    return None if moment is None else stamp(moment)


def moment(document: Mapping[str, Any], key: str) -> datetime:
    """A time that must be there."""
    found = optional_moment(document, key)
    if found is None:
        raise UnreadableError(f"it has no {key}")
    return found


def optional_moment(document: Mapping[str, Any], key: str) -> datetime | None:
    """A time, or None where there is none."""
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnreadableError(f"{key} is not a time")
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise UnreadableError(f"{key} is not a time") from error
    if found.tzinfo is None:
        raise UnreadableError(f"{key} has no time zone")
    return found.astimezone(UTC)


def text(document: Mapping[str, Any], key: str) -> str:
    """A text; "" where there is none."""
    value = document.get(key, "")
    if not isinstance(value, str):
        raise UnreadableError(f"{key} is not a text")
    return value


def mapping(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise UnreadableError(f"{key} is not an object")
    return value


def texts(document: Mapping[str, Any], key: str) -> dict[str, str]:
    """A JSON object of texts; empty where there is none."""
    found = mapping(document, key)
    return {name: text(found, name) for name in found}


def objects(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A JSON array of objects; empty where there is none."""
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UnreadableError(f"{key} is not a list of objects")
    return found


def number(document: Mapping[str, Any], key: str) -> int:
    """A whole number; 0 where there is none."""
    value = document.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError(f"{key} is not a number")
    return value
