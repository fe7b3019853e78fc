"""What a value of a Jinja template costs, and which values it may keep and print at all."""

from __future__ import annotations

from typing import Any

from jinja2 import Undefined

from gitbot.message.errors import LimitReachedError
from gitbot.message.meter import CHARACTERS_PER_STEP, meter
from gitbot.message.views import Rows, Table, View

MAX_INTEGER_BITS = 64
_SEQUENCES: tuple[type, ...] = (list, tuple, set, frozenset, type({}.keys()), type({}.values()), type({}.items()))
_PLAIN: tuple[type, ...] = (str, int, float, type(None), range, dict, Undefined, View, Table, *_SEQUENCES)


def check_integer(number: int) -> int:
    """The number itself; raises LimitReachedError when it does not fit in 64 bits."""
    if number.bit_length() > MAX_INTEGER_BITS:
        raise LimitReachedError(f"the template makes a number of more than {MAX_INTEGER_BITS} bits")
    return number


def check_plain(value: Any) -> None:
    """Raise TypeError for functions and other inner things, which would print as an address of this machine's memory."""
    if not isinstance(value, _PLAIN):
        raise TypeError("a function or inner object is no text; to call a function write ()")


def charge(value: Any) -> Any:
    """The value itself, after its full size (as it would print, shared parts counted each time) was checked and paid for."""
    if isinstance(value, str):
        meter().check_text(len(value))
        meter().step(1 + len(value) // CHARACTERS_PER_STEP)
    elif isinstance(value, int):
        check_integer(value)
        meter().step()
    elif isinstance(value, (dict, *_SEQUENCES)) and not isinstance(value, Rows):
        elements, text = _size(value)
        meter().step(1 + elements + text // CHARACTERS_PER_STEP)
    else:
        meter().step()
    return value


def shown(value: Any) -> str:
    """The value as text, checked and paid for."""
    check_plain(value)
    return str(charge(value))


def _size(value: Any) -> tuple[int, int]:
    """Elements and characters of a value, shared parts counted as often as they are reached."""
    elements = text = 0
    waiting = [value]
    limit = meter()
    while waiting:
        item = waiting.pop()
        check_plain(item)
        elements += 1
        if isinstance(item, str):
            text += len(item)
        elif isinstance(item, Undefined):
            str(item)  # raises: a list may not hold what is not there
        elif isinstance(item, Table | Rows | range):
            elements += len(item)
        else:
            waiting.extend(_parts(item))
        limit.check_elements(elements + len(waiting))
        limit.check_text(text)
    return elements, text


def _parts(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    if _is_sequence(item):
        return list(item)
    if isinstance(item, int):
        check_integer(item)
    return []


def _is_sequence(item: Any) -> bool:
    return isinstance(item, _SEQUENCES)
