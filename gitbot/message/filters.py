"""The filters a Jinja template may use: deterministic ones, each with a bounded result and a counted cost."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from jinja2 import pass_environment
from jinja2.environment import Environment
from jinja2.filters import FILTERS, make_attrgetter

from gitbot.message.charge import charge, check_plain, shown
from gitbot.message.meter import meter

# Taken from Jinja2 as they are. Left out: random (chance), pprint (addresses), format and center (unbounded width),
# urlize, xmlattr, striptags, escape, e, forceescape and safe (markup for a page, which a message is not).
_FROM_JINJA = (
    "abs", "attr", "capitalize", "count", "d", "default", "dictsort", "filesizeformat", "first", "float", "groupby", "int",
    "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select",
    "selectattr", "sort", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
)  # fmt: skip
MAX_WIDTH = 200


def replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    """`text` with `old` replaced by `new`, all of it or the first `count` times."""
    whole, old, new = shown(text), shown(old), shown(new)
    found = whole.count(old) if count is None or count < 0 else min(whole.count(old), count)
    meter().check_text(len(whole) + found * max(0, len(new) - len(old)))
    return whole.replace(old, new, -1 if count is None else count)


@pass_environment
def join(environment: Environment, values: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    """The values, or that attribute of each, as one text with `d` between them."""
    found = values if attribute is None else map(make_attrgetter(environment, attribute), values)
    return join_texts(str(d), found)


def join_texts(separator: str, values: Iterable[Any]) -> str:
    """The values as texts with a separator between them; the length is checked while they are gathered."""
    parts: list[str] = []
    length = 0
    for value in values:
        part = shown(value)
        length += len(part) + len(separator)
        meter().check_text(length)
        parts.append(part)
    return separator.join(parts)


def indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - as in Jinja2
    """Every line but the first (`first`: too) moved right by a width or a text; empty lines only with `blank`."""
    pad = width if isinstance(width, str) else " " * _width(width)
    lines = str(text).split("\n")
    meter().check_text(len(str(text)) + len(lines) * len(pad))
    moved = [pad + line if (blank or line) and (index or first) else line for index, line in enumerate(lines)]
    return "\n".join(moved)


@pass_environment
def wordwrap(environment: Environment, text: str, width: int = 79, break_long_words: bool = True) -> str:  # noqa: FBT001, FBT002 - as in Jinja2
    """The text in lines of at most `width` characters."""
    wrapped = FILTERS["wordwrap"](environment, str(text), max(1, _width(width)), break_long_words, "\n")
    return str(wrapped)


def batch(values: Iterable[Any], linecount: int, fill_with: Any = None) -> Any:
    """The values in rows of `linecount`."""
    meter().check_elements(linecount)
    return FILTERS["batch"](values, linecount, fill_with)


@pass_environment
def columns(environment: Environment, values: Iterable[Any], slices: int, fill_with: Any = None) -> Any:  # noqa: ARG001 - as in Jinja2
    """The values in `slices` columns."""
    meter().check_elements(slices)
    return FILTERS["slice"](list(values), slices, fill_with)


@pass_environment
def total(
    environment: Environment, values: Iterable[Any], attribute: str | int | None = None, start: float = 0
) -> float:
    """The sum of numbers, or of that attribute of each value."""
    found = values if attribute is None else map(make_attrgetter(environment, attribute), values)
    result: float = start
    for value in found:
        if not isinstance(value, int | float) or not isinstance(result, int | float):
            raise TypeError("sum adds numbers only")
        result += value
    return result


def rounded(value: float, precision: int = 0, method: str = "common") -> float:
    """A number rounded to `precision` digits (at most 15), as `common`, `ceil` or `floor`."""
    if not -15 <= precision <= 15:
        raise ValueError("round takes a precision from -15 to 15")
    return float(FILTERS["round"](value, precision, method))


def tojson(value: Any, indent: int | None = None) -> str:
    """The value as JSON, keys sorted; a change, an object or a problem as its fields."""
    width = None if indent is None else _width(indent)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=width, default=_fields)


def _fields(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        raise TypeError(f"a {type(value).__name__} has no JSON form")
    return {name: getattr(value, name) for name in names}


def code(value: Any, table: bool = False) -> str:  # noqa: FBT001, FBT002 - a flag of a template filter
    """Foreign text as a Markdown code span: no mention, link, issue number or markup in it takes effect.

    The fence is longer than any run of backticks inside; with `table`, pipes are escaped too.
    """
    text = " ".join(str(value).splitlines()).strip()
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    meter().check_text(len(text) * 3)
    return f"{fence}{pad}{text.replace('|', chr(92) + '|') if table else text}{pad}{fence}"


def _width(width: int) -> int:
    if not 0 <= width <= MAX_WIDTH:
        raise ValueError(f"a width is a number from 0 to {MAX_WIDTH}")
    return width


def settled(value: Any) -> Any:
    """The value; a generator becomes a list, at most as long as a value may be."""
    if isinstance(value, Iterator):
        value = list(islice(value, meter().elements + 1))
    return charge(value)


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same filter, with its cost counted, its texts bounded and its result a value (never a generator)."""
    foreign = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)  # keeps Jinja2's mark of what the filter is passed first
    def call(*args: Any, **kwargs: Any) -> Any:
        meter().step()
        for argument in args[foreign:]:
            check_plain(argument)
        return settled(function(*args, **kwargs))

    return call


_OURS: dict[str, Callable[..., Any]] = {
    "batch": batch,
    "code": code,
    "indent": indent,
    "join": join,
    "replace": replace,
    "round": rounded,
    "slice": columns,
    "string": shown,
    "sum": total,
    "tojson": tojson,
    "wordwrap": wordwrap,
}


def filters() -> dict[str, Callable[..., Any]]:
    """Every filter by name."""
    chosen = {name: FILTERS[name] for name in _FROM_JINJA} | _OURS
    return {name: counted(function) for name, function in chosen.items()}
