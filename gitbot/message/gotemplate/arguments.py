"""What a function may be given: assigning values and constants to the types of parameters, as text/template does."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate import nodes
from gitbot.message.gotemplate.types import (
    ANY,
    INTEGERS,
    INVALID,
    SIGNED,
    VALUE,
    GoMap,
    GoSlice,
    Int64,
    Type,
    Uint32,
    type_of,
)


class GoError(Exception):
    """An error of the interpreted program, in Go's words; the place is added where it is caught."""


def can_be_nil(wanted: Type) -> bool:
    """Whether nil can be assigned to a type."""
    return wanted.kind in ("interface", "map", "slice", "ptr", "func") or wanted == VALUE


def zero(wanted: Type) -> Any:
    """The nil of a type that has one."""
    if wanted.kind == "map":
        return GoMap({}, wanted, nil=True)
    if wanted.kind == "slice":
        return GoSlice((), wanted, nil=True)
    return INVALID if wanted == VALUE else None


def assign(value: Any, wanted: Type) -> Any:
    """The value as an argument of this type; raises GoError when the types do not fit."""
    if value is INVALID:
        if can_be_nil(wanted):
            return zero(wanted)
        raise GoError(f"invalid value; expected {wanted}")
    if wanted in (ANY, VALUE):
        return value
    if value is None:
        raise GoError(f"wrong type for value; expected {wanted}; got interface {{}}")
    if type_of(value) != wanted:
        raise GoError(f"wrong type for value; expected {wanted}; got {type_of(value)}")
    return value


def constant(node: nodes.Node, wanted: Type) -> Any:
    """A constant as an argument of this type; raises GoError when it is not of it."""
    if wanted.kind == "interface" or wanted == VALUE:
        return ideal(node)
    if wanted.kind == "bool":
        if isinstance(node, nodes.Bool):
            return node.value
        raise GoError(f"expected bool; found {node}")
    if wanted.kind == "string":
        if isinstance(node, nodes.String):
            return node.text
        raise GoError(f"expected string; found {node}")
    if wanted.kind in INTEGERS or wanted.kind == "float64":
        return _number(node, wanted.kind)
    raise GoError(f"can't handle {node} for arg of type {wanted}")


def _number(node: nodes.Node, kind: str) -> Any:
    if kind == "float64":
        if isinstance(node, nodes.Number) and node.floating is not None:
            return node.floating
        raise GoError(f"expected float; found {node}")
    if kind in SIGNED:
        if isinstance(node, nodes.Number) and node.integer is not None:
            return Int64(node.integer) if kind == "int64" else node.integer
        raise GoError(f"expected integer; found {node}")
    if isinstance(node, nodes.Number) and node.unsigned is not None:
        return Uint32(node.unsigned % (1 << 32))
    raise GoError(f"expected unsigned integer; found {node}")


def ideal(node: nodes.Node) -> Any:
    """A constant where no type is asked for: the way it is written decides."""
    if isinstance(node, nodes.Bool):
        return node.value
    if isinstance(node, nodes.String):
        return node.text
    if isinstance(node, nodes.Number):
        return _ideal_number(node)
    raise GoError(f"can't handle assignment of {node} to empty interface argument")


def _ideal_number(node: nodes.Number) -> Any:
    text = node.text
    if node.complex_ is not None:
        return node.complex_
    hexadecimal = len(text) > 2 and text[0] == "0" and text[1] in "xX" and not set(text) & set("pP")
    if node.floating is not None and not hexadecimal and text[0] != "'" and set(text) & set(".eEpP"):
        return node.floating
    if node.integer is not None:
        return node.integer
    raise GoError(f"{text} overflows int")
