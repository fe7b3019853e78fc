r"""Patterns without google-re2: translated for the standard library, behind a linter that refuses the rest.

Refused is what RE2 lacks (lookaround, backreferences, ...), what `re` lacks (`(?U)`, `\pL`, flags inside the pattern,
characters beyond ASCII), and what could make `re` backtrack long: repeated groups that hold a repeat or an alternative,
more than two repeats that what follows them does not end, more than eight optional parts.
A tag of more than 128 characters, which no registry has, matches nothing.
"""

from __future__ import annotations

import re

from gitbot.policies.pattern import Groups, Pattern, check_text, group_names, refused
from gitbot.policies.translation import Item, Unfit, translate

_HINT = "google-re2 is not installed, so that only simple patterns can be used: pip install google-re2"
_LONGEST_TAG = 128
_MOST_OPEN_REPEATS = 2
_MOST_OPTIONS = 8


def compile_fallback(text: str) -> Pattern:
    """Compile with the standard library what means the same there and is quick; raises `InvalidPatternError`."""
    check_text(text)
    try:
        items = translate(text)
        regex = re.compile("".join(item.text for item in items), re.ASCII)
        _check_open_repeats(items)
    except (Unfit, re.error, OverflowError, RecursionError) as error:
        raise refused(text, str(error), _HINT) from None

    def search(tag: str) -> Groups | None:
        match = regex.search(tag) if len(tag) <= _LONGEST_TAG else None
        return None if match is None else match.group

    return Pattern(text, group_names(text), search)


def _check_open_repeats(items: list[Item]) -> None:
    """Count the repeats that can give back characters: those after which something may come that they match as well."""
    ends = _group_ends(items)
    opened = sum(
        not all(_ended(item, follower) for follower in _followers(items, place, ends))
        for place, item in enumerate(items)
        if item.repeated
    )
    if opened > _MOST_OPEN_REPEATS:
        raise Unfit(f"more than {_MOST_OPEN_REPEATS} repeats of which the end is not plain")
    if sum(item.optional and not item.repeated and item.kind != "(" for item in items) > _MOST_OPTIONS:
        raise Unfit(f"more than {_MOST_OPTIONS} optional parts")


def _group_ends(items: list[Item]) -> dict[int, int]:
    ends: dict[int, int] = {}
    opened: list[int] = []
    for place, item in enumerate(items):
        if item.kind == "(":
            opened.append(place)
        elif item.kind == ")":
            ends[opened.pop()] = place
    return ends


def _followers(items: list[Item], place: int, ends: dict[int, int]) -> list[Item]:
    """List what may come next after an item; nothing for the end of the pattern."""
    alternatives = any(item.kind == "|" for item in items)
    found: list[Item] = []
    waiting = [place + 1]
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        if place in seen or place >= len(items):
            continue
        seen.add(place)
        item = items[place]
        if item.kind not in "()" or (item.kind == "(" and alternatives):
            found.append(item)
        if item.optional and item.kind == "(":
            waiting.append(ends[place] + 1)
        if item.optional or item.kind in "()":
            waiting.append(place + 1)
    return found


def _ended(item: Item, follower: Item) -> bool:
    """Tell whether a repeated atom cannot match what follows, so that its end is found at once."""
    if follower.text == r"\Z":
        return True
    literal = re.sub(r"\\(.)", r"\1", _atom(follower))
    if item.kind != "atom" or follower.kind != "atom" or len(literal) != 1 or literal == ".":
        return False
    return re.fullmatch(_atom(item), literal, re.IGNORECASE) is None


def _atom(item: Item) -> str:
    """Return the text of an atom without its repeat."""
    return re.sub(r"(?s)(?<=.)(?<!^\\)(?:[*+?]|\{[0-9,]+\})\??$", "", item.text)
