"""The unified diff of an edited file, in time that grows with the file alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

_CONTEXT = 3
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")


def unified(path: str, old: str, new: str) -> str:
    """A unified diff with three lines of context; "" when nothing differs."""
    if old == new:
        return ""
    before, after = _lines(old), _lines(new)
    hunks = _in_place(before, after) if len(before) == len(after) else _moved(before, after)
    return "\n".join((f"--- a/{path}", f"+++ b/{path}", *hunks)) + "\n"


def _in_place(before: list[str], after: list[str]) -> Iterator[str]:
    """Hunks where no line came or went, so that line n of the one is line n of the other."""
    changed = [number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    while changed:
        last = 0
        while last + 1 < len(changed) and changed[last + 1] - changed[last] <= 2 * _CONTEXT:
            last += 1
        start, end = max(0, changed[0] - _CONTEXT), min(len(before), changed[last] + _CONTEXT + 1)
        yield f"@@ -{start + 1},{end - start} +{start + 1},{end - start} @@"
        for number in range(start, end):
            if before[number] == after[number]:
                yield _row(" ", before[number])
            else:
                yield _row("-", before[number])
                yield _row("+", after[number])
        changed = changed[last + 1 :]


def _moved(before: list[str], after: list[str]) -> Iterator[str]:
    for row in list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))[2:]:
        yield _row(row[0], row[1:]) if row[0] in " +-" else row


def _row(sign: str, line: str) -> str:
    text = line.rstrip("\r\n")
    return sign + text if text != line else f"{sign}{text}\n\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    found = _LINE.findall(text)
    return found[:-1] if found and not found[-1] else found
