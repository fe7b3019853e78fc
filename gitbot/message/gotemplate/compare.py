"""Comparisons: eq, ne, lt, le, gt, ge of text/template, and reflect.DeepEqual."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.printer import MAX_DEPTH, sprintf, type_name
from gitbot.message.gotemplate.types import (
    FLOATS,
    SIGNED,
    UNSIGNED,
    GoMap,
    GoSlice,
    GoStruct,
    kind_of,
    nothing,
    type_of,
)
from gitbot.message.meter import meter

_BAD = "invalid type for comparison"


def _basic(value: Any) -> str:
    """The kind that decides how two values compare; "" for kinds that have no order."""
    kind = kind_of(value)
    if kind in SIGNED:
        return "int"
    if kind in UNSIGNED:
        return "uint"
    return "float" if kind in FLOATS else kind if kind in ("bool", "string", "complex128") else ""


def eq(first: Any, *others: Any) -> bool:
    """Whether the first value equals any of the others."""
    if not others:
        raise GoError("missing argument for comparison")
    return any(_equal(first, other) for other in others)


def _equal(left: Any, right: Any) -> bool:
    meter().step()
    a, b = _basic(left), _basic(right)
    if a != b:
        if {a, b} == {"int", "uint"}:
            return bool(left == right)
        if nothing(left) or nothing(right):
            return False
        raise GoError(f"incompatible types for comparison: {type_name(left)} and {type_name(right)}")
    return bool(left == right) if a else _equal_others(left, right)


def _equal_others(left: Any, right: Any) -> bool:
    """Whether values that are neither numbers, texts nor booleans are equal, or both nil."""
    if not (nothing(left) or nothing(right)) and kind_of(left) != kind_of(right):
        raise GoError(sprintf("non-comparable types %s: %v, %s: %v", left, type_name(left), type_name(right), right))
    if _is_nil(left) or _is_nil(right):
        return _is_nil(left) == _is_nil(right)
    if not _comparable(right):
        raise GoError(sprintf("non-comparable type %s: %v", right, type_name(right)))
    return bool(left == right)


def _comparable(value: Any) -> bool:
    if isinstance(value, GoStruct):
        return all(_comparable(item) for _, item in value.fields)
    return not isinstance(value, GoSlice | GoMap)


def _is_nil(value: Any) -> bool:
    return nothing(value) or (isinstance(value, GoSlice | GoMap) and value.nil)


def ne(left: Any, right: Any) -> bool:
    """Whether two values differ."""
    return not _equal(left, right)


def lt(left: Any, right: Any) -> bool:
    """Whether the left value comes before the right one."""
    a, b = _basic(left), _basic(right)
    if not a or not b:
        raise GoError(_BAD)
    if a != b:
        if {a, b} != {"int", "uint"}:
            raise GoError(f"incompatible types for comparison: {type_name(left)} and {type_name(right)}")
    elif a in ("bool", "complex128"):
        raise GoError(_BAD)
    return bool(left < right)


def le(left: Any, right: Any) -> bool:
    """Whether the left value does not come after the right one."""
    return lt(left, right) or _equal(left, right)


def gt(left: Any, right: Any) -> bool:
    """Whether the left value comes after the right one."""
    return not le(left, right)


def ge(left: Any, right: Any) -> bool:
    """Whether the left value does not come before the right one."""
    return not lt(left, right)


def deep_equal(left: Any, right: Any, depth: int = 0) -> bool:
    """reflect.DeepEqual: same types, same contents."""
    meter().step()
    if depth > MAX_DEPTH:
        raise GoError("the values are nested too deeply to be compared")
    if nothing(left) or nothing(right):
        return nothing(left) and nothing(right)
    if type_of(left) != type_of(right):
        return False
    if isinstance(left, GoSlice):
        pairs = zip(left.items, right.items, strict=False)
        return _same_shape(left, right) and all(deep_equal(a, b, depth + 1) for a, b in pairs)
    if isinstance(left, GoMap):
        return _same_shape(left, right) and all(
            key in right.items and deep_equal(item, right.items[key], depth + 1) for key, item in left.items.items()
        )
    if isinstance(left, GoStruct):
        fields = zip(left.fields, right.fields, strict=True)
        return all(deep_equal(a, b, depth + 1) for (_, a), (_, b) in fields)
    return bool(left == right)


def _same_shape(left: GoSlice | GoMap, right: Any) -> bool:
    return len(left.items) == len(right.items) and left.nil == right.nil
