"""Upper and lower case, and names written in the manner of programs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.text import SPACES, to_bytes

TABLE = Table()
define = TABLE.define


def _one(char: str, changed: str) -> str:
    """Go changes one character into one: where Unicode has several, the character stays."""
    return changed if len(changed) == 1 else char


def upper(text: str) -> str:
    """strings.ToUpper."""
    return text.upper() if text.isascii() else "".join(_one(char, char.upper()) for char in text)


def lower(text: str) -> str:
    """strings.ToLower."""
    return text.lower() if text.isascii() else "".join(_one(char, char.lower()) for char in text)


define("upper", "string")(upper)
define("lower", "string")(lower)


@define("title", "string")
def title(text: str) -> str:
    """Every letter that begins a word in title case; a word ends at anything but letters, digits and _."""
    shown, before = [], " "
    for char in text:
        shown.append(_one(char, char.title()) if _separates(before) else char)
        before = char
    return "".join(shown)


def _separates(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return not (char.isalpha() or char.isdecimal()) and char in SPACES


@define("untitle", "string")
def untitle(text: str) -> str:
    """Every letter that begins a word (after white space) in lower case."""
    shown, begins = [], True
    for char in text:
        shown.append(_one(char, char.lower()) if begins and char not in SPACES else char)
        begins = char in SPACES
    return "".join(shown)


@define("swapcase", "string")
def swapcase(text: str) -> str:
    """Upper case becomes lower and the reverse; a lower-case letter that begins a word becomes title case."""
    shown, begins = [], True
    for char in text:
        kind = unicodedata.category(char)
        if kind in ("Lu", "Lt"):
            shown.append(_one(char, char.lower()))
            begins = False
        elif kind == "Ll":
            shown.append(_one(char, char.title() if begins else char.upper()))
            begins = False
        else:
            shown.append(char)
            begins = char in SPACES
    return "".join(shown)


@define("initials", "string")
def initials(text: str) -> str:
    """The first byte of every word."""
    found, begins = [], True
    for char in to_bytes(text).decode("latin-1"):
        if begins and char not in SPACES:
            found.append(char)
        begins = char in SPACES
    return "".join(found)


def _connects(char: str) -> bool:
    return char in "-_" or char in SPACES


@define("camelcase", "string")
def camelcase(text: str) -> str:
    """`some_words` as `SomeWords`."""
    start = next((at for at, char in enumerate(text) if not _connects(char)), len(text))
    if start == len(text):
        return text + text[-1:]  # as xstrings does it
    shown = list(text[:start])
    current = _one(text[start], text[start].upper())
    shouting = _is_upper(text[start])
    for char in text[start + 1 :]:
        before, current = current, char
        if _connects(current) and _connects(before):
            shown.append(before)
        elif _connects(before):
            shouting = _is_upper(current)
            current = _one(current, current.upper())
        else:
            if shouting and _is_upper(current):
                current = _one(current, current.lower())
            else:
                shouting = False
            shown.append(before)
    return "".join([*shown, current])


def _is_upper(char: str) -> bool:
    return unicodedata.category(char) == "Lu"


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fcc" or "\u3400" <= char <= "\u4d85" or "\U00020000" <= char <= "\U0002b81d"


# The kinds of words that names are cut into, in the order they are tried.
_WORDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("connector", _connects),
    ("punctuation", lambda char: unicodedata.category(char)[0] == "P"),
    ("upper", _is_upper),
    ("letters", lambda char: char.isalpha() and not _is_upper(char) and not _is_chinese(char)),
    ("number", lambda char: unicodedata.category(char)[0] == "N"),
)


def _kind(char: str) -> str:
    return next((name for name, fits in _WORDS if fits(char)), "other")


def _words(text: str) -> list[tuple[str, str]]:
    """The words of a name with their kinds: runs of one kind; an upper-case letter begins the lower-case word behind it."""
    kinds = "".join(
        {"connector": "_", "punctuation": "p", "upper": "U", "letters": "l", "number": "n"}.get(_kind(char), "o")
        for char in text
    )
    names = {"_": "connector", "p": "punctuation", "U": "upper", "l": "letters", "n": "number", "o": "other"}
    return [
        (names[found[0][0]], text[found.start() : found.end()])
        for found in re.finditer(r"_+|p+|U+(?=Ul)|Ul+|U+|l+|n+|o+", kinds)
    ]


def _joined(text: str, mark: str) -> str:
    """The words in lower case with a mark between them; numbers stay with the letters around them as xstrings decides."""
    words = [*_words(text), ("end", "")]
    shown: list[str] = []
    at = 0
    while at < len(words) - 1:
        kind, word = words[at]
        following = words[at + 1][0]
        at += 1
        shown.append(_lowered(kind, word, mark))
        if kind == "number":
            at = _take(words, at, shown, mark)
            if words[at][0] not in ("end", "punctuation", "connector"):
                shown.append(mark)
        elif kind in ("upper", "letters", "other") and following == "number":
            at = _number_after_word(words, at, shown, mark)
        elif kind in ("upper", "letters", "other") and following not in ("end", "connector", "punctuation"):
            shown.append(mark)
    return "".join(shown)


def _take(words: list[tuple[str, str]], at: int, shown: list[str], mark: str) -> int:
    """Letters and numbers that follow are part of the same word."""
    while words[at][0] in ("letters", "number"):
        shown.append(_lowered(*words[at], mark))
        at += 1
    return at


def _number_after_word(words: list[tuple[str, str]], at: int, shown: list[str], mark: str) -> int:
    """A number behind a word belongs to it, unless letters follow: then it begins a word of its own."""
    if words[at + 1][0] == "end":
        return at
    number = words[at][1]
    at += 1
    if words[at][0] != "letters":
        shown.append(number)
        if words[at][0] not in ("connector", "punctuation"):
            shown.append(mark)
        return at
    shown.extend((mark, number))
    at = _take(words, at, shown, mark)
    if words[at][0] not in ("end", "connector", "punctuation"):
        shown.append(mark)
    return at


def _lowered(kind: str, word: str, mark: str) -> str:
    if kind == "connector":
        return mark * len(word)
    return lower(word) if kind == "upper" else word


define("snakecase", "string")(lambda text: _joined(text, "_"))
define("kebabcase", "string")(lambda text: _joined(text, "-"))
