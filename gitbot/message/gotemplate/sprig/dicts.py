"""Dictionaries: making, reading, changing, merging."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.ordering import sorted_items
from gitbot.message.gotemplate.printer import MAX_DEPTH, string_of, type_name
from gitbot.message.gotemplate.sprig.lists import empty
from gitbot.message.gotemplate.types import DICT, GoMap, GoSlice, anys, nothing, strings
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define


@define("dict", "any...")
def make(*values: Any) -> GoMap:
    """A dictionary of keys and values in turn; a last key alone gets the empty text."""
    pairs = [(string_of(values[at]), values[at + 1] if at + 1 < len(values) else "") for at in range(0, len(values), 2)]
    return GoMap(dict(pairs))


define("get", "dict string")(lambda mapping, key: mapping.items.get(key, ""))
define("hasKey", "dict string")(lambda mapping, key: key in mapping.items)


@define("set", "dict string any")
def assign(mapping: GoMap, key: str, value: Any) -> GoMap:
    """The dictionary, changed."""
    if mapping.nil:
        raise GoError("assignment to entry in nil map")
    mapping.items[key] = value
    meter().check_elements(len(mapping.items))
    return mapping


@define("unset", "dict string")
def remove(mapping: GoMap, key: str) -> GoMap:
    """The dictionary, without a key."""
    mapping.items.pop(key, None)
    return mapping


@define("pluck", "string dict...")
def pluck(key: str, *mappings: GoMap) -> GoSlice:
    """What the dictionaries hold under a key, where they hold it."""
    return anys(mapping.items[key] for mapping in mappings if key in mapping.items)


@define("keys", "dict...")
def keys(*mappings: GoMap) -> GoSlice:
    """The keys of dictionaries. Go's order is random; here each dictionary's keys are sorted."""
    return strings(key for mapping in mappings for key, _ in sorted_items(mapping))


@define("values", "dict")
def values(mapping: GoMap) -> GoSlice:
    """The values of a dictionary. Go's order is random; here they come sorted by key."""
    return anys(value for _, value in sorted_items(mapping))


@define("pick", "dict string...")
def pick(mapping: GoMap, *wanted: str) -> GoMap:
    """A dictionary of these keys only."""
    return GoMap({key: mapping.items[key] for key in wanted if key in mapping.items})


@define("omit", "dict string...")
def omit(mapping: GoMap, *unwanted: str) -> GoMap:
    """A dictionary without these keys."""
    return GoMap({key: value for key, value in mapping.items.items() if key not in set(unwanted)})


@define("merge mustMerge", "dict dict...")
def merge(target: GoMap, *sources: GoMap) -> GoMap:
    """The first dictionary, filled up from the others; what it has stays."""
    return _merged(target, sources, overwrite=False)


@define("mergeOverwrite mustMergeOverwrite", "dict dict...")
def merge_overwrite(target: GoMap, *sources: GoMap) -> GoMap:
    """The first dictionary, with what the others have put over it."""
    return _merged(target, sources, overwrite=True)


def _merged(target: GoMap, sources: tuple[GoMap, ...], *, overwrite: bool) -> GoMap:
    for source in sources:
        if target.nil and not source.nil:
            target = GoMap({})
        _merge(target, source, overwrite=overwrite, depth=0)
    return target


def _merge(target: GoMap, source: GoMap, *, overwrite: bool, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise GoError("the dictionaries are nested too deeply to be merged")
    if target.nil and source.items:
        raise GoError("assignment to entry in nil map")
    for key, value in sorted_items(source):
        meter().step()
        old = target.items.get(key)
        if nothing(value):
            if overwrite:
                target.items[key] = value
        elif isinstance(value, GoMap) and isinstance(old, GoMap) and not empty(old):
            _merge(old, value, overwrite=overwrite, depth=depth + 1)
        elif overwrite or empty(old):
            target.items[key] = value
    meter().check_elements(len(target.items))


@define("deepCopy mustDeepCopy", "any")
def deep_copy(value: Any, depth: int = 0) -> Any:
    """A copy that shares nothing which can be changed."""
    meter().step()
    if depth > MAX_DEPTH:
        raise GoError("the value is nested too deeply to be copied")
    if nothing(value) and not depth:
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    if isinstance(value, GoMap):
        return GoMap({key: deep_copy(item, depth + 1) for key, item in value.items.items()}, value.type, nil=value.nil)
    if isinstance(value, GoSlice):
        return GoSlice(tuple(deep_copy(item, depth + 1) for item in value.items), value.type, nil=value.nil)
    return value


@define("dig", "any...")
def dig(*values: Any) -> Any:
    """Down a path of keys; the last but one argument is given where the path ends early."""
    if len(values) < 3:
        raise GoError("dig needs at least three arguments")
    *path, other, current = values
    _must_be_dict(current)
    for key in path:
        if not isinstance(key, str):
            raise GoError(f"interface conversion: interface {{}} is {_shown(key)}, not string")
    for key in path:
        _must_be_dict(current)
        if key not in current.items:
            return other
        current = current.items[key]
    return current


def _must_be_dict(value: Any) -> None:
    if not isinstance(value, GoMap) or value.type != DICT:
        raise GoError(f"interface conversion: interface {{}} is {_shown(value)}, not map[string]interface {{}}")


def _shown(value: Any) -> str:
    return "nil" if nothing(value) else type_name(value)
