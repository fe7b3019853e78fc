"""Flux's ImagePolicy objects as `kubectl get -o json` prints them: which image each has elected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.printable import printable

_GROUP = "image.toolkit.fluxcd.io/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is said about one policy: its image, or why it has none; and its labels."""

    image: ImageRef | None = None
    failure: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


class BadEntryError(Exception):
    """An entry that gives no image: the code and words of the problem, and the labels the policy has all the same."""

    def __init__(self, code: str, message: str, labels: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.labels = labels or {}


def is_object(value: Any) -> bool:
    """Whether a value is a Kubernetes object, or a list of them, and no mapping of policies."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("items"), list) or (isinstance(value.get("kind"), str) and "apiVersion" in value)


def objects_in(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every ImagePolicy object with its place: of lists the items, whatever kind of list; other kinds are left out."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects_in(item, (*at, index))
    elif isinstance(value, dict) and isinstance(value.get("items"), list):
        yield from objects_in(value["items"], (*at, "items"))
    elif is_object(value) and value.get("kind") == "ImagePolicy" and str(value["apiVersion"]).startswith(_GROUP):
        yield at, value


def elected_of(item: Mapping[str, Any]) -> Entry:
    """Read `status.latestRef` (or the older `status.latestImage`); raises BadEntryError unless there is a valid one."""
    metadata, status = _mapping(item.get("metadata")), _mapping(item.get("status"))
    labels = {key: value for key, value in _mapping(metadata.get("labels")).items() if isinstance(value, str)}
    latest = status.get("latestRef") or status.get("latestImage")
    if not latest:
        raise BadEntryError("policy-failed", f"has elected no image{_why(status)}", labels)
    try:
        return Entry(image=reference(latest), labels=labels)
    except BadEntryError as error:
        raise BadEntryError(error.code, error.message, labels) from None


def reference(value: Any) -> ImageRef:
    """`image:tag[@digest]`, or a mapping of name, tag and digest; raises BadEntryError unless it is valid."""
    if isinstance(value, Mapping):
        parts = [value.get(key, "") for key in ("name", "tag", "digest")]
        if not all(isinstance(part, str) for part in parts) or set(value) - {"name", "tag", "digest"}:
            raise BadEntryError("invalid-result", "want name, tag and digest, each a text")
        return _checked(ImageRef(*parts))
    if not isinstance(value, str):
        raise BadEntryError("invalid-result", "want image:tag or image:tag@digest, as a text")
    try:
        return ImageRef.parse(value)
    except GitbotError as error:
        raise BadEntryError("invalid-reference", error.message) from None


def _checked(image: ImageRef) -> ImageRef:
    try:
        image.check()
    except GitbotError as error:
        raise BadEntryError("invalid-reference", error.message) from None
    return image


def _why(status: Mapping[str, Any]) -> str:
    """Tell what the reflector says about it, as far as it says something."""
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else []:
        if isinstance(condition, Mapping) and condition.get("type") == "Ready" and condition.get("status") != "True":
            return f": {printable(str(condition.get('message', '')), 200)}"
    return " yet"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
