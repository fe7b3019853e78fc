r"""The syntax of RE2 written in the syntax of `re`, piece by piece; what does not mean the same there is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\\Q(?P<quoted>.*?)(?:\\E|\Z)
    | \\(?P<escape>x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)
    | \[(?P<set>\^?+\]?+(?>(?:\\.|\[:.*?:\]|[^\]\\])*))\]
    | \((?P<flags>\?[is]+)\)
    | (?P<open>\((?:\?(?:P?<[A-Za-z0-9_]+>|[is]*(?:-[is]+)?:))?)(?!\?)
    | (?P<close>\))
    | (?P<repeat>(?:[*+?]|\{(?:0|[1-9][0-9]*)(?:,(?:0|[1-9][0-9]*)?)?\})\??)
    | (?P<bar>\|)
    | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
_SET_ITEM = re.compile(r"\[:(?P<posix>.*?):\]|\\(?P<escape>x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)|(?s:.)")
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"\b", "B": r"\B", "^": "^", "$": r"\Z"}
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


class Unfit(Exception):  # noqa: N818 - it becomes an InvalidPatternError with the whole pattern
    """Why a pattern cannot be translated."""


@dataclass(slots=True)
class Item:
    """A piece of the translation: an atom, an anchor, or one of `( ) |`; and how it may be repeated."""

    kind: str
    text: str
    optional: bool = False
    repeated: bool = False


def translate(text: str) -> list[Item]:
    """Translate a pattern; the texts of the items are the translation. Raises `Unfit`."""
    if not text.isascii():
        raise Unfit("a character beyond ASCII")
    items: list[Item] = []
    for token in _TOKEN.finditer(text):
        if token["repeat"]:
            _repeat(items, token["repeat"])
        elif token["flags"]:
            if items:
                raise Unfit("flags inside the pattern")
            items.append(Item("flags", token[0]))
        else:
            items.extend(_items(token))
    return items


def _items(token: re.Match[str]) -> list[Item]:
    if token["quoted"] is not None:
        return [Item("atom", re.escape(char)) for char in token["quoted"]]
    if token["open"]:
        return [Item("(", "(" if "<" in token[0] else token[0])]
    if token["set"] is not None:
        return [Item("atom", _set(token["set"]))]
    if token["escape"]:
        return [_escape(token["escape"])]
    if token["close"] or token["bar"]:
        return [Item(token[0], token[0])]
    return [_plain(token[0])]


def _plain(char: str) -> Item:
    if char in "([\\":
        raise Unfit("a group, set or escape that RE2 or this fallback does not know")
    if char in "^$":
        return Item("anchor", _ANCHORS[char])
    return Item("atom", char if char == "." else re.escape(char))


def _escape(name: str) -> Item:
    if name in _ANCHORS and name.isalpha():
        return Item("anchor", _ANCHORS[name])
    if name.lower() in _CLASSES:
        return Item("atom", f"[{'^' if name.isupper() else ''}{_CLASSES[name.lower()]}]")
    return Item("atom", re.escape(_character(name)))


def _character(name: str) -> str:
    """Return the one character an escape means."""
    if name[0] == "x" and len(name) > 1:
        code = int(name.strip("x{}"), 16)
    elif name[0] in "01234567" and (len(name) > 1 or name == "0"):
        code = int(name, 8)
    elif name in _CONTROLS:
        return _CONTROLS[name]
    elif name.isalnum():
        raise Unfit(f"\\{name}")
    else:
        return name
    if code > 127:
        raise Unfit("a character beyond ASCII")
    return chr(code)


def _set(body: str) -> str:
    negated = body.startswith("^")
    items = list(_SET_ITEM.finditer(body, int(negated)))
    parts: list[str] = []
    for place, item in enumerate(items):
        text = item[0]
        if item["posix"] is not None:
            if item["posix"] not in _POSIX:
                raise Unfit(text)
            parts.append(_POSIX[item["posix"]])
        elif item["escape"] and item["escape"] in _CLASSES:
            parts.append(_CLASSES[item["escape"]])
        elif text == "-" and 0 < place < len(items) - 1:
            _check_range(items[place - 1 : place + 2], items[place - 2][0] if place > 1 else "")
            parts.append("-")
        else:
            parts.append(re.escape(_character(item["escape"]) if item["escape"] else text))
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _check_range(ends: list[re.Match[str]], before: str) -> None:
    """Let a hyphen between two characters pass, and refuse it where its meaning is not plain."""
    classes = [end for end in ends if end["posix"] is not None or (end["escape"] or "") in _CLASSES]
    if classes or before == "-" or ends[0][0] == "-" or ends[2][0] == "-":
        raise Unfit("a hyphen inside a set; write it first, last, or with a backslash")


def _repeat(items: list[Item], mark: str) -> None:
    counts = [int(count) for count in re.findall("[0-9]+", mark)]
    if not items or items[-1].kind not in ("atom", ")") or items[-1].repeated or items[-1].optional:
        raise Unfit("a repeat of nothing, or of a repeat")
    if max(counts, default=0) > 1000:
        raise Unfit("a count over 1000")
    at_least_none = mark[0] in "*?" or (mark[0] == "{" and counts[0] == 0)
    many = mark[0] in "*+" or (mark[0] == "{" and (max(counts) > 1 or ",}" in mark))
    last = items[-1]
    if last.kind == ")":
        _repeat_group(items, many=many, optional=at_least_none)
    last.text += mark
    last.repeated, last.optional = many, at_least_none


def _start(items: list[Item]) -> int:
    """Return where the group begins that the last item closes."""
    depth = 0
    for place in range(len(items) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(items[place].kind, 0)
        if depth == 0:
            return place
    raise Unfit("unexpected )")


def _repeat_group(items: list[Item], *, many: bool, optional: bool) -> None:
    start = _start(items)
    if many and any(item.repeated or item.optional or item.kind == "|" for item in items[start:-1]):
        raise Unfit("a repeated group that holds a repeat or an alternative")
    items[start].optional = optional
