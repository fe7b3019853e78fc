"""The events of a watch, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

from gitbot.kube.errors import nonsense, of_event
from gitbot.kube.resource import Asked

Change = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
_CHANGES = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK"})


@dataclass(frozen=True, slots=True)
class Event:
    """One change: the object as it is now, as it last was when DELETED; of a BOOKMARK only `version` means something."""

    change: Change
    object: dict[str, Any]
    version: str


def read_event(line: bytes, asked: Asked, url: str, account: str) -> Event:
    """The event of a line; raises for one of type ERROR what its status says (Expired for 410), Refused for nonsense."""
    try:
        read = json.loads(line)
        change, item = read["type"], read["object"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise nonsense(asked, url, "an event that is no JSON object with type and object") from None
    if change == "ERROR" and isinstance(item, dict):
        raise of_event(item, asked, account)
    metadata = item.get("metadata") if isinstance(item, dict) else None
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if change not in _CHANGES or not isinstance(version, str) or not version:
        raise nonsense(asked, url, "an event of an unknown type, or of an object without resourceVersion")
    return Event(cast("Change", change), item, version)
