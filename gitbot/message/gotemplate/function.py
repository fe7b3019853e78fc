"""A function of the interpreted language: its parameters as Go declares them, and what it does here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from gitbot.message.gotemplate.types import (
    ANY,
    BOOL,
    DICT,
    FLOAT64,
    INT,
    STRING,
    STRINGS,
    UINT32,
    VALUE,
    Type,
)

F = TypeVar("F", bound=Callable[..., Any])
TIME = Type("struct", "time.Time")
_TYPES = {
    "any": ANY,
    "value": VALUE,
    "string": STRING,
    "strings": STRINGS,
    "bool": BOOL,
    "int": INT,
    "uint32": UINT32,
    "float64": FLOAT64,
    "dict": DICT,
    "time": TIME,
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function by name. With `variadic` the last parameter may be given any number of times."""

    name: str
    parameters: tuple[Type, ...]
    variadic: bool
    run: Callable[..., Any]


class Table:
    """Functions by name; every module of functions fills one."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def define(self, names: str, parameters: str = "") -> Callable[[F], F]:
        """Enter a function under one or several names. Parameters are type names; a last one in `…` is variadic."""
        variadic = parameters.endswith("...")
        types = tuple(_TYPES[word] for word in parameters.removesuffix("...").split())

        def enter(run: F) -> F:
            for name in names.split():
                self.functions[name] = Function(name, types, variadic, run)
            return run

        return enter
