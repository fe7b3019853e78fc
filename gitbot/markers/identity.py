"""Which object a place in a document belongs to, and the key path from that object to the place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

Step = str | int | None  # a key, an index, or None for a key that is no scalar
Path = tuple[Step, ...]
ROOT = -1
FIELDS = frozenset({"apiVersion", "kind", "name", "namespace"})
MAX_KEY = 200
MAX_PATH = 1000
_SIMPLE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")


@dataclass(frozen=True, slots=True, order=True)
class ObjectId:
    """A Kubernetes object as its file names it; missing parts are "". Sorts as Go's templates range such keys."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""


Identities = Mapping[int, Mapping[str, str]]


def owner(path: Path, identities: Identities) -> tuple[ObjectId, str]:
    """The object a path from the document's root lies in, and the key path from that object.

    That is the root of the document, or the item of a `List`. `identities` holds the apiVersion, kind, name and namespace
    found at the root (under ROOT) and in each element of a root key `items` (under its index).
    """
    number = path[1] if len(path) > 1 and path[0] == "items" else None
    if isinstance(number, int) and _unwraps(identities, number):
        return _object(identities.get(number, {})), key_path(path[2:])
    return _object(identities.get(ROOT, {})), key_path(path)


def key_path(path: Path) -> str:
    """A path as `spec.containers[0].image`; a key that is no word as `["a.b/c"]`; overlong ones shortened in the middle."""
    text = "".join(map(_step, path)).removeprefix(".")
    half = MAX_PATH // 2
    return text if len(text) <= MAX_PATH else f"{text[:half]}…{text[-half:]}"


def identity_key(path: Path, field: str) -> int | None:
    """Whose identity a field of that name tells: ROOT, an item's index, or None when it is some other field."""
    wanted = ("metadata",) if field in {"name", "namespace"} else ()
    if path == wanted:
        return ROOT
    if len(path) == len(wanted) + 2 and path[0] == "items" and path[2:] == wanted and isinstance(path[1], int):
        return path[1]
    return None


def _unwraps(identities: Identities, number: int) -> bool:
    kind = identities.get(ROOT, {}).get("kind", "")
    return kind in {"List", "ResourceList"} or (kind.endswith("List") and "kind" in identities.get(number, {}))


def _object(fields: Mapping[str, str]) -> ObjectId:
    return ObjectId(*(fields.get(field, "") for field in ("apiVersion", "kind", "name", "namespace")))


def _step(step: Step) -> str:
    if step is None:
        return "[?]"
    if isinstance(step, int):
        return f"[{step}]"
    short = step if len(step) <= MAX_KEY else step[: MAX_KEY - 1] + "…"
    return f".{short}" if _SIMPLE.fullmatch(short) else f"[{json.dumps(short, ensure_ascii=False)}]"
