"""What `extract` makes of a match: `$name`, `${name}` and `$1`, expanded as Go's `Regexp.Expand` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitbot.policies.pattern import Groups


@dataclass(frozen=True, slots=True)
class Template:
    """A prepared `extract`: plain texts, and references as group numbers, of which the first that took part counts."""

    parts: tuple[str | tuple[int, ...], ...]

    def expand(self, groups: Groups) -> str:
        """Fill in the groups of one match; an unknown group, or one that took no part, is empty."""
        return "".join([part if isinstance(part, str) else _first(part, groups) for part in self.parts])


def _first(numbers: tuple[int, ...], groups: Groups) -> str:
    for number in numbers:
        text = groups(number)
        if text is not None:
            return text
    return ""


def parse_template(text: str, names: tuple[str, ...]) -> Template:
    """Prepare an `extract` for a pattern with these group names; nothing is an error, as in Go."""
    parts: list[str | tuple[int, ...]] = []
    position = 0
    for start, end, name in _references(text):
        if start > position:
            parts.append(text[position:start])
        parts.append(_numbers(name, names) if name else "$")
        position = end
    return Template((*parts, text[position:]) if position < len(text) else tuple(parts))


def _references(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and name of every reference; `$$` has no name, a dollar that begins none is plain text."""
    start = text.find("$")
    while start >= 0:
        brace = text.startswith("{", start + 1)
        first = start + 1 + brace
        end = first
        while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] == "_"):
            end += 1
        if text.startswith("$", start + 1):
            end = start + 2
            yield start, end, ""
        elif end > first and (not brace or text.startswith("}", end)):
            yield start, end + brace, text[first:end]
        else:
            end = start + 1
        start = text.find("$", end)


def _numbers(name: str, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the groups a reference means: a number without leading zero is one group, else all of that name."""
    if name.isascii() and name.isdigit() and len(name) <= 9 and (name == "0" or name[0] != "0"):
        number = int(name)
        return (number,) if number < len(names) else ()
    return tuple(number for number, known in enumerate(names) if known == name)
