"""Lists: taking apart, putting together, searching."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.compare import deep_equal
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.sprig.casts import to_int64
from gitbot.message.gotemplate.types import ANYS, GoSlice, anys, kind_of, nothing, slice_of, truth
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

_NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference"
_NIL_LIST = GoSlice((), ANYS, nil=True)

define("list tuple", "any...")(lambda *items: anys(items))


def _items(value: Any, complaint: str) -> tuple[Any, ...]:
    """The items of a list; raises GoError for anything else."""
    if isinstance(value, GoSlice):
        return value.items
    raise GoError(_NIL_POINTER if nothing(value) else f"{complaint} {kind_of(value)}")


def empty(value: Any) -> bool:
    """Sprig's empty: the zero value of its kind; a struct never is."""
    return not truth(value)


@define("append push mustAppend mustPush", "any any")
def append(value: Any, item: Any) -> GoSlice:
    """A list with one item more at its end."""
    return anys((*_items(value, "Cannot push on type"), item))


@define("prepend mustPrepend", "any any")
def prepend(value: Any, item: Any) -> GoSlice:
    """A list with one item more at its front."""
    return anys((item, *_items(value, "Cannot prepend on type")))


@define("chunk mustChunk", "int any")
def chunk(size: int, value: Any) -> GoSlice:
    """Lists of `size` items each; for a negative size, what sprig makes of it."""
    items = _items(value, "Cannot chunk type")
    if size > 0:
        return GoSlice(tuple(anys(items[at : at + size]) for at in range(0, len(items), size)), slice_of(ANYS))
    count = (len(items) - 1) // size + 1 if size else -1
    kept = len(items) % -size if size else 0
    if count < 0 or (count and not kept):
        raise GoError("runtime error: makeslice: len out of range")
    return GoSlice((anys(items[:kept]),) if count else (), slice_of(ANYS))


@define("first mustFirst", "any")
def first(value: Any) -> Any:
    """The first item, nil when there is none."""
    return next(iter(_items(value, "Cannot find first on type")), None)


@define("last mustLast", "any")
def last(value: Any) -> Any:
    """The last item, nil when there is none."""
    return next(reversed(_items(value, "Cannot find last on type")), None)


@define("rest mustRest", "any")
def rest(value: Any) -> GoSlice:
    """All but the first item."""
    items = _items(value, "Cannot find rest on type")
    return anys(items[1:]) if items else _NIL_LIST


@define("initial mustInitial", "any")
def initial(value: Any) -> GoSlice:
    """All but the last item."""
    items = _items(value, "Cannot find initial on type")
    return anys(items[:-1]) if items else _NIL_LIST


@define("reverse mustReverse", "any")
def backwards(value: Any) -> GoSlice:
    """The items in the other direction."""
    return anys(reversed(_items(value, "Cannot find reverse on type")))


@define("compact mustCompact", "any")
def compact(value: Any) -> GoSlice:
    """The items that are not empty."""
    return anys(item for item in _items(value, "Cannot compact on type") if not empty(item))


@define("uniq mustUniq", "any")
def uniq(value: Any) -> GoSlice:
    """Every item once."""
    kept: list[Any] = []
    for item in _items(value, "Cannot find uniq on type"):
        if not _within(kept, item):
            kept.append(item)
    return anys(kept)


def _within(items: list[Any] | tuple[Any, ...], wanted: Any) -> bool:
    return any(deep_equal(wanted, item) for item in items)


@define("without mustWithout", "any any...")
def without(value: Any, *omitted: Any) -> GoSlice:
    """The items that are none of those given."""
    return anys(item for item in _items(value, "Cannot find without on type") if not _within(omitted, item))


@define("has mustHas", "any any")
def has(wanted: Any, value: Any) -> bool:
    """Whether a list holds an item."""
    return not nothing(value) and _within(_items(value, "Cannot find has on type"), wanted)


@define("slice mustSlice", "any any...")
def part(value: Any, *places: Any) -> Any:
    """The items from one place up to another."""
    if not isinstance(value, GoSlice):
        raise GoError(_NIL_POINTER if nothing(value) else f"list should be type of slice or array but {kind_of(value)}")
    size = len(value.items)
    if not size:
        return None
    start = to_int64(places[0]) if places else 0
    end = to_int64(places[1]) if len(places) > 1 else size
    if not 0 <= start <= end <= size:
        raise GoError("reflect.Value.Slice: slice index out of bounds")
    return GoSlice(value.items[start:end], value.type)


@define("concat", "any...")
def concat(*values: Any) -> Any:
    """The items of several lists as one."""
    items: list[Any] = []
    for value in values:
        if not isinstance(value, GoSlice):
            raise GoError(_NIL_POINTER if nothing(value) else f"Cannot concat type {kind_of(value)} as list")
        items.extend(value.items)
        meter().check_elements(len(items))
    return anys(items) if items else _NIL_LIST


@define("default", "any any...")
def default(other: Any, *given: Any) -> Any:
    """The first value given, or the other one when that is empty."""
    return other if not given or empty(given[0]) else given[0]


@define("coalesce", "any...")
def coalesce(*values: Any) -> Any:
    """The first value that is not empty."""
    return next((value for value in values if not empty(value)), None)


define("empty", "any")(empty)
define("all", "any...")(lambda *values: not any(map(empty, values)))
define("any", "any...")(lambda *values: not all(map(empty, values)))
define("ternary", "any any bool")(lambda yes, no, decides: yes if decides else no)
define("deepEqual", "any any")(deep_equal)
