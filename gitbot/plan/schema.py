"""The JSON Schema of a result, as `gitbot schema result` publishes it."""

from __future__ import annotations

from typing import Any, get_args

from gitbot.errors import Severity
from gitbot.markers.grammar import Part

CODES = (
    "malformed-marker",
    "misplaced-marker",
    "unknown-policy",
    "policy-failed",
    "unknown-part",
    "missing-digest",
    "invalid-reference",
    "unparsable-document",
    "not-utf8",
    "path-encoding",
    "refused-edit",
    "limit",
)


def result_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of `{"changed": …, "problems": …, "held": …}`; a fresh copy on every call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitbot result",
        "description": "What a run of gitbot changed or would change, and what it could not.",
        "type": "object",
        "required": ["changed"],
        "properties": {
            "changed": _record({"files": _list(_file())}, ["files"]),
            "problems": _list(_problem()),
            "held": _list({"type": "object"}),
        },
    }


def _file() -> dict[str, Any]:
    about = "relative to the repository root, or to the folder that was edited"
    return _record({"path": _text(about), "objects": _list(_object())}, ["path", "objects"])


def _object() -> dict[str, Any]:
    fields = {key: _text('"" where the file does not say') for key in ("apiVersion", "kind", "namespace", "name")}
    return _record({**fields, "changes": _list(_change())}, [*fields, "changes"])


def _change() -> dict[str, Any]:
    optional = {
        "policy": _text("namespace:name"),
        "part": {"enum": list(get_args(Part))},
        "line": _count("1-based line of the value in the old text"),
        "column": _count("1-based column of the value in the old text, in characters"),
        "keyPath": _text("from the object to the value"),
        "document": _count("0-based number of the document in its file"),
    }
    required = {
        "oldValue": _text("before"),
        "newValue": _text("after"),
        "setter": _text("what the marker says: namespace:policy, or with :tag, :name or :digest"),
    }
    return _record(required | optional, list(required))


def _problem() -> dict[str, Any]:
    required = {
        "path": _text('"" when it is about no file'),
        "line": _count("1-based; 0 for the whole file"),
        "code": {"type": "string", "description": "what is wrong", "examples": list(CODES)},
        "severity": {"enum": list(get_args(Severity))},
        "message": _text("a sentence"),
    }
    optional = {
        "column": _count("1-based"),
        "keyPath": _text("the place in the document"),
        "hint": _text("what to do next"),
    }
    return _record(required | optional, list(required))


def _record(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _count(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}
