"""Regular expressions as Go's regexp has them: RE2 syntax, leftmost-first, linear in the text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.text import from_bytes, to_bytes
from gitbot.message.gotemplate.types import STRINGS, GoSlice, strings
from gitbot.message.meter import CHARACTERS_PER_STEP, meter
from gitbot.policies.expansion import Template, parse_template
from gitbot.policies.pattern import InvalidPatternError, Pattern, compile_pattern

TABLE = Table()
define = TABLE.define

_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")
_NONE = GoSlice((), STRINGS, nil=True)


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> tuple[Any, Pattern]:
    """The pattern, and what it is made of; raises GoError for one that Go does not take."""
    try:
        checked = compile_pattern(pattern)
        import re2
    except InvalidPatternError as error:
        raise GoError(f"error parsing regexp: {error.message}") from None
    except ImportError:
        raise GoError("regular expressions in Go templates need google-re2, which is not installed") from None
    options = re2.Options()
    options.log_errors = False
    return re2.compile(to_bytes(pattern), options), checked


def _width(data: bytes, at: int) -> int:
    """How many bytes the character at a place has; 0 at the end."""
    first = data[at : at + 1]
    if not first or first[0] < 0xC0:
        return len(first)
    return max(1, next((size for size in (4, 3, 2) if _is_character(data[at : at + size], size)), 1))


def _is_character(data: bytes, size: int) -> bool:
    try:
        return len(data) == size and len(data.decode("utf-8")) == 1
    except UnicodeDecodeError:
        return False


def _matches(regex: Any, data: bytes) -> Iterator[Any]:
    """Every match, one after another; an empty one right behind another does not count."""
    at, end = 0, -1
    while at <= len(data):
        meter().step(1 + (len(data) - at) // CHARACTERS_PER_STEP // 16)
        found = regex.search(data, at)
        if found is None:
            return
        start, stop = found.span()
        if stop > start or start != end:
            yield found
        at = stop if stop > at else at + max(1, _width(data, at))
        end = stop


def _search(pattern: str, text: str) -> Any:
    regex, _ = _compiled(pattern)
    meter().step(len(text) // CHARACTERS_PER_STEP)
    return regex.search(to_bytes(text))


@define("mustRegexMatch", "string string")
def match(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text."""
    found: object = _search(pattern, text)
    return found is not None


@define("regexMatch", "string string")
def match_or_not(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; a malformed one is not."""
    try:
        return match(pattern, text)
    except GoError:
        return False


@define("regexFind mustRegexFind", "string string")
def find(pattern: str, text: str) -> str:
    """The first match, empty when there is none."""
    found = _search(pattern, text)
    return from_bytes(found.group()) if found else ""


@define("regexFindAll mustRegexFindAll", "string string int")
def find_all(pattern: str, text: str, count: int) -> GoSlice:
    """The first `count` matches, with a negative count all."""
    regex, _ = _compiled(pattern)
    found: list[str] = []
    for one in _matches(regex, to_bytes(text)):
        if 0 <= count <= len(found):
            break
        found.append(from_bytes(one.group()))
        meter().check_elements(len(found))
    return strings(found) if found else _NONE


@define("regexReplaceAll mustRegexReplaceAll", "string string string")
def replace_all(pattern: str, text: str, replacement: str) -> str:
    """Every match replaced; `$1` and `${name}` stand for groups."""
    _, checked = _compiled(pattern)
    return _replaced(pattern, text, parse_template(replacement, checked.names))


@define("regexReplaceAllLiteral mustRegexReplaceAllLiteral", "string string string")
def replace_all_literal(pattern: str, text: str, replacement: str) -> str:
    """Every match replaced by just this text."""
    return _replaced(pattern, text, Template((replacement,) if replacement else ()))


def _replaced(pattern: str, text: str, template: Template) -> str:
    regex, _ = _compiled(pattern)
    data = to_bytes(text)
    parts: list[bytes] = []
    end = length = 0
    for found in _matches(regex, data):
        new = to_bytes(template.expand(functools.partial(_group, found)))
        parts.extend((data[end : found.start()], new))
        length += found.start() - end + len(new)
        meter().check_text(length)
        end = found.end()
    return from_bytes(b"".join([*parts, data[end:]]))


def _group(found: Any, number: int) -> str | None:
    text = found.group(number)
    return None if text is None else from_bytes(text)


@define("regexSplit mustRegexSplit", "string string int")
def split(pattern: str, text: str, count: int) -> GoSlice:
    """The text between matches, in at most `count` parts."""
    regex, _ = _compiled(pattern)
    if count == 0:
        return _NONE
    data = to_bytes(text)
    if pattern and not data:
        return strings([""])
    parts: list[str] = []
    begin = end = 0
    for found in _matches(regex, data):
        if 0 < count == len(parts) + 1:
            break
        end = found.start()
        if found.end() != 0:
            parts.append(from_bytes(data[begin:end]))
            meter().check_elements(len(parts))
        begin = found.end()
    if end != len(data):
        parts.append(from_bytes(data[begin:]))
    return strings(parts)


define("regexQuoteMeta", "string")(lambda text: _MARKS.sub(lambda found: "\\" + found[0], text))
