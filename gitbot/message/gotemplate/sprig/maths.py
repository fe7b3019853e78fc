"""Arithmetic: int64 with wrap-around, float64, decimal fractions, and counting lists."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.sprig.casts import to_float64, to_int64
from gitbot.message.gotemplate.types import INTS, GoSlice, Int64, int64
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

define("add1", "any")(lambda value: int64(to_int64(value) + 1))
define("add", "any...")(lambda *values: int64(sum(map(to_int64, values))))
define("sub", "any any")(lambda a, b: int64(to_int64(a) - to_int64(b)))
define("max biggest", "any any...")(lambda *values: Int64(max(map(to_int64, values))))
define("min", "any any...")(lambda *values: Int64(min(map(to_int64, values))))


@define("mul", "any any...")
def mul(*values: Any) -> Int64:
    """The product."""
    result = Int64(1)
    for value in values:
        result = int64(result * to_int64(value))
    return result


@define("div", "any any")
def div(a: Any, b: Any) -> Int64:
    """The quotient, cut off towards zero."""
    left, right = to_int64(a), _divisor(b)
    return int64(abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1))


@define("mod", "any any")
def mod(a: Any, b: Any) -> Int64:
    """The remainder, with the sign of the dividend."""
    left, right = to_int64(a), _divisor(b)
    return int64(abs(left) % abs(right) * (-1 if left < 0 else 1))


def _divisor(value: Any) -> int:
    number = to_int64(value)
    if number == 0:
        raise GoError("runtime error: integer divide by zero")
    return number


@define("maxf", "any any...")
def maxf(*values: Any) -> float:
    """The greatest as float64."""
    return _extreme(values, max)


@define("minf", "any any...")
def minf(*values: Any) -> float:
    """The least as float64."""
    return _extreme(values, min)


def _extreme(values: tuple[Any, ...], choose: Callable[[list[float]], float]) -> float:
    numbers = [to_float64(value) for value in values]
    return math.nan if any(map(math.isnan, numbers)) else choose(numbers)


define("floor", "any")(lambda value: _whole(math.floor, to_float64(value)))
define("ceil", "any")(lambda value: _whole(math.ceil, to_float64(value)))


def _whole(turn: Callable[[float], int], value: float) -> float:
    if not math.isfinite(value):
        return value
    return math.copysign(float(turn(value)), value)


@define("round", "any int float64...")
def rounded(value: Any, places: int, *rest: float) -> float:
    """Rounded to decimal places; a last argument says from where on to round up."""
    number = to_float64(value)
    power = _power_of_ten(places)
    digit = power * number
    if not math.isfinite(digit):
        return math.nan if math.isinf(power) or math.isnan(digit) else digit / power
    part = math.modf(digit)[0]
    whole = _whole(math.ceil if part >= (rest[0] if rest else 0.5) else math.floor, digit)
    return _divided(whole, power)


def _power_of_ten(places: int) -> float:
    return math.inf if places > 308 else 0.0 if places < -323 else float(f"1e{places}")


def _divided(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)
    return a / b


def _fraction(value: Any) -> Fraction:
    """A float64 as the decimal fraction it prints as."""
    number = to_float64(value)
    if not math.isfinite(number):
        shown = "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
        raise GoError(f"Cannot create a Decimal from {shown}")
    return Fraction(repr(number))


def _fold(first: Any, rest: tuple[Any, ...], combine: Callable[[Fraction, Fraction], Fraction]) -> float:
    result = _fraction(first)
    for value in rest:
        result = combine(result, _fraction(value))
        meter().step(1 + (result.numerator.bit_length() + result.denominator.bit_length()) // 64)
    try:
        return float(result)
    except OverflowError:
        return math.inf if result > 0 else -math.inf


def _quotient(a: Fraction, b: Fraction) -> Fraction:
    """The quotient, rounded to sixteen decimal places, halves away from zero."""
    if b == 0:
        raise GoError("decimal division by 0")
    scale = 10**16
    exact = abs(a / b) * scale
    whole = (exact.numerator * 2 + exact.denominator) // (exact.denominator * 2)
    return Fraction(whole if (a < 0) == (b < 0) else -whole, scale)


define("addf", "any...")(lambda *values: _fold(0.0, values, lambda a, b: a + b))
define("add1f", "any")(lambda value: _fold(value, (1,), lambda a, b: a + b))
define("subf", "any any...")(lambda first, *rest: _fold(first, rest, lambda a, b: a - b))
define("mulf", "any any...")(lambda first, *rest: _fold(first, rest, lambda a, b: a * b))
define("divf", "any any...")(lambda first, *rest: _fold(first, rest, _quotient))


@define("until", "int")
def until(count: int) -> GoSlice:
    """0, 1, … up to but not including `count`."""
    return until_step(0, count, -1 if count < 0 else 1)


@define("untilStep", "int int int")
def until_step(start: int, stop: int, step: int) -> GoSlice:
    """From `start` towards `stop`, which is not included."""
    wrong_way = step >= 0 if stop < start else step <= 0
    numbers = range(0) if wrong_way else range(start, stop, step)
    meter().check_elements(_count(numbers))
    return GoSlice(tuple(numbers), INTS)


def _count(numbers: range) -> int:
    return max(0, (abs(numbers.stop - numbers.start) + abs(numbers.step) - 1) // abs(numbers.step))


@define("seq", "int...")
def seq(*values: int) -> str:
    """Numbers from first to last, with a step between them when three are given, as text."""
    if len(values) not in (1, 2, 3):
        return ""
    start, end = (1 if len(values) == 1 else values[0]), values[-1]
    direction = -1 if end < start else 1
    step = values[1] if len(values) == 3 else direction
    if len(values) == 3 and direction < 0 and step > 0:
        return ""
    return " ".join(map(str, until_step(start, end + direction, step).items))
