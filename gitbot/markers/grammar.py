"""What a marker says: the comment that names a policy and the part of its image, or why a comment is no marker."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from gitbot.markers.limits import MAX_COMMENT
from gitbot.printable import printable

Part = Literal["image", "tag", "name", "digest"]
TOKEN = "$imagepolicy"  # noqa: S105 - the key of a marker, no password
NEEDLE = TOKEN.encode()
PARTS: dict[str, Part] = {"tag": "tag", "name": "name", "digest": "digest"}
EXAMPLE = '# {"$imagepolicy": "namespace:policy"}'
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Marker:
    """A well-formed marker: the policy as `ns:name`, the part of its image that is wanted, and the text of both."""

    policy: str
    part: Part
    setter: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a comment that holds the token is no marker: the problem's code, a sentence, and what to write instead."""

    code: Literal["malformed-marker", "unknown-part"]
    message: str
    hint: str = f"write {EXAMPLE}"
    mention: bool = False  # it only mentions the token, nobody tried to write an object


def holds_token(data: bytes) -> bool:
    """Whether a file asks for anything at all: the cheap screen before it is read as YAML.

    UTF-16 hides the token from a search for its ASCII letters; such a file is let through so that it is reported.
    """
    if NEEDLE in data:
        return True
    wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2])
    return wide is not None and TOKEN.encode(wide) in data


def parse(comment: str) -> Marker | Malformed | None:
    """Read one comment, its `#` included: a marker, why it is none, or None when it has nothing to do with markers.

    A marker is one JSON object of strings with the key `$imagepolicy` (the last one counts, JSON's escapes are read);
    its value is `ns:name`, `ns:name:tag`, `ns:name:name` or `ns:name:digest`. Never raises.
    """
    body = comment.lstrip("#").strip(" \t\r\n")
    fields = _object(body)
    if fields is None or TOKEN not in fields:
        return _complaint(body) if TOKEN in comment else None
    if not all(isinstance(value, str) for value in fields.values()):
        return Malformed("malformed-marker", "every value of a marker must be a string")
    return _setter(fields[TOKEN])


def part_of(setter: str) -> tuple[str, Part]:
    """Split the text of a marker into policy and part; a text that is none counts as a policy's name."""
    policy, _, suffix = setter.rpartition(":")
    if policy.count(":") == 1 and suffix in PARTS:
        return policy, PARTS[suffix]
    return setter, "image"


def _object(body: str) -> dict[str, Any] | None:
    if len(body) > MAX_COMMENT or not body.startswith("{"):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _setter(setter: str) -> Marker | Malformed:
    names = setter.split(":")
    shown = printable(setter, 120)
    if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names[:2]):
        return Malformed("malformed-marker", f"'{shown}' does not name a policy as namespace:policy")
    if len(names) == 2:
        return Marker(setter, "image", setter)
    part = PARTS.get(names[2])
    if part is None or len(names) > 3:
        wrong = printable(":".join(names[2:]), 120)
        return Malformed("unknown-part", f"unknown part '{wrong}' of an image", "write :tag, :name, :digest or nothing")
    return Marker(f"{names[0]}:{names[1]}", part, setter)


def _complaint(body: str) -> Malformed:
    if "{" not in body:
        message = "the comment mentions $imagepolicy but is no JSON object"
        return Malformed("malformed-marker", message, mention=True)
    if body.count(TOKEN) > 1:
        return Malformed("malformed-marker", "more than one marker in one comment")
    if re.search(r"'\s*\$imagepolicy\s*'", body):
        return Malformed("malformed-marker", "a marker is JSON: its strings stand in double quotes")
    if len(body) > MAX_COMMENT:
        return Malformed("malformed-marker", f"a marker of more than {MAX_COMMENT} characters")
    if not body.startswith("{") or not body.endswith("}"):
        return Malformed("malformed-marker", "text beside the marker: the whole comment must be one JSON object")
    return Malformed("malformed-marker", "the comment is not one JSON object of strings")
