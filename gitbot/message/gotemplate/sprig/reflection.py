"""What a value is: its type and kind by name."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.printer import type_name
from gitbot.message.gotemplate.types import kind_of

TABLE = Table()
define = TABLE.define

define("typeOf", "any")(type_name)
define("typeIs", "string any")(lambda name, value: type_name(value) == name)
define("kindOf", "any")(kind_of)
define("kindIs", "string any")(lambda name, value: kind_of(value) == name)


@define("typeIsLike", "string any")
def type_is_like(name: str, value: Any) -> bool:
    """Whether a value is of a type, or points to one."""
    return type_name(value) in (name, f"*{name}")
