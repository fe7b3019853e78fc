"""The exact edit: some scalars of a file replaced, every other byte kept, and the proof of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitbot.errors import GitbotError
from gitbot.markers.scan import Marked, Scan, scan
from gitbot.plan.quoting import spell

Replacement = tuple[Marked, str]


class RefusedEditError(GitbotError):
    """An edit that cannot be made, or whose result is not exactly what was planned: the file stays as it is."""


def edit(before: Scan, replacements: Sequence[Replacement]) -> bytes:
    """Give marked scalars of a scanned file new values and return the new bytes of the file.

    Guaranteed, by reading both texts again by the parser's events, whatever way they were read before: the two readings of
    the old text agree, every byte outside the replaced scalars is the same, every replaced scalar has its new value as a
    string, and no other node, marker or problem of the file differs. Raises RefusedEditError otherwise.
    """
    if not replacements:
        return before.data
    pieces = [(marked.start, marked.end, _spelled(marked, value)) for marked, value in replacements]
    text = _splice(before.text, pieces)
    data = (b"\xef\xbb\xbf" if before.bom else b"") + text.encode("utf-8", "replace")
    again = scan(before.path, before.data, thorough=True)
    if [_span(one) for one in before.marked] != [_span(one) for one in again.marked]:
        raise RefusedEditError("two ways of reading the file disagree about its markers")
    after = scan(before.path, data, thorough=True)
    _prove(again, after, {marked.start: value for marked, value in replacements})
    return data


def _span(marked: Marked) -> tuple[int, int, str, str, str]:
    return marked.start, marked.end, marked.value, marked.setter, marked.key_path


def _spelled(marked: Marked, value: str) -> str:
    text = spell(value, marked.style, in_flow=marked.in_flow, old=marked.value)
    if text is None:
        raise RefusedEditError("a block scalar cannot hold the new value")
    return text


def _splice(text: str, pieces: Iterable[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(pieces):
        if start < done:
            raise RefusedEditError("two edits meet in one place")
        parts += (text[done:start], new)
        done = end
    return "".join((*parts, text[done:]))


def _prove(before: Scan, after: Scan, planned: dict[int, str]) -> None:
    """Raise unless the second reading found what was planned and nothing else."""
    values = [planned.get(one.start, one.value) for one in before.marked]
    if [one.value for one in after.marked] != values or len(set(planned)) != sum(
        one.start in planned for one in before.marked
    ):
        raise RefusedEditError("read again, the file does not have the planned values")
    if list(map(_place, before.marked)) != list(map(_place, after.marked)) or before.shapes != after.shapes:
        raise RefusedEditError("read again, something else in the file would differ")
    if [one.code for one in before.problems] != [one.code for one in after.problems] or before.bom != after.bom:
        raise RefusedEditError("read again, the file has other problems than before")
    undone = [
        (new.start, new.end, before.text[old.start : old.end])
        for old, new in zip(before.marked, after.marked, strict=True)
        if old.start in planned
    ]
    if _splice(after.text, undone) != before.text:
        raise RefusedEditError("bytes outside the marked values would differ")


def _place(marked: Marked) -> tuple[int, str, str]:
    return marked.document, marked.key_path, marked.setter
