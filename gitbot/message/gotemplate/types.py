"""Go's values in Python: which Go type each has, and the containers that Python has no equal of.

A Go string is a `str`; bytes that are not UTF-8 stand as lone surrogates (see `text`). bool is `bool`, int is `int`, float64
is `float`; the other numbers are subclasses that say their width. `None` is a nil interface value, `INVALID` is what Go's
reflection calls the zero Value: the result of looking up what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Type:
    """A Go type: its kind (`int`, `slice`, `map`, `struct`, ...), how it is written, and the types it is made of."""

    kind: str
    name: str
    elem: Type | None = None
    key: Type | None = None

    def __str__(self) -> str:
        return self.name


ANY = Type("interface", "interface {}")
VALUE = Type("struct", "reflect.Value")
STRING = Type("string", "string")
BOOL = Type("bool", "bool")
INT = Type("int", "int")
INT64 = Type("int64", "int64")
INT32 = Type("int32", "int32")
UINT8 = Type("uint8", "uint8")
UINT32 = Type("uint32", "uint32")
UINT64 = Type("uint64", "uint64")
FLOAT64 = Type("float64", "float64")
COMPLEX128 = Type("complex128", "complex128")


def slice_of(elem: Type) -> Type:
    """`[]elem`."""
    return Type("slice", f"[]{elem}", elem)


def map_of(key: Type, elem: Type) -> Type:
    """`map[key]elem`."""
    return Type("map", f"map[{key}]{elem}", elem, key)


ANYS = slice_of(ANY)
STRINGS = slice_of(STRING)
INTS = slice_of(INT)
DICT = map_of(STRING, ANY)
STRING_MAP = map_of(STRING, STRING)


class Int64(int):
    """Go's int64."""

    __slots__ = ()


class Int32(int):
    """Go's int32, also called rune."""

    __slots__ = ()


class Uint8(int):
    """Go's uint8, also called byte."""

    __slots__ = ()


class Uint32(int):
    """Go's uint32."""

    __slots__ = ()


class Uint64(int):
    """Go's uint64."""

    __slots__ = ()


class Invalid:
    """The type of INVALID."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<invalid Value>"


INVALID = Invalid()


@dataclass(frozen=True, slots=True, eq=False)
class GoSlice:
    """A Go slice: its items are never changed in place. `nil` marks the nil slice, which is empty."""

    items: tuple[Any, ...]
    type: Type = ANYS
    nil: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class GoMap:
    """A Go map. `set` and `unset` change it in place, as in Go."""

    items: dict[Any, Any]
    type: Type = DICT
    nil: bool = False


@dataclass(frozen=True, slots=True)
class GoMethod:
    """A method bound to its receiver, with the types of its parameters."""

    function: Callable[..., Any]
    parameters: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class GoStruct:
    """A Go struct. `fields` print in order; `promoted` and `hidden` can be read but belong to an inner struct or to nobody.

    `string` is the text of its String method, where it has one; `encoded` is what JSON shows instead of the fields. Two structs
    are equal when type and fields are.
    """

    type: Type
    fields: tuple[tuple[str, Any], ...]
    promoted: Mapping[str, Any] = field(default_factory=dict, compare=False)
    methods: Mapping[str, GoMethod] = field(default_factory=dict, compare=False)
    string: str | None = field(default=None, compare=False)
    encoded: tuple[tuple[str, Any], ...] | None = field(default=None, compare=False)

    @property
    def pointer(self) -> bool:
        """Whether this is a pointer to the struct."""
        return self.type.kind == "ptr"

    def get(self, name: str) -> Any:
        """The value of a field, INVALID when there is none of that name."""
        for own, value in self.fields:
            if own == name:
                return value
        return self.promoted.get(name, INVALID)


_SIMPLE: dict[type, Type] = {
    str: STRING,
    bool: BOOL,
    int: INT,
    float: FLOAT64,
    complex: COMPLEX128,
    Int64: INT64,
    Int32: INT32,
    Uint8: UINT8,
    Uint32: UINT32,
    Uint64: UINT64,
}
SIGNED = frozenset({"int", "int8", "int16", "int32", "int64"})
UNSIGNED = frozenset({"uint", "uint8", "uint16", "uint32", "uint64"})
INTEGERS = SIGNED | UNSIGNED
FLOATS = frozenset({"float32", "float64"})


def type_of(value: Any) -> Type:
    """The Go type of a value that is neither nil nor INVALID."""
    simple = _SIMPLE.get(type(value))
    if simple is not None:
        return simple
    own = value.type
    assert isinstance(own, Type)  # noqa: S101 - every container carries its type
    return own


def kind_of(value: Any) -> str:
    """The kind of a value as Go's reflection names it; `invalid` for nil and INVALID."""
    if value is None or value is INVALID:
        return "invalid"
    return type_of(value).kind


def nothing(value: Any) -> bool:
    """Whether a value is nil or INVALID."""
    return value is None or value is INVALID


def anys(items: Iterable[Any]) -> GoSlice:
    """A `[]interface {}` of these items."""
    return GoSlice(tuple(None if item is INVALID else item for item in items))


def strings(items: Iterable[str]) -> GoSlice:
    """A `[]string` of these items."""
    return GoSlice(tuple(items), STRINGS)


def int64(number: int) -> Int64:
    """A number as int64, wrapped around as Go's arithmetic does."""
    return Int64((number + (1 << 63)) % (1 << 64) - (1 << 63))


def truth(value: Any) -> bool:
    """Whether `if` takes a value for true: not the zero value of its kind; a struct always."""
    if nothing(value):
        return False
    if isinstance(value, GoSlice | GoMap):
        return bool(value.items)
    return True if isinstance(value, GoStruct) else bool(value)
